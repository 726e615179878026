"""A number of fte divided over teams for the best outcome, against division in proportion to what there is.

The outcome is the expected number of persons who arrive in the year and meet the norm. How many of a team's do so at how many fte comes
from runs of the whole chain at several divisions (all teams a factor more or less, with common random numbers). The best division is then
exact, by dynamic programming over teams, for curves that need not be concave. Since they are not, the most persons in time is had by
giving some teams up; so every team keeps a part of its proportional share (``floor``). Both divisions are
simulated once more, on fresh seeds that they share, and it is that difference that counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from sim.errors import Fault, InputError
from sim.experiment.executor import Each, executor_for
from sim.experiment.paired import Interval, mean_interval
from sim.model import Model
from sim.scenario import Scenario
from sim.sizing.answer import Spread
from sim.sizing.question import TO_START, Question
from sim.sizing.sample import Bench, Progress, Simulated, trials
from sim.sizing.sizing import AROUND, REPLICATIONS, open_world
from sim.sizing.target import FTE, Lever, Target, proportional

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
FACTORS = (0.55, 0.7, 0.85, 1.0, 1.15, 1.35, 1.6)  # of the proportional division: where curves are known
GRID, FRESH = 3, 4  # stages


@dataclass(frozen=True)
class Part:
    """What one team gets, in proportion and at best; persons in time and shares on the fresh seeds."""

    lever: Lever
    proportional: int
    best: int
    share_proportional: Spread
    share: Spread
    gain: Interval  # persons in time a year, best less proportional


@dataclass(frozen=True)
class Division:
    """``persons``: who arrives in the year; ``in_time``: who meets the norm with each division; ``gain``: the paired difference."""

    model: Model
    scenario: Scenario
    question: Question
    target: Target
    budget: int
    floor: float
    parts: tuple[Part, ...]
    persons: float
    in_time_proportional: float
    in_time: float
    gain: Interval
    replications: int
    parameters: str
    seed: int
    runs: int


def divide(
    model: Model,
    scenario: Scenario,
    kind: str,
    budget: int,
    *,
    norm: str | None = "6 weken",
    clock: str = TO_START,
    year: int,
    from_year: int | None = None,
    floor: float,
    parameters: str | None = None,
    replications: int = REPLICATIONS,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Division:
    """Divide ``budget`` fte over the teams of ``kind`` for the most persons in time; see ``size`` for the rest.

    ``floor``, from 0 to 1: no team gets less than this part of what is in proportion to its present fte, rounded down.

    Raises ``InputError`` for a kind that is not counted in fte, or a budget that leaves a team without anybody.
    """
    world = open_world(model, scenario, kind, norm, clock, 1.0, year, from_year, 0.5, parameters, replications, seed)
    levers = world.target.levers
    faults = []
    if other := [lever for lever in levers if lever.unit != FTE]:
        faults.append(
            Fault(f"{other[0].kind} is counted in {other[0].unit}", field="--budget-fte", mend="choose teams that are counted in fte")
        )
    if budget < len(levers):
        mend = f"give at least one fte to each of the {len(levers)} teams"
        faults.append(Fault(f"{budget} fte are too few to divide", field="--budget-fte", mend=mend))
    if faults:
        raise InputError(faults)
    plain = np.maximum(proportional(budget, world.target.now), 1)
    while plain.sum() > budget:  # a small team has been given its one
        plain[plain.argmax()] -= 1
    some = min(AROUND, replications)
    with executor_for(Each(Simulated(world)), workers, None) as executor:
        bench = Bench(executor, world.question, progress, some * len(FACTORS) + 2 * replications)
        settings = {f"x{factor:g}": np.maximum(np.rint(plain * factor).astype(np.int64), 1) for factor in FACTORS}
        grid = bench.samples(trials([(name, at.tolist()) for name, at in settings.items()], some, GRID), "curves")
        in_time = {name: sample.within.mean(axis=0) for name, sample in grid.items()}
        curves = [curve_through([(int(settings[name][i]), float(in_time[name][i])) for name in settings]) for i in range(len(levers))]
        least = np.floor(plain * floor)
        best = best_division([{n: v for n, v in curve.items() if n >= at} for curve, at in zip(curves, least, strict=True)], budget)
        fresh = bench.samples(trials([("plain", plain.tolist()), ("best", best.tolist())], replications, FRESH), "both divisions")
    one, two = fresh["plain"], fresh["best"]
    gain = (two.within - one.within).astype(np.float64)
    parts = tuple(
        Part(lever, int(plain[i]), int(best[i]), Spread.of(one.share[:, i]), Spread.of(two.share[:, i]), mean_interval(gain[:, i]))
        for i, lever in enumerate(levers)
    )
    return Division(
        model, scenario, world.question, world.target, budget, floor, parts, float(one.base.sum(axis=1).mean()),
        float(one.within.sum(axis=1).mean()), float(two.within.sum(axis=1).mean()), mean_interval(gain.sum(axis=1)), replications,
        "base" if world.ensemble is None else "posterior", seed, bench.runs,
    )  # fmt: skip


def curve_through(points: list[tuple[int, float]]) -> dict[int, float]:
    """Persons in time for every whole number of fte between the least and the most observed: monotone, through the points.

    A point that falls for more fte is chance: it is taken as no gain.
    """
    known = dict(sorted(points))
    at, values = np.array(list(known), np.float64), np.maximum.accumulate(np.array(list(known.values())))
    amounts = np.arange(int(at[0]), int(at[-1]) + 1)
    through = np.interp(amounts, at, values) if len(at) < 3 else PchipInterpolator(at, values)(amounts)
    return {int(n): float(v) for n, v in zip(amounts, through, strict=True)}


def best_division(curves: list[dict[int, float]], budget: int) -> I64:
    """The amounts, one from each curve, that add up to ``budget`` and have the greatest sum of values. Raises ``InputError`` if none do."""
    best = np.full(budget + 1, -np.inf)
    best[0] = 0.0
    chosen: list[I64] = []
    for values in curves:
        after, choice = np.full(budget + 1, -np.inf), np.zeros(budget + 1, np.int64)
        for amount, value in values.items():
            if amount > budget:
                continue
            offer = np.full(budget + 1, -np.inf)
            offer[amount:] = best[: budget + 1 - amount] + value
            better = offer > after + 1e-12
            after[better], choice[better] = offer[better], amount
        best = after
        chosen.append(choice)
    if not np.isfinite(best[budget]):
        raise InputError([Fault(f"{budget} fte cannot be divided", field="--budget-fte", mend="choose more fte")])
    left, amounts = budget, []
    for choice in reversed(chosen):
        amounts.append(int(choice[left]))
        left -= amounts[-1]
    return np.array(amounts[::-1], np.int64)
