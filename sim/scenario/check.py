"""Effects against a model: paths, units, scopes, conflicts, and values that would become impossible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations, product

from sim.errors import Fault, listing, nearest_name
from sim.model.model import Model
from sim.model.parameter import F64, Parameter
from sim.model.spec import AGE_GROUP, GEBIED, SITE
from sim.scenario.match import beginning_with, matching_paths, nearest_path
from sim.scenario.resolved import Resolved, narrowed
from sim.scenario.scenario import Effect

SLACK = 1e-9  # room for rounding at a bound


def check_effects(model: Model, effects: Sequence[Effect], faults: list[Fault]) -> None:
    """Add a fault for each effect that does not fit ``model``, or does not go together with another."""
    before = len(faults)
    reached: dict[str, list[Effect]] = {}
    for effect in effects:
        known = _check_scope_names(model, effect, faults)
        paths = matching_paths(effect.path, model.parameters)
        if not paths:
            faults.append(_unknown_path(model, effect))
        if not paths or not effect.sound:
            continue
        for path in paths:
            reached.setdefault(path, []).append(effect)
        if known:
            fault = next(_misfits(model, effect, paths), None)
            if fault is not None:
                faults.append(fault)
    _check_conflicts(reached, faults)
    if len(faults) == before:
        _check_bounds(model, [effect for effect in effects if effect.sound], reached, faults)


def _unknown_path(model: Model, effect: Effect) -> Fault:
    inside = beginning_with(effect.path, model.parameters)
    file, line, field = effect.mark("path")
    if inside:
        what = f"{effect.path!r} is not a parameter but holds {listing(inside, 6)}"
        return Fault(what, file, line, field, inside[0], "write the path of one parameter")
    nearest = nearest_path(effect.path, model.parameters)
    what = f"no parameter fits the path {effect.path!r}" if "*" in effect.path else f"there is no parameter {effect.path!r}"
    mend = f"write {nearest}" if nearest else "see `zorgstroom list parameters` for the valid paths"
    return Fault(what, file, line, field, nearest, mend)


def _check_scope_names(model: Model, effect: Effect, faults: list[Fault]) -> bool:
    """Whether all names in the scope exist in the model."""
    before = len(faults)
    for dim, named, valid in (
        (GEBIED, effect.scope.gebied, model.gebieden),
        (AGE_GROUP, effect.scope.age, model.age_groups),
        (SITE, effect.scope.site, model.site_names()),
    ):
        for name in named or ():
            if name not in valid:
                file, line, field = effect.mark(f"scope.{dim}")
                nearest = nearest_name(name, valid)
                noun = {GEBIED: "gebied", AGE_GROUP: "age group", SITE: "site"}[dim]
                faults.append(
                    Fault(f"there is no {noun} {name!r} in the model", file, line, field, nearest, f"valid: {listing(valid, 16)}, or `all`")
                )
    return len(faults) == before


def _misfits(model: Model, effect: Effect, paths: Sequence[str]) -> Iterator[Fault]:
    """What keeps the effect from acting on a parameter it names, or on a field that refers to that."""
    scope = narrowed(effect.scope, model)
    for path in paths:
        own = model.parameters[path]
        fields = [p for p in model.parameters.values() if p.shared is not None and f"parameters.{p.shared}" == path]
        for parameter in fields or [own]:
            name = path if parameter is own else f"{parameter.path} (by {path})"
            whole = "give this effect its own scope"
            if scope.age is not None and AGE_GROUP not in parameter.allowed:
                yield Fault(f"{name} is the same for all ages", *effect.mark("scope.age"), mend=f"{whole} with `age: all`")
            if scope.site is not None and not (SITE in parameter.allowed and set(scope.site) & set(_sites(model, parameter))):
                what = f"{name} is not at the sites {listing(scope.site, 4)}" if SITE in parameter.allowed else f"{name} has no sites"
                valid = _sites(model, parameter)
                mend = f"valid: {listing(valid, 8)}, or `site: all`" if valid else f"{whole} with `site: all`"
                yield Fault(what, *effect.mark("scope.site"), mend=mend)
            if scope.gebied is not None and GEBIED not in parameter.allowed:
                if parameter.sites is None or SITE not in parameter.allowed:
                    yield Fault(f"{name} is the same for all gebieden", *effect.mark("scope.gebied"), mend=f"{whole} with `gebied: all`")
                elif not model.sites[parameter.sites].within(frozenset(scope.gebied)):
                    what = f"no site of {parameter.sites} serves only {listing(scope.gebied, 4)}, so {name} would not change"
                    yield Fault(what, *effect.mark("scope.gebied"), mend=f"{whole} with more gebieden, or name sites")
            if parameter.quantity.name == "switch" and not (
                effect.op == "set" and effect.low == effect.high and effect.low in (0, 1) and effect.ramp == 0
            ):
                what = f"{name} is a switch, which is off (0) or on (1)"
                yield Fault(what, *effect.mark("op"), mend="write `op: set` with low, mode and high all 1 (or 0) and `ramp: 0`")
            if parameter.is_endless and (effect.op != "set" or effect.ramp > 1):
                what = f"{name} has no end in the model, so there is nothing to {'begin from' if effect.op == 'set' else effect.op}"
                key = "ramp" if effect.op == "set" else "op"
                yield Fault(what, *effect.mark(key), mend="write `op: set` and `ramp: 0`, or give the model a cap")
            if ".warm_start." in path and effect.start > model.start:
                yield Fault(
                    f"{name} is read on {model.start} only, before this effect",
                    *effect.mark("path"),
                    mend="change the model, or another parameter",
                )


def _sites(model: Model, parameter: Parameter) -> tuple[str, ...]:
    return model.sites[parameter.sites].names if parameter.sites is not None else ()


def clashing(model: Model, effects: Sequence[Effect]) -> set[frozenset[str]]:
    """The pairs of measures (or scenarios, of a delta) among ``effects`` that no scenario can hold together."""
    reached: dict[str, list[Effect]] = {}
    for effect in effects:
        for path in matching_paths(effect.path, model.parameters):
            reached.setdefault(path, []).append(effect)
    return {
        frozenset((one.measure, two.measure))
        for here in reached.values() for one, two in combinations(here, 2) if one.measure != two.measure and _clash(one, two)
    }  # fmt: skip


def _clash(one: Effect, two: Effect) -> bool:
    """On one path, at one time and for one group, sums and factors do not mix, nor do two different values."""
    kinds = {one.op, two.op}
    different = (one.low, one.mode, one.high) != (two.low, two.mode, two.high)
    return (kinds == {"add", "multiply"} or (kinds == {"set"} and different)) and one.meets(two)


def _check_conflicts(reached: dict[str, list[Effect]], faults: list[Fault]) -> None:
    told: set[tuple[int, int]] = set()
    for path, effects in reached.items():
        for i, one in enumerate(effects):
            for two in effects[i + 1 :]:
                if (id(one), id(two)) in told or not _clash(one, two):
                    continue
                told.add((id(one), id(two)))
                if one.role == "delta" and two.role != "delta":
                    one, two = two, one  # the scenario that is being written is the one to mend
                verb = "is set to two different values" if {one.op, two.op} == {"set"} else "is both added to and multiplied"
                other = f"{one.measure} ({one.file}:{one.line})"
                what = f"{path} {verb}: here by {two.measure}, and by {other}; the outcome would depend on their order"
                faults.append(Fault(what, *two.mark("op"), mend="use the same op, or keep their scopes or dates apart"))


def _check_bounds(model: Model, effects: Sequence[Effect], reached: dict[str, list[Effect]], faults: list[Fault]) -> None:
    """Values at the lows and at the highs of all effects together stay possible; no op falls with its amount, so these are the extremes."""
    months = _months(model, effects)
    extremes = [Resolved(model, effects, (), months, lambda measure, path, u=u: u, bounded=False) for u in (0.0, 1.0)]  # type: ignore[misc]
    by_shared: dict[str, list[Parameter]] = {}
    for parameter in model.parameters.values():
        if parameter.shared is not None:
            by_shared.setdefault(f"parameters.{parameter.shared}", []).append(parameter)
    for path in sorted(reached):
        for parameter in by_shared.get(path) or [model.parameters[path]]:
            fault = _out_of_bounds(
                model, parameter, extremes, months, [*reached[path], *(reached.get(parameter.path, []) if parameter.path != path else [])]
            )
            if fault is not None:
                faults.append(fault)


def _out_of_bounds(
    model: Model, parameter: Parameter, extremes: Sequence[Resolved], months: Sequence[date], effects: list[Effect]
) -> Fault | None:
    quantity = parameter.quantity
    names = {GEBIED: model.gebieden, AGE_GROUP: model.age_groups, SITE: _sites(model, parameter)}
    dims = sorted(extremes[0].dims(parameter.path))
    looked_at: set[int] = set()
    for key in product(*(names[dim] for dim in dims)):
        for resolved, end in zip(extremes, ("low", "high"), strict=True):
            value: F64 = resolved.value(parameter.path, **dict(zip(dims, key, strict=True)))
            if id(value) in looked_at:
                continue
            looked_at.add(id(value))
            wrong = (value > quantity.high + SLACK) | ((value <= quantity.low) if quantity.above_low else (value < quantity.low - SLACK))
            if not wrong.any():
                continue
            first = int(wrong.argmax())
            worst = float(value[first]) / parameter.factor
            of = f" for {', '.join(key)}" if key else ""
            low, high = (bound / parameter.factor for bound in (quantity.low, quantity.high))
            bounds = (
                f"between {low:g} and {high:g}"
                if high < float("inf")
                else f"more than {low:g}"
                if quantity.above_low
                else f"{low:g} or more"
            )
            acting = [effect for effect in effects if effect.begins <= months[first].year * 12 + months[first].month - 1] or effects
            blamed = max(
                acting, key=lambda effect: abs(effect.quantile(0.0 if end == "low" else 1.0) - (1.0 if effect.op == "multiply" else 0.0))
            )
            others = sorted({effect.measure for effect in acting} - {blamed.measure})
            together = f", together with {listing(others, 4)}" if others else ""
            what = (
                f"makes {parameter.path} {worst:.6g}{of} in {months[first]:%Y-%m} at its {end}{together}; {quantity.name} must be {bounds}"
            )
            return Fault(what, *blamed.mark(end), mend=f"choose a {end} that keeps the value possible")
    return None


def _months(model: Model, effects: Sequence[Effect]) -> list[date]:
    """All months from the first to the last in which anything changes, the model's own span included."""
    begin = min([model.start.year * 12 + model.start.month - 1, *(effect.begins for effect in effects)])
    end = max([model.until.year * 12 + model.until.month - 1, *(effect.begins + effect.ramp + 1 for effect in effects)])
    return [date(number // 12, number % 12 + 1, 1) for number in range(begin, end)]
