"""The visit log prepared for counting: units, classes, and the ticks and months between which a visit waits, is in care and is kept.

A visit waits over [arrive, wait_to), is in care over [start, care_to) and kept over [care_to, leave); what never happened begins and ends
at the horizon. Month numbers are 0 before the start date, 1 .. M within the run and M + 1 from the horizon on, so that column 0 of a count
per month is what is present at the start. Everything is 32 bits or less: a tick fits for four thousand years.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.visit_log import AGED_OUT, NO_NEXT, NULL, RENEGED, RENEWAL, WARM, VisitLog
from sim.plan.plan import F64, I32, I64, TICKS_PER_DAY, UNLIMITED, Plan

Bool = NDArray[np.bool_]
Array = NDArray[Any]
Months = NDArray[np.int16]


@dataclass(frozen=True)
class Visits:
    """One row per visit, in the order of the log. Ticks are clipped to the run, but for ``arrive`` and ``since``."""

    months: I64  # [M + 1] boundaries
    month_of_day: Months  # month number of each day of the run
    asked: I32  # node
    served: I32  # node; the asked one while not started
    gebied: I32
    client_class: I32  # gebied x age group at arrival
    arrive: I32  # may be negative
    since: I32  # tick of the start, may be negative; the horizon while not started
    care_to: I32
    leave: I32
    wait_to: I32
    arrive_month: Months
    start_month: Months
    wait_month: Months  # of wait_to
    care_month: Months  # of care_to
    leave_month: Months  # of the end of a wait that was given up, else of leave
    started: Bool
    ended: Bool
    renewal: Bool
    newcomer: Bool  # arrived within the run, from outside or from a node, not to a kept place
    reneged: Bool
    aged_out: Bool
    left: Bool
    shifted: Bool

    def __len__(self) -> int:
        return len(self.arrive)

    @property
    def n_months(self) -> int:
        return len(self.months) - 1

    @property
    def horizon(self) -> int:
        return int(self.months[-1])

    @property
    def start(self) -> I32:
        """``since``, but not before the run."""
        return np.maximum(self.since, 0)

    @property
    def waits_from(self) -> I32:
        """``arrive``, but not before the run."""
        return np.maximum(self.arrive, 0)

    def month_of(self, tick: I32) -> Months:
        return _month_of(self.month_of_day, tick)

    @classmethod
    def of(cls, plan: Plan, log: VisitLog) -> Visits:
        horizon = plan.horizon
        started = (log.start != NULL) & (log.start < horizon)
        ended = (log.end != NULL) & (log.end < horizon)
        released = ended & (log.release != NULL) & (log.release < horizon)
        arrive = np.minimum(log.arrive, horizon).astype(np.int32)
        end = np.where(ended, log.end, horizon).astype(np.int32)
        since = np.where(started, log.start, horizon).astype(np.int32)
        leave = np.where(started, np.where(released, log.release, horizon), end).astype(np.int32)
        wait_to = np.minimum(since, end)
        care_to = np.where(started, end, np.int32(horizon))

        present = (arrive < 0) | ((log.entry == WARM) & (arrive == 0))
        in_care_at_begin = present & started & ((since < 0) | (since <= arrive))

        days = np.arange(horizon // TICKS_PER_DAY, dtype=np.int64) * TICKS_PER_DAY
        month_of_day = np.searchsorted(plan.months, days, side="right").astype(np.int16)
        arrive_month, start_month, wait_month = (_month_of(month_of_day, tick) for tick in (arrive, since, wait_to))
        arrive_month[present] = 0
        start_month[in_care_at_begin] = wait_month[in_care_at_begin] = 0
        gebied = log.gebied.astype(np.int32)
        age = age_group(plan.age_from, log.arrive - log.birth)
        renewal = log.entry == RENEWAL
        left = ended & (log.next < 0) & (log.next != NO_NEXT)
        shifted = left.copy()
        shifted[left] = shifted_exits(plan)[-(log.next[left] + 1)]
        return cls(
            months=plan.months.astype(np.int64),
            month_of_day=month_of_day,
            asked=log.asked,
            served=np.where(started, log.served, log.asked).astype(np.int32),
            gebied=gebied,
            client_class=gebied * np.int32(plan.n_ages) + age,
            arrive=arrive,
            since=since,
            care_to=np.maximum(care_to, 0),
            leave=np.where(started, np.maximum(leave, 0), np.int32(horizon)),
            wait_to=np.maximum(wait_to, 0),
            arrive_month=arrive_month,
            start_month=start_month,
            wait_month=wait_month,
            care_month=_month_of(month_of_day, care_to),
            leave_month=_month_of(month_of_day, leave),
            started=started,
            ended=ended,
            renewal=renewal,
            newcomer=~present & ~renewal,
            reneged=ended & (log.outcome == RENEGED),
            aged_out=ended & (log.outcome == AGED_OUT),
            left=left,
            shifted=shifted,
        )


def _month_of(month_of_day: Months, tick: I32) -> Months:
    """Month number of ticks up to and with the horizon (months begin at midnight, so the day decides)."""
    table: Months = np.concatenate(([0], month_of_day, [month_of_day[-1] + 1])).astype(np.int16)
    found: Months = table[np.maximum(tick // np.int32(TICKS_PER_DAY), -1) + 1]
    return found


def age_group(age_from: I64, age: I64) -> I32:
    """Index of the age group of an age in ticks; before birth the first, beyond all the last."""
    return np.maximum(np.searchsorted(age_from, age, side="right") - 1, 0).astype(np.int32)


def shifted_exits(plan: Plan) -> Bool:
    """Which exits lead to Wlz, Zvw or another municipality."""
    kinds = plan.names.exit_kinds
    return np.array([x < len(kinds) and kinds[x] == "shifted" for x in range(len(plan.names.exits))], np.bool_)


def kinds_with_list(plan: Plan) -> Bool:
    """[K] True where a node of the kind can have a waiting list: limited places, or a supply."""
    limited = plan.is_supply | (plan.places < UNLIMITED).any(axis=1)
    found = np.zeros(len(plan.names.kinds), np.bool_)
    np.logical_or.at(found, plan.node_kind, limited[plan.node_team])
    return found


__all__ = ["F64", "I32", "I64", "Array", "Bool", "Months", "Visits", "age_group", "kinds_with_list", "shifted_exits"]
