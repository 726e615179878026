"""Scores of forecasts against values known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.forecasting.scores import clopper_pearson, naive_scale, sample_crps, within

pytestmark = pytest.mark.unit


def test_the_crps_of_a_certain_forecast_is_its_absolute_error() -> None:
    assert sample_crps(np.full((50, 2), 7.0), np.array([4.0, 9.0])) == pytest.approx([3.0, 2.0])


def test_the_crps_of_normal_samples_is_that_of_the_normal_distribution() -> None:
    samples = stats.norm.ppf((np.arange(4000) + 0.5) / 4000)[:, None]  # evenly spread, so no luck of the draw
    z = 0.7
    exact = z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi)  # Gneiting and Raftery 2007, eq. 21
    assert sample_crps(samples, np.array([z]))[0] == pytest.approx(exact, abs=1e-3)  # 4000 points cut off the tails at 1/8000


def test_the_binomial_interval_is_that_of_the_tables() -> None:
    assert clopper_pearson(8, 10) == pytest.approx((0.4439, 0.9748), abs=5e-5)  # as printed: four decimals
    assert clopper_pearson(0, 10)[0] == 0.0
    assert clopper_pearson(10, 10)[1] == 1.0


def test_a_band_holds_what_lies_between_its_quantiles() -> None:
    samples = np.arange(101.0)[:, None] * np.ones(3)
    assert within(samples, np.array([9.0, 50.0, 91.0]), 0.8).tolist() == [False, True, False]


def test_the_scale_of_mase_is_the_mean_change_and_0_where_nothing_changed() -> None:
    assert naive_scale(np.array([1.0, 3.0, 2.0])) == pytest.approx(1.5)
    assert naive_scale(np.array([2.0, 2.0])) == 0.0
