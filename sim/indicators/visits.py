"""The visit log prepared for counting: units, classes, and the ticks and months between which a visit waits, is in care and is kept.

A visit waits over [arrive, wait_to), is in care over [start, care_to) and kept over [care_to, leave); what never happened begins and ends
at the horizon. Month numbers are 0 before the start date, 1 .. M within the run and M + 1 from the horizon on, so that column 0 of a count
per month is what is present at the start. Everything is 32 bits or less: a tick fits for four thousand years.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.visit_log import VisitLog
from sim.indicators import compiled
from sim.plan.plan import F64, I32, I64, TICKS_PER_DAY, UNLIMITED, Plan

Bool = NDArray[np.bool_]
Array = NDArray[Any]
Months = NDArray[np.int16]


class Columns(NamedTuple):
    """The columns of a visit log that are counted, as compiled code takes them."""

    person: NDArray[np.uint64]
    birth: I64
    gebied: NDArray[np.int16]
    entry: NDArray[np.int8]
    asked: I32
    served: I32
    arrive: I64
    start: I64
    end: I64
    release: I64
    outcome: NDArray[np.int8]
    next: I32

    @classmethod
    def of(cls, log: VisitLog) -> Columns:
        u64, i64, i32, i16, i8 = np.uint64, np.int64, np.int32, np.int16, np.int8
        types: tuple[Any, ...] = (u64, i64, i16, i8, i32, i32, i64, i64, i64, i64, i8, i32)
        return cls(*(plain(getattr(log, name), dtype) for name, dtype in zip(cls._fields, types, strict=True)))


class Visits(NamedTuple):
    """One row per visit, in the order of the log. Ticks are clipped to the run, but for ``arrive`` and ``since``."""

    asked: NDArray[np.int16]  # node
    served: NDArray[np.int16]  # node; the asked one while not started
    client_class: NDArray[np.int16]  # gebied x age group at arrival
    arrive: I32  # may be negative
    since: I32  # tick of the start, may be negative; the horizon while not started
    care_to: I32
    leave: I32
    wait_to: I32
    arrive_month: Months
    start_month: Months
    wait_month: Months  # of wait_to
    care_month: Months  # of care_to
    leave_month: Months  # of the end of a wait that was given up, else of leave
    flags: NDArray[np.uint8]  # what happened: STARTED and the others of ``sim.indicators.kernel``

    @classmethod
    def of(cls, plan: Plan, log: VisitLog) -> Visits:
        n, i16, i32 = len(log), np.int16, np.int32
        types: tuple[Any, ...] = (i16, i16, i16, i32, i32, i32, i32, i32, i16, i16, i16, i16, i16, np.uint8)
        visits = cls(*(np.empty(n, dtype) for dtype in types))
        compiled.prepare(Columns.of(log), plan.horizon, month_of_day(plan), plain(plan.age_from, np.int64), shifted_exits(plan), visits)
        return visits


def plain(values: Array, dtype: Any) -> Array:
    """As compiled code takes an array: of this type, contiguous, writeable; a copy only where it is not so already."""
    return np.require(values, dtype, ["C", "A", "W"])


def month_of_day(plan: Plan) -> Months:
    """Month number of each day of the run, and of the day at the horizon (months begin at midnight, so the day decides)."""
    days = np.arange(plan.horizon // TICKS_PER_DAY + 1, dtype=np.int64) * TICKS_PER_DAY
    return np.searchsorted(plan.months, days, side="right").astype(np.int16)


def shifted_exits(plan: Plan) -> Bool:
    """Which exits lead to Wlz, Zvw or another municipality."""
    kinds = plan.names.exit_kinds
    return np.array([x < len(kinds) and kinds[x] == "shifted" for x in range(len(plan.names.exits))], np.bool_)


def listed_nodes(plan: Plan) -> Bool:
    """[N] True where a node's kind can have a waiting list."""
    return kinds_with_list(plan)[plan.node_kind]


def kinds_with_list(plan: Plan) -> Bool:
    """[K] True where a node of the kind can have a waiting list: limited places, or a supply."""
    limited = plan.is_supply | (plan.places < UNLIMITED).any(axis=1)
    found = np.zeros(len(plan.names.kinds), np.bool_)
    np.logical_or.at(found, plan.node_kind, limited[plan.node_team])
    return found


__all__ = ["F64", "I32", "I64", "Array", "Bool", "Columns", "Months", "Visits", "kinds_with_list", "listed_nodes", "month_of_day", "plain"]
