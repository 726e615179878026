"""Where the people at each node come from: external demand, other nodes, renewals. The yearly balance of every node."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.visit_log import FROM_NODE, RENEWAL, WARM, VisitLog
from sim.plan.plan import TICKS_PER_DAY, Plan

OUTSIDE = "(from outside)"
ITSELF = "(renewal)"


def balance(plan: Plan, log: VisitLog, year: int) -> pd.DataFrame:
    """Arrivals and starts in a calendar year by node and origin.

    Columns: part, node, origin (a node, ``(from outside)`` or ``(renewal)``), arrivals and starts (persons per year), share (of the node's
    arrivals). What arrives from outside is external demand: reported starts of a node minus what its other origins bring.
    """
    first = (date(year, 1, 1) - plan.start).days * TICKS_PER_DAY
    last = (date(year + 1, 1, 1) - plan.start).days * TICKS_PER_DAY
    kinds = len(plan.names.kinds)
    order = np.lexsort((log.visit, log.person))
    kind = plan.node_kind[log.asked[order]]
    entry = log.entry[order]
    before = np.concatenate([[-1], kind[:-1]])  # kind of the same person's visit before this one
    origin = np.where(entry == FROM_NODE, before, np.where(entry == RENEWAL, kinds + 1, kinds))
    known = entry != WARM

    def count(times: NDArray[np.int64]) -> NDArray[np.int64]:
        here = known & (times[order] >= first) & (times[order] < last)
        cells = np.bincount(kind[here] * (kinds + 2) + origin[here], minlength=kinds * (kinds + 2))
        return cells.reshape(kinds, kinds + 2)

    arrivals, starts = count(log.arrive), count(log.start)
    names = [*plan.names.kinds, OUTSIDE, ITSELF]
    part = {int(k): int(p) for k, p in zip(plan.node_kind, plan.node_part, strict=True)}
    to, source = np.nonzero(arrivals + starts)
    table = pd.DataFrame(
        {
            "part": [plan.names.parts[part[int(k)]] for k in to],
            "node": [plan.names.kinds[int(k)] for k in to],
            "origin": [names[int(k)] for k in source],
            "arrivals": arrivals[to, source],
            "starts": starts[to, source],
            "share": arrivals[to, source] / np.maximum(arrivals.sum(axis=1)[to], 1),
            "order": [part[int(k)] for k in to],
        }
    )
    return (
        table.sort_values(["order", "node", "arrivals"], ascending=[True, True, False], kind="stable")
        .drop(columns="order")
        .reset_index(drop=True)
    )
