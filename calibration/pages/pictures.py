"""Pictures of the page alone: prior against posterior on the prior's own scale, and histograms of ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from sim.report.interval_chart import BAND
from sim.report.notation import Notation
from sim.report.plots import QUIET, SERIES, render, short, style

PRIOR = 1.6449  # 90 per cent interval of the standard normal
REACH = 3.2  # of the axis, in prior standard deviations
ROW, TOP, FOOT = 0.25, 0.32, 0.6  # inches


@dataclass(frozen=True)
class BeforeAfter:
    """Posterior interval in prior standard deviations; ``right``: both intervals as text in the unknown's own unit."""

    label: str
    low: float
    middle: float
    high: float
    right: tuple[str, str]


def before_after(rows: Sequence[BeforeAfter], words: Mapping[str, str], notation: Notation) -> tuple[str, bytes]:
    """(SVG, PNG): a row per unknown, its prior as a grey bar and its posterior as a line."""
    height = TOP + ROW * len(rows) + FOOT
    with style():
        canvas = Canvas(figsize=(9.2, height), dpi=72)
        axes = canvas.add_axes((0.4, FOOT / height, 0.3, ROW * len(rows) / height))
        across = axes.get_yaxis_transform()
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(-REACH, REACH)
        axes.set_xticks([-2, 0, 2], [notation.number(x, signed=True) for x in (-2, 0, 2)])
        axes.set_yticks([])
        axes.axvline(0.0, color=QUIET, linewidth=0.9)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="y", visible=False)
        for y, row in enumerate(rows):
            axes.plot([-PRIOR, PRIOR], [y, y], color=BAND, linewidth=6.5, solid_capstyle="butt")
            axes.plot(np.clip([row.low, row.high], -REACH, REACH), [y, y], color=SERIES[0][0], linewidth=1.7, solid_capstyle="butt")
            axes.plot([np.clip(row.middle, -REACH, REACH)], [y], "o", color=SERIES[0][0], markersize=4.6, clip_on=False)
            axes.text(-1.32, y, short(row.label, 58), transform=across, fontsize=7.4, va="center")
            for x, text in zip((1.48, 1.98), row.right, strict=True):
                axes.text(x, y, text, transform=across, fontsize=7.4, ha="right", va="center")
        for x, text in ((1.48, words["before_head"]), (1.98, words["after_head"])):
            axes.text(x, -0.7, text, transform=across, fontsize=7.6, color=QUIET, ha="right", va="bottom")
        axes.text(0.5, -0.7, words["axis"], transform=across, fontsize=7.6, color=QUIET, ha="center", va="bottom")
        handles = [
            Line2D([], [], color=BAND, linewidth=6.5, solid_capstyle="butt"),
            Line2D([], [], color=SERIES[0][0], linewidth=1.7, marker="o", markersize=4.6),
        ]
        canvas.legend(handles, [words["before"], words["after"]], loc="lower left", ncols=2, bbox_to_anchor=(0.0, 0.0), handlelength=3.0)
        return render(canvas)


@dataclass(frozen=True)
class Histogram:
    """Counts [bin], what is expected of each, and between what they lie by chance where all is right."""

    title: str
    counts: NDArray[np.int64]
    expected: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def rank_histograms(panels: Sequence[Histogram], words: Mapping[str, str], notation: Notation) -> tuple[str, bytes]:
    """(SVG, PNG): histograms with the band of chance; bars outside it are hatched."""
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    height = 0.5 + rows * 1.45 + (rows - 1) * 0.75 + 0.75
    with style():
        canvas = Canvas(figsize=(9.2, height), dpi=72)
        grid = canvas.subplots(rows, columns, squeeze=False)
        canvas.subplots_adjust(left=0.06, right=0.985, top=1 - 0.5 / height, bottom=0.75 / height, hspace=0.75 / 1.45, wspace=0.24)
        flat: list[Any] = list(grid.flat)
        for axes, panel in zip(flat, panels, strict=False):
            bins = len(panel.counts)
            x = (np.arange(bins) + 0.5) / bins
            strange = (panel.counts < panel.low) | (panel.counts > panel.high)
            for place, count, odd in zip(x, panel.counts, strange, strict=True):
                colour = SERIES[1][0] if odd else SERIES[0][0]
                axes.bar(place, count, 0.9 / bins, facecolor="white" if odd else colour, edgecolor=colour, hatch="////" if odd else None)
            edges = np.arange(bins + 1) / bins
            for y, width, dash in ((panel.low, 1.0, (0, (4, 2))), (panel.high, 1.0, (0, (4, 2))), (panel.expected, 0.8, "-")):
                axes.stairs(y, edges, baseline=None, color=QUIET, linewidth=width, linestyle=dash)
            axes.set_title(short(panel.title, 42), fontsize=8.4)
            axes.set_xlim(0, 1)
            axes.set_xticks([0, 0.5, 1], [notation.percent(x) for x in (0, 0.5, 1)])
            top = max(float(panel.counts.max()), float(panel.high.max())) * 1.1
            axes.set_ylim(0, top)
            ticks = [0.0, panel.counts.sum() / bins]
            axes.set_yticks(ticks, [notation.number(t, 0 if t == int(t) else 1) for t in ticks])
            axes.grid(visible=False)
        for axes in flat[len(panels) :]:
            axes.set_axis_off()
        canvas.text(0.5, 0.4 / height, words["axis"], fontsize=8.0, color=QUIET, ha="center")
        canvas.legend(
            [Line2D([], [], color=QUIET, linewidth=1.0, linestyle=(0, (4, 2)))],
            [words["chance"]],
            loc="lower left",
            bbox_to_anchor=(0.0, 0.0),
        )
        return render(canvas)
