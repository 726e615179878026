# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Load your own data
#
# **Question.** The city has counted who came to the GP door of youth care, and has a newer projection of its inhabitants. What do its own figures make of the forecast, and of
# the waits?
#
# The counts below are **invented for this notebook**. Replace the two texts with your own files; a CSV out of a Dutch spreadsheet (semicolons, decimal commas) is read as it is.
# To keep this quick the bands rest on 300 sample paths and the simulation on a fifth of the city. Parameters stand as written in the model (`base`), in the forecast as in
# the simulation.

# %%
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import pandas as pd

import sim

folder = TemporaryDirectory()
here = Path(folder.name)
counts = here / "tellingen.csv"
counts.write_text("stroom;periode;aantal\nhuisarts;2019;2540\nhuisarts;2020;2460\nhuisarts;2021;2690\nhuisarts;2022;2905\n"
                  "huisarts;2023;3120\nhuisarts;2024;3330\n", encoding="utf-8")  # fmt: skip
people = here / "inwoners.csv"
people.write_text("gebied;jaar;personen\nHoogvliet;2026;37500\nHoogvliet;2028;39000\n", encoding="utf-8")

model = sim.load_model(sim.base_model())
library = sim.Library(sim.library_directory())
scenario = sim.load_scenario("huidig-beleid", library, model)

# %% [markdown]
# ## What is wrong is said
#
# Whatever would have to be guessed is refused, every fault at once, with its line and the mend:

# %%
wrong = here / "fout.csv"
wrong.write_text("stroom;periode;aantal\nhuisart;2023;3120\nhuisarts;2024;veel\nhuisarts;2025-K1;800\n", encoding="utf-8")
try:
    sim.forecast(model, scenario, history=wrong)
except sim.InputError as error:
    print(str(error).replace(str(here), "..."))

# %% [markdown]
# ## The forecast, without and with the counts

# %%
without = sim.forecast(model, scenario, to=2030, parameters="base", paths=300)
with_counts = sim.forecast(model, scenario, to=2030, history=counts, population=people, parameters="base", paths=300)


def door(forecast):
    rows = [row for row in forecast.table("route") if row.name == "huisarts"]
    band = [row.bands[1] for row in rows]
    return pd.DataFrame(
        {
            "expected": [row.expected for row in rows],
            "low": [low for low, _ in band],
            "high": [high for _, high in band],
            "counted": [row.observed for row in rows],
        },
        index=[row.year for row in rows],
    )


a, b = door(without), door(with_counts)
print("Applications at the GP door, persons a year, with the band of 80 per cent")
table = pd.DataFrame(
    {
        "model alone": [f"{r.expected:.0f} ({r.low:.0f} to {r.high:.0f})" for r in a.itertuples()],
        "with counts": [f"{r.expected:.0f} ({r.low:.0f} to {r.high:.0f})" for r in b.itertuples()],
        "counted": ["" if pd.isna(n) else f"{n:.0f}" for n in b["counted"]],
    },
    index=a.index,
)
print(table.loc[[2019, 2022, 2024, 2025, 2027, 2030]].to_string())

# %% alt="Two fan charts of applications at the GP door, 2019 to 2030. Alone the model's 80 per cent band is wide in every year; with counts it meets the counted years and opens from 2025 on."
figure, panels = plt.subplots(1, 2, figsize=(8.5, 3.4), sharey=True)
for axes, table, title in zip(panels, (a, b), ("model alone", "with own counts"), strict=True):
    axes.fill_between(table.index, table["low"], table["high"], color="tab:blue", alpha=0.25, label="80% band")
    axes.plot(table.index, table["expected"], color="tab:blue", linewidth=2, label="expected")
    axes.plot(b.index, b["counted"], "o", color="black", markersize=4, label="counted")
    axes.set_title(title)
    axes.set_ylim(bottom=0)
panels[0].set_ylabel("applications, persons a year")
panels[0].legend(loc="lower left")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## Into the simulator
#
# A forecast can be written as a scenario: factors per year on the demand of the stream and on the inhabitants. It is then a file like any other.

# %%
file = here / "prognose.yaml"
file.write_text(sim.forecast_scenario(with_counts, "huidig-beleid"), encoding="utf-8")
own = sim.load_scenario(file, library, model)
print(
    f"{len(own.deltas)} dated factors, on {len({delta.path for delta in own.deltas})} parameters: the trends of all streams, and the population"
)


def waiting(world):
    plan = sim.scaled(sim.compile_plan(model, world, until=date(2029, 1, 1)), 0.2)
    columns = ["inflow", "waiting_end"]
    tables = [sim.measure(plan, sim.simulate(plan, seed), levels=["node"], period_kinds=["year"], columns=columns) for seed in range(1, 6)]
    table = pd.concat(tables, keys=range(1, 6), names=["seed"]).reset_index("seed")
    return table[table["node"].isin(["huisarts", "jeugdhulp_ambulant"])]


before, after = waiting(scenario), waiting(own)
print("\nMean difference made by the own figures, a fifth of the city (persons, 90% interval of the mean)")
for node, column, label in (
    ("huisarts", "inflow", "coming to the GP door in the year"),
    ("jeugdhulp_ambulant", "waiting_end", "waiting for ambulant"),
):
    for year in ("2024", "2026", "2028"):
        x, y = (t[(t["node"] == node) & (t["period"] == year)].set_index("seed")[column].astype(float) for t in (before, after))
        change = sim.mean_interval((y - x).to_numpy())
        print(f"{year}  {label:34} {change.value:+5.0f}  ({change.low:+.0f} to {change.high:+.0f})")

# %% [markdown]
# ## How to read it
#
# * Counted years are met exactly, and the band after them is narrow: it holds the growth since the last count, no longer the level. Without counts the level rests on one published figure.
# * The trend after the counts is that of their topic, followed only as far as slopes in that topic have foretold anything; see [the forecast](../docs/forecast.md).
# * The same random people come in both worlds. What differs are those whom a higher trend adds and a lower one takes away.
#
# ## What it does not say
#
# * Counts of clients are no demand: places cap them. `stroom` counts people who come to a door from outside, once.
# * These counts are invented; so is the difference.
# * From the command line: `zorgstroom forecast --history tellingen.csv --population inwoners.csv --write-scenario prognose.yaml`, then `zorgstroom compare prognose.yaml`.

# %%
folder.cleanup()
