"""Shares that belong together: routes of a group, urgencies of a node, nodes of a supply. They add up to 1; one may be the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sim.errors import Fault
from sim.model.build import REST, Keys, scope_dims, sites_of
from sim.model.located import LocatedMap, mark_of
from sim.model.model import SiteList
from sim.model.parameter import F64, Band, Key, Parameter, Series
from sim.model.spec import AGE_GROUP, CLASS, GEBIED, SITE, ModelSpec, Rule
from sim.model.units import SHARE

TOLERANCE = 1e-6
GROUPS = ("routes", "renege", "aged_out", "interim_routes")


@dataclass(frozen=True)
class ShareGroup:
    """The keys of the shares that add up to 1, and those among them written as ``rest``."""

    keys: tuple[str, ...]
    members: tuple[tuple[str, ...], ...]
    rests: tuple[tuple[str, ...], ...]
    sites: SiteList | None
    allowed: frozenset[str]


def share_groups(spec: ModelSpec, sites: Mapping[str, SiteList]) -> Iterator[ShareGroup]:
    """Every group of shares of a model."""
    for name, node in spec.nodes.items():
        of = sites_of(spec, sites, node.team)
        allowed = scope_dims(Rule(SHARE, frozenset(CLASS)), of)
        for group in GROUPS:
            routes = getattr(node, group)
            if routes:
                at: Keys = ("nodes", name, group)
                members = tuple((*at, route, "share") for route in routes)
                rests = tuple((*at, route, "share") for route, written in routes.items() if written.share == REST)
                yield ShareGroup(at, members, rests, of, allowed)
        if node.urgency:
            at = ("nodes", name, "urgency")
            members = tuple((*at, urgency) for urgency in node.urgency)
            rests = tuple((*at, urgency) for urgency, written in node.urgency.items() if written == REST)
            yield ShareGroup(at, members, rests, of, allowed)
    for name, supply in spec.supplies.items():
        at = ("supplies", name, "shares")
        members = tuple((*at, node) for node in supply.shares)
        rests = tuple((*at, node) for node, written in supply.shares.items() if written == REST)
        yield ShareGroup(at, members, rests, None, frozenset())


def complete_shares(
    spec: ModelSpec,
    root: LocatedMap,
    sites: Mapping[str, SiteList],
    parameters: dict[str, Parameter],
    sound: frozenset[tuple[str, ...]],
    faults: list[Fault],
) -> None:
    """Check that each group in ``sound`` adds up to 1 for every class and month, and add the parameter of each ``rest``."""
    for group in share_groups(spec, sites):
        mark = mark_of(root, group.keys)
        at = ".".join(group.keys)
        if len(group.rests) > 1:
            faults.append(
                Fault(
                    "`rest` stands there more than once",
                    *mark_of(root, group.rests[1]),
                    ".".join(group.rests[1]),
                    mend="write the other as a share",
                )
            )
            continue
        paths = [".".join(keys) for keys in group.members if keys not in group.rests]
        if group.keys not in sound or any(path not in parameters for path in paths):
            continue
        totals = _totals(spec, sites, group, parameters)
        for key, total in totals.sum.items():
            wrong = total > 1 + TOLERANCE if group.rests else np.abs(total - 1) > TOLERANCE
            if wrong.any():
                first = int(np.argmax(wrong))
                dated = len(totals.months) > 1
                faults.append(_sum_fault(float(total[first]), key, int(totals.months[first]), dated, bool(group.rests), mark, at))
                break
        else:
            for keys in group.rests:
                path = ".".join(keys)
                parameters[path] = Parameter(
                    path=path,
                    quantity=SHARE,
                    written_unit="share",
                    factor=1.0,
                    kind="derived",
                    source="1 - the other shares",
                    range=Band(0.0, 1.0),
                    by=totals.dims,
                    values=totals.rest(),
                    rest_of=tuple(paths),
                    sites=group.sites.name if group.sites else None,
                    allowed=group.allowed,
                )


def completed(spec: ModelSpec, sites: Mapping[str, SiteList], parameters: dict[str, Parameter]) -> None:
    """Take each ``rest`` anew from the other shares of its group; where those add up to more than 1 it is 0 (shares are weights)."""
    for group in share_groups(spec, sites):
        for keys in group.rests:
            rest = parameters[".".join(keys)]
            parameters[rest.path] = replace(rest, values=_totals(spec, sites, group, parameters).rest())


@dataclass(frozen=True)
class _Totals:
    """Sums of the written shares of a group, per class and month."""

    dims: tuple[str, ...]
    months: NDArray[np.int64]
    sum: Mapping[Key, F64]

    def rest(self) -> dict[Key, Series]:
        return {key: _series(self.months, np.maximum(1 - total, 0.0)) for key, total in self.sum.items()}


def _totals(spec: ModelSpec, sites: Mapping[str, SiteList], group: ShareGroup, parameters: Mapping[str, Parameter]) -> _Totals:
    shares = [parameters[".".join(keys)] for keys in group.members if keys not in group.rests]
    dims = tuple(dim for dim in (GEBIED, AGE_GROUP, SITE) if any(dim in share.by for share in shares))
    names = {GEBIED: spec.gebieden, AGE_GROUP: spec.age_groups, SITE: group.sites.names if group.sites else ()}
    months = _months(spec, shares)
    keys = product(*(names[dim] for dim in dims))
    return _Totals(dims, months, {key: _total(shares, dict(zip(dims, key, strict=True)), months) for key in keys})


def _sum_fault(total: float, key: Key, month: int, dated: bool, rest: bool, mark: tuple[str, int], at: str) -> Fault:
    of = f" for {', '.join(key)}" if key else ""
    since = f" in {month // 12}-{month % 12 + 1:02d}" if dated else ""
    what = f"the shares add up to {total:.6g}{of}{since}, more than 1" if rest else f"the shares add up to {total:.6g}{of}{since}, not to 1"
    mend = "lower a share" if total > 1 else "correct the shares, or write one of them as `rest`"
    return Fault(what, *mark, at, mend=mend)


def _months(spec: ModelSpec, shares: list[Parameter]) -> NDArray[np.int64]:
    """The months at which sums are looked at: one where nothing is dated, else all from the start to the last date or the horizon."""
    if all(len(series.values) == 1 for share in shares for series in share.values.values()):
        return np.array([spec.start.year * 12 + spec.start.month - 1], dtype=np.int64)
    last = max(month for share in shares for series in share.values.values() for month in series.months)
    begin = spec.start.year * 12 + spec.start.month - 1
    return np.arange(begin, max(last, spec.until.year * 12 + spec.until.month - 1) + 1, dtype=np.int64)


def _total(shares: list[Parameter], key: Mapping[str, str], months: NDArray[np.int64]) -> F64:
    total = np.zeros(len(months))
    for share in shares:
        total += share.series(key.get(GEBIED), key.get(AGE_GROUP), key.get(SITE)).at(months)
    return total


def _series(months: NDArray[np.int64], values: F64) -> Series:
    """A step series through monthly values."""
    changes = np.concatenate([[True], values[1:] != values[:-1]])
    return Series(tuple(int(m) for m in months[changes]), tuple(float(v) for v in values[changes]))
