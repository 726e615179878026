"""A plan as the kernel wants it: records in exactly the types it was compiled for, whatever arrays the plan came with."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.draws import keyed
from sim.draws.persons import LAYER_HEIGHT, MOST_IN_A_LAYER, _layer_counts
from sim.engine.compiled.records import (
    BUCKET,
    CHUNK,
    FREE_CHUNK,
    FREE_LINE,
    FREE_PERSON,
    FREE_VISIT,
    LIKELY_NEXT,
    LIST,
    LOGGED,
    LONGEST,
    NODE,
    NONE,
    OPEN,
    POOL,
    PROMOTE_ROW,
    QUEUE,
    ROUTE,
    SCALARS,
    SERVE,
    SHIFT,
    SITE,
    STOPPED,
    STREAM,
    SUM_LINE,
    TEAM,
    URGENCY_ROW,
    City,
    Tables,
    Timeline,
)  # fmt: skip
from sim.engine.visit_totals import KERNEL_ORDER, Years
from sim.plan.plan import TICKS_PER_DAY, Plan

MOST_BUCKETS = 1 << 13

Records = NDArray[Any]


def as_type(values: Any, dtype: Any) -> NDArray[Any]:
    """A contiguous, writable array of exactly this type; the same array if it is one already."""
    return np.require(values, dtype, ["C", "W", "A"])


def check(plan: Plan) -> None:
    """Raise ``ValueError`` for a plan beyond what the kernel's records can hold."""
    if plan.horizon >= LONGEST or int(plan.age_to.max(initial=0)) >= LONGEST:
        raise ValueError(f"the compiled engine counts up to {LONGEST // (366 * TICKS_PER_DAY)} years; use the engine 'simpy'")
    classes = len(plan.names.gebieden) * plan.n_ages
    if max(len(plan.names.nodes), classes, len(plan.names.urgencies) << 8, len(plan.names.kinds) << 2) >= 2**15:
        raise ValueError(
            "the compiled engine holds at most 8,191 kinds of node, 32,767 nodes and client classes and 127 urgencies; "
            "use the engine 'simpy'"
        )


@lru_cache(maxsize=1)
def tables_of(plan: Plan) -> Tables:
    """What does not change over time; kept for the next replication."""
    helper_start, helper = _helpers(plan)
    row, profile = _rows(plan)
    row, row_class = _alike(row, axis=1)
    share_row, share_class = _alike(plan.route_share_row.reshape(len(plan.route_to), -1).T, axis=0)
    return Tables(
        node=_nodes(plan, helper_start, profile),
        row=row,
        row_class=row_class,
        kind_key=_kind_keys(plan),
        urgency_key=as_type(plan.urgency_key, np.uint64),
        site=_records(SITE, len(plan.site_node), key=plan.site_key, node=plan.site_node, weight_row=plan.site_weight_row),
        site_start=as_type(plan.site_start, np.uint32),
        route=_records(
            ROUTE, len(plan.route_to), key=plan.route_key, to=plan.route_to, name=plan.route_name, keep=plan.route_keep,
            remaining=plan.route_remaining, keeps_on=plan.route_keeps_on,
        ),
        route_start=as_type(plan.route_start, np.uint32),
        share_row=share_row,
        share_class=share_class,
        serve=_records(SERVE, len(plan.serve_asked), asked=plan.serve_asked, served=plan.serve_as, own=plan.serve_own),
        helper=helper,
        table_start=as_type(plan.table_start, np.uint32),
        table_p=as_type(plan.table_p, np.float64),
        table_q=as_type(plan.table_q, np.float64),
        age_to=as_type(plan.age_to, np.int64),
    )  # fmt: skip


@lru_cache(maxsize=1)
def timeline_of(plan: Plan) -> Timeline:
    """What changes from month to month; months first, so that a month lies together. Kept for the next replication."""
    months, streams = plan.n_months, len(plan.stream_key)
    age = plan.stream_age
    stream = _records(
        STREAM, streams, key=plan.stream_key, youngest=plan.age_from[age], span=plan.age_to[age] - plan.age_from[age],
        gebied=plan.stream_gebied, kind=plan.stream_kind,
    )  # fmt: skip
    pools = len(plan.pool_merge)
    return Timeline(
        start=as_type(plan.months, np.int64),
        year=as_type(Years.of(plan).boundaries, np.int64),
        calendar=plan.start.year * 12 + plan.start.month - 1 + np.arange(months, dtype=np.int64),
        values=as_type(plan.rows.T, np.float64),
        places=as_type(plan.places.T, np.int64),
        merged=as_type(plan.pool_merge.reshape(pools, months).T, np.int8),
        inflow=as_type(plan.pool_inflow.reshape(pools, months).T, np.int8),
        rate=as_type(plan.stream_rate.reshape(streams, months).T, np.float64),
        points=_points_in_a_layer(plan),
        supply_tick=as_type(plan.supply_tick, np.int64),
        supply_team=as_type(plan.supply_team, np.int64),
        stream=stream,
    )


def empty_city(plan: Plan, logged: bool) -> City:
    """Nobody anywhere. With a log no room for sums."""
    classes = 0 if logged else len(plan.names.gebieden) * plan.n_ages
    nodes, teams, urgencies = len(plan.names.nodes), len(plan.names.teams), len(plan.names.urgencies)
    scalar = np.zeros(SCALARS, np.int64)
    scalar[[FREE_VISIT, FREE_PERSON, FREE_LINE, FREE_CHUNK, OPEN, LIKELY_NEXT]] = NONE
    scalar[LOGGED] = logged
    while plan.horizon >> int(scalar[SHIFT]) > MOST_BUCKETS:
        scalar[SHIFT] += 1
    return City(
        scalar=scalar,
        team=_records(
            TEAM, teams, pool=plan.team_pool, serves=plan.serve_start[:-1], serves_end=plan.serve_start[1:], is_supply=plan.is_supply
        ),
        pool=np.zeros(len(plan.pool_merge), POOL),
        list=_records(LIST, 2 * nodes, root=NONE),
        queue=_records(QUEUE, (2 * nodes, urgencies), front=NONE, back=NONE),
        bucket=_records(BUCKET, (plan.horizon >> int(scalar[SHIFT])) + 1, chunk=NONE, held=CHUNK - 1),
        slot=np.full((nodes, classes), NONE, np.int32),
        sum=by_cache_line(nodes * classes * SUM_LINE, np.int64).reshape(-1, SUM_LINE),
        yearly=np.zeros((len(KERNEL_ORDER), len(Years.of(plan).labels) * nodes * classes), np.int64),
    )


def most_arrivals(plan: Plan) -> int:
    """More people than can come from outside in a month; room for them costs nothing before it is written to."""
    layers = np.ceil(plan.stream_rate / LAYER_HEIGHT).sum(axis=0).max(initial=0.0)
    return int(layers) * MOST_IN_A_LAYER + 1


def by_cache_line(n: int, dtype: Any) -> Records:
    """``n`` zeros or empty records, of which the first begins a line of the cache, of 64 bytes."""
    size = n * np.dtype(dtype).itemsize
    room = np.zeros(size + 64, np.int8)
    first = -room.ctypes.data % 64
    return room[first : first + size].view(dtype)


def _records(dtype: np.dtype[Any], n: int | tuple[int, int], **fields: Any) -> Records:
    records = np.zeros(n, dtype)
    for name, values in fields.items():
        records[name] = values
    return records


def _nodes(plan: Plan, helper_start: NDArray[np.uint32], profile: NDArray[np.uint32]) -> Records:
    clocks = (plan.stay, plan.interim, plan.patience)
    return _records(
        NODE, len(plan.node_kind), kind=plan.node_kind, team=plan.node_team, age_limit_row=plan.age_limit_row, profile=profile,
        urgency=_same_urgency(plan), helpers=helper_start[:-1], helpers_end=helper_start[1:],
        within=np.minimum(plan.norms.within, STOPPED)[plan.node_kind], to_end=plan.norms.to_end[plan.node_kind],
        clock=np.stack([clock.kind for clock in clocks], axis=1), table=np.stack([clock.table for clock in clocks], axis=1),
    )  # fmt: skip


def _rows(plan: Plan) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """[profile, class, field]: rows of the three clocks, of promotion and of the urgencies, once for all nodes alike; and each node's."""
    rows = np.zeros((*plan.promote_row.shape, URGENCY_ROW + len(plan.urgency_key)), np.int32)
    for i, clock in enumerate((plan.stay, plan.interim, plan.patience)):
        rows[:, :, 3 * i] = clock.a_row
        rows[:, :, 3 * i + 1] = clock.b_row
        rows[:, :, 3 * i + 2] = clock.cap_row
    rows[:, :, PROMOTE_ROW] = plan.promote_row
    rows[:, :, URGENCY_ROW:] = plan.urgency_row
    return _alike(rows, axis=0)


def _alike(rows: NDArray[Any], axis: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The rows with what is alike along an axis once, so that they fit the cache; and which of them each is."""
    known: dict[bytes, int] = {}
    which = [known.setdefault(each.tobytes(), len(known)) for each in np.moveaxis(rows, axis, 0)]
    _, first = np.unique(which, return_index=True)
    return as_type(rows.take(first, axis), np.uint32), np.array(which, np.uint32)


def _same_urgency(plan: Plan) -> NDArray[np.int64]:
    """The urgency of everybody at a node in every month, or NONE."""
    most, least = plan.rows.max(axis=1), plan.rows.min(axis=1)
    always = ((least >= 1.0) & (most <= 1.0))[plan.urgency_row].all(axis=1)  # [node, urgency]: everybody has it
    seldom = (most < 1.0)[plan.urgency_row].all(axis=1)
    one = (always.sum(axis=1) == 1) & (always | seldom).all(axis=1)
    return as_type(np.where(one, always.argmax(axis=1), NONE), np.int64)


def _kind_keys(plan: Plan) -> NDArray[np.uint64]:
    """[node kind, decision]; the decisions as the kernel numbers them, then the key of the sites."""
    decisions = (keyed.URGENCY, keyed.STAY, *keyed.ROUTE, keyed.INTERIM_CLOCK, keyed.PATIENCE)
    kinds = as_type(plan.kind_key, np.uint64)
    keys = [keyed.combine_array(kinds, np.uint64(decision)) for decision in decisions]
    return as_type(np.stack([*keys, plan.site_group_key], axis=1), np.uint64)


def _helpers(plan: Plan) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Teams that may serve each node, in order of team."""
    teams = np.repeat(np.arange(len(plan.names.teams)), np.diff(plan.serve_start))
    order = np.argsort(plan.serve_asked, kind="stable")
    start = np.searchsorted(plan.serve_asked[order], np.arange(len(plan.names.nodes) + 1))
    return as_type(start, np.uint32), as_type(teams[order], np.uint32)


def _points_in_a_layer(plan: Plan) -> NDArray[np.float64]:
    """Cumulative probabilities [M, points] of the number of points in a layer of each month."""
    days = (np.diff(plan.months) // TICKS_PER_DAY).tolist()
    table = {length: _layer_counts(length) for length in set(days)}
    return np.stack([table[length] for length in days]) if days else np.zeros((0, MOST_IN_A_LAYER))
