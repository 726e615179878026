# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Size a wijkteam
#
# **Question.** How many fte does each wijkteam need so that nine in ten people who ask for help in 2020 have their first appointment within six weeks?
#
# `sim.size` searches the fewest fte per team in runs of the *whole* chain and certifies the answer with luck it has not seen. To keep this notebook quick it asks about 2020, the
# second year of the model, with 10 replications and the parameters as written. The model is the whole city: teams that are a fifth of their size would need more than a fifth of
# the fte. For an answer to act on, ask for a later year and leave `replications` and `parameters` at their defaults.

# %%
import matplotlib.pyplot as plt
import pandas as pd

import sim

model = sim.load_model(sim.base_model())
scenario = sim.load_scenario("huidig-beleid", sim.Library(sim.library_directory()), model)
sizing = sim.size(
    model, scenario, "wijkteam", norm="6 weken", share=0.9, year=2020, from_year=2019,
    parameters="base", replications=10, workers=1, around=False,
)  # fmt: skip
print(f"{len(sizing.rows)} teams, {sizing.runs} runs of the whole chain")

# %% [markdown]
# ## The table
#
# `now` is what the model has written, `needed` the answer. `met` is the share of the certifying replications in which the team met the norm with the answer, `one less` the same with one
# fte less in every team: where both are high, the answer cannot be told from one less.

# %%
table = pd.DataFrame(
    {
        "team": row.lever.name,
        "now": row.lever.now,
        "needed": row.amount,
        "met": row.met,
        "one less": row.fewer_met,
        "in time (mean)": row.share.mean,
        "wait (weeks)": row.wait.mean,
        "arrivals a year": row.persons,
    }
    for row in sizing.rows
)
table["more"] = table["needed"] - table["now"]
print(f"All teams: {table['now'].sum():.0f} fte now, {table['needed'].sum():.0f} fte needed")
first = table.sort_values(["more", "team"], ascending=[False, True]).head(10)
print(first[["team", "now", "needed", "met", "one less", "in time (mean)", "wait (weeks)"]].round(2).to_string(index=False))

# %% [markdown]
# ## The picture

# %% alt="Scatter chart of 43 wijkteams: fte needed against applications per year, with the fte now as small crosses. More applications ask for more fte; for every team the dot lies above the cross."
figure, axes = plt.subplots(figsize=(7, 3.8))
axes.plot(table["arrivals a year"], table["now"], "x", color="tab:gray", label="now")
axes.plot(table["arrivals a year"], table["needed"], "o", color="tab:blue", alpha=0.8, label="needed for the norm")
axes.vlines(table["arrivals a year"], table["now"], table["needed"], color="tab:blue", linewidth=0.6, alpha=0.5)
axes.set_xlabel("applications for vraaganalyse in 2020, persons")
axes.set_ylabel("fte")
axes.set_ylim(bottom=0)
axes.legend(loc="lower right")
axes.set_title("43 wijkteams: nine in ten within six weeks")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## How to read it
#
# * The capacities hold from the start of 2019, so the people who waited then have two years to be helped.
# * The answer is about each team by itself. That all 43 meet the norm in the same year happens less often.
# * With ten replications a `met` of 1.00 only says that the true probability is not below 0.74 (`row.met_at_least` holds that bound). `certified` asks for more replications:

# %%
certified = sum(row.certified(sizing.question.confidence) for row in sizing.rows)
print(f"Certified with 10 replications: {certified} of {len(sizing.rows)} teams")
print(f"Lower bound of a team that met the norm in all of them: {max(row.met_at_least for row in sizing.rows):.2f}")

# %% [markdown]
# ## What it does not say
#
# * An fte is worth what the model says it is: caseload, vacancies and sick leave are assumptions with a band. Where the caseload is wrong, the answer is wrong by the same factor.
# * Faster wijkteams send people on to jeugdhulp and the loket sooner. `zorgstroom size` shows those steps in `chain.csv`; `around=False` left them out here.
# * [Sizing](../docs/size.md) says how the search and the certificate work, and `sim.divide` divides a number of fte that is given.
