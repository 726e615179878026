"""Norms per step: who is helped within them in the baseline, what each scenario changes, and the chance that a step meets its norm."""

from __future__ import annotations

from sim.report.blocks import Block, Cell, Chapter, Folded, Para, Row, Table
from sim.report.context import Context
from sim.report.norms import Norms
from sim.report.notation import UNDEFINED


def norms(c: Context) -> Chapter:
    """Left out where no step has a norm."""
    r, title, found = c.results, c.say("ch.norms"), Norms(c.results)
    if not found.steps or not r.has("within_norm"):
        return Chapter("op-tijd", title)
    year = r.headline_year
    blocks: list[Block] = [Para(c.say("norms.intro", year=c.year(year), baseline=c.baseline)), _shares(c, found)]
    chances = c.say("norms.chances", year=c.year(year))
    return Chapter("op-tijd", title, [*blocks, Folded(chances, (_chances(c, found, chances),))])


def _of_step(c: Context, node: str) -> tuple[Cell, Cell]:
    step = next(n for n in c.info.nodes if n.name == node)
    return Cell(c.notation.plain(step.norm_weeks)), Cell(c.say(f"clock.{step.norm_clock}"))


def _shares(c: Context, found: Norms) -> Table:
    r, year = c.results, c.results.headline_year
    shown = r.shown("within_norm")
    rows = []
    for p, n in found.steps:
        level = c.level_cell(r.value(r.baseline, p, n, year, "within_norm"), shown, 0, interval=True)
        changes = tuple(c.change_cell(r.change(s, p, n, year, "within_norm"), shown, 1) for s in r.compared)
        rows.append(Row(c.node(n), (*_of_step(c, n), level, *changes), c.part(p)))
    heads = (
        c.say("reading.norm"), c.say("reading.norm_clock"), c.say("norms.level", baseline=c.baseline),
        *(c.say("norms.change", scenario=c.scenario(s)) for s in r.compared),
    )  # fmt: skip
    numeric = (True, False, *(True,) * (1 + len(r.compared)))
    caption = c.say("norms.table", year=c.year(year))
    return Table("normen-tabel", caption, c.say("node"), heads, tuple(rows), numeric, note=c.say("norms.note", year=year))


def _chances(c: Context, found: Norms, caption: str) -> Table:
    r, year, n = c.results, c.results.headline_year, c.notation

    def cell(scenario: str, pn: tuple[str, str]) -> Cell:
        chance = found.chance(scenario, pn, year)
        return Cell(UNDEFINED if chance != chance else n.number(100 * chance))

    rows = tuple(Row(c.node(pn[1]), tuple(cell(s, pn) for s in r.scenarios), c.part(pn[0])) for pn in found.steps)
    heads = tuple(c.scenario(s) for s in r.scenarios)
    note = c.say("norms.chances_note", n=r.replications)
    return Table("normen-kans", caption, c.say("node"), heads, rows, note=note)
