# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Read the calibration
#
# **Question.** The model has about 850 numbers that nobody knows exactly. What did the reported figures teach about them, how well does the model meet those figures, and
# what stays unknown?
#
# The fitted ensemble ships with zorgstroom: 200 sets of values that are about equally likely after the fit. Studies draw from it. This notebook reads it, its figures before
# and after, and runs a fifth of the city with six of its members.

# %%
from datetime import date

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import sim

folder = sim.calibration_directory() / "posterior"
figures = pd.read_csv(folder / "figures.csv")
unknowns = pd.read_csv(folder / "unknowns.csv")
print(f"{len(figures)} reported figures, of which {figures['fitted'].sum()} were fitted; {len(unknowns)} unknowns")

# %% [markdown]
# ## Does the model meet the figures?
#
# A fitted figure is *inside* when it lies in the model's 90 per cent predictive interval after the fit. Nine in ten is what one expects of a fair interval; far fewer would
# mean that the model cannot do what was reported, all of them that its intervals are too wide to say much.

# %%
fitted = figures[figures["fitted"]]
by_part = fitted.groupby("part").agg(figures=("id", "size"), inside=("inside", "sum"))
print(by_part.to_string())
print(f"\nAll: {fitted['inside'].sum()} of {len(fitted)} inside")
print("\nOutside:")
outside = fitted.loc[~fitted["inside"], ["title_en", "period", "reported", "posterior_low", "posterior_high"]]
for row in outside.itertuples():
    print(f"- {row.title_en} ({row.period}): {row.reported:g} reported, {row.posterior_low:.3g} to {row.posterior_high:.3g} in the model")

# %% [markdown]
# ## The picture
#
# Each figure divided by what was reported. The bar is the interval before the fit, the dot and its line the interval after it. The nearer to 1 the better.

# %% alt="Interval chart of fifteen fitted figures divided by what was reported: light bars before the fit, dark lines after it. Most lines after the fit are shorter and hold 1."
chosen = fitted[fitted["part"].isin(["wijkteam", "jeugdhulp", "jeugdbescherming"])].head(15).iloc[::-1]
place = np.arange(len(chosen))
ratio = {
    name: chosen[name] / chosen["reported"] for name in ("prior_low", "prior_high", "posterior_low", "posterior_median", "posterior_high")
}
figure, axes = plt.subplots(figsize=(8, 5))
axes.barh(
    place, ratio["prior_high"] - ratio["prior_low"], left=ratio["prior_low"], height=0.6, color="tab:gray", alpha=0.35, label="before"
)
axes.hlines(place, ratio["posterior_low"], ratio["posterior_high"], color="tab:blue", linewidth=2.5, label="after")
axes.plot(ratio["posterior_median"], place, "o", color="tab:blue")
axes.axvline(1, color="black", linewidth=0.8)
axes.set_yticks(place, [title if len(title) < 55 else title[:52] + "..." for title in chosen["title_en"]], fontsize=8)
axes.set_xlabel("model / reported")
axes.legend(loc="lower right")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## What was learnt
#
# `left` is the share of the prior spread of an unknown that is left after the fit: 1 says nothing was learnt, 0.5 that half of the spread is gone. `figure` is the reported
# figure that it hangs together with most.

# %%
learnt = unknowns.sort_values("left").head(8)
print(learnt[["unknown", "left", "prior_low", "prior_high", "posterior_low", "posterior_high"]].round(2).to_string(index=False))
print()
for limit in (0.8, 0.9, 0.95):
    print(f"less than {limit:.0%} of the spread left: {(unknowns['left'] < limit).sum()} of {len(unknowns)} unknowns")

# %% [markdown]
# So nearly everything that was unknown still is: about a hundred figures cannot pin down 850 numbers. That does not make the fit useless. What the figures fix are *combinations* (arrivals x
# stay against places), and members of the ensemble keep those combinations right.
#
# ## What that means for a forecast
#
# Six members of the ensemble, a fifth of the city, the same seed. Members differ in what is not known, not in luck.

# %% alt="Line chart: people waiting for vraaganalyse per year from 2019 to 2027, one line for each of six members of the ensemble and a thick dashed line for the model as written. The lines fan out widely."
model = sim.load_model(sim.base_model())
scenario = sim.load_scenario("huidig-beleid", sim.Library(sim.library_directory()), model)
ensemble = sim.ensemble_of(model, "posterior")
prior = sim.Prior.of(model)


def waiting(a_model, effects=None):
    plan = sim.scaled(sim.compile_plan(a_model, scenario, until=date(2028, 1, 1), effect_draw=effects), 0.2)
    table = sim.measure(plan, sim.simulate(plan, seed=1), levels=["node"], period_kinds=["year"], columns=["waiting_end"])
    return table[table["node"] == "vraaganalyse"].set_index("period")["waiting_end"].astype(float)


lines = pd.DataFrame({member: waiting(ensemble.model(prior, member), ensemble.effect_place(member, others=True)) for member in range(6)})
written = waiting(model)
figure, axes = plt.subplots(figsize=(7, 3.6))
axes.plot(lines.index, lines, color="tab:blue", linewidth=1)
axes.plot(written.index, written, "--", color="black", linewidth=2, label="as written")
axes.plot([], [], color="tab:blue", label="six members of the ensemble")
axes.set_ylim(bottom=0)
axes.set_ylabel("persons, end of year")
axes.set_title("Waiting for Vraaganalyse, a fifth of the city")
axes.legend(loc="upper left")
figure.tight_layout()
plt.show()

# %%
print("Waiting for Vraaganalyse (persons, a fifth of the city), over six members")
print(
    pd.DataFrame({"lowest": lines.min(axis=1), "median": lines.median(axis=1), "highest": lines.max(axis=1)})
    .loc[["2020", "2023", "2027"]]
    .to_string()
)

# %% [markdown]
# ## How to read it
#
# * Where no figure is reported, the fan opens. A study carries that fan into its answers; it compares two worlds *within* each member, so the difference between them is far better known
#   than either level.
# * A queue near its capacity multiplies what is not known: a few per cent more people, and the waiting list doubles.
#
# ## What it does not say
#
# * The ensemble knows only what was reported. That a figure is met does not make the mechanism right.
# * [Calibration](../docs/calibration.md) says how the fit was made, what the backtest gave, and where its weaknesses are. `zorgstroom calibrate` writes a page with every figure.
