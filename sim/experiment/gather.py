"""``indicators.parquet``: the results of all cells in one file, written and read without ever holding all of them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.errors import InternalError
from sim.experiment.cells import ALL, CROSS, SHORTER, YEARS, parquet_writer
from sim.experiment.record import PART
from sim.indicators import KEYS

FILE = "indicators.parquet"
MEAN = -1  # replication number of rows that are means over all replications
NAME = pa.dictionary(pa.int32(), pa.string())


def write_indicators(out: Path, files: Mapping[str, Sequence[tuple[int, Path]]], note: Callable[[str], None]) -> None:
    """Write the table of ``sim.indicators.measure`` with ``scenario`` and ``replication`` for all ``files[scenario]``, in their order.

    The full cross node x gebied x age is a mean over the replications (``replication`` = -1); all other levels have every replication.
    Row groups: per scenario and replication the years, then quarters and months; last the cross. ``note`` is called with each scenario.
    """
    handle, name = tempfile.mkstemp(prefix=".", suffix=PART, dir=out)
    try:
        with os.fdopen(handle, "wb") as stream:
            _write(stream, files, note)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(out / FILE)
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(out / FILE)) from None
    finally:
        Path(name).unlink(missing_ok=True)


def _write(stream: pa.NativeFile, files: Mapping[str, Sequence[tuple[int, Path]]], note: Callable[[str], None]) -> None:
    writer: pq.ParquetWriter | None = None
    try:
        for scenario, cells in files.items():
            mean = _Mean()
            for replication, groups in _read_ahead(cells):
                for table in groups[:2]:
                    labelled = _labelled(table, scenario, replication)
                    writer = writer or parquet_writer(stream, labelled.schema)
                    if len(labelled):
                        writer.write_table(labelled)
                mean.add(groups[2])
            if writer is not None and mean.count:
                writer.write_table(_labelled(mean.table(), scenario, MEAN))
            note(scenario)
    finally:
        if writer is not None:
            writer.close()


def _read_ahead(cells: Sequence[tuple[int, Path]]) -> Iterator[tuple[int, list[pa.Table]]]:
    """The row groups of each cell; the next one is read while this one is written."""

    def read(file: Path) -> list[pa.Table]:
        with pq.ParquetFile(file) as parquet:
            return [parquet.read_row_group(group, use_threads=False) for group in (YEARS, SHORTER, CROSS)]

    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(read, cells[0][1])
        for i, (replication, _) in enumerate(cells):
            groups = coming.result()
            if i + 1 < len(cells):
                coming = reader.submit(read, cells[i + 1][1])
            yield replication, groups


def _labelled(table: pa.Table, scenario: str, replication: int) -> pa.Table:
    n = len(table)
    code = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([scenario]))
    columns = {"scenario": code, "replication": pa.array(np.full(n, replication, np.int64))}
    columns |= {key: table[key].cast(NAME) for key in KEYS}
    columns |= {c: table[c].cast(pa.float64()) for c in table.column_names if c not in KEYS}
    return pa.table(columns)


class _Mean:
    """The mean of tables with the same rows, added in replication order; what is undefined in a replication does not count there."""

    def __init__(self) -> None:
        self.keys: pa.Table | None = None
        self.count = 0
        self.sums: dict[str, NDArray[np.float64]] = {}
        self.counts: dict[str, NDArray[np.int64]] = {}

    def add(self, table: pa.Table) -> None:
        keys = table.select(list(KEYS))
        if self.keys is None:
            self.keys = keys
            self.sums = {c: np.zeros(len(table)) for c in table.column_names if c not in KEYS}
            self.counts = {c: np.zeros(len(table), np.int64) for c in self.sums}
        elif len(keys) != len(self.keys):
            raise InternalError("replications of one scenario have different rows")
        self.count += len(table)
        for c, added in self.sums.items():
            values = table[c].cast(pa.float64()).to_numpy()
            defined = ~np.isnan(values)
            np.add(added, values, out=added, where=defined)
            self.counts[c] += defined

    def table(self) -> pa.Table:
        assert self.keys is not None
        columns = {key: self.keys[key] for key in KEYS}
        with np.errstate(invalid="ignore"):
            return pa.table(columns | {c: pa.array(added / self.counts[c]) for c, added in self.sums.items()})


def read_indicators(file: Path, where: pc.Expression, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The rows of ``indicators.parquet`` that meet ``where``, with these columns (of those there are) beside the keys."""
    present = pq.read_schema(file).names
    keys = ["scenario", "replication", *KEYS]
    asked = keys + [c for c in present if c not in keys and (columns is None or c in set(columns))]
    table: pd.DataFrame = pq.read_table(file, columns=asked, filters=where).to_pandas()
    return table


def of_every_replication() -> pc.Expression:
    """Rows that are no means over replications."""
    return pc.field("replication") >= 0


def is_all(key: str) -> pc.Expression:
    """Rows in which a key is added up."""
    return pc.field(key) == ALL
