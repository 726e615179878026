"""Engines: a plan and a seed in, a visit log out."""

from sim.engine.run import DEFAULT_ENGINE, ENGINES, simulate
from sim.engine.visit_log import VisitLog

__all__ = ["DEFAULT_ENGINE", "ENGINES", "VisitLog", "simulate"]
