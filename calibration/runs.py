"""The runs of a fit, spread over processes and kept on disk: a fit that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.problem import Problem
from sim.errors import ZorgstroomError
from sim.experiment.record import write_bytes
from sim.experiment.tasks import run_tasks

F64 = NDArray[np.float64]
AT_ONCE = 5  # runs in one task: few enough to lose little, many enough to write few files
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, eq=False)
class Runs:
    """Evaluates a problem at many points; every finished task stands in ``directory`` under the hash of what went in."""

    problem: Problem
    directory: Path
    workers: int
    progress: Progress | None = None

    def __call__(self, z: F64, seeds: Sequence[int], title: str) -> F64:
        """Figures g [T, N] at z [U, N] with chance seeds [N]; the same for any number of workers and after any interruption."""
        members = z.shape[1]
        tasks = [(z[:, first : first + AT_ONCE].copy(), tuple(seeds[first : first + AT_ONCE])) for first in range(0, members, AT_ONCE)]
        files = [self.directory / f"{self._name(*task)}.npy" for task in tasks]
        found: list[F64 | None] = [self._read(file, task[0].shape[1]) for file, task in zip(files, tasks, strict=True)]
        done = sum(block is not None for block in found)

        def keep(number: int, block: F64) -> None:
            nonlocal done
            stream = io.BytesIO()
            np.save(stream, block)
            write_bytes(files[number], stream.getvalue())
            found[number] = block
            done += 1
            if self.progress:
                self.progress(min(done * AT_ONCE, members), members, title)

        missing = [number for number, block in enumerate(found) if block is None]
        failed = run_tasks(_figures, self.problem, {number: tasks[number] for number in missing}, self.workers, keep)
        if failed:
            number, why = next(iter(failed.items()))
            raise ZorgstroomError(f"{title}: {len(failed)} tasks of runs failed; the first ({number}):\n{why}")
        return np.concatenate([block for block in found if block is not None], axis=1)

    def _name(self, z: F64, seeds: tuple[int, ...]) -> str:
        return hashlib.sha256(self.problem.digest.encode() + repr(z.shape).encode() + z.tobytes() + repr(seeds).encode()).hexdigest()[:32]

    def _read(self, file: Path, members: int) -> F64 | None:
        """A finished task; a damaged file is run again."""
        try:
            block = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        return block if block.shape == (len(self.problem.targets), members) else None


def _figures(problem: Problem, task: tuple[F64, tuple[int, ...]]) -> F64:
    z, seeds = task
    return np.stack([problem.run(z[:, i], seed) for i, seed in enumerate(seeds)], axis=1)
