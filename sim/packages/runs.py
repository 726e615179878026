"""The runs of a question: a package in a replication, simulated once, kept on disk in the store of studies, read as few numbers.

Replication k takes draw k of what is not known and chance seed k, the same in every package. So each replication is one world that may be,
with its own luck, and the share of replications in which something holds is its chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.draws.keyed import replication_seed
from sim.engine import simulate
from sim.errors import ZorgstroomError
from sim.experiment.cells import YEARS, Cell, Work, cell_bytes, cell_name, plan_key, plan_of, read_cell
from sim.experiment.executor import Each, Executor, executor_for
from sim.experiment.record import code_digest
from sim.experiment.store import Store
from sim.indicators import measure
from sim.indicators.definitions import ALL
from sim.packages.question import NOTHING, Question
from sim.plan.scale import scaled
from sim.scenario import Scenario

F64 = NDArray[np.float64]
Progress = Callable[[int, int, str], None]
Say = Callable[[str], None]
COLUMNS = (
    "starts", "client_weeks", "waiting_end", "left_shifted", "person_weeks_waited", "within_norm", "norm_base", "cost_care", "cost_staff",
    "cost_measures", "contributions", "cost",
)  # fmt: skip
FORMAT = 1  # raise it when the table of a run changes, so that old runs are made anew


@dataclass(frozen=True)
class Figures:
    """One run in the year asked: euro, person-weeks, and per norm the share helped within it (NaN: nobody arrived)."""

    cost: float
    measures: float  # of the cost: of carrying out measures
    waited: float
    within: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class OneYear:
    """Simulates a cell and measures one year of it: the name of the result and its bytes."""

    work: Work
    year: int
    size: float

    def __call__(self, cell: Cell) -> tuple[str, bytes]:
        if self.work.code != code_digest():
            raise ZorgstroomError("the worker has another version of zorgstroom than the process that asks")
        name = run_name(self.work, cell, self.year, self.size)
        return name, cell_bytes(self.table(cell), name)

    def table(self, cell: Cell) -> pd.DataFrame:
        """The year asked, for everything and per node."""
        plan = scaled(plan_of(self.work, cell)[0], self.size)
        log = simulate(plan, replication_seed(self.work.seed, cell.replication), self.work.engine)
        found = measure(plan, log, levels=("everything", "node"), period_kinds=("year",), columns=COLUMNS)
        return found[found["period"] == str(self.year)]


def run_name(work: Work, cell: Cell, year: int, size: float) -> str:
    """Name of a run on disk: a hash of the files and numbers that it is made of, known before anything is compiled."""
    return cell_name(f"package {FORMAT}|{plan_key(work, cell)}|{year}|{size!r}", replication_seed(work.seed, cell.replication), work.code)


@dataclass
class Runs:
    """Simulates packages when asked and remembers them; what is finished in ``out`` is not run again."""

    question: Question
    out: Path
    workers: int | None = None
    cluster: str | None = None
    progress: Progress | None = None
    figures: dict[tuple[int, int], Figures] = field(default_factory=dict)
    simulated: int = 0  # runs computed now
    _files: dict[str, Path] = field(default_factory=dict)
    _worlds: dict[int, Scenario] = field(default_factory=dict)
    _planned: int = 0
    _executor: Executor | None = None

    def open(self, say: Say) -> Runs:
        """Look at what stands; what is damaged or foreign is told and not used. Close it when done: workers stay between calls."""
        self._files = Store(self.out).open(say)
        return self

    def close(self) -> None:
        if self._executor is not None:
            self._executor.__exit__(None, None, None)
            self._executor = None

    def world(self, mask: int) -> Scenario:
        if mask not in self._worlds:
            self._worlds[mask] = self.question.scenario(mask)
        return self._worlds[mask]

    def ensure(self, wanted: Iterable[tuple[int, int]], what: str) -> None:
        """Have these (package, replication) at hand. Raises ``ZorgstroomError`` where some failed; the others stand on disk."""
        lacking = [key for key in dict.fromkeys(wanted) if key not in self.figures]
        lacking.sort(key=lambda key: (key[1], key[0]))  # runs of one draw share their model
        cells = {key: Cell(self.world(key[0]), key[1], key[1]) for key in lacking}
        name = {key: run_name(self.question.work, cell, self.question.year, self.question.size) for key, cell in cells.items()}
        missing = [key for key in lacking if name[key] not in self._files]
        self._planned += len(missing)
        if missing:
            self._compute({name[key]: cells[key] for key in missing}, what)
        for key in lacking:
            self.figures[key] = self._read(self._files[name[key]])

    def _compute(self, cells: dict[str, Cell], what: str) -> None:
        store, errors = Store(self.out), []
        if self._executor is None:
            work = OneYear(self.question.work, self.question.year, self.question.size)
            self._executor = executor_for(Each(work), self.workers, self.cluster).__enter__()
        for done in self._executor.outcomes([(cell,) for cell in cells.values()]):
            if done.error:
                errors.append(f"replication {done.item.replication}: {done.error}")
                continue
            name, content = done.result
            self._files[name] = store.write(name, content)
            self.simulated += 1
            if self.progress:
                self.progress(self.simulated, self._planned, what)
        if errors:
            raise ZorgstroomError(f"{len(errors)} runs failed, the others stand in {self.out}; the first: {errors[0]}")

    def file(self, mask: int, replication: int) -> Path:
        """Where a finished run stands."""
        cell = Cell(self.world(mask), replication, replication)
        return self._files[run_name(self.question.work, cell, self.question.year, self.question.size)]

    def table(self, mask: int, replication: int) -> pd.DataFrame:
        """The year asked of a finished run, per node."""
        return read_cell(self.file(mask, replication), [YEARS], COLUMNS)

    def _read(self, file: Path) -> Figures:
        table = read_cell(file, [YEARS], ("cost", "cost_measures", "person_weeks_waited", "within_norm"))
        node, part = table["node"].astype(str), table["part"].astype(str)
        row = table[(node == ALL) & (part == ALL)].iloc[0]
        within = dict(zip(node, table["within_norm"].astype(float), strict=True))
        measures = float(row["cost_measures"])
        size = self.question.size  # a smaller city is paid for as the whole one; measures cost what they cost
        return Figures(
            (float(row["cost"]) - measures) / size + measures,
            measures,
            float(row["person_weeks_waited"]) / size,
            tuple(within.get(norm.node, float("nan")) for norm in self.question.norms),
        )

    def responses(self, mask: int, replications: int) -> F64:
        """Against the baseline, [R, 2 + norms]: euro saved, person-weeks waited less, and change of each share within its norm."""
        found = np.zeros((replications, 2 + len(self.question.norms)))
        for r in range(replications):
            ours, base = self.figures[mask, r], self.figures[NOTHING, r]
            found[r, 0] = base.cost - ours.cost
            found[r, 1] = base.waited - ours.waited
            found[r, 2:] = np.nan_to_num(np.asarray(ours.within) - np.asarray(base.within))
        return found
