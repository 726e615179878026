"""Hot loops of the recount in ``sim.indicators.conservation``, to be compiled: nothing is shared with those of the indicator table.

``year_of_day`` is the calendar year of each day of the run, from 0; ticks outside the run have none. All in whole ticks.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from sim.engine.visit_log import FROM_NODE, IN_CARE, NULL, RENEGED, RENEWAL, WAITING, WARM
from sim.plan.plan import TICKS_PER_DAY

Array = NDArray[Any]


def check_times(log: Any, horizon: int, wrong: Array, first: Array) -> None:
    """Count the visits at which each rule fails (five, in the order of ``conservation.RULES``), and note the first of each."""
    for i in range(len(log.arrive)):
        arrive, start, end, release, outcome = log.arrive[i], log.start[i], log.end[i], log.release[i], log.outcome[i]
        started, ended = start != NULL, end != NULL
        over = outcome != WAITING and outcome != IN_CARE
        fails = 0
        if (arrive > 0) if log.entry[i] == WARM else (arrive < 0 or arrive >= horizon):
            fails |= 1
        if started and start < arrive:
            fails |= 2
        if ended and end < (start if started else arrive):
            fails |= 4
        if started and release != NULL and (not ended or release < end):
            fails |= 8
        if over != ended or (started and outcome in (WAITING, RENEGED)) or (not started and outcome == IN_CARE):
            fails |= 16
        if fails:
            for rule in range(5):
                if fails >> rule & 1:
                    if wrong[rule] == 0:
                        first[rule] = i
                    wrong[rule] += 1


def moves(log: Any, node_kind: Array, year_of_day: Array, sent: Array, came: Array) -> None:
    """Per kind and year: who moves on to it, and who arrives at it from a node."""
    horizon = len(year_of_day) * TICKS_PER_DAY
    for i in range(len(log.arrive)):
        if log.end[i] != NULL and log.next[i] >= 0 and 0 <= log.end[i] < horizon:
            sent[log.next[i], year_of_day[log.end[i] // TICKS_PER_DAY]] += 1
        if (log.entry[i] == FROM_NODE or log.entry[i] == RENEWAL) and 0 <= log.arrive[i] < horizon:
            came[node_kind[log.asked[i]], year_of_day[log.arrive[i] // TICKS_PER_DAY]] += 1


def flows(log: Any, node_kind: Array, year_of_day: Array, came: Array, went: Array) -> None:
    """Per kind and year: who comes to it, and who leaves it; a start at another kind than the one asked is both."""
    horizon = len(year_of_day) * TICKS_PER_DAY
    for i in range(len(log.arrive)):
        asked = node_kind[log.asked[i]]
        started = log.start[i] != NULL
        served = node_kind[log.served[i]] if started else asked
        if log.entry[i] != WARM and 0 <= log.arrive[i] < horizon:
            came[asked, year_of_day[log.arrive[i] // TICKS_PER_DAY]] += 1
        if asked != served and 0 <= log.start[i] < horizon:
            year = year_of_day[log.start[i] // TICKS_PER_DAY]
            came[served, year] += 1
            went[asked, year] += 1
        gone = log.release[i] if started else log.end[i]
        if 0 <= gone < horizon:  # NULL is far below
            went[served, year_of_day[gone // TICKS_PER_DAY]] += 1


def presence(log: Any, node_kind: Array, horizon: int, kind: Array, since: Array, until: Array) -> int:
    """Fill the columns of ``conservation.Presence``; how many there are."""
    n = 0
    for i in range(len(log.arrive)):
        start, end, release = log.start[i], log.end[i], log.release[i]
        warm = log.entry[i] == WARM
        wait_over = start if start != NULL else (end if end != NULL else horizon)
        kind[n] = node_kind[log.asked[i]]
        since[n] = -1 if warm else log.arrive[i]
        until[n] = min(max(wait_over, -1), horizon)
        n += 1
        if start != NULL:
            kind[n] = node_kind[log.served[i]]
            since[n] = -1 if warm and start < 0 else min(start, horizon)
            until[n] = min(max(release, -1), horizon) if release != NULL else horizon
            n += 1
    return n


def heads(kind: Array, since: Array, until: Array, edges: Array, year_of_day: Array, change: Array) -> None:
    """Where the head count at the turns of the year changes [kind, edge + 1]: up at the first with somebody, down after the last."""
    last = len(edges) - 1
    for i in range(len(kind)):
        low = 0 if since[i] < 0 else (year_of_day[since[i] // TICKS_PER_DAY] + 1 if since[i] < edges[last] else last + 1)
        high = -1 if until[i] < 0 else (year_of_day[until[i] // TICKS_PER_DAY] if until[i] < edges[last] else last)
        if low <= high:
            change[kind[i], low] += 1
            change[kind[i], high + 1] -= 1


def time_of_visits(kind: Array, since: Array, until: Array, edges: Array, year_of_day: Array, ticks: Array, events: Array) -> None:
    """Ticks per kind and year, visit by visit; and the number of events per kind that ``events_by_kind`` makes of them."""
    horizon = edges[-1]
    for i in range(len(kind)):
        low, high = max(since[i], 0), min(max(until[i], 0), horizon)
        if low != high:
            events[kind[i]] += 2
        if low < high:
            year = year_of_day[low // TICKS_PER_DAY]
            while high > edges[year + 1]:
                ticks[kind[i], year] += edges[year + 1] - low
                low = edges[year + 1]
                year += 1
            ticks[kind[i], year] += high - low


def events_by_kind(kind: Array, since: Array, until: Array, horizon: int, free: Array, events: Array) -> None:
    """Events as 2 x tick, + 1 for leaving, from ``free`` [K] on for each kind. Whoever enters and leaves in one tick is left out."""
    for i in range(len(kind)):
        low, high = max(since[i], 0), min(max(until[i], 0), horizon)
        if low != high:
            at = free[kind[i]]
            events[at] = 2 * low
            events[at + 1] = 2 * high + 1
            free[kind[i]] = at + 2


def sweep(events: Array, edges: Array, area: Array) -> tuple[int, int]:
    """Ticks per year under the path of the stock, over events in order; the lowest stock and its first tick come back."""
    stock, lowest, lowest_at = 0, 0, 0
    before, year, last = 0, 0, len(edges) - 2
    for j in range(len(events)):
        tick = int(events[j] >> 1)
        while year < last and tick > edges[year + 1]:
            area[year] += stock * (edges[year + 1] - before)
            before = edges[year + 1]
            year += 1
        area[year] += stock * (tick - before)
        before = tick
        if events[j] & 1:
            stock -= 1
            if stock < lowest:
                lowest, lowest_at = stock, tick
        else:
            stock += 1
    return lowest, lowest_at
