"""The reference engine: docs/semantics.md as SimPy processes.

SimPy owns the clock. Every event is scheduled at (tick, kind, person), so that ties are broken by content and not by who scheduled first.
One event then runs to its last consequence (``settle``) before the next. What drives the run (the calendar, supply, demand) is a process.
A clock of a visit (stay, patience, promotion, birthday) rings once, so it is an event with one callback, which looks whether the clock
still matters, and acts: a process for each would take two events more. Waiting lists are the engine's own: one heap per node asked for.
"""

from __future__ import annotations

import gc
import math
from collections import deque
from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import Final

import numpy as np
import simpy

from sim.draws import keyed
from sim.draws.keyed import combine, uniform
from sim.draws.persons import Persons, draw_persons
from sim.draws.quantiles import class_quantile, in_ticks, normal_quantile
from sim.engine.visit_log import (
    AGED_OUT,
    EXTERNAL,
    FROM_NODE,
    IN_CARE,
    INTERRUPTED,
    MOVED_ON,
    NO_NEXT,
    NULL,
    RENEGED,
    RENEWAL,
    WAITING,
    WARM,
    VisitLog,
)  # fmt: skip
from sim.plan import plan as p
from sim.plan.plan import Clock, Plan

# kinds of event, in the order in which they run within a tick
PARAMETERS, BIRTHDAY, STAY_ENDS, PROMOTION, ARRIVAL, PATIENCE_ENDS = range(6)
KIND_BITS: Final = 40  # room for the person's rank within a kind

# state of a visit
WAITS, CARED_FOR, KEPT, OVER = range(4)

# decisions counted apart, per person and node kind
ON_ARRIVAL, ON_STAY, ON_ROUTE, ON_INTERIM = 0, 1, 2, 6  # ON_ROUTE + route group: 2..5
OUTCOME_OF_GROUP: Final = (MOVED_ON, RENEGED, AGED_OUT, INTERRUPTED)

# what has a place to fill, when it is not one team: a newcomer to a pool (with the node asked for), or a whole pool (with its number)
FOR_NEWCOMER, ANY_TEAM = -1, -2

Process = Generator[simpy.Event, object, None]


class Due(simpy.Event):
    """An event at an absolute tick, ordered among its peers by kind and person."""

    def __init__(self, env: simpy.Environment, tick: int, kind: int, rank: int) -> None:
        self.env = env
        self.callbacks = []
        self._ok = True
        self._value = None
        env.schedule(self, priority=((kind + 1) << KIND_BITS) + rank, delay=tick - env.now)  # type: ignore[arg-type]


class Ring(Due):
    """A clock of a visit that rings; ``then`` is called with this event."""

    def __init__(self, env: simpy.Environment, tick: int, kind: int, visit: Visit, then: Callable[[Ring], None]) -> None:
        super().__init__(env, tick, kind, visit.person.rank)
        self.visit = visit
        self.callbacks = [then]


class Person:
    """One Rotterdammer: identity, luck and what the engine must remember between visits."""

    __slots__ = ("birth", "counts", "gebied", "id", "kept", "luck", "rank", "visit", "visits")

    def __init__(self, rank: int, person_id: int, luck: int, birth: int, gebied: int) -> None:
        self.rank = rank
        self.id = person_id
        self.luck = luck
        self.birth = birth
        self.gebied = gebied
        self.visits = 0
        self.visit: Visit | None = None
        self.kept: Visit | None = None
        self.counts: dict[int, int] = {}


class Visit:
    """One person at one node: arrive, wait, start, end, release."""

    __slots__ = (
        "arrive", "asked", "client_class", "end", "entry", "keep", "kept_remaining", "kind", "left", "line", "number", "outcome", "person",
        "pooled",
        "route", "served", "start", "state", "team", "to", "urgency", "urgency_arrival", "urgency_start",
    )  # fmt: skip

    def __init__(self, person: Person, number: int, entry: int, kind: int, asked: int, client_class: int, arrive: int) -> None:
        self.person = person
        self.number = number
        self.entry = entry
        self.kind = kind
        self.asked = asked
        self.client_class = client_class
        self.arrive = arrive
        self.state = WAITS
        self.served = self.team = self.urgency_start = self.route = -1
        self.urgency = self.urgency_arrival = 0
        self.start = self.end = NULL
        self.left = 0  # ticks of stay not yet used
        self.keep = p.KEEP_NONE
        self.kept_remaining = False
        self.pooled = 0  # 1: arrived while new inflow is pooled
        self.line = -1  # waiting list it stands in
        self.outcome = WAITING
        self.to = NO_NEXT


class SimpyEngine:
    """One replication of a plan. ``run`` may be called once."""

    def __init__(self, plan: Plan, seed: int) -> None:
        self.plan = plan
        self.env = simpy.Environment()
        self.luck = keyed.seed_key(seed)
        self.persons: Persons = draw_persons(plan, seed)
        self.horizon = plan.horizon
        self.month = 0
        self.ages = plan.n_ages
        self.age_to = plan.age_to.tolist()
        self.occupied = [0] * len(plan.names.teams)
        self.supply_left = [0] * len(plan.names.teams)
        self.waiting: list[list[tuple[int, int, int, int, Visit]]] = [[] for _ in range(2 * len(plan.names.nodes))]
        self.in_line = [0] * len(self.waiting)  # people in each waiting list
        self.present: dict[int, Person] = {}
        self.touched: deque[tuple[int, int]] = deque()
        self.rows_out: list[tuple[int, ...]] = []
        self._unpack(plan)

    def _unpack(self, plan: Plan) -> None:
        """Plain lists: indexing a numpy array costs ten times as much."""
        self.value: list[list[float]] = plan.rows.tolist()
        self.node_kind: list[int] = plan.node_kind.tolist()
        self.node_team: list[int] = plan.node_team.tolist()
        kinds = [int(k) for k in plan.kind_key]
        self.decision_key = [
            [combine(k, d) for k in kinds] for d in (keyed.URGENCY, keyed.STAY, *keyed.ROUTE, keyed.INTERIM_CLOCK, keyed.PATIENCE)
        ]
        self.site_start: list[int] = plan.site_start.tolist()
        site_keys = [int(k) for k in plan.site_key]
        self.sites: list[tuple[int, int, int]] = list(zip(plan.site_node.tolist(), plan.site_weight_row.tolist(), site_keys, strict=True))
        self.stay, self.interim, self.patience = (_ClockLists(c) for c in (plan.stay, plan.interim, plan.patience))
        self.promote_row: list[list[int]] = plan.promote_row.tolist()
        self.age_limit_row: list[int] = plan.age_limit_row.tolist()
        self.urgency_row: list[list[list[int]]] = plan.urgency_row.tolist()
        self.urgency_key = [int(k) for k in plan.urgency_key]
        self.route_start: list[int] = plan.route_start.tolist()
        self.route_key = [int(k) for k in plan.route_key]
        self.route_share_row: list[list[int]] = plan.route_share_row.tolist()
        self.route_to: list[int] = plan.route_to.tolist()
        self.route_name: list[int] = plan.route_name.tolist()
        self.route_keep: list[int] = plan.route_keep.tolist()
        self.places: list[list[int]] = plan.places.tolist()
        self.is_supply: list[bool] = plan.is_supply.tolist()
        self.team_pool: list[int] = plan.team_pool.tolist()
        self.serves = [
            [
                (int(plan.serve_asked[i]), int(plan.serve_as[i]), bool(plan.serve_own[i]))
                for i in range(plan.serve_start[t], plan.serve_start[t + 1])
            ]
            for t in range(len(plan.names.teams))
        ]
        self.teams_for: dict[int, list[int]] = {}
        for team, served in enumerate(self.serves):
            for asked, _, _ in served:
                self.teams_for.setdefault(asked, []).append(team)
        self.lists: list[list[tuple[int, int]]] = []  # per team, this month's
        self.merged: list[list[bool]] = plan.pool_merge.tolist()
        self.inflow_pooled: list[list[bool]] = plan.pool_inflow.tolist()

    # the processes that drive the run

    def run(self) -> VisitLog:
        """Simulate from tick 0 to the horizon and return the visit log."""
        self.env.process(self.calendar())
        self.env.process(self.supply())
        self.env.process(self.demand())
        collecting = gc.isenabled()
        gc.disable()  # nothing here is cyclic garbage worth finding while it runs; saves a third of the time
        try:
            self.env.run(until=self.horizon)
        finally:
            if collecting:
                gc.enable()
        return self._log()

    def calendar(self) -> Process:
        """Parameters, capacity and pooling change on the first of a month; unused supply lapses."""
        for month in range(self.plan.n_months):
            yield Due(self.env, int(self.plan.months[month]), PARAMETERS, 0)
            self.month = month
            self.lists = [self._lists(team) for team in range(len(self.serves))]
            if month == 0:
                self._admit_present()
            pooled = [0] * len(self.merged)  # free places per pool
            for team, supplied in enumerate(self.is_supply):
                if supplied:
                    self.supply_left[team] = 0
                elif self.team_pool[team] >= 0:
                    pooled[self.team_pool[team]] += min(max(0, self._free(team)), self._in_reach(team))
                else:
                    self.touched.extend([(team, -1)] * min(self._free(team), self._in_reach(team)))
            for pool, places in enumerate(pooled):
                self.touched.extend([(ANY_TEAM, pool)] * places)
            self.settle()

    def supply(self) -> Process:
        """Units of supply (dwellings) become available one by one."""
        for tick, team in zip(self.plan.supply_tick.tolist(), self.plan.supply_team.tolist(), strict=True):
            yield Due(self.env, tick, PARAMETERS, team + 1)
            self.supply_left[team] += 1
            self.touched.append((team, -1))
            self.settle()

    def demand(self) -> Process:
        """Everybody who asks for help from outside, in order of (tick, person)."""
        who = self.persons
        external = np.flatnonzero(who.entry == EXTERNAL)
        for rank in external[np.lexsort((external, who.arrive[external]))].tolist():
            yield Due(self.env, int(who.arrive[rank]), ARRIVAL, rank)
            self.arrive(self._person(rank), int(who.kind[rank]), EXTERNAL)
            self.settle()

    # the clocks of a visit

    def stay_ends(self, ring: Ring) -> None:
        """The stay is over."""
        self._end_spell(ring, p.END)

    def interim_begins(self, ring: Ring) -> None:
        """The stay breaks off for an interim."""
        self._end_spell(ring, p.INTERIM)

    def _end_spell(self, ring: Ring, group: int) -> None:
        visit = ring.visit
        if visit.state == CARED_FOR:
            self.leave(visit, group)
            self.settle()

    def patience_ends(self, ring: Ring) -> None:
        """Who has not started by now gives up."""
        visit = ring.visit
        if visit.state == WAITS:
            self.leave(visit, p.RENEGE)
            self.settle()

    def promotion(self, ring: Ring) -> None:
        """Urgency rises one class after each spell of waiting, up to the top; the arrival time stays."""
        visit = ring.visit
        if visit.state == WAITS and visit.urgency > 0:
            visit.urgency -= 1
            self._join(visit)
            self._promote_at(visit, int(self.env.now) + self._promote_after(visit))

    def birthday(self, ring: Ring) -> None:
        """The age limit ends the visit, waiting or not; it releases a kept place and the wait elsewhere goes on."""
        visit = ring.visit
        if visit.state in (WAITS, CARED_FOR):
            self.leave(visit, p.AGED_OUT)
        elif visit.state == KEPT:
            self.release(visit)
        self.settle()

    # what happens to a person

    def arrive(self, person: Person, kind: int, entry: int, at: int = -1) -> None:
        """Begin a visit: draw urgency and patience, start the clocks, join the waiting list."""
        now = int(self.env.now)
        node = at if at >= 0 else self._site(person, kind)
        visit = self._begin(person, kind, node, entry, now)
        if self._already_too_old(visit, now):
            self.leave(visit, p.AGED_OUT)
            return
        team = self.node_team[node]
        pool = self.team_pool[team]
        if pool < 0 and not self.is_supply[team] and self.places[team][self.month] >= p.UNLIMITED:
            self.start(visit, node)
            return
        if pool >= 0 and self.inflow_pooled[pool][self.month]:
            visit.pooled = 1
        deadline = p.NEVER
        if self.patience.kind[node]:
            occurrence = person.counts[kind * 8 + ON_ARRIVAL] - 1
            deadline = now + self._duration(
                self.patience, visit, node, combine(combine(person.luck, self.decision_key[7][kind]), occurrence)
            )
        self._wait(visit, deadline, now + self._promote_after(visit))
        self.touched.append((FOR_NEWCOMER, node) if pool >= 0 else (team, -1))

    def start(self, visit: Visit, node: int) -> None:
        """Take a place (or a unit of supply) and draw the stay; a place kept until now is released."""
        now = int(self.env.now)
        person, team = visit.person, self.node_team[node]
        self._leave_line(visit)
        visit.state, visit.outcome = CARED_FOR, IN_CARE
        visit.served, visit.team, visit.start, visit.urgency_start = node, team, now, visit.urgency
        if self.is_supply[team]:
            self.supply_left[team] -= 1
        else:
            self.occupied[team] += 1
        if person.kept is not None and person.kept.keep == p.KEEP_UNTIL_START:
            self.release(person.kept)
        if not self.stay.kind[node]:
            self.leave(visit, p.END)
            return
        if not visit.left:
            visit.left = self._duration(self.stay, visit, node, self._decide(person, self.node_kind[node], ON_STAY))
        self._run_stay(visit, now)

    def _run_stay(self, visit: Visit, now: int) -> None:
        node, group, length = visit.served, p.END, visit.left
        if self.interim.kind[node]:
            first = self._duration(self.interim, visit, node, self._decide(visit.person, self.node_kind[node], ON_INTERIM))
            if first < length:
                group, length = p.INTERIM, first
        visit.left -= length
        if now + length < self.horizon:
            ends = self.stay_ends if group == p.END else self.interim_begins
            Ring(self.env, now + length, STAY_ENDS, visit, ends)

    def leave(self, visit: Visit, group: int) -> None:
        """End a visit (after its stay, reneging, ageing out or for an interim) and move on along a route."""
        now = int(self.env.now)
        person, in_care = visit.person, visit.state == CARED_FOR
        self._leave_line(visit)
        moves_on = group in (p.END, p.INTERIM)
        kind = self.node_kind[visit.served] if moves_on else visit.kind
        route = self._route(visit, kind, group)
        to = self.route_to[route]
        visit.end, visit.outcome, visit.route, visit.to = now, OUTCOME_OF_GROUP[group], self.route_name[route], to
        person.visit = None
        kept = person.kept

        if moves_on and kept is not None and kept.keep == p.KEEP_UNTIL_END and to == self.node_kind[kept.served]:
            self._free_place(visit)
            self._return_to(kept)
            return
        keeps = self.route_keep[route] if moves_on and in_care and to >= 0 else p.KEEP_NONE
        if keeps:
            visit.state, visit.keep, visit.kept_remaining = KEPT, keeps, bool(self.plan.route_remaining[route])
        else:
            self._free_place(visit)
        if kept is not None and (keeps or not moves_on or to < 0 or not self.plan.route_keeps_on[route]):
            self.release(kept)
        if keeps:
            person.kept = visit
        if to >= 0:
            self.arrive(person, to, FROM_NODE)
        else:
            self.present.pop(person.rank, None)

    def release(self, kept: Visit) -> None:
        """Give up a kept place."""
        kept.person.kept = None
        self._free_place(kept)

    def _return_to(self, kept: Visit) -> None:
        """A new visit at the kept node, in the kept place: never waits, never counts twice."""
        person, now = kept.person, int(self.env.now)
        person.kept = None
        self._close(kept, now)
        renewed = self._begin(person, self.node_kind[kept.served], kept.served, RENEWAL, now)
        renewed.left = kept.left if kept.kept_remaining else 0
        self.occupied[kept.team] -= 1  # `start` takes it again; nobody can slip in between
        self.start(renewed, kept.served)

    def settle(self) -> None:
        """Fill what was freed: first freed, first filled; what a filling frees joins the end."""
        touched = self.touched
        while touched:
            team, what = touched.popleft()
            if team == FOR_NEWCOMER:
                team = self._freest_team(what)
            elif team == ANY_TEAM:
                team = self._freest_in_pool(what)
            if team >= 0 and self._free(team) > 0:
                first = self._first_in_line(team)
                if first is not None:
                    visit, node = first
                    self.start(visit, node)

    # waiting lists and places

    def _free(self, team: int) -> int:
        if self.is_supply[team]:
            return self.supply_left[team]
        return self.places[team][self.month] - self.occupied[team]

    def _free_place(self, visit: Visit) -> None:
        """The place of a visit comes free (or its wait is over)."""
        if visit.team >= 0 and not self.is_supply[visit.team]:
            self.occupied[visit.team] -= 1
            self.touched.append((visit.team, -1))
        self._close(visit, int(self.env.now))

    def _lists(self, team: int) -> list[tuple[int, int]]:
        """Waiting lists a team may serve this month: (list, node served as)."""
        pool = self.team_pool[team]
        merged = pool >= 0 and self.merged[pool][self.month]
        return [
            (which, node)
            for asked, node, own in self.serves[team]
            for which in (2 * asked, 2 * asked + 1)  # who asked for this node alone, who came while inflow was pooled
            if merged or (own if which == 2 * asked else pool >= 0)
        ]

    def _in_reach(self, team: int) -> int:
        return sum(self.in_line[which] for which, _ in self.lists[team])

    def _first_in_line(self, team: int) -> tuple[Visit, int] | None:
        """Most urgent, then longest waiting, then smallest id; stale entries (started, left, promoted) are dropped on the way."""
        best: tuple[int, int, int, int, Visit] | None = None
        best_node = -1
        for which, node in self.lists[team]:
            heap = self.waiting[which]
            while heap and (heap[0][4].state != WAITS or heap[0][4].urgency != heap[0][0]):
                heappop(heap)
            if heap and (best is None or heap[0][:3] < best[:3]):
                best, best_node = heap[0], node
        return None if best is None else (best[4], best_node)

    def _freest_team(self, asked: int) -> int:
        """Where a newcomer to a pool is helped: the team with most free places, then its name."""
        own = self.node_team[asked]
        best, most = -1, 0
        for team in self.teams_for[asked]:
            pool = self.team_pool[team]
            if team != own and not self.merged[pool][self.month] and not self.inflow_pooled[pool][self.month]:
                continue
            free = self._free(team)
            if free > most:
                best, most = team, free
        return best

    def _freest_in_pool(self, pool: int) -> int:
        """Of the teams of a pool that have somebody to help, the one with most free places, then its name."""
        best, most = -1, 0
        for team, of in enumerate(self.team_pool):
            if of == pool and self._free(team) > most and self._first_in_line(team) is not None:
                best, most = team, self._free(team)
        return best

    def _join(self, visit: Visit) -> None:
        # the number tells somebody who is back in the tick of an earlier visit from the stale entry of that visit
        heappush(self.waiting[visit.line], (visit.urgency, visit.arrive, visit.person.rank, visit.number, visit))

    def _leave_line(self, visit: Visit) -> None:
        if visit.line >= 0:
            self.in_line[visit.line] -= 1
            visit.line = -1

    def _wait(self, visit: Visit, deadline: int, promoted: int) -> None:
        visit.line = 2 * visit.asked + visit.pooled
        self.in_line[visit.line] += 1
        self._join(visit)
        if deadline < self.horizon:
            Ring(self.env, deadline, PATIENCE_ENDS, visit, self.patience_ends)
        self._promote_at(visit, promoted)

    def _promote_at(self, visit: Visit, tick: int) -> None:
        if tick < self.horizon and visit.urgency > 0:
            Ring(self.env, tick, PROMOTION, visit, self.promotion)

    def _begin(self, person: Person, kind: int, node: int, entry: int, arrive: int) -> Visit:
        """A new visit with its urgency and its birthday clock."""
        age_group = 0
        while age_group < self.ages - 1 and arrive - person.birth >= self.age_to[age_group]:
            age_group += 1
        visit = Visit(person, person.visits, entry, kind, node, person.gebied * self.ages + age_group, arrive)
        person.visits += 1
        person.visit = visit
        visit.urgency = visit.urgency_arrival = self._urgency(visit, self._count(person, kind, ON_ARRIVAL))
        too_old = person.birth + self._age_limit(visit)
        if self.env.now < too_old < self.horizon:
            Ring(self.env, too_old, BIRTHDAY, visit, self.birthday)
        return visit

    def _age_limit(self, visit: Visit) -> int:
        return int(min(self.value[self.age_limit_row[visit.asked]][self.month], p.NEVER))

    def _already_too_old(self, visit: Visit, now: int) -> bool:
        return visit.person.birth + self._age_limit(visit) <= now

    # draws

    def _count(self, person: Person, kind: int, decision: int) -> int:
        """How often this person took this sort of decision at this kind of node before."""
        at = kind * 8 + decision
        occurrence = person.counts.get(at, 0)
        person.counts[at] = occurrence + 1
        return occurrence

    def _decide(self, person: Person, kind: int, decision: int) -> int:
        """Key of this person's next decision of this sort at this kind of node."""
        occurrence = self._count(person, kind, decision)
        return combine(combine(person.luck, self.decision_key[decision][kind]), occurrence)

    def _urgency(self, visit: Visit, occurrence: int) -> int:
        shares = [self.value[row][self.month] for row in self.urgency_row[visit.asked][visit.client_class]]
        if max(shares) >= 1.0:
            return shares.index(max(shares))
        key = combine(combine(visit.person.luck, self.decision_key[ON_ARRIVAL][visit.kind]), occurrence)
        best, shortest = len(shares) - 1, math.inf
        for urgency, share in enumerate(shares):
            if share > 0.0:
                time = -math.log(1.0 - uniform(combine(key, self.urgency_key[urgency]))) / share
                if time < shortest:
                    best, shortest = urgency, time
        return best

    def _route(self, visit: Visit, kind: int, group: int) -> int:
        """Exponential race: the route with the smallest E / share; ties go to the first name."""
        first, last = self.route_start[4 * kind + group], self.route_start[4 * kind + group + 1]
        if last - first == 1:
            return first
        occurrence = self._count(visit.person, kind, ON_ROUTE + group)
        key = combine(combine(visit.person.luck, self.decision_key[ON_ROUTE + group][kind]), occurrence)
        best, shortest = first, math.inf
        for route in range(first, last):
            share = self.value[self.route_share_row[route][visit.client_class]][self.month]
            if share > 0.0:
                time = -math.log(1.0 - uniform(combine(key, self.route_key[route]))) / share
                if time < shortest:
                    best, shortest = route, time
        return best

    def _site(self, person: Person, kind: int) -> int:
        """The node where a person meets this kind: the same site at every visit, for all kinds at the same sites."""
        cell = kind * len(self.plan.names.gebieden) + person.gebied
        first, last = self.site_start[cell], self.site_start[cell + 1]
        best, shortest = self.sites[first][0], math.inf
        if last - first == 1:
            return best
        key = combine(combine(person.luck, keyed.SITE), int(self.plan.site_group_key[kind]))
        for node, row, site in self.sites[first:last]:
            weight = self.value[row][self.month]
            if weight > 0.0:
                time = -math.log(1.0 - uniform(combine(key, site))) / weight
                if time < shortest:
                    best, shortest = node, time
        return best

    def _duration(self, clock: _ClockLists, visit: Visit, node: int, key: int) -> int:
        """Ticks drawn from a node's distribution; see ``Clock``."""
        kind = clock.kind[node]
        if not kind:
            return 0
        month, client_class = self.month, visit.client_class
        a = self.value[clock.a_row[node][client_class]][month]
        cap = self.value[clock.cap_row[node][client_class]][month]
        if kind == p.FIXED:
            return in_ticks(a, cap)
        u = uniform(key)
        if kind == p.EXPONENTIAL:
            return in_ticks(-math.log(1.0 - u) * a, cap)
        if kind == p.LOGNORMAL:
            return in_ticks(math.exp(self.value[clock.b_row[node][client_class]][month] * normal_quantile(u)) * a, cap)
        plan, table = self.plan, clock.table[node]
        return in_ticks(class_quantile(u, plan.table_start[table], plan.table_start[table + 1], plan.table_p, plan.table_q) * a, cap)

    def _promote_after(self, visit: Visit) -> int:
        return int(min(self.value[self.promote_row[visit.asked][visit.client_class]][self.month], p.NEVER))

    # the start and the end of the run

    def _person(self, rank: int) -> Person:
        who = self.persons
        person = Person(rank, int(who.id[rank]), combine(self.luck, int(who.id[rank])), int(who.birth[rank]), int(who.gebied[rank]))
        self.present[rank] = person
        return person

    def _admit_present(self) -> None:
        """Put everybody in place who is in care or waiting on the start date."""
        who = self.persons
        for rank in np.flatnonzero(who.entry == WARM).tolist():
            person, node = self._person(rank), int(who.node[rank])
            visit = self._begin(person, int(who.kind[rank]), node, WARM, int(who.arrive[rank]))
            if who.end[rank] >= 0:
                visit.state, visit.outcome = CARED_FOR, IN_CARE
                visit.served, visit.team, visit.start, visit.urgency_start = node, self.node_team[node], visit.arrive, visit.urgency
                self.occupied[visit.team] += 1
                visit.left = int(who.end[rank])
                self._run_stay(visit, 0)
                continue
            spell = self._promote_after(visit)
            while visit.urgency > 0 and visit.arrive + spell <= 0:
                visit.urgency -= 1
                spell += self._promote_after(visit)
            deadline = int(who.deadline[rank])
            self._wait(visit, max(1, deadline) if deadline >= 0 else p.NEVER, visit.arrive + spell)

    def _close(self, visit: Visit, release: int) -> None:
        visit.state = OVER
        self.rows_out.append(self._row(visit, release))

    def _row(self, visit: Visit, release: int) -> tuple[int, ...]:
        person = visit.person
        return (
            person.id, person.birth, person.gebied, visit.number, visit.entry, visit.asked, visit.served, visit.team, visit.urgency_arrival,
            visit.urgency_start, visit.arrive, visit.start, visit.end, release, visit.outcome, visit.route, visit.to,
        )  # fmt: skip

    def _log(self) -> VisitLog:
        rows = self.rows_out
        for person in self.present.values():
            rows.extend(self._row(visit, NULL) for visit in (person.visit, person.kept) if visit is not None)
        columns: tuple[tuple[int, ...], ...] = tuple(zip(*rows, strict=True)) if rows else ((),) * 17
        return VisitLog.from_columns(columns).sorted()


class _ClockLists:
    """A ``Clock`` as plain lists."""

    def __init__(self, clock: Clock) -> None:
        self.kind = clock.kind.tolist()
        self.a_row = clock.a_row.tolist()
        self.b_row = clock.b_row.tolist()
        self.cap_row = clock.cap_row.tolist()
        self.table = clock.table.tolist()


def simulate(plan: Plan, seed: int) -> VisitLog:
    """Run one replication of ``plan``; ``seed`` fixes every draw."""
    return SimpyEngine(plan, seed).run()
