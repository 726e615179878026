"""At how many steps a norm is met: counted per replication from the share of people helped within it, then summarised."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.report.results import Interval, Results

MET_FROM = 0.5  # a step meets its norm when at least half of those who ask are helped within it: the typical person is in time


@dataclass(frozen=True)
class Norms:
    """The steps of a study that have a norm, and how often they meet it."""

    results: Results

    @cached_property
    def steps(self) -> tuple[tuple[str, str], ...]:
        """(part, node) with a norm and somebody who asked, in the model's order."""
        there = {n.name for n in self.results.info.nodes if n.norm_weeks is not None}
        return tuple(pn for pn in self.results.nodes if pn[1] in there and self._asked(pn))

    def _asked(self, pn: tuple[str, str]) -> bool:
        r = self.results
        return any(r.value(s, *pn, y, "within_norm").n for s in r.scenarios for y in r.years)

    def _met(self, scenario: str, year: int) -> NDArray[np.float64]:
        """[replication] the number of steps that meet their norm; NaN where no step can be judged."""
        r = self.results
        keys = [k for pn in self.steps if (k := r.core.where.get((*pn, str(year)))) is not None]
        if not keys or "within_norm" not in r.core.cube.columns:
            return np.full(len(r.core.cube.replications), np.nan)
        share = r.core.cube.column("within_norm")[r.scenarios.index(scenario)][:, keys]
        judged = np.isfinite(share)
        return np.where(judged.any(axis=1), (np.where(judged, share, 0.0) >= MET_FROM).sum(axis=1), np.nan)

    def met(self, scenario: str, year: int) -> Interval:
        """How many steps meet their norm."""
        return self.results.interval(self._met(scenario, year))

    def change(self, scenario: str, year: int) -> Interval:
        """The difference from the baseline, paired per replication."""
        return self.results.interval(self._met(scenario, year) - self._met(self.results.baseline, year))

    def chance(self, scenario: str, pn: tuple[str, str], year: int) -> float:
        """Share of parameter draws and chance seeds in which one step meets its norm; NaN where it cannot be judged."""
        r = self.results
        key = r.core.where.get((*pn, str(year)))
        if key is None:
            return float("nan")
        share = r.core.cube.column("within_norm")[r.scenarios.index(scenario)][:, key]
        judged = share[np.isfinite(share)]
        return float((judged >= MET_FROM).mean()) if len(judged) else float("nan")
