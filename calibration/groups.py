"""The unknowns of a model in groups that a planner knows: demand, capacity, stay, ... of each part of the chain."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatch

from sim.experiment.ensemble import EFFECT
from sim.model import Model

SEVERAL = "several parts"
_FIELDS = {
    "routes": "shares of routes", "renege": "shares of routes", "aged_out": "shares of routes", "interim_routes": "shares of routes",
    "stay": "stay", "interim": "stay", "patience": "patience", "promote_after": "patience", "urgency": "urgency",
    "warm_start": "present at the start", "price": "price", "places": "capacity", "supplementary_places": "capacity", "cost": "price",
}  # fmt: skip


def groups_of(model: Model, names: Sequence[str]) -> tuple[str, ...]:
    """The group of each unknown, such as ``wijkteam: capacity``; effects of measures are grouped by the part they work on."""
    return tuple(_group(model, name) for name in names)


def _group(model: Model, name: str) -> str:
    if name.startswith(f"{EFFECT}:"):
        return f"{_part(model, name.split(':', 2)[2])}: effects of measures"
    path = name.partition("[")[0].partition("@")[0]
    kind, *rest = path.split(".")
    if kind == "demand":
        return f"{_part(model, path)}: demand"
    if kind in ("nodes", "teams"):
        return f"{_part(model, path)}: {_FIELDS.get(rest[1], rest[1].replace('_', ' '))}"
    if kind == "population":
        return "city: population"
    if kind == "indices":
        return "city: price indices"
    of = {"supplies": "supply of ", "sites": "sizes of providers, "}.get(kind, "")
    return f"city: {of}{rest[0]}"


def _part(model: Model, path: str) -> str:
    """The part of the chain a path belongs to; it may hold wildcards."""
    kind, _, rest = path.partition(".")
    wanted = rest.partition(".")[0]
    if kind == "nodes":
        found = {node.part for name, node in model.spec.nodes.items() if fnmatch(name, wanted)}
    elif kind == "demand":
        found = {stream.part for name, stream in model.spec.demand.items() if fnmatch(name, wanted)}
    else:
        found = {node.part for node in model.spec.nodes.values() if node.team is not None and fnmatch(node.team, wanted)}
    return found.pop() if len(found) == 1 else SEVERAL
