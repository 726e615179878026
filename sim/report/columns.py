"""How the report shows each indicator: its unit, scale and decimals. Names and definitions come from ``sim.indicators.definitions``."""

from __future__ import annotations

from dataclasses import dataclass

from sim.indicators.definitions import BY_NAME, COLUMNS
from sim.report.wording import known, say


@dataclass(frozen=True)
class Shown:
    """``unit`` is a key of the texts; values are divided by ``scale`` before ``decimals`` are kept."""

    unit: str
    scale: float = 1.0
    decimals: int = 0


PERSONS = Shown("persons")
WEEKS = Shown("weeks", decimals=1)
POINTS = Shown("points", scale=0.01, decimals=1)
MILLION = Shown("million", scale=1e6, decimals=1)
THOUSAND = Shown("thousand", scale=1e3, decimals=1)

SHOWN = {
    "in_care_avg": PERSONS,
    "clients_avg": PERSONS,
    "unique_clients": PERSONS,
    "waiting_end": PERSONS,
    "waiting_avg": PERSONS,
    "stock_avg": PERSONS,
    "person_weeks_waited": Shown("person_weeks"),
    "wait_mean": WEEKS,
    "wait_median": WEEKS,
    "wait_p90": WEEKS,
    "elapsed_mean": WEEKS,
    "within_norm": POINTS,
    "occupancy": POINTS,
    "offered_load": Shown("ratio", decimals=2),
    "places_avg": Shown("places", decimals=1),
    "starts": PERSONS,
    "inflow": PERSONS,
    "outflow": PERSONS,
}
COST_COLUMNS = frozenset({"cost", "cost_care", "cost_staff", "cost_measures", "contributions"})


def shown(column: str, largest_cost: float) -> Shown:
    """How to show a column; money in thousands where the whole study stays below two million a year."""
    if column in COST_COLUMNS:
        return MILLION if largest_cost >= 2e6 else THOUSAND
    return SHOWN.get(column, PERSONS)


def label(column: str, lang: str) -> str:
    """What the reader calls a column."""
    if column in BY_NAME:
        c = BY_NAME[column]
        return c.label_nl if lang == "nl" else c.label_en
    return known(lang, f"indicator.{column}", column)


def definitions(lang: str) -> list[tuple[str, str, str, str]]:
    """(name for the reader, what it means, unit, column): those of the report itself, then those of the indicator table."""
    own = [(label(k, lang), say(lang, f"definition.{k}"), unit_of(k), k) for k in ("clients_avg", "stock_avg")]
    dutch = lang == "nl"
    return own + [(x.label_nl if dutch else x.label_en, x.definition_nl if dutch else x.definition_en, x.unit, x.name) for x in COLUMNS]


def unit_of(column: str) -> str:
    """Unit of the stored values, in English as in the registry."""
    return BY_NAME[column].unit if column in BY_NAME else "persons"
