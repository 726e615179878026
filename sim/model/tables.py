"""CSV tables beside a model: keyed numbers and lists of sites."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sim.errors import Fault, listing, nearest_name
from sim.model.located import Mark
from sim.model.text_file import TABLE_LIMIT, TextFile, read_text

MOST_FAULTS = 25  # of one table; a wrong column would otherwise be told once per row


@dataclass(frozen=True)
class Table:
    """A CSV table as text: ``rows`` are (line, cells in the order of ``columns``)."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    content: bytes

    def column(self, name: str) -> int:
        return self.columns.index(name)


class Tables:
    """The tables of one model directory, each read once; faults go to the list of the load."""

    def __init__(self, directory: Path, faults: list[Fault]) -> None:
        self.directory = directory
        self.faults = faults
        self.read: dict[str, Table | None] = {}

    def open(self, name: str, mark: Mark, field: str) -> Table | None:
        """The table called ``name`` in the model's directory; ``mark`` and ``field`` say where it was named."""
        if name not in self.read:
            self.read[name] = self._open(name, mark, field)
        return self.read[name]

    def _open(self, name: str, mark: Mark, field: str) -> Table | None:
        relative = PurePosixPath(name)
        if relative.is_absolute() or ".." in relative.parts or "\\" in name or ":" in name:
            mend = "name a file in the directory of the model, such as tables/population.csv"
            self.faults.append(Fault(f"the table {name!r} lies outside the model", *mark, field, mend=mend))
            return None
        path = self.directory / relative
        if not path.is_file():
            here = [p.relative_to(self.directory).as_posix() for p in sorted(self.directory.rglob("*.csv"))[:1000]]
            nearest = nearest_name(name, here)
            mend = f"write {nearest!r}, or add the file" if nearest else "add the file beside the model"
            self.faults.append(Fault(f"there is no table {name!r}", *mark, field, nearest, mend))
            return None
        file = read_text(path, TABLE_LIMIT, self.faults)
        return None if file is None else self._parse(file)

    def _parse(self, file: TextFile) -> Table | None:
        reader = csv.reader(io.StringIO(file.text, newline=""), strict=True)
        rows: list[tuple[int, tuple[str, ...]]] = []
        before = len(self.faults)
        line = 1
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    rows.append((line, tuple(cell.strip() for cell in row)))
                line = reader.line_num + 1
        except csv.Error as error:
            self.faults.append(Fault(f"is not a CSV table: {error}", file.name, reader.line_num, mend="check the quotes near this line"))
            return None
        if not rows:
            self.faults.append(Fault("is empty", file.name, 1, mend="begin with a line of column names"))
            return None
        first, columns = rows[0]
        if len(columns) == 1 and ";" in columns[0]:
            self.faults.append(Fault("is separated by semicolons", file.name, first, mend="separate by commas, decimals with a point"))
            return None
        for column in sorted({c for c in columns if columns.count(c) > 1}):
            self.faults.append(Fault(f"the column {column!r} stands there twice", file.name, first, column, mend="keep one of the two"))
        for at, cells in rows[1:]:
            if len(cells) != len(columns):
                what = f"the row has {len(cells)} cells, the header {len(columns)}"
                self.faults.append(Fault(what, file.name, at, mend="give every column a cell; quote text that holds a comma"))
                if len(self.faults) - before >= MOST_FAULTS:
                    break
        if len(self.faults) > before:
            return None
        return Table(file.name, columns, tuple(rows[1:]), file.content)


def need_columns(table: Table, needed: Iterable[str], faults: list[Fault], asked_at: str) -> bool:
    """Whether ``table`` has all ``needed`` columns; a fault for each that is missing."""
    complete = True
    for name in needed:
        if name not in table.columns:
            nearest = nearest_name(name, table.columns)
            mend = f"the table has the columns {listing(table.columns)}; {asked_at} needs {name!r}"
            faults.append(Fault(f"there is no column {name!r}", table.name, 1, name, nearest, mend))
            complete = False
    return complete
