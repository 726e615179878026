"""Names and their order in a plan: nodes of each kind, teams, sites, pools. Index order is name order everywhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from sim.draws.keyed import name_key
from sim.errors import Fault, InputError
from sim.model import Model
from sim.model.spec import ModelSpec

GROUPS = ("routes", "renege", "aged_out", "interim_routes")  # in the order of plan.END, RENEGE, AGED_OUT, INTERIM


@dataclass(frozen=True)
class TeamAt:
    """A team of the model at one site ("" without sites), or the team of a node that has none of its own."""

    name: str
    kind: str  # name of the team in the model; "" for a node's own team
    site: str
    node: str  # the node whose own team this is; "" otherwise


@dataclass(frozen=True)
class NodeAt:
    """A node kind at one site."""

    name: str
    kind: str
    site: str
    serves: tuple[str, ...]  # gebieden
    team: int


@dataclass(frozen=True)
class Structure:
    """Everything that has an index in the plan."""

    kinds: tuple[str, ...]
    exits: tuple[str, ...]
    routes: tuple[str, ...]
    teams: tuple[TeamAt, ...]
    nodes: tuple[NodeAt, ...]

    def kind(self, name: str) -> int:
        return self.kinds.index(name)

    def nodes_by_kind(self) -> dict[str, list[int]]:
        """Indices of the nodes of each kind."""
        found: dict[str, list[int]] = {kind: [] for kind in self.kinds}
        for i, node in enumerate(self.nodes):
            found[node.kind].append(i)
        return found


def at_site(name: str, site: str) -> str:
    """Name of a node or team at a site."""
    return f"{name}@{site}" if site else name


_laid_out: deque[tuple[ModelSpec, Structure]] = deque(maxlen=4)  # a fit lays out one and the same chain many times


def lay_out(model: Model) -> Structure:
    """Order nodes, teams and routes by name and place every node kind at the sites of its team."""
    for spec, structure in _laid_out:
        if spec is model.spec:
            return structure
    structure = _lay_out(model)
    _laid_out.append((model.spec, structure))
    return structure


def _lay_out(model: Model) -> Structure:
    spec = model.spec
    teams: list[TeamAt] = []
    for name, team in spec.teams.items():
        sites = [site.name for site in model.sites[team.sites].members] if team.sites else [""]
        teams += [TeamAt(at_site(name, site), name, site, "") for site in sites]
    teams += [TeamAt(name, "", "", name) for name, node in spec.nodes.items() if node.team is None]
    teams.sort(key=lambda team: team.name)
    number = {team.name: i for i, team in enumerate(teams)}

    nodes: list[NodeAt] = []
    for kind, node in spec.nodes.items():
        team_kind = node.team
        sites_list = spec.teams[team_kind].sites if team_kind else None
        if sites_list:
            assert team_kind is not None
            nodes += [
                NodeAt(at_site(kind, site.name), kind, site.name, tuple(site.serves), number[at_site(team_kind, site.name)])
                for site in model.sites[sites_list].members
            ]
        else:
            nodes.append(NodeAt(kind, kind, "", tuple(model.gebieden), number[team_kind or kind]))
    nodes.sort(key=lambda node: node.name)

    routes = {route for node in spec.nodes.values() for group in GROUPS for route in (getattr(node, group) or {})}
    kinds, exits = tuple(sorted(spec.nodes)), tuple(sorted(spec.exits))
    refuse_collisions(
        {"node": kinds, "route": routes, "stream": spec.demand, "site": [s.name for x in model.sites.values() for s in x.members]}
    )
    return Structure(kinds, exits, tuple(sorted(routes)), tuple(teams), tuple(nodes))


def refuse_collisions(names: dict[str, Iterable[str]]) -> None:
    """Two names with one 64-bit hash would share their luck; raise ``InputError`` instead."""
    seen: dict[int, str] = {}
    for sort, group in names.items():
        for name in group:
            full = f"{sort}:{name}"
            other = seen.setdefault(name_key(full), full)
            if other != full:
                raise InputError(
                    [Fault(f"the names {other} and {full} have the same hash", "model", None, full, None, "rename one of them")]
                )
