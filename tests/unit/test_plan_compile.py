"""What the plan promises: places, supply, prices, people present and effects come out of the model by the formulas on the page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.model import Model, load_model
from sim.plan import Plan, compile_plan, month_starts
from sim.plan.plan import TICKS_PER_DAY, UNLIMITED
from sim.scenario import Library, load_scenario

pytestmark = pytest.mark.unit
TINY = Path(__file__).parents[1] / "models" / "tiny"


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(TINY)


@pytest.fixture(scope="module")
def plan(model: Model) -> Plan:
    return compile_plan(model)


def team(plan: Plan, name: str) -> int:
    return plan.names.teams.index(name)


def node(plan: Plan, name: str) -> int:
    return plan.names.nodes.index(name)


def test_months_are_calendar_months_in_ticks(plan: Plan) -> None:
    assert plan.n_months == 48
    assert plan.months[1] == 31 * TICKS_PER_DAY
    assert plan.months[2] == (31 + 29) * TICKS_PER_DAY  # 2024 is a leap year
    assert month_starts(date(2024, 11, 1), date(2025, 2, 1)) == (date(2024, 11, 1), date(2024, 12, 1), date(2025, 1, 1))


def test_places_of_a_team_with_fte_are_rounded_once(model: Model, plan: Plan) -> None:
    for site in model.sites["wijkteam"].names:
        fte = model.parameters["teams.wijkteam.places.fte"].series(site=site).values[0]
        assert plan.places[team(plan, f"wijkteam@{site}"), 0] == int(fte * 15 * (1 - 0.08) + 0.5)


def test_dated_places_change_on_their_date_and_nodes_without_a_team_are_unlimited(plan: Plan) -> None:
    places = plan.places[team(plan, "loket@Loket Noord")]
    assert places[23] == 20
    assert places[24] == 24
    assert plan.places[team(plan, "ambulant"), 0] == UNLIMITED


def test_staff_cost_counts_filled_fte_own_and_hired_in(model: Model, plan: Plan) -> None:
    site = model.sites["wijkteam"].names[0]
    fte = model.parameters["teams.wijkteam.places.fte"].series(site=site).values[0]
    monthly = fte * (1 - 0.08) * (0.9 * 90_000 + 0.1 * 120_000) / 12
    cost = plan.money.team_cost[team(plan, f"wijkteam@{site}")]
    assert cost[0] == pytest.approx(monthly)
    assert cost[12] == pytest.approx(monthly * 1.05)


def test_price_is_per_week_and_follows_its_index(plan: Plan) -> None:
    row = plan.money.price_row[node(plan, "ambulant"), 0]
    assert plan.rows[row, 0] == pytest.approx(5218 / 52.18, rel=1e-3)
    assert plan.rows[row, 12] / plan.rows[row, 0] == pytest.approx(1.05)


def test_units_of_supply_are_spread_evenly_and_fractions_are_carried(model: Model, tmp_path: Path) -> None:
    text = (TINY / "model.yaml").read_text().replace("{value: 3, unit: units per month", "{value: 1.5, unit: units per month")
    plan = compile_plan(load_model(_copy(tmp_path, text)))
    per_month = np.histogram(plan.supply_tick, plan.months)[0]
    assert per_month[:4].tolist() == [1, 2, 1, 2]
    assert per_month.sum() == 72
    first_of_two = plan.supply_tick[1] - plan.months[1]
    assert first_of_two == (plan.months[2] - plan.months[1]) // 4


def test_people_present_add_up_to_the_total_and_live_where_the_spread_allows(plan: Plan) -> None:
    kind = plan.names.kinds.index("vraaganalyse")
    here = plan.warm.kind == kind
    assert plan.warm.in_care[here].sum() == 40
    assert plan.warm.waiting[here].sum() == 10
    assert "regio" not in {plan.names.gebieden[g] for g in plan.warm.gebied[here]}


def test_demand_is_population_times_rate_times_factors(model: Model, plan: Plan) -> None:
    s = next(
        i for i, name in enumerate(plan.names.streams)
        if name == "huisarts" and plan.names.gebieden[plan.stream_gebied[i]] == "Zuid" and plan.names.ages[plan.stream_age[i]] == "0-17"
    )  # fmt: skip
    people = model.parameters["population"].series(gebied="Zuid", age="0-17").on(date(2024, 1, 1))
    assert plan.stream_rate[s, 0] == pytest.approx(people / 1000 * 20 * 1.2 / 365.25)
    july = model.parameters["population"].series(gebied="Zuid", age="0-17").on(date(2024, 7, 1))
    assert plan.stream_rate[s, 6] == pytest.approx(july / 1000 * 20 * 1.2 * 0.6 / 365.25)


def test_routes_of_a_group_add_up_to_one_for_every_class_and_month(plan: Plan) -> None:
    for first, last in zip(plan.route_start[:-1], plan.route_start[1:], strict=True):
        if last > first:
            total = plan.rows[plan.route_share_row[first:last]].sum(axis=0)
            np.testing.assert_allclose(total, 1.0, atol=1e-9)


def test_a_rest_share_stays_what_it_was_when_a_measure_raises_another(model: Model) -> None:
    library = Library(TINY / "scenarios")
    scenario = load_scenario("pakket", library, model)
    base, changed = compile_plan(model), compile_plan(model, scenario)
    assert base.digest() != changed.digest()
    kind = base.names.kinds.index("vraaganalyse")
    for r in range(base.route_start[4 * kind], base.route_start[4 * kind + 1]):
        if base.names.routes[base.route_name[r]] == "klaar":
            np.testing.assert_array_equal(base.rows[base.route_share_row[r]], changed.rows[changed.route_share_row[r]])


def test_equal_inputs_make_equal_plans_and_draws_differ(model: Model) -> None:
    scenario = load_scenario("pakket", Library(TINY / "scenarios"), model)
    assert compile_plan(model, scenario, effect_draw=3).digest() == compile_plan(load_model(TINY), scenario, effect_draw=3).digest()
    assert compile_plan(model, scenario, effect_draw=3).digest() != compile_plan(model, scenario, effect_draw=4).digest()
    assert (
        compile_plan(model, replace(scenario, name="other name"), effect_draw=3).digest()
        == compile_plan(model, scenario, effect_draw=3).digest()
    )


def _copy(tmp_path: Path, text: str) -> Path:
    for file in TINY.rglob("*.csv"):
        target = tmp_path / file.relative_to(TINY)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    (tmp_path / "model.yaml").write_text(text)
    return tmp_path
