"""The report as text: a snapshot whose differences a reviewer can read, and no item of the methods left open.

To accept a change: delete ``tests/snapshots/report-nl.md``, run this test twice, and read the difference in the commit.
"""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from invented_study import invented_arrivals, invented_indicators, invented_study
from report_page import Page, page_as_text

from sim.report.chapters.methods import REGISTER, STRESS, card, stress
from sim.report.context import Context
from sim.report.results import Results
from sim.report.write import write_report

pytestmark = pytest.mark.integration
SNAPSHOT = Path(__file__).parents[1] / "snapshots" / "report-nl.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with its indicators and, beside them, its arrivals."""
    made = tmp_path_factory.mktemp("studie")
    info = invented_study(scenarios=2, draws=2, seeds=2, nodes_per_part=2, years=4)
    invented_indicators(info, nodes_per_part=2, sites=2, years=4).to_parquet(made / "indicators.parquet")
    invented_arrivals(info).to_parquet(made / "arrivals.parquet")
    return made


@pytest.fixture(scope="module")
def context(folder: Path) -> Context:
    info = invented_study(scenarios=2, draws=2, seeds=2, nodes_per_part=2, years=4)
    return Context(Results(folder / "indicators.parquet", info), "nl")


@pytest.fixture(scope="module")
def html(context: Context, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("tekst")
    write_report(out, folder / "indicators.parquet", context.info, "nl", formats=["html"])
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
    asked = ["antwoord", "leeswijzer", "keten", "vraag", "per-scenario", "waterbed", "oorzaken", "verloop", "op-tijd", "wie", "geld"]
    assert ids == [*asked, "onzekerheid", "planners", "toets", "verantwoording", "methode"]


def test_flows_demand_and_waits_by_urgency_are_those_of_the_arrivals(html: str, folder: Path) -> None:
    """Computed again with pandas alone, from the file."""
    came = pd.read_parquet(folder / "arrivals.parquet")
    came = came[(came["scenario"] == "autonoom") & (came["period"] == "2022")]
    page = Page(html)

    def cell(table: str, head: str, column: str) -> str:
        return page.row(table, head)[page.tables[table][0].index(column) - 1]

    flow = came[(came["origin"] == "toegang_0") & (came["node"] == "wijkteam_0")].groupby("replication")["arrivals"].sum().mean()
    assert cell("keten-stromen", "Toegang", "Wijkteam") == written(flow, 0)
    drawing = re.search(r'<figure id="keten-stroom".*?</svg>', html, re.S)
    assert drawing is not None
    assert f">{written(flow, 0)}</text>" in drawing.group()

    outside = came[came["origin"] == "buiten"].groupby("replication")["arrivals"].sum().mean()
    assert cell("vraag-tabel", "Alle ingangen", "2022").startswith(written(outside, 0))

    hoog = came[came["urgency"] == "hoog"]
    weeks = (hoog["wait_mean"] * hoog["waited"]).groupby(hoog["replication"]).sum() / hoog.groupby("replication")["waited"].sum()
    assert cell("urgency-tabel", "hoog", "Gemiddelde wachttijd (weken)").startswith(written(weeks.mean(), 1))


def written(x: float, decimals: int) -> str:
    """As a Dutch reader writes it."""
    return f"{x:,.{decimals}f}".translate(str.maketrans(",.", ".,"))
