"""Sums of a visit log per year, node and client class: what a run leaves behind when nobody needs its visits one by one."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sim.engine.visit_log import AGED_OUT, NO_NEXT, NULL, RENEGED, RENEWAL, WARM, VisitLog
from sim.plan.plan import I64, TICKS_PER_DAY, Plan

Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class Years:
    """The calendar years of a run; the first and the last may be parts of one."""

    labels: tuple[int, ...]  # [Y]
    boundaries: I64  # [Y + 1] ticks at which they begin; the last is the horizon

    @classmethod
    def of(cls, plan: Plan) -> Years:
        year = (np.datetime64(plan.start) + plan.months[:-1] // TICKS_PER_DAY).astype("M8[Y]").astype(np.int64) + 1970
        first = np.flatnonzero(np.diff(year, prepend=-1))
        return cls(tuple(year[first].tolist()), np.append(plan.months[first], plan.horizon).astype(np.int64))


@dataclass(frozen=True)
class Totals:
    """Whole numbers [Y, N, C]: years x nodes x client classes (gebied x age group at arrival, the ages of a gebied together).

    Definitions are those of docs/indicators.md: periods are half-open, the stock at the end of a year is the one just before its last
    midnight, times are ticks of 1/1440 day. What concerns a wait stands at the node asked, what concerns care at the node served; only
    pools make them differ. Those present on the start date are no arrivals, and their care is no start.

    Sums over a cell's axes are sums over its meaning: ``totals.arrivals.sum(axis=2)`` is per year and node.
    """

    years: Years
    visits: int  # of the whole run, those present at the start included

    # at the node asked
    arrivals: I64  # persons who arrived in the year, renewals not included
    renewals: I64  # visits begun by returning to a kept place
    answered: I64  # waits that a start ended in the year, here or elsewhere in the pool; renewals not included
    answered_wait: I64  # ticks from arrival to start of those, in full
    gave_up: I64  # persons who reneged in the year
    norm_base: I64  # of those who arrived in the year: whose norm time was over before the horizon; 0 where there is no norm
    within_norm: I64  # of those: who were helped within the norm of the node
    waiting: I64  # persons waiting at the end of the year
    waiting_ticks: I64  # time waited in the year by all together

    # at the node served (asked, where care never started)
    starts: I64  # visits whose care started in the year, renewals included
    ended: I64  # visits that ended after their stay or for an interim
    aged_out: I64  # visits that ended by the age limit, waiting or in care
    left: I64  # visits that ended with an exit from the chain, by any route
    in_care: I64  # persons in care at the end of the year
    care_ticks: I64  # time in care in the year
    kept: I64  # places kept at the end of the year
    kept_ticks: I64  # time for which places were kept in the year

    @classmethod
    def from_sums(cls, plan: Plan, sums: I64, visits: int) -> Totals:
        """From the sums of the compiled engine, [17, Y N C]."""
        years = Years.of(plan)
        numbers = sums.reshape(-1, len(years.labels), len(plan.names.nodes), len(plan.names.gebieden) * plan.n_ages)
        return cls(years, visits, **dict(zip(KERNEL_ORDER, numbers, strict=True)))

    @classmethod
    def of(cls, plan: Plan, log: VisitLog) -> Totals:
        """From a visit log."""
        years = Years.of(plan)
        count = _Counter(plan, log, years.boundaries)
        horizon = plan.horizon
        started, ended = log.start != NULL, log.end != NULL
        renewal = log.entry == RENEWAL
        present = (log.arrive < 0) | ((log.entry == WARM) & (log.arrive == 0))
        asked, served = log.asked, np.where(started, log.served, log.asked)
        start, end = np.where(started, log.start, horizon), np.where(ended, log.end, horizon)
        release = np.where(ended & started & (log.release != NULL), log.release, horizon)
        arrive = np.maximum(log.arrive, 0)

        newcomer = ~present & ~renewal
        begins = started & ~(present & ((start < 0) | (start <= log.arrive)))
        answered = begins & ~renewal
        within, to_end = plan.norms.within[plan.node_kind[asked]], plan.norms.to_end[plan.node_kind[asked]]
        norm_base = newcomer & (within > 0) & (log.arrive + within < horizon)
        helped = started & (~to_end | (ended & (log.outcome != AGED_OUT)))
        within_norm = norm_base & helped & (np.where(to_end, end, start) - log.arrive <= within)
        waiting, waiting_ticks = count.state(asked, arrive, np.minimum(start, end))
        in_care, care_ticks = count.state(served, np.maximum(start, 0), np.where(started, end, horizon))
        kept, kept_ticks = count.state(served, np.where(started, end, horizon), release)
        return cls(
            years,
            len(log),
            arrivals=count.events(newcomer, asked, arrive),
            renewals=count.events(renewal, asked, arrive),
            answered=count.events(answered, asked, start),
            answered_wait=count.events(answered, asked, start, start - log.arrive),
            gave_up=count.events(ended & (log.outcome == RENEGED), asked, end),
            norm_base=count.events(norm_base, asked, arrive),
            within_norm=count.events(within_norm, asked, arrive),
            waiting=waiting,
            waiting_ticks=waiting_ticks,
            starts=count.events(begins, served, start),
            ended=count.events(ended & (log.outcome != RENEGED) & (log.outcome != AGED_OUT), served, end),
            aged_out=count.events(ended & (log.outcome == AGED_OUT), served, end),
            left=count.events(ended & (log.next < 0) & (log.next != NO_NEXT), served, end),
            in_care=in_care,
            care_ticks=care_ticks,
            kept=kept,
            kept_ticks=kept_ticks,
        )


KERNEL_ORDER = (
    "waiting", "waiting_ticks", "arrivals", "answered", "answered_wait", "gave_up", "norm_base", "within_norm",
    "in_care", "care_ticks", "kept", "kept_ticks", "starts", "ended", "left", "renewals", "aged_out",
)  # fmt: skip
COLUMNS = tuple(f.name for f in fields(Totals) if f.name not in ("years", "visits"))


class _Counter:
    """Adds visits of a log up in cells [Y, N, C]."""

    def __init__(self, plan: Plan, log: VisitLog, boundaries: I64) -> None:
        self.boundaries = boundaries
        age = np.minimum(np.searchsorted(plan.age_to[:-1], log.arrive - log.birth, side="right"), plan.n_ages - 1)
        self.client_class = log.gebied.astype(np.int64) * plan.n_ages + age
        self.shape = (len(boundaries) - 1, len(plan.names.nodes), len(plan.names.gebieden) * plan.n_ages)

    def events(self, which: Bool, node: NDArray[np.int32], at: I64, weight: I64 | None = None) -> I64:
        """Events of the visits ``which``, in the years of their ticks ``at``; or the sum of their weights."""
        year = np.searchsorted(self.boundaries, at[which], side="right") - 1
        total = np.zeros(self.shape, np.int64)
        np.add.at(total, (year, node[which], self.client_class[which]), 1 if weight is None else weight[which])
        return total

    def state(self, node: NDArray[np.int32], begins: I64, ends: I64) -> tuple[I64, I64]:
        """Who is in a state at the end of each year, and the ticks spent in it, for visits in it from ``begins`` up to ``ends``."""
        stock, ticks = np.zeros(self.shape, np.int64), np.zeros(self.shape, np.int64)
        for year, (first, last) in enumerate(zip(self.boundaries[:-1], self.boundaries[1:], strict=True)):
            here = np.flatnonzero((begins < last) & (ends > np.maximum(begins, first)))
            np.add.at(ticks[year], (node[here], self.client_class[here]), np.minimum(ends[here], last) - np.maximum(begins[here], first))
            lasts = here[ends[here] >= last]
            np.add.at(stock[year], (node[lasts], self.client_class[lasts]), 1)
        return stock, ticks
