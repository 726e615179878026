"""A cell: one plan, one replication. Its result is a table of indicators as Parquet bytes, the same wherever it is computed."""

from __future__ import annotations

import hashlib
import io
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.draws.keyed import replication_seed
from sim.engine import simulate
from sim.errors import ZorgstroomError
from sim.experiment.executor import KILLED
from sim.experiment.record import PLAN_CODE, code_digest, file_hash, write_bytes
from sim.indicators import ARRIVAL_KEYS, ARRIVAL_VALUES, KEYS, VALUES, arrivals, conserve, measure
from sim.model import Model
from sim.model.unknowns import Prior
from sim.plan import Plan, compile_plan
from sim.scenario import Scenario

if TYPE_CHECKING:
    from sim.experiment.ensemble import Ensemble

RESULT_FORMAT = 3  # raise it when the file of a cell changes, so that old cells are computed anew
CELL_KEY = b"zorgstroom.cell"
ALL = "alle"
# row groups of a cell: years; quarters and months; years crossed over node, gebied and age group; arrivals by origin and by urgency
YEARS, SHORTER, CROSS, ARRIVALS = 0, 1, 2, 3


@dataclass(frozen=True)
class Cell:
    """One replication of one scenario.

    ``draw`` places the parameters and effects within what is known of them (None: in the middle), ``replication`` gives the chance seed.
    """

    scenario: Scenario
    draw: int | None
    replication: int


@dataclass(frozen=True, eq=False)
class Work:
    """What all cells of a study share; sent to every worker once. Compared by identity, so that plans can be kept per study.

    ``code`` is the digest of the source of whoever asks: a worker with another one refuses. ``ensemble`` holds the fitted values of what is
    not known; without it parameters are as written, and only effects are drawn.
    """

    model: Model
    start: date
    until: date
    seed: int
    engine: str
    code: str
    ensemble: Ensemble | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a cell: its name, and the bytes of its result (None: they stand already); or the error."""

    cell: Cell
    name: str = ""
    plan: str = ""  # digest
    content: bytes | None = None
    error: str = ""
    seconds: float = 0.0

    @property
    def reused(self) -> bool:
        return not self.error and self.content is None


@lru_cache(maxsize=2)
def _plan(work: Work, scenario: Scenario, draw: int | None) -> tuple[Plan, str]:
    effects = draw if work.ensemble is None else work.ensemble.effect_place(draw, others=True)
    plan = compile_plan(_model(work, draw), scenario, start=work.start, until=work.until, effect_draw=effects)
    return plan, plan.digest()


@lru_cache(maxsize=2)
def _model(work: Work, draw: int | None) -> Model:
    """The model as a parameter draw has it; scenarios share it."""
    return work.model if work.ensemble is None else work.ensemble.model(_prior(work), draw)


@lru_cache(maxsize=1)
def _prior(work: Work) -> Prior:
    return Prior.of(work.model)


def plan_of(work: Work, cell: Cell) -> tuple[Plan, str]:
    """The plan of a cell and its digest; kept for the other replications of the same draw."""
    return _plan(work, cell.scenario, cell.draw)


def plan_key(work: Work, cell: Cell) -> str:
    """Hash of all that the plan of a cell is compiled from: with it a finished study is found finished without compiling.

    Made of the bytes of files, so it is stricter than the digest of the plan, which gives the cell its name.
    """
    h = hashlib.sha256()
    scenario = cell.scenario
    measures = sorted((m.name, file_hash(Path(m.file))) for m in scenario.measures)
    fitted = work.ensemble.digest if work.ensemble else ""
    files = (work.model.digest(), fitted, measures, sorted(scenario.files.values()))
    parts = (code_digest(PLAN_CODE), *files, work.start, work.until, cell.draw)
    h.update(repr(parts).encode())
    return h.hexdigest()[:32]


def cell_name(plan_digest: str, seed: int, code: str) -> str:
    """Name of a result: equal plans, seeds and source have equal results, whatever scenario they came from."""
    return hashlib.sha256(f"{RESULT_FORMAT}|{code}|{plan_digest}|{seed}".encode()).hexdigest()[:32]


@dataclass(frozen=True, eq=False)
class CellJob:
    """Simulates cells; those whose names are ``standing`` only get their name. Errors come back as text."""

    work: Work
    standing: frozenset[str]

    def run(self, batch: Sequence[Cell]) -> list[Outcome]:
        return [_run_cell(self.work, cell, self.standing) for cell in batch]

    def lost(self, item: Cell) -> Outcome:
        return Outcome(item, error=KILLED)


def _run_cell(work: Work, cell: Cell, standing: frozenset[str]) -> Outcome:
    began = time.perf_counter()
    try:
        if work.code != code_digest():
            raise ZorgstroomError("the worker has another version of zorgstroom than the process that runs the study")
        _, digest = plan_of(work, cell)
        name = cell_name(digest, replication_seed(work.seed, cell.replication), work.code)
        content = None if name in standing else simulate_cell(work, cell, name)
        return Outcome(cell, name, digest, content, seconds=time.perf_counter() - began)
    except ZorgstroomError as error:
        return Outcome(cell, error=str(error))
    except Exception:  # a bug in one cell must not lose the others; the whole trace goes in the record
        return Outcome(cell, error=traceback.format_exc())


def simulate_cell(work: Work, cell: Cell, name: str) -> bytes:
    """The result of a cell as bytes of Parquet that carry ``name``."""
    plan, _ = plan_of(work, cell)
    log = simulate(plan, replication_seed(work.seed, cell.replication), work.engine)
    conserve(plan, log)
    return cell_bytes(measure(plan, log), name, arrivals(plan, log))


def cell_bytes(indicators: pd.DataFrame, name: str, came: pd.DataFrame | None = None) -> bytes:
    """The table of ``sim.indicators.measure`` in three row groups: ``YEARS``, ``SHORTER`` and ``CROSS``; ``came``, the table of
    ``sim.indicators.arrivals``, is a fourth, whose own columns are empty in the others.
    """
    cross = ((indicators["gebied"] != ALL) & (indicators["age"] != ALL)).to_numpy()
    year = (indicators["period_kind"] == "year").to_numpy()
    table = pa.Table.from_pandas(indicators, preserve_index=False).replace_schema_metadata({CELL_KEY: name.encode()})
    groups = [table.take(pa.array(np.flatnonzero(group))) for group in (year & ~cross, ~year & ~cross, cross)]
    if came is not None:
        names = came.astype(dict.fromkeys(ARRIVAL_KEYS, "category"))
        groups.append(pa.Table.from_pandas(names, preserve_index=False))
        schema = pa.unify_schemas([table.schema, groups[-1].schema], promote_options="permissive").with_metadata(table.schema.metadata)
        groups = [_as(group, schema) for group in groups]
    stream = io.BytesIO()
    with parquet_writer(stream, groups[0].schema) as writer:
        for each in groups:
            writer.write_table(each)
    return stream.getvalue()


def _as(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table with the columns of ``schema``, those it lacks without values."""
    return pa.table([table[f.name].cast(f.type) if f.name in table.column_names else pa.nulls(len(table), f.type) for f in schema], schema)


def parquet_writer(stream: io.BytesIO | io.BufferedIOBase, schema: pa.Schema, statistics: Sequence[str] | bool = True) -> pq.ParquetWriter:
    """A writer of indicators: names as dictionaries, numbers split into streams of bytes, which makes them a sixth smaller."""
    numbers = [f.name for f in schema if pa.types.is_floating(f.type) or pa.types.is_integer(f.type)]
    names = [f.name for f in schema if f.name not in numbers]
    return pq.ParquetWriter(
        stream, schema, compression="zstd", use_dictionary=names, use_byte_stream_split=numbers, write_statistics=statistics
    )


def read_cell(file: Path, groups: Sequence[int] = (YEARS, SHORTER, CROSS), columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Some row groups of the table of indicators and columns (the keys always) of a finished cell."""
    with pq.ParquetFile(file) as parquet:
        asked = [*KEYS, *(VALUES if columns is None else columns)]
        table: pd.DataFrame = parquet.read_row_groups(list(groups), columns=asked).to_pandas()
    return table


def read_arrivals(file: Path) -> pa.Table:
    """The table of ``sim.indicators.arrivals`` of a finished cell."""
    with pq.ParquetFile(file) as parquet:
        return parquet.read_row_group(ARRIVALS, columns=[*ARRIVAL_KEYS, *ARRIVAL_VALUES], use_threads=False)


def write_table(file: Path, table: pa.Table, metadata: dict[bytes, bytes] | None = None) -> None:
    """Write Parquet, in one step."""
    stream = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata or {}), stream, compression="zstd")
    write_bytes(file, stream.getvalue())
