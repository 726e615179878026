"""The visit log prepared for counting: units, classes, and the ticks and months between which a visit waits, is in care and is kept.

A visit waits over [arrive, wait_to), is in care over [start, care_to) and kept over [care_to, leave); what never happened begins and ends
at the horizon. Month numbers are 0 before the start date, 1 .. M within the run and M + 1 from the horizon on, so that column 0 of a count
per month is what is present at the start.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.engine.visit_log import AGED_OUT, NO_NEXT, NULL, RENEGED, RENEWAL, WARM, VisitLog
from sim.plan.plan import F64, I32, I64, UNLIMITED, Plan

Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class Visits:
    """One row per visit, in the order of the log. Ticks are clipped to the run, but for ``arrive`` and ``since``."""

    n_months: int
    months: I64  # [M + 1] boundaries
    person: I64  # dense number of the person
    birth: I64
    asked: I32  # node
    served: I32  # node; the asked one while not started
    gebied: I64
    client_class: I64  # gebied x age group at arrival
    arrive: I64  # may be negative
    since: I64  # start of the time in care; may be negative, the horizon while not started
    start: I64
    care_to: I64
    leave: I64
    waits_from: I64
    wait_to: I64
    arrive_month: I32
    start_month: I32
    wait_month: I32  # of wait_to
    care_month: I32  # of care_to
    leave_month: I32
    started: Bool
    ended: Bool
    renewal: Bool
    newcomer: Bool  # arrived within the run, from outside or from a node, not to a kept place
    reneged: Bool
    aged_out: Bool
    left: Bool
    shifted: Bool

    def __len__(self) -> int:
        return len(self.person)

    @property
    def horizon(self) -> int:
        return int(self.months[-1])

    @classmethod
    def of(cls, plan: Plan, log: VisitLog) -> Visits:
        horizon = plan.horizon
        months = plan.months.astype(np.int64)
        started = (log.start != NULL) & (log.start < horizon)
        ended = (log.end != NULL) & (log.end < horizon)
        released = (log.release != NULL) & (log.release < horizon)
        end = np.where(ended, log.end, horizon)
        since = np.where(started, log.start, horizon)
        leave = np.where(started, np.where(released & ended, log.release, horizon), end)
        wait_to = np.minimum(since, end)
        care_to = np.where(started, end, horizon)
        kept_until = np.where(started, leave, horizon)

        present = (log.arrive < 0) | ((log.entry == WARM) & (log.arrive == 0))
        in_care_at_begin = present & started & ((log.start < 0) | (log.start <= log.arrive))

        def month(tick: I64) -> I32:
            return np.searchsorted(months, tick, side="right").astype(np.int32)

        arrive_month, start_month, wait_month = month(log.arrive), month(since), month(wait_to)
        arrive_month[present] = 0
        start_month[in_care_at_begin] = wait_month[in_care_at_begin] = 0
        gebied = log.gebied.astype(np.int64)
        age = age_group(plan.age_from, log.arrive - log.birth)
        renewal = log.entry == RENEWAL
        _, person = np.unique(log.person, return_inverse=True)
        shifted_exit = shifted_exits(plan)
        exits = np.where(log.next == NO_NEXT, 0, -(log.next.astype(np.int64) + 1))
        left = ended & (log.next < 0) & (log.next != NO_NEXT)
        return cls(
            n_months=plan.n_months,
            months=months,
            person=person.astype(np.int64),
            birth=log.birth,
            asked=log.asked,
            served=np.where(started, log.served, log.asked).astype(np.int32),
            gebied=gebied,
            client_class=gebied * plan.n_ages + age,
            arrive=log.arrive,
            since=since,
            start=np.maximum(since, 0),
            care_to=np.maximum(care_to, 0),
            leave=np.maximum(kept_until, 0),
            waits_from=np.clip(log.arrive, 0, horizon),
            wait_to=np.maximum(wait_to, 0),
            arrive_month=arrive_month,
            start_month=start_month,
            wait_month=wait_month,
            care_month=month(care_to),
            leave_month=month(leave),
            started=started,
            ended=ended,
            renewal=renewal,
            newcomer=~present & ~renewal,
            reneged=ended & (log.outcome == RENEGED),
            aged_out=ended & (log.outcome == AGED_OUT),
            left=left,
            shifted=left & shifted_exit[np.where(left, exits, 0)] if len(shifted_exit) else np.zeros(len(log), np.bool_),
        )


def age_group(age_from: I64, age: I64) -> I64:
    """Index of the age group of an age in ticks; before birth the first, beyond all the last."""
    return np.maximum(np.searchsorted(age_from, age, side="right") - 1, 0)


def shifted_exits(plan: Plan) -> Bool:
    """Which exits lead to Wlz, Zvw or another municipality."""
    kinds: tuple[str, ...] = getattr(plan.names, "exit_kinds", ("",) * len(plan.names.exits))
    return np.array([kind == "shifted" for kind in kinds], np.bool_)


def kinds_with_list(plan: Plan) -> Bool:
    """[K] True where a node of the kind can have a waiting list: limited places, or a supply."""
    limited = plan.is_supply | (plan.places < UNLIMITED).any(axis=1)
    found = np.zeros(len(plan.names.kinds), np.bool_)
    np.logical_or.at(found, plan.node_kind, limited[plan.node_team])
    return found


__all__ = ["F64", "I32", "I64", "Bool", "Visits", "age_group", "kinds_with_list", "shifted_exits"]
