"""Scores of forecasts: absolute percentage error, scaled error, CRPS of sample paths, coverage with its binomial interval."""

from __future__ import annotations

import numpy as np
from scipy import stats

from sim.forecasting.series import F64


def naive_scale(known: F64) -> float:
    """Mean absolute change from one observation to the next: the unit of MASE (Hyndman and Koehler 2006). 0 where nothing ever changed."""
    return float(np.abs(np.diff(known)).mean())


def sample_crps(paths: F64, outcome: F64) -> F64:
    """Continuous ranked probability score per target, E|X - y| - E|X - X'| / 2 over the samples [N, T]; in the unit of the outcome."""
    ordered = np.sort(paths, axis=0)
    count = len(ordered)
    weight = (2.0 * np.arange(1, count + 1) - count - 1.0) / count**2
    return np.asarray(np.abs(ordered - outcome).mean(axis=0) - (weight[:, None] * ordered).sum(axis=0))


def within(paths: F64, outcome: F64, level: float) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Whether each outcome lies in the central band of ``level`` of the samples [N, T]."""
    low, high = np.quantile(paths, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return np.asarray((outcome >= low) & (outcome <= high))


def clopper_pearson(hits: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Exact binomial interval of a share (Clopper and Pearson 1934)."""
    tail = (1.0 - level) / 2.0
    low = 0.0 if hits == 0 else float(stats.beta.ppf(tail, hits, trials - hits + 1))
    high = 1.0 if hits == trials else float(stats.beta.ppf(1.0 - tail, hits + 1, trials - hits))
    return low, high
