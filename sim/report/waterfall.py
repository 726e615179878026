"""A waterfall: differences that add up to a total, each beginning where the one before ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure as Canvas

from sim.report.notation import Notation
from sim.report.plots import INK, QUIET, SERIES, name_rows, render, short, style, write_ticks

LESS, MORE, TOTAL = SERIES[0][0], SERIES[1][0], INK


@dataclass(frozen=True)
class Step:
    """``low`` and ``high``: the interval of the step itself (NaN: none). The total begins at zero again."""

    label: str
    size: float
    low: float = float("nan")
    high: float = float("nan")
    total: bool = False


def waterfall(steps: Sequence[Step], unit: str, notation: Notation, decimals: int = 1) -> tuple[str, bytes]:
    """(SVG, PNG): a row per step. A hatch and the sign before the number tell a rise from a fall; a thin line is the interval."""
    n = len(steps)
    height = 0.62 + 0.3 * n
    with style():
        canvas = Canvas(figsize=(9.2, height), dpi=72)
        axes = canvas.add_axes((0.36, 0.32 / height, 0.5, 1 - 0.56 / height))
        at, ends = 0.0, [0.0]
        for i, step in enumerate(steps):
            begin = 0.0 if step.total else at
            colour = TOTAL if step.total else LESS if step.size < 0 else MORE
            axes.barh(
                i, step.size, left=begin, height=0.62, color="white" if step.size > 0 and not step.total else colour, edgecolor=colour,
                linewidth=1.1, hatch="////" if step.size > 0 and not step.total else None,
            )  # fmt: skip
            if np.isfinite(step.low) and np.isfinite(step.high):
                axes.plot([begin + step.low, begin + step.high], [i + 0.38, i + 0.38], color=QUIET, linewidth=1.0)
                ends += [begin + step.low, begin + step.high]
            at = begin + step.size
            ends.append(at)
            if i + 1 < n and not steps[i + 1].total:
                axes.plot([at, at], [i + 0.31, i + 0.69], color=QUIET, linewidth=0.7)
            axes.text(1.02, i, notation.number(step.size, decimals, signed=True), transform=axes.get_yaxis_transform(), va="center",
                      fontsize=8.5, fontweight="bold" if step.total else "normal")  # fmt: skip
        name_rows(axes, [short(s.label, 46) for s in steps], unit)
        pad = 0.04 * (max(ends) - min(ends)) or 1.0
        write_ticks(axes, notation, min(ends) - pad, max(ends) + pad, "x")
        return render(canvas)
