"""What a sizing says: a row per capacity, the curve around it, what it does elsewhere, what it hangs on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.experiment.paired import Interval
from sim.model import Model
from sim.scenario import Scenario
from sim.sizing.certify import at_least, at_most
from sim.sizing.question import Question
from sim.sizing.sample import Sample
from sim.sizing.target import Lever, Target

F64 = NDArray[np.float64]
BAND = 0.8  # predictive band of waits and shares over replications


@dataclass(frozen=True)
class Spread:
    """A mean over replications and the band in which ``BAND`` of them lie; NaN where nothing was observed."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: F64) -> Spread:
        known = values[np.isfinite(values)]
        if not len(known):
            return cls(float("nan"), float("nan"), float("nan"))
        low, high = np.quantile(known, [(1 - BAND) / 2, (1 + BAND) / 2])
        return cls(float(known.mean()), float(low), float(high))


@dataclass(frozen=True)
class Row:
    """The answer for one capacity. ``amount`` None: the norm cannot be met with any, and what can be stands in ``nearest_share``.

    ``met`` is the share of the certifying replications in which the norm was met, ``met_at_least`` its one-sided lower bound;
    ``fewer_met`` the same with one unit less everywhere. ``alike`` are the amounts that cannot be told apart from the answer.
    ``gain`` is how many persons more a year are in time with one unit more; ``persons`` how many arrive.
    """

    lever: Lever
    amount: int | None
    met: float
    met_at_least: float
    fewer_met: float
    alike: tuple[int, ...]
    share: Spread
    wait: Spread
    backlog: Spread
    persons: float
    gain: Interval
    nearest_share: float | None = None

    def certified(self, confidence: float) -> bool:
        """Whether the lower bound is not below the confidence asked."""
        return self.met_at_least >= confidence


@dataclass(frozen=True)
class CurvePoint:
    """What one amount of a capacity gives; all points of a curve come from the same replications."""

    lever: Lever
    amount: int
    wait: Spread
    share: Spread
    met: float


@dataclass(frozen=True)
class ChainRow:
    """One node kind in one year, as it is and with the capacities found, in persons; ``share``: within the norm, NaN where it has none."""

    kind: str
    title: str
    part: str
    year: int
    arrivals: float
    arrivals_change: Interval
    starts: float
    starts_change: Interval
    waiting: float
    waiting_change: Interval
    share_now: float
    share: float


@dataclass(frozen=True)
class SensitivityRow:
    """A capacity found, with vacancies or sick leave at an end of their band. ``same_hands``: the amount that leaves as many at work."""

    case: str
    value: float
    lever: Lever
    amount: int
    same_hands: int
    share: Spread
    wait: Spread
    met: float


@dataclass(frozen=True)
class Sizing:
    """All of it. ``nearest_weeks``: the shortest norm in whole weeks that can be met where the one asked cannot, None where no norm can.

    ``rounds``: how often capacities were certified before none had to be moved; ``runs``: simulations of the whole chain.
    """

    model: Model
    scenario: Scenario
    question: Question
    target: Target
    rows: tuple[Row, ...]
    curves: tuple[CurvePoint, ...]
    chain: tuple[ChainRow, ...]
    sensitivity: tuple[SensitivityRow, ...]
    nearest_weeks: int | None
    replications: int
    parameters: str
    seed: int
    rounds: int
    runs: int

    @property
    def reachable(self) -> bool:
        return all(row.amount is not None for row in self.rows)

    @property
    def amounts(self) -> tuple[int | None, ...]:
        return tuple(row.amount for row in self.rows)


def told_apart(
    amount: int, interval: tuple[int | None, int | None], here: tuple[int, int], fewer: tuple[int, int], confidence: float
) -> tuple[int, ...]:
    """The neighbours of an amount that may be the answer as well: those in the interval of the search that certification does not refute.

    ``here`` and ``fewer``: successes and replications with the amount and with one less.
    """
    low, high = interval[0] or amount, interval[1] or amount
    low = amount if at_most(*fewer) < confidence else min(low, amount - 1)
    high = amount if at_least(*here) >= confidence else max(high, amount + 1)
    return tuple(n for n in range(max(low, 1), high + 1) if n != amount)


def curve_points(levers: Sequence[Lever], amounts: Mapping[str, Sequence[int]], samples: Mapping[str, Sample]) -> tuple[CurvePoint, ...]:
    """The curve of every lever from settings that share their replications; an amount met twice counts once."""
    points = []
    for i, lever in enumerate(levers):
        known: dict[int, str] = {}
        for name, given in amounts.items():
            known.setdefault(int(given[i]), name)
        for amount, name in sorted(known.items()):
            sample = samples[name]
            met = float(sample.met[:, i].mean())
            points.append(CurvePoint(lever, amount, Spread.of(sample.wait[:, i]), Spread.of(sample.share[:, i]), met))
    return tuple(points)
