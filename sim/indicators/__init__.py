"""Indicators: from the visit log of a run to the numbers that are reported, and the check that nobody got lost on the way."""

from sim.indicators.arrivals import ARRIVAL_KEYS, ARRIVAL_VALUES, arrivals
from sim.indicators.conservation import ConservationError, conserve
from sim.indicators.definitions import COLUMNS, KEYS, VALUES, Column
from sim.indicators.savings import savings_split
from sim.indicators.table import measure

__all__ = [
    "ARRIVAL_KEYS", "ARRIVAL_VALUES", "COLUMNS", "KEYS", "VALUES", "Column", "ConservationError", "arrivals", "conserve", "measure",
    "savings_split",
]  # fmt: skip
