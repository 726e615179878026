"""A smaller or larger city of the same make: fewer people ask, and there are as many fewer places, for trials and for speed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.plan.plan import UNLIMITED, Plan

I64 = NDArray[np.int64]


def scaled(plan: Plan, factor: float) -> Plan:
    """The plan of a city ``factor`` times as large: demand, people present at the start, places, supply and cost of teams.

    Whole numbers are rounded so that their running totals stay right; a team that has places keeps at least one. Waits come out somewhat
    longer in a smaller city, for small teams share less luck. Raises ``ValueError`` unless 0 < factor.
    """
    if not factor > 0:
        raise ValueError(f"a city of {factor} times the size is no city")
    if factor == 1.0:
        return plan
    limited = (plan.places < UNLIMITED) & (plan.places > 0)
    places = np.where(limited, np.clip(np.floor(plan.places * factor + 0.5), 1, UNLIMITED - 1).astype(np.int64), plan.places)
    copies = np.zeros(len(plan.supply_tick), np.int64)
    for team in np.unique(plan.supply_team):
        mine = plan.supply_team == team
        copies[mine] = _rounded(np.ones(int(mine.sum())), factor)
    return replace(
        plan,
        stream_rate=plan.stream_rate * factor,
        places=places,
        supply_tick=np.repeat(plan.supply_tick, copies),
        supply_team=np.repeat(plan.supply_team, copies),
        warm=replace(plan.warm, in_care=_rounded(plan.warm.in_care, factor), waiting=_rounded(plan.warm.waiting, factor)),
        money=replace(plan.money, team_cost=plan.money.team_cost * factor),
    )


def _rounded(counts: NDArray[np.generic], factor: float) -> I64:
    """Whole numbers whose running total is the rounded running total of ``counts`` x ``factor``."""
    total = np.floor(np.cumsum(counts) * factor + 0.5 + 1e-9)
    return np.diff(total, prepend=0.0).astype(np.int64)
