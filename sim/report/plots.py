"""The report's pictures: matplotlib without a screen, SVG with text as text, the same bytes every time.

Colour never carries alone: every series has its own dash and marker too. No text is read as mathematics.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from sim.report.notation import Notation

INK, QUIET, GRID = "#1f2933", "#52606d", "#d9dee4"
BASE = "#1f2933"
# each at least 4.5:1 on white
SERIES: tuple[tuple[str, Any, str], ...] = (
    ("#0b5cab", "-", "o"), ("#b3400f", (0, (5, 2)), "s"), ("#00705a", (0, (1, 1.2)), "^"), ("#8a2f8f", (0, (5, 1.5, 1, 1.5)), "D"),
    ("#7a5c00", "-", "v"), ("#b5124f", (0, (3, 1.5)), "P"), ("#3d5a80", (0, (7, 2, 1, 2)), "X"), ("#4d6b00", (0, (1, 2)), "<"),
    ("#6b4e3d", (0, (8, 2)), ">"),
)  # fmt: skip
MOST_SERIES = len(SERIES)
_RC: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "zorgstroom",
    "svg.image_inline": True,
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titley": 1.0,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "path.simplify": False,
}
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_FONT = "'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Dot:
    """A difference with its interval, for one row of a dot chart."""

    mean: float
    low: float
    high: float


@contextmanager
def style() -> Iterator[None]:
    """The look that all pictures share."""
    with matplotlib.rc_context(_RC), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a character without a glyph still reads in SVG
        yield


def render(canvas: Canvas) -> tuple[str, bytes]:
    """(SVG document, PNG bytes) without dates or programme names."""
    svg = io.StringIO()
    FigureCanvasSVG(canvas).print_svg(svg, metadata=NO_METADATA)  # type: ignore[no-untyped-call]
    png = io.BytesIO()
    canvas.set_dpi(110)
    FigureCanvasAgg(canvas).print_png(png, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return _tidy(svg.getvalue()), png.getvalue()


def _tidy(svg: str) -> str:
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.S)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.S)
    svg = re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d+\.\d{2})\d+", r"\1", tag.group()), svg)  # coordinates, never texts
    svg = re.sub(r"\n\s*", "\n", svg)
    return svg.replace("'DejaVu Sans'", _FONT)


def inline(svg: str, prefix: str, label: str) -> str:
    """An SVG document as an element for a page: ids made unique by ``prefix``, named by ``label`` (escaped here)."""
    start = svg.index("<svg")
    body = svg[start:]
    body = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", body)
    body = re.sub(r'xlink:href="#([^"]+)"', rf'href="#{prefix}-\1"', body)
    body = re.sub(r'<g id="[^"]*_\d+">', "<g>", body)  # names of groups; nothing refers to them
    box = re.search(r'viewBox="[^"]+"', body)
    assert box is not None
    name = label.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box.group(0)} role="img" aria-label="{name}" focusable="false">'
    return head + body[body.index(">") + 1 :].strip()


def legend_text(text: str) -> str:
    """Matplotlib hides legend entries that begin with an underscore."""
    return "\u200a" + text if text.startswith("_") else text


def short(text: str, most: int) -> str:
    """A text cut at ``most`` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def write_ticks(axes: Axes, notation: Notation, low: float, high: float, which: str = "y", most: int = 5) -> None:
    """Limits and round ticks of an axis, written in the reader's notation; fixed, so that nothing is laid out twice."""
    axis = axes.yaxis if which == "y" else axes.xaxis
    (axes.set_ylim if which == "y" else axes.set_xlim)(low, high)
    places, texts = round_ticks(notation, low, high, most)
    axis.set_ticks(places, texts)


def name_rows(axes: Axes, labels: Sequence[str], unit: str) -> None:
    """Rows from the top down, named at the left, with a line at 0; ``unit`` of the values stands above."""
    axes.axvline(0.0, color=QUIET, linewidth=0.9)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(length=0)
    axes.grid(axis="y", visible=False)
    axes.spines["left"].set_visible(False)
    axes.text(0.0, 1.0, unit, transform=axes.transAxes, fontsize=7.5, color=QUIET, va="bottom")


def round_ticks(notation: Notation, low: float, high: float, most: int = 5) -> tuple[list[float], list[str]]:
    """Round numbers between two ends, and how they are written."""
    places = np.asarray(MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high), dtype=np.float64)
    margin = 1e-9 * (high - low)
    places = places[(places >= low - margin) & (places <= high + margin)]
    return list(places), [notation.number(x, _decimals(places)) for x in places]


def _decimals(places: NDArray[np.float64]) -> int:
    """Decimals that tell neighbouring ticks apart."""
    step = float(places[1] - places[0]) if len(places) > 1 else 1.0
    for decimals in range(6):
        if abs(step * 10**decimals - round(step * 10**decimals)) < 1e-6 * step * 10**decimals:
            return decimals
    return 6


def dot_chart(labels: Sequence[str], panels: Sequence[tuple[str, str, Sequence[Dot]]], notation: Notation) -> tuple[str, bytes]:
    """Differences with intervals: a row per label, a panel (title, unit, dots) per indicator. Filled dots exclude zero."""
    n = len(labels)
    height = 0.79 + 0.34 * n
    with style():
        canvas = Canvas(figsize=(9.2, height), dpi=72)
        grid = canvas.subplots(1, len(panels), squeeze=False, sharey=True)[0]
        canvas.subplots_adjust(left=0.24, right=0.985, top=1 - 0.44 / height, bottom=0.32 / height, wspace=0.08)
        for axes, (title, unit, dots) in zip(grid, panels, strict=True):
            axes.axvline(0.0, color=QUIET, linewidth=0.9)
            for i, dot in enumerate(dots):
                if not np.isfinite(dot.mean):
                    continue
                sure = dot.low > 0 or dot.high < 0
                if np.isfinite(dot.low) and np.isfinite(dot.high):
                    axes.plot([dot.low, dot.high], [i, i], color=SERIES[0][0], linewidth=2.2 if sure else 1.2, solid_capstyle="butt")
                axes.plot([dot.mean], [i], "o", markersize=5.5, color=SERIES[0][0], markerfacecolor=SERIES[0][0] if sure else "white")
            axes.set_title(short(title, 30), pad=14)
            axes.text(0.0, 1.0 + 0.06 / max(0.5, 0.34 * n), unit, transform=axes.transAxes, fontsize=7.5, color=QUIET, va="bottom")
            axes.set_ylim(n - 0.5, -0.5)
            axes.set_yticks(range(n), [short(s, 30) for s in labels])
            axes.tick_params(length=0)
            axes.grid(axis="y", visible=False)
            axes.spines["left"].set_visible(False)
            ends = [0.0, *(v for d in dots for v in (d.mean, d.low, d.high) if np.isfinite(v))]
            pad = 0.08 * (max(ends) - min(ends)) or 1.0
            write_ticks(axes, notation, min(ends) - pad, max(ends) + pad, "x", most=4)
        return render(canvas)


@dataclass(frozen=True)
class Fan:
    """A forecast over years: expected values and nested bands, widest last, each (low, high) per year; dots are figures counted or from
    elsewhere."""

    title: str
    expected: Sequence[float]
    bands: Sequence[tuple[Sequence[float], Sequence[float]]]
    counted: Sequence[tuple[int, float]] = ()
    external: Sequence[tuple[int, float]] = ()


FAN_SHADES = (0.42, 0.26, 0.14)  # of the nested bands, narrowest first
FAN_COLOUR, FAN_DOTS, FAN_OTHER = SERIES[0][0], INK, SERIES[1][0]


def fan_charts(
    fans: Sequence[Fan],
    years: Sequence[int],
    legend: Sequence[str],
    notation: Notation,
    *,
    known_until: int | None = None,
    columns: int = 3,
) -> tuple[str, bytes]:
    """Fan charts in a grid. ``legend`` names the expected value, each band from narrow to wide, counted and external figures, in that
    order; a vertical line stands at the end of ``known_until``."""
    columns = min(columns, len(fans))
    rows = -(-len(fans) // columns)
    top, gap, panel_height, foot = 0.4, 0.62, 1.6, 0.55 if columns > 2 else 0.7
    height = top + rows * panel_height + (rows - 1) * gap + foot
    with style():
        canvas = Canvas(figsize=(3.07 * max(columns, 2), height), dpi=72)
        grid = canvas.subplots(rows, columns, squeeze=False)
        canvas.subplots_adjust(
            left=0.1 if columns < 3 else 0.065, right=0.985, top=1 - top / height, bottom=foot / height, hspace=gap / panel_height,
            wspace=0.26,
        )  # fmt: skip
        flat = list(grid.flat)
        for axes, fan in zip(flat, fans, strict=False):
            _draw_fan(axes, fan, years, notation, known_until)
        for axes in flat[len(fans) :]:
            axes.set_axis_off()
        handles: list[Any] = [Line2D([], [], color=FAN_COLOUR, linewidth=2.0)]
        handles += [Line2D([], [], color=FAN_COLOUR, alpha=shade, linewidth=7.0) for shade in FAN_SHADES[: len(fans[0].bands)]]
        handles.append(Line2D([], [], color=FAN_DOTS, marker="o", markersize=4, linewidth=0))
        handles.append(Line2D([], [], color=FAN_OTHER, marker="s", markersize=3, linestyle=(0, (5, 2)), linewidth=1.2))
        shown = [True] * (1 + len(fans[0].bands)) + [any(fan.counted for fan in fans), any(fan.external for fan in fans)]
        kept = [(handle, text) for handle, text, show in zip(handles, legend, shown, strict=True) if show]
        canvas.legend(
            [handle for handle, _ in kept], [legend_text(text) for _, text in kept], loc="lower left",
            ncols=len(kept) if columns > 2 else 4, bbox_to_anchor=(0.05, 0.0), borderaxespad=0.1, handlelength=1.8, columnspacing=1.3,
        )  # fmt: skip
        return render(canvas)


def _draw_fan(axes: Axes, fan: Fan, years: Sequence[int], notation: Notation, known_until: int | None) -> None:
    x = np.asarray(years)
    for (low, high), shade in reversed(list(zip(fan.bands, FAN_SHADES, strict=False))):
        axes.fill_between(x, np.asarray(low, float), np.asarray(high, float), color=FAN_COLOUR, alpha=shade, linewidth=0)
    axes.plot(x, np.asarray(fan.expected, float), color=FAN_COLOUR, linewidth=2.0)
    if known_until is not None and years[0] <= known_until < years[-1]:
        axes.axvline(known_until + 0.5, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)))
    if fan.counted:
        axes.plot([year for year, _ in fan.counted], [value for _, value in fan.counted], "o", color=FAN_DOTS, markersize=3.5)
    if fan.external:
        at, values = [year for year, _ in fan.external], [value for _, value in fan.external]
        axes.plot(at, values, marker="s", color=FAN_OTHER, linestyle=(0, (5, 2)), markersize=2.5, linewidth=1.2)
    axes.set_title(short(fan.title, 30), pad=6)
    ends = [*fan.bands[-1][1], *fan.expected, *(value for _, value in (*fan.counted, *fan.external))]
    write_ticks(axes, notation, 0.0, 1.06 * max(ends) or 1.0)
    step = max(1, -(-len(x) // 6))
    axes.set_xticks(x[::-1][::step][::-1], [str(year) for year in x[::-1][::step][::-1]])
    axes.set_xlim(x[0] - 0.4, x[-1] + 0.4)
    axes.tick_params(length=2.5, width=0.6)
    axes.grid(axis="x", visible=False)


@dataclass(frozen=True)
class Bar:
    """A bar from zero to ``value``, with an interval (NaN: none)."""

    value: float
    low: float = float("nan")
    high: float = float("nan")


def bar_chart(
    labels: Sequence[str], bars: Sequence[Bar], title: str, unit: str, notation: Notation, *, noise: float | None = None
) -> tuple[str, bytes]:
    """Bars under each other, the first on top; a dashed line marks the ``noise`` level below which a bar says nothing."""
    n = len(labels)
    height = 0.95 + 0.24 * n
    with style():
        canvas = Canvas(figsize=(9.2, height), dpi=72)
        axes = canvas.subplots()
        canvas.subplots_adjust(left=0.42, right=0.975, top=1 - 0.5 / height, bottom=0.36 / height)
        axes.barh(range(n), [bar.value for bar in bars], height=0.62, color=SERIES[0][0])
        for i, bar in enumerate(bars):
            if np.isfinite(bar.low) and np.isfinite(bar.high):
                axes.plot([bar.low, bar.high], [i, i], color=INK, linewidth=1.2, marker="|", markersize=5.0)
        if noise is not None:
            axes.axvline(noise, color=SERIES[1][0], linestyle=SERIES[1][1], linewidth=1.2)
        axes.set_title(short(title, 80), pad=14)
        axes.text(0.0, 1.0 + 0.06 / (height - 0.86), unit, transform=axes.transAxes, fontsize=7.5, color=QUIET, va="bottom")
        axes.set_ylim(n - 0.5, -0.5)
        axes.set_yticks(range(n), [legend_text(short(s, 56)) for s in labels])
        axes.tick_params(length=0)
        axes.grid(axis="y", visible=False)
        ends = [0.0, noise or 0.0, *(v for bar in bars for v in (bar.value, bar.high) if np.isfinite(v))]
        write_ticks(axes, notation, 0.0, 1.05 * max(ends) or 1.0, "x")
        return render(canvas)
