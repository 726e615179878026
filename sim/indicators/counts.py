"""Flows, stocks and person-time per group and month, by counting events.

A group is what a visit is counted under: a node kind x class, or a node. Arrays are [group, month]. Nothing loops over visits or
months: the stock at a boundary is the running sum of what entered minus what left, and with E and L the sums of ticks at which visits
entered and left before a boundary b, the person-time up to b is ``b x stock - (E - L)``, exact in integers below 2^53.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.indicators.visits import F64, I64, Bool, Visits, kinds_with_list
from sim.plan.plan import Plan

Array = NDArray[Any]
How = Literal["sum", "first", "last"]  # from the months of a period to the period


@dataclass(frozen=True)
class Count:
    """One quantity [group, month], and how its months make a period."""

    name: str
    how: How
    values: Array


@dataclass(frozen=True)
class Grouping:
    """Under which group each visit counts while it waits (``asked``) and from its start (``served``)."""

    n: int
    asked: I64
    served: I64

    @classmethod
    def by_kind_and_class(cls, plan: Plan, visits: Visits) -> Grouping:
        classes = len(plan.names.gebieden) * plan.n_ages
        kind = plan.node_kind.astype(np.int64)
        return cls(
            len(plan.names.kinds) * classes,
            kind[visits.asked] * classes + visits.client_class,
            kind[visits.served] * classes + visits.client_class,
        )

    @classmethod
    def by_node(cls, plan: Plan, visits: Visits) -> Grouping:
        return cls(len(plan.names.nodes), visits.asked.astype(np.int64), visits.served.astype(np.int64))


@dataclass(frozen=True)
class Span:
    """A state of visits per group: how many are in it at each boundary, and for how many ticks per month."""

    stock: I64  # [group, M + 1]
    ticks: F64  # [group, M]


class MonthCounter:
    """Counts and sums per (group, month) for the visits of one run."""

    def __init__(self, visits: Visits, n_groups: int) -> None:
        self.months = visits.months
        self.width = visits.n_months + 2
        self.n_groups = n_groups

    def cell(self, group: I64, month: NDArray[np.int32]) -> I64:
        return group * self.width + month

    def count(self, cell: I64) -> I64:
        """Events per group and month [group, M + 2]."""
        return np.bincount(cell, minlength=self.n_groups * self.width).astype(np.int64, copy=False).reshape(self.n_groups, self.width)

    def total(self, cell: I64, weight: Array) -> F64:
        """Sum of a weight per group and month [group, M + 2]."""
        summed: F64 = np.bincount(cell, weights=weight, minlength=self.n_groups * self.width).astype(np.float64, copy=False)
        return summed.reshape(self.n_groups, self.width)

    def span(self, entered: I64, at: I64, left: I64, until: I64) -> Span:
        """The state entered in cells ``entered`` at ticks ``at`` and left in cells ``left`` at ticks ``until``."""
        stock = np.cumsum((self.count(entered) - self.count(left))[:, :-1], axis=1)
        ticks = np.cumsum((self.total(entered, at) - self.total(left, until))[:, :-1], axis=1)
        return Span(stock, np.diff(self.months * stock - ticks, axis=1))


def occupied(visits: Visits, s: I64, group: I64, n_groups: int) -> tuple[F64, F64]:
    """Ticks in care and ticks with a place taken (in care and kept), per group and month, of started visits ``s`` in groups ``group``."""
    counter = MonthCounter(visits, n_groups)
    start = counter.cell(group, visits.start_month[s])
    care = counter.span(start, visits.start[s], counter.cell(group, visits.care_month[s]), visits.care_to[s])
    taken = counter.span(start, visits.start[s], counter.cell(group, visits.leave_month[s]), visits.leave[s])
    return care.ticks, taken.ticks


def counts(plan: Plan, visits: Visits, grouping: Grouping) -> Iterator[Count]:
    """Every quantity that adds up over groups, one at a time (so that one at a time is held)."""
    counter = MonthCounter(visits, grouping.n)
    s = np.flatnonzero(visits.started)
    asked, served = grouping.asked, grouping.served[s]
    arrive = counter.cell(asked, visits.arrive_month)
    start = counter.cell(served, visits.start_month[s])
    leave = counter.cell(np.where(visits.started, grouping.served, asked), visits.leave_month)

    def within_run(cells: I64) -> I64:
        return counter.count(cells)[:, 1:-1]

    moved = np.flatnonzero(asked[s] != served)  # asked here, helped elsewhere: people of a pool across groups
    moved_out = counter.cell(asked[s][moved], visits.start_month[s][moved])
    yield Count("inflow", "sum", within_run(np.concatenate((arrive[visits.newcomer], start[moved]))))
    yield Count("renewals", "sum", within_run(arrive[visits.renewal]))
    yield Count("starts", "sum", within_run(start))
    yield Count("outflow", "sum", within_run(np.concatenate((leave, moved_out))))
    for name in ("reneged", "aged_out", "left"):
        yield Count(name, "sum", within_run(leave[getattr(visits, name)]))
    yield Count("left_shifted", "sum", within_run(leave[visits.shifted]))

    wait_cell = counter.cell(asked, visits.wait_month)
    waiting = counter.span(arrive, visits.waits_from, wait_cell, visits.wait_to)
    since = np.cumsum((counter.total(arrive, visits.arrive) - counter.total(wait_cell, visits.arrive))[:, :-1], axis=1)
    yield Count("elapsed_ticks", "last", (visits.months * waiting.stock - since)[:, 1:])
    yield Count("waiting_end", "last", waiting.stock[:, 1:])
    yield Count("waiting_ticks", "sum", waiting.ticks)
    care_cell = counter.cell(served, visits.care_month[s])
    care = counter.span(start, visits.start[s], care_cell, visits.care_to[s])
    yield Count("in_care_end", "last", care.stock[:, 1:])
    yield Count("in_care_ticks", "sum", care.ticks)
    kept = counter.span(care_cell, visits.care_to[s], leave[s], visits.leave[s])
    yield Count("kept_end", "last", kept.stock[:, 1:])
    yield Count("kept_ticks", "sum", kept.ticks)
    stock = waiting.stock + care.stock + kept.stock
    yield Count("stock_begin", "first", stock[:, :-1])
    yield Count("stock_end", "last", stock[:, 1:])

    waited = starters(plan, visits)
    cell = counter.cell(asked[waited], visits.start_month[waited])
    yield Count("wait_count", "sum", within_run(cell))
    yield Count("wait_ticks", "sum", counter.total(cell, (visits.since - visits.arrive)[waited])[:, 1:-1])

    cohort, met = norm_cohort(plan, visits)
    yield Count("norm_base", "sum", within_run(arrive[cohort]))
    yield Count("norm_met", "sum", within_run(arrive[cohort & met]))


def starters(plan: Plan, visits: Visits) -> I64:
    """Rows of visits that started within the run at a node with a waiting list, renewals and those in care at the start date left out."""
    listed = kinds_with_list(plan)[plan.node_kind[visits.asked]]
    return np.flatnonzero(visits.started & ~visits.renewal & (visits.start_month > 0) & listed)


def norm_cohort(plan: Plan, visits: Visits) -> tuple[Bool, Bool]:
    """Who counts for the norm of the node asked (arrived within the run, norm time over before the horizon), and who had it met."""
    kind = plan.node_kind[visits.asked]
    within = plan.norms.within[kind]
    to_end = plan.norms.to_end[kind]
    cohort = visits.newcomer & (within > 0) & (visits.arrive + within < visits.horizon)
    helped = visits.started & (~to_end | (visits.ended & ~visits.aged_out))
    clock = np.where(to_end, visits.care_to, visits.since)
    return cohort, helped & (clock - visits.arrive <= within)
