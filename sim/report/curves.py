"""Wait against capacity: a small panel per team, all alike, so that teams can be compared at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from sim.report.notation import Notation
from sim.report.plots import INK, QUIET, SERIES, render, style

PANEL, TOP, GAP, FOOT, WIDTH = 1.15, 0.5, 0.5, 0.75, 9.2  # inches
COLOUR, NORM = SERIES[0][0], SERIES[1]
WIDE = 6  # columns


@dataclass(frozen=True)
class Curve:
    """Means with a band over rising amounts; ``answer`` and ``now`` are amounts, None or outside the curve: not drawn."""

    title: str
    amounts: Sequence[int]
    mean: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    answer: int | None
    now: float


def curve_charts(curves: Sequence[Curve], unit: str, legend: Sequence[str], notation: Notation, *, norm: float | None) -> tuple[str, bytes]:
    """(SVG, PNG) of all curves on one vertical scale; ``norm`` is a horizontal line.

    ``legend`` names the mean, the band, the answer, what there is now, and the norm; ``unit`` stands above the panels.
    """
    columns = min(WIDE, len(curves))
    rows = -(-len(curves) // columns)
    tall = PANEL if rows > 1 else 2.4
    height = TOP + rows * tall + (rows - 1) * GAP + FOOT
    known = [v for c in curves for v in (*c.mean, *c.high) if np.isfinite(v)]
    top = 1.05 * max([*known, norm or 0.0, 1e-9])
    if norm is not None:
        top = min(top, 6 * norm)  # a team far below its need must not flatten the others
    with style():
        canvas = Canvas(figsize=(WIDTH, height), dpi=72)
        grid = canvas.subplots(rows, columns, squeeze=False)
        canvas.subplots_adjust(left=0.055, right=0.985, top=1 - TOP / height, bottom=FOOT / height, hspace=GAP / tall, wspace=0.28)
        for axes, curve in zip(grid.flat, curves, strict=False):
            _draw(axes, curve, notation, top, norm)
        for axes in list(grid.flat)[len(curves) :]:
            axes.set_axis_off()
        canvas.text(0.055, 1 - 0.16 / height, unit, fontsize=8, color=QUIET, va="top")
        handles = [
            Line2D([], [], color=COLOUR, linewidth=1.6, marker="o", markersize=3), Patch(color=COLOUR, alpha=0.18),
            Line2D([], [], color=INK, linewidth=1.3), Line2D([], [], color=QUIET, linewidth=1.1, linestyle=(0, (1, 1.5))),
            Line2D([], [], color=NORM[0], linewidth=1.1, linestyle=NORM[1]),
        ]  # fmt: skip
        shown = 5 if norm is not None else 4
        canvas.legend(handles[:shown], list(legend)[:shown], loc="lower left", ncols=shown, bbox_to_anchor=(0.045, 0.0), handlelength=2.2)
        return render(canvas)


def _within(title: str, most: int = 20) -> str:
    """A title cut in its middle: names of teams differ at their end."""
    return title if len(title) <= most else f"{title[: most - 4].rstrip()}…{title[-3:].lstrip()}"


def _draw(axes: Axes, curve: Curve, notation: Notation, top: float, norm: float | None) -> None:
    x = np.asarray(curve.amounts, float)
    mean, low, high = (np.asarray(values, float) for values in (curve.mean, curve.low, curve.high))
    if norm is not None:
        axes.axhline(norm, color=NORM[0], linestyle=NORM[1], linewidth=1.1)
    axes.fill_between(x, low, high, color=COLOUR, alpha=0.18, linewidth=0)
    axes.plot(x, mean, color=COLOUR, linewidth=1.6, marker="o", markersize=2.4)
    if curve.answer is not None:
        axes.axvline(curve.answer, color=INK, linewidth=1.3)
    left, right = float(x[0]), float(x[-1])
    if curve.now > 0:
        left, right = min(left, max(curve.now, 0.5 * left)), max(right, min(curve.now, 1.5 * right))
        axes.axvline(curve.now, color=QUIET, linewidth=1.1, linestyle=(0, (1, 1.5)))
    pad = max(0.4, 0.04 * (right - left))
    axes.set_xlim(left - pad, right + pad)
    axes.set_ylim(0.0, top)
    axes.set_title(_within(curve.title), fontsize=7.5, pad=4)
    for axis, (lower, upper) in ((axes.xaxis, (left, right)), (axes.yaxis, (0.0, top))):
        places = np.asarray(MaxNLocator(nbins=4, integer=axis is axes.xaxis or top > 4).tick_values(lower, upper), float)
        places = places[(places >= lower - 1e-9) & (places <= upper + 1e-9)]
        axis.set_ticks(list(places), [notation.plain(v, 3) for v in places])
    axes.tick_params(length=2, width=0.6, labelsize=7)
    axes.grid(axis="x", visible=False)
