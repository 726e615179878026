"""Draws of the kernel: the functions of ``sim.draws`` on 64-bit words, and the choices and durations made with them."""

from __future__ import annotations

import math

import numpy as np

from sim.draws import keyed, quantiles
from sim.draws.persons import LAYER_HEIGHT
from sim.engine.compiled.memory import F64, Flag, Float, Int, Key, Records, compiled, int64
from sim.engine.compiled.records import AT_SITES, NONE, ON_ARRIVAL, ON_ROUTE, URGENCY_ROW, Tables, Timeline
from sim.plan import plan as p

KEY_SITE, KEY_COUNT = np.uint64(keyed.SITE), np.uint64(keyed.COUNT)
KEY_HEIGHT, KEY_MOMENT, KEY_AGE = np.uint64(keyed.HEIGHT), np.uint64(keyed.MOMENT), np.uint64(keyed.AGE)
GOLDEN, MIX_1, MIX_2 = np.uint64(keyed.GOLDEN), np.uint64(keyed.MIX_1), np.uint64(keyed.MIX_2)
S12, S27, S30, S31 = np.uint64(12), np.uint64(27), np.uint64(30), np.uint64(31)
UNIT = keyed.UNIT
HALF_ROOT = int64(np.float64(math.sqrt(0.5)).view(np.int64))  # bits of sqrt(1/2)
LOG_OF_2 = math.log(2.0)
RACE_MARGIN = 1.0003  # twice the error of ``about`` on either side is 1.0001

normal_quantile = compiled(quantiles.normal_quantile)
class_quantile = compiled(quantiles.class_quantile)
in_ticks = compiled(quantiles.in_ticks)


@compiled
def mix(x: Key) -> Key:
    x = (x ^ (x >> S30)) * MIX_1
    x = (x ^ (x >> S27)) * MIX_2
    return x ^ (x >> S31)


@compiled
def combine(h: Key, value: Key) -> Key:
    return mix((h + GOLDEN) ^ value)


@compiled
def uniform(key: Key) -> Float:
    return (np.float64(int64(key >> S12)) + 0.5) * UNIT


@compiled
def about(u: Float) -> Float:
    """-log(1 - u) within one part in 19,000, at a fraction of its cost; see ``race_is_close``.

    The bits of 1 - u (which is exact) give its exponent and 1 + x, with x from sqrt(1/2) - 1 to sqrt(2) - 1. The polynomial is the one of
    degree 4 that is nearest to log(1 + x) / x there, by the largest relative error.
    """
    bits = np.float64(1.0 - u).view(np.int64)
    exponent = (bits - HALF_ROOT) >> 52
    x = int64(bits - (exponent << 52)).view(np.float64) - 1.0
    square = x * x
    high = (0.33638884542943037 - 0.27094598693613414 * x) + square * 0.17658051227709137
    return -(np.float64(exponent) * LOG_OF_2 + x * ((0.9999661813153431 - 0.4994506479477709 * x) + square * high))


@compiled
def race_is_close(shortest: Float, second: Float) -> Flag:
    """Whether the winner of an exponential race by ``about`` may not be the winner by the logarithm itself: at most once in thousands."""
    return second <= shortest * RACE_MARGIN


@compiled
def duration(t: Tables, value: F64, node: Int, client_class: Int, clock: Int, key: Key) -> Int:
    """Ticks drawn from a node's distribution; see ``Clock`` in the plan."""
    kind, profile, of_class = t.node[node].clock[clock], t.node[node].profile, int64(t.row_class[client_class])
    a = value[t.row[profile, of_class, 3 * clock]]
    cap = value[t.row[profile, of_class, 3 * clock + 2]]
    if kind == p.FIXED:
        return in_ticks(a, cap)
    u = uniform(key)
    if kind == p.EXPONENTIAL:
        return in_ticks(-math.log(1.0 - u) * a, cap)
    if kind == p.LOGNORMAL:
        return in_ticks(math.exp(value[t.row[profile, of_class, 3 * clock + 1]] * normal_quantile(u)) * a, cap)
    table = t.node[node].table[clock]
    first, last = int64(t.table_start[table]), int64(t.table_start[table + 1])
    return in_ticks(class_quantile(u, first, last, t.table_p, t.table_q) * a, cap)


@compiled
def choose_urgency(t: Tables, value: F64, kind: Int, node: Int, client_class: Int, luck: Key, occurrence: Int) -> Int:
    if t.node[node].urgency != NONE:
        return int64(t.node[node].urgency)
    profile, of_class = t.node[node].profile, int64(t.row_class[client_class])
    best, shortest, most = t.urgency_key.size - 1, math.inf, 0.0
    for urgency in range(t.urgency_key.size):
        share = value[t.row[profile, of_class, URGENCY_ROW + urgency]]
        if share > most:
            best, most = urgency, share
    if most >= 1.0:
        return best
    best, second = t.urgency_key.size - 1, math.inf
    key = combine(combine(luck, t.kind_key[kind, ON_ARRIVAL]), np.uint64(occurrence))
    for urgency in range(t.urgency_key.size):  # who has no share never comes in: it takes x / 0
        time = about(uniform(combine(key, t.urgency_key[urgency]))) / value[t.row[profile, of_class, URGENCY_ROW + urgency]]
        second = min(second, max(time, shortest))
        best = urgency if time < shortest else best
        shortest = min(time, shortest)
    if not race_is_close(shortest, second):
        return best
    best, shortest = t.urgency_key.size - 1, math.inf
    for urgency in range(t.urgency_key.size):
        time = -math.log(1.0 - uniform(combine(key, t.urgency_key[urgency]))) / value[t.row[profile, of_class, URGENCY_ROW + urgency]]
        if time < shortest:
            best, shortest = urgency, time
    return best


@compiled
def choose_route(t: Tables, value: F64, kind: Int, group: Int, client_class: Int, luck: Key, occurrence: Int) -> Int:
    """Exponential race: the smallest E / share wins, ties go to the first name."""
    first, last = int64(t.route_start[4 * kind + group]), int64(t.route_start[4 * kind + group + 1])
    best, shortest = first, math.inf
    if last - first == 1:
        return best
    of_class = int64(t.share_class[client_class])
    key = combine(combine(luck, t.kind_key[kind, ON_ROUTE + group]), np.uint64(occurrence))
    second = math.inf
    for route in range(first, last):
        time = about(uniform(combine(key, t.route[route].key))) / value[t.share_row[of_class, route]]
        second = min(second, max(time, shortest))
        best = route if time < shortest else best
        shortest = min(time, shortest)
    if not race_is_close(shortest, second):
        return best
    best, shortest = first, math.inf
    for route in range(first, last):
        time = -math.log(1.0 - uniform(combine(key, t.route[route].key))) / value[t.share_row[of_class, route]]
        if time < shortest:
            best, shortest = route, time
    return best


@compiled
def choose_site(t: Tables, value: F64, kind: Int, cell: Int, luck: Key) -> Int:
    """The node where a person meets this kind; ``cell``: of the kind and the gebied."""
    first, last = int64(t.site_start[cell]), int64(t.site_start[cell + 1])
    best, shortest = int64(t.site[first].node), math.inf
    if last - first == 1:
        return best
    key = combine(combine(luck, KEY_SITE), t.kind_key[kind, AT_SITES])
    second = math.inf
    for i in range(first, last):
        time = about(uniform(combine(key, t.site[i].key))) / value[t.site[i].weight_row]
        second = min(second, max(time, shortest))
        best = int64(t.site[i].node) if time < shortest else best
        shortest = min(time, shortest)
    if not race_is_close(shortest, second):
        return best
    best, shortest = int64(t.site[first].node), math.inf
    for i in range(first, last):
        time = -math.log(1.0 - uniform(combine(key, t.site[i].key))) / value[t.site[i].weight_row]
        if time < shortest:
            best, shortest = int64(t.site[i].node), time
    return best


@compiled
def whole(x: Float) -> Int:
    """A duration from a row, in whole ticks; ``NEVER`` at most."""
    return int64(min(x, float(p.NEVER)))


@compiled
def draw_arrivals(line: Timeline, base: Key, month: Int, people: Records) -> Int:
    """Everybody who asks for help from outside in a month, to ``people``, which has room; how many: the twin of ``sim.draws.persons``."""
    begin, length, n = line.start[month], line.start[month + 1] - line.start[month], 0
    for s in range(line.stream.size):
        rate = line.rate[month, s]
        if rate <= 0.0:
            continue
        stream = line.stream[s]
        stream_month = combine(stream.key, np.uint64(line.calendar[month]))
        for layer in range(int64(math.ceil(rate / LAYER_HEIGHT))):
            cell = combine(stream_month, np.uint64(layer))
            u = uniform(combine(combine(base, cell), KEY_COUNT))
            points = 0
            while points < line.points.shape[1] and line.points[month, points] < u:
                points += 1
            for index in range(points):
                person = combine(cell, np.uint64(index))
                luck = combine(base, person)
                if not (layer + uniform(combine(luck, KEY_HEIGHT))) * LAYER_HEIGHT < rate:
                    continue
                tick = begin + int64(math.floor(uniform(combine(luck, KEY_MOMENT)) * length))
                new = people[n]
                new.id = person
                new.tick = tick
                new.birth = tick - stream.youngest - int64(math.floor(uniform(combine(luck, KEY_AGE)) * stream.span))
                new.gebied = stream.gebied
                new.kind = stream.kind
                n += 1
    return n
