"""One reported figure: what exactly was counted, where and when, how sure it is, and what it is used for."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import Annotated, Literal

from pydantic import Field

from sim.experiment.reported.definitions import COUNTABLE, Scale
from sim.model.spec import Title
from sim.model.structure import Spec

ALL = "alle"
OUTSIDE_IN_FILE = "buiten"

Text = Annotated[str, Field(min_length=1)]
Number = Annotated[float, Field(strict=False)]
PERIOD = {"year": r"(\d{4})", "quarter": r"(\d{4})-Q([1-4])", "month": r"(\d{4})-(0[1-9]|1[0-2])"}
MONTHS = {"year": 12, "quarter": 3, "month": 1}


class Over(Spec):
    """What an indicator is divided by; a missing key is as in the target, gebied and age are everybody."""

    indicator: Text | list[Text]
    nodes: list[Text] = Field(default_factory=list)
    part: Text | None = None
    period: Text | None = None
    period_kind: Literal["year", "quarter", "month"] | None = None


class Target(Spec):
    """One reported figure and how the model counts it.

    ``fall_since``: the figure is by how much the indicator is lower than in that earlier period of the same kind (below zero: it rose).
    ``band`` holds the true figure with probability ``level``; on ``scale`` its error is taken as normal, centred on ``value``. ``use``:
    ``fit`` figures inform the calibration, ``holdout`` ones never do and are predicted, ``shown`` ones only stand beside the model.
    """

    id: Text
    title: Title
    counts: Text
    indicator: Text
    clock: Literal["to_start", "to_end"] | None = None
    nodes: list[Text] = Field(default_factory=list)
    part: Text | None = None
    from_nodes: list[Text] = Field(default_factory=list)
    minus: list[Text] = Field(default_factory=list)
    between: Annotated[list[Number | None], Field(min_length=2, max_length=2)] | None = None
    complement: bool = False
    gebied: Text | list[Text] = ALL
    age: Text = ALL
    period_kind: Literal["year", "quarter", "month"]
    period: Text
    over: Over | None = None
    fall_since: Text | None = None
    value: Number
    unit: Text
    bound: Literal["upper"] | None = None
    band: Annotated[list[Number], Field(min_length=2, max_length=2)]
    level: Number
    scale: Scale
    band_reason: Text
    source: Text
    use: Literal["fit", "holdout", "shown"]
    note: str = ""

    @property
    def required(self) -> bool:
        """Whether the model is held to this figure."""
        return self.use != "shown"

    @property
    def growth(self) -> bool:
        """Whether the figure is a quantity over the same one at another time: above 1 it grows, below it shrinks."""
        return self.over is not None and self.unit == "ratio"

    @property
    def extensive(self) -> bool:
        """Whether the figure grows with the size of the city, so that a model of a fifth of it counts a fifth."""
        return self.over is None and COUNTABLE[self.indicator].extensive

    @property
    def periods(self) -> set[tuple[str, str]]:
        """(kind, period) of all that is counted for the figure."""
        found: set[tuple[str, str]] = {(self.period_kind, self.period)}
        if self.over is not None:
            found.add((self.over.period_kind or self.period_kind, self.over.period or self.period))
        if self.fall_since is not None:
            found.add((self.period_kind, self.fall_since))
        return found

    @property
    def first_day(self) -> date:
        """The first day of the period the figure is about."""
        return first_day(self.period_kind, self.period)

    @property
    def until_day(self) -> date:
        """The day after its last: a figure is known from here on, whatever was later."""
        return until_day(self.period_kind, self.period)

    @property
    def error(self) -> float:
        """Standard deviation of the figure on its scale: half the width of the band over the normal quantile of its level."""
        low, high = (transform(self.scale, x) for x in self.band)
        return (high - low) / (2 * NormalDist().inv_cdf((1 + self.level) / 2))


class TargetFile(Spec):
    """A list of reported figures. ``groups`` are names for lists of nodes that figures have in common."""

    groups: dict[Text, list[Text]] = Field(default_factory=dict)
    targets: list[Target]


@dataclass(frozen=True)
class Comparison:
    """A reported figure beside the model's. ``model`` is None where the run does not cover the period or cannot count it."""

    target: Target
    model: float | None

    @property
    def ratio(self) -> float | None:
        """Model over reported."""
        return None if self.model is None or not self.target.value else self.model / self.target.value

    def within(self, tolerance: float) -> bool | None:
        """Whether the model is within ``tolerance`` (a share) of the figure, or under it where only an upper bound was reported."""
        if self.model is None:
            return None
        if self.target.bound == "upper":
            return self.model <= self.target.value
        return abs(self.model - self.target.value) <= tolerance * abs(self.target.value)


def transform(scale: Scale, x: float) -> float:
    """``x`` on the scale on which errors are normal; NaN outside its domain."""
    if scale == "log":
        return math.log(x) if x > 0 else math.nan
    if scale == "logit":
        return math.log(x / (1 - x)) if 0 < x < 1 else math.nan
    return x


def first_day(kind: str, period: str) -> date:
    """The first day of ``2022``, ``2022-Q4`` or ``2022-03``. Raises ``ValueError`` for what is none of these."""
    found = re.fullmatch(PERIOD[kind], period)
    if found is None or found[1] == "0000":
        raise ValueError(f"{period!r} is not a {kind}")
    return date(int(found[1]), 1 if kind == "year" else 1 + (int(found[2]) - 1) * MONTHS[kind], 1)


def until_day(kind: str, period: str) -> date:
    """The first day after the period."""
    first = first_day(kind, period)
    month = first.month - 1 + MONTHS[kind]
    return date(first.year + month // 12, month % 12 + 1, 1)


def figures_until(targets: Sequence[Target], day: date) -> tuple[Target, ...]:
    """The figures whose period has ended by ``day`` (what was known then)."""
    return tuple(t for t in targets if all(until_day(kind, period) <= day for kind, period in t.periods))
