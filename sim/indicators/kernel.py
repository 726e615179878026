"""Hot loops over the visits of a log, to be compiled (``sim.indicators.compiled``). Whole numbers only, so that order does not matter.

Arrays are contiguous and of one type each, as ``sim.indicators.visits.Visits`` has them. ``base`` [N] is the group of a node, -1 for none;
where groups are crossed with gebied and age group, a step for each is added (0 where not).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.visit_log import AGED_OUT, FROM_NODE, NO_NEXT, NULL, RENEGED, RENEWAL, WARM
from sim.plan.plan import TICKS_PER_DAY, TICKS_PER_WEEK

Array = NDArray[Any]

# what is counted per group and period, and the ticks that are summed
INFLOW, RENEWALS, STARTS, OUTFLOW, RENEGED_, AGED, LEFT, SHIFTED, BASE, MET, WAITS, WAITING, CARE, KEPT, STARTED_IN = range(15)
COUNTS = 15
WAIT_TICKS, WAITING_TICKS, ELAPSED, CARE_TICKS, KEPT_TICKS = range(5)
SUMS = 5
# what is counted per kind, urgency at arrival and year
CAME, IN_NORM_BASE, IN_NORM, WAITED, STILL = range(5)
ARRIVAL_COUNTS = 5
WAITED_TICKS, STILL_TICKS = range(2)
ARRIVAL_SUMS = 2
GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: spreads persons over buckets
# a started visit: its person and the months, from 0, in which it takes a place
STAY = np.dtype(
    [("person", np.uint64), ("birth", np.int32), ("node", np.int16), ("gebied", np.int16), ("first", np.int16), ("last", np.int16)],
    align=True,
)
# flags of a visit
STARTED, ENDED, RENEWS, NEWCOMER, RENEGES, AGES_OUT, LEAVES, LEAVES_SHIFTED = (1 << bit for bit in range(8))


def prepare(log: Any, horizon: int, month_of_day: Array, age_from: Array, shifted_exit: Array, out: Any) -> None:
    """Fill the columns of ``Visits`` from those of the log."""
    ages = len(age_from)
    for i in range(len(log.arrive)):
        start, end, release, entry = log.start[i], log.end[i], log.release[i], log.entry[i]
        started = start != NULL and start < horizon
        ended = end != NULL and end < horizon
        released = ended and release != NULL and release < horizon
        arrive = min(log.arrive[i], horizon)
        wait_end = end if ended else horizon
        since = start if started else horizon
        leave = (release if released else horizon) if started else wait_end
        wait_to = min(since, wait_end)
        care_to = wait_end if started else horizon
        present = arrive < 0 or (entry == WARM and arrive == 0)
        at_begin = present and started and (since < 0 or since <= arrive)

        age = 0
        lived = log.arrive[i] - log.birth[i]
        while age + 1 < ages and age_from[age + 1] <= lived:
            age += 1
        out.asked[i] = log.asked[i]
        out.served[i] = log.served[i] if started else log.asked[i]
        out.client_class[i] = log.gebied[i] * ages + age
        out.arrive[i] = arrive
        out.since[i] = since
        out.care_to[i] = max(care_to, 0)
        out.leave[i] = max(leave, 0) if started else horizon
        out.wait_to[i] = max(wait_to, 0)
        out.arrive_month[i] = 0 if present or arrive < 0 else month_of_day[arrive // TICKS_PER_DAY]
        out.start_month[i] = 0 if at_begin or since < 0 else month_of_day[since // TICKS_PER_DAY]
        out.wait_month[i] = 0 if at_begin or wait_to < 0 else month_of_day[wait_to // TICKS_PER_DAY]
        out.care_month[i] = 0 if care_to < 0 else month_of_day[care_to // TICKS_PER_DAY]
        out.leave_month[i] = 0 if leave < 0 else month_of_day[leave // TICKS_PER_DAY]

        flags = 0
        if started:
            flags |= STARTED
        if ended:
            flags |= ENDED
        if entry == RENEWAL:
            flags |= RENEWS
        elif not present:
            flags |= NEWCOMER
        if ended:
            if log.outcome[i] == RENEGED:
                flags |= RENEGES
            elif log.outcome[i] == AGED_OUT:
                flags |= AGES_OUT
            to = log.next[i]
            if to < 0 and to != NO_NEXT:
                flags |= LEAVES
                if shifted_exit[-(to + 1)]:
                    flags |= LEAVES_SHIFTED
        out.flags[i] = flags


def count(
    visits: Any, base: Array, class_step: int, column: Array, listed: Array, within: Array, to_end: Array, horizon: int,
    counts: Array, sums: Array,
) -> None:  # fmt: skip
    """Add every visit to ``counts`` [group, column, COUNTS] and ``sums`` [group, column, SUMS].

    ``column`` gives the period of each month, 0 for what was before. What is a stock (waiting, in care, kept) gets what enters and leaves
    in different periods.
    ``listed``, ``within`` and ``to_end`` [N] belong to the node asked: whether it has a waiting list, and its norm.
    """
    for i in range(len(visits.arrive)):
        flags = visits.flags[i]
        node = visits.asked[i]
        more = visits.client_class[i] * class_step
        asked, served = base[node] + more, base[visits.served[i]] + more
        arrive, since, care_to = visits.arrive[i], visits.since[i], visits.care_to[i]

        came = column[visits.arrive_month[i]]
        if flags & NEWCOMER:
            counts[asked, came, INFLOW] += 1
            norm = within[node]
            if norm > 0 and arrive + norm < horizon:
                counts[asked, came, BASE] += 1
                helped = flags & STARTED != 0
                if helped and since - arrive <= norm:
                    counts[asked, came, STARTED_IN] += 1
                clock = since
                if to_end[node]:
                    helped = helped and flags & ENDED != 0 and flags & AGES_OUT == 0
                    clock = care_to
                if helped and clock - arrive <= norm:
                    counts[asked, came, MET] += 1
        if flags & RENEWS:
            counts[asked, came, RENEWALS] += 1
        over = column[visits.wait_month[i]]
        if came != over:
            counts[asked, came, WAITING] += 1
            counts[asked, over, WAITING] -= 1
            sums[asked, came, WAITING_TICKS] += max(arrive, 0)
            sums[asked, over, WAITING_TICKS] -= visits.wait_to[i]
            sums[asked, came, ELAPSED] += arrive
            sums[asked, over, ELAPSED] -= arrive
        elif max(arrive, 0) != visits.wait_to[i]:
            sums[asked, came, WAITING_TICKS] += max(arrive, 0) - visits.wait_to[i]

        left = column[visits.leave_month[i]]
        last = served if flags & STARTED else asked
        if flags & STARTED:
            began = column[visits.start_month[i]]
            counts[served, began, STARTS] += 1
            counts[served, began, CARE] += 1
            sums[served, began, CARE_TICKS] += max(since, 0)
            if asked != served:  # asked here, helped elsewhere: a pool across groups
                counts[served, began, INFLOW] += 1
                counts[asked, began, OUTFLOW] += 1
            if visits.start_month[i] > 0 and flags & RENEWS == 0 and listed[node]:
                counts[asked, began, WAITS] += 1
                sums[asked, began, WAIT_TICKS] += since - arrive
            ended = column[visits.care_month[i]]
            counts[served, ended, CARE] -= 1
            sums[served, ended, CARE_TICKS] -= care_to
            if ended != left:
                counts[served, ended, KEPT] += 1
                counts[served, left, KEPT] -= 1
                sums[served, ended, KEPT_TICKS] += care_to
                sums[served, left, KEPT_TICKS] -= visits.leave[i]
            elif care_to != visits.leave[i]:
                sums[served, left, KEPT_TICKS] += care_to - visits.leave[i]
        counts[last, left, OUTFLOW] += 1
        if flags & RENEGES:
            counts[last, left, RENEGED_] += 1
        if flags & AGES_OUT:
            counts[last, left, AGED] += 1
        if flags & LEAVES:
            counts[last, left, LEFT] += 1
        if flags & LEAVES_SHIFTED:
            counts[last, left, SHIFTED] += 1


def occupied(visits: Any, cell: Array, class_step: int, months: Array, care: Array, kept: Array) -> None:
    """Ticks in care and ticks with a place kept, per cell and month, of started visits.

    ``cell`` [N x class_step, or N where it is 1] numbers a node, or a node and class; -1 for what is left out.
    """
    last = len(months) - 2
    for i in range(len(visits.arrive)):
        if visits.flags[i] & STARTED == 0:
            continue
        at = visits.served[i]
        if class_step > 1:
            at = at * class_step + visits.client_class[i]
        row = cell[at]
        if row < 0:
            continue
        low, until = max(visits.since[i], 0), visits.care_to[i]
        if low < until:
            month, final = max(visits.start_month[i] - 1, 0), min(visits.care_month[i] - 1, last)
            while month < final:
                care[row, month] += months[month + 1] - low
                low = months[month + 1]
                month += 1
            care[row, month] += until - low
        low, until = max(until, low), visits.leave[i]
        if low < until:
            month, final = max(max(visits.start_month[i], visits.care_month[i]) - 1, 0), min(visits.leave_month[i] - 1, last)
            while month < final:
                kept[row, month] += months[month + 1] - low
                low = months[month + 1]
                month += 1
            kept[row, month] += until - low


def used_cells(visits: Any, class_step: int, used: Array) -> None:
    """Mark nodes x classes at which somebody started."""
    for i in range(len(visits.arrive)):
        if visits.flags[i] & STARTED:
            used[visits.served[i] * class_step + visits.client_class[i]] = True


def select_waits(visits: Any, listed: Array, rows: Array) -> int:
    """Rows of those who started within the run after a wait, at a node with a waiting list, renewals left out; how many there are."""
    n = 0
    for i in range(len(visits.arrive)):
        if (
            visits.flags[i] & (STARTED | RENEWS) == STARTED and visits.start_month[i] > 0
            and listed[visits.asked[i]] and visits.since[i] > visits.arrive[i]
        ):  # fmt: skip
            rows[n] = i
            n += 1
    return n


def place_waits(
    node: Array, gebied: Array, age: Array, month: Array, ticks: Array, base: Array, gebied_step: int, age_step: int, of_month: Array,
    next_of_row: Array, placed: Array,
) -> None:  # fmt: skip
    """Waits in order of length, put together by row; ``next_of_row`` is where each row begins, and in the end where the next begins."""
    periods = of_month[-1] + 1
    for i in range(len(ticks)):
        group = base[node[i]]
        if group >= 0:
            row = (group + gebied[i] * gebied_step + age[i] * age_step) * periods + of_month[month[i]]
            placed[next_of_row[row]] = ticks[i]
            next_of_row[row] += 1


def count_waits(
    node: Array, gebied: Array, age: Array, month: Array, base: Array, gebied_step: int, age_step: int, of_month: Array, waited: Array
) -> None:
    """Waits per row."""
    periods = of_month[-1] + 1
    for i in range(len(node)):
        group = base[node[i]]
        if group >= 0:
            waited[(group + gebied[i] * gebied_step + age[i] * age_step) * periods + of_month[month[i]]] += 1


def persons_together(
    person: Array, visits: Any, gebied: Array, birth: Array, month_of_day: Array, n_months: int, bits: int, out: Array
) -> int:
    """Fill ``out`` (``STAY``) with the visits that take a place within the run, person by person, each in the order of the log.

    Persons are spread over 2^bits buckets by a multiplicative hash; within a bucket (a few rows) they are sorted by insertion, which is
    stable. How many there are comes back.
    """
    shift = np.uint64(64 - bits)
    n_buckets = 1 << bits
    start = np.zeros(n_buckets + 1, np.int32)
    for i in range(len(person)):
        if visits.flags[i] & STARTED and (visits.leave[i] > 0 or visits.start_month[i] > 0):
            start[int((person[i] * GOLDEN) >> shift) + 1] += 1
    for b in range(n_buckets):
        start[b + 1] += start[b]
    free = start.copy()
    for i in range(len(person)):
        if visits.flags[i] & STARTED and (visits.leave[i] > 0 or visits.start_month[i] > 0):
            bucket = int((person[i] * GOLDEN) >> shift)
            at = free[bucket]
            free[bucket] += 1
            while at > start[bucket] and out[at - 1].person > person[i]:
                out[at] = out[at - 1]
                at -= 1
            last_tick = max(max(visits.since[i], 0), visits.leave[i] - 1)
            stay = out[at]
            stay.person = person[i]
            stay.birth = birth[i]
            stay.node = visits.served[i]
            stay.gebied = gebied[i]
            stay.first = max(visits.start_month[i], 1) - 1
            stay.last = min(month_of_day[last_tick // TICKS_PER_DAY], n_months) - 1
    return int(start[n_buckets])


def clients(
    stays: Array, unit: Array, of_month: Array, first_of_year: Array, year_of: Array, new_year: Array, age_from: Array, class_step: int,
    change: Array,
) -> None:  # fmt: skip
    """Add to ``change`` [group, period + 1] where a person comes to (+1) and goes from (-1) a unit, as far as not there already.

    ``unit`` [N] is where a person counts once (-1: nowhere). With ``class_step`` a group is unit x gebied x age on 1 January of the year of
    the period (``new_year`` in ticks; ``first_of_year`` and ``year_of`` relate years and periods).
    """
    here = 0
    for k in range(len(unit)):
        here = max(here, unit[k] + 1)
    person = 0
    seen = np.zeros(here, np.int64)
    reach = np.zeros(here, np.int64)
    ages = len(age_from)
    for j in range(len(stays)):
        if j == 0 or stays[j].person != stays[j - 1].person:
            person += 1
        u = unit[stays[j].node]
        if u < 0:
            continue
        if seen[u] != person:
            seen[u] = person
            reach[u] = -1
        first = max(of_month[stays[j].first], reach[u] + 1)
        last = of_month[stays[j].last]
        if first > last:
            continue
        reach[u] = last
        if class_step == 0:
            change[u, first] += 1
            change[u, last + 1] -= 1
            continue
        group = u * class_step + stays[j].gebied * ages
        year = year_of[first]
        age = 0
        while first <= last:
            lived = new_year[year] - stays[j].birth
            while age + 1 < ages and age_from[age + 1] <= lived:
                age += 1
            until = min(last, first_of_year[year + 1] - 1)
            change[group + age, first] += 1
            change[group + age, until + 1] -= 1
            first = until + 1
            year += 1


def life_table(
    visits: Any,
    node_kind: Array,
    months: int,
    bins: int,
    entered: Array,
    left: Array,
    entered_ticks: Array,
    left_ticks: Array,
    freed: Array,
    unfinished: Array,
) -> int:
    """Started visits that take a place within the run, per kind and week of age (all [K, bins]): entering, leaving and the ages at which.

    ``freed`` counts those who left by a place coming free; the rows of the others go to ``unfinished``, and how many there are comes back.
    """
    n = 0
    for i in range(len(visits.arrive)):
        if visits.flags[i] & STARTED and visits.leave_month[i] > 0:
            kind = node_kind[visits.served[i]]
            entry = max(0, -visits.since[i])
            age = visits.leave[i] - visits.since[i]
            entered[kind, entry // TICKS_PER_WEEK] += 1
            entered_ticks[kind, entry // TICKS_PER_WEEK] += entry
            left[kind, age // TICKS_PER_WEEK] += 1
            left_ticks[kind, age // TICKS_PER_WEEK] += age
            if visits.leave_month[i] <= months:
                freed[kind, age // TICKS_PER_WEEK] += 1
            else:
                unfinished[n] = i
                n += 1
    return n


def oldest(visits: Any) -> int:
    """The greatest age that a started visit reaches within the run; -1 where there is none."""
    age = -1
    for i in range(len(visits.arrive)):
        if visits.flags[i] & STARTED and visits.leave_month[i] > 0:
            age = max(age, visits.leave[i] - visits.since[i])
    return age


def work_by_month(visits: Any, taken: Array, months: int, came: Array, starts: Array, ticks: Array, renewed: Array) -> None:
    """Per node and month: newcomers, those who started, the ticks they take a place, and those that renewals take one."""
    for i in range(len(visits.arrive)):
        flags = visits.flags[i]
        if flags & NEWCOMER and visits.arrive_month[i] <= months:
            came[visits.asked[i], visits.arrive_month[i] - 1] += 1
        month = visits.start_month[i] - 1
        if flags & STARTED and month >= 0:
            if flags & RENEWS:
                renewed[visits.served[i], month] += taken[i]
            else:
                starts[visits.served[i], month] += 1
                ticks[visits.served[i], month] += taken[i]


def arrivals(
    log: Any, urgency: Array, node_kind: Array, year_of_day: Array, listed: Array, within: Array, to_end: Array,
    counts: Array, sums: Array, ways: Array,
) -> None:  # fmt: skip
    """Who comes from where, and who waits how long by urgency at arrival, straight from the log: one pass, few columns.

    ``counts`` [K, U, year + 2, ARRIVAL_COUNTS] and ``sums`` [K, U, year + 2, ARRIVAL_SUMS] have a column for what was before the start and
    one for what comes after the horizon. ``STILL`` and ``STILL_TICKS`` get what begins and ends to wait. ``ways`` [K + 1, K, year]: moves
    from a kind (the last: from outside) to a kind.
    """
    days = len(year_of_day)
    horizon = days * TICKS_PER_DAY
    outside = ways.shape[0] - 1
    after = counts.shape[2] - 1
    for i in range(len(log.arrive)):
        node, arrive, start, end, entry, u = log.asked[i], log.arrive[i], log.start[i], log.end[i], log.entry[i], urgency[i]
        kind = node_kind[node]
        started, ended = start != NULL and start < horizon, end != NULL and end < horizon
        present = arrive < 0 or (entry == WARM and arrive == 0)
        came = 0 if present else after if arrive >= horizon else year_of_day[arrive // TICKS_PER_DAY] + 1
        if entry != RENEWAL and 0 < came < after:
            counts[kind, u, came, CAME] += 1
            if entry != FROM_NODE:
                ways[outside, kind, came - 1] += 1
            norm = within[node]
            if norm > 0 and arrive + norm < horizon:
                counts[kind, u, came, IN_NORM_BASE] += 1
                helped, clock = started, start
                if to_end[node]:
                    helped, clock = started and ended and log.outcome[i] != AGED_OUT, end
                if helped and clock - arrive <= norm:
                    counts[kind, u, came, IN_NORM] += 1
        over = start if started else end if ended else horizon
        at_begin = over < 0 or (present and started and start <= arrive)
        stopped = 0 if at_begin else after if over >= horizon else year_of_day[over // TICKS_PER_DAY] + 1
        if came != stopped:
            counts[kind, u, came, STILL] += 1
            counts[kind, u, stopped, STILL] -= 1
            sums[kind, u, came, STILL_TICKS] += arrive
            sums[kind, u, stopped, STILL_TICKS] -= arrive
        if started and entry != RENEWAL and listed[node] and stopped > 0:
            counts[kind, u, stopped, WAITED] += 1
            sums[kind, u, stopped, WAITED_TICKS] += start - arrive
        if ended and end >= 0 and log.next[i] >= 0:
            ways[node_kind[log.served[i]] if started else kind, log.next[i], year_of_day[end // TICKS_PER_DAY]] += 1
