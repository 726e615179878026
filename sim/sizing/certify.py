"""How surely a capacity will do: exact binomial bounds on the probability that a norm is met.

Source: C. Clopper and E. Pearson (1934), The use of confidence or fiducial limits illustrated in the case of the binomial, Biometrika 26.
Replications are independent: each has a chance seed of its own, and a member of the fitted ensemble of its own.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from sim.forecasting.scores import clopper_pearson

LEVEL = 0.95  # of every one-sided bound


def at_least(successes: int, of: int, level: float = LEVEL) -> float:
    """The probability is at least this, with certainty ``level``."""
    return clopper_pearson(successes, of, 2 * level - 1)[0]


def at_most(successes: int, of: int, level: float = LEVEL) -> float:
    """The probability is at most this, with certainty ``level``."""
    return clopper_pearson(successes, of, 2 * level - 1)[1]


def needed(confidence: float, of: int) -> int:
    """The fewest successes that are a share of ``confidence`` or more."""
    return math.ceil(confidence * of - 1e-9)


def quantile_interval(values: NDArray[np.int64], confidence: float, level: float = LEVEL) -> tuple[int | None, int | None]:
    """Two order statistics, each on its side of the quantile ``confidence`` with certainty ``level``; None beyond the sample.

    The number of values below the quantile is binomial; no shape is assumed. Source: David & Nagaraja, Order Statistics (2003), 7.1.
    """
    ordered, n = np.sort(values), len(values)
    low = int(binom.ppf(1 - level, n, confidence))
    high = int(binom.ppf(level, n, confidence)) + 1
    return (int(ordered[low - 1]) if low >= 1 else None), (int(ordered[high - 1]) if high <= n else None)
