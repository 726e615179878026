# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Add a node to the chain
#
# **Question.** What if the wijkteams could send a part of the children who now go to specialist ambulatory jeugdhulp to a group training of ten weeks first? Some of them
# would need no more after it. Does the training take people off the waiting list, or does it make a list of its own?
#
# The chain is data: a new step of care is a piece of YAML, no programming. The training and all its numbers are invented for this notebook, which runs a fifth of the city up to 2029.
#
# ## A copy of the model
#
# `zorgstroom init DIR` copies the shipped model and scenarios. All YAML files of a model folder are merged, so a new step can have a file of its own.

# %%
import shutil
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import pandas as pd

import sim

folder = TemporaryDirectory()
city = Path(folder.name) / "city"
shutil.copytree(sim.library_directory(), city)

NODE = """\
teams:
  groepstraining:
    places:
      number: {value: 60, unit: places, kind: assumption, source: "own proposal: six groups of ten", range: [40, 80]}
nodes:
  groepstraining:
    title: {nl: Groepstraining, en: Group training}
    part: jeugdhulp
    team: groepstraining
    stay: {distribution: fixed, mean: {value: 10, unit: weeks, kind: assumption, source: "own proposal", range: [8, 12]}}
    patience: {distribution: exponential, mean: {value: 60, unit: weeks, kind: assumption, source: "as at local jeugdhulp", range: [30, 120]}}
    age_limit: {value: 18, unit: years, kind: assumption, source: "Jeugdwet", range: [18, 18]}
    price: {value: 90, unit: euro per client-week, kind: assumption, source: "own estimate", range: [60, 120]}
    index: jeugdtarief
    norm: {clock: to_start, within: {value: 6, unit: weeks, kind: assumption, source: "own proposal", range: [4, 8]}}
    routes:
      klaar: {to: zelfredzaam, share: rest}
      naar_ambulant: {to: jeugdhulp_ambulant, share: {value: 0.5, unit: share, kind: assumption, source: "own estimate", range: [0.3, 0.7]}}
    renege: {naar_ambulant: {to: jeugdhulp_ambulant, share: rest}}
"""
step = city / "rotterdam" / "groepstraining.yaml"
step.write_text(NODE, encoding="utf-8")
print(f"{step.name}: {len(NODE.splitlines())} lines")

# %% [markdown]
# ## The model is checked as a whole
#
# Who is under 18 can turn 18 while waiting or in training, and nothing says yet where they then go:

# %%
try:
    sim.load_model(city / "rotterdam")
except sim.InputError as error:
    print(str(error).replace(folder.name, "..."))

# %% [markdown]
# So the step gets a route for them, and the wijkteam a route to the step. Its share is 0: the route is there, and a measure opens it.

# %%
with step.open("a", encoding="utf-8") as file:
    file.write("    aged_out: {klaar: {to: zelfredzaam, share: rest}}\n")

wijkteam = city / "rotterdam" / "wijkteam.yaml"
text = wijkteam.read_text(encoding="utf-8")
START = "    routes:\n      naar_ambulant: {to: jeugdhulp_ambulant"
ROUTE = """\
    routes:
      naar_groepstraining: {to: groepstraining, share: {by: age, value: {"0-11": 0, "12-17": 0, other: 0}, unit: share, kind: assumption, source: "opened by a measure", range: [0, 0.3]}}
      naar_ambulant: {to: jeugdhulp_ambulant"""
assert text.count(START) == 1  # the routes of vraaganalyse
wijkteam.write_text(text.replace(START, ROUTE), encoding="utf-8")
model = sim.load_model(city / "rotterdam")
print(f"{len(model.spec.nodes)} nodes, {len(model.parameters)} parameters, no faults")

# %% [markdown]
# ## The measure that opens it
#
# A quarter of those who went from the wijkteam to specialist ambulatory care now go to the training first.

# %%
MEASURE = """\
title: {nl: "Eerst een groepstraining", en: "Group training first"}
description: {nl: "Een kwart van de verwijzingen naar ambulant gaat eerst naar een groepstraining.", en: "A quarter of the referrals to ambulatory care goes to a group training first."}
source: "own proposal"
programme: stad
status: proposed
start: 2025-01-01
ramp: 0
scope: {gebied: all, age: ["0-11", "12-17"]}
effects:
  - {path: nodes.vraaganalyse.routes.naar_groepstraining.share, op: set, low: 0.095, mode: 0.095, high: 0.095, evidence: assumption, source: "a quarter of 0.36 to 0.40"}
  - {path: nodes.vraaganalyse.routes.naar_ambulant.share, op: multiply, low: 0.75, mode: 0.75, high: 0.75, evidence: assumption, source: "the other three quarters"}
"""
(city / "measures" / "groepstraining.yaml").write_text(MEASURE, encoding="utf-8")
library = sim.Library(city)
baseline = sim.load_scenario("huidig-beleid", library, model)
scenario = sim.measure_scenario(sim.load_measure(city / "measures" / "groepstraining.yaml", model), baseline, model)

# %% [markdown]
# ## Run, and count everybody
#
# `sim.conserve` recounts every visit in another way and raises an error if anybody got lost, at the new node too.

# %%
SEEDS = range(1, 7)
COLUMNS = ["inflow", "starts", "outflow", "reneged", "in_care_avg", "waiting_avg", "waiting_end", "wait_mean", "occupancy", "cost"]


def run(world):
    plan = sim.scaled(sim.compile_plan(model, world, until=date(2029, 1, 1)), 0.2)
    tables = {}
    for seed in SEEDS:
        log = sim.simulate(plan, seed)
        sim.conserve(plan, log)
        tables[seed] = sim.measure(plan, log, levels=["part", "node"], period_kinds=["year"], columns=COLUMNS)
    return pd.concat(tables, names=["seed"]).reset_index("seed")


without, with_it = run(baseline), run(scenario)
own = with_it[with_it["node"] == "groepstraining"].groupby("period", observed=True)[COLUMNS].mean()
print("The group training, a fifth of the city, mean of six replications")
print(own.loc["2025":, ["inflow", "starts", "in_care_avg", "waiting_end", "wait_mean", "occupancy"]].round(2).to_string())

# %% [markdown]
# ## The rest of the chain

# %%


def change(part, node, column, year):
    def pick(table):
        at = table[(table["part"] == part) & (table["node"] == node) & (table["period"] == year)]
        return at.set_index("seed")[column].astype(float)

    return sim.mean_interval((pick(with_it) - pick(without)).to_numpy())


shown = []
for label, part, node, column, unit in [
    ("Coming to ambulant (persons a year)", "jeugdhulp", "jeugdhulp_ambulant", "inflow", 1),
    ("Waiting for ambulant (persons, end of year)", "jeugdhulp", "jeugdhulp_ambulant", "waiting_end", 1),
    ("Wait for ambulant (weeks)", "jeugdhulp", "jeugdhulp_ambulant", "wait_mean", 1),
    ("Average in ambulant (persons)", "jeugdhulp", "jeugdhulp_ambulant", "in_care_avg", 1),
    ("Cost of jeugdhulp (mln euro)", "jeugdhulp", "alle", "cost", 1e6),
]:
    row = {"difference": label}
    for year in ("2025", "2028"):
        mean = change(part, node, column, year)
        row[year] = f"{mean.value / unit:+.2f} ({mean.low / unit:+.2f} to {mean.high / unit:+.2f})"
    shown.append(row)
print("With the training against without, a fifth of the city; 90% interval of the mean")
print(pd.DataFrame(shown).to_string(index=False))

# %% alt="Line chart of the average number of people waiting per year, 2022 to 2028: for specialist ambulatory care without the training, for the same with it, and for the training itself."
figure, axes = plt.subplots(figsize=(7, 3.6))
years = [str(year) for year in range(2022, 2029)]
for table, node, label, style in (
    (without, "jeugdhulp_ambulant", "ambulant, without training", "-"),
    (with_it, "jeugdhulp_ambulant", "ambulant, with training", "--"),
    (with_it, "groepstraining", "the training itself", ":"),
):
    mean = table[table["node"] == node].groupby("period", observed=True)["waiting_avg"].mean()
    axes.plot(years, mean[years], style, marker="o", markersize=4, linewidth=2, label=label)
axes.set_ylim(bottom=0)
axes.set_ylabel("persons, average of the year")
axes.set_title("Waiting, a fifth of the city")
axes.legend()
figure.tight_layout()
plt.show()

# %% [markdown]
# ## How to read it
#
# * Look at the new step's own waiting list and occupancy first: with too few places it only moves the list to another door.
# * *Average in ambulant* hardly changes where places are full: somebody else takes each place that comes free. That is why a step that keeps people out of care saves waits first and money
#   later.
#
# ## What it does not say
#
# * That half of the children need nothing more after the training is the assumption on which everything hangs. Give it a band in the measure and draw it, as in
#   [test a measure of your own](../docs/notebooks/own_measure.md).
# * A model that has changed has other unknowns, so the fitted ensemble of the shipped model does not belong to it. Fit it anew with `zorgstroom calibrate`, or compare with `--parameters base`.
# * [The model format](../docs/model-format.md) describes every key; `zorgstroom balance` prints where the people at each node come from.

# %%
folder.cleanup()
