"""Waiting lists, teams and pools of the kernel: who goes first, and who has a place free."""

from __future__ import annotations

from sim.engine.compiled.memory import I64, Flag, Int, Records, compiled, fetch, int64
from sim.engine.compiled.records import FIRST, IN_QUEUE, LIKELY_NEXT, NONE, TOUCHED, City, Tables


@compiled
def goes_first(visits: Records, people: Records, a: Int, b: Int) -> Flag:
    """Most urgent, then longest waiting, then smallest id."""
    one, other = visits[a], visits[b]
    if one.urgency != other.urgency:
        return one.urgency < other.urgency
    if one.arrive != other.arrive:
        return one.arrive < other.arrive
    return people[one.person].id < people[other.person].id


@compiled
def meld(visits: Records, people: Records, a: Int, b: Int) -> Int:
    """Join two pairing heaps; either may be NONE."""
    if a == NONE:
        return b
    if b == NONE:
        return a
    if goes_first(visits, people, b, a):
        a, b = b, a
    child = int64(visits[a].child)
    visits[b].after = child
    visits[b].before = a
    if child != NONE:
        visits[child].before = b
    visits[a].child = b
    visits[a].after = NONE
    visits[a].before = NONE
    return a


@compiled
def meld_children(visits: Records, people: Records, v: Int) -> Int:
    """One heap of the children of a node: in pairs from the left, then together from the right."""
    child, pairs = int64(visits[v].child), NONE
    while child != NONE:
        second, rest = int64(visits[child].after), NONE
        if second != NONE:
            rest = int64(visits[second].after)
        pair = meld(visits, people, child, second)
        visits[pair].after = pairs  # a stack of pairs, through ``after``
        pairs = pair
        child = rest
    heap = NONE
    while pairs != NONE:
        rest = int64(visits[pairs].after)
        heap = meld(visits, people, heap, pairs)
        pairs = rest
    if heap != NONE:
        visits[heap].after = NONE
        visits[heap].before = NONE
    return heap


@compiled
def step_in(city: City, visits: Records, people: Records, v: Int) -> None:
    """Join the waiting list."""
    visit = visits[v]
    which, urgency = 2 * int64(visit.asked) + visit.list, int64(visit.urgency)
    city.list[which].waiting += 1
    queue = city.queue[which, urgency]
    last = int64(queue.back)
    if last == NONE or queue.latest < visit.arrive or goes_first(visits, people, last, v):
        visit.child = IN_QUEUE
        visit.before = last
        visit.after = NONE
        if last == NONE:
            queue.front = v
        else:
            visits[last].after = v
        queue.back = v
        queue.latest = visit.arrive
    else:
        visit.child = NONE
        visit.before = NONE
        visit.after = NONE
        city.list[which].root = meld(visits, people, int64(city.list[which].root), v)


@compiled
def step_out(city: City, visits: Records, people: Records, v: Int) -> None:
    """Leave the waiting list, from any place in it."""
    visit = visits[v]
    which, urgency = 2 * int64(visit.asked) + visit.list, int64(visit.urgency)
    before, after, root = int64(visit.before), int64(visit.after), int64(city.list[which].root)
    city.list[which].waiting -= 1
    if visit.child == IN_QUEUE:
        if before == NONE:
            city.queue[which, urgency].front = after
        else:
            visits[before].after = after
        if after != NONE:  # likely the next to start here
            fetch(visits, after, FIRST)
            city.scalar[LIKELY_NEXT] = after
        if after == NONE:
            city.queue[which, urgency].back = before
        else:
            visits[after].before = before
        return
    rest = meld_children(visits, people, v)
    if root != v:
        if visits[before].child == v:
            visits[before].child = after
        else:
            visits[before].after = after
        if after != NONE:
            visits[after].before = before
        rest = meld(visits, people, root, rest)
    city.list[which].root = rest


@compiled
def first_in_list(city: City, visits: Records, people: Records, which: Int) -> Int:
    """Who goes first; the list is not empty."""
    best = NONE
    for urgency in range(city.queue.shape[1]):
        best = int64(city.queue[which, urgency].front)
        if best != NONE:
            break
    root = int64(city.list[which].root)
    if best == NONE or (root != NONE and goes_first(visits, people, root, best)):
        return root
    return best


@compiled
def first_in_line(serve: Records, city: City, visits: Records, people: Records, team: Int) -> Int:
    """Who goes first of all whom a team may serve now: its entry in ``serve`` << 32 | the visit, or NONE."""
    pool = city.team[team].pool
    merged = pool != NONE and city.pool[pool].merged != 0
    best, entry = NONE, NONE
    for i in range(city.team[team].serves, city.team[team].serves_end):
        which = 2 * int64(serve[i].asked)
        if city.list[which].waiting > 0 and (merged or serve[i].own != 0):
            v = first_in_list(city, visits, people, which)
            if best == NONE or goes_first(visits, people, v, best):
                best, entry = v, i
        if city.list[which + 1].waiting > 0:
            v = first_in_list(city, visits, people, which + 1)
            if best == NONE or goes_first(visits, people, v, best):
                best, entry = v, i
    return best if best == NONE else (int64(entry) << 32) | best


@compiled
def in_reach(serve: Records, city: City, team: Int) -> Int:
    """How many wait whom a team may serve now."""
    pool = city.team[team].pool
    merged = pool != NONE and city.pool[pool].merged != 0
    n = 0
    for i in range(city.team[team].serves, city.team[team].serves_end):
        which = 2 * int64(serve[i].asked)
        if merged or serve[i].own != 0:
            n += city.list[which].waiting
        n += city.list[which + 1].waiting
    return n


@compiled
def free_places(city: City, team: Int) -> Int:
    """Places (or units of supply) that somebody may take now."""
    return city.team[team].places - city.team[team].occupied


@compiled
def freest_team(t: Tables, city: City, asked: Int) -> Int:
    """Where a newcomer to a pool is helped: the team with most free places, then its name."""
    own, best, most = t.node[asked].team, NONE, 0
    for i in range(t.node[asked].helpers, t.node[asked].helpers_end):
        team = int64(t.helper[i])
        pool = city.team[team].pool
        if team == own or city.pool[pool].merged != 0 or city.pool[pool].inflow != 0:
            free = free_places(city, team)
            if free > most:
                best, most = team, free
    return best


@compiled
def freest_in_pool(serve: Records, city: City, visits: Records, people: Records, pool: Int) -> Int:
    """Of the teams of a pool that have somebody to help, the one with most free places, then its name."""
    best, most = NONE, 0
    for team in range(city.team.size):
        if city.team[team].pool == pool and free_places(city, team) > most and first_in_line(serve, city, visits, people, team) != NONE:
            best, most = team, free_places(city, team)
    return best


@compiled
def touch(city: City, touched: I64, team: Int, what: Int, times: Int) -> None:
    """Something came free at a team, somebody asked a pool at a node (FOR_NEWCOMER), or a pool (ANY_TEAM): to be settled in turn."""
    n = city.scalar[TOUCHED]
    touched[n, 0] = team
    touched[n, 1] = what
    touched[n, 2] = times
    city.scalar[TOUCHED] = n + 1
