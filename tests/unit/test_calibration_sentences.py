"""What the pages on a calibration say is never stronger than the numbers allow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from string import Formatter

import numpy as np
import pytest

from calibration.pages.context import TEXTS, Context
from sim.report.fitted import MOST_ROWS, FigureWriter, FittedFigure
from sim.report.study_info import Bilingual
from sim.report.wording import text_keys, texts_of

pytestmark = pytest.mark.unit
NL = FigureWriter("nl", lambda part: part)
CONTEXT = Context(Path("nowhere"), "nl", Bilingual("Straat", "Street"), {})


def figure(**changes: object) -> FittedFigure:
    """Waiting 14 weeks (10 to 20) was reported; the model says 12 to 16."""
    weeks = FittedFigure(
        "wacht", Bilingual("Wachttijd", "Wait"), "jeugdhulp", "wacht", "alle", "2022-Q4", "weeks", "fit", "", True, True, 14.0,
        (10.0, 20.0), 15.0, (5.0, 15.0, 40.0), (12.0, 14.0, 16.0), 0.0,
    )  # fmt: skip
    return replace(weeks, **changes)  # type: ignore[arg-type]


def coverage(k: int, n: int) -> str:
    return " ".join(NL.coverage([figure(inside=i < k) for i in range(n)]))


def test_nine_in_ten_inside_is_as_promised_and_said_with_the_interval_of_chance() -> None:
    told = coverage(63, 70)
    assert "63 van de 70 cijfers waarop is afgesteld (90%)" in told
    assert "past bij" in told
    assert "80 tot 96%" in told  # Clopper-Pearson of 63 in 70: 80.5 and 95.9, rounded outward


@pytest.mark.parametrize(
    ("k", "n", "said"), [(40, 70, "minder dan de beloofde 90%"), (70, 70, "meer dan de beloofde 90%"), (3, 3, "past bij")]
)
def test_too_few_or_too_many_inside_is_said_only_where_chance_does_not_explain_it(k: int, n: int, said: str) -> None:
    assert said in coverage(k, n)


def test_no_figures_no_sentence() -> None:
    assert NL.coverage([]) == []


def test_a_figure_outside_tells_the_way_and_whether_its_own_error_may_explain_it() -> None:
    near = figure(inside=False, posterior=(15.0, 18.0, 22.0))
    far = figure(inside=False, posterior=(3.0, 4.0, 6.0))
    one, two = NL.outside([near, figure(), far])
    assert one.startswith(
        "Wachttijd, 2022-Q4: gerapporteerd 14 weken (band 10 tot 20 weken), model 15,0 tot 22,0 weken. Het model ligt hoger;"
    )
    assert "kan het verschil verklaren" in one
    assert "Het model ligt lager, en de band van het cijfer verklaart dat niet" in two


def test_below_an_upper_bound_the_model_is_only_said_to_keep_to_it() -> None:
    bound = figure(bound="upper", reported=56.0, unit="days", posterior=(56.0, 56.0, 56.0))
    assert NL.interval(bound, bound.posterior) == "≤ 56 dagen"


@pytest.mark.parametrize(
    ("unit", "low", "high", "text"),
    [
        ("share", 0.1234, 0.2, "12,3 tot 20,0%"),
        ("persons", 7912.3, 10120.9, "7.912 tot 10.121"),
        ("months", 5.21, 6.98, "5,2 tot 7,0 maanden"),
    ],
)
def test_an_interval_is_printed_no_narrower_than_it_is(unit: str, low: float, high: float, text: str) -> None:
    assert NL.span(unit, low, high) == text


def test_rounding_never_puts_a_figure_back_into_an_interval_it_is_outside_of() -> None:
    outside = figure(inside=False, posterior=(9.0, 12.0, 13.9996))
    assert NL.interval(outside, outside.posterior) == "9,0000 tot 13,9996 weken"


def test_a_score_is_called_better_only_where_the_mean_difference_has_a_sign() -> None:
    theirs = np.array([5.0, 6.0, 7.0, 6.0, 5.0])
    assert "beter." in CONTEXT.compare("score.prior", theirs - 2.0, theirs)
    assert "slechter." in CONTEXT.compare("score.prior", theirs + 2.0, theirs)
    assert "niet zeker" in CONTEXT.compare("score.prior", theirs[::-1] + np.array([-1, 1, -1, 1, 0]), theirs)
    assert "niet zeker" in CONTEXT.compare("score.prior", np.array([1.0]), np.array([9.0]))  # one figure tells no direction


def test_figures_per_gebied_stand_apart_and_no_picture_is_longer_than_a_page() -> None:
    city = [figure(id=f"c{i}", family=f"c{i}", part=f"deel {i % 3}") for i in range(40)]
    per = [figure(id=f"g{i}", family="g0", gebied=f"gebied {i}", title=Bilingual(f"Aandeel: gebied {i}")) for i in range(14)]
    groups = NL.groups([*city, *per])
    assert [title for title, _ in groups] == ["deel 0", "deel 1", "deel 2", "Aandeel, per gebied"]
    pictures = NL.pictures([*city, *per], "p")
    drawn = [len(p.table.rows) for p in pictures if p.table]
    assert sum(drawn) == 54
    assert max(drawn) <= MOST_ROWS


def test_a_figure_of_zero_is_in_the_table_and_not_on_the_axis() -> None:
    (picture,) = NL.pictures([figure(reported=0.0, band=(0.0, 3.0))], "p")
    assert picture.table is not None
    assert picture.table.rows[0].cells[1].text == "0 weken"


def test_every_text_of_the_page_has_both_languages_with_the_same_placeholders() -> None:
    for key in text_keys(TEXTS):
        nl, en = ({name for _, name, _, _ in Formatter().parse(texts_of(TEXTS)[key][lang]) if name} for lang in ("nl", "en"))
        assert nl == en, key
