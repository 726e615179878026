"""What is asked: which measures may be chosen, the saving and the year, the norms that must hold, and how it is simulated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from sim.errors import Fault, InputError, listing, nearest_name
from sim.experiment.cells import Work
from sim.experiment.ensemble import Ensemble
from sim.experiment.record import code_digest
from sim.indicators.definitions import ALL
from sim.model import Model
from sim.scenario import Library, Measure, Scenario, load_measure, load_scenario
from sim.scenario.check import check_effects, clashing

NO_NORM = "geen"
DEFAULT_NORM = f"{ALL}=-0.10"
NOTHING = -1  # stands for the baseline itself, without even what must be in; no package has this number


@dataclass(frozen=True)
class Norm:
    """Of those who arrive at ``node`` in the year, at least a share must be helped within the norm of the node.

    ``share`` is that share or, where ``relative``, how much it may differ from the share in the baseline (-0.1: ten points lower).
    """

    node: str
    share: float
    relative: bool

    def __str__(self) -> str:
        return f"{self.node}={self.share:+g}" if self.relative else f"{self.node}={self.share:g}"


@dataclass(frozen=True, eq=False)
class Question:
    """Packages are sets of ``choices`` (bit i of a mask: the i-th), always with ``must``, on top of ``baseline``.

    A package reaches the goal in a replication when it saves at least ``saving`` euro in ``year`` and every norm holds.
    """

    model: Model
    baseline: Scenario
    choices: tuple[Measure, ...]
    must: tuple[Measure, ...]
    clashes: tuple[tuple[int, int], ...]  # pairs of choices that do not go together
    saving: float
    year: int
    norms: tuple[Norm, ...]
    certainty: float
    seed: int = 1
    engine: str = "numba"
    ensemble: Ensemble | None = None
    size: float = 1.0
    whole_fits: bool = True  # all measures together fit the model, so every part of them does
    notes: tuple[str, ...] = ()

    @cached_property
    def until(self) -> date:
        """The runs go on after the year until the longest norm of its last arrivals has passed, whichever norms are asked for."""
        longest = max((self._norm_days(node) for node in nodes_with_norm(self.model)), default=0.0)
        months = math.ceil(longest / 30.4)
        return date(self.year + 1 + months // 12, months % 12 + 1, 1)

    def _norm_days(self, node: str) -> float:
        within = self.model.parameters[f"nodes.{node}.norm.within"]
        return max(value for series in within.values.values() for value in series.values)

    @cached_property
    def work(self) -> Work:
        return Work(self.model, self.model.start, self.until, self.seed, self.engine, code_digest(), self.ensemble)

    def measures(self, mask: int) -> tuple[Measure, ...]:
        """The measures of a package beyond the baseline."""
        if mask == NOTHING:
            return ()
        chosen = [measure for i, measure in enumerate(self.choices) if mask >> i & 1]
        return tuple(sorted((*self.must, *chosen), key=lambda measure: measure.name))

    def names(self, mask: int) -> tuple[str, ...]:
        return tuple(measure.name for measure in self.measures(mask))

    def scenario(self, mask: int) -> Scenario:
        """The world of a package. Raises ``InputError`` where its measures together do not fit the model."""
        measures = sorted((*self.baseline.measures, *self.measures(mask)), key=lambda measure: measure.name)
        world = replace(self.baseline, measures=tuple(measures), fits=self.model.digest())
        if not self.whole_fits:
            faults: list[Fault] = []
            check_effects(self.model, world.effects, faults)
            if faults:
                raise InputError(faults)
        return world


def ask(
    model: Model,
    library: Library,
    *,
    saving: float,
    year: int,
    norms: Sequence[str] = (DEFAULT_NORM,),
    exclude: Sequence[str] = (),
    must: Sequence[str] = (),
    baseline: str = "huidig-beleid",
    certainty: float = 0.8,
    seed: int = 1,
    engine: str = "numba",
    ensemble: Ensemble | None = None,
    size: float = 1.0,
) -> Question:
    """The question in these words. Raises ``InputError`` with every fault: names, norms, years, measures that do not go together."""
    faults: list[Fault] = []
    if not (math.isfinite(saving) and saving > 0):
        faults.append(Fault(f"a saving of {saving:g} euro is none", field="--saving", mend="give euro per year, such as 40e6"))
    last = last_year(model)
    if not model.start.year < year <= last:
        what = f"the model runs from {model.start} to {model.until}, which does not hold {year} and a year before it"
        faults.append(Fault(what, field="--year", mend=f"choose from {model.start.year + 1} to {last}"))
    if not 0 < certainty < 1:
        faults.append(Fault(f"a certainty of {certainty:g} is not between 0 and 1", field="--certainty", mend="write 0.8 for 80 per cent"))
    read = read_norms(norms, model, faults)
    world = _baseline(baseline, library, model, faults)
    held = {measure.name for measure in world.measures} if world else set()
    for field, names in (("--exclude", exclude), ("--must", must)):
        for name in dict.fromkeys(names):
            if name not in library.measures:
                mend = "see `zorgstroom list measures`"
                faults.append(Fault(f"there is no measure {name!r}", field=field, nearest=nearest_name(name, library.measures), mend=mend))
            elif field == "--exclude" and name in held:
                mend = "choose a --baseline without it to see a world that never had it"
                faults.append(Fault(f"{name} is part of the baseline {baseline} and stays in every package", field=field, mend=mend))
    both = sorted(set(exclude) & set(must))
    faults += [Fault(f"{name} is both excluded and a must", field="--must", mend="leave one of the two out") for name in both]
    if faults or world is None:
        raise InputError(faults)
    measures = [load_measure(library.measure_file(name), model) for name in library.measures if name not in held and name not in exclude]
    notes = [f"{name} is in the baseline {baseline} already" for name in must if name in held]
    late = [m for m in measures if m.start.year > year]
    notes += [f"{m.name} begins on {m.start}, after {year}, and was left out" for m in late]
    faults += [
        Fault(f"{m.name} begins on {m.start} and can do nothing in {year}", field="--must", mend="choose a later --year")
        for m in late if m.name in must
    ]  # fmt: skip
    fixed = tuple(m for m in measures if m.name in must and m not in late)
    choices, more = _possible([m for m in measures if m not in late and m not in fixed], fixed, world, model, faults)
    if not choices and not fixed and not faults:
        mend = "exclude fewer measures, or choose another baseline"
        faults.append(Fault("no measure is left to choose from", field="--exclude", mend=mend))
    if faults:
        raise InputError(faults)
    everything = [*world.effects, *(effect for measure in (*fixed, *choices) for effect in measure.effects)]
    clashes = clashing(model, [effect for measure in choices for effect in measure.effects])
    place = {measure.name: i for i, measure in enumerate(choices)}
    pairs = tuple(sorted((place[one], place[two]) for one, two in (sorted(pair, key=lambda n: place[n]) for pair in clashes)))
    whole: list[Fault] = []
    check_effects(model, everything, whole)
    return Question(
        model, world, choices, fixed, pairs, saving, year, read, certainty, seed, engine, ensemble, size, not whole, (*notes, *more)
    )


def _baseline(name: str, library: Library, model: Model, faults: list[Fault]) -> Scenario | None:
    try:
        return load_scenario(name, library, model)
    except InputError as error:
        faults += [fault if fault.file else replace(fault, field="--baseline") for fault in error.faults]
        return None


def read_norms(texts: Sequence[str], model: Model, faults: list[Fault]) -> tuple[Norm, ...]:
    """Norms as written: ``NODE=SHARE``, signed where it counts from the baseline; ``alle`` for all nodes that have one; later ones win."""
    known = nodes_with_norm(model)
    found: dict[str, Norm] = {}
    for text in texts:
        if text.strip() == NO_NORM:
            found.clear()
            continue
        node, _, amount = (part.strip() for part in text.partition("="))
        share = _share(amount)
        if share is None:
            mend = "write NODE=0.9 (a share), NODE=-0.05 (at most five points below the baseline), or alle=... for all nodes"
            faults.append(Fault(f"{text!r} is no norm", field="--norm", mend=f"{mend}; {NO_NORM} for none"))
        elif node != ALL and node not in known:
            what = f"{node!r} has no norm" if node in model.spec.nodes else f"there is no node {node!r}"
            mend = f"choose from {listing([ALL, *known], 30)}"
            faults.append(Fault(what, field="--norm", nearest=nearest_name(node, known), mend=mend))
        else:
            relative = amount[:1] in "+-"
            for name in known if node == ALL else [node]:
                found[name] = Norm(name, share, relative)
    return tuple(found[name] for name in known if name in found)


def last_year(model: Model) -> int:
    """The last whole year that the model holds."""
    return model.until.year - 1


def nodes_with_norm(model: Model) -> list[str]:
    return [name for name in model.spec.nodes if f"nodes.{name}.norm.within" in model.parameters]


def _share(text: str) -> float | None:
    try:
        value = float(text[:-1].replace(",", ".")) / 100 if text.endswith("%") else float(text.replace(",", "."))
    except ValueError:
        return None
    return value if (-1 <= value <= 1 if text[:1] in "+-" else 0 <= value <= 1) else None


def _possible(
    measures: Sequence[Measure], fixed: Sequence[Measure], world: Scenario, model: Model, faults: list[Fault]
) -> tuple[tuple[Measure, ...], list[str]]:
    """Those that go together with the baseline and what must be in; a clash among the latter is a fault."""
    background = [*world.effects, *(effect for measure in fixed for effect in measure.effects)]
    always = {measure.name for measure in fixed}
    for one, two in sorted(tuple(sorted(pair)) for pair in clashing(model, background)):
        if {one, two} & always:
            mend = "take one of the two"
            faults.append(Fault(f"{one} and {two} do not go together: they change one parameter in two ways", field="--must", mend=mend))
    kept, notes = [], []
    for measure in measures:
        against = sorted(other for pair in clashing(model, [*background, *measure.effects]) if measure.name in pair
                         for other in pair if other != measure.name)  # fmt: skip
        if against:
            notes.append(f"{measure.name} does not go together with {listing(against)} and was left out")
        else:
            kept.append(measure)
    return tuple(kept), notes
