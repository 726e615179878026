"""How sure the differences are: spread from parameters and from chance apart, and the assumptions that matter."""

from __future__ import annotations

from functools import partial

import numpy as np

from sim.report.blocks import Block, Cell, Chapter, Heading, Para, Picture, Row, Table
from sim.report.context import Context
from sim.report.influence import FEWEST_DRAWS, Influence, Unknowns, influences
from sim.report.notation import UNDEFINED
from sim.report.parameter_words import unknown
from sim.report.plots import Bar, bar_chart
from sim.report.results import ALL, Interval
from sim.report.tornado import Swing, tornado

COLUMNS = ("cost", "clients_avg", "waiting_end", "wait_mean", "within_norm")
MOST_SHOWN = 15


def uncertainty(c: Context, unknowns: Unknowns | None = None) -> Chapter:
    """Left out where nothing is compared or there is one replication."""
    r, title = c.results, c.say("ch.uncertainty")
    if not r.compared or c.basis == "none":
        return Chapter("onzekerheid", title)
    blocks: list[Block] = [Para(c.say("uncertainty.intro", seeds=c.info.seeds_per_draw))]
    picture = _figure(c)
    blocks += [picture, _table(c)] if picture else [_table(c)]
    if r.has("cost") and c.basis == "parameters":
        blocks += [Heading(c.say("tornado.heading"), "aannames-van-belang"), *_tornado(c, unknowns)]
    return Chapter("onzekerheid", title, blocks)


def _share(x: Interval) -> float:
    a, b = x.sd_parameters**2, x.sd_chance**2
    return a / (a + b) if np.isfinite(a + b) and a + b > 0 else float("nan")


def _figure(c: Context) -> Picture | None:
    r, year = c.results, c.results.headline_year
    if not r.has("cost"):
        return None
    shown = r.shown("cost")
    labels, bars = [], []
    for name in r.compared:
        x = r.change(name, ALL, ALL, year, "cost")
        for key, sd in (("parameters", x.sd_parameters), ("chance", x.sd_chance)):
            if np.isfinite(sd):
                labels.append(c.say("uncertainty.bar", scenario=c.scenario(name), what=c.say(f"uncertainty.{key}").lower()))
                bars.append(Bar(sd / shown.scale))
    if not bars:
        return None
    draw = partial(bar_chart, labels, bars, c.label("cost"), c.unit("cost"), c.notation)
    caption = c.say("uncertainty.figure", year=c.year(year), unit=c.unit("cost"))
    return Picture("onzekerheid-herkomst", caption, c.say("uncertainty.alt"), draw, numbers="onzekerheid-tabel")


def _table(c: Context) -> Table:
    r, year, n = c.results, c.results.headline_year, c.notation
    rows = []
    for column in (k for k in COLUMNS if r.has(k)):
        shown = r.shown(column)
        found = [r.change(name, ALL, ALL, year, column) for name in r.compared]
        decimals = c.decimals(column, found)
        for name, x in zip(r.compared, found, strict=True):
            cells = (
                c.change_cell(x, shown, decimals),
                Cell(n.number(x.sd_parameters / shown.scale, decimals)),
                Cell(n.number(x.sd_chance / shown.scale, decimals)),
                Cell(n.number(100 * _share(x))),
                Cell(n.number(100 * x.sign) if x.n and x.mean != 0 else UNDEFINED),
            )
            rows.append(Row(c.scenario(name), cells, f"{c.label(column)} ({c.unit(column)})"))
    heads = (
        c.say("uncertainty.difference", interval=c.interval),
        *(c.say(f"uncertainty.{key}") for key in ("parameters", "chance", "share", "sign")),
    )
    caption = c.say("uncertainty.table", baseline=c.baseline, year=c.year(year))
    return Table("onzekerheid-tabel", caption, c.say("scenario"), heads, tuple(rows), note=c.say("uncertainty.note"))


def by_draw(c: Context, scenario: str, column: str) -> tuple[list[int], np.ndarray]:
    """(draws, mean difference from the baseline of each) in the headline year, over the chance seeds of the draw."""
    r, year = c.results, c.results.headline_year
    delta = r.per_replication(scenario, ALL, ALL, year, column) - r.per_replication(r.baseline, ALL, ALL, year, column)
    of = np.array([k // max(1, c.info.seeds_per_draw) for k in r.core.cube.replications])
    kept = np.isfinite(delta)
    draws = sorted(set(of[kept].tolist()))
    return draws, np.array([delta[kept & (of == d)].mean() for d in draws])


def _tornado(c: Context, unknowns: Unknowns | None) -> list[Block]:
    r, year = c.results, c.results.headline_year
    n = len({k // max(1, c.info.seeds_per_draw) for k in r.core.cube.replications})
    if n < FEWEST_DRAWS or unknowns is None:
        replications = FEWEST_DRAWS * max(1, c.info.seeds_per_draw)
        return [Para(c.say("tornado.few", n=n, least=FEWEST_DRAWS, replications=replications))]
    blocks: list[Block] = []
    for i, name in enumerate(r.compared, 1):
        draws, outcome = by_draw(c, name, "cost")
        if len(draws) != unknowns.z.shape[1]:
            continue  # cells failed: what is drawn and what came out do not go together
        found = influences(unknowns, outcome)
        said = {"scenario": c.scenario(name), "n": len(unknowns.names), "year": year, "draws": len(draws)}
        if not found:
            blocks.append(Para(c.say("tornado.none", **said)))
            continue
        blocks += [Para(c.say("tornado.some", k=len(found), **said)), _swings(c, name, found[:MOST_SHOWN], i)]
    return blocks


def _swings(c: Context, scenario: str, found: tuple[Influence, ...], i: int) -> Picture:
    shown, n, unit = c.results.shown("cost"), c.notation, c.unit("cost")
    names = [unknown(c, x.name) for x in found]
    swings = [Swing(name, x.low / shown.scale, x.high / shown.scale) for name, x in zip(names, found, strict=True)]
    draw = partial(tornado, swings, unit, n)
    rows = tuple(
        Row(name, tuple(Cell(n.number(v, d, signed=True)) for v, d in ((s.low, 1), (s.high, 1), (x.correlation, 2))))
        for name, s, x in zip(names, swings, found, strict=True)
    )
    heads = (c.say("tornado.low", unit=unit), c.say("tornado.high", unit=unit), c.say("tornado.correlation"))
    caption = c.say("tornado.figure", scenario=c.scenario(scenario), year=c.results.headline_year, unit=unit)
    table = Table(f"tornado-{i}-tabel", caption, c.say("tornado.assumption"), heads, rows)
    return Picture(f"onzekerheid-tornado-{i}", caption, c.say("tornado.alt"), draw, table)
