"""What the parts of a model mean together: names, references, dates and what belongs to what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sim.errors import Fault, listing, nearest_name
from sim.model.located import LocatedMap, mark_of, part_at
from sim.model.shares import GROUPS
from sim.model.spec import RESERVED, FteCost, FtePlaces, ModelSpec, Node, NumberPlaces, PlaceCost, Pool, Route, Team
from sim.model.structure import Structure, dotted

_CLOSED = re.compile(r"(\d{1,3})-(\d{1,3})\Z")
_OPEN = re.compile(r"(\d{1,3})\+\Z")
FIRST_YEAR, LAST_YEAR = 1900, 2200


def check_meaning(spec: ModelSpec, structure: Structure[ModelSpec], root: LocatedMap, faults: list[Fault]) -> tuple[int, ...]:
    """Add a fault for everything that contradicts something else; returns the lower bounds of the age groups in years."""
    checks = _Checks(spec, structure, root, faults)
    edges = checks.age_groups()
    checks.dates()
    checks.names()
    for name, team in spec.teams.items():
        checks.team(name, team)
    for name, node in spec.nodes.items():
        checks.node(name, node)
    for name, stream in spec.demand.items():
        at = ("demand", name)
        checks.reference((*at, "to"), stream.to, ("nodes",), "node")
        checks.reference((*at, "part"), stream.part, ("parts",), "part")
    for name in spec.supplies:
        checks.supply(name)
    for name, pool in spec.pools.items():
        checks.pool(name, pool)
    checks.pools_apart()
    checks.population()
    return edges


class _Checks:
    def __init__(self, spec: ModelSpec, structure: Structure[ModelSpec], root: LocatedMap, faults: list[Fault]) -> None:
        self.spec = spec
        self.structure = structure
        self.root = root
        self.faults = faults

    def fault(self, what: str, keys: Iterable[object], mend: str, nearest: str | None = None) -> None:
        keys = tuple(keys)
        self.faults.append(Fault(what, *mark_of(self.root, keys), dotted(keys), nearest, mend))

    def sound(self, *keys: str) -> bool:
        """Whether nothing within ``keys`` was cut away for a fault already told."""
        return not self.structure.is_damaged(*keys)

    def known(self, top: str) -> list[str]:
        """Names written under a top-level key, whether sound or not: a reference to a damaged part is no fault of its own."""
        part = part_at(self.root, (top,))
        return [str(key) for key in part] if isinstance(part, (dict, list)) else []

    def reference(self, keys: tuple[str, ...], name: str, tops: tuple[str, ...], noun: str) -> None:
        names = [known for top in tops for known in self.known(top)]
        if name not in names:
            nearest = nearest_name(name, names)
            mend = f"valid: {listing(names, 16)}" if names else f"add it under `{tops[0]}`"
            self.fault(f"there is no {noun} {name!r}", keys, mend, nearest)

    def age_groups(self) -> tuple[int, ...]:
        edges: list[int] = []
        following: int | None = 0
        for i, name in enumerate(self.spec.age_groups):
            at = ("age_groups", i)
            closed, opened = _CLOSED.match(name), _OPEN.match(name)
            if following is None:
                self.fault(f"the age group {name!r} comes after an open one", at, "write the open group, such as 80+, last")
                break
            match = closed or opened
            if match is None:
                self.fault(f"{name!r} is not an age group", at, 'write "0-11", and "80+" for the last')
                break
            low = int(match.group(1))
            if low != following:
                what = (
                    f"the age group {name!r} does not begin at {following}, where the one before ends"
                    if i
                    else f"the first age group {name!r} does not begin at 0"
                )
                self.fault(what, at, "make the age groups follow each other from 0, without gaps")
            edges.append(low)
            high = int(closed.group(2)) if closed else None
            if high is not None and high < low:
                self.fault(f"the age group {name!r} is turned around", at, f'write "{high}-{low}"')
                break
            following = None if high is None else high + 1
        else:
            if following is not None:
                self.fault("the last age group is not open", ("age_groups",), f'add the group "{following}+"')
        return tuple(edges)

    def dates(self) -> None:
        for key, day in (("start", self.spec.start), ("until", self.spec.until)):
            if not self.sound(key):
                continue
            if day.day != 1:
                self.fault(f"{day} is not the first of a month", (key,), f"write {day.replace(day=1)}")
            if not FIRST_YEAR <= day.year <= LAST_YEAR:
                self.fault(f"the year {day.year} lies outside {FIRST_YEAR} to {LAST_YEAR}", (key,), "correct the year")
        if self.sound("start") and self.sound("until") and self.spec.until <= self.spec.start:
            self.fault(f"the horizon {self.spec.until} does not come after the start {self.spec.start}", ("until",), "write a later date")

    def names(self) -> None:
        """Names that would be mixed up are refused: nodes and exits share a column in the visit log, and files may lose case."""
        for tops in (("nodes", "exits"), ("parts",), ("teams",), ("demand",)):
            self._distinct([((top, name), name) for top in tops for name in self.known(top)])
        for top in ("gebieden", "age_groups", "urgency"):
            listed = getattr(self.spec, top)
            self._distinct([((top, i), name) for i, name in enumerate(listed)])
            for i, name in enumerate(listed):
                if name.casefold() in RESERVED or any(sign in name for sign in "*|@") or name != name.strip():
                    self.fault(f"{name!r} cannot be a name here", (top, i), "use another name, without * | @ and spaces around it")

    def _distinct(self, named: list[tuple[tuple[object, ...], str]]) -> None:
        seen: dict[str, tuple[tuple[object, ...], str]] = {}
        for keys, name in sorted(named, key=lambda each: mark_of(self.root, each[0])):
            before = seen.setdefault(name.casefold(), (keys, name))
            if before[0] != keys:
                line = mark_of(self.root, before[0])[1]
                self.fault(
                    f"the name {name!r} is taken already, by {dotted(before[0])} on line {line}",
                    keys,
                    "give it a name that differs in more than capitals",
                )

    def team(self, name: str, team: Team) -> None:
        at = ("teams", name)
        if team.sites is not None:
            self.reference((*at, "sites"), team.sites, ("sites",), "sites-list")
        cost = team.cost
        if cost is not None:
            if cost.index is not None:
                self.reference((*at, "cost", "index"), cost.index, ("indices",), "index")
            if team.places == "unlimited":
                self.fault(
                    "costs per fte or place, but its places are unlimited",
                    (*at, "cost"),
                    "price the nodes per client-week, or give the team places",
                )
            elif isinstance(cost, FteCost) and isinstance(team.places, NumberPlaces):
                self.fault(
                    "costs per fte, but its places are a number", (*at, "cost", "per"), "write `per: place`, or give `fte` and `caseload`"
                )
            if isinstance(cost, FteCost) and (cost.hired_in is None) != (cost.hired_in_price is None) and self.sound(*at, "cost"):
                lacking = "hired_in_price" if cost.hired_in_price is None else "hired_in"
                self.fault(
                    f"has {'hired_in' if lacking == 'hired_in_price' else 'hired_in_price'} without {lacking}",
                    (*at, "cost"),
                    f"add `{lacking}:`",
                )
            if isinstance(cost, PlaceCost) and isinstance(team.places, FtePlaces):
                self.fault(
                    "costs per place, but its places come from fte", (*at, "cost", "per"), "write `per: fte`, or give a `number` of places"
                )
        if team.places == "unlimited" and team.supplementary_places is not None:
            self.fault("adds places to a team without a limit", (*at, "supplementary_places"), "leave it out, or give the team places")

    def node(self, name: str, node: Node) -> None:
        at = ("nodes", name)
        self.reference((*at, "part"), node.part, ("parts",), "part")
        if node.team is not None:
            self.reference((*at, "team"), node.team, ("teams",), "team")
        if node.supply is not None:
            self.reference((*at, "supply"), node.supply, ("supplies",), "supply")
            if node.team is not None:
                self.fault("has both a team and a supply", (*at, "supply"), "keep one of the two")
            supply = part_at(self.root, ("supplies", node.supply, "shares"))
            if isinstance(supply, dict) and name not in supply:
                self.fault(
                    f"the supply {node.supply!r} has no share for {name}", (*at, "supply"), f"add {name} to supplies.{node.supply}.shares"
                )
        if node.index is not None:
            self.reference((*at, "index"), node.index, ("indices",), "index")
            if node.price is None and self.sound(*at, "price"):
                self.fault("has an index without a price", (*at, "index"), "add `price:`, or leave the index out")
        team = self.spec.teams.get(node.team) if node.team is not None else None
        if node.price is not None and team is not None and team.cost is not None:
            what = f"is paid per client-week while its team {node.team} is paid per {team.cost.per}"
            self.fault(what, (*at, "price"), "keep the price of the node or the cost of the team, not both")
        self._pairs(at, node)
        for urgency in node.urgency or {}:
            if urgency not in self.spec.urgency:
                nearest = nearest_name(urgency, self.spec.urgency)
                self.fault(f"there is no urgency {urgency!r}", (*at, "urgency", urgency), f"valid: {listing(self.spec.urgency)}", nearest)
        for group in GROUPS:
            for route_name, route in (getattr(node, group) or {}).items():
                self._route((*at, group, route_name), route, group, node)
        warm = node.warm_start
        if warm is not None and self.sound(*at, "warm_start"):
            if warm.waiting is not None and warm.elapsed_wait is None:
                self.fault(
                    "says who waits but not how long already", (*at, "warm_start", "waiting"), "add `elapsed_wait:`, the mean wait so far"
                )
            if warm.elapsed_wait is not None and warm.waiting is None:
                self.fault(
                    "says how long people wait but not how many", (*at, "warm_start", "elapsed_wait"), "add `waiting:`, or leave it out"
                )
            if warm.in_care is not None and node.stay == "none":
                self.fault(
                    "has people in care at the start, but no stay", (*at, "warm_start", "in_care"), "leave it out, or give the node a stay"
                )
            limited = node.supply is not None or (team is not None and team.places != "unlimited")
            if warm.waiting is not None and not limited and (node.team is None or team is not None):
                self.fault(
                    "has people waiting at the start, but nobody waits for unlimited places",
                    (*at, "warm_start", "waiting"),
                    "leave it out, or give the node a team with places",
                )

    def _pairs(self, at: tuple[str, str], node: Node) -> None:
        """Keys that need each other."""
        for one, other in (("patience", "renege"), ("age_limit", "aged_out"), ("interim", "interim_routes")):
            has_one, has_other = getattr(node, one) is not None, getattr(node, other) is not None
            if has_one == has_other or not (self.sound(*at, one) and self.sound(*at, other)):
                continue
            written, lacking = (one, other) if has_one else (other, one)
            self.fault(f"has `{written}` without `{lacking}`", (*at, written), f"add `{lacking}:`, or leave `{written}` out")
        if node.interim is not None and node.stay == "none":
            self.fault("has an interim without a stay", (*at, "interim"), "give the node a stay, or leave the interim out")

    def _route(self, at: tuple[str, ...], route: Route, group: str, node: Node) -> None:
        self.reference((*at, "to"), route.to, ("nodes", "exits"), "node or exit")
        if route.keep is not None:
            if route.to in self.spec.exits:
                self.fault(
                    f"keeps a place for somebody who leaves to {route.to}", (*at, "keep"), "leave `keep` out; an exit releases every place"
                )
            if node.supply is not None:
                self.fault(
                    "keeps a unit of supply, which is used up", (*at, "keep"), "leave `keep` out, or give the node a team with places"
                )
            if group == "renege":
                self.fault(
                    "keeps a place that somebody who gave up never had",
                    (*at, "keep"),
                    "leave `keep` out; `keeps_on: true` keeps the place kept before",
                )
            if route.keeps_on:
                self.fault("keeps a new place and the one kept before; one place is kept at most", (*at, "keeps_on"), "keep one of the two")
        if route.on_return is not None and route.keep != "until_end":
            self.fault(
                "says what happens on return, but keeps no place until the end",
                (*at, "on_return"),
                "add `keep: until_end`, or leave it out",
            )
        if route.keeps_on and route.to in self.spec.exits:
            self.fault(
                f"keeps a place for somebody who leaves to {route.to}", (*at, "keeps_on"), "leave it out; an exit releases every place"
            )

    def supply(self, name: str) -> None:
        at = ("supplies", name)
        for node_name in self.spec.supplies[name].shares:
            keys = (*at, "shares", node_name)
            self.reference(keys, node_name, ("nodes",), "node")
            node = self.spec.nodes.get(node_name)
            if node is not None and node.supply != name and self.sound("nodes", node_name):
                self.fault(
                    f"the node {node_name} does not wait for this supply", keys, f"write `supply: {name}` at the node, or leave it out here"
                )

    def pool(self, name: str, pool: Pool) -> None:
        limits: dict[str, object] = {}
        for i, node_name in enumerate(pool.nodes):
            keys = ("pools", name, "nodes", i)
            names = self.known("nodes")
            if node_name not in names:
                self.fault(f"there is no node {node_name!r}", keys, f"valid: {listing(names, 16)}", nearest_name(node_name, names))
                continue
            node = self.spec.nodes.get(node_name)
            if node is None:
                continue
            if node.supply is not None:
                self.fault(f"the node {node_name} waits for a supply, which is shared already", keys, "pool nodes that have teams")
            elif node.team is None:
                self.fault(f"the node {node_name} has no team, so nobody waits there", keys, "pool nodes that have teams")
            limits[node_name] = part_at(self.root, ("nodes", node_name, "age_limit", "value")) or part_at(
                self.root, ("nodes", node_name, "age_limit")
            )
        if len({repr(limit) for limit in limits.values()}) > 1:
            told = ", ".join(f"{node}: {'none' if limit is None else limit}" for node, limit in limits.items())
            self.fault(
                f"the pooled nodes have different age limits ({told})", ("pools", name, "nodes"), "pool nodes with the same age limit"
            )

    def pools_apart(self) -> None:
        """A team belongs to one pool: it has one waiting list."""
        owner: dict[str, tuple[str, str]] = {}
        for name, pool in self.spec.pools.items():
            for i, node_name in enumerate(pool.nodes):
                node = self.spec.nodes.get(node_name)
                if node is None or node.team is None:
                    continue
                other, by = owner.setdefault(node.team, (name, node_name))
                if other != name:
                    self.fault(
                        f"the team {node.team} of {node_name} is in the pool {other} already, by {by}",
                        ("pools", name, "nodes", i),
                        "put a team in one pool",
                    )

    def population(self) -> None:
        """Persons per gebied and age group: one number for all would count everybody many times."""
        written = part_at(self.root, ("population",))
        name = written if isinstance(written, str) else None
        if name is not None:
            written = part_at(self.root, ("parameters", name))
        if not isinstance(written, Mapping) or not self.sound("population") or "table" in written:
            return
        by = written.get("by")
        for dim, names in (("gebied", self.spec.gebieden), ("age", self.spec.age_groups)):
            if len(names) > 1 and by != dim:
                self.fault(f"does not vary by {dim}", ("population",), "give a table with the columns gebied and age", None)
