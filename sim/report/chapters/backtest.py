"""The backtest that ships with the fitted ensemble: fitted on what was known on a day, held against what was reported later."""

from __future__ import annotations

import csv
import json
import math
from functools import partial
from pathlib import Path

from sim.data import calibration_directory
from sim.report.blocks import Block, Cell, Chapter, Para, Picture, Row, Table
from sim.report.chapters.calibration import used_ensemble
from sim.report.context import Context
from sim.report.fitted import FigureWriter
from sim.report.interval_chart import WIDE, ChartWords, IntervalRow, Span, interval_chart
from sim.report.notation import clean

LEVEL = 0.9


def backtest(c: Context, directory: Path | None = None) -> Chapter:
    """Empty where the study did not use the shipped ensemble, or no backtest stands beside it."""
    directory = directory or calibration_directory() / "posterior"
    title = c.say("ch.backtest")
    if not used_ensemble(c, directory) or not (directory / "backtest.csv").exists() or not (directory / "backtest.json").exists():
        return Chapter("terugtoets", title)
    with (directory / "backtest.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    about = json.loads((directory / "backtest.json").read_text(encoding="utf-8"))
    n = c.notation
    inside = sum(row["inside"] == "True" for row in rows)
    mere = [row for row in rows if row["mere_prior"] == "True"]
    key = "few" if about["inside_high"] < LEVEL else "many" if about["inside_low"] > LEVEL else "expected"
    told = {"k": n.number(inside), "n": n.number(len(rows)), "share": n.percent(inside / len(rows)), "level": n.percent(LEVEL)}
    blocks: list[Block] = [
        Para(c.say("backtest.what", day=n.date(about["known_by"]), fitted=n.number(about["figures_fitted"]), n=n.number(len(rows)))),
        Para(c.say(f"backtest.{key}", span=n.span(about["inside_low"], about["inside_high"], 0, scale=0.01), **told)),
    ]
    if mere:
        blocks.append(Para(c.say("backtest.mere", k=n.number(len(mere)), n=n.number(len(rows))), "note"))
    return Chapter("terugtoets", title, [*blocks, _figure(c, rows)])


def _figure(c: Context, rows: list[dict[str, str]]) -> Picture:
    n, w = c.notation, FigureWriter(c.lang, c.part)
    drawn: dict[bool, list[IntervalRow]] = {False: [], True: []}
    lines = []
    for row in rows:
        low, middle, high, reported = (float(row[key]) if row[key] else math.nan for key in ("low", "median", "high", "reported"))
        mere, inside, unit = row["mere_prior"] == "True", row["inside"] == "True", row["unit"]
        title = clean(row["title"] if c.lang == "nl" else row["title_en"], 90)
        title = title if row["period"] in title else f"{title}, {row['period']}"
        span = Span(low / reported, middle / reported, high / reported) if reported > 0 and math.isfinite(low) else None
        drawn[mere].append(IntervalRow(title, None, None, span, inside, (w.amount(unit, reported), w.span(unit, low, high))))
        cells = (
            Cell(w.unit(unit)), Cell(w.amount(unit, reported)), Cell(w.amount(unit, middle), w.span(unit, low, high)),
            Cell(c.say("fit.inside_word" if inside else "fit.outside_word"), tone="" if inside else "warn"),
            Cell(c.say("backtest.prior_word" if mere else "backtest.informed_word")),
        )  # fmt: skip
        lines.append(Row(title, cells))
    words = ChartWords(
        "", "", c.say("backtest.inside"), c.say("backtest.outside"), c.say("fit.chart.reported"), c.say("backtest.predicted"),
        c.say("fit.chart.axis"),
    )  # fmt: skip
    groups = [(c.say(f"backtest.group_{'prior' if mere else 'informed'}"), some) for mere, some in drawn.items() if some]
    draw = partial(interval_chart, groups, words, n)
    caption = c.say("backtest.figure")
    heads = tuple(c.say(k) for k in ("fit.table.unit", "fit.table.reported", "backtest.predicted", "fit.table.verdict", "backtest.rests"))
    table = Table("terugtoets-tabel", caption, c.say("fit.table.what"), heads, tuple(lines), (False, True, True, False, False))
    return Picture("terugtoets-cijfers", caption, c.say("backtest.alt"), draw, table, WIDE)
