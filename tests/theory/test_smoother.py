"""The iterative smoother against posteriors whose answer is known: the Kalman posterior of linear-Gaussian care chains."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from calibration.linearisation import Linearisation, gain, variance_left
from calibration.smoother import Data, assimilate

F64 = NDArray[np.float64]
pytestmark = pytest.mark.theory


def chain(seed: int, unknowns: int = 6, figures: int = 5) -> tuple[F64, Data]:
    """A linear care chain: what reaches a step is a mix of what entered the steps before."""
    draw = np.random.default_rng(seed)
    slope = np.tril(draw.normal(size=(figures, unknowns)))
    return slope, Data(draw.normal(size=figures), draw.uniform(0.05, 0.4, figures), np.zeros(figures))


def kalman(slope: F64, data: Data) -> tuple[F64, F64]:
    """Mean and covariance of the posterior under a standard normal prior."""
    error = data.error + data.chance
    covariance = np.linalg.inv(np.eye(slope.shape[1]) + slope.T @ (slope / error[:, None]))
    return covariance @ slope.T @ (data.value / error), covariance


def exact(slope: F64, data: Data) -> Linearisation:
    return Linearisation(slope, np.zeros(len(slope)), np.diag(data.chance))


def whitened(rows: int, members: int, seed: int) -> F64:
    """Standard normal draws whose own mean is 0 and covariance the unit matrix, so that the ensemble's answer is the known one."""
    x = np.random.default_rng(seed).normal(size=(rows, members))
    x -= x.mean(axis=1, keepdims=True)
    return np.asarray(np.linalg.solve(np.linalg.cholesky(x @ x.T / (members - 1)), x))


@pytest.mark.parametrize("steps", [1, 2, 4])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_posterior_of_a_linear_chain_is_the_kalman_posterior_exactly(seed: int, steps: int) -> None:
    slope, data = chain(seed)
    draws = whitened(11, 40, seed)
    prior, noise = draws[:6], draws[6:]
    z = assimilate(lambda z, _: slope @ z, prior, slope @ prior, exact(slope, data), data, noise, steps)
    mean, covariance = kalman(slope, data)
    np.testing.assert_allclose(z.mean(axis=1), mean, atol=1e-9)  # rounding of a few hundred operations on numbers near 1
    np.testing.assert_allclose(np.cov(z), covariance, atol=1e-9)


def test_chance_counts_once_however_many_steps_there_are() -> None:
    slope, data = chain(4)
    data = Data(data.value, data.error, np.full(5, 0.5))
    draws = whitened(16, 60, 4)
    prior, noise, luck = draws[:6], draws[6:11], draws[11:] * np.sqrt(0.5)
    mean, covariance = kalman(slope, data)
    for steps in (1, 3):  # a member has the same luck in every step
        z = assimilate(lambda z, _: slope @ z + luck, prior, slope @ prior + luck, exact(slope, data), data, noise, steps)
        np.testing.assert_allclose(z.mean(axis=1), mean, atol=1e-9)
        np.testing.assert_allclose(np.cov(z), covariance, atol=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_leaving_out_a_figure_or_doubling_its_band_never_narrows_the_posterior(seed: int) -> None:
    slope, data = chain(seed)
    everything = np.arange(len(slope))

    def covariance(kept: NDArray[np.intp], error: F64) -> F64:
        return np.eye(6) - gain(slope[kept], np.diag(error[kept])) @ slope[kept]

    full = covariance(everything, data.error)
    np.testing.assert_allclose(np.diag(full), variance_left(slope, np.diag(data.error)))
    for figure in everything:
        wider = data.error.copy()
        wider[figure] *= 4.0  # variance of a band twice as wide
        for other in (covariance(np.delete(everything, figure), data.error), covariance(everything, wider)):
            assert np.linalg.eigvalsh(other - full).min() > -1e-9  # in no direction narrower, but for rounding


def test_a_curved_figure_is_fitted_by_the_model_itself_and_not_by_its_line() -> None:
    draw = np.random.default_rng(6)

    def model(z: F64, _: int = 0) -> F64:
        return np.asarray(np.exp(0.6 * z[:1] + 0.3 * z[1:2]))

    many = draw.normal(size=(2, 600))
    line = Linearisation.of(many, model(many))
    prior, noise = draw.normal(size=(2, 400)), draw.normal(size=(1, 400))
    data = Data(np.array([2.5]), np.array([0.1**2]), np.zeros(1))
    spread = [float(model(assimilate(model, prior, model(prior), line, data, noise, steps)).std()) for steps in (1, 6)]
    assert spread[0] > 3 * 0.1  # one step leaves what the line does not know
    assert spread[1] == pytest.approx(0.1, rel=0.2)  # the error of the report: 400 members know a spread within 4 per cent


def test_a_line_finds_the_few_unknowns_that_matter_among_many() -> None:
    draw = np.random.default_rng(8)
    z = draw.normal(size=(400, 300))  # more unknowns than runs
    slope = np.zeros((3, 400))
    slope[0, :4], slope[1, 10], slope[2, 20:30] = 1.0, 2.0, 0.3
    g = slope @ z + 0.2 * draw.normal(size=(3, 300))
    line = Linearisation.of(z, g)
    assert np.abs(line.slope - slope).max() < 0.15  # noise of 0.2 / sqrt(300), the largest of 400, twice over, and the shrinkage
    assert np.sqrt(np.diag(line.rest)) == pytest.approx([0.2, 0.2, 0.2], rel=0.4)  # what is not found counts as rest, so never less
    assert (np.sqrt(np.diag(line.rest)) > 0.18).all()


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    draw = np.random.default_rng(7)
    inside = {0.5: 0, 0.9: 0}
    unknowns, figures, cities, members = 20, 24, 60, 100
    for _ in range(cities):
        slope = draw.normal(size=(figures, unknowns)) * (draw.random((figures, unknowns)) < 0.2)
        error, chance = np.full(figures, 0.09), np.full(figures, 0.01)

        def model(z: F64, luck: F64, slope: F64 = slope) -> F64:
            return np.asarray(slope @ z + 0.2 * (slope @ z) ** 2 + 0.1 * luck)

        many = draw.normal(size=(unknowns, 200))
        line = Linearisation.of(many, model(many, draw.normal(size=(figures, 200))))
        true, prior, luck = draw.normal(size=unknowns), draw.normal(size=(unknowns, members)), draw.normal(size=(figures, members))
        value = model(true[:, None], draw.normal(size=(figures, 1)))[:, 0] + 0.3 * draw.normal(size=figures)
        z = assimilate(
            lambda z, _, luck=luck, model=model: model(z, luck), prior, model(prior, luck), line, Data(value, error, chance),
            draw.normal(size=(figures, members)), 2,
        )  # fmt: skip
        rank = (z < true[:, None]).mean(axis=1)
        for level in inside:
            inside[level] += int((np.abs(rank - 0.5) < level / 2).sum())
    # 1,200 intervals that hang together per city: four standard errors of some 400 independent ones
    assert inside[0.9] / (unknowns * cities) == pytest.approx(0.9, abs=0.06)
    assert inside[0.5] / (unknowns * cities) == pytest.approx(0.5, abs=0.1)


def test_an_unknown_that_no_figure_depends_on_keeps_its_spread() -> None:
    draw = np.random.default_rng(11)
    many, prior = draw.normal(size=(200, 400)), draw.normal(size=(200, 100))
    line = Linearisation.of(many, many[:3] * 2.0)
    data = Data(np.ones(3), np.full(3, 0.1), np.zeros(3))
    z = assimilate(lambda z, _: z[:3] * 2.0, prior, prior[:3] * 2.0, line, data, draw.normal(size=(3, 100)), 3)
    np.testing.assert_allclose(z[3:].std(axis=1) / prior[3:].std(axis=1), 1.0, atol=0.02)
    assert (z[:3].std(axis=1) < 0.3).all()


def test_a_run_that_cannot_count_a_figure_is_as_good_as_the_others() -> None:
    slope, data = chain(2)
    prior = whitened(6, 30, 2)
    figures = slope @ prior
    figures[0, 3] = np.nan
    z = assimilate(lambda z, _: slope @ z, prior, figures, exact(slope, data), data, np.zeros((5, 30)), 1)
    assert np.isfinite(z).all()
