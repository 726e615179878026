"""Line charts over years in a grid: small multiples with bands, one legend below.

All panels of a picture are drawn on one sheet measured in inches, with their own axes as plain lines and texts: a report holds some
hundred panels, and an axis object of matplotlib for each takes most of the time of the whole report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sim.report.notation import Notation
from sim.report.plots import BASE, GRID, MOST_SERIES, QUIET, SERIES, legend_text, render, round_ticks, short, style

WIDTH, LEFT, RIGHT = 9.2, 0.6, 0.14  # inches
TOP, GAP, PANEL, FOOT, LEGEND_ROW = 0.4, 0.62, 1.5, 0.34, 0.2
F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """A series over years with an optional band; NaN leaves a gap. ``style`` indexes SERIES, -1 is the baseline."""

    label: str
    mean: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None
    style: int = -1
    dots: bool = False  # points alone, no line between them


@dataclass(frozen=True)
class Panel:
    title: str
    lines: tuple[Line, ...]
    unit: str = ""
    zero_line: bool = False


@dataclass(frozen=True)
class Frame:
    """Where a panel stands on the sheet (left, bottom, width, height in inches) and which years and values its edges are."""

    left: float
    bottom: float
    width: float
    years: tuple[float, float]
    values: tuple[float, float]

    def x(self, year: F64) -> F64:
        first, last = self.years
        return self.left + (year - first) / (last - first) * self.width

    def y(self, value: F64) -> F64:
        low, high = self.values
        return self.bottom + (value - low) / (high - low) * PANEL


def small_multiples(panels: Sequence[Panel], years: Sequence[int], notation: Notation, *, columns: int = 3) -> tuple[str, bytes]:
    """Line charts in a grid with one legend below; the series of the first panel name the legend."""
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    legend = panels[0].lines
    legend_rows = -(-len(legend) // 3) if len(legend) > 1 else 0
    height = TOP + rows * PANEL + (rows - 1) * GAP + FOOT + LEGEND_ROW * legend_rows
    between = 0.7 if columns < 4 else 0.74
    width = (WIDTH - LEFT - RIGHT - (columns - 1) * between) / columns
    with style():
        canvas = Canvas(figsize=(WIDTH, height), dpi=72)
        sheet = canvas.add_axes((0, 0, 1, 1))
        sheet.set_axis_off()
        sheet.set_xlim(0, WIDTH)
        sheet.set_ylim(0, height)
        for i, panel in enumerate(panels):
            row, column = divmod(i, columns)
            bottom = height - TOP - (row + 1) * PANEL - row * GAP
            _panel(sheet, panel, LEFT + column * (width + between), bottom, width, years, notation, 6 if columns < 4 else 4)
        if legend_rows:
            canvas.legend(
                [_handle(line) for line in legend], [legend_text(short(line.label, 44)) for line in legend], loc="lower left",
                ncols=min(3, len(legend)), bbox_to_anchor=(0.05, 0.0), borderaxespad=0.1, handlelength=3.2, columnspacing=1.6,
            )  # fmt: skip
        return render(canvas)


def _look(line: Line) -> tuple[str, Any, str]:
    """Colour, dash and marker; the baseline is a plain dark line."""
    return SERIES[line.style % MOST_SERIES] if line.style >= 0 else (BASE, "-", "")


def _width(line: Line) -> float:
    return 2.0 if line.style < 0 else 1.3


def _handle(line: Line) -> Line2D:
    colour, dash, marker = _look(line)
    if line.dots:
        return Line2D([], [], color=colour, linestyle="", marker="D", markersize=5)
    return Line2D([], [], color=colour, linestyle=dash, marker=marker, markersize=4, linewidth=_width(line))


def _values(panel: Panel) -> tuple[float, float] | None:
    """Lowest and highest value of the axis; None where nothing is known."""
    finite = [v for line in panel.lines for v in (*line.mean, *(line.low or ()), *(line.high or ())) if np.isfinite(v)]
    if not finite:
        return None
    bottom, top = float(min(finite)), float(max(finite))
    if panel.zero_line:
        bottom, top = min(bottom, 0.0), max(top, 0.0)
    elif 0 <= bottom < 0.4 * top:
        bottom = 0.0
    pad = 0.06 * (top - bottom) or max(0.5, 0.05 * abs(top))
    return bottom - (pad if bottom != 0 or panel.zero_line else 0.0), top + pad


def _panel(
    sheet: Axes, panel: Panel, left: float, bottom: float, width: float, years: Sequence[int], notation: Notation, most: int
) -> None:
    known = _values(panel)
    frame = Frame(left, bottom, width, (years[0] - 0.4, years[-1] + 0.4), known or (0.0, 1.0))
    x = np.asarray(years, dtype=np.float64)
    top, right = bottom + PANEL, left + width
    sheet.text(left, top + (0.19 if panel.unit else 0.08), short(panel.title, 34), fontsize=9.5, fontweight="bold", va="bottom")
    if panel.unit:
        sheet.text(left, top + 0.03, panel.unit, fontsize=7.5, color=QUIET, va="bottom")
    if known:
        places, texts = round_ticks(notation, *frame.values)
        heights = frame.y(np.asarray(places))
        sheet.add_collection(LineCollection([[(left, h), (right, h)] for h in heights], colors=GRID, linewidths=0.6), autolim=False)
        for h, text in zip(heights, texts, strict=True):
            sheet.text(left - 0.06, h, text, fontsize=8.0, ha="right", va="center")
    step = max(1, -(-len(years) // most))
    shown = x[::-1][::step][::-1]
    marks = [[(left, top), (left, bottom), (right, bottom)], *([(at, bottom), (at, bottom - 0.04)] for at in frame.x(shown))]
    sheet.add_collection(LineCollection(marks, colors=QUIET, linewidths=0.7), autolim=False)
    for year, at in zip(shown, frame.x(shown), strict=True):
        sheet.text(at, bottom - 0.07, str(int(year)), fontsize=8.0, ha="center", va="top")
    if panel.zero_line and known:
        zero = float(frame.y(np.zeros(1))[0])
        sheet.add_artist(Line2D([left, right], [zero, zero], color=QUIET, linewidth=0.9))
    for line in panel.lines:
        _band(sheet, line, frame, x)
    dense = len(panel.lines) > 4  # markers of many series in turn, or they cover each other
    for line in panel.lines:
        colour, dash, marker = _look(line)
        y = frame.y(np.asarray(line.mean, dtype=np.float64))
        if line.dots:
            sheet.add_artist(Line2D(frame.x(x), y, color=colour, linestyle="", marker="D", markersize=5.0))
            continue
        marker = marker or ("o" if len(x) == 1 else "")
        every = (max(line.style, 0) % 3, 3) if dense and len(x) > 3 else None
        sheet.add_artist(
            Line2D(frame.x(x), y, color=colour, linestyle=dash, marker=marker, markersize=3.0, markevery=every, linewidth=_width(line))
        )


def _band(sheet: Axes, line: Line, frame: Frame, x: F64) -> None:
    """The band of a line, in pieces where it has gaps."""
    if line.low is None or line.high is None or len(x) < 2:
        return
    low, high = np.asarray(line.low, dtype=np.float64), np.asarray(line.high, dtype=np.float64)
    there = np.isfinite(low) & np.isfinite(high)
    pieces = [run for run in np.split(np.arange(len(x)), np.flatnonzero(np.diff(there.astype(np.int8))) + 1) if there[run[0]]]
    shapes = []
    for run in pieces:
        across = frame.x(x[run])
        if len(run) > 1:
            there_and_back = np.concatenate([frame.y(low[run]), frame.y(high[run])[::-1]])
            shapes.append(np.column_stack([np.concatenate([across, across[::-1]]), there_and_back]))
    if shapes:
        sheet.add_collection(PolyCollection(shapes, facecolors=_look(line)[0], alpha=0.16, linewidths=0), autolim=False)
