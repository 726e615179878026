"""The trend of a series: log-linear, shrunk to what the series of its topic share, damped, with bands as wide as its topic was wrong
before.

On the log scale a series makes steps ``x[t] - x[t-1] = slope x gap + spread x sqrt(gap) x noise``. Known steps in the level (breaks) are
left out of both.

* The *spread* of a series leans on the spread pooled over its topic.
* The *slope* is a compromise between its own and the mean of its topic, by how much the slopes of the topic differ (DerSimonian and Laird
  1986).
* Its *reliability* is what slopes of the topic were worth so far: the regression of the next step on the slope known before it, over all
  earlier origins, shrunk to zero. The slope is multiplied by it; less than one standard error above zero, it is not followed at all and
  the forecast is the last level.
* *Damping*: a slope fades by a fixed ratio per year (Gardner and McKenzie 1985).
* *Widening*: the factor that would have made the band of 80 per cent hold four in five of the figures that followed the earlier origins
  of the topic, with a prior at 1. Nothing of it has seen a figure later than the origin.

Sample paths are a multivariate Student's t, its widest spreads held in: the uncertainty of the spread is drawn once per path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML
from scipy import stats

from sim.draws.keyed import name_key
from sim.forecasting.series import F64, NO_DEMAND, ObservedSeries, series_directory

METHOD_FILE = "method.yaml"
HORIZON = 5.0  # years ahead that are scored and that calibrate the bands
WIDEST = 0.05  # share of paths whose spread is held at that of the widest but these: the exponential of an unlimited t has no mean
CALIBRATED = 0.8  # the central band whose width is calibrated
PRIOR_POINTS = 40  # points that stand for the prior sample of errors
LARGEST_ERROR = 30.0  # standard deviations; further out the tail of a t cannot be told from 0
LEAST_SHARE = 0.05  # of the spread of a series is always taken to be real, however few it counts
LEAST_KNOWN = 3  # observations: two steps, the fewest that have a slope and a spread


@dataclass(frozen=True)
class Method:
    """Settings, from ``method.yaml``."""

    damping: float
    spread_weight: float
    reliability_weight: float
    reliability_errors: float
    widening_weight: float


@cache
def load_method(file: Path | None = None) -> Method:
    """The shipped settings."""
    written = YAML(typ="safe").load((file or series_directory() / METHOD_FILE).read_text(encoding="utf-8"))
    return Method(**{str(name): float(each["value"]) for name, each in written.items()})


@dataclass(frozen=True)
class Topic:
    """What the series of a topic say together: yearly log steps."""

    series: int
    freedom: float  # steps the spread rests on, less one per series
    spread: float  # standard deviation of a yearly step around the slope
    slope: float  # mean slope
    between: float  # variance of slopes between series
    reliability: float  # as found, before the rule of the standard error
    reliability_error: float
    widening: float

    def followed(self, method: Method) -> float:
        """The factor on a slope: 0 where slopes of this topic have not shown to foretell."""
        return min(self.reliability, 1.0) if self.reliability > method.reliability_errors * self.reliability_error else 0.0


@dataclass(frozen=True)
class Trend:
    """A fitted trend: the ``value`` at ``time``, the standard deviation of its log, and on the log scale the slope of the topic, the own
    departure from it, the standard deviation of the slope, and the spread per root year. ``freedom`` is that of the t, ``widening`` the
    factor on all of it but the level's."""

    time: float
    value: float
    level_error: float
    shared: float
    slope: float
    slope_error: float
    spread: float
    freedom: float
    widening: float
    damping: float

    def damped(self, ahead: F64) -> F64:
        """Years of slope that ``ahead`` years come to: the sum of damping^k for k = 1 .. ahead, in between by the same formula."""
        if self.damping >= 1.0:
            return ahead
        return np.asarray(self.damping * (1.0 - self.damping**ahead) / (1.0 - self.damping))

    def median(self, ahead: F64) -> F64:
        """Median, original scale, ``ahead`` years after the last observation."""
        return np.asarray(self.value * np.exp(self.shared * ahead + self.slope * self.damped(ahead)))

    def deviation(self, ahead: F64) -> F64:
        """Standard deviation of the log of an outcome before widening."""
        return np.sqrt(self.spread**2 * ahead + (self.slope_error * self.damped(ahead)) ** 2)

    def log_noise(self, ahead: F64, draws: int, random: np.random.Generator) -> F64:
        """Deviations from the median on the log scale [draws, len(ahead)]; ``ahead`` ascending."""
        gaps = np.diff(ahead, prepend=0.0)
        walk = np.cumsum(random.standard_normal((draws, len(ahead))) * np.sqrt(gaps) * self.spread, axis=1)
        slope = random.standard_normal((draws, 1)) * self.slope_error * self.damped(ahead)
        least = stats.chi2.ppf(WIDEST, self.freedom)
        scale = np.sqrt(self.freedom / np.maximum(random.chisquare(self.freedom, (draws, 1)), least))
        level = random.standard_normal((draws, 1)) * self.level_error
        return np.asarray(level + self.widening * scale * (walk + slope))

    def paths(self, ahead: F64, draws: int, random: np.random.Generator) -> F64:
        """Sample paths on the original scale [draws, len(ahead)]."""
        return np.asarray(self.median(ahead) * np.exp(self.log_noise(ahead, draws, random)))


class TrendPool:
    """All series there are, and what they said at any moment in the past. Fits are kept, so an evaluation asks for each moment once."""

    def __init__(self, series: Iterable[ObservedSeries], method: Method | None = None) -> None:
        self.series = tuple(series)
        self.method = method or load_method()
        self.times = sorted({float(t) for each in self.series for t in each.time})
        self._bare: dict[float, tuple[dict[str, Topic], dict[int, Trend]]] = {}
        self._errors: list[tuple[float, str, float]] | None = None  # (target time, topic, standardised absolute error)

    def topics(self, time: float) -> dict[str, Topic]:
        """What each topic says, knowing no figure later than ``time``."""
        bare, _ = self._at(time)
        return {name: replace(topic, widening=self._widening(name, time)) for name, topic in bare.items()}

    def trends(self, time: float) -> dict[int, Trend]:
        """Trends of the series with two observations or more by ``time``, by place in ``series``."""
        _, trends = self._at(time)
        widening = {name: self._widening(name, time) for name in {self.series[i].topic for i in trends}}
        return {i: replace(trend, widening=widening[self.series[i].topic]) for i, trend in trends.items()}

    def _at(self, time: float) -> tuple[dict[str, Topic], dict[int, Trend]]:
        moment = max((t for t in self.times if t <= time + 1e-9), default=self.times[0])
        if moment not in self._bare:
            self._bare[moment] = _fit([each.until(moment) for each in self.series], self.method)
        return self._bare[moment]

    def _widening(self, topic: str, time: float) -> float:
        """How much wider than expected a band had to be to hold four in five of all targets known by ``time``.

        Targets of one moment count as one, for they move together; the prior is a sample that fits exactly.
        """
        if self._errors is None:
            self._errors = list(self._all_errors())
        by_time: dict[float, list[float]] = {}
        for target, name, error in self._errors:
            if name == topic and target <= time + 1e-9:
                by_time.setdefault(target, []).append(error)
        expected = stats.norm.ppf(0.5 + (np.arange(PRIOR_POINTS) + 0.5) / PRIOR_POINTS / 2)
        errors = np.concatenate([expected, *by_time.values()])
        prior = np.full(PRIOR_POINTS, self.method.widening_weight / PRIOR_POINTS)
        weight = np.concatenate([prior, *(np.full(len(each), 1.0 / len(each)) for each in by_time.values())])
        order = np.argsort(errors, kind="stable")
        reached = np.cumsum(weight[order]) - weight[order] / 2
        return float(np.interp(CALIBRATED * weight.sum(), reached, errors[order]) / stats.norm.ppf(0.5 + CALIBRATED / 2))

    def _all_errors(self) -> Iterable[tuple[float, str, float]]:
        for origin in self.times:
            _, trends = self._at(origin)
            for i, trend in trends.items():
                whole = self.series[i]
                known = int(np.sum(whole.time <= origin + 1e-9))
                later = (whole.time > origin + 1e-9) & (whole.time <= origin + HORIZON + 1e-9)
                if known < LEAST_KNOWN or not later.any() or abs(trend.time - origin) > 1e-9:
                    continue
                ahead = whole.time[later] - origin
                scored = np.abs(np.log(whole.value[later]) - np.log(trend.median(ahead))) / trend.deviation(ahead)
                normal = stats.norm.isf(
                    stats.t.sf(np.minimum(scored, LARGEST_ERROR), trend.freedom)
                )  # as far out as the t says, on a normal scale
                for target, error in zip(whole.time[later], normal, strict=True):
                    yield float(target), whole.topic, float(error)


@dataclass(frozen=True)
class _Steps:
    """The yearly log steps of a series, known breaks left out: step, gap and variance by counting [n], and the time each ends."""

    place: int
    step: F64
    gap: F64
    noise: F64
    end: F64

    @property
    def slope(self) -> float:
        return float(self.step.sum() / self.gap.sum())

    @property
    def squares(self) -> float:
        """Squared deviations of the steps from the slope, without what counting alone brings."""
        found = float(((self.step - self.slope * self.gap) ** 2 / self.gap).sum())
        counting = float((self.noise / self.gap).mean()) * (len(self.step) - 1)
        return max(found - counting, LEAST_SHARE * found)

    @property
    def slope_variance(self) -> float:
        """Variance of the slope by counting alone."""
        return float(self.noise[[0, -1]].mean()) / float(self.gap.sum()) ** 2


def steps_of(series: ObservedSeries, place: int = 0) -> _Steps:
    """Log steps between neighbouring observations, without those into a known break."""
    keep = ~series.step[1:]
    counted = np.zeros(len(series)) if series.noise is None else series.noise
    return _Steps(
        place, np.diff(np.log(series.value))[keep], np.diff(series.time)[keep], (counted[1:] + counted[:-1])[keep], series.time[1:][keep]
    )


def _fit(known: Sequence[ObservedSeries], method: Method) -> tuple[dict[str, Topic], dict[int, Trend]]:
    topics: dict[str, Topic] = {}
    trends: dict[int, Trend] = {}
    members: dict[str, list[int]] = {}
    for i, each in enumerate(known):
        if len(each) >= 2:
            members.setdefault(each.topic, []).append(i)
    for name, places in members.items():
        topic, fitted = fit_topic([known[i] for i in places], method)
        if topic is not None:
            topics[name] = topic
            trends.update({i: trend for i, trend in zip(places, fitted, strict=True) if trend is not None})
    return topics, trends


def fit_topic(known: Sequence[ObservedSeries], method: Method) -> tuple[Topic | None, list[Trend | None]]:
    """The topic of the series ``known`` and the trend of each; no topic where no series has two usable steps."""
    steps = [steps_of(each, i) for i, each in enumerate(known)]
    long = [s for s in steps if len(s.step) >= 2]
    if not long:
        return None, [None] * len(known)
    pooled = float(np.median([s.squares / (len(s.step) - 1) for s in long]))
    pooled = max(pooled, 1e-12)  # a topic without any noise would divide by zero
    weight = method.spread_weight
    variance = [(s.squares + weight * pooled) / (len(s.step) - 1 + weight) if len(s.step) >= 2 else pooled for s in steps]
    with_slope = [s for s in steps if len(s.step)]
    own: F64 = np.array([s.slope for s in with_slope])
    error: F64 = np.array([variance[s.place] / s.gap.sum() + s.slope_variance for s in with_slope])
    mean, between = _random_effects(own, error)
    found, found_error = _reliability(steps, variance, method)
    topic = Topic(len(known), sum(len(s.step) - 1 for s in long), float(np.sqrt(pooled)), mean, between, found, found_error, 1.0)
    follow = topic.followed(method)
    trends: list[Trend | None] = []
    by_place = {s.place: (slope, v) for s, slope, v in zip(with_slope, own, error, strict=True)}
    for i, (each, s) in enumerate(zip(known, steps, strict=True)):
        slope, v = by_place.get(i, (mean, np.inf))
        share = between / (between + v) if np.isfinite(v) and between + v > 0 else 0.0
        left = between if not np.isfinite(v) else share * v
        value, level_error = _last_value(each, variance[i], follow * (mean + share * (slope - mean)))
        trends.append(
            Trend(
                time=float(each.time[-1]),
                value=value,
                level_error=level_error,
                shared=follow * mean,
                slope=follow * share * (slope - mean),
                slope_error=float(np.sqrt(left)),
                spread=float(np.sqrt(variance[i])),
                freedom=max(len(s.step) - 1, 0) + weight,
                widening=1.0,
                damping=method.damping,
            )
        )
    return topic, trends


def _last_value(series: ObservedSeries, variance: float, slope: float) -> tuple[float, float]:
    """Value at the last observation and the standard deviation of its log: the observation itself, or with counting noise a Kalman filter
    of a random walk with ``slope``, begun anew at every known step."""
    logs = np.log(series.value)
    if series.noise is None:
        return float(series.value[-1]), 0.0
    level, error = float(logs[0]), float(series.noise[0])
    for k in range(1, len(logs)):
        gap = float(series.time[k] - series.time[k - 1])
        if series.step[k]:
            level, error = float(logs[k]), float(series.noise[k])
            continue
        level, error = level + slope * gap, error + variance * gap
        gain = error / (error + float(series.noise[k]))
        level, error = level + gain * (float(logs[k]) - level), (1.0 - gain) * error
    return float(np.exp(level)), float(np.sqrt(error))


def _random_effects(own: F64, error: F64) -> tuple[float, float]:
    """(mean, variance between) of estimates with their variances: DerSimonian and Laird, moments."""
    weight = 1.0 / error
    mean = float((weight * own).sum() / weight.sum())
    if len(own) < 2:
        return mean, float(error.mean())
    q = float((weight * (own - mean) ** 2).sum())
    c = float(weight.sum() - (weight**2).sum() / weight.sum())
    between = max(0.0, (q - (len(own) - 1)) / c) if c > 0 else 0.0
    weight = 1.0 / (error + between)
    return float((weight * own).sum() / weight.sum()), between


def _reliability(steps: Sequence[_Steps], variance: Sequence[float], method: Method) -> tuple[float, float]:
    """Regression of a step on the slope known before it, ridge at 0; steps of one moment count as one. Returns (estimate, standard
    error)."""
    products: dict[float, list[float]] = {}
    squares: dict[float, list[float]] = {}
    for s in steps:
        for k in range(LEAST_KNOWN - 1, len(s.step)):
            before = float(s.step[:k].sum() / s.gap[:k].sum())
            moment = round(float(s.end[k]), 3)
            products.setdefault(moment, []).append(before * float(s.step[k]) / variance[s.place])
            squares.setdefault(moment, []).append(before**2 * float(s.gap[k]) / variance[s.place])
    evidence = sum(float(np.mean(each)) for each in squares.values()) + method.reliability_weight
    return sum(float(np.mean(each)) for each in products.values()) / evidence, float(1.0 / np.sqrt(evidence))


def generator(seed: int, name: str) -> np.random.Generator:
    """Random numbers that belong to ``name``: adding something else changes nobody else's."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, int(name_key(name))])))


def pooled_topic(topics: Mapping[str, Topic]) -> Topic:
    """One topic of demand for what has none of its own: the median spread and widening, no slope to follow, slopes that differ as much as
    elsewhere."""
    kept = [topic for name, topic in topics.items() if name not in NO_DEMAND]

    def median(values: Iterable[float]) -> float:
        return float(np.median(list(values)))

    return Topic(
        series=sum(topic.series for topic in kept),
        freedom=median(topic.freedom for topic in kept),
        spread=median(topic.spread for topic in kept),
        slope=0.0,
        between=median(topic.between + topic.slope**2 for topic in kept),
        reliability=0.0,
        reliability_error=1.0,
        widening=median(topic.widening for topic in kept),
    )


def unseen_trend(topic: Topic, method: Method, time: float, value: float = 1.0, level_error: float = 0.0) -> Trend:
    """The trend of a series of the topic of which only the level at ``time`` is known: the slope of the topic as far as it is followed."""
    follow = topic.followed(method)
    return Trend(
        time=time,
        value=value,
        level_error=level_error,
        shared=follow * topic.slope,
        slope=0.0,
        slope_error=float(np.sqrt(topic.between + (1.0 - follow) * topic.slope**2)),
        spread=topic.spread,
        freedom=topic.freedom + method.spread_weight,
        widening=topic.widening,
        damping=method.damping,
    )
