"""Different persons in care or kept at some moment of a period.

The visits of a person at a unit (node kind, part, node or the whole chain) are put in order of start and become disjoint ranges of
periods: what an earlier visit already covers is cut off. The ranges are counted with a difference array; nothing is written out per period.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.visit_log import VisitLog
from sim.indicators.layout import Block, Periods, Shape
from sim.indicators.visits import I32, I64, Array, Months, Visits, age_group
from sim.plan.plan import TICKS_PER_DAY, Plan


@dataclass(frozen=True)
class Stays:
    """Started visits ordered by person (or person and unit), then start; months are those in which the place is taken, from 0."""

    same: I32  # number of the person, or of the person at the unit
    node: NDArray[np.int16]  # served
    gebied: NDArray[np.int16]
    birth: I32
    first: Months
    last: Months

    def take(self, rows: Array, **changed: Any) -> Stays:
        """These rows, in this order."""
        return Stays(**{name: changed[name] if name in changed else getattr(self, name)[rows] for name in self.__dataclass_fields__})

    @classmethod
    def of(cls, log: VisitLog, visits: Visits) -> Stays:
        order = np.argsort(log.person, kind="stable")  # the log has the visits of a person in the order in which they start
        order = order[(visits.started & ((visits.leave > 0) | (visits.start_month > 0)))[order]]
        last = visits.month_of(np.maximum(visits.start[order], visits.leave[order] - 1))
        person = log.person[order]
        return cls(
            same=np.cumsum(np.append(True, person[1:] != person[:-1])[: len(person)], dtype=np.int32),
            node=visits.served[order].astype(np.int16),
            gebied=log.gebied[order].astype(np.int16),
            birth=log.birth[order].astype(np.int32),
            first=np.maximum(visits.start_month[order], 1) - np.int16(1),
            last=np.minimum(last, np.int16(visits.n_months)) - np.int16(1),
        )


def unique_clients(plan: Plan, shape: Shape, stays: Stays, blocks: Sequence[Block]) -> list[I64]:
    """Unique clients per row of each block."""
    found: dict[int, I64] = {}
    of_unit: dict[str, list[int]] = {}
    for b, block in enumerate(blocks):
        of_unit.setdefault(_unit(block), []).append(b)
    for unit, members in of_unit.items():
        at_unit = _at_unit(shape, stays, unit, blocks[members[0]])
        for kind in dict.fromkeys(blocks[b].periods.kind for b in members):
            alike = [b for b in members if blocks[b].periods.kind == kind]
            ranges = _disjoint(at_unit, blocks[alike[0]].periods)
            age: I32 = np.zeros(1, np.int32)
            for by_age in (False, True):
                if by_age and any(blocks[b].level.by_age for b in alike):
                    ranges, age = _by_year(plan, ranges, blocks[alike[0]].periods)
                found |= {b: _count(shape, ranges, age, blocks[b]) for b in alike if blocks[b].level.by_age == by_age}
    return [found[b] for b in range(len(blocks))]


def _unit(block: Block) -> str:
    """Where a person counts once: at a node, at the kinds a level pools, or at a kind."""
    if block.level.of_node is not None:
        return "node"
    return block.level.name if block.level.pools_kinds else "kind"


def _at_unit(shape: Shape, stays: Stays, unit: str, block: Block) -> Stays:
    """Ordered by person and unit; persons stand together already, so that the stable sort has little to do."""
    if unit == "node":
        units = stays.node.astype(np.int64)
    elif unit == "kind":
        units = shape.node_kind[stays.node]
    else:
        assert block.level.of_kind is not None
        units = block.level.of_kind[shape.node_kind[stays.node]]
    same = stays.same * (int(units.max(initial=0)) + 1) + units
    order = np.argsort(same, kind="stable")
    return stays.take(order, same=np.cumsum(np.diff(same[order], prepend=-1) > 0, dtype=np.int32))


def _disjoint(stays: Stays, periods: Periods) -> Stays:
    """Periods instead of months, without those that an earlier visit of the person at the unit covers."""
    p = len(periods)
    of_month = periods.of_month.astype(np.int16)
    first, last = of_month[stays.first], of_month[stays.last]
    base = stays.same.astype(np.int64) * p
    reach = np.maximum.accumulate(base + last)  # furthest period covered so far; an earlier person or unit lies below this base
    free_from = np.maximum(reach[:-1] + 1 - base[1:], 0).astype(np.int16)
    first[1:] = np.maximum(first[1:], free_from)
    adds = np.flatnonzero(first <= last)
    return stays.take(adds, first=first[adds], last=last[adds])


def _count(shape: Shape, ranges: Stays, age: I32, block: Block) -> I64:
    level, p = block.level, len(block.periods)
    group = block.group_of(shape, shape.node_kind[ranges.node], ranges.node, ranges.gebied, age)
    first, last = ranges.first, ranges.last
    if level.of_node is not None:
        here = group >= 0
        group, first, last = group[here], first[here], last[here]
    row = group * (p + 1)
    size = level.n * (p + 1)
    change = np.bincount(row + first, minlength=size) - np.bincount(row + last + 1, minlength=size)
    counted: I64 = np.cumsum(change.reshape(level.n, p + 1), axis=1)[:, :p].reshape(-1)
    return counted


def _by_year(plan: Plan, ranges: Stays, periods: Periods) -> tuple[Stays, I32]:
    """Cut ranges at the turn of the year: each piece has the age on 1 January."""
    years, first, of_period = np.unique(periods.year, return_index=True, return_inverse=True)
    last = np.append(first[1:], len(periods)) - 1
    year_first = of_period[ranges.first]
    pieces = of_period[ranges.last] - year_first + 1
    of = np.repeat(np.arange(len(pieces), dtype=np.int32), pieces)
    year = year_first[of] + np.arange(len(of)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    new_year = np.array([(date(int(y), 1, 1) - plan.start).days * TICKS_PER_DAY for y in years], np.int64)
    cut = ranges.take(
        of,
        first=np.maximum(ranges.first[of], first[year].astype(np.int16)),
        last=np.minimum(ranges.last[of], last[year].astype(np.int16)),
    )
    return cut, age_group(plan.age_from, new_year[year] - cut.birth)
