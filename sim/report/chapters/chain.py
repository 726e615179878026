"""The city's chain: a diagram with flows and waits per part, and every step with its numbers behind it."""

from __future__ import annotations

from sim.indicators.definitions import MEASURES
from sim.report.blocks import Block, Cell, Chapter, Figure, Para, Row, Table
from sim.report.columns import PERSONS, WEEKS
from sim.report.context import Context
from sim.report.flow_chart import WIDE, Box, flow_chart
from sim.report.notation import UNDEFINED
from sim.report.results import ALL, SATURATED

STEP_COLUMNS = ("inflow", "starts", "outflow", "in_care_avg", "waiting_end", "wait_mean", "within_norm", "occupancy", "cost")


def chain(c: Context) -> Chapter:
    """The baseline in the headline year."""
    title = c.say("ch.chain")
    parts = [p for p in c.results.parts if p != MEASURES and _somebody(c, p)]
    if not parts:
        return Chapter("keten", title)
    blocks: list[Block] = [Para(c.say("chain.intro", baseline=c.baseline, year=c.year(c.results.headline_year)))]
    blocks.append(_figure(c, parts))
    return Chapter("keten", title, blocks)


def _somebody(c: Context, part: str) -> bool:
    r = c.results
    return any((x := r.value(r.baseline, part, ALL, r.headline_year, k)).n and x.mean > 0 for k in ("inflow", "in_care_avg", "stock_avg"))


def ways(c: Context, parts: list[str]) -> list[tuple[str, str]]:
    """Pairs of parts between which a step of the one leads to a step of the other."""
    of = {n.name: n.part for n in c.info.nodes}
    found = {(of[link.of], of[link.to]) for link in c.info.links if link.of in of and link.to in of}
    order = {p: i for i, p in enumerate(parts)}
    return sorted(((a, b) for a, b in found if a != b and a in order and b in order), key=lambda ab: (order[ab[0]], order[ab[1]]))


def _figure(c: Context, parts: list[str]) -> Figure:
    r, year, n = c.results, c.results.headline_year, c.notation
    full = {p for p, _ in r.saturated(r.baseline, year)}
    boxes = []
    for part in parts:

        def said(column: str, part: str = part) -> str:
            shown = WEEKS if column == "wait_mean" else PERSONS
            return n.number(r.value(r.baseline, part, ALL, year, column).mean / shown.scale, shown.decimals)

        lines = [c.say("chain.inflow", n=said("inflow"), year=year), c.say("chain.in_care", n=said("in_care_avg"))]
        if said("wait_mean") != UNDEFINED:
            lines += [c.say("chain.list", n=said("waiting_end")), c.say("chain.wait", n=said("wait_mean"))]
        boxes.append(Box(part, c.part(part) + (" *" if part in full else ""), tuple(lines), part in full))
    foot = c.say("chain.back") + (" " + c.say("chain.full", limit=n.percent(SATURATED)) if full else "")
    svg, png = flow_chart(boxes, ways(c, parts), foot)
    caption = c.say("chain.figure", baseline=c.baseline, year=c.year(year))
    return Figure("keten-stroom", caption, c.say("chain.alt", year=year), svg, png, _table(c, parts), WIDE)


def _table(c: Context, parts: list[str]) -> Table:
    r, year = c.results, c.results.headline_year
    columns = [k for k in STEP_COLUMNS if r.has(k)]
    rows = []
    for part in parts:
        for node in [n for p, n in r.nodes if p == part] + [ALL]:
            cells = []
            for column in columns:
                shown = r.shown(column)
                x = r.value(r.baseline, part, node, year, column)
                cells.append(c.level_cell(x, shown, shown.decimals) if x.n else Cell(UNDEFINED))
            rows.append(Row(c.node(node) if node != ALL else c.say("chain.whole"), tuple(cells), c.part(part), total=node == ALL))
    heads = tuple(f"{c.label(k)} ({c.level_unit(k)})" for k in columns)
    caption = c.say("chain.table", baseline=c.baseline, year=c.year(year))
    return Table("keten-tabel", caption, c.say("node"), heads, tuple(rows), note=c.say("chain.note"))
