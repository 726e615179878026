"""A fit: from the prior ensemble to the posterior, with what is needed to judge it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.linearisation import Linearisation
from calibration.problem import Problem, run_seed
from calibration.runs import Progress, Runs
from calibration.settings import Settings
from calibration.smoother import Data, assimilate, counted
from sim.draws.keyed import combine, mix
from sim.errors import Fault, InputError

F64 = NDArray[np.float64]
HAND_SET, LINE, MEMBERS, POSTERIOR, AGAIN = -1, -3, 0, 1, 2  # what runs are for, in their chance seeds


@dataclass(frozen=True, eq=False)
class Fit:
    """Latent values z [U, N] and figures g [T, N] before and after; ``written`` [T, R] are runs of the model as written.

    ``again`` [T, N]: the figures after the fit with other luck.

    Everything is on the scale of each figure's error. ``used`` [T]: the figures that were fitted; the others are predicted.
    """

    problem: Problem
    data: Data
    used: NDArray[np.bool_]
    written: F64
    prior_z: F64
    prior_g: F64
    z: F64
    g: F64
    again: F64

    @cached_property
    def chance(self) -> F64:
        """Variance [T] that luck alone gives a figure of the fitted model: half the mean square of the difference between two runs."""
        apart = self.g - self.again
        known = np.isfinite(apart)
        return np.asarray((np.where(known, apart, 0.0) ** 2).sum(axis=1) / (2 * np.maximum(known.sum(axis=1), 1)))


def fit(
    problem: Problem,
    settings: Settings,
    seed: int,
    directory: Path,
    workers: int | None = None,
    progress: Progress | None = None,
    used: NDArray[np.bool_] | None = None,
    cluster: str | None = None,
) -> Fit:
    """Fit the unknowns of a problem to its figures, or to those of them that are ``used`` [T].

    The same arguments give the same posterior for any number of workers, and go on where an earlier call stopped: finished runs stand in
    ``directory``.
    """
    used = problem.fitted if used is None else used & problem.counting.countable
    runs, steps = Runs(problem, directory, workers, progress, cluster), settings.steps.value
    written = written_runs(problem, settings, seed, runs)
    data = data_of(problem, settings, written)
    informing = Informing.of(problem, settings, seed, runs)
    kept = used[problem.fitted]
    prior, seeds = problem.latin(settings.members.value, seed), member_seeds(settings, seed)
    prior_g = runs(prior, seeds, "prior members")

    def forward(z: F64, step: int) -> F64:
        return informing.runs(z, seeds, f"step {step} of {steps - 1}")[kept]

    errors = problem.report_errors(seed, settings.members.value)[used]
    z = assimilate(forward, prior, prior_g[used], informing.line.only(kept), data.of(used), errors, steps)
    afresh = (runs(z, [run_seed(seed, luck, member) for member in range(z.shape[1])], "posterior") for luck in (POSTERIOR, AGAIN))
    return Fit(problem, data, used, written, prior, prior_g, z, *afresh)


@dataclass(frozen=True, eq=False)
class Informing:
    """What every fit of a problem begins with: runs g [T, L] of the prior z [U, L] with their chance seeds [L], and the line through them.

    Only the figures that can inform a fit are counted, also in later ``runs``.
    """

    runs: Runs
    z: F64
    g: F64
    seeds: tuple[int, ...]
    line: Linearisation

    @staticmethod
    def of(problem: Problem, settings: Settings, seed: int, runs: Runs) -> Informing:
        runs = replace(runs, problem=problem.informing)
        z = problem.latin(settings.line_runs.value, combine(mix(seed), LINE))
        seeds = tuple(run_seed(seed, LINE, m) for m in range(z.shape[1]))
        g = runs(z, seeds, "line")
        _refuse_uncountable(runs.problem, g)
        return Informing(runs, z, g, seeds, Linearisation.of(z, counted(g)))


def _refuse_uncountable(problem: Problem, g: F64) -> None:
    mend = "let it be shown only (use: show)"
    what = "cannot be counted in any run of the model: what it is divided by, or a mean is taken over, is not there"
    never = [t.id for t, row in zip(problem.targets, g, strict=True) if not np.isfinite(row).any()]
    if never:
        raise InputError([Fault(what, field=name, mend=mend) for name in never])


def member_seeds(settings: Settings, seed: int) -> list[int]:
    """Chance seeds of the members, the same in every step."""
    return [run_seed(seed, MEMBERS, member) for member in range(settings.members.value)]


def written_runs(problem: Problem, settings: Settings, seed: int, runs: Runs) -> F64:
    """Figures [T, R] of the model as written, each run with other luck."""
    nothing = np.full((len(problem.names), settings.chance_runs.value), np.nan)
    return runs(nothing, [run_seed(seed, HAND_SET, r) for r in range(nothing.shape[1])], "model as written")


def data_of(problem: Problem, settings: Settings, written: F64) -> Data:
    """What was reported, with the variance of the report (band and discrepancy) and of the model's chance."""
    discrepancy = np.array([getattr(settings.discrepancy, target.scale).value for target in problem.targets])
    chance = np.nan_to_num(np.nanvar(written, axis=1, ddof=1))
    return Data(problem.counting.reported, problem.counting.error**2 + discrepancy**2, chance)
