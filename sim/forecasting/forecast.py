"""The forecast: expected applications and sample paths per stream, product, gebied and age group, to any year.

The expected value is the simulator's own demand, or what counts or another forecast made of it. Around it lie sample paths: the factors
of ``noise`` and the chance of single arrivals. Everything shown is added up from the same cells, path by path, so totals are exact sums
of their parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import Fault, InputError
from sim.experiment.ensemble import ensemble_of
from sim.forecasting.demand import NO_CARE, Demand, first_year, model_demand, titles_of
from sim.forecasting.files import Figures, Key, read_external, read_history, read_population
from sim.forecasting.fitted import fitted_demand
from sim.forecasting.noise import Noise, StreamFacts, draw_noise, read_stream_facts
from sim.forecasting.refit import Refit, external_level, fit_history, from_external, population_factor
from sim.forecasting.series import F64, load_series
from sim.forecasting.trend import TrendPool, generator, load_method
from sim.model import Model
from sim.scenario import Scenario

LEVELS = ("stad", "gebied", "leeftijd", "cel")
KINDS = ("totaal", "groep", "product", "route")
BANDS = (0.5, 0.8, 0.95)
LAST_YEAR = 2060
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Row:
    """Applications of one group in one year: expected value, and ends of the bands of 50, 80 and 95 per cent of the paths."""

    kind: str
    name: str
    title_nl: str
    title_en: str
    gebied: str
    age: str
    year: int
    expected: float
    median: float
    bands: tuple[tuple[float, float], ...]
    observed: float | None = None
    external: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Forecast:
    """A forecast of L leaves (stream, product, gebied, age group), T years, N sample paths.

    ``demand`` holds the expected values per month, ``mean`` [L, T] per year, ``paths`` [L, N, T] counts. ``refits`` replaced the model's
    trend; ``noise`` holds the factors behind the paths; ``beside`` is a forecast made elsewhere, to look at. ``parameters``: ``posterior``
    where the demand is that of the fitted ensemble, ``base`` where it is the model's as written.
    """

    demand: Demand
    mean: F64
    paths: NDArray[np.int32]
    noise: Noise
    refits: tuple[Refit, ...]
    facts: Mapping[str, StreamFacts]
    population: tuple[tuple[Key, int, float], ...]
    beside: Figures | None
    notes: tuple[str, ...]
    scenario: str | None
    parameters: str

    @property
    def years(self) -> tuple[int, ...]:
        return self.demand.years

    @property
    def known_until(self) -> int:
        """The last year any source knows the demand of."""
        known = [fact.known_until for fact in self.facts.values()] + [refit.last for refit in self.refits if refit.trend is not None]
        return max(known, default=self.years[0])

    def groups(self, kind: str, level: str) -> list[tuple[str, str, str, NDArray[np.intp]]]:
        """(name, gebied, age, leaves) of every group shown at a level; together they hold every leaf once."""
        found: dict[tuple[str, str, str], list[int]] = {}
        demand = self.demand
        for leaf in range(len(demand.leaf_cell)):
            cell = int(demand.leaf_cell[leaf])
            product = demand.products[int(demand.leaf_product[leaf])]
            name = {
                "totaal": "totaal", "groep": product.group, "product": product.name, "route": demand.streams[int(demand.stream[cell])],
            }[kind]  # fmt: skip
            gebied = demand.model.gebieden[int(demand.gebied[cell])] if level in ("gebied", "cel") else "alle"
            age = demand.model.age_groups[int(demand.age[cell])] if level in ("leeftijd", "cel") else "alle"
            found.setdefault((name, gebied, age), []).append(leaf)
        return [(*key, np.array(found[key], np.intp)) for key in self._ordered(found)]

    def _ordered(self, keys: Mapping[tuple[str, str, str], object]) -> list[tuple[str, str, str]]:
        model = self.demand.model
        parts = [*model.parts, NO_CARE]
        place = {gebied: i for i, gebied in enumerate(model.gebieden)}
        ages = {age: i for i, age in enumerate(model.age_groups)}
        group = {product.name: product.group for product in self.demand.products}

        def order(key: tuple[str, str, str]) -> tuple[int, str, int, int]:
            part = group.get(key[0], key[0])
            return (parts.index(part) if part in parts else 0, key[0], place.get(key[1], -1), ages.get(key[2], -1))

        return sorted(keys, key=order)

    def total_paths(self, leaves: NDArray[np.intp]) -> NDArray[np.int64]:
        """Sample paths [N, T] of leaves together."""
        return np.asarray(self.paths[leaves].sum(axis=0, dtype=np.int64))

    def table(self, kind: str = "groep", level: str = "stad", from_year: int | None = None) -> Iterator[Row]:
        """Rows of a kind (totaal, groep, product, route) at a level (stad, gebied, leeftijd, cel), in order of group and year."""
        titles = self._titles(kind)
        for name, gebied, age, leaves in self.groups(kind, level):
            paths = self.total_paths(leaves)
            mean = self.mean[leaves].sum(axis=0)
            ends = [np.quantile(paths, [(1 - band) / 2, (1 + band) / 2], axis=0) for band in BANDS]
            median = np.median(paths, axis=0)
            for t, year in enumerate(self.years):
                if from_year is not None and year < from_year:
                    continue
                yield Row(
                    kind, name, *titles[name], gebied, age, year, float(mean[t]), float(median[t]),
                    tuple((float(low[t]), float(high[t])) for low, high in ends),
                    self._observed(kind, name, gebied, age, year), self._external(kind, name, gebied, age, year),
                )  # fmt: skip

    def _titles(self, kind: str) -> dict[str, tuple[str, str]]:
        if kind == "route":
            return {name: (title.nl, title.en) for name, title in titles_of(self.demand.streams, self.demand.model).items()}
        if kind == "product":
            return {p.name: (p.title.nl, p.title.en) for p in self.demand.products}
        if kind == "groep":
            return {p.group: (p.group_title.nl, p.group_title.en) for p in self.demand.products}
        return {"totaal": ("Alle aanmeldingen", "All applications")}

    def _observed(self, kind: str, name: str, gebied: str, age: str, year: int) -> float | None:
        if kind != "route":
            return None
        row = self.demand.cells(name, None if gebied == "alle" else gebied, None if age == "alle" else age)
        parts = [refit for refit in self.refits if refit.observed and not np.any(refit.cells & ~row)]
        if not parts or np.any(row & ~np.any([refit.cells for refit in parts], axis=0)):
            return None
        counted = [dict(refit.observed).get(year) for refit in parts]
        return None if None in counted else float(sum(value for value in counted if value is not None))

    def _external(self, kind: str, name: str, gebied: str, age: str, year: int) -> tuple[float, float, float] | None:
        if self.beside is None or kind != "route":
            return None
        wanted = Key(name, None if gebied == "alle" else gebied, None if age == "alle" else age)
        figures = self.beside.by_key().get(wanted)
        return external_level(self.demand, wanted, figures).get(year) if figures else None


def forecast(
    model: Model,
    scenario: Scenario | None = None,
    *,
    to: int = 2035,
    history: Path | str | None = None,
    population: Path | str | None = None,
    external: Path | str | None = None,
    external_as: str = "beside",
    parameters: str | None = None,
    paths: int = 1000,
    seed: int = 1,
    progress: Progress | None = None,
) -> Forecast:
    """Forecast the demand of ``model`` under ``scenario`` (None: as it is) up to and with the year ``to``.

    ``history`` is a CSV of counted applications, ``population`` of a projection, ``external`` of a forecast made elsewhere, which is laid
    ``beside`` or may ``replace`` ours; see docs/forecast.md for the files. ``parameters``: the demand of the fitted ensemble
    (``posterior``, the default where the model has one) or as written (``base``). Raises ``InputError``.
    """
    _check(model, to, external, external_as)
    faults: list[Fault] = []
    counted = _read(read_history, history, model, faults)
    people = _read(read_population, population, model, faults)
    other = _read(read_external, external, model, faults)
    if counted is not None and other is not None and external_as == "replace":
        both = sorted({str(key.stream) for key in counted.by_key()} & {str(key.stream) for key in other.by_key()})
        faults += [
            Fault(f"{name} is in the history and is to be replaced", field="--external", mend="leave it out of one of the files")
            for name in both
        ]
    try:
        ensemble = ensemble_of(model, parameters)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(faults)
    first = first_year(model)
    if counted is not None:
        first = min(first, min(figure.year for figure in counted.figures))
    demand = model_demand(model, scenario, until_year=to, from_year=first)
    fitted = None if ensemble is None else fitted_demand(demand, scenario, ensemble)
    if fitted is not None:
        demand = demand.scaled(fitted.factor)
    changes: tuple[tuple[Key, int, float], ...] = ()
    if people is not None:
        factor, changes = population_factor(demand, people)
        demand = demand.scaled(factor)
    facts, method = read_stream_facts(model), load_method()
    shipped = load_series()
    refits: list[Refit] = []
    if counted is not None:
        refits += fit_history(demand, counted, shipped, {name: fact.topic for name, fact in facts.items()}, method)
    if other is not None and external_as == "replace":
        refits += from_external(demand, other)
    demand = _refitted(demand, refits)
    pool = TrendPool([each for each in shipped if len(each) >= 2], method)
    topics = pool.topics(max(pool.times))
    noise = draw_noise(demand, refits, topics, facts, shipped, method, paths, seed, fitted)
    mean = demand.yearly(demand.expected[demand.leaf_cell] * demand.leaf_share)
    drawn = _draw(demand, mean, noise, refits, paths, seed, progress)
    notes = tuple(note for read in (counted, people, other) if read is not None for note in read.left_out)
    beside = other if external_as == "beside" else None
    return Forecast(
        demand,
        mean,
        drawn,
        noise,
        tuple(refits),
        facts,
        changes,
        beside,
        notes,
        scenario.name if scenario else None,
        "base" if ensemble is None else "posterior",
    )


def _check(model: Model, to: int, external: Path | str | None, external_as: str) -> None:
    faults = []
    if not first_year(model) <= to <= LAST_YEAR:
        faults.append(Fault(f"cannot forecast to {to}", field="--to", mend=f"choose a year from {first_year(model)} to {LAST_YEAR}"))
    if external_as not in ("beside", "replace"):
        faults.append(Fault(f"there is no {external_as!r}", field="--external-as", mend="choose beside or replace"))
    if external is None and external_as == "replace":
        faults.append(Fault("there is no forecast to replace ours with", field="--external-as", mend="name the file with --external"))
    if faults:
        raise InputError(faults)


def _read(reader: Callable[[Path, Model], Figures], file: Path | str | None, model: Model, faults: list[Fault]) -> Figures | None:
    if file is None:
        return None
    try:
        return reader(Path(file), model)
    except InputError as error:
        faults.extend(error.faults)
        return None


def _refitted(demand: Demand, refits: list[Refit]) -> Demand:
    expected = demand.expected.copy()
    for refit in refits:
        expected[refit.cells] *= refit.factor[demand.year_of]
    return replace(demand, expected=expected)


def _draw(
    demand: Demand, mean: F64, noise: Noise, refits: list[Refit], paths: int, seed: int, progress: Progress | None
) -> NDArray[np.int32]:
    """Counts [L, N, T]: Poisson around the expected value times all factors. The factors of a cell are brought to a mean of 1 over the
    paths.

    A gebied factor within a refitted key only moves people between gebieden: the count of the key is known.
    """
    cells = len(demand.stream)
    yearly = demand.yearly(demand.expected)
    refit_of = np.full(cells, -1)
    for r, refit in enumerate(refits):
        refit_of[refit.cells] = r
    whole: dict[int, F64] = {}
    for r, refit in enumerate(refits):
        inside = np.flatnonzero(refit.cells)
        moved = sum(
            yearly[c] * noise.gebied[demand.streams[demand.stream[c]], int(demand.gebied[c])][:, None] for c in inside
        )  # fmt: skip
        total = yearly[inside].sum(axis=0)
        whole[r] = np.divide(moved, total, out=np.ones((paths, len(demand.years))), where=total > 0)
    drawn = np.empty((len(demand.leaf_cell), paths, len(demand.years)), np.int32)
    leaves_of = [np.flatnonzero(demand.leaf_cell == c) for c in range(cells)]
    for s, name in enumerate(demand.streams):
        random = generator(seed, f"arrivals:{name}")
        for c in np.flatnonzero(demand.stream == s):
            gebied, age, r = int(demand.gebied[c]), int(demand.age[c]), int(refit_of[c])
            factor = noise.population[:, gebied] * noise.age[:, age] * noise.gebied[name, gebied][:, None]
            factor = factor * (noise.streams[name] if r < 0 else noise.refits[r] / whole[r])
            factor = factor / factor.mean(axis=0)
            for leaf in leaves_of[c]:
                drawn[leaf] = random.poisson(mean[leaf] * factor)
        if progress is not None:
            progress(s + 1, len(demand.streams), name)
    return drawn
