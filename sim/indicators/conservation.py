"""Nobody is lost: a recount of the visit log, by another road than the indicator table.

Stocks are head counts at the turn of each year, flows are counted from the events between them, moves out of nodes are set against
arrivals from nodes, and the integral of the stock (a sweep over all events in order of time) against the summed times of individual visits:
the identity behind Little's law (Little 1961). All in whole ticks, so equality is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.engine.visit_log import FROM_NODE, IN_CARE, NULL, OUTCOMES, RENEGED, RENEWAL, WAITING, WARM, VisitLog
from sim.errors import InternalError
from sim.plan.plan import I32, I64, TICKS_PER_WEEK, Plan

Bool = NDArray[np.bool_]


class ConservationError(InternalError):
    """People or time went missing, or appeared from nowhere, between the visits of a log."""


@dataclass(frozen=True)
class _Years:
    """The turns of the year within a run, its start and its horizon included."""

    edges: I64  # ticks
    labels: tuple[str, ...]

    @classmethod
    def of(cls, plan: Plan) -> _Years:
        month = plan.start.month - 1 + np.arange(plan.n_months)
        first = np.flatnonzero((month % 12 == 0) | (np.arange(plan.n_months) == 0))
        labels = tuple(str(plan.start.year + int(month[m]) // 12) for m in first)
        return cls(np.append(plan.months[first], plan.horizon).astype(np.int64), labels)

    def of_tick(self, tick: I64) -> I64:
        return np.searchsorted(self.edges, tick, side="right") - 1

    def per_kind(self, n_kinds: int, kind: I32, tick: I64) -> I64:
        """Events [kind, year]; those outside the run are left out."""
        year, n = self.of_tick(tick), len(self.labels)
        inside = (year >= 0) & (year < n)
        return np.bincount(kind[inside] * n + year[inside], minlength=n_kinds * n).reshape(n_kinds, n)


@dataclass(frozen=True)
class _Presence:
    """Times at a node kind: each visit waits at the kind asked and, once started, is at the kind served until its place is free."""

    kind: I32
    since: I64  # -1 for whoever was there before the start
    until: I64  # the horizon if there at the end


def conserve(plan: Plan, log: VisitLog) -> None:
    """Check a log: order of times, moves, stocks against flows, times against stocks.

    Raises ``ConservationError`` at the first that fails, naming node, period and numbers.
    """
    years = _Years.of(plan)
    _check_times_in_order(plan, log, years)
    _check_moves(plan, log, years)
    presence = _presence(plan, log)
    _check_stocks(plan, log, years, presence)
    _check_person_time(plan, years, presence)


def _check_times_in_order(plan: Plan, log: VisitLog, years: _Years) -> None:
    started, ended, released = log.start != NULL, log.end != NULL, log.release != NULL
    over = (log.outcome != WAITING) & (log.outcome != IN_CARE)
    wrong = {
        "arrive outside the run": np.where(log.entry == WARM, log.arrive > 0, (log.arrive < 0) | (log.arrive >= plan.horizon)),
        "start before they arrive": started & (log.start < log.arrive),
        "end before they start or arrive": ended & (log.end < np.where(started, log.start, log.arrive)),
        "are released before they end": started & released & (~ended | (log.release < log.end)),
        "have an outcome that does not fit their times": (
            (over != ended) | (started & ((log.outcome == WAITING) | (log.outcome == RENEGED))) | (~started & (log.outcome == IN_CARE))
        ),
    }
    for what, rows in wrong.items():
        if rows.any():
            i = int(np.flatnonzero(rows)[0])
            year = int(np.clip(years.of_tick(log.arrive[i : i + 1])[0], 0, len(years.labels) - 1))
            raise ConservationError(
                f"node {plan.names.nodes[int(log.asked[i])]}, {years.labels[year]}: {int(rows.sum())} visits {what}; the first is visit "
                f"{int(log.visit[i])} of person {int(log.person[i])} ({OUTCOMES[int(log.outcome[i])]}): arrive {_tick(log.arrive[i])}, "
                f"start {_tick(log.start[i])}, end {_tick(log.end[i])}, release {_tick(log.release[i])}"
            )


def _tick(value: np.int64) -> str:
    return "none" if value == NULL else str(int(value))


def _check_moves(plan: Plan, log: VisitLog, years: _Years) -> None:
    """Whoever moves on to a node arrives there in the same tick."""
    n = len(plan.names.kinds)
    moving = (log.end != NULL) & (log.next >= 0)
    arriving = (log.entry == FROM_NODE) | (log.entry == RENEWAL)
    sent = years.per_kind(n, log.next[moving], log.end[moving])
    came = years.per_kind(n, plan.node_kind[log.asked[arriving]], log.arrive[arriving])
    if (sent != came).any():
        k, y = (int(i) for i in np.argwhere(sent != came)[0])
        raise ConservationError(
            f"node {plan.names.kinds[k]}, {years.labels[y]}: {sent[k, y]} persons moved on to it, but {came[k, y]} arrived from a node"
        )


def _presence(plan: Plan, log: VisitLog) -> _Presence:
    horizon = plan.horizon
    started, ended = log.start != NULL, log.end != NULL
    kind = plan.node_kind
    arrived = np.where(log.entry == WARM, -1, log.arrive)
    wait_over = np.where(started, log.start, np.where(ended, log.end, horizon))
    s = np.flatnonzero(started)
    gone = np.where(log.release[s] == NULL, horizon, log.release[s])
    since = np.where(log.entry[s] == WARM, np.where(log.start[s] < 0, -1, log.start[s]), log.start[s])
    return _Presence(
        np.concatenate((kind[log.asked], kind[log.served[s]])),
        np.concatenate((arrived, since)),
        np.minimum(np.concatenate((wait_over, gone)), horizon),
    )


def _check_stocks(plan: Plan, log: VisitLog, years: _Years, at: _Presence) -> None:
    """inflow + renewals = outflow + change of stock, per node kind and year."""
    n = len(plan.names.kinds)
    heads = np.stack([np.bincount(at.kind[(at.since < b) & (at.until >= b)], minlength=n) for b in years.edges], axis=1)
    kind = plan.node_kind
    asked = kind[log.asked]
    started = log.start != NULL
    served = np.where(started, kind[log.served], asked)
    gone = np.where(started, log.release, log.end)
    inside = gone != NULL
    elsewhere = started & (asked != served)
    external = log.entry != WARM
    came = years.per_kind(n, asked[external], log.arrive[external]) + years.per_kind(n, served[elsewhere], log.start[elsewhere])
    went = years.per_kind(n, served[inside], gone[inside]) + years.per_kind(n, asked[elsewhere], log.start[elsewhere])
    grown = np.diff(heads, axis=1)
    wrong = came != went + grown
    if wrong.any():
        k, y = (int(i) for i in np.argwhere(wrong)[0])
        raise ConservationError(
            f"node {plan.names.kinds[k]}, {years.labels[y]}: inflow and renewals {came[k, y]}, outflow {went[k, y]}, but the stock "
            f"went from {heads[k, y]} to {heads[k, y + 1]} ({grown[k, y]:+d} instead of {came[k, y] - went[k, y]:+d})"
        )


def _check_person_time(plan: Plan, years: _Years, at: _Presence) -> None:
    """The integral of the stock equals the sum of the times of the visits, per node kind and year."""
    by_kind = np.argsort(at.kind, kind="stable")
    ends = np.cumsum(np.bincount(at.kind, minlength=len(plan.names.kinds)))
    for k, kind in enumerate(plan.names.kinds):
        rows = by_kind[ends[k - 1] if k else 0 : ends[k]]
        since, until = np.maximum(at.since[rows], 0), np.clip(at.until[rows], 0, plan.horizon)
        swept, summed = _integral(kind, years, since, until), _summed(years, since, until)
        if (swept != summed).any():
            y = int(np.flatnonzero(swept != summed)[0])
            raise ConservationError(
                f"node {kind}, {years.labels[y]}: the stock adds up to {swept[y] / TICKS_PER_WEEK:.3f} person-weeks, "
                f"the visits to {summed[y] / TICKS_PER_WEEK:.3f}"
            )


def _summed(years: _Years, since: I64, until: I64) -> I64:
    """Ticks per year, visit by visit."""
    spans = zip(years.edges, years.edges[1:], strict=False)
    return np.array([np.maximum(np.minimum(until, high) - np.maximum(since, low), 0).sum() for low, high in spans], np.int64)


def _integral(kind: str, years: _Years, since: I64, until: I64) -> I64:
    """Ticks per year under the path of the stock, event by event; in one tick entering goes before leaving."""
    events = np.sort(np.concatenate((3 * years.edges, 3 * since + 1, 3 * until + 2)))
    tick, sort = events // 3, events % 3
    stock = np.cumsum((sort == 1).astype(np.int64) - (sort == 2))
    year = np.minimum(years.of_tick(tick), len(years.labels) - 1)
    if (stock < 0).any():
        i = int(np.argmin(stock))
        raise ConservationError(f"node {kind}, {years.labels[year[i]]}: the stock falls to {stock[i]} at tick {tick[i]}")
    area = stock[:-1] * np.diff(tick)
    return np.bincount(year[:-1], weights=area, minlength=len(years.labels)).astype(np.int64)
