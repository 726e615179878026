"""The rows of the indicator table: periods and levels, and how counts are added up to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from sim.indicators.counts import How
from sim.indicators.definitions import ALL, MEASURES
from sim.indicators.visits import I64, Bool
from sim.plan.plan import Plan

Detail = Literal["year", "month"]
DETAILS: Final = ("year", "month")
LEVELS: Final = ("everything", "part", "node", "node at site", "node in gebied", "node and age", "node, gebied and age")
Array = NDArray[Any]


@dataclass(frozen=True)
class Periods:
    """Consecutive periods made of whole months."""

    kind: str
    labels: tuple[str, ...]
    of_month: I64  # [M] period of each month
    year: I64  # [P] calendar year of each period
    ticks: I64  # [P] length within the run

    def __len__(self) -> int:
        return len(self.labels)

    def gather(self, values: Array, how: How) -> Array:
        """From months (last axis) to periods; what is by period already stays as it is."""
        if values.shape[-1] == len(self):
            return values
        first = np.searchsorted(self.of_month, np.arange(len(self)))
        if how == "first":
            return values[..., first]
        if how == "last":
            return values[..., np.append(first[1:], len(self.of_month)) - 1]
        summed: Array = np.add.reduceat(values, first, axis=-1)
        return summed


def periods(plan: Plan) -> dict[str, Periods]:
    """The years, quarters and months of a run."""
    first = plan.start.year * 12 + plan.start.month - 1
    absolute = first + np.arange(plan.n_months)
    lengths = np.diff(plan.months)

    def cut(kind: str, months: int) -> Periods:
        number, of_month = np.unique(absolute // months, return_inverse=True)
        years = number * months // 12
        within = number - years * (12 // months) + 1
        pattern = {"year": "{y:04d}", "quarter": "{y:04d}-Q{n}", "month": "{y:04d}-{n:02d}"}[kind]
        labels = tuple(pattern.format(y=y, n=n) for y, n in zip(years.tolist(), within.tolist(), strict=True))
        ticks = np.bincount(of_month, weights=lengths).astype(np.int64)
        return Periods(kind, labels, of_month.astype(np.int64), years.astype(np.int64), ticks)

    return {"year": cut("year", 12), "quarter": cut("quarter", 3), "month": cut("month", 1)}


@dataclass(frozen=True)
class Level:
    """One way of adding up: its groups and their keys.

    ``of_kind`` or ``of_node`` gives the group of each kind or node (-1: none); where neither is set the groups are kinds crossed with the
    axes that ``by_gebied`` and ``by_age`` name. ``teams`` is the incidence [group, team] where places belong to the level.
    """

    name: str
    keys: dict[str, tuple[str, ...]]  # part, node, site, gebied, age: one name per group
    n: int
    of_kind: I64 | None = None
    by_gebied: bool = False
    by_age: bool = False
    of_node: I64 | None = None
    of_measure: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    teams: Bool | None = None
    strict: bool = True  # a level with a team without limit has no places; else such teams are left out
    pools_kinds: bool = False  # a person at two kinds of a group is one client


@dataclass(frozen=True)
class Shape:
    """Sizes of a plan, and what its nodes belong to."""

    kinds: int
    gebieden: int
    ages: int
    nodes: int
    part_of_kind: I64  # [K]
    node_kind: I64  # [N]

    @classmethod
    def of(cls, plan: Plan) -> Shape:
        n = plan.names
        part = np.zeros(len(n.kinds), np.int64)
        part[plan.node_kind[::-1]] = plan.node_part[::-1]
        return cls(len(n.kinds), len(n.gebieden), plan.n_ages, len(n.nodes), part, plan.node_kind.astype(np.int64))


@dataclass(frozen=True)
class Block:
    """All rows of one level for one kind of period: group by group, within it period by period."""

    periods: Periods
    level: Level

    @property
    def n_rows(self) -> int:
        return self.level.n * len(self.periods)

    def add_up(self, shape: Shape, values: Array) -> Array:
        """Values [kind x class, period], [kind, period] for a level of kinds or [node, period] for one of nodes, as one value per row."""
        level, p = self.level, len(self.periods)
        if level.of_node is not None:
            values = sum_groups(values, level.of_node, level.n)
        elif level.of_kind is not None:
            values = sum_groups(values.reshape(shape.kinds, -1, p).sum(axis=1), level.of_kind, level.n)
        else:
            values = values.reshape(shape.kinds, shape.gebieden, shape.ages, p)
            if not level.by_age:
                values = values.sum(axis=2)
            elif not level.by_gebied:
                values = values.sum(axis=1)
        return np.ascontiguousarray(values).reshape(-1)

    def group_of(self, shape: Shape) -> tuple[I64, int, int]:
        """The group of each node [N] (-1 for none), and what to add per gebied and per age group to get the group of a visit."""
        level = self.level
        if level.of_node is not None:
            return level.of_node, 0, 0
        if level.of_kind is not None:
            return level.of_kind[shape.node_kind], 0, 0
        by_age = shape.ages if level.by_age else 1
        by_gebied = shape.gebieden if level.by_gebied else 1
        return shape.node_kind * (by_age * by_gebied), by_age if level.by_gebied else 0, 1 if level.by_age else 0


def sum_groups(values: Array, group: I64, n: int) -> Array:
    """Sum of the rows of each group 0 .. n - 1; group -1 is left out."""
    out = np.zeros((n, values.shape[1]), values.dtype)
    order = np.argsort(group, kind="stable")
    order = order[group[order] >= 0]
    if len(order):
        first = np.flatnonzero(np.diff(group[order], prepend=-1))
        out[group[order[first]]] = np.add.reduceat(values[order], first, axis=0)
    return out


def blocks(plan: Plan, detail: Detail) -> list[Block]:
    """The blocks of the table, in the order of its rows."""
    cut = periods(plan)
    everything, part, node, site, gebied, age, cross = _levels(plan)
    short = [everything, part, node, *([cross] if detail == "month" else [])]
    rows = {"year": [everything, part, node, site, gebied, age, cross], "quarter": short, "month": short}
    return [Block(cut[kind], level) for kind, levels in rows.items() for level in levels if level.n]


def _levels(plan: Plan) -> tuple[Level, ...]:
    n, shape = plan.names, Shape.of(plan)
    k, measures = shape.kinds, plan.money.measure_names
    part_of = [n.parts[i] for i in shape.part_of_kind]
    parts = (*n.parts, MEASURES)
    teams_of_kind = np.zeros((k, len(n.teams)), np.bool_)
    teams_of_kind[plan.node_kind, plan.node_team] = True
    teams_of_part = np.zeros((len(parts), len(n.teams)), np.bool_)
    np.logical_or.at(teams_of_part, shape.part_of_kind, teams_of_kind)

    def keys(groups: int, **given: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        return {key: given.get(key, (ALL,) * groups) for key in ("part", "node", "site", "gebied", "age")}

    everything = Level(
        "everything", keys(1), 1,
        of_kind=np.zeros(k, np.int64), of_measure=np.zeros(len(measures), np.int64),
        teams=np.logical_or.reduce(teams_of_kind, axis=0, keepdims=True), strict=False, pools_kinds=True,
    )  # fmt: skip
    part = Level(
        "part", keys(len(parts), part=parts), len(parts),
        of_kind=shape.part_of_kind, of_measure=np.full(len(measures), len(n.parts), np.int64),
        teams=teams_of_part, strict=False, pools_kinds=True,
    )  # fmt: skip
    node = Level(
        "node", keys(k + len(measures), part=(*part_of, *(MEASURES,) * len(measures)), node=(*n.kinds, *measures)), k + len(measures),
        of_kind=np.arange(k), of_measure=k + np.arange(len(measures)),
        teams=np.concatenate((teams_of_kind, np.zeros((len(measures), len(n.teams)), np.bool_))),
    )  # fmt: skip
    sited = np.array([bool(n.sites[team]) for team in plan.node_team], np.bool_)
    of_node = np.where(sited, np.cumsum(sited) - 1, -1)
    at = np.flatnonzero(sited)
    site_team = plan.node_team[at]
    team_of_site = np.zeros((len(at), len(n.teams)), np.bool_)
    team_of_site[np.arange(len(at)), site_team] = True
    site = Level(
        "node at site",
        keys(
            len(at), part=tuple(part_of[plan.node_kind[i]] for i in at), node=tuple(n.kinds[plan.node_kind[i]] for i in at),
            site=tuple(n.sites[t] for t in site_team),
        ),
        len(at), of_node=of_node, teams=team_of_site,
    )  # fmt: skip

    def crossed(name: str, gebieden: tuple[str, ...], ages: tuple[str, ...], by_gebied: bool, by_age: bool) -> Level:
        each = len(gebieden) * len(ages)
        return Level(
            name,
            keys(
                k * each,
                part=tuple(p for p in part_of for _ in range(each)),
                node=tuple(kind for kind in n.kinds for _ in range(each)),
                gebied=tuple(x for _ in range(k) for x in gebieden for _ in ages),
                age=tuple(y for _ in range(k * len(gebieden)) for y in ages),
            ),
            k * each,
            by_gebied=by_gebied,
            by_age=by_age,
        )

    return (
        everything, part, node, site,
        crossed("node in gebied", n.gebieden, (ALL,), True, False),
        crossed("node and age", (ALL,), n.ages, False, True),
        crossed("node, gebied and age", n.gebieden, n.ages, True, True),
    )  # fmt: skip
