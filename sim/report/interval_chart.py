"""What was reported against what a model makes of it, row by row: the band of the report, and the model's interval before and after a fit.

Each row is put over its own reported value, so that persons, weeks and shares stand on one axis; the numbers themselves stand at the right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D

from sim.report.notation import Notation
from sim.report.plots import GRID, QUIET, SERIES, render, short, style

WIDE = 880  # px below which the picture scrolls: its text stays readable on a telephone
LOWEST, HIGHEST = 0.25, 4.0  # beyond this the axis ends in an arrow
TICKS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
BAND = "#aeb8c2"
MODEL, OUTSIDE = SERIES[0][0], SERIES[1][0]
ROW, HEAD, FOOT, TOP = 0.25, 0.34, 0.62, 0.3  # inches


@dataclass(frozen=True)
class Span:
    """An interval and its middle, over the reported value."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class IntervalRow:
    """``band``: of the report; ``before`` and ``after``: of the model. ``right``: the numbers as text. None: not drawn."""

    label: str
    band: Span | None
    before: Span | None
    after: Span | None
    inside: bool
    right: tuple[str, str]


@dataclass(frozen=True)
class ChartWords:
    """Texts of the chart: legend (what is empty is left out), heads of the two columns of numbers, and the name of the axis."""

    band: str
    before: str
    inside: str
    outside: str
    reported: str
    model: str
    axis: str


def interval_chart(groups: Sequence[tuple[str, Sequence[IntervalRow]]], words: ChartWords, notation: Notation) -> tuple[str, bytes]:
    """(SVG, PNG): groups of rows under a heading of their own, on one logarithmic axis."""
    lines = sum(len(rows) for _, rows in groups)
    height = TOP + HEAD * sum(bool(title) for title, _ in groups) + ROW * lines + FOOT
    with style():
        canvas = Canvas(figsize=(9.2, height), dpi=72)
        axes = canvas.add_axes((0.355, FOOT / height, 0.345, 1 - (FOOT + TOP) / height))
        depth = height - FOOT - TOP
        axes.set_ylim(depth, 0.0)
        _axis(axes, groups, notation)
        at = 0.0
        for title, rows in groups:
            if title:
                axes.text(
                    -1.02, at + HEAD * 0.62, title, transform=axes.get_yaxis_transform(), fontsize=9.0, fontweight="bold", va="center"
                )
                at += HEAD
            for row in rows:
                _row(axes, row, at + ROW / 2)
                at += ROW
        for x, text in ((1.18, words.reported), (1.855, words.model)):
            axes.text(x, -0.1, text, transform=axes.get_yaxis_transform(), fontsize=7.6, color=QUIET, ha="right", va="bottom")
        axes.text(0.5, -0.1, words.axis, transform=axes.get_yaxis_transform(), fontsize=7.6, color=QUIET, ha="center", va="bottom")
        handles, names = _legend(words)
        canvas.legend(
            handles, names, loc="lower left", ncols=2, bbox_to_anchor=(0.0, 0.0), borderaxespad=0.1, handlelength=3.0, columnspacing=1.6,
            fontsize=8.0,
        )  # fmt: skip
        return render(canvas)


def _axis(axes: Axes, groups: Sequence[tuple[str, Sequence[IntervalRow]]], notation: Notation) -> None:
    spans = [span for _, rows in groups for row in rows for span in (row.band, row.before, row.after) if span]
    ends = [x for span in spans for x in (span.low, span.high) if x > 0 and math.isfinite(x)]
    low = max(LOWEST, min((0.75, *ends)) * 0.97)
    high = min(HIGHEST, max((1.5, *ends)) * 1.03)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = [x for x in TICKS if low <= x <= high]
    axes.set_xticks(ticks, ["= 1" if x == 1 else "× " + notation.plain(x, 3) for x in ticks])
    axes.set_xticks([], minor=True)
    axes.set_yticks([])
    axes.axvline(1.0, color=QUIET, linewidth=0.9)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", color=GRID)
    axes.tick_params(length=2.5, width=0.6, labelsize=7.4)


def _row(axes: Axes, row: IntervalRow, y: float) -> None:
    across = axes.get_yaxis_transform()
    axes.text(-1.02, y, short(row.label, 56), transform=across, fontsize=7.8, va="center")
    for x, text in zip((1.18, 1.855), row.right, strict=True):
        axes.text(x, y, text, transform=across, fontsize=7.8, ha="right", va="center")
    if row.band:
        _line(axes, row.band, y, BAND, 6.5, "-")
    if row.before:
        _line(axes, row.before, y + 0.075, QUIET, 0.9, (0, (1, 1.5)))
    if row.after:
        colour = MODEL if row.inside else OUTSIDE
        _line(axes, row.after, y, colour, 1.7, "-")
        if LOWEST <= row.after.middle <= HIGHEST:
            marker, face = ("o", colour) if row.inside else ("D", "white")
            axes.plot([row.after.middle], [y], marker, color=colour, markerfacecolor=face, markersize=4.6, markeredgewidth=1.2)


def _line(axes: Axes, span: Span, y: float, colour: str, width: float, dash: Any) -> None:
    if not (math.isfinite(span.low) and math.isfinite(span.high)):
        return
    left, right = axes.get_xlim()
    low, high = max(span.low, left), min(span.high, right)
    if low < high:
        axes.plot([low, high], [y, y], color=colour, linewidth=width, linestyle=dash, solid_capstyle="butt")
    for end, beyond, marker in ((left, span.low < left, "<"), (right, span.high > right, ">")):
        if beyond and width < 5:
            axes.plot([end], [y], marker=marker, color=colour, markersize=3.4, linestyle="", clip_on=False)


def _legend(words: ChartWords) -> tuple[list[Line2D], list[str]]:
    handles = [
        Line2D([], [], color=BAND, linewidth=6.5, solid_capstyle="butt"),
        Line2D([], [], color=QUIET, linewidth=0.9, linestyle=(0, (1, 1.5))),
        Line2D([], [], color=MODEL, linewidth=1.7, marker="o", markersize=4.6),
        Line2D([], [], color=OUTSIDE, linewidth=1.7, marker="D", markersize=4.6, markerfacecolor="white", markeredgewidth=1.2),
    ]
    said = [(handle, name) for handle, name in zip(handles, (words.band, words.before, words.inside, words.outside), strict=True) if name]
    return [handle for handle, _ in said], [name for _, name in said]


__all__ = ["WIDE", "ChartWords", "IntervalRow", "Span", "interval_chart"]
