"""``compile_plan``: a model and a scenario become one plan of flat arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sim.draws.keyed import effect_uniform, name_key
from sim.model import Model
from sim.plan import plan as p
from sim.plan.demand import compile_demand, compile_warm
from sim.plan.money import compile_money, compile_norms
from sim.plan.plan import TICKS_PER_DAY, TICKS_PER_YEAR, Clock, Names, Plan
from sim.plan.rows import ClassRows, RowStore, as_given, in_ticks
from sim.plan.structure import GROUPS, Structure, lay_out
from sim.plan.teams import compile_places, compile_pools, compile_supply
from sim.scenario import Draw, Resolved, Scenario, resolve

I32 = NDArray[np.int32]

DISTRIBUTIONS = {"fixed": p.FIXED, "exponential": p.EXPONENTIAL, "lognormal": p.LOGNORMAL, "classes": p.CLASSES}
KEEPS = {None: p.KEEP_NONE, "until_start": p.KEEP_UNTIL_START, "until_end": p.KEEP_UNTIL_END}
OPEN_GROUP_YEARS = 15  # birth dates in the oldest, open age group are spread over so many years; see docs/semantics.md, rule 11


@dataclass(frozen=True)
class Scene:
    """What every part of the compilation reads."""

    model: Model
    resolved: Resolved
    base: Resolved  # the same months without any scenario: fixes what `rest` means
    structure: Structure
    store: RowStore
    rows: ClassRows
    months: tuple[date, ...]
    ticks: NDArray[np.int64]  # [M + 1]

    def given(self, path: str) -> bool:
        return path in self.model.parameters


def month_starts(start: date, until: date) -> tuple[date, ...]:
    """Firsts of the months from ``start`` up to and without ``until``."""
    first, last = start.year * 12 + start.month - 1, until.year * 12 + until.month - 1
    return tuple(date(m // 12, m % 12 + 1, 1) for m in range(first, last))


def compile_plan(
    model: Model,
    scenario: Scenario | None = None,
    *,
    start: date | None = None,
    until: date | None = None,
    effect_draw: int | Draw | None = None,
) -> Plan:
    """Resolve ``scenario`` on ``model`` and lay it out as a plan.

    ``effect_draw`` chooses a draw of the effects from their bands (0, 1, ...), or says for each (measure, path) at which probability of its
    band it stands (None: at its mode); None takes every effect at its mode. Raises ``InputError``.
    """
    start, until = start or model.start, until or model.until
    months = month_starts(start, until)
    ticks = np.array([(d - start).days * TICKS_PER_DAY for d in (*months, until)], np.int64)
    resolved = resolve(model, scenario, months, effects_at(effect_draw))
    base = resolve(model, None, months, None)
    store = RowStore(len(months))
    scene = Scene(model, resolved, base, lay_out(model), store, ClassRows(resolved, store, model.gebieden, model.age_groups), months, ticks)
    return _assemble(scene, start)


def effects_at(effect_draw: int | Draw | None) -> Draw | None:
    """Where effects stand in their bands, from a number of a draw or a function of one's own."""
    if not isinstance(effect_draw, int):
        return effect_draw
    number = effect_draw

    def draw(measure: str, path: str) -> float:
        return effect_uniform(measure, path, number)

    return draw


def _assemble(scene: Scene, start: date) -> Plan:
    model, structure = scene.model, scene.structure
    spec = model.spec
    nodes, kinds = structure.nodes, structure.kinds
    gebieden = list(model.gebieden)
    site_groups = [spec.teams[t].sites if (t := spec.nodes[k].team) else None for k in kinds]

    tables = _ClassTables()
    clocks = {field: _clock(scene, field, tables) for field in ("stay", "interim", "patience")}
    demand = compile_demand(scene)
    supply_tick, supply_team = compile_supply(scene)
    places = compile_places(scene)
    edges = [years * TICKS_PER_YEAR for years in model.age_edges]
    age_to = [*edges[1:], edges[-1] + OPEN_GROUP_YEARS * TICKS_PER_YEAR]
    parts = list(model.parts)
    names = Names(
        nodes=tuple(node.name for node in nodes),
        kinds=kinds,
        teams=tuple(team.name for team in structure.teams),
        sites=tuple(team.site for team in structure.teams),
        team_kinds=tuple(team.kind or team.node for team in structure.teams),
        gebieden=tuple(gebieden),
        ages=tuple(model.age_groups),
        urgencies=tuple(model.urgencies),
        parts=tuple(parts),
        exits=structure.exits,
        routes=structure.routes,
        streams=demand.names,
        pools=tuple(sorted(spec.pools)),
        exit_kinds=tuple(spec.exits[name].kind for name in structure.exits),
    )
    promote = [
        scene.rows.of(in_ticks, f"nodes.{n.kind}.promote_after", site=n.site)
        if scene.given(f"nodes.{n.kind}.promote_after") else scene.rows.constant(p.NEVER)
        for n in nodes
    ]  # fmt: skip
    limits = {
        kind: scene.store.add(scene.resolved.value(f"nodes.{kind}.age_limit") * TICKS_PER_YEAR)
        if scene.given(f"nodes.{kind}.age_limit") else scene.store.add(p.NEVER)
        for kind in kinds
    }  # fmt: skip
    columns = dict(
        names=names,
        start=start,
        months=scene.ticks,
        node_kind=_i32([structure.kind(n.kind) for n in nodes]),
        node_team=_i32([n.team for n in nodes]),
        node_part=_i32([parts.index(spec.nodes[n.kind].part) for n in nodes]),
        node_gebied=_i32([gebieden.index(n.serves[0]) if n.site and len(n.serves) == 1 else -1 for n in nodes]),
        kind_key=_u64([name_key(f"node:{kind}") for kind in kinds]),
        **clocks,
        table_start=_i32(tables.start),
        table_p=np.array(tables.p, np.float64),
        table_q=np.array(tables.q, np.float64),
        promote_row=np.stack(promote),
        age_limit_row=_i32([limits[n.kind] for n in nodes]),
        urgency_row=np.stack([_urgency(scene, n.kind, n.site) for n in nodes]),
        urgency_key=_u64([name_key(f"urgency:{u}") for u in model.urgencies]),
        site_group_key=_u64([name_key(f"sites:{group or kind}") for group, kind in zip(site_groups, kinds, strict=True)]),
        **_site_columns(scene, site_groups),
        **_route_columns(scene),
        places=places,
        is_supply=np.array([bool(team.node) and spec.nodes[team.node].supply is not None for team in structure.teams], np.bool_),
        supply_tick=supply_tick,
        supply_team=supply_team,
        **compile_pools(scene),
        **demand.columns,
        age_from=np.array(edges, np.int64),
        age_to=np.array(age_to, np.int64),
        warm=compile_warm(scene, np.array(edges, np.int64)),
        money=compile_money(scene, places),
        norms=compile_norms(scene),
    )
    return Plan(rows=scene.store.stack(), **columns)  # type: ignore[arg-type]


def _i32(values: list[int]) -> I32:
    return np.array(values, np.int32)


def _u64(values: list[int]) -> NDArray[np.uint64]:
    return np.array(values, np.uint64)


class _ClassTables:
    """Quantile tables of duration classes, one per distinct table."""

    def __init__(self) -> None:
        self.start = [0]
        self.p: list[float] = []
        self.q: list[float] = []
        self._known: dict[tuple[tuple[float, ...], tuple[float, ...]], int] = {}

    def add(self, upper_days: tuple[float, ...], share: tuple[float, ...]) -> int:
        key = (upper_days, share)
        if key not in self._known:
            self._known[key] = len(self._known)
            total = math.fsum(share)
            self.p += [0.0, *(math.fsum(share[: i + 1]) / total for i in range(len(share)))]
            self.q += [0.0, *(days * TICKS_PER_DAY for days in upper_days)]
            self.start.append(len(self.p))
        return self._known[key]


def _clock(scene: Scene, field: str, tables: _ClassTables) -> Clock:
    """A duration of every node: see ``Clock`` for what a and b mean per distribution."""
    kinds, a_rows, b_rows, caps, table_numbers = [], [], [], [], []
    zero, endless = scene.rows.constant(0.0), scene.rows.constant(float(p.NEVER))
    for node in scene.structure.nodes:
        dist = getattr(scene.model.spec.nodes[node.kind], field)
        if dist is None or dist == "none":
            kinds.append(p.NO_STAY)
            a_rows.append(zero)
            b_rows.append(zero)
            caps.append(endless)
            table_numbers.append(-1)
            continue
        path = f"nodes.{node.kind}.{field}"
        scale = f"{path}.scale"
        kind, table, b = DISTRIBUTIONS[dist.distribution], -1, zero
        if kind == p.CLASSES:
            classes = scene.model.classes[path]
            upper, share = classes.upper, classes.share
            table = tables.add(upper, share)
            a = scene.rows.of(as_given, scale, site=node.site)
        elif kind == p.LOGNORMAL:
            a = scene.rows.of(_lognormal_median, f"{path}.mean", f"{path}.cv", scale, site=node.site)
            b = scene.rows.of(_lognormal_sigma, f"{path}.cv", site=node.site)
        else:
            a = scene.rows.of(_scaled_mean, f"{path}.mean", scale, site=node.site)
        cap = f"{path}.cap"
        kinds.append(kind)
        a_rows.append(a)
        b_rows.append(b)
        caps.append(scene.rows.of(in_ticks, cap, site=node.site) if scene.given(cap) else endless)
        table_numbers.append(table)
    return Clock(np.array(kinds, np.int8), np.stack(a_rows), np.stack(b_rows), np.stack(caps), _i32(table_numbers))


def _scaled_mean(mean: p.F64, scale: p.F64) -> p.F64:
    """Ticks."""
    return mean * scale * TICKS_PER_DAY


def _lognormal_sigma(cv: p.F64) -> p.F64:
    """Standard deviation of the logarithm."""
    return np.asarray(np.sqrt(np.log1p(cv * cv)))


def _lognormal_median(mean: p.F64, cv: p.F64, scale: p.F64) -> p.F64:
    """Median in ticks: mean / exp(sigma^2 / 2) with sigma^2 = ln(1 + cv^2)."""
    return np.asarray(mean * scale * TICKS_PER_DAY / np.sqrt(1.0 + cv * cv))


def _urgency(scene: Scene, kind: str, site: str) -> I32:
    """Rows [C, U]; a node without urgency shares gives everybody the last class."""
    shares = scene.model.spec.nodes[kind].urgency
    columns = []
    for i, urgency in enumerate(scene.model.urgencies):
        if not shares:
            columns.append(scene.rows.constant(float(i == len(scene.model.urgencies) - 1)))
        elif urgency in shares:
            columns.append(scene.rows.of(as_given, f"nodes.{kind}.urgency.{urgency}", site=site))
        else:
            columns.append(scene.rows.constant(0.0))
    return np.stack(columns, axis=1)


def _site_columns(scene: Scene, site_groups: list[str | None]) -> dict[str, object]:
    starts, nodes, weights, keys = [0], [], [], []
    nodes_of = scene.structure.nodes_by_kind()
    for kind, group in zip(scene.structure.kinds, site_groups, strict=True):
        serving: dict[str, list[int]] = {gebied: [] for gebied in scene.model.gebieden}
        weight, key = {}, {}
        for i in nodes_of[kind]:
            site = scene.structure.nodes[i].site
            weight[i] = scene.store.add(scene.resolved.value(f"sites.{group}.weight", site=site) if group else 1.0)
            key[i] = name_key(f"site:{site}")
            for gebied in scene.structure.nodes[i].serves:
                serving[gebied].append(i)
        for mine in serving.values():
            nodes += mine
            weights += [weight[i] for i in mine]
            keys += [key[i] for i in mine]
            starts.append(len(nodes))
    return {
        "site_start": _i32(starts), "site_node": _i32(nodes), "site_weight_row": _i32(weights), "site_key": _u64(keys),
    }  # fmt: skip


def _route_columns(scene: Scene) -> dict[str, object]:
    structure = scene.structure
    starts, names, to, keep, remaining, keeps_on, shares = [0], [], [], [], [], [], []
    for kind in structure.kinds:
        node = scene.model.spec.nodes[kind]
        for group in GROUPS:
            routes = getattr(node, group) or {}
            for name in sorted(routes):
                route = routes[name]
                names.append(structure.routes.index(name))
                to.append(structure.kind(route.to) if route.to in structure.kinds else -(structure.exits.index(route.to) + 1))
                keep.append(KEEPS[route.keep])
                remaining.append(route.on_return == "remaining")
                keeps_on.append(bool(route.keeps_on))
                shares.append(scene.rows.of(as_given, f"nodes.{kind}.{group}.{name}.share"))
            starts.append(len(names))
    classes = len(scene.model.gebieden) * len(scene.model.age_groups)
    return {
        "route_start": _i32(starts),
        "route_name": _i32(names),
        "route_key": _u64([name_key(f"route:{structure.routes[i]}") for i in names]),
        "route_to": _i32(to),
        "route_keep": np.array(keep, np.int8),
        "route_remaining": np.array(remaining, np.int8),
        "route_keeps_on": np.array(keeps_on, np.int8),
        "route_share_row": np.stack(shares) if shares else np.zeros((0, classes), np.int32),
    }
