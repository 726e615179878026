"""A fit: from the prior ensemble to the posterior, with what is needed to judge it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.esmda import Data, assimilate
from calibration.problem import Problem, run_seed
from calibration.runs import Progress, Runs
from calibration.settings import Settings

F64 = NDArray[np.float64]
HAND_SET = -1  # in place of a step: the model as written


@dataclass(frozen=True, eq=False)
class Fit:
    """Latent values z [U, N] and figures g [T, N] before and after; ``written`` [T, R] are runs of the model as written.

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
    runs = Runs(problem, directory, workers, progress, cluster)
    written = written_runs(problem, settings, seed, runs)
    data = data_of(problem, settings, written)
    prior = problem.latin(settings.members.value, seed)
    steps = settings.steps.value

    def forward(z: F64, step: int) -> F64:
        seeds = [run_seed(seed, step, member) for member in range(z.shape[1])]
        return runs(z, seeds, "posterior" if step == steps else f"step {step + 1} of {steps}")

    z = assimilate(
        lambda z, step: forward(z, step)[used], prior, data.of(used), steps, relax=settings.relax.value, first=settings.first.value
    )
    return Fit(problem, data, used, written, prior, forward(prior, 0), z, forward(z, steps))


def written_runs(problem: Problem, settings: Settings, seed: int, runs: Runs) -> F64:
    """Figures [T, R] of the model as written, each run with other luck."""
    nothing = np.full((len(problem.names), settings.chance_runs.value), np.nan)
    return runs(nothing, [run_seed(seed, HAND_SET, r) for r in range(nothing.shape[1])], "model as written")


def data_of(problem: Problem, settings: Settings, written: F64) -> Data:
    """What was reported, with the variance of the report (band and discrepancy) and of the model's chance."""
    discrepancy = np.array([getattr(settings.discrepancy, target.scale).value for target in problem.targets])
    chance = np.nan_to_num(np.nanvar(written, axis=1, ddof=1))
    return Data(problem.counting.reported, problem.counting.error**2 + discrepancy**2, chance)
