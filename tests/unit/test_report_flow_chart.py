"""The chain's picture says the size of every flow where it arrives; many pictures are drawn elsewhere without another result."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from functools import partial

import pytest

from sim.report import drawing
from sim.report.blocks import Chapter, Folded, Picture, figures
from sim.report.flow_chart import Box, Way, flow_chart

pytestmark = pytest.mark.unit
BOXES = [Box("a", "Toegang", ("10 van buiten",)), Box("b", "Wijkteams", ("3 weken",), full=True), Box("c", "<b>&amp;", ())]
WAYS = [Way("a", "b", 1.0, "4.346"), Way("a", "c", 0.2, "429"), Way("c", "a", 0.1, "77"), Way("b", "b", 0.5, "9")]


def texts(svg: str) -> set[str | None]:
    return {e.text for e in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}


def test_every_flow_between_parts_has_its_size_and_every_part_its_lines() -> None:
    found = texts(flow_chart(BOXES, WAYS, ["voet"])[0])
    assert {"4.346", "429", "77", "Toegang", "10 van buiten", "3 weken", "<b>&amp;", "voet"} <= found
    assert "9" not in found  # within a part: in the table alone


def test_a_chain_of_one_part_and_one_without_flows_are_drawn() -> None:
    assert "Toegang" in texts(flow_chart(BOXES[:1], [], [])[0])


@pytest.mark.parametrize("many", [1, 100])
def test_drawn_here_or_in_another_process_a_picture_is_the_same(monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    monkeypatch.setattr(drawing, "MANY", many)
    monkeypatch.setattr(drawing.os, "cpu_count", lambda: 2)
    pictures = [Picture(f"p{i}", "Keten", "stromen", partial(flow_chart, BOXES, WAYS[: i + 1], [])) for i in range(2)]
    done: list[str] = []
    made = drawing.drawn([Chapter("x", "X", (pictures[0], Folded("meer", (pictures[1],))))], lambda: done.append("andere bestanden"))
    assert [(f.id, f.svg) for f in figures(made)] == [(p.id, p.draw()[0]) for p in pictures]
    assert done == ["andere bestanden"]


def test_where_no_process_can_be_had_pictures_are_drawn_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "MANY", 1)
    monkeypatch.setattr(drawing.sys, "executable", "/nergens/python")
    made = drawing.drawn([Chapter("x", "X", (Picture("p", "Keten", "", partial(flow_chart, BOXES, WAYS, [])),))])
    assert figures(made)[0].svg == flow_chart(BOXES, WAYS, [])[0]
