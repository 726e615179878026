"""Estimates of an engine against exact results, each with a tolerance from its own standard error.

A run is cut in batches of time, long against the relaxation time of the queue, so that batch means are nearly independent; the first ones
are dropped as warm-up. An estimate agrees with theory when it lies within t x SE, with t such that a right engine fails one comparison in
2,000 (``FALSE_ALARM``, two-sided, Student with batches - 1 degrees of freedom: t = 3.9). Every comparison also proves that it could have
failed: ``fault`` is the theory for a slightly wrong engine (a stay or a rate wrong by 5 per cent at most), and the run must be long enough
to tell the two apart with a probability of 80 per cent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from sim.engine import simulate
from sim.engine.visit_log import NULL, VisitLog
from sim.plan.plan import Plan
from tests.networks import DAY, Network

FALSE_ALARM = 5e-4
BATCHES = 30
WARM_UP = 2  # batches before the first one used; one more is left at the end, so that every wait of the last one has ended
POWER = 0.8416  # standard errors: 80 per cent

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Observed:
    """A visit log with the batches of its run. Times in days, NaN where not reached; ``inf`` never."""

    engine: str
    seed: int
    plan: Plan
    log: VisitLog
    edges: Array  # [BATCHES + 1] days

    @classmethod
    def of(cls, network: Network, engine: str, seed: int) -> Observed:
        plan = network.plan()
        log = simulate(plan, seed, engine)
        edges = np.linspace(0.0, plan.horizon / DAY, BATCHES + WARM_UP + 2)[WARM_UP:-1]
        return cls(engine, seed, plan, log, edges)

    def days(self, column: str) -> Array:
        """A column of times in days; NaN where it has not come."""
        values = getattr(self.log, column)
        return np.where(values == NULL, np.nan, values / DAY)

    def at(self, kind: str) -> Mask:
        return self.plan.node_kind[self.log.asked] == self.plan.names.kinds.index(kind)

    @property
    def wait(self) -> Array:
        """Days from arrival to start, or to leaving without one; NaN for those still waiting."""
        return np.where(self.log.start == NULL, self.days("end"), self.days("start")) - self.days("arrive")

    def by_arrival(self, values: Array, among: Mask | None = None) -> Array:
        """Mean of a value per visit, per batch of arrivals."""
        arrive = self.days("arrive")
        chosen = (arrive >= self.edges[0]) & (arrive < self.edges[-1])
        if among is not None:
            chosen &= among
        assert not np.isnan(values[chosen]).any(), "a visit of the last batch has not ended: lengthen the run"
        batch = np.searchsorted(self.edges, arrive[chosen], side="right") - 1
        return np.bincount(batch, values[chosen], BATCHES) / np.bincount(batch, minlength=BATCHES)

    def arrivals_per_day(self, among: Mask | None = None) -> Array:
        arrive = self.days("arrive")
        return np.histogram(arrive if among is None else arrive[among], self.edges)[0] / np.diff(self.edges)

    def number(self, begin: str, end: str, among: Mask | None = None) -> Array:
        """Average number of visits between two of their times, per batch."""
        first, last = self.days(begin), self.days(end)
        chosen = ~np.isnan(first) if among is None else ~np.isnan(first) & among
        first, last = first[chosen], np.nan_to_num(last[chosen], nan=np.inf)
        return np.array([person_time(first, last, a, b) / (b - a) for a, b in zip(self.edges, self.edges[1:], strict=False)])

    def agrees(self, what: str, estimates: Array, theory: float, fault: float | None = None) -> None:
        """Fail unless the mean of independent estimates agrees with ``theory`` and would not have agreed with ``fault``."""
        agrees(f"{what} [{self.engine}, seed {self.seed}]", estimates, theory, fault)


def person_time(first: Array, last: Array, begin: float, end: float) -> float:
    """Time that intervals share with one period, added up."""
    return float(np.maximum(0.0, np.minimum(last, end) - np.maximum(first, begin)).sum())


def agrees(what: str, estimates: Array, theory: float, fault: float | None = None) -> None:
    """Fail unless the mean of independent estimates agrees with ``theory`` and would not have agreed with ``fault``."""
    n = len(estimates)
    mean, error = float(np.mean(estimates)), float(np.std(estimates, ddof=1) / np.sqrt(n))
    margin = float(stats.t.ppf(1 - FALSE_ALARM / 2, n - 1)) * error
    text = f"{what}: {mean:.5g} against theory {theory:.5g}, off by {(mean - theory) / error if error else 0:+.1f} SE; margin {margin:.2g}"
    noticed = margin + POWER * error
    if fault is not None:
        text += f"; a fault gives {fault:.5g}, {abs(fault - theory) / (noticed + 1e-9):.2f} times what is noticed"
    print(text)  # shown on failure, and with -rP
    assert abs(mean - theory) <= margin + 1e-12, text
    if fault is not None:
        assert abs(fault - theory) >= noticed, f"too few events: {text}"
