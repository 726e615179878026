"""Engines: a plan and a seed in, a visit log (or its sums) out."""

from sim.engine.run import DEFAULT_ENGINE, ENGINES, simulate, totals
from sim.engine.visit_log import VisitLog
from sim.engine.visit_totals import Totals

__all__ = ["DEFAULT_ENGINE", "ENGINES", "Totals", "VisitLog", "simulate", "totals"]
