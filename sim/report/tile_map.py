"""A map of equal tiles, one per gebied: a number in each, its size as a tint, and a thick edge around those to look at.

The layout is data of a model: ``tables/tiles.csv`` in its folder (gebied, column, row; from the north-west). Its README says why it is so.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from sim.report.plots import INK, QUIET, render, style

FILE = Path("tables") / "tiles.csv"
MORE, LESS, NEITHER = ("#fbdcc4", "#fdeee3"), ("#cfe3f7", "#e4effa"), "#ffffff"  # strong, weak; dark ink reads on each of them
STRONG = 1.0  # tint of a tile above this size, and below it down to a third


@dataclass(frozen=True)
class Tile:
    """``text`` and ``below`` are two lines under the name; ``size`` (signed) gives the tint; ``marked`` a thick edge."""

    text: str
    below: str = ""
    size: float = 0.0
    marked: bool = False


@dataclass(frozen=True)
class TileMap:
    """Places (column, row) of the gebieden."""

    places: Mapping[str, tuple[int, int]]

    @staticmethod
    def of(directory: Path) -> TileMap | None:
        """The layout that stands in the folder of a model; None where it has none."""
        file = directory / FILE
        if not file.exists():
            return None
        with file.open(encoding="utf-8", newline="") as stream:
            return TileMap({row["gebied"]: (int(row["column"]), int(row["row"])) for row in csv.DictReader(stream)})

    def draw(self, tiles: Mapping[str, Tile]) -> tuple[str, bytes]:
        """SVG and PNG of the map; gebieden without a tile are drawn empty."""
        columns = 1 + max(column for column, _ in self.places.values())
        rows = 1 + max(row for _, row in self.places.values())
        with style():
            canvas = Canvas(figsize=(9.2, 9.2 * 0.62 * rows / columns), dpi=72)
            axes = canvas.add_axes((0.005, 0.005, 0.99, 0.99))
            axes.set_xlim(-0.02, columns + 0.02)
            axes.set_ylim(rows + 0.02, -0.02)
            axes.set_axis_off()
            for name, (column, row) in self.places.items():
                tile = tiles.get(name)
                edge, width = (INK, 2.4) if tile and tile.marked else (QUIET, 0.7)
                fill = _fill(tile) if tile else NEITHER
                axes.add_patch(Rectangle((column + 0.04, row + 0.05), 0.92, 0.9, facecolor=fill, edgecolor=edge, linewidth=width))
                axes.text(column + 0.5, row + 0.27, _broken(name), ha="center", va="center", fontsize=7.6, linespacing=1.05)
                if tile:
                    axes.text(column + 0.5, row + 0.58, tile.text, ha="center", va="center", fontsize=11, fontweight="bold")
                    axes.text(column + 0.5, row + 0.81, tile.below, ha="center", va="center", fontsize=7.2)
            return render(canvas)


def _fill(tile: Tile) -> str:
    size = abs(tile.size)
    if size < STRONG / 3:
        return NEITHER
    tints = MORE if tile.size > 0 else LESS
    return tints[0] if size >= STRONG else tints[1]


def _broken(name: str) -> str:
    """A long name over two lines, broken behind its first hyphen or space."""
    if len(name) <= 13:
        return name
    at = min((i for i in (name.find("-"), name.find(" ")) if i > 0), default=-1)
    return name if at < 0 else f"{name[: at + 1].rstrip()}\n{name[at + 1 :]}"
