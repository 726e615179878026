"""Different persons in care or kept at some moment of a period.

The visits of a person, in order of start, become disjoint ranges of periods at every unit (node kind, part, node or the whole chain): what
an earlier visit already covers is cut off. The ranges are counted with a difference array; nothing is written out per period.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from sim.engine.visit_log import VisitLog
from sim.indicators import compiled
from sim.indicators.kernel import STAY
from sim.indicators.layout import Block, Periods, Shape
from sim.indicators.visits import I64, Array, Visits, month_of_day, plain
from sim.plan.plan import TICKS_PER_DAY, Plan


def stays(plan: Plan, log: VisitLog, visits: Visits) -> Array:
    """Visits that take a place within the run, as ``sim.indicators.kernel.STAY``: those of a person together and in order of start."""
    found = np.empty(len(log), STAY)
    buckets = max(1, len(log) // 4).bit_length()
    n = compiled.persons_together(
        plain(log.person, np.uint64), visits, plain(log.gebied, np.int16), plain(log.birth, np.int64), month_of_day(plan), plan.n_months,
        buckets, found,
    )  # fmt: skip
    return found[:n]


def unique_clients(plan: Plan, shape: Shape, at: Array, blocks: Sequence[Block]) -> list[I64]:
    """Unique clients per row of each block."""
    counted: dict[tuple[str, str], I64] = {}  # by unit and kind of period
    crossed = {block.periods.kind for block in blocks if block.level.by_gebied or block.level.by_age}
    found = []
    for block in blocks:
        level, cut = block.level, block.periods
        unit = level.name if level.of_node is not None or level.pools_kinds else "kind"
        if (unit, cut.kind) not in counted:
            counted[unit, cut.kind] = _count(plan, shape, at, block, unit, unit == "kind" and cut.kind in crossed)
        values = counted[unit, cut.kind]
        found.append(block.add_up(shape, values) if unit == "kind" else values.reshape(-1))
    return found


def _count(plan: Plan, shape: Shape, at: Array, block: Block, unit: str, by_class: bool) -> I64:
    """Persons [unit, period], or [kind x gebied x age on 1 January, period] (no person is in two classes of a kind in one period)."""
    if unit == "kind":
        of_node, n = shape.node_kind, shape.kinds
    else:
        of_node, n = block.group_of(shape)[0], block.level.n
    p, classes = len(block.periods), shape.gebieden * shape.ages if by_class else 0
    year_of, first_of_year, new_year = _years(plan, block.periods)
    change = np.zeros((n * max(classes, 1), p + 1), np.int32)
    compiled.clients(
        at, plain(of_node, np.int64), block.periods.of_month, first_of_year, year_of, new_year, plain(plan.age_from, np.int64), classes,
        change,
    )  # fmt: skip
    return np.cumsum(change[:, :p], axis=1, dtype=np.int64)


def _years(plan: Plan, periods: Periods) -> tuple[I64, I64, I64]:
    """The year of each period, the first period of each year (and of the year after the last), and the tick of 1 January."""
    years, first, of_period = np.unique(periods.year, return_index=True, return_inverse=True)
    new_year = np.array([(date(int(y), 1, 1) - plan.start).days * TICKS_PER_DAY for y in years], np.int64)
    return of_period.astype(np.int64), np.append(first, len(periods)).astype(np.int64), new_year
