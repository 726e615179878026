"""The frontier as a picture: saving against waits, and beside it the chance of each package with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D

from sim.report.notation import Notation
from sim.report.plots import INK, QUIET, SERIES, render, style, write_ticks

SURE, LIKELY, UNLIKELY = 0, 1, 2  # classes of chance, each with a colour, a shape and a fill of its own
LOOKS: tuple[tuple[str, str, bool], ...] = ((SERIES[0][0], "o", True), (SERIES[2][0], "s", True), (SERIES[1][0], "D", False))


@dataclass(frozen=True)
class FrontierPoint:
    """A package: euro saved and person-weeks waited more, each with an interval, and the chance with its own; ``number`` names it."""

    number: int
    saving: tuple[float, float, float]  # value, low, high
    waits: tuple[float, float, float]
    chance: tuple[float, float, float]


@dataclass(frozen=True)
class FrontierWords:
    """What is written in the picture."""

    title: str
    saving: str
    waits: str
    chances: str
    chance_unit: str
    classes: tuple[str, str, str]  # legend of the classes of chance
    others: str
    asked: str


def chance_class(chance: float, certainty: float) -> int:
    """Which class a chance is in: as sure as asked, more likely than not, or less."""
    return SURE if chance >= certainty else LIKELY if chance >= min(0.5, certainty) else UNLIKELY


def frontier_chart(
    points: Sequence[FrontierPoint],
    others: Sequence[tuple[float, float]],
    asked: float,
    certainty: float,
    words: FrontierWords,
    notation: Notation,
) -> tuple[str, bytes]:
    """(SVG, PNG). ``others``: (saving, waits) of packages that were simulated as often and are beaten."""
    height = max(4.4, 1.25 + 0.235 * len(points))
    with style():
        canvas = Canvas(figsize=(9.2, height), dpi=72)
        left, right = canvas.subplots(1, 2, width_ratios=(1.75, 1.0))
        canvas.subplots_adjust(left=0.075, right=0.985, top=1 - 0.52 / height, bottom=0.98 / height, wspace=0.17)
        _plane(left, points, others, asked, certainty, words, notation)
        _chances(right, points, certainty, words, notation)
        handles: list[Any] = [_handle(*look) for look in LOOKS]
        handles += [Line2D([], [], color=QUIET, marker="x", markersize=4, linewidth=0)] if others else []
        names = [*words.classes, *([words.others] if others else [])]
        canvas.legend(handles, names, loc="lower left", ncols=2, bbox_to_anchor=(0.06, 0.0), borderaxespad=0.1, columnspacing=1.6)
        return render(canvas)


def _handle(colour: str, shape: str, filled: bool) -> Line2D:
    return Line2D([], [], color=colour, marker=shape, markersize=6, linewidth=0, markerfacecolor=colour if filled else "white")


def _plane(
    axes: Axes,
    points: Sequence[FrontierPoint],
    others: Sequence[tuple[float, float]],
    asked: float,
    certainty: float,
    words: FrontierWords,
    notation: Notation,
) -> None:
    x = [p.waits[0] / 1e3 for p in points]
    y = [p.saving[0] / 1e6 for p in points]
    if others:
        axes.plot([w / 1e3 for _, w in others], [s / 1e6 for s, _ in others], "x", color=QUIET, markersize=4, alpha=0.7)
    axes.axvline(0.0, color=QUIET, linewidth=0.9)
    for p in points:
        colour, shape, filled = LOOKS[chance_class(p.chance[0], certainty)]
        axes.plot([p.waits[0] / 1e3] * 2, [p.saving[1] / 1e6, p.saving[2] / 1e6], color=colour, linewidth=0.8, alpha=0.6)
        axes.plot(
            [p.waits[0] / 1e3], [p.saving[0] / 1e6], shape, color=colour, markersize=6.5, markerfacecolor=colour if filled else "white"
        )
    ends_x = [0.0, *x, *(w / 1e3 for _, w in others)]
    ends_y = [0.0, *(v / 1e6 for p in points for v in p.saving), *(s / 1e6 for s, _ in others)]
    top = max(ends_y)
    if asked / 1e6 <= 1.6 * top:  # a goal far away would push everything else together
        ends_y.append(asked / 1e6)
        axes.axhline(asked / 1e6, color=INK, linestyle=(0, (5, 2)), linewidth=1.1)
    span_x, span_y = max(ends_x) - min(ends_x) or 1.0, max(ends_y) - min(ends_y) or 1.0
    write_ticks(axes, notation, min(ends_x) - 0.06 * span_x, max(ends_x) + 0.1 * span_x, "x")
    write_ticks(axes, notation, min(ends_y) - 0.05 * span_y, max(ends_y) + 0.07 * span_y)
    if asked / 1e6 <= 1.6 * top:
        axes.text(axes.get_xlim()[0], asked / 1e6 + 0.01 * span_y, f" {words.asked}", fontsize=7.5, color=INK, va="bottom")
    else:
        axes.text(0.01, 0.985, f"{words.asked} ↑", transform=axes.transAxes, fontsize=7.5, color=INK, va="top")
    taken: list[tuple[float, float]] = []
    for p, at_x, at_y in zip(points, x, y, strict=True):
        dx, dy = _free_place(at_x / span_x, at_y / span_y, taken, [(a / span_x, b / span_y) for a, b in zip(x, y, strict=True)])
        axes.annotate(str(p.number), (at_x, at_y), xytext=(dx, dy), textcoords="offset points", fontsize=8.0, color=INK, ha="center",
                      va="center")  # fmt: skip
    axes.set_title(words.title, pad=18)
    axes.text(0.0, 1.015, words.saving, transform=axes.transAxes, fontsize=7.5, color=QUIET, va="bottom")
    axes.set_xlabel(words.waits, fontsize=8.0)


PLACES = ((9, 5), (-9, 5), (9, -6), (-9, -6), (0, 11), (0, -12), (16, 0), (-16, 0))  # of a number beside its point, in typographic points
POINTS_ACROSS = 330.0  # of the plane, about


def _free_place(x: float, y: float, taken: list[tuple[float, float]], points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The place of a number that is farthest from other numbers and points, the first of equals."""

    def room(place: tuple[float, float]) -> float:
        at = x + place[0] / POINTS_ACROSS, y + place[1] / POINTS_ACROSS
        near = [np.hypot(at[0] - a, at[1] - b) for a, b in [*taken, *points]]
        return float(min(*near, 10 / POINTS_ACROSS))

    best = max(PLACES, key=lambda place: (round(room(place), 6), -PLACES.index(place)))
    taken.append((x + best[0] / POINTS_ACROSS, y + best[1] / POINTS_ACROSS))
    return best


def _chances(axes: Axes, points: Sequence[FrontierPoint], certainty: float, words: FrontierWords, notation: Notation) -> None:
    axes.axvline(100 * certainty, color=INK, linestyle=(0, (5, 2)), linewidth=1.1)
    for i, p in enumerate(points):
        colour, shape, filled = LOOKS[chance_class(p.chance[0], certainty)]
        value, low, high = (100 * v for v in p.chance)
        axes.plot([low, high], [i, i], color=colour, linewidth=1.4, solid_capstyle="butt")
        axes.plot([value], [i], shape, color=colour, markersize=5.0, markerfacecolor=colour if filled else "white", clip_on=False, zorder=3)
    axes.set_ylim(len(points) - 0.4, -0.6)
    axes.set_yticks(range(len(points)), [str(p.number) for p in points])
    write_ticks(axes, notation, 0.0, 100.0, "x")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.set_title(words.chances, pad=18)
    axes.text(0.0, 1.015, words.chance_unit, transform=axes.transAxes, fontsize=7.5, color=QUIET, va="bottom")
