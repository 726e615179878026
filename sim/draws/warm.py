"""Who is present on the start date (rule 11 of the semantics).

In care: the stay is drawn from the length-biased distribution (who is met in care on a given day is more likely to have a long stay), of
which a uniform share has elapsed. Waiting: arrivals uniform over twice the mean elapsed wait, patience conditional on exceeding it. Birth
dates are conditional on the age limit of the node. Distributions enter as tables of ``POINTS`` weighted quantiles, fine in the upper tail,
so that any shape and cap is served alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

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


class Grid(NamedTuple):
    """Probabilities 1 - w^4 for even w (a length-biased draw lives in the tail), and what hangs on them alone."""

    u: F64
    exponential: F64  # standard quantiles
    normal: F64
    weight: F64


@lru_cache(maxsize=1)
def _grid() -> Grid:
    w = 1.0 - (np.arange(POINTS) + 0.5) / POINTS
    weight = w**3
    return Grid(1.0 - w**4, -np.log(w**4), -ndtri(w**4), weight / weight.sum())


def duration_table(plan: Plan, clock: Clock, node: int, client_class: int, month: int = 0) -> F64:
    """Ascending quantiles [POINTS] in ticks of a node's duration for one class, cap included; zero without the clock.

    They are to be weighted by ``_grid``.
    """
    grid = _grid()
    a = plan.rows[clock.a_row[node, client_class], month]
    b = plan.rows[clock.b_row[node, client_class], month]
    cap = plan.rows[clock.cap_row[node, client_class], month]
    kind = int(clock.kind[node])
    if kind == NO_STAY:
        return np.zeros(POINTS)
    if kind == FIXED:
        quantiles = np.full(POINTS, a)
    elif kind == EXPONENTIAL:
        quantiles = a * grid.exponential
    elif kind == LOGNORMAL:
        quantiles = a * np.exp(b * grid.normal)
    else:
        assert kind == CLASSES
        table = int(clock.table[node])
        span = slice(int(plan.table_start[table]), int(plan.table_start[table + 1]))
        quantiles = a * np.interp(grid.u, plan.table_p[span], plan.table_q[span])
    return np.asarray(np.maximum(1.0, np.minimum(quantiles, cap)), np.float64)


def mean_duration(plan: Plan, clock: Clock, node: int, client_class: int, month: int = 0) -> float:
    """Mean duration in ticks, cap included."""
    return float(duration_table(plan, clock, node, client_class, month) @ _grid().weight)


def choose_sites(plan: Plan, luck: U64, kind: NDArray[np.int32], gebied: NDArray[np.int32], month: int = 0) -> NDArray[np.int32]:
    """The node where each person (by luck key) meets a kind: exponential race over the sites serving the gebied."""
    cell = kind.astype(np.int64) * len(plan.names.gebieden) + gebied
    first = plan.site_start[cell].astype(np.int64)
    sites = plan.site_start[cell + 1] - first
    chosen = first.copy()
    several = np.flatnonzero(sites > 1)
    sites = sites[several]
    who = np.repeat(np.arange(len(several)), sites)  # an entrant of a race per site that may be chosen
    begin = np.cumsum(sites) - sites
    site = np.arange(len(who)) - begin[who] + first[several][who]
    race = combine_array(combine_array(luck[several], np.uint64(keyed.SITE)), plan.site_group_key[kind[several]])
    weight = plan.rows[plan.site_weight_row[site], month]
    time = np.full(len(who), np.inf)
    np.divide(-np.log(1.0 - uniform_array(combine_array(race[who], plan.site_key[site]))), weight, out=time, where=weight > 0)
    if len(several):
        wins = np.flatnonzero(time == np.minimum.reduceat(time, begin)[who])[::-1]  # ties go to the first name
        chosen[several[who[wins]]] = site[wins]
    return np.asarray(plan.site_node[chosen], np.int32)


def warm_persons(plan: Plan, base: int) -> dict[str, NDArray]:  # type: ignore[type-arg]
    """Columns of ``Persons`` for everybody present at tick 0: each cohort's people in care, then its people waiting."""
    warm = plan.warm
    numbers = np.stack([warm.in_care, warm.waiting], axis=1).ravel()
    row = np.repeat(np.arange(len(numbers)), numbers)
    cohort, waits = row // 2, row % 2 == 1
    index = (np.arange(len(row)) - np.repeat(np.cumsum(numbers) - numbers, numbers)).astype(np.uint64)
    person = combine_array(combine_array(warm.key[cohort], waits.astype(np.uint64)), index)
    luck = combine_array(np.full(1, base, np.uint64), person)
    kind, gebied, age = warm.kind[cohort], warm.gebied[cohort], warm.age[cohort]
    client_class = gebied * plan.n_ages + age
    node = choose_sites(plan, luck, kind, gebied)

    def u(decision: int) -> F64:
        return uniform_array(combine_array(luck, np.uint64(decision)))

    oldest = np.minimum(plan.age_to[age], plan.rows[plan.age_limit_row[node], 0])
    birth = -plan.age_from[age] - 1 - np.floor(u(keyed.AGE) * np.maximum(1, oldest - plan.age_from[age] - 1)).astype(np.int64)

    part, own = u(keyed.ELAPSED), u(keyed.STAY)
    arrive = -1 - np.floor(part * np.maximum(1, 2 * warm.elapsed[cohort] - 1)).astype(np.int64)
    end = np.full(len(row), -1, np.int64)
    for here, table in _alike(plan, plan.stay, node, client_class, ~waits):
        cumulative = np.cumsum(table * _grid().weight)
        stay = table[np.minimum(np.searchsorted(cumulative, own[here] * cumulative[-1]), POINTS - 1)]
        elapsed = part[here] * stay
        arrive[here] = -1 - np.floor(elapsed).astype(np.int64)
        end[here] = np.maximum(1, np.ceil(stay - elapsed)).astype(np.int64)
    arrive = np.maximum(arrive, birth + 1)  # nobody asked for help before birth
    deadline = np.full(len(row), -1, np.int64)
    patience = u(keyed.PATIENCE)
    for here, table in _alike(plan, plan.patience, node, client_class, waits & (plan.patience.kind[node] != NO_STAY)):
        deadline[here] = arrive[here] + _patience_beyond(table, -arrive[here], patience[here])
    return {
        "id": person,
        "birth": birth,
        "gebied": gebied.astype(np.int32),
        "kind": kind.astype(np.int32),
        "arrive": arrive,
        "entry": np.full(len(row), WARM, np.int8),
        "node": node,
        "end": end,
        "deadline": deadline,
    }


def _alike(
    plan: Plan, clock: Clock, node: NDArray[np.int32], client_class: NDArray[np.int32], among: NDArray[np.bool_]
) -> Iterator[tuple[I64, F64]]:
    """People whose duration has the same distribution, with its table."""
    who = np.flatnonzero(among)
    classes = clock.a_row.shape[1]
    pair = node[who].astype(np.int64) * classes + client_class[who]
    group = np.zeros(clock.a_row.size, np.int64)
    group[pair] = 1
    n, c = np.divmod(np.flatnonzero(group), classes)
    rows = np.stack([clock.kind[n], clock.a_row[n, c], clock.b_row[n, c], clock.cap_row[n, c], clock.table[n]], axis=1).astype(np.int64)
    group[group == 1] = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1)
    for at in _groups(group[pair]):
        yield who[at], duration_table(plan, clock, int(node[who[at[0]]]), int(client_class[who[at[0]]]))


def _groups(label: I64) -> list[I64]:
    """Indices of equal labels."""
    order = np.argsort(label.astype(np.min_scalar_type(label.max(initial=0))), kind="stable")  # numpy sorts the smallest integers sooner
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1) if len(label) else []


def _patience_beyond(table: F64, elapsed: I64, u: F64) -> I64:
    """Patience in ticks, given that it exceeds the wait that has elapsed."""
    cumulative = np.concatenate([[0.0], np.cumsum(_grid().weight)])
    gone = cumulative[np.searchsorted(table, elapsed, side="right")]  # share of patience that would have run out by now
    index = np.searchsorted(cumulative[1:], gone + u * (cumulative[-1] - gone))
    beyond = table[np.minimum(index, POINTS - 1)]
    return np.asarray(np.maximum(elapsed + 1, np.floor(beyond + 0.5)), np.int64)
