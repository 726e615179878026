"""Choice of engine."""

from __future__ import annotations

from sim.engine.visit_log import VisitLog
from sim.engine.visit_totals import Totals
from sim.plan.plan import Plan

ENGINES = ("numba", "simpy")
DEFAULT_ENGINE = "numba"


def simulate(plan: Plan, seed: int, engine: str = DEFAULT_ENGINE) -> VisitLog:
    """Run one replication. ``seed`` fixes every draw; equal plans and seeds give equal logs on any engine.

    ``numba`` is the compiled engine, ``simpy`` the readable reference. Raises ``ValueError`` for an engine that does not exist.
    """
    if engine == "numba":
        from sim.engine import numba_engine

        return numba_engine.simulate(plan, seed)
    if engine == "simpy":
        from sim.engine import simpy_engine

        return simpy_engine.simulate(plan, seed)
    raise ValueError(f"no engine named {engine!r}; there is {', '.join(ENGINES)}")


def totals(plan: Plan, seed: int, engine: str = DEFAULT_ENGINE) -> Totals:
    """Run one replication and keep only sums per node, client class and year: those of the visits that ``simulate`` returns.

    The compiled engine adds them up while it runs, so that its memory grows with the people who are there at once and not with the number
    of visits; the reference engine has to keep its log meanwhile. Raises ``ValueError`` for an engine that does not exist.
    """
    if engine == "numba":
        from sim.engine import numba_engine

        return numba_engine.totals(plan, seed)
    return Totals.of(plan, simulate(plan, seed, engine))
