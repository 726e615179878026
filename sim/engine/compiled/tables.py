"""A plan in the types the kernel was compiled for, whatever arrays the plan came with (read-only, strided, of another width)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.draws import keyed
from sim.draws.persons import MOST_IN_A_LAYER, _layer_counts
from sim.engine.compiled.kernel import LONGEST, ClockTables, Tables
from sim.plan.plan import TICKS_PER_DAY, Clock, Plan

LEAST_BUCKETS, MOST_BUCKETS = 1 << 8, 1 << 16


def as_type(values: Any, dtype: Any) -> NDArray[Any]:
    """A contiguous, writable array of exactly this type; the same array if it is one already."""
    return np.require(values, dtype, ["C", "W", "A"])


def lay_out(plan: Plan) -> Tables:
    """The plan for the kernel. Raises ``ValueError`` for a plan beyond what it can hold."""
    if not 0 <= plan.horizon < LONGEST or int(plan.age_to.max(initial=0)) >= LONGEST:
        raise ValueError(f"the compiled engine counts up to {LONGEST // (366 * TICKS_PER_DAY)} years; use the engine 'simpy'")
    if max(len(plan.names.nodes), len(plan.names.gebieden), len(plan.names.urgencies) << 8) >= 2**15:
        raise ValueError("the compiled engine holds at most 32,767 nodes and gebieden and 127 urgencies; use the engine 'simpy'")
    i8, i32, i64, u64, f64, bools = np.int8, np.int32, np.int64, np.uint64, np.float64, np.bool_
    helper_start, helper_team = _helpers(plan)
    months = plan.n_months
    return Tables(
        months=as_type(plan.months, i64),
        values=as_type(plan.rows.T, f64),
        node_kind=as_type(plan.node_kind, i32),
        node_team=as_type(plan.node_team, i32),
        decision_key=_decision_keys(plan),
        stay=_clock(plan.stay),
        interim=_clock(plan.interim),
        patience=_clock(plan.patience),
        table_start=as_type(plan.table_start, i32),
        table_p=as_type(plan.table_p, f64),
        table_q=as_type(plan.table_q, f64),
        promote_row=as_type(plan.promote_row, i32),
        age_limit_row=as_type(plan.age_limit_row, i32),
        urgency_row=as_type(plan.urgency_row, i32),
        urgency_key=as_type(plan.urgency_key, u64),
        site_group_key=as_type(plan.site_group_key, u64),
        site_start=as_type(plan.site_start, i32),
        site_node=as_type(plan.site_node, i32),
        site_weight_row=as_type(plan.site_weight_row, i32),
        site_key=as_type(plan.site_key, u64),
        route_start=as_type(plan.route_start, i32),
        route_key=as_type(plan.route_key, u64),
        route_to=as_type(plan.route_to, i32),
        route_keep=as_type(plan.route_keep, i8),
        route_remaining=as_type(plan.route_remaining, i8),
        route_keeps_on=as_type(plan.route_keeps_on, i8),
        route_share_row=as_type(plan.route_share_row, i32),
        places=as_type(plan.places, i64),
        is_supply=as_type(plan.is_supply, bools),
        supply_tick=as_type(plan.supply_tick, i64),
        supply_team=as_type(plan.supply_team, i32),
        team_pool=as_type(plan.team_pool, i32),
        serve_start=as_type(plan.serve_start, i32),
        serve_asked=as_type(plan.serve_asked, i32),
        serve_as=as_type(plan.serve_as, i32),
        serve_own=as_type(plan.serve_own, bools),
        helper_start=helper_start,
        helper_team=helper_team,
        pool_merge=as_type(plan.pool_merge.reshape(-1, months), bools),
        pool_inflow=as_type(plan.pool_inflow.reshape(-1, months), bools),
        stream_key=as_type(plan.stream_key, u64),
        stream_gebied=as_type(plan.stream_gebied, i32),
        stream_age=as_type(plan.stream_age, i32),
        stream_kind=as_type(plan.stream_kind, i32),
        stream_rate=as_type(plan.stream_rate.reshape(-1, months), f64),
        layer_counts=_points_in_a_layer(plan),
        age_from=as_type(plan.age_from, i64),
        age_to=as_type(plan.age_to, i64),
        first_month=np.array([plan.start.year * 12 + plan.start.month - 1], i64),
    )


def bucket_shift(horizon: int) -> int:
    """Width of a bucket of the calendar, as a power of two ticks."""
    shift = 0
    while horizon >> shift > MOST_BUCKETS:
        shift += 1
    return shift


def _clock(clock: Clock) -> ClockTables:
    return ClockTables(
        kind=as_type(clock.kind, np.int8),
        a_row=as_type(clock.a_row, np.int32),
        b_row=as_type(clock.b_row, np.int32),
        cap_row=as_type(clock.cap_row, np.int32),
        table=as_type(clock.table, np.int32),
    )


def _decision_keys(plan: Plan) -> NDArray[np.uint64]:
    """[decision, node kind]; the decisions as the kernel numbers them."""
    decisions = (keyed.URGENCY, keyed.STAY, *keyed.ROUTE, keyed.INTERIM_CLOCK, keyed.PATIENCE)
    return np.stack([keyed.combine_array(as_type(plan.kind_key, np.uint64), np.uint64(d)) for d in decisions])


def _helpers(plan: Plan) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Teams that may serve each node, in order of team."""
    teams = np.repeat(np.arange(len(plan.names.teams)), np.diff(plan.serve_start))
    order = np.argsort(plan.serve_asked, kind="stable")
    start = np.searchsorted(plan.serve_asked[order], np.arange(len(plan.names.nodes) + 1))
    return as_type(start, np.int32), as_type(teams[order], np.int32)


def _points_in_a_layer(plan: Plan) -> NDArray[np.float64]:
    """Cumulative probabilities [M, points] of the number of points in a layer of each month."""
    days = (np.diff(plan.months) // TICKS_PER_DAY).tolist()
    table = {length: _layer_counts(length) for length in set(days)}
    return np.stack([table[length] for length in days]) if days else np.zeros((0, MOST_IN_A_LAYER))
