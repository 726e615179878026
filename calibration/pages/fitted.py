"""Chapters of the page on a fit: the answer in short, every figure beside the model, the gebieden on a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from calibration.pages.context import Context
from calibration.tables import WIDEST
from sim.report.blocks import Block, Bullets, Cell, Chapter, Figure, Folded, Heading, Para, Row, Table
from sim.report.fitted import FittedFigure, read_figures
from sim.report.tile_map import Tile


def answer(c: Context) -> Chapter:
    """How well the fitted model follows what was reported, in a few sentences."""
    title = c.say("ch.answer")
    table, about = c.table("figures.csv"), c.document("fit.json")
    if table is None or about is None:
        return Chapter("antwoord", title)
    fitted = [f for f in _figures(c) if f.fitted]
    rest = [f for f in _figures(c) if not f.fitted and f.use != "shown"]
    n = c.notation
    blocks: list[Block] = [
        Para(c.say("answer.what", n=n.number(len(fitted)), unknowns=n.number(about["unknowns"]), members=_members(c, about))),
        Para(" ".join(c.writer.coverage(fitted))),
        Para(c.say("answer.in_sample")),
    ]
    scores = table[table["fitted"]]
    if len(scores):
        ours = scores["score_posterior"].to_numpy()
        said = tuple(c.compare(f"score.{name}", ours, scores[f"score_{name}"].to_numpy()) for name in ("prior", "written"))
        blocks += [Bullets(said), Para(_spread(c, scores))]
    if rest:
        blocks.append(Para(c.writer.coverage(rest, "fit.coverage_shown")[0] + " " + c.say("answer.held_out")))
    return Chapter("antwoord", title, blocks)


def _spread(c: Context, scores: pd.DataFrame) -> str:
    """Whether the fitted model spreads more than report and chance together account for."""
    wide = scores[scores["spread"] > WIDEST]
    largest = c.notation.number(float(scores["spread"].max()), 2)
    key = "spread.some" if len(wide) else "spread.none"
    return c.say(key, largest=largest, limit=c.notation.number(WIDEST, 2), n=c.notation.number(len(wide)))


def _members(c: Context, about: dict[str, Any]) -> str:
    return c.notation.number(about["settings"]["members"]["value"])


def _figures(c: Context) -> tuple[FittedFigure, ...]:
    file = c.file("figures.csv")
    return read_figures(file) if file else ()


def targets(c: Context) -> Chapter:
    """Every figure with both intervals: fitted, then held out, then only shown."""
    title = c.say("ch.targets")
    found = _figures(c)
    if not found:
        return Chapter("cijfers", title)
    fitted = [f for f in found if f.fitted]
    blocks: list[Block] = [Para(c.say("targets.intro"))]
    outside = c.writer.outside(fitted)
    if outside:
        blocks += [Heading(c.say("targets.outside"), "buiten"), Bullets(tuple(outside))]
    elif fitted:
        blocks.append(Para(c.say("targets.all_inside")))
    blocks += [Heading(c.say("targets.fitted"), "afgesteld"), *c.writer.pictures(fitted, "cijfers")]
    for name, members in (
        ("held", [f for f in found if not f.fitted and f.use != "shown"]),
        ("shown", [f for f in found if f.use == "shown" and not f.fitted]),
    ):
        if members:
            blocks += [Heading(c.say(f"targets.{name}"), name), Para(c.say(f"targets.{name}_intro"))]
            pictures = c.writer.pictures(members, f"cijfers-{name}")
            blocks += pictures if name == "held" else [Folded(c.say("targets.shown_open"), tuple(pictures))]
    return Chapter("cijfers", title, blocks)


def gebieden(c: Context) -> Chapter:
    """Residuals per gebied on a tile map, for each kind of figure that was reported for at least half of the tiles."""
    title = c.say("ch.gebieden")
    families: dict[str, list[FittedFigure]] = {}
    for f in _figures(c):
        families.setdefault(f.family, []).append(f)
    blocks: list[Block] = []
    for name, members in families.items():
        placed = [f for f in members if c.tiles and f.gebied in c.tiles.places]
        if c.tiles and len(placed) >= max(3, len(c.tiles.places) / 2):
            blocks += [_said(c, placed), _map(c, name, placed)]
    return Chapter("gebieden", title, [Para(c.say("gebieden.intro")), *blocks] if blocks else [])


def _said(c: Context, figures: Sequence[FittedFigure]) -> Para:
    n = c.notation
    outside = [f.gebied for f in figures if not f.inside]
    key = "gebieden.outside" if outside else "gebieden.inside"
    return Para(c.say(key, what=c.writer.family(figures), n=n.number(len(figures)), which=n.join(outside)))


def _map(c: Context, name: str, figures: Sequence[FittedFigure]) -> Figure:
    assert c.tiles is not None
    n, w = c.notation, c.writer
    tiles, rows = {}, []
    for f in figures:
        share = f.posterior[1] / f.reported - 1 if f.reported else np.nan
        percent = n.number(share * 100, 0, signed=True) + "%" if np.isfinite(share) else "–"
        verdict = w.say("fit.inside_word" if f.inside else "fit.outside_word")
        tiles[f.gebied] = Tile(percent, w.amount(f.unit, f.reported) + ("" if f.inside else f" · {verdict}"), f.residual, not f.inside)
        cells = (w.amount(f.unit, f.reported), w.amount(f.unit, f.posterior[1]), percent, n.number(f.residual, 1, signed=True), verdict)
        rows.append(Row(f.gebied, tuple(Cell(text) for text in cells)))
    svg, png = c.tiles.draw(tiles)
    what = w.family(figures)
    heads = tuple(c.say(f"gebieden.{head}") for head in ("reported", "model", "difference", "residual", "verdict"))
    id_ = "kaart-" + name.replace("_", "-")
    caption = c.say("gebieden.figure", what=what)
    table = Table(f"{id_}-tabel", caption, c.say("gebieden.gebied"), heads, tuple(rows), (True, True, True, True, False))
    return Figure(id_, caption, c.say("gebieden.alt", what=what), svg, png, table)
