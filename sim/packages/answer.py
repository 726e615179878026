"""The answer: the packages on the frontier with honest intervals, what carries the best of them, and what is worth finding out first."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import binom

from sim.draws.keyed import effect_uniform
from sim.experiment.ensemble import effect_name
from sim.experiment.information import value_of_information
from sim.experiment.paired import LEVEL, Interval, mean_interval, summarise
from sim.forecasting.scores import clopper_pearson
from sim.indicators.savings import SPLIT, savings_split
from sim.packages.question import NOTHING, Question
from sim.packages.runs import Runs
from sim.packages.search import NORMS, SAVING, WAITS, Found

F64 = NDArray[np.float64]
FEWEST_DRAWS = 20  # replications below which nothing is said of what is worth finding out: a cubic would fit a fifth of what it explains


@dataclass(frozen=True)
class Option:
    """A package, over all replications, against the baseline in the year asked. Euro and person-weeks; a positive saving is a saving.

    ``mean``: saving net of the cost of carrying out the measures, with the interval of the mean; ``predicted``: where one draw may fall.
    ``sure``: the largest saving that is reached, with every norm holding, in the share of replications that is asked (NaN: none).
    ``chance``: of the saving and the norms together; the interval is that of a binomial share.
    """

    mask: int
    measures: tuple[str, ...]
    mean: Interval
    predicted: Interval
    cost: float  # of carrying out the measures, taken off already
    waits: Interval  # person-weeks waited more than in the baseline
    chance: Interval
    chance_saving: float
    chance_norms: float
    sure: float
    sure_without_norms: float  # the same, whatever happens to the norms
    worst_norm: str  # the norm broken most often; empty where none is ever
    broken: float  # share of replications in which it is
    split: Mapping[str, float]  # parts of the mean difference in cost, negative for a saving (docs/indicators.md)
    member: float  # share of resamples of the replications in which it is on the frontier


@dataclass(frozen=True)
class Carrier:
    """What one measure brings to a package, in euro of mean saving.

    ``alone``: against the baseline (with what must be in); ``last``: on top of all others in the package; ``share``: the mean of the two,
    its Shapley value where interactions are of pairs. ``chance_without``: of the package without it. ``needed``: how much of what it brings
    as the last it must bring for the mean saving to be what is asked: 0.6 is six tenths, below 0 it is not needed.
    """

    measure: str
    alone: Interval
    last: Interval
    share: float
    chance_without: float
    needed: float


@dataclass(frozen=True)
class Fact:
    """Something not known: what knowing it before choosing is worth (euro a year), and its correlation with what the package saves."""

    name: str
    value: float
    correlation: float


@dataclass(frozen=True, eq=False)
class Answer:
    """``options`` from the one with the highest chance on. ``best`` is the first of them; ``nearest`` has the highest sure saving."""

    question: Question
    replications: int
    found: Found
    options: tuple[Option, ...]
    nearest: Option | None
    nearest_interval: Interval | None  # of the saving that is sure
    carriers: tuple[Carrier, ...]  # of the best package
    rest: float  # of its mean saving: from interactions of three or more
    facts: tuple[Fact, ...]
    noise: float  # worth that the best of facts that tell nothing exceeds once in twenty times
    facts_known: bool  # whether there were enough replications to say

    @property
    def best(self) -> Option | None:
        """The package with the highest chance."""
        return self.options[0] if self.options else None

    @property
    def most(self) -> Option | None:
        """The package that saves most on average."""
        return max(self.options, key=lambda option: (option.mean.value, -option.mask), default=None)

    def number(self, option: Option) -> int:
        """The number of a package in tables and pictures, from 1."""
        return self.options.index(option) + 1

    @property
    def reached(self) -> bool:
        """Whether some package reaches the goal with the certainty asked."""
        return self.best is not None and self.best.chance.value >= self.question.certainty


def answer(question: Question, runs: Runs, found: Found, replications: int) -> Answer:
    """Work the answer out; packages with one measure less, and each measure alone, are run where they were not."""
    options = [_option(question, runs, found, place, replications) for place in found.on]
    options.sort(key=lambda o: (-o.chance.value, -_low(o.sure), -o.mean.value, o.mask))
    sure = [o for o in options if math.isfinite(o.sure)]
    nearest = max(sure, key=lambda o: (o.sure, -o.mask), default=None)
    carriers, rest, contributions = _carriers(question, runs, options[0], replications) if options else ((), 0.0, {})
    facts, noise, known = _facts(question, found, contributions, replications)
    return Answer(
        question, replications, found, tuple(options), nearest,
        _sure_interval(question, runs, nearest, replications) if nearest else None, carriers, rest, facts, noise, known,
    )  # fmt: skip


def _low(value: float) -> float:
    return value if math.isfinite(value) else -math.inf


def _option(question: Question, runs: Runs, found: Found, place: int, n: int) -> Option:
    mask, y = found.masks[place], found.responses[place]
    norms = _norms_hold(question, runs, y)
    saved = y[:, SAVING] >= question.saving
    summary = summarise(y, range(n))
    broken = (~norms).mean(axis=0)
    worst = int(broken.argmax()) if broken.size and broken.max() > 0 else -1
    measured = float(np.mean([runs.figures[mask, r].measures - runs.figures[NOTHING, r].measures for r in range(n)]))
    all_hold = norms.all(axis=1)
    return Option(
        mask,
        question.names(mask),
        Interval(float(summary.mean[SAVING]), float(summary.mean_low[SAVING]), float(summary.mean_high[SAVING])),
        Interval(float(summary.mean[SAVING]), float(summary.low[SAVING]), float(summary.high[SAVING])),
        measured,
        Interval(-float(summary.mean[WAITS]), -float(summary.mean_high[WAITS]), -float(summary.mean_low[WAITS])),
        chance_interval(int((saved & all_hold).sum()), n),
        float(saved.mean()),
        float(all_hold.mean()),
        sure_saving(np.where(all_hold, y[:, SAVING], -np.inf), question.certainty),
        sure_saving(y[:, SAVING], question.certainty),
        str(question.norms[worst]) if worst >= 0 else "",
        float(broken[worst]) if worst >= 0 else 0.0,
        _split(question, runs, mask, n),
        float(found.member[place]),
    )


def _norms_hold(question: Question, runs: Runs, y: F64) -> NDArray[np.bool_]:
    """[R, norms]."""
    return np.asarray(y[:, NORMS:] + norm_offsets(question, runs, len(y)) >= 0)


def norm_offsets(question: Question, runs: Runs, n: int) -> F64:
    """[R, norms] what a change of the share within a norm must at least make good: below 0 where the baseline is short of it."""
    base = np.array([runs.figures[NOTHING, r].within for r in range(n)]).reshape(n, len(question.norms))
    asked = np.array([norm.share for norm in question.norms])
    relative = np.array([norm.relative for norm in question.norms], bool)
    offset = np.where(relative, -asked, np.nan_to_num(base, nan=1.0) - asked)
    return np.asarray(offset + 1e-12)  # rounding does not break a norm


def chance_interval(hits: int, n: int, level: float = LEVEL) -> Interval:
    """A share of independent replications with the interval of Clopper and Pearson (1934)."""
    return Interval(hits / n, *clopper_pearson(hits, n, level))


def sure_saving(saving: F64, certainty: float) -> float:
    """The largest saving that at least a share ``certainty`` of the replications reaches; NaN where so many have none (minus infinity)."""
    value = float(np.sort(saving)[::-1][math.ceil(certainty * len(saving) - 1e-9) - 1])
    return value if math.isfinite(value) else math.nan


def _sure_interval(question: Question, runs: Runs, option: Option, n: int) -> Interval:
    """Of the sure saving, from order statistics (a quantile has a binomial number of values below it)."""
    y = runs.responses(option.mask, n)
    saving = np.sort(np.where(_norms_hold(question, runs, y).all(axis=1), y[:, SAVING], -np.inf))
    below = 1 - question.certainty
    first = int(binom.ppf((1 - LEVEL) / 2, n, below))
    last = int(binom.ppf(0.5 + LEVEL / 2, n, below))
    return Interval(option.sure, float(saving[max(first - 1, 0)]), float(saving[min(last, n - 1)]))


def _split(question: Question, runs: Runs, mask: int, n: int) -> dict[str, float]:
    """The mean difference in cost by what it is made of; only for the city as it is."""
    if question.size != 1.0:
        return {}
    parts = np.zeros(len(SPLIT))
    for r in range(n):
        table = savings_split(_plain(runs.table(NOTHING, r)), _plain(runs.table(mask, r)), question.year, question.year)
        parts += table.loc[0, list(SPLIT)].to_numpy(dtype=np.float64) / n
    return dict(zip(SPLIT, parts.tolist(), strict=True))


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype({name: str for name in table.columns if isinstance(table[name].dtype, pd.CategoricalDtype)})


def _carriers(question: Question, runs: Runs, option: Option, n: int) -> tuple[tuple[Carrier, ...], float, dict[str, F64]]:
    """Each measure of a package that could have been left out; what pairs leave unexplained; what each brings last, per replication."""
    inside = [i for i in range(len(question.choices)) if option.mask >> i & 1]
    wanted = [mask for i in inside for mask in (1 << i, option.mask & ~(1 << i))]
    runs.ensure([(mask, r) for mask in (0, *wanted) for r in range(n)], "what carries the result")
    whole, nothing = runs.responses(option.mask, n), runs.responses(0, n)[:, SAVING]
    found, brought = [], {}
    for i in inside:
        without = runs.responses(option.mask & ~(1 << i), n)
        alone, last = runs.responses(1 << i, n)[:, SAVING] - nothing, whole[:, SAVING] - without[:, SAVING]
        hits = (without[:, SAVING] >= question.saving) & _norms_hold(question, runs, without).all(axis=1)
        average = float(last.mean())
        needed = 1 - (float(whole[:, SAVING].mean()) - question.saving) / average if average else math.nan
        name = question.choices[i].name
        brought[name] = last
        found.append(
            Carrier(name, mean_interval(alone), mean_interval(last), (float(alone.mean()) + average) / 2, float(hits.mean()), needed)
        )
    found.sort(key=lambda c: (-c.share, c.measure))
    rest = float((whole[:, SAVING] - nothing).mean()) - sum(c.share for c in found)
    return tuple(found), rest, brought


def _facts(question: Question, found: Found, brought: Mapping[str, F64], n: int) -> tuple[tuple[Fact, ...], float, bool]:
    """What knowing each unknown is worth before choosing between the packages of the frontier (EVPPI), most first.

    Benefit: euro saved, counted up to the saving asked, and only where every norm holds. Unknowns: what each measure of the best package
    brings, the effects of the measures on the frontier, and the fitted unknowns of the model.
    """
    options = list(found.on)
    if n < FEWEST_DRAWS or len(options) < 2:
        return (), 0.0, False
    y = found.responses[options]
    norms = (y[..., NORMS:] + found.goal_norms[None] >= 0).all(axis=2)
    benefit = np.where(norms, np.minimum(y[..., SAVING], question.saving), 0.0).T  # [R, K]
    unknowns: dict[str, F64] = {f"{name}: euro": values for name, values in brought.items()}
    if question.ensemble is not None:
        latent = question.ensemble.latent[:, [r % question.ensemble.members for r in range(n)]]
        unknowns |= dict(zip(question.ensemble.names, latent, strict=True))
    chosen = {measure.name: measure for place in options for measure in question.measures(found.masks[place])}
    for measure in (*question.baseline.measures, *chosen.values()):
        for effect in measure.effects:
            name = effect_name(effect.measure, effect.path)
            if effect.low < effect.high and effect.start < question.until and name not in unknowns:
                unknowns[name] = ndtri(np.array([effect_uniform(effect.measure, effect.path, r) for r in range(n)]))
    unknowns = {name: z for name, z in unknowns.items() if z.std() > 0}
    if not unknowns:
        return (), 0.0, True
    phi = np.stack(list(unknowns.values()))
    worth = value_of_information(benefit, np.arange(n), phi, question.seed)
    best = benefit[:, worth.best]
    spread = best.std()
    correlation = [float(np.corrcoef(z, best)[0, 1]) if spread > 0 else 0.0 for z in phi]
    facts = [Fact(name, float(value), c) for name, value, c in zip(unknowns, worth.partial, correlation, strict=True)]
    return tuple(sorted(facts, key=lambda f: (-f.value, -abs(f.correlation), f.name))), worth.noise, True
