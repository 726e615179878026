"""Different persons in care or kept at some moment of a period.

The visits of a person at a unit (node kind, part, node or the whole chain) are put in order of start and become disjoint ranges of
periods: what an earlier visit already covers is cut off. The ranges are counted with a difference array; nothing is written out per period.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.indicators.layout import Block, Periods, Shape
from sim.indicators.visits import I64, Visits, age_group
from sim.plan.plan import TICKS_PER_DAY, Plan


@dataclass(frozen=True)
class Stays:
    """Visits ordered by (person, unit, start), with the months they touch."""

    visit: I64
    same: I64  # number of the person x unit
    first: I64  # month
    last: I64


class Clients:
    """Counts unique clients for one run."""

    def __init__(self, plan: Plan, shape: Shape, visits: Visits) -> None:
        self.plan, self.shape, self.visits = plan, shape, visits
        last = np.maximum(visits.start, visits.leave - 1)
        touches = visits.started & ((visits.leave > 0) | (visits.start_month > 0))
        self.rows = np.flatnonzero(touches)
        self.first = np.maximum(visits.start_month[self.rows].astype(np.int64), 1) - 1
        self.last = np.minimum(np.searchsorted(visits.months, last[self.rows], side="right"), plan.n_months) - 1
        self.served = visits.served[self.rows].astype(np.int64)
        self.stays: dict[str, Stays] = {}

    def _stays(self, name: str, unit: Callable[[], I64]) -> Stays:
        """Put visits in order once per unit."""
        if name not in self.stays:
            units = unit()
            same = self.visits.person[self.rows] * (int(units.max(initial=0)) + 1) + units
            span = self.visits.horizon + 1
            order = np.argsort(same * span + self.visits.start[self.rows])
            ordered = same[order]
            number = np.cumsum(np.diff(ordered, prepend=-1) > 0, dtype=np.int64)
            self.stays[name] = Stays(self.rows[order], number, self.first[order], self.last[order])
        return self.stays[name]

    def count(self, block: Block) -> I64:
        """Unique clients per row of the block."""
        level, shape, p = block.level, self.shape, len(block.periods)
        if level.of_node is not None:
            stays = self._stays("node", lambda: self.served)
        elif level.of_kind is not None and level.pools_kinds:
            of_kind = level.of_kind
            stays = self._stays(level.name, lambda: of_kind[shape.node_kind[self.served]])
        else:
            stays = self._stays("kind", lambda: shape.node_kind[self.served])
        visit, first, last = _disjoint(stays, block.periods)
        if level.by_age:
            visit, first, last, age = self._by_year(visit, first, last, block.periods)
        else:
            age = np.zeros(len(visit), np.int64)
        node = self.visits.served[visit].astype(np.int64)
        group = block.group_of(shape, shape.node_kind[node], node, self.visits.gebied[visit], age)
        here = group >= 0
        row = group[here] * (p + 1)
        size = level.n * (p + 1)
        change = np.bincount(row + first[here], minlength=size) - np.bincount(row + last[here] + 1, minlength=size)
        counted: I64 = np.cumsum(change.reshape(level.n, p + 1), axis=1)[:, :p].reshape(-1)
        return counted

    def _by_year(self, visit: I64, first: I64, last: I64, periods: Periods) -> tuple[I64, I64, I64, I64]:
        """Cut ranges at the turn of the year: each piece has the age on 1 January."""
        year_first, year_last = periods.year[first], periods.year[last]
        pieces = year_last - year_first + 1
        of = np.repeat(np.arange(len(visit)), pieces)
        year = year_first[of] + np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        low = np.maximum(first[of], np.searchsorted(periods.year, year, side="left"))
        high = np.minimum(last[of], np.searchsorted(periods.year, year, side="right") - 1)
        years = np.unique(periods.year)
        new_year = np.array([(date(int(y), 1, 1) - self.plan.start).days * TICKS_PER_DAY for y in years], np.int64)
        who = visit[of]
        age = age_group(self.plan.age_from, new_year[np.searchsorted(years, year)] - self.visits.birth[who])
        return who, low, high, age


def _disjoint(stays: Stays, periods: Periods) -> tuple[I64, I64, I64]:
    """Visits that add periods, and the first and last period each adds."""
    p = len(periods)
    first, last = periods.of_month[stays.first], periods.of_month[stays.last]
    reach = np.maximum.accumulate(stays.same * p + last) - stays.same * p  # furthest period covered so far by this person and unit
    covered = np.full(len(reach), -1, np.int64)
    if len(reach) > 1:
        covered[1:] = np.where(stays.same[1:] == stays.same[:-1], reach[:-1], -1)
    first = np.maximum(first, covered + 1)
    adds = first <= last
    return stays.visit[adds], first[adds], last[adds]
