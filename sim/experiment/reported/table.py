"""Reported figures beside the model's own, counted from indicator tables: what a study has kept of its runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sim.experiment.reported.definitions import FROM_LOG_ONLY, POOLED_ONLY
from sim.experiment.reported.target import ALL, OUTSIDE_IN_FILE, Comparison, Target
from sim.indicators.balance import ITSELF, OUTSIDE
from sim.model import DAYS_PER_YEAR

MONTHS_PER_YEAR = 12
DAYS_PER_WEEK = 7
DERIVED: Mapping[str, tuple[str, ...]] = {"stock": ("in_care_end", "kept_end"), "stock_avg": ("in_care_avg", "kept_avg")}
WEIGHTS: Mapping[str, str] = {"wait_mean": "starts", "within_norm": "norm_base", "elapsed_mean": "waiting_end"}


def compare_with_reported(
    targets: Sequence[Target], indicators: pd.DataFrame, origins: Mapping[int, pd.DataFrame] | None = None
) -> list[Comparison]:
    """Every figure beside the model's.

    ``indicators``: the table of ``sim.indicators.measure`` of one scenario, of one replication or several (then their mean is taken first).
    ``origins``: by year the table of ``sim.indicators.balance``; without it shares by route cannot be counted.
    """
    wanted = {(t.period_kind, t.period) for t in targets} | {
        (t.over.period_kind or t.period_kind, t.over.period or t.period) for t in targets if t.over
    }
    keys = ["period_kind", "period", "part", "node", "gebied", "age"]
    periods = pd.MultiIndex.from_frame(indicators[["period_kind", "period"]].astype(str))
    table = indicators[(indicators["site"] == ALL).to_numpy() & periods.isin(sorted(wanted))]
    values = [c for c in table.columns if c not in (*keys, "site", "scenario", "replication")]
    mean = table.astype(dict.fromkeys(keys, str)).groupby(keys, sort=False, observed=True)[values].mean().reset_index()
    return [Comparison(t, _count(t, mean, origins or {})) for t in targets]


def _count(target: Target, table: pd.DataFrame, origins: Mapping[int, pd.DataFrame]) -> float | None:
    if isinstance(target.gebied, list):  # every one of them must hold: the worst counts
        each = [_count(replace_gebied(target, gebied), table, origins) for gebied in target.gebied]
        known = [value for value in each if value is not None]
        farthest = max(known, key=lambda value: value if target.bound else abs(value - target.value), default=0.0)
        return farthest if len(known) == len(each) else None
    if target.indicator == "starts_by_route":
        return _share_by_route(target, origins)
    if target.indicator in FROM_LOG_ONLY or (target.indicator in POOLED_ONLY and len(target.nodes) > 1):
        return None
    rows = _rows(table, target.nodes, target.part, target.gebied, target.age, target.period_kind, target.period)
    if rows.empty:
        return None
    value = _value(target.indicator, rows) - sum(_value(column, rows) for column in target.minus)
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
        value = value / total if total else np.nan
    if target.complement:
        value = 1 - value
    return None if np.isnan(value) else float(value)


def replace_gebied(target: Target, gebied: str) -> Target:
    """The same figure in one gebied."""
    return target.model_copy(update={"gebied": gebied})


def _rows(table: pd.DataFrame, nodes: Sequence[str], part: str | None, gebied: str, age: str, kind: str, period: str) -> pd.DataFrame:
    here = (table["period_kind"] == kind) & (table["period"] == period) & (table["gebied"] == gebied) & (table["age"] == age)
    place = table["node"].isin(nodes) if nodes else (table["part"] == part) & (table["node"] == ALL)
    return table[here & place]


def _value(indicator: str, rows: pd.DataFrame) -> float:
    if indicator in DERIVED:
        return float(rows[list(DERIVED[indicator])].to_numpy().sum())
    if indicator == "stay_months":
        return MONTHS_PER_YEAR * _value("stock_avg", rows) / _value("starts", rows)
    if indicator == "decision_days":
        return DAYS_PER_WEEK * _value("wait_mean", rows) + DAYS_PER_YEAR * _value("in_care_avg", rows) / _value("starts", rows)
    if indicator == "cost_per_client":
        return _value("cost_care", rows) / _value("stock_avg", rows)
    if indicator in WEIGHTS:
        weight = rows[WEIGHTS[indicator]].where(rows[indicator].notna(), 0.0)
        return float((rows[indicator].fillna(0.0) * weight).sum() / weight.sum()) if weight.sum() else np.nan
    return float(rows[indicator].to_numpy(np.float64).sum())


def _share_by_route(target: Target, origins: Mapping[int, pd.DataFrame]) -> float | None:
    flows = origins.get(int(target.period[:4]))
    if flows is None:
        return None
    wanted = [OUTSIDE if name == OUTSIDE_IN_FILE else name for name in target.from_nodes]
    # kinds counted among the nodes themselves are moves within this care, unless they are asked for by name
    within = [ITSELF, *(n for n in target.nodes if n not in wanted)]
    entered = flows[flows["node"].isin(target.nodes) & ~flows["origin"].isin(within)]
    total = entered["starts"].sum()
    return float(entered.loc[entered["origin"].isin(wanted), "starts"].sum() / total) if total else None
