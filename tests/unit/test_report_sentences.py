"""Sentences are never stronger than their interval."""

from __future__ import annotations

from string import Formatter

import pytest

from sim.report import wording
from sim.report.context import tone_of
from sim.report.notation import Notation
from sim.report.results import UNKNOWN, Interval
from sim.report.sentences import claim, sentence

pytestmark = pytest.mark.unit
NL = Notation("nl")


def interval(low: float, high: float, basis: str = "parameters", mean: float | None = None, sign: float = 0.8) -> Interval:
    middle = (low + high) / 2 if mean is None else mean
    return Interval(middle, low, high, low, high, sign, 8, basis)


def cost(x: Interval, lang: str = "nl") -> str:
    made = claim(x, Notation(lang), scale=1e6, unit="€ {} mln" if lang == "nl" else "€{} million")
    return sentence("cost", made, lang, year=2027, baseline="Autonoom")


def test_an_interval_below_zero_is_a_probable_saving() -> None:
    assert cost(interval(-14.2e6, -8.1e6)) == "De kosten in 2027 zijn waarschijnlijk € 8,1 tot 14,2 mln lager."
    assert cost(interval(-14.2e6, -8.1e6), "en") == "Cost in 2027 is probably €8.1 to 14.2 million lower."


def test_an_interval_around_zero_gives_no_direction() -> None:
    text = cost(interval(-3.2e6, 5.4e6))
    assert text == "Of de kosten in 2027 dalen of stijgen staat niet vast: van € 3,2 mln lager tot € 5,4 mln hoger."
    assert "waarschijnlijk" not in text


def test_where_nearly_all_replications_agree_that_is_said_beside_the_interval() -> None:
    text = cost(interval(-0.2e6, 5.4e6, sign=1.0))
    assert text == "Of de kosten in 2027 dalen of stijgen staat niet vast: van € 0,2 mln lager tot € 5,4 mln hoger. " + (
        "Wel geeft 100% van de herhalingen een stijging."
    )
    assert cost(interval(-5.4e6, 0.2e6, sign=0.96), "en").endswith("Yet 96% of the replications show a fall.")


def test_chance_alone_never_earns_probably() -> None:
    assert "waarschijnlijk" not in cost(interval(-14e6, -8e6, "chance"))
    assert "middenwaarden" in cost(interval(-14e6, -8e6, "chance"))


def test_one_replication_earns_no_direction() -> None:
    nan = float("nan")
    text = cost(Interval(-3e6, nan, nan, nan, nan, 1.0, 1, "none"))
    assert text == "In de ene herhaling die is gedraaid verschillen de kosten in 2027 € −3,0 mln."


def test_no_number_no_sentence() -> None:
    assert cost(UNKNOWN) == ""


def test_exactly_the_same_is_said_so() -> None:
    assert cost(interval(0.0, 0.0)) == "De kosten in 2027 zijn gelijk aan die in Autonoom."


@pytest.mark.parametrize(("low", "high"), [(-14.26e6, -8.14e6), (0.02e6, 3.9e6), (123.4e6, 1520.6e6), (1e6, 1.0001e6), (-9.99e6, -0.5e6)])
def test_the_printed_span_is_never_narrower_than_the_interval(low: float, high: float) -> None:
    made = claim(interval(low, high), Notation("en"), scale=1e6)
    first, _, last = made.span.partition(" to ")
    ends = sorted(float(end.removeprefix("almost ").replace(",", "")) for end in (first, last or first))
    assert ends[0] <= min(abs(low), abs(high)) / 1e6 * (1 + 1e-9)
    assert ends[1] >= max(abs(low), abs(high)) / 1e6 * (1 - 1e-9)


def test_rounding_does_not_lose_a_direction_nor_make_one() -> None:
    assert claim(interval(3.0, 9200.0), NL).direction == "more"
    assert claim(interval(1e-9, 9200.0), NL).direction == "unclear"  # no more than floating point makes of equal numbers
    assert claim(interval(-1e-9, 5.0), NL).direction == "unclear"


@pytest.mark.parametrize(
    ("low", "high", "printed"),
    [
        (0.02, 3.77, "bijna 0 tot 3,8"),
        (3.0, 9200.0, "bijna 0 tot 9.200"),
        (-14.26, -0.003, "bijna 0 tot 15"),
        (101.2, 103.4, "101,2 tot 103,4"),
    ],
)
def test_both_ends_have_the_decimals_that_the_width_bears(low: float, high: float, printed: str) -> None:
    assert claim(interval(low, high), NL).span == printed


@pytest.mark.parametrize(("low", "high"), [(0.02, 3.77), (-9.0, -1e-5), (-1.0, 2.0), (0.0, 3.0), (1e-12, 5.0)])
def test_a_sentence_names_a_direction_where_the_tables_mark_one(low: float, high: float) -> None:
    x = interval(low, high)
    assert (claim(x, NL).direction in ("less", "more")) == tone_of(x).endswith("-sure")


def test_every_text_has_both_languages_with_the_same_placeholders() -> None:
    for key in wording.text_keys():
        nl, en = ({name for _, name, _, _ in Formatter().parse(wording.say(lang, key)) if name} for lang in ("nl", "en"))
        assert nl == en, key
        assert wording.say("nl", key)
        assert wording.say("en", key)
