"""What a page is made of: chapters of paragraphs, tables and figures, before any markup.

Texts in blocks are plain; the page escapes them. Only ``Figure.svg`` is markup, made by ``sim.report.plots``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cell:
    """A table cell: ``sub`` is a second line (the interval), ``tone`` a style: more, less, more-sure, less-sure, warn."""

    text: str
    sub: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Row:
    head: str
    cells: tuple[Cell, ...]
    group: str = ""  # a heading above the rows that share it
    total: bool = False


@dataclass(frozen=True)
class Table:
    """``columns`` are the heads after the first; ``numeric`` says which of them hold numbers."""

    id: str
    caption: str
    first: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    numeric: tuple[bool, ...] = ()
    note: str = ""
    sum_first: bool = False  # the first column is the total of the others
    wordy: bool = False  # many columns of text: wider than the page, scrolls

    @property
    def number_columns(self) -> tuple[bool, ...]:
        return self.numeric or (True,) * len(self.columns)


@dataclass(frozen=True)
class Figure:
    """``svg`` is a standalone document, ``png`` the same picture. Its numbers stand in ``table``, folded behind it, or in the table of the
    page whose id is ``numbers``.
    """

    id: str
    caption: str
    alt: str
    svg: str
    png: bytes
    table: Table | None = None
    wide: int = 640  # px below which it scrolls
    numbers: str = ""


@dataclass(frozen=True)
class Picture:
    """A figure still to be drawn: ``draw`` gives its SVG document and PNG bytes; it pickles, so that another process may draw it."""

    id: str
    caption: str
    alt: str
    draw: Callable[[], tuple[str, bytes]]
    table: Table | None = None
    wide: int = 640
    numbers: str = ""

    def figure(self, svg: str, png: bytes) -> Figure:
        return Figure(self.id, self.caption, self.alt, svg, png, self.table, self.wide, self.numbers)


@dataclass(frozen=True)
class Para:
    """``link``: text and id of a place on the same page, set behind the paragraph."""

    text: str
    tone: str = ""  # note | warn
    link: tuple[str, str] | None = None


@dataclass(frozen=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True)
class Lines:
    """(label, text): a short list in which each item begins with what it is about."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Heading:
    """``level`` 3 or 4 (chapters are 2)."""

    text: str
    id: str
    level: int = 3


@dataclass(frozen=True)
class Folded:
    """Blocks behind a summary line; printed as the reader left them, open or closed."""

    summary: str
    blocks: tuple[Block, ...]


Block = Para | Bullets | Lines | Heading | Table | Figure | Picture | Folded


@dataclass(frozen=True)
class Chapter:
    id: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)


def all_blocks(chapters: Iterable[Chapter]) -> Iterator[Block]:
    """Every block in page order, those of a fold behind it."""

    def look(blocks: Sequence[Block]) -> Iterator[Block]:
        for b in blocks:
            yield b
            if isinstance(b, Folded):
                yield from look(b.blocks)

    for chapter in chapters:
        yield from look(chapter.blocks)


def figures(chapters: Sequence[Chapter]) -> list[Figure]:
    """All figures that are drawn, in page order."""
    return [b for b in all_blocks(chapters) if isinstance(b, Figure)]
