"""The reference of the files users write, from the types that read them."""

from __future__ import annotations

import re
import types
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.experiment.spec import StudySpec
from sim.model.spec import DIMS, ModelSpec, ParamSpec, Rule
from sim.scenario.spec import MeasureSpec, ScenarioSpec

HEAD = """\
# Files

Every key of a model, a measure, a scenario and a study, as the types say that read them. What the keys mean together is told by the
[model format](../model-format.md) and, for a study, by [studies](../studies.md). `zorgstroom schema` prints the same as JSON Schemas,
`zorgstroom validate` checks files against them and against each other.

*Parameter* is a [parameter](#parameter) written out, or the name of a shared one. **Bold** keys must be written; the others may be left
out, with the value shown. A parameter says its unit, and may vary by the dimensions named. Everything may be dated; what is read on the
start date only (warm start) ignores later dates.
"""
FILES: tuple[type[BaseModel], ...] = (ModelSpec, MeasureSpec, ScenarioSpec, StudySpec)
NAMES: dict[type[BaseModel], str] = {ParamSpec: "Parameter"}
PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false", date: "date", types.NoneType: ""}


@dataclass(frozen=True)
class Said:
    """A type in words, the parameter rule found in it, and the types of the project it names."""

    words: str
    rule: Rule | None = None
    named: tuple[type[BaseModel], ...] = ()


def page() -> str:
    """The text of docs/reference/files.md."""
    todo = list(FILES)
    text = [HEAD]
    seen: set[type[BaseModel]] = set()
    while todo:
        spec = todo.pop(0)
        if spec in seen:
            continue
        seen.add(spec)
        section, named = _section(spec)
        text.append(section)
        todo = [*dict.fromkeys(named), *todo]
    return "\n".join(text)


def name_of(spec: type[BaseModel]) -> str:
    """Heading of a type: its name in the code as words, without the ending it has there."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", spec.__name__.removesuffix("Spec"))
    return NAMES.get(spec, words.capitalize())


def _section(spec: type[BaseModel]) -> tuple[str, list[type[BaseModel]]]:
    lines = [f"## {name_of(spec)}", "", " ".join((spec.__doc__ or "").replace("``", "`").split()), ""]
    lines += ["| key | what | unit | varies by | otherwise |", "|---|---|---|---|---|"]
    named: list[type[BaseModel]] = []
    for key, field in spec.model_fields.items():
        said = _field(field)
        named += said.named
        units = ", ".join(said.rule.quantity.units) if said.rule else ""
        dims = ", ".join(dim for dim in DIMS if said.rule and dim in said.rule.dims)
        shown = f"**`{key}`**" if field.is_required() else f"`{key}`"
        lines.append(f"| {shown} | {said.words} | {units} | {dims} | {_otherwise(field, said.rule)} |")
    return "\n".join([*lines, ""]), named


def _otherwise(field: FieldInfo, rule: Rule | None) -> str:
    if field.is_required():
        return ""
    if rule is not None and rule.neutral is not None:
        return "endless" if rule.neutral == float("inf") else f"{rule.neutral:g}"
    default = field.get_default(call_default_factory=True)
    return "" if default is None or default in ({}, []) else f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _field(field: FieldInfo) -> Said:
    said = _say(field.annotation)
    rule = next((m for m in field.metadata if isinstance(m, Rule)), said.rule)
    return Said(said.words, rule, said.named)


def _say(annotation: Any) -> Said:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        inner = _say(arguments[0])
        return Said(inner.words, next((m for m in arguments[1:] if isinstance(m, Rule)), inner.rule), inner.named)
    if origin is Literal:
        return Said(" or ".join(f"`{value}`" for value in arguments))
    if origin in (Union, types.UnionType):
        return _together([_say(each) for each in arguments if each is not types.NoneType], arguments)
    if origin is list:
        inner = _say(arguments[0])
        return Said(f"list of {inner.words}", inner.rule, inner.named)
    if origin is dict:
        inner = _say(arguments[1])
        return Said(f"by name: {inner.words}", inner.rule, inner.named)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        name = name_of(annotation).lower()
        return Said(f"[{name}](#{name.replace(' ', '-')})", None, (annotation,))
    return Said(PLAIN.get(annotation, "number, dates with numbers, or keys with either"))


def _together(parts: list[Said], arguments: tuple[Any, ...]) -> Said:
    named = tuple(spec for part in parts for spec in part.named)
    rule = next((part.rule for part in parts if part.rule), None)
    if ParamSpec in named and any(part.words == "text" for part in parts):
        return Said("parameter", rule, named)
    return Said(" or ".join(dict.fromkeys(part.words for part in parts)), rule, named)
