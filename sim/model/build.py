"""Every parameter of a model by its path, found by walking the spec: what may be a parameter is said once, in ``sim.model.spec``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from pydantic.fields import FieldInfo

from sim.errors import Fault, listing, nearest_name
from sim.model.located import LocatedMap, mark_of, part_at
from sim.model.model import DurationClasses, SiteList
from sim.model.parameter import Band, Parameter, Series
from sim.model.spec import AGE_GROUP, CLASS, GEBIED, MONTH, SITE, Classes, ModelSpec, ParamSpec, Rule
from sim.model.structure import Spec, dotted
from sim.model.tables import Tables
from sim.model.units import SHARE, all_units, quantity_of_unit
from sim.model.values import MONTHS, ValueReader, read_classes

REST = "rest"
Keys = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A place in the files where a parameter may stand, and what stands there (None: nothing was written)."""

    keys: Keys
    rule: Rule
    written: ParamSpec | str | None
    sites: SiteList | None

    @property
    def path(self) -> str:
        return ".".join(self.keys)

    @property
    def is_rest(self) -> bool:
        """Whether it completes a group of shares to 1; elsewhere `rest` is a name like any other."""
        return self.written == REST and (self.keys[-1] == "share" or self.keys[-2] in ("urgency", "shares"))


class ParameterBuilder:
    """Builds all parameters of a spec; faults are added to the list of the load."""

    def __init__(self, spec: ModelSpec, root: LocatedMap, sites: Mapping[str, SiteList], tables: Tables, faults: list[Fault]) -> None:
        self.spec = spec
        self.root = root
        self.sites = sites
        self.tables = tables
        self.faults = faults
        self.names: dict[str, Sequence[str]] = {GEBIED: spec.gebieden, AGE_GROUP: spec.age_groups, MONTH: MONTHS}
        self.all_sites = tuple(dict.fromkeys(name for each in sites.values() for name in each.names))
        self.parameters: dict[str, Parameter] = {}
        self.classes: dict[str, DurationClasses] = {}
        self.unsound: set[str] = set()  # paths where something is written that could not be read

    def build(self) -> dict[str, Parameter]:
        for name, written in self.spec.parameters.items():
            self._shared(name, written)
        for place in places(self.spec, self.sites):
            if place.is_rest:
                continue
            parameter = self._parameter(place)
            if parameter is not None:
                self.parameters[place.path] = parameter
            elif place.written is not None:
                self.unsound.add(place.path)
        for keys, written in class_tables(self.spec):
            at = (*keys, "classes")
            found = read_classes(written, part_at(self.root, at), dotted(at), self.faults)
            if found is not None:
                self.classes[".".join(keys)] = found
        return self.parameters

    def _shared(self, name: str, written: ParamSpec) -> None:
        keys = ("parameters", name)
        quantity = quantity_of_unit(written.unit)
        if quantity is None:
            units = list(all_units())
            what = f"there is no unit {written.unit!r}"
            self._fault(what, (*keys, "unit"), f"the units are {listing(units, 30)}", nearest_name(written.unit, units))
            self.unsound.add(dotted(keys))
            return
        rule = Rule(quantity, frozenset((*CLASS, MONTH)))
        names = {**self.names, SITE: self.all_sites}
        parameter = self._read(keys, written, rule, names, self.faults, keys, None, None)
        if parameter is None:
            self.unsound.add(dotted(keys))
        else:
            self.parameters[parameter.path] = parameter

    def _parameter(self, place: Place) -> Parameter | None:
        if place.written is None:
            return self._neutral(place)
        names = dict(self.names)
        if place.sites is not None:
            names[SITE] = place.sites.names
        if isinstance(place.written, ParamSpec):
            return self._read(place.keys, place.written, place.rule, names, self.faults, place.keys, None, place.sites)
        name = place.written
        shared = self.spec.parameters.get(name)
        if shared is None:
            known = part_at(self.root, ("parameters",)) or {}
            if name not in known:
                nearest = nearest_name(name, map(str, known))
                mend = f"valid: {listing(map(str, known))}" if known else "write the parameter here, or add it to the map `parameters`"
                self._fault(f"there is no shared parameter {name!r}", place.keys, mend, nearest)
            return None
        if f"parameters.{name}" in self.unsound:
            return None
        found: list[Fault] = []
        parameter = self._read(place.keys, shared, place.rule, names, found, ("parameters", name), name, place.sites)
        for fault in found:
            self._fault(f"the shared parameter {name!r} does not fit here: {fault.what}", place.keys, fault.mend)
        return parameter

    def _read(
        self,
        keys: Keys,
        written: ParamSpec,
        rule: Rule,
        names: Mapping[str, Sequence[str]],
        faults: list[Fault],
        raw_at: Keys,
        shared: str | None,
        sites: SiteList | None,
    ) -> Parameter | None:
        raw = part_at(self.root, raw_at)
        tables = self.tables if faults is self.faults else Tables(self.tables.directory, faults)
        tables.read = self.tables.read
        values = ValueReader(dotted(keys), raw, names, tables, faults).read(written, rule.quantity, rule.dims)
        if values is None:
            return None
        return Parameter(
            path=dotted(keys),
            quantity=rule.quantity,
            written_unit=written.unit,
            factor=values.factor,
            kind=written.kind,
            source=written.source.strip(),
            range=values.band,
            by=values.by,
            values=values.series,
            shared=shared,
            sites=sites.name if sites is not None else None,
            allowed=scope_dims(rule, sites),
        )

    def _neutral(self, place: Place) -> Parameter | None:
        neutral = place.rule.neutral
        if neutral is None:
            return None
        quantity = place.rule.quantity
        return Parameter(
            path=place.path,
            quantity=quantity,
            written_unit=quantity.unit,
            factor=1.0,
            kind="derived",
            source="neutral",
            range=Band(neutral, neutral),
            values={(): Series.constant(neutral)},
            sites=place.sites.name if place.sites is not None else None,
            allowed=scope_dims(place.rule, place.sites),
        )

    def _fault(self, what: str, keys: Keys, mend: str, nearest: str | None = None) -> None:
        self.faults.append(Fault(what, *mark_of(self.root, keys), dotted(keys), nearest, mend))


def scope_dims(rule: Rule, sites: SiteList | None) -> frozenset[str]:
    """Dimensions an effect may be scoped to: calendar months are no scope, and sites need a list."""
    return rule.dims - {MONTH} - (frozenset() if sites is not None else {SITE})


def places(spec: ModelSpec, sites: Mapping[str, SiteList]) -> Iterator[Place]:
    """Every place for a parameter, shared ones excepted, written or with a neutral value."""
    yield from _walk(spec, (), None)
    for keys, part, of in _entities(spec, sites):
        yield from _walk(part, keys, of)
    for name, node in spec.nodes.items():
        for i, urgency in enumerate(reversed(spec.urgency)):
            if node.urgency is None or urgency not in node.urgency:
                share = 1.0 if node.urgency is None and i == 0 else 0.0
                of = sites_of(spec, sites, node.team)
                yield Place(("nodes", name, "urgency", urgency), Rule(SHARE, frozenset(CLASS), share), None, of)


def _entities(spec: ModelSpec, sites: Mapping[str, SiteList]) -> Iterator[tuple[Keys, Spec, SiteList | None]]:
    for name, listed in spec.sites.items():
        yield ("sites", name), listed, sites.get(name)
    for name, team in spec.teams.items():
        yield ("teams", name), team, sites_of(spec, sites, name)
    for name, node in spec.nodes.items():
        yield ("nodes", name), node, sites_of(spec, sites, node.team)
    for name, stream in spec.demand.items():
        yield ("demand", name), stream, None
    for name, supply in spec.supplies.items():
        yield ("supplies", name), supply, None
    for name, pool in spec.pools.items():
        yield ("pools", name), pool, None


def sites_of(spec: ModelSpec, sites: Mapping[str, SiteList], team: str | None) -> SiteList | None:
    owner = spec.teams.get(team) if team is not None else None
    return sites.get(owner.sites) if owner is not None and owner.sites is not None else None


def _walk(spec: Spec, keys: Keys, sites: SiteList | None) -> Iterator[Place]:
    unlimited = getattr(spec, "places", None) == "unlimited"
    for name, (rule, each) in _rules(type(spec)).items():
        value: Any = getattr(spec, name)
        if rule is not None and each:
            for key, inner in (value or {}).items():
                yield Place((*keys, name, key), rule, inner, sites)
        elif rule is not None:
            if not (name == "supplementary_places" and unlimited and value is None):
                yield Place((*keys, name), rule, value, sites)
        elif isinstance(spec, ModelSpec):
            continue
        elif isinstance(value, Spec):
            yield from _walk(value, (*keys, name), sites)
        elif isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, Spec):
                    yield from _walk(inner, (*keys, name, key), sites)


@cache
def _rules(cls: type[Spec]) -> dict[str, tuple[Rule | None, bool]]:
    """Per field its rule, and whether the rule is that of each value in a map."""
    return {name: _rule_of(info) for name, info in cls.model_fields.items()}


def _rule_of(info: FieldInfo) -> tuple[Rule | None, bool]:
    for mark in info.metadata:
        if isinstance(mark, Rule):
            return mark, False
    todo = [info.annotation]
    while todo:
        annotation = todo.pop()
        for mark in getattr(annotation, "__metadata__", ()):
            if isinstance(mark, Rule):
                return mark, True
        todo.extend(arg for arg in get_args(annotation) if get_args(arg) or hasattr(arg, "__metadata__"))
    return None, False


def class_tables(spec: ModelSpec) -> Iterator[tuple[Keys, Any]]:
    """Every distribution given by classes, with the keys of the distribution."""
    for name, node in spec.nodes.items():
        for field in ("stay", "interim", "patience"):
            dist = getattr(node, field)
            if isinstance(dist, Classes):
                yield ("nodes", name, field), dist.classes
