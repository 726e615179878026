"""Quantities a parameter may have: the units it may be written in, the unit it is kept in, and the values it may take."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

DAYS_PER_MONTH = 30.4375
DAYS_PER_YEAR = 365.25
WEEKS_PER_YEAR = 52.18  # client-weeks in a client-year


@dataclass(frozen=True)
class Quantity:
    """A kind of number. ``units`` maps each unit to the factor that brings it to ``unit``, the canonical one.

    Bounds are in the canonical unit; ``above_low`` excludes the lower bound itself.
    """

    name: str
    unit: str
    units: Mapping[str, float] = field(hash=False)
    low: float = 0.0
    high: float = math.inf
    above_low: bool = False
    point_band: bool = False  # a band of one point is allowed whatever the kind: laws and switches

    def admits(self, value: float) -> bool:
        """Whether ``value`` (canonical unit) is possible at all."""
        return math.isfinite(value) and value <= self.high and (value > self.low if self.above_low else value >= self.low)

    @property
    def bounds(self) -> str:
        """The bounds in words, canonical unit."""
        if math.isfinite(self.high):
            return f"between {self.low:g} and {self.high:g}"
        return f"more than {self.low:g}" if self.above_low else f"{self.low:g} or more"


def _quantity(name: str, unit: str, *, high: float = math.inf, point_band: bool = False) -> Quantity:
    return Quantity(name, unit, {unit: 1.0}, high=high, point_band=point_band)


_TIMES = {"days": 1.0, "weeks": 7.0, "months": DAYS_PER_MONTH, "years": DAYS_PER_YEAR}
_WEEKLY = {"euro per client-week": 1.0, "euro per client-year": 1.0 / WEEKS_PER_YEAR}

DURATION = Quantity("duration", "days", _TIMES, above_low=True)
ELAPSED = Quantity("elapsed time", "days", _TIMES)
NORM_TIME = Quantity("norm", "days", {"weeks": 7.0, "days": 1.0}, above_low=True, point_band=True)
AGE = _quantity("age", "years", point_band=True)
RATE = _quantity("rate", "per 1000 persons per year")
SHARE = _quantity("share", "share", high=1.0)
RATIO = _quantity("ratio", "ratio")
FTE = _quantity("number of fte", "fte")
CASELOAD = _quantity("caseload", "clients per fte")
PLACES = _quantity("number of places", "places")
CARE_PRICE = Quantity("price of care", "euro per client-week", _WEEKLY)
FTE_PRICE = _quantity("price of an fte", "euro per fte per year")
PLACE_PRICE = _quantity("price of a place", "euro per place per year")
SUPPLY_UNITS = _quantity("number of units", "units per month")
PERSONS = _quantity("number of persons", "persons")
SWITCH = _quantity("switch", "switch", high=1.0, point_band=True)
MEASURE_COST = Quantity("cost of a measure", "euro per year", {"euro per year": 1.0, "euro, once": 1.0})

QUANTITIES = (
    DURATION, ELAPSED, NORM_TIME, AGE, RATE, SHARE, RATIO, FTE, CASELOAD, PLACES,
    CARE_PRICE, FTE_PRICE, PLACE_PRICE, SUPPLY_UNITS, PERSONS, SWITCH, MEASURE_COST,
)  # fmt: skip


def all_units() -> Iterator[str]:
    """Every unit there is, once."""
    return iter(dict.fromkeys(unit for quantity in QUANTITIES for unit in quantity.units))


def quantity_of_unit(unit: str) -> Quantity | None:
    """The quantity a shared parameter has by its unit alone. ``years`` reads as a duration; a field that wants an age takes it as one."""
    if unit in MEASURE_COST.units:
        return None
    return next((quantity for quantity in QUANTITIES if unit in quantity.units), None)
