"""What a report must know about a study beside its numbers: titles, dates, changes, assumptions, sources.

A ``StudyInfo`` is written as ``study.json`` beside ``indicators.parquet`` and ``arrivals.parquet``; together they are all a report is
made from.
"""

from __future__ import annotations

import json
import types
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from datetime import date
from typing import Any, Union, get_args, get_origin, get_type_hints

LANGUAGES = ("nl", "en")


@dataclass(frozen=True)
class Bilingual:
    """A text in Dutch and English; an empty one falls back on the other."""

    nl: str = ""
    en: str = ""

    def text(self, lang: str) -> str:
        return (self.nl or self.en) if lang == "nl" else (self.en or self.nl)


@dataclass(frozen=True)
class Change:
    """One dated difference between a scenario and the base model, as ``zorgstroom explain`` prints it.

    ``base`` is the value in the base model at ``start``; ``low``, ``mode`` and ``high`` are the effect (for ``multiply`` a ratio,
    for ``add`` and ``set`` in ``unit``), drawn from a triangular distribution.
    """

    path: str
    scope: str  # "" is everybody
    start: str  # ISO date
    ramp: int  # months to the full effect; 0 is at once
    op: str  # multiply | add | set
    low: float
    mode: float
    high: float
    unit: str
    evidence: str  # measured | reported | assumption
    source: str
    base: float | None = None
    measure: str = ""  # measure it belongs to; "" for a scenario's own delta
    until: str = ""  # ISO date, exclusive; "" has no end
    counter: bool = False  # a counter-effect


@dataclass(frozen=True)
class ScenarioInfo:
    """A scenario and ``changes``: every dated difference from the base model, in the order of ``zorgstroom explain``."""

    name: str
    title: Bilingual
    description: Bilingual = field(default_factory=Bilingual)
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class PartInfo:
    name: str
    title: Bilingual


@dataclass(frozen=True)
class NodeInfo:
    """``norm_weeks`` is None without a norm; ``norm_clock`` is ``to_start`` or ``to_end``."""

    name: str
    title: Bilingual
    part: str
    norm_weeks: float | None = None
    norm_clock: str = "to_start"


@dataclass(frozen=True)
class MeasureInfo:
    """``programme`` is the policy programme it belongs to; ``status`` is introduced, under_way or proposed."""

    name: str
    title: Bilingual
    programme: str = ""
    status: str = ""
    start: str = ""  # ISO date
    source: str = ""


@dataclass(frozen=True)
class Assumption:
    """A row of the assumption register; ``value`` and ``range`` are texts ("290", "0,16 / 0,22 / ...").

    ``steps``: the nodes whose working uses it directly; empty where all do (population) or none does.
    """

    path: str
    value: str
    unit: str
    kind: str  # reported | derived | assumption
    range: str
    source: str
    steps: tuple[str, ...] = ()


@dataclass(frozen=True)
class SenseCheck:
    """A reported figure beside the model's own, same definition and period."""

    place: Bilingual  # title of the part or node
    what: Bilingual  # what was counted, on which clock
    period: str
    unit: str
    reported: float
    model: float | None
    source: str
    at_most: bool = False  # only an upper bound was reported
    growth: bool = False  # a quantity over the same one at another time


@dataclass(frozen=True)
class Link:
    """A way people may go: from a node (empty: from outside the chain) to a node."""

    of: str
    to: str


@dataclass(frozen=True)
class Place:
    """Where a gebied stands on the tile map."""

    gebied: str
    column: int
    row: int


@dataclass(frozen=True)
class Budget:
    """Reported spending in euro in a year, with the band that holds the comparable figure; ``why`` says what the two do not share."""

    title: Bilingual
    period: str
    part: str  # of the chain, or ``alle``
    value: float
    low: float
    high: float
    source: str
    why: str = ""


@dataclass(frozen=True)
class Source:
    title: str
    licence: str = ""
    place: str = ""  # address or library place; shown as text


@dataclass(frozen=True)
class StudyInfo:
    """Everything of a study that is not a simulated number. Dates are ISO; ``until`` is exclusive.

    Replication k uses parameter draw ``k // seeds_per_draw``; with ``parameter_draws`` below 2 all effects stand at their mode
    and intervals show chance alone. ``headline_year`` is the year the first page speaks of (None: the last full year).
    """

    model_title: Bilingual
    start: str
    until: str
    baseline: str
    scenarios: tuple[ScenarioInfo, ...]  # the baseline among them
    parts: tuple[PartInfo, ...]
    nodes: tuple[NodeInfo, ...]
    gebieden: tuple[str, ...]
    ages: tuple[str, ...]
    replications: int
    parameter_draws: int
    seeds_per_draw: int
    seed: int
    engine: str
    package_version: str
    measures: tuple[MeasureInfo, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    sense_checks: tuple[SenseCheck, ...] = ()
    sources: tuple[Source, ...] = ()
    failed_cells: tuple[str, ...] = ()  # "scenario, replication k: error"
    inputs: tuple[tuple[str, str], ...] = ()  # (what, hash) of everything read
    stopping: Bilingual = field(default_factory=Bilingual)  # why replications stopped here, if a rule decided
    headline_year: int | None = None
    links: tuple[Link, ...] = ()
    leads: tuple[tuple[str, str], ...] = ()  # path of a stream, or of a route named after its end (naar_ambulant) -> node it leads to
    tiles: tuple[Place, ...] = ()
    budgets: tuple[Budget, ...] = ()
    fitted: bool = False  # parameters drawn from a fitted ensemble
    urgencies: tuple[str, ...] = ()  # most urgent first
    versions: tuple[tuple[str, str], ...] = ()  # of Python, zorgstroom and the libraries that shape a result

    def scenario(self, name: str) -> ScenarioInfo:
        for s in self.scenarios:
            if s.name == name:
                return s
        return ScenarioInfo(name, Bilingual(name, name))

    @property
    def compared(self) -> tuple[ScenarioInfo, ...]:
        """The scenarios beside the baseline, in the order asked for."""
        return tuple(s for s in self.scenarios if s.name != self.baseline)

    def full_years(self) -> tuple[int, ...]:
        """Calendar years wholly inside the study."""
        start, until = date.fromisoformat(self.start), date.fromisoformat(self.until)
        return tuple(y for y in range(start.year, until.year + 1) if date(y, 1, 1) >= start and date(y + 1, 1, 1) <= until)

    def to_json(self) -> str:
        """One JSON document, keys sorted, ending in a newline."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"

    @staticmethod
    def from_json(text: str) -> StudyInfo:
        """Inverse of ``to_json``; unknown keys are refused with a ``ValueError`` that names them."""
        info = _decode(StudyInfo, json.loads(text), "study")
        assert isinstance(info, StudyInfo)
        return info


def _decode(kind: Any, value: Any, where: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        if value is None:
            return None
        kind = next(k for k in get_args(kind) if k is not type(None))
        return _decode(kind, value, where)
    if origin is tuple:
        args = get_args(kind)
        if len(args) == 2 and args[1] is Ellipsis:
            return tuple(_decode(args[0], v, f"{where}[{i}]") for i, v in enumerate(value))
        return tuple(_decode(k, v, f"{where}[{i}]") for i, (k, v) in enumerate(zip(args, value, strict=True)))
    if kind is Bilingual and isinstance(value, str):  # a study of an earlier version, in one language
        return Bilingual(value, value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        unknown = sorted(set(value) - {f.name for f in fields(kind)})
        if unknown:
            raise ValueError(f"{where}: unknown keys {', '.join(unknown)}; known: {', '.join(f.name for f in fields(kind))}")
        return kind(**{k: _decode(hints[k], v, f"{where}.{k}") for k, v in value.items()})
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value
