"""Cost of care, cost of teams and own contributions, per kind x class and per node, by month.

Prices differ by node, class and month; so occupied time is taken per node x class in use, a chunk at a time, and priced before it is
added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sim.indicators.counts import occupied
from sim.indicators.layout import sum_groups
from sim.indicators.visits import F64, Bool, Visits
from sim.plan.plan import TICKS_PER_WEEK, Plan

ELSEWHERE: Final = "overig"  # the gebied of a team that serves no single one
CHUNK: Final = 2048  # node x class cells priced at once
COSTS: Final = ("cost_care", "cost_staff", "contributions")


@dataclass(frozen=True)
class Costs:
    """Euro per month, for each of ``COSTS``."""

    by_class: dict[str, F64]  # [kind x class, month]
    by_node: dict[str, F64]  # [node, month]


def team_ticks(plan: Plan, visits: Visits) -> F64:
    """Ticks with a place taken, per team and month."""
    s = np.flatnonzero(visits.started)
    return occupied(visits, s, plan.node_team[visits.served[s]], len(plan.names.teams))[1]


def costs(plan: Plan, visits: Visits, taken_by_team: F64) -> Costs:
    """Price the time in care and kept; distribute the cost of teams over it."""
    n_classes, n_nodes = plan.money.price_row.shape[1], len(plan.names.nodes)
    by_class = {name: np.zeros((len(plan.names.kinds) * n_classes, plan.n_months)) for name in COSTS}
    by_node = {name: np.zeros((n_nodes, plan.n_months)) for name in COSTS}
    with np.errstate(divide="ignore", invalid="ignore"):
        staff_price = np.where(taken_by_team > 0, plan.money.team_cost / taken_by_team, 0.0)  # euro per tick

    s = np.flatnonzero(visits.started & _paid_nodes(plan)[visits.served])
    node = visits.served[s].astype(np.int64)
    kind_class = plan.node_kind[node] * n_classes + visits.client_class[s]
    order = np.argsort(kind_class * n_nodes + node, kind="stable")
    cell_key = (kind_class * n_nodes + node)[order]
    new = np.flatnonzero(np.diff(cell_key, prepend=-1))
    cell_node, cell_kind_class = cell_key[new] % n_nodes, cell_key[new] // n_nodes
    last = np.append(new[1:], len(cell_key))
    for first in range(0, len(new), CHUNK):
        cells = slice(first, min(first + CHUNK, len(new)))
        at, until = new[cells.start], last[cells.stop - 1]
        rows = s[order[at:until]]
        local = np.repeat(np.arange(cells.stop - cells.start, dtype=np.int32), (last - new)[cells])
        care, taken = occupied(visits, rows, local, cells.stop - cells.start)
        n, kc = cell_node[cells], cell_kind_class[cells]
        price = plan.rows[plan.money.price_row[n, kc % n_classes]]
        contribution = plan.rows[plan.money.contribution_row[n, kc % n_classes]]
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
