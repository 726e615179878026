"""What a reported figure may count: the columns of the indicator table, and a few quantities made of them or of the visit log.

The definitions in words stand at the top of ``calibration/targets/targets.yaml``; this registry says which unit each can have, whether it
grows with the size of the city, and what a figure must state beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sim.indicators import COLUMNS
from sim.indicators.definitions import BY_NORM, NONE, SUM, TO_START

Scale = Literal["absolute", "log", "logit"]
SCALES: Final = ("absolute", "log", "logit")
PERIOD_KINDS: Final = ("year", "quarter", "month")
RATIO_UNITS: Final = ("share", "ratio")
WHOLE_CITY: Final = frozenset({"unique_clients", "places_avg"})  # add up over nothing, yet grow with the city


@dataclass(frozen=True)
class Countable:
    """A quantity a figure can be about.

    ``unit`` is that of one period; a flow gets the length of the period behind it. ``extensive``: proportional to the size of the city.
    ``yearly``: defined for whole years only. ``clock``: a figure must say on which clock its wait runs.
    """

    name: str
    unit: str
    extensive: bool
    flow: bool = False
    yearly: bool = False
    clock: bool = False

    def units(self, period_kind: str, divided: bool) -> tuple[str, ...]:
        """The units a figure about it can have; ``divided``: it is put over something else."""
        if divided:
            return RATIO_UNITS
        return (f"{self.unit} per {period_kind}",) if self.flow else (self.unit,)


_COLUMNS = tuple(
    Countable(
        c.name, c.unit, extensive=c.additive != NONE or c.name in WHOLE_CITY, flow=c.additive == SUM, clock=c.clock in (TO_START, BY_NORM)
    )
    for c in COLUMNS
)
_OTHERS = (
    Countable("stock", "persons", extensive=True),
    Countable("stock_avg", "persons", extensive=True),
    Countable("stay_months", "months", extensive=False, yearly=True),
    Countable("decision_days", "days", extensive=False, yearly=True, clock=True),
    Countable("cost_per_client", "euro per client-year", extensive=False, yearly=True),
    Countable("starts_by_route", "share", extensive=False),
    Countable("duration_share", "share", extensive=False),
    Countable("duration_mean", "months", extensive=False),
    Countable("duration_median", "months", extensive=False),
)
COUNTABLE: Final[Mapping[str, Countable]] = {c.name: c for c in (*_COLUMNS, *_OTHERS)}
FROM_LOG_ONLY: Final = frozenset({"starts_by_route", "duration_share", "duration_mean", "duration_median"})  # no indicator table holds them
POOLED_ONLY: Final = frozenset({"unique_clients", "wait_median", "wait_p90", "places_avg"})  # a table holds them per node, not for several
