"""Scores of predictions: interval score, CRPS, coverage."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

F64 = NDArray[np.float64]
LEVEL = 0.9


def interval(sample: F64, level: float = LEVEL) -> tuple[F64, F64]:
    """Central interval of samples [..., N]."""
    low, high = np.nanquantile(sample, [(1 - level) / 2, (1 + level) / 2], axis=-1)
    return low, high


def interval_score(low: F64, high: F64, value: F64, level: float = LEVEL) -> F64:
    """Width plus 2 / (1 - level) times what the value lies outside (Gneiting & Raftery 2007, eq. 43); less is better."""
    penalty = 2.0 / (1.0 - level)
    return np.asarray((high - low) + penalty * np.maximum(low - value, 0.0) + penalty * np.maximum(value - high, 0.0))


def crps(sample: F64, value: F64) -> F64:
    """Continuous ranked probability score of samples [..., N] (Gneiting & Raftery 2007, eq. 21); less is better.

    E|X - x| - E|X - X'| / 2, the second mean over different pairs (fair for a sample).
    """
    n = sample.shape[-1]
    ordered = np.sort(sample, axis=-1)
    rank = 2 * np.arange(n) - n + 1
    spread = (ordered * rank).sum(axis=-1) / (n * (n - 1))
    return np.asarray(np.abs(sample - value[..., None]).mean(axis=-1) - spread)


def coverage(inside: NDArray[np.bool_], level: float = 0.95) -> tuple[float, float, float]:
    """Share inside, with the interval of Clopper & Pearson (1934) at ``level``."""
    n, k = len(inside), int(inside.sum())
    found = stats.binomtest(k, n).proportion_ci(level, method="exact")
    return k / n, float(found.low), float(found.high)
