"""What is said of packages, on small numbers: shares, quantiles, norms, effects made larger."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command import ONE_QUEUE

from sim.errors import Fault
from sim.model import Model, load_model
from sim.packages.answer import chance_interval, sure_saving
from sim.packages.break_even import scaled_effect
from sim.packages.question import Norm, read_norms
from sim.report.frontier_chart import LOOKS, FrontierPoint, FrontierWords, frontier_chart
from sim.report.notation import Notation
from sim.scenario import Effect, load_measure

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(ONE_QUEUE)


@pytest.fixture(scope="module")
def effect() -> Effect:
    return load_measure(Path(ONE_QUEUE) / "scenarios" / "measures" / "extra-plek.yaml").effects[0]


def test_a_chance_has_the_exact_binomial_interval() -> None:
    """Ten of ten at 90 per cent: the lower end p has p ** 10 = 0.05."""
    found = chance_interval(10, 10)
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(0.05**0.1)
    assert chance_interval(0, 10).high == pytest.approx(1 - 0.05**0.1)


@pytest.mark.parametrize(("certainty", "expected"), [(0.8, 2.0), (0.5, 5.0), (0.75, 2.0), (0.1, 9.0)])
def test_the_sure_saving_is_reached_in_the_share_asked(certainty: float, expected: float) -> None:
    saving = np.array([9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, -np.inf])
    assert sure_saving(saving, certainty) == expected
    assert (saving >= expected).mean() >= certainty


def test_no_saving_is_sure_where_the_norms_break_too_often() -> None:
    assert math.isnan(sure_saving(np.array([9.0, 8.0, -np.inf, -np.inf]), 0.8))


def test_later_norms_win_and_none_clears_all(model: Model) -> None:
    faults: list[Fault] = []
    assert read_norms(["alle=-0.10", "hulp=90%"], model, faults) == (Norm("hulp", 0.9, False),)
    assert read_norms(["hulp=0,8", "alle=-5%"], model, faults) == (Norm("hulp", -0.05, True),)
    assert read_norms(["alle=-0.10", "geen"], model, faults) == ()
    assert not faults
    read_norms(["hulp", "hulp=1.5", "hulp=-2", "hulpp=0.5"], model, faults)
    assert len(faults) == 4


def test_an_effect_is_made_larger_away_from_no_effect(effect: Effect) -> None:
    factor = replace(effect, op="multiply", low=0.8, mode=0.9, high=1.1)
    twice = scaled_effect(factor, 2.0)
    assert (twice.low, twice.mode, twice.high) == pytest.approx((0.6, 0.8, 1.2))
    assert scaled_effect(factor, 0.0).mode == 1.0
    assert scaled_effect(factor, 20.0).mode == 0.0  # a factor is never below nothing
    assert scaled_effect(replace(effect, low=1, mode=2, high=3), 0.5).mode == 1.0
    assert scaled_effect(replace(factor, role="counter_effect"), 2.0) == replace(factor, role="counter_effect")
    assert scaled_effect(replace(factor, op="set"), 2.0).mode == 0.9


def test_the_picture_tells_chances_apart_without_colour_and_is_the_same_twice() -> None:
    chances = ((1, 0.9), (2, 0.6), (3, 0.2))
    points = [FrontierPoint(n, (c * 1e7, c * 8e6, c * 12e6), (c * 1e4, 0.0, 2e4), (c, c / 2, 1.0)) for n, c in chances]
    words = FrontierWords("besparing", "mln", "weken", "kans", "%", ("zeker", "eerder wel", "eerder niet"), "overige", "gevraagd")
    svg, png = frontier_chart(points, [(1e6, 1e3)], 8e6, 0.8, words, Notation("nl"))
    assert (svg, png) == frontier_chart(points, [(1e6, 1e3)], 8e6, 0.8, words, Notation("nl"))
    assert all(f">{text}<" in svg for text in ("zeker", "eerder wel", "eerder niet", "overige", "besparing", " gevraagd"))
    assert all(svg.count(f">{number}<") >= 2 for number in (1, 2, 3))  # beside the point, and beside its chance
    assert len({(shape, filled) for _, shape, filled in LOOKS}) == len(LOOKS)
