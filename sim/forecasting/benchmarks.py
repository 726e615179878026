"""What a forecast has to beat: the last value, the straight line, exponential smoothing.

Each gives a point and sample paths at the asked moments. Bands of the first two are those of a random walk with the spread of the series'
own steps.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.forecasting.series import F64, ObservedSeries


@dataclass(frozen=True)
class Guess:
    """Point [T] and sample paths [N, T] of a benchmark, original scale."""

    point: F64
    paths: F64


Benchmark = Callable[[ObservedSeries, F64, int, np.random.Generator], Guess]


def naive(known: ObservedSeries, ahead: F64, draws: int, random: np.random.Generator) -> Guess:
    """The last value stays."""
    point = np.full(len(ahead), float(known.value[-1]))
    return Guess(point, point + _walk(known, 0.0, ahead, draws, random))


def drift(known: ObservedSeries, ahead: F64, draws: int, random: np.random.Generator) -> Guess:
    """The straight line through the first and the last value goes on."""
    slope = float((known.value[-1] - known.value[0]) / (known.time[-1] - known.time[0]))
    point = known.value[-1] + slope * ahead
    return Guess(point, point + _walk(known, slope, ahead, draws, random))


def _walk(known: ObservedSeries, slope: float, ahead: F64, draws: int, random: np.random.Generator) -> F64:
    gap = np.diff(known.time)
    spread = math.sqrt(float(((np.diff(known.value) - slope * gap) ** 2 / gap).mean()))
    return np.cumsum(random.standard_normal((draws, len(ahead))) * np.sqrt(np.diff(ahead, prepend=0.0)) * spread, axis=1)


def ets(known: ObservedSeries, ahead: F64, draws: int, random: np.random.Generator) -> Guess:
    """Exponential smoothing of the logarithm: without a trend or with a damped one, by the corrected AIC (statsmodels, Hyndman et al.
    2008).

    Gaps between observations are filled along a straight line, for the method knows only equal steps.
    """
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    step = float(np.round(np.diff(known.time).min(), 6))
    moments = known.time[0] + step * np.arange(round((known.time[-1] - known.time[0]) / step) + 1)
    logs = np.interp(moments, known.time, np.log(known.value))
    count = max(1, math.ceil(float(ahead[-1]) / step - 1e-9))
    at = np.maximum(np.round(ahead / step).astype(int), 1) - 1
    best, lowest = None, math.inf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # short series: the optimiser says so every time
        for trend in (None, "add"):
            free = 3 if trend is None else 6  # smoothing, level and variance; with slope, its smoothing and damping
            spare = len(logs) - free - 1
            if trend is not None and spare <= 0:
                continue  # more numbers to estimate than the corrected AIC allows
            fitted = ETSModel(logs, error="add", trend=trend, damped_trend=trend is not None).fit(disp=False)
            score = fitted.aic + (2.0 * free * (free + 1) / spare if spare > 0 else 0.0)
            if best is None or score < lowest:
                best, lowest = fitted, score
        assert best is not None  # the model without a trend is always tried
        logs_ahead = np.asarray(best.forecast(count))
        errors = random.standard_normal((count, draws)) * math.sqrt(float(best.mse))
        noise = np.asarray(best.simulate(count, repetitions=draws, anchor="end", random_errors=errors)).reshape(count, draws)
    return Guess(np.exp(logs_ahead[at]), np.exp(noise[at]).T)


BENCHMARKS: dict[str, Benchmark] = {"naive": naive, "drift": drift, "ets": ets}
