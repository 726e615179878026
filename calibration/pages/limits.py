"""Chapter of the page on what a calibration cannot tell."""

from __future__ import annotations

from datetime import date, timedelta

from calibration.pages.context import Context
from calibration.tables import LEARNT
from sim.report.blocks import Bullets, Chapter


def limits(c: Context) -> Chapter:
    """What a reader must not conclude."""
    title = c.say("ch.limits")
    about, unknowns, tested = c.document("fit.json"), c.table("unknowns.csv"), c.table("backtest.csv")
    if about is None or unknowns is None:
        return Chapter("grenzen", title)
    n = c.notation
    open_ = int((unknowns["left"] >= LEARNT).sum())
    spread = about["settings"]["discrepancy"]
    last = date.fromisoformat(about["until"]) - timedelta(days=1)
    said = [
        c.say("limits.open", open=n.number(open_), n=n.number(len(unknowns))),
        c.say("limits.structure", log=n.percent(spread["log"]["value"], 1)),
        c.say("limits.sources"),
        c.say("limits.later", day=n.date(last.isoformat())),
        c.say("limits.cause"),
        c.say("limits.members", members=n.number(about["settings"]["members"]["value"])),
    ]
    if tested is None:
        said.append(c.say("limits.untested"))
    return Chapter("grenzen", title, [Bullets(tuple(said))])
