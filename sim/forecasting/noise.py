"""What is not known about demand, as factors per sample path. Every factor has a mean of exactly 1 over the paths.

* The *level* of a stream and its *gebied factors*: a member of the fitted ensemble, the next one for each path. Where there is none, the
  bands of rate, trend and gebied factor, one draw per path each (of a gebied factor one per gebied, the same for all streams that share
  it). A relative band is read as a 95 per cent interval on the log scale. An absolute band says which values are possible at all, not how
  far off this one is; it adds nothing.
* Its *growth* since the last year a source knows it: a random walk and an uncertain slope, with the spread of the observed series of its
  topic.
* The *population*: a random walk since the last count, for the city, for each gebied and for each age group, with the spreads of the
  observed series; where a model comes with none, the band of its population, one draw per gebied.

The season moves people within a year only and is not drawn. Chance itself, the Poisson arrivals of the simulator, comes on top when
counts are drawn.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from sim.errors import Fault, InputError, nearest_name
from sim.forecasting.demand import Demand
from sim.forecasting.fitted import FittedDemand
from sim.forecasting.refit import Refit
from sim.forecasting.series import F64, ObservedSeries
from sim.forecasting.trend import Method, Topic, generator, pooled_topic, steps_of, unseen_trend
from sim.model import Band, Model

STREAMS_FILE = "tables/forecast_streams.csv"
BAND_READ_AS = 0.95
POPULATION_TOPIC = "bevolking"
Z = float(stats.norm.ppf(0.5 + BAND_READ_AS / 2))


@dataclass(frozen=True)
class StreamFacts:
    """What is known of a stream: the topic of the observed series it goes with, and the last year a source knows its level."""

    topic: str
    known_until: int
    source: str


def read_stream_facts(model: Model) -> dict[str, StreamFacts]:
    """Facts per stream from ``tables/forecast_streams.csv`` in the model's folder; none where it has no such file. Raises
    ``InputError``."""
    file = model.directory / STREAMS_FILE
    if not file.is_file():
        return {}
    found: dict[str, StreamFacts] = {}
    faults: list[Fault] = []
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        for row in reader:
            name = row.get("stream") or ""
            if name not in model.spec.demand:
                nearest = nearest_name(name, model.spec.demand)
                faults.append(
                    Fault(f"there is no stream {name!r}", str(file), reader.line_num, "stream", nearest, "name a stream of the model")
                )
                continue
            try:
                found[name] = StreamFacts(row["topic"], int(row["known_until"]), row["source"])
            except (KeyError, TypeError, ValueError):
                what = "the line does not hold stream, topic, known_until (a year) and source"
                faults.append(Fault(what, str(file), reader.line_num, "known_until", mend="write a year such as 2021"))
    if faults:
        raise InputError(faults)
    return found


def mean_one(factors: F64) -> F64:
    """Factors with their mean over the paths (the first axis) brought to exactly 1."""
    return np.asarray(factors / factors.mean(axis=0))


def band_factor(band: Band, paths: int, random: np.random.Generator) -> F64:
    """One factor per path [N] from a relative band, read as a 95 per cent interval of the logarithm around 0, its two sides each their
    own width."""
    drawn = random.standard_normal(paths)
    if not band.relative or band.low <= 0:
        return np.ones(paths)
    return mean_one(np.exp(drawn * np.where(drawn < 0, -np.log(band.low), np.log(band.high)) / Z))


@dataclass(frozen=True)
class Noise:
    """Factors per path: ``streams`` [N, T] per stream and ``refits`` [N, T] per refitted key (level and growth), ``growth`` [N, T] per
    stream without its level, ``gebied`` [N] per stream and gebied, ``population`` [N, gebied, T] and ``age`` [N, age, T]."""

    streams: Mapping[str, F64]
    growth: Mapping[str, F64]
    refits: Sequence[F64]
    gebied: Mapping[tuple[str, int], F64]
    population: F64
    age: F64


def draw_noise(
    demand: Demand,
    refits: Sequence[Refit],
    topics: Mapping[str, Topic],
    facts: Mapping[str, StreamFacts],
    shipped: Sequence[ObservedSeries],
    method: Method,
    paths: int,
    seed: int,
    fitted: FittedDemand | None = None,
) -> Noise:
    """All factors for ``paths`` sample paths; those of a stream do not depend on which other streams there are."""
    years = np.array(demand.years, np.float64)
    streams, grown = {}, {}
    for name in demand.streams:
        random = generator(seed, f"forecast:{name}")
        fact = facts.get(name)
        topic = (topics.get(fact.topic) if fact is not None else None) or pooled_topic(topics)
        since = float(fact.known_until if fact is not None else demand.years[0])
        trend = unseen_trend(topic, method, since)
        growth = np.exp(trend.log_noise(np.maximum(years - since, 0.0), paths, random))
        level = _band_level(demand, name, paths, random) if fitted is None else _of_members(fitted.streams[name], paths)
        streams[name], grown[name] = mean_one(growth * level), mean_one(growth)
    return Noise(
        streams,
        grown,
        _under_totals(demand, refits, [_refit_noise(refit, years, streams[str(refit.key.stream)], seed) for refit in refits], years, seed),
        _gebied_noise(demand, paths, seed, fitted),
        *_population_noise(demand, topics.get(POPULATION_TOPIC), shipped, method, paths, seed),
    )


def _band_level(demand: Demand, name: str, paths: int, random: np.random.Generator) -> F64:
    """Level [N, 1] of a stream from the bands of its parameters."""
    level = np.ones(paths)
    for field in ("rate", "trend"):
        level = level * band_factor(demand.model.parameters[f"demand.{name}.{field}"].range, paths, random)
    return level[:, None]


def _of_members(values: F64, paths: int) -> F64:
    """Values [N, ...] of the member of each path, from those of the members [K, ...]."""
    return values[np.arange(paths) % len(values)]


def _refit_noise(refit: Refit, years: F64, ours: F64, seed: int) -> F64:
    """Factors [N, T] of a refitted key; a forecast made elsewhere that gives no band gets the band of ``ours`` [N, T]."""
    random = generator(seed, f"refit:{refit.key}")
    paths = len(ours)
    if refit.trend is not None:
        ahead = np.maximum(years - refit.last, 0.0)
        factor = np.exp(refit.trend.log_noise(ahead, paths, random))
        factor[:, ahead <= 0] = 1.0  # what was counted is known
        return mean_one(factor)
    if refit.low is None or refit.high is None:
        return ours
    drawn = random.standard_normal((paths, 1))
    low, high = -np.log(np.maximum(refit.low, 1e-12)) / Z, np.log(np.maximum(refit.high, 1e-12)) / Z
    return mean_one(np.exp(np.where(drawn < 0, drawn * low, drawn * high)))


def _under_totals(demand: Demand, refits: Sequence[Refit], factors: Sequence[F64], years: F64, seed: int) -> list[F64]:
    """Where a stream is counted in parts, factors of the parts scaled path by path so that their sum moves as the sum does."""
    found = list(factors)
    for stream in sorted({str(refit.key.stream) for refit in refits if refit.total is not None}):
        mine = [r for r, refit in enumerate(refits) if refit.key.stream == stream]
        trend = refits[mine[0]].total
        assert trend is not None
        ahead = np.maximum(years - max(refits[r].last for r in mine), 0.0)
        whole = np.exp(trend.log_noise(ahead, len(found[mine[0]]), generator(seed, f"refit:{stream} total")))
        whole[:, ahead <= 0] = 1.0
        weight = [demand.yearly(demand.expected[refits[r].cells]).sum(axis=0) for r in mine]
        moved = sum((found[r] * w for r, w in zip(mine, weight, strict=True)), np.zeros_like(whole)) / np.maximum(
            np.sum(weight, axis=0), 1e-12
        )
        for r in mine:
            found[r] = mean_one(found[r] * whole / np.where(moved > 0, moved, 1.0))
    return found


def _gebied_noise(demand: Demand, paths: int, seed: int, fitted: FittedDemand | None) -> dict[tuple[str, int], F64]:
    if fitted is not None:
        return {key: mean_one(_of_members(values, paths)) for key, values in fitted.gebied.items()}
    shared: dict[tuple[str, str], F64] = {}
    found = {}
    for name in demand.streams:
        path = f"demand.{name}.gebied_factor"
        parameter = demand.model.parameters[path]
        for g, gebied in enumerate(demand.model.gebieden):
            key = (parameter.shared or path, gebied)
            if key not in shared:
                shared[key] = band_factor(parameter.range, paths, generator(seed, f"gebied:{key[0]}|{gebied}"))
            found[name, g] = shared[key]
    return found


def _population_noise(
    demand: Demand, topic: Topic | None, shipped: Sequence[ObservedSeries], method: Method, paths: int, seed: int
) -> tuple[F64, F64]:
    """Factors of population per gebied [N, G, T] and per age group [N, A, T].

    The city moves as one; a gebied moves on its own by what its steps vary more than the city's.
    """
    model = demand.model
    years = np.array(demand.years, np.float64)
    city = next((s for s in shipped if s.topic == POPULATION_TOPIC and s.place == model.title.nl), None)
    if topic is None or city is None:
        factors = [band_factor(model.parameters["population"].range, paths, generator(seed, f"population:{g}")) for g in model.gebieden]
        whole = np.repeat(np.stack(factors, axis=1)[:, :, None], len(years), axis=2)
        return whole, np.ones((paths, len(model.age_groups), len(years)))
    since = float(city.time[-1])
    ahead = np.maximum(years - since, 0.0)
    own_spread = {s.place.removeprefix(f"{city.place}/"): _spread(s, topic) for s in shipped if s.topic == POPULATION_TOPIC}

    def walk(name: str, spread: float) -> F64:
        trend = unseen_trend(topic, method, since)
        noise = (
            np.diff(ahead, prepend=0.0) ** 0.5 * spread * generator(seed, f"population:{name}").standard_normal((paths, len(years)))
        ).cumsum(axis=1)
        return np.asarray(trend.widening * noise)

    common = walk(city.place, _spread(city, topic))
    gebieden = []
    for gebied in model.gebieden:
        spread = own_spread.get(gebied, topic.spread)
        gebieden.append(mean_one(np.exp(common + walk(gebied, float(np.sqrt(max(spread**2 - _spread(city, topic) ** 2, 0.0)))))))
    ages = [mean_one(np.exp(walk(age, topic.spread))) for age in model.age_groups]
    return np.stack(gebieden, axis=1), np.stack(ages, axis=1)


def _spread(series: ObservedSeries, topic: Topic) -> float:
    steps = steps_of(series)
    return float(np.sqrt(steps.squares / (len(steps.step) - 1))) if len(steps.step) > 1 else topic.spread
