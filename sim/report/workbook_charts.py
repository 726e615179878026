"""The workbook's sheet of charts: the spreadsheet's own, each left of the small table it is drawn from.

Scenarios differ in dash and marker as well as in colour.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from xlsxwriter.chart import Chart
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from sim.report.columns import unit_of
from sim.report.context import Context
from sim.report.money_split import CAUSES, MoneySplit
from sim.report.plots import INK, SERIES
from sim.report.results import ALL

OVER_TIME = ("cost", "clients_avg", "waiting_end", "wait_mean")
DASHES = ("solid", "dash", "round_dot", "dash_dot", "long_dash", "square_dot", "long_dash_dot", "long_dash_dot_dot", "solid")
MARKS = ("none", "square", "triangle", "diamond", "circle", "x", "plus", "short_dash", "star")
PATTERNS = ("solid", "wide_upward_diagonal", "wide_downward_diagonal", "small_grid", "dark_horizontal", "dark_vertical", "dotted_diamond",
            "large_confetti")  # fmt: skip
CHART = {"width": 760, "height": 340}
CHART_ROWS, TABLE_COLUMN = 18, 13  # rows that a chart covers; where its table begins, beside it
NUMBER_WIDTH, NAME_WIDTH, HEAD_HEIGHT = 15, 24, 32  # characters; points


def write_charts(
    book: Workbook, sheet: Worksheet, c: Context, split: MoneySplit, head: Format, bold: Format, numbers: dict[str, Format]
) -> None:
    """Fill the sheet; ``numbers`` gives the format of a unit."""
    sheet.set_column(TABLE_COLUMN, TABLE_COLUMN, NAME_WIDTH)
    sheet.set_column(TABLE_COLUMN + 1, TABLE_COLUMN + max(len(c.results.scenarios), len(CAUSES)), NUMBER_WIDTH)
    row = 0
    for column in OVER_TIME:
        if c.results.has(column):
            row = _over_time(book, sheet, row, c, column, head, bold, numbers.get(unit_of(column), numbers["ratio"]))
    if not split.empty:
        _causes(book, sheet, row, c, split, head, bold, numbers["euro"])


def _over_time(
    book: Workbook, sheet: Worksheet, row: int, c: Context, column: str, head: Format, bold: Format, number: Format
) -> int:  # fmt: skip
    """Years down, scenarios across, of the whole chain; the next free row."""
    r = c.results
    title = f"{c.label(column)} ({c.unit_name(unit_of(column))})"
    sheet.write_string(row, TABLE_COLUMN, f"{title}, {c.part(ALL)}", bold)
    sheet.set_row(row + 1, HEAD_HEIGHT)
    sheet.write_string(row + 1, TABLE_COLUMN, c.say("col.year"), head)
    for i, scenario in enumerate(r.scenarios, TABLE_COLUMN + 1):
        sheet.write_string(row + 1, i, c.scenario(scenario), head)
    first, last = row + 2, row + 1 + len(r.years)
    for j, year in enumerate(r.years):
        sheet.write_string(first + j, TABLE_COLUMN, c.year(year))
        for i, scenario in enumerate(r.scenarios, TABLE_COLUMN + 1):
            x = r.value(scenario, ALL, ALL, year, column).mean
            if math.isfinite(x):
                sheet.write_number(first + j, i, x, number)
    chart = book.add_chart({"type": "line"})
    for i, scenario in enumerate(r.scenarios, TABLE_COLUMN + 1):
        place = 0 if scenario == r.baseline else 1 + r.compared.index(scenario)
        colour = INK if place == 0 else SERIES[(place - 1) % len(SERIES)][0]
        chart.add_series(
            {
                "name": [sheet.name, row + 1, i], "categories": [sheet.name, first, TABLE_COLUMN, last, TABLE_COLUMN],
                "values": [sheet.name, first, i, last, i],
                "line": {"color": colour, "width": 2.25 if place == 0 else 1.5, "dash_type": DASHES[place % len(DASHES)]},
                "marker": {"type": MARKS[place % len(MARKS)], "size": 5, "fill": {"color": colour}, "border": {"color": colour}},
            }
        )  # fmt: skip
    _place(sheet, chart, row, title, number)
    return max(last, row + CHART_ROWS) + 2


def _causes(
    book: Workbook, sheet: Worksheet, row: int, c: Context, split: MoneySplit, head: Format, bold: Format, number: Format
) -> None:  # fmt: skip
    """Scenarios down, causes of the difference in cost across, in the headline year, stacked."""
    r, year = c.results, c.results.headline_year
    title = c.say("savings.chart", year=year, unit=c.unit_name("euro"))
    parts: Sequence[str] = [cause for cause in CAUSES if cause != "total"]
    sheet.write_string(row, TABLE_COLUMN, title, bold)
    sheet.set_row(row + 1, HEAD_HEIGHT)
    sheet.write_string(row + 1, TABLE_COLUMN, c.say("col.scenario"), head)
    for i, cause in enumerate((*parts, "total"), TABLE_COLUMN + 1):
        sheet.write_string(row + 1, i, c.say(f"cause.{cause}"), head)
    first, last = row + 2, row + 1 + len(r.compared)
    for j, scenario in enumerate(r.compared):
        sheet.write_string(first + j, TABLE_COLUMN, c.scenario(scenario))
        for i, cause in enumerate((*parts, "total"), TABLE_COLUMN + 1):
            x = split.at(scenario, (year, year), cause).mean
            if math.isfinite(x):
                sheet.write_number(first + j, i, x, number)
    chart = book.add_chart({"type": "bar", "subtype": "stacked"})
    for j in range(len(parts)):
        colour, i = SERIES[j % len(SERIES)][0], TABLE_COLUMN + 1 + j
        look = {"pattern": {"pattern": PATTERNS[j], "fg_color": colour, "bg_color": "#FFFFFF"}} if j else {"fill": {"color": colour}}
        chart.add_series(
            {
                "name": [sheet.name, row + 1, i], "categories": [sheet.name, first, TABLE_COLUMN, last, TABLE_COLUMN],
                "values": [sheet.name, first, i, last, i], "border": {"color": colour}, **look,
            }
        )  # fmt: skip
    chart.set_y_axis({"reverse": True, "label_position": "low"})
    _place(sheet, chart, row, title, number)


def _place(sheet: Worksheet, chart: Chart, row: int, title: str, number: Format) -> None:
    chart.set_title({"name": title, "name_font": {"size": 11}})
    chart.set_legend({"position": "bottom"})
    chart.set_size(CHART)
    axis = {"num_format": number.num_format, "major_gridlines": {"visible": True, "line": {"color": "#D9DEE4"}}}
    if chart.__class__.__name__ == "ChartBar":
        chart.set_x_axis(axis)
    else:
        chart.set_y_axis(axis)
    sheet.insert_chart(row, 0, chart, {"description": title})
