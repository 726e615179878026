"""The visit log: the only output of an engine. One row per visit, unfinished and reneged visits included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

NULL = np.iinfo(np.int64).min  # a time that has not come

# outcome of a visit
WAITING, IN_CARE, MOVED_ON, RENEGED, AGED_OUT, INTERRUPTED = 0, 1, 2, 3, 4, 5
OUTCOMES = ("waiting", "in_care", "moved_on", "reneged", "aged_out", "interrupted")
# how a visit began
EXTERNAL, FROM_NODE, RENEWAL, WARM = 0, 1, 2, 3
ENTRIES = ("external", "from_node", "renewal", "warm_start")
NO_NEXT = np.iinfo(np.int32).min


@dataclass(frozen=True)
class VisitLog:
    """Columns of equal length, sorted by (arrive, person, visit). Times in ticks since the start date; NULL where not reached.

    ``next`` is a node kind (>= 0), an exit (-(x + 1)) or NO_NEXT. ``served``/``team``/``urgency_start`` are -1 before the start.
    ``release`` is the tick at which the place came free: ``end``, later where the place was kept, NULL while it is still held.
    A visit that ended while its place is kept has ``end`` set and ``release`` NULL or later.
    """

    person: NDArray[np.uint64]
    birth: NDArray[np.int64]
    gebied: NDArray[np.int16]
    visit: NDArray[np.int32]
    entry: NDArray[np.int8]
    asked: NDArray[np.int32]
    served: NDArray[np.int32]
    team: NDArray[np.int32]
    urgency_arrival: NDArray[np.int8]
    urgency_start: NDArray[np.int8]
    arrive: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    release: NDArray[np.int64]
    outcome: NDArray[np.int8]
    route: NDArray[np.int32]  # index into names.routes; -1 while unfinished
    next: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.person)

    @classmethod
    def from_columns(cls, columns: Sequence[ArrayLike]) -> VisitLog:
        """Columns in the order of the fields, cast to their types."""
        types = (
            np.uint64, np.int64, np.int16, np.int32, np.int8, np.int32, np.int32, np.int32, np.int8,
            np.int8, np.int64, np.int64, np.int64, np.int64, np.int8, np.int32, np.int32,
        )  # fmt: skip
        return cls(*(np.asarray(column, dtype=dtype) for column, dtype in zip(columns, types, strict=True)))

    def sorted(self) -> VisitLog:
        """Rows in the canonical order (arrive, person, visit)."""
        order = np.lexsort((self.visit, self.person, self.arrive))
        return VisitLog(*(getattr(self, f.name)[order] for f in fields(self)))
