"""The reported figures of Rotterdam load, say what they count, and are computed as the top of their file says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim.data import base_model
from sim.errors import InputError
from sim.experiment.reported import Target, compare_with_reported, load_reported
from sim.indicators.balance import OUTSIDE
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


def test_shares_by_route_leave_out_moves_within_the_care(targets: tuple[Target, ...]) -> None:
    flows = pd.DataFrame(
        {
            "node": ["jeugdhulp_ambulant"] * 4,
            "origin": ["huisarts", OUTSIDE, "jeugdhulp_ambulant", "vraaganalyse"],
            "starts": [30, 10, 100, 20],
        }
    )
    route = target(targets, indicator="starts_by_route", nodes=["jeugdhulp_ambulant"], from_nodes=["huisarts", "buiten"])
    made = table(jeugdhulp_ambulant={"starts": 60})
    assert compare_with_reported([route], made, {2022: flows})[0].model == pytest.approx(40 / 60)
    assert compare_with_reported([route], made)[0].model is None


def test_a_period_outside_the_run_is_not_counted(targets: tuple[Target, ...]) -> None:
    late = target(targets, nodes=["jeugdhulp_lokaal"], indicator="starts", period="2040")
    assert compare_with_reported([late], table(jeugdhulp_lokaal={"starts": 1}))[0].model is None


def test_faults_in_a_file_of_figures_come_all_at_once_with_their_lines(rotterdam: Model, tmp_path: Path) -> None:
    file = tmp_path / "targets.yaml"
    file.write_text(
        """targets:
- id: een
  title: {nl: Een, en: One}
  counts: wie er is
  indicator: stok
  nodes: [jeugdhulp_ambulan]
  period_kind: year
  period: "2022"
  value: 10
  unit: persons
  band: [12, 20]
  level: 0.9
  scale: log
  band_reason: zomaar
  source: verzonnen
  use: fit
"""
    )
    with pytest.raises(InputError) as caught:
        load_reported(rotterdam, file)
    faults = {fault.field: fault for fault in caught.value.faults}
    assert faults["targets[0].nodes"].nearest == "jeugdhulp_ambulant"
    assert faults["targets[0].indicator"].line == 5
    assert "does not hold" in faults["targets[0].band"].what
