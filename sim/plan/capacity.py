"""Other places and another supply on a plan that is compiled: what a search over capacities changes from one run to the next."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.model import Model
from sim.plan.compile import Scene, effects_at, month_starts
from sim.plan.plan import Plan
from sim.plan.rows import ClassRows, RowStore
from sim.plan.structure import Structure
from sim.plan.teams import compile_places, compile_supply
from sim.scenario import Draw, Resolved
from sim.scenario.scenario import Effect


def with_capacity(plan: Plan, model: Model, structure: Structure, effects: tuple[Effect, ...], effect_draw: int | Draw | None) -> Plan:
    """``plan`` with the places and the supply that these effects on teams and supplies give; all else, the cost of teams too, stays.

    ``model`` and ``effect_draw`` are those the plan was compiled with, ``structure`` is ``lay_out(model)``. The result has the places that
    ``compile_plan`` gives for a scenario with these effects. Raises ``InputError`` where they lead below no places.
    """
    last = plan.start.year * 12 + plan.start.month - 1 + plan.n_months
    months = month_starts(plan.start, plan.start.replace(year=last // 12, month=last % 12 + 1))
    resolved = Resolved(model, effects, (), months, effects_at(effect_draw))
    store = RowStore(len(months))
    scene = Scene(
        model, resolved, resolved, structure, store, ClassRows(resolved, store, model.gebieden, model.age_groups), months, plan.months
    )
    ticks, teams = compile_supply(scene)
    return replace(plan, places=np.ascontiguousarray(compile_places(scene)), supply_tick=ticks, supply_team=teams)
