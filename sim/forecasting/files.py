"""Tables a municipality brings: its own counts, its own population projection, a forecast made elsewhere.

Such files come out of Dutch spreadsheets: semicolons or commas, decimal commas, headings in Dutch or English, some columns, some years.
What can be read without guessing is read; every other line is refused with its number, the reason and the mend, all at once.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Fault, InputError, listing, nearest_name
from sim.forecasting.series import Period, read_period
from sim.model import Model
from sim.model.text_file import TABLE_LIMIT, TextFile, read_text

MOST_FAULTS = 25  # of one file
FIRST_YEAR, LAST_YEAR = 1990, 2100
PARTS_OF_YEAR = {"year": 1, "half": 2, "quarter": 4, "month": 12}

# field -> headings it goes by, the first is the one we write
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "stream": ("stroom", "route", "stream"),
    "period": ("periode", "jaar", "datum", "period", "year", "date"),
    "gebied": ("gebied",),
    "age": ("leeftijd", "leeftijdsgroep", "age"),
    "count": ("aantal", "aanmeldingen", "personen", "waarde", "count", "persons", "value"),
    "break": ("breuk", "break"),
    "low": ("laag", "low"),
    "high": ("hoog", "high"),
    "unit": ("eenheid", "unit"),
}
YES, NO = ("ja", "1", "x", "yes", "true", "waar"), ("", "nee", "0", "no", "false", "onwaar")
APPLICATIONS, CLIENTS, INDEX = "aanmeldingen", "clienten", "index"
UNITS: Mapping[str, str] = {
    "": APPLICATIONS, "aanmeldingen": APPLICATIONS, "applications": APPLICATIONS, "clienten": CLIENTS, "cliënten": CLIENTS,
    "clients": CLIENTS,
    "index": INDEX,
}  # fmt: skip


@dataclass(frozen=True)
class Key:
    """Whom a figure is about; None is everybody."""

    stream: str | None
    gebied: str | None
    age: str | None

    def __str__(self) -> str:
        return ", ".join(part for part in (self.stream, self.gebied, self.age) if part) or "alle"


@dataclass(frozen=True)
class Figure:
    """One whole year of a table: ``value`` with its bounds (None where the file has none); ``line`` is the first line it stands on."""

    key: Key
    year: int
    value: float
    low: float | None
    high: float | None
    unit: str
    broken: bool  # the definition changed at this year
    line: int


@dataclass(frozen=True)
class Figures:
    """A table as read. ``left_out`` tells what was not used, and why."""

    file: str
    figures: tuple[Figure, ...]
    left_out: tuple[str, ...]

    def by_key(self) -> dict[Key, list[Figure]]:
        """Figures per key, years ascending."""
        found: dict[Key, list[Figure]] = {}
        for each in sorted(self.figures, key=lambda figure: figure.year):
            found.setdefault(each.key, []).append(each)
        return found


def read_history(path: Path, model: Model) -> Figures:
    """Counted applications: columns stroom, periode, aantal, and if wanted gebied, leeftijd, breuk. Raises ``InputError``."""
    return _Reader(path, model, need=("stream", "period", "count"), may=("gebied", "age", "break")).read()


def read_population(path: Path, model: Model) -> Figures:
    """Persons on 1 January: columns gebied, jaar, personen, and if wanted leeftijd. Raises ``InputError``."""
    return _Reader(path, model, need=("gebied", "period", "count"), may=("age",), parts=False, required=("gebied",)).read()


def read_external(path: Path, model: Model) -> Figures:
    """A forecast made elsewhere: columns stroom, jaar, aantal, and if wanted gebied, leeftijd, laag, hoog, eenheid. Raises
    ``InputError``."""
    return _Reader(path, model, need=("stream", "period", "count"), may=("gebied", "age", "low", "high", "unit"), parts=False).read()


@dataclass(frozen=True)
class _Line:
    """One sound line of a table."""

    number: int
    key: Key
    period: Period
    value: float
    low: float | None
    high: float | None
    unit: str
    broken: bool


class _Reader:
    def __init__(
        self,
        path: Path,
        model: Model,
        need: Sequence[str],
        may: Sequence[str],
        *,
        parts: bool = True,
        required: Sequence[str] = ("stream",),
    ) -> None:
        self.path, self.model, self.need, self.may, self.parts, self.required = path, model, need, may, parts, required
        self.faults: list[Fault] = []
        self.name = path.as_posix()

    def fault(self, what: str, line: int, field: str, mend: str, nearest: str | None = None) -> None:
        self.faults.append(Fault(what, self.name, line, field, nearest, mend))

    def read(self) -> Figures:
        file = read_text(self.path, TABLE_LIMIT, self.faults)
        rows = self._rows(file) if file is not None else []
        lines = self._lines(rows) if rows else []
        self._refuse_twice(lines)
        self._refuse_mixed(lines)
        figures, left_out = self._years(lines) if not self.faults else ([], [])
        if not self.faults and not figures:
            self.fault("holds no whole year", 1, "", "give at least one whole year: 2023, or all twelve months 2023-01 to 2023-12")
        if self.faults:
            raise InputError(self.faults)
        return Figures(self.name, tuple(figures), tuple(left_out))

    def _rows(self, file: TextFile) -> list[tuple[int, list[str]]]:
        head = next((line for line in file.text.splitlines() if line.strip()), "")
        separator = max(";\t,", key=head.count)
        reader = csv.reader(io.StringIO(file.text, newline=""), delimiter=separator, strict=True)
        try:
            rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(cell.strip() for cell in row)]
        except csv.Error as error:
            self.fault(f"is not a CSV table: {error}", reader.line_num, "", "check the quotes near this line")
            return []
        if not rows:
            self.fault("is empty", 1, "", f"begin with a line of headings: {';'.join(HEADINGS[field][0] for field in self.need)}")
        return rows

    def _lines(self, rows: list[tuple[int, list[str]]]) -> list[_Line]:
        first, heads = rows[0]
        columns: dict[str, int] = {}
        allowed = {name: field for field in (*self.need, *self.may) for name in HEADINGS[field]}
        for place, head in enumerate(heads):
            field = allowed.get(head.casefold())
            if field is None:
                nearest = nearest_name(head, allowed)
                self.fault(f"there is no column {head!r}", first, head, f"valid: {listing(list(allowed), 20)}", nearest)
            elif field in columns:
                self.fault(f"two columns hold the {HEADINGS[field][0]}", first, head, "keep one of the two")
            else:
                columns[field] = place
        for field in self.need:
            if field not in columns:
                self.fault(
                    f"has no column {HEADINGS[field][0]!r}", first, "", f"add it; it may also be called {listing(HEADINGS[field][1:])}"
                )
        if self.faults:
            return []
        found = []
        for number, cells in rows[1:]:
            if len(cells) != len(heads):
                self.fault(
                    f"the row has {len(cells)} cells, the header {len(heads)}",
                    number,
                    "",
                    "give every column a cell; quote text that holds the separator",
                )
            else:
                line = self._line(number, {field: cells[place] for field, place in columns.items()})
                if line is not None:
                    found.append(line)
            if len(self.faults) >= MOST_FAULTS:
                break
        return found

    def _line(self, number: int, cells: Mapping[str, str]) -> _Line | None:
        before = len(self.faults)
        key = Key(
            self._name(number, "stream", cells, sorted(self.model.spec.demand), "stream of the model"),
            self._name(number, "gebied", cells, self.model.gebieden, "gebied"),
            self._name(number, "age", cells, self.model.age_groups, "age group"),
        )
        period = self._period(number, cells["period"])
        if not cells["count"]:
            self.fault("has no number", number, "aantal", "give the number, or leave the line out: a missing year is allowed")
        value = self._number(number, "count", cells["count"]) if cells["count"] else None
        low = self._number(number, "low", cells["low"]) if cells.get("low") else None
        high = self._number(number, "high", cells["high"]) if cells.get("high") else None
        if low is not None and high is not None and value is not None and not low <= value <= high:
            self.fault(f"the band {low:g} to {high:g} does not hold {value:g}", number, "laag", "order them as laag <= aantal <= hoog")
        unit = UNITS.get(cells.get("unit", "").casefold())
        if unit is None:
            self.fault(f"there is no unit {cells['unit']!r}", number, "eenheid", f"valid: {APPLICATIONS}, {CLIENTS}, {INDEX}")
        mark = cells.get("break", "").casefold()
        if mark not in YES + NO:
            self.fault(
                f"{cells['break']!r} is not ja or nee", number, "breuk", "write ja at the first period of the new definition, else nothing"
            )
        if len(self.faults) > before or period is None or value is None or unit is None:
            return None
        return _Line(number, key, period, value, low, high, unit, mark in YES)

    def _name(self, number: int, field: str, cells: Mapping[str, str], valid: Iterable[str], noun: str) -> str | None:
        written = cells.get(field, "")
        if field not in cells or (written.casefold() in ("", "alle", "totaal", "all", "total") and field not in self.required):
            return None
        names = {name.casefold(): name for name in valid}
        if written.casefold() not in names:
            nearest = nearest_name(written, names.values())
            self.fault(
                f"there is no {noun} {written!r}", number, HEADINGS[field][0], f"valid: {listing(list(names.values()), 24)}", nearest
            )
            return None
        return names[written.casefold()]

    def _period(self, number: int, text: str) -> Period | None:
        period = read_period(text)
        if period is not None and period.kind == "day" and not self.parts and text.endswith("-01-01"):
            period = Period(text, "year", period.time)
        kinds = PARTS_OF_YEAR if self.parts else ("year",)
        if period is None or period.kind not in kinds:
            mend = (
                "write a year (2023), half-year (2023-H1), quarter (2023-Q1) or month (2023-01)"
                if self.parts
                else "write a year such as 2030"
            )
            self.fault(f"{text!r} is not a period" if text else "has no period", number, "periode", mend)
            return None
        if not FIRST_YEAR <= period.time < LAST_YEAR:
            self.fault(f"the year {int(period.time)} lies outside {FIRST_YEAR} to {LAST_YEAR}", number, "periode", "correct the year")
            return None
        return period

    def _number(self, number: int, field: str, text: str) -> float | None:
        """A number with a decimal comma or point; one mark before exactly three digits could be either, so it is not guessed."""
        name = HEADINGS[field][0]
        plain = text.replace("\u00a0", "").replace(" ", "")
        if re.fullmatch(r"-\d.*", plain):
            self.fault(f"{text!r} is below 0", number, name, "a count is 0 or more")
            return None
        if re.fullmatch(r"\d{1,3}[.,]\d{3}", plain) and not plain.startswith("0"):
            digits = re.sub(r"[.,]", "", plain)
            whole, rest = re.split(r"[.,]", plain)
            mend = f"write {digits} if it is {int(digits)}, or {whole},{rest}0 if it is a little over {whole}"
            self.fault(f"{text!r} can be read in two ways", number, name, mend)
            return None
        if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,}", plain):
            plain = plain.replace(".", "")
        elif re.fullmatch(r"\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,}", plain):
            plain = plain.replace(",", "")
        if not re.fullmatch(r"\d+([.,]\d+)?", plain):
            self.fault(
                f"{text!r} is not a number", number, name, "write a number such as 1234 or 12,5; leave the line out where it is unknown"
            )
            return None
        return float(plain.replace(",", "."))

    def _refuse_twice(self, lines: Sequence[_Line]) -> None:
        seen: dict[tuple[Key, str], int] = {}
        for line in lines:
            before = seen.setdefault((line.key, line.period.text), line.number)
            if before != line.number:
                self.fault(
                    f"gives {line.key} in {line.period.text} twice, here and on line {before}", line.number, "aantal", "keep one line"
                )

    def _refuse_mixed(self, lines: Sequence[_Line]) -> None:
        """Totals beside their own parts, and years beside months, would count the same people twice."""
        kinds: dict[str | None, dict[tuple[bool, bool, str], int]] = {}
        for line in lines:
            shape = (line.key.gebied is not None, line.key.age is not None, line.period.kind)
            kinds.setdefault(line.key.stream, {}).setdefault(shape, line.number)
        for stream, shapes in kinds.items():
            if len(shapes) < 2:
                continue
            first, second = list(shapes.items())[:2]
            same_people = first[0][:2] == second[0][:2]
            what = "mixes years, half-years, quarters and months" if same_people else "mixes totals with parts by gebied or age"
            of = f"{stream} " if stream else ""
            self.fault(
                f"{of}{what}: lines {first[1]} and {second[1]}", second[1], "periode" if same_people else "gebied", "keep one of the two"
            )

    def _years(self, lines: Sequence[_Line]) -> tuple[list[Figure], list[str]]:
        """Parts of a year added up; years that are not whole are left out, and said."""
        groups: dict[tuple[Key, int], list[_Line]] = {}
        for line in lines:
            groups.setdefault((line.key, int(line.period.time + 1e-9)), []).append(line)
        figures, left_out = [], []
        for (key, year), parts in groups.items():
            want = PARTS_OF_YEAR[parts[0].period.kind]
            if len(parts) < want:
                left_out.append(f"{key} {year}: {len(parts)} of {want} parts of the year")
                continue
            first = parts[0]
            total, broken = sum(part.value for part in parts), any(part.broken for part in parts)
            figures.append(Figure(key, year, total, first.low, first.high, first.unit, broken, first.number))
        return figures, left_out
