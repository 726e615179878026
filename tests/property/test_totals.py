"""A run of which only sums are kept gives the very sums of its visit log, and those of the indicator table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.engine import Totals, simulate, totals
from sim.engine.compiled.tables import empty_city
from sim.engine.numba_engine import _run
from sim.engine.visit_totals import COLUMNS
from sim.indicators import measure
from sim.plan.plan import TICKS_PER_DAY, Norms, Plan
from tests.networks import Exponential, Network, Node, Route, Somebody, Stream, Team, persons, small_city, these_persons
from tests.property.test_engines_agree import crowds, networks

pytestmark = pytest.mark.property

TICKS_PER_WEEK = 7 * TICKS_PER_DAY


def with_norms(plan: Plan, within_days: float, to_end: bool, start: date) -> Plan:
    """The plan with one norm for every other kind of node, from another start date on."""
    kinds = np.arange(len(plan.names.kinds))
    within = np.where(kinds % 2 == 0, int(within_days * TICKS_PER_DAY), 0).astype(np.int64)
    return replace(plan, start=start, norms=Norms(to_end=(kinds % 4 == 0) == to_end, within=within))


def same(ours: Totals, theirs: Totals) -> None:
    assert ours.years.labels == theirs.years.labels
    assert ours.visits == theirs.visits
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name), err_msg=name)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    crowd=st.one_of(crowds(), networks(demand=True).map(lambda network: (network, ()))),
    within=st.sampled_from([1.0, 0.001, 20.0, 70.0]),
    to_end=st.booleans(),
    start=st.sampled_from([date(2019, 12, 1), date(2020, 1, 1), date(2019, 10, 1)]),
    seed=st.integers(0, 2**32),
)
def test_sums_kept_while_running_are_those_of_the_log(
    crowd: tuple[Network, tuple[Somebody, ...]], within: float, to_end: bool, start: date, seed: int
) -> None:
    network, people = crowd
    plan = with_norms(network.plan(), within, to_end, start)
    if people:
        with these_persons(persons(network.plan(), people)):
            ours, log = totals(plan, seed), simulate(plan, seed)
    else:
        ours, log = totals(plan, seed), simulate(plan, seed)
    same(ours, Totals.of(plan, log))


@pytest.mark.parametrize("to_end", [True, False])
def test_sums_are_those_of_the_indicator_table(to_end: bool) -> None:
    plan = with_norms(small_city().plan(), 30.0, to_end, small_city().plan().start)
    ours, table = totals(plan, 7), measure(plan, simulate(plan, 7))
    by_node = table[(table.period_kind == "year") & (table.node != "alle") & (table.site == "alle")]
    rows = by_node[(by_node.gebied == "alle") & (by_node.age == "alle")].set_index(["period", "node"])
    assert ours.years.labels == tuple(sorted({int(period) for period, _ in rows.index}))

    def summed(name: str) -> pd.Series:
        values = getattr(ours, name).sum(axis=2)
        found = {
            (str(year), kind): values[y, plan.node_kind == k].sum()
            for y, year in enumerate(ours.years.labels)
            for k, kind in enumerate(plan.names.kinds)
        }
        return pd.Series(found).reindex(rows.index)

    same_as = {
        "arrivals": rows["inflow"], "renewals": rows["renewals"], "starts": rows["starts"], "gave_up": rows["reneged"],
        "aged_out": rows["aged_out"], "left": rows["left"], "norm_base": rows["norm_base"],
        "within_norm": (rows["within_norm"] * rows["norm_base"]).fillna(0.0).round(), "waiting": rows["waiting_end"],
        "in_care": rows["in_care_end"], "kept": rows["kept_end"], "waiting_ticks": (rows["person_weeks_waited"] * TICKS_PER_WEEK).round(),
    }  # fmt: skip
    for name, theirs in same_as.items():
        assert summed(name).to_numpy().tolist() == theirs.to_numpy().tolist(), name
    assert (summed("care_ticks") + summed("kept_ticks")).tolist() == (rows["client_weeks"] * TICKS_PER_WEEK).round().tolist()
    listed = rows["wait_mean"].notna()
    weeks = summed("answered_wait")[listed] / summed("answered")[listed] / TICKS_PER_WEEK
    assert weeks.to_numpy() == pytest.approx(rows["wait_mean"][listed].to_numpy(), rel=1e-12)


def test_the_reference_engine_gives_the_same_sums() -> None:
    plan = small_city().plan()
    same(totals(plan, 3, "simpy"), totals(plan, 3))


def test_no_rows_are_kept() -> None:
    """A short stay, over and over: ten thousand visits, and not a row of them."""
    queue = Network(
        nodes=(Node("gesprek", team="loket", stay=Exponential(0.2), routes=(Route("klaar"),)),),
        teams=(Team("loket", places=10.0),),
        streams=(Stream("aanmelding", "gesprek", 30.0),),
        months=12,
    )
    plan = queue.plan()
    _, log, visits = _run(plan, 1, empty_city(plan, logged=False))
    assert visits > 10_000
    assert len(log) == 1
