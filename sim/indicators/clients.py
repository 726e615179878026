"""Different persons in care or kept at some moment of a period.

The visits of a person at a unit (node kind, part, node or the whole chain) are put in order of start and become disjoint ranges of
periods: what an earlier visit already covers is cut off. The ranges are counted with a difference array; nothing is written out per period.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.indicators.layout import Block, Periods, Shape
from sim.indicators.visits import I32, I64, Months, Visits, age_group
from sim.plan.plan import TICKS_PER_DAY, Plan


@dataclass(frozen=True)
class Stays:
    """Visits ordered by (person, unit, start), with the months they touch."""

    visit: I32
    same: I32  # number of the person x unit
    first: Months
    last: Months


@dataclass(frozen=True)
class Ranges:
    """Disjoint ranges of periods per person and unit, and a visit each comes from."""

    visit: I32
    first: Months
    last: Months


class Clients:
    """Counts unique clients for one run."""

    def __init__(self, plan: Plan, shape: Shape, visits: Visits) -> None:
        self.plan, self.shape, self.visits = plan, shape, visits
        rows = np.flatnonzero(visits.started & ((visits.leave > 0) | (visits.start_month > 0))).astype(np.int32)
        order = np.argsort(visits.person[rows].astype(np.int64) * (visits.horizon + 1) + visits.start[rows], kind="stable")
        rows = rows[order]
        last_tick = np.maximum(visits.start[rows], visits.leave[rows] - 1)
        last = np.searchsorted(visits.months.astype(np.int32), last_tick, side="right")
        self.rows = rows  # by person, then start
        self.first = np.maximum(visits.start_month[rows], 1) - np.int16(1)
        self.last = (np.minimum(last, plan.n_months) - 1).astype(np.int16)
        self.served = visits.served[rows].astype(np.int64)
        self.stays: dict[str, Stays] = {}
        self.ranges: dict[tuple[str, bool], tuple[Ranges, I32]] = {}  # of one kind of period, by unit and whether cut by year
        self.period_kind = ""

    def _stays(self, name: str, unit_of_kind: I64 | None) -> Stays:
        """Put visits in order once per unit; persons stand together already, so that the stable sort has little to do."""
        if name not in self.stays:
            units = self.served if unit_of_kind is None else unit_of_kind[self.shape.node_kind[self.served]]
            same = self.visits.person[self.rows] * (int(units.max(initial=0)) + 1) + units
            order = np.argsort(same, kind="stable")
            number = np.cumsum(np.diff(same[order], prepend=-1) > 0, dtype=np.int32)
            self.stays[name] = Stays(self.rows[order], number, self.first[order], self.last[order])
        return self.stays[name]

    def count(self, block: Block) -> I64:
        """Unique clients per row of the block."""
        level, shape, p = block.level, self.shape, len(block.periods)
        ranges, age = self._ranges(block)
        node = self.visits.served[ranges.visit]
        group = block.group_of(shape, shape.node_kind[node], node, self.visits.gebied[ranges.visit], age)
        first, last = ranges.first, ranges.last
        if level.of_node is not None:
            here = group >= 0
            group, first, last = group[here], first[here], last[here]
        row = group * (p + 1)
        size = level.n * (p + 1)
        change = np.bincount(row + first, minlength=size) - np.bincount(row + last + 1, minlength=size)
        counted: I64 = np.cumsum(change.reshape(level.n, p + 1), axis=1)[:, :p].reshape(-1)
        return counted

    def _ranges(self, block: Block) -> tuple[Ranges, I32]:
        """The ranges behind a block, and the age group of each where ages are told apart."""
        if block.periods.kind != self.period_kind:
            self.period_kind, self.ranges = block.periods.kind, {}
        level = block.level
        if level.of_node is not None:
            unit, unit_of_kind = "node", None
        elif level.pools_kinds:
            unit, unit_of_kind = level.name, level.of_kind
        else:
            unit, unit_of_kind = "kind", np.arange(self.shape.kinds)
        if (unit, False) not in self.ranges:
            self.ranges[unit, False] = _disjoint(self._stays(unit, unit_of_kind), block.periods), np.zeros(1, np.int32)
        if level.by_age and (unit, True) not in self.ranges:
            self.ranges[unit, True] = self._by_year(self.ranges[unit, False][0], block.periods)
        return self.ranges[unit, level.by_age]

    def _by_year(self, ranges: Ranges, periods: Periods) -> tuple[Ranges, I32]:
        """Cut ranges at the turn of the year: each piece has the age on 1 January."""
        year_first = periods.year[ranges.first]
        pieces = periods.year[ranges.last] - year_first + 1
        of = np.repeat(np.arange(len(pieces)), pieces)
        year = year_first[of] + np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        years, first = np.unique(periods.year, return_index=True)
        last = np.append(first[1:], len(periods)) - 1
        new_year = np.array([(date(int(y), 1, 1) - self.plan.start).days * TICKS_PER_DAY for y in years], np.int64)
        y = year - years[0] if len(years) else year
        visit = ranges.visit[of]
        age = age_group(self.plan.age_from, new_year[y] - self.visits.birth[visit])
        low, high = np.maximum(ranges.first[of], first[y]), np.minimum(ranges.last[of], last[y])
        return Ranges(visit, low.astype(np.int16), high.astype(np.int16)), age


def _disjoint(stays: Stays, periods: Periods) -> Ranges:
    """Ranges of periods that no earlier visit of the person at the unit covers."""
    p = len(periods)
    first, last = periods.of_month[stays.first], periods.of_month[stays.last]
    base = stays.same.astype(np.int64) * p
    reach = np.maximum.accumulate(base + last)  # furthest period covered so far; an earlier person or unit lies below this base
    first[1:] = np.maximum(first[1:], reach[:-1] + 1 - base[1:])
    adds = np.flatnonzero(first <= last)
    return Ranges(stays.visit[adds], first[adds].astype(np.int16), last[adds].astype(np.int16))
