"""Charts over time per part of the chain, each with its table."""

from __future__ import annotations

from functools import partial

from sim.report.blocks import Block, Chapter, Para, Picture, Row, Table
from sim.report.context import Context
from sim.report.line_charts import Line, Panel, small_multiples
from sim.report.plots import MOST_SERIES
from sim.report.results import ALL

COLUMNS = ("cost", "clients_avg", "waiting_end", "wait_mean")


def charts(c: Context) -> Chapter:
    r = c.results
    made = [_figure(c, column) for column in COLUMNS if r.has(column)]
    if not made:
        return Chapter("verloop", c.say("ch.charts"))
    blocks: list[Block] = [Para(c.say("charts.intro", interval=c.interval, baseline=c.baseline))]
    if len(r.compared) > MOST_SERIES:
        blocks.append(Para(c.say("charts.limited", n=MOST_SERIES)))
    return Chapter("verloop", c.say("ch.charts"), blocks + list(made))


def _parts(c: Context, column: str) -> list[str]:
    r = c.results
    there = [p for p in r.parts if any(x.n and x.mean != 0 for s in r.scenarios for y in r.years for x in [r.value(s, p, ALL, y, column)])]
    return [ALL, *there] if len(there) > 1 else [ALL]


def _figure(c: Context, column: str) -> Picture:
    r, shown = c.results, c.results.shown(column)
    parts = _parts(c, column)
    panels = []
    for part in parts:
        base = [r.value(r.baseline, part, ALL, y, column) for y in r.years]
        low, high = ([getattr(x, end) / shown.scale for x in base] for end in ("low", "high"))
        lines = [Line(c.baseline, [x.mean / shown.scale for x in base], low, high)]
        for i, name in enumerate(r.compared[:MOST_SERIES]):
            lines.append(Line(c.scenario(name), [r.value(name, part, ALL, y, column).mean / shown.scale for y in r.years], style=i))
        panels.append(Panel(c.part(part), tuple(lines), c.unit(column)))
    draw = partial(small_multiples, panels, r.years, c.notation)
    caption = c.say("charts.figure", indicator=c.label(column), unit=c.unit(column))
    alt = c.say("charts.alt", first=r.years[0], last=r.years[-1], indicator=c.within(column), baseline=c.baseline)
    return Picture(f"verloop-{column.replace('_', '-')}", caption, alt, draw, _table(c, column, parts))


def _table(c: Context, column: str, parts: list[str]) -> Table:
    r, shown = c.results, c.results.shown(column)
    rows = []
    for part in parts:
        for name in (r.baseline, *r.compared):
            found = [r.value(name, part, ALL, y, column) for y in r.years]
            decimals = c.decimals(column, found)
            cells = tuple(c.level_cell(x, shown, decimals, interval=name == r.baseline) for x in found)
            rows.append(Row(c.scenario(name), cells, c.part(part)))
    caption = c.say("charts.table", indicator=c.label(column), unit=c.unit(column), baseline=c.baseline, interval=c.interval)
    return Table(f"verloop-{column.replace('_', '-')}-tabel", caption, c.say("scenario"), tuple(c.year(y) for y in r.years), tuple(rows))
