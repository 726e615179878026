"""The search for the frontier: screen the measures, propose packages, and spend replications where membership is open.

1. *Screen*: every measure alone, all together, and all but one, in a few replications. A measure that surely adds nothing
   that counts to saving, waits or a norm at risk, at both ends, is left out.
2. *Propose*: a surrogate with main effects and interactions foretells every other package; those that would be on the frontier, or might be
   within the surrogate's doubt, are simulated; the surrogate learns from them; until it has nothing new to propose.
3. *Race*: packages that hardly ever are on the frontier when replications are drawn anew drop out; the others get more replications.

Racing rather than the allocation formula of OCBA (Chen & Lee 2011), which takes packages as independent: with common random numbers they
are not, and it is differences within a replication that decide. Resampling whole replications keeps them together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.experiment.paired import mean_interval
from sim.packages.frontier import frontier, membership
from sim.packages.surrogate import Surrogate, indicators

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
SAVING, WAITS, NORMS = 0, 1, 2  # columns of responses; norms are all from NORMS on
MOST_FREE = 14  # measures whose every combination is foretold
AT_ONCE = 12  # proposals simulated before the surrogate learns from them
DOUBT = 2.0  # standard deviations of the surrogate by which a package may be better than foretold
RESAMPLES = 200
FEWEST = 4  # packages that go on whatever the budget
HARDLY_EVER = 0.02  # share of resamples in which a package must be on the frontier to stay in the race
SCREEN_LEVEL = 0.90  # of the intervals by which a measure is left out
HELPS = 0.02  # change of a share within the norm that counts as help


class Simulation(Protocol):
    """Where responses come from."""

    def __call__(self, masks: Sequence[int], replications: int, what: str) -> F64:
        """Responses [P, R, K] of packages in the first replications."""
        ...


@dataclass(frozen=True, eq=False)
class Goal:
    """A replication reaches the goal when every response + ``offset`` [R, K] is 0 or more; infinite where nothing is asked."""

    offset: F64

    def reached(self, responses: F64) -> NDArray[np.bool_]:
        """[P, R] from responses [P, R, K]."""
        return np.asarray((responses + self.offset[: responses.shape[1]] >= 0).all(axis=2))


@dataclass(frozen=True)
class Left:
    """A measure that was left out after the screening, and what it does at both ends: alone, and on top of all others."""

    measure: int
    saving: tuple[float, float]
    waits: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Found:
    """What a search found. ``responses`` [P, R, K] of the packages that were run in all replications, of which ``on`` are the frontier."""

    masks: tuple[int, ...]
    responses: F64
    reached: NDArray[np.bool_]  # [P, R]
    steps: F64
    on: tuple[int, ...]  # places in masks
    member: F64  # [P] share of resamples on the frontier
    left: tuple[Left, ...]
    free: tuple[int, ...]  # measures that were combined
    tried: int  # packages simulated at all
    runs: int  # of packages
    open: tuple[int, ...]  # packages that may be on the frontier and that there was no budget for
    goal_norms: F64  # [R, norms] offsets of the norms


@dataclass
class Search:
    """One search over packages of ``measures`` measures. Levels are numbers of replications, rising; the last counts."""

    measures: int
    simulate: Simulation
    goal: Goal
    levels: Sequence[int]
    unit_waits: float  # difference in waits that counts
    unit_chance: float
    unit_saving: float | None = None  # None: found from the screening
    clashes: Sequence[tuple[int, int]] = ()
    most_runs: int = 10**9
    seed: int = 1
    say: Callable[[str], None] = print
    known: dict[int, F64] = field(default_factory=dict)  # responses by package
    runs: int = 0

    def find(self) -> Found:
        """Run the search. Every decision rests on responses alone, so the outcome is the same wherever they are computed."""
        first = self.levels[0]
        singles = [1 << i for i in range(self.measures)]
        whole = self.largest(0)
        self.run([0, *singles, whole, *self.without_each(whole)], first, "screening")
        steps = self._steps(singles)
        left = self._left_out(whole, steps)
        free = [i for i in range(self.measures) if i not in {each.measure for each in left}]
        if len(free) > MOST_FREE:
            free = self._strongest(free, steps)
        every = self.packages(free)
        racing = list(self.known)
        todo: set[int] = set()
        for i, level in enumerate(self.levels):
            budget = self.most_runs * (i + 2) / (len(self.levels) + 1)  # each level may take as much, the first twice that
            affordable = self.affordable(racing, level, budget)
            todo |= set(racing) - set(affordable)
            self.run(affordable, level, f"{level} replications")
            todo |= set(self.propose(every, level, steps, budget))
            racing = self.race(level, steps)
        last = self.levels[-1]
        masks = tuple(sorted(m for m, y in self.known.items() if len(y) >= last))
        responses = np.stack([self.known[m][:last] for m in masks])
        values = self.values(responses)
        sizes = _sizes(masks)
        on = frontier(values.mean(axis=1), sizes, steps)
        skipped = tuple(sorted(todo - set(masks)))
        return Found(
            masks, responses, self.goal.reached(responses), steps, tuple(on.tolist()),
            membership(values, sizes, steps, RESAMPLES, self.seed), tuple(left), tuple(free), len(self.known), self.runs, skipped,
            self.goal.offset[:last, NORMS:],
        )  # fmt: skip

    def run(self, masks: Sequence[int], level: int, what: str) -> None:
        """Have packages in the first ``level`` replications."""
        lacking = [m for m in dict.fromkeys(masks) if len(self.known.get(m, ())) < level]
        if lacking:
            self.runs += sum(level - len(self.known.get(m, ())) for m in lacking)
            for mask, y in zip(lacking, self.simulate(lacking, level, what), strict=True):
                self.known[mask] = y

    def values(self, responses: F64) -> F64:
        """Saving, waits and success [P, R, 3]."""
        return np.concatenate([responses[..., : WAITS + 1], self.goal.reached(responses)[..., None]], axis=2)

    def largest(self, start: int) -> int:
        """``start`` with every measure added, in order, that clashes with none before."""
        mask = start
        for i in range(self.measures):
            if not any(mask >> (b if a == i else a) & 1 for a, b in self.clashes if i in (a, b)):
                mask |= 1 << i
        return mask

    def without_each(self, whole: int) -> list[int]:
        """For each measure the largest package without it; of one that is not in ``whole``, the largest that begins with it, and that
        without it."""
        found = []
        for i in range(self.measures):
            base = whole if whole >> i & 1 else self.largest(1 << i)
            found += [base, base & ~(1 << i)]
        return list(dict.fromkeys(found))

    def _ends(self, i: int, whole: int) -> tuple[F64, F64]:
        """Responses [R, K] of a measure alone, and on top of as many others as go with it."""
        base = whole if whole >> i & 1 else self.largest(1 << i)
        n = self.levels[0]
        return self.known[1 << i][:n] - self.known[0][:n], self.known[base][:n] - self.known[base & ~(1 << i)][:n]

    def _steps(self, singles: Sequence[int]) -> F64:
        saving = self.unit_saving
        if saving is None:  # a twentieth of what all that save would save together, in one digit
            most = sum(max(float(self.known[m][: self.levels[0], SAVING].mean()), 0.0) for m in singles)
            saving = one_digit(most / 20) if most > 0 else 1.0
        return np.array([saving, self.unit_waits, self.unit_chance])

    def _left_out(self, whole: int, steps: F64) -> list[Left]:
        """Measures that surely add less than half a step to saving and waits, at both ends, and help no norm at risk."""
        screened = np.stack([y[: self.levels[0]] for y in self.known.values()])
        offset = self.goal.offset[: self.levels[0]]
        at_risk = [k for k in range(NORMS, screened.shape[2]) if (screened[..., k] + offset[:, k] < 0).any()]
        found = []
        for i in range(self.measures):
            ends = self._ends(i, whole)
            adds = any(mean_interval(end[:, k], SCREEN_LEVEL).high > steps[k] / 2 for end in ends for k in (SAVING, WAITS))
            helps = any(float(end[:, k].mean()) > HELPS and mean_interval(end[:, k], SCREEN_LEVEL).low > 0 for end in ends for k in at_risk)
            if not adds and not helps:
                saving, waiting = (tuple(float(end[:, k].mean()) for end in ends) for k in (SAVING, WAITS))
                found.append(Left(i, (saving[0], saving[1]), (waiting[0], waiting[1])))
        return found

    def _strongest(self, free: Sequence[int], steps: F64) -> list[int]:
        """The measures with the largest effects in steps; the others are combined with none."""
        n = self.levels[0]
        strength = {i: float(np.abs(self.known[1 << i][:n, :NORMS].mean(axis=0) / steps[:NORMS]).max()) for i in free}
        return sorted(sorted(free, key=lambda i: (-strength[i], i))[:MOST_FREE])

    def packages(self, free: Sequence[int]) -> I64:
        """Every admissible combination."""
        every = np.zeros(1, np.int64)
        for i in free:
            every = np.concatenate([every, every | (1 << i)])
        for a, b in self.clashes:
            every = every[~((every >> a & 1).astype(bool) & (every >> b & 1).astype(bool))]
        return np.sort(every)

    def surrogate(self) -> Surrogate:
        masks = np.array(sorted(self.known), np.int64)
        most = max(len(y) for y in self.known.values())
        y = np.full((len(masks), most, self.goal.offset.shape[1]), np.nan)
        for p, mask in enumerate(masks.tolist()):
            y[p, : len(self.known[mask])] = self.known[mask]
        return Surrogate.fit(indicators(masks, self.measures), y)

    def affordable(self, racing: Sequence[int], level: int, budget: float) -> list[int]:
        """As many of some packages, in their order, as can be brought to ``level`` replications; a few in any case."""
        kept: list[int] = []
        cost = 0
        for mask in racing:
            cost += max(level - len(self.known.get(mask, ())), 0)
            if self.runs + cost <= budget or len(kept) < FEWEST:
                kept.append(mask)
        return kept

    def propose(self, every: I64, level: int, steps: F64, budget: float) -> tuple[int, ...]:
        """Simulate what the surrogate puts on the frontier until it has nothing new. Returns what there was no budget for."""
        while True:
            model = self.surrogate()
            new = self._foretold(model, every, level, steps, 0.0)
            if not new:
                new = self._foretold(model, every, level, steps, DOUBT)
                if not new:
                    return ()
            room = int(budget - self.runs) // level
            if room <= 0:
                return tuple(new)
            self.run(new[: min(AT_ONCE, room)], level, f"{level} replications, proposals")

    def _foretold(self, model: Surrogate, every: I64, level: int, steps: F64, doubt: float) -> list[int]:
        """Packages not run in ``level`` replications that would be on the frontier among all, best first; with ``doubt``: at their best."""
        known = [m for m, y in sorted(self.known.items()) if len(y) >= level]
        unknown = np.setdiff1d(every, np.array(known, np.int64))
        if not len(unknown):
            return []
        real = self.values(np.stack([self.known[m][:level] for m in known])).mean(axis=1)
        guess = self._scores(model, unknown, level, doubt)
        masks = np.concatenate([np.array(known, np.int64), unknown])
        scores = np.concatenate([real, guess])
        sizes = _sizes(masks.tolist())
        if doubt == 0.0:
            on = frontier(scores, sizes, steps)
            return [int(masks[p]) for p in on if p >= len(known)]
        new = []  # each by itself against what is known: what might be does not beat what else might be
        base = frontier(real, sizes[: len(known)], steps)
        boxes, front = np.rint(guess / steps), np.rint(real[base] / steps)
        for p in np.flatnonzero((guess[:, 0] > 0) & ~(front[None] >= boxes[:, None]).all(axis=2).any(axis=1)):
            gain = float((boxes[p] - front).max(axis=1).min()) if len(front) else 1.0
            new.append((-gain, int(unknown[p])))
        return [mask for _, mask in sorted(new)]

    def _scores(self, model: Surrogate, masks: I64, level: int, doubt: float) -> F64:
        """Foretold mean saving, mean waits and chance [P, 3], each better by ``doubt`` standard deviations."""
        found = np.zeros((len(masks), 3))
        offset = self.goal.offset[:level]
        asked = np.isfinite(offset).any(axis=0)
        for first in range(0, len(masks), 1024):
            x = indicators(masks[first : first + 1024], self.measures)
            y = model.predicted(x)[:, :level] + doubt * model.doubt(x)[:, None]
            margin = ((y + offset)[..., asked] / model.noise[asked]).min(axis=2)
            success = ndtr(margin)
            chance = success.mean(axis=1) + doubt * np.sqrt((success * (1 - success)).sum(axis=1)) / level
            found[first : first + 1024] = np.column_stack([y[..., SAVING].mean(axis=1), y[..., WAITS].mean(axis=1), np.minimum(chance, 1)])
        return found

    def race(self, level: int, steps: F64) -> list[int]:
        """Those run in ``level`` replications that are on the frontier in some resamples of them, the most often first."""
        masks = sorted(m for m, y in self.known.items() if len(y) >= level)
        values = self.values(np.stack([self.known[m][:level] for m in masks]))
        member = membership(values, _sizes(masks), steps, RESAMPLES, self.seed)
        kept = [m for share, m in sorted(zip((-member).tolist(), masks, strict=True)) if -share >= HARDLY_EVER]
        self.say(f"{level} replications: {len(kept)} of {len(masks)} packages may be on the frontier")
        return kept


def _sizes(masks: Sequence[int]) -> I64:
    return np.array([mask.bit_count() for mask in masks], np.int64)


def one_digit(value: float) -> float:
    """Rounded to one significant digit."""
    return float(f"{value:.0e}")
