"""The study: what to compare, over which years, how often; as types, as read, and as written."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError
from ruamel.yaml import YAML

from sim.engine import DEFAULT_ENGINE, ENGINES
from sim.errors import Fault, InputError, nearest_name
from sim.experiment.stopping import MOST_REPLICATIONS, SEEDS_PER_DRAW, least_replications
from sim.indicators.definitions import ALL, BY_NAME, SUM
from sim.model import Model
from sim.model.located import LocatedMap, mark_of
from sim.model.spec import Number, Text, Title
from sim.model.structure import Spec, read_structure
from sim.model.yaml_reader import read_yaml

STUDY_FILE = "study.yaml"
DEFAULT_BASELINE = "autonoom"
DEFAULT_REPLICATIONS = 8
_DEFAULT_TITLE = {"nl": "?", "en": "?"}


class PrecisionSpec(Spec):
    """Replications are added until the interval of the mean difference is so narrow, relative to that mean."""

    relative: Annotated[Number, Field(ge=0.0001, le=1)]
    indicator: Text = "cost"
    period: Annotated[int, Field(ge=1990, le=2100)] | None = None
    part: Text = ALL
    node: Text = ALL
    max_replications: Annotated[int, Field(ge=1)] = MOST_REPLICATIONS


class StudySpec(Spec):
    """A study: scenarios against a baseline on one model. What is left out is as in ``zorgstroom compare``."""

    title: Title | None = None
    model: Text | None = None
    scenarios: list[Text] = Field(default_factory=list)
    baseline: Text = DEFAULT_BASELINE
    each_measure: bool = False
    start: date | None = None
    until: date | None = None
    replications: Annotated[int, Field(ge=1)] | None = None
    precision: PrecisionSpec | None = None
    seed: Annotated[int, Field(ge=0)] = 1
    engine: Text = DEFAULT_ENGINE
    lang: Literal["nl", "en"] = "nl"


Mark = Callable[..., tuple[str, int | None, str]]  # file, line and field of a key of the study


def read_study_file(file: Path) -> tuple[StudySpec, Mark]:
    """The study in a YAML file, and where its keys are written. Raises ``InputError`` with every fault of its structure."""
    faults: list[Fault] = []
    root = read_yaml(file, faults)
    spec = read_structure(StudySpec, root, faults, {"title": _DEFAULT_TITLE}).spec if root is not None else None
    if spec is None or root is None or faults:
        raise InputError(faults)
    return spec, marks_in(root)


def marks_in(root: LocatedMap) -> Mark:
    """Where the keys of a study file are written."""

    def mark(*keys: str | int) -> tuple[str, int | None, str]:
        file, line = mark_of(root, keys)
        field = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).lstrip(".")
        return file, line, field

    return mark


def marks_of_options(*keys: str | int) -> tuple[str, int | None, str]:
    """The keys of a study asked for on the command line: the options."""
    names = {"relative": "precision", "scenarios": ""}
    name = next((str(key) for key in reversed(keys) if isinstance(key, str)), "")
    name = names.get(name, name)
    return "", None, f"--{name.replace('_', '-')}" if name else ""


def study_of_options(
    scenarios: list[str],
    *,
    precision: float | None = None,
    indicator: str = "cost",
    period: int | None = None,
    node: str = "alle",
    max_replications: int = MOST_REPLICATIONS,
    **more: Any,
) -> StudySpec:
    """The study that options ask for, in the form of a study file. Raises ``InputError`` naming the options that do not fit."""
    try:
        wanted = None
        if precision is not None:
            wanted = PrecisionSpec(relative=precision, indicator=indicator, period=period, node=node, max_replications=max_replications)
        return StudySpec(scenarios=scenarios, precision=wanted, **more)
    except ValidationError as error:
        raise InputError(
            Fault(f"{detail['input']!r} does not fit: {detail['msg']}", *marks_of_options(*detail["loc"])) for detail in error.errors()
        ) from None


def check_study(spec: StudySpec, model: Model, mark: Mark) -> None:
    """Raise ``InputError`` with everything in a study that does not fit the model or itself."""
    faults: list[Fault] = []

    def fault(keys: tuple[str | int, ...], what: str, mend: str, nearest: str | None = None) -> None:
        faults.append(Fault(what, *mark(*keys), nearest, mend))

    start, until = spec.start or model.start, spec.until or model.until
    if until <= start:
        fault(("until" if spec.until else "start",), f"the horizon {until} is not after the start {start}", "choose a later date")
    for key, day in (("start", start), ("until", until)):
        if day.day != 1:
            fault((key,), f"{day} is not the first of a month", f"write {day.replace(day=1)}")
    if spec.engine not in ENGINES:
        fault(("engine",), f"there is no engine {spec.engine!r}", f"choose {' or '.join(ENGINES)}", nearest_name(spec.engine, ENGINES))
    if spec.replications is not None and spec.precision is not None:
        fault(("precision",), "both a number of replications and a precision are given", "leave one of the two out")
    if spec.precision is not None:
        _check_precision(spec.precision, model, start, until, fault)
    if faults:
        raise InputError(faults)


def _check_precision(spec: PrecisionSpec, model: Model, start: date, until: date, fault: Callable[..., None]) -> None:
    column = BY_NAME.get(spec.indicator)
    if column is None:
        what = f"there is no indicator {spec.indicator!r}"
        fault(("precision", "indicator"), what, "see docs/indicators.md for all", nearest_name(spec.indicator, BY_NAME))
    elif spec.period is None and column.additive != SUM:
        what = f"{spec.indicator} does not add up over years, so it has no value over the whole run"
        fault(("precision", "indicator"), what, "name a year with `period`")
    if spec.period is not None and not start.year <= spec.period <= (until.year if until > date(until.year, 1, 1) else until.year - 1):
        fault(("precision", "period"), f"the year {spec.period} lies outside the study", f"choose a year from {start} up to {until}")
    names: tuple[tuple[str, str, Mapping[str, Any] | tuple[str, ...]], ...] = (
        ("part", spec.part, model.parts), ("node", spec.node, model.spec.nodes),
    )  # fmt: skip
    for key, name, known in names:
        if name != ALL and name not in known:
            fault(("precision", key), f"there is no {key} {name!r}", "see `zorgstroom list nodes`", nearest_name(name, known))
    least = least_replications()
    if spec.max_replications < least or spec.max_replications % SEEDS_PER_DRAW:
        what = f"a maximum of {spec.max_replications} replications cannot be met"
        mend = f"give an even number of {least} or more: replications come in pairs, and the rule needs {least} to stop"
        fault(("precision", "max_replications"), what, mend)


def study_text(spec: StudySpec) -> str:
    """A study as a file: every key in the order of the format, what is not set left out."""
    document = spec.model_dump(exclude_none=True)
    if not spec.scenarios:
        del document["scenarios"]
    stream = io.StringIO()
    writer = YAML(typ="rt")
    writer.default_flow_style = False
    writer.width = 10_000
    writer.dump(document, stream)
    return stream.getvalue()
