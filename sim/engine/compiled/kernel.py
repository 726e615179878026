"""The compiled engine: docs/semantics.md once more, over flat records. All compiled code is in this module.

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

import importlib
import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from sim.draws import keyed, quantiles
from sim.draws.persons import LAYER_HEIGHT
from sim.engine.visit_log import (
    AGED_OUT,
    EXTERNAL,
    FROM_NODE,
    IN_CARE,
    INTERRUPTED,
    MOVED_ON,
    NO_NEXT,
    NULL,
    RENEGED,
    RENEWAL,
    WAITING,
    WARM,
)  # fmt: skip
from sim.plan import plan as p

numba: Any = importlib.import_module("numba")  # untyped
cgutils: Any = importlib.import_module("numba.core.cgutils")

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile when first called, as part of the caller; Python itself cannot call it."""
    return cast(F, numba.njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)(function))


def compiled_apart(function: F) -> F:
    """The same, but as a function of its own, out of the way of those who do not need it."""
    return cast(F, numba.njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(function))


I8 = NDArray[np.int8]
I16 = NDArray[np.int16]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]
Records: TypeAlias = Any  # arrays of the records below, or one of them
# int64, bool, float64 and uint64, which numba keeps apart and mypy cannot
Int: TypeAlias = Any
Flag: TypeAlias = Any
Float: TypeAlias = Any
Key: TypeAlias = Any
int64: Any = np.int64


def _overlaid(dtype: np.dtype[Any], **where: str) -> np.dtype[Any]:
    """A record with further fields in the place of some it has."""
    fields: Any = dtype.fields
    names = [*fields, *where]
    old = [fields[where.get(name, name)] for name in names]
    return np.dtype({"names": names, "formats": [f[0] for f in old], "offsets": [f[1] for f in old], "itemsize": dtype.itemsize})


# One cache line each. What matters only in care lies where something lies that matters only before.
VISIT = _overlaid(
    np.dtype(
        [
            ("key", "i8"),  # event to come; 0: none
            ("person", "u4"), ("number", "i4"),
            ("record", "u4"),  # its row in the log, or where its sums are
            ("counts", "u4"),  # where its kind is counted; see ``counts_of``
            ("arrive", "i4"),
            ("birthday", "i4"), ("end", "i4"), ("deadline", "i4"),  # ticks of its clocks, or STOPPED
            ("child", "i4"), ("after", "i4"), ("before", "i4"),  # where it waits; ``after`` of a free slot: the next free one
            ("asked", "u2"), ("served", "i2"), ("client_class", "u2"),
            ("list", "i1"), ("urgency", "u1"), ("state", "u1"), ("group", "u1"), ("entry", "i1"),  # list: 1 of a pool, 0, or NONE
        ],
        align=True,
    ),
    promotion="end",
    left="deadline",  # ticks of stay not yet used
)  # fmt: skip
PERSON = np.dtype(
    [
        ("id", "u8"), ("luck", "u8"),
        ("word", "i8", 3), ("line", "i4"),  # counts at three kinds of node, and the line of the others
        ("birth", "i4"), ("visits", "i4"),  # visits so far
        ("kept", "i4"), ("kept_kind", "i2"), ("keep", "i1"), ("remaining", "i1"),  # visit that keeps a place; of a free slot: the next
        ("gebied", "u4"),
    ],
    align=True,
)  # fmt: skip
ENTRY = np.dtype([("key", "i8"), ("id", "u8"), ("number", "i4"), ("visit", "u4")], align=True)  # of the heap
ARRIVAL = np.dtype([("id", "u8"), ("tick", "i4"), ("birth", "i4"), ("gebied", "u4"), ("kind", "u4")], align=True)
ROW = np.dtype(
    [
        ("id", "u8"), ("birth", "i4"), ("arrive", "i4"), ("start", "i4"), ("end", "i4"), ("release", "i4"),
        ("number", "i4"), ("route", "i4"),
        ("asked", "i2"), ("served", "i2"), ("gebied", "i2"),
        ("entry", "i1"), ("urgency_arrival", "i1"), ("urgency_start", "i1"), ("outcome", "i1"),
    ],
    align=True,
)  # fmt: skip
NODE = np.dtype(
    [
        ("kind", "u4"), ("team", "u4"), ("age_limit_row", "u4"),
        ("profile", "u4"), ("urgency", "i4"),  # line of ``row`` (alike for many sites); urgency of everybody always, or NONE
        ("helpers", "u4"), ("helpers_end", "u4"),  # teams that may serve it
        ("clock", "i1", 3), ("to_end", "i1"), ("table", "i4", 3),  # of stay, interim and patience; to_end: of the norm
        ("within", "i4"),  # norm in ticks; 0: none
    ],
    align=True,
)  # fmt: skip
ROUTE = np.dtype([("key", "u8"), ("to", "i4"), ("name", "i4"), ("keep", "i1"), ("remaining", "i1"), ("keeps_on", "i1")], align=True)
SITE = np.dtype([("key", "u8"), ("node", "u4"), ("weight_row", "u4")], align=True)
SERVE = np.dtype([("asked", "u4"), ("served", "u4"), ("own", "i1")], align=True)
TEAM = np.dtype(
    [("places", "i8"), ("occupied", "i8"), ("pool", "i4"), ("serves", "u4"), ("serves_end", "u4"), ("is_supply", "i1")], align=True
)  # places: of this month, or units of supply left
POOL = np.dtype([("free", "i8"), ("merged", "i1"), ("inflow", "i1")], align=True)  # free: places to fill on the first of the month
BUCKET = np.dtype([("chunk", "i4"), ("held", "i4")], align=True)  # first chunk, visits in it
QUEUE = np.dtype([("front", "i4"), ("back", "i4"), ("latest", "i4")], align=True)  # latest: nobody in it arrived after this
LIST = np.dtype([("waiting", "i4"), ("root", "i4")], align=True)
STREAM = np.dtype([("key", "u8"), ("youngest", "i8"), ("span", "i8"), ("gebied", "i4"), ("kind", "i4")], align=True)

STOPPED = 2**31 - 1  # a clock that does not run; also the longest stay that is told apart
LONGEST = 2**30  # horizon, in ticks, that keys and clocks can hold: 2,000 years
BLANK = -(2**31)  # a time that has not come, in the log
IN_QUEUE = -2
CHUNK = 16  # numbers in a chunk of a bucket: visits, and last the next chunk
LINE = 4  # words in a line of counts: node kinds, and last the next line
BIN_BITS = 8  # a bucket is sorted by way of so many bins, as a power of two
TICK, KIND, ID = 33, 30, np.uint64(34)  # shifts that make a key
ENDLESS = 2**62

# kinds of event, in the order in which they run within a tick
PARAMETERS, BIRTHDAY, STAY_ENDS, PROMOTION, ARRIVES, PATIENCE_ENDS = range(6)
# state of a visit
OVER, WAITS, CARED_FOR, KEPT = range(4)
# What is passed to functions is np.int64: numba would compile them once more for every literal.
NONE, ONCE = int64(-1), int64(1)
# clocks of a node, and fields of ``row``: a, b, cap of each clock, then promotion, then the share of each urgency
STAY, INTERIM, PATIENCE = [int64(i) for i in range(3)]
PROMOTE_ROW, URGENCY_ROW = 9, 10
# decisions, as columns of ``kind_key``; the first seven are counted. Then the key of the sites.
ON_ARRIVAL, ON_STAY, ON_ROUTE, ON_INTERIM, ON_PATIENCE, AT_SITES = np.array([0, 1, 2, 6, 7, 8], np.int64)
# a word of ``counts``: kind, and seven counts of seven bits; MANY: they outgrew that, and the word has the line where they have 32 bits
KIND_MASK, MANY, COUNTS, COUNT_BITS, MOST = 0x1FFF, 0x2000, 14, 7, 127
NOTHING = KIND_MASK  # a word without a kind
# what happens next
SETTLE, ARRIVE, START, LEAVE = range(4)
BY_EXTERNAL, BY_NODE, BY_RENEWAL, BY_WARM = np.array([EXTERNAL, FROM_NODE, RENEWAL, WARM], np.int64)
AT_START = FIRST = int64(0)
# Columns of ``City.sum``, by cache lines: waits, care, and what is rare. Ticks stand behind how many are in a state now: the ticks at which
# they left it or the year ended, less those at which they came or it began.
WAIT_NOW, WAIT_TICKS, ARRIVALS, ANSWERED, ANSWERED_WAIT, GAVE_UP, NORM_BASE, WITHIN_NORM = range(8)
CARE_NOW, CARE_TICKS, KEPT_NOW, KEPT_TICKS, STARTS, ENDED, LEFT, RENEWALS, TOO_OLD = range(8, 17)
WAIT, CARE = int64(WAIT_NOW), int64(CARE_NOW)
CELL, SUM_LINE, NUMBERS = 17, 24, 17  # node and client class; columns in all; those that are numbers
OUTCOME_OF_GROUP = np.array([MOVED_ON, RENEGED, AGED_OUT, INTERRUPTED], np.int8)
# scalars of the city
FREE_VISIT, VISITS, FREE_PERSON, PEOPLE, FREE_LINE, LINES, FREE_CHUNK, CHUNKS, ROWS = range(9)  # ROWS: visits begun so far
OPEN, SHIFT, HEAPED, TOUCHED, NEXT_TOUCHED = range(9, 14)  # OPEN: the bucket whose time has come
LOGGED, SLOTS, YEAR, YEAR_BEGINS, LIKELY_NEXT, SCALARS = range(14, 20)  # LOGGED: 1 with a log, 0 with sums; SLOTS: of sums, used so far
OF_VISITS, OF_PEOPLE, OF_COUNTS, OF_LOG, OF_HEAP, OF_CHUNK, OF_TOUCHED, OF_DUE, OF_BINS, OF_AGENDA, ARENAS = range(11)  # of ``kept_alive``
FOR_NEWCOMER, ANY_TEAM = int64(-1), int64(-2)  # in place of a team with something to fill; see ``touch``

KEY_SITE, KEY_COUNT = np.uint64(keyed.SITE), np.uint64(keyed.COUNT)
KEY_HEIGHT, KEY_MOMENT, KEY_AGE = np.uint64(keyed.HEIGHT), np.uint64(keyed.MOMENT), np.uint64(keyed.AGE)
GOLDEN, MIX_1, MIX_2, SIGN = np.uint64(keyed.GOLDEN), np.uint64(keyed.MIX_1), np.uint64(keyed.MIX_2), np.uint64(2**63)
S12, S27, S30, S31, S32 = np.uint64(12), np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
UNIT = keyed.UNIT
HALF_ROOT = int64(np.float64(math.sqrt(0.5)).view(np.int64))  # bits of sqrt(1/2)
LOG_OF_2 = math.log(2.0)
RACE_MARGIN = 1.0003  # twice the error of ``about`` on either side is 1.0001
GAPS = np.array([1, 4, 10, 23, 57, 132, 301, 701, 1577, 3548, 7983, 17961, 40412, 90927, 204585, 460316, 1035711, 2330349], np.int64)


class Tables(NamedTuple):
    """What the plan says about nodes and people."""

    node: Records
    row: U32  # [profiles, classes alike, 10 + U]
    row_class: U32  # [C] which of the classes alike
    kind_key: U64  # [K, 9]
    urgency_key: U64
    site: Records
    site_start: U32
    route: Records
    route_start: U32
    share_row: U32  # [classes alike, routes]
    share_class: U32  # [C] which of the classes alike
    serve: Records
    helper: U32
    table_start: U32
    table_p: F64
    table_q: F64
    age_to: I64


class Timeline(NamedTuple):
    """What the plan says about months."""

    start: I64  # [M + 1] ticks
    year: I64  # [Y + 1] ticks
    calendar: I64  # [M] year x 12 + month
    values: F64  # [M, R]
    places: I64  # [M, T]
    merged: I8  # [M, P]
    inflow: I8  # [M, P]
    rate: F64  # [M, S]
    points: F64  # [M, most] cumulative probabilities of the number of points in a layer
    supply_tick: I64
    supply_team: I64
    stream: Records


class City(NamedTuple):
    """What changes, of fixed size."""

    scalar: I64
    team: Records
    pool: Records
    list: Records  # [2 N]
    queue: Records  # [2 N, U]
    bucket: Records
    slot: I32  # [N, C] place among the sums, or NONE
    sum: I64  # [N C, 24], of which so many are in use
    yearly: I64  # [17, Y N C]; empty where the log is kept


class Present(NamedTuple):
    """Everybody present at the start, by (arrive, id)."""

    id: U64
    birth: I64
    gebied: I64
    arrive: I64
    node: I64
    end: I64
    deadline: I64


def _borrowed(_: Any, value: Any) -> Any:
    """The same array, or tuple of arrays, without a share in its ownership.

    Counting references would cost more than the work itself; the owner has to outlive the borrower.
    """

    def strip(context: Any, builder: Any, of: Any, item: Any) -> Any:
        if isinstance(of, numba.types.BaseTuple):
            items = [strip(context, builder, t, x) for t, x in zip(of.types, cgutils.unpack_tuple(builder, item), strict=True)]
            return context.make_tuple(builder, of, items)
        if not isinstance(of, numba.types.Array):
            return item
        array = context.make_array(of)(context, builder, item)
        array.meminfo = cgutils.get_null_value(array.meminfo.type)
        array.parent = cgutils.get_null_value(array.parent.type)
        return array._getvalue()

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return strip(context, builder, signature.args[0], arguments[0])

    return value(value), generate


def _fetch(_: Any, array: Any, index: Any, column: Any) -> Any:
    """Have an element (in a column, where there are columns) in the cache by the time it is needed; the program does not wait for it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of = context.make_array(array)(context, builder, arguments[0])
        at = arguments[1 : 1 + array.ndim]
        item = builder.bitcast(cgutils.get_item_pointer(context, builder, array, of, at), cgutils.voidptr_t)
        number = cgutils.int32_t
        ask = builder.module.declare_intrinsic(
            "llvm.prefetch", [item.type], cgutils.ir.FunctionType(cgutils.ir.VoidType(), [item.type, number, number, number])
        )
        builder.call(ask, [item, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return numba.types.void(array, index, column), generate


def _hold(_: Any, array: Any) -> Any:
    """A share in the ownership of an array that no variable has, as a number."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        context.nrt.incref(builder, array, arguments[0])
        return builder.ptrtoint(context.make_array(array)(context, builder, arguments[0]).meminfo, cgutils.intp_t)

    return numba.types.intp(array), generate


def _owned(_: Any, array: Any, share: Any) -> Any:
    """A borrowed array with the share in its ownership that ``hold`` gave, or none (0)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        of = context.make_array(array)(context, builder, arguments[0])
        of.meminfo = builder.inttoptr(arguments[1], of.meminfo.type)
        return of._getvalue()

    return array(array, share), generate


borrowed: Any = numba.extending.intrinsic(_borrowed)
hold: Any = numba.extending.intrinsic(_hold)
owned: Any = numba.extending.intrinsic(_owned)
fetch: Any = numba.extending.intrinsic(_fetch)

# draws: the functions of sim.draws on 64-bit words

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


# the calendar


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


# waiting lists


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


# sums


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
    within, arrive = int64(t.node[visit.asked].within), int64(visit.arrive)
    if within > 0 and visit.entry != RENEWAL and visit.entry != WARM and now - arrive <= within and arrive + within < line.year[-1]:
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


# people and visits


@compiled
def new_line(city: City, counts: I64) -> Int:
    line = city.scalar[FREE_LINE]
    if line != NONE:
        city.scalar[FREE_LINE] = counts[line, LINE - 1]
    else:
        line = city.scalar[LINES]
        city.scalar[LINES] = line + 1
    return line


@compiled
def free_line(city: City, counts: I64, line: Int) -> None:
    counts[line, LINE - 1] = city.scalar[FREE_LINE]
    city.scalar[FREE_LINE] = line


@compiled
def counts_of(city: City, people: Records, counts: I64, i: Int, kind: Int) -> Int:
    """Where this person's decisions at this kind of node are counted: the number of a word of the person, or (line + 1) << 2 | word."""
    who = people[i]
    for word in range(3):
        found = who.word[word] & KIND_MASK
        if found == kind:
            return word
        if found == NOTHING:
            who.word[word] = kind
            return word
    first = int64(who.line)
    line = first
    while line != NONE:
        for word in range(LINE - 1):
            if counts[line, word] & KIND_MASK == kind:
                return (line + 1) << 2 | word
        line = counts[line, LINE - 1]
    if first != NONE:
        for word in range(LINE - 1):
            if counts[first, word] == NOTHING:
                counts[first, word] = kind
                return (first + 1) << 2 | word
    line = new_line(city, counts)
    counts[line, 0] = kind
    counts[line, 1] = NOTHING
    counts[line, 2] = NOTHING
    counts[line, LINE - 1] = first
    who.line = line
    return (line + 1) << 2


@compiled
def counts_for(t: Tables, city: City, visits: Records, people: Records, counts: I64, v: Int, kind: Int) -> Int:
    """Where a visit's person counts at the kind where it decides: nearly always the kind it asked for."""
    if t.node[visits[v].asked].kind == kind:
        return int64(visits[v].counts)
    return counts_of(city, people, counts, int64(visits[v].person), kind)


@compiled
def word_at(who: Records, counts: I64, where: Int) -> Int:
    return who.word[where] if where < 4 else counts[(where >> 2) - 1, where & 3]


@compiled
def counted(who: Records, counts: I64, where: Int, decision: Int) -> Int:
    """How often a person took a sort of decision."""
    word = word_at(who, counts, where)
    if word & MANY:
        return (counts[word >> COUNTS, decision >> 1] >> (decision & 1) * 32) & 0xFFFFFFFF
    return (word >> COUNTS + COUNT_BITS * decision) & MOST


@compiled
def count(city: City, who: Records, counts: I64, where: Int, decision: Int) -> Int:
    """How often a person took this sort of decision before this time."""
    word, occurrence = word_at(who, counts, where), counted(who, counts, where, decision)
    if word & MANY:
        counts[word >> COUNTS, decision >> 1] += ONCE << (decision & 1) * 32
        return occurrence
    if occurrence < MOST:
        word += ONCE << COUNTS + COUNT_BITS * decision
    else:
        wide = new_line(city, counts)
        for i in range(LINE):
            counts[wide, i] = 0
        for d in range(ON_INTERIM + 1):
            counts[wide, d >> 1] |= ((word >> COUNTS + COUNT_BITS * d) & MOST) << (d & 1) * 32
        counts[wide, decision >> 1] += ONCE << (decision & 1) * 32
        word = (wide << COUNTS) | MANY | (word & KIND_MASK)
    if where < 4:
        who.word[where] = word
    else:
        counts[(where >> 2) - 1, where & 3] = word
    return occurrence


@compiled
def decide(kind_key: U64, city: City, who: Records, counts: I64, where: Int, kind: Int, decision: Int) -> Key:
    """Key of this person's next decision of this sort at this kind of node."""
    return combine(combine(who.luck, kind_key[kind, decision]), np.uint64(count(city, who, counts, where, decision)))


@compiled
def new_person(city: City, people: Records, base: Key, person: Key, birth: Int, gebied: Int) -> Int:
    i = city.scalar[FREE_PERSON]
    if i != NONE:
        city.scalar[FREE_PERSON] = people[i].kept
    else:
        i = city.scalar[PEOPLE]
        city.scalar[PEOPLE] = i + 1
    who = people[i]
    who.id = person
    who.luck = combine(base, person)
    who.birth = birth
    who.gebied = gebied
    who.kept = NONE
    who.visits = 0
    who.word[0] = NOTHING
    who.word[1] = NOTHING
    who.word[2] = NOTHING
    who.line = NONE
    return i


@compiled
def forget(city: City, people: Records, counts: I64, i: Int) -> None:
    """Somebody left for good: the record and its lines are free."""
    who = people[i]
    for word in range(3):
        if who.word[word] & MANY:
            free_line(city, counts, who.word[word] >> COUNTS)
    line = int64(who.line)
    while line != NONE:
        for word in range(LINE - 1):
            if counts[line, word] & MANY:
                free_line(city, counts, counts[line, word] >> COUNTS)
        after = counts[line, LINE - 1]
        free_line(city, counts, line)
        line = after
    who.kept = city.scalar[FREE_PERSON]
    city.scalar[FREE_PERSON] = i


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
    t: Tables,
    city: City,
    visits: Records,
    people: Records,
    counts: I64,
    chunk: I32,
    heap: Records,
    value: F64,
    v: Int,
    left: Int,
    now: Int,
    horizon: Int,
) -> None:
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


@compiled
def kept_alive(owners: I64, arena: Int, array: Any) -> Any:
    """A new array, borrowed, in place of an arena that may go.

    A variable that owned it would have its references counted at every turn of the loop: atomic operations, a tenth of the run.
    """
    owned(array, owners[arena])  # ends here
    owners[arena] = hold(array)
    return borrowed(array)


@compiled
def twice_lines(arena: Any) -> Any:
    """An arena with twice as many lines."""
    larger = np.empty((2 * arena.shape[0], arena.shape[1]), arena.dtype)
    for i in range(arena.shape[0]):
        for j in range(arena.shape[1]):
            larger[i, j] = arena[i, j]
    return larger


@compiled
def twice(arena: Records) -> Records:
    """An arena twice as large."""
    larger = np.empty(2 * arena.size, arena.dtype)
    for i in range(arena.size):
        larger[i] = arena[i]
    return larger


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
    scalar, shift, horizon = city.scalar, city.scalar[SHIFT], line.start[-1]
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


# the log


@compiled
def in_order(log: Records) -> I64:
    """Row numbers by (arrive, id, number of the visit). The log is in order of arrival; visits of one person are in theirs."""
    n = log.size
    order, key = np.arange(n), np.empty(n, np.int64)
    first = 0
    while first < n:
        last = first + 1
        while last < n and log[last].arrive == log[first].arrive:
            last += 1
        if last - first > 1:
            for i in range(first, last):
                key[i] = int64(log[i].id ^ SIGN)
            sort_pairs(key, order, first, last)
        first = last
    return order


@compiled
def time_of(tick: Int) -> Int:
    return NULL if tick == BLANK else tick


def fill_columns(
    log: Records, node: Records, route_table: Records, person: U64, birth: I64, gebied: I16, number: I32, entry: I8, asked: I32,
    served: I32, team: I32, urgency_arrival: I8, urgency_start: I8, arrive: I64, start: I64, end: I64, release: I64, outcome: I8,
    route: I32, to: I32,
) -> None:  # fmt: skip
    """The columns of the ``VisitLog``, in its order."""
    order = in_order(log)
    for i in range(log.size):
        row = log[order[i]]
        person[i] = row.id
        birth[i] = row.birth
        gebied[i] = row.gebied
        number[i] = row.number
        entry[i] = row.entry
        asked[i] = row.asked
        served[i] = row.served
        team[i] = node[row.served].team if row.served != NONE else NONE
        urgency_arrival[i] = row.urgency_arrival
        urgency_start[i] = row.urgency_start
        arrive[i] = row.arrive
        start[i] = time_of(int64(row.start))
        end[i] = time_of(int64(row.end))
        release[i] = time_of(int64(row.release))
        outcome[i] = row.outcome
        route[i] = route_table[row.route].name if row.route != NONE else NONE
        to[i] = route_table[row.route].to if row.route != NONE else NO_NEXT
