"""The shipped ensemble: it belongs to the shipped model, and the record beside it says of it what can be counted again."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from calibration.recover import read_recovery
from sim.data import base_model, calibration_directory, library_directory
from sim.experiment.ensemble import Ensemble, effect_unknowns, posterior_file, read_ensemble
from sim.experiment.reported import load_reported
from sim.model import Model, load_model
from sim.model.unknowns import Prior
from sim.plan import compile_plan
from sim.scenario import Library, load_measure, load_scenario, measure_scenario, resolve

pytestmark = pytest.mark.integration

SHIPPED = calibration_directory() / "posterior"


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(base_model())


@pytest.fixture(scope="module")
def ensemble(model: Model) -> Ensemble:
    file = posterior_file(model)
    assert file == SHIPPED / "posterior.parquet"
    return read_ensemble(file, Prior.of(model))


def test_the_shipped_ensemble_was_fitted_to_the_shipped_model(model: Model, ensemble: Ensemble) -> None:
    assert ensemble.record["model"] == model.digest()
    world = load_scenario("huidig-beleid", Library(library_directory()), model)
    until = date.fromisoformat(ensemble.record["until"])
    assert ensemble.names == (*Prior.of(model).names, *effect_unknowns(world, until))


def test_members_are_spread_and_none_leaves_its_band(model: Model, ensemble: Ensemble) -> None:
    assert ensemble.members >= 100
    assert (ensemble.latent.std(axis=1) > 0.1).all()
    for draw in (0, ensemble.members - 1, None):
        assert all(0 < u < 1 for u in ensemble.probabilities(draw).values())
        drawn = ensemble.model(Prior.of(model), draw)
        for path, p in drawn.parameters.items():
            written = model.parameters[path]
            if p.rest_of or p.values == written.values:
                continue
            for key, series in p.values.items():
                for before, after in zip(written.values[key].values, series.values, strict=True):
                    low, high = written.range.around(before)
                    assert min(low, before) - 1e-9 <= after <= max(high, before) + 1e-9, path


def test_draws_of_the_ensemble_make_plans_of_their_own(model: Model, ensemble: Ensemble) -> None:
    prior = Prior.of(model)
    world = load_scenario("huidig-beleid", Library(library_directory()), model)
    digests = {
        compile_plan(ensemble.model(prior, d), world, until=date(2020, 1, 1), effect_draw=ensemble.effect_place(d)).digest()
        for d in (0, 1, ensemble.members, None)
    }
    assert len(digests) == 3  # draw N is member 0 again


def test_every_measure_alone_can_be_simulated_with_a_drawn_model(model: Model, ensemble: Ensemble) -> None:
    library = Library(library_directory())
    baseline = load_scenario("autonoom", library, model)
    drawn = ensemble.model(Prior.of(model), 3)
    for name in library.measures:
        alone = measure_scenario(load_measure(library.measure_file(name), model), baseline, model)
        resolve(drawn, alone, [date(2028, 3, 1)], ensemble.effect_place(3, others=True))  # raises where it is refused


def test_the_record_counts_what_the_table_of_figures_shows(model: Model, ensemble: Ensemble) -> None:
    record = json.loads((SHIPPED / "fit.json").read_text(encoding="utf-8"))
    assert {key: record[key] for key in ensemble.record} == dict(ensemble.record)
    figures = pd.read_csv(SHIPPED / "figures.csv")
    fitted = figures[figures["fitted"]]
    verdict = record["verdict"]
    assert sorted(fitted["id"]) == sorted(record["fitted"])
    assert verdict["inside"] == pytest.approx(fitted["inside"].mean())
    for who in ("written", "prior", "posterior"):
        assert verdict[f"score_{who}"] == pytest.approx(fitted[f"score_{who}"].mean())
    assert 0.8 <= verdict["inside"] <= 1.0
    assert fitted["spread"].max() < 1.25
    assert set(record["fitted"]) == {t.id for t in load_reported(model) if t.use == "fit"}
    assert verdict["score_posterior"] < min(verdict["score_prior"], verdict["score_written"])


def test_the_table_of_unknowns_is_that_of_the_ensemble(ensemble: Ensemble) -> None:
    unknowns = pd.read_csv(SHIPPED / "unknowns.csv")
    assert tuple(unknowns["unknown"]) == ensemble.names
    np.testing.assert_allclose(unknowns["shift"], ensemble.latent.mean(axis=1), atol=1e-3)  # latent values are stored in thousandths


def test_the_backtest_beats_the_last_value_and_says_what_is_mere_prior() -> None:
    record = json.loads((SHIPPED / "backtest.json").read_text(encoding="utf-8"))
    table = pd.read_csv(SHIPPED / "backtest.csv")
    assert record["figures_predicted"] == len(table)
    assert record["mere_prior"] == int(table["mere_prior"].sum())
    assert record["inside"] == pytest.approx(table["inside"].mean())
    (last,) = [score for score in record["scores"] if score["predictor"] == "last"]
    assert last["crps"] == pytest.approx(table["crps_last"].mean())
    assert last["model_crps"] < last["crps"]
    assert last["model_interval_score"] < last["interval_score"]


def test_the_record_of_the_recovery_follows_from_its_ranks() -> None:
    record = json.loads((SHIPPED / "recovery.json").read_text(encoding="utf-8"))
    recovery, _ = read_recovery(SHIPPED / "recovery.parquet")
    summary = recovery.summary()
    assert summary["coverage_90%"] == pytest.approx(record["summary"]["coverage_90%"])
    assert summary["truths"] == record["summary"]["truths"]
    assert summary["failing_uniformity"] == record["summary"]["failing_uniformity"]
    assert summary["truths"] >= 100
    for which in ("coverage_90%", "coverage_90%_learnt"):
        assert 0.85 <= summary[which] <= 0.95


def test_the_record_of_what_figures_hang_on_is_of_the_fitted_figures_and_unknowns(ensemble: Ensemble) -> None:
    fit = json.loads((SHIPPED / "fit.json").read_text(encoding="utf-8"))
    indices = pd.read_csv(SHIPPED / "sensitivity" / "indices.csv")
    assert set(indices["unknown"]) <= set(ensemble.names)
    assert set(indices["figure"]) <= set(fit["fitted"])
    assert (indices["samples"] == fit["settings"]["line_runs"]["value"]).all()
    assert (indices["share"] > indices["noise"]).all()
    groups = pd.read_csv(SHIPPED / "sensitivity" / "groups.csv")
    assert groups["unknowns"].sum() == len(ensemble.names)
    assert groups["share"].sum() == pytest.approx(1.0)
    worth = pd.read_csv(SHIPPED / "sensitivity" / "evppi.csv")
    assert (worth["value"] <= worth["perfect"]).all()
    assert set(ensemble.names) <= set(worth["unknown"])
