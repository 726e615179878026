"""The folder of an answer (``zorgstroom size`` or ``package``) read back: its record and its tables, and how their values are written."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.errors import Fault, InputError
from sim.report.blocks import Cell, Chapter, Para, Row, Table
from sim.report.notation import UNDEFINED, Notation, clean
from sim.report.titles import Titled
from sim.report.wording import known, say

SIZE, PACKAGE = "size", "package"
RECORDS = {PACKAGE: "package.json", SIZE: "run.json"}
Line = Mapping[str, str]


def answer_kind(directory: Path) -> str | None:
    """``size`` or ``package`` where the folder holds such an answer, None for anything else."""
    for kind, name in RECORDS.items():
        file = directory / name
        try:
            record = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        except (OSError, ValueError):
            record = {}
        if isinstance(record, dict) and record.get("command") == kind:
            return kind
    return None


@dataclass(frozen=True)
class AnswerFolder:
    """An answer on disk in one language."""

    directory: Path
    kind: str
    lang: str

    @cached_property
    def record(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.directory / RECORDS[self.kind]).read_text(encoding="utf-8"))
        return found

    @cached_property
    def n(self) -> Notation:
        return Notation(self.lang)

    @cached_property
    def titled(self) -> Titled:
        return Titled(self.record.get("titles", {}), self.lang)

    def say(self, key: str, **values: object) -> str:
        return say(self.lang, key, **values)

    def title_of(self, what: str, name: str) -> str:
        """The title of a model, scenario, node or measure as the record holds it; its name where it does not."""
        return self.titled.title_of(what, name)

    def rows(self, name: str, *needed: str) -> list[Line]:
        """The lines of a table; none where it was not written. Raises ``InputError`` for one that lacks a needed column."""
        file = self.directory / name
        if not file.is_file():
            return []
        with file.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            lacking = [c for c in needed if c not in (reader.fieldnames or [])]
            if lacking:
                what = f"lacks the column{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}"
                raise InputError([Fault(what, file.as_posix(), 1, mend=f"make the answer anew with `zorgstroom {self.kind}`")])
            return list(reader)

    # ---- cells

    def plain(self, text: object) -> Cell:
        return Cell(clean(text, 200) or UNDEFINED)

    def number(
        self, row: Line, column: str, decimals: int = 0, *, scale: float = 1.0, signed: bool = False, ends: Sequence[str] = ()
    ) -> Cell:
        """A number with, where ``ends`` names two columns, the interval below."""
        x = value(row, column)
        low, high = (value(row, end) for end in ends) if ends else (math.nan, math.nan)
        sub = self.n.span(low, high, decimals, scale=scale)
        return Cell(self.n.number(x / scale, decimals, signed=signed), "" if sub == UNDEFINED else sub)

    def percent(self, row: Line, column: str, ends: Sequence[str] = ()) -> Cell:
        x = value(row, column)
        low, high = (value(row, end) for end in ends) if ends else (math.nan, math.nan)
        sub = self.n.span(low, high, 0, scale=0.01)
        return Cell(self.n.percent(x), "" if sub == UNDEFINED else f"{sub}%")

    def table(
        self, id_: str, caption: str, first: str, lines: Sequence[Line], head: Callable[[Line], str],
        columns: Sequence[tuple[str, Callable[[Line], Cell]]], *, note: str = "", group: Callable[[Line], str] = lambda _: "",
        texts: Sequence[int] = (),
    ) -> Table:  # fmt: skip
        """A table of lines; ``texts`` are the places of columns that hold no numbers."""
        rows = tuple(Row(clean(head(x), 90), tuple(cell(x) for _, cell in columns), clean(group(x), 90)) for x in lines)
        numeric = tuple(i not in texts for i in range(len(columns)))
        return Table(id_, caption, first, tuple(name for name, _ in columns), rows, numeric, note)

    def account(self, skipped: Sequence[str]) -> Chapter:
        """What was asked and with what it was made: the plain values of the record."""
        items = [(k, v) for k, v in sorted(self.record.items()) if k not in skipped and not isinstance(v, dict)]
        items += [(f"versions.{k}", v) for k, v in sorted(self.record.get("versions", {}).items())]
        rows = tuple(Row(known(self.lang, f"answer.item.{k}", k), (Cell(_text(v)),)) for k, v in items)
        table = Table("verantwoording-tabel", self.say("answer.asked"), self.say("run.item"), (self.say("run.value"),), rows, (False,))
        note = Para(self.say("answer.files"))
        return Chapter("verantwoording", self.say("answer.account"), (note, table))


def value(row: Line, column: str) -> float:
    """A number of a line; NaN where it is empty or not a number."""
    try:
        return float(row.get(column) or "nan")
    except ValueError:
        return math.nan


def _text(v: object) -> str:
    if isinstance(v, list):
        return clean(", ".join(map(str, v)), 600) or UNDEFINED
    return UNDEFINED if v is None else clean(v, 200)
