"""Plans: a resolved model and scenario as flat arrays. Engines need ``Plan`` alone, so the compiler is loaded when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sim.plan.plan import Plan

if TYPE_CHECKING:
    from sim.plan.compile import compile_plan, month_starts

__all__ = ["Plan", "compile_plan", "month_starts"]


def __getattr__(name: str) -> Any:
    if name in ("compile_plan", "month_starts"):
        return getattr(importlib.import_module("sim.plan.compile"), name)
    raise AttributeError(f"module 'sim.plan' has no attribute {name!r}")
