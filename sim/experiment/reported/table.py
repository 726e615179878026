"""Reported figures beside the model's own, counted from indicator tables: what a study has kept of its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sim.experiment.reported.definitions import FROM_LOG_ONLY, POOLED_ONLY
from sim.experiment.reported.target import ALL, Comparison, Target
from sim.model import DAYS_PER_YEAR

MONTHS_PER_YEAR = 12
DAYS_PER_WEEK = 7
DERIVED: Mapping[str, tuple[str, ...]] = {"stock": ("in_care_end", "kept_end"), "stock_avg": ("in_care_avg", "kept_avg")}
WEIGHTS: Mapping[str, str] = {"wait_mean": "starts", "within_norm": "norm_base", "elapsed_mean": "waiting_end"}


def compare_with_reported(targets: Sequence[Target], indicators: pd.DataFrame) -> list[Comparison]:
    """Every figure beside the model's.

    ``indicators``: the table of ``sim.indicators.measure`` of one scenario, of one replication or several (then their mean is taken first).
    What needs the visit log (routes, durations, different persons over several nodes) cannot be counted here.
    """
    wanted = {period for t in targets for period in t.periods}
    keys = ["period_kind", "period", "part", "node", "gebied", "age"]
    periods = pd.MultiIndex.from_frame(indicators[["period_kind", "period"]].astype(str))
    table = indicators[(indicators["site"] == ALL).to_numpy() & periods.isin(sorted(wanted))]
    values = [c for c in table.columns if c not in (*keys, "site", "scenario", "replication")]
    mean = table.astype(dict.fromkeys(keys, str)).groupby(keys, sort=False, observed=True)[values].mean().reset_index()
    return [Comparison(t, _count(t, mean)) for t in targets]


def quotient(value: float, base: float) -> float:
    """``value / base``; NaN where there is no base."""
    return value / base if base else np.nan


def _count(target: Target, table: pd.DataFrame) -> float | None:
    if isinstance(target.gebied, list):  # every one of them must hold: the worst counts
        each = [_count(target.model_copy(update={"gebied": gebied}), table) for gebied in target.gebied]
        known = [value for value in each if value is not None]
        farthest = max(known, key=lambda value: value if target.bound else abs(value - target.value), default=0.0)
        return farthest if len(known) == len(each) else None
    if target.indicator in FROM_LOG_ONLY or (target.indicator in POOLED_ONLY and len(target.nodes) > 1):
        return None
    rows = _rows(table, target.nodes, target.part, target.gebied, target.age, target.period_kind, target.period)
    if rows.empty:
        return None
    value = _net(target, rows)
    if target.fall_since is not None:
        before = _rows(table, target.nodes, target.part, target.gebied, target.age, target.period_kind, target.fall_since)
        if before.empty:
            return None
        value = _net(target, before) - value
    if target.over is not None:
        over = target.over
        below = _rows(
            table, over.nodes or ([] if over.part else target.nodes), over.part or (None if over.nodes else target.part), ALL, ALL,
            over.period_kind or target.period_kind, over.period or target.period,
        )  # fmt: skip
        if below.empty:
            return None
        names = [over.indicator] if isinstance(over.indicator, str) else over.indicator
        total = sum(_value(name, below) for name in names)
        value = quotient(value, total)
    if target.complement:
        value = 1 - value
    return None if np.isnan(value) else float(value)


def _rows(table: pd.DataFrame, nodes: Sequence[str], part: str | None, gebied: str, age: str, kind: str, period: str) -> pd.DataFrame:
    here = (table["period_kind"] == kind) & (table["period"] == period) & (table["gebied"] == gebied) & (table["age"] == age)
    place = table["node"].isin(nodes) if nodes else (table["part"] == part) & (table["node"] == ALL)
    return table[here & place]


def _net(target: Target, rows: pd.DataFrame) -> float:
    """The indicator of a figure less what it is without."""
    return _value(target.indicator, rows) - sum(_value(column, rows) for column in target.minus)


def _value(indicator: str, rows: pd.DataFrame) -> float:
    if indicator in DERIVED:
        return float(rows[list(DERIVED[indicator])].to_numpy().sum())
    if indicator == "stay_months":
        return MONTHS_PER_YEAR * quotient(_value("stock_avg", rows), _value("starts", rows))
    if indicator == "decision_days":
        return DAYS_PER_WEEK * _value("wait_mean", rows) + DAYS_PER_YEAR * quotient(_value("in_care_avg", rows), _value("starts", rows))
    if indicator == "cost_per_client":
        return quotient(_value("cost_care", rows), _value("stock_avg", rows))
    if indicator in WEIGHTS:
        weight = rows[WEIGHTS[indicator]].where(rows[indicator].notna(), 0.0)
        return quotient(float((rows[indicator].fillna(0.0) * weight).sum()), float(weight.sum()))
    return float(rows[indicator].to_numpy(np.float64).sum())
