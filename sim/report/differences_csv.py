"""``differences.csv``: every paired difference, tidy, comma and point, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.experiment.paired import Cube, tidy_differences
from sim.report.columns import unit_of
from sim.report.notation import clean
from sim.report.results import ALL, Block, Results

COLUMNS = (
    "scenario", "baseline_scenario", "level", "year", "part", "node", "site", "gebied", "indicator", "unit", "baseline", "value",
    "difference", "mean_low", "mean_high", "low", "high", "sd_parameters", "sd_chance", "sign", "replications", "basis", "interval",
)  # fmt: skip
TEXTS = ("scenario", "baseline_scenario", "level", "part", "node", "site", "gebied", "indicator", "unit", "basis")
NUMBERS = ("baseline", "value", "difference", "mean_low", "mean_high", "low", "high", "sd_parameters", "sd_chance", "sign", "interval")
SHOWN = {
    "core": (
        "cost", "cost_care", "cost_staff", "cost_measures", "contributions",
        "in_care_avg", "clients_avg", "unique_clients", "stock_avg", "waiting_end",
        "person_weeks_waited", "wait_mean", "wait_median", "wait_p90", "within_norm", "elapsed_mean", "inflow", "starts", "outflow",
        "reneged", "left_shifted", "occupancy", "offered_load",
    ),
    "sites": ("wait_mean", "waiting_end", "occupancy", "offered_load"),
    "gebieden": ("cost", "in_care_avg", "waiting_end", "person_weeks_waited", "wait_mean"),
}  # fmt: skip
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def differences_csv(results: Results) -> tuple[str, str]:
    """The file as text, lines ending in a line feed, and the same for a Dutch spreadsheet: semicolons, decimal commas, a mark that says
    UTF-8, lines ending in CR LF.

    Levels: total, part, node, site (teams) and gebied (added up over nodes). Years before the first difference between any scenario and
    the baseline are left out, and so are steps and teams that are exactly the same in all replications; an undefined number is an empty
    field.
    """
    blocks = (("core", results.core), ("sites", results.sites), ("gebieden", results.gebieden))
    tables = [_tidy(results, block, SHOWN[name]) for name, block in blocks]
    table = pd.concat([t for t in tables if len(t)], ignore_index=True) if any(len(t) for t in tables) else tables[0]
    made: dict[str, list[object]] = {c: [] for c in COLUMNS}
    if len(table):
        made |= {c: _safe(table[c]) for c in TEXTS} | {c: _numbers(table[c]) for c in NUMBERS}
        made |= {"year": table["year"].tolist(), "replications": table["replications"].tolist()}
    dutch = made | {c: [str(text).replace(".", ",") for text in made[c]] for c in NUMBERS}
    return _written(made, ",", "\n"), "\ufeff" + _written(dutch, ";", "\r\n")


def _written(columns: dict[str, list[object]], between: str, end: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=between, lineterminator=end)
    writer.writerow(COLUMNS)
    writer.writerows(zip(*(columns[c] for c in COLUMNS), strict=True))
    return out.getvalue()


def _tidy(results: Results, block: Block, columns: Sequence[str]) -> pd.DataFrame:
    keys = block.cube.keys
    if not len(keys):
        return pd.DataFrame(columns=list(COLUMNS))
    shown = (keys["period"].astype(int) >= results.first_changed).to_numpy()
    c = block.cube
    at = [c.columns.index(name) for name in columns if name in c.columns]
    names = tuple(c.columns[i] for i in at)
    kept = Cube(keys.loc[shown].reset_index(drop=True), names, c.scenarios, c.replications, c.values[:, :, shown][..., at])
    table = tidy_differences(kept, results.baseline, seeds_per_draw=results.info.seeds_per_draw, level=results.level)
    same = (table["difference"] == 0) & ~(table["low"] < 0)
    table = table[~(same & (table["node"] != ALL))]
    levels = ["site", "gebied", "node", "part"]
    level = np.select([(table[k] != ALL).to_numpy() for k in levels], levels, "total")
    units = {column: unit_of(column) for column in c.columns}
    return table.assign(
        baseline_scenario=results.baseline,
        interval=table["level"],
        level=level,
        year=table["period"],
        unit=table["indicator"].map(units),
    )


def _safe(texts: pd.Series[str]) -> list[object]:
    codes, unique = pd.factorize(texts.to_numpy(dtype=object))
    made = [clean(t, 500) for t in unique]
    made = ["'" + s if s.startswith(DANGEROUS) else s for s in made]
    return [made[i] for i in codes]


def _numbers(values: pd.Series[float]) -> list[object]:
    return ["" if x != x else format(x, ".7g") for x in values.tolist()]
