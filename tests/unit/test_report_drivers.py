"""What drives a difference: parts of a package, unknowns that stand above chance, norms met."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from invented_study import BEDS, STAY, invented_indicators, invented_study

from sim.report.drivers import drivers, split
from sim.report.influence import Unknowns, influences, unknowns_of
from sim.report.norms import Norms
from sim.report.results import ALL, Results
from sim.report.study_info import StudyInfo

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def study() -> tuple[StudyInfo, pd.DataFrame]:
    """``pakket-1`` holds the stay, ``pakket-2`` the beds, ``pakket-3`` both and one more change."""
    info = invented_study(scenarios=3, draws=3, seeds=2, nodes_per_part=2, years=4)
    more = replace(STAY, path="demand.huisarts.trend", measure="preventie")
    base, one, two, three = info.scenarios
    made = (base, replace(one, changes=(STAY,)), replace(two, changes=(BEDS,)), replace(three, changes=(STAY, BEDS, more)))
    info = replace(info, scenarios=made)
    return info, invented_indicators(info, nodes_per_part=2, sites=1, years=4)


def test_parts_and_remainder_add_up_to_the_package(study: tuple[StudyInfo, pd.DataFrame]) -> None:
    results = Results(study[1], study[0])
    (found,) = drivers(results)
    assert found.scenario == "pakket-3"
    assert found.parts == ("pakket-1", "pakket-2")
    assert found.left == ("preventie",)
    assert not found.complete
    for column in ("cost", "in_care_avg"):
        made = split(results, found, 2022, column)
        assert sum(x.mean for x in made.parts) + made.remainder.mean == pytest.approx(made.total.mean)
        assert made.total.mean == pytest.approx(results.change("pakket-3", ALL, ALL, 2022, column).mean)


def test_a_package_run_in_all_its_parts_leaves_interaction_alone(study: tuple[StudyInfo, pd.DataFrame]) -> None:
    info, rows = study
    whole = replace(info.scenarios[3], changes=(STAY, BEDS))
    (found,) = drivers(Results(rows, replace(info, scenarios=(*info.scenarios[:3], whole))))
    assert found.complete


def test_a_world_that_lacks_something_of_the_baseline_is_no_part(study: tuple[StudyInfo, pd.DataFrame]) -> None:
    info, rows = study
    base = replace(info.scenarios[0], changes=(replace(BEDS, path="teams.x.places.number"),))
    assert drivers(Results(rows, replace(info, scenarios=(base, *info.scenarios[1:])))) == ()


def test_an_unknown_that_drives_the_outcome_stands_above_hundreds_that_do_not() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(size=(300, 40))
    outcome = 5.0 + 2.0 * z[17] + rng.normal(size=40) * 0.5
    (found,) = influences(Unknowns(tuple(f"u{i}" for i in range(300)), z), outcome)
    assert found.name == "u17"
    # two standard deviations of slope 2, 1.645 of them to either side; the sample spread of 40 draws is within a third
    assert (found.high - found.low) / 2 == pytest.approx(2 * 1.645, rel=0.33)


def test_of_mere_noise_nothing_is_named_more_often_than_one_in_ten() -> None:
    rng = np.random.default_rng(4)
    alarms = 0
    for _ in range(60):
        unknowns = Unknowns(tuple(f"u{i}" for i in range(100)), rng.normal(size=(100, 20)))
        alarms += bool(influences(unknowns, rng.normal(size=20)))
    assert alarms <= 12  # binomial(60, 0.1): more than 12 comes once in a hundred


def test_effects_a_fit_does_not_know_have_their_own_draws(study: tuple[StudyInfo, pd.DataFrame], tmp_path: object) -> None:
    from pathlib import Path

    found = unknowns_of(Path(str(tmp_path)), study[0], range(25))
    assert "effect:tijdelijkheid:nodes.wijkteam_1.stay.scale" in found.names
    assert found.z.shape == (len(found.names), 25)
    assert abs(found.z.mean()) < 0.6  # standard normal, 25 draws of three effects


def test_a_norm_is_met_when_half_of_those_who_ask_are_in_time(study: tuple[StudyInfo, pd.DataFrame]) -> None:
    info, rows = study
    norms = Norms(Results(rows, info))
    here = rows[(rows["scenario"] == "pakket-1") & (rows["replication"] >= 0) & (rows["gebied"] == ALL) & (rows["site"] == ALL)]
    here = here[(here["period"] == "2022") & here["node"].isin([n for _, n in norms.steps])]
    met = (here["within_norm"] >= 0.5).groupby(here["replication"], observed=True).sum()
    assert norms.met("pakket-1", 2022).mean == pytest.approx(met.mean())
    step = norms.steps[0]
    mine = here[here["node"] == step[1]]["within_norm"]
    assert norms.chance("pakket-1", step, 2022) == pytest.approx((mine >= 0.5).mean())
