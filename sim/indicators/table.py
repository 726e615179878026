"""The indicator table of one run."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.visit_log import VisitLog
from sim.indicators.capacity import Capacity
from sim.indicators.clients import stays, unique_clients
from sim.indicators.counts import Count, Grouping, count_events
from sim.indicators.definitions import COLUMNS, KEYS, PERIOD_KINDS, VALUES
from sim.indicators.layout import DETAILS, LEVELS, Block, Detail, Shape, blocks, periods
from sim.indicators.money import COSTS, costs, team_ticks
from sim.indicators.visits import F64, Visits
from sim.indicators.waits import Waits
from sim.plan.plan import TICKS_PER_WEEK, Plan

Values = dict[str, NDArray[Any]]
HAPPENED = ("inflow", "renewals", "outflow", "stock_begin", "stock_end", *COSTS, "unique_clients")


QUANTILES = ("wait_median", "wait_p90")
CAPACITY = ("places_avg", "occupancy", "offered_load")


def measure(
    plan: Plan,
    log: VisitLog,
    detail: Detail = "year",
    *,
    levels: Collection[str] = LEVELS,
    period_kinds: Collection[str] = PERIOD_KINDS,
    columns: Collection[str] = VALUES,
) -> pd.DataFrame:
    """Everything that is reported of one run: a row per period and level, columns as in ``sim.indicators.definitions``.

    ``detail="month"`` gives the cross of node, gebied and age group for months and quarters too, leaving out rows in which nothing
    happened. Keys are categorical strings; counts are int64, the rest float64 in the units of the registry, NaN where undefined. The log
    is taken as valid; ``conserve`` checks it.

    ``levels`` (names in ``sim.indicators.layout.LEVELS``), ``period_kinds`` and ``columns`` ask for a part of the table: the same rows and
    numbers, and nothing is spent on quantiles, unique clients, capacity or money that nobody asked for. Raises ``ValueError`` for a name
    that does not exist, or where no row is left.
    """
    for what, given, known in (
        ("detail", (detail,), DETAILS),
        ("levels", levels, LEVELS),
        ("period_kinds", period_kinds, PERIOD_KINDS),
        ("columns", columns, VALUES),
    ):
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise ValueError(f"{what}: there is no {', '.join(map(repr, unknown))}; there is {', '.join(known)}")
    wanted = set(VALUES if detail == "month" else columns)  # rows in which nothing happened are known by all columns
    visits = Visits.of(plan, log)
    shape = Shape.of(plan)
    taken_by_team = team_ticks(plan, visits)
    rows = [b for b in blocks(plan, detail) if b.level.name in levels and b.periods.kind in period_kinds]
    if not rows:
        raise ValueError("no rows: these levels are not given for these kinds of period")
    clients = unique_clients(plan, shape, stays(plan, log, visits), rows) if "unique_clients" in wanted else []
    found = _add_up(plan, shape, visits, taken_by_team, rows, detail, priced=not wanted.isdisjoint((*COSTS, "cost")))
    waits = Waits.of(plan, shape, visits) if not wanted.isdisjoint(QUANTILES) else None
    capacity = Capacity(plan, visits, taken_by_team) if not wanted.isdisjoint(CAPACITY) else None
    for block, values in zip(rows, found, strict=True):
        if waits:
            values["wait_median"], values["wait_p90"] = waits.quantiles(shape, block, values["wait_count"], (0.5, 0.9))
        if capacity:
            values.update(capacity.columns(block))
        values["cost_measures"] = _measure_cost(plan, block)
    del capacity, waits
    tables = []
    for block, values in zip(rows, found, strict=True):
        if clients:
            values["unique_clients"] = clients.pop(0)
        keep = _happened(values) if block.level.by_age and block.periods.kind != "year" else None
        tables.append((block, keep, _columns(block, values, keep)))
        values.clear()
    table: dict[str, pd.Categorical | NDArray[Any]] = {key: _key_column(key, tables) for key in KEYS}
    for name in VALUES:
        if name in columns:
            table[name] = np.concatenate([part.pop(name) for _, _, part in tables])
    return pd.DataFrame(table, copy=False)


def _add_up(plan: Plan, shape: Shape, visits: Visits, taken_by_team: F64, rows: list[Block], detail: Detail, priced: bool) -> list[Values]:
    """What adds up, per block: counted by class for years (or for months, if so asked), by kind for months, by node for sites."""
    found: list[Values] = [{} for _ in rows]

    def spread(blocks_here: list[int], quantities: Iterable[Count]) -> None:
        for count in quantities:
            gathered: Values = {}
            for b in blocks_here:
                cut = rows[b].periods
                if cut.kind not in gathered:
                    gathered[cut.kind] = cut.gather(count.values, count.how)
                added = rows[b].add_up(shape, gathered[cut.kind])
                found[b][count.name] = added.astype(np.int32) if added.dtype == np.int64 else added

    sites = [b for b, block in enumerate(rows) if block.level.of_node is not None]
    others = [b for b, block in enumerate(rows) if block.level.of_node is None]
    yearly = [b for b in others if rows[b].periods.kind == "year"]
    shorter = [b for b in others if rows[b].periods.kind != "year"]
    by_year, by_month = periods(plan)["year"].of_month, np.arange(plan.n_months)
    if detail == "year":
        if yearly:
            spread(yearly, count_events(plan, visits, Grouping.by_class(plan), by_year))
        if shorter:
            spread(shorter, count_events(plan, visits, Grouping.by_kind(plan), by_month))
    else:
        spread(others, count_events(plan, visits, Grouping.by_class(plan), by_month))
    if sites:
        spread(sites, count_events(plan, visits, Grouping.by_node(plan), by_year))
    if not priced:
        return found
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
    out: Values = {name: values[name] / TICKS_PER_WEEK for name in QUANTILES if name in values}
    out["person_weeks_waited"] = values["waiting_ticks"] / TICKS_PER_WEEK
    out["client_weeks"] = (values["in_care_ticks"] + values["kept_ticks"]) / TICKS_PER_WEEK
    for name in ("waiting", "in_care", "kept"):
        out[f"{name}_avg"] = values.pop(f"{name}_ticks") / length
    with np.errstate(invalid="ignore", divide="ignore"):
        out["wait_mean"] = values.pop("wait_ticks") / TICKS_PER_WEEK / values["wait_count"]
        out["elapsed_mean"] = values.pop("elapsed_ticks") / TICKS_PER_WEEK / values["waiting_end"]
        out["within_norm"] = values["norm_met"] / values["norm_base"]
        out["started_within_norm"] = values["norm_started"] / values["norm_base"]
    if "cost_care" in values:
        out["cost"] = values["cost_care"] + values["cost_staff"] + values["cost_measures"] - values["contributions"]
    for column in COLUMNS:
        if column.name not in out:
            if column.name not in values:
                continue  # nobody asked
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
