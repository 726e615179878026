"""The model format as types: what may be written where, in which quantity, and along which dimensions it may vary.

These classes are also the source of the published JSON Schema. They fix the structure of a file; what its numbers and names mean
together is checked in ``sim.model.checks``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from sim.model import units
from sim.model.structure import Spec
from sim.model.units import Quantity

NAME = r"^[a-z][a-z0-9_]*$"
RESERVED = frozenset({"all", "alle", "other", "rest", "none", "unlimited", "maatregelen"})  # words with a meaning of their own

GEBIED, AGE_GROUP, SITE, MONTH = "gebied", "age", "site", "month"
DIMS = (GEBIED, AGE_GROUP, SITE, MONTH)


@dataclass(frozen=True)
class Rule:
    """What a parameter in this field must be. ``neutral`` is its value where the field is not written; None: then there is no parameter."""

    quantity: Quantity
    dims: frozenset[str] = frozenset()
    neutral: float | None = None


def _rule(quantity: Quantity, *dims: str, neutral: float | None = None) -> Rule:
    return Rule(quantity, frozenset(dims), neutral)


CLASS = (GEBIED, AGE_GROUP, SITE)


def _no_reserved(name: str) -> str:
    if name.casefold() in RESERVED:
        raise PydanticCustomError("format_reserved", "the name {name} has a meaning of its own; choose another name", {"name": repr(name)})
    return name


def _says_something(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("format_empty", "the text says nothing; write text")
    return text


def _shape_of_param(value: Any) -> str | None:
    return "<written>" if isinstance(value, (dict, Spec)) else "<named>" if isinstance(value, str) else None


def _shape_of_stay(value: Any) -> str | None:
    return "<dist>" if isinstance(value, (dict, Spec)) else "<none>" if isinstance(value, str) else None


def _shape_of_places(value: Any) -> str | None:
    if isinstance(value, dict):
        return "<number>" if "number" in value and "fte" not in value and "caseload" not in value else "<fte>"
    if isinstance(value, Spec):
        return "<number>" if isinstance(value, NumberPlaces) else "<fte>"
    return "<unlimited>" if isinstance(value, str) else None


def _shape_of_band(value: Any) -> str | None:
    return "<relative>" if isinstance(value, (dict, Spec)) else "<absolute>" if isinstance(value, list) else None


def _real(value: Any) -> Any:
    """Whole numbers are numbers too; strict mode would keep True out and 290 in, but not a huge whole number."""
    return float(value) if type(value) is int else value


Name = Annotated[str, Field(pattern=NAME), AfterValidator(_no_reserved)]
Text = Annotated[str, Field(min_length=1), AfterValidator(_says_something)]
Number = Annotated[float, BeforeValidator(_real), Field(allow_inf_nan=False)]
Kind = Literal["reported", "derived", "assumption"]
Pair = Annotated[list[Number], Field(min_length=2, max_length=2)]


class Title(Spec):
    """A name to show, in Dutch and English."""

    nl: Text
    en: Text

    def text(self, lang: str = "nl") -> str:
        return self.en if lang == "en" else self.nl


class RelativeRange(Spec):
    """A band around each value: factors below and above 1."""

    relative: Pair


RangeSpec = Annotated[
    Annotated[RelativeRange, Tag("<relative>")] | Annotated[Pair, Tag("<absolute>")],
    Discriminator(
        _shape_of_band,
        custom_error_type="format_band",
        custom_error_message="the band is not a pair of numbers; write `range: [low, high]` or `range: {relative: [0.8, 1.25]}`",
    ),
]

_VALUE_SCHEMA = {
    "description": "A number; dates (first of a month) with numbers; or, with `by`, keys with either.",
    "anyOf": [
        {"type": "number"},
        {
            "type": "object",
            "additionalProperties": {"anyOf": [{"type": "number"}, {"type": "object", "additionalProperties": {"type": "number"}}]},
        },
    ],
}


class ParamSpec(Spec):
    """A number with its unit, how it is known, where it comes from, and its plausible band."""

    value: Annotated[Any, WithJsonSchema(_VALUE_SCHEMA)] = None
    interpolate: Literal["step", "linear"] = "step"
    by: Literal["age", "gebied", "site", "month"] | None = None
    table: Text | None = None
    column: Text | None = None
    unit: Text
    kind: Kind
    source: Text
    range: RangeSpec


Param = Annotated[
    Annotated[ParamSpec, Tag("<written>")] | Annotated[Text, Tag("<named>")],
    Discriminator(
        _shape_of_param,
        custom_error_type="format_param",
        custom_error_message=(
            "a bare value is not a parameter; "
            "write {value: ..., unit: ..., kind: ..., source: ..., range: ...}, or the name of a shared parameter"
        ),
    ),
]


class _Dist(Spec):
    scale: Annotated[Param | None, _rule(units.RATIO, *CLASS, neutral=1.0)] = None
    cap: Annotated[Param | None, _rule(units.DURATION, *CLASS, neutral=math.inf)] = None  # endless, so that a measure can set one


class Exponential(_Dist):
    """Memoryless durations."""

    distribution: Literal["exponential"]
    mean: Annotated[Param, _rule(units.DURATION, *CLASS)]


class Fixed(_Dist):
    """Always the same duration."""

    distribution: Literal["fixed"]
    mean: Annotated[Param, _rule(units.DURATION, *CLASS)]


class Lognormal(_Dist):
    """Skewed durations with the given mean and coefficient of variation."""

    distribution: Literal["lognormal"]
    mean: Annotated[Param, _rule(units.DURATION, *CLASS)]
    cv: Annotated[Param, _rule(units.RATIO, *CLASS)]


class ClassTable(Spec):
    """Shares of durations per class; ``upper`` bounds in ``unit``, the first class begins at 0."""

    upper: Annotated[list[Number], Field(min_length=1)]
    share: Annotated[list[Number], Field(min_length=1)]
    unit: Text
    kind: Kind
    source: Text
    range: RangeSpec


class Classes(_Dist):
    """Durations uniform within reported classes."""

    distribution: Literal["classes"]
    classes: ClassTable


Dist = Annotated[Exponential | Fixed | Lognormal | Classes, Field(discriminator="distribution")]
Stay = Annotated[
    Annotated[Dist, Tag("<dist>")] | Annotated[Literal["none"], Tag("<none>")],
    Discriminator(
        _shape_of_stay,
        custom_error_type="format_stay",
        custom_error_message="the stay is not a distribution; write `none` or {distribution: exponential, mean: ...}",
    ),
]


class Part(Spec):
    """A part of the chain, as reports show it."""

    title: Title


class Exit(Spec):
    """A way out of municipal care."""

    title: Title
    kind: Literal["done", "shifted", "gone", "lost"]


class Member(Spec):
    """One site and the gebieden it serves."""

    serves: Annotated[
        Annotated[list[Text], Tag("<list>")] | Annotated[Literal["*"], Tag("<all>")],
        Discriminator(
            lambda value: "<list>" if isinstance(value, list) else "<all>" if isinstance(value, str) else None,
            custom_error_type="format_serves",
            custom_error_message='what a site serves is not a list; write [gebied, ...] or "*"',
        ),
    ]


class SitesSpec(Spec):
    """Places where the same work is done, from a table or written out."""

    table: Text | None = None
    members: Annotated[dict[str, Member], Field(min_length=1)] | None = None
    weight: Annotated[Param | None, _rule(units.RATIO, SITE, neutral=1.0)] = None


class FtePlaces(Spec):
    """Places from staff: fte x caseload x (1 - vacancy) x (1 - sick leave), rounded."""

    fte: Annotated[Param, _rule(units.FTE, SITE)]
    caseload: Annotated[Param, _rule(units.CASELOAD, SITE)]
    vacancy: Annotated[Param | None, _rule(units.SHARE, SITE, neutral=0.0)] = None
    sick_leave: Annotated[Param | None, _rule(units.SHARE, SITE, neutral=0.0)] = None


class NumberPlaces(Spec):
    """A number of places."""

    number: Annotated[Param, _rule(units.PLACES, SITE)]


Places = Annotated[
    Annotated[FtePlaces, Tag("<fte>")] | Annotated[NumberPlaces, Tag("<number>")] | Annotated[Literal["unlimited"], Tag("<unlimited>")],
    Discriminator(
        _shape_of_places,
        custom_error_type="format_places",
        custom_error_message="the places are not a map; write {fte: ..., caseload: ...}, {number: ...} or `unlimited`",
    ),
]


class FteCost(Spec):
    """What staff costs, whether it is busy or not; vacant fte cost nothing."""

    per: Literal["fte"]
    price: Annotated[Param, _rule(units.FTE_PRICE, SITE)]
    index: Text | None = None
    hired_in: Annotated[Param | None, _rule(units.SHARE, SITE)] = None
    hired_in_price: Annotated[Param | None, _rule(units.FTE_PRICE, SITE)] = None


class PlaceCost(Spec):
    """What a place costs, whether it is taken or not."""

    per: Literal["place"]
    price: Annotated[Param, _rule(units.PLACE_PRICE, SITE)]
    index: Text | None = None


class Team(Spec):
    """Owner of places and of one waiting list; one per site where ``sites`` is given."""

    sites: Text | None = None
    places: Places
    supplementary_places: Annotated[Param | None, _rule(units.PLACES, SITE, neutral=0.0)] = None
    cost: Annotated[FteCost | PlaceCost, Field(discriminator="per")] | None = None


class Route(Spec):
    """A way on: to a node or an exit, for a share of those who leave."""

    to: Text
    share: Annotated[Param, _rule(units.SHARE, *CLASS)]
    keep: Literal["until_start", "until_end"] | None = None
    on_return: Literal["fresh", "remaining"] | None = None
    keeps_on: bool = False


Routes = Annotated[dict[Name, Route], Field(min_length=1)]


class NormSpec(Spec):
    """The longest wait that is right, and which clock counts it."""

    clock: Literal["to_start", "to_end"]
    within: Annotated[Param, _rule(units.NORM_TIME)]


class WarmStart(Spec):
    """Who is there on the start date."""

    in_care: Annotated[Param | None, _rule(units.PERSONS)] = None
    waiting: Annotated[Param | None, _rule(units.PERSONS)] = None
    elapsed_wait: Annotated[Param | None, _rule(units.ELAPSED)] = None
    gebied: Annotated[Param | None, _rule(units.RATIO, GEBIED)] = None
    age: Annotated[Param | None, _rule(units.RATIO, AGE_GROUP)] = None


class Node(Spec):
    """A step of care."""

    title: Title | None = None
    part: Text
    team: Text | None = None
    supply: Text | None = None
    stay: Stay
    interim: Dist | None = None
    patience: Dist | None = None
    urgency: Annotated[dict[str, Annotated[Param, _rule(units.SHARE, *CLASS)]], Field(min_length=1)] | None = None
    promote_after: Annotated[Param | None, _rule(units.DURATION, *CLASS)] = None
    age_limit: Annotated[Param | None, _rule(units.AGE, SITE)] = None
    price: Annotated[Param | None, _rule(units.CARE_PRICE, *CLASS)] = None
    index: Text | None = None
    contribution: Annotated[Param | None, _rule(units.CARE_PRICE, *CLASS)] = None
    norm: NormSpec | None = None
    warm_start: WarmStart | None = None
    routes: Routes
    renege: Routes | None = None
    aged_out: Routes | None = None
    interim_routes: Routes | None = None


class Stream(Spec):
    """Demand from outside: persons arriving at a node."""

    title: Title | None = None
    part: Text
    to: Text
    rate: Annotated[Param, _rule(units.RATE, GEBIED, AGE_GROUP)]
    gebied_factor: Annotated[Param | None, _rule(units.RATIO, GEBIED, neutral=1.0)] = None
    trend: Annotated[Param | None, _rule(units.RATIO, GEBIED, AGE_GROUP, neutral=1.0)] = None
    season: Annotated[Param | None, _rule(units.RATIO, MONTH, neutral=1.0)] = None


class Supply(Spec):
    """Units that come per month, each of which starts one waiting person, divided over nodes by share."""

    units: Annotated[Param, _rule(units.SUPPLY_UNITS)]
    shares: Annotated[dict[str, Annotated[Param, _rule(units.SHARE)]], Field(min_length=1)]


class Pool(Spec):
    """Nodes whose waiting lists may be taken together."""

    nodes: Annotated[list[Text], Field(min_length=1)]
    within: Literal["gebied"] | None = None
    merge: Annotated[Param | None, _rule(units.SWITCH, neutral=0.0)] = None
    inflow: Annotated[Param | None, _rule(units.SWITCH, neutral=0.0)] = None


class ModelSpec(Spec):
    """A model: the merged YAML files of its directory."""

    format: Literal[1]
    title: Title
    start: date
    until: date
    age_groups: Annotated[list[Text], Field(min_length=1)]
    gebieden: Annotated[list[Text], Field(min_length=1)]
    urgency: Annotated[list[Name], Field(min_length=1)]
    parts: Annotated[dict[Name, Part], Field(min_length=1)]
    exits: Annotated[dict[Name, Exit], Field(min_length=1)]
    population: Annotated[Param, _rule(units.PERSONS, GEBIED, AGE_GROUP)]
    parameters: dict[Name, ParamSpec] = Field(default_factory=dict)
    indices: dict[Name, Annotated[ParamSpec, _rule(units.RATIO)]] = Field(default_factory=dict)
    sites: dict[Name, SitesSpec] = Field(default_factory=dict)
    teams: dict[Name, Team] = Field(default_factory=dict)
    nodes: Annotated[dict[Name, Node], Field(min_length=1)]
    demand: dict[Name, Stream] = Field(default_factory=dict)
    supplies: dict[Name, Supply] = Field(default_factory=dict)
    pools: dict[Name, Pool] = Field(default_factory=dict)
