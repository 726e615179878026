"""Plans: a resolved model and scenario as flat arrays."""

from sim.plan.compile import compile_plan, month_starts
from sim.plan.plan import Plan

__all__ = ["Plan", "compile_plan", "month_starts"]
