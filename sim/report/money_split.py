"""The split of every difference in cost (``sim.indicators.savings``), taken per replication and then summarised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.experiment.paired import Cube, Summary, draws_of, summarise
from sim.indicators.definitions import ALL
from sim.indicators.savings import NEEDED, SPLIT, split_by_cause
from sim.report.results import UNKNOWN, Interval, Results, interval_at

CAUSES = (*SPLIT, "total")


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

    One call of ``split_by_cause`` does all replications of a scenario and window: each node of each stands in it as a row of its own.
    """
    c = results.core.cube
    if not set(NEEDED) <= set(c.columns) or not results.has("cost") or not results.compared:
        return MoneySplit((), {})
    places = (ALL, *results.parts)
    of_part = np.array([places.index(part) for part, _ in results.nodes])
    draws = draws_of(c.replications, results.info.seeds_per_draw)
    summaries = {}
    for first, last in windows:
        at = np.array([[results.core.where.get((*pn, str(y)), -1) for y in range(first, last + 1)] for pn in results.nodes])
        worlds = {s: _rows(c, s, at) for s in (results.baseline, *results.compared)}
        for scenario in results.compared:
            causes = split_by_cause(worlds[results.baseline], worlds[scenario])
            of_nodes = np.stack([causes[cause] for cause in CAUSES], axis=-1).reshape(len(c.replications), len(results.nodes), len(CAUSES))
            values = np.zeros((len(c.replications), len(places), len(CAUSES)))
            for node, place in enumerate(of_part):
                values[:, place] += of_nodes[:, node]
            values[:, 0] = values[:, 1:].sum(axis=1)
            summaries[scenario, first, last] = summarise(values, draws, results.level)
    return MoneySplit(places, summaries)


def _rows(c: Cube, scenario: str, at: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Of one scenario the needed columns [replication x node, year]; what is not there or undefined is 0. ``at`` [node, year]: keys."""
    world = c.values[c.scenarios.index(scenario)][:, at]
    world = np.nan_to_num(np.where((at >= 0)[..., None], world, 0.0)).reshape(-1, at.shape[1], len(c.columns))
    return {name: world[..., c.columns.index(name)] for name in NEEDED}
