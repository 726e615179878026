"""The report as text: a snapshot whose differences a reviewer can read, and no item of the methods left open.

To accept a change: delete ``tests/snapshots/report-nl.md``, run this test twice, and read the difference in the commit.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from invented_study import invented_indicators, invented_study
from report_page import Page, page_as_text

from sim.report.chapters.methods import REGISTER, STRESS, card, stress
from sim.report.context import Context
from sim.report.results import Results
from sim.report.write import write_report

pytestmark = pytest.mark.integration
SNAPSHOT = Path(__file__).parents[1] / "snapshots" / "report-nl.md"


@pytest.fixture(scope="module")
def context() -> Context:
    info = invented_study(scenarios=2, draws=2, seeds=2, nodes_per_part=2, years=4)
    return Context(Results(invented_indicators(info, nodes_per_part=2, sites=2, years=4), info), "nl")


@pytest.fixture(scope="module")
def html(context: Context, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("tekst")
    write_report(out, context.results._indicators, context.info, "nl", formats=["html"])
    return (out / "report.html").read_text(encoding="utf-8")


def test_the_text_of_the_report_is_that_of_the_snapshot(html: str) -> None:
    made = page_as_text(html)
    if not SNAPSHOT.exists():
        SNAPSHOT.parent.mkdir(exist_ok=True)
        SNAPSHOT.write_text(made, encoding="utf-8", newline="\n")
        pytest.fail(f"there was no {SNAPSHOT.name}; it has been written: read it, then run again")
    assert made == SNAPSHOT.read_text(encoding="utf-8"), "the text of the report has changed; see the head of this test"


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_item_of_stress_des_and_of_the_register_is_filled(context: Context, lang: str) -> None:
    c = Context(context.results, lang)
    for items, keys in ((stress(c), STRESS), (card(c), REGISTER)):
        assert len(items) == len(keys)
        for head, text in items:
            assert len(text.split()) >= 4, head
            assert not re.search(r"\{|\}|\bNone\b|\bnan\b", text), head
    facts = "4 herhalingen per scenario: 2 trekkingen" if lang == "nl" else "4 replications per scenario: 2 draws"
    assert facts in dict(stress(c))[next(head for head, _ in stress(c) if head.startswith("4.3"))]


def test_every_figure_has_its_numbers_in_a_table(html: str) -> None:
    page = Page(html)
    for figure in re.findall(r"<figure .*?</figure>", html, re.S):
        behind = "<table" in figure
        linked = re.search(r'<p class="foot"><a href="#([^"]+)">', figure)
        assert behind or (linked and linked.group(1) in page.tables), figure[:200]


def test_chapters_stand_in_the_order_of_the_question(html: str) -> None:
    ids = re.findall(r'<section aria-labelledby="([^"]+)"', html)
    asked = ["antwoord", "leeswijzer", "keten", "per-scenario", "waterbed", "oorzaken", "verloop", "op-tijd", "wie", "geld", "onzekerheid"]
    assert ids == [*asked, "planners", "toets", "verantwoording", "methode"]
