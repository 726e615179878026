"""ES-MDA, the yardstick of the fit, against the Kalman posterior of linear-Gaussian chains, whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.esmda import assimilate, tapers
from calibration.smoother import Data

F64 = NDArray[np.float64]
pytestmark = pytest.mark.theory


def chain(seed: int, unknowns: int = 6, data: int = 5) -> tuple[F64, Data]:
    """A linear care chain: what reaches a step is a mix of what entered the steps before."""
    draw = np.random.default_rng(seed)
    g = np.tril(draw.normal(size=(data, unknowns)))
    return g, Data(draw.normal(size=data), draw.uniform(0.05, 0.4, data), np.zeros(data))


def exact_members(unknowns: int, members: int, seed: int) -> F64:
    """Members whose own mean is 0 and covariance the unit matrix, so that the ensemble's answer is the known one."""
    z = np.random.default_rng(seed).normal(size=(unknowns, members))
    z -= z.mean(axis=1, keepdims=True)
    left = np.linalg.cholesky(z @ z.T / (members - 1))
    return np.asarray(np.linalg.solve(left, z))


def kalman(g: F64, data: Data) -> tuple[F64, F64]:
    """Mean and covariance of the posterior under a standard normal prior."""
    covariance = np.linalg.inv(np.eye(g.shape[1]) + g.T @ (g / data.error[:, None]))
    return covariance @ g.T @ (data.value / data.error), covariance


@pytest.mark.parametrize("steps", [1, 2, 4])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_posterior_of_a_linear_chain_is_the_kalman_posterior_exactly(seed: int, steps: int) -> None:
    g, data = chain(seed)
    z = assimilate(lambda z, _: g @ z, exact_members(6, 40, seed), data, steps, localise=False)
    mean, covariance = kalman(g, data)
    np.testing.assert_allclose(z.mean(axis=1), mean, atol=1e-10)  # 1e-10: rounding of a few hundred operations on numbers near 1
    np.testing.assert_allclose(np.cov(z), covariance, atol=1e-10)


def test_chance_in_the_figures_counts_once_however_many_steps_there_are() -> None:
    draw = np.random.default_rng(5)
    chance, error, members = 0.5, 0.3, 4000
    data = Data(np.array([1.0]), np.array([error]), np.array([chance]))
    for steps in (1, 4):
        z = assimilate(
            lambda z, _: z + np.sqrt(chance) * draw.normal(size=z.shape), draw.normal(size=(1, members)), data, steps, localise=False
        )
        variance = 1 / (1 + 1 / (error + chance))
        # 4,000 members: a variance has a standard error of 2 per cent, a mean of 1; four of them
        assert z.var() == pytest.approx(variance, rel=0.1)
        assert z.mean() == pytest.approx(variance / (error + chance), abs=0.06)


def test_tapers_believe_strong_correlations_and_no_noise() -> None:
    draw = np.random.default_rng(3)
    x = draw.normal(size=(400, 100))
    believed = tapers(x, np.vstack([x[0], draw.normal(size=100)]))
    assert believed[0, 0] == pytest.approx(1.0)
    assert (believed[1:, 1] > 0).mean() < 0.1  # two-sided 5 per cent of noise is over two standard deviations
