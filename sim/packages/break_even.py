"""Break-even: how large the effect of a measure must be for it to save an amount in a year.

All effects that a measure is meant to have are made ``factor`` times as large (1: as drawn from their bands, 0: none), its counter-effects
and its cost stay as they are. The factor at which the mean paired saving is the amount asked is found by the Illinois variant of regula
falsi (Dowell & Jarratt 1971, BIT 11, 168-174), on common random numbers throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from sim.draws.keyed import replication_seed
from sim.engine import simulate
from sim.errors import Fault, InputError, ZorgstroomError, nearest_name
from sim.experiment.cells import Cell, Work, plan_of
from sim.experiment.ensemble import Ensemble
from sim.experiment.executor import Each, executor_for
from sim.experiment.paired import Interval, mean_interval
from sim.experiment.record import code_digest
from sim.indicators import measure as measured
from sim.model import Model
from sim.packages.question import last_year
from sim.scenario import Effect, Library, Measure, Scenario, load_measure, load_scenario
from sim.scenario.scenario import sorted_effects

F64 = NDArray[np.float64]
MOST = 8.0  # times its expected size, beyond which no factor is looked for
CLOSE = 0.005  # of a factor: near enough
COUNTER = "counter_effect"


@dataclass(frozen=True)
class Need:
    """An effect as it is written, in the unit of its parameter, and at its mode as large as it must be. ``inside``: within its band."""

    effect: Effect
    needed: float
    inside: bool


@dataclass(frozen=True)
class BreakEven:
    """``expected``: mean saving as drawn; ``chance``: share of draws in which it is the amount asked. ``factor``: None where no factor up
    to ``MOST`` is enough; ``tried``: every factor looked at with its mean saving, so that the nearest can be said."""

    name: str
    saving: float
    year: int
    expected: Interval
    chance: float
    factor: Interval | None
    needs: tuple[Need, ...]
    fixed: tuple[Effect, ...]  # effects that set a value: there is no larger and smaller of them
    tried: tuple[tuple[float, float], ...]
    replications: int


@dataclass(frozen=True, eq=False)
class Cost:
    """The cost of a cell in one year, in euro."""

    work: Work
    year: int

    def __call__(self, cell: Cell) -> float:
        plan, _ = plan_of(self.work, cell)
        log = simulate(plan, replication_seed(self.work.seed, cell.replication), self.work.engine)
        table = measured(plan, log, levels=("everything",), period_kinds=("year",), columns=("cost",))
        return float(table.loc[table["period"] == str(self.year), "cost"].iloc[0])


def break_even(
    model: Model,
    library: Library,
    name: str,
    saving: float,
    year: int,
    *,
    baseline: str = "huidig-beleid",
    replications: int = 12,
    seed: int = 1,
    engine: str = "numba",
    ensemble: Ensemble | None = None,
    workers: int | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> BreakEven:
    """How much of its effect the measure (or scenario) ``name`` needs on top of ``baseline`` to save ``saving`` euro in ``year``.

    A measure that the baseline holds is taken out of it first. Raises ``InputError`` for unknown names, a year outside the model, and what
    has no effect to make larger.
    """
    without, added, deltas = _worlds(model, library, name, baseline)
    last = last_year(model)
    faults = []
    if not model.start.year <= year <= last:
        faults.append(Fault(f"the model does not hold {year}", field="--year", mend=f"choose from {model.start.year} to {last}"))
    effects = [*(e for m in added for e in m.effects), *deltas]
    meant = [e for e in effects if e.role != COUNTER and e.start.year <= year]
    able = [e for e in meant if e.op != "set"]
    if not able:
        what = f"{name} has no effect by {year} on top of {baseline} that could be larger or smaller"
        faults.append(Fault(what, field="NAME", mend="choose a measure with effects that multiply or add, or a later year"))
    if faults:
        raise InputError(faults)
    work = Work(model, model.start, date(year + 1, 1, 1), seed, engine, code_digest(), ensemble)
    with executor_for(Each(Cost(work, year)), workers, None) as executor:

        def costs(world: Scenario, what: str) -> F64:
            found, errors = np.empty(replications), []
            for n, done in enumerate(executor.outcomes([(Cell(world, r, r),) for r in range(replications)]), 1):
                if done.error:
                    errors.append(done.error)
                else:
                    found[done.item.replication] = done.result
                if progress:
                    progress(n, replications, what)
            if errors:
                raise ZorgstroomError(f"{len(errors)} runs failed; the first:\n{errors[0]}")
            return found

        base = costs(without, "baseline")
        tried: dict[float, F64] = {}

        def saved(factor: float) -> float:
            if factor not in tried:
                world = _world(without, added, deltas, factor, model)
                tried[factor] = base - costs(world, f"effects at {factor:.2f}")
            return float(tried[factor].mean())

        root = _root(lambda factor: saved(factor) - saving)
        saved(1.0)
    expected = tried[1.0]
    return BreakEven(
        name, saving, year, mean_interval(expected), float((expected >= saving).mean()),
        None if root is None else _factor_interval(root, tried, saving),
        tuple(_need(e, root) for e in able) if root is not None else (),
        tuple(e for e in meant if e.op == "set"),
        tuple((factor, float(values.mean())) for factor, values in sorted(tried.items())),
        replications,
    )  # fmt: skip


def _worlds(model: Model, library: Library, name: str, baseline: str) -> tuple[Scenario, list[Measure], list[Effect]]:
    """The world without it, and the measures and deltas it adds."""
    world = load_scenario(baseline, library, model)
    if name in library.measures:
        measure = load_measure(library.measure_file(name), model)
        others = tuple(m for m in world.measures if m.name != name)
        return replace(world, measures=others, fits=model.digest()), [measure], []
    if name not in library.scenarios and not name.endswith(".yaml"):
        known = [*library.measures, *library.scenarios]
        what = f"there is no measure or scenario {name!r}"
        raise InputError([Fault(what, field="NAME", nearest=nearest_name(name, known), mend="see `zorgstroom list measures`")])
    scenario = load_scenario(name, library, model)
    held = {m.name for m in world.measures}
    return world, [m for m in scenario.measures if m.name not in held], [e for e in scenario.deltas if e not in world.deltas]


def _world(without: Scenario, added: Sequence[Measure], deltas: Sequence[Effect], factor: float, model: Model) -> Scenario:
    """The world with it, its effects ``factor`` times as large. Values beyond what a parameter allows are cut there when they are drawn."""
    larger = [replace(m, effects=sorted_effects(scaled_effect(e, factor) for e in m.effects)) for m in added]
    measures = sorted((*without.measures, *larger), key=lambda m: m.name)
    more = sorted_effects((*without.deltas, *(scaled_effect(e, factor) for e in deltas)))
    return replace(without, measures=tuple(measures), deltas=more, fits=model.digest())


def scaled_effect(effect: Effect, factor: float) -> Effect:
    """An effect ``factor`` times as far from no effect, with its whole band; counter-effects and set values stay."""
    if effect.role == COUNTER or effect.op == "set":
        return effect
    low, mode, high = (_amount(effect.op, amount, factor) for amount in (effect.low, effect.mode, effect.high))
    return replace(effect, low=low, mode=mode, high=high)


def _amount(op: str, amount: float, factor: float) -> float:
    return factor * amount if op == "add" else max(1.0 + factor * (amount - 1.0), 0.0)


def _need(effect: Effect, factor: float) -> Need:
    needed = _amount(effect.op, effect.mode, factor)
    return Need(effect, needed, effect.low <= needed <= effect.high)


def _root(gap: Callable[[float], float]) -> float | None:
    """The factor from 0 to ``MOST`` at which ``gap`` is 0, within ``CLOSE``; None where it stays below 0."""
    if gap(0.0) >= 0:
        return 0.0  # what is asked is saved without any effect
    high = 1.0
    while gap(high) < 0:
        if high >= MOST:
            return None
        high *= 2
    return float(brentq(gap, 0.0 if high == 1.0 else high / 2, high, xtol=CLOSE))


def _factor_interval(root: float, tried: dict[float, F64], saving: float) -> Interval:
    """The interval of the mean saving at the root, over the slope there."""
    around = mean_interval(tried[root])
    other = min((f for f in tried if f != root), key=lambda f: abs(f - root))
    slope = (float(tried[root].mean()) - float(tried[other].mean())) / (root - other)
    if slope <= 0:
        return Interval(root, 0.0, float("inf"))
    return Interval(root, max(root - (around.high - saving) / slope, 0.0), root + max(saving - around.low, 0.0) / slope)
