"""A study: scenarios x replications on one model, run cell by cell, gathered in one table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from sim.draws.keyed import replication_seed
from sim.errors import ZorgstroomError
from sim.experiment.cells import Cell, CellJob, Outcome, Work, cell_name, plan_key
from sim.experiment.ensemble import Ensemble
from sim.experiment.executor import Batch, Executor, executor_for
from sim.experiment.gather import FILE, MEAN, write_arrivals, write_indicators
from sim.experiment.record import code_digest
from sim.experiment.stopping import SEEDS_PER_DRAW, Precision, Stop, indicator_of, least_replications, next_replications
from sim.experiment.store import Store
from sim.indicators.definitions import ALL as TOTAL
from sim.indicators.definitions import BY_NAME
from sim.model import Model
from sim.scenario import Scenario

__all__ = ["MEAN", "SEEDS_PER_DRAW", "Progress", "Study", "StudyResult", "run_study"]

Progress = Callable[[int, int, str], None]  # steps done, steps in all, what was done last
Say = Callable[[str], None]  # a line for the user


def _silent(text: str) -> None:
    pass


@dataclass(frozen=True)
class Study:
    """What to run. Replication k takes draw ``draw_of(k)`` of the parameters and chance seed k; the same pairs in every scenario.

    With ``precision`` the number of replications is found while running, and ``replications`` says nothing. ``ensemble`` holds the fitted
    values that a draw takes; without it the parameters are as written.
    """

    model: Model
    scenarios: tuple[Scenario, ...]
    baseline: str
    start: date
    until: date
    replications: int
    seed: int
    engine: str
    precision: Precision | None = None
    ensemble: Ensemble | None = None

    @property
    def draws(self) -> int:
        return -(-self.replications // SEEDS_PER_DRAW)

    def draw_of(self, replication: int) -> int | None:
        """Draw of the parameters of a replication; None, everything at its mode, where a fixed number leaves room for one draw only."""
        return replication // SEEDS_PER_DRAW if self.precision or self.draws > 1 else None

    def work(self) -> Work:
        """What all its cells share."""
        return Work(self.model, self.start, self.until, self.seed, self.engine, code_digest(), self.ensemble)

    def twins(self) -> dict[str, str]:
        """For every scenario the first one with the same content, itself most often: they share their cells."""
        first: dict[tuple[object, ...], str] = {}
        return {s.name: first.setdefault((s.measures, s.deltas), s.name) for s in self.scenarios}

    def batches(self, replications: Iterable[int]) -> list[Batch]:
        """The cells of some replications, draw by draw, those with one plan together."""
        twins = self.twins()
        of_draw: dict[int | None, list[int]] = {}
        for r in replications:
            of_draw.setdefault(self.draw_of(r), []).append(r)
        return [
            tuple(Cell(s, draw, r) for r in numbers)
            for draw, numbers in of_draw.items() for s in self.scenarios if twins[s.name] == s.name
        ]  # fmt: skip


@dataclass(frozen=True)
class Result:
    """One replication of one scenario, finished."""

    scenario: str
    replication: int
    draw: int | None
    name: str
    plan: str  # digest
    file: Path


@dataclass(frozen=True)
class StudyResult:
    """``indicators`` is the file with all numbers (see ``sim.experiment.gather``); ``replications`` how many were run."""

    indicators: Path
    replications: int
    failed: tuple[str, ...]  # "scenario, replication k: why"
    results: tuple[Result, ...]
    reused: int
    unused: tuple[str, ...]  # what stands in the folder of cells but belongs to no cell of this study
    seconds_per_cell: float | None  # of those computed now, on one worker
    plans: Mapping[str, str]  # digest of every plan by ``plan_key``
    stop: Stop | None = None


@dataclass
class _Run:
    """A study under way: what became of each cell so far."""

    study: Study
    work: Work
    store: Store
    executor: Executor
    standing: dict[str, Path]
    progress: Progress | None
    plans: Mapping[str, str]
    outcomes: dict[tuple[str, int], Outcome] = field(default_factory=dict)  # without the bytes
    cells: int = 0

    def compute(self, replications: Sequence[int]) -> None:
        """Compute what is missing of some replications and write it."""
        batches = self.study.batches(replications)
        self.cells += sum(len(batch) for batch in batches)
        missing: list[Batch] = []
        for batch in batches:
            found = known_outcomes(self.work, batch, self.plans, self.standing)
            for outcome in found:
                self._note(outcome)
            if not found:
                missing.append(batch)
        for outcome in self.executor.outcomes(missing):
            if outcome.content is not None:
                self.standing[outcome.name] = self.store.write(outcome.name, outcome.content)
            self._note(outcome)

    def _note(self, outcome: Outcome) -> None:
        key = outcome.cell.scenario.name, outcome.cell.replication
        self.outcomes[key] = replace(outcome, content=None if outcome.reused else b"")
        if self.progress:
            self.progress(len(self.outcomes), self.cells, f"{key[0]}, replication {key[1]}")

    def file(self, scenario: str, replication: int) -> Path | None:
        return self.standing.get(self.outcomes[scenario, replication].name)


def known_outcomes(work: Work, batch: Batch, plans: Mapping[str, str], standing: Collection[str]) -> list[Outcome]:
    """The outcomes of a batch whose plan is known and whose results all stand; else none. ``plans``: digest of the plan by ``plan_key``."""
    digest = plans.get(plan_key(work, batch[0])) if plans else None
    if digest is None:
        return []
    names = [cell_name(digest, replication_seed(work.seed, cell.replication), work.code) for cell in batch]
    if not all(name in standing for name in names):
        return []
    return [Outcome(cell, name, digest) for cell, name in zip(batch, names, strict=True)]


def run_study(
    study: Study,
    out: Path,
    workers: int | None = None,
    progress: Progress | None = None,
    *,
    cluster: str | None = None,
    plans: Mapping[str, str] | None = None,
    say: Say = _silent,
) -> StudyResult:
    """Run every cell that is not yet in ``out/cells`` and gather the results. The same call resumes an interrupted study.

    Scenarios with the same content share their cells. What is damaged or foreign among the cells is told through ``say``, and computed
    anew. ``cluster`` is the address of a Dask scheduler, or ``local``; ``plans`` is what an earlier run noted (``StudyResult.plans``). The
    caller holds the lock of ``out``. Raises ``ZorgstroomError`` when no replication succeeded in all scenarios, ``InputError`` when no
    cluster answers.
    """
    store = Store(out)
    standing = store.open(say)
    work = study.work()
    with executor_for(CellJob(work, frozenset(standing)), workers, cluster) as executor:
        run = _Run(study, work, store, executor, standing, progress, plans or {})
        if study.precision is None:
            n, stop = study.replications, None
            run.compute(range(n))
        else:
            n, stop = _until_precise(run, study.precision, say)
    return _finish(run, n, stop, out)


def _until_precise(run: _Run, precision: Precision, say: Say) -> tuple[int, Stop]:
    """Add replications until the rule stops; each step computes no more than the rule is sure to need."""
    twins = run.study.twins()
    base = twins[run.study.baseline]
    compared = [name for name, first in twins.items() if name == first != base]
    differences: dict[str, list[float]] = {name: [] for name in compared}
    n, wanted = 0, min(least_replications(), precision.max_replications)
    while True:
        run.compute(range(n, wanted))
        for replication in range(n, wanted):
            values = {}
            for name in (base, *compared):
                file = run.file(name, replication)
                values[name] = indicator_of(file, precision) if file else float("nan")
            for name in compared:
                differences[name].append(values[name] - values[base])
        n = wanted
        found = next_replications(differences, precision)
        if isinstance(found, Stop):
            say(stop_sentence(found, precision))
            return n, replace(found, replications=n)
        wanted = found


def stop_sentence(stop: Stop, precision: Precision, lang: str = "en") -> str:
    """Why a study with a precision ended, in English or Dutch."""
    dutch = lang == "nl"
    column = BY_NAME[precision.indicator]
    label = column.label_nl if dutch else column.label_en
    place = precision.node if precision.node != TOTAL else precision.part if precision.part != TOTAL else ""
    whole = "de hele looptijd" if dutch else "the whole run"
    period = whole if precision.period is None else str(precision.period)
    what = f"{label[:1].lower()}{label[1:]}{f' ({place})' if place else ''}, {period}"
    wide = {name: width for name, width in stop.widest.items() if not width <= precision.relative}
    worst = max(wide, key=lambda name: wide[name], default="")
    n, share = stop.replications, f"{precision.relative:g}"
    if dutch:
        asked = f"gevraagde precisie van het gemiddelde verschil in {what}: {share}"
        if stop.reached:
            return f"Gestopt na {n} herhalingen; {asked}, gehaald vanaf {stop.enough} herhalingen."
        why = f"{worst} staat op {wide[worst]:.3g}" if wide else "nog niet lang genoeg gehaald"
        return f"Gestopt bij het maximum van {n} herhalingen; {asked}, niet gehaald: {why}."
    asked = f"precision asked of the mean difference in {what}: {share}"
    if stop.reached:
        return f"Stopped after {n} replications; {asked}, met from {stop.enough} replications on."
    why = f"{worst} stands at {wide[worst]:.3g}" if wide else "met, but not yet for long enough"
    return f"Stopped at the maximum of {n} replications; {asked}, not reached: {why}."


def _finish(run: _Run, n: int, stop: Stop | None, out: Path) -> StudyResult:
    study, outcomes = run.study, run.outcomes
    twins = study.twins()
    failed = tuple(
        f"{name}, replication {r}: {outcomes[first, r].error}"
        for name, first in twins.items() for r in range(n) if run.file(first, r) is None
    )  # fmt: skip
    whole = [r for r in range(n) if all(run.file(first, r) for first in twins.values())]
    if not whole:
        raise ZorgstroomError("no replication succeeded in every scenario:\n" + "\n".join(failed[:5]))
    results = [
        Result(name, r, study.draw_of(r), outcomes[first, r].name, outcomes[first, r].plan, file)
        for name, first in twins.items() for r in whole if (file := run.file(first, r))
    ]  # fmt: skip
    files: Mapping[str, list[tuple[int, Path]]] = {name: [(r.replication, r.file) for r in results if r.scenario == name] for name in twins}
    written = 0

    def note(scenario: str) -> None:
        nonlocal written
        written += 1
        if run.progress:
            run.progress(run.cells, run.cells, f"gathered {written} of {len(files)} scenarios")

    write_indicators(out, files, note)
    write_arrivals(out, files)
    used = {r.file for r in results} | {f for (_, r), o in outcomes.items() if (f := run.standing.get(o.name)) and r not in whole}
    unused = tuple(sorted(file.name for file in run.standing.values() if file not in used))
    seconds = [o.seconds for o in outcomes.values() if not o.reused and not o.error]
    plans = {plan_key(run.work, o.cell): o.plan for o in outcomes.values() if o.plan}
    return StudyResult(
        out / FILE, n, failed, tuple(results), sum(o.reused for o in outcomes.values()), unused,
        sum(seconds) / len(seconds) if seconds else None, plans, stop,
    )  # fmt: skip
