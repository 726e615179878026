"""Screening and indices on functions whose answers are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from SALib.analyze import rbd_fast
from scipy.special import ndtr, ndtri

from calibration.sensitivity import BAND, HARMONICS, LEVELS, first_order, screen

F64 = NDArray[np.float64]
pytestmark = pytest.mark.theory


def ishigami(x: F64) -> F64:
    """Ishigami & Homma 1990 with a = 7, b = 0.1, on [-pi, pi]^3; a fourth unknown does nothing."""
    return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


def cube(seed: int, n: int) -> F64:
    """A Latin hypercube on (0, 1)^4."""
    draw = np.random.default_rng(seed)
    return np.stack([(draw.permutation(n) + draw.random(n)) / n for _ in range(4)])


def test_effects_of_a_linear_model_are_its_coefficients_and_those_of_a_group_move_it_together() -> None:
    coefficients = np.array([3.0, -2.0, 0.0, 1.0])

    def forward(z: F64, luck: Sequence[int]) -> F64:
        return np.stack([coefficients @ ndtr(z), ndtr(z[3]) * 5])

    width = BAND[1] - BAND[0]
    found = screen(forward, ["a", "b", "c", "d"], 4, seed=1)
    np.testing.assert_allclose(found.effect[:, 0], np.abs(coefficients) * width, atol=1e-9)  # exact but for rounding
    np.testing.assert_allclose(found.effect[:, 1], [0, 0, 0, 5 * width], atol=1e-9)
    np.testing.assert_allclose(found.half, 0, atol=1e-9)
    np.testing.assert_array_equal(found.chance, 0)
    grouped = screen(forward, ["a", "a", "c", "d"], 40, seed=1)
    assert grouped.groups == ("a", "c", "d")
    # the two of a group go the same way or not: |3 - 2| or |3 + 2|, each half of the time; three standard errors of 40 such moves
    assert grouped.effect[0, 0] / width == pytest.approx(3.0, abs=3 * 2 / np.sqrt(40))
    np.testing.assert_allclose(grouped.effect[1:, 0], [0, width], atol=1e-9)


def test_effects_of_ishigami_are_the_means_over_all_moves_of_the_grid() -> None:
    bounds = np.array([[-np.pi, np.pi]] * 3)
    trajectories = 400
    found = screen(lambda x, _: ishigami(x)[None], ["x1", "x2", "x3"], trajectories, seed=2, bounds=bounds)
    grid = np.linspace(-np.pi, np.pi, LEVELS)
    step = LEVELS // 2
    points = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"))
    values = ishigami(points)
    for axis in range(3):
        there, back = np.split(np.moveaxis(values, axis, 0), [step])
        moves = np.abs(back - there) / (step / (LEVELS - 1))
        error = moves.std() / np.sqrt(trajectories)
        assert found.effect[axis, 0] == pytest.approx(moves.mean(), abs=3.5 * error + 1e-9)  # 1 in 2,000 by chance


def test_an_output_that_trajectories_cannot_count_has_no_effect_and_luck_is_told_apart() -> None:
    def forward(z: F64, luck: Sequence[int]) -> F64:
        alone = np.where(np.asarray(luck) == 0, ndtr(z[0]), np.nan)
        return np.stack([ndtr(z[0]) + 10.0 * np.asarray(luck), alone])

    found = screen(forward, ["a", "b"], 3, seed=1)
    np.testing.assert_allclose(found.effect[:, 0], [BAND[1] - BAND[0], 0], atol=1e-9)  # the luck of a trajectory is shared
    assert found.chance[0] == pytest.approx(10 * 3 / (2 / 3))  # luck 3, 4, 5 against 0, 1, 2; a move is two thirds of a band
    assert np.isnan(found.effect[:, 1]).all()


def test_first_order_indices_of_ishigami_and_of_a_linear_model_are_the_known_ones() -> None:
    u = cube(3, 4000)
    linear = np.array([3.0, 2.0, 1.0, 0.0])
    y = np.stack([ishigami(2 * np.pi * u - np.pi), linear @ ndtri(u)])
    found = first_order(ndtri(u), y, seed=1)
    # standard error of an index from 4,000 points is near 0.02 (Plischke 2010); the harmonics left out hold under 0.01
    np.testing.assert_allclose(found.first[:, 0], [0.3139, 0.4424, 0.0, 0.0], atol=0.04)
    np.testing.assert_allclose(found.first[:, 1], linear**2 / (linear**2).sum(), atol=0.05)
    assert 0.0 < found.noise < 0.02
    assert found.first[3].max() < found.noise < found.first[2, 1]


def test_indices_equal_those_of_the_library_they_come_from() -> None:
    for n in (101, 102):
        u = cube(4, n)
        y = ishigami(2 * np.pi * u - np.pi)
        problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0, 1]] * 4}
        theirs = rbd_fast.analyze(problem, u.T, y, M=HARMONICS, num_resamples=2)
        np.testing.assert_allclose(first_order(u, y[None], seed=1).first[:, 0], np.asarray(theirs["S1"], dtype=float), rtol=1e-9)


def test_among_unknowns_that_do_nothing_one_in_twenty_figures_has_one_above_the_noise() -> None:
    draw = np.random.default_rng(5)
    alarms, figures = 0, 0
    for seed in range(10):
        found = first_order(draw.normal(size=(30, 120)), draw.normal(size=(40, 120)), seed)
        alarms += int((found.first > found.noise).any(axis=0).sum())
        figures += 40
    assert 0.01 < alarms / figures < 0.09  # 0.05 with a standard error near 0.011 of alarms and as much of the level
