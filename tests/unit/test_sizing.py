"""The parts of a sizing: norms as written, whole divisions, the search, what certification says, the best division."""

from __future__ import annotations

from datetime import date
from itertools import product

import numpy as np
import pytest

from sim.errors import InputError
from sim.sizing.allocate import best_division, curve_through
from sim.sizing.answer import told_apart
from sim.sizing.certify import at_least, at_most, needed, quantile_interval
from sim.sizing.question import Norm, Question, read_norm
from sim.sizing.search import UNREACHED, search
from sim.sizing.target import proportional
from sim.sizing.world import Observed

pytestmark = pytest.mark.unit

WEEK = 7 * 1440


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("6 weken", 6 * WEEK),
        ("6 weeks", 6 * WEEK),
        (" 1 week ", WEEK),
        ("10 dagen", 14400),
        ("2,5 weken", 5 * WEEK // 2),
        ("3 maanden", 131490),
    ],
)
def test_a_norm_is_read_as_people_write_it(text: str, ticks: int) -> None:
    assert read_norm(text) == Norm(ticks)


@pytest.mark.parametrize("text", ["", "zes weken", "6", "6 wekken", "-6 weken", "0 dagen", "6 weken 2 dagen"])
def test_a_norm_that_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="weken"):
        read_norm(text)


@pytest.mark.parametrize(("amount", "weights"), [(10, (1, 1, 1)), (7, (0.5, 2.5, 4)), (3, (5, 1, 1, 1)), (0, (1, 2))])
def test_a_proportional_division_adds_up_and_stays_within_one_of_proportion(amount: int, weights: tuple[float, ...]) -> None:
    parts = proportional(amount, weights)
    assert sum(parts) == amount
    assert all(abs(part - amount * weight / sum(weights)) < 1 for part, weight in zip(parts, weights, strict=True))


def toy(bounds: list[int], steep: float) -> tuple[Question, object, list[int]]:
    """Levers that meet the norm from ``bounds`` on, with shares that rise so steeply; and a list that counts runs."""
    question, asked = Question(0.9, 0.9, 2027, date(2026, 1, 1), Norm(1)), []  # type: ignore[var-annotated]

    def run_at(amounts: np.ndarray) -> Observed:
        asked.append(1)
        base = np.full(len(bounds), 1000, np.int64)
        share = 1 / (1 + np.exp(-steep * (amounts - np.array(bounds) + 0.5)))
        within = np.where(amounts >= bounds, np.maximum(900, 900 + 100 * (share - 0.5)), np.minimum(899, 1800 * share)).astype(np.int64)
        zero = np.zeros(len(bounds), np.int64)
        return Observed(base, within, zero, zero, zero, zero, zero, zero)

    return question, run_at, asked


@pytest.mark.parametrize("steep", [0.05, 0.5, 5.0])
def test_a_search_finds_the_least_amount_of_every_lever(steep: float) -> None:
    bounds = [1, 2, 7, 13, 14, 60, 99]
    question, run_at, asked = toy(bounds, steep)
    found = search(question, run_at, np.array([10, 2, 7, 1, 30, 12, 99]), np.full(7, 100))  # type: ignore[arg-type]
    assert found.amounts.tolist() == bounds
    assert found.runs == len(asked) <= 16


def test_a_search_says_what_no_amount_reaches() -> None:
    question, run_at, _ = toy([500, 3], 0.5)
    assert search(question, run_at, np.array([10, 10]), np.full(2, 40)).amounts.tolist() == [UNREACHED, 3]  # type: ignore[arg-type]


def test_bounds_are_those_of_clopper_and_pearson() -> None:
    assert at_least(180, 200) == pytest.approx(0.8578, abs=5e-4)  # tables of the exact binomial interval: 90% two-sided of 180 in 200
    assert at_most(180, 200) == pytest.approx(0.9328, abs=5e-4)
    assert (at_least(0, 5), at_most(5, 5)) == (0.0, 1.0)
    assert (needed(0.9, 200), needed(0.9, 11), needed(0.5, 3)) == (180, 10, 2)


def test_the_interval_of_a_quantile_covers_it_as_often_as_it_says() -> None:
    """Each end is on the wrong side in at most 5 per cent of samples; 4000 samples, so 6 per cent leaves three standard errors."""
    draws = np.random.default_rng(5).integers(0, 1000, (4000, 60))
    truth = 900  # the 90 per cent quantile of the numbers 0 .. 999
    ends = [quantile_interval(sample, 0.9) for sample in draws]
    assert np.mean([low is not None and low > truth for low, _ in ends]) < 0.06
    assert np.mean([high is not None and high < truth - 1 for _, high in ends]) < 0.06


def test_neighbours_are_named_unless_certification_refutes_them() -> None:
    assert told_apart(13, (12, 15), (185, 200), (176, 200), 0.9) == (12, 14, 15)
    assert told_apart(13, (12, 15), (198, 200), (150, 200), 0.9) == ()  # certain, and one less is refuted
    assert told_apart(1, (1, 1), (9, 10), (8, 10), 0.9) == (2,)  # nothing below one


def test_the_best_division_is_the_best_of_all() -> None:
    """Against every division there is, for curves that are not concave."""
    rng = np.random.default_rng(3)
    for _ in range(20):
        curves = [{n: float(v) for n, v in enumerate(np.cumsum(rng.exponential(1, 6) ** 2), start=1)} for _ in range(3)]
        found = best_division(curves, 10)
        assert found.sum() == 10
        value = sum(c[int(n)] for c, n in zip(curves, found, strict=True))
        every = [sum(c[n] for c, n in zip(curves, at, strict=True)) for at in product(range(1, 7), repeat=3) if sum(at) == 10]
        assert value == pytest.approx(max(every))


def test_a_curve_goes_through_its_points_and_never_falls() -> None:
    found = curve_through([(4, 10.0), (8, 30.0), (6, 25.0), (10, 29.0)])
    assert (found[4], found[6], found[8], found[10]) == pytest.approx((10.0, 25.0, 30.0, 30.0))
    assert list(found) == list(range(4, 11))
    assert all(found[n] <= found[n + 1] for n in range(4, 10))
