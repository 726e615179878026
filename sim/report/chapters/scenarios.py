"""Per scenario: what changes and from when, then cost, clients, waiting list and waits per year, and where the money comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sim.report.blocks import Block, Bullets, Chapter, Folded, Heading, Para, Picture, Row, Table
from sim.report.chapters.answer import answer_sentences, named
from sim.report.chapters.changes import changes
from sim.report.context import Context
from sim.report.line_charts import Line, Panel, small_multiples
from sim.report.money_split import CAUSES, MoneySplit
from sim.report.plots import SERIES
from sim.report.results import ALL, SATURATED, Interval
from sim.report.waterfall import Step, waterfall

PART_COLUMNS = ("cost", "clients_avg", "unique_clients", "waiting_end")
WAIT_COLUMNS = ("wait_mean", "wait_median", "within_norm", "elapsed_mean")
FIGURE_COLUMNS = ("cost", "clients_avg", "waiting_end", "wait_mean")


def scenarios(c: Context, split: MoneySplit) -> Chapter:
    r = c.results
    blocks: list[Block] = []
    if r.compared:
        blocks.append(Para(c.say("scenario.versus", baseline=c.baseline, interval=c.interval)))
    for i, name in enumerate(r.compared):
        blocks += _scenario(c, name, i, split)
    return Chapter("per-scenario", c.say("ch.scenarios"), blocks)


def _scenario(c: Context, name: str, index: int, split: MoneySplit) -> list[Block]:
    r, key = c.results, f"s{index + 1}"
    blocks: list[Block] = [Heading(c.title(name), key)]
    description = c.text(c.info.scenario(name).description, limit=800)
    if description:
        blocks.append(Para(description))
    blocks.append(Bullets(tuple(answer_sentences(c, name))))
    blocks += changes(c, name, key)
    full = r.saturated(name, r.headline_year)
    if full:
        nodes = named(c, [n for _, n in full])
        text = c.say("scenario.saturated", year=r.headline_year, limit=c.notation.percent(SATURATED), nodes=nodes)
        blocks.append(Para(text, "note"))
    blocks.append(_figure(c, name, index))
    for column in PART_COLUMNS:
        if r.has(column):
            blocks.append(part_table(c, name, key, column))
    waits = [wait_table(c, name, key, column) for column in WAIT_COLUMNS if r.has(column) and r.waiting_nodes]
    blocks += waits[:1]
    if waits[1:]:
        blocks.append(Folded(c.say("scenario.more_waits"), tuple(waits[1:])))
    if not split.empty:
        blocks += [
            Heading(c.say("savings.heading"), f"{key}-geld", 4),
            *_split_figure(c, name, key, split),
            split_table(c, name, key, split),
        ]
    return blocks


def _years(c: Context) -> list[tuple[str, object]]:
    return [(c.year(y), y) for y in c.results.shown_years]


def part_table(c: Context, name: str, key: str, column: str) -> Table:
    """Parts of the chain x years, with the whole chain as total."""
    r = c.results
    parts = [p for p in r.parts if _ever(r.core.value, [r.baseline, name], p, ALL, r.shown_years, column)]
    rows: list[tuple[str, str, bool, object]] = [(c.part(p), "", False, p) for p in parts]
    rows.append((c.part(ALL), "", True, ALL))
    caption = c.say("table.change", scenario=c.scenario(name), indicator=c.within(column), what=c.say("what.part"), unit=c.unit(column))
    return c.change_table(
        f"{key}-{column.replace('_', '-')}", caption, c.say("part"), _years(c), rows, column,
        lambda part, year: r.change(name, str(part), ALL, int(str(year)), column),
        c.say("unique.note") if column == "unique_clients" else "",
    )  # fmt: skip


def wait_table(c: Context, name: str, key: str, column: str) -> Table:
    """Steps with a waiting list x years, grouped by part."""
    r = c.results
    nodes = [(p, n) for p, n in r.waiting_nodes if _ever(r.core.value, [r.baseline, name], p, n, r.shown_years, column)]
    rows: list[tuple[str, str, bool, object]] = [(c.node(n), c.part(p), False, i) for i, (p, n) in enumerate(nodes)]
    caption = c.say("table.change", scenario=c.scenario(name), indicator=c.within(column), what=c.say("what.node"), unit=c.unit(column))

    def look(row: object, year: object) -> Interval:
        part, node = nodes[int(str(row))]
        return r.change(name, part, node, int(str(year)), column)

    note = c.say("norm.by_arrival") if column == "within_norm" else ""
    return c.change_table(f"{key}-{column.replace('_', '-')}", caption, c.say("node"), _years(c), rows, column, look, note)


def _ever(
    value: Callable[[str, tuple[str, ...], str], Interval], names: Sequence[str], part: str, node: str, years: Sequence[int], column: str
) -> bool:
    """True where a place has the column at all: not only zero or undefined."""
    found = [value(s, (part, node, str(y)), column) for s in names for y in years]
    return any(x.n and x.mean != 0 for x in found)


def split_table(c: Context, name: str, key: str, split: MoneySplit) -> Table:
    """Windows x causes; each row adds up to its total."""
    r = c.results
    shown = r.shown("cost")
    windows = [(y, y) for y in r.cumulative_years]
    if len(windows) > 1:
        windows.append((windows[0][0], windows[-1][1]))
    rows = []
    for first, last in windows:
        head = str(first) if first == last else c.say("cumulative", first=first, last=last)
        cells = tuple(c.change_cell(split.at(name, (first, last), cause), shown, shown.decimals) for cause in CAUSES)
        rows.append(Row(head, cells, total=first != last))
    caption = c.say("savings.caption", scenario=c.scenario(name), unit=c.unit("cost"))
    heads = tuple(c.say(f"cause.{cause}") for cause in CAUSES)
    return Table(f"{key}-besparing", caption, c.say("savings.period"), heads, tuple(rows), note=c.say("savings.note", baseline=c.baseline))


def _split_figure(c: Context, name: str, key: str, split: MoneySplit) -> list[Picture]:
    """The causes in the headline year as a waterfall; none where nothing differs."""
    year, shown = c.results.headline_year, c.results.shown("cost")
    found = {cause: split.at(name, (year, year), cause) for cause in CAUSES}
    if not any(x.n and x.mean for x in found.values()):
        return []

    def step(cause: str, x: Interval) -> Step:
        return Step(c.say(f"cause.{cause}"), x.mean / shown.scale, x.low / shown.scale, x.high / shown.scale, cause == "total")

    steps = [step(cause, x) for cause, x in found.items() if x.mean or cause == "total"]
    draw = partial(waterfall, steps, c.unit("cost"), c.notation, shown.decimals)
    caption = c.say("savings.figure", scenario=c.scenario(name), year=c.year(year), unit=c.unit("cost"))
    return [Picture(f"besparing-{key[1:]}", caption, c.say("savings.figure_alt"), draw, numbers=f"{key}-besparing")]


# ---- the picture


def _figure(c: Context, name: str, index: int) -> Picture:
    r = c.results
    columns = [k for k in FIGURE_COLUMNS if r.has(k)]
    style = index % len(SERIES)
    levels, differences = [], []
    for column in columns:
        shown = r.shown(column)

        def series(label: str, found: list[Interval], style: int, scale: float = shown.scale) -> Line:
            return Line(label, [x.mean / scale for x in found], [x.low / scale for x in found], [x.high / scale for x in found], style)

        base = series(c.baseline, [r.value(r.baseline, ALL, ALL, y, column) for y in r.years], -1)
        mine = series(c.scenario(name), [r.value(name, ALL, ALL, y, column) for y in r.years], style)
        delta = series(c.scenario(name), [r.change(name, ALL, ALL, y, column) for y in r.years], style)
        unit = c.unit(column)
        levels.append(Panel(c.label(column), (base, mine), unit))
        differences.append(Panel(c.say("figure.difference"), (delta,), unit, zero_line=True))
    draw = partial(small_multiples, levels + differences, r.years, c.notation, columns=len(columns))
    caption = c.say("scenario.figure", scenario=c.scenario(name), baseline=c.baseline)
    alt = c.say("scenario.figure_alt", scenario=c.scenario(name), baseline=c.baseline)
    return Picture(f"scenario-{index + 1}", caption, alt, draw, _figure_table(c, name, index, columns))


def _figure_table(c: Context, name: str, index: int, columns: Sequence[str]) -> Table:
    r = c.results
    rows = []
    for column in columns:
        shown = r.shown(column)
        found = [r.change(name, ALL, ALL, y, column) for y in r.years]
        decimals = c.decimals(column, found)
        group = f"{c.label(column)} ({c.unit(column)})"
        for world in (r.baseline, name):
            cells = tuple(c.level_cell(r.value(world, ALL, ALL, y, column), shown, decimals, interval=True) for y in r.years)
            rows.append(Row(c.scenario(world), cells, group))
        rows.append(Row(c.say("figure.difference"), tuple(c.change_cell(x, shown, decimals) for x in found), group))
    caption = c.say("scenario.figure", scenario=c.scenario(name), baseline=c.baseline) + ": " + c.say("table_behind").lower()
    return Table(f"s{index + 1}-figuur-tabel", caption, c.say("scenario"), tuple(c.year(y) for y in r.years), tuple(rows))
