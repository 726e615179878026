"""The same plan as a SimPy textbook would model it: processes, a ``PriorityResource`` per team, ``request | timeout`` for patience.

Draws come from one ``random.Random`` stream; times are floating-point days. Demand, monthly parameters, sites, urgency, stays, patience,
routes, kept places, age limits, interims, supplies and the people present at the start are those of the plan; who moves on asks for the
next place before the old one is free for others, as in the engines. What textbook SimPy cannot express, or only by rewriting its queue, is
left out:

- promotion: who waits keeps the urgency of the arrival;
- pooling: every team helps only who asked for it;
- the age limit of a place that is kept while its client waits elsewhere (the client's own age limits hold);
- a kept place taken back while the team drains counts as a place of the team like any other;
- supplies are first come, first served (a ``Container`` knows no urgency);
- ties are broken by who scheduled first.

Capacity changes by setting the resource's capacity on the first of a month; a drop is not enforced on those in care, as in the engines.

A run ends with what ``sim.totals`` gives of the compiled engine: per calendar year, node and client class the flows, the stocks and the
time spent waiting, in care and in kept places, and who was helped within the norm (``Totals``).
"""

from __future__ import annotations

import bisect
import gc
import math
import random
from collections import Counter
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from sim.draws.keyed import seed_key
from sim.draws.warm import warm_persons
from sim.engine.visit_totals import COLUMNS, Totals, Years
from sim.plan import plan as p
from sim.plan.plan import TICKS_PER_DAY, Clock, Plan

Process = Generator[Any, Any, None]
NEVER = math.inf
COUNTED = tuple(name for name in COLUMNS if name != "within_norm")  # that is counted in the year of the arrival
STATES = (("waiting", "waiting_ticks"), ("in_care", "care_ticks"), ("kept", "kept_ticks"))
STOCKS = tuple(state for state, _ in STATES)
TIMES = ("answered_wait", *(time for _, time in STATES))


class Cell:
    """What this year brings to a node and a client class: columns of ``Totals``, in days.

    Days in a state stand behind how many are in it now: the moments at which they left it or the year ended, less those at which they came
    or it began.
    """

    __slots__ = COUNTED

    def __init__(self) -> None:
        for name in COUNTED:
            setattr(self, name, 0)

    def arrives(self, now: float, renewed: bool, present: bool, has_norm: bool) -> None:
        self.waiting += 1
        self.waiting_ticks -= now
        if renewed:
            self.renewals += 1
        elif not present:
            self.arrivals += 1
            self.norm_base += has_norm

    def starts_care(self, now: float, since: float, renewed: bool) -> None:
        self.waiting -= 1
        self.waiting_ticks += now
        self.in_care += 1
        self.care_ticks -= now
        self.starts += 1
        if not renewed:
            self.answered += 1
            self.answered_wait += now - since

    def leaves(self, now: float, started: bool, group: int) -> None:
        if started:
            self.in_care -= 1
            self.care_ticks += now
        else:
            self.waiting -= 1
            self.waiting_ticks += now
        if group == p.RENEGE:
            self.gave_up += 1
        elif group == p.AGED_OUT:
            self.aged_out += 1
        else:
            self.ended += 1

    def keeps(self, now: float) -> None:
        self.kept += 1
        self.kept_ticks -= now

    def gives_up(self, now: float) -> None:
        self.kept -= 1
        self.kept_ticks += now


class Kept:
    """A place that is still held after its visit; ``cell``: where its time counts."""

    __slots__ = ("cell", "keep", "left", "node", "request")

    def __init__(self, request: Any, node: int, keep: int, left: float, cell: Cell) -> None:
        self.request, self.node, self.keep, self.left, self.cell = request, node, keep, left, cell


class Textbook:
    """One replication; ``run`` may be called once."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.plan, self.random, self.env = plan, random.Random(seed), simpy.Environment()
        self.month, self.seed = 0, seed
        self.months = (plan.months / TICKS_PER_DAY).tolist()
        self.horizon = self.months[-1]
        self.rows = plan.rows.tolist()
        self.node_kind, self.node_team = plan.node_kind.tolist(), plan.node_team.tolist()
        self.age_to = [tick / TICKS_PER_DAY for tick in plan.age_to.tolist()]
        self.clocks = [_lists(clock) for clock in (plan.stay, plan.interim, plan.patience)]
        self.table_start = plan.table_start.tolist()
        self.table_p, self.table_q = plan.table_p.tolist(), plan.table_q.tolist()
        self.urgency_row, self.age_limit_row = plan.urgency_row.tolist(), plan.age_limit_row.tolist()
        self.site_start, self.site_node, self.site_weight_row = (
            plan.site_start.tolist(),
            plan.site_node.tolist(),
            plan.site_weight_row.tolist(),
        )
        self.site_group = plan.site_group_key.tolist()
        self.route_start, self.route_to, self.route_keep = plan.route_start.tolist(), plan.route_to.tolist(), plan.route_keep.tolist()
        self.route_remaining, self.route_keeps_on = plan.route_remaining.tolist(), plan.route_keeps_on.tolist()
        self.route_share_row = plan.route_share_row.tolist()
        self.places = plan.places.tolist()
        self.is_supply = plan.is_supply.tolist()
        self.teams: list[Any] = []
        for team, supply in enumerate(self.is_supply):
            if supply:
                self.teams.append(simpy.Container(self.env))
            elif min(self.places[team]) >= p.UNLIMITED:
                self.teams.append(None)
            else:
                self.teams.append(simpy.PriorityResource(self.env, capacity=p.UNLIMITED))  # who is in care at the start stays
        self.years = Years.of(plan)
        self.year_ends = (self.years.boundaries[1:] / TICKS_PER_DAY).tolist()
        self.year, self.visits = 0, 0
        self.norm = [ticks / TICKS_PER_DAY for ticks in plan.norms.within.tolist()]
        self.norm_to_end = plan.norms.to_end.tolist()
        self.cells: dict[tuple[int, int], Cell] = {}
        self.within_norm: Counter[tuple[int, int, int]] = Counter()  # by year of arrival, node and client class
        shape = (len(self.years.labels), len(plan.names.nodes), len(plan.names.gebieden) * plan.n_ages)
        self.yearly = {name: np.zeros(shape, np.int64) for name in COLUMNS}

    def run(self) -> Totals:
        """Simulate from the start to the horizon."""
        warm = warm_persons(self.plan, seed_key(self.seed))
        columns = [warm[name].tolist() for name in ("birth", "gebied", "node", "end", "deadline", "arrive")]
        present = sorted(zip(*columns, strict=True), key=lambda who: (who[3] < 0, who[5]))  # those in care first, then who waits longest
        in_care = sum(who[3] >= 0 for who in present)
        collecting = gc.isenabled()
        gc.disable()
        try:
            for who in present[:in_care]:
                self.env.process(self.already_there(*who))
            self.env.process(self.calendar())  # from here on there are only so many places
            for who in present[in_care:]:
                self.env.process(self.already_there(*who))
            self.env.process(self.supply())
            for stream in range(len(self.plan.stream_kind)):
                self.env.process(self.source(stream))
            self.env.run(until=self.horizon)
            self.close_year()
            for (year, node, of_class), number in self.within_norm.items():
                self.yearly["within_norm"][year, node, of_class] = number
            return Totals(self.years, self.visits, **self.yearly)
        finally:
            if collecting:
                gc.enable()

    # what drives the run

    def calendar(self) -> Process:
        """Parameters and capacity change on the first of a month; unused supply lapses."""
        for month in range(self.plan.n_months):
            if month > 0:
                yield self.env.timeout(self.months[month] - self.env.now)
            self.month = month
            if self.months[month] == self.year_ends[self.year]:
                self.close_year()
                self.year += 1
            for team, resource in enumerate(self.teams):
                if self.is_supply[team]:
                    if resource.level:
                        yield resource.get(resource.level)
                elif resource is not None:
                    more = self.places[team][month] - resource._capacity
                    resource._capacity += more
                    for _ in range(min(more, len(resource.queue))):
                        resource._trigger_put(None)

    def supply(self) -> Process:
        for tick, team in zip(self.plan.supply_tick.tolist(), self.plan.supply_team.tolist(), strict=True):
            yield self.env.timeout(max(0.0, tick / TICKS_PER_DAY - self.env.now))
            yield self.teams[team].put(1)

    def source(self, stream: int) -> Process:
        """A Poisson stream with a rate per month."""
        plan, env = self.plan, self.env
        rates, kind, gebied = plan.stream_rate[stream].tolist(), int(plan.stream_kind[stream]), int(plan.stream_gebied[stream])
        age = plan.stream_age[stream]
        youngest, oldest = plan.age_from[age] / TICKS_PER_DAY, plan.age_to[age] / TICKS_PER_DAY
        for month, rate in enumerate(rates):
            if self.months[month] > env.now:
                yield env.timeout(self.months[month] - env.now)
            while rate > 0.0:
                gap = self.random.expovariate(rate)
                if env.now + gap >= self.months[month + 1]:
                    break
                yield env.timeout(gap)
                birth = env.now - self.random.uniform(youngest, oldest)
                env.process(self.client(birth, gebied, kind))

    # a client

    def already_there(self, birth: int, gebied: int, node: int, end: int, deadline: int, arrive: int) -> Process:
        """A client present at the start, in ticks; ``end`` or ``deadline`` is -1 for who waits, or waits for ever."""
        stay = end / TICKS_PER_DAY if end >= 0 else -1.0
        patience = deadline / TICKS_PER_DAY if deadline >= 0 else NEVER
        return self.client(birth / TICKS_PER_DAY, gebied, self.node_kind[node], node, arrive / TICKS_PER_DAY, stay, patience)

    def client(
        self, birth: float, gebied: int, kind: int, node: int = -1, since: float = 0.0, stay: float = NEVER, patience: float = NEVER
    ) -> Process:
        """One client from the first question to the exit. ``node`` and what follows: of a client present at the start."""
        env = self.env
        present, kept, leaving = node >= 0, None, None  # leaving: the place of the visit before, until the next one is asked for
        sites = {self.site_group[kind]: self.position(kind, gebied, node)} if present else {}
        request: Any
        while True:
            if not present:
                node = self.site(kind, gebied, sites)
                since = env.now
            team = self.node_team[node]
            resource = self.teams[team]
            age = bisect.bisect_right(self.age_to, since - birth, 0, len(self.age_to) - 1)
            of_class = gebied * len(self.age_to) + age
            too_old = birth + self.rows[self.age_limit_row[node]][self.month] / TICKS_PER_DAY
            group, request, left, started = p.END, None, 0.0, False

            renewed = kept is not None and kept.keep == p.KEEP_UNTIL_END and self.node_kind[kept.node] == kind and not present
            if renewed:  # a new visit in the kept place
                assert kept is not None
                kept.cell.gives_up(env.now)
                node, request, left, kept = kept.node, kept.request, kept.left, None
                team = self.node_team[node]
            cell, year, norm = self.cell(node, of_class), self.year, self.norm[kind]
            has_norm = norm > 0.0 and not present and not renewed and since + norm < self.horizon
            in_care = present and stay >= 0.0
            self.visits += 1
            if in_care:
                cell.in_care += 1
                cell.care_ticks -= env.now
            else:
                cell.arrives(env.now, renewed, present, has_norm)
            asks = resource is not None and not renewed
            if too_old <= env.now and not renewed and not in_care:
                group, asks = p.AGED_OUT, False
            if asks:
                request = resource.get(1) if self.is_supply[team] else resource.request(priority=self.urgency(node, of_class))
            if leaving is not None:
                leaving.resource.release(leaving)
                leaving = None
            if asks:
                if not present and self.clocks[2][0][node]:
                    patience = env.now + self.duration(2, node, of_class)
                until = min(patience, too_old)
                if until >= self.horizon or in_care:
                    yield request
                else:
                    yield request | env.timeout(max(0.0, until - env.now))
                    if not request.triggered:
                        request.cancel()
                        request, group = None, p.AGED_OUT if too_old <= env.now else p.RENEGE
                if request is not None and self.is_supply[team]:
                    request = None

            if group == p.END:
                started = True
                if not in_care:
                    cell.starts_care(env.now, since, renewed)
                    if has_norm and not self.norm_to_end[kind] and env.now - since <= norm:
                        self.within_norm[year, node, of_class] += 1
                if kept is not None and kept.keep == p.KEEP_UNTIL_START:
                    self.give_up(kept)
                    kept = None
                if self.clocks[0][0][node]:
                    length = stay if in_care else left or self.duration(0, node, of_class)
                    ends, left = env.now + length, 0.0
                    if self.clocks[1][0][node]:
                        first = self.duration(1, node, of_class)
                        if first < length:
                            ends, left, group = env.now + first, length - first, p.INTERIM
                    if env.now < too_old < ends:
                        ends, group = too_old, p.AGED_OUT
                    yield env.timeout(max(0.0, ends - env.now))
            cell.leaves(env.now, started, group)
            if has_norm and self.norm_to_end[kind] and group in (p.END, p.INTERIM) and env.now - since <= norm:
                self.within_norm[year, node, of_class] += 1
            present, stay, patience = False, NEVER, NEVER

            route = self.route(kind, group, of_class)
            to = self.route_to[route]
            moves_on = group in (p.END, p.INTERIM)
            returns = kept is not None and moves_on and kept.keep == p.KEEP_UNTIL_END and to == self.node_kind[kept.node]
            keeps = self.route_keep[route] if moves_on and to >= 0 and not returns else p.KEEP_NONE
            if kept is not None and not returns and (keeps or not moves_on or to < 0 or not self.route_keeps_on[route]):
                self.give_up(kept)
                kept = None
            if keeps:
                kept = Kept(request, node, keeps, left if self.route_remaining[route] else 0.0, cell)
                cell.keeps(env.now)
            else:
                leaving = request
            if to < 0:
                if leaving is not None:
                    leaving.resource.release(leaving)
                cell.left += 1
                return
            kind = to

    def give_up(self, kept: Kept) -> None:
        kept.cell.gives_up(self.env.now)
        if kept.request is not None:
            kept.request.resource.release(kept.request)

    # what happened

    def cell(self, node: int, of_class: int) -> Cell:
        key = node, of_class
        return self.cells[key] if key in self.cells else self.cells.setdefault(key, Cell())

    def close_year(self) -> None:
        """What a year came to; those who are there at its end begin the next."""
        end = self.year_ends[self.year]
        for (node, of_class), cell in self.cells.items():
            for state, time in STATES:
                setattr(cell, time, getattr(cell, time) + getattr(cell, state) * end)
            for name in COUNTED:
                value = getattr(cell, name)
                self.yearly[name][self.year, node, of_class] = round(value * TICKS_PER_DAY) if name in TIMES else value
                if name not in STOCKS:
                    setattr(cell, name, 0)
            for state, time in STATES:
                setattr(cell, time, -getattr(cell, state) * end)

    # draws

    def site(self, kind: int, gebied: int, sites: dict[int, int]) -> int:
        """The node where a client meets a kind: the same site at every visit, for all kinds at the same sites."""
        cell = kind * len(self.plan.names.gebieden) + gebied
        first, last = self.site_start[cell], self.site_start[cell + 1]
        if last - first == 1:
            return int(self.site_node[first])
        group = self.site_group[kind]
        if group not in sites:
            weights = [self.rows[row][self.month] for row in self.site_weight_row[first:last]]
            sites[group] = self.random.choices(range(last - first), weights)[0]
        return int(self.site_node[first + sites[group]])

    def position(self, kind: int, gebied: int, node: int) -> int:
        """Which of the sites of a kind a node is."""
        cell = kind * len(self.plan.names.gebieden) + gebied
        return int(self.site_node.index(node, self.site_start[cell], self.site_start[cell + 1]) - self.site_start[cell])

    def urgency(self, node: int, of_class: int) -> int:
        shares = [self.rows[row][self.month] for row in self.urgency_row[node][of_class]]
        return int(self.random.choices(range(len(shares)), shares)[0])

    def route(self, kind: int, group: int, of_class: int) -> int:
        first, last = self.route_start[4 * kind + group], self.route_start[4 * kind + group + 1]
        if last - first == 1:
            return int(first)
        shares = [self.rows[self.route_share_row[route][of_class]][self.month] for route in range(first, last)]
        return int(self.random.choices(range(first, last), shares)[0])

    def duration(self, which: int, node: int, of_class: int) -> float:
        """Days drawn from a clock of the plan: stay (0), interim (1) or patience (2)."""
        kind, a_row, b_row, cap_row, table = (column[node] for column in self.clocks[which])
        a = self.rows[a_row[of_class]][self.month] / TICKS_PER_DAY
        cap = self.rows[cap_row[of_class]][self.month] / TICKS_PER_DAY
        if kind == p.FIXED:
            return min(a, cap)
        if kind == p.EXPONENTIAL:
            return min(self.random.expovariate(1.0 / a), cap)
        if kind == p.LOGNORMAL:
            return min(a * self.random.lognormvariate(0.0, self.rows[b_row[of_class]][self.month]), cap)
        first, last = self.table_start[table], self.table_start[table + 1]
        u = self.random.random()
        i = min(bisect.bisect_left(self.table_p, u, first + 1, last), last - 1)
        lower, upper = self.table_p[i - 1], self.table_p[i]
        part = (u - lower) / (upper - lower) if upper > lower else 1.0
        return min(a * (self.table_q[i - 1] + (self.table_q[i] - self.table_q[i - 1]) * part), cap)


def _lists(clock: Clock) -> tuple[list[Any], ...]:
    return tuple(np.asarray(column).tolist() for column in (clock.kind, clock.a_row, clock.b_row, clock.cap_row, clock.table))


def simulate(plan: Plan, seed: int) -> Totals:
    """One replication of ``plan`` with draws of its own."""
    return Textbook(plan, seed).run()
