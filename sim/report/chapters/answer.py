"""First page: the answer per scenario in sentences, one table, one picture; then how to read the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from sim.report.blocks import Block, Bullets, Cell, Chapter, Lines, Para, Picture, Row, Table
from sim.report.chapters.five_lines import cost_rise, five_lines, gave_up, same_worlds, surest_waits
from sim.report.columns import Shown
from sim.report.context import Context
from sim.report.norms import Norms
from sim.report.notation import UNDEFINED
from sim.report.plots import Dot, dot_chart
from sim.report.results import ALL, SATURATED, Interval
from sim.report.sentences import claim, sentence

FEW = 10  # replications below which the intervals are called wide
MOST_NAMED = 6
STEPS = Shown("persons", decimals=1)
Look = Callable[[str], Interval]


def answer(c: Context) -> Chapter:
    """Five lines, one table, one picture."""
    r, year = c.results, c.results.headline_year
    blocks: list[Block] = []
    if c.info.failed_cells:
        blocks.append(Para(c.say("headline.failed", n=len(c.info.failed_cells)), "warn"))
    if r.replications < 2:
        blocks.append(Para(c.say("headline.single"), "warn"))
    if not r.compared:
        blocks.append(Para(c.say("headline.nothing", baseline=c.baseline)))
        return Chapter("antwoord", c.say("ch.headline"), blocks)
    blocks.append(Para(c.say("headline.intro", baseline=c.title(c.info.baseline), year=c.year(year), interval=c.interval)))
    if c.basis == "chance":
        blocks.append(Para(c.say("reading.chance"), "warn"))
    blocks += [Lines(five_lines(c)), *(Para(text) for text in same_worlds(c)), *_evidence(c), _table(c), _figure(c)]
    full = r.saturated(r.baseline, year)
    if full:
        blocks.append(Para(c.say("headline.saturated", year=year, baseline=c.baseline, limit=c.notation.percent(SATURATED),
                                 nodes=named(c, [n for _, n in full])), "note"))  # fmt: skip
    return Chapter("antwoord", c.say("ch.headline"), blocks)


def _evidence(c: Context) -> list[Block]:
    """How many of the effects by which the scenarios differ from the baseline were ever measured or reported."""
    base = set(c.info.scenario(c.info.baseline).changes)
    effects = {x for scenario in c.info.compared for x in scenario.changes if x not in base}
    assumed = sum(x.evidence == "assumption" for x in effects)
    fixed = sum(x.evidence == "assumption" and x.low == x.high for x in effects)
    if not assumed:
        return []
    key = "headline.all_assumed" if assumed == len(effects) else "headline.assumed"
    without = c.say("headline.fixed", n=c.notation.number(fixed)) if fixed else ""
    return [Para(c.say(key, n=c.notation.number(assumed), total=c.notation.number(len(effects)), fixed=without), "note")]


def named(c: Context, nodes: list[str]) -> str:
    """The first titles, and how many more."""
    titles = [c.node(n) for n in nodes[:MOST_NAMED]]
    if len(nodes) > MOST_NAMED:
        titles.append(c.say("headline.more_nodes", n=len(nodes) - MOST_NAMED))
    return c.notation.join(titles)


def answer_sentences(c: Context, name: str) -> list[str]:
    """Cost, clients, waiting list, waits and where the pressure moves, each as strong as its interval allows."""
    r, year, lang = c.results, c.results.headline_year, c.lang
    scale = r.shown("cost").scale
    said = {"year": year, "baseline": c.baseline}
    lines = []
    if r.has("cost"):
        made = claim(r.change(name, ALL, ALL, year, "cost"), c.notation, scale=scale, unit=c.money_unit, most_decimals=1)
        lines.append(sentence("cost", made, lang, **said))
    for subject, column in (("clients", "clients_avg"), ("list", "waiting_end")):
        lines.append(sentence(subject, claim(r.change(name, ALL, ALL, year, column), c.notation, most_decimals=1), lang, **said))
    if told := gave_up(c, name):
        lines.append(told)
    lines += _wait_sentences(c, name)
    if r.has("cost") and (rise := cost_rise(c, name)):
        lines.append(rise[1])
    return [line for line in lines if line]


def _wait_sentences(c: Context, name: str) -> list[str]:
    """What may be said of the waits of one scenario."""
    r, year = c.results, c.results.headline_year
    changes = [x for p, n in r.waiting_nodes if (x := r.change(name, p, n, year, "wait_mean")).n]
    if changes and all(x.mean == 0 and not x.low < 0 < x.high for x in changes):
        return [sentence_of(c, "wait.same", year=year, baseline=c.baseline)]
    said = [told for _, told in surest_waits(c, [name])]
    return said or ([] if c.basis == "none" or not changes else [sentence_of(c, "wait.none", year=year, baseline=c.baseline)])


def sentence_of(c: Context, key: str, **names: object) -> str:
    return c.say(f"claim.{key}", **names)


@dataclass(frozen=True)
class Column:
    """A column of the first table: the change of a scenario, and the level of the baseline in the last row, which may have its own unit."""

    head: str
    shown: Shown
    change: Look
    level: Interval
    percent: bool = False  # the level is a share, written as a percentage


def _columns(c: Context) -> list[Column]:
    r, year, years = c.results, c.results.headline_year, c.results.cumulative_years

    def of(head: str, column: str, percent: bool = False) -> Column:
        level = r.value(r.baseline, ALL, ALL, year, column)
        return Column(head, r.shown(column), lambda name: r.change(name, ALL, ALL, year, column), level, percent)

    made: list[Column] = []
    if r.has("cost"):
        unit, shown = c.unit("cost"), r.shown("cost")
        made.append(of(c.say("headline.cost", unit=unit), "cost"))
        if len(years) > 1:
            head = c.say("headline.cost_sum", first=years[0], last=years[-1], unit=unit)
            level = r.sum_over(r.baseline, ALL, ALL, years, "cost")
            made.append(Column(head, shown, lambda name: r.change_over(name, ALL, ALL, years, "cost"), level))
    made += [
        of(c.say("headline.clients"), "clients_avg"), of(c.say("headline.list"), "waiting_end"), of(c.say("headline.wait"), "wait_mean"),
    ]  # fmt: skip
    if r.has("within_norm"):
        made.append(of(c.say("headline.norm"), "within_norm", percent=True))
        norms = Norms(r)
        if norms.steps:
            head = c.say("headline.norms_met", total=len(norms.steps))
            made.append(Column(head, STEPS, lambda name: norms.change(name, year), norms.met(r.baseline, year)))
    return made


def _table(c: Context) -> Table:
    r, year = c.results, c.results.headline_year
    columns = _columns(c)
    found = [[column.change(name) for name in r.compared] for column in columns]
    decimals = [c.decimals_of(column.shown, line) for column, line in zip(columns, found, strict=True)]
    rows = [
        Row(
            c.scenario(name),
            tuple(c.change_cell(line[i], column.shown, d) for column, line, d in zip(columns, found, decimals, strict=True)),
        )
        for i, name in enumerate(r.compared)
    ]
    levels = []
    for column, d in zip(columns, decimals, strict=True):
        cell = c.level_cell(column.level, column.shown, d)
        levels.append(replace(cell, text=cell.text + "%") if column.percent and cell.text != UNDEFINED else cell)
    rows.append(Row(c.say("headline.level", baseline=c.baseline, year=c.year(year)), tuple(levels), total=True))
    caption = c.say("headline.caption", baseline=c.baseline, year=c.year(year))
    note = c.say("reading.arrows", baseline=c.baseline)
    if r.has("within_norm"):
        note += " " + c.say("headline.norm_note", year=year)
    return Table("antwoord-tabel", caption, c.say("scenario"), tuple(column.head for column in columns), tuple(rows), note=note)


def _figure(c: Context) -> Picture:
    r, year = c.results, c.results.headline_year
    panels = []
    for column in ("cost", "clients_avg", "waiting_end"):
        if not r.has(column):
            continue
        shown = r.shown(column)
        found = [r.change(name, ALL, ALL, year, column) for name in r.compared]
        dots = [Dot(x.mean / shown.scale, x.low / shown.scale, x.high / shown.scale) for x in found]
        panels.append((c.label(column), c.unit(column), dots))
    draw = partial(dot_chart, [c.scenario(n) for n in r.compared], panels, c.notation)
    caption = c.say("headline.figure", baseline=c.baseline, year=c.year(year), interval=c.interval)
    return Picture("verschil-per-scenario", caption, c.say("headline.figure_alt", year=c.year(year)), draw, numbers="antwoord-tabel")


def reading(c: Context) -> Chapter:
    """How to read: replications, the two intervals, the clock, marks, norms."""
    r, i = c.results, c.info
    level = c.notation.percent(r.level)
    draws = len({k // max(1, i.seeds_per_draw) for k in r.core.cube.replications})
    runs = c.say("reading.runs", n=r.replications, draws=draws, seeds=i.seeds_per_draw)
    if r.replications < FEW:
        runs += " " + c.say("reading.few")
    if i.stopping.text(c.lang):
        runs += " " + c.say("reading.stopping", why=c.text(i.stopping, limit=400))
    items = [runs]
    if c.basis != "none":
        items += [f"{c.say('reading.predictive', interval=c.interval, level=level)} {c.say('reading.everywhere')}", c.say("reading.mean")]
    if c.basis == "chance":
        items.append(c.say("reading.chance"))
    items.append(c.say("reading.difference", baseline=c.baseline))
    if r.has("cost"):
        items.append(c.say("reading.prices"))
    clock = f"{c.say('reading.clock')} {c.say('reading.norm_clocks')}"
    items += [c.say("reading.clients"), clock, c.say("reading.arrows", baseline=c.baseline), c.say("reading.shares")]
    blocks: list[Block] = [Bullets(tuple(items))]
    norms = [n for n in i.nodes if n.norm_weeks is not None]
    if norms:
        order = {p.name: k for k, p in enumerate(i.parts)}
        rows = tuple(
            Row(c.node(n.name), (Cell(c.part(n.part)), Cell(c.notation.plain(n.norm_weeks)), Cell(c.say(f"clock.{n.norm_clock}"))))
            for n in sorted(norms, key=lambda n: order.get(n.part, len(order)))
        )
        columns = (c.say("part"), c.say("reading.norm"), c.say("reading.norm_clock"))
        blocks.append(Table("normen", c.say("reading.norms"), c.say("node"), columns, rows, (False, True, False)))
    return Chapter("leeswijzer", c.say("ch.reading"), blocks)
