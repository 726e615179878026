"""The compiled engine: docs/semantics.md once more, over flat records. All compiled code is in this module.

Layout
------
Everything an event touches is one record of a few cache lines; nothing is allocated while the city lives but when an arena doubles.

  visits    one record per visit that still matters (waits, is in care, keeps a place); freed slots are used again
  people    one record per person in the system; freed when somebody leaves for good
  counts    [n, 2 + 7] one line per (person, node kind): kind, next line of this person, times each decision was taken
  log       one 48-byte row per visit, in order of arrival; becomes the columns of the ``VisitLog``
  City      everything of fixed size: occupancy, waiting lists, calendar

*Calendar.* A visit has one event to come: the earliest of its clocks. Its key is tick << 33 | kind << 30 | first 30 bits of the person's id; it hangs in
the bucket of its tick (a doubly linked list through the visits), so that a clock that stops is taken out at once. When a bucket's time comes,
it is sorted; what is planned within it goes to a small heap. An event is due if its visit still carries its key. Events at or beyond the horizon are
never planned, so keys cannot overflow.

*Waiting lists*, one per node asked and per pooled or not: per urgency a queue for those who join in order of arrival (nearly all), and a
pairing heap for the others (promoted, or ties); both linked through the visits, so that anybody can step out.

*Order.* Ties are broken by tick, kind, person id, number of the visit: by content, as in the reference engine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from sim.draws import keyed, quantiles
from sim.draws.persons import LAYER_HEIGHT
from sim.engine.visit_log import AGED_OUT, EXTERNAL, FROM_NODE, IN_CARE, INTERRUPTED, MOVED_ON, NO_NEXT, NULL, RENEGED, RENEWAL, WAITING, WARM
from sim.plan import plan as p

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile on first use, into the caller's code."""
    return numba.njit(nogil=True, error_model="numpy")(function)  # type: ignore[no-any-return]


I8 = NDArray[np.int8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]
Records = Any  # numpy record arrays; the fields are below

VISIT = np.dtype(
    [
        ("key", "i8"),  # event to come; 0: none
        ("id", "u8"),  # of the person
        ("next", "i4"), ("prev", "i4"),  # neighbours in the bucket; next free slot
        ("person", "i4"), ("row", "i4"), ("number", "i4"), ("line", "i4"),  # line: its counts
        ("asked", "i4"), ("served", "i4"), ("client_class", "i4"),
        ("arrive", "i4"), ("left", "i4"),
        ("birthday", "i4"), ("end", "i4"), ("promotion", "i4"), ("deadline", "i4"),  # ticks of its clocks, or STOPPED
        ("list", "i4"), ("child", "i4"), ("after", "i4"), ("before", "i4"),  # where it waits
        ("urgency", "i1"), ("state", "i1"), ("keep", "i1"), ("remaining", "i1"), ("group", "i1"),
    ],
    align=True,
)  # fmt: skip
PERSON = np.dtype(
    [
        ("id", "u8"), ("luck", "u8"), ("birth", "i4"), ("gebied", "i4"), ("visit", "i4"), ("kept", "i4"), ("visits", "i4"), ("counts", "i4"),
    ],
    align=True,
)  # fmt: skip
ARRIVAL = np.dtype([("id", "u8"), ("tick", "i4"), ("birth", "i4"), ("gebied", "i4"), ("kind", "i4")], align=True)
ROW = np.dtype(
    [
        ("id", "u8"), ("birth", "i4"), ("arrive", "i4"), ("start", "i4"), ("end", "i4"), ("release", "i4"), ("number", "i4"), ("route", "i4"),
        ("asked", "i2"), ("served", "i2"), ("gebied", "i2"),
        ("entry", "i1"), ("urgency_arrival", "i1"), ("urgency_start", "i1"), ("outcome", "i1"),
    ],
    align=True,
)  # fmt: skip

STOPPED = 2**31 - 1  # a clock that does not run; also the longest stay that is told apart
LONGEST = 2**30  # horizon, in ticks, that keys and clocks can hold: 2,000 years
BLANK = -(2**31)  # a time that has not come, in the log
NONE, LOOSE, IN_QUEUE = -1, -2, -2
TICK, KIND, ID = 33, 30, np.uint64(34)  # shifts that make a key
ENDLESS = np.int64(2**62)

# kinds of event, in the order in which they run within a tick
PARAMETERS, BIRTHDAY, STAY_ENDS, PROMOTION, ARRIVES, PATIENCE_ENDS = range(6)
# state of a visit
OVER, WAITS, CARED_FOR, KEPT = range(4)
# decisions, as rows of ``Tables.decision_key`` and (the first seven) columns of ``counts``
ON_ARRIVAL, ON_STAY, ON_ROUTE, ON_INTERIM, ON_PATIENCE = 0, 1, 2, 6, 7
# what happens next
SETTLE, ARRIVE, START, LEAVE = range(4)
# scalars of the city
FREE_VISIT, VISITS, FREE_PERSON, PEOPLE, FREE_LINE, LINES, ROWS, BUCKET, HEAPED, TOUCHED, TOUCHED_FIRST = range(11)

SITE = np.uint64(keyed.SITE)
COUNT, HEIGHT, MOMENT, AGE = np.uint64(keyed.COUNT), np.uint64(keyed.HEIGHT), np.uint64(keyed.MOMENT), np.uint64(keyed.AGE)
GOLDEN, MIX_1, MIX_2 = np.uint64(keyed.GOLDEN), np.uint64(keyed.MIX_1), np.uint64(keyed.MIX_2)
S12, S27, S30, S31 = np.uint64(12), np.uint64(27), np.uint64(30), np.uint64(31)
UNIT = keyed.UNIT


class ClockTables(NamedTuple):
    """A ``Clock`` of the plan."""

    kind: I8
    a_row: I32
    b_row: I32
    cap_row: I32
    table: I32


class Tables(NamedTuple):
    """What the plan says. ``values[month, row]`` is the plan's ``rows`` the other way round; the rest is as in ``Plan``."""

    months: I64
    values: F64
    node_kind: I32
    node_team: I32
    decision_key: U64  # [8, K]
    stay: ClockTables
    interim: ClockTables
    patience: ClockTables
    table_start: I32
    table_p: F64
    table_q: F64
    promote_row: I32
    age_limit_row: I32
    urgency_row: I32
    urgency_key: U64
    site_group_key: U64
    site_start: I32
    site_node: I32
    site_weight_row: I32
    site_key: U64
    route_start: I32
    route_key: U64
    route_to: I32
    route_keep: I8
    route_remaining: I8
    route_keeps_on: I8
    route_share_row: I32
    places: I64
    is_supply: Bools
    supply_tick: I64
    supply_team: I32
    team_pool: I32
    serve_start: I32
    serve_asked: I32
    serve_as: I32
    serve_own: Bools
    helper_start: I32  # [N + 1] teams that may serve a node, in order
    helper_team: I32
    pool_merge: Bools
    pool_inflow: Bools
    stream_key: U64
    stream_gebied: I32
    stream_age: I32
    stream_kind: I32
    stream_rate: F64
    layer_counts: F64  # [M, most points] cumulative probabilities of the number of points in a layer
    age_from: I64
    age_to: I64
    first_month: I64  # [1] calendar month of the start


class City(NamedTuple):
    """What changes, of fixed size."""

    scalar: I64
    occupied: I64  # [T]
    supply_left: I64  # [T]
    queued: I64  # [2 N] waiting, per list
    first: I32  # [2 N, U] queues
    last: I32
    root: I32  # [2 N] pairing heaps
    bucket: I32  # [buckets]
    shift: I64  # [1] ticks of a bucket, as a power of two


class Present(NamedTuple):
    """Everybody present at the start, by (arrive, id)."""

    id: U64
    birth: I64
    gebied: I32
    arrive: I64
    node: I32
    end: I64
    deadline: I64


# draws: the functions of sim.draws on 64-bit words

normal_quantile = compiled(quantiles.normal_quantile)
class_quantile = compiled(quantiles.class_quantile)
in_ticks = compiled(quantiles.in_ticks)


@compiled
def mix(x: np.uint64) -> np.uint64:
    x = (x ^ (x >> S30)) * MIX_1
    x = (x ^ (x >> S27)) * MIX_2
    return x ^ (x >> S31)


@compiled
def combine(h: np.uint64, value: np.uint64) -> np.uint64:
    return mix((h + GOLDEN) ^ value)


@compiled
def uniform(key: np.uint64) -> float:
    return (np.float64(np.int64(key >> S12)) + 0.5) * UNIT


@compiled
def duration(clock: ClockTables, t: Tables, value: F64, node: int, client_class: int, key: np.uint64) -> int:
    """Ticks drawn from a node's distribution; see ``Clock`` in the plan."""
    kind = clock.kind[node]
    a = value[clock.a_row[node, client_class]]
    cap = value[clock.cap_row[node, client_class]]
    if kind == p.FIXED:
        return in_ticks(a, cap)
    u = uniform(key)
    if kind == p.EXPONENTIAL:
        return in_ticks(-math.log(1.0 - u) * a, cap)
    if kind == p.LOGNORMAL:
        return in_ticks(math.exp(value[clock.b_row[node, client_class]] * normal_quantile(u)) * a, cap)
    table = clock.table[node]
    return in_ticks(class_quantile(u, t.table_start[table], t.table_start[table + 1], t.table_p, t.table_q) * a, cap)


@compiled
def choose_urgency(t: Tables, value: F64, node: int, client_class: int, key: np.uint64) -> int:
    count = t.urgency_key.size
    best, shortest = count - 1, math.inf
    for urgency in range(count):
        share = value[t.urgency_row[node, client_class, urgency]]
        if share >= 1.0:
            return urgency
        if share > 0.0:
            time = -math.log(1.0 - uniform(combine(key, t.urgency_key[urgency]))) / share
            if time < shortest:
                best, shortest = urgency, time
    return best


@compiled
def choose_route(t: Tables, value: F64, kind: int, group: int, client_class: int, key: np.uint64) -> int:
    """Exponential race: the smallest E / share wins, ties go to the first name."""
    first = t.route_start[4 * kind + group]
    best, shortest = first, math.inf
    for route in range(first, t.route_start[4 * kind + group + 1]):
        share = value[t.route_share_row[route, client_class]]
        if share > 0.0:
            time = -math.log(1.0 - uniform(combine(key, t.route_key[route]))) / share
            if time < shortest:
                best, shortest = route, time
    return best


@compiled
def choose_site(t: Tables, value: F64, kind: int, gebied: int, gebieden: int, luck: np.uint64) -> int:
    """The node where a person meets this kind."""
    cell = kind * gebieden + gebied
    first, last = t.site_start[cell], t.site_start[cell + 1]
    best, shortest = t.site_node[first], math.inf
    if last - first == 1:
        return best
    key = combine(combine(luck, SITE), t.site_group_key[kind])
    for i in range(first, last):
        weight = value[t.site_weight_row[i]]
        if weight > 0.0:
            time = -math.log(1.0 - uniform(combine(key, t.site_key[i]))) / weight
            if time < shortest:
                best, shortest = t.site_node[i], time
    return best


@compiled
def whole(x: float) -> int:
    """A duration from a row, in whole ticks; ``NEVER`` at most."""
    return np.int64(min(x, p.NEVER))


@compiled
def draw_arrivals(t: Tables, base: np.uint64, month: int) -> tuple[Records, I32]:
    """Everybody who asks for help from outside in a month, and their order by (tick, id). The twin of ``sim.draws.persons``."""
    length = t.months[month + 1] - t.months[month]
    calendar_month = np.uint64(t.first_month[0] + month)
    n, people = 0, np.empty(1024, ARRIVAL)
    for stream in range(t.stream_key.size):
        rate = t.stream_rate[stream, month]
        if rate <= 0.0:
            continue
        stream_month = combine(t.stream_key[stream], calendar_month)
        age = t.stream_age[stream]
        youngest, span = t.age_from[age], t.age_to[age] - t.age_from[age]
        for layer in range(np.int64(math.ceil(rate / LAYER_HEIGHT))):
            cell = combine(stream_month, np.uint64(layer))
            u = uniform(combine(combine(base, cell), COUNT))
            points = 0
            while points < t.layer_counts.shape[1] and t.layer_counts[month, points] < u:
                points += 1
            for index in range(points):
                person = combine(cell, np.uint64(index))
                luck = combine(base, person)
                if not (layer + uniform(combine(luck, HEIGHT))) * LAYER_HEIGHT < rate:
                    continue
                if n == people.size:
                    grown = np.empty(2 * n, ARRIVAL)
                    grown[:n] = people
                    people = grown
                tick = t.months[month] + np.int64(math.floor(uniform(combine(luck, MOMENT)) * length))
                people[n].id = person
                people[n].tick = tick
                people[n].birth = tick - youngest - np.int64(math.floor(uniform(combine(luck, AGE)) * span))
                people[n].gebied = t.stream_gebied[stream]
                people[n].kind = t.stream_kind[stream]
                n += 1

    # nearly in order after one distribution over as many buckets as there are people
    buckets = max(1, n)
    start = np.zeros(buckets + 1, np.int32)
    for i in range(n):
        start[(people[i].tick - t.months[month]) * buckets // length + 1] += 1
    for b in range(buckets):
        start[b + 1] += start[b]
    order, key = np.empty(n, np.int32), np.empty(n, np.int64)
    for i in range(n):
        b = (people[i].tick - t.months[month]) * buckets // length
        order[start[b]] = i
        key[start[b]] = (np.int64(people[i].tick) << 32) | np.int64(people[i].id >> np.uint64(32))
        start[b] += 1
    first = 0
    for b in range(buckets):
        if start[b] - first > 1:
            sort_pairs(key, order, first, start[b])
        first = start[b]
    for i in range(1, n):  # the rest of the id, where the first half ties
        j = i
        while j > 0 and key[j] == key[j - 1] and people[order[j]].id < people[order[j - 1]].id:
            order[j], order[j - 1] = order[j - 1], order[j]
            j -= 1
    return people, order


@compiled
def sort_pairs(key: I64, item: I32, first: int, last: int) -> None:
    """Sort by (key, item), in place: Shell sort, gaps of Ciura (2001). Never quadratic, however many ties."""
    n = last - first
    for gap in (510774, 227011, 100894, 44842, 19930, 8858, 3937, 1750, 701, 301, 132, 57, 23, 10, 4, 1):
        if gap >= n and gap > 1:
            continue
        for i in range(first + gap, last):
            k, x = key[i], item[i]
            j = i
            while j >= first + gap and (key[j - gap] > k or (key[j - gap] == k and item[j - gap] > x)):
                key[j], item[j] = key[j - gap], item[j - gap]
                j -= gap
            key[j], item[j] = k, x


# the calendar


@compiled
def unplan(city: City, visits: Records, v: int) -> None:
    """Take the event of a visit out of its bucket."""
    before, after = visits[v].prev, visits[v].next
    if before != LOOSE:
        if before == NONE:
            city.bucket[visits[v].key >> TICK >> city.shift[0]] = after
        else:
            visits[before].next = after
        if after != NONE:
            visits[after].prev = before
        visits[v].prev = LOOSE
    visits[v].key = 0


@compiled
def plan_next(city: City, visits: Records, heap: Records, horizon: int, v: int) -> None:
    """Put the earliest clock of a visit in the calendar; at one tick in the order of the kinds."""
    tick, kind = visits[v].birthday, BIRTHDAY
    if visits[v].state == CARED_FOR:
        if visits[v].end < tick:
            tick, kind = visits[v].end, STAY_ENDS
    elif visits[v].state == WAITS:
        if visits[v].promotion < tick:
            tick, kind = visits[v].promotion, PROMOTION
        if visits[v].deadline < tick:
            tick, kind = visits[v].deadline, PATIENCE_ENDS
    key = (np.int64(tick) << TICK) | (np.int64(kind) << KIND) | np.int64(visits[v].id >> ID)
    if visits[v].key == key:
        return
    unplan(city, visits, v)
    if tick >= horizon:
        return
    visits[v].key = key
    b = tick >> city.shift[0]
    if b <= city.scalar[BUCKET]:
        heap_push(city, heap, key, visits[v].id, visits[v].number, v)
        return
    head = city.bucket[b]
    visits[v].next, visits[v].prev = head, NONE
    if head != NONE:
        visits[head].prev = v
    city.bucket[b] = v


@compiled
def before(a: Records, b: Records) -> bool:
    """Order of two entries of the heap."""
    if a.key != b.key:
        return bool(a.key < b.key)
    return bool(a.id < b.id or (a.id == b.id and a.number < b.number))


@compiled
def copy_entry(to: Records, entry: Records) -> None:
    to.key, to.id, to.number, to.visit = entry.key, entry.id, entry.number, entry.visit


@compiled
def heap_push(city: City, heap: Records, key: int, person: np.uint64, number: int, v: int) -> None:
    """The caller keeps room: the place beyond the last entry is scratch."""
    n = city.scalar[HEAPED]
    city.scalar[HEAPED] = n + 1
    spare = heap[heap.size - 1]
    spare.key, spare.id, spare.number, spare.visit = key, person, number, v
    while n > 0 and before(spare, heap[(n - 1) >> 1]):
        copy_entry(heap[n], heap[(n - 1) >> 1])
        n = (n - 1) >> 1
    copy_entry(heap[n], spare)


@compiled
def heap_pop(city: City, heap: Records) -> None:
    n = city.scalar[HEAPED] - 1
    city.scalar[HEAPED] = n
    last, at = heap[n], 0
    while 2 * at + 1 < n:
        child = 2 * at + 1
        if child + 1 < n and before(heap[child + 1], heap[child]):
            child += 1
        if not before(heap[child], last):
            break
        copy_entry(heap[at], heap[child])
        at = child
    copy_entry(heap[at], last)


# waiting lists


@compiled
def goes_first(visits: Records, a: int, b: int) -> bool:
    """Most urgent, then longest waiting, then smallest id."""
    if visits[a].urgency != visits[b].urgency:
        return bool(visits[a].urgency < visits[b].urgency)
    if visits[a].arrive != visits[b].arrive:
        return bool(visits[a].arrive < visits[b].arrive)
    return bool(visits[a].id < visits[b].id)


@compiled
def meld(visits: Records, a: int, b: int) -> int:
    """Join two pairing heaps; either may be NONE."""
    if a == NONE:
        return b
    if b == NONE:
        return a
    if goes_first(visits, b, a):
        a, b = b, a
    child = visits[a].child
    visits[b].after, visits[b].before = child, a
    if child != NONE:
        visits[child].before = b
    visits[a].child = b
    visits[a].after = visits[a].before = NONE
    return a


@compiled
def meld_children(visits: Records, v: int) -> int:
    """One heap of the children of a node: in pairs from the left, then together from the right."""
    child, pairs = visits[v].child, NONE
    while child != NONE:
        second = visits[child].after
        rest = visits[second].after if second != NONE else NONE
        pair = meld(visits, child, second)
        visits[pair].after = pairs  # a stack of pairs, through ``after``
        pairs = pair
        child = rest
    heap = NONE
    while pairs != NONE:
        rest = visits[pairs].after
        heap = meld(visits, heap, pairs)
        pairs = rest
    if heap != NONE:
        visits[heap].after = visits[heap].before = NONE
    return heap


@compiled
def step_in(city: City, visits: Records, v: int) -> None:
    """Join the waiting list ``visits[v].list``."""
    which, urgency = visits[v].list, visits[v].urgency
    city.queued[which] += 1
    last = city.last[which, urgency]
    if last == NONE or goes_first(visits, last, v):
        visits[v].child, visits[v].before, visits[v].after = IN_QUEUE, last, NONE
        if last == NONE:
            city.first[which, urgency] = v
        else:
            visits[last].after = v
        city.last[which, urgency] = v
    else:
        visits[v].child = visits[v].before = visits[v].after = NONE
        city.root[which] = meld(visits, city.root[which], v)


@compiled
def step_out(city: City, visits: Records, v: int) -> None:
    """Leave the waiting list, from any place in it."""
    which, urgency = visits[v].list, visits[v].urgency
    city.queued[which] -= 1
    ahead, behind = visits[v].before, visits[v].after
    if visits[v].child == IN_QUEUE:
        if ahead == NONE:
            city.first[which, urgency] = behind
        else:
            visits[ahead].after = behind
        if behind == NONE:
            city.last[which, urgency] = ahead
        else:
            visits[behind].before = ahead
    elif city.root[which] == v:
        city.root[which] = meld_children(visits, v)
    else:
        if visits[ahead].child == v:
            visits[ahead].child = behind
        else:
            visits[ahead].after = behind
        if behind != NONE:
            visits[behind].before = ahead
        city.root[which] = meld(visits, city.root[which], meld_children(visits, v))


@compiled
def first_in_list(city: City, visits: Records, which: int) -> int:
    """Who goes first; the list is not empty."""
    best = NONE
    for urgency in range(city.first.shape[1]):
        best = city.first[which, urgency]
        if best != NONE:
            break
    root = city.root[which]
    if best == NONE or (root != NONE and goes_first(visits, root, best)):
        return root
    return best


@compiled
def first_in_line(t: Tables, city: City, visits: Records, month: int, team: int) -> tuple[int, int]:
    """Who goes first of all whom a team may serve now, and the node it serves as."""
    pool = t.team_pool[team]
    merged = pool >= 0 and t.pool_merge[pool, month]
    best, node = NONE, NONE
    for i in range(t.serve_start[team], t.serve_start[team + 1]):
        for pooled in range(0 if t.serve_own[i] or merged else 1, 2):
            which = 2 * t.serve_asked[i] + pooled
            if city.queued[which] > 0:
                v = first_in_list(city, visits, which)
                if best == NONE or goes_first(visits, v, best):
                    best, node = v, t.serve_as[i]
    return best, node


@compiled
def in_reach(t: Tables, city: City, month: int, team: int) -> int:
    """How many wait whom a team may serve now."""
    pool = t.team_pool[team]
    merged = pool >= 0 and t.pool_merge[pool, month]
    n = 0
    for i in range(t.serve_start[team], t.serve_start[team + 1]):
        if t.serve_own[i] or merged:
            n += city.queued[2 * t.serve_asked[i]]
        n += city.queued[2 * t.serve_asked[i] + 1]
    return n


@compiled
def free_places(t: Tables, city: City, month: int, team: int) -> int:
    if t.is_supply[team]:
        return city.supply_left[team]
    return t.places[team, month] - city.occupied[team]


@compiled
def freest_team(t: Tables, city: City, month: int, asked: int) -> int:
    """Where a newcomer to a pool is helped: the team with most free places, then its name."""
    own, best, most = t.node_team[asked], NONE, 0
    for i in range(t.helper_start[asked], t.helper_start[asked + 1]):
        team = t.helper_team[i]
        pool = t.team_pool[team]
        if team == own or t.pool_merge[pool, month] or t.pool_inflow[pool, month]:
            free = free_places(t, city, month, team)
            if free > most:
                best, most = team, free
    return best


@compiled
def touch(city: City, touched: I64, team: int, asked: int, times: int) -> None:
    n = city.scalar[TOUCHED]
    touched[n, 0], touched[n, 1], touched[n, 2] = team, asked, times
    city.scalar[TOUCHED] = n + 1


# visits and people


@compiled
def counts_of(city: City, people: Records, counts: I32, i: int, kind: int) -> int:
    """The line that counts this person's decisions at this kind of node."""
    line = people[i].counts
    while line != NONE and counts[line, 0] != kind:
        line = counts[line, 1]
    if line == NONE:
        line = city.scalar[FREE_LINE]
        if line != NONE:
            city.scalar[FREE_LINE] = counts[line, 1]
        else:
            line = city.scalar[LINES]
            city.scalar[LINES] = line + 1
        counts[line, 0], counts[line, 1] = kind, people[i].counts
        for decision in range(2, counts.shape[1]):
            counts[line, decision] = 0
        people[i].counts = line
    return line


@compiled
def decide(t: Tables, counts: I32, line: int, kind: int, decision: int, luck: np.uint64) -> np.uint64:
    """Key of this person's next decision of this sort at this kind of node."""
    occurrence = counts[line, 2 + decision]
    counts[line, 2 + decision] = occurrence + 1
    return combine(combine(luck, t.decision_key[decision, kind]), np.uint64(occurrence))


@compiled
def new_person(city: City, people: Records, base: np.uint64, person: np.uint64, birth: int, gebied: int) -> int:
    i = city.scalar[FREE_PERSON]
    if i != NONE:
        city.scalar[FREE_PERSON] = people[i].visit
    else:
        i = city.scalar[PEOPLE]
        city.scalar[PEOPLE] = i + 1
    people[i].id, people[i].luck, people[i].birth, people[i].gebied = person, combine(base, person), birth, gebied
    people[i].visit = people[i].kept = people[i].counts = NONE
    people[i].visits = 0
    return i


@compiled
def forget(city: City, people: Records, counts: I32, i: int) -> None:
    """Somebody left for good: the record and the lines are free."""
    line = people[i].counts
    while line != NONE:
        after = counts[line, 1]
        counts[line, 1] = city.scalar[FREE_LINE]
        city.scalar[FREE_LINE] = line
        line = after
    people[i].visit = city.scalar[FREE_PERSON]
    city.scalar[FREE_PERSON] = i


@compiled
def begin(
    t: Tables, city: City, visits: Records, people: Records, counts: I32, log: Records, value: F64,
    i: int, kind: int, node: int, entry: int, arrive: int, now: int, horizon: int,
) -> int:  # fmt: skip
    """A new visit with its urgency and its birthday clock, and its row in the log."""
    v = city.scalar[FREE_VISIT]
    if v != NONE:
        city.scalar[FREE_VISIT] = visits[v].next
    else:
        v = city.scalar[VISITS]
        city.scalar[VISITS] = v + 1
    ages, age = t.age_to.size, 0
    birth = people[i].birth
    while age < ages - 1 and arrive - birth >= t.age_to[age]:
        age += 1
    client_class = people[i].gebied * ages + age
    line = counts_of(city, people, counts, i, kind)
    urgency = choose_urgency(t, value, node, client_class, decide(t, counts, line, kind, ON_ARRIVAL, people[i].luck))
    too_old = birth + whole(value[t.age_limit_row[node]])
    row = city.scalar[ROWS]
    city.scalar[ROWS] = row + 1
    number = people[i].visits
    people[i].visits = number + 1
    people[i].visit = v

    visit = visits[v]
    visit.key, visit.id, visit.prev, visit.person, visit.row, visit.number, visit.line = 0, people[i].id, LOOSE, i, row, number, line
    visit.asked, visit.served, visit.client_class, visit.arrive, visit.left = node, NONE, client_class, arrive, 0
    visit.birthday = too_old if now < too_old < horizon else STOPPED
    visit.end = visit.promotion = visit.deadline = STOPPED
    visit.list = NONE
    visit.urgency, visit.state, visit.keep, visit.remaining, visit.group = urgency, WAITS, p.KEEP_NONE, 0, p.END

    new = log[row]
    new.id, new.birth, new.gebied, new.number, new.entry = people[i].id, birth, people[i].gebied, number, entry
    new.asked, new.served, new.urgency_arrival, new.urgency_start = node, NONE, urgency, -1
    new.arrive, new.start, new.end, new.release = arrive, BLANK, BLANK, BLANK
    new.outcome, new.route = WAITING, -1
    return v


@compiled
def close(city: City, visits: Records, log: Records, v: int, now: int) -> None:
    """A visit is over and holds no place: nothing of it remains but its row."""
    if visits[v].list != NONE:
        step_out(city, visits, v)
    unplan(city, visits, v)
    visits[v].state = OVER
    log[visits[v].row].release = now
    visits[v].next = city.scalar[FREE_VISIT]
    city.scalar[FREE_VISIT] = v


@compiled
def free_place(t: Tables, city: City, visits: Records, log: Records, touched: I64, v: int, now: int) -> None:
    """The place of a visit comes free (or its wait is over)."""
    if visits[v].served != NONE:
        team = t.node_team[visits[v].served]
        if not t.is_supply[team]:
            city.occupied[team] -= 1
            touch(city, touched, team, NONE, 1)
    close(city, visits, log, v, now)


@compiled
def run_stay(
    t: Tables, city: City, visits: Records, people: Records, counts: I32, heap: Records, value: F64, v: int, now: int, horizon: int
) -> None:
    """A stay of ``left`` ticks begins, or goes on; it ends, or breaks off for an interim."""
    node, length, group = visits[v].served, np.int64(visits[v].left), p.END
    if t.interim.kind[node] != p.NO_STAY:
        i, kind = visits[v].person, t.node_kind[node]
        key = decide(t, counts, counts_of(city, people, counts, i, kind), kind, ON_INTERIM, people[i].luck)
        first = duration(t.interim, t, value, node, visits[v].client_class, key)
        if first < length:
            group, length = p.INTERIM, first
    visits[v].left -= length
    visits[v].group = group
    visits[v].end = min(now + length, STOPPED)
    plan_next(city, visits, heap, horizon, v)


@compiled
def promote_after(t: Tables, visits: Records, value: F64, v: int) -> int:
    return whole(value[t.promote_row[visits[v].asked, visits[v].client_class]])


@compiled
def admit(
    t: Tables, city: City, visits: Records, people: Records, counts: I32, log: Records, heap: Records, value: F64,
    present: Present, base: np.uint64, horizon: int,
) -> None:  # fmt: skip
    """Put everybody in place who is in care or waiting on the start date."""
    for k in range(present.id.size):
        node = present.node[k]
        i = new_person(city, people, base, present.id[k], present.birth[k], present.gebied[k])
        v = begin(t, city, visits, people, counts, log, value, i, t.node_kind[node], node, WARM, present.arrive[k], 0, horizon)
        if present.end[k] >= 0:
            row = log[visits[v].row]
            row.outcome, row.served, row.start, row.urgency_start = IN_CARE, node, present.arrive[k], visits[v].urgency
            visits[v].state, visits[v].served = CARED_FOR, node
            city.occupied[t.node_team[node]] += 1
            visits[v].left = min(present.end[k], STOPPED)
            run_stay(t, city, visits, people, counts, heap, value, v, 0, horizon)
            continue
        promotion = present.arrive[k] + promote_after(t, visits, value, v)
        while visits[v].urgency > 0 and promotion <= 0:
            visits[v].urgency -= 1
            promotion += promote_after(t, visits, value, v)
        if visits[v].urgency > 0:
            visits[v].promotion = min(promotion, STOPPED)
        if present.deadline[k] >= 0:
            visits[v].deadline = min(max(1, present.deadline[k]), STOPPED)
        visits[v].list = 2 * node
        step_in(city, visits, v)
        plan_next(city, visits, heap, horizon, v)


@compiled
def grown(arena: Records) -> Records:
    """An arena twice as large."""
    larger = np.empty(2 * arena.shape[0], arena.dtype)
    larger[: arena.shape[0]] = arena
    return larger
