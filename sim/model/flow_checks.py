"""Where people can go: nobody may move in a circle without time passing, or arrive where no site serves their gebied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sim.errors import Fault, listing
from sim.model.located import LocatedMap, mark_of
from sim.model.model import SiteList
from sim.model.parameter import Parameter
from sim.model.shares import GROUPS
from sim.model.spec import ModelSpec


def check_flow(
    spec: ModelSpec, root: LocatedMap, sites: Mapping[str, SiteList], parameters: Mapping[str, Parameter], faults: list[Fault]
) -> None:
    """Add a fault for every circle of moves that take no time, and for every node that people of an unserved gebied can reach."""
    _check_circles(spec, root, parameters, faults)
    _check_served(spec, root, sites, parameters, faults)


def _check_circles(spec: ModelSpec, root: LocatedMap, parameters: Mapping[str, Parameter], faults: list[Fault]) -> None:
    limits = {name: _age_limit(parameters, name) for name in spec.nodes}
    told: set[frozenset[str]] = set()
    for age in [-1.0, *sorted({limit for limit in limits.values() if limit is not None})]:
        edges: dict[str, list[tuple[str, str]]] = {}
        for name, node in spec.nodes.items():
            limit = limits[name]
            reached = limit is not None and limit <= age
            group = "aged_out" if reached else "routes" if node.stay == "none" else None
            if group is not None:
                edges[name] = [(group, route.to) for route in (getattr(node, group) or {}).values() if route.to in spec.nodes]
        for circle in _circles(edges):
            if frozenset(circle) in told:
                continue
            told.add(frozenset(circle))
            group = edges[circle[0]][0][0]
            who = f" for persons of {age:g}" if age >= 0 else ""
            what = f"people can move in a circle without time passing{who}: {' -> '.join([*circle, circle[0]])}"
            at = ("nodes", circle[0], group)
            faults.append(Fault(what, *mark_of(root, at), ".".join(at), mend="give one of these nodes a stay, or change a route"))


def _age_limit(parameters: Mapping[str, Parameter], node: str) -> float | None:
    limit = parameters.get(f"nodes.{node}.age_limit")
    return None if limit is None else min(min(series.values) for series in limit.values.values())


def _circles(edges: Mapping[str, list[tuple[str, str]]]) -> Iterator[tuple[str, ...]]:
    """One circle through each node that lies on one, by depth-first search."""
    state: dict[str, int] = {}
    for first in edges:
        if state.get(first):
            continue
        path: list[str] = []
        todo: list[tuple[str, bool]] = [(first, True)]
        while todo:
            name, enter = todo.pop()
            if not enter:
                path.pop()
                state[name] = 2
            elif state.get(name) == 1:
                yield tuple(path[path.index(name) :])
            elif state.get(name) != 2:
                state[name] = 1
                path.append(name)
                todo.append((name, False))
                todo.extend((to, True) for _, to in edges[name] if to in edges)


def _check_served(
    spec: ModelSpec, root: LocatedMap, sites: Mapping[str, SiteList], parameters: Mapping[str, Parameter], faults: list[Fault]
) -> None:
    onward = {
        name: {route.to for group in GROUPS for route in (getattr(node, group) or {}).values() if route.to in spec.nodes}
        for name, node in spec.nodes.items()
    }
    arriving: dict[str, dict[str, tuple[str, ...]]] = {name: {} for name in spec.nodes}  # node -> gebied -> the way there
    todo = list(_origins(spec, parameters))
    while todo:
        name, gebied, way = todo.pop()
        if gebied not in arriving[name]:
            arriving[name][gebied] = way
            todo.extend((to, gebied, ("nodes", name)) for to in onward[name])
    for name, node in spec.nodes.items():
        team = spec.teams[node.team] if node.team is not None else None
        if team is None or team.sites is None:
            continue
        lost = [gebied for gebied in spec.gebieden if gebied in arriving[name] and not sites[team.sites].serving(gebied)]
        if lost:
            ways = sorted({".".join(arriving[name][gebied]) for gebied in lost})
            what = f"no site of {team.sites} serves {listing(lost)}, whose people come here from {listing(ways, 4)}"
            at = ("nodes", name, "team")
            mend = f"let a site of sites.{team.sites} serve {listing(lost, 4)}, or change the demand or the route"
            faults.append(Fault(what, *mark_of(root, at), ".".join(at[:2]), mend=mend))


def _origins(spec: ModelSpec, parameters: Mapping[str, Parameter]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every (node, gebied) people come to from outside or are at from the start, and where that is written."""
    population = parameters["population"]
    for name, stream in spec.demand.items():
        rate, factor = parameters[f"demand.{name}.rate"], parameters[f"demand.{name}.gebied_factor"]
        for gebied in spec.gebieden:
            if _some(factor, gebied) and any(_some(rate, gebied, age) and _some(population, gebied, age) for age in spec.age_groups):
                yield stream.to, gebied, ("demand", name, "to")
    for name, node in spec.nodes.items():
        spread = parameters.get(f"nodes.{name}.warm_start.gebied")
        for gebied in spec.gebieden if node.warm_start is not None else ():
            if (spread is None or _some(spread, gebied)) and any(_some(population, gebied, age) for age in spec.age_groups):
                yield name, gebied, ("nodes", name, "warm_start")


def _some(parameter: Parameter, gebied: str, age: str | None = None) -> bool:
    """Whether the parameter is ever above 0 for a gebied (any age group where none is named)."""
    at_gebied = parameter.by.index("gebied") if "gebied" in parameter.by else None
    at_age = parameter.by.index("age") if "age" in parameter.by and age is not None else None
    return any(
        max(series.values) > 0
        for key, series in parameter.values.items()
        if (at_gebied is None or key[at_gebied] == gebied) and (at_age is None or key[at_age] == age)
    )
