"""The trend method: what it follows, what it leaves out, and that it never looks ahead."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.forecasting.series import ObservedSeries
from sim.forecasting.trend import TrendPool, fit_topic, generator, load_method, steps_of

pytestmark = pytest.mark.unit


def series(values: list[float], *, name: str = "reeks", steps: tuple[int, ...] = (), start: int = 2010) -> ObservedSeries:
    step = np.zeros(len(values), np.bool_)
    step[list(steps)] = True
    time = start + np.arange(len(values), dtype=np.float64)
    return ObservedSeries(name, "onderwerp", "aantal", "hier", "totaal", "personen", time, np.array(values), step, "verzonnen")


def walk(seed: int, drift: float, spread: float = 0.03, length: int = 12) -> ObservedSeries:
    noise = generator(seed, "walk").standard_normal(length - 1) * spread
    return series([100.0, *(100.0 * np.exp(np.cumsum(drift + noise))).tolist()], name=f"walk-{seed}")


def test_steady_growth_is_followed_and_fades_to_the_growth_of_the_topic() -> None:
    topic, trends = fit_topic([walk(k, 0.05) for k in range(6)], load_method())
    trend = trends[0]
    assert topic is not None
    assert trend is not None
    assert trend.shared == pytest.approx(0.05, abs=0.02)  # 66 steps of 0.03 around 0.05: standard error 0.004, times a reliability near 1
    ten, eleven = trend.median(np.array([10.0, 11.0]))
    assert np.log(eleven / ten) == pytest.approx(trend.shared, abs=abs(trend.slope) * 0.9**10 + 1e-12)


def test_slopes_that_never_foretold_the_next_step_are_not_followed() -> None:
    zigzag = [series([100.0, 110.0] * 5, name=f"op-en-neer-{k}") for k in range(3)]
    _, trends = fit_topic(zigzag, load_method())
    for trend in trends:
        assert trend is not None
        assert trend.median(np.array([5.0]))[0] == 110.0  # the last value itself, to the bit


def test_a_known_step_says_nothing_about_slope_or_spread() -> None:
    steps = steps_of(series([100.0, 101.0, 201.0, 203.0], steps=(2,)))
    assert len(steps.step) == 2
    assert steps.slope == pytest.approx((np.log(1.01) + np.log(203 / 201)) / 2)


def test_no_figure_after_the_origin_changes_a_forecast() -> None:
    known = [walk(k, 0.02) for k in range(4)]
    other = [replace(each, value=np.where(each.time > 2016, each.value * 3, each.value)) for each in known]
    for one, two in zip(TrendPool(known).trends(2016.0).values(), TrendPool(other).trends(2016.0).values(), strict=True):
        assert one == two


def test_bands_hold_what_they_say_on_series_that_walk() -> None:
    """Of 60 walks, 80 per cent bands three years ahead, from the tenth observation."""
    inside = []
    for seed in range(60):
        whole = walk(seed, 0.0, spread=0.05, length=13)
        _, trends = fit_topic([whole.until(2019.0)], load_method())
        assert trends[0] is not None
        low, high = np.quantile(trends[0].paths(np.array([3.0]), 2000, generator(seed, "paths")), [0.1, 0.9])
        inside.append(low <= whole.value[-1] <= high)
    assert 0.65 <= np.mean(inside) <= 0.95  # 60 trials at 0.8: standard error 0.05, so three of them


def test_a_series_of_small_counts_does_not_jump_to_its_last_one() -> None:
    counts = [20.0, 22.0, 19.0, 21.0, 40.0]
    bare = series(counts)
    counted = replace(bare, noise=1.0 / np.array(counts))
    _, (trend,) = fit_topic([counted], load_method())
    assert trend is not None
    assert 21.0 < trend.value < 40.0
    assert trend.level_error > 0


def test_random_numbers_belong_to_a_name() -> None:
    assert generator(1, "a").random() == generator(1, "a").random()
    assert generator(1, "a").random() != generator(1, "b").random()
