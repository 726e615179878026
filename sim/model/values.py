"""From what is written at a parameter to its series, in canonical units, with every fault in it told at its own line."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

from sim.errors import Fault, listing, nearest_name
from sim.model.located import LocatedMap, Mark
from sim.model.model import DurationClasses
from sim.model.parameter import Band, Key, Series, month_number
from sim.model.spec import AGE_GROUP, DIMS, GEBIED, SITE, ClassTable, ParamSpec, RangeSpec, RelativeRange
from sim.model.tables import Table, Tables, need_columns
from sim.model.units import DURATION, Quantity, all_units

MONTHS = tuple(str(month) for month in range(1, 13))
MOST_FAULTS = 5  # of one kind in one parameter
SLACK = 1e-9  # room for rounding when a value equals a bound


@dataclass(frozen=True)
class Entry:
    """One number as written, canonical unit, and where it stands. ``month`` is None for an undated number."""

    key: Key
    month: int | None
    value: float
    written: float
    mark: Mark


@dataclass(frozen=True)
class Values:
    """What a parameter's value comes to."""

    by: tuple[str, ...]
    series: Mapping[Key, Series]
    factor: float
    band: Band


class ValueReader:
    """Reads the value, unit and band of one written parameter.

    ``names`` gives the valid keys per dimension; ``site`` is missing from it where the parameter belongs to no sites-list.
    """

    def __init__(self, at: str, raw: LocatedMap, names: Mapping[str, Sequence[str]], tables: Tables, faults: list[Fault]) -> None:
        self.at = at
        self.raw = raw
        self.names = names
        self.tables = tables
        self.faults = faults

    def fault(self, what: str, key: str, mend: str, mark: Mark | None = None, nearest: str | None = None) -> None:
        file, line = mark or self.raw.marks.get(key, self.raw.mark)
        self.faults.append(Fault(what, file, line, f"{self.at}.{key}" if key else self.at, nearest, mend))

    def read(self, spec: ParamSpec, quantity: Quantity, allowed: frozenset[str]) -> Values | None:
        """Series per key; None, with faults added, where something is wrong."""
        before = len(self.faults)
        factor = quantity.units.get(spec.unit)
        if factor is None:
            nearest = nearest_name(spec.unit, quantity.units) or (next(iter(quantity.units)) if spec.unit in all_units() else None)
            what = f"{spec.unit!r} is no unit of {quantity.name}" if spec.unit in all_units() else f"there is no unit {spec.unit!r}"
            self.fault(what, "unit", f"give it in {' or '.join(quantity.units)}", nearest=nearest)
        by, entries = self._entries(spec, factor or 1.0, allowed)
        band = read_band(spec.range, self.raw.get("range"), factor or 1.0, self._band_fault)
        if factor is None or band is None or not entries or len(self.faults) > before:
            return None
        self._check_numbers(spec, quantity, entries, band, factor)
        if len(self.faults) > before:
            return None
        return Values(by, _series(entries, spec.interpolate == "linear"), factor, band)

    def _band_fault(self, what: str, mend: str) -> None:
        self.fault(what, "range", mend)

    def _fits(self, dims: Sequence[str], key: str, allowed: frozenset[str]) -> bool:
        """Whether the parameter may vary by all ``dims``, said at ``key``."""
        varies = " and ".join(dim for dim in DIMS if dim in allowed)
        mend = f"here a parameter may vary by {varies}" if varies else "give one number here"
        for dim in dims:
            if dim not in allowed:
                self.fault(f"cannot vary by {dim}", key, mend)
            elif dim not in self.names:
                self.fault("varies by site, but its team has no sites", key, "give the team `sites:`, or one number here")
        return all(dim in allowed and dim in self.names for dim in dims)

    def _entries(self, spec: ParamSpec, factor: float, allowed: frozenset[str]) -> tuple[tuple[str, ...], list[Entry]]:
        if spec.table is None and "value" not in self.raw:
            if set(self.raw) <= set(ParamSpec.model_fields):  # else a misspelled `value` or `table` has been told
                self.fault("has no value", "", "write `value: ...`, or name a table with `table:` and `column:`")
        elif spec.table is not None and "value" in self.raw:
            self.fault("has both a value and a table", "table", "keep one of the two")
        elif spec.table is not None:
            if spec.by is not None:
                self.fault("a table says by its columns along what it varies", "by", "leave `by` out")
            if spec.column is None:
                self.fault("does not say which column of the table holds the numbers", "table", "add `column: NAME`")
                return (), []
            return self._from_table(spec.table, spec.column, factor, allowed)
        elif spec.column is not None:
            self.fault("names a column without a table", "column", "add `table: FILE`, or leave `column` out")
        elif spec.by is None:
            return (), self._dated((), spec.value, self.raw.marks["value"], factor, "value")
        elif self._fits([spec.by], "by", allowed):
            return (spec.by,), self._keyed(spec.by, spec.value, factor)
        return (), []

    def _keyed(self, dim: str, value: Any, factor: float) -> list[Entry]:
        if not isinstance(value, LocatedMap):
            self.fault(f"varies by {dim} but is not a map", "value", f"write a number for each {dim}: {{name: number, ...}}")
            return []
        names = self.names[dim]
        entries: list[Entry] = []
        written = {str(key): (inner, value.marks[key]) for key, inner in value.items()}
        missing = [name for name in names if name not in written]
        for name, (inner, mark) in written.items():
            if name == "other" or name in names:
                for each in missing if name == "other" else [name]:
                    entries.extend(self._dated((each,), inner, mark, factor, f"value.{name}"))
            else:
                self.unknown_key(dim, name, missing if len(missing) == 1 else names, names, mark, f"{self.at}.value.{name}")
        if missing and "other" not in written:
            self.fault(f"lacks a number for {listing(missing)}", "value", f"write every {dim}, or `other` for those not named")
        return entries

    def unknown_key(self, dim: str, name: str, likely: Sequence[str], names: Sequence[str], mark: Mark, field: str) -> None:
        nearest = likely[0] if len(likely) == 1 else nearest_name(name, likely)
        noun = "age group" if dim == AGE_GROUP else dim
        self.faults.append(Fault(f"there is no {noun} {name!r}", *mark, field, nearest, f"valid: {listing(names, 16)}"))

    def _dated(self, key: Key, value: Any, mark: Mark, factor: float, field: str) -> list[Entry]:
        """Entries of a number or of a dated series."""
        if _is_number(value):
            return [Entry(key, None, value * factor, value, mark)]
        if not isinstance(value, LocatedMap):
            what = "has no value" if value is None else f"{_shown(value)} is not a number"
            self.fault(what, field, "write a number, or dates with numbers: {2019-01-01: 5, 2022-10-01: 7}", mark)
            return []
        if not value:
            self.fault("has no value", field, "write a number, or dates with numbers", mark)
        entries: list[Entry] = []
        last: date | None = None
        for day, number in value.items():
            at = value.marks[day]
            if not isinstance(day, date):
                mend = (
                    "write dates as 2024-01-01"
                    if any(isinstance(d, date) for d in value)
                    else "write dates as 2024-01-01, or say `by:` what it varies"
                )
                self.fault(f"{day!s} is not a date", field, mend, at)
                continue
            if day.day != 1:
                self.fault(f"{day} is not the first of a month", field, f"write {day.replace(day=1)}", at)
            if last is not None and day <= last:
                self.fault(f"the dates are out of order: {day} comes after {last}", field, "write the earliest date first", at)
            last = day
            if _is_number(number):
                entries.append(Entry(key, month_number(day.year, day.month), number * factor, number, at))
            else:
                self.fault(f"{_shown(number)} is not a number", field, "write a number", at)
        return entries

    def _from_table(self, name: str, column: str, factor: float, allowed: frozenset[str]) -> tuple[tuple[str, ...], list[Entry]]:
        table = self.tables.open(name, self.raw.marks["table"], f"{self.at}.table")
        if table is None or not need_columns(table, [column], self.faults, self.at):
            return (), []
        dims = tuple(dim for dim in (GEBIED, AGE_GROUP, SITE) if dim in table.columns)
        if not self._fits(dims, "table", allowed):
            return (), []
        room = _Room(self.faults)
        entries: list[Entry] = []
        lines: dict[tuple[Key, int | None], int] = {}
        places = [table.column(dim) for dim in dims]
        at_date = table.column("date") if "date" in table.columns else None
        at_number = table.column(column)
        for line, cells in table.rows:
            if room.full:
                break
            mark = Mark(table.name, line)
            key = tuple(cells[place] for place in places)
            unknown = [(dim, cell) for dim, cell in zip(dims, key, strict=True) if cell not in self.names[dim]]
            for dim, cell in unknown:
                self.unknown_key(dim, cell, self.names[dim], self.names[dim], mark, dim)
            month = self._month(cells[at_date], mark) if at_date is not None else None
            value = _parsed_number(cells[at_number])
            if value is None:
                self.faults.append(
                    Fault(f"{cells[at_number]!r} is not a number", *mark, column, mend="write a number, with a point for decimals")
                )
            elif not unknown and (at_date is None or month is not None):
                before = lines.setdefault((key, month), line)
                if before != line:
                    what = f"gives {', '.join(key) or column} twice, on lines {before} and {line}"
                    self.faults.append(Fault(what, *mark, column, mend="keep one row"))
                entries.append(Entry(key, month, value * factor, value, mark))
        if not room.used:
            self._tell_missing_rows(table, dims, {key for key, _ in lines})
        return dims, entries

    def _tell_missing_rows(self, table: Table, dims: tuple[str, ...], seen: set[Key]) -> None:
        missing = [", ".join(key) for key in product(*(self.names[dim] for dim in dims)) if key not in seen]
        if missing:
            mend = f"the parameter {self.at} needs a row for every {' and '.join(dims) or 'parameter'}"
            what = f"lacks rows for {listing(missing, 6)}" if dims else "has no rows"
            self.faults.append(Fault(what, table.name, table.rows[-1][0] if table.rows else 1, ", ".join(dims), mend=mend))

    def _month(self, text: str, mark: Mark) -> int | None:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            self.faults.append(Fault(f"{text!r} is not a date", *mark, "date", mend="write dates as 2024-01-01"))
            return None
        if day.day != 1:
            self.faults.append(Fault(f"{text} is not the first of a month", *mark, "date", mend=f"write {day.replace(day=1)}"))
            return None
        return month_number(day.year, day.month)

    def _check_numbers(self, spec: ParamSpec, quantity: Quantity, entries: list[Entry], band: Band, factor: float) -> None:
        impossible = [entry for entry in entries if not quantity.admits(entry.value)]
        for entry in impossible[:MOST_FAULTS]:
            field = "value" if entry.mark[0] == self.raw.mark[0] else spec.column or "value"
            of = f" of {', '.join(entry.key)}" if entry.key else ""
            self.fault(
                f"{entry.written:g}{of} is not possible: {quantity.name} must be {quantity.bounds}",
                field,
                "correct the number or its unit",
                entry.mark,
            )
        if quantity.name == "switch" and any(entry.value not in (0.0, 1.0) for entry in entries):
            self.fault("a switch is 0 or 1", "value", "write 0 or 1")
        if impossible:
            return
        low, high = band.low / factor, band.high / factor
        for entry in [
            e
            for e in entries
            if not band.relative and not band.low - SLACK * abs(band.low) <= e.value <= band.high + SLACK * abs(band.high)
        ][:MOST_FAULTS]:
            of = f" of {', '.join(entry.key)}" if entry.key else ""
            what = f"the band [{low:g}, {high:g}] does not hold the value {entry.written:g}{of}"
            self.fault(what, "range", "widen the band or correct the value")
        if not band.relative and ((not quantity.admits(band.low) and band.low < quantity.low) or band.high > quantity.high):
            self.fault(
                f"the band [{low:g}, {high:g}] leaves what is possible: {quantity.name} must be {quantity.bounds}",
                "range",
                "narrow the band",
            )
        if band.low == band.high and not (quantity.point_band or spec.kind == "reported"):
            mend = "give a low and a high; only what a law or a date fixes has one point, with `kind: reported`"
            self.fault("the band is a single point", "range", mend)


class _Room:
    """Keeps one table from filling the screen."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self.before = len(faults)

    @property
    def used(self) -> int:
        return len(self.faults) - self.before

    @property
    def full(self) -> bool:
        return self.used >= 25


def read_band(spec: RangeSpec, raw: Any, factor: float, fault: Any) -> Band | None:
    """The band in canonical units; ``fault(what, mend)`` is told when it is turned around."""
    if isinstance(spec, RelativeRange):
        low, high = spec.relative
        if low > high:
            fault(f"the band is turned around: {low:g} is more than {high:g}", f"write `range: {{relative: [{high:g}, {low:g}]}}`")
        elif not 0 <= low <= 1 <= high:
            fault(f"the relative band [{low:g}, {high:g}] does not hold 1, the value itself", "write factors such as [0.8, 1.25]")
        else:
            return Band(low, high, relative=True)
        return None
    low, high = spec
    if low > high:
        fault(f"the band is turned around: {low:g} is more than {high:g}", f"write `range: [{high:g}, {low:g}]`")
        return None
    return Band(low * factor, high * factor)


def read_classes(spec: ClassTable, raw: LocatedMap, at: str, faults: list[Fault]) -> DurationClasses | None:
    """The duration classes of a distribution in days; None, with faults added, where something is wrong."""
    before = len(faults)

    def fault(what: str, key: str, mend: str, nearest: str | None = None) -> None:
        faults.append(Fault(what, *raw.marks.get(key, raw.mark), f"{at}.{key}", nearest, mend))

    factor = DURATION.units.get(spec.unit)
    if factor is None:
        fault(
            f"{spec.unit!r} is no unit of duration",
            "unit",
            f"give it in {' or '.join(DURATION.units)}",
            nearest_name(spec.unit, DURATION.units),
        )
    if len(spec.upper) != len(spec.share):
        fault(f"there are {len(spec.upper)} upper bounds and {len(spec.share)} shares", "share", "give each class one bound and one share")
    if any(high <= low for low, high in zip([0.0, *spec.upper], spec.upper, strict=False)):
        fault("the upper bounds do not rise from 0", "upper", "write the shortest class first")
    if any(not 0 <= share <= 1 for share in spec.share):
        fault("a share lies outside 0 to 1", "share", "give shares of 1, not percentages")
    elif not math.isclose(sum(spec.share), 1.0, abs_tol=1e-6):
        fault(f"the shares add up to {sum(spec.share):g}", "share", "make them add up to 1")
    band = read_band(spec.range, raw.get("range"), 1.0, lambda what, mend: fault(what, "range", mend))
    if band is not None and not band.relative:
        fault("the band of a class table is not relative", "range", "write `range: {relative: [0.8, 1.25]}`: it scales all durations")
    elif band is not None and band.low == band.high and spec.kind != "reported":
        fault("the band is a single point", "range", "give a low and a high")
    if factor is None or band is None or len(faults) > before:
        return None
    return DurationClasses(tuple(bound * factor for bound in spec.upper), tuple(spec.share), spec.kind, spec.source, band)


def _series(entries: list[Entry], linear: bool) -> dict[Key, Series]:
    found: dict[Key, list[tuple[int, float]]] = {}
    for entry in entries:
        found.setdefault(entry.key, []).append((0 if entry.month is None else entry.month, entry.value))
    series = {}
    for key, points in found.items():
        points.sort()
        series[key] = Series(tuple(month for month, _ in points), tuple(value for _, value in points), linear and len(points) > 1)
    return series


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _parsed_number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a map"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
