"""Reported figures beside a fitted model, as ``figures.csv`` of a fit holds them: read, drawn, put in tables and said in sentences.

The file is all that is needed: the page of a calibration and the report of a study that used its ensemble show the same.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path

from sim.forecasting.scores import clopper_pearson
from sim.report.blocks import Cell, Figure, Picture, Row, Table
from sim.report.interval_chart import WIDE, ChartWords, IntervalRow, Span, interval_chart
from sim.report.notation import NARROW, UNDEFINED, Notation, clean, decimals_for, outward
from sim.report.study_info import Bilingual
from sim.report.wording import known, say

LEVEL = 0.9  # of the intervals in the file
WHOLE_CITY = "alle"
LEAST_GEBIEDEN = 5  # figures that count the same in so many gebieden stand together, apart from their part of the chain
MOST_ROWS = 24  # in one picture: more does not fit on a printed page
LONG = 160
MOST_DECIMALS = 4
TIMES = ("weeks", "months", "days")


@dataclass(frozen=True)
class FittedFigure:
    """A row of ``figures.csv``: what was reported with its band, and the model's median and 90 per cent interval before and after the fit.

    ``written`` is the model with its parameters as they are written; ``residual`` the model's median minus the report, in standard
    deviations of their difference; ``family`` the first figure that counts the same in another gebied.
    """

    id: str
    title: Bilingual
    part: str
    family: str
    gebied: str
    period: str
    unit: str
    use: str
    bound: str
    fitted: bool
    inside: bool
    reported: float
    band: tuple[float, float]
    written: float
    prior: tuple[float, float, float]  # low, median, high
    posterior: tuple[float, float, float]
    residual: float

    @property
    def overlaps(self) -> bool:
        """Whether the band of the report and the interval of the model have anything in common."""
        return self.band[0] <= self.posterior[2] and self.posterior[0] <= self.band[1]


def read_figures(file: Path) -> tuple[FittedFigure, ...]:
    """The figures of a fit, in the order of their file."""
    with file.open(encoding="utf-8", newline="") as stream:
        return tuple(_figure(row) for row in csv.DictReader(stream))


def _figure(row: dict[str, str]) -> FittedFigure:
    def numbers(prefix: str) -> tuple[float, float, float]:
        return _number(row[f"{prefix}_low"]), _number(row[f"{prefix}_median"]), _number(row[f"{prefix}_high"])

    return FittedFigure(
        row["id"], Bilingual(row["title"], row["title_en"]), row["part"], row["family"], row["gebied"], row["period"], row["unit"],
        row["use"], row["bound"], row["fitted"] == "True", row["inside"] == "True", _number(row["reported"]),
        (_number(row["band_low"]), _number(row["band_high"])), _number(row["written"]), numbers("prior"), numbers("posterior"),
        _number(row["residual"]),
    )  # fmt: skip


def _number(text: str) -> float:
    return float(text) if text else math.nan


@dataclass(frozen=True)
class FigureWriter:
    """Figures of a fit in one language; ``part`` gives the title of a part of the chain."""

    lang: str
    part: Callable[[str], str]

    @property
    def notation(self) -> Notation:
        return Notation(self.lang)

    def say(self, key: str, **values: object) -> str:
        return say(self.lang, key, **values)

    # ---- numbers

    def amount(self, unit: str, x: float) -> str:
        """A number of a figure with the sign of its unit."""
        if not math.isfinite(x):
            return UNDEFINED
        if unit == "share":
            return self.notation.percent(x, 1)
        text = self.notation.number(x) if abs(x) >= 1000 else self.notation.plain(x, 3)
        if unit.startswith("euro"):
            return f"€{NARROW}{text}"
        return f"{text} {self.unit(unit)}" if unit in TIMES else text

    def span(self, unit: str, low: float, high: float, apart: float | None = None) -> str:
        """An interval, rounded outward, but never so far that it seems to hold ``apart``, which lies outside it."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return UNDEFINED
        scale, most = (0.01, 1) if unit == "share" else (1.0, 3)
        decimals = max(0, decimals_for(low / scale, high / scale, most=most))
        while apart is not None and decimals < MOST_DECIMALS and _holds(outward(low / scale, high / scale, decimals), apart / scale):
            decimals += 1
        text = self.notation.span(low, high, decimals, scale=scale)
        if unit == "share":
            return text + "%"
        if unit.startswith("euro"):
            return f"€{NARROW}{text}"
        return f"{text} {self.unit(unit)}" if unit in TIMES else text

    def interval(self, f: FittedFigure, x: tuple[float, float, float]) -> str:
        """The model's interval; below a bound the model is only known to keep to it."""
        low, _, high = x
        if f.bound and low <= f.reported * (1 + 1e-9):  # the bound went through a logarithm and back
            return "≤ " + self.amount(f.unit, high)
        return self.span(f.unit, low, high, None if low <= f.reported <= high else f.reported)

    def unit(self, unit: str) -> str:
        return known(self.lang, f"unit.{unit.replace(' ', '_').replace('-', '_')}", unit)

    def title(self, figure: FittedFigure) -> str:
        return clean(figure.title.text(self.lang), LONG)

    def name(self, figure: FittedFigure) -> str:
        """Title and period, where the title does not hold it already."""
        title = self.title(figure)
        return title if figure.period in title else f"{title}, {figure.period}"

    # ---- pictures and tables

    def groups(self, figures: Iterable[FittedFigure]) -> list[tuple[str, list[FittedFigure]]]:
        """Figures by part of the chain, those per gebied behind them, each with a heading."""
        figures = list(figures)
        families: dict[str, list[FittedFigure]] = {}
        for figure in figures:
            families.setdefault(figure.family, []).append(figure)
        apart = {name: members for name, members in families.items() if len({f.gebied for f in members}) >= LEAST_GEBIEDEN}
        parts: dict[str, list[FittedFigure]] = {}
        for figure in figures:
            if figure.family not in apart:
                parts.setdefault(figure.part, []).append(figure)
        made = [(self.part(part), members) for part, members in parts.items()]
        return made + [(self.family(members), members) for members in apart.values()]

    def family(self, members: Sequence[FittedFigure]) -> str:
        """What figures per gebied have in common: their titles up to the colon."""
        return self.say("fit.per_gebied", what=self.title(members[0]).partition(":")[0])

    def pictures(self, figures: Sequence[FittedFigure], prefix: str) -> list[Figure]:
        """``plates``, drawn."""
        return [plate.figure(*plate.draw()) for plate in self.plates(figures, prefix)]

    def plates(self, figures: Sequence[FittedFigure], prefix: str) -> list[Picture]:
        """Pictures of all figures with their tables, as many as keep each on a printed page."""
        made: list[Picture] = []
        for number, groups in enumerate(_pages(self.groups(figures)), 1):
            rows = [(title, [self._row(figure) for figure in members]) for title, members in groups]
            draw = partial(interval_chart, rows, self._words(), self.notation)
            what = self.notation.join([title for title, _ in groups])
            table = self.table(groups, f"{prefix}-{number}-tabel")
            made.append(Picture(f"{prefix}-{number}", self.say("fit.figure", what=what), self.say("fit.figure_alt"), draw, table, WIDE))
        return made

    def _row(self, figure: FittedFigure) -> IntervalRow:
        def over(low: float, middle: float, high: float) -> Span | None:
            if not (figure.reported > 0 and math.isfinite(low) and math.isfinite(high)):
                return None
            return Span(low / figure.reported, middle / figure.reported, high / figure.reported)

        label = figure.gebied if figure.title.text(self.lang).endswith(": " + figure.gebied) else self.name(figure)
        reported = ("≤ " if figure.bound else "") + self.amount(figure.unit, figure.reported)
        right = (reported, self.interval(figure, figure.posterior))
        band = over(figure.band[0], figure.reported, figure.band[1])
        return IntervalRow(label, band, over(*figure.prior), over(*figure.posterior), figure.inside, right)

    def _words(self) -> ChartWords:
        names = ("band", "before", "inside", "outside", "reported", "model", "axis")
        return ChartWords(*(self.say(f"fit.chart.{name}") for name in names))

    def table(self, groups: Sequence[tuple[str, Sequence[FittedFigure]]], id_: str) -> Table:
        """Numbers of figures: reported with its band, the model as written, before and after the fit."""
        rows = tuple(Row(self.name(figure), self._cells(figure), title) for title, members in groups for figure in members)
        heads = ("unit", "reported", "written", "before", "after", "verdict", "use")
        columns = tuple(self.say(f"fit.table.{head}") for head in heads)
        numeric = (False, True, True, True, True, False, False)
        return Table(id_, self.say("fit.table.caption"), self.say("fit.table.what"), columns, rows, numeric)

    def _cells(self, f: FittedFigure) -> tuple[Cell, ...]:
        def around(x: tuple[float, float, float]) -> Cell:
            return Cell(("≤ " if f.bound and x[1] <= f.reported * (1 + 1e-9) else "") + self.amount(f.unit, x[1]), self.interval(f, x))

        use = "fitted" if f.fitted else f.use
        return (
            Cell(self.unit(f.unit)),
            Cell(("≤ " if f.bound else "") + self.amount(f.unit, f.reported), self.span(f.unit, *f.band)),
            Cell(self.amount(f.unit, f.written)),
            around(f.prior),
            around(f.posterior),
            Cell(self.say("fit.inside_word" if f.inside else "fit.outside_word"), tone="" if f.inside else "warn"),
            Cell(known(self.lang, f"fit.use.{use}", use)),
        )

    # ---- sentences

    def coverage(self, figures: Sequence[FittedFigure], key: str = "fit.coverage") -> list[str]:
        """How many figures lie in the model's interval, and whether that is what such an interval promises."""
        n, k = len(figures), sum(f.inside for f in figures)
        if not n:
            return []
        low, high = clopper_pearson(k, n)
        fit = "few" if high < LEVEL else "many" if low > LEVEL else "expected"
        n_ = self.notation
        told = self.say(key, k=n_.number(k), n=n_.number(n), share=n_.percent(k / n), level=n_.percent(LEVEL))
        return [told, self.say(f"fit.coverage.{fit}", span=self.span("share", low, high), level=n_.percent(LEVEL))]

    def outside(self, figures: Iterable[FittedFigure]) -> list[str]:
        """A sentence for each figure outside the model's interval: which way, and whether the report's own error may explain it."""
        said = []
        for f in figures:
            if f.inside:
                continue
            way = self.say("fit.lower" if f.posterior[2] < f.reported else "fit.higher")
            said.append(
                self.say(
                    "fit.outside.overlap" if f.overlaps else "fit.outside.apart", what=self.name(f), way=way,
                    reported=("≤ " if f.bound else "") + self.amount(f.unit, f.reported), band=self.span(f.unit, *f.band),
                    model=self.interval(f, f.posterior),
                )
            )  # fmt: skip
        return said


def _holds(ends: tuple[Decimal, Decimal], x: float) -> bool:
    return float(ends[0]) <= x <= float(ends[1])


def _pages(groups: Sequence[tuple[str, list[FittedFigure]]]) -> list[list[tuple[str, list[FittedFigure]]]]:
    """Groups over pictures of at most ``MOST_ROWS`` rows; a longer group is divided evenly."""
    pieces: list[tuple[str, list[FittedFigure]]] = []
    for title, members in groups:
        parts = -(-len(members) // MOST_ROWS)
        size = -(-len(members) // parts)
        pieces += [(title, members[i : i + size]) for i in range(0, len(members), size)]
    pages: list[list[tuple[str, list[FittedFigure]]]] = []
    for title, members in pieces:
        if pages and sum(len(m) for _, m in pages[-1]) + len(members) <= MOST_ROWS:
            pages[-1].append((title, members))
        else:
            pages.append([(title, members)])
    return pages
