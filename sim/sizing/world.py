"""The whole chain under a question: one run with given capacities, and what it says about each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.draws.keyed import replication_seed
from sim.engine import Totals, totals
from sim.experiment.ensemble import Ensemble
from sim.model import Model
from sim.model.unknowns import Prior
from sim.plan.capacity import with_capacity
from sim.plan.compile import compile_plan
from sim.plan.plan import UNLIMITED, Norms, Plan
from sim.plan.structure import Structure, lay_out
from sim.scenario import Draw, Scenario
from sim.scenario.scenario import Effect
from sim.sizing.question import TO_END, Norm, Question
from sim.sizing.target import Target

I64 = NDArray[np.int64]
CAPACITIES = ("teams.", "supplies.", "parameters.", "*")  # where a path begins that may reach one


@dataclass(frozen=True, eq=False)
class World:
    """What all runs of a question share; sent to every worker once.

    ``ensemble`` holds the fitted values of what is not known; a draw takes a member of it, and without it effects alone are drawn.
    ``until`` is the horizon. Compared by identity, so that plans can be kept.
    """

    model: Model
    scenario: Scenario
    question: Question
    target: Target
    until: date
    seed: int
    ensemble: Ensemble | None


@dataclass(frozen=True)
class Observed:
    """What one run says about each lever: whole numbers [levers]; times in ticks.

    ``base``: who arrived in the year, their norm time over before the horizon; ``within``: who of those met the norm; ``answered`` and
    ``waited``: waits that ended with a start in the year, and their sum; ``backlog``: who waited when the capacities began; ``work``: time
    for which places were taken in the year at all nodes of the teams, ``arrivals`` and ``places``: the demand and the average number of
    places (units, of a supply) in the year.
    """

    base: I64
    within: I64
    answered: I64
    waited: I64
    backlog: I64
    work: I64
    arrivals: I64
    places: I64


@dataclass(frozen=True)
class Chain:
    """What one run says about every node kind [years, kinds]: persons, in the year or at its end."""

    arrivals: I64
    starts: I64
    waiting: I64
    base: I64
    within: I64


@lru_cache(maxsize=4)
def _plan(world: World, draw: int) -> tuple[Plan, Model, int | Draw]:
    """The plan of a draw with the norm that is asked, its model, and where effects stand in it."""
    model = world.model if world.ensemble is None else world.ensemble.model(_prior(world), draw)
    effects: int | Draw = draw if world.ensemble is None else world.ensemble.effect_place(draw, others=True)
    plan = compile_plan(model, world.scenario, until=world.until, effect_draw=effects)
    return asked_of(plan, world.question.norm, world.target), model, effects


def asked_of(plan: Plan, norm: Norm | None, target: Target) -> Plan:
    """The plan with the norm that is asked at the nodes that count."""
    if norm is None:
        return plan
    kinds = sorted({int(plan.node_kind[node]) for lever in target.levers for node in lever.nodes})
    to_end, within = plan.norms.to_end.copy(), plan.norms.within.copy()
    to_end[kinds], within[kinds] = norm.clock == TO_END, norm.ticks
    return replace(plan, norms=Norms(to_end, within))


@lru_cache(maxsize=1)
def _prior(world: World) -> Prior:
    return Prior.of(world.model)


@lru_cache(maxsize=1)
def _structure(world: World) -> Structure:
    return lay_out(world.model)


@lru_cache(maxsize=1)
def _capacities(world: World) -> tuple[Effect, ...]:
    """The effects of the scenario that may reach a capacity."""
    return tuple(effect for effect in world.scenario.effects if effect.path.startswith(CAPACITIES))


def draw_of(world: World, replication: int) -> int:
    """The parameter draw of a replication: every member once, then from the first again."""
    return replication if world.ensemble is None else replication % world.ensemble.members


def plan_of(world: World, draw: int, amounts: Sequence[int] | None, more: tuple[Effect, ...] = ()) -> Plan:
    """The plan with these capacities (None: as they are) and further effects on teams or supplies."""
    plan, model, effects = _plan(world, draw)
    if amounts is None and not more:
        return plan
    given = () if amounts is None else world.target.deltas(amounts, world.question.since, world.scenario.name)
    return with_capacity(plan, model, _structure(world), (*_capacities(world), *given, *more), effects)


def run(
    world: World, replication: int, amounts: Sequence[int] | None, more: tuple[Effect, ...] = (), stage: int = 0, norm: Norm | None = None
) -> tuple[Plan, Totals]:
    """One run of the whole chain. Stages have chance seeds of their own and parameter draws in common; ``norm``: another than asked."""
    plan = asked_of(plan_of(world, draw_of(world, replication), amounts, more), norm, world.target)
    return plan, totals(plan, replication_seed(world.seed, stage * STAGE + replication))


STAGE = 1_000_000  # more replications than any stage has


def observe(world: World, plan: Plan, found: Totals) -> Observed:
    """What a run says about the levers."""
    question, years = world.question, found.years.labels
    y = years.index(question.year)
    before = years.index(question.since.year) - 1
    first, last = int(found.years.boundaries[y]), int(found.years.boundaries[y + 1])

    def of_year(column: I64, at: int) -> I64:
        by_node = column[at].sum(axis=1)
        return np.array([by_node[list(lever.nodes)].sum() for lever in world.target.levers], np.int64)

    taken = (found.care_ticks[y] + found.kept_ticks[y]).sum(axis=1)
    by_team = np.bincount(plan.node_team, taken, len(plan.names.teams))
    months = (plan.months[:-1] >= first) & (plan.months[:-1] < last)
    offered = np.where(plan.is_supply, 0, np.minimum(plan.places[:, months].mean(axis=1), UNLIMITED))
    units = np.bincount(plan.supply_team[(plan.supply_tick >= first) & (plan.supply_tick < last)], minlength=len(plan.names.teams))
    return Observed(
        base=of_year(found.norm_base, y),
        within=of_year(found.within_norm, y),
        answered=of_year(found.answered, y),
        waited=of_year(found.answered_wait, y),
        backlog=of_year(found.waiting, before) if before >= 0 else np.zeros(len(world.target.levers), np.int64),
        work=np.array([by_team[list(lever.teams)].sum() for lever in world.target.levers]).astype(np.int64),
        arrivals=of_year(found.arrivals, y),
        places=np.array([(offered + units)[list(lever.teams)].sum() for lever in world.target.levers]).astype(np.int64),
    )


def chain(plan: Plan, found: Totals) -> Chain:
    """What a run says about every node kind."""
    kinds = len(plan.names.kinds)

    def by_kind(column: I64) -> I64:
        by_node = column.sum(axis=2)
        return np.stack([np.bincount(plan.node_kind, row, kinds) for row in by_node]).astype(np.int64)

    return Chain(*(by_kind(c) for c in (found.arrivals, found.starts, found.waiting, found.norm_base, found.within_norm)))
