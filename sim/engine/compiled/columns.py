"""The log of the kernel as the columns of a ``VisitLog``."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled.events import sort_pairs
from sim.engine.compiled.memory import I8, I16, I32, I64, U64, Int, Records, compiled, int64
from sim.engine.compiled.records import BLANK, NONE
from sim.engine.visit_log import NO_NEXT, NULL

SIGN = np.uint64(2**63)


@compiled
def in_order(log: Records) -> I64:
    """Row numbers by (arrive, id, number of the visit). The log is in order of arrival; visits of one person are in theirs."""
    n = log.size
    order, key = np.arange(n), np.empty(n, np.int64)
    first = 0
    while first < n:
        last = first + 1
        while last < n and log[last].arrive == log[first].arrive:
            last += 1
        if last - first > 1:
            for i in range(first, last):
                key[i] = int64(log[i].id ^ SIGN)
            sort_pairs(key, order, first, last)
        first = last
    return order


@compiled
def time_of(tick: Int) -> Int:
    return NULL if tick == BLANK else tick


def fill_columns(
    log: Records, node: Records, route_table: Records, person: U64, birth: I64, gebied: I16, number: I32, entry: I8, asked: I32,
    served: I32, team: I32, urgency_arrival: I8, urgency_start: I8, arrive: I64, start: I64, end: I64, release: I64, outcome: I8,
    route: I32, to: I32,
) -> None:  # fmt: skip
    """The columns of the ``VisitLog``, in its order."""
    order = in_order(log)
    for i in range(log.size):
        row = log[order[i]]
        person[i] = row.id
        birth[i] = row.birth
        gebied[i] = row.gebied
        number[i] = row.number
        entry[i] = row.entry
        asked[i] = row.asked
        served[i] = row.served
        team[i] = node[row.served].team if row.served != NONE else NONE
        urgency_arrival[i] = row.urgency_arrival
        urgency_start[i] = row.urgency_start
        arrive[i] = row.arrive
        start[i] = time_of(int64(row.start))
        end[i] = time_of(int64(row.end))
        release[i] = time_of(int64(row.release))
        outcome[i] = row.outcome
        route[i] = route_table[row.route].name if row.route != NONE else NONE
        to[i] = route_table[row.route].to if row.route != NONE else NO_NEXT
