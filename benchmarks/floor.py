"""The physical floor of a run: only drawing its numbers and writing its rows, without deciding who goes first.

For every visit of a finished log the floor draws what the compiled engine drew for it, with the same compiled functions and from the same
rows of the plan: the people from outside, the site, urgency, patience, stay, interim and route; then it writes the visit's row of 48
bytes. Nobody waits, no calendar runs, nothing is looked up but parameters. No engine with these draws and this log can be faster.

What differs from the run: the occurrence of a decision is the number of the visit (so the values differ, their cost does not), and which
visits to draw for is read from a prepared array, 40 bytes per visit, in order of arrival.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.draws import keyed
from sim.draws.keyed import combine_array
from sim.draws.warm import warm_persons
from sim.engine.compiled import draws
from sim.engine.compiled.memory import borrowed
from sim.engine.compiled.records import ARRIVAL, INTERIM, ON_INTERIM, ON_PATIENCE, ON_STAY, PATIENCE, ROW, STAY
from sim.engine.compiled.tables import most_arrivals, tables_of, timeline_of
from sim.engine.visit_log import AGED_OUT, EXTERNAL, FROM_NODE, INTERRUPTED, MOVED_ON, NULL, RENEGED, VisitLog
from sim.plan import plan as p
from sim.plan.plan import Plan

numba: Any = importlib.import_module("numba")

DRAWN = np.dtype(
    [
        ("luck", "u8"), ("asked", "i4"), ("served", "i4"), ("client_class", "i4"), ("number", "i4"), ("gebied", "i2"),
        ("arrive", "i2"), ("start", "i2"), ("end", "i2"),  # months of the run; -1: never, or before the start
        ("group", "i1"), ("sited", "i1"), ("impatient", "i1"),
    ],
    align=True,
)  # fmt: skip
GROUP_OF_OUTCOME = {MOVED_ON: p.END, RENEGED: p.RENEGE, AGED_OUT: p.AGED_OUT, INTERRUPTED: p.INTERIM}


@numba.njit(nogil=True, error_model="numpy")
def _draw(tables: Any, timeline: Any, gebieden: int, base: Any, visits: Any, log: Any, people: Any) -> float:
    t, line = borrowed(tables), borrowed(timeline)
    sink = 0
    for month in range(line.start.size - 1):
        sink += draws.draw_arrivals(line, base, month, people)
    for v in range(visits.size):
        visit, row = visits[v], log[v]
        asked, of_class = np.int64(visit.asked), np.int64(visit.client_class)
        kind, occurrence = np.int64(t.node[asked].kind), np.int64(visit.number)
        value = borrowed(line.values[max(visit.arrive, 0)])
        if visit.sited:
            sink += draws.choose_site(t, value, kind, kind * gebieden + visit.gebied, visit.luck)
        urgency = draws.choose_urgency(t, value, kind, asked, of_class, visit.luck, occurrence)
        if visit.impatient:
            key = draws.combine(draws.combine(visit.luck, t.kind_key[kind, ON_PATIENCE]), np.uint64(occurrence))
            sink += draws.duration(t, value, asked, of_class, PATIENCE, key)
        left = np.int64(0)
        if visit.start >= 0:
            served = np.int64(visit.served)
            kind = np.int64(t.node[served].kind)
            value = borrowed(line.values[visit.start])
            if t.node[served].clock[STAY] != p.NO_STAY:
                key = draws.combine(draws.combine(visit.luck, t.kind_key[kind, ON_STAY]), np.uint64(occurrence))
                left = draws.duration(t, value, served, of_class, STAY, key)
            if t.node[served].clock[INTERIM] != p.NO_STAY:
                key = draws.combine(draws.combine(visit.luck, t.kind_key[kind, ON_INTERIM]), np.uint64(occurrence))
                left = min(left, draws.duration(t, value, served, of_class, INTERIM, key))
        route = np.int64(-1)
        if visit.end >= 0:
            value = borrowed(line.values[visit.end])
            route = draws.choose_route(t, value, kind, np.int64(visit.group), of_class, visit.luck, occurrence)
        row.id = visit.luck
        row.birth = visit.number
        row.arrive = visit.arrive
        row.start = visit.start
        row.end = left
        row.release = visit.end
        row.number = visit.number
        row.route = route
        row.asked = asked
        row.served = visit.served
        row.gebied = visit.gebied
        row.entry = visit.group
        row.urgency_arrival = urgency
        row.urgency_start = urgency
        row.outcome = visit.group
    return sink


def floor_of(plan: Plan, seed: int, log: VisitLog) -> Callable[[], None]:
    """A function that draws all numbers of the run behind ``log`` and writes as many rows."""
    visits, arrivals = _drawn(plan, seed, log), most_arrivals(plan)
    gebieden, base = len(plan.names.gebieden), np.uint64(keyed.seed_key(seed))

    def draw() -> None:
        warm_persons(plan, int(base))
        _draw(tables_of(plan), timeline_of(plan), gebieden, base, visits, np.empty(len(log), ROW), np.empty(arrivals, ARRIVAL))

    return draw


def _drawn(plan: Plan, seed: int, log: VisitLog) -> NDArray[Any]:
    """What was drawn for each visit."""
    visits = np.zeros(len(log), DRAWN)
    visits["luck"] = combine_array(np.full(1, keyed.seed_key(seed), np.uint64), log.person)
    age = np.minimum(np.searchsorted(plan.age_to[:-1], log.arrive - log.birth, side="right"), plan.n_ages - 1)
    visits["client_class"] = log.gebied.astype(np.int64) * plan.n_ages + age
    visits["asked"], visits["served"], visits["number"], visits["gebied"] = log.asked, log.served, log.visit, log.gebied
    for name, tick in (("arrive", log.arrive), ("start", log.start), ("end", log.end)):
        month = np.searchsorted(plan.months, tick, side="right") - 1
        visits[name] = np.where((tick == NULL) | (tick < 0), -1, month)
    for outcome, group in GROUP_OF_OUTCOME.items():
        visits["group"][log.outcome == outcome] = group
    visits["sited"] = (log.entry == EXTERNAL) | (log.entry == FROM_NODE)
    unlimited = (plan.places == p.UNLIMITED).all(axis=1) & ~plan.is_supply
    patient = (plan.patience.kind == p.NO_STAY) | unlimited[plan.node_team]
    visits["impatient"] = ~patient[log.asked] & (visits["sited"] == 1)
    return visits
