"""Every dated difference between a scenario and the base model, with where it comes from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sim.model.model import Model
from sim.model.parameter import Parameter
from sim.scenario.match import matching_paths
from sim.scenario.resolved import narrowed
from sim.scenario.scenario import Effect, Scenario, Scope


@dataclass(frozen=True)
class Span:
    """The lowest and highest value over the classes looked at; equal where there is one value."""

    lowest: float
    highest: float

    def __str__(self) -> str:
        if math.isinf(self.lowest):
            return "none"
        return f"{self.lowest:.6g}" if self.lowest == self.highest else f"{self.lowest:.6g} to {self.highest:.6g}"


@dataclass(frozen=True)
class Difference:
    """One effect on one parameter.

    ``base`` is the value without the scenario in the month of ``start``, for those in scope; ``low``, ``mode`` and ``high`` are what this
    effect alone makes of it at full size. All in ``unit``, the unit the parameter is written in.
    """

    measure: str
    path: str
    op: str
    scope: Scope
    start: date
    until: date | None
    ramp: int
    base: Span
    low: Span
    mode: Span
    high: Span
    unit: str
    evidence: str
    source: str
    role: str
    file: str
    line: int


def explain(model: Model, scenario: Scenario) -> list[Difference]:
    """What ``scenario`` changes in ``model``, sorted by date, measure and path."""
    found = [
        _difference(model, model.parameters[path], effect)
        for effect in scenario.effects
        for path in matching_paths(effect.path, model.parameters)
    ]
    return sorted(found, key=lambda each: (each.start, each.measure, each.path, each.role, str(each.scope)))


def _difference(model: Model, parameter: Parameter, effect: Effect) -> Difference:
    base = list(_values_in_scope(model, parameter, effect))
    spans = [_span([_changed(value, effect.op, amount) for value in base]) for amount in (effect.low, effect.mode, effect.high)]
    return Difference(
        measure=effect.measure,
        path=parameter.path,
        op=effect.op,
        scope=narrowed(effect.scope, model),
        start=effect.start,
        until=effect.until,
        ramp=effect.ramp,
        base=_span(base),
        low=spans[0],
        mode=spans[1],
        high=spans[2],
        unit=parameter.written_unit,
        evidence=effect.evidence,
        source=effect.source,
        role=effect.role,
        file=effect.file,
        line=effect.line,
    )


def _values_in_scope(model: Model, parameter: Parameter, effect: Effect) -> Iterator[float]:
    """Values on the start date of the effect, in the written unit, of the keys somebody in scope has."""
    scope = narrowed(effect.scope, model)
    sites = set(scope.site) if scope.site is not None else None
    if scope.gebied is not None and "gebied" not in parameter.allowed and parameter.sites is not None:
        within = model.sites[parameter.sites].within(frozenset(scope.gebied))
        sites = set(within) if sites is None else sites & within
    named = {
        "gebied": None if scope.gebied is None else set(scope.gebied),
        "age": None if scope.age is None else set(scope.age),
        "site": sites,
    }
    for key, series in parameter.values.items():
        if all(named.get(dim) is None or name in (named[dim] or ()) for dim, name in zip(parameter.by, key, strict=True)):
            yield series.on(effect.start) / parameter.factor


def _changed(value: float, op: str, amount: float) -> float:
    return amount if op == "set" else value + amount if op == "add" else value * amount


def _span(values: Sequence[float]) -> Span:
    return Span(min(values), max(values)) if values else Span(float("nan"), float("nan"))
