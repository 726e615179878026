"""The part of a plan that Ciw can express, for one gebied over one year.

Every kind of node is one Ciw node with the parameters of the first month and of the gebied's largest age group; urgencies are priority
classes (each with its own arrivals); places are the share of the gebied in the demand; patience is Ciw's reneging. Left out, because Ciw
has no such thing or only as a class of one's own: people present at the start, kept places, age limits, interims, promotion, pooling,
supplies, sites, months, and urgencies drawn anew at each visit. Its time is therefore given per visit, not per run.
"""

from __future__ import annotations

import math
from typing import Any

import ciw
import numpy as np

from sim.plan import plan as p
from sim.plan.plan import TICKS_PER_DAY, Clock, Plan

DAYS = 365.0


def network(plan: Plan, gebied: int) -> Any:
    """The network of one gebied."""
    kinds = range(len(plan.names.kinds))
    here = plan.stream_gebied == gebied
    rates = plan.stream_rate[:, 0]
    share = float(rates[here].sum() / rates.sum())
    age = int(np.argmax([rates[here & (plan.stream_age == a)].sum() for a in range(plan.n_ages)]))
    of_class = gebied * plan.n_ages + age
    node_of = [int(plan.site_node[plan.site_start[kind * len(plan.names.gebieden) + gebied]]) for kind in kinds]

    arrivals: dict[str, list[Any]] = {name: [] for name in plan.names.urgencies}
    for kind in kinds:
        rate = float(rates[here & (plan.stream_kind == kind)].sum())
        for urgency, name in enumerate(plan.names.urgencies):
            of_urgency = rate * float(plan.rows[plan.urgency_row[node_of[kind], of_class, urgency], 0])
            arrivals[name].append(ciw.dists.Exponential(of_urgency) if of_urgency > 0 else None)
    places = []
    for kind in kinds:
        teams = np.unique(plan.node_team[plan.node_kind == kind])
        total = float(plan.places[teams, 0].sum())
        limited = total < p.UNLIMITED and not plan.is_supply[teams].any()
        places.append(max(1, round(total * share)) if limited else math.inf)
    service = [_distribution(plan, plan.stay, node, of_class) or ciw.dists.Deterministic(0.0) for node in node_of]
    patience = [
        _distribution(plan, plan.patience, node, of_class) if places[kind] < math.inf else None for kind, node in enumerate(node_of)
    ]
    matrix = [[_share(plan, kind, to, of_class) for to in kinds] for kind in kinds]
    everybody = plan.names.urgencies
    return ciw.create_network(
        arrival_distributions=arrivals,
        service_distributions=dict.fromkeys(everybody, service),
        reneging_time_distributions=dict.fromkeys(everybody, patience),
        routing=dict.fromkeys(everybody, matrix),
        number_of_servers=places,
        priority_classes={name: urgency for urgency, name in enumerate(everybody)},
    )


def simulate(plan: Plan, seed: int) -> int:
    """One year of the gebied with the median demand; returns the number of visits that were over by then."""
    demand = np.bincount(plan.stream_gebied, weights=plan.stream_rate[:, 0], minlength=len(plan.names.gebieden))
    order = [gebied for gebied in np.argsort(demand, kind="stable").tolist() if demand[gebied] > 0]
    ciw.seed(seed)
    simulation = ciw.Simulation(network(plan, order[len(order) // 2]))
    simulation.simulate_until_max_time(DAYS)
    return len(simulation.get_all_records())


def _share(plan: Plan, kind: int, to: int, of_class: int) -> float:
    """Share of those who leave ``kind`` after their stay that goes to ``to``."""
    routes = range(int(plan.route_start[4 * kind]), int(plan.route_start[4 * kind + 1]))
    shares = {route: float(plan.rows[plan.route_share_row[route, of_class], 0]) for route in routes}
    whole = sum(shares.values())
    return sum(share for route, share in shares.items() if plan.route_to[route] == to) / whole if whole > 0 else 0.0


def _distribution(plan: Plan, clock: Clock, node: int, of_class: int) -> Any:
    """A Ciw distribution in days; None without the clock."""
    kind, a = int(clock.kind[node]), float(plan.rows[clock.a_row[node, of_class], 0])
    if kind == p.NO_STAY:
        return None
    if kind == p.FIXED:
        return ciw.dists.Deterministic(a / TICKS_PER_DAY)
    if kind == p.EXPONENTIAL:
        return ciw.dists.Exponential(TICKS_PER_DAY / a)
    if kind == p.LOGNORMAL:
        return ciw.dists.Lognormal(math.log(a / TICKS_PER_DAY), float(plan.rows[clock.b_row[node, of_class], 0]))
    span = slice(int(plan.table_start[clock.table[node]]), int(plan.table_start[clock.table[node] + 1]))
    quantiles = np.interp((np.arange(500) + 0.5) / 500, plan.table_p[span], plan.table_q[span])
    return ciw.dists.Empirical((quantiles * a / TICKS_PER_DAY).tolist())
