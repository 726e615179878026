"""Chapter of the page on the recovery: are values found that we know, and do intervals hold them as often as they promise?"""

from __future__ import annotations

import json

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from calibration.pages.context import SCORE_LEVEL, Context
from calibration.pages.pictures import Histogram, rank_histograms
from calibration.recover import BINS, FAMILY_ERROR, LEVELS, Recovery, read_recovery
from sim.experiment.paired import mean_interval
from sim.report.blocks import Block, Bullets, Cell, Chapter, Figure, Para, Row, Table
from sim.report.notation import clean

WORST = 4  # unknowns with a histogram of their own: those least likely to be uniform
CHANCE = 0.99  # probability of the band of chance of a bar
LEAST_TRUTHS = 20  # for histograms: two a bin


def recovery(c: Context) -> Chapter:
    """Coverage and ranks over synthetic cities."""
    title = c.say("ch.recovery")
    file = c.file("recovery.parquet")
    if file is None:
        return Chapter("herstel", title)
    found, record = read_recovery(file)
    about = json.loads(record)
    n = c.notation
    truths, unknowns = len(found.ranks), len(found.names)
    size = c.say("recovery.whole") if about["size"] == 1 else c.say("recovery.part", share=n.percent(about["size"]))
    blocks: list[Block] = [Para(c.say("recovery.what", n=n.number(truths), unknowns=n.number(unknowns), size=size))]
    if truths == 1:
        blocks.append(Para(c.say("recovery.single")))
    blocks.append(Bullets(tuple(_coverage(c, found, level) for level in LEVELS)))
    blocks.append(_table(c, found))
    if truths >= LEAST_TRUTHS:
        blocks += [_uniform(c, found), _picture(c, found)]
    elif truths > 1:
        blocks.append(Para(c.say("recovery.too_few", n=n.number(truths), least=n.number(LEAST_TRUTHS))))
    return Chapter("herstel", title, blocks)


def _coverage(c: Context, found: Recovery, level: float) -> str:
    """Share of truths inside, with an interval over truths, for the unknowns of one truth were found together."""
    inside = found.inside(level)
    mean = mean_interval(inside.mean(axis=1), SCORE_LEVEL)
    n = c.notation
    values = {"level": n.percent(level), "share": n.percent(float(inside.mean()), 1)}
    if not np.isfinite(mean.low):
        return c.say("recovery.share", **values)
    key = "few" if mean.high < level else "many" if mean.low > level else "expected"
    return c.say(f"recovery.{key}", span=c.writer.span("share", max(0.0, mean.low), min(1.0, mean.high)), **values)


def _table(c: Context, found: Recovery) -> Table:
    n, learnt = c.notation, found.learnt()
    rows = []
    for name, which in (("all", np.ones(len(found.names), dtype=bool)), ("learnt", learnt), ("others", ~learnt)):
        if which.any():
            shares = [Cell(n.percent(float(found.inside(level)[:, which].mean()), 1)) for level in LEVELS]
            rows.append(Row(c.say(f"recovery.row.{name}"), (Cell(n.number(int(which.sum()))), *shares)))
    columns = (c.say("recovery.unknowns"), *(c.say("recovery.inside", level=n.percent(level)) for level in LEVELS))
    return Table("herstel-tabel", c.say("recovery.caption"), c.say("recovery.kind"), columns, tuple(rows))


def _uniform(c: Context, found: Recovery) -> Para:
    p = found.uniform_p()
    failing = [clean(name, 120) for name, small in zip(found.names, p < FAMILY_ERROR / len(p), strict=True) if small]
    n = c.notation
    values = {"n": n.number(len(p)), "error": n.percent(FAMILY_ERROR)}
    if failing:
        return Para(c.say("recovery.failing", k=n.number(len(failing)), which=n.join(failing), **values), "warn")
    return Para(c.say("recovery.uniform", **values))


def _picture(c: Context, found: Recovery) -> Figure:
    n, learnt, p = c.notation, found.learnt(), found.uniform_p()

    def histogram(name: str, which: NDArray[np.bool_]) -> Histogram:
        pooled = found.counts()[which].sum(axis=0)
        expected = found.bin_shares
        low, high = stats.binom.interval(CHANCE, pooled.sum(), expected)
        return Histogram(name, pooled, expected * pooled.sum(), np.asarray(low), np.asarray(high))

    panels = [histogram(c.say("recovery.all"), np.ones(len(p), dtype=bool))]
    if learnt.any():
        panels.append(histogram(c.say("recovery.learnt"), learnt))
    worst = np.argsort(p, kind="stable")[:WORST]
    panels += [histogram(clean(found.names[j].removeprefix("nodes."), 90), np.arange(len(p)) == j) for j in worst]
    svg, png = rank_histograms(panels, {"axis": c.say("recovery.axis"), "chance": c.say("recovery.chance")}, n)
    columns = tuple(f"{n.percent(i / BINS)}–{n.percent((i + 1) / BINS)}" for i in range(BINS))
    rows = tuple(
        Row(h.title, (*(Cell(n.number(int(k))) for k in h.counts), Cell(n.span(float(h.low.min()), float(h.high.max()))))) for h in panels
    )
    caption = c.say("recovery.figure")
    table = Table("rangen-tabel", caption, c.say("recovery.histogram"), (*columns, c.say("recovery.band")), rows)
    return Figure("rangen", caption, c.say("recovery.alt"), svg, png, table)
