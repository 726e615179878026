"""A study: scenarios x replications on one model, run cell by cell, gathered in one table."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from sim.errors import ZorgstroomError
from sim.experiment.cells import Cell, Outcome, Work, read_cell
from sim.experiment.executor import run_cells
from sim.indicators import KEYS
from sim.model import Model
from sim.scenario import Scenario

SEEDS_PER_DRAW = 2  # chance seeds per draw of the effects, so that uncertainty and chance can be told apart
MEAN = -1  # replication number of rows that are means over all replications
TOTAL = "alle"

Progress = Callable[[int, int, str], None]  # cells done, cells in all, what was done last


@dataclass(frozen=True)
class Study:
    """What to run. Replication k takes draw ``draw_of(k)`` of the effects and chance seed k; the same pairs in every scenario."""

    model: Model
    scenarios: tuple[Scenario, ...]
    baseline: str
    start: date
    until: date
    replications: int
    seed: int
    engine: str

    @property
    def draws(self) -> int:
        return -(-self.replications // SEEDS_PER_DRAW)

    def draw_of(self, replication: int) -> int | None:
        """Draw of the effects of a replication; None, every effect at its mode, where the study has room for one draw only."""
        return replication // SEEDS_PER_DRAW if self.draws > 1 else None


@dataclass(frozen=True)
class StudyResult:
    """``indicators``: the table of ``sim.indicators.measure`` with ``scenario`` and ``replication``.

    The full cross node x gebied x age is a mean over the replications (``replication`` = -1); all other levels have every replication.
    """

    indicators: pd.DataFrame
    failed: tuple[str, ...]  # "scenario, replication k: why"
    cells: tuple[tuple[str, int, str], ...]  # scenario, replication, name of the result
    reused: int


def run_study(study: Study, out: Path, workers: int | None = None, progress: Progress | None = None) -> StudyResult:
    """Run every cell that is not yet in ``out/cells`` and gather the results. The same call resumes an interrupted study.

    Scenarios with the same content share their cells. Raises ``ZorgstroomError`` when no replication succeeded in all scenarios.
    """
    work = Work(study.model, study.start, study.until, study.seed, study.engine, out / "cells")
    work.cells.mkdir(parents=True, exist_ok=True)
    alike: dict[tuple[object, ...], Scenario] = {}
    first_of = {s.name: alike.setdefault((s.measures, s.deltas), s) for s in study.scenarios}
    cells = [Cell(s, study.draw_of(r), r) for r in range(study.replications) for s in dict.fromkeys(first_of.values())]
    done = 0

    def note(outcome: Outcome) -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, len(cells), f"{outcome.cell.scenario.name}, replication {outcome.cell.replication}")

    outcomes = {(o.cell.scenario.name, o.cell.replication): o for o in run_cells(work, cells, workers or os.cpu_count() or 1, note)}
    return _gather(study, {s.name: first_of[s.name].name for s in study.scenarios}, outcomes)


def _gather(study: Study, first_of: dict[str, str], outcomes: dict[tuple[str, int], Outcome]) -> StudyResult:
    failed = [
        f"{name}, replication {r}: {outcomes[first, r].error}"
        for name, first in first_of.items() for r in range(study.replications) if outcomes[first, r].file is None
    ]  # fmt: skip
    whole = [r for r in range(study.replications) if all(outcomes[first, r].file for first in first_of.values())]
    if not whole:
        raise ZorgstroomError("no replication succeeded in every scenario:\n" + "\n".join(failed[:5]))
    frames: list[pd.DataFrame] = []
    cells: list[tuple[str, int, str]] = []
    gathered: dict[str, list[pd.DataFrame]] = {}
    for name, first in first_of.items():
        if first not in gathered:
            gathered[first] = _scenario_tables([(r, outcomes[first, r].file) for r in whole])
        frames += [table.assign(scenario=name) for table in gathered[first]]
        cells += [(name, r, file.stem) for r in whole if (file := outcomes[first, r].file)]
    table = pd.concat(frames, ignore_index=True)
    for column in ("scenario", *KEYS):
        table[column] = table[column].astype("category")
    columns = ["scenario", "replication", *KEYS]
    table = table[[*columns, *(c for c in table.columns if c not in columns)]]
    return StudyResult(table, tuple(failed), tuple(cells), sum(o.reused for o in outcomes.values()))


def _scenario_tables(files: list[tuple[int, Path | None]]) -> list[pd.DataFrame]:
    """Tables of one scenario: each replication, then the mean of the full cross."""
    tables, crosses = [], []
    for replication, file in files:
        assert file is not None
        cell = read_cell(file)
        cross = (cell["gebied"] != TOTAL) & (cell["age"] != TOTAL)
        crosses.append(cell[cross])
        tables.append(cell[~cross].assign(replication=replication))
    together = pd.concat(crosses, ignore_index=True)
    if len(together):
        for column in KEYS:
            together[column] = together[column].astype(str)
        values = [c for c in together.columns if c not in KEYS]
        additive = together.groupby(list(KEYS), sort=True, observed=True)[values].mean().reset_index()
        tables.append(additive.assign(replication=MEAN))
    return tables
