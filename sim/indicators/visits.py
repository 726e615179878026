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
from sim.plan.plan import F64, I32, I64, UNLIMITED, Plan

Bool = NDArray[np.bool_]
Array = NDArray[Any]
Months = NDArray[np.int16]


@dataclass(frozen=True)
class Visits:
    """One row per visit, in the order of the log. Ticks are clipped to the run, but for ``arrive`` and ``since``."""

    months: I64  # [M + 1] boundaries
    person: I32  # dense number of the person
    birth: I64
    asked: I32  # node
    served: I32  # node; the asked one while not started
    gebied: I32
    client_class: I32  # gebied x age group at arrival
    arrive: I32  # may be negative
    since: I32  # tick of the start, may be negative; the horizon while not started
    start: I32
    care_to: I32
    leave: I32
    waits_from: I32
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
        return len(self.person)

    @property
    def n_months(self) -> int:
        return len(self.months) - 1

    @property
    def horizon(self) -> int:
        return int(self.months[-1])

    @classmethod
    def of(cls, plan: Plan, log: VisitLog) -> Visits:
        horizon = plan.horizon
        started = (log.start != NULL) & (log.start < horizon)
        ended = (log.end != NULL) & (log.end < horizon)
        released = ended & (log.release != NULL) & (log.release < horizon)
        arrive = log.arrive.astype(np.int32)
        end = np.where(ended, log.end, horizon).astype(np.int32)
        since = np.where(started, log.start, horizon).astype(np.int32)
        leave = np.where(started, np.where(released, log.release, horizon), end).astype(np.int32)
        wait_to = np.minimum(since, end)
        care_to = np.where(started, end, np.int32(horizon))

        present = (arrive < 0) | ((log.entry == WARM) & (arrive == 0))
        in_care_at_begin = present & started & ((since < 0) | (since <= arrive))

        boundaries = plan.months.astype(np.int32)

        def month(tick: I32) -> Months:
            return np.searchsorted(boundaries, tick, side="right").astype(np.int16)

        arrive_month, start_month, wait_month = month(arrive), month(since), month(wait_to)
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
            person=np.unique(log.person, return_inverse=True)[1].astype(np.int32),
            birth=log.birth,
            asked=log.asked,
            served=np.where(started, log.served, log.asked).astype(np.int32),
            gebied=gebied,
            client_class=gebied * np.int32(plan.n_ages) + age,
            arrive=arrive,
            since=since,
            start=np.maximum(since, 0),
            care_to=np.maximum(care_to, 0),
            leave=np.where(started, np.maximum(leave, 0), np.int32(horizon)),
            waits_from=np.clip(arrive, 0, horizon),
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
            shifted=shifted,
        )


def age_group(age_from: I64, age: I64) -> I32:
    """Index of the age group of an age in ticks; before birth the first, beyond all the last."""
    return np.maximum(np.searchsorted(age_from, age, side="right") - 1, 0).astype(np.int32)


def shifted_exits(plan: Plan) -> Bool:
    """Which exits lead to Wlz, Zvw or another municipality."""
    kinds: tuple[str, ...] = getattr(plan.names, "exit_kinds", ())
    return np.array([x < len(kinds) and kinds[x] == "shifted" for x in range(len(plan.names.exits))], np.bool_)


def kinds_with_list(plan: Plan) -> Bool:
    """[K] True where a node of the kind can have a waiting list: limited places, or a supply."""
    limited = plan.is_supply | (plan.places < UNLIMITED).any(axis=1)
    found = np.zeros(len(plan.names.kinds), np.bool_)
    np.logical_or.at(found, plan.node_kind, limited[plan.node_team])
    return found


__all__ = ["F64", "I32", "I64", "Array", "Bool", "Months", "Visits", "age_group", "kinds_with_list", "shifted_exits"]
