"""Whose capacity is looked for: the teams of a kind, of a node or of a part of the chain, or a supply such as dwellings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sim.errors import Fault, InputError, listing, nearest_name
from sim.model import Model
from sim.plan.plan import Plan
from sim.scenario import Scenario, Scope, resolve
from sim.scenario.scenario import Effect

I64 = NDArray[np.int64]
FTE, PLACES, UNITS = "fte", "places", "units per month"
SOURCE = "zorgstroom size"
SET, MULTIPLY, ADD = "set", "multiply", "add"


@dataclass(frozen=True)
class Lever:
    """One capacity to be found, in whole numbers of its unit.

    It is the number at ``path`` for its ``sites`` (none: there is no site); sites that pool their waiting lists are one lever, divided over
    them like ``shares``. ``nodes`` are those at which arrivals count, ``teams`` those whose places it makes; both are indices of the plan.
    ``now`` is what the model has when the search takes over, as written; what measures change comes on top, of the answer too.
    ``scaled``: changed as a multiple of that; a sum that the scenario adds to the same number does not go with a factor, then it is set.
    """

    name: str
    kind: str
    path: str
    sites: tuple[str, ...]
    unit: str
    nodes: tuple[int, ...]
    teams: tuple[int, ...]
    now: float
    shares: tuple[float, ...] = (1.0,)
    scaled: bool = True

    def divided(self, amount: int) -> list[tuple[str | None, int]]:
        """The amount per site, by largest remainder."""
        if len(self.sites) < 2:
            return [(self.sites[0] if self.sites else None, amount)]
        return list(zip(self.sites, proportional(amount, self.shares), strict=True))


def proportional(amount: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers that add up to ``amount``, in proportion to ``weights``: largest remainder, the first of equals."""
    exact = amount * np.asarray(weights, np.float64) / float(np.sum(weights))
    whole = np.floor(exact + 1e-9).astype(np.int64)
    for i in np.argsort(whole - exact, kind="stable")[: amount - int(whole.sum())]:
        whole[i] += 1
    return [int(n) for n in whole]


@dataclass(frozen=True)
class Target:
    """The levers of one question, found together; ``kinds``: the node kinds at which arrivals count."""

    asked: str
    levers: tuple[Lever, ...]
    kinds: tuple[str, ...]

    @property
    def now(self) -> tuple[float, ...]:
        return tuple(lever.now for lever in self.levers)

    def deltas(self, amounts: Sequence[int], since: date, scenario: str) -> tuple[Effect, ...]:
        """These capacities as deltas of a scenario: what is simulated is what is written to its file.

        A capacity is a multiple of what there is now, as written. A draw of the parameters has other fte and another caseload than written,
        and only what they do together is fitted: a multiple keeps them together, a number set in their place would not.
        """
        by_value: dict[tuple[str, str, float], list[str | None]] = {}
        for lever, amount in zip(self.levers, amounts, strict=True):
            for (site, part), share in zip(lever.divided(int(amount)), lever.shares, strict=True):
                now = lever.now * share
                key = (lever.path, MULTIPLY, part / now) if lever.scaled and now > 0 else (lever.path, SET, float(part))
                by_value.setdefault(key, []).append(site)
        return tuple(changed_to(scenario, path, value, since, sites, op) for (path, op, value), sites in by_value.items())


def changed_to(scenario: str, path: str, value: float, since: date, sites: Sequence[str | None] = (), op: str = SET) -> Effect:
    """A parameter set to (or multiplied by) one value from a date on, at some sites or (None among them, or none named) everywhere."""
    named = None if not sites or None in sites else tuple(sorted(str(site) for site in sites))
    number = float(value)
    return Effect(
        scenario, path, op, number, number, number, "assumption", SOURCE, Scope(site=named), since, None, 0, "delta", "", 0, "deltas"
    )


def find_target(asked: str, model: Model, scenario: Scenario, plan: Plan, since: date, year: int) -> Target:
    """The levers behind a name: a kind of team, a node, a supply, or a part of the chain. Raises ``InputError``.

    Arrivals count at the nodes with a norm in the model, or where a team has none at all of its nodes; with the name of a node, there.
    """
    spec = model.spec
    node = spec.nodes.get(asked)
    limited = {name for name, team in spec.teams.items() if team.places != "unlimited"}
    if asked in limited:
        teams, kinds = [asked], [name for name, n in spec.nodes.items() if n.team == asked]
    elif asked in spec.supplies:
        return _supply(asked, asked, tuple(spec.supplies[asked].shares), model, scenario, plan, since)
    elif node is not None and node.supply is not None:
        return _supply(asked, node.supply, (asked,), model, scenario, plan, since)
    elif node is not None and node.team in limited:
        teams, kinds = [str(node.team)], [asked]
    elif asked in model.parts and (inside := _teams_of_part(model, asked, limited)):
        teams, kinds = inside, [name for name, n in spec.nodes.items() if n.team in inside and n.part == asked]
    else:
        raise InputError([_unknown(asked, model, limited)])
    levers: list[Lever] = []
    kept: list[str] = []
    for team in teams:
        own = [kind for kind in kinds if spec.nodes[kind].team == team]
        counted = [kind for kind in own if spec.nodes[kind].norm is not None] or own
        if counted:  # a team nobody asks has no wait
            levers += _levers(team, counted, model, plan, since, year)
            kept += counted
    return _sound(Target(asked, tuple(levers), tuple(kept)), scenario, since, year)


def _teams_of_part(model: Model, part: str, limited: set[str]) -> list[str]:
    return sorted({str(node.team) for node in model.spec.nodes.values() if node.part == part and node.team in limited})


def _unknown(asked: str, model: Model, limited: set[str]) -> Fault:
    node = model.spec.nodes.get(asked)
    names = [
        *sorted(limited), *model.spec.supplies,
        *(name for name, n in model.spec.nodes.items() if n.team in limited or n.supply is not None),
        *(part for part in model.parts if _teams_of_part(model, part, limited)),
    ]  # fmt: skip
    mend = f"choose a kind of team, a supply, a node or a part of the chain: {listing(dict.fromkeys(names), 24)}"
    if node is not None or asked in model.spec.teams:
        return Fault(f"{asked} has places for everybody: nobody waits there", field="KIND", mend=mend)
    return Fault(f"there is no {asked!r} that has a capacity", field="KIND", nearest=nearest_name(asked, names), mend=mend)


def _levers(team: str, counted: Sequence[str], model: Model, plan: Plan, since: date, year: int) -> Iterator[Lever]:
    spec = model.spec.teams[team]
    path = f"teams.{team}.places.{'fte' if f'teams.{team}.places.fte' in model.parameters else 'number'}"
    unit = FTE if path.endswith("fte") else PLACES
    resolved = resolve(model, None, [since])
    of_site = {plan.names.sites[t]: t for t, kind in enumerate(plan.names.team_kinds) if kind == team}
    title = model.spec.nodes[counted[0]].title
    for together in _pooled(plan, list(of_site.values()), year):
        sites = tuple(plan.names.sites[t] for t in together if spec.sites)
        now = [float(resolved.value(path, site=plan.names.sites[t] or None)[0]) for t in together]
        nodes = [n for n, t in enumerate(plan.node_team) if int(t) in together and plan.names.kinds[plan.node_kind[n]] in counted]
        name = sites[0] if len(sites) == 1 else title.nl if title and sites else team
        whole = sum(now) or 1.0
        yield Lever(
            name, team, path, sites, unit, tuple(nodes), tuple(together), sum(now),
            tuple(n / whole for n in now) if sum(now) else tuple(1 / len(now) for _ in now),
        )  # fmt: skip


def _pooled(plan: Plan, teams: Sequence[int], year: int) -> list[list[int]]:
    """Teams that take each other's people some month before the end of the year, together; in the order of the plan."""
    months = sum((plan.start.month - 1 + m) // 12 + plan.start.year <= year for m in range(plan.n_months))
    group = {t: t for t in teams}
    for t in teams:
        pool = int(plan.team_pool[t])
        if pool < 0 or not (plan.pool_merge[pool, :months].any() or plan.pool_inflow[pool, :months].any()):
            continue
        for at in range(int(plan.serve_start[t]), int(plan.serve_start[t + 1])):
            other = int(plan.node_team[plan.serve_asked[at]])
            if other in group and group[other] != group[t]:
                old, new = max(group[other], group[t]), min(group[other], group[t])
                group = {team: new if g == old else g for team, g in group.items()}
    return [[t for t in teams if group[t] == first] for first in dict.fromkeys(group.values())]


def _supply(asked: str, supply: str, kinds: Sequence[str], model: Model, scenario: Scenario, plan: Plan, since: date) -> Target:
    path = f"supplies.{supply}.units"
    nodes = tuple(n for n, k in enumerate(plan.node_kind) if plan.names.kinds[k] in kinds)
    served = tuple(sorted({int(plan.node_team[n]) for n in nodes}))
    now = float(resolve(model, None, [since]).value(path)[0])
    return _sound(Target(asked, (Lever(asked, supply, path, (), UNITS, nodes, served, now),), tuple(kinds)), scenario, since, since.year)


def _sound(target: Target, scenario: Scenario, since: date, year: int) -> Target:
    """Raises ``InputError`` where the scenario sets the very numbers that are looked for."""
    paths: Mapping[str, str] = {lever.path: lever.kind for lever in target.levers}
    faults = [
        Fault(
            f"{scenario.name} sets {effect.path} itself ({effect.measure})", effect.file, effect.line, effect.field,
            mend="look for a capacity in a scenario that leaves it open",
        )
        for effect in scenario.effects
        if effect.op == "set" and effect.path in paths and effect.start <= date(year, 12, 31) and (effect.until or date.max) > since
    ]  # fmt: skip
    if faults:
        raise InputError(faults)
    added = {effect.path for effect in scenario.effects if effect.op == ADD}
    return replace(target, levers=tuple(replace(lever, scaled=lever.path not in added) for lever in target.levers))
