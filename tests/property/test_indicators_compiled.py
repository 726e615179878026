"""The compiled passes of the indicators count what a plain count over the same visits gives."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.visit_log import NULL, RENEGED, RENEWAL, WARM, VisitLog
from sim.indicators import kernel
from sim.indicators.clients import stays
from sim.indicators.counts import Grouping, count_events
from sim.indicators.layout import Shape
from sim.indicators.money import team_ticks
from sim.indicators.visits import Visits, kinds_with_list
from sim.indicators.waits import Waits
from tests.indicator_plans import log_of, random_visits, small_plan

pytestmark = pytest.mark.property

PLAN = small_plan()
MONTHS = np.arange(PLAN.n_months)
logs = st.builds(lambda seed, persons: log_of(PLAN, random_visits(PLAN, Random(seed), persons)), st.integers(0, 10**6), st.integers(0, 150))
several = settings(max_examples=25, deadline=None)


def per_month(node: np.ndarray, tick: np.ndarray) -> np.ndarray:
    """Events within the run [node, month], by a two-dimensional histogram."""
    edges = [np.arange(len(PLAN.names.nodes) + 1) - 0.5, PLAN.months - 0.5]
    inside = (tick >= 0) & (tick < PLAN.horizon)  # the last bin of a histogram is closed
    return np.histogram2d(node[inside], tick[inside], edges)[0]


@several
@given(logs)
def test_events_per_node_and_month_are_those_of_a_histogram(log: VisitLog) -> None:
    found = {count.name: count.values for count in count_events(PLAN, Visits.of(PLAN, log), Grouping.by_node(PLAN), MONTHS)}
    started = log.start != NULL
    helped_elsewhere = started & (log.served != log.asked)
    there = (log.arrive < 0) | ((log.entry == WARM) & (log.arrive == 0))
    new = ~there & (log.entry != RENEWAL)
    at_once = there & started & ((log.start < 0) | (log.start <= log.arrive))  # in care when the run begins
    expected = {
        "inflow": per_month(log.asked[new], log.arrive[new]) + per_month(log.served[helped_elsewhere], log.start[helped_elsewhere]),
        "renewals": per_month(log.asked[log.entry == RENEWAL], log.arrive[log.entry == RENEWAL]),
        "starts": per_month(log.served[started & ~at_once], log.start[started & ~at_once]),
        "reneged": per_month(log.asked[log.outcome == RENEGED], log.end[log.outcome == RENEGED]),
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


@several
@given(logs)
def test_stocks_at_the_turn_of_each_month_are_head_counts(log: VisitLog) -> None:
    by_kind = {count.name: count.values for count in count_events(PLAN, Visits.of(PLAN, log), Grouping.by_kind(PLAN), MONTHS)}
    by_class = {count.name: count.values for count in count_events(PLAN, Visits.of(PLAN, log), Grouping.by_class(PLAN), MONTHS)}
    kinds = len(PLAN.names.kinds)
    last = np.iinfo(np.int64).max
    start, end, release = (np.where(tick == NULL, last, tick) for tick in (log.start, log.end, log.release))
    boundary = PLAN.months[1:, None]

    def heads(node: np.ndarray, since: np.ndarray, until: np.ndarray) -> np.ndarray:
        """Who came before each boundary and left at or after it (an event at the boundary belongs to the new month)."""
        here = (since < boundary) & (until >= boundary)
        return np.stack([here[:, PLAN.node_kind[node] == k].sum(axis=1) for k in range(kinds)])

    expected = {
        "waiting_end": heads(log.asked, log.arrive, np.minimum(start, end)),
        "in_care_end": heads(log.served, start, end),
        "kept_end": heads(log.served, np.where(log.start == NULL, last, end), release),
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(by_kind[name], values, err_msg=name)
        np.testing.assert_array_equal(by_class[name].reshape(kinds, -1, PLAN.n_months).sum(axis=1), values, err_msg=name)


@several
@given(logs)
def test_time_taken_of_teams_is_the_overlap_of_visits_and_months(log: VisitLog) -> None:
    expected = np.zeros(PLAN.places.shape)
    s = np.flatnonzero(log.start != NULL)
    until = np.where(log.release[s] == NULL, PLAN.horizon, log.release[s])
    low, high = PLAN.months[:-1], PLAN.months[1:]
    overlap = np.maximum(np.minimum(until[:, None], high) - np.maximum(log.start[s, None], low), 0)
    np.add.at(expected, PLAN.node_team[log.served[s]], overlap)
    np.testing.assert_array_equal(team_ticks(PLAN, Visits.of(PLAN, log)), expected)


@several
@given(logs, st.integers(0, 2**64 - 1))
def test_the_visits_of_a_person_stand_together_in_the_order_of_the_log(log: VisitLog, spread: int) -> None:
    person = log.person * np.uint64(spread | 1)  # an odd factor keeps persons apart; numbers in sequence are the other extreme
    log = VisitLog(**{**vars(log), "person": person})
    visits = Visits.of(PLAN, log)
    found = stays(PLAN, log, visits)
    takes = (visits.flags & kernel.STARTED > 0) & ((visits.leave > 0) | (visits.start_month > 0))
    new = np.flatnonzero(found["person"][1:] != found["person"][:-1]) + 1
    assert len(new) + min(len(found), 1) == len(np.unique(person[takes])), "a person stands in two places"
    order = np.argsort(person[takes], kind="stable")
    again = np.argsort(found["person"], kind="stable")
    for name, values in (("person", person), ("node", log.served), ("birth", log.birth), ("gebied", log.gebied)):
        np.testing.assert_array_equal(found[name][again], values[takes][order], err_msg=name)


@several
@given(logs)
def test_waits_are_put_in_order_of_length(log: VisitLog) -> None:
    visits = Visits.of(PLAN, log)
    shape = Shape.of(PLAN)
    waits = Waits.of(PLAN, shape, visits)
    listed = kinds_with_list(PLAN)[PLAN.node_kind[log.asked]]
    rows = listed & (log.start != NULL) & (log.start > log.arrive) & (log.start >= 0) & (log.entry != RENEWAL)
    np.testing.assert_array_equal(waits.ticks, np.sort((log.start - log.arrive)[rows]))
    np.testing.assert_array_equal(np.sort(waits.node), np.sort(log.asked[rows]))
