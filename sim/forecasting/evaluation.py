"""Rolling-origin evaluation: forecast from every moment in the past with what was known then, and score against what came.

An origin is an observation with at least three known (two steps, the fewest that have a slope and a spread); its targets are all later
observations within five years. A topic holds its series with six periods or more; shorter ones are scored all together. Scores of a
series: MAPE; MASE, the mean absolute error in units of the mean change between known observations; CRPS of the sample paths, in the same
unit; coverage of the bands. *Relative* MASE and CRPS are ratios to those of a benchmark on the same targets; a topic shows the median
over its series.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.forecasting.benchmarks import BENCHMARKS
from sim.forecasting.scores import clopper_pearson, naive_scale, sample_crps, within
from sim.forecasting.series import F64, LEAST_PERIODS, ObservedSeries
from sim.forecasting.trend import HORIZON, LEAST_KNOWN, TrendPool, generator

OURS = "trend"
TOGETHER = "kortere reeksen"
BANDS = (0.5, 0.8, 0.95)
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Target:
    """One figure that was forecast: from when, how far ahead, and per method the absolute error and the CRPS, as a share of the outcome
    (``relative``) and in units of the naive change (``scaled``, None where nothing had changed before)."""

    series: int
    origin: float
    ahead: float
    error: dict[str, float]
    outcome: float
    scaled: dict[str, float] | None
    crps: dict[str, float] | None
    hits: tuple[bool, ...]  # per band of BANDS


@dataclass(frozen=True)
class SeriesScore:
    """Scores of one series; a ratio is None where the benchmark was never wrong, or nothing had ever changed."""

    series: ObservedSeries
    origins: int
    targets: int
    mape: dict[str, float]
    mase: dict[str, float]
    crps: dict[str, float]
    hits: tuple[int, ...]

    def ratio(self, against: str, score: str = "mase") -> float | None:
        """Our MASE (or CRPS) over that of a benchmark."""
        scores: dict[str, float] = getattr(self, score)
        return scores[OURS] / scores[against] if scores.get(against, 0.0) > 0 else None


@dataclass(frozen=True)
class TopicScore:
    """Scores of a topic: medians over its series; coverage over all targets with its binomial interval.

    The topic TOGETHER holds all series with fewer than six periods.
    """

    topic: str
    series: int
    targets: int
    moments: int  # distinct moments forecast: targets of one moment are not independent
    mape: dict[str, float]
    mase: dict[str, float | None]
    crps: dict[str, float | None]
    coverage: tuple[float, ...]
    coverage_80: tuple[float, float]


def evaluate(
    series: Sequence[ObservedSeries],
    *,
    benchmarks: Sequence[str] = tuple(BENCHMARKS),
    paths: int = 1000,
    seed: int = 1,
    progress: Progress | None = None,
) -> tuple[list[TopicScore], list[SeriesScore]]:
    """Scores per topic and per series, in order of topic and of ``series``; ``benchmarks`` are those to compare with (ETS takes most of
    the time)."""
    pool = TrendPool([each for each in series if len(each) >= 2])
    targets = _targets(pool, benchmarks, paths, seed, progress)
    by_series: dict[int, list[Target]] = {}
    for target in targets:
        by_series.setdefault(target.series, []).append(target)
    scores = [_series_score(pool.series[i], by_series[i], (OURS, *benchmarks)) for i in sorted(by_series)]
    topics: list[TopicScore] = []
    for name in (*sorted({each.topic for each in pool.series}), TOGETHER):
        mine = [s for s in scores if (TOGETHER if len(s.series) < LEAST_PERIODS else s.series.topic) == name]
        if mine:
            wanted = {id(s.series) for s in mine}
            topics.append(_topic_score(name, mine, [t for t in targets if id(pool.series[t.series]) in wanted], benchmarks))
    return topics, scores


def _targets(pool: TrendPool, benchmarks: Sequence[str], paths: int, seed: int, progress: Progress | None) -> list[Target]:
    found: list[Target] = []
    for done, origin in enumerate(pool.times, 1):
        for i, trend in pool.trends(origin).items():
            whole = pool.series[i]
            known = whole.until(origin)
            later = (whole.time > origin + 1e-9) & (whole.time <= origin + HORIZON + 1e-9)
            if len(known) < LEAST_KNOWN or abs(known.time[-1] - origin) > 1e-9 or not later.any():
                continue
            ahead, outcome = whole.time[later] - origin, whole.value[later]
            random = generator(seed, f"{whole.name}|{whole.title}|{origin:.3f}")
            drawn = {OURS: (trend.median(ahead), trend.paths(ahead, paths, random))}
            for name in benchmarks:
                guess = BENCHMARKS[name](known, ahead, paths, random)
                drawn[name] = (guess.point, guess.paths)
            found.extend(_scored(i, origin, ahead, outcome, naive_scale(known.value), drawn))
        if progress is not None:
            progress(done, len(pool.times), f"{origin:.0f}")
    return found


def _scored(place: int, origin: float, ahead: F64, outcome: F64, scale: float, drawn: dict[str, tuple[F64, F64]]) -> list[Target]:
    error = {name: np.abs(outcome - point) for name, (point, _) in drawn.items()}
    crps = {name: sample_crps(samples, outcome) for name, (_, samples) in drawn.items()}
    hits = [within(drawn[OURS][1], outcome, band) for band in BANDS]
    return [
        Target(
            series=place,
            origin=origin,
            ahead=float(ahead[k]),
            error={name: float(each[k] / outcome[k]) for name, each in error.items()},
            outcome=float(outcome[k]),
            scaled={name: float(each[k] / scale) for name, each in error.items()} if scale > 0 else None,
            crps={name: float(each[k] / scale) for name, each in crps.items()} if scale > 0 else None,
            hits=tuple(bool(hit[k]) for hit in hits),
        )
        for k in range(len(outcome))
    ]


def _series_score(series: ObservedSeries, targets: Sequence[Target], names: Sequence[str]) -> SeriesScore:
    scaled = [t.scaled for t in targets if t.scaled is not None]
    crps = [t.crps for t in targets if t.crps is not None]
    return SeriesScore(
        series=series,
        origins=len({t.origin for t in targets}),
        targets=len(targets),
        mape={name: float(np.mean([t.error[name] for t in targets])) for name in names},
        mase={name: float(np.mean([each[name] for each in scaled])) for name in names} if scaled else {},
        crps={name: float(np.mean([each[name] for each in crps])) for name in names} if crps else {},
        hits=tuple(sum(t.hits[b] for t in targets) for b in range(len(BANDS))),
    )


def _topic_score(topic: str, scores: Sequence[SeriesScore], targets: Sequence[Target], benchmarks: Sequence[str]) -> TopicScore:
    def median(values: Sequence[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return float(np.median(known)) if known else None

    hits = [sum(t.hits[b] for t in targets) for b in range(len(BANDS))]
    return TopicScore(
        topic=topic,
        series=len(scores),
        targets=len(targets),
        moments=len({round(t.origin + t.ahead, 3) for t in targets}),
        mape={name: float(np.median([s.mape[name] for s in scores])) for name in (OURS, *benchmarks)},
        mase={name: median([s.ratio(name) for s in scores]) for name in benchmarks},
        crps={name: median([s.ratio(name, "crps") for s in scores]) for name in benchmarks},
        coverage=tuple(hit / len(targets) for hit in hits),
        coverage_80=clopper_pearson(hits[BANDS.index(0.8)], len(targets)),
    )
