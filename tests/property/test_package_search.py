"""The search for the frontier on invented responses, against simulating every package."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from sim.packages.frontier import frontier, membership
from sim.packages.search import Found, Goal, Search

pytestmark = pytest.mark.property
F64 = NDArray[np.float64]
REPLICATIONS = 24
NORMS = 2


class Invented:
    """Measures that save, make wait and change two shares within a norm; each differently in every replication; some pairs interact."""

    def __init__(self, measures: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        k = 2 + NORMS
        self.measures, self.seed, self.runs = measures, seed, 0
        self.main = np.column_stack([rng.normal(1, 2.5, measures), rng.normal(0, 4, measures), rng.normal(-0.02, 0.06, (measures, NORMS))])
        self.own = rng.normal(0, 0.5, (REPLICATIONS, measures, k)) * np.abs(self.main)
        self.pairs = {
            pair: rng.normal(0, 1, k) * [0.8, 1.5, *[0.03] * NORMS] for pair in combinations(range(measures), 2) if rng.random() < 0.25
        }

    def __call__(self, masks: Sequence[int], replications: int, what: str = "") -> F64:
        return np.stack([self.responses(mask)[:replications] for mask in masks])

    def responses(self, mask: int) -> F64:
        inside = [i for i in range(self.measures) if mask >> i & 1]
        found = (self.main + self.own)[:, inside].sum(axis=1)
        for pair, effect in self.pairs.items():
            if set(pair) <= set(inside):
                found = found + effect
        luck = np.random.default_rng([self.seed, mask]).normal(0, 1, found.shape) * [0.2, 0.5, *[0.01] * NORMS]
        return np.asarray(found + luck * np.sqrt(len(inside)))

    @property
    def goal(self) -> Goal:
        offset = np.full((REPLICATIONS, 2 + NORMS), np.inf)
        offset[:, 0], offset[:, 2:] = -6.0, 0.1
        return Goal(offset)

    def search(self, most_runs: int = 10**6) -> tuple[Search, Found]:
        search = Search(self.measures, self, self.goal, (8, 12, REPLICATIONS), 1.0, 0.05, most_runs=most_runs, say=lambda text: None)
        return search, search.find()

    def brute_force(self, search: Search, steps: F64) -> tuple[set[int], F64]:
        """The frontier of all packages, and the scores of all."""
        every = range(1 << self.measures)
        scores = search.values(self(every, REPLICATIONS)).mean(axis=1)
        return set(frontier(scores, np.array([mask.bit_count() for mask in every]), steps).tolist()), scores


@pytest.mark.parametrize("seed", range(12))
def test_on_five_measures_the_frontier_is_that_of_all_packages(seed: int) -> None:
    world = Invented(5, seed)
    search, found = world.search()
    assert {found.masks[place] for place in found.on} == world.brute_force(search, found.steps)[0]


@pytest.mark.parametrize("seed", [1, 3])
def test_on_ten_measures_a_tenth_of_all_runs_finds_a_package_within_a_step_of_each_on_the_frontier(seed: int) -> None:
    """One step: a package just beyond the edge of a box may stand for one just inside."""
    world = Invented(10, seed)
    tenth = REPLICATIONS * 2**10 // 10
    search, found = world.search(tenth)
    assert found.runs <= tenth
    best, scores = world.brute_force(search, found.steps)
    ours = scores[[found.masks[place] for place in found.on]]
    for mask in best:
        behind = ((scores[mask] - ours) / found.steps).max(axis=1).min()  # of the package of ours that is nearest
        assert behind <= 1.0 + 1e-9, (mask, behind)


def test_packages_that_do_not_go_together_are_never_simulated() -> None:
    world = Invented(5, 3)
    search = Search(5, world, world.goal, (8, 12), 1.0, 0.05, clashes=((0, 1), (2, 3)), say=lambda text: None)
    found = search.find()
    assert found.on
    assert not any(mask & 0b11 == 0b11 or mask & 0b1100 == 0b1100 for mask in search.known)


def test_a_search_with_a_budget_says_what_it_left_open() -> None:
    world = Invented(8, 1)
    search = Search(8, world, world.goal, (8, 12), 1.0, 0.05, most_runs=150, say=lambda text: None)
    assert search.find().open


def test_a_measure_that_only_costs_is_left_out() -> None:
    world = Invented(5, 4)
    world.main[2], world.own[:, 2] = [-3.0, -2.0, -0.05, -0.05], 0.0
    world.pairs = {pair: effect for pair, effect in world.pairs.items() if 2 not in pair}
    search, found = world.search()
    assert [left.measure for left in found.left] == [2]
    assert not any(mask >> 2 & 1 for mask in world.brute_force(search, found.steps)[0])


SCORES = st.integers(1, 30).flatmap(lambda n: arrays(np.int64, (n, 3), elements=st.integers(-2, 4)))


@given(SCORES)
@settings(max_examples=80, deadline=None)
def test_the_frontier_is_what_nothing_dominates(scores: NDArray[np.int64]) -> None:
    sizes = np.arange(len(scores)) % 3
    on = frontier(scores.astype(np.float64), sizes, np.ones(3))
    saving = [p for p in range(len(scores)) if scores[p, 0] > 0]
    expected = {
        tuple(scores[p]) for p in saving
        if not any((scores[q] >= scores[p]).all() and (scores[q] > scores[p]).any() for q in saving)
    }  # fmt: skip
    assert {tuple(scores[p]) for p in on} == expected
    assert len(on) == len(expected)  # one package for each
    for p in on:
        assert sizes[p] == min(sizes[q] for q in saving if (scores[q] == scores[p]).all())


def test_what_all_packages_share_does_not_blur_who_is_on_the_frontier() -> None:
    rng = np.random.default_rng(1)
    own = np.array([[5.0, 0.0, 0.0], [4.0, 0.0, 0.0], [3.0, 2.0, 0.0]])
    common = rng.normal(0, 50, (1, 30, 3)) + 1000
    common[..., 2] = 0
    shares = membership(own[:, None] + common, np.array([1, 1, 1]), np.array([1e-3, 1e-3, 0.05]), 50, 1)
    assert shares.tolist() == [1.0, 0.0, 1.0]
