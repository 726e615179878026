"""Does knowing less leave more unknown? ``python -m benchmarks.less_known DIR [SIZE [SETTINGS]]`` prints a table.

On the shipped model, with the same members, luck and errors of the reports in every fit: each of the figures that teach most is taken out,
and then its error is doubled. ``narrowest`` is the smallest ratio, over the unknowns that were learnt, of the standard deviation after to
before; an honest fit has none far below 1. Runs stand in DIR and are not made again. SIZE: that of the city, a fifth if not given;
SETTINGS: a file of other settings than the shipped ones.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.cli import WORLD
from calibration.fit import Informing, data_of, member_seeds, written_runs
from calibration.linearisation import variance_left
from calibration.loading import problem_of
from calibration.runs import Runs
from calibration.settings import SHIPPED, Settings, load_settings
from calibration.smoother import Data, assimilate

F64 = NDArray[np.float64]
SEED = 1
FIGURES = 4
LEARNT = 0.9  # of the prior's standard deviation left, at most


def main(directory: Path, size: float, settings: Settings) -> None:
    problem = problem_of(None, WORLD, None, size).informing
    runs = Runs(problem, directory)
    data = data_of(problem, settings, written_runs(problem, settings, SEED, runs))
    line = Informing.of(problem, settings, SEED, runs).line
    prior, seeds = problem.latin(settings.members.value, SEED), member_seeds(settings, SEED)
    before, noise = runs(prior, seeds, "prior members"), problem.report_errors(SEED, settings.members.value)

    def left(kept: NDArray[np.bool_], data: Data) -> F64:
        """Standard deviation [U] of the unknowns after a fit."""

        def forward(z: F64, step: int) -> F64:
            return runs(z, seeds, f"step {step}")[kept]

        z = assimilate(forward, prior, before[kept], line.only(kept), data.of(kept), noise[kept], settings.steps.value)
        return np.asarray(z.std(axis=1))

    everything = np.ones(len(problem.targets), np.bool_)
    whole = left(everything, data)
    learnt = whole < LEARNT * prior.std(axis=1)
    print(f"{learnt.sum()} unknowns learnt\nfigure | what | narrowest | mean")
    for t in _teaching(line.slope, np.diag(data.error + data.chance) + line.rest)[:FIGURES]:
        without = everything.copy()
        without[t] = False
        wider = replace(data, error=np.where(np.arange(len(everything)) == t, 4 * data.error, data.error))
        for what, sd in (("taken out", left(without, data)), ("error doubled", left(everything, wider))):
            ratio = (sd / whole)[learnt]
            print(f"{problem.targets[t].id} | {what} | {ratio.min():.3f} | {ratio.mean():.3f}", flush=True)


def _teaching(slope: F64, error: F64) -> NDArray[np.int64]:
    """Figures, those first without which the line leaves most unknown."""
    everything = np.arange(len(slope))
    left = [variance_left(slope[kept], error[np.ix_(kept, kept)]).sum() for kept in (everything != t for t in everything)]
    return np.argsort(-np.array(left), kind="stable")


if __name__ == "__main__":
    directory, size, settings = (*sys.argv[1:], *("", "0.2", SHIPPED)[len(sys.argv) - 1 :])
    main(Path(directory), float(size), load_settings(Path(settings)))
