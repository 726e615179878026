"""The records of the kernel: what the plan says, who is in the city, and how they are numbered; ``kernel`` tells how they hang together."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.engine.compiled.memory import F64, I8, I32, I64, U32, U64, Records, int64
from sim.engine.visit_log import EXTERNAL, FROM_NODE, RENEWAL, WARM


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
BY_EXTERNAL, BY_NODE, BY_RENEWAL, BY_WARM = np.array([EXTERNAL, FROM_NODE, RENEWAL, WARM], np.int64)
AT_START = FIRST = int64(0)
# Columns of ``City.sum``, by cache lines: waits, care, and what is rare. Ticks stand behind how many are in a state now: the ticks at which
# they left it or the year ended, less those at which they came or it began.
WAIT_NOW, WAIT_TICKS, ARRIVALS, ANSWERED, ANSWERED_WAIT, GAVE_UP, NORM_BASE, WITHIN_NORM = range(8)
CARE_NOW, CARE_TICKS, KEPT_NOW, KEPT_TICKS, STARTS, ENDED, LEFT, RENEWALS, TOO_OLD = range(8, 17)
WAIT, CARE = int64(WAIT_NOW), int64(CARE_NOW)
CELL, SUM_LINE, NUMBERS = 17, 24, 17  # node and client class; columns in all; those that are numbers
# scalars of the city
FREE_VISIT, VISITS, FREE_PERSON, PEOPLE, FREE_LINE, LINES, FREE_CHUNK, CHUNKS, ROWS = range(9)  # ROWS: visits begun so far
OPEN, SHIFT, HEAPED, TOUCHED, NEXT_TOUCHED = range(9, 14)  # OPEN: the bucket whose time has come
LOGGED, SLOTS, YEAR, YEAR_BEGINS, LIKELY_NEXT, SCALARS = range(14, 20)  # LOGGED: 1 with a log, 0 with sums; SLOTS: of sums, used so far
OF_VISITS, OF_PEOPLE, OF_COUNTS, OF_LOG, OF_HEAP, OF_CHUNK, OF_TOUCHED, OF_DUE, OF_BINS, OF_AGENDA, ARENAS = range(11)  # of ``kept_alive``
FOR_NEWCOMER, ANY_TEAM = int64(-1), int64(-2)  # in place of a team with something to fill; see ``touch``


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
