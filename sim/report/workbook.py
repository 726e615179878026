"""The workbook: reading guide, charts, tidy sheets with number formats, frozen heads and filters. Strings are never formulas or links."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from textwrap import wrap

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sim.report.chapters.account import run_rows
from sim.report.chapters.planners import team_nodes, teams_of
from sim.report.chapters.scenarios import PART_COLUMNS, WAIT_COLUMNS
from sim.report.chapters.waterbed import ADDING, WAIT
from sim.report.columns import definitions, unit_of
from sim.report.context import Context
from sim.report.money_split import CAUSES, MoneySplit
from sim.report.notation import clean
from sim.report.results import ALL
from sim.report.wording import known
from sim.report.workbook_charts import write_charts

CREATED = datetime(2000, 1, 1)  # the same in every workbook
_FORMATS = {
    "euro": "#,##0", "persons": "#,##0.0", "weeks": "0.0", "share": "0.0%", "ratio": "0.00", "person-weeks": "#,##0", "places": "#,##0.0",
}  # fmt: skip
_TITLE, _PART, _STEP, _NARROW = 26, 20, 30, 13  # widths of columns, in characters
_GUIDE = 110
_LINE, _HIGHEST, _BUTTON = 15, 405, 3  # height of a line and the most a row may have, in points; the button of a filter, in characters
YEAR_COLUMNS = (
    "cost", "cost_care", "cost_staff", "cost_measures", "contributions",
    "in_care_avg", "clients_avg", "unique_clients", "stock_avg", "waiting_end",
    "person_weeks_waited", "wait_mean", "wait_median", "wait_p90", "within_norm", "elapsed_mean", "inflow", "starts", "outflow", "reneged",
    "places_avg", "occupancy", "offered_load",
)  # fmt: skip
NODE_WAITS = ("wait_mean", "within_norm")
Value = str | float | int | None


class Book:
    """A workbook under construction in one language."""

    def __init__(self, path: Path, context: Context) -> None:
        self.context = context
        self.book = xlsxwriter.Workbook(
            path,
            {
                "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": False,
                "constant_memory": False,
            },
        )  # fmt: skip
        title = f"{context.say('title')}: {context.text(context.info.model_title)}"
        self.book.set_properties({"title": title, "author": "zorgstroom", "created": CREATED})
        self.head = self.book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#F4F6F8"})
        self.wrap = self.book.add_format({"text_wrap": True, "valign": "top"})
        self.bold = self.book.add_format({"bold": True, "valign": "top"})
        self.formats = {unit: self.book.add_format({"num_format": f}) for unit, f in _FORMATS.items()}
        self.whole = self.book.add_format({"num_format": "0"})

    def unit_format(self, column: str) -> Format:
        return self.formats.get(unit_of(column), self.formats["ratio"])

    def sheet(self, key: str, heads: Sequence[str], widths: Sequence[int]) -> Worksheet:
        made = self.book.add_worksheet(self.context.say(f"sheet.{key}"))
        room = [*widths, *[_NARROW] * len(heads)][: len(heads)]
        for i, (head, width) in enumerate(zip(heads, room, strict=True)):
            made.write_string(0, i, head, self.head)
            made.set_column(i, i, width)
        made.set_row(0, max(map(_height, heads, [width - _BUTTON for width in room])))
        made.freeze_panes(1, 0)
        return made

    def close(self) -> None:
        self.book.close()


def put(sheet: Worksheet, row: int, column: int, value: Value, style: Format | None = None) -> None:
    """Write a text as text and a number as number; NaN, infinity and None leave the cell empty."""
    if isinstance(value, str):
        sheet.write_string(row, column, clean(value, 2000), style)
    elif value is not None and math.isfinite(value):
        sheet.write_number(row, column, value, style)


def _height(text: str, width: int) -> int:
    """Points that a text takes in a column that wraps: not every spreadsheet works it out when it opens a file."""
    return min(_LINE * max(1, len(wrap(text, width))), _HIGHEST)


def put_wrapped(book: Book, sheet: Worksheet, row: int, column: int, text: str, width: int) -> None:
    """A text alone in giving its row its height."""
    put(sheet, row, column, text, book.wrap)
    sheet.set_row(row, _height(text, width))


def write_workbook(path: Path, context: Context, split: MoneySplit) -> None:
    """Write ``report.xlsx``."""
    book = Book(path, context)
    _guide(book)
    write_charts(
        book.book, book.book.add_worksheet(context.say("sheet.charts")), context, split, book.head, book.bold, book.formats
    )  # fmt: skip
    _differences(book)
    _waterbed(book)
    _savings(book, split)
    _teams(book)
    _years(book)
    _assumptions(book)
    _definitions(book)
    _run(book)
    book.close()


def _guide(book: Book) -> None:
    c = book.context
    sheet = book.book.add_worksheet(c.say("sheet.guide"))
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, _GUIDE)
    put(sheet, 0, 0, f"{c.say('title')}: {c.text(c.info.model_title)}", book.bold)
    row = 2
    for key in ("charts", "differences", "waterbed", "savings", "teams", "years", "assumptions", "definitions", "run"):
        put(sheet, row, 0, c.say(f"sheet.{key}"), book.bold)
        put_wrapped(book, sheet, row, 1, c.say(f"guide.{key}"), _GUIDE)
        row += 1
    level = c.notation.percent(c.results.level)
    lines = [c.say("guide.money"), c.say("guide.blank")]
    if c.basis != "none":
        lines += [c.say("reading.predictive", interval=c.interval, level=level), c.say("guide.mean"), c.say("guide.columns")]
    if c.basis == "chance":
        lines.append(c.say("reading.chance"))
    lines.append(c.say("reading.clock"))
    for i, line in enumerate(lines):
        put_wrapped(book, sheet, row + 1 + i, 1, line, _GUIDE)
    row += len(lines) + 2
    put(sheet, row, 0, c.say("scenario"), book.bold)
    for i, s in enumerate(c.info.scenarios):
        put(sheet, row + 1 + i, 0, clean(s.name, 100))
        put_wrapped(book, sheet, row + 1 + i, 1, f"{c.title(s.name)}. {c.text(s.description, limit=800)}", _GUIDE)


def _places(c: Context) -> Iterable[tuple[str, str, str, str, Sequence[str]]]:
    """(part, node, title of part, title of node, indicators) of the sheet of differences."""
    r = c.results
    yield ALL, ALL, c.part(ALL), "", (*PART_COLUMNS, "stock_avg", "person_weeks_waited", *WAIT_COLUMNS)
    for p in r.parts:
        yield p, ALL, c.part(p), "", (*PART_COLUMNS, "stock_avg", "person_weeks_waited", *WAIT_COLUMNS)
    waiting = set(r.waiting_nodes)
    for p, n in r.nodes:
        yield p, n, c.part(p), c.node(n), ("cost", "in_care_avg", "waiting_end", *(NODE_WAITS if (p, n) in waiting else ()))


def _differences(book: Book) -> None:
    c, r = book.context, book.context.results
    keys = (
        "scenario", "part", "node", "year", "indicator", "unit", "baseline", "value", "difference", "low", "high", "mean_low", "mean_high",
        "sd_parameters", "sd_chance", "sign", "replications", "basis",
    )  # fmt: skip
    sheet = book.sheet("differences", [c.say(f"col.{k}") for k in keys], [_TITLE, _PART, _STEP, 8, 30, 14])
    sheet.freeze_panes(1, 1)
    row = 0
    for name in r.compared:
        title = c.scenario(name)
        for part, node, part_title, node_title, columns in _places(c):
            for column in columns:
                style, what, unit = book.unit_format(column), c.label(column), c.unit_name(unit_of(column))
                for year in r.shown_years:
                    x = r.change(name, part, node, year, column)
                    if x.n == 0 or (node != ALL and x.mean == 0 and not x.low < 0):
                        continue  # undefined, or exactly the same
                    base = r.value(r.baseline, part, node, year, column).mean
                    row += 1
                    for i, text in enumerate((title, part_title, node_title)):
                        sheet.write_string(row, i, text)
                    sheet.write_number(row, 3, year, book.whole)
                    sheet.write_string(row, 4, what)
                    sheet.write_string(row, 5, unit)
                    values = (base, base + x.mean, x.mean, x.low, x.high, x.mean_low, x.mean_high, x.sd_parameters, x.sd_chance)
                    for i, value in enumerate(values, 6):
                        if math.isfinite(value):
                            sheet.write_number(row, i, value, style)
                    put(sheet, row, 15, x.sign, book.formats["share"])
                    sheet.write_number(row, 16, x.n, book.whole)
                    sheet.write_string(row, 17, c.say(f"basis.{x.basis}"))
    sheet.autofilter(0, 0, max(row, 1), len(keys) - 1)


def _waterbed(book: Book) -> None:
    c, r = book.context, book.context.results
    heads = [c.say(f"col.{k}") for k in ("scenario", "year", "indicator", "unit")] + [c.part(p) for p in r.parts] + [c.say("total")]
    sheet = book.sheet("waterbed", heads, [_TITLE, 8, 30, 14])
    sheet.freeze_panes(1, 4)
    row = 0
    for column in (*ADDING, WAIT):
        if not r.has(column):
            continue
        style = book.unit_format(column)
        for name in r.compared:
            for year in r.shown_years:
                row += 1
                put(sheet, row, 0, c.scenario(name))
                put(sheet, row, 1, year, book.whole)
                put(sheet, row, 2, c.label(column))
                put(sheet, row, 3, c.unit_name(unit_of(column)))
                places = [*r.parts, ALL] if column in ADDING else list(r.parts)
                for i, part in enumerate(places, 4):
                    put(sheet, row, i, r.change(name, part, ALL, year, column).mean, style)
    sheet.autofilter(0, 0, max(row, 1), len(heads) - 1)


def _savings(book: Book, split: MoneySplit) -> None:
    c, r = book.context, book.context.results
    heads = [c.say("col.scenario"), c.say("savings.period"), c.say("col.part"), *(c.say(f"cause.{x}") for x in CAUSES)]
    heads += [f"{c.say('cause.total')}: {c.say(f'col.{k}')}" for k in ("low", "high")]
    sheet = book.sheet("savings", heads, [_TITLE, 14, _STEP])
    style, row = book.formats["euro"], 0
    for scenario, first, last in split.summaries:
        period = str(first) if first == last else f"{first}–{last}"
        for part in (ALL, *r.parts):
            row += 1
            for i, text in enumerate((c.scenario(scenario), period, c.part(part))):
                put(sheet, row, i, text)
            found = [split.at(scenario, (first, last), cause, part) for cause in CAUSES]
            for i, value in enumerate([x.mean for x in found] + [found[-1].low, found[-1].high], 3):
                put(sheet, row, i, value, style)
    sheet.autofilter(0, 0, max(row, 1), len(heads) - 1)


def _teams(book: Book) -> None:
    c, r = book.context, book.context.results
    year = r.headline_year
    heads = [c.say(f"col.{k}") for k in ("scenario", "node", "team", "year")]
    heads += [c.say(f"planners.{k}", year=year) for k in ("wait", "elapsed", "list", "growth", "places", "occupancy", "load", "flag")]
    heads[-3] = heads[-3].replace(" (%)", "")
    sheet = book.sheet("teams", heads, [_TITLE, _STEP, 24, 8])
    units = ("weeks", "weeks", "persons", "persons", "places", "share", "ratio")
    row = 0
    for node, sites in team_nodes(c):
        for scenario in r.scenarios:
            for t in teams_of(c, scenario, node, sites, year):
                row += 1
                for i, text in enumerate((c.scenario(scenario), c.node(node), c.node(t.site))):
                    put(sheet, row, i, text)
                put(sheet, row, 3, year, book.whole)
                values = (t.wait.mean, t.elapsed.mean, t.waiting.mean, t.growth, t.places.mean, t.occupancy.mean, t.load.mean)
                for i, (value, unit) in enumerate(zip(values, units, strict=True), 4):
                    put(sheet, row, i, value, book.formats[unit])
                put(sheet, row, 11, c.say(f"planners.{t.verdict}") if t.verdict else "")
    sheet.autofilter(0, 0, max(row, 1), len(heads) - 1)


def _years(book: Book) -> None:
    c, r = book.context, book.context.results
    cube, mean = r.core.cube, r.core.levels.mean
    columns = [k for k in YEAR_COLUMNS if k in cube.columns and r.has(k)]
    heads = [c.say(f"col.{k}") for k in ("scenario", "part", "node", "year")]
    heads += [f"{c.label(k)} ({c.unit_name(unit_of(k))})" for k in columns]
    sheet = book.sheet("years", heads, [_TITLE, _PART, _STEP, 8])
    sheet.freeze_panes(1, 4)
    at = [(cube.columns.index(k), book.unit_format(k)) for k in columns]
    row = 0
    for s, scenario in enumerate(r.scenarios):
        title = c.scenario(scenario)
        for part, node in [(ALL, ALL), *((p, ALL) for p in r.parts), *r.nodes]:
            part_title, node_title = c.part(part), c.node(node) if node != ALL else ""
            for year in r.years:
                key = r.core.where.get((part, node, str(year)))
                if key is None:
                    continue
                row += 1
                sheet.write_string(row, 0, title)
                sheet.write_string(row, 1, part_title)
                sheet.write_string(row, 2, node_title)
                sheet.write_number(row, 3, year, book.whole)
                for i, (k, style) in enumerate(at, 4):
                    value = float(mean[s, key, k])
                    if math.isfinite(value):
                        sheet.write_number(row, i, value, style)
    sheet.autofilter(0, 0, max(row, 1), len(heads) - 1)


def _assumptions(book: Book) -> None:
    c = book.context
    keys = ("register.path", "register.value", "change.unit", "register.kind", "register.range", "change.source")
    heads = [c.say(key) for key in keys]
    sheet = book.sheet("assumptions", heads, [52, 20, 22, 14, 22, 90])
    for row, a in enumerate(c.info.assumptions, 1):
        kind = known(c.lang, f"kind.{a.kind}", a.kind)
        for i, text in enumerate((a.path, a.value, c.unit_name(a.unit), kind, a.range, a.source)):
            put(sheet, row, i, text)
    sheet.autofilter(0, 0, max(len(c.info.assumptions), 1), len(heads) - 1)


def _definitions(book: Book) -> None:
    c = book.context
    heads = [c.say("definitions.term"), c.say("definitions.meaning"), c.say("change.unit"), c.say("definitions.column")]
    sheet = book.sheet("definitions", heads, [30, _GUIDE, 16, 22])
    rows = definitions(c.lang)
    for row, (term, meaning, unit, name) in enumerate(rows, 1):
        for i, text in enumerate((term, meaning, c.unit_name(unit), name)):
            put(sheet, row, i, text, book.wrap)
        sheet.set_row(row, max(_height(term, 30), _height(meaning, _GUIDE)))
    sheet.autofilter(0, 0, len(rows), len(heads) - 1)


def _run(book: Book) -> None:
    c = book.context
    sheet = book.sheet("run", [c.say("run.item"), c.say("run.value")], [44, 90])
    rows = run_rows(c) + [(c.say("sources.title"), f"{s.title} ({s.licence}) {s.place}") for s in c.info.sources]
    rows += [(c.say("run.failed"), text) for text in c.info.failed_cells]
    for row, (item, value) in enumerate(rows, 1):
        put(sheet, row, 0, item)
        put_wrapped(book, sheet, row, 1, value, 90)
    sheet.autofilter(0, 0, max(len(rows), 1), 1)
