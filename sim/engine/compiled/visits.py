"""What happens to a visit: it begins, care starts, the stay runs, the place comes free; and what the first of a month changes."""

from __future__ import annotations

from sim.engine.compiled.draws import choose_urgency, duration, whole
from sim.engine.compiled.events import plan_next
from sim.engine.compiled.memory import F64, I32, I64, Int, Key, Records, compiled, fetch, int64
from sim.engine.compiled.people import count, counts_for, counts_of, decide, new_person
from sim.engine.compiled.records import (
    ANY_TEAM,
    AT_START,
    BLANK,
    BY_WARM,
    CARED_FOR,
    FREE_VISIT,
    INTERIM,
    KEPT,
    KEPT_NOW,
    LOGGED,
    NONE,
    ON_ARRIVAL,
    ON_INTERIM,
    ONCE,
    OVER,
    PROMOTE_ROW,
    ROWS,
    STOPPED,
    VISITS,
    WAIT,
    WAITS,
    City,
    Present,
    Tables,
    Timeline,
)
from sim.engine.compiled.sums import add_arrival, add_start, care_at, leaves, stop_norm, sums_at
from sim.engine.compiled.waiting import free_places, in_reach, step_in, step_out, touch
from sim.engine.visit_log import IN_CARE, WAITING
from sim.plan import plan as p


@compiled
def begin(
    t: Tables, city: City, visits: Records, people: Records, counts: I64, log: Records, value: F64,
    i: Int, kind: Int, node: Int, entry: Int, arrive: Int, now: Int, horizon: Int,
) -> Int:  # fmt: skip
    """A new visit with its urgency and its birthday clock, and its row in the log or its place in the sums."""
    v, row, logged = city.scalar[FREE_VISIT], city.scalar[ROWS], city.scalar[LOGGED]
    city.scalar[ROWS] = row + 1
    if v != NONE:
        city.scalar[FREE_VISIT] = visits[v].after
    else:
        v = city.scalar[VISITS]
        city.scalar[VISITS] = v + 1
    who, visit = people[i], visits[v]
    age = 0
    while age < t.age_to.size - 1 and arrive - who.birth >= t.age_to[age]:
        age += 1
    client_class = who.gebied * t.age_to.size + age
    record = row
    if not logged:
        record = sums_at(city, node, client_class)
        fetch(city.sum, record, WAIT)
    where = counts_of(city, people, counts, i, kind)
    urgency = choose_urgency(t, value, kind, node, client_class, who.luck, count(city, who, counts, where, ON_ARRIVAL))
    too_old = who.birth + whole(value[t.node[node].age_limit_row])

    visit.key = 0
    visit.person = i
    visit.record = record
    visit.number = who.visits
    visit.counts = where
    visit.asked = node
    visit.served = NONE
    visit.client_class = client_class
    visit.arrive = arrive
    visit.birthday = too_old if now < too_old < STOPPED else STOPPED
    visit.promotion = STOPPED
    visit.deadline = STOPPED
    visit.list = NONE
    visit.urgency = urgency
    visit.state = WAITS
    visit.entry = entry
    number = int64(who.visits)
    who.visits += 1
    if not logged:
        has_norm = 0 < t.node[node].within < horizon - arrive
        add_arrival(city.sum, record, entry, arrive, has_norm)
        return v

    new = log[row]
    new.id = who.id
    new.birth = who.birth
    new.gebied = who.gebied
    new.number = number
    new.entry = entry
    new.asked = node
    new.served = NONE
    new.urgency_arrival = urgency
    new.urgency_start = -1
    new.arrive = arrive
    new.start = BLANK
    new.end = BLANK
    new.release = BLANK
    new.outcome = WAITING
    new.route = -1
    return v


@compiled
def start_care(t: Tables, line: Timeline, city: City, visits: Records, log: Records, v: Int, node: Int, team: Int, at: Int) -> None:
    """Take a place, or a unit of supply."""
    visit = visits[v]
    visit.state = CARED_FOR
    visit.served = node
    if city.scalar[LOGGED]:
        row = log[visit.record]
        row.outcome = IN_CARE
        row.served = node
        row.start = at
        row.urgency_start = visit.urgency
    else:
        add_start(city.sum, int64(visit.record), care_at(city, visit), int64(visit.entry), int64(visit.arrive), at)
        if t.node[visit.asked].to_end == 0:
            stop_norm(t, line, city, visit, at)
    if city.team[team].is_supply != 0:
        city.team[team].places -= 1
    else:
        city.team[team].occupied += 1


@compiled
def close(city: City, visits: Records, people: Records, log: Records, v: Int, now: Int) -> None:
    """A visit is over and holds no place: nothing of it remains but its row."""
    visit = visits[v]
    if visit.list != NONE:
        step_out(city, visits, people, v)
    visit.key = 0
    if city.scalar[LOGGED]:
        log[visit.record].release = now
    elif visit.state == KEPT:
        leaves(city.sum, care_at(city, visit), KEPT_NOW, now)
    visit.state = OVER
    visit.after = city.scalar[FREE_VISIT]
    city.scalar[FREE_VISIT] = v


@compiled
def free_place(node: Records, city: City, visits: Records, people: Records, log: Records, touched: I64, v: Int, now: Int) -> None:
    """The place of a visit comes free (or its wait is over)."""
    if visits[v].served != NONE:
        team = int64(node[visits[v].served].team)
        if city.team[team].is_supply == 0:
            city.team[team].occupied -= 1
            if city.team[team].places < p.UNLIMITED or city.team[team].pool != NONE:  # nobody waits for what is unlimited
                touch(city, touched, team, NONE, ONCE)
    close(city, visits, people, log, v, now)


@compiled
def run_stay(
    t: Tables, city: City, visits: Records, people: Records, counts: I64, chunk: I32, heap: Records, value: F64,
    v: Int, left: Int, now: Int, horizon: Int,
) -> None:  # fmt: skip
    """A stay of ``left`` ticks begins, or goes on; it ends, or breaks off for an interim."""
    visit = visits[v]
    node, length, group = int64(visit.served), left, p.END
    if t.node[node].clock[INTERIM] != p.NO_STAY:
        kind = int64(t.node[node].kind)
        where = counts_for(t, city, visits, people, counts, v, kind)
        key = decide(t.kind_key, city, people[visit.person], counts, where, kind, ON_INTERIM)
        first = duration(t, value, node, int64(visit.client_class), INTERIM, key)
        if first < length:
            group, length = p.INTERIM, first
    visit.left = left - length
    visit.group = group
    visit.end = min(now + length, STOPPED)
    plan_next(city, visits, people[visit.person].id, chunk, heap, horizon, v)


@compiled
def promote_after(t: Tables, visits: Records, value: F64, v: Int) -> Int:
    return whole(value[t.row[t.node[visits[v].asked].profile, t.row_class[visits[v].client_class], PROMOTE_ROW]])


@compiled
def admit(
    t: Tables, line: Timeline, city: City, visits: Records, people: Records, counts: I64, log: Records, chunk: I32, heap: Records,
    value: F64, present: Present, base: Key, horizon: Int,
) -> None:  # fmt: skip
    """Put everybody in place who is in care or waiting on the start date."""
    for k in range(present.id.size):
        node, arrive = present.node[k], present.arrive[k]
        i = new_person(city, people, base, present.id[k], present.birth[k], present.gebied[k])
        v = begin(t, city, visits, people, counts, log, value, i, int64(t.node[node].kind), node, BY_WARM, arrive, AT_START, horizon)
        visit = visits[v]
        if present.end[k] >= 0:
            start_care(t, line, city, visits, log, v, node, int64(t.node[node].team), arrive)
            left = min(present.end[k], STOPPED)
            run_stay(t, city, visits, people, counts, chunk, heap, value, v, left, AT_START, horizon)
            continue
        promotion = arrive + promote_after(t, visits, value, v)
        while visit.urgency > 0 and promotion <= 0:
            visit.urgency -= 1
            promotion += promote_after(t, visits, value, v)
        if visit.urgency > 0:
            visit.promotion = min(promotion, STOPPED)
        if present.deadline[k] >= 0:
            visit.deadline = min(max(1, present.deadline[k]), STOPPED)
        visit.list = 0
        step_in(city, visits, people, v)
        plan_next(city, visits, present.id[k], chunk, heap, horizon, v)


@compiled
def first_of_month(t: Tables, line: Timeline, city: City, touched: I64, month: Int) -> None:
    """Capacity and pooling change, unused supply lapses; what that frees is to be settled, team by team."""
    for pool in range(city.pool.size):
        city.pool[pool].merged = line.merged[month, pool]
        city.pool[pool].inflow = line.inflow[month, pool]
    for team in range(city.team.size):
        if city.team[team].is_supply != 0:
            city.team[team].places = 0
        else:
            city.team[team].places = line.places[month, team]
    for pool in range(city.pool.size):
        city.pool[pool].free = 0
    for team in range(city.team.size):
        if city.team[team].is_supply == 0:
            times = min(free_places(city, team), in_reach(t.serve, city, team))
            if times > 0:
                if city.team[team].pool == NONE:
                    touch(city, touched, team, NONE, times)
                else:
                    city.pool[city.team[team].pool].free += times
    for pool in range(city.pool.size):
        if city.pool[pool].free > 0:
            touch(city, touched, ANY_TEAM, pool, city.pool[pool].free)
