"""Measures and scenarios as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date

from sim.model.parameter import Band, Series, month_number, triangular
from sim.model.spec import Title

Names = tuple[str, ...] | None  # None: all


@dataclass(frozen=True)
class Scope:
    """For whom an effect holds: names per dimension, sorted; None is everybody."""

    gebied: Names = None
    age: Names = None
    site: Names = None

    def overlaps(self, other: Scope) -> bool:
        """Whether somebody can be in both."""
        pairs = ((self.gebied, other.gebied), (self.age, other.age), (self.site, other.site))
        return all(one is None or two is None or set(one) & set(two) for one, two in pairs)

    def __str__(self) -> str:
        named = ((dim, names) for dim, names in (("gebied", self.gebied), ("age", self.age), ("site", self.site)) if names is not None)
        return "; ".join(f"{dim}: {', '.join(names)}" for dim, names in named) or "all"


@dataclass(frozen=True)
class Effect:
    """A change of the parameters that match ``path``; amounts in the unit the parameter is written in (factors for ``multiply``).

    ``measure`` is the name of the measure, or of the scenario for a delta. From ``start`` (first of a month) it grows in ``ramp`` equal
    monthly steps to its full size, and it is gone from ``until`` on.
    """

    measure: str
    path: str
    op: str
    low: float
    mode: float
    high: float
    evidence: str
    source: str
    scope: Scope
    start: date
    until: date | None
    ramp: int
    role: str  # effect, counter_effect or delta
    file: str
    line: int
    field: str
    marks: Mapping[str, tuple[str, int]] = dataclass_field(default_factory=dict, repr=False, compare=False)  # key -> (field, line)
    sound: bool = dataclass_field(default=True, repr=False, compare=False)  # a broken one is there to be checked, never to act

    def mark(self, key: str) -> tuple[str, int, str]:
        """File, line and field of one of its keys; of its measure where it inherits the key."""
        field, line = self.marks.get(key, (self.field, self.line))
        return self.file, line, field

    def quantile(self, u: float) -> float:
        """The amount at probability ``u`` of the triangular distribution (low, mode, high)."""
        return triangular(u, self.low, self.mode, self.high)

    @property
    def begins(self) -> int:
        """Month number of its first month."""
        return month_number(self.start.year, self.start.month)

    @property
    def ends(self) -> int | None:
        """Month number of the first month without it."""
        return None if self.until is None else month_number(self.until.year, self.until.month)

    def meets(self, other: Effect) -> bool:
        """Whether both can act on the same person in the same month."""
        apart = (self.ends is not None and self.ends <= other.begins) or (other.ends is not None and other.ends <= self.begins)
        return not apart and self.scope.overlaps(other.scope)

    @property
    def order(self) -> tuple[object, ...]:
        """Sorting key: results do not depend on the order in which files are read."""
        until = date.max if self.until is None else self.until
        return (
            self.measure,
            self.role,
            self.path,
            self.start,
            until,
            self.op,
            str(self.scope),
            self.low,
            self.mode,
            self.high,
            self.ramp,
            self.source,
        )


@dataclass(frozen=True)
class MeasureCost:
    """What a measure itself costs: euro per year, or euro in its first month when ``once``."""

    amount: Series
    once: bool
    kind: str
    source: str
    range: Band


@dataclass(frozen=True)
class Measure:
    """One policy measure; ``effects`` holds what it is meant to do and, marked by their role, its counter-effects."""

    name: str
    title: Title
    description: Title
    source: str
    programme: str
    status: str
    start: date
    until: date | None
    ramp: int
    scope: Scope
    effects: tuple[Effect, ...]
    cost: MeasureCost | None
    file: str


@dataclass(frozen=True)
class Scenario:
    """A scenario with all it extends, flattened: each measure once, sorted by name, and all deltas."""

    name: str
    title: Title
    description: Title
    measures: tuple[Measure, ...]
    deltas: tuple[Effect, ...]
    extends: tuple[str, ...]
    file: str
    files: Mapping[str, str] = dataclass_field(repr=False, hash=False)  # every file it was read from -> SHA-256
    fits: str | None = dataclass_field(default=None, repr=False, compare=False)  # digest of the model it was checked against

    @property
    def effects(self) -> tuple[Effect, ...]:
        """All effects, in an order that does not depend on how the files list them."""
        return sorted_effects([*(effect for measure in self.measures for effect in measure.effects), *self.deltas])


def sorted_effects(effects: Iterable[Effect]) -> tuple[Effect, ...]:
    return tuple(sorted(effects, key=lambda effect: effect.order))
