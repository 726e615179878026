"""Places, supply and pools of a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.errors import Fault, InputError
from sim.plan.plan import UNLIMITED

if TYPE_CHECKING:
    from sim.plan.compile import Scene

F64 = NDArray[np.float64]


def filled_share(scene: Scene, team: str, site: str | None) -> F64:
    """Share of the fte that is filled: 1 - vacancy [months]."""
    return 1.0 - _optional(scene, f"teams.{team}.places.vacancy", site, 0.0)


def _optional(scene: Scene, path: str, site: str | None, neutral: float) -> F64:
    if scene.given(path):
        return scene.resolved.value(path, site=site)
    return np.full(len(scene.months), neutral)


def compile_places(scene: Scene) -> NDArray[np.int64]:
    """Places [T, M]: floor(fte x caseload x (1 - vacancy) x (1 - sick leave) + 0.5) or the number given, plus supplementary places."""
    places = np.full((len(scene.structure.teams), len(scene.months)), UNLIMITED, np.int64)
    faults: list[Fault] = []
    for t, team in enumerate(scene.structure.teams):
        spec = scene.model.spec.teams[team.kind].places if team.kind else "unlimited"
        if spec == "unlimited":
            if team.node and scene.model.spec.nodes[team.node].supply is not None:
                places[t] = 0
            continue
        site, path = team.site or None, f"teams.{team.kind}.places"
        if scene.given(f"{path}.number"):
            number = scene.resolved.value(f"{path}.number", site=site)
        else:
            number = scene.resolved.value(f"{path}.fte", site=site) * scene.resolved.value(f"{path}.caseload", site=site)
            number = number * filled_share(scene, team.kind, site) * (1.0 - _optional(scene, f"{path}.sick_leave", site, 0.0))
        number = number + _optional(scene, f"teams.{team.kind}.supplementary_places", site, 0.0)
        if float(number.min()) < 0:
            month = scene.months[int(number.argmin())]
            faults.append(
                Fault(
                    f"team {team.name} has {number.min():.1f} places in {month:%Y-%m}", "the measures together", None, path, None,
                    "take smaller effects on its places, fte, vacancy or sick leave",
                )
            )  # fmt: skip
        places[t] = np.floor(np.maximum(number, 0.0) + 0.5).astype(np.int64)
    if faults:
        raise InputError(faults)
    return places


def compile_supply(scene: Scene) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Ticks and teams of the units of supply, in time order.

    Each group's units add up with what was left of a unit in earlier months; the whole units of a month are spread evenly over it.
    """
    teams = {team.node: t for t, team in enumerate(scene.structure.teams) if team.node}
    ticks: list[int] = []
    where: list[int] = []
    for name in sorted(scene.model.spec.supplies):
        supply = scene.model.spec.supplies[name]
        units = scene.resolved.value(f"supplies.{name}.units")
        shares = {node: scene.resolved.value(f"supplies.{name}.shares.{node}") for node in supply.shares}
        total = np.sum(list(shares.values()), axis=0)
        for node in sorted(shares):
            # shares that a measure has raised are taken from the others: they always divide the whole supply
            whole = np.floor(np.cumsum(units * shares[node] / np.where(total > 0, total, 1.0)) + 1e-9)
            for month, n in enumerate(np.diff(whole, prepend=0.0).astype(int).tolist()):
                first, length = int(scene.ticks[month]), int(scene.ticks[month + 1] - scene.ticks[month])
                ticks += [first + (2 * k + 1) * length // (2 * n) for k in range(n)]
                where += [teams[node]] * n
    order = np.lexsort((where, ticks))
    return np.array(ticks, np.int64)[order], np.array(where, np.int32)[order]


def compile_pools(scene: Scene) -> dict[str, object]:
    """Who may serve whom: a team serves its own nodes, and in a pool those of the other teams, as its own node of the same kind."""
    structure = scene.structure
    names = sorted(scene.model.spec.pools)
    team_pool = np.full(len(structure.teams), -1, np.int32)
    own: list[list[int]] = [[] for _ in structure.teams]
    for i, node in enumerate(structure.nodes):
        own[node.team].append(i)
    serves = [[(i, i, True) for i in mine] for mine in own]
    faults: list[Fault] = []
    for number, name in enumerate(names):
        spec = scene.model.spec.pools[name]
        members = [i for i, node in enumerate(structure.nodes) if node.kind in spec.nodes]
        for i in members:
            team = structure.nodes[i].team
            if team_pool[team] not in (-1, number):
                faults.append(
                    Fault(f"team {structure.teams[team].name} is in two pools", "model", None, f"pools.{name}", None, "take it out of one")
                )
            team_pool[team] = number
        for team in sorted({structure.nodes[i].team for i in members}):
            for asked in members:
                other = structure.nodes[asked]
                if other.team == team:
                    continue
                if spec.within == "gebied" and set(other.serves).isdisjoint(structure.nodes[own[team][0]].serves):
                    continue
                same = [i for i in own[team] if structure.nodes[i].kind == other.kind]
                alike = same or [i for i in own[team] if i in members]
                serves[team].append((asked, alike[0], False))
    if faults:
        raise InputError(faults)
    flat = [row for rows in serves for row in rows]
    months = len(scene.months)

    def switch(field: str) -> NDArray[np.bool_]:
        rows = [scene.resolved.value(f"pools.{name}.{field}") >= 0.5 for name in names]
        return np.stack(rows) if rows else np.zeros((0, months), np.bool_)

    return {
        "team_pool": team_pool,
        "serve_start": np.cumsum([0, *(len(rows) for rows in serves)]).astype(np.int32),
        "serve_asked": np.array([row[0] for row in flat], np.int32),
        "serve_as": np.array([row[1] for row in flat], np.int32),
        "serve_own": np.array([row[2] for row in flat], np.bool_),
        "pool_merge": switch("merge"),
        "pool_inflow": switch("inflow"),
    }
