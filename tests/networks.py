"""Small networks of care for tests, written as plain Python and laid out as a ``Plan`` without a model file.

    queue = Network(
        teams=(Team("loket", places=2),),
        nodes=(Node("gesprek", team="loket", stay=Exponential(5.0), routes=(Route("klaar"),)),),
        streams=(Stream("aanmelding", to="gesprek", per_day=0.3),),
        months=24,
    )
    log = simulate(queue.plan(), seed=1)

Durations are days, rates persons per day. A *number* may stand anywhere: a float, a tuple with one value per month (the last one goes
on), ``PerAge`` or ``PerGebied``. A route to a name that is no node leads to an exit of that name.

``Scene`` puts hand-made persons in the place of the drawn ones, for worked examples to the tick.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date
from unittest import mock

import numpy as np
import pytest

import sim.engine
from sim.draws import persons as drawn_persons
from sim.draws.keyed import name_key
from sim.draws.persons import Persons
from sim.engine.visit_log import ENTRIES, EXTERNAL, NO_NEXT, NULL, OUTCOMES, WARM, VisitLog
from sim.plan import plan as p
from sim.plan.plan import TICKS_PER_DAY, TICKS_PER_YEAR, Clock, Money, Names, Norms, Plan

DAY = TICKS_PER_DAY
OLDEST = 15  # years spanned by the last, open age group


class Brief:
    """A representation that names only what differs from the default, so that a shrunk example reads well."""

    def __repr__(self) -> str:
        said = []
        for i, field in enumerate(fields(self)):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if i == 0 and field.default is MISSING:
                said.append(repr(value))
            elif field.default is MISSING or value != field.default:
                said.append(f"{field.name}={value!r}")
        return f"{type(self).__name__}({', '.join(said)})"


# numbers


@dataclass(frozen=True, repr=False)
class PerAge(Brief):
    """One number per age group, in order."""

    values: tuple[Number, ...]


@dataclass(frozen=True, repr=False)
class PerGebied(Brief):
    """One number per gebied, in order."""

    values: tuple[Number, ...]


@dataclass(frozen=True, repr=False)
class PerSite(Brief):
    """Places of a team at each of its sites, in order."""

    values: tuple[float | tuple[float, ...], ...]


Number = float | tuple[float, ...] | PerAge | PerGebied


# distributions of a duration, in days


@dataclass(frozen=True, repr=False)
class Fixed(Brief):
    mean: Number
    cap: Number | None = None


@dataclass(frozen=True, repr=False)
class Exponential(Brief):
    mean: Number
    cap: Number | None = None


@dataclass(frozen=True, repr=False)
class Lognormal(Brief):
    mean: Number
    cv: Number = 1.0
    cap: Number | None = None


@dataclass(frozen=True, repr=False)
class Classes(Brief):
    """Uniform within each class; ``upper`` are the upper bounds in days, the first class begins at 0."""

    upper: tuple[float, ...]
    share: tuple[float, ...]
    scale: Number = 1.0
    cap: Number | None = None


Duration = Fixed | Exponential | Lognormal | Classes


# the network


@dataclass(frozen=True, repr=False)
class Route(Brief):
    """``keep``: "until_start", "until_end" or None. ``remaining``: on return goes on with what was left of the stay."""

    to: str
    share: Number = 1.0
    keep: str | None = None
    remaining: bool = False
    keeps_on: bool = False
    name: str = ""  # "naar_<to>" when not given

    @property
    def called(self) -> str:
        return self.name or f"naar_{self.to}"


@dataclass(frozen=True, repr=False)
class Site(Brief):
    """``serves``: numbers of the gebieden; () serves all."""

    name: str
    serves: tuple[int, ...] = ()
    weight: Number = 1.0


@dataclass(frozen=True, repr=False)
class Team(Brief):
    """``places``: a number (at every site), ``PerSite``, or None for unlimited. With ``sites`` there is one team per site."""

    name: str
    places: Number | PerSite | None = None
    sites: tuple[Site, ...] = ()


@dataclass(frozen=True, repr=False)
class Warm(Brief):
    """Persons of one gebied and age group present at a node on the start date; ``elapsed`` is the mean wait so far, days."""

    in_care: int = 0
    waiting: int = 0
    elapsed: float = 30.0
    gebied: int = 0
    age: int = 0


@dataclass(frozen=True, repr=False)
class Node(Brief):
    """A step of care. Without ``team`` (and without a supply) its places are unlimited; ``urgency``: shares, most urgent first, () is all
    least urgent.
    """

    name: str
    stay: Duration | None = None
    routes: tuple[Route, ...] = ()
    team: str | None = None
    urgency: tuple[Number, ...] = ()
    promote_after: Number | None = None
    patience: Duration | None = None
    renege: tuple[Route, ...] = (Route("afgehaakt"),)
    age_limit: Number | None = None  # years
    aged_out: tuple[Route, ...] = (Route("te_oud"),)
    interim: Duration | None = None
    interim_routes: tuple[Route, ...] = ()
    warm: tuple[Warm, ...] = ()
    part: str = "keten"
    price: Number = 0.0  # euro per client-week
    contribution: Number = 0.0  # euro per client-week
    norm: float = 0.0  # days; 0 is no norm
    norm_to_end: bool = False


@dataclass(frozen=True, repr=False)
class Stream(Brief):
    """External demand: Poisson arrivals at so many persons per day in every gebied and age group (or in the ones named)."""

    name: str
    to: str
    per_day: Number
    gebied: int | None = None
    age: int | None = None


@dataclass(frozen=True, repr=False)
class Supply(Brief):
    """Units per month, divided over nodes by shares; ``at`` gives exact ticks instead."""

    name: str
    shares: tuple[tuple[str, Number], ...]
    units: Number = 0.0
    at: tuple[int, ...] = ()


@dataclass(frozen=True, repr=False)
class Pool(Brief):
    name: str
    nodes: tuple[str, ...]
    merge: Number = 0.0
    inflow: Number = 0.0
    within_gebied: bool = False


@dataclass(frozen=True, repr=False)
class Network(Brief):
    """All there is; ``plan()`` lays it out. Names are ordered as the compiler orders them: nodes, teams and routes by name."""

    nodes: tuple[Node, ...]
    streams: tuple[Stream, ...] = ()
    teams: tuple[Team, ...] = ()
    supplies: tuple[Supply, ...] = ()
    pools: tuple[Pool, ...] = ()
    months: int = 12
    start: date = date(2019, 1, 1)
    urgencies: tuple[str, ...] = ("hoog", "normaal")
    gebieden: tuple[str, ...] = ("stad",)
    age_from: tuple[int, ...] = (0,)  # years at which the groups begin

    def plan(self) -> Plan:
        """The network as a plan; ``ValueError`` for one that cannot run."""
        return _Layout(self).plan()

    def changed(self, node: str = "", team: str = "", stream: str = "", **values: object) -> Network:
        """A copy in which one node, team or stream has other values."""
        return replace(
            self,
            nodes=tuple(replace(n, **values) if n.name == node else n for n in self.nodes),
            teams=tuple(replace(t, **values) if t.name == team else t for t in self.teams),
            streams=tuple(replace(s, **values) if s.name == stream else s for s in self.streams),
        )


class _Rows:
    """Distinct rows [months] and their numbers."""

    def __init__(self, network: Network) -> None:
        self.months = network.months
        self.gebieden, self.ages = len(network.gebieden), len(network.age_from)
        self.rows: list[tuple[float, ...]] = []

    def series(self, value: Number, gebied: int = 0, age: int = 0) -> tuple[float, ...]:
        """Monthly values of a number for one class."""
        while isinstance(value, PerAge | PerGebied):
            value = value.values[age if isinstance(value, PerAge) else gebied]
        monthly = value if isinstance(value, tuple) else (value,)
        return tuple(float(monthly[min(m, len(monthly) - 1)]) for m in range(self.months))

    def one(self, value: Number, factor: float = 1.0) -> int:
        return self._add(tuple(x * factor for x in self.series(value)))

    def classes(self, value: Number, factor: float = 1.0) -> list[int]:
        """Row per gebied x age group."""
        return [
            self._add(tuple(x * factor for x in self.series(value, gebied, age)))
            for gebied in range(self.gebieden)
            for age in range(self.ages)
        ]

    def _add(self, row: tuple[float, ...]) -> int:
        if row not in self.rows:
            self.rows.append(row)
        return self.rows.index(row)


@dataclass(frozen=True)
class _At:
    """A node kind or a team at one site."""

    kind: str
    site: Site | None

    @property
    def name(self) -> str:
        return f"{self.kind}@{self.site.name}" if self.site else self.kind


class _Layout:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.rows = _Rows(network)
        self.node = {node.name: node for node in network.nodes}
        self.kinds = sorted(self.node)
        self.team = {team.name: team for team in network.teams}
        self.supplied = {node for supply in network.supplies for node, _ in supply.shares}
        self._check()
        lonely = [_At(node.name, None) for node in network.nodes if node.team is None]
        teams = [_At(team.name, site) for team in network.teams for site in team.sites or (None,)] + lonely
        self.teams = sorted(teams, key=lambda at: at.name)
        self.team_number = {at.name: i for i, at in enumerate(self.teams)}
        self.nodes = sorted((_At(n.name, site) for n in network.nodes for site in self._sites(n)), key=lambda at: at.name)
        self.routes = sorted({route.called for node in network.nodes for group in self._groups(node) for route in group})
        self.exits = sorted({r.to for node in network.nodes for group in self._groups(node) for r in group} - set(self.kinds))

    def _sites(self, node: Node) -> tuple[Site | None, ...]:
        return (self.team[node.team].sites if node.team else ()) or (None,)

    @staticmethod
    def _groups(node: Node) -> tuple[tuple[Route, ...], ...]:
        """Routes of each group, in the order of the plan; groups without their clock are empty."""
        return (
            node.routes,
            node.renege if node.patience else (),
            node.aged_out if node.age_limit is not None else (),
            node.interim_routes if node.interim else (),
        )

    def _check(self) -> None:
        network = self.network
        for node in network.nodes:
            if node.team is not None and node.team not in self.team:
                raise ValueError(f"{node.name}: no team {node.team!r}")
            if node.name in self.supplied and node.team is not None:
                raise ValueError(f"{node.name} has a team and a supply")
            if node.name in self.supplied and any(route.keep for group in self._groups(node) for route in group):
                raise ValueError(f"{node.name}: a unit of supply is used up and cannot be kept")
            wanted = ("routes", True), ("renege", node.patience), ("aged_out", node.age_limit is not None), ("interim_routes", node.interim)
            for (group, needed), routes in zip(wanted, self._groups(node), strict=True):
                if needed and not routes:
                    raise ValueError(f"{node.name}: no {group}")
        for team in network.teams:
            served = {g for site in team.sites for g in site.serves or range(len(network.gebieden))}
            if team.sites and len(served) < len(network.gebieden):
                raise ValueError(f"team {team.name}: its sites do not serve every gebied")
        for stream in network.streams:
            if stream.to not in self.node:
                raise ValueError(f"stream {stream.name}: no node {stream.to!r}")
        self._refuse_instant_cycles()

    def _refuse_instant_cycles(self) -> None:
        """Somebody could go round for ever within one tick: through nodes without stay, or ageing out again and again."""
        instant: dict[str, set[str]] = {}
        for node in self.network.nodes:
            at_once = (node.routes if node.stay is None else ()) + (node.aged_out if node.age_limit is not None else ())
            instant[node.name] = {route.to for route in at_once if route.to in self.node}
        for first in instant:
            seen: set[str] = set()
            todo = list(instant[first])
            while todo:
                name = todo.pop()
                if name == first:
                    raise ValueError(f"{first}: a cycle that takes no time")
                if name not in seen:
                    seen.add(name)
                    todo.extend(instant[name])

    def plan(self) -> Plan:
        network = self.network
        edges = [years * TICKS_PER_YEAR for years in network.age_from]
        ages = [f"{a}-{b - 1}" for a, b in zip(network.age_from, network.age_from[1:], strict=False)] + [f"{network.age_from[-1]}+"]
        parts = sorted({node.part for node in network.nodes})
        first = network.start.year * 12 + network.start.month - 1
        dates = [date(m // 12, m % 12 + 1, 1) for m in range(first, first + network.months + 1)]
        self.months = [(d - network.start).days * TICKS_PER_DAY for d in dates]
        self.tables: dict[object, int] = {}
        self.table_start, self.table_p, self.table_q = [0], [], []  # type: ignore[var-annotated]
        never = self.rows.classes(p.NEVER)
        substreams = self._substreams(ages)
        columns = dict(
            names=Names(
                nodes=tuple(at.name for at in self.nodes),
                kinds=tuple(self.kinds),
                teams=tuple(at.name for at in self.teams),
                sites=tuple(at.site.name if at.site else "" for at in self.teams),
                team_kinds=tuple(at.kind for at in self.teams),
                gebieden=network.gebieden,
                ages=tuple(ages),
                urgencies=network.urgencies,
                parts=tuple(parts),
                exits=tuple(self.exits),
                routes=tuple(self.routes),
                streams=tuple(s[0] for s in substreams),
                pools=tuple(sorted(pool.name for pool in network.pools)),
            ),
            start=network.start,
            months=np.array(self.months, np.int64),
            node_kind=_i32([self.kinds.index(at.kind) for at in self.nodes]),
            node_team=_i32([self._team_of(at) for at in self.nodes]),
            node_part=_i32([parts.index(self.node[at.kind].part) for at in self.nodes]),
            node_gebied=_i32([at.site.serves[0] if at.site and len(at.site.serves) == 1 else -1 for at in self.nodes]),
            kind_key=_u64([name_key(f"node:{kind}") for kind in self.kinds]),
            stay=self._clock("stay"),
            interim=self._clock("interim"),
            patience=self._clock("patience"),
            table_start=_i32(self.table_start),
            table_p=np.array(self.table_p, np.float64),
            table_q=np.array(self.table_q, np.float64),
            promote_row=_i32(
                [never if (after := self._of(at).promote_after) is None else self.rows.classes(after, DAY) for at in self.nodes]
            ),
            age_limit_row=_i32(
                [
                    self.rows.one(p.NEVER) if (limit := self._of(at).age_limit) is None else self.rows.one(limit, TICKS_PER_YEAR)
                    for at in self.nodes
                ]
            ),
            urgency_row=np.stack([self._urgency(self._of(at)) for at in self.nodes]),
            urgency_key=_u64([name_key(f"urgency:{u}") for u in network.urgencies]),
            site_group_key=_u64([name_key(f"sites:{self._site_group(kind)}") for kind in self.kinds]),
            **self._site_columns(),
            **self._route_columns(),
            places=self._places(),
            is_supply=np.array([at.kind in self.supplied for at in self.teams], np.bool_),
            **self._supply_columns(),
            **self._pool_columns(),
            stream_key=_u64([s[1] for s in substreams]),
            stream_gebied=_i32([s[2] for s in substreams]),
            stream_age=_i32([s[3] for s in substreams]),
            stream_kind=_i32([s[4] for s in substreams]),
            stream_rate=np.array([s[5] for s in substreams], np.float64).reshape(len(substreams), network.months),
            age_from=np.array(edges, np.int64),
            age_to=np.array([*edges[1:], edges[-1] + OLDEST * TICKS_PER_YEAR], np.int64),
            warm=self._warm(ages),
            money=self._money(),
            norms=Norms(
                np.array([self.node[k].norm_to_end for k in self.kinds], np.bool_),
                np.array([round(self.node[k].norm * DAY) for k in self.kinds], np.int64),
            ),
        )
        return Plan(rows=np.array(self.rows.rows, np.float64), **columns)  # type: ignore[arg-type]

    def _of(self, at: _At) -> Node:
        return self.node[at.kind]

    def _team_of(self, at: _At) -> int:
        team = self._of(at).team or at.kind
        return self.team_number[_At(team, at.site).name]

    def _site_group(self, kind: str) -> str:
        team = self.node[kind].team
        return team if team and self.team[team].sites else kind

    def _clock(self, field: str) -> Clock:
        kinds, a_rows, b_rows, caps, tables = [], [], [], [], []
        rows = self.rows
        for at in self.nodes:
            d: Duration | None = getattr(self._of(at), field)
            kind, a, b, table = p.NO_STAY, rows.classes(0.0), rows.classes(0.0), -1
            if isinstance(d, Fixed | Exponential):
                kind, a = (p.FIXED if isinstance(d, Fixed) else p.EXPONENTIAL), rows.classes(d.mean, DAY)
            elif isinstance(d, Lognormal):
                kind, a, b = p.LOGNORMAL, self._medians(d), self._sigmas(d)
            elif isinstance(d, Classes):
                kind, a, table = p.CLASSES, rows.classes(d.scale), self._table(d)
            kinds.append(kind)
            a_rows.append(a)
            b_rows.append(b)
            caps.append(rows.classes(float("inf")) if d is None or d.cap is None else rows.classes(d.cap, DAY))
            tables.append(table)
        return Clock(np.array(kinds, np.int8), _i32(a_rows), _i32(b_rows), _i32(caps), _i32(tables))

    def _per_class(self, formula: object, *numbers: Number) -> list[int]:
        out = []
        for gebied in range(self.rows.gebieden):
            for age in range(self.rows.ages):
                series = [self.rows.series(n, gebied, age) for n in numbers]
                out.append(self.rows._add(tuple(formula(*month) for month in zip(*series, strict=True))))  # type: ignore[operator]
        return out

    def _medians(self, d: Lognormal) -> list[int]:
        return self._per_class(lambda mean, cv: mean * DAY / (1.0 + cv * cv) ** 0.5, d.mean, d.cv)

    def _sigmas(self, d: Lognormal) -> list[int]:
        return self._per_class(lambda cv: float(np.sqrt(np.log1p(cv * cv))), d.cv)

    def _table(self, d: Classes) -> int:
        key = d.upper, d.share
        if key not in self.tables:
            self.tables[key] = len(self.tables)
            total = sum(d.share)
            self.table_p += [0.0, *(sum(d.share[: i + 1]) / total for i in range(len(d.share)))]
            self.table_q += [0.0, *(days * DAY for days in d.upper)]
            self.table_start.append(len(self.table_p))
        return self.tables[key]

    def _urgency(self, node: Node) -> p.I32:
        count = len(self.network.urgencies)
        shares = node.urgency or (0.0,) * (count - 1) + (1.0,)
        return _i32([self.rows.classes(share) for share in shares]).T

    def _site_columns(self) -> dict[str, object]:
        starts, nodes, weights, keys = [0], [], [], []
        for kind in self.kinds:
            for gebied in range(len(self.network.gebieden)):
                for i, at in enumerate(self.nodes):
                    if at.kind == kind and (at.site is None or not at.site.serves or gebied in at.site.serves):
                        nodes.append(i)
                        weights.append(self.rows.one(at.site.weight if at.site else 1.0))
                        keys.append(name_key(f"site:{at.site.name if at.site else ''}"))
                starts.append(len(nodes))
        return {"site_start": _i32(starts), "site_node": _i32(nodes), "site_weight_row": _i32(weights), "site_key": _u64(keys)}

    def _route_columns(self) -> dict[str, object]:
        starts, all_routes = [0], []
        for kind in self.kinds:
            for group in self._groups(self.node[kind]):
                all_routes += sorted(group, key=lambda route: route.called)
                starts.append(len(all_routes))
        keep = {None: p.KEEP_NONE, "until_start": p.KEEP_UNTIL_START, "until_end": p.KEEP_UNTIL_END}
        return {
            "route_start": _i32(starts),
            "route_name": _i32([self.routes.index(r.called) for r in all_routes]),
            "route_key": _u64([name_key(f"route:{r.called}") for r in all_routes]),
            "route_to": _i32([self.kinds.index(r.to) if r.to in self.node else -(self.exits.index(r.to) + 1) for r in all_routes]),
            "route_keep": np.array([keep[r.keep] for r in all_routes], np.int8),
            "route_remaining": np.array([r.remaining for r in all_routes], np.int8),
            "route_keeps_on": np.array([r.keeps_on for r in all_routes], np.int8),
            "route_share_row": _i32([self.rows.classes(r.share) for r in all_routes]).reshape(len(all_routes), -1),
        }

    def _places(self) -> p.I64:
        out = np.full((len(self.teams), self.network.months), p.UNLIMITED, np.int64)
        for t, at in enumerate(self.teams):
            if at.kind in self.supplied:
                out[t] = 0
                continue
            team = self.team.get(at.kind)
            if team is None or team.places is None:
                continue
            number = team.places
            if isinstance(number, PerSite):
                number = number.values[team.sites.index(at.site)]  # type: ignore[arg-type]
            out[t] = np.floor(np.array(self.rows.series(number)) + 0.5).astype(np.int64)
        return out

    def _supply_columns(self) -> dict[str, object]:
        ticks: list[int] = []
        where: list[int] = []
        for supply in self.network.supplies:
            shares = {node: np.array(self.rows.series(share)) for node, share in supply.shares}
            total = sum(shares.values())
            for node, share in shares.items():
                team = self.team_number[node]
                ticks += supply.at
                where += [team] * len(supply.at)
                divided = np.array(self.rows.series(supply.units)) * share / np.where(total > 0, total, 1.0)
                whole = np.floor(np.cumsum(divided) + 1e-9)
                for month, n in enumerate(np.diff(whole, prepend=0.0).astype(int).tolist()):
                    begin, length = self.months[month], self.months[month + 1] - self.months[month]
                    ticks += [begin + (2 * k + 1) * length // (2 * n) for k in range(n)]
                    where += [team] * n
        order = np.lexsort((where, ticks)) if ticks else np.zeros(0, np.int64)
        return {"supply_tick": np.array(ticks, np.int64)[order], "supply_team": np.array(where, np.int32)[order]}

    def _pool_columns(self) -> dict[str, object]:
        pools = sorted(self.network.pools, key=lambda pool: pool.name)
        team_of = [self._team_of(at) for at in self.nodes]
        own = [[i for i, t in enumerate(team_of) if t == team] for team in range(len(self.teams))]
        serves = [[(i, i, True) for i in mine] for mine in own]
        team_pool = np.full(len(self.teams), -1, np.int32)
        everywhere = tuple(range(len(self.network.gebieden)))
        reach = [set((at.site.serves if at.site else ()) or everywhere) for at in self.nodes]
        for number, pool in enumerate(pools):
            members = [i for i, at in enumerate(self.nodes) if at.kind in pool.nodes]
            for team in sorted({team_of[i] for i in members}):
                if team_pool[team] >= 0:
                    raise ValueError(f"team {self.teams[team].name} is in two pools")
                team_pool[team] = number
                for asked in members:
                    far = pool.within_gebied and not reach[asked] & reach[own[team][0]]
                    if team_of[asked] == team or far:
                        continue
                    alike = [i for i in own[team] if self.nodes[i].kind == self.nodes[asked].kind] or [i for i in own[team] if i in members]
                    serves[team].append((asked, alike[0], False))
        flat = [row for rows in serves for row in rows]
        months = self.network.months

        def switch(field: str) -> object:
            return np.array([self.rows.series(getattr(pool, field)) for pool in pools]).reshape(len(pools), months) >= 0.5

        return {
            "team_pool": team_pool,
            "serve_start": np.cumsum([0, *(len(rows) for rows in serves)]).astype(np.int32),
            "serve_asked": _i32([row[0] for row in flat]),
            "serve_as": _i32([row[1] for row in flat]),
            "serve_own": np.array([row[2] for row in flat], np.bool_),
            "pool_merge": switch("merge"),
            "pool_inflow": switch("inflow"),
        }

    def _substreams(self, ages: list[str]) -> list[tuple[str, int, int, int, int, tuple[float, ...]]]:
        out = []
        for stream in sorted(self.network.streams, key=lambda s: s.name):
            for g, gebied in enumerate(self.network.gebieden):
                for a, age in enumerate(ages):
                    rate = self.rows.series(stream.per_day, g, a)
                    if max(rate) > 0 and stream.gebied in (None, g) and stream.age in (None, a):
                        key = name_key(f"stream:{stream.name}|{gebied}|{age}")
                        out.append((stream.name, key, g, a, self.kinds.index(stream.to), rate))
        return out

    def _warm(self, ages: list[str]) -> p.Warm:
        cohorts = [(kind, warm) for kind in self.kinds for warm in self.node[kind].warm if warm.in_care + warm.waiting]
        return p.Warm(
            kind=_i32([self.kinds.index(kind) for kind, _ in cohorts]),
            gebied=_i32([w.gebied for _, w in cohorts]),
            age=_i32([w.age for _, w in cohorts]),
            in_care=np.array([w.in_care for _, w in cohorts], np.int64),
            waiting=np.array([w.waiting for _, w in cohorts], np.int64),
            elapsed=np.array([int(w.elapsed * DAY) for _, w in cohorts], np.int64),
            key=_u64([name_key(f"warm:{kind}|{self.network.gebieden[w.gebied]}|{ages[w.age]}") for kind, w in cohorts]),
        )

    def _money(self) -> Money:
        return Money(
            price_row=_i32([self.rows.classes(self._of(at).price) for at in self.nodes]),
            contribution_row=_i32([self.rows.classes(self._of(at).contribution) for at in self.nodes]),
            team_cost=np.zeros((len(self.teams), self.network.months)),
            measure_names=(),
            measure_cost=np.zeros((0, self.network.months)),
        )


def _i32(values: object) -> p.I32:
    return np.ascontiguousarray(np.array(values, np.int32))


def _u64(values: list[int]) -> p.U64:
    return np.array(values, np.uint64)


def small_city() -> Network:
    """A network in which every rule of the semantics is at work: about 3,000 visits in three years, 0.2 s on the reference engine."""
    wijkteams = (Site("noord 1", (0,), weight=2.0), Site("noord 2", (0,)), Site("oost", (1,)), Site("zuid", (2,)))
    aanbieders = (Site("p"), Site("q", weight=3.0), Site("r", (0, 2)))
    return Network(
        nodes=(
            Node(
                "vraag", stay=Exponential(20.0), team="wijkteam", patience=Exponential(150.0), promote_after=45.0,
                urgency=(0.1, PerGebied((0.3, 0.2, 0.3)), PerGebied((0.6, 0.7, 0.6))),
                warm=(Warm(in_care=8, waiting=6), Warm(in_care=5, age=2), Warm(waiting=4, gebied=2, age=1)),
                routes=(
                    Route("basis", 0.3), Route("ambulant", PerAge((0.5, 0.5, 0.0))), Route("loket", PerAge((0.0, 0.0, 0.5))),
                    Route("opvang", 0.1), Route("zelfredzaam", 0.1),
                ),
            ),
            Node(
                "basis", stay=Classes((91.0, 183.0, 365.0), (0.5, 0.3, 0.2)), team="wijkteam", urgency=(0.0, 0.5, 0.5),
                routes=(Route("terugval", 0.4), Route("zelfredzaam", 0.6)),
            ),
            Node(
                "ambulant", stay=Lognormal(120.0, 0.8), team="aanbieder", warm=(Warm(in_care=20), Warm(in_care=10, age=1)),
                age_limit=18, aged_out=(Route("loket", 0.3), Route("achttien", 0.7)),
                patience=Lognormal(200.0, 1.0), renege=(Route("huisarts", 0.5), Route("vraag", 0.5)),
                routes=(Route("zelfredzaam", 0.7), Route("terugval", 0.3)),
            ),
            Node("loket", stay=Fixed(10.0), team="loket", routes=(Route("wmo", 0.8), Route("zelfredzaam", 0.2))),
            Node(
                "wmo", stay=Lognormal(400.0, 0.5), interim=Fixed(150.0), routes=(Route("loket", 0.6, keep="until_end"), Route("wlz", 0.4)),
                interim_routes=(
                    Route("loket", 0.7, keep="until_end", remaining=True, name="herindicatie"), Route("opvang", 0.3, keeps_on=True),
                ),
                warm=(Warm(in_care=15, age=2), Warm(in_care=15, gebied=1, age=2)),
            ),
            Node(
                "opvang", stay=Exponential(60.0, cap=(180.0, 90.0)), team="opvang", patience=Fixed(50.0),
                routes=(Route("woning", 0.7, keep="until_start"), Route("zelfredzaam", 0.3)),
            ),
            Node("woning", routes=(Route("terugval", 0.2), Route("zelfredzaam", 0.8)), patience=Exponential(300.0)),
            Node("terugval", stay=Exponential(300.0), routes=(Route("vraag"),), warm=(Warm(in_care=10, age=2),)),
        ),
        streams=(
            Stream("huisarts", to="vraag", per_day=PerAge((0.10, (0.10,) * 12 + (0.14,), 0.15))),
            Stream("verwijzing", to="ambulant", per_day=0.06, age=1),
        ),
        teams=(
            Team("wijkteam", places=PerSite((7.0, (4.0,) * 12 + (2.0,) * 6 + (5.0,), 12.0, 11.0)), sites=wijkteams),
            Team("aanbieder", places=PerSite((12.0, 14.0, 3.0)), sites=aanbieders),
            Team("loket", places=4),
            Team("opvang", places=(6.0,) * 18 + (4.0,)),
        ),
        supplies=(Supply("woningen", (("woning", 1.0),), units=(2.0, 1.0, 1.5)),),
        pools=(
            Pool("knooppunt", ("vraag",), inflow=(0.0,) * 20 + (1.0,), within_gebied=True),
            Pool("tafel", ("ambulant",), merge=(0.0,) * 9 + (1.0,)),
        ),
        months=36, urgencies=("crisis", "hoog", "normaal"), gebieden=("noord", "oost", "zuid"), age_from=(0, 12, 18),
    )  # fmt: skip


# worked examples


@dataclass(frozen=True, repr=False)
class Arrival(Brief):
    """Somebody who arrives at a tick; ``id`` orders ties. ``birth`` is a tick (negative: before the start)."""

    id: int
    tick: int
    to: str
    birth: int = -40 * TICKS_PER_YEAR
    gebied: int = 0


@dataclass(frozen=True, repr=False)
class Present(Brief):
    """Somebody present at the start: in care until ``end``, or waiting (``end`` None) since ``arrive``, until ``deadline``."""

    id: int
    at: str  # a node, with its site
    end: int | None = None
    arrive: int = -1
    deadline: int | None = None
    birth: int = -40 * TICKS_PER_YEAR
    gebied: int = 0


Somebody = Arrival | Present


def persons(plan: Plan, people: Sequence[Somebody]) -> Persons:
    """Hand-made persons as the engines take them, sorted by id."""
    people = sorted(people, key=lambda who: who.id)
    node = [plan.names.nodes.index(who.at) if isinstance(who, Present) else -1 for who in people]
    kind = [
        plan.names.kinds.index(who.to) if isinstance(who, Arrival) else int(plan.node_kind[n]) for who, n in zip(people, node, strict=True)
    ]
    return Persons(
        id=np.array([who.id for who in people], np.uint64),
        birth=np.array([who.birth for who in people], np.int64),
        gebied=_i32([who.gebied for who in people]),
        kind=_i32(kind),
        arrive=np.array([who.tick if isinstance(who, Arrival) else who.arrive for who in people], np.int64),
        entry=np.array([EXTERNAL if isinstance(who, Arrival) else WARM for who in people], np.int8),
        node=_i32(node),
        end=np.array([who.end if isinstance(who, Present) and who.end is not None else -1 for who in people], np.int64),
        deadline=np.array([who.deadline if isinstance(who, Present) and who.deadline is not None else -1 for who in people], np.int64),
    )


@contextmanager
def these_persons(people: Persons) -> Iterator[None]:
    """Let every engine find these persons instead of drawing them."""
    packages = pkgutil.walk_packages(sim.engine.__path__, "sim.engine.")
    modules = [importlib.import_module(found.name) for found in packages]  # before patching: none may bind the stand-in for good
    asking = [module for module in (*modules, drawn_persons) if hasattr(module, "draw_persons")]
    patches = [mock.patch.object(module, "draw_persons", return_value=people) for module in asking]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


@dataclass(frozen=True)
class Seen:
    """One row of a visit log, with names for numbers and None for a time that has not come."""

    person: int
    asked: str
    arrive: int
    start: int | None
    end: int | None
    release: int | None
    outcome: str
    next: str | None
    served: str | None
    team: str | None
    entry: str
    urgency: str | None  # at the start
    urgency_arrival: str


def rows_of(plan: Plan, log: VisitLog) -> list[Seen]:
    """A visit log for reading, in its own order."""
    names = plan.names

    def tick(value: int) -> int | None:
        return None if value == NULL else int(value)

    def name(among: Sequence[str], number: int) -> str | None:
        return None if number < 0 else among[number]

    def where(number: int) -> str | None:
        if number == NO_NEXT:
            return None
        return names.kinds[number] if number >= 0 else names.exits[-number - 1]

    return [
        Seen(
            person=int(log.person[i]),
            asked=names.nodes[log.asked[i]],
            arrive=int(log.arrive[i]),
            start=tick(log.start[i]),
            end=tick(log.end[i]),
            release=tick(log.release[i]),
            outcome=OUTCOMES[log.outcome[i]],
            next=where(int(log.next[i])),
            served=name(names.nodes, log.served[i]),
            team=name(names.teams, log.team[i]),
            entry=ENTRIES[log.entry[i]],
            urgency=name(names.urgencies, log.urgency_start[i]),
            urgency_arrival=names.urgencies[log.urgency_arrival[i]],
        )
        for i in range(len(log))
    ]


@dataclass(frozen=True)
class Scene:
    """A network with hand-made persons: ``play`` runs it and returns the visits of each person, by id, in order."""

    network: Network
    people: tuple[Somebody, ...]

    def play(self, engine: str = "simpy", seed: int = 1) -> dict[int, list[Seen]]:
        plan = self.network.plan()
        with these_persons(persons(plan, self.people)):
            rows = rows_of(plan, sim.engine.simulate(plan, seed, engine))
        return {who.id: [row for row in rows if row.person == who.id] for who in self.people}


def ticks(number: int) -> Fixed:
    """A fixed duration of so many ticks."""
    return Fixed(number / DAY)


def month(network: Network, number: int) -> int:
    """Tick at which a month of the network begins; month 0 begins at 0."""
    return int(network.plan().months[number])


each_engine = pytest.mark.parametrize("engine", sim.engine.ENGINES)
