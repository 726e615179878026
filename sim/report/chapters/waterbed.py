"""The waterbed matrix: scenario x part of the chain, where the pressure goes."""

from __future__ import annotations

from sim.report.blocks import Block, Chapter, Para, Table
from sim.report.context import Context
from sim.report.results import ALL

ADDING = ("cost", "stock_avg", "person_weeks_waited")  # each row adds up to its total
WAIT = "wait_mean"


def waterbed(c: Context) -> Chapter:
    r = c.results
    if not r.compared:
        return Chapter("waterbed", c.say("ch.waterbed"))
    blocks: list[Block] = [Para(c.say("waterbed.intro")), Para(c.say("reading.arrows", baseline=c.baseline))]
    blocks += [matrix(c, column) for column in (*ADDING, WAIT) if r.has(column)]
    blocks.append(Para(c.say("waterbed.more")))
    return Chapter("waterbed", c.say("ch.waterbed"), blocks)


def matrix(c: Context, column: str) -> Table:
    """Differences in the headline year; parts where the column is nowhere defined or not zero are left out."""
    r, year = c.results, c.results.headline_year
    parts = [p for p in r.parts if any(x.n and x.mean != 0 for s in r.scenarios for x in [r.value(s, p, ALL, year, column)])]
    columns: list[tuple[str, object]] = [(c.part(p), p) for p in parts]
    if column in ADDING:
        columns.insert(0, (c.say("total"), ALL))
    rows: list[tuple[str, str, bool, object]] = [(c.scenario(s), "", False, s) for s in r.compared]
    caption = c.say("waterbed.caption", year=c.year(year), indicator=c.within(column), baseline=c.baseline, unit=c.unit(column))
    return c.change_table(
        f"waterbed-{column.replace('_', '-')}", caption, c.say("scenario"), columns, rows, column,
        lambda scenario, part: r.change(str(scenario), str(part), ALL, year, column), sum_first=column in ADDING,
    )  # fmt: skip
