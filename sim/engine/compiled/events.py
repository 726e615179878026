"""The calendar of the kernel: buckets of visits by their time, a small heap for what is planned within the open one, and the sorting."""

from __future__ import annotations

import numpy as np

from sim.engine.compiled.memory import I32, I64, Flag, Int, Key, Records, compiled, fetch, int64
from sim.engine.compiled.records import (
    ARRIVES,
    AT_START,
    BIN_BITS,
    BIRTHDAY,
    CARE,
    CARED_FOR,
    CHUNK,
    CHUNKS,
    FIRST,
    FREE_CHUNK,
    HEAPED,
    ID,
    KIND,
    LOGGED,
    NONE,
    OPEN,
    PATIENCE_ENDS,
    PROMOTION,
    SHIFT,
    STAY_ENDS,
    TICK,
    WAIT,
    WAITS,
    City,
)

GAPS = np.array([1, 4, 10, 23, 57, 132, 301, 701, 1577, 3548, 7983, 17961, 40412, 90927, 204585, 460316, 1035711, 2330349], np.int64)


@compiled
def sort_pairs(key: I64, item: I64, first: Int, last: Int) -> None:
    """Sort by (key, item), in place: Shell sort with the gaps of Ciura (2001). Never quadratic, however many ties."""
    g = 0
    while g < GAPS.size - 1 and 2 * GAPS[g + 1] <= last - first:
        g += 1
    while g >= 0:
        gap = GAPS[g]
        for i in range(first + gap, last):
            k = key[i]
            x = item[i]
            j = i
            while j >= first + gap and (key[j - gap] > k or (key[j - gap] == k and item[j - gap] > x)):
                key[j] = key[j - gap]
                item[j] = item[j - gap]
                j -= gap
            key[j] = k
            item[j] = x
        g -= 1


@compiled
def sort_spread(key: I64, item: I64, n: Int, begin: Int, shift: Int, spare_key: I64, spare_item: I64, start: I64) -> None:
    """Sort by (key, item) when keys are spread over time: dealt out over bins of 2^shift ticks, then sorted within each."""
    bins = start.size - 1
    for b in range(bins + 1):
        start[b] = 0
    for i in range(n):
        spare_key[i] = key[i]
        spare_item[i] = item[i]
        start[((key[i] >> TICK) - begin) >> shift] += 1
    before = 0
    for b in range(bins + 1):
        here = start[b]
        start[b] = before
        before += here
    for i in range(n):
        b = ((spare_key[i] >> TICK) - begin) >> shift
        key[start[b]] = spare_key[i]
        item[start[b]] = spare_item[i]
        start[b] += 1
    first = AT_START
    for b in range(bins):
        if start[b] - first > 1:
            sort_pairs(key, item, first, start[b])
        first = start[b]


@compiled
def agenda_of(people: Records, n: Int, begin: Int, length: Int) -> I64:
    """Arrivals of a month by (tick, id): their keys for the calendar in line 0, their numbers in line 1."""
    shift = AT_START
    while length >> shift > n:
        shift += 1
    agenda, spare, start = np.empty((2, n), np.int64), np.empty((2, n), np.int64), np.empty((length >> shift) + 2, np.int64)
    for i in range(n):
        agenda[0, i] = (int64(people[i].tick) << TICK) | (ARRIVES << KIND) | int64(people[i].id >> ID)
        agenda[1, i] = i
    sort_spread(agenda[0], agenda[1], n, begin, shift, spare[0], spare[1], start)
    for i in range(1, n):  # the rest of the id, where keys tie
        j = i
        while j > 0 and agenda[0, j] == agenda[0, j - 1] and people[agenda[1, j]].id < people[agenda[1, j - 1]].id:
            agenda[1, j], agenda[1, j - 1] = agenda[1, j - 1], agenda[1, j]
            j -= 1
    return agenda


@compiled
def comes_first(a: Key, a_number: Int, b: Key, b_number: Int) -> Flag:
    """Order of two events with the same key, by person and number of the visit."""
    return a < b or (a == b and a_number < b_number)


@compiled
def visit_first(people: Records, a: Records, b: Records) -> Flag:
    """The same, of two visits."""
    return comes_first(people[a.person].id, a.number, people[b.person].id, b.number)


@compiled
def earlier(a: Records, b: Records) -> Flag:
    """Order of two entries of the heap."""
    return a.key < b.key or (a.key == b.key and comes_first(a.id, a.number, b.id, b.number))


@compiled
def heap_push(city: City, heap: Records, key: Int, person: Key, number: Int, v: Int) -> None:
    """The caller keeps room for it and for one more, where the entry lies until it has its place."""
    n = city.scalar[HEAPED]
    city.scalar[HEAPED] = n + 1
    entry = heap[heap.size - 1]
    entry.key = key
    entry.id = person
    entry.number = number
    entry.visit = v
    while n > 0 and earlier(entry, heap[(n - 1) >> 1]):
        heap[n] = heap[(n - 1) >> 1]
        n = (n - 1) >> 1
    heap[n] = entry


@compiled
def heap_pop(city: City, heap: Records) -> None:
    n = city.scalar[HEAPED] - 1
    city.scalar[HEAPED] = n
    at = 0
    while 2 * at + 1 < n:
        child = 2 * at + 1
        if child + 1 < n and earlier(heap[child + 1], heap[child]):
            child += 1
        if not earlier(heap[child], heap[n]):
            break
        heap[at] = heap[child]
        at = child
    heap[at] = heap[n]


@compiled
def is_due(visits: Records, people: Records, entry: Records) -> Flag:
    """Whether an entry of the heap still stands: its visit may have started, left, or made way for another."""
    visit = visits[entry.visit]
    return visit.key == entry.key and people[visit.person].id == entry.id and visit.number == entry.number


@compiled
def plan_next(city: City, visits: Records, person: Key, chunk: I32, heap: Records, horizon: Int, v: Int) -> None:
    """Put the earliest clock of a visit (of this person) in the calendar; at one tick in the order of the kinds."""
    visit = visits[v]
    tick, kind = int64(visit.birthday), BIRTHDAY
    if visit.state == CARED_FOR:
        if visit.end < tick:
            tick, kind = int64(visit.end), STAY_ENDS
    elif visit.state == WAITS:
        if visit.promotion < tick:
            tick, kind = int64(visit.promotion), PROMOTION
        if visit.deadline < tick:
            tick, kind = int64(visit.deadline), PATIENCE_ENDS
    key = (tick << TICK) | (kind << KIND) | int64(person >> ID)
    if visit.key == key:
        return
    if tick >= horizon:
        visit.key = 0
        return
    visit.key = key
    b = tick >> city.scalar[SHIFT]
    if b <= city.scalar[OPEN]:
        heap_push(city, heap, key, person, int64(visit.number), v)
        return
    bucket = city.bucket[b]
    c = int64(bucket.chunk)
    if bucket.held == CHUNK - 1:
        full = c
        c = city.scalar[FREE_CHUNK]
        if c != NONE:
            city.scalar[FREE_CHUNK] = chunk[c, CHUNK - 1]
        else:
            c = city.scalar[CHUNKS]
            city.scalar[CHUNKS] = c + 1
        chunk[c, CHUNK - 1] = full
        bucket.chunk = c
        bucket.held = 0
    chunk[c, bucket.held] = v
    bucket.held += 1


@compiled
def open_bucket(city: City, visits: Records, people: Records, counts: I64, log: Records, chunk: I32, b: Int, due: I64, start: I64) -> Int:
    """Events of a bucket, in order: their keys in ``due[0]`` and visits in ``due[1]``, which has room. Returns how many."""
    shift, logged, n = city.scalar[SHIFT], city.scalar[LOGGED], 0
    c, last = int64(city.bucket[b].chunk), int64(city.bucket[b].held)
    while c != NONE:
        for i in range(last):
            v = chunk[c, i]
            if visits[v].key != 0 and visits[v].key >> TICK >> shift == b:
                due[0, n] = visits[v].key
                due[1, n] = v
                n += 1
                fetch(people, int64(visits[v].person), FIRST)
                if visits[v].counts >= 4:
                    fetch(counts, (int64(visits[v].counts) >> 2) - 1, FIRST)
                if logged:
                    fetch(log, int64(visits[v].record), FIRST)
                else:
                    fetch(city.sum, int64(visits[v].record), CARE if visits[v].state == CARED_FOR else WAIT)
        rest = int64(chunk[c, CHUNK - 1])
        chunk[c, CHUNK - 1] = city.scalar[FREE_CHUNK]
        city.scalar[FREE_CHUNK] = c
        c = rest
        last = CHUNK - 1
    if n > 16:
        sort_spread(due[0], due[1], n, b << shift, max(AT_START, shift - BIN_BITS), due[2], due[3], start)
    elif n > 1:
        sort_pairs(due[0], due[1], AT_START, n)
    for i in range(1, n):  # the rest of the id and the number, where keys tie
        j = i
        while j > 0 and due[0, j] == due[0, j - 1] and visit_first(people, visits[due[1, j]], visits[due[1, j - 1]]):
            due[1, j], due[1, j - 1] = due[1, j - 1], due[1, j]
            j -= 1
    return n


@compiled
def in_bucket(city: City, visits: Records, chunk: I32, b: Int) -> Int:
    """How many visits a bucket has, those that changed their plans included; they are fetched."""
    n, c, last = 0, int64(city.bucket[b].chunk), int64(city.bucket[b].held)
    while c != NONE:
        for i in range(last):
            fetch(visits, int64(chunk[c, i]), FIRST)
        c = int64(chunk[c, CHUNK - 1])
        n += last
        last = CHUNK - 1
    return n
