"""Reported figures counted straight from a visit log, fast enough for hundreds of runs of a fit.

Flows, stocks and person-time come from the event counts behind the indicator table, by node kind and by as much of gebied and age as the
figures ask for, per month; a figure adds up its cells. What adds up over nothing (different persons, quantiles of waits, durations, routes)
is counted on the visits themselves. The few columns that need the whole table (occupancy, cost of teams) are taken from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from sim.engine.visit_log import EXTERNAL, FROM_NODE, VisitLog
from sim.experiment.reported.table import DAYS_PER_WEEK, MONTHS_PER_YEAR, compare_with_reported, quotient
from sim.experiment.reported.target import ALL, OUTSIDE_IN_FILE, Target, first_day, transform, until_day
from sim.indicators import measure
from sim.indicators.counts import Grouping, count_events
from sim.indicators.kernel import ENDED, RENEWS, STARTED
from sim.indicators.money import time_taken
from sim.indicators.visits import I32, I64, Bool, Visits, listed_nodes
from sim.model import DAYS_PER_YEAR
from sim.plan.plan import F64, TICKS_PER_DAY, TICKS_PER_WEEK, TICKS_PER_YEAR, UNLIMITED, Plan

TICKS_PER_MONTH = TICKS_PER_YEAR / MONTHS_PER_YEAR
ENDS = frozenset({"waiting_end", "in_care_end", "kept_end", "stock_end", "elapsed_ticks"})  # counted at the end of a period
TABLE_ONLY = frozenset({"occupancy", "offered_load", "cost_staff", "cost_measures", "contributions", "cost"})
RATIOS: Mapping[str, tuple[str, str, float]] = {
    "wait_mean": ("wait_ticks", "wait_count", TICKS_PER_WEEK),
    "elapsed_mean": ("elapsed_ticks", "waiting_end", TICKS_PER_WEEK),
    "within_norm": ("norm_met", "norm_base", 1.0),
    "started_within_norm": ("norm_started", "norm_base", 1.0),
}
PERSON_TIME: Mapping[str, tuple[str, ...]] = {
    "waiting": ("waiting_ticks",),
    "in_care": ("in_care_ticks",),
    "kept": ("kept_ticks",),
    "stock": ("in_care_ticks", "kept_ticks"),
}
EDGE = 0.1  # of the reported value (or of what it lacks of 1): as far from the edge of a log or logit scale as a figure is taken to be
QUANTILES = {"wait_median": 0.5, "wait_p90": 0.9}


@dataclass(frozen=True)
class Place:
    """Where and when something is counted: node kinds, cells of gebied x age, months [first, until) of the run."""

    kinds: Bool  # [K]
    gebied: int  # -1: all
    age: int  # -1: all
    rows: I64  # kind x cell in the counts
    first: int
    until: int


@dataclass(frozen=True)
class Counting:
    """What must be counted for a list of figures, prepared once per model; any plan with the same names and months can be observed.

    Arrays have one entry per figure: ``reported`` and ``error`` on the figure's scale, ``extensive`` where it grows with the city,
    ``upper`` where only an upper bound is known, ``countable`` where the run covers its periods.
    """

    targets: tuple[Target, ...]
    places: tuple[tuple[Place, ...], ...]  # per figure: one, or one per gebied of a list; empty where the run does not cover it
    below: tuple[Place | None, ...]  # of what a figure is divided by
    before: tuple[Place | None, ...]  # from which it is said to have fallen
    cell_of_class: I32  # [C] gebied x age group to the cells that are told apart
    n_cells: int
    extensive: Bool
    upper: Bool
    reported: F64
    error: F64

    @classmethod
    def of(cls, targets: Sequence[Target], plan: Plan) -> Counting:
        """Prepare to count ``targets`` in runs of plans like ``plan``."""
        names, n_ages = plan.names, plan.n_ages
        by_age = any(t.age != ALL for t in targets)
        classes = np.arange(len(names.gebieden) * n_ages)
        cell_of_class = (classes if by_age else classes // n_ages).astype(np.int32)
        n_cells = int(cell_of_class[-1]) + 1
        kind = {name: k for k, name in enumerate(names.kinds)}
        part_of_kind = np.zeros(len(names.kinds), np.int64)
        part_of_kind[plan.node_kind] = plan.node_part

        def place(nodes: Sequence[str], part: str | None, gebied: str, age: str, period_kind: str, period: str) -> Place | None:
            first = _months_from(plan.start, first_day(period_kind, period))
            until = _months_from(plan.start, until_day(period_kind, period))
            if first < 0 or until > plan.n_months:
                return None
            kinds = np.zeros(len(names.kinds), np.bool_)
            if nodes:
                kinds[[kind[node] for node in nodes]] = True
            else:
                kinds |= (part == ALL) | (part_of_kind == names.parts.index(part) if part in names.parts else False)
            g = -1 if gebied == ALL else names.gebieden.index(gebied)
            a = -1 if age == ALL else names.ages.index(age)
            wanted = ((classes // n_ages == g) | (g < 0)) & ((classes % n_ages == a) | (a < 0))
            cells = np.unique(cell_of_class[wanted])
            rows = (np.flatnonzero(kinds)[:, None] * n_cells + cells).reshape(-1)
            return Place(kinds, g, a, rows, first, until)

        places: list[tuple[Place, ...]] = []
        below: list[Place | None] = []
        before: list[Place | None] = []
        for t in targets:
            gebieden = [t.gebied] if isinstance(t.gebied, str) else t.gebied
            found = [place(t.nodes, t.part, gebied, t.age, t.period_kind, t.period) for gebied in gebieden]
            under = None
            if t.over is not None:
                nodes, part = t.over.nodes or ([] if t.over.part else t.nodes), t.over.part or (None if t.over.nodes else t.part)
                under = place(nodes, part, ALL, ALL, t.over.period_kind or t.period_kind, t.over.period or t.period)
            since = place(t.nodes, t.part, gebieden[0], t.age, t.period_kind, t.fall_since) if t.fall_since is not None else None
            covered = [p for p in found if p is not None]
            known = len(covered) == len(found) and (under is not None or t.over is None) and (since is not None or t.fall_since is None)
            places.append(tuple(covered) if known else ())
            below.append(under)
            before.append(since)
        return cls(
            targets=tuple(targets),
            places=tuple(places),
            below=tuple(below),
            before=tuple(before),
            cell_of_class=cell_of_class,
            n_cells=n_cells,
            extensive=np.array([t.extensive for t in targets], np.bool_),
            upper=np.array([t.bound == "upper" for t in targets], np.bool_),
            reported=np.array([transform(t.scale, t.value) for t in targets], np.float64),
            error=np.array([t.error for t in targets], np.float64),
        )

    def __len__(self) -> int:
        return len(self.targets)

    @cached_property
    def cuts(self) -> I64:
        """The months at which a period of a figure begins or ends: nothing has to be told apart between them."""
        every = [place for places in self.places for place in places]
        every += [place for place in (*self.below, *self.before) if place is not None]
        return np.unique([0, *(place.first for place in every), *(place.until for place in every)])

    def of_month(self, months: int) -> I64:
        """The stretch between two cuts in which each month of a run lies."""
        return np.searchsorted(self.cuts[self.cuts < months], np.arange(months), side="right") - 1

    def stretch(self, month: int) -> int:
        """The stretch that begins with a month, which is a cut."""
        return int(np.searchsorted(self.cuts, month))

    @property
    def countable(self) -> Bool:
        return np.array([bool(p) for p in self.places], np.bool_)

    def observe(self, plan: Plan, log: VisitLog, scale: float = 1.0) -> F64:
        """Every figure as the model counts it, in its unit; NaN where it cannot be counted.

        ``scale`` is the size of the simulated city as a share of the real one: what grows with the city is divided by it.
        """
        run = _Run(self, plan, log)
        values = np.array([run.figure(i) for i in range(len(self))], np.float64)
        return np.where(self.extensive, values / scale, values)

    def on_scale(self, values: F64) -> F64:
        """Figures (last axis: one per target) on the scale of their errors, to be compared with ``reported``.

        A share or count near the edge of its scale is moved inside by a tenth of the reported value: an empty queue is as far off as one of
        a tenth, and not infinitely far. Below an upper bound the model agrees with the figure, so it is put on the bound: the innovation
        is zero there.
        """
        out = np.array(values, np.float64)
        for i, t in enumerate(self.targets):
            x = out[..., i]
            edge = EDGE * min(t.value, 1 - t.value if t.scale == "logit" else t.value)
            if t.scale == "log":
                x = np.log(np.maximum(x, edge))
            elif t.scale == "logit":
                x = np.clip(x, edge, 1 - edge)
                x = np.log(x / (1 - x))
            out[..., i] = np.maximum(x, self.reported[i]) if t.bound == "upper" else x
        return out


def observe(targets: Sequence[Target], plan: Plan, log: VisitLog, scale: float = 1.0) -> F64:
    """Count figures in one run; for many runs of a model prepare a ``Counting`` once."""
    return Counting.of(targets, plan).observe(plan, log, scale)


def _months_from(start: date, day: date) -> int:
    return (day.year - start.year) * 12 + day.month - start.month


class _Run:
    """One visit log being counted."""

    def __init__(self, counting: Counting, plan: Plan, log: VisitLog) -> None:
        self.counting = counting
        self.plan = plan
        self.log = log
        self.visits = Visits.of(plan, log)
        self.served_kind: I32 = plan.node_kind[self.visits.served]
        self.asked_kind: I32 = plan.node_kind[self.visits.asked]
        self.came_from: dict[tuple[bytes, int, int, int, int], I64] = {}
        self.computed: dict[str, Callable[[Place], float]] = {
            "stock": lambda p: self.total("in_care_end", p) + self.total("kept_end", p),
            "stay_months": lambda p: MONTHS_PER_YEAR * quotient(self.average("stock", p), self.total("starts", p)),
            "decision_days": lambda p: (
                DAYS_PER_WEEK * self.value("wait_mean", p) + DAYS_PER_YEAR * quotient(self.average("in_care", p), self.total("starts", p))
            ),
            "cost_care": self.cost_care,
            "cost_per_client": lambda p: quotient(self.cost_care(p), self.average("stock", p)),
            "person_weeks_waited": lambda p: self.total("waiting_ticks", p) / TICKS_PER_WEEK,
            "client_weeks": lambda p: (self.total("in_care_ticks", p) + self.total("kept_ticks", p)) / TICKS_PER_WEEK,
            "unique_clients": self.unique_clients,
            "places_avg": self.places,
            "duration_mean": lambda p: _or_nan(np.mean, self.durations(p)),
            "duration_median": lambda p: _or_nan(np.median, self.durations(p)),
        }

    def figure(self, i: int) -> float:
        target, places = self.counting.targets[i], self.counting.places[i]
        if not places:
            return np.nan
        if i in self.in_table:
            return self.in_table[i]
        values = [self.at(target, place, self.counting.below[i], self.counting.before[i]) for place in places]
        if len(values) == 1:
            return values[0]
        if np.isnan(values).any():
            return np.nan
        return max(values, key=lambda value: value if target.bound else abs(value - target.value))  # every one must hold: the worst counts

    def at(self, target: Target, place: Place, below: Place | None, before: Place | None) -> float:
        if target.indicator == "starts_by_route":
            return self.share_by_route(target, place)
        if target.indicator == "duration_share":
            assert target.between is not None
            months, low, high = self.durations(place), target.between[0] or 0.0, target.between[1]
            value = float(np.mean((months >= low) & (months < (np.inf if high is None else high)))) if len(months) else np.nan
        else:
            value = self.net(target, place)
        if before is not None:
            value = self.net(target, before) - value
        if target.over is not None:
            assert below is not None
            value = quotient(value, sum(self.value(name, below) for name in _names(target)))
        return 1 - value if target.complement else value

    def net(self, target: Target, place: Place) -> float:
        """The indicator of a figure less what it is without."""
        return self.value(target.indicator, place) - sum(self.value(name, place) for name in target.minus)

    def value(self, name: str, place: Place) -> float:
        """A countable of the registry at a place."""
        if name in self.computed:
            return float(self.computed[name](place))
        if name in RATIOS:
            top, under, unit = RATIOS[name]
            return quotient(self.total(top, place) / unit, self.total(under, place))
        if name in QUANTILES:
            return _or_nan(lambda x: np.quantile(x, QUANTILES[name]), self.waits(place)) / TICKS_PER_WEEK
        if name.endswith("_avg"):
            return self.average(name.removesuffix("_avg"), place)
        if name == "stock_begin":
            return float(self.counts[name][place.rows, self.counting.stretch(place.first)].sum())
        return self.total(name, place)

    @cached_property
    def counts(self) -> dict[str, F64 | I64]:
        """[kind x cell, stretch of months] by name."""
        n, plan = self.counting.n_cells, self.plan
        cells = self.visits._replace(client_class=self.counting.cell_of_class[self.visits.client_class].astype(np.int16))
        grouping = Grouping(len(plan.names.kinds) * n, plan.node_kind.astype(np.int64) * n, n)
        return {count.name: count.values for count in count_events(plan, cells, grouping, self.counting.of_month(plan.n_months))}

    def total(self, name: str, place: Place) -> float:
        values = self.counts[name]
        first, until = self.counting.stretch(place.first), self.counting.stretch(place.until)
        if name in ENDS:
            return float(values[place.rows, until - 1].sum())
        return float(values[place.rows, first:until].sum())

    def average(self, state: str, place: Place) -> float:
        length = int(self.plan.months[place.until] - self.plan.months[place.first])
        return sum(self.total(name, place) for name in PERSON_TIME[state]) / length

    def cost_care(self, place: Place) -> float:
        """Price per client-week times weeks in care or kept: time by node, class and month."""
        plan = self.plan
        nodes = np.flatnonzero(place.kinds[plan.node_kind])
        classes = np.arange(plan.money.price_row.shape[1])
        if place.gebied >= 0:
            classes = classes[classes // plan.n_ages == place.gebied]
        if place.age >= 0:
            classes = classes[classes % plan.n_ages == place.age]
        price = plan.rows[plan.money.price_row[np.ix_(nodes, classes)]].reshape(len(nodes) * len(classes), plan.n_months)
        months = slice(place.first, place.until)
        return float((time_taken(plan, self.visits, nodes, classes)[:, months] * price[:, months]).sum()) / TICKS_PER_WEEK

    def here(self, place: Place, kind: I32) -> Bool:
        """Visits at the kinds and of the gebied and age group (on arrival) of a place."""
        member: Bool = place.kinds[kind]
        if place.gebied >= 0:
            member &= self.visits.client_class // np.int32(self.plan.n_ages) == place.gebied
        if place.age >= 0:
            member &= self.visits.client_class % np.int32(self.plan.n_ages) == place.age
        return member

    def unique_clients(self, place: Place) -> float:
        """Different persons in care or kept at any of the kinds at some moment of the period; age on 1 January."""
        visits, plan, log = self.visits, self.plan, self.log
        begin, end = (int(plan.months[m]) for m in (place.first, place.until))
        present = (visits.leave > begin) | ((visits.since >= begin) & (visits.start_month > 0))  # a stay of no length counts where it began
        s = np.flatnonzero(place.kinds[self.served_kind] & self.started & (visits.since < end) & present)
        if place.gebied >= 0:
            s = s[visits.client_class[s] // np.int32(plan.n_ages) == place.gebied]
        if place.age >= 0:
            month = plan.start.month - 1 + place.first
            new_year = (date(plan.start.year + month // 12, 1, 1) - plan.start).days * TICKS_PER_DAY
            s = s[np.searchsorted(plan.age_from, new_year - log.birth[s], side="right") - 1 == place.age]
        return float(len(np.unique(log.person[s])))

    def waits(self, place: Place) -> I64:
        """Waits in ticks of those who started in the period, asked at the kinds."""
        visits, s = self.visits, self.starters
        s = s[(visits.start_month[s] > place.first) & (visits.start_month[s] <= place.until)]
        s = s[self.here(place, self.asked_kind)[s]]
        return (visits.since[s] - visits.arrive[s]).astype(np.int64)

    @cached_property
    def starters(self) -> I64:
        """Rows of visits that started within the run at a node with a waiting list, renewals left out."""
        visits = self.visits
        listed = listed_nodes(self.plan)[visits.asked]
        return np.flatnonzero(self.started & (visits.flags & RENEWS == 0) & (visits.start_month > 0) & listed)

    @cached_property
    def started(self) -> Bool:
        return np.asarray(self.visits.flags & STARTED > 0)

    def durations(self, place: Place) -> F64:
        """Months from start to end of the visits that ended in the period, whatever ended them; those begun before the run included."""
        visits, log = self.visits, self.log
        ended = self.started & (visits.flags & ENDED > 0) & (visits.care_month > place.first) & (visits.care_month <= place.until)
        s = np.flatnonzero(ended & self.here(place, self.served_kind))
        return np.asarray((log.end[s] - log.start[s]) / TICKS_PER_MONTH, np.float64)

    def places(self, place: Place) -> float:
        """Average number of places of the teams of the kinds; NaN where one has no limit or is a supply."""
        plan, months = self.plan, slice(place.first, place.until)
        teams = np.unique(plan.node_team[place.kinds[plan.node_kind]])
        if plan.is_supply[teams].any() or (plan.places[teams, months] >= UNLIMITED).any() or place.gebied >= 0 or place.age >= 0:
            return np.nan
        length = np.diff(plan.months)[months]
        return float((plan.places[teams, months] * length).sum() / length.sum())

    def share_by_route(self, target: Target, place: Place) -> float:
        """Share of those who started in the period, coming from outside the kinds, whose visit just before was at one of ``from_nodes``."""
        kinds = self.plan.names.kinds
        wanted = np.array([*(name in target.from_nodes for name in kinds), OUTSIDE_IN_FILE in target.from_nodes])
        counted = wanted | ~np.append(place.kinds, False)  # moves within the care do not count, unless asked for by name
        came = self.origins(place)
        return quotient(float(came[counted & wanted].sum()), float(came[counted].sum()))

    def origins(self, place: Place) -> I64:
        """[K + 1] how many who started in the period came from each kind, and last from outside; renewals left out."""
        key = (place.kinds.tobytes(), place.gebied, place.age, place.first, place.until)
        if key not in self.came_from:
            visits, log = self.visits, self.log
            started = self.here(place, self.asked_kind) & (visits.start_month > place.first) & (visits.start_month <= place.until)
            moved = started & (log.entry == FROM_NODE)
            # the visit before one that began by moving on is that person's last one that was sent to these kinds
            sent = (log.next >= 0) & place.kinds[np.maximum(log.next, 0)]
            rows = np.flatnonzero(moved | sent)
            rows = rows[np.lexsort((log.visit[rows], log.person[rows]))]
            arrived = np.flatnonzero(moved[rows])
            came = np.bincount(self.asked_kind[rows[arrived[arrived > 0] - 1]], minlength=len(place.kinds) + 1)
            came[-1] = np.count_nonzero(started & (log.entry == EXTERNAL))
            self.came_from[key] = came
        return self.came_from[key]

    @cached_property
    def in_table(self) -> dict[int, float]:
        """The figures, by number, that only the whole indicator table can tell."""
        targets = self.counting.targets
        asked = {i: t for i, t in enumerate(targets) if self.counting.places[i] and TABLE_ONLY & {t.indicator, *t.minus, *_names(t)}}
        if not asked:
            return {}
        compared = compare_with_reported(list(asked.values()), measure(self.plan, self.log))
        return {i: np.nan if c.model is None else c.model for i, c in zip(asked, compared, strict=True)}


def _names(target: Target) -> list[str]:
    if target.over is None:
        return []
    return [target.over.indicator] if isinstance(target.over.indicator, str) else target.over.indicator


def _or_nan(statistic: Callable[[F64 | I64], object], values: F64 | I64) -> float:
    return float(statistic(values)) if len(values) else np.nan  # type: ignore[arg-type]
