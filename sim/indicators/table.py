"""The indicator table of one run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.visit_log import VisitLog
from sim.indicators.capacity import Capacity
from sim.indicators.clients import Stays, unique_clients
from sim.indicators.counts import Count, EventCounts, Grouping
from sim.indicators.definitions import COLUMNS, KEYS
from sim.indicators.layout import DETAILS, Block, Detail, Shape, blocks
from sim.indicators.money import COSTS, costs, team_ticks
from sim.indicators.visits import F64, Visits
from sim.indicators.waits import Waits
from sim.plan.plan import TICKS_PER_WEEK, Plan

Values = dict[str, NDArray[Any]]
HAPPENED = ("inflow", "renewals", "outflow", "stock_begin", "stock_end", *COSTS, "unique_clients")


def measure(plan: Plan, log: VisitLog, detail: Detail = "year") -> pd.DataFrame:
    """Everything that is reported of one run: a row per period and level, columns as in ``sim.indicators.definitions``.

    ``detail="month"`` gives the cross of node, gebied and age group for months and quarters too, leaving out rows in which nothing
    happened. Keys are categorical strings; counts are int64, the rest float64 in the units of the registry, NaN where undefined. The log
    is taken as valid; ``conserve`` checks it. Raises ``ValueError`` for another ``detail``.
    """
    if detail not in DETAILS:
        raise ValueError(f"detail is one of {', '.join(DETAILS)}, not {detail!r}")
    visits = Visits.of(plan, log)
    shape = Shape.of(plan)
    taken_by_team = team_ticks(plan, visits)
    rows = blocks(plan, detail)
    clients = unique_clients(plan, shape, Stays.of(log, visits), rows)
    found = _add_up(plan, shape, visits, taken_by_team, rows, detail)
    capacity, waits = Capacity(plan, visits, taken_by_team), Waits.of(plan, shape, visits)
    for block, values in zip(rows, found, strict=True):
        values["wait_median"], values["wait_p90"] = waits.quantiles(shape, block, values["wait_count"], (0.5, 0.9))
        values.update(capacity.columns(block))
        values["cost_measures"] = _measure_cost(plan, block)
    del capacity, waits
    tables = []
    for block, values in zip(rows, found, strict=True):
        values["unique_clients"] = clients.pop(0)
        keep = _happened(values) if block.level.by_age and block.periods.kind != "year" else None
        tables.append((block, keep, _columns(block, values, keep)))
        values.clear()
    columns: dict[str, pd.Categorical | NDArray[Any]] = {key: _key_column(key, tables) for key in KEYS}
    for column in COLUMNS:
        columns[column.name] = np.concatenate([table.pop(column.name) for _, _, table in tables])
    return pd.DataFrame(columns, copy=False)


def _add_up(plan: Plan, shape: Shape, visits: Visits, taken_by_team: F64, rows: list[Block], detail: Detail) -> list[Values]:
    """What adds up, per block: counted by class for years (or for months, if so asked), by kind for months, by node for sites."""
    found: list[Values] = [{} for _ in rows]

    def spread(blocks_here: list[int], quantities: Iterable[Count]) -> None:
        for count in quantities:
            gathered: Values = {}
            for b in blocks_here:
                periods = rows[b].periods
                if periods.kind not in gathered:
                    gathered[periods.kind] = periods.gather(count.values, count.how)
                added = rows[b].add_up(shape, gathered[periods.kind])
                found[b][count.name] = added.astype(np.int32) if added.dtype == np.int64 else added

    sites = [b for b, block in enumerate(rows) if block.level.of_node is not None]
    others = [b for b, block in enumerate(rows) if block.level.of_node is None]
    yearly = [b for b in others if rows[b].periods.kind == "year"]
    shorter = [b for b in others if rows[b].periods.kind != "year"]
    by_year, by_month = rows[0].periods.of_month, np.arange(plan.n_months)
    events = EventCounts(plan, visits)
    if detail == "year":
        spread(yearly, events.counts(Grouping.by_class(plan, visits), by_year))
        spread(shorter, events.counts(Grouping.by_kind(plan, visits), by_month))
    else:
        spread(others, events.counts(Grouping.by_class(plan, visits), by_month))
    if sites:
        spread(sites, events.counts(Grouping.by_node(plan, visits), by_year))
    euro = costs(plan, visits, taken_by_team)
    spread(others, (Count(name, "sum", values) for name, values in euro.by_class.items()))
    spread(sites, (Count(name, "sum", values) for name, values in euro.by_node.items()))
    return found


def _measure_cost(plan: Plan, block: Block) -> F64:
    out = np.zeros((block.level.n, len(block.periods)))
    if len(block.level.of_measure):
        np.add.at(out, block.level.of_measure, block.periods.gather(plan.money.measure_cost, "sum"))
    return out.reshape(-1)


def _happened(values: Values) -> NDArray[np.bool_]:
    return np.asarray(np.any([values[name] != 0 for name in HAPPENED], axis=0))


def _columns(block: Block, values: Values, keep: NDArray[np.bool_] | None) -> Values:
    """The columns of the registry, from counts and ticks."""
    if keep is not None:
        for name in values:
            values[name] = values[name][keep]
    length = np.tile(block.periods.ticks, block.level.n)
    if keep is not None:
        length = length[keep]
    out: Values = {name: values[name] / TICKS_PER_WEEK for name in ("wait_median", "wait_p90")}
    out["person_weeks_waited"] = values["waiting_ticks"] / TICKS_PER_WEEK
    out["client_weeks"] = (values["in_care_ticks"] + values["kept_ticks"]) / TICKS_PER_WEEK
    for name in ("waiting", "in_care", "kept"):
        out[f"{name}_avg"] = values.pop(f"{name}_ticks") / length
    with np.errstate(invalid="ignore", divide="ignore"):
        out["wait_mean"] = values.pop("wait_ticks") / TICKS_PER_WEEK / values["wait_count"]
        out["elapsed_mean"] = values.pop("elapsed_ticks") / TICKS_PER_WEEK / values["waiting_end"]
        out["within_norm"] = values["norm_met"] / values["norm_base"]
    out["cost"] = values["cost_care"] + values["cost_staff"] + values["cost_measures"] - values["contributions"]
    for column in COLUMNS:
        if column.name not in out:
            out[column.name] = values[column.name]
        out[column.name] = out[column.name].astype(np.int64 if column.whole else np.float64, copy=False)
    return out


def _key_column(key: str, tables: list[tuple[Block, NDArray[np.bool_] | None, Values]]) -> pd.Categorical:
    """One key of all rows: a few names, many codes."""
    code_of: dict[str, int] = {}
    codes = []
    for block, keep, _ in tables:
        level, p = block.level, len(block.periods)
        names: tuple[str, ...]
        if key == "period_kind":
            names, repeat, tile = (block.periods.kind,), p * level.n, 1
        elif key == "period":
            names, repeat, tile = block.periods.labels, 1, level.n
        else:
            names, repeat, tile = level.keys[key], p, 1
        local = np.array([code_of.setdefault(name, len(code_of)) for name in names], np.int32)
        block_codes = np.tile(np.repeat(local, repeat), tile)
        codes.append(block_codes if keep is None else block_codes[keep])
    return pd.Categorical.from_codes(np.concatenate(codes), categories=pd.Index(list(code_of), dtype=object))
