"""The forecast on the shipped model: one demand for simulator and forecast, sums that add up, counts that are met, bands that hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sim.data import base_model, examples_directory, library_directory
from sim.errors import InputError
from sim.experiment.ensemble import ensemble_of
from sim.forecasting import Forecast, evaluate, forecast, forecast_scenario, load_series
from sim.forecasting.evaluation import TOGETHER
from sim.forecasting.fitted import fitted_demand
from sim.forecasting.forecast import KINDS, LEVELS
from sim.model import Model, load_model
from sim.model.unknowns import Prior
from sim.plan import Plan, compile_plan
from sim.report.forecast_files import write_forecast
from sim.scenario import Library, Scenario, load_scenario

pytestmark = pytest.mark.integration

FEW = 100  # paths: enough to add up, too few for a band
COUNTS = """stroom;jaar;aantal;breuk
huisarts;2019;2300;
huisarts;2020;2410,5;
huisarts;2022;2900;ja
huisarts;2023;3100;
wmo_huishouden;2022;3600;
"""
PEOPLE = "gebied;leeftijd;jaar;personen\nCentrum;80+;2026;1500\nCentrum;80+;2030;1900\nNoord;0-11;2025;5000\n"


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(base_model())


@pytest.fixture(scope="module")
def world(model: Model) -> Scenario:
    return load_scenario("huidig-beleid", Library(library_directory()), model)


@pytest.fixture(scope="module")
def plain(model: Model, world: Scenario) -> Forecast:
    return forecast(model, world, parameters="base", paths=FEW)


@pytest.fixture(scope="module")
def fitted(model: Model, world: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Forecast:
    folder = tmp_path_factory.mktemp("eigen")
    (folder / "tellingen.csv").write_text(COUNTS, encoding="utf-8")
    (folder / "inwoners.csv").write_text(PEOPLE, encoding="utf-8")
    given = {"history": folder / "tellingen.csv", "population": folder / "inwoners.csv"}
    return forecast(model, world, **given, parameters="base", paths=FEW)


def same_demand(made: Forecast, plan: Plan, model: Model) -> None:
    """Per stream and month: persons expected by the forecast and by the plan."""
    days = np.diff(plan.months) / 1440
    within = [i for i, month in enumerate(made.demand.months) if model.start <= month < model.until]
    for name in made.demand.streams:
        rows = [i for i, each in enumerate(plan.names.streams) if each == name]
        ours = made.demand.expected[made.demand.cells(name)][:, within].sum(axis=0)
        np.testing.assert_allclose((plan.stream_rate[rows] * days).sum(axis=0), ours, rtol=1e-12, atol=1e-12)  # sums in another order


def test_the_forecast_expects_what_the_simulator_is_given(model: Model, world: Scenario, plain: Forecast) -> None:
    same_demand(plain, compile_plan(model, world), model)


def test_the_demand_of_the_fitted_ensemble_is_what_its_members_are_given_on_average(model: Model, world: Scenario, plain: Forecast) -> None:
    ensemble = ensemble_of(model, "posterior")
    assert ensemble is not None
    three = replace(ensemble, latent=ensemble.latent[:, :3])
    made = plain.demand.scaled(fitted_demand(plain.demand, world, three).factor)
    prior, population = Prior.of(model), {"population": model.parameters["population"]}  # how it may differ is not the ensemble's to say
    members = [three.model(prior, m) for m in range(3)]
    plans = [
        compile_plan(replace(member, parameters=member.parameters | population), world, effect_draw=three.effect_place(m))
        for m, member in enumerate(members)
    ]
    days = np.diff(plans[0].months) / 1440
    within = [i for i, month in enumerate(made.months) if model.start <= month < model.until]
    for name in made.streams:
        given = [(plan.stream_rate[[each == name for each in plan.names.streams]] * days).sum(axis=0) for plan in plans]
        np.testing.assert_allclose(made.expected[made.cells(name)][:, within].sum(axis=0), np.mean(given, axis=0), rtol=1e-9)


def test_a_forecast_written_as_a_scenario_gives_the_simulator_its_demand(model: Model, fitted: Forecast, tmp_path: Path) -> None:
    file = tmp_path / "prognose.yaml"
    file.write_text(forecast_scenario(fitted, "huidig-beleid"), encoding="utf-8")
    written = load_scenario(file, Library(library_directory()), model)
    same_demand(fitted, compile_plan(model, written), model)


def test_drawn_effects_of_a_written_forecast_leave_its_mean_where_it_is(plain: Forecast) -> None:
    for line in forecast_scenario(plain, None).splitlines():
        if line.startswith("  - {path: demand."):
            low, mode, high = (float(line.split(f"{end}: ")[1].split(",")[0]) for end in ("low", "mode", "high"))
            assert (low + mode + high) / 3 == pytest.approx(mode)
            assert low >= 0


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", KINDS)
def test_parts_add_up_to_the_whole_on_every_path_and_in_the_mean(fitted: Forecast, kind: str, level: str) -> None:
    groups = [leaves for *_, leaves in fitted.groups(kind, level)]
    whole = fitted.total_paths(np.arange(len(fitted.mean)))
    np.testing.assert_array_equal(np.sum([fitted.total_paths(leaves) for leaves in groups], axis=0), whole)
    np.testing.assert_allclose(np.sum([fitted.mean[leaves].sum(axis=0) for leaves in groups], axis=0), fitted.mean.sum(axis=0), rtol=1e-12)


def test_counted_years_are_met_and_a_broken_past_keeps_the_shape_of_the_model(fitted: Forecast, plain: Forecast) -> None:
    def expected(made: Forecast) -> dict[int, float]:
        return {row.year: row.expected for row in made.table("route") if row.name == "huisarts"}

    ours, base = expected(fitted), expected(plain)
    assert ours[2022] == pytest.approx(2900)
    assert ours[2023] == pytest.approx(3100)
    assert ours[2020] / ours[2019] == pytest.approx(
        base[2020] / base[2019]
    )  # counted otherwise then: 2410,5 / 2300 says nothing of the level now


def test_one_counted_year_has_wider_bands_than_four(model: Model, world: Scenario, tmp_path: Path) -> None:
    def width(text: str) -> float:
        file = tmp_path / "tellingen.csv"
        file.write_text("stroom;jaar;aantal\n" + text, encoding="utf-8")
        made = forecast(model, world, history=file, parameters="base", paths=400)
        low, high = np.quantile(made.noise.refits[0][:, made.years.index(2030)], [0.1, 0.9])
        return float(high / low)

    steady = "".join(f"gi_rechter;{year};{700 + year % 2}\n" for year in range(2014, 2024))
    assert width(steady) < width("gi_rechter;2023;700\n")


def test_counts_in_parts_follow_their_sum_and_its_bands(model: Model, world: Scenario, tmp_path: Path) -> None:
    """Fourteen gebieden that grow alike: the sum is as uncertain as one series, not as fourteen that cancel out."""
    lines = [f"gi_rechter;{gebied};{year};{40 + 2 * (year - 2015)}" for gebied in model.gebieden[:14] for year in range(2015, 2024)]
    parts, whole = tmp_path / "delen.csv", tmp_path / "geheel.csv"
    parts.write_text("stroom;gebied;jaar;aantal\n" + "\n".join(lines) + "\n", encoding="utf-8")
    sums = [f"gi_rechter;{year};{14 * (40 + 2 * (year - 2015))}" for year in range(2015, 2024)]
    whole.write_text("stroom;jaar;aantal\n" + "\n".join(sums) + "\n", encoding="utf-8")

    def in_2030(file: Path) -> tuple[float, float]:
        made = forecast(model, world, history=file, parameters="base", paths=400)
        t = made.years.index(2030)
        cells = made.demand.cells("gi_rechter")
        moved = sum(
            noise[:, t] * made.demand.yearly(made.demand.expected[refit.cells]).sum(axis=0)[t]
            for refit, noise in zip(made.refits, made.noise.refits, strict=True)
        )
        low, high = np.quantile(np.asarray(moved), [0.1, 0.9])
        return float(made.demand.yearly(made.demand.expected[cells]).sum(axis=0)[t]), float(high / low)

    (sum_of_parts, band_of_parts), (total, band) = in_2030(parts), in_2030(whole)
    assert sum_of_parts == pytest.approx(total, rel=0.05)  # `overig` is counted in the whole alone
    assert band_of_parts == pytest.approx(band, rel=0.25)  # 400 paths each: a quantile ratio to about 10 per cent


def test_another_forecast_lies_beside_ours_or_replaces_it(model: Model, world: Scenario, plain: Forecast, tmp_path: Path) -> None:
    file = tmp_path / "voorspelmodel.csv"
    file.write_text(
        "stroom;jaar;aantal;eenheid\nwmo_huishouden;2024;20000;clienten\nwmo_huishouden;2030;24000;clienten\n", encoding="utf-8"
    )

    def rows(made: Forecast) -> dict[int, tuple[float, float | None]]:
        return {r.year: (r.expected, r.external[0] if r.external else None) for r in made.table("route") if r.name == "wmo_huishouden"}

    ours, beside = rows(plain), rows(forecast(model, world, external=file, parameters="base", paths=FEW))
    replaced = rows(forecast(model, world, external=file, external_as="replace", parameters="base", paths=FEW))
    assert beside[2030][0] == ours[2030][0]
    assert beside[2030][1] == pytest.approx(1.2 * ours[2024][0])
    assert replaced[2030][0] == pytest.approx(1.2 * ours[2024][0])
    assert replaced[2023][0] == pytest.approx(ours[2023][0])
    with pytest.raises(InputError, match="no forecast to replace"):
        forecast(model, world, external_as="replace")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("huisarts;regio;2023;5", "expects nobody of huisarts, regio"),
        ("huisarts;Noord;2040;5", "lies after the last year"),
        ("voogdij_woonplaatsbeginsel;;2019;5", "expects nobody of voogdij_woonplaatsbeginsel in 2019"),
    ],
)
def test_counts_the_model_has_no_place_for_are_refused_with_their_line(
    model: Model, world: Scenario, tmp_path: Path, line: str, what: str
) -> None:
    file = tmp_path / "tellingen.csv"
    file.write_text(f"stroom;gebied;jaar;aantal\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError, match=what) as caught:
        forecast(model, world, history=file, paths=FEW)
    assert caught.value.faults[0].line == 2


def test_same_inputs_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    made_by = {"seed": 1}
    for folder in ("een", "twee"):
        write_forecast(
            forecast(load_model(examples_directory() / "one-queue"), paths=FEW),
            tmp_path / folder,
            level="gebied",
            lang="nl",
            made_by=made_by,
            inputs=[],
        )
    files = sorted(path.relative_to(tmp_path / "een") for path in (tmp_path / "een").rglob("*.*"))
    assert {path.suffix for path in files} == {".csv", ".svg", ".png", ".json"}
    for path in files:
        assert (tmp_path / "een" / path).read_bytes() == (tmp_path / "twee" / path).read_bytes()


def test_draws_of_a_stream_depend_on_the_seed_alone(model: Model, world: Scenario, plain: Forecast, fitted: Forecast) -> None:
    again = forecast(model, world, parameters="base", paths=FEW)
    np.testing.assert_array_equal(again.paths, plain.paths)
    assert not np.array_equal(forecast(model, world, parameters="base", paths=FEW, seed=2).paths, plain.paths)
    np.testing.assert_array_equal(fitted.noise.streams["cjg"], plain.noise.streams["cjg"])


def test_on_observed_series_the_method_beats_the_last_value_and_the_straight_line_and_its_bands_hold() -> None:
    """Per topic, income and household size left out: they are no demand."""
    topics, _ = evaluate(load_series(), benchmarks=("naive", "drift"), paths=500)
    judged = [t for t in topics if t.topic not in ("inkomen", "huishoudens", TOGETHER)]
    assert {t.topic for t in judged} == {"bevolking", "dakloosheid", "jeugdbescherming", "pleegzorg"}
    for topic in judged:
        assert topic.mase["naive"] is not None
        assert topic.mase["drift"] is not None
        assert topic.mase["naive"] <= 1.0, topic
        assert topic.mase["drift"] <= 1.05, topic
        assert 0.70 <= topic.coverage[1] <= 0.90, topic
