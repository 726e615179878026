"""The indicator table of logs of one or a few visits, worked out by hand. The run begins on 1 November 2023 and lasts 16 months."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pandas as pd
import pytest

from sim.engine.visit_log import AGED_OUT, FROM_NODE, IN_CARE, MOVED_ON, RENEWAL, WAITING, WARM
from sim.indicators import COLUMNS, KEYS, measure
from sim.indicators.capacity import time_taken
from sim.indicators.definitions import ALL
from sim.indicators.layout import LEVELS
from sim.indicators.visits import Visits
from sim.plan.plan import TICKS_PER_YEAR
from tests.indicator_plans import DAY, KLAAR, WEEK, WLZ, Kind, Team, Visit, log_of, random_visits, small_plan

pytestmark = pytest.mark.unit

PLAN = small_plan()
BASISHULP_NOORD, BASISHULP_ZUID, BEGELEIDING, LOKET, OPVANG, VRAAG_NOORD, VRAAG_ZUID, WONING = range(8)
NOVEMBER, DECEMBER, JANUARY, FEBRUARY = (int(PLAN.months[m]) for m in range(4))


def at(table: pd.DataFrame, period: str, **keys: str) -> pd.Series:
    """The one row of these keys, the others "alle"; a node finds its part."""
    rows = table[table["period"] == period]
    for key in ("part", "node", "site", "gebied", "age"):
        if key != "part" or "node" not in keys:
            rows = rows[rows[key] == keys.get(key, ALL)]
    assert len(rows) == 1, f"{len(rows)} rows for {period} {keys}"
    return rows.iloc[0]


def measured(*visits: Visit, **options: str) -> pd.DataFrame:
    return measure(PLAN, log_of(PLAN, visits), **options)  # type: ignore[arg-type]


def test_a_visit_is_counted_where_and_when_it_waits_is_helped_and_leaves() -> None:
    table = measured(Visit(OPVANG, NOVEMBER + 10 * DAY, start=DECEMBER + 5 * DAY, end=DECEMBER + 26 * DAY, to=WLZ))
    november, december = at(table, "2023-11", node="opvang"), at(table, "2023-12", node="opvang")
    assert (november["inflow"], november["starts"], november["outflow"]) == (1, 0, 0)
    assert (november["stock_begin"], november["stock_end"], november["waiting_end"]) == (0, 1, 1)
    assert november["waiting_avg"] == pytest.approx(20 / 30)
    assert november["person_weeks_waited"] == pytest.approx(20 / 7)
    assert november["elapsed_mean"] == pytest.approx(20 / 7)
    assert math.isnan(november["wait_mean"])
    assert (december["inflow"], december["starts"], december["outflow"], december["left"], december["left_shifted"]) == (0, 1, 1, 1, 1)
    assert (december["stock_begin"], december["stock_end"]) == (1, 0)
    assert december["wait_mean"] == december["wait_median"] == december["wait_p90"] == pytest.approx(25 / 7)
    assert december["in_care_avg"] == pytest.approx(21 / 31)
    assert december["client_weeks"] == pytest.approx(3)
    assert december["cost_care"] == pytest.approx(3 * 700)
    assert at(table, "2023-Q4", node="opvang")["waiting_avg"] == pytest.approx(25 / 61)
    assert at(table, "2023", node="opvang", gebied="Noord", age="18+")["cost_care"] == pytest.approx(2100)
    assert at(table, "2023", node="opvang", gebied="regio", age="18+")["stock_end"] == 0


def test_what_happens_at_midnight_on_the_first_belongs_to_the_new_month() -> None:
    table = measured(Visit(OPVANG, DECEMBER, start=DECEMBER, end=JANUARY))
    assert at(table, "2023-11", node="opvang")["inflow"] == 0
    december = at(table, "2023-12", node="opvang")
    assert (december["inflow"], december["starts"], december["stock_begin"], december["in_care_end"]) == (1, 1, 0, 1)
    assert december["in_care_avg"] == pytest.approx(1)
    january = at(table, "2024-01", node="opvang")
    assert (january["outflow"], january["stock_begin"], january["in_care_avg"], january["unique_clients"]) == (1, 1, 0, 0)


def test_who_is_there_at_the_start_is_stock_and_never_inflow() -> None:
    table = measured(
        Visit(OPVANG, -14 * DAY, start=7 * DAY, end=8 * DAY, entry=WARM, person=1),
        Visit(OPVANG, -30 * DAY, start=-30 * DAY, end=9 * DAY, entry=WARM, person=2),
        Visit(OPVANG, -7 * DAY, entry=WARM, person=3),
    )
    november = at(table, "2023-11", node="opvang")
    assert (november["inflow"], november["starts"], november["outflow"]) == (0, 1, 2)
    assert (november["stock_begin"], november["waiting_end"], november["unique_clients"]) == (3, 1, 2)
    assert november["wait_mean"] == pytest.approx(3)  # the two weeks before the start count
    assert november["elapsed_mean"] == pytest.approx((7 + 30) / 7)
    assert november["person_weeks_waited"] == pytest.approx(37 / 7)  # those before it do not
    assert november["client_weeks"] == pytest.approx(10 / 7)
    assert november["norm_base"] == 0


def test_a_kept_place_is_stock_and_costs_until_it_is_released() -> None:
    table = measured(
        Visit(OPVANG, 0, start=0, end=DECEMBER, release=JANUARY + 7 * DAY, to=7, number=0),
        Visit(WONING, DECEMBER, start=JANUARY + 7 * DAY, end=JANUARY + 7 * DAY, entry=FROM_NODE, number=1),
    )
    december, january = at(table, "2023-12", node="opvang"), at(table, "2024-01", node="opvang")
    assert (december["in_care_end"], december["kept_end"], december["outflow"], december["kept_avg"]) == (0, 1, 0, 1)
    assert december["cost_care"] == pytest.approx(31 / 7 * 700)
    assert december["occupancy"] == pytest.approx(0.5)
    assert (december["unique_clients"], january["unique_clients"], january["outflow"], january["left"]) == (1, 1, 1, 0)
    woning = at(table, "2024-01", node="woning")
    assert (woning["inflow"], woning["starts"], woning["outflow"], woning["left"], woning["unique_clients"]) == (0, 1, 1, 1, 1)
    assert at(table, "2024", node="woning")["wait_mean"] == pytest.approx(38 / 7)
    assert math.isnan(woning["places_avg"])


def test_contributions_follow_care_and_not_kept_places() -> None:
    table = measured(
        Visit(BEGELEIDING, 0, start=0, end=14 * DAY, release=21 * DAY, to=2, number=0),
        Visit(LOKET, 14 * DAY, start=14 * DAY, end=21 * DAY, entry=FROM_NODE, number=1),
    )
    november = at(table, "2023-11", node="begeleiding")
    assert november["cost_care"] == pytest.approx(300)
    assert november["contributions"] == pytest.approx(10)
    assert november["cost"] == pytest.approx(290)


def test_a_renewal_is_counted_apart_and_ends_the_visit_it_renews() -> None:
    table = measured(
        Visit(BEGELEIDING, 0, start=0, end=10 * DAY, release=12 * DAY, to=2, number=0),
        Visit(LOKET, 10 * DAY, start=11 * DAY, end=12 * DAY, to=1, entry=FROM_NODE, number=1),
        Visit(BEGELEIDING, 12 * DAY, start=12 * DAY, entry=RENEWAL, number=2),
    )
    november = at(table, "2023-11", node="begeleiding")
    assert (november["inflow"], november["renewals"], november["starts"], november["outflow"], november["stock_end"]) == (1, 1, 2, 1, 1)
    assert november["unique_clients"] == 1
    assert november["client_weeks"] == pytest.approx(30 / 7)
    assert at(table, "2023-11")["unique_clients"] == 1
    assert at(table, "2023-11", part="wmo")["wait_mean"] == pytest.approx(1 / 7)  # of the loket alone: begeleiding has no list


def test_a_node_without_a_waiting_list_has_no_wait() -> None:
    november = at(measured(Visit(BEGELEIDING, 0, start=0, end=DAY)), "2023-11", node="begeleiding")
    assert november["starts"] == 1
    assert math.isnan(november["wait_mean"])
    assert math.isnan(november["wait_p90"])


def test_a_pool_moves_people_from_the_site_that_was_asked_to_the_one_that_served() -> None:
    table = measured(Visit(VRAAG_NOORD, 0, start=7 * DAY, served=VRAAG_ZUID))
    noord, zuid = (at(table, "2023", node="vraaganalyse", site=site) for site in ("Noord 1", "Zuid 2"))
    assert (noord["inflow"], noord["starts"], noord["outflow"], noord["stock_end"]) == (1, 0, 1, 0)
    assert (zuid["inflow"], zuid["starts"], zuid["outflow"], zuid["stock_end"]) == (1, 1, 0, 1)
    assert noord["person_weeks_waited"] == noord["wait_mean"] == pytest.approx(1)
    assert math.isnan(zuid["wait_mean"])
    whole = at(table, "2023", node="vraaganalyse")
    assert (whole["inflow"], whole["outflow"], whole["stock_end"]) == (1, 0, 1)


def test_a_pool_over_kinds_conserves_each_kind() -> None:
    table = measured(Visit(LOKET, 0, start=7 * DAY, served=OPVANG, end=14 * DAY))
    loket, opvang = at(table, "2023", node="loket"), at(table, "2023", node="opvang")
    assert (loket["inflow"], loket["outflow"], loket["left"], loket["norm_base"]) == (1, 1, 0, 1)
    assert (opvang["inflow"], opvang["starts"], opvang["outflow"], opvang["left"]) == (1, 1, 1, 1)


def test_the_share_within_the_norm_is_of_those_who_arrived_and_could_have_made_it() -> None:
    horizon, norm = PLAN.horizon, 6 * WEEK
    table = measured(
        Visit(VRAAG_NOORD, 0, start=norm, end=norm + 1, person=1),  # met, to the tick
        Visit(VRAAG_NOORD, 1, start=norm + 2, end=norm + 3, person=2),  # a tick too late
        Visit(VRAAG_NOORD, 2, end=3, person=3),  # gave up
        Visit(VRAAG_NOORD, 3, end=4, outcome=AGED_OUT, person=4),
        Visit(VRAAG_NOORD, 4, start=4, end=4, outcome=AGED_OUT, person=5),  # met: the clock runs to the start
        Visit(VRAAG_NOORD, -DAY, start=0, end=1, entry=WARM, person=6),  # arrived before the run
        Visit(VRAAG_NOORD, horizon - norm, start=horizon - norm, person=7),  # met, but others of that day may still be waiting
    )
    november = at(table, "2023-11", node="vraaganalyse")
    assert november["norm_base"] == 5
    assert november["within_norm"] == pytest.approx(2 / 5)
    assert at(table, "2025", node="vraaganalyse")["norm_base"] == 0


def test_a_norm_to_the_end_counts_until_the_decision() -> None:
    norm = 6 * WEEK
    table = measured(
        Visit(LOKET, 0, start=1, end=norm, person=1),
        Visit(LOKET, 0, start=1, end=norm + 1, person=2),
        Visit(LOKET, 0, start=1, end=2, outcome=AGED_OUT, person=3),
        Visit(LOKET, 0, start=1, person=4),
    )
    november = at(table, "2023-11", node="loket")
    assert (november["norm_base"], november["within_norm"]) == (4, 0.25)


def test_flows_use_the_age_at_arrival_and_unique_clients_that_on_1_january() -> None:
    birthday = JANUARY - DAY  # turns 18 on 31 December
    table = measured(Visit(OPVANG, DAY, start=DAY, birth=birthday - 18 * TICKS_PER_YEAR))
    young, adult = (at(table, "2024", node="opvang", age=age) for age in ("0-17", "18+"))
    assert (young["in_care_end"], adult["in_care_end"]) == (1, 0)
    assert (young["unique_clients"], adult["unique_clients"]) == (0, 1)
    assert at(table, "2023", node="opvang", age="0-17")["unique_clients"] == 1


def test_someone_at_two_nodes_of_a_part_is_one_client_of_the_part() -> None:
    table = measured(
        Visit(VRAAG_NOORD, 0, start=0, end=DAY, to=0, number=0),
        Visit(BASISHULP_NOORD, DAY, start=DAY, end=40 * DAY, to=4, entry=FROM_NODE, number=1),
        Visit(VRAAG_NOORD, 40 * DAY, start=40 * DAY, end=50 * DAY, entry=FROM_NODE, number=2),
        Visit(OPVANG, 0, start=0, person=2),
    )
    assert at(table, "2023", node="vraaganalyse")["unique_clients"] == 1
    assert at(table, "2023", part="wijkteam")["unique_clients"] == 1
    assert at(table, "2023")["unique_clients"] == 2
    assert at(table, "2023", node="vraaganalyse", site="Noord 1")["unique_clients"] == 1


def test_the_cost_of_a_team_follows_occupied_time_and_rests_on_its_first_node_when_idle() -> None:
    half = (JANUARY - DECEMBER) // 2
    table = measured(
        Visit(VRAAG_NOORD, DECEMBER, start=DECEMBER, end=DECEMBER + half, gebied=1, person=1),
        Visit(BASISHULP_NOORD, DECEMBER, start=DECEMBER, end=DECEMBER + 3 * half // 2, gebied=0, person=2),
    )
    assert at(table, "2023-11", node="basishulp")["cost_staff"] == pytest.approx(2400)  # both sites idle
    assert at(table, "2023-12", node="vraaganalyse")["cost_staff"] == pytest.approx(1200 * 0.4)
    assert at(table, "2023-12", node="basishulp")["cost_staff"] == pytest.approx(1200 * 0.6 + 1200)
    year = {g: at(table, "2023", node="basishulp", gebied=g)["cost_staff"] for g in ("Noord", "overig", "regio")}
    assert year == pytest.approx({"Noord": 1200 + 720, "overig": 2400, "regio": 0})  # Zuid 2 serves no single gebied
    assert at(table, "2023", node="basishulp", site="Noord 1")["cost_staff"] == pytest.approx(1200 + 720)
    assert at(table, "2023-12")["cost_staff"] == pytest.approx(2 * 1200 + 300)


def test_the_cost_of_measures_has_rows_of_its_own() -> None:
    plan = small_plan(measures={"poh": (100.0,) * 16})
    table = measure(plan, log_of(plan, []))
    assert at(table, "2023", node="poh")["cost_measures"] == 200
    assert at(table, "2023", node="poh")["part"] == "maatregelen"
    assert at(table, "2024-Q1", part="maatregelen")["cost"] == 300
    everything = at(table, "2024")
    assert everything["cost_measures"] == 1200
    assert everything["cost"] == pytest.approx(everything["cost_staff"] + 1200)
    assert at(table, "2024", part="wmo")["cost_measures"] == 0


def test_places_belong_to_teams_and_change_with_the_months() -> None:
    table = measured(
        Visit(VRAAG_NOORD, 0, start=0, end=DECEMBER, person=1),
        Visit(BASISHULP_NOORD, 0, start=0, end=DECEMBER, person=2),
    )
    november = at(table, "2023-11", node="vraaganalyse")
    assert november["places_avg"] == 6  # two sites
    assert november["occupancy"] == pytest.approx(2 / 6)  # basishulp works on the same places
    year = at(table, "2023", node="vraaganalyse", site="Noord 1")
    assert (year["places_avg"], year["occupancy"]) == (3, pytest.approx(2 * 30 / (3 * 61)))
    assert at(table, "2024", node="loket")["places_avg"] == pytest.approx((2 * 121 + 4 * 245) / 366)
    assert math.isnan(at(table, "2024", node="begeleiding")["places_avg"])
    assert math.isnan(at(table, "2024", node="vraaganalyse", gebied="Noord")["places_avg"])
    assert at(table, "2024", part="wmo")["places_avg"] == at(table, "2024", node="loket")["places_avg"]  # begeleiding is unlimited


def test_the_offered_load_is_arrivals_times_stay_over_places() -> None:
    arrivals = [Visit(OPVANG, i * WEEK, start=i * WEEK, end=(i + 3) * WEEK, person=i) for i in range(20)]
    queueing = [Visit(OPVANG, i * WEEK + DAY, person=100 + i) for i in range(20)]  # twice as many ask as get a place
    row = at(measured(*arrivals, *queueing), "2024-Q1", node="opvang")
    first, last = JANUARY, int(PLAN.months[5])
    asked = sum(first <= v.arrive < last for v in (*arrivals, *queueing))
    assert row["inflow"] == asked
    assert row["offered_load"] == pytest.approx(asked / (91 / 7) * 3 / 2)


def test_the_load_of_a_team_weighs_each_node_by_its_own_stay_and_counts_renewals() -> None:
    visits = [
        Visit(VRAAG_NOORD, 0, start=0, end=WEEK, person=1),
        Visit(VRAAG_NOORD, DAY, person=2),  # waits
        Visit(BASISHULP_NOORD, 0, start=0, end=4 * WEEK, person=3),
        Visit(BASISHULP_NOORD, 2 * WEEK, start=2 * WEEK, end=4 * WEEK, entry=RENEWAL, person=4),
    ]
    row = at(measured(*visits), "2023-11", node="basishulp", site=ALL)
    assert row["offered_load"] == pytest.approx((2 * 1 + 4 + 2) * WEEK / (6 * 30 * DAY))


def test_unfinished_stays_are_completed_by_what_is_left_at_that_age() -> None:
    """Exponential stays have the same mean left at every age, so the last starters must come out at the mean too."""
    plan = small_plan((Kind("hulp", "p", "team"),), (Team("team", places=5),), months=48)
    random = np.random.default_rng(3)
    n, mean = 4000, 30 * WEEK
    start = random.integers(0, plan.horizon, n)
    stay = random.exponential(mean, n).astype(int) + 1
    over = start + stay
    ends = [int(e) if e < plan.horizon else None for e in over]
    log = log_of(plan, [Visit(0, int(s), start=int(s), end=e, person=i) for i, (s, e) in enumerate(zip(start, ends, strict=True))])
    taken = time_taken(plan, Visits.of(plan, log))
    late = log.start > plan.horizon - 20 * WEEK
    standard_error = mean / math.sqrt((log.end[late] > 0).sum())  # as many stays as were seen to end carry the information
    assert abs(taken[late].mean() - mean) < 3 * standard_error
    finished = log.outcome == MOVED_ON
    np.testing.assert_array_equal(taken[finished], (log.release - log.start)[finished])


def test_unfinished_visits_are_stock_at_the_horizon() -> None:
    table = measured(Visit(OPVANG, 0, outcome=WAITING, person=1), Visit(OPVANG, 0, start=0, outcome=IN_CARE, person=2))
    last = at(table, "2025-02", node="opvang")
    assert (last["waiting_end"], last["in_care_end"], last["outflow"]) == (1, 1, 0)
    assert last["elapsed_mean"] == pytest.approx(PLAN.horizon / WEEK)


def test_reneging_is_outflow_and_leaves_only_to_an_exit() -> None:
    table = measured(
        Visit(LOKET, 0, end=DAY, to=KLAAR, person=1),
        Visit(LOKET, 0, end=DAY, to=3, person=2, number=0),
        Visit(OPVANG, DAY, end=2 * DAY, outcome=AGED_OUT, entry=FROM_NODE, person=2, number=1),
    )
    loket, opvang = at(table, "2023", node="loket"), at(table, "2023", node="opvang")
    assert (loket["outflow"], loket["reneged"], loket["left"], loket["starts"]) == (2, 2, 1, 0)
    assert (opvang["outflow"], opvang["aged_out"], opvang["left"]) == (1, 1, 1)


def test_quantiles_count_those_who_did_not_wait() -> None:
    waits = [0, 0, 0, 1, 2, 3, 4, 5, 6, 30]
    table = measured(*(Visit(OPVANG, 0, start=w * WEEK, end=w * WEEK + 1, person=i) for i, w in enumerate(waits)))
    year = at(table, "2023", part="opvang")  # the one of 30 weeks starts in 2024
    assert year["wait_median"] == pytest.approx(np.median(waits[:9]))
    assert year["wait_p90"] == pytest.approx(np.quantile(waits[:9], 0.9))


@pytest.mark.parametrize("detail", ["year", "month"])
def test_every_row_has_its_own_keys_and_every_column_its_type(detail: str) -> None:
    table = measured(Visit(OPVANG, 0, start=0), Visit(LOKET, 5, end=6, person=2), detail=detail)
    assert list(table.columns) == [*KEYS, *(c.name for c in COLUMNS)]
    assert not table.duplicated(list(KEYS)).any()
    for column in COLUMNS:
        assert table[column.name].dtype == (np.int64 if column.whole else np.float64), column.name
    for key in KEYS:
        assert isinstance(table[key].dtype, pd.CategoricalDtype)


def test_months_of_the_full_cross_are_given_where_something_happened() -> None:
    table = measured(Visit(OPVANG, 0, start=0, end=DECEMBER), detail="month")
    cross = table[(table["period_kind"] == "month") & (table["gebied"] != ALL) & (table["age"] != ALL) & (table["node"] == "opvang")]
    assert cross["period"].astype(str).tolist() == ["2023-11", "2023-12"]
    assert at(table, "2023-Q4", node="opvang", gebied="Noord", age="18+")["starts"] == 1


def test_an_empty_log_gives_a_table_of_nothing() -> None:
    table = measured()
    assert at(table, "2024")["inflow"] == 0
    assert math.isnan(at(table, "2024")["wait_mean"])


def test_an_unknown_detail_is_refused() -> None:
    with pytest.raises(ValueError, match="year, month"):
        measured(detail="week")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("columns", [("inflow", "wait_mean"), ("unique_clients",), ("cost", "wait_p90"), ("occupancy", "cost_measures")])
def test_a_part_of_the_table_has_the_numbers_of_the_whole(level: str, columns: tuple[str, ...]) -> None:
    log = log_of(PLAN, random_visits(PLAN, Random(3), 200))
    whole = measure(PLAN, log)
    part = measure(PLAN, log, levels=[level], period_kinds=["year"], columns=columns)
    assert list(part.columns) == [*KEYS, *(c.name for c in COLUMNS if c.name in columns)]
    keys = list(KEYS)
    found = part.astype(dict.fromkeys(keys, object)).merge(whole.astype(dict.fromkeys(keys, object)), on=keys, suffixes=("", "_whole"))
    assert len(found) == len(part) > 0
    for name in columns:
        np.testing.assert_array_equal(found[name], found[f"{name}_whole"])


def test_what_is_not_in_the_table_cannot_be_asked_for() -> None:
    log = log_of(PLAN, [])
    for asked in ({"levels": ["nod"]}, {"period_kinds": ["week"]}, {"columns": ["waits"]}):
        with pytest.raises(ValueError, match="there is no"):
            measure(PLAN, log, **asked)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no rows"):
        measure(PLAN, log, levels=["node at site"], period_kinds=["month"])
