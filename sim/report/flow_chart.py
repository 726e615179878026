"""The chain as a picture: parts as boxes with a few numbers, ways between them as arrows, from left to right."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import FancyArrowPatch, Rectangle

from sim.report.plots import INK, QUIET, render, short, style

WIDE = 720  # px below which the picture scrolls
BOX_WIDTH, LINE, HEAD, GAP = 1.76, 0.19, 0.17, 0.34  # inches
MOST_COLUMNS = 4  # more do not fit beside each other
TITLE = 25  # characters of a line of a title
FULL = "#fdeee3"  # a box whose lines say that it is full


@dataclass(frozen=True)
class Box:
    """A part of the chain. ``lines``: numbers with their units; ``full``: places are short there."""

    name: str
    title: str
    lines: tuple[str, ...]
    full: bool = False


def levels_of(names: Sequence[str], ways: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Column of each box: one to the right of the boxes before it in ``names`` that lead to it. Ways back do not count."""
    level: dict[str, int] = {}
    for i, name in enumerate(names):
        before = [level[a] for a, b in ways if b == name and a in names[:i]]
        level[name] = 1 + max(before) if before else 0
    return level


def flow_chart(boxes: Sequence[Box], ways: Sequence[tuple[str, str]], back: str) -> tuple[str, bytes]:
    """(SVG, PNG). Ways to the right are drawn through, ways back dashed; ``back`` says so below the picture."""
    level = _squeezed(levels_of([b.name for b in boxes], ways))
    columns: list[list[Box]] = [[] for _ in range(1 + max(level.values(), default=0))]
    for box in boxes:
        columns[level[box.name]].append(box)
    order = {b.name: i for i, b in enumerate(boxes)}
    heights = {b.name: HEAD * len(_title(b)) + LINE * len(b.lines) + 0.2 for b in boxes}
    tall = max(sum(heights[b.name] for b in column) + GAP * (len(column) - 1) for column in columns)
    width, height = 9.2, tall + 0.45
    step = (width - BOX_WIDTH - 0.04) / max(1, len(columns) - 1)
    place: dict[str, tuple[float, float]] = {}
    for i, column in enumerate(columns):
        used = sum(heights[b.name] for b in column) + GAP * (len(column) - 1)
        y = (tall - used) / 2 + 0.05
        for box in column:
            place[box.name] = (0.02 + i * step if len(columns) > 1 else (width - BOX_WIDTH) / 2, y)
            y += heights[box.name] + GAP
    with style():
        canvas = Canvas(figsize=(width, height), dpi=72)
        axes = canvas.add_axes((0, 0, 1, 1))
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        axes.set_axis_off()
        for of, to in ways:
            _arrow(axes, place, heights, level, of, to, onward=order[to] > order[of])
        for box in boxes:
            _box(axes, box, *place[box.name], heights[box.name])
        axes.text(0.02, height - 0.08, back, fontsize=7.6, color=QUIET, va="bottom")
        return render(canvas)


def _squeezed(level: dict[str, int]) -> dict[str, int]:
    """Levels in at most ``MOST_COLUMNS`` columns, neighbours together."""
    columns = 1 + max(level.values(), default=0)
    return level if columns <= MOST_COLUMNS else {name: x * MOST_COLUMNS // columns for name, x in level.items()}


def _title(box: Box) -> list[str]:
    return textwrap.wrap(short(box.title, 2 * TITLE - 2), TITLE) or [""]


def _box(axes: Axes, box: Box, x: float, y: float, height: float) -> None:
    face, edge, width = (FULL, INK, 1.6) if box.full else ("#ffffff", QUIET, 0.8)
    axes.add_patch(Rectangle((x, y), BOX_WIDTH, height, facecolor=face, edgecolor=edge, linewidth=width, zorder=3))
    y += 0.08
    for text in _title(box):
        axes.text(x + 0.08, y + HEAD / 2, text, fontsize=8.4, fontweight="bold", va="center", zorder=4)
        y += HEAD
    for i, line in enumerate(box.lines):
        axes.text(x + 0.08, y + LINE * (i + 0.5) + 0.03, line, fontsize=7.6, va="center", zorder=4)


def _arrow(
    axes: Axes,
    place: Mapping[str, tuple[float, float]],
    heights: Mapping[str, float],
    level: Mapping[str, int],
    of: str,
    to: str,
    *,
    onward: bool,
) -> None:
    (x0, y0), (x1, y1) = place[of], place[to]
    middle0, middle1 = y0 + heights[of] / 2, y1 + heights[to] / 2
    if level[to] > level[of]:
        start, end = (x0 + BOX_WIDTH, middle0), (x1, middle1)
    elif level[to] == level[of]:
        down = y1 > y0
        at = BOX_WIDTH * (0.6 if onward else 0.4)
        start = (x0 + at, y0 + heights[of] if down else y0)
        end = (x1 + at, y1 if down else y1 + heights[to])
    else:
        start, end = (x0, middle0 + 0.12), (x1 + BOX_WIDTH, middle1 + 0.12)
    look: dict[str, Any] = {"linewidth": 0.9, "zorder": 2} if onward else {"linewidth": 0.7, "linestyle": (0, (3, 2)), "zorder": 1}
    axes.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=7, color=QUIET, shrinkA=0, shrinkB=1, **look))
