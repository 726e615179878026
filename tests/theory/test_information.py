"""The value of information in decisions with a closed form."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from sim.experiment.information import Worth, value_of_information

F64 = NDArray[np.float64]
pytestmark = pytest.mark.theory
MEAN, WEIGHTS, DRAWS = 0.5, np.array([2.0, 1.0, 0.0]), 600


def loss(mean: float, sd: float) -> float:
    """Expected value of knowing a normal difference: sd times the unit normal loss integral at |mean| / sd (Raiffa & Schlaifer 1961)."""
    u = abs(mean) / sd
    return float(sd * (norm.pdf(u) - u * norm.sf(u)))


def decide(seeds: int = 2, chance: float = 1.5, draws: int = DRAWS, seed: int = 1) -> Worth:
    """Two options whose difference is linear in normal unknowns, with luck on top of every replication."""
    rng = np.random.default_rng(seed)
    phi = rng.normal(size=(3, draws))
    phi = (phi - phi.mean(axis=1, keepdims=True)) / phi.std(axis=1, keepdims=True)
    of = np.repeat(np.arange(draws), seeds)
    common = rng.normal(scale=100, size=len(of))  # the same luck in both options drops out
    difference = MEAN + WEIGHTS @ phi[:, of] + chance * rng.normal(size=len(of))
    return value_of_information(np.stack([common, common + difference], axis=1), of, phi, seed=1)


def test_the_worth_of_each_unknown_of_a_linear_decision_is_the_unit_normal_loss() -> None:
    found = decide()
    assert found.best == 1
    # the mean of 600 gains has a standard error near sd / (2 sqrt(600)): 0.02 of the standard deviation of the difference
    assert found.partial[0] == pytest.approx(loss(MEAN, 2.0), abs=3 * 0.02 * 2.0)
    assert found.partial[1] == pytest.approx(loss(MEAN, 1.0), abs=3 * 0.03 * 1.5)
    assert found.chance_removed
    assert found.perfect == pytest.approx(loss(MEAN, np.sqrt(5.0)), abs=3 * 0.02 * np.sqrt(5.0))


def test_an_unknown_that_tells_nothing_is_worth_nothing() -> None:
    found = [decide(draws=80, seed=seed) for seed in range(20)]
    worth = np.array([each.partial[2] for each in found])
    assert worth.mean() < 0.05 * loss(MEAN, 2.0)  # never below zero, so its mean is not quite zero
    assert sum(each.partial[2] > each.noise for each in found) <= 3  # at most 1 in 20 each: four of twenty have a chance of 1.6 per cent


def test_without_two_runs_per_draw_perfect_knowledge_is_an_upper_bound_and_says_so() -> None:
    found = decide(seeds=1)
    assert not found.chance_removed
    assert found.perfect > loss(MEAN, np.sqrt(5.0)) * 1.05


def test_where_one_option_is_always_better_nothing_is_worth_knowing() -> None:
    rng = np.random.default_rng(3)
    phi = rng.normal(size=(2, 100))
    difference = 100 + phi[0]
    found = value_of_information(np.stack([np.zeros(100), difference], axis=1), np.arange(100), phi, seed=1)
    assert found.perfect == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(found.partial, 0, atol=1e-9)


def test_a_bent_response_is_worth_what_a_straight_one_would_miss() -> None:
    rng = np.random.default_rng(4)
    phi = rng.normal(size=(2, 1000))
    found = value_of_information(np.stack([np.zeros(1000), phi[0] ** 2 - 1], axis=1), np.arange(1000), phi, seed=1)
    # E max(0, z^2 - 1) = 2 pdf(1) for a standard normal z, less E max of the mean, 0; the sample mean is off by sqrt(2 / 1000)
    assert found.partial[0] == pytest.approx(2 * norm.pdf(1), abs=3 * np.sqrt(2 / 1000))
    assert found.partial[1] < found.noise
