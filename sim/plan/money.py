"""Prices, staff cost, contributions, cost of measures, and wait norms of a plan. No engine reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.plan.plan import TICKS_PER_DAY, UNLIMITED, Money, Norms
from sim.plan.rows import as_given
from sim.plan.teams import filled_share

if TYPE_CHECKING:
    from sim.plan.compile import Scene

F64 = NDArray[np.float64]


def compile_money(scene: Scene, places: NDArray[np.int64]) -> Money:
    """Euro per client-week per node and class, and euro per month per team (of its ``places`` [T, M]) and measure."""
    nothing = scene.rows.constant(0.0)
    price, contribution = [], []
    for node in scene.structure.nodes:
        path, spec = f"nodes.{node.kind}", scene.model.spec.nodes[node.kind]
        if spec.price is None:
            price.append(nothing)
        else:
            paths = [f"{path}.price", *([f"indices.{spec.index}"] if spec.index else [])]
            price.append(scene.rows.of(_product, *paths, site=node.site))
        given = scene.given(f"{path}.contribution")
        contribution.append(scene.rows.of(as_given, f"{path}.contribution", site=node.site) if given else nothing)
    costs = scene.resolved.measure_costs()
    names = tuple(sorted(costs))
    return Money(
        price_row=np.stack(price),
        contribution_row=np.stack(contribution),
        team_cost=_team_cost(scene, places),
        measure_names=names,
        measure_cost=np.stack([costs[name] for name in names]) if names else np.zeros((0, len(scene.months))),
    )


def _product(*values: F64) -> F64:
    return np.asarray(np.prod(np.stack(np.broadcast_arrays(*values)), axis=0))


def _team_cost(scene: Scene, places: NDArray[np.int64]) -> F64:
    """Euro per month [T, M]: filled fte (own and hired in) or places, times price and index, / 12."""
    cost = np.zeros((len(scene.structure.teams), len(scene.months)))
    for t, team in enumerate(scene.structure.teams):
        spec = scene.model.spec.teams[team.kind].cost if team.kind else None
        if spec is None:
            continue
        site, path = team.site or None, f"teams.{team.kind}"

        def value(field: str, path: str = path, site: str | None = site) -> F64:
            return scene.resolved.value(f"{path}.{field}", site=site)

        price = value("cost.price")
        if spec.per == "fte":
            if scene.given(f"{path}.cost.hired_in"):
                hired = value("cost.hired_in")
                price = price * (1.0 - hired) + value("cost.hired_in_price") * hired
            units = value("places.fte") * filled_share(scene, team.kind, site)
        else:
            units = np.where(places[t] >= UNLIMITED, 0, places[t]).astype(np.float64)
        index = scene.resolved.value(f"indices.{spec.index}") if spec.index else 1.0
        cost[t] = units * price * index / 12.0
    return cost


def compile_norms(scene: Scene) -> Norms:
    """The wait norm of each node kind, as it stands in the first month."""
    to_end, within = [], []
    for kind in scene.structure.kinds:
        norm = scene.model.spec.nodes[kind].norm
        to_end.append(norm is not None and norm.clock == "to_end")
        days = scene.resolved.value(f"nodes.{kind}.norm.within")[0] if norm is not None else 0.0
        within.append(round(float(days) * TICKS_PER_DAY))
    return Norms(np.array(to_end, np.bool_), np.array(within, np.int64))
