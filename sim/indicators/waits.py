"""Quantiles of waits per row of a block: one sort of (row, wait) per block, of those who waited at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.indicators.counts import starters
from sim.indicators.layout import Block, Shape
from sim.indicators.visits import F64, I32, I64, Months, Visits
from sim.plan.plan import Plan


@dataclass(frozen=True)
class Waits:
    """Waits above zero, from arrival to start, of those who started within the run; renewals left out."""

    kind: I64  # of the node asked
    node: I32
    gebied: I32
    age: I32
    month: Months  # of the start, from 0
    ticks: I64

    @classmethod
    def of(cls, plan: Plan, shape: Shape, visits: Visits) -> Waits:
        s = starters(plan, visits)
        s = s[visits.since[s] > visits.arrive[s]]
        node = visits.asked[s]
        return cls(
            shape.node_kind[node], node, visits.gebied[s], visits.client_class[s] % np.int32(shape.ages),
            visits.start_month[s] - np.int16(1), (visits.since[s] - visits.arrive[s]).astype(np.int64),
        )  # fmt: skip

    def quantiles(self, shape: Shape, block: Block, starters: I64, quantiles: tuple[float, ...]) -> list[F64]:
        """Linear interpolation between order statistics, in ticks, of all ``starters`` per row; NaN where there are none."""
        group = block.group_of(shape, self.kind, self.node, self.gebied, self.age)
        row = group * len(block.periods) + block.periods.of_month[self.month]
        ticks = self.ticks
        if block.level.of_node is not None:
            row, ticks = row[group >= 0], ticks[group >= 0]
        width = int(ticks.max(initial=0)) + 1
        waited = np.bincount(row, minlength=block.n_rows)
        ordered = np.sort(row * width + ticks)
        here = np.flatnonzero(starters)
        n, at_once = starters[here], (starters - waited)[here]
        first = (np.cumsum(waited) - waited)[here]

        def at(rank: I64) -> I64:
            """The wait of this rank in each row; who did not wait comes first."""
            found = np.zeros(len(here), np.int64)
            some = rank >= at_once
            found[some] = ordered[(first + rank - at_once)[some]] % width
            return found

        out = []
        for q in quantiles:
            position = (n - 1) * q
            low = np.floor(position).astype(np.int64)
            below, above = at(low), at(np.minimum(low + 1, n - 1))
            values = np.full(block.n_rows, np.nan)
            values[here] = below + (position - low) * (above - below)
            out.append(values)
        return out
