"""The runs of a fit, spread over processes and kept on disk: a fit that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.problem import Problem
from sim.errors import ZorgstroomError
from sim.experiment.executor import Each, executor_for
from sim.experiment.record import write_bytes

F64 = NDArray[np.float64]
AT_ONCE = 5  # runs in one task: few enough to lose little, many enough to write few files
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Points:
    """Some points z [U, n] with their chance seeds, for one worker at once."""

    number: int
    z: F64
    seeds: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class FiguresAt:
    """Figures [T, n] of a problem at points; goes to the workers, so it holds nothing but the problem."""

    problem: Problem

    def __call__(self, points: Points) -> F64:
        return self.problem.figures(points.z, points.seeds)


def refuse_errors(errors: Mapping[int, str], what: str) -> None:
    """Raise ``ZorgstroomError`` where something failed; what has succeeded stands on disk."""
    if errors:
        number, why = next(iter(errors.items()))
        raise ZorgstroomError(f"{what}: {len(errors)} failed; the first ({number}):\n{why}")


@dataclass(frozen=True, eq=False)
class Runs:
    """Evaluates a problem at many points; what is finished stands in ``directory`` under the hash of what went in.

    ``workers`` and ``cluster`` say where, as for a study.
    """

    problem: Problem
    directory: Path
    workers: int | None = None
    progress: Progress | None = None
    cluster: str | None = None

    def __call__(self, z: F64, seeds: Sequence[int], title: str) -> F64:
        """Figures g [T, N] at z [U, N] with chance seeds [N]; the same for any number of workers and after any interruption."""
        members = z.shape[1]
        tasks = [
            Points(number, z[:, first : first + AT_ONCE].copy(), tuple(seeds[first : first + AT_ONCE]))
            for number, first in enumerate(range(0, members, AT_ONCE))
        ]
        files = [self.directory / f"{self._name(points)}.npy" for points in tasks]
        found = {points.number: block for points, file in zip(tasks, files, strict=True) if (block := self._read(file, points)) is not None}
        missing = [(points,) for points in tasks if points.number not in found]
        errors: dict[int, str] = {}
        if missing:
            with executor_for(Each(FiguresAt(self.problem)), self.workers, self.cluster) as executor:
                for done in executor.outcomes(missing):
                    if done.error:
                        errors[done.item.number] = done.error
                        continue
                    found[done.item.number] = done.result
                    stream = io.BytesIO()
                    np.save(stream, done.result)
                    write_bytes(files[done.item.number], stream.getvalue())
                    if self.progress:
                        self.progress(min(len(found) * AT_ONCE, members), members, title)
        refuse_errors(errors, title)
        return np.concatenate([found[number] for number in range(len(tasks))], axis=1)

    def _name(self, points: Points) -> str:
        h = hashlib.sha256(f"{self.problem.digest}|{points.z.shape}|{points.seeds}".encode())
        h.update(points.z.tobytes())
        return h.hexdigest()[:32]

    def _read(self, file: Path, points: Points) -> F64 | None:
        """Finished runs; a damaged file is run again."""
        try:
            block = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        return block if block.shape == (len(self.problem.targets), points.z.shape[1]) else None
