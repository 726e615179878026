"""The report in a real browser: accessible, without a request, without a script, and printed as a tagged PDF."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from invented_study import invented_arrivals, invented_indicators, invented_study

from sim.report.pdf import browser, write_pdf
from sim.report.write import write_report

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(browser() is None, reason="no Chromium, Chrome or Edge on this machine"),
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
WIDTHS = {"phone": (390, "screen"), "laptop": (1280, "screen"), "print": (1040, "print")}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("browser")
    info = invented_study(scenarios=1, draws=2, seeds=2, nodes_per_part=2, years=3)
    invented_indicators(info, nodes_per_part=2, sites=2, years=3, change_year=2020).to_parquet(out / "indicators.parquet")
    invented_arrivals(info).to_parquet(out / "arrivals.parquet")
    write_report(out, out / "indicators.parquet", info, "nl", formats=["html"])
    return out / "report.html"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(browser()), args=["--no-sandbox", "--disable-background-networking"])
        yield running
        running.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_has_no_accessibility_violation(chromium: Any, report: Path, width: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    pixels, media = WIDTHS[width]
    page = chromium.new_page(viewport={"width": pixels, "height": 900})
    page.goto(report.as_uri())
    page.emulate_media(media=media)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = axe.Axe().run(page, options={"runOnly": RULES}).response
    told = [(v["id"], v["nodes"][0]["html"][:200]) for v in found["violations"]]
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.close()
    assert told == []
    assert len(found["passes"]) > 10  # the rules did run
    assert beyond <= 0  # wide tables scroll by themselves, the page does not


def test_the_page_needs_no_script_and_makes_no_request(chromium: Any, report: Path) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    assert page.locator("ol.lines li").count() == 5
    assert page.locator("figure svg").first.is_visible()
    page.locator("details > summary").first.click()  # tables behind figures open without a script
    assert page.locator("details[open]").count() == 1
    context.close()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_the_pdf_is_tagged_and_speaks_its_language(report: Path, tmp_path: Path) -> None:
    write_pdf(report, tmp_path / "report.pdf")
    content = (tmp_path / "report.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert b"/MarkInfo" in content
    assert b"/StructTreeRoot" in content
    assert b"/Lang (nl" in content
