"""Paired differences: intervals against the textbook, and honest where there is little to go on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.experiment.paired import BASIS, KEYS, cube, draws_of, mean_interval, paired_differences, stacked, summarise

pytestmark = pytest.mark.unit


def table(values: dict[str, list[float]], column: str = "cost", period: str = "2024") -> pd.DataFrame:
    """One key, one column; a value per scenario and replication."""
    key = dict(zip(KEYS, ("year", period, "alle", "alle", "alle", "alle", "alle"), strict=True))
    return pd.DataFrame([key | {"scenario": s, "replication": k, column: v} for s, found in values.items() for k, v in enumerate(found)])


def test_the_difference_is_taken_per_replication() -> None:
    rows = table({"base": [100, 200, 300, 400], "other": [101, 202, 303, 404]})
    found = paired_differences(rows, "base", seeds_per_draw=1).iloc[0]
    assert found["difference"] == pytest.approx(2.5)
    assert found["baseline"] == pytest.approx(250)
    assert found["value"] == pytest.approx(252.5)
    half = stats.t.ppf(0.95, 3) * np.std([1, 2, 3, 4], ddof=1)
    assert found["mean_high"] - found["mean_low"] == pytest.approx(2 * half / 2)
    assert found["high"] - found["low"] == pytest.approx(2 * half * np.sqrt(1.25))
    assert found["basis"] == "parameters"
    assert found["replications"] == 4


def test_chance_seeds_are_averaged_within_their_draw_first() -> None:
    x = np.array([1.0, 3.0, 6.0, 8.0, 2.0, 4.0])  # draws with means 2, 7, 3
    s = summarise(x[:, None], draws_of(range(6), 2))
    low, high = stats.t.interval(0.90, 2, loc=4.0, scale=np.std([2, 7, 3], ddof=1) / np.sqrt(3))
    assert s.mean[0] == pytest.approx(4.0)
    assert (s.mean_low[0], s.mean_high[0]) == pytest.approx((low, high))


def test_variance_is_split_by_analysis_of_variance() -> None:
    x = np.array([1.0, 3.0, 6.0, 8.0, 2.0, 4.0])
    s = summarise(x[:, None], draws_of(range(6), 2))
    within = 2.0  # every pair differs by 2: mean square 2
    between = 2 * np.var([2, 7, 3], ddof=1)
    assert s.sd_chance[0] ** 2 == pytest.approx(within)
    assert s.sd_parameters[0] ** 2 == pytest.approx((between - within) / 2)


def test_variance_of_unbalanced_draws_is_that_of_the_expected_mean_squares() -> None:
    rng = np.random.default_rng(3)
    draws = np.repeat(np.arange(400), np.tile([1, 2, 3], 134)[:400])
    x = rng.normal(0, 2.0, 400)[draws] + rng.normal(0, 1.0, len(draws))
    s = summarise(x[:, None], draws)
    assert s.sd_parameters[0] == pytest.approx(2.0, abs=0.2)  # standard error of the estimate is 0.08
    assert s.sd_chance[0] == pytest.approx(1.0, abs=0.12)  # 400 degrees of freedom: standard error 0.035


def test_one_draw_gives_an_interval_over_chance_and_says_so() -> None:
    s = summarise(np.array([[1.0], [2.0], [4.0]]), [0, 0, 0])
    assert BASIS[s.basis[0]] == "chance"
    low, high = stats.t.interval(0.90, 2, loc=7 / 3, scale=np.std([1, 2, 4], ddof=1) / np.sqrt(3))
    assert (s.mean_low[0], s.mean_high[0]) == pytest.approx((low, high))
    assert np.isnan(s.sd_parameters[0])
    assert s.sd_chance[0] == pytest.approx(np.std([1, 2, 4], ddof=1))


def test_one_replication_has_no_interval() -> None:
    s = summarise(np.array([[5.0]]), [0])
    assert s.mean[0] == 5.0
    assert BASIS[s.basis[0]] == "none"
    assert np.isnan([s.mean_low[0], s.mean_high[0], s.low[0], s.high[0], s.sd_chance[0], s.sd_parameters[0]]).all()


def test_one_seed_per_draw_leaves_the_split_undefined() -> None:
    s = summarise(np.array([[1.0], [2.0], [4.0]]), [0, 1, 2])
    assert np.isnan(s.sd_chance[0])
    assert np.isnan(s.sd_parameters[0])
    assert np.isfinite(s.low[0])


def test_missing_replications_are_left_out_and_all_missing_is_nan() -> None:
    nan = np.nan
    s = summarise(np.array([[1.0, nan], [3.0, nan], [nan, nan], [8.0, nan]]), [0, 0, 1, 1])
    assert s.n.tolist() == [3, 0]
    assert s.mean[0] == pytest.approx(5.0)  # draw means 2 and 8
    assert np.isnan([s.mean[1], s.low[1], s.sign[1]]).all()


def test_no_difference_is_zero_with_an_interval_of_zero() -> None:
    found = paired_differences(table({"base": [3.0, 5.0], "same": [3.0, 5.0]}), "base", seeds_per_draw=1).iloc[0]
    assert (found["difference"], found["low"], found["high"], found["sign"]) == (0.0, 0.0, 0.0, 1.0)


def test_sign_is_the_share_that_agrees_with_the_mean() -> None:
    s = summarise(np.array([[-4.0], [1.0], [-3.0], [-2.0]]), [0, 0, 1, 1])
    assert s.sign[0] == pytest.approx(0.75)


def test_predictive_interval_covers_a_new_draw_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    x = rng.normal(1.0, 3.0, (6, 20_000))
    new = rng.normal(1.0, 3.0, 20_000)
    s = summarise(x, range(6), level=0.90)
    covered = np.mean((s.low <= new) & (new <= s.high))
    assert covered == pytest.approx(0.90, abs=4 * np.sqrt(0.09 / 20_000))  # four standard errors of a share


@pytest.mark.parametrize("seeds", [1, 2, 5])
def test_it_covers_a_new_draw_with_a_chance_seed_of_its_own_however_many_seeds_a_draw_had(seeds: int) -> None:
    rng = np.random.default_rng(12)
    draws, n = 40, 4000
    x = np.repeat(rng.normal(0, 1.0, (draws, n)), seeds, axis=0) + rng.normal(0, 2.0, (draws * seeds, n))
    s = summarise(x, draws_of(range(draws * seeds), seeds), level=0.90)
    new = rng.normal(0, 1.0, n) + rng.normal(0, 2.0, n)
    covered = np.mean((s.low <= new) & (new <= s.high))
    assert covered == pytest.approx(0.90, abs=0.02)  # four standard errors of a share are 0.019


def test_means_over_replications_and_other_periods_are_not_used() -> None:
    rows = pd.concat([table({"base": [1.0, 1.0], "other": [2.0, 4.0]}), table({"base": [9.0]}).assign(replication=-1)])
    rows = pd.concat([rows, table({"base": [9.0], "other": [9.0]}).assign(period_kind="month", period="2024-01")])
    found = paired_differences(rows, "base", seeds_per_draw=1)
    assert len(found) == 1
    assert found["difference"].iloc[0] == pytest.approx(2.0)


def test_order_of_rows_does_not_matter() -> None:
    rows = pd.concat([table({"a": [1.0, 2.0, 5.0], "b": [2.0, 1.0, 0.0]}, period=p) for p in ("2023", "2024")], ignore_index=True)
    one = paired_differences(rows, "a", seeds_per_draw=1)
    two = paired_differences(rows.sample(frac=1, random_state=1), "a", seeds_per_draw=1)
    pd.testing.assert_frame_equal(one.sort_values("period", ignore_index=True), two.sort_values("period", ignore_index=True))


def test_unknown_baseline_is_named() -> None:
    with pytest.raises(KeyError, match="autonoom"):
        paired_differences(table({"a": [1.0]}), "autonoom", seeds_per_draw=1)


def test_a_study_of_the_baseline_alone_gives_an_empty_table() -> None:
    found = paired_differences(table({"base": [1.0, 2.0]}), "base", seeds_per_draw=1)
    assert found.empty
    assert {"scenario", "difference", "basis"} <= set(found.columns)


def test_a_cube_is_dense_with_nan_where_a_cell_is_missing() -> None:
    rows = table({"base": [1.0, 2.0], "other": [3.0]})
    made = cube(rows, ["cost", "absent"])
    assert made.values.shape == (2, 2, 1, 1)
    assert np.isnan(made.values[1, 1, 0, 0])
    assert np.isnan(made.column("absent")).all()


def test_cubes_made_per_scenario_and_stacked_are_the_cube_of_all() -> None:
    """Also where scenarios do not have the same keys and replications."""
    rows = pd.concat(
        [table({"base": [1, 2, 3], "other": [4, 5]}), table({"other": [6, 7]}, period="2023"), table({"base": [8]}, period="2025")]
    )
    whole = cube(rows, ("cost",), ("base", "other"))
    made = stacked(cube(rows[rows["scenario"] == name], ("cost",), (name,)) for name in ("base", "other"))
    pd.testing.assert_frame_equal(made.keys, whole.keys)
    assert (made.scenarios, made.replications, made.columns) == (whole.scenarios, whole.replications, whole.columns)
    np.testing.assert_array_equal(made.values, whole.values)


def test_an_interval_of_a_mean_is_that_of_student() -> None:
    found = mean_interval(np.array([1.0, np.nan, 2.0, 3.0]), 0.95)
    half = 4.30265 / 3**0.5  # t at 97.5 per cent with 2 degrees of freedom
    assert (found.value, found.low, found.high) == pytest.approx((2, 2 - half, 2 + half), abs=1e-4)
    alone = mean_interval(np.array([5.0]))
    assert alone.value == 5.0
    assert np.isnan(alone.low)
