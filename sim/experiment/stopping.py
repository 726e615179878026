"""When there are enough replications: the sequential rule of Hoad, Robinson and Davies with look-ahead.

Replications are added until the interval of the mean of the paired difference to the baseline is narrow enough relative to that mean, and
stays so over a look-ahead of further replications, so that a lucky narrow moment does not end it.

Source: K. Hoad, S. Robinson, R. Davies (2010), Automated selection of the number of replications for a discrete-event simulation, Journal
of the Operational Research Society 61(11), 1632-1644: look-ahead 5 up to 100 replications, ``5 n / 100`` beyond. Theirs is the mean of
independent replications; here replications come in parameter draws of two, it is the draws that are independent, and the rule is looked
at after every whole draw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.experiment.cells import ALL, YEARS, read_cell
from sim.experiment.paired import LEVEL, draws_of, summarise

SEEDS_PER_DRAW = 2  # chance seeds per draw of the parameters, so that uncertainty and chance can be told apart
FEWEST_DRAWS = 3  # fewer say nothing of a standard deviation
LOOK_AHEAD = 5  # replications
MOST_REPLICATIONS = 100  # unless said otherwise


@dataclass(frozen=True)
class Precision:
    """How well which difference is to be known: ``relative`` half-width of the interval of its mean (at the level of the report).

    ``period`` is a year, None the sum over the whole run; ``part`` and ``node`` are ``alle`` for the whole chain.
    """

    relative: float
    indicator: str = "cost"
    period: int | None = None
    part: str = ALL
    node: str = ALL
    max_replications: int = MOST_REPLICATIONS


@dataclass(frozen=True)
class Stop:
    """Why no replications were added any more. ``widest`` is the relative half-width of each compared scenario at the end."""

    replications: int
    enough: int | None  # replications from which the precision held; None: the maximum was hit
    widest: Mapping[str, float]

    @property
    def reached(self) -> bool:
        return self.enough is not None


def least_replications() -> int:
    """The fewest replications the rule can stop at."""
    return _until(SEEDS_PER_DRAW * FEWEST_DRAWS)


def look_ahead(replications: int) -> int:
    """Further replications over which the precision must hold."""
    return max(LOOK_AHEAD, LOOK_AHEAD * replications // 100)


def _until(enough: int) -> int:
    """Replications at the end of the look-ahead from ``enough``, in whole draws."""
    return enough + -(-look_ahead(enough) // SEEDS_PER_DRAW) * SEEDS_PER_DRAW


def relative_half_width(differences: Sequence[float]) -> float:
    """Half-width of the interval of the mean over its mean, from the paired difference of replications 0, 1, ... (NaN: failed).

    0 where all are 0; infinite where their mean is.
    """
    values = np.asarray(differences, dtype=np.float64)
    if not np.nan_to_num(values).any():
        return 0.0
    summary = summarise(values[:, None], draws_of(range(len(values)), SEEDS_PER_DRAW), LEVEL)
    half, mean = float(summary.mean_high[0] - summary.mean[0]), abs(float(summary.mean[0]))
    return half / mean if mean > 0 and np.isfinite(half) else np.inf


def next_replications(differences: Mapping[str, Sequence[float]], precision: Precision) -> int | Stop:
    """From the differences per compared scenario in replication order: how many replications are needed before it can stop, or the stop.

    The answer depends on nothing but the replications before it, so it is the same for any number of workers and after any interruption.
    """
    n = min((len(values) for values in differences.values()), default=0)
    enough: int | None = None
    for m in range(SEEDS_PER_DRAW * FEWEST_DRAWS, n + 1, SEEDS_PER_DRAW):
        if all(relative_half_width(values[:m]) <= precision.relative for values in differences.values()):
            enough = m if enough is None else enough
            if m >= _until(enough):
                return Stop(n, enough, _widths(differences))
        else:
            enough = None
    if n >= precision.max_replications:
        return Stop(n, None, _widths(differences))
    first = max(n + SEEDS_PER_DRAW, SEEDS_PER_DRAW * FEWEST_DRAWS) if enough is None else enough
    return min(_until(first), precision.max_replications)


def _widths(differences: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: relative_half_width(values) for name, values in differences.items()}


def indicator_of(file: Path, precision: Precision) -> float:
    """The named indicator of one finished cell; NaN where it is undefined."""
    rows = read_cell(file, [YEARS], [precision.indicator])
    asked = (rows["part"] == precision.part) & (rows["node"] == precision.node)
    for key in ("site", "gebied", "age"):
        asked &= rows[key] == ALL
    if precision.period is not None:
        asked &= rows["period"] == str(precision.period)
    return float(rows.loc[asked, precision.indicator].sum(skipna=False)) if asked.any() else float("nan")
