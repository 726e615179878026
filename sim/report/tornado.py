"""A tornado: what an outcome becomes at a low and a high value of each assumption, the widest on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure as Canvas

from sim.report.notation import Notation
from sim.report.plots import QUIET, SERIES, name_rows, render, short, style, write_ticks

LOW, HIGH = SERIES[1][0], SERIES[0][0]


@dataclass(frozen=True)
class Swing:
    """The outcome at the low and at the high value of an assumption."""

    label: str
    low: float
    high: float


def tornado(swings: Sequence[Swing], unit: str, notation: Notation) -> tuple[str, bytes]:
    """(SVG, PNG). An open dot at the low value, a filled one at the high value of each assumption."""
    n = len(swings)
    height = 0.62 + 0.28 * n
    with style():
        canvas = Canvas(figsize=(9.2, height), dpi=72)
        axes = canvas.add_axes((0.46, 0.32 / height, 0.52, 1 - 0.56 / height))
        for i, s in enumerate(swings):
            axes.plot([s.low, s.high], [i, i], color=QUIET, linewidth=4.0, alpha=0.45, solid_capstyle="butt")
            axes.plot([s.low], [i], "o", color=LOW, markerfacecolor="white", markersize=6.0)
            axes.plot([s.high], [i], "o", color=HIGH, markersize=6.0)
        name_rows(axes, [short(s.label, 64) for s in swings], unit)
        ends = [0.0, *(v for s in swings for v in (s.low, s.high))]
        pad = 0.05 * (max(ends) - min(ends)) or 1.0
        write_ticks(axes, notation, min(ends) - pad, max(ends) + pad, "x")
        return render(canvas)
