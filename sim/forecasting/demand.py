"""The demand of a model as the simulator meets it: expected applications per stream, gebied, age group and month, and the care first
asked for.

The numbers come from ``sim.plan.demand.stream_rates``, the same function that lays demand out for the engines. There is one forecast, not
two.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sim.forecasting.series import F64
from sim.model import Model
from sim.model.spec import Title
from sim.plan.compile import month_starts
from sim.plan.demand import FACTORS, stream_rates
from sim.scenario import Resolved, Scenario, resolve

I32 = NDArray[np.int32]
WITHOUT_TREND = tuple(factor for factor in FACTORS if factor != "trend")


@dataclass(frozen=True)
class Product:
    """What is asked for first: the first step of care behind the doors, or an exit where a door sends people elsewhere."""

    name: str
    title: Title
    group: str  # part of the chain
    group_title: Title


@dataclass(frozen=True)
class Demand:
    """Expected demand of whole years. C cells (stream, gebied, age group) with any demand or any population, M months, L leaves (cell,
    product).

    ``exposure`` [C, M] is demand with the trend left out (population x rate x gebied factor x season), persons per month; ``expected``
    [C, M] holds the trend. ``leaf_share`` [L, M] divides a cell over its products and adds up to 1 per cell and month.
    """

    model: Model
    months: tuple[date, ...]
    streams: tuple[str, ...]
    products: tuple[Product, ...]
    stream: I32
    gebied: I32
    age: I32
    exposure: F64
    expected: F64
    leaf_cell: I32
    leaf_product: I32
    leaf_share: F64
    population: F64  # persons [gebied, age, M]

    @property
    def years(self) -> tuple[int, ...]:
        return tuple(sorted({day.year for day in self.months}))

    @property
    def days(self) -> F64:
        """Days [M] of each month."""
        return days_of(self.months)

    @property
    def year_of(self) -> I32:
        """Place of each month's year in ``years``."""
        return np.array([day.year - self.months[0].year for day in self.months], np.int32)

    def yearly(self, monthly: F64) -> F64:
        """Monthly [..., M] added up to years [..., T]."""
        starts = np.flatnonzero(np.diff(self.year_of, prepend=-1))
        return np.add.reduceat(monthly, starts, axis=-1)

    def cells(self, stream: str | None = None, gebied: str | None = None, age: str | None = None) -> NDArray[np.bool_]:
        """Which cells belong to a stream, gebied and age group; None is all of them."""
        kept = np.ones(len(self.stream), np.bool_)
        for name, names, column in (
            (stream, self.streams, self.stream),
            (gebied, self.model.gebieden, self.gebied),
            (age, self.model.age_groups, self.age),
        ):
            if name is not None:
                kept &= column == names.index(name)
        return kept

    def persons(self, gebied: str | None, age: str | None, year: int) -> float:
        """Inhabitants on 1 January; None is all of them."""
        month = (year - self.months[0].year) * 12
        rows = slice(None) if gebied is None else self.model.gebieden.index(gebied)
        columns = slice(None) if age is None else self.model.age_groups.index(age)
        return float(np.sum(self.population[rows, columns, month]))

    def scaled(self, factor: F64) -> Demand:
        """Exposure and expectation multiplied by ``factor`` [C, M]: another population."""
        return replace(self, exposure=self.exposure * factor, expected=self.expected * factor)


def days_of(months: Sequence[date]) -> F64:
    """Days [M] of each month."""
    return np.array([monthrange(day.year, day.month)[1] for day in months], np.float64)


def first_year(model: Model) -> int:
    """The first whole year of a model."""
    return model.start.year if model.start.month == 1 else model.start.year + 1


def model_demand(model: Model, scenario: Scenario | None = None, *, until_year: int, from_year: int | None = None) -> Demand:
    """The demand of ``model`` under ``scenario`` from its first whole year (or ``from_year``) to ``until_year`` (inclusive). Raises
    ``InputError``."""
    first = first_year(model) if from_year is None else from_year
    months = month_starts(date(first, 1, 1), date(until_year + 1, 1, 1))
    resolved = resolve(model, scenario, months)
    days = days_of(months)
    streams = tuple(sorted(model.spec.demand))
    with_trend = list(stream_rates(resolved))
    without = list(stream_rates(resolved, WITHOUT_TREND))
    kept = [
        (full, bare) for full, bare in zip(with_trend, without, strict=True) if float(bare.rate.max()) > 0 or float(full.rate.max()) > 0
    ]
    finder = _ProductFinder(resolved)
    cells, products, shares = [], [], []
    known: dict[str, int] = {}
    for c, (full, _) in enumerate(kept):
        for name, share in finder.first_asked(full.stream, full.gebied, full.age):
            cells.append(c)
            products.append(known.setdefault(name, len(known)))
            shares.append(share)
    return Demand(
        model=model,
        months=months,
        streams=streams,
        products=tuple(_product(model, name) for name in known),
        stream=np.array([streams.index(full.stream) for full, _ in kept], np.int32),
        gebied=np.array([full.gebied for full, _ in kept], np.int32),
        age=np.array([full.age for full, _ in kept], np.int32),
        exposure=np.stack([bare.rate for _, bare in kept]) * days if kept else np.zeros((0, len(months))),
        expected=np.stack([full.rate for full, _ in kept]) * days if kept else np.zeros((0, len(months))),
        leaf_cell=np.array(cells, np.int32),
        leaf_product=np.array(products, np.int32),
        leaf_share=np.stack(shares) if shares else np.zeros((0, len(months))),
        population=np.stack(
            [[resolved.value("population", gebied=gebied, age=age) for age in model.age_groups] for gebied in model.gebieden]
        ),
    )


def _product(model: Model, name: str) -> Product:
    if name in model.spec.nodes:
        node = model.spec.nodes[name]
        part = model.spec.parts[node.part]
        title = node.title or Title(nl=name, en=name)
        return Product(name, title, node.part, part.title)
    return Product(name, model.spec.exits[name].title, NO_CARE, NO_CARE_TITLE)


NO_CARE = "geen"
NO_CARE_TITLE = Title(nl="Zonder zorg van de gemeente", en="Without municipal care")


class _ProductFinder:
    """Follows people through the doors: nodes where nobody stays and no team works, which only divide."""

    def __init__(self, resolved: Resolved) -> None:
        self.resolved = resolved
        self.nodes = resolved.model.spec.nodes
        self._known: dict[tuple[str, int, int], dict[str, F64]] = {}

    def first_asked(self, stream: str, gebied: int, age: int) -> Iterator[tuple[str, F64]]:
        """(product, share [M]) of a stream's people of one gebied and age group, in order of name; shares add up to 1."""
        found = self._behind(self.resolved.model.spec.demand[stream].to, gebied, age)
        return ((name, found[name]) for name in sorted(found) if float(found[name].max()) > 0)

    def _behind(self, node: str, gebied: int, age: int) -> dict[str, F64]:
        key = (node, gebied, age)
        if key not in self._known:
            self._known[key] = self._divided(node, gebied, age)
        return self._known[key]

    def _divided(self, node: str, gebied: int, age: int) -> dict[str, F64]:
        whole = np.ones(len(self.resolved.months))
        spec = self.nodes.get(node)
        if spec is None or spec.stay != "none" or spec.team is not None or spec.supply is not None:
            return {node: whole}
        model = self.resolved.model
        where = {"gebied": model.gebieden[gebied], "age": model.age_groups[age]}
        shares = {name: self.resolved.value(f"nodes.{node}.routes.{name}.share", **where) for name in sorted(spec.routes)}
        total = np.sum(list(shares.values()), axis=0)
        found: dict[str, F64] = {}
        for name, share in shares.items():
            part = np.divide(share, total, out=np.zeros_like(whole), where=total > 0)  # shares are weights of a race
            if float(part.max()) <= 0:
                continue
            for product, inner in self._behind(spec.routes[name].to, gebied, age).items():
                found[product] = found.get(product, 0.0) + part * inner
        return found or {node: whole}


def titles_of(streams: Sequence[str], model: Model) -> dict[str, Title]:
    """Title of each stream."""
    return {name: model.spec.demand[name].title or Title(nl=name, en=name) for name in streams}
