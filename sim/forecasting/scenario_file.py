"""A forecast as a scenario file, so that the simulator runs on it: factors per year on the trend of a stream, and on the population.

With the effects at their mode a plan compiled from it has exactly the expected demand of the forecast. Drawn, each factor follows a
symmetric triangle whose middle four fifths are as wide as those of the forecast; its mean stays the expected value. One draw serves all
years of a stream: what is high in 2027 is high in 2035.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np

from sim.forecasting.demand import first_year
from sim.forecasting.files import Key
from sim.forecasting.forecast import Forecast
from sim.forecasting.series import F64

TRIANGLE_80 = 2.0 * (1.0 - np.sqrt(0.2))  # width of the middle 80 per cent of a triangle over [-1, 1]
SAME = 1e-12


def forecast_scenario(forecast: Forecast, extends: str | None) -> str:
    """The YAML text of the scenario; ``extends`` names the scenario the forecast was made in."""
    deltas = [*_demand_deltas(forecast), *_population_deltas(forecast)]
    refitted = sorted({str(refit.key.stream) for refit in forecast.refits})
    nl = "Vraag volgens de prognose" + (f", aangepast: {', '.join(refitted)}" if refitted else "")
    en = "Demand as forecast" + (f", refitted: {', '.join(refitted)}" if refitted else "")
    what_nl = f"{nl}. Factoren per jaar op de trend van een stroom; de banden bevatten onzekerheid, geen toeval."
    what_en = f"{en}. Factors per year on the trend of a stream; bands hold uncertainty, not chance."
    lines = [
        "# Written by `zorgstroom forecast --write-scenario`; docs/forecast.md says what it holds.",
        f"title: {{nl: {_text(nl)}, en: {_text(en)}}}",
        "description:",
        f"  nl: {_text(what_nl)}",
        f"  en: {_text(what_en)}",
        f"extends: [{'' if extends is None else _text(extends)}]",
        f"deltas:{' []' if not deltas else ''}",
        *deltas,
    ]
    return "\n".join(lines) + "\n"


def _demand_deltas(forecast: Forecast) -> Iterator[str]:
    start = first_year(forecast.demand.model)
    refitted = {refit.key.stream for refit in forecast.refits}
    for refit, noise in zip(forecast.refits, forecast.noise.refits, strict=True):
        source = "eigen tellingen" if refit.trend is not None else "externe prognose"
        text = f"{source}, aangepast op het model (zorgstroom forecast)"
        yield from _years(forecast, refit.key, refit.factor, noise, start, text, "reported" if refit.trend is not None else "assumption")
    for name in forecast.demand.streams:
        if name in refitted:
            continue
        fact = forecast.facts.get(name)
        since = start if fact is None else max(start, fact.known_until + 1)
        source = f"band van {'groei' if forecast.parameters == 'posterior' else 'niveau en groei'} (zorgstroom forecast)"
        factors = (
            forecast.noise.growth if forecast.parameters == "posterior" else forecast.noise.streams
        )  # studies draw the level themselves
        flat = np.ones(len(forecast.years))
        yield from _years(forecast, Key(name, None, None), flat, factors[name], since, source, "assumption")


def _years(forecast: Forecast, key: Key, factor: F64, noise: F64, since: int, source: str, evidence: str) -> Iterator[str]:
    low, high = np.quantile(noise, [0.1, 0.9], axis=0)
    half = np.minimum((high - low) / TRIANGLE_80, 1.0)
    for t, year in enumerate(forecast.years):
        mode, reach = float(factor[t]), float(half[t])
        if year < since or (abs(mode - 1) < SAME and reach < SAME):
            continue
        ends = (mode * (1 - reach), mode, mode * (1 + reach))
        yield _delta(f"demand.{key.stream}.trend", key, ends, year, evidence, source, last=t + 1 == len(forecast.years))


def _population_deltas(forecast: Forecast) -> Iterator[str]:
    start = first_year(forecast.demand.model)
    for key, year, change in forecast.population:
        if year >= start and abs(change - 1) >= SAME:
            yield _delta("population", key, (change,) * 3, year, "reported", "eigen bevolkingsprognose", last=year == forecast.years[-1])


def _delta(path: str, key: Key, ends: Sequence[float], year: int, evidence: str, source: str, *, last: bool) -> str:
    """One delta; the last year holds on."""
    scope = [f"{dim}: [{_text(name)}]" for dim, name in (("gebied", key.gebied), ("age", key.age)) if name is not None]
    parts = [
        f"path: {path}", "op: multiply", f"low: {ends[0]!r}", f"mode: {ends[1]!r}", f"high: {ends[2]!r}", f"start: {year}-01-01",
        *([] if last else [f"until: {year + 1}-01-01"]), *([f"scope: {{{', '.join(scope)}}}"] if scope else []),
        f"evidence: {evidence}", f"source: {_text(source)}",
    ]  # fmt: skip
    return f"  - {{{', '.join(parts)}}}"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
