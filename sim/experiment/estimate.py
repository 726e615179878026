"""What a study would do, before it does it: its cells, and how long and how large."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from sim.draws.keyed import replication_seed
from sim.experiment.cells import SHORTER, YEARS, Cell, Work, cell_name, plan_key, plan_of, simulate_cell
from sim.experiment.stopping import least_replications
from sim.experiment.store import Store
from sim.experiment.study import Progress, Study


@dataclass(frozen=True)
class PlannedCell:
    """A replication of a scenario; ``same_as`` names the scenario whose cell it shares."""

    cell: str
    scenario: str
    replication: int
    draw: int | None
    done: bool
    same_as: str = ""


@dataclass(frozen=True)
class Estimate:
    """``seconds`` of waiting on this many workers and ``bytes`` to be written, for the cells not yet done; ``basis`` says from what."""

    cells: tuple[PlannedCell, ...]
    to_do: int
    seconds: float
    bytes: int
    basis: str


def planned_cells(study: Study, out: Path, plans: Mapping[str, str], progress: Progress | None = None) -> tuple[PlannedCell, ...]:
    """Every cell of a study, in the order they would be computed; with a precision, those of the fewest replications it can stop at."""
    work = study.work()
    standing = Store(out).scan().whole
    twins = study.twins()
    replications = study.replications if study.precision is None else min(least_replications(), study.precision.max_replications)
    batches = study.batches(range(replications))
    planned: list[PlannedCell] = []
    for number, batch in enumerate(batches, 1):
        digest = plans.get(plan_key(work, batch[0])) or plan_of(work, batch[0])[1]
        for cell in batch:
            name = cell_name(digest, replication_seed(work.seed, cell.replication), work.code)
            first = cell.scenario.name
            planned += [
                PlannedCell(name, s, cell.replication, cell.draw, name in standing, "" if s == first else first)
                for s, twin in twins.items() if twin == first
            ]  # fmt: skip
        if progress:
            progress(number, len(batches), f"{first}, draw {batch[0].draw}")
    return tuple(planned)


def estimate(study: Study, out: Path, record: Mapping[str, Any], workers: int, progress: Progress | None = None) -> Estimate:
    """Count the cells of a study and estimate what is to be done, from the finished ones or else from one simulated as a pilot."""
    cells = planned_cells(study, out, record.get("plans", {}), progress)
    to_do = {c.cell: c for c in cells if not c.done}
    rows = len([c for c in cells if not c.done])
    if not to_do:
        return Estimate(cells, 0, 0.0, 0, "every cell is done")
    finished = list(Store(out).scan().whole.values())
    seconds = record.get("seconds_per_cell")
    if finished and seconds:
        content = finished[0].read_bytes()
        basis = f"{len(finished)} finished cells, {seconds:.2f} s each"
    else:
        seconds, content = _pilot(study.work(), study, next(iter(to_do.values())))
        basis = f"one cell simulated as a pilot, {seconds:.2f} s; its result was not kept"
    size = len(content) * len(to_do) + _gathered(content) * rows
    return Estimate(cells, len(to_do), len(to_do) * seconds / min(workers, len(to_do)), size, basis)


def _pilot(work: Work, study: Study, planned: PlannedCell) -> tuple[float, bytes]:
    scenario = next(s for s in study.scenarios if s.name == planned.scenario)
    cell = Cell(scenario, planned.draw, planned.replication)
    content = b""
    seconds = float("inf")
    for _ in range(2):  # the first time the engine is loaded too
        began = time.perf_counter()
        content = simulate_cell(work, cell, planned.cell)
        seconds = min(seconds, time.perf_counter() - began)
    return seconds, content


def _gathered(content: bytes) -> int:
    """Bytes that one cell adds to the gathered indicators: all but the full cross."""
    groups = pq.ParquetFile(io.BytesIO(content)).metadata
    return sum(groups.row_group(group).column(c).total_compressed_size for group in (YEARS, SHORTER) for c in range(groups.num_columns))
