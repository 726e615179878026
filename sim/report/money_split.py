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


def split_money(results: Results, windows: Sequence[tuple[int, int]]) -> MoneySplit:
    """Split the cost of every compared scenario over every window of whole years. Empty when the table lacks a needed column.

    One call of ``savings_split`` does all scenarios and replications of a window: each pair of worlds stands in it as parts of its own.
    """
    if not set(NEEDED) <= set(results.core.cube.columns) or not results.has("cost") or not results.compared:
        return MoneySplit((), {})
    rows = _node_rows(results.core_rows, windows)
    replications = sorted({int(k) for k in rows["replication"].unique()})
    pairs = [(s, k) for s in results.compared for k in replications]
    at = {pair: i for i, pair in enumerate(pairs)}
    mine = rows[rows["scenario"] != results.baseline]
    own = _labelled(mine, [at.get((s, int(k)), -1) for s, k in zip(mine["scenario"], mine["replication"], strict=True)])
    of_base = rows[rows["scenario"] == results.baseline]
    base = pd.concat([_labelled(of_base, [at[s, int(k)] for k in of_base["replication"]]) for s in results.compared], ignore_index=True)

    places = (ALL, *results.parts)
    draws = draws_of(replications, results.info.seeds_per_draw)
    summaries = {}
    for first, last in windows:
        years = [str(y) for y in range(first, last + 1)]
        split = savings_split(base[base["period"].isin(years)], own[own["period"].isin(years)], first, last)
        split = split[(split["node"] == ALL) & (split["part"] != ALL)]
        labels = split["part"].str.split("/", n=1, expand=True)
        values = np.zeros((len(pairs), len(places), len(CAUSES)))
        pair, place = labels[0].astype(int).to_numpy(), [places.index(p) for p in labels[1]]
        values[pair, place] = split[list(CAUSES)].to_numpy(dtype=np.float64)
        values[:, 0] = values[:, 1:].sum(axis=1)
        by_scenario = values.reshape(len(results.compared), len(replications), len(places), len(CAUSES))
        for scenario, of_scenario in zip(results.compared, by_scenario, strict=True):
            summaries[scenario, first, last] = summarise(of_scenario, draws, results.level)
    return MoneySplit(places, summaries)


def _node_rows(rows: pd.DataFrame, windows: Sequence[tuple[int, int]]) -> pd.DataFrame:
    used = {str(y) for first, last in windows for y in range(first, last + 1)}
    rows = rows.loc[(rows["node"] != ALL) & rows["period"].isin(used), ["scenario", "replication", *KEYS, *NEEDED]]
    return rows.astype({"scenario": str, **dict.fromkeys(KEYS, str)}).sort_values(["scenario", "replication", *KEYS], ignore_index=True)


def _labelled(rows: pd.DataFrame, pair: Sequence[int]) -> pd.DataFrame:
    """Rows with the number of their pair of worlds before the name of the part."""
    labels = pd.Series(pair, index=rows.index)
    return rows.assign(part=labels.astype(str) + "/" + rows["part"])[labels >= 0]
