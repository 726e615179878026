"""Numbers, dates and texts as Dutch and English readers write them."""

from __future__ import annotations

import pytest

from sim.report.notation import Notation, clean, decimals_for, in_runs, outward

pytestmark = pytest.mark.unit
NL, EN = Notation("nl"), Notation("en")


@pytest.mark.parametrize(
    ("x", "decimals", "dutch", "english"),
    [
        (1234.5, 1, "1.234,5", "1,234.5"),
        (-1234567.891, 2, "−1.234.567,89", "−1,234,567.89"),
        (0.5, 0, "1", "1"),
        (2.675, 2, "2,68", "2.68"),
        (-0.04, 1, "0,0", "0.0"),
        (1e15, 0, "1.000.000.000.000.000", "1,000,000,000,000,000"),
        (514.0, -1, "510", "510"),
        (float("nan"), 1, "–", "–"),
        (float("inf"), 1, "–", "–"),
        (None, 1, "–", "–"),
    ],
)
def test_numbers(x: float | None, decimals: int, dutch: str, english: str) -> None:
    assert NL.number(x, decimals) == dutch
    assert EN.number(x, decimals) == english


def test_a_difference_shows_its_sign_but_zero_has_none() -> None:
    assert NL.number(3.2, 1, signed=True) == "+3,2"
    assert NL.number(-3.2, 1, signed=True) == "−3,2"
    assert NL.number(0.01, 1, signed=True) == "0,0"


def test_money_weeks_and_shares() -> None:
    assert NL.euro_million(8_250_000) == "€\u202f8,3 mln"
    assert EN.euro_million(8_250_000) == "€8.3 million"
    assert NL.weeks(1.0) == "1,0 week"
    assert NL.weeks(6.25) == "6,3 weken"
    assert EN.weeks(6.25) == "6.3 weeks"
    assert NL.percent(0.256) == "26%"
    assert NL.percent(0.256, 1) == "25,6%"
    assert NL.points(-0.015) == "−1,5"
    assert NL.weeks(None) == "–"


def test_dates() -> None:
    assert NL.date("2023-07-01") == "1 juli 2023"
    assert EN.date("2023-07-01") == "1 July 2023"
    assert NL.date("ooit") == "ooit"


@pytest.mark.parametrize(
    ("x", "text"), [(0.00123456, "0,001235"), (290.0, "290"), (0.5, "0,5"), (0, "0"), (1234567.0, "1.234.567"), (1e-20, "0"), (0.1, "0,1")]
)
def test_plain_numbers_keep_what_matters(x: float, text: str) -> None:
    assert NL.plain(x) == text


def test_spans_are_rounded_outward() -> None:
    assert NL.span(0.04, 3.21, 1) == "0,0 tot 3,3"
    assert NL.span(-0.04, -0.01, 1) == "−0,1 tot 0,0"
    assert EN.span(1_000_000, 2_000_000, 1, scale=1e6) == "1.0 to 2.0"
    assert NL.span(float("nan"), 2.0) == "–"


def test_noise_of_floating_point_does_not_widen_a_span() -> None:
    assert [float(v) for v in outward(0.1 + 0.2, 0.30000000000000004, 1)] == [0.3, 0.3]


@pytest.mark.parametrize(("low", "high", "decimals"), [(0, 0.5, 2), (4, 33, 0), (500, 1400, -1), (0, 20_000, -3), (1, 1, 1)])
def test_decimals_follow_the_width(low: float, high: float, decimals: int) -> None:
    assert decimals_for(low, high) == decimals


def test_lists_of_words() -> None:
    assert NL.join([]) == ""
    assert NL.join(["a"]) == "a"
    assert NL.join(["a", "b", "c"]) == "a, b en c"
    assert EN.join(["a", "b"]) == "a and b"


def test_clean_takes_out_control_and_direction_characters_and_cuts() -> None:
    assert clean("a\u202eb\u200fc\x00d\ne\t f") == "abcd e f"
    assert clean("<b>&") == "<b>&"  # the page escapes, not this
    assert len(clean("x" * 10_000, 90)) == 90
    assert clean("x" * 91, 90).endswith("…")


def test_numbers_that_follow_on_each_other_are_written_together() -> None:
    assert in_runs([9, 7, 8, 5, 12, 11]) == "5, 7-9, 11, 12"
    assert in_runs([]) == "-"
