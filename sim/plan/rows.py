"""Monthly values of resolved parameters, stored once per distinct row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.plan.plan import TICKS_PER_DAY
from sim.scenario import Resolved

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]


def as_given(value: F64) -> F64:
    """The formula of a parameter that is used as it is."""
    return value


def in_ticks(days: F64) -> F64:
    """Ticks of a duration in days."""
    return days * TICKS_PER_DAY


class RowStore:
    """Distinct rows [months]; ``add`` returns the number of an equal row if there is one."""

    def __init__(self, months: int) -> None:
        self.months = months
        self._number: dict[bytes, int] = {}
        self._rows: list[F64] = []

    def add(self, values: F64 | float) -> int:
        """Number of a row with these values (a scalar holds in every month)."""
        row = np.ascontiguousarray(np.broadcast_to(np.asarray(values, np.float64), (self.months,)))
        row = row + 0.0  # no negative zero: equal values must be equal bytes
        number = self._number.setdefault(row.tobytes(), len(self._rows))
        if number == len(self._rows):
            self._rows.append(row)
        return number

    def stack(self) -> F64:
        """All rows [R, months]."""
        return np.ascontiguousarray(np.stack(self._rows)) if self._rows else np.zeros((1, self.months))


class ClassRows:
    """Rows of formulas over parameters, per class (gebied x age group) and site, evaluating only where a parameter varies."""

    def __init__(self, resolved: Resolved, store: RowStore, gebieden: Sequence[str], ages: Sequence[str]) -> None:
        self.resolved = resolved
        self.store = store
        self.gebieden = gebieden
        self.ages = ages
        self._known: dict[tuple[object, ...], I32] = {}

    def constant(self, value: float) -> I32:
        """The same value for every class [C]."""
        return np.full(len(self.gebieden) * len(self.ages), self.store.add(value), np.int32)

    def of(self, formula: Callable[..., F64], *paths: str, site: str | None = None) -> I32:
        """Row numbers [C] of ``formula(values of path, ...)``, which works element by element.

        What does not vary by site is worked out once for all sites: name the formula, so that it can be recognised.
        """
        site = site if any("site" in self.resolved.dims(path) for path in paths) else None
        asked = (formula, paths, site)
        if asked not in self._known:
            values = formula(*(self.resolved.grid(path, site) for path in paths))
            shape = (len(self.gebieden), len(self.ages))
            numbers = np.array([[self.store.add(row) for row in of_gebied] for of_gebied in values], np.int32)
            self._known[asked] = np.ascontiguousarray(np.broadcast_to(numbers, shape)).reshape(-1)
        return self._known[asked]
