"""The reported figures of Rotterdam load, say what they count, and are computed as the top of their file says."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from sim.data import base_model
from sim.experiment.reported import Target, compare_with_reported, figures_until, load_reported
from sim.model import Model, load_model

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def rotterdam() -> Model:
    return load_model(base_model())


@pytest.fixture(scope="module")
def targets(rotterdam: Model) -> tuple[Target, ...]:
    return load_reported(rotterdam)


def table(**rows: dict[str, float]) -> pd.DataFrame:
    base = {"period_kind": "year", "period": "2022", "part": "jeugdhulp", "site": "alle", "gebied": "alle", "age": "alle"}
    return pd.DataFrame([{**base, "node": node, **values} for node, values in rows.items()])


def target(targets: tuple[Target, ...], **changes: object) -> Target:
    plain = {
        "gebied": "alle", "over": None, "minus": [], "complement": False, "bound": None, "period": "2022", "period_kind": "year",
        "part": None,
    }  # fmt: skip
    return targets[0].model_copy(update={**plain, **changes})


def test_every_figure_says_what_it_counts_and_where_it_comes_from(targets: tuple[Target, ...]) -> None:
    assert len({t.id for t in targets}) == len(targets) >= 40
    assert sum(t.required for t in targets) >= 40
    waits = [t for t in targets if t.indicator in ("wait_mean", "within_norm", "decision_days")]
    assert waits
    assert all(t.clock for t in waits)


def test_waits_over_nodes_are_weighted_by_starts_and_stocks_add_up(targets: tuple[Target, ...]) -> None:
    made = table(
        jeugdhulp_ambulant={"starts": 30, "wait_mean": 10.0, "in_care_avg": 20.0, "kept_avg": 5.0, "in_care_end": 21.0, "kept_end": 4.0},
        jeugdhulp_lokaal={"starts": 10, "wait_mean": 2.0, "in_care_avg": 7.0, "kept_avg": 0.0, "in_care_end": 8.0, "kept_end": 0.0},
    )
    both = ["jeugdhulp_ambulant", "jeugdhulp_lokaal"]
    asked = [target(targets, nodes=both, indicator=name) for name in ("wait_mean", "stock", "stock_avg", "stay_months", "decision_days")]
    got = [c.model for c in compare_with_reported(asked, made)]
    assert got == pytest.approx([8.0, 33.0, 32.0, 12 * 32 / 40, 7 * 8 + 365.25 * 27 / 40])


def test_a_period_outside_the_run_is_not_counted(targets: tuple[Target, ...]) -> None:
    late = target(targets, nodes=["jeugdhulp_lokaal"], indicator="starts", period="2040")
    assert compare_with_reported([late], table(jeugdhulp_lokaal={"starts": 1}))[0].model is None


def test_every_figure_is_inside_its_band_and_has_an_error(targets: tuple[Target, ...]) -> None:
    assert all(t.band[0] < t.band[1] and t.error > 0 and t.band_reason for t in targets)
    assert {t.use for t in targets} == {"fit", "holdout", "shown"}


def test_figures_known_on_a_day_are_those_whose_period_is_over(targets: tuple[Target, ...]) -> None:
    known = {t.id for t in figures_until(targets, date(2022, 12, 1))}
    assert "wijkteam_gebruikers_2021" in known
    assert not known & {"wacht_ambulant_2022", "wmo_voorraad_2023", "veilig_thuis_daling_2023", "wmo_centrum"}
    assert "jeugd_starts_2019" not in {t.id for t in figures_until(targets, date(2020, 1, 1))}  # put over 2021


def test_counts_and_costs_grow_with_the_city_and_waits_and_shares_do_not(targets: tuple[Target, ...]) -> None:
    extensive = {t.id for t in targets if t.extensive}
    assert {"jeugd_starts_2021", "wmo_voorraad_2023", "wijkteam_gebruikers_2021", "opvang_plekken_2023"} <= extensive
    assert not extensive & {"wacht_ambulant_2022", "route_huisarts_2021", "kosten_wmo_2021", "wmo_centrum", "duur_0_3_2021"}
