"""Where the difference of a package comes from: its parts alone, and what they do together."""

from __future__ import annotations

from functools import partial

from sim.report.blocks import Block, Cell, Chapter, Heading, Para, Picture, Row, Table
from sim.report.context import Context
from sim.report.drivers import Drivers, drivers, split
from sim.report.waterfall import Step, waterfall

COLUMNS = ("cost", "clients_avg", "waiting_end", "person_weeks_waited")
MOST_NAMED = 6


def causes(c: Context) -> Chapter:
    """A waterfall per package that has parts among the scenarios; else how to get them."""
    r, title = c.results, c.say("ch.drivers")
    if not r.compared:
        return Chapter("oorzaken", title)
    found = drivers(r)
    if not found:
        return Chapter("oorzaken", title, [Para(c.say("drivers.none")), Para(c.say("drivers.how"))])
    blocks: list[Block] = [Para(c.say("drivers.intro", baseline=c.baseline, year=c.year(r.headline_year), interval=c.interval))]
    for i, d in enumerate(found, 1):
        blocks.append(Heading(c.scenario(d.scenario), f"oorzaak-{i}"))
        if r.has("cost"):
            blocks.append(_figure(c, d, i))
        blocks.append(_table(c, d, i))
        if d.left:
            blocks.append(Para(c.say("drivers.left", names=_left(c, d))))
    return Chapter("oorzaken", title, blocks)


def _left(c: Context, d: Drivers) -> str:
    names = [c.node(n) for n in d.left[:MOST_NAMED]]
    if len(d.left) > MOST_NAMED:
        names.append(c.say("headline.more_nodes", n=len(d.left) - MOST_NAMED))
    return c.notation.join(names)


def _rest(c: Context, d: Drivers) -> str:
    return c.say("drivers.interaction" if d.complete else "drivers.rest")


def _figure(c: Context, d: Drivers, i: int) -> Picture:
    r, year = c.results, c.results.headline_year
    shown, found = r.shown("cost"), split(r, d, year, "cost")
    steps = [
        Step(name, x.mean / shown.scale, x.low / shown.scale, x.high / shown.scale)
        for name, x in zip((*(c.scenario(s) for s in d.parts), _rest(c, d)), (*found.parts, found.remainder), strict=True)
    ]
    total = found.total
    steps.append(Step(c.scenario(d.scenario), total.mean / shown.scale, total.low / shown.scale, total.high / shown.scale, total=True))
    draw = partial(waterfall, steps, c.unit("cost"), c.notation, shown.decimals)
    caption = c.say("drivers.figure", scenario=c.scenario(d.scenario), baseline=c.baseline, year=c.year(year), unit=c.unit("cost"))
    return Picture(f"waterval-{i}", caption, c.say("drivers.alt"), draw, numbers=f"oorzaak-{i}-tabel")


def _table(c: Context, d: Drivers, i: int) -> Table:
    r, year = c.results, c.results.headline_year
    columns = [k for k in COLUMNS if r.has(k)]
    splits = {k: split(r, d, year, k) for k in columns}
    decimals = {k: c.decimals(k, (*splits[k].parts, splits[k].remainder, splits[k].total)) for k in columns}
    rows = []
    for j, head in enumerate((*(c.scenario(s) for s in d.parts), _rest(c, d), c.scenario(d.scenario))):
        cells: list[Cell] = []
        for k in columns:
            x = (*splits[k].parts, splits[k].remainder, splits[k].total)[j]
            cells.append(c.change_cell(x, r.shown(k), decimals[k]))
        rows.append(Row(head, tuple(cells), total=j == len(d.parts) + 1))
    heads = tuple(f"{c.label(k)} ({c.unit(k)})" for k in columns)
    caption = c.say("drivers.table", scenario=c.scenario(d.scenario), baseline=c.baseline, year=c.year(year))
    return Table(f"oorzaak-{i}-tabel", caption, c.say("drivers.driver"), heads, tuple(rows), note=c.say("drivers.note"))
