"""The visit log with names in place of indices, as an Arrow table."""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.engine.visit_log import ENTRIES, NO_NEXT, NULL, OUTCOMES, VisitLog
from sim.plan.plan import TICKS_PER_DAY, Plan

EPOCH = date(1970, 1, 1)


def visit_table(plan: Plan, log: VisitLog) -> pa.Table:
    """One row per visit, in the order of the log.

    ``person`` is 16 hexadecimal digits; ``birth_date`` a date; ``arrive``, ``start``, ``end`` and ``release`` are ticks of 1/1440 day
    since the ``start_date`` of the metadata (negative before it, null where not reached); names are dictionary-encoded, null where
    there is none yet. ``next`` is a node kind or an exit.
    """
    names = plan.names
    columns: dict[str, Any] = {
        "person": _hexadecimal(log.person),
        "birth_date": _dates(log.birth, plan.start),
        "gebied": _named(log.gebied, names.gebieden),
        "visit": pa.array(log.visit),
        "entry": _named(log.entry, ENTRIES),
        "node_asked": _named(log.asked, names.nodes),
        "node_served": _named(log.served, names.nodes),
        "team": _named(log.team, names.teams),
        "urgency_arrival": _named(log.urgency_arrival, names.urgencies),
        "urgency_start": _named(log.urgency_start, names.urgencies),
        "arrive": _ticks(log.arrive),
        "start": _ticks(log.start),
        "end": _ticks(log.end),
        "release": _ticks(log.release),
        "outcome": _named(log.outcome, OUTCOMES),
        "route": _named(log.route, names.routes),
        "next": _next(log.next, names.kinds, names.exits),
    }
    described = {"start_date": plan.start.isoformat(), "ticks_per_day": str(TICKS_PER_DAY), "horizon": str(plan.horizon)}
    return pa.table(columns).replace_schema_metadata(described)


def _hexadecimal(persons: NDArray[np.uint64]) -> pa.Array:
    digits = binascii.hexlify(persons.astype(">u8").tobytes())
    offsets = np.arange(len(persons) + 1, dtype=np.int64) * 16
    return pa.Array.from_buffers(pa.large_string(), len(persons), [None, pa.py_buffer(offsets.tobytes()), pa.py_buffer(digits)])


def _dates(ticks: NDArray[np.int64], start: date) -> pa.Array:
    days = np.floor_divide(ticks, TICKS_PER_DAY) + (start - EPOCH).days
    return pa.array(days.astype(np.int32)).cast(pa.date32())


def _ticks(ticks: NDArray[np.int64]) -> pa.Array:
    return pa.array(ticks, mask=ticks == NULL)


def _named(index: NDArray[Any], names: Sequence[str]) -> pa.Array:
    codes = pa.array(index.astype(np.int32), mask=index < 0)
    return pa.DictionaryArray.from_arrays(codes, pa.array(names, type=pa.string()))


def _next(index: NDArray[np.int32], kinds: Sequence[str], exits: Sequence[str]) -> pa.Array:
    wide = index.astype(np.int64)
    codes = np.where(wide >= 0, wide, len(kinds) - wide - 1)
    return _named(np.where(wide == NO_NEXT, -1, codes), (*kinds, *exits))
