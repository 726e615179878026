"""The split of a difference in cost: each cause alone shows up alone, and the parts always add up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sim.indicators import measure, savings_split
from sim.indicators.definitions import ALL, KEYS
from sim.indicators.savings import SPLIT
from tests.indicator_plans import DAY, WEEK, Kind, Team, Visit, log_of, small_plan

pytestmark = pytest.mark.unit

YEARS = ("2024", "2025", "2026")
INDEX = np.array([1.0, 1.04, 1.09])  # prices rise in both worlds
NEEDED = ("starts", "client_weeks", "waiting_end", "left_shifted", "cost_care", "cost_staff", "cost_measures", "contributions")


def table(**nodes: dict[str, object]) -> pd.DataFrame:
    """Year rows of nodes; a value is one number or one per year. ``price`` times ``client_weeks`` makes the cost of care."""
    rows = []
    for node, given in nodes.items():
        for y, year in enumerate(YEARS):
            values = {name: np.broadcast_to(np.asarray(given.get(name, 0.0), float), 3)[y] for name in (*NEEDED, "price")}
            values["cost_care"] = values["client_weeks"] * values.pop("price")
            keys = dict.fromkeys(KEYS, ALL) | {"period_kind": "year", "period": year, "part": str(given.get("part", "wmo")), "node": node}
            rows.append(keys | values)
    return pd.DataFrame(rows)


BASE = table(zorg={"starts": 100, "client_weeks": 4000, "price": 50 * INDEX, "waiting_end": 10})


def split(other: pd.DataFrame, base: pd.DataFrame = BASE) -> pd.Series:
    found = savings_split(base, other, 2024, 2026)
    return found[found["node"] == "zorg"].iloc[0]


def only(row: pd.Series, *parts: str) -> None:
    for part in set(SPLIT) - set(parts):
        assert row[part] == pytest.approx(0, abs=1e-6), part


def test_fewer_starts_with_the_same_stay_are_fewer() -> None:
    row = split(table(zorg={"starts": 90, "client_weeks": 3600, "price": 50 * INDEX, "waiting_end": 10}))
    only(row, "fewer")
    assert row["fewer"] == pytest.approx(-0.1 * 4000 * 50 * INDEX.sum())


def test_fewer_starts_late_in_the_window_are_no_change_of_price() -> None:
    row = split(table(zorg={"starts": (100, 100, 70), "client_weeks": (4000, 4000, 2800), "price": 50 * INDEX, "waiting_end": 10}))
    only(row, "fewer")
    assert row["fewer"] == pytest.approx(-1200 * 50 * 1.09)


def test_shorter_stays_are_shorter() -> None:
    row = split(table(zorg={"starts": 100, "client_weeks": (4000, 3600, 3000), "price": 50 * INDEX, "waiting_end": 10}))
    only(row, "shorter")


def test_a_lower_price_is_cheaper() -> None:
    row = split(table(zorg={"starts": 100, "client_weeks": 4000, "price": 45 * INDEX, "waiting_end": 10}))
    only(row, "cheaper")
    assert row["cheaper"] == pytest.approx(-5 * 4000 * INDEX.sum())


def test_care_not_started_but_waited_for_is_postponed() -> None:
    """20 fewer starts a year, and at the end 60 more people waiting: nothing was saved."""
    row = split(table(zorg={"starts": 80, "client_weeks": 3200, "price": 50 * INDEX, "waiting_end": (30, 50, 70)}))
    assert row["postponed"] == pytest.approx(row["total"])
    only(row, "postponed")


def test_exits_to_elsewhere_are_shifted() -> None:
    row = split(table(zorg={"starts": 90, "client_weeks": 3600, "price": 50 * INDEX, "waiting_end": 10, "left_shifted": (5, 5, 5)}))
    assert row["shifted"] == pytest.approx(row["total"] / 2)
    only(row, "fewer", "shifted")


def test_staff_measures_and_contributions_have_lines_of_their_own() -> None:
    other = table(
        zorg={"starts": 100, "client_weeks": 4000, "price": 50 * INDEX, "waiting_end": 10, "cost_staff": 7.0, "contributions": 5.0},
        poh={"part": "maatregelen", "cost_measures": 3.0},
    )
    found = savings_split(BASE, other, 2024, 2026).set_index(["part", "node"])
    assert found.loc[("wmo", "zorg"), ["staff", "contributions", "total"]].tolist() == [21, -15, 6]
    assert found.loc[("maatregelen", "poh"), "measures"] == found.loc[("maatregelen", ALL), "total"] == 9
    assert found.loc[(ALL, ALL), "total"] == 15


def test_the_split_is_the_same_both_ways() -> None:
    other = table(zorg={"starts": (90, 80, 120), "client_weeks": (3900, 3500, 4100), "price": (51.0, 50.0, 60.0), "waiting_end": 25})
    np.testing.assert_allclose(split(other)[list(SPLIT)].astype(float), -split(BASE, other)[list(SPLIT)].astype(float))


@pytest.mark.parametrize("seed", range(40))
def test_the_parts_add_up_to_the_difference_whatever_is_missing(seed: int) -> None:
    random = np.random.default_rng(seed)

    def world() -> pd.DataFrame:
        rows = table(a={"part": "x"}, b={"part": "x"}, zorg={"part": "y"})
        for name in NEEDED:
            rows[name] = random.integers(0, 1000, len(rows)) * random.integers(0, 2, len(rows)).astype(float)
        rows.loc[rows["client_weeks"] == 0, "cost_care"] = 0.0
        return rows[rows["node"] != random.choice(["a", "b", "nothing"])]

    base, other = world(), world()
    found = savings_split(base, other, 2024, 2026)
    cost = [(t["cost_care"] + t["cost_staff"] + t["cost_measures"] - t["contributions"]).groupby(t["node"]).sum() for t in (base, other)]
    difference = cost[1].sub(cost[0], fill_value=0.0)
    nodes = found[found["node"] != ALL].set_index("node")
    np.testing.assert_allclose(nodes.loc[difference.index, "total"], difference, atol=1e-6)
    np.testing.assert_allclose(found[list(SPLIT)].sum(axis=1), found["total"], atol=1e-6)
    assert found["total"].iloc[0] == pytest.approx(difference.sum(), abs=1e-6)
    assert np.isfinite(found[list(SPLIT)].to_numpy()).all()


def test_a_window_beyond_the_run_is_refused() -> None:
    with pytest.raises(ValueError, match="2027"):
        savings_split(BASE, BASE, 2026, 2027)
    with pytest.raises(ValueError, match="empty window"):
        savings_split(BASE, BASE, 2026, 2025)


def test_the_split_of_two_measured_worlds_adds_up_to_their_cost() -> None:
    plan = small_plan((Kind("zorg", "wmo", "team", price=100.0, contribution=4.0),), (Team("team", places=3, cost=50.0),), months=26)
    visits = [Visit(0, i * WEEK, start=i * WEEK + DAY, end=(i + 5) * WEEK, person=i) for i in range(60)]
    shorter = [Visit(0, i * WEEK, start=i * WEEK + DAY, end=(i + 4) * WEEK, person=i) for i in range(60)]
    base, other = measure(plan, log_of(plan, visits)), measure(plan, log_of(plan, shorter))
    found = savings_split(base, other, 2023, 2025)
    whole = [t.loc[(t["period_kind"] == "year") & (t["part"] == ALL), "cost"].sum() for t in (base, other)]
    assert found["total"].iloc[0] == pytest.approx(whole[1] - whole[0])
    assert found["shorter"].iloc[0] == pytest.approx(-60 * 100)
    assert found["contributions"].iloc[0] == pytest.approx(60 * 4)
