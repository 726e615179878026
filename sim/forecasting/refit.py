"""Demand fitted to counts of the municipality's own, or taken from a forecast made elsewhere.

A count is set against the *exposure* of the model in that year: population x rate x gebied factor x season, without the trend. So the
ageing of the population is in the exposure, and the trend is what counts do beyond it. The fitted trend replaces the model's own by a
factor per year on what the model expects; the pattern within a year, its dated steps too, stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.errors import Fault, InputError
from sim.forecasting.demand import Demand
from sim.forecasting.files import APPLICATIONS, Figure, Figures, Key
from sim.forecasting.series import F64, ObservedSeries
from sim.forecasting.trend import Method, Topic, Trend, TrendPool, pooled_topic, unseen_trend

PARTS_OF = "{} in delen"
HALF = 0.5  # added to a count and to what it is set against, so that a year of none has a logarithm


@dataclass(frozen=True, eq=False)
class Refit:
    """What replaces the model's trend for the cells of ``key``: ``factor`` [T] on the expected demand of each year.

    Uncertainty begins after ``last`` and is that of ``trend``; or, for a forecast made elsewhere, lies between ``low`` and ``high`` [T],
    factors around the expected value (read as a 95 per cent band). ``total`` is the trend of the sum where a stream is counted in parts.
    """

    key: Key
    cells: NDArray[np.bool_]
    factor: F64
    last: int
    trend: Trend | None = None
    low: F64 | None = None
    high: F64 | None = None
    observed: tuple[tuple[int, float], ...] = ()
    total: Trend | None = None


def fit_history(
    demand: Demand, history: Figures, shipped: Sequence[ObservedSeries], topic_of: Mapping[str, str], method: Method
) -> tuple[Refit, ...]:
    """A refit per key of ``history``. Raises ``InputError`` where the model expects nobody of whom the file counts somebody."""
    faults: list[Fault] = []
    by_key = history.by_key()
    ratios: dict[Key, ObservedSeries | None] = {}
    streams = [str(key.stream) for key in by_key]
    for key, figures in by_key.items():
        stream, cells = str(key.stream), demand.cells(key.stream, key.gebied, key.age)
        # parts lean on one another, their sum on the topic: fourteen parts are no fourteen witnesses of how the topic moves
        topic = topic_of.get(stream, stream) if streams.count(stream) == 1 else PARTS_OF.format(stream)
        ratios[key] = _ratios(demand, key, cells, figures, topic, history.file, faults)
    totals = {} if faults else _totals(demand, history, topic_of, faults)
    if faults:
        raise InputError(faults)
    own = [series for series in (*ratios.values(), *totals.values()) if series is not None and len(series) >= 2]
    pool = TrendPool([*(each for each in shipped if len(each) >= 2), *own], method)
    now = max(float(series.time[-1]) for series in (*own, *shipped)) if own or shipped else 0.0
    topics, trends = pool.topics(now), pool.trends(now)
    fitted = {pool.series[i].name: trend for i, trend in trends.items()}
    found = []
    for key, figures in by_key.items():
        series = ratios[key]
        if series is None:
            continue
        trend = fitted.get(series.name) or _from_one(series, topics, topic_of, str(key.stream), method)
        found.append(_refit(demand, key, figures, series, trend, history.file, faults))
    if faults:
        raise InputError(faults)
    for whole, series in totals.items():
        trend = fitted.get(series.name) or _from_one(series, topics, topic_of, str(whole.stream), method)
        found = _under_one_total(demand, found, whole, series, trend)
    return tuple(found)


def _totals(demand: Demand, history: Figures, topic_of: Mapping[str, str], faults: list[Fault]) -> dict[Key, ObservedSeries]:
    """The sum of the parts of each stream that is counted in parts, over the years that all parts have."""
    by_stream: dict[str, dict[Key, list[Figure]]] = {}
    for key, figures in history.by_key().items():
        by_stream.setdefault(str(key.stream), {})[key] = figures
    found = {}
    for stream, parts in by_stream.items():
        shared = set.intersection(*({figure.year for figure in figures} for figures in parts.values()))
        if len(parts) < 2 or not shared:
            continue
        whole = Key(stream, None, None)
        sums = [
            Figure(whole, year, sum(f.value for f in same), None, None, APPLICATIONS, any(f.broken for f in same), same[0].line)
            for year in sorted(shared)
            if (same := [f for figures in parts.values() for f in figures if f.year == year])
        ]
        cells = np.any([demand.cells(key.stream, key.gebied, key.age) for key in parts], axis=0)
        series = _ratios(demand, whole, cells, sums, topic_of.get(stream, stream), f"{history.file} (samen)", faults)
        if series is not None:
            found[whole] = series
    return found


def _under_one_total(demand: Demand, refits: Sequence[Refit], whole: Key, series: ObservedSeries, trend: Trend) -> list[Refit]:
    """The parts of a stream brought to the trend of their sum after the last year they share: what moves all parts alike shows in the
    sum."""
    mine = [refit for refit in refits if refit.key.stream == whole.stream]
    years = np.array(demand.years, np.float64)
    cells = np.any([refit.cells for refit in mine], axis=0)
    later = years > max(refit.last for refit in mine)
    ahead = years[later] - series.time[-1]
    target = trend.median(ahead) * demand.yearly(demand.exposure[cells]).sum(axis=0)[later]
    expected = demand.yearly(demand.expected)
    now = sum((refit.factor * expected[refit.cells].sum(axis=0) for refit in mine), np.zeros(len(years)))[later]
    scale = np.ones(len(years))
    scale[later] = np.divide(target, now, out=np.ones_like(target), where=now > 0)
    names = {id(refit) for refit in mine}
    return [replace(refit, factor=refit.factor * scale, total=trend) if id(refit) in names else refit for refit in refits]


def _from_one(series: ObservedSeries, topics: Mapping[str, Topic], topic_of: Mapping[str, str], stream: str, method: Method) -> Trend:
    """The trend of a series with one usable observation: its level, and what its topic says of the rest."""
    topic = topics.get(series.topic) or topics.get(topic_of.get(stream, stream)) or pooled_topic(topics)
    noise = 0.0 if series.noise is None else float(series.noise[-1])
    return unseen_trend(topic, method, float(series.time[-1]), float(series.value[-1]), float(np.sqrt(noise)))


def _ratios(
    demand: Demand, key: Key, cells: NDArray[np.bool_], figures: Sequence[Figure], topic: str, file: str, faults: list[Fault]
) -> ObservedSeries | None:
    """Counts over exposure as a series."""
    exposure = demand.yearly(demand.exposure[cells]).sum(axis=0)
    for figure in figures:
        if figure.year > demand.years[-1]:
            what = f"{figure.year} lies after the last year of the forecast, {demand.years[-1]}"
            faults.append(Fault(what, file, figure.line, "periode", mend="forecast further with --to, or leave the line out"))
    used = [figure for figure in figures if figure.year in demand.years]
    for figure in used:
        if exposure[demand.years.index(figure.year)] <= 0 and figure.value > 0:
            mend = "leave the line out, or give the model a rate there"
            faults.append(
                Fault(f"the model expects nobody of {key}, the file counts {figure.value:g}", file, figure.line, "aantal", mend=mend)
            )
    if faults or not used:
        return None
    at = np.array([exposure[demand.years.index(figure.year)] for figure in used])
    counts = np.array([figure.value for figure in used])
    return ObservedSeries(
        name=f"{file}|{key}",
        topic=topic,
        measure="aanmeldingen",
        place="",
        group=str(key),
        unit="ratio",
        time=np.array([float(figure.year) for figure in used]),
        value=(counts + HALF) / (at + HALF),
        step=np.array([figure.broken for figure in used], np.bool_),
        source=file,
        noise=1.0 / (counts + HALF),
    )


def _refit(
    demand: Demand, key: Key, figures: Sequence[Figure], series: ObservedSeries, trend: Trend, file: str, faults: list[Fault]
) -> Refit:
    """Observed years as counted, years between along a straight line of the log ratio, later ones along the trend.

    Before the first year (or the last break) the model keeps its shape, at the level found in that year.
    """
    cells = demand.cells(key.stream, key.gebied, key.age)
    expected, exposure = demand.yearly(demand.expected[cells]).sum(axis=0), demand.yearly(demand.exposure[cells]).sum(axis=0)
    years = np.array(demand.years, np.float64)
    since = int(np.flatnonzero(series.step)[-1]) if series.step.any() else 0
    time, ratio = series.time[since:], series.value[since:]
    counted = {figure.year: figure.value for figure in figures if figure.year >= time[0]}
    target = np.exp(np.interp(years, time, np.log(ratio))) * exposure
    later = years > time[-1]
    target[later] = trend.median(years[later] - time[-1]) * exposure[later]
    for place, year in enumerate(demand.years):
        target[place] = counted.get(year, target[place])
    inside = years >= time[0]
    for place in np.flatnonzero(inside & (expected <= 0) & (target > HALF)).tolist():
        mend = "change the trend of the stream in the model first"
        what = f"the model expects nobody of {key} in {demand.years[place]}, so there is nothing to fit to {target[place]:.4g}"
        faults.append(Fault(what, file, figures[-1].line, "aantal", mend=mend))
        break
    factor = np.divide(target, expected, out=np.ones_like(target), where=expected > 0)
    factor[~inside] = factor[int(np.argmax(inside))]
    return Refit(key, cells, factor, int(time[-1]), trend, observed=tuple((figure.year, figure.value) for figure in figures))


def from_external(demand: Demand, external: Figures) -> tuple[Refit, ...]:
    """A refit per key of a forecast made elsewhere: its years as given, later ones in the same ratio to the model, earlier ones the
    model's."""
    found, faults = [], []
    for key, figures in external.by_key().items():
        cells = demand.cells(key.stream, key.gebied, key.age)
        expected = demand.yearly(demand.expected[cells]).sum(axis=0)
        if figures[0].unit != APPLICATIONS and figures[0].value <= 0:
            what = f"{key} begins at 0 {figures[0].unit}, so it has no growth"
            faults.append(Fault(what, external.file, figures[0].line, "aantal", mend="begin at a year with more than 0"))
            continue
        points = external_level(demand, key, figures)
        years = np.array(demand.years)
        given = np.array([year for year in sorted(points) if year in demand.years])
        nobody = [year for year in given if expected[demand.years.index(int(year))] <= 0]
        if not len(given) or nobody:
            what = f"the model expects nobody of {key}" if nobody else f"gives {key} in none of the years {years[0]} to {years[-1]}"
            faults.append(Fault(what, external.file, figures[0].line, "stroom", mend="leave the line out, or choose other years with --to"))
            continue
        at = np.array([demand.years.index(int(year)) for year in given])
        ratio = {
            bound: np.interp(years, given, np.array([points[int(year)][bound] for year in given]) / expected[at]) for bound in range(3)
        }  # fmt: skip
        before = years < given[0]
        factor = np.where(before, 1.0, ratio[0])
        banded = all(figure.low is not None and figure.high is not None for figure in figures)
        low, high = (np.where(before, 1.0, ratio[bound] / np.maximum(ratio[0], 1e-12)) for bound in (1, 2))
        found.append(Refit(key, cells, factor, int(given[0]), None, low if banded else None, high if banded else None))
    if faults:
        raise InputError(faults)
    return tuple(found)


def external_level(demand: Demand, key: Key, figures: Sequence[Figure]) -> dict[int, tuple[float, float, float]]:
    """Applications per year (value, low, high). Clients and indices count as growth: they begin at our level in their first year that we
    know."""
    cells = demand.cells(key.stream, key.gebied, key.age)
    expected = demand.yearly(demand.expected[cells]).sum(axis=0)
    known = [figure for figure in figures if figure.year in demand.years]
    if not known:
        return {}
    start = known[0]
    scale = 1.0 if start.unit == APPLICATIONS else float(expected[demand.years.index(start.year)]) / start.value if start.value > 0 else 0.0
    return {
        f.year: (f.value * scale, (f.value if f.low is None else f.low) * scale, (f.value if f.high is None else f.high) * scale)
        for f in known
    }


def population_factor(demand: Demand, population: Figures) -> tuple[F64, tuple[tuple[Key, int, float], ...]]:
    """Factor on every cell and month [C, M] that brings the model's population to that of the file, and the same per key and year.

    A figure holds from 1 January until the next one; before the first the model's own holds. Raises ``InputError``.
    """
    factor = np.ones_like(demand.exposure)
    faults: list[Fault] = []
    changes: list[tuple[Key, int, float]] = []
    persons = demand.persons
    for key, figures in population.by_key().items():
        cells = demand.cells(None, key.gebied, key.age)
        for number, figure in enumerate(figures):
            until = figures[number + 1].year if number + 1 < len(figures) else demand.years[-1] + 1
            for year in range(max(figure.year, demand.years[0]), min(until, demand.years[-1] + 1)):
                own = persons(key.gebied, key.age, year)
                if own <= 0 and figure.value > 0:
                    what = f"the model has no inhabitants of {key} in {year}, the file {figure.value:g}"
                    faults.append(
                        Fault(what, population.file, figure.line, "personen", mend="leave the line out, or add them to the model")
                    )
                    break
                change = figure.value / own if own > 0 else 1.0
                months = demand.year_of == year - demand.years[0]
                factor[np.ix_(cells, months)] *= change
                changes.append((key, year, change))
    if faults:
        raise InputError(faults)
    return factor, tuple(changes)
