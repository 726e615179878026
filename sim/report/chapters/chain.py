"""The city's chain: a diagram with flows and waits per part, and every step with its numbers behind it."""

from __future__ import annotations

import math
from functools import partial

from sim.indicators.arrivals import OUTSIDE
from sim.indicators.definitions import MEASURES
from sim.report.blocks import Block, Cell, Chapter, Para, Picture, Row, Table
from sim.report.columns import PERSONS, WEEKS
from sim.report.context import Context
from sim.report.flow_chart import WIDE, Box, Way, flow_chart
from sim.report.notation import UNDEFINED, clean
from sim.report.results import ALL, SATURATED

LEAST_FLOW = 0.005  # of all who go from one part to another: smaller flows stand in the table alone
STEP_COLUMNS = ("inflow", "starts", "reneged", "outflow", "in_care_avg", "waiting_end", "wait_mean", "within_norm", "occupancy", "cost")


def chain(c: Context) -> Chapter:
    """The baseline in the headline year."""
    title = c.say("ch.chain")
    parts = [p for p in c.results.parts if p != MEASURES and _somebody(c, p)]
    if not parts:
        return Chapter("keten", title)
    flows = _between_parts(c, parts)
    key = "chain.intro" if flows else "chain.intro_without_flows"
    blocks: list[Block] = [Para(c.say(key, baseline=c.baseline, year=c.year(c.results.headline_year))), _figure(c, parts, flows)]
    if flows:
        blocks.append(_flow_table(c, parts, flows))
    return Chapter("keten", title, blocks)


def _between_parts(c: Context, parts: list[str]) -> dict[tuple[str, str], float]:
    """Persons per year from a part (``buiten``: from outside) to a part, renewals included; empty where the study did not count them."""
    of = {n.name: n.part for n in c.info.nodes} | {OUTSIDE: OUTSIDE}
    known = {*parts, OUTSIDE}
    found: dict[tuple[str, str], float] = {}
    for (a, b), size in c.results.flows(c.results.baseline).items():
        pair = of.get(a, a), of.get(b, b)
        if known.issuperset(pair):
            found[pair] = found.get(pair, 0.0) + size
    return found


def _somebody(c: Context, part: str) -> bool:
    r = c.results
    return any((x := r.value(r.baseline, part, ALL, r.headline_year, k)).n and x.mean > 0 for k in ("inflow", "in_care_avg", "stock_avg"))


def ways(c: Context, parts: list[str]) -> list[tuple[str, str]]:
    """Pairs of parts between which a step of the one leads to a step of the other."""
    of = {n.name: n.part for n in c.info.nodes}
    found = {(of[link.of], of[link.to]) for link in c.info.links if link.of in of and link.to in of}
    order = {p: i for i, p in enumerate(parts)}
    return sorted(((a, b) for a, b in found if a != b and a in order and b in order), key=lambda ab: (order[ab[0]], order[ab[1]]))


def _figure(c: Context, parts: list[str], flows: dict[tuple[str, str], float]) -> Picture:
    r, year, n = c.results, c.results.headline_year, c.notation
    full = {p for p, _ in r.saturated(r.baseline, year)}
    boxes = []
    for part in parts:

        def said(column: str, part: str = part) -> str:
            shown = WEEKS if column == "wait_mean" else PERSONS
            return n.number(r.value(r.baseline, part, ALL, year, column).mean / shown.scale, shown.decimals)

        came = c.say("chain.outside", n=n.number(flows.get((OUTSIDE, part), 0.0)), year=year) if flows else ""
        came = came or c.say("chain.inflow", n=said("inflow"), year=year)
        lines = [f"{came}; {c.say('chain.in_care', n=said('in_care_avg'))}"]
        if said("wait_mean") != UNDEFINED:
            lines.append(f"{c.say('chain.wait', n=said('wait_mean'))}; {c.say('chain.list', n=said('waiting_end'))}")
            lines += _longest(c, part)
        boxes.append(Box(part, c.part(part) + (" *" if part in full else ""), tuple(lines), part in full))
    foot = [c.say("chain.back") + (" " + c.say("chain.sizes", year=year) if flows else "")]
    shown = [Way(a, b) for a, b in ways(c, parts)]
    if flows:
        between = {pair: size for pair, size in flows.items() if pair[0] != pair[1] and pair[0] != OUTSIDE}
        least = _round(LEAST_FLOW * sum(between.values()))
        largest = max(between.values(), default=1.0)
        shown = [Way(a, b, size / largest, n.number(size)) for (a, b), size in sorted(between.items()) if size >= least]
        foot.append(c.say("chain.least", n=n.number(least)))
    if full:
        foot.append(c.say("chain.full", limit=n.percent(SATURATED)))
    draw = partial(flow_chart, boxes, shown, foot)
    caption = c.say("chain.figure", baseline=c.baseline, year=c.year(year))
    return Picture("keten-stroom", caption, c.say("chain.alt", year=year), draw, _table(c, parts), WIDE)


def _longest(c: Context, part: str) -> list[str]:
    """The step of a part that is waited for longest, which the mean of the part may hide."""
    r, n = c.results, c.notation
    waits = {node: r.value(r.baseline, part, node, r.headline_year, "wait_mean").mean / WEEKS.scale for p, node in r.nodes if p == part}
    known = {node: weeks for node, weeks in waits.items() if math.isfinite(weeks)}
    if len(known) == 1 and len(waits) > 1:
        return [c.say("chain.only", node=clean(c.node(next(iter(known))), 40))]
    if not known:
        return []
    node = max(known, key=lambda name: known[name])
    return [c.say("chain.longest", node=clean(c.node(node), 40), n=n.number(known[node], WEEKS.decimals))]


def _round(x: float) -> float:
    """A number cut to one significant digit."""
    if x < 1:
        return 1.0
    step = 10.0 ** math.floor(math.log10(x))
    return math.floor(x / step) * step


def _step_note(c: Context) -> str:
    """What the columns count, and how many of those in care are clients."""
    r, n = c.results, c.notation
    clients, present = (r.value(r.baseline, ALL, ALL, r.headline_year, column).mean for column in ("clients_avg", "in_care_avg"))
    if n.number(clients) == n.number(present):
        return c.say("chain.note")
    return c.say("chain.note") + " " + c.say("chain.clients", clients=n.number(clients), others=n.number(present - clients))


def _flow_table(c: Context, parts: list[str], flows: dict[tuple[str, str], float]) -> Table:
    """From (rows) to (columns), within a part on the diagonal."""
    r, n = c.results, c.notation
    leaves = r.has("left")
    rows = []
    for of in (OUTSIDE, *parts):
        cells = [Cell(n.number(flows[of, to]) if (of, to) in flows else UNDEFINED) for to in parts]
        if leaves:
            cells.append(Cell(UNDEFINED if of == OUTSIDE else n.number(r.value(r.baseline, of, ALL, r.headline_year, "left").mean)))
        rows.append(Row(c.say("chain.from_outside") if of == OUTSIDE else c.part(of), tuple(cells)))
    columns = (*(c.part(p) for p in parts), *([c.say("chain.to_outside")] if leaves else []))
    caption = c.say("chain.flows", baseline=c.baseline, year=c.year(c.results.headline_year))
    note = c.say("chain.flows_note")
    return Table("keten-stromen", caption, c.say("chain.from_to"), columns, tuple(rows), note=note)


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
    return Table("keten-tabel", caption, c.say("node"), heads, tuple(rows), note=_step_note(c))
