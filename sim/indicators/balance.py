"""Where the people at each node come from: external demand, other nodes, renewals. The yearly balance of every node."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from sim.engine.visit_log import EXTERNAL, FROM_NODE, RENEWAL, VisitLog
from sim.plan.plan import TICKS_PER_DAY, Plan

OUTSIDE = "(from outside)"
ITSELF = "(renewal)"


def balance(plan: Plan, log: VisitLog, year: int) -> pd.DataFrame:
    """Arrivals in a calendar year by node and origin.

    Columns: part, node, origin (a node, ``(from outside)`` or ``(renewal)``), arrivals (persons per year), share (of the node's arrivals).
    What arrives from outside is external demand; reported starts of a node equal the sum over its origins.
    """
    first = (date(year, 1, 1) - plan.start).days * TICKS_PER_DAY
    last = (date(year + 1, 1, 1) - plan.start).days * TICKS_PER_DAY
    kinds = len(plan.names.kinds)
    order = np.lexsort((log.visit, log.person))
    kind = plan.node_kind[log.asked[order]]
    origin = np.concatenate([[-1], kind[:-1]])  # kind of the same person's visit before this one
    entry, arrive = log.entry[order], log.arrive[order]
    origin = np.where(entry == FROM_NODE, origin, np.where(entry == RENEWAL, kinds + 1, kinds))
    counted = (arrive >= first) & (arrive < last) & ((entry == EXTERNAL) | (entry == FROM_NODE) | (entry == RENEWAL))
    matrix = np.bincount(kind[counted] * (kinds + 2) + origin[counted], minlength=kinds * (kinds + 2)).reshape(kinds, kinds + 2)
    names = [*plan.names.kinds, OUTSIDE, ITSELF]
    part = {int(k): plan.names.parts[int(p)] for k, p in zip(plan.node_kind, plan.node_part, strict=True)}
    to, source = np.nonzero(matrix)
    table = pd.DataFrame(
        {
            "part": [part[int(k)] for k in to],
            "node": [plan.names.kinds[int(k)] for k in to],
            "origin": [names[int(k)] for k in source],
            "arrivals": matrix[to, source],
            "share": matrix[to, source] / matrix.sum(axis=1)[to],
        }
    )
    place = {name: i for i, name in enumerate(plan.names.parts)}
    table["order"] = table["part"].map(place)
    return table.sort_values(["order", "node", "arrivals"], ascending=[True, True, False], kind="stable").drop(columns="order").reset_index(drop=True)
