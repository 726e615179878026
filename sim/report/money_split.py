"""The split of every difference in cost (``sim.indicators.savings_split``), taken per replication and then summarised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.experiment.paired import Summary, draws_of, summarise
from sim.indicators import savings_split
from sim.indicators.definitions import ALL, KEYS
from sim.indicators.savings import SPLIT
from sim.report.results import UNKNOWN, Interval, Results, interval_at

CAUSES = (*SPLIT, "total")
NEEDED = ("starts", "client_weeks", "waiting_end", "left_shifted", "cost_care", "cost_staff", "cost_measures", "contributions")


@dataclass(frozen=True)
class MoneySplit:
    """Summaries [place, cause] per (scenario, first year, last year); places are parts of the chain and ``alle``."""

    places: tuple[str, ...]
    summaries: dict[tuple[str, int, int], Summary]

    def at(self, scenario: str, window: tuple[int, int], cause: str, part: str = ALL) -> Interval:
        found = self.summaries.get((scenario, *window))
        if found is None or part not in self.places:
            return UNKNOWN
        return interval_at(found, self.places.index(part), CAUSES.index(cause))

    @property
    def empty(self) -> bool:
        return not self.summaries


def split_money(indicators: pd.DataFrame, results: Results, windows: Sequence[tuple[int, int]]) -> MoneySplit:
    """Split the cost of every compared scenario over every window of whole years. Empty when the table lacks a needed column."""
    if not set(NEEDED) <= set(indicators.columns) or not results.has("cost"):
        return MoneySplit((), {})
    rows = indicators[(indicators["period_kind"].astype(str) == "year") & (indicators["replication"] >= 0)]
    for key in ("site", "gebied", "age"):
        rows = rows[rows[key] == ALL]
    rows = rows[rows["node"] != ALL]
    used = {str(y) for a, b in windows for y in range(a, b + 1)}
    rows = rows[rows["period"].isin(used)]
    rows = rows[["scenario", "replication", *KEYS, *NEEDED]].astype({"scenario": str, **dict.fromkeys(KEYS, str)})
    cells: dict[tuple[str, int], pd.DataFrame] = {}
    for (s, k), table in rows.groupby(["scenario", "replication"], sort=True):
        cells[str(s), int(str(k))] = table
    replications = sorted({k for _, k in cells})
    places = (ALL, *results.parts)
    draws = draws_of(replications, results.info.seeds_per_draw)
    summaries = {}
    for first, last in windows:
        years = [str(y) for y in range(first, last + 1)]
        within = {cell: table[table["period"].isin(years)] for cell, table in cells.items()}
        for scenario in results.compared:
            values = np.full((len(replications), len(places), len(CAUSES)), np.nan)
            for i, k in enumerate(replications):
                base, other = within.get((results.baseline, k)), within.get((scenario, k))
                if base is None or other is None:
                    continue
                split = savings_split(base, other, first, last)
                split = split[split["node"] == ALL].set_index("part")[list(CAUSES)]
                values[i] = split.reindex(list(places)).to_numpy(dtype=np.float64)
            summaries[scenario, first, last] = summarise(values, draws, results.level)
    return MoneySplit(places, summaries)
