"""Intervals of samples, the score of an interval, coverage. The CRPS is that of the forecast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.forecasting.scores import clopper_pearson

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


def coverage(inside: NDArray[np.bool_], level: float = 0.95) -> tuple[float, float, float]:
    """Share inside, with its binomial interval at ``level``."""
    return float(inside.mean()), *clopper_pearson(int(inside.sum()), len(inside), level)
