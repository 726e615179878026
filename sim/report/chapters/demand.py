"""The demand the study simulates: who comes from outside the chain, per year, with bands."""

from __future__ import annotations

from functools import partial

from sim.report.blocks import Block, Chapter, Para, Picture, Row, Table
from sim.report.columns import PERSONS
from sim.report.context import Context
from sim.report.plots import Fan, fan_charts
from sim.report.results import ALL, Interval

BANDS = (0.5, 0.8, 0.95)
MOST_FANS = 9  # panels of the picture, the whole among them; the table has every step


def demand(c: Context) -> Chapter:
    """Left out where the study did not count where people come from."""
    r, title = c.results, c.say("ch.demand")
    nodes = [n for _, n in r.nodes if (n, str(r.headline_year)) in r.demand.where] if r.demand.where else []
    if not nodes:
        return Chapter("vraag", title)
    blocks: list[Block] = [Para(c.say("demand.intro", baseline=c.baseline, start=r.years[0], until=r.years[-1]))]
    if c.basis == "chance":
        blocks.append(Para(c.say("reading.chance"), "note"))
    blocks += [_figure(c, nodes), _table(c, nodes)]
    if any(_differs(c, s) for s in r.compared):
        blocks.append(_changes(c, nodes))
    elif r.compared:
        blocks.append(Para(c.say("demand.same")))
    return Chapter("vraag", title, blocks)


def _figure(c: Context, nodes: list[str]) -> Picture:
    """The whole and the largest, largest first."""
    r = c.results
    by_size = sorted(nodes, key=lambda n: -r.demand.value(r.baseline, (n, str(r.headline_year)), "arrivals").mean)
    fans = []
    for node in (ALL, *(by_size[: MOST_FANS - 1] if len(nodes) > 1 else ())):
        expected = [r.demand.value(r.baseline, (node, str(y)), "arrivals").mean for y in r.full_years]
        known = {y: i for i, y in enumerate(y for y in r.years if (node, str(y)) in r.demand.where)}
        at = [known[y] for y in r.full_years]
        bands = []
        for level in BANDS if c.basis != "none" else ():
            low, high = r.demand_band(node, level)
            bands.append(([low[i] for i in at], [high[i] for i in at]))
        fans.append(Fan(c.say("demand.whole") if node == ALL else c.node(node), expected, bands))
    names = [
        c.say("demand.expected"),
        *(c.say("demand.band", level=c.notation.percent(level)) for level in BANDS if c.basis != "none"),
        "",
        "",
    ]
    draw = partial(fan_charts, fans, r.full_years, names, c.notation)
    caption = c.say("demand.figure", baseline=c.baseline)
    return Picture("vraag-waaier", caption, c.say("demand.alt"), draw, numbers="vraag-tabel")


def _table(c: Context, nodes: list[str]) -> Table:
    r = c.results
    rows = []
    for part, node in [(ALL, ALL), *((p, n) for p, n in r.nodes if n in nodes)]:
        found = [r.demand.value(r.baseline, (node, str(y)), "arrivals") for y in r.full_years]
        cells = tuple(c.level_cell(x, PERSONS, 0, interval=True) for x in found)
        rows.append(Row(c.say("demand.whole") if node == ALL else c.node(node), cells, c.part(part), total=node == ALL))
    caption = c.say("demand.table", baseline=c.baseline, interval=c.interval)
    return Table("vraag-tabel", caption, c.say("node"), tuple(str(y) for y in r.full_years), tuple(rows), note=c.say("demand.note"))


def _differs(c: Context, scenario: str) -> bool:
    r = c.results
    found = [r.demand.change(scenario, (ALL, str(y)), "arrivals") for y in r.full_years]
    return any(x.n and (x.mean != 0 or x.low < 0 < x.high) for x in found)


def _changes(c: Context, nodes: list[str]) -> Table:
    r, year = c.results, str(c.results.headline_year)

    def look(node: object, scenario: object) -> Interval:
        return r.demand.change(str(scenario), (str(node), year), "arrivals")

    worlds: list[tuple[str, object]] = [(c.scenario(s), s) for s in r.compared if _differs(c, s)]
    moved = [n for n in nodes if any(look(n, s).mean != 0 for _, s in worlds)]
    lines: list[tuple[str, str, bool, object]] = [(c.node(n), "", False, n) for n in moved]
    lines.append((c.say("demand.whole"), "", True, ALL))
    caption = c.say("demand.change", year=c.year(r.headline_year))
    return c.change_table("vraag-verschil", caption, c.say("node"), worlds, lines, "inflow", look)
