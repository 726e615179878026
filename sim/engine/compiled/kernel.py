"""The compiled engine: docs/semantics.md once more, over flat records. Here is the loop of events, beside it what the loop calls.

  memory    what is needed of numba beyond what it offers      waiting   waiting lists, teams and pools
  records   the records and their numbers                      sums      what is added up while the run goes on
  draws     uniform numbers, choices and durations             people    persons, and how often they decided what
  events    the calendar                                       visits    a visit begins, is in care, is over

Each part is compiled into its callers, so that all of it is one function but for the closing of a year. ``columns`` turns the log into a
``VisitLog``, ``tables`` a plan into records, ``build`` compiles; a module that is added belongs to ``build.SOURCES``.

Layout
------
A visit is one cache line and so is a person: most of the time of a run is waiting for memory. What the next events need is fetched when
their bucket opens. Nothing is allocated while the city lives but when an arena doubles.

  visits    one record per visit that still matters (waits, is in care, keeps a place); freed slots are used again
  people    one record per person in the system; freed when somebody leaves for good. Three words of it are for three node kinds, each with
            the times every decision was taken there
  counts    lines of four words, for people who meet more kinds: three of the same words, and the next line
  log       one 48-byte row per visit, in order of arrival; becomes the columns of the ``VisitLog``; not written where only sums are wanted
  sums      one record per node and client class that occur, of what happens in this year; what a year came to goes to ``City.yearly``
  Tables    what the plan says: records per node, route, site; ``row[node, class, field]`` says which of ``values`` its parameters are
  City      what changes and has a fixed size: teams, pools, waiting lists, calendar

*Calendar.* A visit has one event to come: the earliest of its clocks. Its key is tick << 33 | kind << 30 | first 30 bits of the person's
id. The visit carries the key; the bucket of that tick (a chain of chunks) has the visit. When a bucket's time comes, those who still carry
a key in it are sorted; the others have changed their plans. What is planned within the bucket then goes to a small heap. An event is due
only if its visit still carries its key: whatever lies about in buckets and heap, that decides. Events at or beyond the horizon are never
planned, so keys cannot overflow.

*Waiting lists*, one per node asked and per pooled or not: per urgency a queue of those who join in order of arrival (nearly all), and a
pairing heap for the others (promoted, or ties); both linked through the visits, so that anybody can step out.

*Order.* Ties are broken by tick, kind, person id, number of the visit: by content, as in the reference engine.

Integers are int64 wherever they are passed on: a function is compiled anew for every combination of widths it meets.
"""

from __future__ import annotations

import numpy as np

from sim.engine.compiled.draws import choose_route, choose_site, combine, draw_arrivals, duration, whole
from sim.engine.compiled.events import agenda_of, comes_first, heap_pop, in_bucket, is_due, open_bucket, plan_next
from sim.engine.compiled.memory import I32, I64, Flag, Int, Key, Records, borrowed, fetch, int64, kept_alive, owned, twice, twice_lines
from sim.engine.compiled.people import count, counted, counts_for, decide, forget, new_person
from sim.engine.compiled.records import (
    ANY_TEAM,
    ARENAS,
    BIN_BITS,
    BIRTHDAY,
    BY_EXTERNAL,
    BY_NODE,
    BY_RENEWAL,
    CARE,
    CHUNKS,
    ENDLESS,
    FIRST,
    FOR_NEWCOMER,
    HEAPED,
    KEPT,
    KEPT_NOW,
    KIND,
    LIKELY_NEXT,
    LINES,
    LOGGED,
    NEXT_TOUCHED,
    NONE,
    OF_AGENDA,
    OF_BINS,
    OF_CHUNK,
    OF_COUNTS,
    OF_DUE,
    OF_HEAP,
    OF_LOG,
    OF_PEOPLE,
    OF_TOUCHED,
    OF_VISITS,
    ON_ARRIVAL,
    ON_PATIENCE,
    ON_ROUTE,
    ON_STAY,
    ONCE,
    OPEN,
    PATIENCE,
    PATIENCE_ENDS,
    PEOPLE,
    PROMOTION,
    ROWS,
    SHIFT,
    STAY,
    STOPPED,
    TICK,
    TOUCHED,
    VISITS,
    YEAR,
    YEAR_BEGINS,
    City,
    Present,
    Tables,
    Timeline,
)
from sim.engine.compiled.sums import add_end, care_at, close_year, enters, stop_norm
from sim.engine.compiled.visits import admit, begin, close, first_of_month, free_place, promote_after, run_stay, start_care
from sim.engine.compiled.waiting import first_in_line, free_places, freest_in_pool, freest_team, step_in, step_out, touch
from sim.engine.visit_log import AGED_OUT, INTERRUPTED, MOVED_ON, RENEGED
from sim.plan import plan as p

# what happens next
SETTLE, ARRIVE, START, LEAVE = range(4)
OUTCOME_OF_GROUP = np.array([MOVED_ON, RENEGED, AGED_OUT, INTERRUPTED], np.int8)


def run(
    tables: Tables, timeline: Timeline, changing: City, own_visits: Records, own_people: Records, own_counts: I64, own_log: Records,
    own_chunk: I32, own_heap: Records, own_touched: I64, present: Present, own_arrivals: Records, own_agenda: I64, drawn: Flag,
    gebieden: Int, base: Key,
) -> tuple[Records, Int]:  # fmt: skip
    """Simulate from tick 0 to the horizon. Returns the log, in order of arrival but for ties, and the number of visits.

    ``drawn``: people from outside are drawn month by month to ``own_arrivals``, which has room for any month. Otherwise they are there,
    with the agenda of the whole run. With a log rows are written; without one, what happens is added up in ``changing.yearly``.
    """
    t, line, city, here = borrowed(tables), borrowed(timeline), borrowed(changing), borrowed(present)
    visits, people, counts, log = borrowed(own_visits), borrowed(own_people), borrowed(own_counts), borrowed(own_log)
    chunk, heap, touched = borrowed(own_chunk), borrowed(own_heap), borrowed(own_touched)
    arrivals, agenda = borrowed(own_arrivals), borrowed(own_agenda)
    own_owners = np.zeros(ARENAS, np.int64)
    owners = borrowed(own_owners)
    due, next_due, n_due = kept_alive(owners, OF_DUE, np.empty((4, 256), np.int64)), 0, 0
    bins = kept_alive(owners, OF_BINS, np.empty((1 << min(city.scalar[SHIFT], BIN_BITS)) + 2, np.int64))
    scalar, shift, horizon = city.scalar, city.scalar[SHIFT], line.start[line.start.size - 1]
    month, month_ends = NONE, line.start[0]
    value = borrowed(line.values[0])
    next_arrival = next_unit = year = safe = 0
    logged = scalar[LOGGED] != 0
    newcomer = NONE
    step, i, v, node, kind, group, origin, left, now = SETTLE, NONE, NONE, NONE, NONE, p.END, BY_EXTERNAL, 0, 0

    while True:
        # the next event of the calendar ...
        calendar, from_heap = ENDLESS, False
        while True:
            while next_due < n_due and visits[due[1, next_due]].key != due[0, next_due]:
                next_due += 1
            while scalar[HEAPED] > 0 and not is_due(visits, people, heap[0]):
                heap_pop(city, heap)
            if next_due < n_due:
                calendar = due[0, next_due]
            if scalar[HEAPED] > 0:
                top = heap[0]
                sooner = top.key < calendar
                if top.key == calendar:
                    other = visits[due[1, next_due]]
                    sooner = comes_first(top.id, top.number, people[other.person].id, other.number)
                if sooner:
                    calendar, from_heap = top.key, True
            b = scalar[OPEN] + 1
            if calendar != ENDLESS or (b << shift) >= month_ends:
                break
            scalar[OPEN] = b
            n = in_bucket(city, visits, chunk, b)
            if n > due.shape[1]:
                due = kept_alive(owners, OF_DUE, np.empty((4, 2 * n), np.int64))
            n_due = open_bucket(city, visits, people, counts, log, chunk, b, due, bins)
            next_due = 0

        if scalar[LIKELY_NEXT] != NONE:  # the visit was fetched a while ago, so now its person can be
            fetch(people, int64(visits[scalar[LIKELY_NEXT]].person), FIRST)
            scalar[LIKELY_NEXT] = NONE

        # ... somebody from outside, a unit of supply, or the first of a month
        outside = unit = ENDLESS
        if next_arrival < agenda.shape[1]:
            outside = agenda[0, next_arrival]
        if next_unit < line.supply_tick.size:
            unit = line.supply_tick[next_unit] << TICK
        first = min(calendar, outside, unit)
        step = SETTLE
        if first >> TICK >= month_ends:
            month += 1
            if month == line.start.size - 1:
                if year > 0:
                    close_year(city, year - 1, horizon)
                break
            now = month_ends
            month_ends = line.start[month + 1]
            if now == line.year[year]:
                if year > 0:
                    close_year(city, year - 1, now)
                scalar[YEAR] = year
                scalar[YEAR_BEGINS] = now
                year += 1
            value = borrowed(line.values[month])
            if drawn:
                n = draw_arrivals(line, base, month, arrivals)
                agenda = kept_alive(owners, OF_AGENDA, agenda_of(arrivals, n, now, month_ends - now))
                next_arrival = 0
            if month == 0:
                admit(t, line, city, visits, people, counts, log, chunk, heap, value, here, base, horizon)
            first_of_month(t, line, city, touched, month)
            safe = 0
        elif first == unit:
            now = line.supply_tick[next_unit]
            team = line.supply_team[next_unit]
            next_unit += 1
            city.team[team].places += 1
            touch(city, touched, team, NONE, ONCE)
        elif first == outside:
            who = arrivals[agenda[1, next_arrival]]
            next_arrival += 1
            now, kind, step, origin = first >> TICK, int64(who.kind), ARRIVE, BY_EXTERNAL
            if scalar[PEOPLE] == people.size:
                people = kept_alive(owners, OF_PEOPLE, twice(people))
            i = new_person(city, people, base, who.id, int64(who.birth), int64(who.gebied))
        else:
            if from_heap:
                v = int64(heap[0].visit)
                heap_pop(city, heap)
            else:
                v = due[1, next_due]
                next_due += 1
            visits[v].key = 0
            now = calendar >> TICK
            what = (calendar >> KIND) & 7
            if what == PROMOTION:
                step_out(city, visits, people, v)
                visits[v].urgency -= 1
                step_in(city, visits, people, v)
                promotion = visits[v].promotion + promote_after(t, visits, value, v)
                visits[v].promotion = promotion if visits[v].urgency > 0 and promotion < horizon else STOPPED
                plan_next(city, visits, people[visits[v].person].id, chunk, heap, horizon, v)
            elif visits[v].state == KEPT:  # a birthday
                people[visits[v].person].kept = NONE
                free_place(t.node, city, visits, people, log, touched, v, now)
            else:
                step = LEAVE
                group = p.AGED_OUT if what == BIRTHDAY else p.RENEGE if what == PATIENCE_ENDS else int64(visits[v].group)

        # its consequences, to the last
        while True:
            # arenas grow; then there is room for so many steps
            if safe == 0:
                if scalar[VISITS] + 2 > visits.size:
                    visits = kept_alive(owners, OF_VISITS, twice(visits))
                if logged and scalar[ROWS] + 2 > log.size:
                    log = kept_alive(owners, OF_LOG, twice(log))
                if scalar[LINES] + 8 > counts.shape[0]:
                    counts = kept_alive(owners, OF_COUNTS, twice_lines(counts))
                if scalar[HEAPED] + 8 > heap.size:
                    heap = kept_alive(owners, OF_HEAP, twice(heap))
                if scalar[CHUNKS] + 8 > chunk.shape[0]:
                    chunk = kept_alive(owners, OF_CHUNK, twice_lines(chunk))
                if scalar[TOUCHED] + 8 > touched.shape[0]:
                    touched = kept_alive(owners, OF_TOUCHED, twice_lines(touched))
                safe = min((visits.size - scalar[VISITS]) >> 1, (log.size - scalar[ROWS]) >> 1 if logged else visits.size)
                for room in (counts.shape[0] - scalar[LINES], heap.size - scalar[HEAPED], chunk.shape[0] - scalar[CHUNKS]):
                    safe = min(safe, room >> 3)
                safe = min(safe, (touched.shape[0] - scalar[TOUCHED]) >> 3)
            safe -= 1

            if step == SETTLE:
                n = scalar[NEXT_TOUCHED]
                if n == scalar[TOUCHED]:
                    scalar[TOUCHED] = 0
                    scalar[NEXT_TOUCHED] = 0
                    if newcomer != NONE:
                        plan_next(city, visits, people[visits[newcomer].person].id, chunk, heap, horizon, newcomer)
                        newcomer = NONE
                    break
                team = touched[n, 0]
                touched[n, 2] -= 1
                if touched[n, 2] == 0:
                    scalar[NEXT_TOUCHED] = n + 1
                if team == FOR_NEWCOMER:
                    team = freest_team(t, city, touched[n, 1])
                elif team == ANY_TEAM:
                    team = freest_in_pool(t.serve, city, visits, people, touched[n, 1])
                if team >= 0 and free_places(city, team) > 0:
                    found = first_in_line(t.serve, city, visits, people, team)
                    if found != NONE:
                        v, node, step = found & 0xFFFFFFFF, int64(t.serve[found >> 32].served), START
                        left = 0

            elif step == ARRIVE:  # person i, at node kind ``kind``, from ``origin``
                step, left = SETTLE, 0
                node = choose_site(t, value, kind, kind * gebieden + people[i].gebied, people[i].luck)
                v = begin(t, city, visits, people, counts, log, value, i, kind, node, origin, now, now, horizon)
                if people[i].birth + whole(value[t.node[node].age_limit_row]) <= now:
                    step, group = LEAVE, p.AGED_OUT
                    continue
                team = int64(t.node[node].team)
                pool = int64(city.team[team].pool)
                if pool == NONE and city.team[team].is_supply == 0 and city.team[team].places >= p.UNLIMITED:
                    step = START
                    continue
                visit = visits[v]
                if t.node[node].clock[PATIENCE] != p.NO_STAY:
                    occurrence = counted(people[i], counts, int64(visit.counts), ON_ARRIVAL) - 1
                    key = combine(combine(people[i].luck, t.kind_key[kind, ON_PATIENCE]), np.uint64(occurrence))
                    visit.deadline = min(now + duration(t, value, node, int64(visit.client_class), PATIENCE, key), STOPPED)
                if visit.urgency > 0:
                    visit.promotion = min(now + promote_after(t, visits, value, v), STOPPED)
                visit.list = 0
                if pool != NONE:
                    visit.list = city.pool[pool].inflow
                step_in(city, visits, people, v)
                # most who find a place free start at once: their clocks are put in the calendar when it is settled that they wait
                if newcomer == NONE:
                    newcomer = v
                else:
                    plan_next(city, visits, people[i].id, chunk, heap, horizon, v)
                if pool == NONE:
                    touch(city, touched, team, NONE, ONCE)
                else:
                    touch(city, touched, FOR_NEWCOMER, node, ONCE)

            elif step == START:  # visit v, at ``node``
                step = SETTLE
                visit = visits[v]
                i = int64(visit.person)
                fetch(people, i, FIRST)
                if visit.counts >= 4:
                    fetch(counts, (int64(visit.counts) >> 2) - 1, FIRST)
                if scalar[LOGGED]:
                    fetch(log, int64(visit.record), FIRST)
                else:
                    fetch(city.sum, int64(visit.record), CARE)
                if visit.list != NONE:
                    step_out(city, visits, people, v)
                    visit.list = NONE
                if v == newcomer:
                    newcomer = NONE
                start_care(t, line, city, visits, log, v, node, int64(t.node[node].team), now)
                kept = int64(people[i].kept)
                if kept != NONE and people[i].keep == p.KEEP_UNTIL_START:
                    people[i].kept = NONE
                    free_place(t.node, city, visits, people, log, touched, kept, now)
                if t.node[node].clock[STAY] == p.NO_STAY:
                    visit.left = left
                    step, group = LEAVE, p.END
                    continue
                if left == 0:
                    kind = int64(t.node[node].kind)
                    where = counts_for(t, city, visits, people, counts, v, kind)
                    key = decide(t.kind_key, city, people[i], counts, where, kind, ON_STAY)
                    left = min(duration(t, value, node, int64(visit.client_class), STAY, key), STOPPED)
                run_stay(t, city, visits, people, counts, chunk, heap, value, v, left, now, horizon)

            else:  # LEAVE: visit v, along a route of ``group``
                step = SETTLE
                visit = visits[v]
                i = int64(visit.person)
                kept = int64(people[i].kept)
                if kept != NONE:  # needed when the route is drawn
                    fetch(visits, kept, FIRST)
                if people[i].line != NONE:  # needed where the route leads
                    fetch(counts, int64(people[i].line), FIRST)
                moves_on = group == p.END or group == p.INTERIM
                kind = int64(t.node[visit.served].kind) if moves_on else int64(t.node[visit.asked].kind)
                occurrence = count(city, people[i], counts, counts_for(t, city, visits, people, counts, v, kind), ON_ROUTE + group)
                route = choose_route(t, value, kind, group, int64(visit.client_class), people[i].luck, occurrence)
                to = int64(t.route[route].to)
                if scalar[LOGGED]:
                    row = log[visit.record]
                    row.end = now
                    row.route = route
                    row.outcome = OUTCOME_OF_GROUP[group]
                else:
                    add_end(city, visit, group, to < 0, now)
                    if moves_on and t.node[visit.asked].to_end != 0:
                        stop_norm(t, line, city, visit, now)
                if moves_on and kept != NONE and people[i].keep == p.KEEP_UNTIL_END and to == people[i].kept_kind:
                    # a new visit at the kept node, in the kept place: never waits, never counts twice
                    free_place(t.node, city, visits, people, log, touched, v, now)
                    node, left = int64(visits[kept].served), int64(visits[kept].left)
                    if people[i].remaining == 0:
                        left = 0
                    people[i].kept = NONE
                    close(city, visits, people, log, kept, now)
                    v = begin(t, city, visits, people, counts, log, value, i, to, node, BY_RENEWAL, now, now, horizon)
                    team = int64(t.node[node].team)
                    if city.team[team].is_supply != 0:
                        city.team[team].places += 1
                    else:
                        city.team[team].occupied -= 1
                    step = START
                    continue
                keeps = int64(t.route[route].keep)
                if not (moves_on and to >= 0):
                    keeps = p.KEEP_NONE
                if keeps != p.KEEP_NONE:
                    visit.state = KEPT
                    if not scalar[LOGGED]:
                        enters(city.sum, care_at(city, visit), KEPT_NOW, now)
                    plan_next(city, visits, people[i].id, chunk, heap, horizon, v)
                else:
                    free_place(t.node, city, visits, people, log, touched, v, now)
                if kept != NONE and (keeps != p.KEEP_NONE or not moves_on or to < 0 or t.route[route].keeps_on == 0):
                    people[i].kept = NONE
                    free_place(t.node, city, visits, people, log, touched, kept, now)
                if keeps != p.KEEP_NONE:
                    people[i].kept = v
                    people[i].kept_kind = kind
                    people[i].keep = keeps
                    people[i].remaining = t.route[route].remaining
                if to >= 0:
                    step, kind, origin = ARRIVE, to, BY_NODE
                else:
                    forget(city, people, counts, i)

    grown = own_owners[OF_LOG] != 0  # ``own_owners`` lives until its last use
    owned(visits, own_owners[OF_VISITS])
    owned(people, own_owners[OF_PEOPLE])
    owned(counts, own_owners[OF_COUNTS])
    owned(heap, own_owners[OF_HEAP])
    owned(chunk, own_owners[OF_CHUNK])
    owned(touched, own_owners[OF_TOUCHED])
    owned(due, own_owners[OF_DUE])
    owned(bins, own_owners[OF_BINS])
    owned(agenda, own_owners[OF_AGENDA])
    if grown:
        return owned(log, own_owners[OF_LOG]), scalar[ROWS]
    return own_log, scalar[ROWS]
