"""``differences.csv``: every paired difference, tidy, comma and point, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd

from sim.experiment.paired import Cube, tidy_differences
from sim.report.columns import unit_of
from sim.report.notation import clean
from sim.report.results import ALL, Block, Results

COLUMNS = (
    "scenario", "baseline_scenario", "level", "year", "part", "node", "site", "gebied", "indicator", "unit",
    "baseline", "value", "difference", "mean_low", "mean_high", "low", "high", "sd_parameters", "sd_chance", "sign", "replications", "basis", "interval",
)  # fmt: skip
TEXTS = ("scenario", "baseline_scenario", "level", "part", "node", "site", "gebied", "indicator", "unit", "basis")
NUMBERS = ("baseline", "value", "difference", "mean_low", "mean_high", "low", "high", "sd_parameters", "sd_chance", "sign", "interval")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def differences_csv(results: Results) -> str:
    """The file as text, lines ending in a line feed. Levels: total, part, node, site (teams) and gebied (added up over nodes).

    Years before the first difference between any scenario and the baseline are left out; an undefined number is an empty field.
    """
    tables = [_tidy(results, block) for block in (results.core, results.sites, results.gebieden)]
    table = pd.concat([t for t in tables if len(t)], ignore_index=True) if any(len(t) for t in tables) else tables[0]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    if len(table):
        made = {c: _safe(table[c]) for c in TEXTS} | {c: _numbers(table[c]) for c in NUMBERS}
        made |= {"year": table["year"].tolist(), "replications": table["replications"].tolist()}
        writer.writerows(zip(*(made[c] for c in COLUMNS), strict=True))
    return out.getvalue()


def _tidy(results: Results, block: Block) -> pd.DataFrame:
    keys = block.cube.keys
    if not len(keys):
        return pd.DataFrame(columns=list(COLUMNS))
    shown = (keys["period"].astype(int) >= results.first_changed).to_numpy()
    c = block.cube
    kept = Cube(keys.loc[shown].reset_index(drop=True), c.columns, c.scenarios, c.replications, c.values[:, :, shown])
    table = tidy_differences(kept, results.baseline, seeds_per_draw=results.info.seeds_per_draw, level=results.level)
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


def _safe(texts: pd.Series[str]) -> list[str]:
    made = {t: clean(t, 500) for t in texts.unique()}
    made = {t: ("'" + s if s.startswith(DANGEROUS) else s) for t, s in made.items()}
    return [made[t] for t in texts]


def _numbers(values: pd.Series[float]) -> list[str]:
    return ["" if x != x else format(x, ".10g") for x in values.tolist()]
