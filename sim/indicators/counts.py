"""Flows, stocks and person-time per group and period, by counting events.

A group is what a visit is counted under: a node kind, a kind x class, or a node. Arrays are [group, period]. One compiled pass adds every
visit where something happens to it. The stock at a boundary is the running sum of what entered minus what left, and with E and L the sums
of ticks at which visits entered and left before a boundary b, the person-time up to b is ``b x stock - (E - L)``, all in integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from sim.indicators import compiled, kernel
from sim.indicators.visits import F64, I64, Array, Visits, listed_nodes, plain
from sim.plan.plan import Plan

EVENTS: Final = {
    "inflow": kernel.INFLOW, "renewals": kernel.RENEWALS, "starts": kernel.STARTS, "outflow": kernel.OUTFLOW, "reneged": kernel.RENEGED_,
    "aged_out": kernel.AGED, "left": kernel.LEFT, "left_shifted": kernel.SHIFTED, "norm_base": kernel.BASE, "norm_met": kernel.MET,
    "wait_count": kernel.WAITS, "norm_started": kernel.STARTED_IN,
}  # fmt: skip

How = Literal["sum", "first", "last"]  # from short periods to the long period they make up


@dataclass(frozen=True)
class Count:
    """One quantity [group, period], and how short periods make a long one."""

    name: str
    how: How
    values: Array


@dataclass(frozen=True)
class Grouping:
    """The groups of visits: a group per node or several nodes, crossed with the class of the client or not."""

    n: int
    of_node: I64  # [N]
    classes: int  # 0: not crossed

    @classmethod
    def by_kind(cls, plan: Plan) -> Grouping:
        return cls(len(plan.names.kinds), plan.node_kind.astype(np.int64), 0)

    @classmethod
    def by_class(cls, plan: Plan) -> Grouping:
        """Node kind x gebied x age group."""
        classes = len(plan.names.gebieden) * plan.n_ages
        return cls(len(plan.names.kinds) * classes, plan.node_kind.astype(np.int64) * classes, classes)

    @classmethod
    def by_node(cls, plan: Plan) -> Grouping:
        n = len(plan.names.nodes)
        return cls(n, np.arange(n, dtype=np.int64), 0)


def count_events(plan: Plan, visits: Visits, grouping: Grouping, of_month: I64) -> Iterator[Count]:
    """Everything that adds up over groups, by group and period; ``of_month`` [M] is the period of each month."""
    width = int(of_month[-1]) + 3  # the first column is what happened before the start, the last what happens from the horizon on
    column = np.concatenate(([0], of_month + 1, [width - 1])).astype(np.int64)
    boundaries = np.append(plan.months[:-1][np.flatnonzero(np.diff(of_month, prepend=-1))], plan.horizon)
    counts = np.zeros((grouping.n, width, kernel.COUNTS), np.int32)
    sums = np.zeros((grouping.n, width, kernel.SUMS), np.int64)
    compiled.count(
        visits, grouping.of_node, int(grouping.classes > 0), column, listed_nodes(plan), plain(plan.norms.within[plan.node_kind], np.int64),
        plain(plan.norms.to_end[plan.node_kind], np.bool_), plan.horizon, counts, sums,
    )  # fmt: skip

    def events(quantity: int) -> I64:
        return counts[:, 1:-1, quantity].astype(np.int64)

    def stock_of(quantity: int) -> I64:
        """At each boundary: what entered minus what left before."""
        return np.cumsum(counts[:, :-1, quantity], axis=1, dtype=np.int64)

    def up_to(quantity: int) -> I64:
        return np.cumsum(sums[:, :-1, quantity], axis=1)

    def person_time(stock: I64, quantity: int) -> F64:
        return np.diff(boundaries * stock - up_to(quantity), axis=1).astype(np.float64)

    for name, quantity in EVENTS.items():
        yield Count(name, "sum", events(quantity))
    yield Count("wait_ticks", "sum", sums[:, 1:-1, kernel.WAIT_TICKS].astype(np.float64))
    stock = stock_of(kernel.WAITING)
    yield Count("elapsed_ticks", "last", (boundaries * stock - up_to(kernel.ELAPSED))[:, 1:].astype(np.float64))
    yield Count("waiting_end", "last", stock[:, 1:])
    yield Count("waiting_ticks", "sum", person_time(stock, kernel.WAITING_TICKS))
    care = stock_of(kernel.CARE)
    yield Count("in_care_end", "last", care[:, 1:])
    yield Count("in_care_ticks", "sum", person_time(care, kernel.CARE_TICKS))
    kept = stock_of(kernel.KEPT)
    yield Count("kept_end", "last", kept[:, 1:])
    yield Count("kept_ticks", "sum", person_time(kept, kernel.KEPT_TICKS))
    stock = stock + care + kept
    yield Count("stock_begin", "first", stock[:, :-1])
    yield Count("stock_end", "last", stock[:, 1:])
