"""Money: what the chain costs per part beside what was reported, and what the measures of each programme change."""

from __future__ import annotations

from functools import partial

from sim.report.blocks import Block, Bullets, Cell, Chapter, Heading, Para, Picture, Row, Table
from sim.report.context import Context
from sim.report.line_charts import Line, Panel, small_multiples
from sim.report.notation import UNDEFINED, capital, clean
from sim.report.plots import MOST_SERIES
from sim.report.results import ALL


def money(c: Context) -> Chapter:
    """Left out where nothing costs anything."""
    r, title = c.results, c.say("ch.money")
    if not r.has("cost"):
        return Chapter("geld", title)
    blocks: list[Block] = [Para(c.say("money.intro", unit=c.unit("cost"))), _path(c), _per_part(c)]
    if c.info.budgets:
        blocks += [Heading(c.say("money.budget"), "begroting"), Para(c.say("money.budget_intro")), _budgets(c), Bullets(_why(c))]
    programmes = _programmes(c)
    if programmes:
        blocks += [Heading(c.say("money.programmes"), "programmas"), Para(c.say("money.programmes_intro")), programmes]
    return Chapter("geld", title, blocks)


def _path(c: Context) -> Picture:
    """Cost of the whole chain over the years, with the reported figures as points."""
    r, shown = c.results, c.results.shown("cost")
    base = [r.value(r.baseline, ALL, ALL, y, "cost") for y in r.years]
    low, high = ([getattr(x, end) / shown.scale for x in base] for end in ("low", "high"))
    lines = [Line(c.baseline, [x.mean / shown.scale for x in base], low, high)]
    for i, name in enumerate(r.compared[: MOST_SERIES - 1]):
        lines.append(Line(c.scenario(name), [r.value(name, ALL, ALL, y, "cost").mean / shown.scale for y in r.years], style=i))
    whole = {b.period: b for b in c.info.budgets if b.part == ALL}
    if whole:
        points = [whole[str(y)].value / shown.scale if str(y) in whole else float("nan") for y in r.years]
        lines.append(Line(c.say("money.reported"), points, style=MOST_SERIES - 1, dots=True))
    draw = partial(small_multiples, [Panel(c.part(ALL), tuple(lines), c.unit("cost"))], r.years, c.notation)
    caption = c.say("money.figure", unit=c.unit("cost"))
    return Picture("geld-pad", caption, c.say("money.alt"), draw, numbers="geld-tabel")


def _per_part(c: Context) -> Table:
    """Parts of the chain x years in the baseline, then the total of every scenario."""
    r, shown = c.results, c.results.shown("cost")

    def cells(scenario: str, part: str, *, interval: bool = False) -> tuple[Cell, ...]:
        found = [r.value(scenario, part, ALL, y, "cost") for y in r.years]
        return tuple(c.level_cell(x, shown, shown.decimals, interval=interval) for x in found)

    parts = [p for p in r.parts if any(r.value(r.baseline, p, ALL, y, "cost").mean for y in r.years)]
    rows = [Row(c.part(p), cells(r.baseline, p), c.baseline) for p in parts]
    rows.append(Row(c.part(ALL), cells(r.baseline, ALL, interval=True), c.baseline, total=True))
    rows += [Row(c.scenario(s), cells(s, ALL, interval=True), c.say("money.scenarios")) for s in r.compared]
    whole = {b.period: b for b in c.info.budgets if b.part == ALL}
    if whole:
        found = [
            Cell(c.notation.number(whole[str(y)].value / shown.scale, shown.decimals) if str(y) in whole else UNDEFINED) for y in r.years
        ]
        rows.append(Row(c.say("money.reported"), tuple(found), c.say("money.reported_group")))
    caption = c.say("money.table", unit=c.unit("cost"), interval=c.interval)
    return Table("geld-tabel", caption, c.say("part"), tuple(c.year(y) for y in r.years), tuple(rows))


def _budgets(c: Context) -> Table:
    """Reported figures beside the model, with their band."""
    r, shown, n = c.results, c.results.shown("cost"), c.notation
    rows = []
    for b in c.info.budgets:
        x = r.value(r.baseline, b.part, ALL, int(b.period), "cost") if b.period.isdigit() else None
        known = x is not None and x.n > 0
        rows.append(
            Row(
                c.text(b.title, limit=160),
                (
                    Cell(clean(b.period, 20)),
                    Cell(n.number(b.value / shown.scale, shown.decimals), n.span(b.low, b.high, shown.decimals, scale=shown.scale)),
                    c.level_cell(x, shown, shown.decimals, interval=True) if known and x is not None else Cell(UNDEFINED),
                    Cell(c.notation.percent(x.mean / b.value) if known and x is not None and b.value else UNDEFINED),
                    Cell(clean(b.source, 400)),
                ),
            )
        )
    heads = (
        c.say("sense.period"), c.say("money.reported_band", unit=c.unit("cost")),
        c.say("money.model", baseline=c.baseline, unit=c.unit("cost")), c.say("money.covered"), c.say("change.source"),
    )  # fmt: skip
    return Table("begroting-tabel", c.say("money.budget_table"), c.say("sense.what"), heads, tuple(rows), (False, True, True, True, False))


def _why(c: Context) -> tuple[str, ...]:
    return tuple(dict.fromkeys(capital(clean(b.why, 500)) for b in c.info.budgets if b.why))


def _programmes(c: Context) -> Table | None:
    """Measures by policy programme, and in which scenarios beyond the baseline they are."""
    base = {x.measure for x in c.info.scenario(c.info.baseline).changes}
    rows = []
    for m in sorted((m for m in c.info.measures if m.programme), key=lambda m: (m.programme, m.start, m.name)):
        holding = [c.scenario(s.name) for s in c.info.compared if any(x.measure == m.name for x in s.changes)]
        where = c.say("money.everywhere", baseline=c.baseline) if m.name in base else c.notation.join(holding) or UNDEFINED
        status = c.say(f"status.{m.status}") if m.status in ("introduced", "under_way", "proposed") else clean(m.status, 40)
        cells = (Cell(c.notation.date(m.start)), Cell(status), Cell(where), Cell(clean(m.source, 300)))
        group = capital(clean(m.programme, 90))
        rows.append(Row(c.text(m.title, m.name), cells, group))
    if not rows:
        return None
    heads = (c.say("change.start"), c.say("money.status"), c.say("money.where"), c.say("change.source"))
    return Table("programma-tabel", c.say("money.programmes_table"), c.say("change.measure"), heads, tuple(rows), (False,) * 4)
