"""Flows, stocks and person-time per group and period, by counting events.

A group is what a visit is counted under: a node kind, a kind x class, or a node. Arrays are [group, period]. Nothing loops over visits or
periods: the stock at a boundary is the running sum of what entered minus what left, and with E and L the sums of ticks at which visits
entered and left before a boundary b, the person-time up to b is ``b x stock - (E - L)``, exact in integers below 2^53.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from sim.indicators.visits import F64, I32, I64, Array, Bool, Months, Visits, kinds_with_list
from sim.plan.plan import Plan

How = Literal["sum", "first", "last"]  # from short periods to the long period they make up


@dataclass(frozen=True)
class Count:
    """One quantity [group, period], and how short periods make a long one."""

    name: str
    how: How
    values: Array


@dataclass(frozen=True)
class Grouping:
    """Under which group each visit counts while it waits (``asked``) and from its start (``served``)."""

    n: int
    asked: I32
    served: I32

    @classmethod
    def by_kind(cls, plan: Plan, visits: Visits) -> Grouping:
        return cls(len(plan.names.kinds), plan.node_kind[visits.asked], plan.node_kind[visits.served])

    @classmethod
    def by_class(cls, plan: Plan, visits: Visits) -> Grouping:
        """Node kind x gebied x age group."""
        classes = np.int32(len(plan.names.gebieden) * plan.n_ages)
        kind = cls.by_kind(plan, visits)
        return cls(kind.n * int(classes), kind.asked * classes + visits.client_class, kind.served * classes + visits.client_class)

    @classmethod
    def by_node(cls, plan: Plan, visits: Visits) -> Grouping:
        return cls(len(plan.names.nodes), visits.asked, visits.served)


@dataclass(frozen=True)
class Span:
    """A state of visits per group: how many are in it at each boundary, and for how many ticks per period."""

    stock: I64  # [group, P + 1]
    ticks: F64  # [group, P]


class PeriodCounter:
    """Counts and sums per (group, period). Column 0 is what happened before the start, the last what happens from the horizon on."""

    def __init__(self, visits: Visits, n_groups: int, of_month: I64) -> None:
        """``of_month`` [M]: the period of each month."""
        self.n_groups = n_groups
        self.width = int(of_month[-1]) + 3
        self.column = np.concatenate(([0], of_month + 1, [self.width - 1])).astype(np.int32)
        self.boundaries = np.append(visits.months[np.flatnonzero(np.diff(of_month, prepend=-1))], visits.horizon)

    def cell(self, group: I32, month: Months) -> I32:
        return group * np.int32(self.width) + self.column[month]

    def count(self, cell: I32) -> I64:
        """Events [group, P + 2]."""
        return np.bincount(cell, minlength=self.n_groups * self.width).astype(np.int64, copy=False).reshape(self.n_groups, self.width)

    def total(self, cell: I32, weight: I32) -> F64:
        """Sum of a weight [group, P + 2]."""
        summed: F64 = np.bincount(cell, weights=weight, minlength=self.n_groups * self.width).astype(np.float64, copy=False)
        return summed.reshape(self.n_groups, self.width)

    def span(self, entered: I32, at: I32, left: I32, until: I32) -> Span:
        """The state entered in cells ``entered`` at ticks ``at`` and left in cells ``left`` at ticks ``until``."""
        stock = np.cumsum((self.count(entered) - self.count(left))[:, :-1], axis=1)
        ticks = np.cumsum((self.total(entered, at) - self.total(left, until))[:, :-1], axis=1)
        return Span(stock, np.diff(self.boundaries * stock - ticks, axis=1))


def occupied(visits: Visits, s: I64, group: I32, n_groups: int) -> tuple[F64, F64]:
    """Ticks in care and ticks with a place taken (in care and kept), per group and month, of started visits ``s`` in groups ``group``."""
    counter = PeriodCounter(visits, n_groups, np.arange(visits.n_months))
    start, at = counter.cell(group, visits.start_month[s]), np.maximum(visits.since[s], 0)
    care = counter.span(start, at, counter.cell(group, visits.care_month[s]), visits.care_to[s])
    taken = counter.span(start, at, counter.cell(group, visits.leave_month[s]), visits.leave[s])
    return care.ticks, taken.ticks


class EventCounts:
    """Everything that adds up over groups, from the events of one run."""

    def __init__(self, plan: Plan, visits: Visits) -> None:
        self.plan = plan
        self.visits = visits

    @cached_property
    def started(self) -> I64:
        return np.flatnonzero(self.visits.started)

    @cached_property
    def waited(self) -> I64:
        return starters(self.plan, self.visits)

    @cached_property
    def cohort(self) -> tuple[Bool, Bool]:
        return norm_cohort(self.plan, self.visits)

    def counts(self, grouping: Grouping, of_month: I64) -> Iterator[Count]:
        """Quantities by group and period, a few at a time (so that few are held)."""
        visits, s = self.visits, self.started
        counter = PeriodCounter(visits, grouping.n, of_month)
        asked, served = grouping.asked, grouping.served[s]
        arrive = counter.cell(asked, visits.arrive_month)
        start = counter.cell(served, visits.start_month[s])
        leave = counter.cell(np.where(visits.started, grouping.served, asked), visits.leave_month)

        def within_run(cells: I32) -> I64:
            return counter.count(cells)[:, 1:-1]

        moved = np.flatnonzero(asked[s] != served)  # asked here, helped elsewhere: a pool across groups
        moved_out = counter.cell(asked[s[moved]], visits.start_month[s[moved]])
        yield Count("inflow", "sum", within_run(np.concatenate((arrive[visits.newcomer], start[moved]))))
        yield Count("renewals", "sum", within_run(arrive[visits.renewal]))
        yield Count("starts", "sum", within_run(start))
        yield Count("outflow", "sum", within_run(np.concatenate((leave, moved_out))))
        yield Count("reneged", "sum", within_run(leave[visits.reneged]))
        yield Count("aged_out", "sum", within_run(leave[visits.aged_out]))
        yield Count("left", "sum", within_run(leave[visits.left]))
        yield Count("left_shifted", "sum", within_run(leave[visits.shifted]))
        met_cohort, met = self.cohort
        yield Count("norm_base", "sum", within_run(arrive[met_cohort]))
        yield Count("norm_met", "sum", within_run(arrive[met]))
        waited = counter.cell(asked[self.waited], visits.start_month[self.waited])
        yield Count("wait_count", "sum", within_run(waited))
        yield Count("wait_ticks", "sum", counter.total(waited, (visits.since - visits.arrive)[self.waited])[:, 1:-1])

        wait_cell = counter.cell(asked, visits.wait_month)
        waiting = counter.span(arrive, visits.waits_from, wait_cell, visits.wait_to)
        stock = waiting.stock
        since = np.cumsum((counter.total(arrive, visits.arrive) - counter.total(wait_cell, visits.arrive))[:, :-1], axis=1)
        yield Count("elapsed_ticks", "last", (counter.boundaries * stock - since)[:, 1:])
        yield Count("waiting_end", "last", stock[:, 1:])
        yield Count("waiting_ticks", "sum", waiting.ticks)
        care_cell = counter.cell(served, visits.care_month[s])
        care = counter.span(start, visits.start[s], care_cell, visits.care_to[s])
        stock = stock + care.stock
        yield Count("in_care_end", "last", care.stock[:, 1:])
        yield Count("in_care_ticks", "sum", care.ticks)
        kept = counter.span(care_cell, visits.care_to[s], leave[s], visits.leave[s])
        stock = stock + kept.stock
        yield Count("kept_end", "last", kept.stock[:, 1:])
        yield Count("kept_ticks", "sum", kept.ticks)
        yield Count("stock_begin", "first", stock[:, :-1])
        yield Count("stock_end", "last", stock[:, 1:])


def starters(plan: Plan, visits: Visits) -> I64:
    """Rows of visits that started within the run at a node with a waiting list, renewals and those in care at the start date left out."""
    listed = kinds_with_list(plan)[plan.node_kind[visits.asked]]
    return np.flatnonzero(visits.started & ~visits.renewal & (visits.start_month > 0) & listed)


def norm_cohort(plan: Plan, visits: Visits) -> tuple[Bool, Bool]:
    """Who counts for the norm of the node asked (arrived within the run, norm time over before the horizon), and who of them had it met."""
    kind = plan.node_kind[visits.asked]
    within = plan.norms.within[kind]
    to_end = plan.norms.to_end[kind]
    cohort = visits.newcomer & (within > 0) & (visits.arrive + within < visits.horizon)
    helped = visits.started & (~to_end | (visits.ended & ~visits.aged_out))
    clock = np.where(to_end, visits.care_to, visits.since)
    return cohort, cohort & helped & (clock - visits.arrive <= within)
