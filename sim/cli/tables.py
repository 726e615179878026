"""Printing tables: for people, as CSV, or as one JSON document with unrounded numbers."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from sim.cli.choices import Format

Row = Mapping[str, Any]  # plain values; None where there is nothing


def print_table(rows: Sequence[Row], columns: Sequence[str], how: Format, *, name: str, hidden: Sequence[str] = ()) -> None:
    """Print ``rows`` on standard output under ``columns``, the keys of a row; the table for people leaves out the ``hidden`` ones.

    JSON is ``{name: [rows]}``.
    """
    if how is Format.json:
        document = {name: [{c: row.get(c) for c in columns} for row in rows]}
        print(json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False))
    elif how is Format.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row.get(c)) for c in columns] for row in rows)
    else:
        _for_people(rows, [c for c in columns if c not in hidden])


def _cell(value: Any) -> Any:
    """A value in one cell: lists and maps as text, numbers as they are."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {_cell(v)}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(str(_cell(v)) for v in value)
    return value


def _short(value: Any) -> str:
    """A value for people: four digits that count, and no fewer than a whole number has."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, Mapping):
        numbers = list(_numbers(value))
        if numbers and len(value) > 3:
            return f"{_short(min(numbers))} .. {_short(max(numbers))}"
        return "; ".join(f"{k}: {_short(v)}" for k, v in value.items())
    return str(_cell(value))


def _numbers(value: Any) -> list[float]:
    if isinstance(value, Mapping):
        return [n for part in value.values() for n in _numbers(part)]
    return [float(value)] if isinstance(value, (int, float)) else []


def _for_people(rows: Sequence[Row], columns: Sequence[str]) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console() if sys.stdout.isatty() else Console(width=10_000)  # a pipe has no width; let nothing be cut
    table = Table(box=SIMPLE, pad_edge=False)
    for column in columns:
        numeric = all(isinstance(row.get(column), (int, float, type(None))) for row in rows)
        table.add_column(column.replace("_", " "), justify="right" if numeric and rows else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_short(row.get(column))) for column in columns))
    console.print(table)
