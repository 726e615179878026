"""Many runs of one setting: the job that workers do, and what comes back as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.errors import InternalError
from sim.experiment.executor import Executor
from sim.plan.plan import TICKS_PER_WEEK
from sim.scenario.scenario import Effect
from sim.sizing.question import Norm, Question
from sim.sizing.search import Least, least_in
from sim.sizing.world import Chain, Observed, World, chain, observe, run

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
Progress = Callable[[int, int, str], None]  # steps done, steps in all, what was done last


@dataclass(frozen=True)
class Trial:
    """One run of a setting called ``name``; ``with_chain`` also keeps every node of the chain, ``norm`` is another than the one asked."""

    name: str
    stage: int
    replication: int
    amounts: tuple[int, ...] | None
    more: tuple[Effect, ...] = ()
    with_chain: bool = False
    norm: Norm | None = None


@dataclass(frozen=True)
class Search:
    """The search for the least capacities in one replication, none above ``most``."""

    replication: int
    most: tuple[int, ...]


Item = Trial | Search


@dataclass(frozen=True)
class Outcome:
    """What an item gave."""

    seen: Observed  # of a search: with the capacities as they are
    least: Least | None = None
    chain: Chain | None = None


@dataclass(frozen=True, eq=False)
class Simulated:
    """Does trials and searches in the world of one question."""

    world: World

    def __call__(self, item: Item) -> Outcome:
        if isinstance(item, Search):
            return Outcome(*least_in(self.world, item.replication, np.array(item.most, np.int64)))
        plan, found = run(self.world, item.replication, item.amounts, item.more, item.stage, item.norm)
        return Outcome(observe(self.world, plan, found), chain=chain(plan, found) if item.with_chain else None)


@dataclass(frozen=True, eq=False)
class Sample:
    """What a setting gave, replication by replication: arrays [replications, levers]; see ``Observed``."""

    question: Question
    base: I64
    within: I64
    answered: I64
    waited: I64
    backlog: I64

    @classmethod
    def of(cls, question: Question, seen: Sequence[Observed]) -> Sample:
        return cls(question, *(np.stack([getattr(one, f.name) for one in seen]) for f in fields(cls) if f.name != "question"))

    def __len__(self) -> int:
        return len(self.base)

    @cached_property
    def met(self) -> Bool:
        """Whether the norm was met: the share asked of those who arrived, or more."""
        return np.asarray(self.within >= self.question.share * self.base - 1e-9)

    @cached_property
    def share(self) -> F64:
        """Share within the norm; NaN where nobody arrived."""
        return np.where(self.base > 0, self.within / np.maximum(self.base, 1), np.nan)

    @cached_property
    def wait(self) -> F64:
        """Mean wait of those who started in the year, weeks; NaN where nobody did."""
        return np.where(self.answered > 0, self.waited / TICKS_PER_WEEK / np.maximum(self.answered, 1), np.nan)


class Bench:
    """Runs items on an executor, counts them for the progress shown, and gives outcomes back in the order asked."""

    def __init__(self, executor: Executor, question: Question, progress: Progress | None, total: int) -> None:
        self.executor = executor
        self.question = question
        self.progress = progress
        self.done, self.total = 0, total
        self.runs = 0

    def outcomes(self, items: Sequence[Item], what: str) -> list[Outcome]:
        """One outcome per item. Items of one replication go to one worker, which keeps its plan. Raises ``InternalError``."""
        batches: dict[int, list[Item]] = {}
        for item in items:
            batches.setdefault(item.replication, []).append(item)
        found: dict[Item, Outcome] = {}
        self.total = max(self.total, self.done + len(items))
        for done in self.executor.outcomes([tuple(batch) for batch in batches.values()]):
            if done.error:
                raise InternalError(f"replication {done.item.replication} of {what} failed: {done.error}")
            found[done.item] = done.result
            self.done += 1
            self.runs += done.result.least.runs if done.result.least is not None else 1
            if self.progress:
                self.progress(self.done, self.total, what)
        return [found[item] for item in items]

    def samples(self, trials: Sequence[Trial], what: str) -> dict[str, Sample]:
        """The sample of every setting among the trials, by name."""
        by_name: dict[str, list[Observed]] = {}
        for trial, outcome in zip(trials, self.outcomes(trials, what), strict=True):
            by_name.setdefault(trial.name, []).append(outcome.seen)
        return {name: Sample.of(self.question, seen) for name, seen in by_name.items()}


def trials(settings: Iterable[tuple[str, Sequence[int] | None]], replications: int, stage: int, **more: object) -> list[Trial]:
    """Every setting in replications 0, 1, ... of a stage."""
    given = [(name, None if amounts is None else tuple(int(n) for n in amounts)) for name, amounts in settings]
    return [Trial(name, stage, r, amounts, **more) for r in range(replications) for name, amounts in given]  # type: ignore[arg-type]
