"""Parameters: numbers with a unit, a source and a band, dated and per gebied, age group, site or calendar month."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sim.model.units import Quantity

F64 = NDArray[np.float64]
Key = tuple[str, ...]


def month_number(year: int, month: int) -> int:
    """Months since the year 0, so that series and effects count in whole months."""
    return year * 12 + month - 1


@dataclass(frozen=True)
class Series:
    """A number over time, canonical unit. ``months`` (month numbers, ascending) has one entry for a constant.

    A step series keeps each value until the next date; a linear one moves in monthly values from date to date. Before the first date the
    first value holds, after the last the last.
    """

    months: tuple[int, ...]
    values: tuple[float, ...]
    linear: bool = False

    @staticmethod
    def constant(value: float) -> Series:
        return Series((0,), (value,))

    def monthly(self, months: Sequence[tuple[int, int]]) -> F64:
        """Value in each (year, month)."""
        return self.at(np.array([month_number(year, month) for year, month in months], dtype=np.int64))

    def at(self, numbers: NDArray[np.int64]) -> F64:
        """Value in each month number."""
        if len(self.values) == 1:
            constant = np.empty(len(numbers))
            constant.fill(self.values[0])
            return constant
        if self.linear:
            return np.interp(numbers.astype(np.float64), self.months, self.values)
        index = np.searchsorted(np.array(self.months), numbers, side="right") - 1
        return np.array(self.values)[np.maximum(index, 0)]

    def on(self, day: date) -> float:
        """Value in the month of ``day``."""
        return float(self.at(np.array([month_number(day.year, day.month)], dtype=np.int64))[0])


def triangular(u: float, low: float, mode: float, high: float) -> float:
    """Quantile of the triangular distribution at probability ``u``; ``mode`` where it has no width."""
    width = high - low
    if width <= 0:
        return mode
    if u < (mode - low) / width:
        return low + math.sqrt(u * width * (mode - low))
    return high - math.sqrt((1 - u) * width * (high - mode))


@dataclass(frozen=True)
class Band:
    """The plausible band of a parameter: absolute bounds in the canonical unit, or factors around each value."""

    low: float
    high: float
    relative: bool = False

    def around(self, value: float) -> tuple[float, float]:
        """The band as absolute bounds for ``value``."""
        return (value * self.low, value * self.high) if self.relative else (self.low, self.high)


@dataclass(frozen=True)
class Parameter:
    """One parameter in canonical units.

    ``by`` names the dimensions of the keys of ``values`` in order (among gebied, age, site, month; the calendar months are "1" to "12"); a
    scalar has ``by == ()`` and the key ``()``. ``factor`` brings ``written_unit`` to ``unit``. ``shared`` names the shared parameter a
    field refers to, ``rest_of`` the paths a share written as ``rest`` completes to 1. ``sites`` names the sites-list of its team.
    ``allowed`` holds the dimensions effects may be scoped to. A neutral lever nobody wrote has kind "derived" and source "neutral".
    """

    path: str
    quantity: Quantity
    written_unit: str
    factor: float
    kind: str
    source: str
    range: Band
    by: tuple[str, ...] = ()
    values: Mapping[Key, Series] = field(default_factory=dict, hash=False)
    shared: str | None = None
    rest_of: tuple[str, ...] = ()
    sites: str | None = None
    allowed: frozenset[str] = frozenset()

    @property
    def unit(self) -> str:
        """Canonical unit."""
        return self.quantity.unit

    @property
    def is_neutral(self) -> bool:
        """Whether nobody wrote it: a lever at the value that changes nothing."""
        return self.source == "neutral" and self.kind == "derived"

    def series(self, gebied: str | None = None, age: str | None = None, site: str | None = None, month: int | None = None) -> Series:
        """The series of one class; dimensions along which the parameter does not vary are ignored. KeyError where one is missing."""
        if not self.by:
            return self.values[()]
        given = {"gebied": gebied, "age": age, "site": site, "month": None if month is None else str(month)}
        return self.values[tuple(str(given[dim]) for dim in self.by)]

    @property
    def is_endless(self) -> bool:
        """Whether it is a cap nobody wrote: infinite, until a measure sets one."""
        return self.is_neutral and self.values[()].values == (math.inf,)

    @property
    def is_constant(self) -> bool:
        """Whether it is one undated number."""
        return not self.by and len(self.values[()].values) == 1
