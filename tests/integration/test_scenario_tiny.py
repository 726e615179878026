"""Scenarios on the small model: found, flattened, resolved and explained."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError, InternalError
from sim.model import Model, load_model
from sim.scenario import Library, Resolved, explain, load_measure, load_scenario, measure_scenario, new_measure_text, resolve, validate

pytestmark = pytest.mark.integration

TINY = Path(__file__).parents[1] / "models" / "tiny"
MONTHS = [date(2024 + k // 12, k % 12 + 1, 1) for k in range(48)]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(TINY)


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(TINY)


@pytest.fixture(scope="module")
def resolved(model: Model, library: Library) -> Resolved:
    return resolve(model, load_scenario("pakket", library, model), MONTHS)


def at(month: str) -> int:
    return MONTHS.index(date.fromisoformat(f"{month}-01"))


def test_the_library_lists_names_and_takes_paths(library: Library, model: Model) -> None:
    assert library.scenarios == ("basis", "pakket")
    assert library.measures == ("preventie", "versterken")
    by_path = load_scenario(TINY / "scenarios" / "pakket.yaml", library, model)
    assert by_path == load_scenario("pakket", library, model)
    assert Library(TINY / "scenarios").scenarios == library.scenarios


def test_the_tiny_model_and_all_beside_it_are_valid() -> None:
    assert validate([TINY]) == []
    assert validate([TINY / "scenarios" / "measures"]) == []


def test_a_scenario_adds_up_what_it_extends(library: Library, model: Model) -> None:
    scenario = load_scenario("pakket", library, model)
    assert [measure.name for measure in scenario.measures] == ["preventie", "versterken"]
    assert [delta.measure for delta in scenario.deltas] == ["pakket"]
    assert scenario.extends == ("basis",)
    assert {Path(file).name for file in scenario.files} == {"pakket.yaml", "basis.yaml", "preventie.yaml", "versterken.yaml"}
    assert pickle.loads(pickle.dumps(scenario)) == scenario


def test_what_two_scenarios_share_counts_once_whatever_the_order(tmp_path: Path, model: Model) -> None:
    head = "title: {nl: x, en: x}\ndescription: {nl: x, en: x}\n"
    (tmp_path / "heen.yaml").write_text(head + "extends: [basis, pakket]\nmeasures: [versterken, preventie]\n")
    (tmp_path / "terug.yaml").write_text(head + "measures: [preventie, versterken, preventie]\nextends: [pakket, basis, pakket]\n")
    library = Library(tmp_path, TINY)
    heen, terug = (load_scenario(name, library, model) for name in ("heen", "terug"))
    assert heen.effects == terug.effects == load_scenario("pakket", library, model).effects
    assert heen.measures == terug.measures


def test_an_effect_grows_in_equal_monthly_steps_for_those_in_scope(resolved: Resolved) -> None:
    path = "demand.huisarts.trend"
    assert resolved.dims(path) == {"gebied"}
    value = resolved.value(path, gebied="Zuid")
    assert value[at("2024-12") : at("2025-06")].tolist() == pytest.approx([1, 0.975, 0.95, 0.925, 0.9, 0.9])
    assert np.all(resolved.value(path, gebied="regio") == 1)


def test_a_counter_effect_reaches_all_that_its_path_means(resolved: Resolved) -> None:
    for node in ("vraaganalyse", "aanvraag", "ambulant", "nachtopvang"):
        path = f"nodes.{node}.stay.scale"
        assert resolved.dims(path) == {"age"}
        assert resolved.value(path, age="0-17")[-1] == pytest.approx(1.1)
        assert resolved.value(path, age="18+")[-1] == 1


def test_a_gebied_reaches_the_teams_whose_sites_serve_no_other(resolved: Resolved) -> None:
    path = "teams.wijkteam.places.fte"
    assert resolved.dims(path) == {"site"}
    during, after = at("2025-07"), at("2026-07")
    assert [resolved.value(path, site=site)[during] for site in ("Noord 1", "Noord 2", "Zuid 1")] == [6, 8, 9.5]
    assert [resolved.value(path, site=site)[after] for site in ("Noord 1", "Noord 2", "Zuid 1")] == [4, 6, 9.5]


def test_an_effect_on_a_shared_parameter_reaches_its_fields_in_their_unit(resolved: Resolved) -> None:
    for path in ("nodes.vraaganalyse.stay.mean", "nodes.aanvraag.stay.mean", "parameters.intake"):
        assert resolved.value(path)[[at("2025-06"), at("2025-07"), at("2026-07")]].tolist() == [42, 35, 42]


def test_a_set_moves_from_the_base_to_its_value(resolved: Resolved) -> None:
    value = resolved.value("teams.wijkteam.places.vacancy")
    assert value[at("2025-12") : at("2026-04")].tolist() == pytest.approx([0.08, 0.115, 0.15, 0.15])


def test_values_per_calendar_month_are_laid_out_over_the_months(resolved: Resolved) -> None:
    assert resolved.month_param("demand.huisarts.season")
    value = resolved.value("demand.huisarts.season")
    assert value[[at("2024-06"), at("2024-07"), at("2025-08"), at("2025-09")]].tolist() == [1.0, 0.6, 0.7, 1.0]


def test_before_the_first_date_nothing_differs_in_a_bit(model: Model, resolved: Resolved) -> None:
    base = resolve(model, None, MONTHS)
    first = at("2025-01")
    for path, parameter in model.parameters.items():
        site = model.sites[parameter.sites].names[0] if parameter.sites else None
        where = {"gebied": "Zuid", "age": "0-17", "site": site}
        assert resolved.value(path, **where)[:first].tobytes() == base.value(path, **where)[:first].tobytes(), path


def test_draws_are_asked_by_measure_and_path_as_written(model: Model, library: Library) -> None:
    asked = []

    def draw(measure: str, path: str) -> float:
        asked.append((measure, path))
        return 0.0

    low = resolve(model, load_scenario("pakket", library, model), MONTHS, draw)
    assert sorted(asked) == [
        ("pakket", "teams.wijkteam.places.vacancy"),
        ("preventie", "demand.huisarts.trend"),
        ("preventie", "nodes.*.stay.scale"),
        ("versterken", "parameters.intake"),
        ("versterken", "teams.wijkteam.places.fte"),
    ]
    assert low.value("demand.huisarts.trend", gebied="Noord")[-1] == pytest.approx(0.8)


def test_equal_values_are_one_array_that_nobody_can_change(resolved: Resolved) -> None:
    one = resolved.value("demand.huisarts.trend", gebied="Noord", age="0-17")
    assert one is resolved.value("demand.huisarts.trend", gebied="Zuid")
    with pytest.raises(ValueError, match="read-only"):
        one[0] = 2


def test_a_class_or_path_that_is_missing_is_our_own_mistake(resolved: Resolved) -> None:
    with pytest.raises(InternalError, match="varies by age"):
        resolved.value("nodes.ambulant.stay.scale")
    with pytest.raises(InternalError, match="no parameter"):
        resolved.value("nodes.ambulant.stay.scales")
    with pytest.raises(InternalError, match="no value for Overal"):
        resolved.value("population", gebied="Overal", age="18+")


def test_measures_cost_per_month_or_once(resolved: Resolved) -> None:
    costs = resolved.measure_costs()
    assert costs["preventie"][[at("2024-12"), at("2025-01"), at("2027-12")]].tolist() == [0, 10_000, 10_000]
    assert costs["versterken"].sum() == costs["versterken"][at("2025-07")] == 60_000


def test_explain_tells_every_difference_with_base_and_outcome(model: Model, library: Library) -> None:
    found = explain(model, load_scenario("pakket", library, model))
    assert [each.start for each in found] == sorted(each.start for each in found)
    fte = next(each for each in found if each.path == "teams.wijkteam.places.fte")
    assert (str(fte.base), str(fte.low), str(fte.mode), str(fte.high), fte.unit) == ("4 to 6", "5 to 7", "6 to 8", "7 to 9", "fte")
    assert (fte.measure, str(fte.scope), fte.evidence, fte.until) == ("versterken", "gebied: Noord", "reported", date(2026, 7, 1))
    assert "path: teams.wijkteam.places.fte" in Path(fte.file).read_text().splitlines()[fte.line - 1]
    intake = next(each for each in found if each.path == "parameters.intake")
    assert (str(intake.base), str(intake.mode), intake.unit) == ("6", "5", "weeks")


def test_a_measure_alone_is_the_baseline_and_one_more(model: Model, library: Library) -> None:
    measure = load_measure(library.measure_file("versterken"), model)
    alone = measure_scenario(measure, load_scenario("basis", library, model), model)
    assert alone.name == "versterken"
    assert [each.name for each in alone.measures] == ["preventie", "versterken"]


def test_a_cap_can_be_set_where_there_was_none(tmp_path: Path, model: Model) -> None:
    head = "title: {nl: x, en: x}\ndescription: {nl: x, en: x}\n"
    delta = "{path: nodes.ambulant.stay.cap, op: set, low: 300, mode: 365, high: 400, "
    delta += "start: 2025-01-01, until: 2026-01-01, evidence: assumption, source: x}"
    (tmp_path / "tijdelijk.yaml").write_text(f"{head}deltas:\n  - {delta}\n")
    value = resolve(model, load_scenario("tijdelijk", Library(tmp_path), model), MONTHS).value("nodes.ambulant.stay.cap")
    assert value[[at("2024-12"), at("2025-01"), at("2025-12"), at("2026-01")]].tolist() == [np.inf, 365, 365, np.inf]


def test_a_new_measure_is_refused_until_it_is_filled_in_and_then_valid(tmp_path: Path, model: Model) -> None:
    file = tmp_path / "measures" / "nieuw.yaml"
    file.parent.mkdir()
    text = new_measure_text("nieuw")
    file.write_text(text)
    faults = validate([file], None, model)
    assert {fault.field for fault in faults} == {"effects[0].path", "counter_effects[0].path"}
    file.write_text(text.replace("nodes.NODE.", "nodes.ambulant.").replace("demand.STREAM.", "demand.huisarts."))
    assert validate([file], None, model) == []


def test_a_scenario_loaded_without_the_model_is_checked_when_it_is_resolved(tmp_path: Path, model: Model) -> None:
    head = "title: {nl: x, en: x}\ndescription: {nl: x, en: x}\n"
    delta = "{path: nodes.ambulant.stay.scal, op: set, low: 1, mode: 1, high: 1, start: 2025-01-01, evidence: assumption, source: x}"
    (tmp_path / "elders.yaml").write_text(f"{head}deltas:\n  - {delta}\n")
    scenario = load_scenario("elders", Library(tmp_path))
    with pytest.raises(InputError) as caught:
        resolve(model, scenario, MONTHS)
    assert caught.value.faults[0].nearest == "nodes.ambulant.stay.scale"


def test_a_file_of_another_kind_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "docker.yaml").write_text("services: {web: {image: x}}\n")
    [fault] = validate([tmp_path])
    assert (fault.line, fault.what) == (1, "holds no key of a model, a measure or a scenario")
