"""Sums per year, node and client class, kept while the run goes on (``sim.totals``)."""

from __future__ import annotations

from sim.engine.compiled.memory import I64, Flag, Int, Records, borrowed, compiled, compiled_apart, int64
from sim.engine.compiled.records import (
    ANSWERED,
    ANSWERED_WAIT,
    ARRIVALS,
    CARE_NOW,
    CARE_TICKS,
    CARED_FOR,
    CELL,
    ENDED,
    GAVE_UP,
    KEPT_NOW,
    KEPT_TICKS,
    LEFT,
    NONE,
    NORM_BASE,
    NUMBERS,
    RENEWALS,
    SLOTS,
    STARTS,
    TOO_OLD,
    WAIT_NOW,
    WAIT_TICKS,
    WITHIN_NORM,
    YEAR,
    YEAR_BEGINS,
    City,
    Tables,
    Timeline,
)
from sim.engine.visit_log import RENEWAL, WARM
from sim.plan import plan as p


@compiled
def sums_at(city: City, node: Int, client_class: Int) -> Int:
    """Where the sums of a node and a client class are."""
    slot = int64(city.slot[node, client_class])
    if slot == NONE:
        slot = city.scalar[SLOTS]
        city.scalar[SLOTS] = slot + 1
        city.slot[node, client_class] = slot
        city.sum[slot, CELL] = node * city.slot.shape[1] + client_class
    return slot


@compiled
def care_at(city: City, visit: Records) -> Int:
    """Where the sums of the place are where a visit is served; only in a pool another one than where it asked."""
    if visit.served == visit.asked:
        return int64(visit.record)
    return sums_at(city, int64(visit.served), int64(visit.client_class))


@compiled
def enters(total: I64, at: Int, state: Int, now: Int) -> None:
    total[at, state] += 1
    total[at, state + 1] -= now


@compiled
def leaves(total: I64, at: Int, state: Int, now: Int) -> None:
    total[at, state] -= 1
    total[at, state + 1] += now


@compiled
def add_arrival(total: I64, at: Int, entry: Int, arrive: Int, has_norm: Flag) -> None:
    """Somebody begins to wait. ``has_norm``: and the time of its norm is over before the horizon."""
    enters(total, at, WAIT_NOW, max(arrive, 0))
    if entry == RENEWAL:
        total[at, RENEWALS] += 1
    elif entry != WARM:
        total[at, ARRIVALS] += 1
        if has_norm:
            total[at, NORM_BASE] += 1


@compiled
def add_start(total: I64, asked: Int, served: Int, entry: Int, arrive: Int, start: Int) -> None:
    """A wait ends in care."""
    leaves(total, asked, WAIT_NOW, max(start, 0))
    enters(total, served, CARE_NOW, max(start, 0))
    if entry != WARM or start > arrive:  # else in care from the start date on
        total[served, STARTS] += 1
        if entry != RENEWAL:
            total[asked, ANSWERED] += 1
            total[asked, ANSWERED_WAIT] += start - arrive


@compiled
def add_end(city: City, visit: Records, group: Int, left: Flag, now: Int) -> None:
    """A wait or a stay is over."""
    total, at = city.sum, int64(visit.record)
    if visit.state == CARED_FOR:
        at = care_at(city, visit)
        leaves(total, at, CARE_NOW, now)
    else:
        leaves(total, at, WAIT_NOW, now)
    total[at, GAVE_UP if group == p.RENEGE else TOO_OLD if group == p.AGED_OUT else ENDED] += 1
    if left:
        total[at, LEFT] += 1


@compiled
def stop_norm(t: Tables, line: Timeline, city: City, visit: Records, now: Int) -> None:
    """An event of a visit at which the clock of its norm stops, if it has one; counted in the year of arrival."""
    within, arrive, horizon = int64(t.node[visit.asked].within), int64(visit.arrive), line.year[line.year.size - 1]
    if within > 0 and visit.entry != RENEWAL and visit.entry != WARM and now - arrive <= within and arrive + within < horizon:
        if arrive >= city.scalar[YEAR_BEGINS]:
            city.sum[visit.record, WITHIN_NORM] += 1
        else:
            year = city.scalar[YEAR]
            while arrive < line.year[year]:
                year -= 1
            city.yearly[WITHIN_NORM, year * city.slot.size + city.sum[visit.record, CELL]] += 1


@compiled_apart
def close_year(city: City, year: Int, end: Int) -> None:
    """What a year came to; those who are there at its end begin the next."""
    total, yearly, slots = borrowed(city.sum), borrowed(city.yearly), city.scalar[SLOTS]
    for number in range(NUMBERS):
        is_ticks = number in (WAIT_TICKS, CARE_TICKS, KEPT_TICKS)
        is_stock = number in (WAIT_NOW, CARE_NOW, KEPT_NOW)
        for slot in range(slots):
            carried = total[slot, number - 1] * end if is_ticks else 0
            if total[slot, number] + carried != 0:
                yearly[number, year * city.slot.size + total[slot, CELL]] += total[slot, number] + carried
            if not is_stock:
                total[slot, number] = -carried
