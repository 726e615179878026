"""Different persons in care or kept at some moment of a period.

The visits of a person, in order of start, become disjoint ranges of periods at every unit (node kind, part, node or the whole chain): what
an earlier visit already covers is cut off. The ranges are counted with a difference array; nothing is written out per period.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine.visit_log import VisitLog
from sim.indicators import compiled
from sim.indicators.layout import Block, Periods, Shape
from sim.indicators.visits import I32, I64, Bool, Months, Visits, month_of_day, plain
from sim.plan.plan import TICKS_PER_DAY, Plan


class Stays(NamedTuple):
    """Started visits, those of a person together and in order of start; months are those in which the place is taken, from 0."""

    new: Bool  # the first of a person
    node: NDArray[np.int16]  # served
    gebied: NDArray[np.int16]
    birth: I32
    first: Months
    last: Months

    @classmethod
    def of(cls, plan: Plan, log: VisitLog, visits: Visits) -> Stays:
        person = plain(log.person, np.uint64)
        order = np.empty(len(person), np.int32)  # the log has the visits of a person in the order in which they start
        n = compiled.persons_together(person, visits, max(1, len(person) // 8).bit_length(), order)
        types: tuple[Any, ...] = (np.bool_, np.int16, np.int16, np.int32, np.int16, np.int16)
        found = cls(*(np.empty(n, dtype) for dtype in types))
        gebied, birth = plain(log.gebied, np.int16), plain(log.birth, np.int64)
        compiled.stays(person, gebied, birth, order[:n], month_of_day(plan), plan.n_months, visits, found)
        return found


def unique_clients(plan: Plan, shape: Shape, stays: Stays, blocks: Sequence[Block]) -> list[I64]:
    """Unique clients per row of each block."""
    counted: dict[tuple[str, str], I64] = {}  # by unit and kind of period
    crossed = {block.periods.kind for block in blocks if block.level.by_gebied or block.level.by_age}
    found = []
    for block in blocks:
        level, cut = block.level, block.periods
        unit = level.name if level.of_node is not None or level.pools_kinds else "kind"
        if (unit, cut.kind) not in counted:
            counted[unit, cut.kind] = _count(plan, shape, stays, block, unit, unit == "kind" and cut.kind in crossed)
        values = counted[unit, cut.kind]
        found.append(block.add_up(shape, values) if unit == "kind" else values.reshape(-1))
    return found


def _count(plan: Plan, shape: Shape, stays: Stays, block: Block, unit: str, by_class: bool) -> I64:
    """Persons [unit, period], or [kind x gebied x age on 1 January, period] (no person is in two classes of a kind in one period)."""
    if unit == "kind":
        of_node, n = shape.node_kind, shape.kinds
    else:
        of_node, n = block.group_of(shape)[0], block.level.n
    p, classes = len(block.periods), shape.gebieden * shape.ages if by_class else 0
    year_of, first_of_year, new_year = _years(plan, block.periods)
    change = np.zeros((n * max(classes, 1), p + 1), np.int32)
    compiled.clients(
        stays, plain(of_node, np.int64), block.periods.of_month, first_of_year, year_of, new_year, plain(plan.age_from, np.int64), classes,
        change,
    )  # fmt: skip
    return np.cumsum(change[:, :p], axis=1, dtype=np.int64)


def _years(plan: Plan, periods: Periods) -> tuple[I64, I64, I64]:
    """The year of each period, the first period of each year (and of the year after the last), and the tick of 1 January."""
    years, first, of_period = np.unique(periods.year, return_index=True, return_inverse=True)
    new_year = np.array([(date(int(y), 1, 1) - plan.start).days * TICKS_PER_DAY for y in years], np.int64)
    return of_period.astype(np.int64), np.append(first, len(periods)).astype(np.int64), new_year
