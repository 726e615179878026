"""The chain as a picture: parts as boxes under each other with a few numbers, and the flows between them on lines beside the boxes.

Every part has one line of its own at the right for all who go on to a part below, and one at the left for all who go back to a part above.
Lines run straight and cross at right angles, branch off with an arrow into each part they lead to, and carry the size of the flow there.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle

from sim.report.plots import INK, MOST_SERIES, QUIET, SERIES, render, short, style

WIDE = 760  # px below which the picture scrolls
WIDTH, BOX_LEFT, BOX_WIDTH = 9.2, 2.55, 3.5  # inches
LINE, HEAD, PORT, GAP, MARGIN = 0.185, 0.21, 0.185, 0.16, 0.07
NUMBER = 0.62  # beside a box, for the sizes of flows; the first line runs behind it
TITLE = 44  # characters of a line of a title
THIN, THICK = 0.9, 3.2  # points
FULL = "#fdeee3"  # a box whose lines say that it is full


@dataclass(frozen=True)
class Box:
    """A part of the chain. ``lines``: numbers with their units; ``full``: places are short there."""

    name: str
    title: str
    lines: tuple[str, ...]
    full: bool = False


@dataclass(frozen=True)
class Way:
    """A flow between two boxes; ``share`` of the largest flow gives its thickness, ``label`` its size (empty: not known)."""

    of: str
    to: str
    share: float = 0.0
    label: str = ""


@dataclass(frozen=True)
class _Side:
    """The lines at one side: to boxes below (``down``) or above. ``lanes`` gives the place of each box's line, from the boxes outward."""

    down: bool
    ways: tuple[Way, ...]
    lanes: Mapping[str, int]

    @staticmethod
    def of(order: Mapping[str, int], ways: Sequence[Way], *, down: bool) -> _Side:
        mine = tuple(w for w in ways if (order[w.to] > order[w.of]) == down)
        names = sorted({w.of for w in mine}, key=lambda name: order[name], reverse=down)
        return _Side(down, mine, {name: i for i, name in enumerate(names)})

    def into(self, name: str) -> list[Way]:
        """Flows into a box, those of the outermost line last."""
        return sorted((w for w in self.ways if w.to == name), key=lambda w: self.lanes[w.of], reverse=self.down)

    def ports(self, name: str) -> int:
        return len(self.into(name)) + (name in self.lanes)


def flow_chart(boxes: Sequence[Box], ways: Sequence[Way], foot: Sequence[str]) -> tuple[str, bytes]:
    """(SVG, PNG). Lines at the right lead to parts below, those at the left (dashed) back to parts above; ``foot`` stands below."""
    order = {b.name: i for i, b in enumerate(boxes)}
    onward, back = (_Side.of(order, [w for w in ways if w.of != w.to], down=down) for down in (True, False))
    heights = {b.name: _height(b, max(onward.ports(b.name), back.ports(b.name))) for b in boxes}
    top: dict[str, float] = {}
    y = 0.03
    for box in boxes:
        top[box.name] = y
        y += heights[box.name] + GAP
    height = y + 0.17 * len(foot)
    with style():
        canvas = Canvas(figsize=(WIDTH, height), dpi=72)
        axes = canvas.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(height, 0)
        axes.set_axis_off()
        for side in (onward, back):
            _lines(axes, boxes, side, top, heights)
        for box in boxes:
            _box(axes, box, top[box.name], heights[box.name])
        for i, text in enumerate(foot):
            axes.text(0.02, y - GAP + 0.13 + 0.17 * i, text, fontsize=8.0, color=QUIET, va="center")
        return render(canvas)


def _title(box: Box) -> list[str]:
    return textwrap.wrap(short(box.title, 2 * TITLE - 2), TITLE) or [""]


def _height(box: Box, ports: int) -> float:
    return max(2 * MARGIN + HEAD * len(_title(box)) + LINE * len(box.lines), PORT * ports + 0.08)


def _box(axes: Axes, box: Box, y: float, height: float) -> None:
    face, edge, width = (FULL, INK, 1.8) if box.full else ("#ffffff", QUIET, 0.9)
    axes.add_patch(Rectangle((BOX_LEFT, y), BOX_WIDTH, height, facecolor=face, edgecolor=edge, linewidth=width, zorder=3))
    y += MARGIN
    for text in _title(box):
        axes.text(BOX_LEFT + 0.1, y + HEAD / 2, text, fontsize=9.5, fontweight="bold", va="center", zorder=4)
        y += HEAD
    for i, line in enumerate(box.lines):
        axes.text(BOX_LEFT + 0.1, y + LINE * (i + 0.5), line, fontsize=8.6, va="center", zorder=4)


def _lines(axes: Axes, boxes: Sequence[Box], side: _Side, top: Mapping[str, float], heights: Mapping[str, float]) -> None:
    """The line of each box, from its port along all boxes it leads to, and the branches into them."""
    edge = BOX_LEFT + BOX_WIDTH if side.down else BOX_LEFT
    sign = 1.0 if side.down else -1.0
    room = (WIDTH - edge if side.down else edge) - NUMBER - 0.08
    step = min(0.3, room / max(1, len(side.lanes) - 1)) if len(side.lanes) > 1 else 0.0
    number = {box.name: i for i, box in enumerate(boxes)}
    ends: dict[str, list[float]] = {}
    for box in boxes:
        into, out = side.into(box.name), box.name in side.lanes
        at = top[box.name] + (heights[box.name] - PORT * side.ports(box.name)) / 2 + PORT / 2
        if out and not side.down:  # the way back leaves at the top, the way on at the bottom: neither crosses what comes in
            ends.setdefault(box.name, []).insert(0, at)
            at += PORT
        for way in into:
            ends.setdefault(way.of, []).append(at)
            _branch(axes, way, side, edge, edge + sign * (NUMBER + step * side.lanes[way.of]), at, number[way.of])
            at += PORT
        if out and side.down:
            ends.setdefault(box.name, []).insert(0, at)
    for name, places in ends.items():
        lane = edge + sign * (NUMBER + step * side.lanes[name])
        start = top[name] + (heights[name] + PORT * side.ports(name)) / 2 - PORT / 2
        if not side.down:
            start = top[name] + (heights[name] - PORT * side.ports(name)) / 2 + PORT / 2
        far = max(places) if side.down else min(places)
        thickest = max(w.share for w in side.ways if w.of == name)
        axes.add_artist(Line2D([edge, lane, lane], [start, start, far], **_look(number[name], side, thickest)))


def _branch(axes: Axes, way: Way, side: _Side, edge: float, lane: float, y: float, number: int) -> None:
    sign = 1.0 if side.down else -1.0
    look = _look(number, side, way.share)
    axes.add_artist(Line2D([lane, edge + sign * 0.09], [y, y], **look))
    tip = [(edge, y), (edge + sign * 0.1, y - 0.045), (edge + sign * 0.1, y + 0.045)]
    axes.add_patch(Polygon(tip, closed=True, facecolor=look["color"], edgecolor="none", zorder=4))
    if way.label:
        axes.text(edge + sign * 0.14, y - 0.022, way.label, fontsize=8.2, ha="left" if side.down else "right", va="bottom", zorder=5)


def _look(number: int, side: _Side, share: float) -> dict[str, Any]:
    """Colour and thickness of a line; what goes back is dashed."""
    width = THIN + (THICK - THIN) * max(0.0, min(1.0, share)) ** 0.5
    dash: Any = "-" if side.down else (0, (3, 1.2))
    return {"color": SERIES[number % MOST_SERIES][0], "linewidth": width, "linestyle": dash, "solid_joinstyle": "miter", "zorder": 2}
