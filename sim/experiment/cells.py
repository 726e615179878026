"""A cell: one plan, one replication. Its result is a file named by what went in, written all at once or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
import traceback
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.draws.keyed import replication_seed
from sim.engine import simulate
from sim.errors import ZorgstroomError
from sim.indicators import conserve, measure
from sim.model import Model
from sim.plan import Plan, compile_plan
from sim.scenario import Scenario

RESULT_FORMAT = 1  # raise it when the table of a cell changes, so that old cells are computed anew
CELL_KEY = b"zorgstroom.cell"


@dataclass(frozen=True)
class Cell:
    """One replication of one scenario.

    ``draw`` places the effects in their bands (None: at their mode), ``replication`` gives the chance seed.
    """

    scenario: Scenario
    draw: int | None
    replication: int


@dataclass(frozen=True, eq=False)
class Work:
    """What all cells of a study share; sent to every worker once. Compared by identity, so that plans can be kept per study."""

    model: Model
    start: date
    until: date
    seed: int
    engine: str
    cells: Path


@dataclass(frozen=True)
class Outcome:
    """Where the result of a cell stands, or why there is none."""

    cell: Cell
    file: Path | None
    error: str = ""
    reused: bool = False


@lru_cache(maxsize=4)
def _plan(work: Work, scenario: Scenario, draw: int | None) -> Plan:
    return compile_plan(work.model, scenario, start=work.start, until=work.until, effect_draw=draw)


def cell_id(plan: Plan, seed: int) -> str:
    """Name of a result: equal plans and seeds have equal results, whatever scenario they came from."""
    return hashlib.sha256(f"{RESULT_FORMAT}|{plan.digest()}|{seed}".encode()).hexdigest()[:32]


def run_cell(work: Work, cell: Cell) -> Outcome:
    """Simulate a cell and write its indicator table, or find that it stands there already. Errors come back as text."""
    try:
        plan = _plan(work, cell.scenario, cell.draw)
        seed = replication_seed(work.seed, cell.replication)
        name = cell_id(plan, seed)
        file = work.cells / f"{name}.parquet"
        if _is_whole(file, name):
            return Outcome(cell, file, reused=True)
        log = simulate(plan, seed, work.engine)
        conserve(plan, log)
        write_table(file, pa.Table.from_pandas(measure(plan, log), preserve_index=False), {CELL_KEY: name.encode()})
        return Outcome(cell, file)
    except ZorgstroomError as error:
        return Outcome(cell, None, str(error))
    except Exception:  # a bug in one cell must not lose the others; the whole trace goes in the record
        return Outcome(cell, None, traceback.format_exc())


def read_cell(file: Path) -> pd.DataFrame:
    """Indicator table of a finished cell."""
    table: pd.DataFrame = pq.read_table(file).to_pandas()
    return table


def write_table(file: Path, table: pa.Table, metadata: dict[bytes, bytes] | None = None) -> None:
    """Write Parquet beside its place and move it there in one step, so that no half file is ever found under its name."""
    table = table.replace_schema_metadata(metadata or {})
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            pq.write_table(table, stream, compression="zstd")
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)  # temporary files are private; results are to be shared
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _is_whole(file: Path, name: str) -> bool:
    """Whether a readable result of this very cell stands there; a damaged or foreign file is computed anew."""
    if not file.exists():
        return False
    try:
        with pq.ParquetFile(file) as parquet:
            return (parquet.schema_arrow.metadata or {}).get(CELL_KEY) == name.encode() and parquet.read().num_rows > 0
    except (OSError, pa.ArrowException):
        return False
