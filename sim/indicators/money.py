"""Cost of care, cost of teams and own contributions, per kind x class and per node, by month.

Prices differ by node, class and month; so occupied time is taken per node x class in use, a chunk at a time, and priced before it is
added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.indicators import compiled
from sim.indicators.layout import sum_groups
from sim.indicators.visits import F64, I64, Bool, Visits, plain
from sim.plan.plan import TICKS_PER_WEEK, Plan

ELSEWHERE: Final = "overig"  # the gebied of a team that serves no single one
CHUNK: Final = 2048  # node x class cells priced at once
COUNTED: Final = 4 * CHUNK  # cells whose time is added up in one pass over the visits
COSTS: Final = ("cost_care", "cost_staff", "contributions")


@dataclass(frozen=True)
class Costs:
    """Euro per month, for each of ``COSTS``."""

    by_class: dict[str, F64]  # [kind x class, month]
    by_node: dict[str, F64]  # [node, month]


def team_ticks(plan: Plan, visits: Visits) -> F64:
    """Ticks with a place taken, per team and month."""
    care, kept = (np.zeros((len(plan.names.teams), plan.n_months), np.int64) for _ in range(2))
    compiled.occupied(visits, plan.node_team.astype(np.int64), 1, plain(plan.months, np.int64), care, kept)
    return (care + kept).astype(np.float64)


def time_taken(plan: Plan, visits: Visits, nodes: I64, classes: I64) -> F64:
    """Ticks with a place taken, by node, class and month: [nodes x classes, M]."""
    n_classes = plan.money.price_row.shape[1]
    cell = np.full(len(plan.names.nodes) * n_classes, -1, np.int64)
    cell[(nodes[:, None] * n_classes + classes).reshape(-1)] = np.arange(len(nodes) * len(classes))
    care, kept = (np.zeros((len(nodes) * len(classes), plan.n_months), np.int64) for _ in range(2))
    compiled.occupied(visits, cell, n_classes, plain(plan.months, np.int64), care, kept)
    return (care + kept).astype(np.float64)


def costs(plan: Plan, visits: Visits, taken_by_team: F64) -> Costs:
    """Price the time in care and kept; distribute the cost of teams over it."""
    n_classes, n_nodes = plan.money.price_row.shape[1], len(plan.names.nodes)
    by_class = {name: np.zeros((len(plan.names.kinds) * n_classes, plan.n_months)) for name in COSTS}
    by_node = {name: np.zeros((n_nodes, plan.n_months)) for name in COSTS}
    with np.errstate(divide="ignore", invalid="ignore"):
        staff_price = np.where(taken_by_team > 0, plan.money.team_cost / taken_by_team, 0.0)  # euro per tick

    used = np.zeros((n_nodes, n_classes), np.bool_)
    compiled.used_cells(visits, n_classes, used.reshape(-1))
    node, client_class = np.nonzero(used & _paid_nodes(plan)[:, None])
    kind_class = plan.node_kind[node].astype(np.int64) * n_classes + client_class
    order = np.lexsort((node, kind_class))
    node, client_class, kind_class = node[order], client_class[order], kind_class[order]
    months = plain(plan.months, np.int64)
    for first in range(0, len(node), CHUNK):
        n, c, kc = (values[first : first + CHUNK] for values in (node, client_class, kind_class))
        if first % COUNTED == 0:
            cell = np.full(n_nodes * n_classes, -1, np.int64)
            counted = slice(first, first + COUNTED)
            cell[node[counted] * n_classes + client_class[counted]] = np.arange(len(node[counted]))
            ticks = [np.zeros((len(node[counted]), plan.n_months), np.int64) for _ in range(2)]
            compiled.occupied(visits, cell, n_classes, months, *ticks)
        care, kept = (t[first % COUNTED : first % COUNTED + CHUNK] for t in ticks)
        taken = care + kept
        price = plan.rows[plan.money.price_row[n, c]]
        contribution = plan.rows[plan.money.contribution_row[n, c]]
        euro = {
            "cost_care": taken * price / TICKS_PER_WEEK,
            "cost_staff": taken * staff_price[plan.node_team[n]],
            "contributions": care * contribution / TICKS_PER_WEEK,
        }
        same = np.flatnonzero(np.diff(kc, prepend=-1))
        for name, values in euro.items():
            by_class[name][kc[same]] += np.add.reduceat(values, same, axis=0)
            by_node[name] += sum_groups(values, n, n_nodes)
    _idle_teams(plan, taken_by_team, by_class["cost_staff"], by_node["cost_staff"])
    return Costs(by_class, by_node)


def _paid_nodes(plan: Plan) -> Bool:
    """[N] True where time in care costs or brings in anything."""
    paid = (plan.rows != 0).any(axis=1)
    by_client = (paid[plan.money.price_row] | paid[plan.money.contribution_row]).any(axis=1)
    return np.asarray(by_client | (plan.money.team_cost != 0).any(axis=1)[plan.node_team])


def _idle_teams(plan: Plan, taken_by_team: F64, by_class: F64, by_node: F64) -> None:
    """A team with nobody there costs what it costs: at its first node, the gebied of its site, the first age group."""
    names = plan.names
    n_classes = len(names.gebieden) * plan.n_ages
    elsewhere = names.gebieden.index(ELSEWHERE) if ELSEWHERE in names.gebieden else len(names.gebieden) - 1
    idle = np.where(taken_by_team > 0, 0.0, plan.money.team_cost)
    for team in np.flatnonzero(idle.any(axis=1)).tolist():
        nodes = np.flatnonzero(plan.node_team == team)
        if len(nodes):
            node = int(nodes[0])
            gebied = int(plan.node_gebied[node]) if plan.node_gebied[node] >= 0 else elsewhere
            by_class[int(plan.node_kind[node]) * n_classes + gebied * plan.n_ages] += idle[team]
            by_node[node] += idle[team]
