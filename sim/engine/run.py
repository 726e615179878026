"""Choice of engine."""

from __future__ import annotations

from sim.engine.visit_log import VisitLog
from sim.plan.plan import Plan

ENGINES = ("simpy",)


def simulate(plan: Plan, seed: int, engine: str = "simpy") -> VisitLog:
    """Run one replication. ``seed`` fixes every draw; equal plans and seeds give equal logs on any engine.

    Raises ``ValueError`` for an engine that does not exist.
    """
    if engine != "simpy":
        raise ValueError(f"no engine named {engine!r}; there is {', '.join(ENGINES)}")
    from sim.engine import simpy_engine

    return simpy_engine.simulate(plan, seed)
