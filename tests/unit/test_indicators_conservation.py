"""A log in which somebody got lost is refused, with the node, the year and the numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from sim.engine.visit_log import EXTERNAL, FROM_NODE, IN_CARE, MOVED_ON, RENEGED, RENEWAL, WARM, VisitLog
from sim.errors import ZorgstroomError
from sim.indicators import ConservationError, conserve
from sim.indicators.conservation import _check_person_time, _check_stocks, _presence, _Years
from tests.indicator_plans import DAY, Visit, log_of, random_visits, small_plan

pytestmark = pytest.mark.unit

PLAN = small_plan()
BASISHULP_NOORD, _, BEGELEIDING, LOKET, OPVANG, VRAAG_NOORD, _, _ = range(8)
JANUARY = int(PLAN.months[2])

LIFE = (
    Visit(BEGELEIDING, -DAY, start=-DAY, end=JANUARY, release=JANUARY + 9 * DAY, to=2, entry=WARM, number=0),
    Visit(LOKET, JANUARY, start=JANUARY + DAY, end=JANUARY + 9 * DAY, to=1, entry=FROM_NODE, number=1),
    Visit(BEGELEIDING, JANUARY + 9 * DAY, start=JANUARY + 9 * DAY, entry=RENEWAL, number=2),
    Visit(OPVANG, JANUARY, end=JANUARY + DAY, person=2),
)


def test_a_whole_log_is_accepted() -> None:
    conserve(PLAN, log_of(PLAN, LIFE))
    conserve(PLAN, log_of(PLAN, []))
    conserve(PLAN, log_of(PLAN, random_visits(PLAN, Random(2), 300)))


def spoilt(visit: int, **fields: object) -> VisitLog:
    return log_of(PLAN, [replace(v, **fields) if i == visit else v for i, v in enumerate(LIFE)])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (lambda: spoilt(1, start=JANUARY - 1), "node loket, 2024: 1 visits start before they arrive"),
        (lambda: spoilt(1, end=JANUARY), "node loket, 2024: 1 visits end before they start"),
        (lambda: spoilt(3, end=JANUARY - 1), "node opvang, 2024: 1 visits end before they start or arrive"),
        (lambda: spoilt(0, release=JANUARY - 1), "node begeleiding, 2023: 1 visits are released before they end"),
        (lambda: spoilt(2, release=JANUARY + 20 * DAY), "are released before they end"),
        (lambda: spoilt(0, arrive=1, start=1), "node begeleiding, 2023: 1 visits arrive outside the run"),
        (lambda: spoilt(3, arrive=-5), "node opvang, 2023: 1 visits arrive outside the run"),
        (lambda: spoilt(3, arrive=PLAN.horizon, end=PLAN.horizon), "node opvang, 2025: 1 visits arrive outside the run"),
        (lambda: spoilt(3, outcome=IN_CARE), "outcome that does not fit"),
        (lambda: spoilt(2, outcome=MOVED_ON), "outcome that does not fit"),
        (lambda: spoilt(1, outcome=RENEGED), "outcome that does not fit"),
        (lambda: log_of(PLAN, LIFE[:1] + LIFE[2:]), "node begeleiding, 2024: 0 persons moved on to it, but 1 arrived from a node"),
        (lambda: log_of(PLAN, LIFE[:2] + LIFE[3:]), "node begeleiding, 2024: 1 persons moved on to it, but 0 arrived from a node"),
        (lambda: spoilt(1, to=-1), "node begeleiding, 2024: 0 persons moved on to it, but 1 arrived from a node"),
        (lambda: spoilt(1, entry=EXTERNAL), "node loket, 2024: 1 persons moved on to it, but 0 arrived from a node"),
        (lambda: spoilt(1, asked=VRAAG_NOORD), "node loket, 2024: 1 persons moved on to it, but 0 arrived"),
    ],
)
def test_what_is_wrong_is_named(log: Callable[[], VisitLog], message: str) -> None:
    with pytest.raises(ConservationError) as raised:
        conserve(PLAN, log())
    assert message in str(raised.value)
    assert isinstance(raised.value, ZorgstroomError)


def test_one_spoilt_time_among_thousands_is_found() -> None:
    whole = log_of(PLAN, random_visits(PLAN, Random(4), 800))
    rows = np.flatnonzero((whole.end > 0) & (whole.next >= 0))
    for row in rows[:: len(rows) // 10]:
        end = whole.end.copy()
        end[row] = int(PLAN.months[0]) if whole.end[row] >= JANUARY else int(PLAN.months[8])  # the mover leaves in another year
        with pytest.raises(ConservationError):
            conserve(PLAN, replace(whole, end=end))


def test_a_stock_that_does_not_follow_from_the_flows_is_found() -> None:
    log = log_of(PLAN, LIFE)
    presence = _presence(PLAN, log)
    until = presence.until.copy()
    until[np.flatnonzero(until == PLAN.horizon)[0]] = JANUARY + 30 * DAY  # somebody vanishes without leaving
    years = _Years.of(PLAN)
    with pytest.raises(ConservationError, match="begeleiding, 2024: inflow and renewals 1, outflow 1, but the stock went from 1 to 0"):
        _check_stocks(PLAN, log, years, replace(presence, until=until))
    with pytest.raises(ConservationError, match=r"begeleiding, 2024: the stock adds up to .* person-weeks, the visits to "):
        _check_person_time(PLAN, years, replace(presence, until=np.where(until == JANUARY + 30 * DAY, JANUARY + 8 * DAY, until)))
