"""Chapter of the page on the backtest: fitted on what was known on a day, held against what was reported later."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from calibration.pages.context import Context, rows_of
from sim.report.blocks import Block, Bullets, Cell, Chapter, Figure, Para, Row, Table
from sim.report.interval_chart import WIDE, ChartWords, IntervalRow, Span, interval_chart
from sim.report.notation import clean

LEVEL = 0.9
RIVALS = ("prior", "last", "trend")


def backtest(c: Context) -> Chapter:
    """What was predicted and how well, beside predictions that cost nothing; which predictions are mere prior."""
    title = c.say("ch.backtest")
    table, about = c.table("backtest.csv"), c.document("backtest.json")
    if table is None or about is None or not len(table):
        return Chapter("terugtoets", title)
    n = c.notation
    known = n.date(about["known_by"])
    blocks: list[Block] = [
        Para(c.say("backtest.what", day=known, fitted=n.number(about["figures_fitted"]), n=n.number(len(table)))),
        Para(_coverage(c, about, table)),
        _mere_prior(c, table),
    ]
    said = []
    for rival in RIVALS:
        here = table[table[f"crps_{rival}"].notna()]
        if len(here):
            said.append(c.compare(f"backtest.{rival}", here["crps_model"].to_numpy(), here[f"crps_{rival}"].to_numpy()))
    blocks += [Bullets(tuple(said)), _picture(c, table), _scores(c, about)]
    return Chapter("terugtoets", title, blocks)


def _coverage(c: Context, about: dict[str, Any], table: pd.DataFrame) -> str:
    low, high = about["inside_low"], about["inside_high"]
    key = "few" if high < LEVEL else "many" if low > LEVEL else "expected"
    n = c.notation
    k = int(table["inside"].sum())
    told = c.say("backtest.coverage", k=n.number(k), n=n.number(len(table)), share=n.percent(k / len(table)), level=n.percent(LEVEL))
    return f"{told} {c.say(f'backtest.coverage.{key}', span=c.writer.span('share', low, high), level=n.percent(LEVEL))}"


def _mere_prior(c: Context, table: pd.DataFrame) -> Para:
    mere = table[table["mere_prior"]]
    n = c.notation
    if not len(mere):
        return Para(c.say("backtest.informed", n=n.number(len(table))))
    names = [_title(c, row) for row in rows_of(mere)]
    return Para(c.say("backtest.mere_prior", k=n.number(len(mere)), n=n.number(len(table)), which=n.join(names)), "note")


def _title(c: Context, row: Any) -> str:
    text = clean(row.title if c.lang == "nl" else row.title_en, 90)
    return text if str(row.period) in text else f"{text}, {row.period}"


def _picture(c: Context, table: pd.DataFrame) -> Figure:
    n, w = c.notation, c.writer
    drawn: dict[bool, list[IntervalRow]] = {False: [], True: []}
    rows = []
    for r in rows_of(table):
        unit, reported = str(r.unit), float(r.reported)
        low, middle, high = float(r.low), float(r.median), float(r.high)
        after = Span(low / reported, middle / reported, high / reported) if reported > 0 and math.isfinite(low) else None
        drawn[bool(r.mere_prior)].append(
            IntervalRow(_title(c, r), None, None, after, bool(r.inside), (w.amount(unit, reported), w.span(unit, low, high)))
        )
        scores = [Cell(n.number(getattr(r, f"crps_{name}"), 2)) for name in ("model", *RIVALS)]
        cells = (
            Cell(w.unit(unit)),
            Cell(w.amount(unit, reported)),
            Cell(w.amount(unit, middle), w.span(unit, low, high)),
            Cell(w.say("fit.inside_word" if r.inside else "fit.outside_word"), tone="" if r.inside else "warn"),
            Cell(c.say("backtest.prior_word" if r.mere_prior else "backtest.informed_word")),
            *scores,
        )
        rows.append(Row(_title(c, r), cells))
    words = ChartWords(
        "", "", c.say("backtest.chart.inside"), c.say("backtest.chart.outside"), w.say("fit.chart.reported"), c.say("backtest.chart.model"),
        w.say("fit.chart.axis"),
    )  # fmt: skip
    svg, png = interval_chart([(c.say(f"backtest.group.{mere}"), some) for mere, some in drawn.items() if some], words, n)
    heads = ("unit", "reported", "predicted", "verdict", "informed", "crps_model", "crps_prior", "crps_last", "crps_trend")
    numeric = (False, True, True, False, False, True, True, True, True)
    caption, columns = c.say("backtest.figure"), tuple(c.say(f"backtest.{head}") for head in heads)
    behind = Table("terugtoets-cijfers", caption, c.say("backtest.figure_head"), columns, tuple(rows), numeric, c.say("backtest.note"))
    return Figure("terugtoets-figuur", caption, c.say("backtest.alt"), svg, png, behind, WIDE)


def _scores(c: Context, about: dict[str, Any]) -> Table:
    n = c.notation
    rows = tuple(
        Row(
            c.say(f"predictor.{s['predictor']}"),
            (
                Cell(n.number(s["figures"])),
                *(Cell(n.number(s[key], 2)) for key in ("interval_score", "model_interval_score", "crps", "model_crps")),
            ),
        )
        for s in about["scores"]
    )
    heads = ("figures", "interval_score", "model_interval_score", "crps", "model_crps")
    columns = tuple(c.say(f"scores.{head}") for head in heads)
    return Table("terugtoets-scores", c.say("scores.caption"), c.say("scores.predictor"), columns, rows, note=c.say("scores.note"))
