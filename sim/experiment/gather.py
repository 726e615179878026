"""``indicators.parquet``: the results of all cells in one file, written and read without ever holding all of them."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.errors import InternalError
from sim.experiment.cells import ALL, CROSS, SHORTER, YEARS, parquet_writer, read_arrivals
from sim.experiment.record import PART, write_bytes
from sim.indicators import ARRIVAL_KEYS, ARRIVAL_VALUES, KEYS, VALUES

FILE = "indicators.parquet"
ARRIVALS_FILE = "arrivals.parquet"
MEAN = -1  # replication number of rows that are means over all replications
NAME = pa.dictionary(pa.int32(), pa.string())
LEVELS = 4  # of the years, see _by_level
TOGETHER = 10  # replications in one row group: few row groups are found quickly, and more replications would take memory for nothing


def write_indicators(out: Path, files: Mapping[str, Sequence[tuple[int, Path]]], note: Callable[[str], None]) -> None:
    """Write the table of ``sim.indicators.measure`` with ``scenario`` and ``replication`` for all ``files[scenario]``, in their order.

    The full cross node x gebied x age is a mean over the replications (``replication`` = -1); all other levels have every replication.
    Row groups: per scenario and ``TOGETHER`` replications the years, level by level, then quarters and months; last the cross. ``note`` is
    called with each scenario.
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


def write_arrivals(out: Path, files: Mapping[str, Sequence[tuple[int, Path]]]) -> None:
    """Write the tables of ``sim.indicators.arrivals`` of all ``files[scenario]`` as one, with ``scenario`` and ``replication``."""
    stream = io.BytesIO()
    writer: pq.ParquetWriter | None = None
    for scenario, cells in files.items():
        tables = [_came(read_arrivals(file), scenario, replication) for replication, file in cells]
        if tables:
            whole = pa.concat_tables(tables).unify_dictionaries()
            writer = writer or parquet_writer(stream, whole.schema)
            writer.write_table(whole)
    if writer is not None:
        writer.close()
        write_bytes(out / ARRIVALS_FILE, stream.getvalue())


def _came(table: pa.Table, scenario: str, replication: int) -> pa.Table:
    keys = {key: table[key].cast(NAME) for key in ARRIVAL_KEYS}
    return pa.table(_label(len(table), scenario, replication) | keys | {c: table[c] for c in ARRIVAL_VALUES})


def _label(n: int, scenario: str, replication: int) -> dict[str, pa.Array]:
    code = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([scenario]))
    return {"scenario": code, "replication": pa.array(np.full(n, replication, np.int64))}


def read_arrivals_where(file: Path, where: pc.Expression) -> pd.DataFrame:
    """The rows of ``arrivals.parquet`` that meet ``where``; none where a study of an earlier version has no such file."""
    if not file.is_file():
        return pd.DataFrame(columns=["scenario", "replication", *ARRIVAL_KEYS, *ARRIVAL_VALUES])
    found: pd.DataFrame = pq.read_table(file, filters=where).to_pandas()
    return found


def _write(stream: pa.NativeFile, files: Mapping[str, Sequence[tuple[int, Path]]], note: Callable[[str], None]) -> None:
    writer: pq.ParquetWriter | None = None
    try:
        for scenario, cells in files.items():
            mean = _Mean()
            for batch in _batches(cells):
                gathered: list[list[pa.Table]] = [[] for _ in range(LEVELS + 1)]  # by level, then quarters and months
                for replication, groups in batch:
                    years, shorter = (_labelled(groups[group], scenario, replication) for group in (YEARS, SHORTER))
                    for into, table in zip(gathered, (*_by_level(years), shorter), strict=True):
                        into.append(table)
                    mean.add(groups[CROSS])
                for tables in gathered:
                    table = pa.concat_tables(tables).unify_dictionaries()
                    writer = writer or _writer(stream, table.schema)
                    if len(table):
                        writer.write_table(table, row_group_size=len(table))
            if writer is not None and mean.count:
                writer.write_table(_labelled(mean.table(), scenario, MEAN))
            note(scenario)
    finally:
        if writer is not None:
            writer.close()


def _writer(stream: pa.NativeFile, schema: pa.Schema) -> pq.ParquetWriter:
    """Smallest and largest values are kept of the keys alone: nothing is found by its numbers."""
    return parquet_writer(stream, schema, statistics=["scenario", "replication", *KEYS])


def _by_level(table: pa.Table) -> list[pa.Table]:
    """Rows with nothing but node and part, and those of sites, of gebieden and of ages: whoever reads one level skips the others."""
    single = {key: pc.not_equal(table[key].cast(pa.string()), ALL) for key in ("site", "gebied", "age")}
    none = pc.invert(pc.or_(pc.or_(single["site"], single["gebied"]), single["age"]))
    return [table.filter(mask) for mask in (none, *single.values())]


def _batches(cells: Sequence[tuple[int, Path]]) -> Iterator[Iterator[tuple[int, list[pa.Table]]]]:
    """The row groups of each cell, some cells at a time; the next one is read while this one is worked on."""
    read = _read_ahead(cells)
    for start in range(0, len(cells), TOGETHER):
        yield islice(read, min(TOGETHER, len(cells) - start))


def _read_ahead(cells: Sequence[tuple[int, Path]]) -> Iterator[tuple[int, list[pa.Table]]]:
    """The row groups of each cell; the next one is read while this one is worked on."""

    def read(file: Path) -> list[pa.Table]:
        with pq.ParquetFile(file) as parquet:
            columns = [*KEYS, *VALUES]
            return [parquet.read_row_group(group, columns=columns, use_threads=False) for group in (YEARS, SHORTER, CROSS)]

    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(read, cells[0][1])
        for i, (replication, _) in enumerate(cells):
            groups = coming.result()
            if i + 1 < len(cells):
                coming = reader.submit(read, cells[i + 1][1])
            yield replication, groups


def _labelled(table: pa.Table, scenario: str, replication: int) -> pa.Table:
    columns = _label(len(table), scenario, replication)
    columns |= {key: table[key].cast(NAME) for key in KEYS}
    columns |= {c: table[c].cast(pa.float64()) for c in table.column_names if c not in KEYS}
    return pa.table(columns)


class _Mean:
    """The mean of tables with the same rows, added in replication order; what is undefined in a replication does not count there."""

    def __init__(self) -> None:
        self.keys: pa.Table | None = None
        self.count = 0
        self.added = 0
        self.sums: dict[str, NDArray[np.float64]] = {}
        self.undefined: dict[str, NDArray[np.int64]] = {}  # only of columns that have any

    def add(self, table: pa.Table) -> None:
        keys = table.select(list(KEYS))
        if self.keys is None:
            self.keys = keys
            self.sums = {c: np.zeros(len(table)) for c in table.column_names if c not in KEYS}
        elif len(keys) != len(self.keys):
            raise InternalError("replications of one scenario have different rows")
        self.count += len(table)
        self.added += 1
        for c, added in self.sums.items():
            values = table[c].to_numpy()
            undefined = np.isnan(values) if values.dtype == np.float64 else None
            if undefined is not None and undefined.any():
                counted = self.undefined.setdefault(c, np.zeros(len(table), np.int64))
                counted += undefined
                values = np.where(undefined, 0.0, values)
            added += values

    def table(self) -> pa.Table:
        assert self.keys is not None
        columns = {key: self.keys[key] for key in KEYS}
        with np.errstate(invalid="ignore"):
            means = {c: pa.array(added / (self.added - self.undefined.get(c, 0))) for c, added in self.sums.items()}
        return pa.table(columns | means)


def read_indicators(file: Path, where: pc.Expression, equal: Mapping[str, str], columns: Sequence[str] | None = None) -> pd.DataFrame:
    """The rows of ``indicators.parquet`` that meet ``where`` and have these values of keys, with these columns beside the keys.

    Columns there are none of are left out. Row groups that cannot hold such rows are not read, the others a few at a time.
    """
    keys = ["scenario", "replication", *KEYS]
    for key, value in equal.items():
        where &= pc.field(key) == value
    with pq.ParquetFile(file) as parquet:
        present = parquet.schema_arrow.names
        asked = keys + [c for c in present if c not in keys and (columns is None or c in set(columns))]
        groups = _row_groups(parquet.metadata, {present.index(key): value for key, value in equal.items()})
        parts = [_meeting(parquet.read_row_groups(groups[i : i + AT_ONCE], columns=asked), where) for i in range(0, len(groups), AT_ONCE)]
    whole = pa.concat_tables(parts) if parts else pq.read_schema(file).empty_table().select(asked)
    del parts
    found: pd.DataFrame = whole.to_pandas(split_blocks=True, self_destruct=True)  # each column is let go once it is converted
    return found


def _meeting(table: pa.Table, where: pc.Expression) -> pa.Table:
    """The rows of a table that meet ``where``; the table itself, not copied, where all do, as in row groups of one level."""
    keys = table.select(["scenario", "replication", *KEYS])
    number = pa.array(np.arange(len(table)))
    kept = keys.append_column("row", number).filter(where)["row"]
    return table if len(kept) == len(table) else table.take(kept)


AT_ONCE = 4  # row groups


def _row_groups(metadata: pq.FileMetaData, equal: Mapping[int, str]) -> list[int]:
    """The row groups whose smallest and largest value let them hold these."""

    def may_hold(group: int) -> bool:
        for column, value in equal.items():
            known = metadata.row_group(group).column(column).statistics
            if known is not None and known.has_min_max and not known.min <= value <= known.max:
                return False
        return True

    return [group for group in range(metadata.num_row_groups) if may_hold(group)]


def of_every_replication() -> pc.Expression:
    """Rows that are no means over replications."""
    return pc.field("replication") >= 0


def is_all(key: str) -> pc.Expression:
    """Rows in which a key is added up."""
    return pc.field(key) == ALL
