"""Recovery: does the fit find values that we know, because we chose them?

Simulation-based calibration (Talts et al. 2018, arXiv:1804.06788): draw a truth from the prior, let the model report figures with their
errors, fit, and see at which rank the truth stands among the members. Over many truths the rank of every unknown must be uniform, and a 90
per cent interval must hold the truth nine times in ten.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import stats
from scipy.special import ndtri

from calibration.fit import Informing, data_of, written_runs
from calibration.linearisation import Linearisation
from calibration.problem import Problem, keys_of, run_seed
from calibration.runs import Progress, Runs, refuse_errors
from calibration.settings import Settings
from calibration.smoother import Data, assimilate
from sim.draws.keyed import combine, mix, name_key, uniform, uniform_array
from sim.errors import Fault, InputError
from sim.experiment.cells import write_table
from sim.experiment.executor import Each, executor_for

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

TRUTH = -2  # in place of a step: the runs that make the figures of a truth
BINS = 10
LEVELS = (0.5, 0.9)
FAMILY_ERROR = 0.05  # chance that any unknown fails the test of uniformity where all are right (Bonferroni)


@dataclass(frozen=True, eq=False)
class Recovery:
    """Ranks [truth, unknown] of the truths among ``members`` members, and the spread that was left (1: nothing learnt), same shape."""

    names: tuple[str, ...]
    members: int
    ranks: I64
    spread: F64

    def coverage(self, level: float) -> F64:
        """Share [unknown] of truths inside the central interval of ``level``."""
        return np.asarray(self.inside(level).mean(axis=0))

    def inside(self, level: float) -> NDArray[np.bool_]:
        """Whether each truth [truth, unknown] lies in the central interval of ``level``."""
        low = (1 - level) / 2 * (self.members + 1)
        return np.asarray((self.ranks + 0.5 > low) & (self.ranks + 0.5 < self.members + 1 - low))

    @property
    def bin_shares(self) -> F64:
        """Share [bin] of all ranks that a bin holds: not all the same, since the number of ranks is no multiple of ``BINS``."""
        return self._histogram(np.arange(self.members + 1)) / (self.members + 1)

    def counts(self) -> I64:
        """Truths [unknown, bin] by their rank."""
        return np.stack([self._histogram(self.ranks[:, j]) for j in range(len(self.names))])

    def _histogram(self, ranks: I64) -> I64:
        return np.histogram(ranks + 0.5, np.linspace(0, self.members + 1, BINS + 1))[0].astype(np.int64)

    def uniform_p(self) -> F64:
        """p [unknown] of a chi-square test that its ranks are uniform."""
        return np.asarray(stats.chisquare(self.counts(), len(self.ranks) * self.bin_shares, axis=1).pvalue)

    def learnt(self, share: float = 0.9) -> NDArray[np.bool_]:
        """Unknowns [unknown] whose spread fell, on average over truths, under ``share`` of the prior's."""
        return np.asarray(self.spread.mean(axis=0) < share)

    def summary(self) -> dict[str, Any]:
        """What a reader wants to know, as plain numbers."""
        p = self.uniform_p()
        learnt = self.learnt()
        out: dict[str, Any] = {
            "truths": len(self.ranks),
            "members": self.members,
            "unknowns": len(self.names),
            "unknowns_learnt": int(learnt.sum()),
            "failing_uniformity": [name for name, bad in zip(self.names, p < FAMILY_ERROR / len(p), strict=True) if bad],
            "smallest_p": float(p.min()),
        }
        for level in LEVELS:
            inside = self.inside(level)
            out[f"coverage_{level:.0%}"] = float(inside.mean())
            out[f"coverage_{level:.0%}_learnt"] = float(inside[:, learnt].mean()) if learnt.any() else None
        return out


def truth(problem: Problem, number: int, seed: int) -> F64:
    """Latent values [U] of a truth drawn from the prior, keyed by the unknowns' names."""
    keys = [combine(combine(combine(name_key("truth"), mix(seed)), name_key(name)), number) for name in problem.names]
    return np.asarray(ndtri(np.array([uniform(key) for key in keys])))


def figures_of(problem: Problem, z: F64, data: Data, number: int, seed: int) -> F64:
    """What would be reported [T] in a city where ``z`` is true: the model's figures with the error of the reports."""
    noise = [uniform(combine(combine(combine(name_key("report"), mix(seed)), name_key(t.id)), number)) for t in problem.targets]
    return np.asarray(problem.run(z, run_seed(seed, TRUTH, number)) + np.sqrt(data.error) * ndtri(np.array(noise)))


@dataclass(frozen=True, eq=False)
class TruthFits:
    """Fits truths. The line is shared by all; every truth draws its own members from the runs it was taken through, and its own errors."""

    problem: Problem
    settings: Settings
    seed: int
    data: Data
    line: Linearisation
    prior_z: F64
    prior_g: F64
    prior_seeds: tuple[int, ...]
    truths: Mapping[int, F64]

    def rank(self, number: int) -> tuple[I64, F64]:
        """Rank of a truth among its posterior members, and the spread that is left, per unknown."""
        members = self._members(number)
        prior, seeds = self.prior_z[:, members], [self.prior_seeds[m] for m in members]

        def forward(z: F64, step: int) -> F64:
            return self.problem.figures(z, seeds)

        figures = figures_of(self.problem, self.truths[number], self.data, number, self.seed)
        data = Data(figures, self.data.error, self.data.chance)
        errors = self.problem.report_errors(combine(mix(self.seed), number), len(members))
        z = assimilate(forward, prior, self.prior_g[:, members], self.line, data, errors, self.settings.steps.value)
        return (z < self.truths[number][:, None]).sum(axis=1), z.std(axis=1) / prior.std(axis=1)

    def _members(self, number: int) -> I64:
        """Which runs of the prior [member] are the members: a draw without replacement, keyed by the truth."""
        key = combine(combine(name_key("members"), mix(self.seed)), number)
        order = uniform_array(keys_of(key, np.arange(self.prior_z.shape[1], dtype=np.uint64)))
        return np.argsort(order, kind="stable")[: self.settings.members.value]


def recover(
    problem: Problem,
    settings: Settings,
    truths: Mapping[int, F64],
    seed: int,
    directory: Path,
    workers: int | None = None,
    progress: Progress | None = None,
    cluster: str | None = None,
) -> Recovery:
    """Fit every truth (number -> z [U]) and rank it. Finished truths stand in ``directory`` and are not fitted again."""
    if settings.members.value > settings.line_runs.value:
        what = f"{settings.members.value} members cannot be drawn from {settings.line_runs.value} runs of the line"
        raise InputError([Fault(what, field="--members", mend="take fewer members or more --line-runs")])
    problem = problem.informing
    runs = Runs(problem, directory / "runs", workers, progress, cluster)
    data = data_of(problem, settings, written_runs(problem, settings, seed, runs))
    informing = Informing.of(problem, settings, seed, runs)
    fits = TruthFits(problem, settings, seed, data, informing.line, informing.z, informing.g, informing.seeds, truths)
    files = {number: directory / "truths" / f"{_name(fits, number)}.parquet" for number in truths}
    found = {number: block for number, file in files.items() if (block := _read(file, len(problem.names))) is not None}
    missing = [(number,) for number in truths if number not in found]
    errors: dict[int, str] = {}
    if missing:
        with executor_for(Each(fits.rank), workers, cluster) as executor:
            for done in executor.outcomes(missing):
                if done.error:
                    errors[done.item] = done.error
                    continue
                found[done.item] = done.result
                write_table(files[done.item], pa.table({"rank": done.result[0], "spread": done.result[1]}))
                if progress:
                    progress(len(found), len(truths), "truths")
    refuse_errors(errors, "truths")
    order = sorted(truths)
    ranks, spread = np.stack([found[n][0] for n in order]), np.stack([found[n][1] for n in order])
    return Recovery(problem.names, settings.members.value, ranks, spread)


def _name(fits: TruthFits, number: int) -> str:
    h = hashlib.sha256(f"{fits.problem.digest}|{fits.settings!r}|{fits.seed}|{number}".encode())
    h.update(fits.truths[number].tobytes())
    return h.hexdigest()[:32]


def _read(file: Path, unknowns: int) -> tuple[I64, F64] | None:
    try:
        table = pq.read_table(file)
        block = table.column("rank").to_numpy(), table.column("spread").to_numpy()
    except (OSError, KeyError, pa.ArrowException):
        return None
    return block if len(block[0]) == unknowns else None


def write_recovery(file: Path, recovery: Recovery, record: bytes) -> None:
    """Ranks and spreads of all truths: a row per unknown, a column per truth."""
    columns: dict[str, Sequence[Any]] = {"unknown": list(recovery.names)}
    for i in range(len(recovery.ranks)):
        columns[f"rank_{i}"] = recovery.ranks[i].astype(np.int16)
        columns[f"spread_{i}"] = np.rint(recovery.spread[i] * 1000).astype(np.int16)
    write_table(file, pa.table(columns), {b"zorgstroom.recovery": record, b"members": str(recovery.members).encode()})


def read_recovery(file: Path) -> tuple[Recovery, bytes]:
    """The recovery that ``write_recovery`` wrote, and its record."""
    table = pq.read_table(file)
    truths = sum(name.startswith("rank_") for name in table.column_names)
    ranks = np.stack([table.column(f"rank_{i}").to_numpy() for i in range(truths)]).astype(np.int64)
    spread = np.stack([table.column(f"spread_{i}").to_numpy() for i in range(truths)]) / 1000
    metadata = table.schema.metadata or {}
    names = tuple(table.column("unknown").to_pylist())
    return Recovery(names, int(metadata[b"members"]), ranks, spread), metadata[b"zorgstroom.recovery"]
