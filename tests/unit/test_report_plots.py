"""Pictures: text stays text, nothing is read as markup or mathematics, the same bytes every time."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from sim.report.line_charts import Line, Panel, small_multiples
from sim.report.notation import Notation
from sim.report.plots import Dot, dot_chart, inline

pytestmark = pytest.mark.unit
NL = Notation("nl")
YEARS = [2021, 2022, 2023]
HOSTILE = '<script>alert(1)</script> $\\frac{1}{0}$ _verborgen & "x"'


def chart(title: str = "Kosten", scenario: str = "Pakket") -> tuple[str, bytes]:
    base = Line("Autonoom", [1200.0, 1300.0, 1450.0], [1100.0, 1200.0, 1300.0], [1300.0, 1400.0, 1600.0])
    nan = float("nan")
    return small_multiples([Panel(title, (base, Line(scenario, [1200.0, nan, 1250.0], style=0)), "mln euro")] * 2, YEARS, NL)


def test_the_same_picture_has_the_same_bytes() -> None:
    assert chart() == chart()


def test_text_is_text_in_dutch_notation() -> None:
    svg, _ = chart()
    texts = {e.text for e in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}
    assert {"Kosten", "Autonoom", "Pakket", "mln euro", "2022"} <= texts
    assert "1.200" in texts


def test_no_date_and_no_programme_name() -> None:
    svg, png = chart()
    assert "metadata" not in svg
    assert b"Software" not in png
    assert "matplotlib.org" not in svg


def test_hostile_titles_are_only_text() -> None:
    svg, _ = chart(HOSTILE, "_" + HOSTILE)
    body = inline(svg, "f1", HOSTILE)
    assert "<script" not in svg
    assert "<script" not in body
    ET.fromstring(body)  # well-formed
    legend = [e.text or "" for e in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert any(t.strip().startswith("_<script>") for t in legend)


def test_inline_pictures_do_not_share_ids() -> None:
    svg, _ = chart()
    one, two = inline(svg, "a", "x"), inline(svg, "b", "x")
    ids = re.findall(r'\bid="([^"]+)"', one) + re.findall(r'\bid="([^"]+)"', two)
    assert ids
    assert len(ids) == len(set(ids))
    for body in (one, two):
        used = set(re.findall(r"url\(#([^)]+)\)", body)) | set(re.findall(r'href="#([^"]+)"', body))
        assert used <= set(re.findall(r'\bid="([^"]+)"', body))
    assert 'role="img" aria-label="x"' in one


def test_pictures_without_numbers_are_drawn_empty() -> None:
    nan = float("nan")
    small_multiples([Panel("Leeg", (Line("a", [nan, nan, nan]),))], YEARS, NL)
    small_multiples([Panel("Een jaar", (Line("a", [3.0], [2.0], [4.0]),))], [2024], NL)
    small_multiples([Panel("Vlak", (Line("a", [0.0, 0.0, 0.0]),), zero_line=True)], YEARS, NL)
    dot_chart(["a"], [("Kosten", "mln", [Dot(nan, nan, nan)])], NL)
    svg, _ = dot_chart(["a", "b"], [("Kosten", "mln", [Dot(-3.0, nan, nan), Dot(0.0, 0.0, 0.0)])], NL)
    assert ">a<" in svg
