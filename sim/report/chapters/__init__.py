"""The chapters of the report, in page order."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from sim.report.blocks import Chapter
from sim.report.chapters.account import account, sense
from sim.report.chapters.answer import answer, reading
from sim.report.chapters.backtest import backtest
from sim.report.chapters.calibration import calibration
from sim.report.chapters.chain import chain
from sim.report.chapters.charts import charts
from sim.report.chapters.demand import demand
from sim.report.chapters.drivers import causes
from sim.report.chapters.methods import methods
from sim.report.chapters.money import money
from sim.report.chapters.norms import norms
from sim.report.chapters.planners import planners
from sim.report.chapters.scenarios import scenarios
from sim.report.chapters.uncertainty import uncertainty
from sim.report.chapters.waterbed import waterbed
from sim.report.chapters.who import who
from sim.report.context import Context
from sim.report.influence import Unknowns
from sim.report.money_split import MoneySplit


def chapters(context: Context, split: MoneySplit, unknowns: Unknowns | None = None) -> Iterator[Chapter]:
    """All chapters, each made when it is asked for; those without anything to show are left out.

    ``unknowns``: what differed between the draws, where it is known.
    """
    makers = (
        answer, reading, chain, demand, partial(scenarios, split=split), waterbed, causes, charts, norms, who, money,
        partial(uncertainty, unknowns=unknowns), planners, sense, calibration, backtest, account, methods,
    )  # fmt: skip
    return (chapter for make in makers if (chapter := make(context)).blocks)
