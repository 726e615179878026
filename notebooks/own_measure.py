# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Test a measure of your own
#
# **Question.** Suppose wijkteams give part of their basishulp in groups. Help ends sooner, so places come free; but some people come back who would not have. What
# does that do to the waits at the wijkteam, and where does the pressure go?
#
# A measure is one YAML file. `zorgstroom new measure NAME` writes an empty one with comments; [the model format](../docs/model-format.md) describes every key. Here the file is written from the
# notebook into a temporary folder.
#
# This notebook runs the whole city up to 2029, with five draws of the effects. That is few: enough to see what a measure does, not to decide on it.

# %%
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import pandas as pd

import sim

MEASURE = """\
title: {nl: "Basishulp in groepen", en: "Basishulp in groups"}
description:
  nl: "Een deel van de basishulp wordt in groepen gegeven; trajecten zijn korter, een deel komt vaker terug."
  en: "Part of the basishulp is given in groups; trajectories are shorter, some people come back more often."
source: "own proposal"
programme: stad
status: proposed
start: 2025-01-01
ramp: 12                         # months to full effect
scope: {gebied: all, age: all}
effects:                         # what it is meant to do
  - {path: nodes.basishulp_*.stay.scale, op: multiply, low: 0.80, mode: 0.90, high: 1.0,
     evidence: assumption, source: "own estimate; nobody measured it, so the band runs to no effect"}
counter_effects:                 # what it does elsewhere
  - {path: nodes.basishulp_*.routes.terugval.share, op: multiply, low: 1.0, mode: 1.05, high: 1.2,
     evidence: assumption, source: "own estimate: shorter help holds less well for some"}
cost: {value: 600000, unit: euro per year, kind: assumption, source: "own estimate: training and rooms", range: [400000, 900000]}
"""
folder = TemporaryDirectory()
file = Path(folder.name) / "basishulp-in-groepen.yaml"
file.write_text(MEASURE, encoding="utf-8")

model = sim.load_model(sim.base_model())
library = sim.Library(sim.library_directory())
baseline = sim.load_scenario("huidig-beleid", library, model)
measure = sim.load_measure(file, model)
scenario = sim.measure_scenario(measure, baseline, model)
print(f"{measure.title.nl}: {len(measure.effects)} effects, from {measure.start}")

# %% [markdown]
# Reading a measure checks it against the model. A path that does not exist is refused with the line, the nearest name and the mend:

# %%
wrong = Path(folder.name) / "wrong.yaml"
wrong.write_text(MEASURE.replace("nodes.basishulp_*.stay.scale", "nodes.basishulp_jeugdd.stay.scale"), encoding="utf-8")
try:
    sim.load_measure(wrong, model)
except sim.InputError as error:
    print(str(error).replace(folder.name, "..."))

# %% [markdown]
# ## Run
#
# Draw *k* takes the effects at draw *k* of their bands and chance seed *k*, in both worlds: the same people, the same luck, with and without the measure.

# %%
DRAWS = range(5)
COLUMNS = ["waiting_end", "wait_mean", "inflow", "cost", "cost_measures"]


def run(world):
    tables = {}
    for draw in DRAWS:
        plan = sim.compile_plan(model, world, until=date(2029, 1, 1), effect_draw=draw)
        log = sim.simulate(plan, seed=draw)
        tables[draw] = sim.measure(plan, log, levels=["everything", "part", "node"], period_kinds=["year"], columns=COLUMNS)
    return pd.concat(tables, names=["draw"]).reset_index("draw")


without, with_it = run(baseline), run(scenario)

# %% [markdown]
# ## The table
#
# The mean difference over the draws in 2028, with the 90 per cent interval of that mean, and the smallest and the largest difference of a draw. The last two say how much depends on
# where in its band the effect really lies.

# %%


def differences(part, node, column, year="2028"):
    def pick(table):
        here = table[(table["part"] == part) & (table["node"] == node) & (table["period"] == year)]
        return here.set_index("draw")[column].astype(float)

    return pick(with_it) - pick(without)


ROWS = [
    ("Waiting for vraaganalyse (persons)", "wijkteam", "vraaganalyse", "waiting_end", 1),
    ("Wait for vraaganalyse (weeks)", "wijkteam", "vraaganalyse", "wait_mean", 1),
    ("Waiting for ambulant (persons)", "jeugdhulp", "jeugdhulp_ambulant", "waiting_end", 1),
    ("Wait for ambulant (weeks)", "jeugdhulp", "jeugdhulp_ambulant", "wait_mean", 1),
    ("Inflow Wmo-loket (persons a year)", "wmo_loket", "alle", "inflow", 1),
    ("Cost of jeugdhulp (mln euro)", "jeugdhulp", "alle", "cost", 1e6),
    ("Cost of Wmo-arrangementen (mln euro)", "wmo_arrangement", "alle", "cost", 1e6),
    ("Cost of the measure (mln euro)", "maatregelen", "basishulp-in-groepen", "cost_measures", 1e6),
    ("Cost of everything (mln euro)", "alle", "alle", "cost", 1e6),
]
shown = []
for label, part, node, column, unit in ROWS:
    if node == "basishulp-in-groepen":  # the world without it has no such row
        own = with_it[(with_it["node"] == node) & (with_it["period"] == "2028")]
        change = own.set_index("draw")[column].astype(float) / unit
    else:
        change = differences(part, node, column) / unit
    mean = sim.mean_interval(change.to_numpy())
    digits = 0 if "persons" in label else 2
    shown.append(
        {
            "difference in 2028": label,
            "mean": f"{mean.value:+.{digits}f}",
            "90% interval": f"{mean.low:+.{digits}f} to {mean.high:+.{digits}f}",
            "over the draws": f"{change.min():+.{digits}f} to {change.max():+.{digits}f}",
        }
    )
print(pd.DataFrame(shown).to_string(index=False))

# %% [markdown]
# ## The picture

# %% alt="Two line charts over 2024 to 2028, one line per draw of the effects: the change in people waiting for vraaganalyse falls below zero; the change for specialist ambulatory jeugdhulp rises above it."
figure, panels = plt.subplots(1, 2, figsize=(8, 3.4), sharex=True)
years = [str(year) for year in range(2024, 2029)]
for axes, (part, node) in zip(panels, [("wijkteam", "vraaganalyse"), ("jeugdhulp", "jeugdhulp_ambulant")], strict=True):
    lines = pd.DataFrame({year: differences(part, node, "waiting_end", year) for year in years})
    axes.plot(years, lines.T, color="tab:blue", linewidth=0.8, alpha=0.7)
    axes.plot(years, lines.mean(), color="tab:blue", linewidth=2.5, marker="o")
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_title(f"Change in waiting: {model.spec.nodes[node].title.nl}", fontsize=10)
    axes.set_ylabel("persons, end of year")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## How to read it
#
# * Below zero is less waiting than without the measure. Each thin line is one draw: another strength of the effect, other people. The thick line is their mean.
# * Look at the rows further down the chain as well. A wijkteam that helps people sooner also sends more of them on; a relapse comes back through another door. That is the *waterbed*.
# * Where the row of everything is of the same size as its interval, the measure saves nothing that five draws can show.
#
# ## What it does not say
#
# * Every effect here is an estimate of our own. The outcome follows from it; it is no evidence that the measure works.
# * Parameters stand as written. `zorgstroom compare` also draws what is not known about them from the fitted ensemble:
#
# ```
# zorgstroom compare my-scenario.yaml --baseline huidig-beleid --replications 40
# ```
#
# with `my-scenario.yaml` a scenario that extends `huidig-beleid` and names the measure.

# %%
folder.cleanup()
