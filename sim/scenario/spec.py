"""The formats of measures and scenarios as types; also the source of their JSON Schemas."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from sim.model.spec import Number, ParamSpec, Text, Title
from sim.model.structure import Spec


def _shape_of_names(value: Any) -> str | None:
    return "<list>" if isinstance(value, list) else "<all>" if isinstance(value, str) else None


Names = Annotated[
    Annotated[list[Text], Field(min_length=1), Tag("<list>")] | Annotated[Literal["all"], Tag("<all>")],
    Discriminator(
        _shape_of_names,
        custom_error_type="format_scope",
        custom_error_message="the scope is neither `all` nor a list; write `all` or [name, ...]",
    ),
]
Ramp = Annotated[int, Field(ge=0, le=600)]


class ScopeSpec(Spec):
    """For whom an effect holds; what is not named is as at the measure, or everybody."""

    gebied: Names | None = None
    age: Names | None = None
    site: Names | None = None


class MeasureScopeSpec(ScopeSpec):
    """For whom a measure holds; gebied and age are always said."""

    gebied: Names
    age: Names


class EffectSpec(Spec):
    """A change of one parameter, or of all that match a path with `*`."""

    path: Text
    op: Literal["multiply", "add", "set"]
    low: Number
    mode: Number
    high: Number
    evidence: Literal["measured", "reported", "assumption"]
    source: Text
    start: date | None = None
    until: date | None = None
    ramp: Ramp | None = None
    scope: ScopeSpec | None = None


class DeltaSpec(EffectSpec):
    """A scenario's own difference: an effect with its own start."""

    start: date


class MeasureSpec(Spec):
    """A policy measure: what it changes, when, for whom, and what it costs."""

    title: Title
    description: Title
    source: Text
    programme: Text
    status: Literal["introduced", "under_way", "proposed"]
    start: date
    until: date | None = None
    ramp: Ramp = 0
    scope: MeasureScopeSpec
    effects: Annotated[list[EffectSpec], Field(min_length=1)]
    counter_effects: list[EffectSpec] = Field(default_factory=list)
    cost: ParamSpec | None = None


class ScenarioSpec(Spec):
    """A world to look at: measures, other scenarios, and own differences, added up."""

    title: Title
    description: Title
    extends: list[Text] = Field(default_factory=list)
    measures: list[Text] = Field(default_factory=list)
    deltas: list[DeltaSpec] = Field(default_factory=list)
