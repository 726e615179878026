"""Chapter of the page on the unknowns: prior against posterior, what the fit learnt, and what no figure can pin down."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from calibration.pages.context import Context, rows_of
from calibration.pages.pictures import BeforeAfter, before_after
from calibration.tables import LEARNT
from sim.report.blocks import Block, Cell, Chapter, Figure, Folded, Heading, Para, Row, Table
from sim.report.fitted import read_figures
from sim.report.interval_chart import WIDE
from sim.report.notation import UNDEFINED, clean, decimals_for

MOST = 30  # unknowns in the picture: those that were learnt best
SHIFTED = 1.0  # prior standard deviations the middle moved


def learnt(c: Context) -> Chapter:
    """What the figures say of the unknowns; sorted by how much was learnt."""
    title = c.say("ch.learnt")
    table = c.table("unknowns.csv")
    if table is None:
        return Chapter("onbekenden", title)
    table = table.assign(part=table["part"].fillna("")).sort_values(["left", "unknown"], kind="stable")
    known, open_ = table[table["left"] < LEARNT], table[table["left"] >= LEARNT]
    n = c.notation
    moved = int((known["shift"].abs() > SHIFTED).sum())
    said = {"learnt": n.number(len(known)), "n": n.number(len(table)), "limit": n.percent(1 - LEARNT), "moved": n.number(moved)}
    blocks: list[Block] = [Para(c.say("learnt.what", **said))]
    if len(known):
        blocks += [
            Para(c.say("learnt.moved" if moved else "learnt.not_moved", **said)),
            _picture(c, known.head(MOST)),
            Heading(c.say("learnt.table"), "geleerd-lijst"),
        ]
        blocks.append(Folded(c.say("learnt.open", **said), (_table(c, known, "geleerd-tabel", c.say("learnt.table")),)))
    else:
        blocks.append(Para(c.say("learnt.nothing"), "warn"))
    if len(open_):
        told = {
            "open": n.number(len(open_)),
            "n": n.number(len(table)),
            "share": n.percent(len(open_) / len(table)),
            "left": n.percent(LEARNT),
        }
        blocks += [Heading(c.say("open.heading"), "onbepaald"), Para(c.say("open.what", **told)), _effects(c, table), _by_part(c, table)]
        rest = open_.sort_values(["part", "unknown"], kind="stable")
        blocks.append(Folded(c.say("open.open", **told), (_table(c, rest, "onbepaald-tabel", c.say("open.heading")),)))
    return Chapter("onbekenden", title, blocks)


def _effects(c: Context, table: pd.DataFrame) -> Para:
    """Effects of measures are what decisions rest on: said apart."""
    effects = table[table["kind"] == "effect"]
    known = int((effects["left"] < LEARNT).sum())
    key = "open.no_effects" if not len(effects) else "open.effects_none" if not known else "open.effects"
    return Para(c.say(key, n=c.notation.number(len(effects)), learnt=c.notation.number(known)), "note")


def _name(row: Any) -> str:
    return clean(str(row.unknown).removeprefix("nodes."), 160)


def _span(c: Context, row: Any, when: str) -> str:
    low, high = getattr(row, f"{when}_low"), getattr(row, f"{when}_high")
    if not (math.isfinite(low) and math.isfinite(high)):
        return UNDEFINED
    return c.notation.span(low, high, max(0, decimals_for(low, high, most=6)))


def _picture(c: Context, table: pd.DataFrame) -> Figure:
    rows = [
        BeforeAfter(_name(r), r.latent_low, r.latent_median, r.latent_high, (_span(c, r, "prior"), _span(c, r, "posterior")))
        for r in rows_of(table)
    ]  # fmt: skip
    words = {key: c.say(f"learnt.chart.{key}") for key in ("before", "after", "axis", "before_head", "after_head")}
    svg, png = before_after(rows, words, c.notation)
    caption = c.say("learnt.figure", n=c.notation.number(len(table)))
    return Figure("geleerd", caption, c.say("learnt.alt"), svg, png, _table(c, table, "geleerd-figuur-tabel", caption), WIDE)


def _table(c: Context, table: pd.DataFrame, id_: str, caption: str) -> Table:
    file = c.file("figures.csv")
    titles = {f.id: c.writer.name(f) for f in read_figures(file)} if file else {}
    n = c.notation
    rows = tuple(
        Row(
            clean(r.unknown, 160),
            (
                Cell(c.unit(str(r.unit))),
                Cell(c.say(f"kind.{r.kind}")),
                Cell(n.plain(r.prior_median, 3), _span(c, r, "prior")),
                Cell(n.plain(r.posterior_median, 3), _span(c, r, "posterior")),
                Cell(n.percent(r.left)),
                Cell(n.number(r.shift, 1, signed=True)),
                Cell(titles.get(str(r.figure), clean(r.figure, 90)), n.number(r.correlation, 2, signed=True)),
            ),
            c.part(str(r.part)),
        )
        for r in rows_of(table.sort_values("part", kind="stable"))
    )
    columns = tuple(c.say(f"unknown.{head}") for head in ("unit", "kind", "before", "after", "left", "shift", "figure"))
    numeric = (False, False, True, True, True, True, False)
    return Table(id_, caption, c.say("unknown.unknown"), columns, rows, numeric, c.say("unknown.note"))


def _by_part(c: Context, table: pd.DataFrame) -> Table:
    n = c.notation
    rows = []
    for part, members in table.groupby("part", sort=False):
        known = int((members["left"] < LEARNT).sum())
        cells = tuple(Cell(n.number(x)) for x in (len(members), known, len(members) - known))
        rows.append(Row(c.part(str(part)), cells))
    columns = tuple(c.say(f"open.{head}") for head in ("all", "learnt", "not"))
    return Table("onbepaald-delen", c.say("open.by_part"), c.say("open.part"), columns, tuple(rows))
