# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A first scenario
#
# **Question.** Suppose vacancies and sick leave rise at the wijkteams, the Wmo-loketten and the gecertificeerde instellingen, and providers of jeugdhulp can staff fewer
# places. Who waits longer, and where in the chain?
#
# That world ships with zorgstroom as the scenario `krappe-arbeidsmarkt` (a tight labour market). It is set against `autonoom`, the city without the
# measures of the Bestuursopdracht Zorg.
#
# To keep this notebook quick it simulates **a fifth of the city** (a fifth of the people and of the places), up to 2028, with six replications. Teams of
# a fifth of the size share less luck, so waits are somewhat longer here than in the whole city. For an answer to act on, use `zorgstroom compare`.

# %%
from datetime import date

import matplotlib.pyplot as plt
import pandas as pd

import sim

model = sim.load_model(sim.base_model())
library = sim.Library(sim.library_directory())
autonoom = sim.load_scenario("autonoom", library, model)
krap = sim.load_scenario("krappe-arbeidsmarkt", library, model)

# %% [markdown]
# ## What the scenario changes
#
# A scenario is a list of dated differences from the base model, each with a band (`low`, `mode`, `high`) and a source. `sim.explain` lists them. These are the ones that the
# scenario adds to `autonoom`; the numbers are what each effect makes of the parameter.

# %%
rows = [
    {"parameter": each.path, "from": each.start, "unit": each.unit, "without": str(each.base), "with (mode)": str(each.mode)}
    for each in sim.explain(model, krap)
    if each.role == "delta"
]
print(pd.DataFrame(rows).drop(columns="from").to_string(index=False))

# %% [markdown]
# ## Run
#
# A model and a scenario are compiled into a plan; a plan and a seed give a visit log; a visit log is counted into a table. The same seed means the same people with
# the same luck in both worlds, so a difference within a seed comes from the scenario.

# %%
SEEDS = range(1, 7)
COLUMNS = ["inflow", "waiting_end", "wait_mean", "in_care_end", "cost"]


def run(scenario):
    plan = sim.scaled(sim.compile_plan(model, scenario, until=date(2028, 1, 1)), 0.2)
    logs = {seed: sim.simulate(plan, seed) for seed in SEEDS}
    tables = {
        seed: sim.measure(plan, log, levels=["everything", "part", "node"], period_kinds=["year"], columns=COLUMNS)
        for seed, log in logs.items()
    }
    return pd.concat(tables, names=["seed"]).reset_index("seed")


before, after = run(autonoom), run(krap)

# %% [markdown]
# ## The table
#
# Per step with a waiting list: how many people wait at the end of 2027, in both worlds, and the difference within each seed with the 90 per cent interval of
# its mean.

# %%
nodes = [
    "vraaganalyse", "aanvraag_ondersteuning", "jeugdhulp_lokaal", "jeugdhulp_ambulant", "jeugdhulp_dagbehandeling", "jeugdhulp_residentieel",
    "nachtopvang",
]  # fmt: skip


def by_seed(table, node, column, period="2027"):
    here = table[(table["node"] == node) & (table["period"] == period)]
    return here.set_index("seed")[column]


shown = []
for node in nodes:
    a, b = by_seed(before, node, "waiting_end"), by_seed(after, node, "waiting_end")
    change = sim.mean_interval((b - a).to_numpy(float))
    shown.append(
        {
            "step": model.spec.nodes[node].title.nl,
            "autonoom": round(a.mean()),
            "krap": round(b.mean()),
            "difference": f"{change.value:+.0f}",
            "90% interval": f"{change.low:+.0f} to {change.high:+.0f}",
        }
    )
print("Waiting at the end of 2027 (persons, a fifth of the city)")
print(pd.DataFrame(shown).to_string(index=False))

# %% [markdown]
# ## The picture
#
# Each thin line is one replication. Up to the end of 2024 the two worlds are the same people in the same order, so the lines lie on top of each other.

# %% alt="Line chart: people waiting for specialist ambulatory jeugdhulp at the end of each year, 2019 to 2027. Both worlds are equal up to 2024; then the tight labour market lies above autonoom."
figure, axes = plt.subplots(figsize=(7, 3.6))
for label, table, style in (("autonoom", before, "-"), ("krappe arbeidsmarkt", after, "--")):
    waiting = table[table["node"] == "jeugdhulp_ambulant"].pivot(index="period", columns="seed", values="waiting_end").astype(float)
    color = "tab:blue" if style == "-" else "tab:orange"
    axes.plot(waiting.index, waiting, style, color=color, linewidth=0.6, alpha=0.6)
    axes.plot(waiting.index, waiting.mean(axis=1), style, color=color, linewidth=2.2, label=f"{label}, mean")
axes.set_ylim(bottom=0)
axes.set_ylabel("persons, end of year")
axes.set_title("Waiting for Specialistisch ambulant, a fifth of the city")
axes.legend(loc="upper left")
figure.tight_layout()
plt.show()

# %% [markdown]
# ## And the money

# %%
a, b = (by_seed(table[table["part"] == "alle"], "alle", "cost") / 1e6 for table in (before, after))
change = sim.mean_interval((b - a).to_numpy(float))
print(f"Cost in 2027, a fifth of the city: {a.mean():.1f} mln euro in autonoom, {b.mean():.1f} mln in the tight labour market")
print(f"Difference {change.value:+.2f} mln euro (90% interval of the mean {change.low:+.2f} to {change.high:+.2f})")

# %% [markdown]
# ## How to read it
#
# * A difference whose interval holds 0 is none that six replications of a fifth of the city can show.
# * Cost falls where places disappear: a vacant post costs nothing. That is care delivered later or not at all, no saving.
# * Steps further down the chain may see *fewer* people waiting, because the step before them lets fewer people through.
#
# ## What it does not say
#
# * Effects stand at their mode and parameters as written: the intervals hold chance alone. `zorgstroom compare` draws both from what is known about them.
# * A fifth of the city is not a fifth of the waits. For numbers to use: `zorgstroom compare krappe-arbeidsmarkt`.
# * How far vacancies rise is an assumption of the scenario, not a forecast.
