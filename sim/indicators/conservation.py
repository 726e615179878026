"""Nobody is lost: a recount of the visit log, by another road than the indicator table.

Stocks are head counts at the turn of each year, flows are counted from the events between them, moves out of nodes are set against
arrivals from nodes, and the integral of the stock (a sweep over all events in order of time) against the summed times of individual visits:
the identity behind Little's law (Little 1961). All in whole ticks, so equality is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.engine.visit_log import NULL, OUTCOMES, VisitLog
from sim.errors import InternalError
from sim.indicators import compiled
from sim.indicators.visits import Columns, plain
from sim.plan.plan import I32, I64, TICKS_PER_DAY, TICKS_PER_WEEK, Plan

RULES: Final = (  # as ``sim.indicators.recount.check_times`` numbers them
    "arrive outside the run",
    "start before they arrive",
    "end before they start or arrive",
    "are released before they end",
    "have an outcome that does not fit their times",
)


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

    @property
    def of_day(self) -> I64:
        """The year of each day of the run (years turn at midnight)."""
        return np.repeat(np.arange(len(self.labels)), np.diff(self.edges) // TICKS_PER_DAY)

    def label(self, tick: int) -> str:
        """The year of a tick; the first or last for one outside the run."""
        return self.labels[int(np.clip(np.searchsorted(self.edges, tick, side="right") - 1, 0, len(self.labels) - 1))]

    def none(self, n_kinds: int) -> I64:
        """Nothing yet, per kind and year."""
        return np.zeros((n_kinds, len(self.labels)), np.int64)


@dataclass(frozen=True)
class _Presence:
    """Times at a node kind: each visit waits at the kind asked and, once started, is at the kind served until its place is free."""

    kind: NDArray[np.int16]
    since: I32  # -1 for whoever was there before the start
    until: I32  # the horizon if there at the end


def conserve(plan: Plan, log: VisitLog) -> None:
    """Check a log: order of times, moves, stocks against flows, times against stocks.

    Raises ``ConservationError`` at the first that fails, naming node, period and numbers.
    """
    years, columns = _Years.of(plan), Columns.of(log)
    _check_times_in_order(plan, log, years, columns)
    _check_moves(plan, years, columns)
    presence = _presence(plan, log)
    _check_stocks(plan, log, years, presence)
    _check_person_time(plan, years, presence)


def _check_times_in_order(plan: Plan, log: VisitLog, years: _Years, columns: Columns) -> None:
    wrong, first = np.zeros(len(RULES), np.int64), np.zeros(len(RULES), np.int64)
    compiled.check_times(columns, plan.horizon, wrong, first)
    for what, failing, i in zip(RULES, wrong.tolist(), first.tolist(), strict=True):
        if failing:
            raise ConservationError(
                f"node {plan.names.nodes[int(log.asked[i])]}, {years.label(int(log.arrive[i]))}: {failing} visits {what}; the first is "
                f"visit {int(log.visit[i])} of person {int(log.person[i])} ({OUTCOMES[int(log.outcome[i])]}): "
                f"arrive {_tick(log.arrive[i])}, start {_tick(log.start[i])}, end {_tick(log.end[i])}, release {_tick(log.release[i])}"
            )


def _tick(value: np.int64) -> str:
    return "none" if value == NULL else str(int(value))


def _check_moves(plan: Plan, years: _Years, columns: Columns) -> None:
    """Whoever moves on to a node arrives there in the same tick."""
    n = len(plan.names.kinds)
    sent, came = years.none(n), years.none(n)
    compiled.moves(columns, plain(plan.node_kind, np.int32), years.of_day, sent, came)
    if (sent != came).any():
        k, y = (int(i) for i in np.argwhere(sent != came)[0])
        raise ConservationError(
            f"node {plan.names.kinds[k]}, {years.labels[y]}: {sent[k, y]} persons moved on to it, but {came[k, y]} arrived from a node"
        )


def _presence(plan: Plan, log: VisitLog) -> _Presence:
    most = 2 * len(log)
    kind, since, until = np.empty(most, np.int16), np.empty(most, np.int32), np.empty(most, np.int32)
    n = compiled.presence(Columns.of(log), plain(plan.node_kind, np.int32), plan.horizon, kind, since, until)
    return _Presence(kind[:n], since[:n], until[:n])


def _check_stocks(plan: Plan, log: VisitLog, years: _Years, at: _Presence) -> None:
    """inflow + renewals = outflow + change of stock, per node kind and year."""
    n = len(plan.names.kinds)
    change = np.zeros((n, len(years.edges) + 1), np.int64)
    compiled.heads(at.kind, at.since, at.until, years.edges, years.of_day, change)
    heads = np.cumsum(change[:, :-1], axis=1)
    came, went = years.none(n), years.none(n)
    compiled.flows(Columns.of(log), plain(plan.node_kind, np.int32), years.of_day, came, went)
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
    n = len(plan.names.kinds)
    summed, size = years.none(n), np.zeros(n, np.int64)
    compiled.time_of_visits(at.kind, at.since, at.until, years.edges, years.of_day, summed, size)
    first = np.cumsum(size) - size
    events = np.empty(int(size.sum()), np.uint32)
    compiled.events_by_kind(at.kind, at.since, at.until, plan.horizon, first.copy(), events)
    for k, kind in enumerate(plan.names.kinds):
        mine = events[first[k] : first[k] + size[k]]
        mine.sort()
        swept = np.zeros(len(years.labels), np.int64)
        lowest, tick = compiled.sweep(mine, years.edges, swept)
        if lowest < 0:
            raise ConservationError(f"node {kind}, {years.label(tick)}: the stock falls to {lowest} at tick {tick}")
        if (swept != summed[k]).any():
            y = int(np.flatnonzero(swept != summed[k])[0])
            raise ConservationError(
                f"node {kind}, {years.labels[y]}: the stock adds up to {swept[y] / TICKS_PER_WEEK:.3f} person-weeks, "
                f"the visits to {summed[k, y] / TICKS_PER_WEEK:.3f}"
            )
