"""Monthly values of resolved parameters, stored once per distinct row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.scenario import Resolved

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]


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

    def constant(self, value: float) -> I32:
        """The same value for every class [C]."""
        return np.full(len(self.gebieden) * len(self.ages), self.store.add(value), np.int32)

    def of(self, formula: Callable[..., F64], *paths: str, site: str | None = None) -> I32:
        """Row numbers [C] of ``formula(value of path, ...)``."""
        dims = frozenset[str]().union(*(self.resolved.dims(path) for path in paths))
        out = np.empty((len(self.gebieden), len(self.ages)), np.int32)
        for g, gebied in enumerate(self.gebieden):
            if g and "gebied" not in dims:
                out[g] = out[0]
                continue
            for a, age in enumerate(self.ages):
                if a and "age" not in dims:
                    out[g, a] = out[g, 0]
                    continue
                values = [self.resolved.value(path, gebied=gebied, age=age, site=site) for path in paths]
                out[g, a] = self.store.add(formula(*values))
        return out.reshape(-1)
