"""A plan for a larger or smaller city of the same kind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.plan.plan import I64, UNLIMITED, Plan


def scaled(plan: Plan, population: float) -> Plan:
    """``plan`` with so many times the demand, places, supply and people present at the start. Nodes, teams and parameters stay."""
    if population == 1.0:
        return plan
    repeats = np.diff(np.floor(np.arange(len(plan.supply_tick) + 1) * population)).astype(np.int64)
    warm = replace(plan.warm, in_care=_times(plan.warm.in_care, population), waiting=_times(plan.warm.waiting, population))
    return replace(
        plan,
        stream_rate=plan.stream_rate * population,
        places=np.where(plan.places < UNLIMITED, np.minimum(_times(plan.places, population), UNLIMITED - 1), plan.places),
        supply_tick=np.repeat(plan.supply_tick, repeats),
        supply_team=np.repeat(plan.supply_team, repeats),
        warm=warm,
    )


def _times(numbers: NDArray[np.int64], population: float) -> I64:
    return np.floor(numbers * population + 0.5).astype(np.int64)
