"""Quantiles of waits per row of a block: the waits are put in order once, and dealt out to the rows of each block in that order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.indicators import compiled
from sim.indicators.layout import Block, Shape
from sim.indicators.visits import F64, I32, I64, Months, Visits, listed_nodes, plain
from sim.plan.plan import Plan


@dataclass(frozen=True)
class Waits:
    """Waits above zero, in order of length, from arrival to start, of those who started within the run; renewals left out."""

    node: NDArray[np.int16]  # asked
    gebied: NDArray[np.int16]
    age: NDArray[np.int16]
    month: Months  # of the start, from 0
    ticks: I32

    @classmethod
    def of(cls, plan: Plan, shape: Shape, visits: Visits) -> Waits:
        rows = np.empty(len(visits.arrive), np.int32)
        s = rows[: compiled.select_waits(visits, listed_nodes(plan), rows)]
        ordered = np.sort((visits.since[s] - visits.arrive[s]).astype(np.int64) << 32 | s)
        s, ticks = (ordered & 0xFFFFFFFF).astype(np.int32), (ordered >> 32).astype(np.int32)
        gebied, age = np.divmod(visits.client_class[s], np.int16(shape.ages))
        return cls(visits.asked[s], gebied, age, visits.start_month[s] - np.int16(1), ticks)

    def quantiles(self, shape: Shape, block: Block, starters: I64, quantiles: tuple[float, ...]) -> list[F64]:
        """Linear interpolation between order statistics, in ticks, of all ``starters`` per row; NaN where there are none."""
        base, gebied_step, age_step = block.group_of(shape)
        where = (plain(base, np.int64), gebied_step, age_step, block.periods.of_month)
        waited = np.zeros(block.n_rows, np.int64)
        compiled.count_waits(self.node, self.gebied, self.age, self.month, *where, waited)
        ordered = np.empty(len(self.ticks), np.int32)
        start = np.cumsum(waited) - waited
        compiled.place_waits(self.node, self.gebied, self.age, self.month, self.ticks, *where, start.copy(), ordered)
        here = np.flatnonzero(starters)
        n, at_once = starters[here], (starters - waited)[here]
        first = start[here]

        def at(rank: I64) -> I64:
            """The wait of this rank in each row; who did not wait comes first."""
            found = np.zeros(len(here), np.int64)
            some = rank >= at_once
            found[some] = ordered[(first + rank - at_once)[some]]
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
