"""Who is present on the start date (rule 11 of the semantics).

In care: the stay is drawn from the length-biased distribution (who is met in care on a given day is more likely to have a long stay), of which
a uniform share has elapsed. Waiting: arrivals uniform over twice the mean elapsed wait, patience conditional on exceeding it. Birth dates are
conditional on the age limit of the node. Distributions enter as tables of ``POINTS`` weighted quantiles, fine in the upper tail, so that any
shape and cap is served alike.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.draws import keyed
from sim.draws.keyed import combine_array, uniform_array
from sim.engine.visit_log import WARM
from sim.plan.plan import CLASSES, EXPONENTIAL, FIXED, LOGNORMAL, NO_STAY, Clock, Plan

POINTS: Final = 4096

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]


@lru_cache(maxsize=1)
def _grid() -> tuple[F64, F64, F64]:
    """Probabilities 1 - w^4 for even w (a length-biased draw lives in the tail), their complements, and the weight of each."""
    w = 1.0 - (np.arange(POINTS) + 0.5) / POINTS
    weight = w**3
    return 1.0 - w**4, w**4, weight / weight.sum()


def duration_table(plan: Plan, clock: Clock, node: int, client_class: int, month: int = 0) -> F64:
    """Ascending quantiles [POINTS] in ticks of a node's duration for one class, cap included, to be weighted by ``_grid``; zero without the clock."""
    u, complement, _ = _grid()
    a = plan.rows[clock.a_row[node, client_class], month]
    b = plan.rows[clock.b_row[node, client_class], month]
    cap = plan.rows[clock.cap_row[node, client_class], month]
    kind = int(clock.kind[node])
    if kind == NO_STAY:
        return np.zeros(POINTS)
    if kind == FIXED:
        quantiles = np.full(POINTS, a)
    elif kind == EXPONENTIAL:
        quantiles = -a * np.log(complement)
    elif kind == LOGNORMAL:
        quantiles = a * np.exp(b * -ndtri(complement))
    else:
        assert kind == CLASSES
        table = int(clock.table[node])
        span = slice(int(plan.table_start[table]), int(plan.table_start[table + 1]))
        quantiles = a * np.interp(u, plan.table_p[span], plan.table_q[span])
    return np.maximum(1.0, np.minimum(quantiles, cap))


def mean_duration(plan: Plan, clock: Clock, node: int, client_class: int, month: int = 0) -> float:
    """Mean duration in ticks, cap included."""
    return float(duration_table(plan, clock, node, client_class, month) @ _grid()[2])


def choose_sites(plan: Plan, luck: U64, kind: int, gebied: int, month: int = 0) -> NDArray[np.int32]:
    """The node where each person (by luck key) meets this kind: exponential race over the sites serving the gebied."""
    cell = kind * len(plan.names.gebieden) + gebied
    first, last = int(plan.site_start[cell]), int(plan.site_start[cell + 1])
    if last - first == 1:
        return np.full(len(luck), plan.site_node[first], np.int32)
    here = combine_array(combine_array(luck, np.uint64(keyed.SITE)), np.uint64(plan.site_group_key[kind]))
    best = np.full(len(luck), np.inf)
    chosen = np.full(len(luck), -1, np.int32)
    for i in range(first, last):
        weight = plan.rows[plan.site_weight_row[i], month]
        if weight <= 0:
            continue
        time = -np.log(1.0 - uniform_array(combine_array(here, np.uint64(plan.site_key[i])))) / weight
        sooner = time < best
        best[sooner] = time[sooner]
        chosen[sooner] = plan.site_node[i]
    return chosen


def warm_persons(plan: Plan, base: int) -> dict[str, NDArray]:  # type: ignore[type-arg]
    """Columns of ``Persons`` for everybody present at tick 0."""
    blocks: list[dict[str, NDArray]] = [_empty()]  # type: ignore[type-arg]
    warm = plan.warm
    for i in range(len(warm.kind)):
        for waiting, number in ((False, int(warm.in_care[i])), (True, int(warm.waiting[i]))):
            if number:
                blocks.append(_cohort(plan, base, i, waiting, number))
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _empty() -> dict[str, NDArray]:  # type: ignore[type-arg]
    i64 = np.zeros(0, np.int64)
    i32 = np.zeros(0, np.int32)
    return {
        "id": np.zeros(0, np.uint64), "birth": i64, "gebied": i32, "kind": i32, "arrive": i64,
        "entry": np.zeros(0, np.int8), "node": i32, "end": i64, "deadline": i64,
    }  # fmt: skip


def _cohort(plan: Plan, base: int, cohort: int, waiting: bool, number: int) -> dict[str, NDArray]:  # type: ignore[type-arg]
    warm = plan.warm
    kind, gebied, age = int(warm.kind[cohort]), int(warm.gebied[cohort]), int(warm.age[cohort])
    client_class = gebied * plan.n_ages + age
    key = combine_array(np.full(1, warm.key[cohort], np.uint64), np.uint64(waiting))
    person = combine_array(key, np.arange(number, dtype=np.uint64))
    luck = combine_array(np.full(1, base, np.uint64), person)
    node = choose_sites(plan, luck, kind, gebied)

    def u(decision: int) -> F64:
        return uniform_array(combine_array(luck, np.uint64(decision)))

    limit = plan.rows[plan.age_limit_row[node], 0]
    oldest = np.minimum(plan.age_to[age], limit)
    birth = -plan.age_from[age] - 1 - np.floor(u(keyed.AGE) * np.maximum(1, oldest - plan.age_from[age] - 1)).astype(np.int64)

    arrive = np.full(number, -1, np.int64)
    end = np.full(number, -1, np.int64)
    deadline = np.full(number, -1, np.int64)
    if waiting:
        arrive = -1 - np.floor(u(keyed.ELAPSED) * max(1, 2 * int(warm.elapsed[cohort]) - 1)).astype(np.int64)
        for n in np.unique(node):
            if plan.patience.kind[n] != NO_STAY:
                here = node == n
                deadline[here] = arrive[here] + _patience_beyond(duration_table(plan, plan.patience, n, client_class), -arrive[here], u(keyed.PATIENCE)[here])
    else:
        for n in np.unique(node):
            here = node == n
            table = duration_table(plan, plan.stay, n, client_class)
            cumulative = np.cumsum(table * _grid()[2])
            stay = table[np.minimum(np.searchsorted(cumulative, u(keyed.STAY)[here] * cumulative[-1]), POINTS - 1)]
            elapsed = u(keyed.ELAPSED)[here] * stay
            arrive[here] = -1 - np.floor(elapsed).astype(np.int64)
            end[here] = np.maximum(1, np.ceil(stay - elapsed)).astype(np.int64)
    arrive = np.maximum(arrive, birth + 1)  # nobody asked for help before birth
    return {
        "id": person,
        "birth": birth,
        "gebied": np.full(number, gebied, np.int32),
        "kind": np.full(number, kind, np.int32),
        "arrive": arrive,
        "entry": np.full(number, WARM, np.int8),
        "node": node,
        "end": end,
        "deadline": deadline,
    }


def _patience_beyond(table: F64, elapsed: I64, u: F64) -> I64:
    """Patience in ticks, given that it exceeds the wait that has elapsed."""
    cumulative = np.concatenate([[0.0], np.cumsum(_grid()[2])])
    gone = cumulative[np.searchsorted(table, elapsed, side="right")]  # share of patience that would have run out by now
    index = np.searchsorted(cumulative[1:], gone + u * (cumulative[-1] - gone))
    beyond = table[np.minimum(index, POINTS - 1)]
    return np.maximum(elapsed + 1, np.floor(beyond + 0.5)).astype(np.int64)
