"""Figures counted straight from random visit logs: equal to the indicator table, and to a slow count where no table holds them."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.engine.visit_log import EXTERNAL, FROM_NODE, NULL, VisitLog
from sim.experiment.reported import Counting, Target, compare_with_reported, observe
from sim.experiment.reported.definitions import COUNTABLE, FROM_LOG_ONLY
from sim.experiment.reported.observe import TICKS_PER_MONTH
from sim.indicators import measure
from sim.model.spec import Title
from tests.indicator_plans import AGES, GEBIEDEN, log_of, random_visits, small_plan

pytestmark = pytest.mark.property

PLAN = small_plan(measures={"poh": (100.0,) * 16})  # November 2023 to February 2025
KINDS = PLAN.names.kinds
SLOW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
logs = st.builds(
    lambda random, persons: log_of(PLAN, random_visits(PLAN, random, persons)), st.randoms(use_true_random=False), st.integers(0, 40)
)


def figure(indicator: str, *nodes: str, **other: object) -> Target:
    plain = {
        "id": indicator, "title": Title(nl="x", en="x"), "counts": "x", "indicator": indicator, "nodes": list(nodes), "period_kind": "year",
        "period": "2024", "value": 1.0, "unit": "x", "band": [0.5, 2.0], "level": 0.9, "scale": "log", "band_reason": "x", "source": "x",
        "use": "fit",
    }  # fmt: skip
    return Target(**{**plain, **other})


def of_the_table() -> list[Target]:
    """Every countable the table holds, at one node and at several, for the city and for a part of it."""
    out = []
    for name, countable in COUNTABLE.items():
        if name in FROM_LOG_ONLY:
            continue
        node = KINDS[len(out) % len(KINDS)]
        out += [figure(name, node), figure(name, node, gebied="Noord"), figure(name, node, age="18+")]
        out.append(figure(name, node, gebied="overig", age="0-17"))
        if not countable.yearly:
            out += [figure(name, node, period_kind="month", period="2024-02"), figure(name, node, period_kind="quarter", period="2024-Q4")]
        if countable.extensive and name not in ("unique_clients", "places_avg"):
            out.append(figure(name, *KINDS[1:4]))
            out.append(figure(name, KINDS[0], over={"indicator": [name], "nodes": list(KINDS)}))
    out.append(figure("unique_clients", part="wmo"))
    out += [
        figure("cost", part="alle"),
        figure("outflow", "opvang", minus=["renewals", "reneged"]),
        figure("within_norm", "loket", complement=True),
    ]
    out.append(figure("wait_mean", "loket", gebied=["Noord", "overig"]))
    out += [
        figure("waiting_avg", "loket", period_kind="month", period="2024-09", fall_since="2024-03", scale="absolute"),
        figure("outflow", *KINDS[1:4], minus=["renewals"], period_kind="quarter", period="2024-Q4", fall_since="2024-Q1", scale="absolute"),
    ]
    return out


TABLE = of_the_table()
COUNTING = Counting.of(TABLE, PLAN)


@pytest.mark.parametrize("seed", range(6))
def test_counted_from_the_log_as_in_the_indicator_table(seed: int) -> None:
    log = log_of(PLAN, random_visits(PLAN, Random(seed), 15 * 4 ** (seed % 3)))
    counted = COUNTING.observe(PLAN, log)
    for target, ours, theirs in zip(TABLE, counted, compare_with_reported(TABLE, measure(PLAN, log)), strict=True):
        expected = math.nan if theirs.model is None else theirs.model
        assert ours == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True), (
            target.id,
            target.nodes,
            target.gebied,
            target.age,
            target.period,
        )


@SLOW
@given(logs)
def test_durations_routes_and_persons_as_in_a_slow_count(log: VisitLog) -> None:
    nodes = ("begeleiding", "opvang", "vraaganalyse")
    at = {KINDS.index(node) for node in nodes}
    kind = [int(PLAN.node_kind[i]) for i in range(len(PLAN.names.nodes))]
    begin, end = (int(PLAN.months[m]) for m in (2, 14))
    rows = range(len(log))
    lasted = [
        (int(log.end[i]) - int(log.start[i])) / TICKS_PER_MONTH
        for i in rows
        if log.start[i] != NULL and log.end[i] != NULL and begin <= log.end[i] < end and kind[log.served[i]] in at
    ]
    persons = {
        int(log.person[i])
        for i in rows
        if log.start[i] != NULL and log.start[i] < end and kind[log.served[i]] in at
        and (log.release[i] == NULL or log.release[i] > max(begin, int(log.start[i])) or int(log.start[i]) >= begin)
    }  # fmt: skip
    last: dict[int, tuple[int, int]] = {}
    came = []
    for i in sorted(rows, key=lambda i: (int(log.person[i]), int(log.visit[i]))):
        person, here = int(log.person[i]), kind[log.asked[i]]
        if here in at and log.start[i] != NULL and begin <= log.start[i] < end:
            if log.entry[i] == EXTERNAL:
                came.append(None)
            elif log.entry[i] == FROM_NODE and last[person][1] not in at:
                came.append(last[person][1])
        last[person] = (int(log.visit[i]), here)
    wanted = (None, KINDS.index("loket"))
    figures = [
        figure("duration_share", *nodes, between=[2, 6]),
        figure("duration_mean", *nodes),
        figure("duration_median", *nodes),
        figure("unique_clients", *nodes),
        figure("starts_by_route", *nodes, from_nodes=["loket", "buiten"]),
    ]
    expected = [
        sum(2 <= x < 6 for x in lasted) / len(lasted) if lasted else math.nan,
        np.mean(lasted) if lasted else math.nan,
        np.median(lasted) if lasted else math.nan,
        len(persons),
        sum(x in wanted for x in came) / len(came) if came else math.nan,
    ]
    assert observe(figures, PLAN, log) == pytest.approx(expected, rel=1e-9, nan_ok=True)


def test_what_grows_with_the_city_is_divided_by_its_scale() -> None:
    log = log_of(PLAN, random_visits(PLAN, Random(1), 300))
    figures = [figure("starts", "opvang"), figure("wait_mean", "loket"), figure("starts", "opvang", over={"indicator": "inflow"})]
    whole, fifth = observe(figures, PLAN, log), observe(figures, PLAN, log, scale=0.2)
    assert fifth == pytest.approx(whole * (5, 1, 1))


def test_a_fall_is_the_earlier_count_less_the_later_one_and_needs_both() -> None:
    log = log_of(PLAN, random_visits(PLAN, Random(4), 300))
    months = {"period_kind": "month", "scale": "absolute"}
    figures = [
        figure("stock", "opvang", period="2024-03", **months),
        figure("stock", "opvang", period="2024-09", **months),
        figure("stock", "opvang", period="2024-09", fall_since="2024-03", **months),
        figure("stock", "opvang", period="2024-09", fall_since="2023-03", **months),
    ]
    before, after, fall, unknown = observe(figures, PLAN, log)
    assert fall == before - after != 0
    assert np.isnan(unknown)
    assert observe(figures, PLAN, log, scale=0.5)[2] == 2 * fall


def test_a_period_the_run_does_not_cover_is_not_counted() -> None:
    log = log_of(PLAN, random_visits(PLAN, Random(2), 50))
    figures = [figure("starts", "opvang", period="2023"), figure("starts", "opvang", period="2025"), figure("starts", "opvang")]
    counting = Counting.of(figures, PLAN)
    assert counting.countable.tolist() == [False, False, True]
    assert np.isnan(counting.observe(PLAN, log)).tolist() == [True, True, False]


def test_on_the_scale_of_the_error_a_bound_that_is_kept_agrees() -> None:
    figures = [
        figure("starts", "opvang", bound="upper"),
        figure("starts", "opvang"),
        figure("within_norm", "loket", scale="logit", value=0.5),
    ]
    counting = Counting.of(figures, PLAN)
    scaled = counting.on_scale(np.array([[0.3, 0.3, 0.0], [3.0, 3.0, 0.9]]))
    assert scaled[:, 0].tolist() == [0.0, pytest.approx(math.log(3))]
    assert scaled[0, 1] == pytest.approx(math.log(0.3))
    assert np.isfinite(scaled).all()
    assert scaled[1, 2] == pytest.approx(math.log(9))
    assert counting.error[1] == pytest.approx(math.log(4) / (2 * 1.6448536), rel=1e-6)  # the 90 per cent band [0.5, 2]


def test_figures_can_be_of_any_gebied_and_age_group() -> None:
    log = log_of(PLAN, random_visits(PLAN, Random(3), 300))
    whole = observe([figure("starts", "opvang")], PLAN, log)[0]
    parts = observe([figure("starts", "opvang", gebied=g, age=a) for g in GEBIEDEN for a in AGES], PLAN, log)
    assert whole > 0
    assert parts.sum() == whole
