"""The base model with a scenario on it: the monthly value of every parameter, per gebied, age group and site where it varies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sim.errors import InternalError
from sim.model.model import Model
from sim.model.parameter import F64, Key, Parameter, month_number
from sim.model.spec import AGE_GROUP, GEBIED, MONTH, SITE
from sim.scenario.match import matching_paths
from sim.scenario.scenario import Effect, Measure, Scope

Draw = Callable[[str, str], float | None]  # (measure, path) -> probability within the band; None: at the mode


@dataclass(frozen=True)
class _Acting:
    """An effect as it acts in the months looked at: its drawn amount and the share of it in force each month."""

    op: str
    amount: float
    force: F64
    scope: Scope


class Resolved:
    """Values by path in canonical units, computed when asked for and kept. Arrays are read-only; equal ones are one object.

    Values stay within what their quantity allows; ``bounded=False`` shows where effects would lead beyond it.
    """

    def __init__(
        self,
        model: Model,
        effects: Sequence[Effect],
        measures: Sequence[Measure],
        months: Sequence[date],
        effect_draw: Draw | None = None,
        *,
        bounded: bool = True,
    ) -> None:
        self.model = model
        self.measures = tuple(measures)
        self.bounded = bounded
        self.months = tuple(months)
        self._numbers: NDArray[np.int64] = np.array([month_number(day.year, day.month) for day in months], dtype=np.int64)
        self._acting: dict[str, list[_Acting]] = {}
        self._asked: dict[tuple[str, str | None, str | None, str | None], F64] = {}
        self._dims: dict[str, frozenset[str]] = {}
        self._known: dict[tuple[str, Key, tuple[bool, ...]], F64] = {}
        self._forces: dict[tuple[int, int | None, int], F64] = {}
        for effect in effects:
            u = None if effect_draw is None else effect_draw(effect.measure, effect.path)
            amount = effect.mode if u is None else effect.quantile(u)
            acting = _Acting(effect.op, amount, self._force(effect), narrowed(effect.scope, model))
            for path in matching_paths(effect.path, model.parameters):
                self._acting.setdefault(path, []).append(acting)

    def _force(self, effect: Effect) -> F64:
        """Share of the full effect in each month: (k + 1) / ramp in its k-th month, at most 1, and 0 outside its dates."""
        key = (effect.begins, effect.ends, effect.ramp)
        if key not in self._forces:
            since = self._numbers - effect.begins
            force = np.ones(len(since)) if effect.ramp == 0 else np.minimum((since + 1) / effect.ramp, 1.0)
            force[since < 0] = 0.0
            if effect.ends is not None:
                force[self._numbers >= effect.ends] = 0.0
            self._forces[key] = force
        return self._forces[key]

    def value(self, path: str, gebied: str | None = None, age: str | None = None, site: str | None = None) -> F64:
        """Value in each month; name those of gebied, age and site that ``dims(path)`` holds, others are ignored."""
        dims = self._dims.get(path) or self.dims(path)
        asked = (path, gebied if GEBIED in dims else None, age if AGE_GROUP in dims else None, site if SITE in dims else None)
        found = self._asked.get(asked)
        if found is None:
            found = self._value(*asked)
            self._asked[asked] = found
        return found

    def grid(self, path: str, site: str | None = None) -> F64:
        """Values [G, A, M] for every gebied and age group; the axes have length 1 where the path does not vary along them."""
        dims = self.dims(path)
        gebieden = self.model.gebieden if GEBIED in dims else self.model.gebieden[:1]
        ages = self.model.age_groups if AGE_GROUP in dims else self.model.age_groups[:1]
        return np.stack([[self.value(path, gebied, age, site) for age in ages] for gebied in gebieden])

    def _value(self, path: str, gebied: str | None, age: str | None, site: str | None) -> F64:
        parameter = self._parameter(path)
        given = {GEBIED: gebied, AGE_GROUP: age, SITE: site}
        lacking = [dim for dim in sorted(self.dims(path)) if given[dim] is None]
        if lacking:
            raise InternalError(f"{path} varies by {' and '.join(lacking)}, which was not named")
        key: Key = tuple(str(given[dim]) for dim in parameter.by if dim != MONTH)
        effects = self._effects(parameter)
        mask = tuple(_holds(acting.scope, parameter, gebied, age, site, self.model) for _, acting in effects)
        known = (path, key, mask)
        if known not in self._known:
            self._known[known] = self._worked_out(parameter, given, key, effects, mask)
        return self._known[known]

    def _worked_out(
        self, parameter: Parameter, given: dict[str, str | None], key: Key, effects: list[tuple[int, _Acting]], mask: tuple[bool, ...]
    ) -> F64:
        try:
            value = self._base(parameter, given)
        except KeyError:
            raise InternalError(f"{parameter.path} has no value for {', '.join(key)}") from None
        if not any(mask):  # nothing changes it: the model has checked its bounds
            value.setflags(write=False)
            return value
        for layer in (0, 1):  # effects on a shared parameter come before effects on the field that refers to it
            value = _changed(
                value, [acting for (at, acting), holds in zip(effects, mask, strict=True) if holds and at == layer], parameter.factor
            )
        if self.bounded:
            value = np.clip(value, parameter.quantity.low, parameter.quantity.high)
            value.setflags(write=False)
        return value

    def _parameter(self, path: str) -> Parameter:
        parameter = self.model.parameters.get(path)
        if parameter is None:
            raise InternalError(f"the model has no parameter {path}")
        return parameter

    def _effects(self, parameter: Parameter) -> list[tuple[int, _Acting]]:
        shared = self._acting.get(f"parameters.{parameter.shared}", []) if parameter.shared else []
        return [*((0, acting) for acting in shared), *((1, acting) for acting in self._acting.get(parameter.path, []))]

    def _base(self, parameter: Parameter, given: dict[str, str | None]) -> F64:
        if MONTH not in parameter.by:
            return parameter.series(given[GEBIED], given[AGE_GROUP], given[SITE]).at(self._numbers)
        value = np.empty(len(self._numbers))
        for month in range(1, 13):
            here = self._numbers % 12 == month - 1
            value[here] = parameter.series(given[GEBIED], given[AGE_GROUP], given[SITE], month).at(self._numbers[here])
        return value

    def dims(self, path: str) -> frozenset[str]:
        """The dimensions among gebied, age and site along which the parameter varies: its own, and those effects are scoped to."""
        if path in self._dims:
            return self._dims[path]
        parameter = self._parameter(path)
        dims = set(parameter.by) - {MONTH}
        for _, acting in self._effects(parameter):
            if acting.scope.gebied is not None:
                dims.add(GEBIED if GEBIED in parameter.allowed else SITE)
            if acting.scope.age is not None:
                dims.add(AGE_GROUP)
            if acting.scope.site is not None:
                dims.add(SITE)
        self._dims[path] = frozenset(dims & (parameter.allowed | set(parameter.by)))
        return self._dims[path]

    def month_param(self, path: str) -> bool:
        """Whether the parameter is given per calendar month; ``value`` expands it over the months all the same."""
        return MONTH in self._parameter(path).by

    def is_touched(self, path: str) -> bool:
        """Whether any effect reaches the parameter, at whatever date."""
        return bool(self._effects(self._parameter(path)))

    def measure_costs(self) -> dict[str, F64]:
        """Euro per month each measure itself costs, by name; measures without a cost are left out."""
        costs: dict[str, F64] = {}
        for measure in self.measures:
            if measure.cost is None:
                continue
            begin = month_number(measure.start.year, measure.start.month)
            amount = measure.cost.amount.at(self._numbers)
            if measure.cost.once:
                costs[measure.name] = np.where(self._numbers == begin, amount, 0.0)
            else:
                on = self._numbers >= begin
                if measure.until is not None:
                    on &= self._numbers < month_number(measure.until.year, measure.until.month)
                costs[measure.name] = np.where(on, amount / 12, 0.0)
        return costs


def narrowed(scope: Scope, model: Model) -> Scope:
    """A list that names everybody is no scope."""
    gebied = None if scope.gebied is not None and set(scope.gebied) >= set(model.gebieden) else scope.gebied
    age = None if scope.age is not None and set(scope.age) >= set(model.age_groups) else scope.age
    return Scope(gebied, age, scope.site)


def _holds(scope: Scope, parameter: Parameter, gebied: str | None, age: str | None, site: str | None, model: Model) -> bool:
    """Whether an effect reaches this class. What belongs to a team is reached by gebied at the sites that serve no other gebied."""
    if scope.site is not None and site not in scope.site:
        return False
    if scope.age is not None and age not in scope.age:
        return False
    if scope.gebied is None:
        return True
    if GEBIED in parameter.allowed:
        return gebied in scope.gebied
    return parameter.sites is not None and site in model.sites[parameter.sites].within(frozenset(scope.gebied))


def _changed(value: F64, effects: Sequence[_Acting], factor: float) -> F64:
    """Sets first, then sums, then factors: the outcome does not depend on the order of the files."""
    for acting in effects:
        if acting.op == "set":
            target = acting.amount * factor
            origin = np.where(np.isfinite(value), value, target)  # an endless cap has no way between: it is there or it is not
            value = np.select(
                [acting.force <= 0.0, acting.force >= 1.0], [value, np.full(len(value), target)], origin + acting.force * (target - origin)
            )
    for acting in effects:
        if acting.op == "add":
            value = value + acting.force * (acting.amount * factor)
    for acting in effects:
        if acting.op == "multiply":
            value = value * (1.0 + acting.force * (acting.amount - 1.0))
    return value
