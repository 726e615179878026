"""Quantiles of waits per row of a block: one sort of (row, wait) per block, of those who waited at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.indicators.counts import starters
from sim.indicators.layout import Block, Shape
from sim.indicators.visits import F64, I32, I64, Visits
from sim.plan.plan import Plan


@dataclass(frozen=True)
class Waits:
    """Waits of those who started within the run, from arrival to start; renewals left out."""

    kind: I64  # of the node asked
    node: I64
    gebied: I32
    age: I32
    month: I64  # of the start
    ticks: I64

    @classmethod
    def of(cls, plan: Plan, shape: Shape, visits: Visits) -> Waits:
        s = starters(plan, visits)
        node = visits.asked[s].astype(np.int64)
        return cls(
            shape.node_kind[node], node, visits.gebied[s], visits.client_class[s] % np.int32(shape.ages),
            visits.start_month[s].astype(np.int64) - 1, (visits.since[s] - visits.arrive[s]).astype(np.int64),
        )  # fmt: skip

    def quantiles(self, shape: Shape, block: Block, quantiles: tuple[float, ...]) -> list[F64]:
        """Linear interpolation between order statistics, in ticks; NaN where nobody started."""
        group = block.group_of(shape, self.kind, self.node, self.gebied, self.age)
        row = group * len(block.periods) + block.periods.of_month[self.month]
        row, ticks = (row[group >= 0], self.ticks[group >= 0]) if (group < 0).any() else (row, self.ticks)
        n = np.bincount(row, minlength=block.n_rows)
        some = ticks > 0
        width = int(ticks.max(initial=0)) + 1
        ordered = np.sort(row[some] * width + ticks[some])
        last = np.cumsum(np.bincount(row[some], minlength=block.n_rows))
        none = n - np.diff(last, prepend=0)  # who started without waiting come first in the order of their row
        first = last - (n - none)
        here = np.flatnonzero(n)

        def at(rank: I64) -> I64:
            waited = rank >= none[here]
            found = np.zeros(len(here), np.int64)
            found[waited] = ordered[(first[here] + rank - none[here])[waited]] % width
            return found

        out = []
        for q in quantiles:
            position = (n[here] - 1) * q
            low = np.floor(position).astype(np.int64)
            high = np.minimum(low + 1, n[here] - 1)
            values = np.full(block.n_rows, np.nan)
            values[here] = at(low) + (position - low) * (at(high) - at(low))
            out.append(values)
        return out
