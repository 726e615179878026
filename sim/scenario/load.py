"""Loading measures and scenarios: read, flatten what they extend, check them against a model, and tell all faults at once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from sim.errors import Fault, InputError
from sim.model.located import LocatedMap, mark_of, part_at
from sim.model.model import Model
from sim.model.parameter import Band
from sim.model.spec import Title
from sim.model.structure import Structure, dotted, read_structure
from sim.model.tables import Tables
from sim.model.text_file import YAML_LIMIT, read_text
from sim.model.units import MEASURE_COST
from sim.model.values import ValueReader
from sim.model.yaml_reader import parse_yaml
from sim.scenario.check import check_effects
from sim.scenario.library import Library, unknown_name
from sim.scenario.scenario import Effect, Measure, MeasureCost, Scenario, Scope, sorted_effects
from sim.scenario.spec import EffectSpec, MeasureSpec, ScenarioSpec, ScopeSpec

FIRST_YEAR, LAST_YEAR = 1990, 2100

_FALLBACK = {
    "title": {"nl": "?", "en": "?"},
    "description": {"nl": "?", "en": "?"},
    "source": "?",
    "programme": "stad",
    "status": "proposed",
    "start": date(2020, 1, 1),
    "scope": {"gebied": "all", "age": "all"},
    "effects": [],
}

_EFFECT = {
    "path": "?", "op": "multiply", "low": 1.0, "mode": 1.0, "high": 1.0, "evidence": "assumption", "source": "?", "start": date(2020, 1, 1),
    "until": None, "ramp": None, "scope": None,
}  # fmt: skip
_ITEMS = {"effects": _EFFECT, "counter_effects": _EFFECT, "deltas": _EFFECT}


def load_measure(path: str | os.PathLike[str], model: Model | None = None) -> Measure:
    """The measure in the file ``path``, checked against ``model`` where one is given. Raises InputError with every fault."""
    faults: list[Fault] = []
    measure = read_measure(Path(path), faults, {})
    if measure is not None and model is not None:
        check_effects(model, measure.effects, faults)
    if measure is None or faults:
        raise InputError(faults)
    return measure


def load_scenario(name_or_path: str | os.PathLike[str], library: Library, model: Model | None = None) -> Scenario:
    """A scenario by name or path, with all it extends, checked against ``model`` where one is given. Raises InputError with every fault."""
    faults: list[Fault] = []
    scenario = read_scenario(library.scenario_file(name_or_path), library, faults)
    if scenario is not None and model is not None:
        check_effects(model, scenario.effects, faults)
    if scenario is None or faults:
        raise InputError(faults)
    return replace(scenario, fits=model.digest()) if model is not None else scenario


def measure_scenario(measure: Measure, baseline: Scenario, model: Model) -> Scenario:
    """``baseline`` with one measure more, named after the measure. Raises InputError where the two do not go together on ``model``.

    It is checked here, on the model as written: a drawn model cuts what goes beyond a bound, as it does for scenarios of a file.
    """
    measures = {each.name: each for each in (*baseline.measures, measure)}
    scenario = replace(
        baseline,
        name=measure.name,
        title=measure.title,
        description=measure.description,
        measures=tuple(measures[name] for name in sorted(measures)),
        extends=(baseline.name,),
        file=measure.file,
        fits=model.digest(),
    )
    faults: list[Fault] = []
    check_effects(model, scenario.effects, faults)
    if faults:
        raise InputError(faults)
    return scenario


def without_measure(measure: Measure, baseline: Scenario) -> Scenario:
    """``baseline`` with one measure less: what it would be had the measure not been introduced."""
    return replace(
        baseline,
        name=f"zonder-{measure.name}",
        title=Title(nl=f"Zonder: {measure.title.nl}", en=f"Without: {measure.title.en}"),
        description=measure.description,
        measures=tuple(each for each in baseline.measures if each.name != measure.name),
        extends=(baseline.name,),
        file=measure.file,
    )


def read_measure(path: Path, faults: list[Fault], files: dict[str, str]) -> Measure | None:
    """The measure in a file, or None; faults are added, also where a sound part of the measure is returned."""
    root = _read(path, faults, files)
    if root is None:
        return None
    structure = read_structure(MeasureSpec, root, faults, _FALLBACK, _ITEMS)
    spec = structure.spec
    if spec is None:
        return None
    name = path.stem
    scope = _scope(spec.scope, Scope())
    _check_dates(root, (), spec.start if structure_has(structure, "start") else None, spec.until, faults)
    effects = []
    for role, group, written in (("effect", "effects", spec.effects), ("counter_effect", "counter_effects", spec.counter_effects)):
        effects.extend(_effects(name, role, group, written, root, structure, spec.start, spec.until, spec.ramp, scope, faults))
    return Measure(
        name=name,
        title=spec.title,
        description=spec.description,
        source=spec.source.strip(),
        programme=spec.programme,
        status=spec.status,
        start=spec.start,
        until=spec.until,
        ramp=spec.ramp,
        scope=scope,
        effects=sorted_effects(effects),
        cost=_cost(spec, root, path, faults),
        file=path.as_posix(),
    )


def structure_has(structure: Structure[Any], key: str) -> bool:
    """Whether a top-level key was read as written."""
    return not structure.is_damaged(key)


def read_scenario(path: Path, library: Library, faults: list[Fault]) -> Scenario | None:
    """The flattened scenario in a file, or None; faults are added, also where a sound part of the scenario is returned."""
    reader = _ScenarioReader(library, faults)
    spec = reader.visit(path)
    if spec is None:
        return None
    return Scenario(
        name=path.stem,
        title=spec.title,
        description=spec.description,
        measures=tuple(reader.measures[name] for name in sorted(reader.measures)),
        deltas=sorted_effects(reader.deltas),
        extends=tuple(sorted(set(spec.extends))),
        file=path.as_posix(),
        files=dict(sorted(reader.files.items())),
    )


class _ScenarioReader:
    """Collects the measures and deltas of a scenario and of all it extends, each once."""

    def __init__(self, library: Library, faults: list[Fault]) -> None:
        self.library = library
        self.faults = faults
        self.files: dict[str, str] = {}
        self.measures: dict[str, Measure] = {}
        self.deltas: list[Effect] = []
        self.tried: set[str] = set()
        self.done: dict[str, ScenarioSpec | None] = {}
        self.under_way: list[tuple[str, str]] = []  # (real path, name)

    def visit(self, path: Path) -> ScenarioSpec | None:
        identity = os.path.realpath(path)
        if identity in self.done:
            return self.done[identity]
        root = _read(path, self.faults, self.files)
        structure = read_structure(ScenarioSpec, root, self.faults, _FALLBACK, _ITEMS) if root is not None else None
        spec = structure.spec if structure is not None else None
        self.done[identity] = spec
        if spec is None or root is None or structure is None:
            return None
        self.under_way.append((identity, path.stem))
        for i, name in enumerate(spec.extends):
            found = self._find("scenario", name, root, ("extends", i), path)
            if found is None:
                continue
            at = [real for real, _ in self.under_way]
            if os.path.realpath(found) in at:
                circle = [each for _, each in self.under_way[at.index(os.path.realpath(found)) :]]
                what = f"extends itself in a circle: {' -> '.join([*circle, found.stem])}"
                self.faults.append(Fault(what, *mark_of(root, ("extends", i)), f"extends[{i}]", mend="take one scenario out of the circle"))
                continue
            self.visit(found)
        self.under_way.pop()
        for i, name in enumerate(spec.measures):
            found = self._find("measure", name, root, ("measures", i), path)
            if found is not None and name not in self.tried:
                self.tried.add(name)
                measure = read_measure(found, self.faults, self.files)
                if measure is not None:
                    self.measures[measure.name] = measure
        self.deltas.extend(_effects(path.stem, "delta", "deltas", spec.deltas, root, structure, None, None, 0, Scope(), self.faults))
        return spec

    def _find(self, noun: str, name: str, root: LocatedMap, keys: tuple[Any, ...], beside: Path) -> Path | None:
        """File of a name in the library or beside the scenario; None, with a fault placed in the scenario, where there is none."""
        names = self.library.scenarios if noun == "scenario" else self.library.measures
        if name in names:
            return self.library.scenario_file(name) if noun == "scenario" else self.library.measure_file(name)
        near = beside.parent / (f"{name}.yaml" if noun == "scenario" else f"measures/{name}.yaml")
        for candidate in (near, beside.parent / name if name.endswith(".yaml") else near):
            if candidate.is_file():
                return candidate
        fault = unknown_name(noun, name, names, self.library)
        file, line = mark_of(root, keys)
        self.faults.append(replace(fault, file=file, line=line, field=dotted(keys)))
        return None


def _read(path: Path, faults: list[Fault], files: dict[str, str]) -> LocatedMap | None:
    file = read_text(path, YAML_LIMIT, faults)
    if file is None:
        return None
    files[file.name] = hashlib.sha256(file.content).hexdigest()
    return parse_yaml(file, faults)


def _scope(spec: ScopeSpec | None, outer: Scope) -> Scope:
    if spec is None:
        return outer

    def names(written: Any, inherited: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if written is None:
            return inherited
        return None if written == "all" else tuple(sorted(set(written)))

    return Scope(names(spec.gebied, outer.gebied), names(spec.age, outer.age), names(spec.site, outer.site))


def _effects(
    measure: str,
    role: str,
    group: str,
    specs: Iterable[EffectSpec],
    root: LocatedMap,
    structure: Structure[Any],
    start: date | None,
    until: date | None,
    ramp: int,
    scope: Scope,
    faults: list[Fault],
) -> list[Effect]:
    """The effects of a group. One that is broken is kept for what is sound in it, so that the rest is checked too."""
    found = []
    for i, spec in enumerate(specs):
        keys = (group, i)
        file, line = mark_of(root, keys)
        broken = {key for key in _EFFECT if structure.is_damaged(*keys, key)}
        before = len(faults)
        if not broken & {"start", "until"}:
            _check_dates(root, keys, spec.start, spec.until, faults, start, until)
        if not broken & {"low", "mode", "high"} and not spec.low <= spec.mode <= spec.high:
            turned = spec.low > spec.high
            what = f"the band is turned around: low {spec.low:g}, mode {spec.mode:g}, high {spec.high:g}" if turned else (
                f"the mode {spec.mode:g} lies outside low {spec.low:g} to high {spec.high:g}"
            )  # fmt: skip
            at = (*keys, "low" if turned else "mode")
            faults.append(Fault(what, *mark_of(root, at), dotted(at), mend="order them as low <= mode <= high"))
        if not broken & {"op", "low", "high"} and spec.op == "multiply" and min(spec.low, spec.high) < 0:
            at = (*keys, "low")
            faults.append(
                Fault(
                    f"multiplies by {min(spec.low, spec.high):g}",
                    *mark_of(root, at),
                    dotted(at),
                    mend="a factor is 0 or more; use `add` to subtract",
                )
            )
        if "path" in broken:
            continue
        begins = spec.start or start
        assert begins is not None  # a delta has its own start, an effect that of its measure
        found.append(
            Effect(
                measure=measure,
                path=spec.path.strip(),
                op=spec.op,
                low=spec.low,
                mode=spec.mode,
                high=spec.high,
                evidence=spec.evidence,
                source=spec.source.strip(),
                scope=_scope(spec.scope, scope),
                start=begins,
                until=spec.until or until,
                ramp=ramp if spec.ramp is None else spec.ramp,
                role=role,
                file=file,
                line=line,
                field=dotted(keys),
                marks=_marks(root, keys),
                sound=not broken and len(faults) == before,
            )
        )
    return found


def _marks(root: LocatedMap, keys: tuple[Any, ...]) -> dict[str, tuple[str, int]]:
    """Field and line of each key of an effect; of what it inherits, those of the measure."""
    written = part_at(root, keys)
    marks: dict[str, tuple[str, int]] = {}
    for key in ("path", "op", "low", "mode", "high", "start", "until", "ramp"):
        at = (*keys, key) if key in written or key not in root else (key,)
        marks[key] = (dotted(at), mark_of(root, at)[1])
    for dim in ("gebied", "age", "site"):
        own = (*keys, "scope", dim)
        at = ("scope", dim) if part_at(root, own) is None and part_at(root, ("scope", dim)) is not None else own
        marks[f"scope.{dim}"] = (dotted(at), mark_of(root, at)[1])
    return marks


def _check_dates(
    root: LocatedMap,
    keys: tuple[Any, ...],
    start: date | None,
    until: date | None,
    faults: list[Fault],
    outer_start: date | None = None,
    outer_until: date | None = None,
) -> None:
    for key, day in (("start", start), ("until", until)):
        if day is None:
            continue
        at = (*keys, key)
        if day.day != 1:
            faults.append(Fault(f"{day} is not the first of a month", *mark_of(root, at), dotted(at), mend=f"write {day.replace(day=1)}"))
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            faults.append(
                Fault(
                    f"the year {day.year} lies outside {FIRST_YEAR} to {LAST_YEAR}", *mark_of(root, at), dotted(at), mend="correct the year"
                )
            )
    begins, ends = start or outer_start, until or outer_until
    if begins is not None and ends is not None and ends <= begins and (start or until):
        at = (*keys, "until" if until is not None else "start")
        faults.append(
            Fault(
                f"ends on {ends}, not after its start {begins}",
                *mark_of(root, at),
                dotted(at),
                mend="write a later `until`, or leave it out",
            )
        )


def _cost(spec: MeasureSpec, root: LocatedMap, path: Path, faults: list[Fault]) -> MeasureCost | None:
    if spec.cost is None:
        return None
    reader = ValueReader("cost", root["cost"], {}, Tables(path.parent, faults), faults)
    values = reader.read(spec.cost, MEASURE_COST, frozenset())
    if values is None:
        return None
    return MeasureCost(
        values.series[()],
        spec.cost.unit == "euro, once",
        spec.cost.kind,
        spec.cost.source.strip(),
        Band(values.band.low, values.band.high, values.band.relative),
    )
