"""Exponential races of the compiled engine are decided without logarithms, and still as the reference engine decides them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.draws.keyed import UNIT
from sim.engine.compiled import draws

pytestmark = pytest.mark.unit

about: Any = draws.about
race_is_close: Any = draws.race_is_close


def uniforms() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Uniform numbers as they are drawn: evenly, the smallest and the largest there are, and where the bits of 1 - u change exponent."""
    words = np.random.default_rng(20).integers(0, 2**52, 200_000)
    ends = 2 ** np.arange(52)
    roots = (2.0**52 * (1.0 - np.sqrt(0.5) * 0.5 ** np.arange(40))).astype(np.int64)
    edges = np.concatenate([roots - 1, roots, roots + 1])
    return (np.concatenate([words, ends - 1, 2**52 - ends, edges]).clip(0, 2**52 - 1) + 0.5) * UNIT


def test_the_quick_logarithm_errs_less_than_a_third_of_the_margin() -> None:
    u = uniforms()
    error = np.abs(about.py_func(u) / -np.log1p(-u) - 1.0).max()
    assert error < 1 / 19_000
    assert (1.0 + error) / (1.0 - error) < 1.0 + (draws.RACE_MARGIN - 1.0) / 2  # roundings of the exact race are below 1e-15


def test_a_race_that_the_quick_logarithm_would_decide_otherwise_is_called_close() -> None:
    rng = np.random.default_rng(21)
    u, other = rng.permutation(uniforms()), rng.permutation(uniforms())
    share = 0.5  # the other's share is such that both finish at nearly the same time
    rival = share * np.log1p(-other) / np.log1p(-u) * (1.0 + rng.uniform(-2e-4, 2e-4, len(u)))
    exact = -np.log(1.0 - u) / share < -np.log(1.0 - other) / rival
    one, two = about.py_func(u) / share, about.py_func(other) / rival
    differs = (one < two) != exact
    assert np.count_nonzero(differs) > 1_000  # the test tries what it is about
    assert race_is_close.py_func(np.minimum(one, two), np.maximum(one, two))[differs].all()


def test_few_races_are_close() -> None:
    rng = np.random.default_rng(22)
    u = rng.uniform(size=(100_000, 5))
    first, second = np.sort(about.py_func(u), axis=1)[:, :2].T
    assert race_is_close.py_func(first, second).mean() < 0.01  # expected: 4/5 of margin - 1


def test_who_has_no_share_never_wins() -> None:
    with np.errstate(divide="ignore"):
        never = about.py_func(uniforms()) / 0.0
    assert np.isposinf(never).all()
