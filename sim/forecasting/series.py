"""Observed series: figures per period as a source gave them, with the breaks that are known.

A *period* is a year (``2021``), a half-year (``2021-H1``) or a day (``2021-12-31``); figures of different kinds never share a series. A
break of kind ``definitie`` cuts a series in two, for no forecast can know that a definition will change; a ``stap`` is a dated step in
the level, whose jump says nothing about the slope; a ``twijfel`` is told and changes nothing.
"""

from __future__ import annotations

import csv
import fnmatch
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.data import calibration_directory
from sim.errors import Fault, InputError
from sim.model.text_file import TABLE_LIMIT, read_text

F64 = NDArray[np.float64]

SERIES_FILE = "series.csv"
BREAKS_FILE = "breaks.csv"
DEFINITION, STEP, DOUBT = "definitie", "stap", "twijfel"
NO_DEMAND = ("bevolking", "inkomen", "huishoudens")  # topics that measure no demand for care
LEAST_PERIODS = 6  # a series with fewer is only looked at together with others
_PERIOD = re.compile(r"(\d{4})(?:-(H)([12])|-(Q)([1-4])|-(\d\d)(?:-(\d\d))?)?")


@dataclass(frozen=True)
class Period:
    """A period in time: its kind and where on the axis of years it begins."""

    text: str
    kind: str  # year, half, quarter, month or day
    time: float  # years


@dataclass(frozen=True)
class ObservedSeries:
    """One measured quantity over time: ``value`` [T] at ``time`` [T] in years, ascending, all values above 0.

    ``step`` [T] marks the periods at which the level is known to have made a step. ``doubt`` tells what else the source leaves open.
    ``noise`` [T] is the variance of the log of each value as a count (1 / count); None where values are large or no counts.
    """

    name: str
    topic: str
    measure: str
    place: str
    group: str
    unit: str
    time: F64
    value: F64
    step: NDArray[np.bool_]
    source: str
    doubt: str = ""
    noise: F64 | None = None

    @property
    def title(self) -> str:
        """Name for a table: what, of whom, where."""
        return ", ".join(part for part in (self.measure, self.group if self.group != "totaal" else "", self.place) if part)

    def __len__(self) -> int:
        return len(self.time)

    def until(self, time: float) -> ObservedSeries:
        """What was known at ``time``: the observations up to and with it."""
        known = self.time <= time + 1e-9
        noise = None if self.noise is None else self.noise[known]
        return replace(self, time=self.time[known], value=self.value[known], step=self.step[known], noise=noise)


@dataclass(frozen=True)
class Break:
    """A known break in the series whose name matches ``series`` (* stands for anything)."""

    series: str
    measure: str
    group: str
    period: str
    kind: str
    note: str


def read_period(text: str) -> Period | None:
    """The period ``text`` names, or None where it names none."""
    found = _PERIOD.fullmatch(text.strip())
    if found is None:
        return None
    year = int(found[1])
    if found[2]:
        return Period(text, "half", year + (int(found[3]) - 1) / 2)
    if found[4]:
        return Period(text, "quarter", year + (int(found[5]) - 1) / 4)
    if found[6]:
        month, day = int(found[6]), int(found[7] or 1)
        try:
            date(year, month, day)
        except ValueError:
            return None
        return Period(text, "day" if found[7] else "month", year + (month - 1) / 12 + (day - 1) / 365.25)
    return Period(text, "year", float(year))


def series_directory() -> Path:
    """Where the shipped series stand."""
    return calibration_directory() / "series"


def load_series(directory: Path | None = None) -> tuple[ObservedSeries, ...]:
    """The shipped series, cut at changes of definition, in the order of their file. Raises ``InputError``."""
    directory = directory or series_directory()
    rows = _rows(directory / SERIES_FILE)
    breaks = [
        Break(row["series"], row["measure"], row["group"], row["period"], row["kind"], row["note"])
        for _, row in _rows(directory / BREAKS_FILE)
    ]
    groups: dict[tuple[str, ...], list[tuple[Period, dict[str, str]]]] = {}
    for line, row in rows:
        period = read_period(row["period"])
        if period is None:
            raise InputError([Fault(f"{row['period']!r} is not a period", str(directory / SERIES_FILE), line, "period")])
        key: tuple[str, ...] = (row["series"], row["topic"], row["measure"], row["geography"], row["group"], row["unit"], period.kind)
        groups.setdefault(key, []).append((period, row))
    found: list[ObservedSeries] = []
    for key, members in groups.items():
        found.extend(_cut(key, sorted(members, key=lambda each: each[0].time), breaks))
    return tuple(found)


def _cut(key: tuple[str, ...], members: Sequence[tuple[Period, dict[str, str]]], breaks: Sequence[Break]) -> list[ObservedSeries]:
    name, topic, measure, place, group, unit, _ = key
    mine = [b for b in breaks if fnmatch.fnmatchcase(name, b.series) and b.measure in ("", measure) and b.group in ("", group)]
    at = {kind: {b.period for b in mine if b.kind == kind} for kind in (DEFINITION, STEP)}
    doubt = "; ".join(f"{b.period}: {b.note}" for b in mine if b.kind == DOUBT)
    parts: list[list[tuple[Period, dict[str, str]]]] = [[]]
    for period, row in members:
        if period.text in at[DEFINITION] and parts[-1]:
            parts.append([])
        parts[-1].append((period, row))
    return [
        ObservedSeries(
            name=name if len(parts) == 1 else f"{name} ({part[0][0].text}-)",
            topic=topic,
            measure=measure,
            place=place,
            group=group,
            unit=unit,
            time=np.array([period.time for period, _ in part]),
            value=np.array([float(row["value"]) for _, row in part]),
            step=np.array([period.text in at[STEP] for period, _ in part], np.bool_),
            source=part[0][1]["source"],
            doubt=doubt,
        )
        for part in parts
    ]


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    faults: list[Fault] = []
    file = read_text(path, TABLE_LIMIT, faults)
    if file is None:
        raise InputError(faults)
    reader = csv.DictReader(io.StringIO(file.text, newline=""))
    return [(reader.line_num, {str(k): v or "" for k, v in row.items()}) for row in reader]
