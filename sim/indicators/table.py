"""The indicator table of one run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.visit_log import VisitLog
from sim.indicators.capacity import Capacity
from sim.indicators.clients import Clients
from sim.indicators.counts import Count, Grouping, counts
from sim.indicators.definitions import COLUMNS, KEYS
from sim.indicators.layout import DETAILS, Block, Detail, Shape, blocks
from sim.indicators.money import COSTS, Costs, costs, team_ticks
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
    euro = costs(plan, visits, taken_by_team)
    rows = blocks(plan, detail)
    found: list[Values] = [{} for _ in rows]
    for by_node in (False, True):
        if any((block.level.of_node is not None) == by_node for block in rows):
            _add_up(shape, rows, found, _all_counts(plan, visits, euro, by_node), by_node)
    waits, clients, capacity = Waits.of(plan, shape, visits), Clients(plan, shape, visits), Capacity(plan, visits, taken_by_team)
    tables = []
    for block, values in zip(rows, found, strict=True):
        values["unique_clients"] = clients.count(block)
        values["wait_median"], values["wait_p90"] = waits.quantiles(shape, block, (0.5, 0.9))
        values.update(capacity.columns(block))
        values["cost_measures"] = _measure_cost(plan, block)
        keep = _happened(values) if block.level.by_age and block.periods.kind != "year" else None
        tables.append((block, keep, _columns(block, values, keep)))
        values.clear()
    columns: dict[str, pd.Categorical | NDArray[Any]] = {key: _key_column(key, tables) for key in KEYS}
    for column in COLUMNS:
        columns[column.name] = np.concatenate([table.pop(column.name) for _, _, table in tables])
    return pd.DataFrame(columns, copy=False)


def _all_counts(plan: Plan, visits: Visits, euro: Costs, by_node: bool) -> Iterator[Count]:
    grouping = Grouping.by_node(plan, visits) if by_node else Grouping.by_kind_and_class(plan, visits)
    return chain(counts(plan, visits, grouping), euro.counts(euro.by_node if by_node else euro.by_class))


def _add_up(shape: Shape, rows: list[Block], found: list[Values], quantities: Iterator[Count], by_node: bool) -> None:
    for count in quantities:
        gathered: Values = {}
        for block, values in zip(rows, found, strict=True):
            if (block.level.of_node is not None) == by_node:
                kind = block.periods.kind
                if kind not in gathered:
                    gathered[kind] = block.periods.gather(count.values, count.how)
                values[count.name] = block.add_up(shape, gathered[kind])


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
    weeks = np.tile(block.periods.weeks, block.level.n)
    if keep is not None:
        weeks = weeks[keep]
    out: Values = {}
    in_weeks = {name: values[f"{name}_ticks"] / TICKS_PER_WEEK for name in ("waiting", "in_care", "kept", "wait", "elapsed")}
    with np.errstate(invalid="ignore", divide="ignore"):
        for name in ("waiting", "in_care", "kept"):
            out[f"{name}_avg"] = in_weeks[name] / weeks
        out["wait_mean"] = in_weeks["wait"] / values["wait_count"]
        out["elapsed_mean"] = in_weeks["elapsed"] / values["waiting_end"]
        out["within_norm"] = values["norm_met"] / values["norm_base"]
    out["person_weeks_waited"] = in_weeks["waiting"]
    out["client_weeks"] = in_weeks["in_care"] + in_weeks["kept"]
    out["wait_median"] = values["wait_median"] / TICKS_PER_WEEK
    out["wait_p90"] = values["wait_p90"] / TICKS_PER_WEEK
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
