"""The small model that uses every part of the format: what the loader makes of it."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.model import Model, load_model
from sim.model.json_schema import schema

pytestmark = pytest.mark.integration

TINY = Path(__file__).parents[1] / "models" / "tiny"


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(TINY)


def value(model: Model, path: str, **where: str) -> float:
    return model.parameters[path].series(**where).values[0]


def test_the_frame_of_the_model(model: Model) -> None:
    assert (model.start.isoformat(), model.until.isoformat()) == ("2024-01-01", "2028-01-01")
    assert model.age_groups == ("0-17", "18+")
    assert model.age_edges == (0, 18)
    assert model.gebieden == ("Noord", "Zuid", "regio")
    assert model.urgencies == ("hoog", "normaal")
    assert model.parts == ("toegang", "hulp")
    assert model.exits == ("klaar", "wlz", "afgehaakt")
    assert model.title.text("en") == "Tiny"


def test_sites_come_from_tables_and_from_the_file(model: Model) -> None:
    assert model.sites["wijkteam"].names == ("Noord 1", "Noord 2", "Zuid 1")
    assert model.sites["loket"].members[1].serves == ("Zuid", "regio")
    assert model.sites_of_team("wijkteam") is model.sites["wijkteam"]
    assert model.sites_of_team("opvang") is None


def test_values_are_in_canonical_units(model: Model) -> None:
    assert value(model, "nodes.vraaganalyse.stay.mean") == 42
    assert value(model, "nodes.vraaganalyse.promote_after") == pytest.approx(3 * 30.4375)
    assert value(model, "nodes.vraaganalyse.norm.within") == 42
    assert value(model, "nodes.ambulant.price") == pytest.approx(100)
    assert value(model, "nodes.ambulant.contribution") == 5
    assert value(model, "nodes.ambulant.interim.mean") == 365.25
    assert value(model, "nodes.nachtopvang.age_limit") == 67
    price = model.parameters["nodes.ambulant.price"]
    assert (price.unit, price.written_unit) == ("euro per client-week", "euro per client-year")
    assert price.range.low == pytest.approx(4000 / 52.18)


def test_class_tables_are_kept_in_days(model: Model) -> None:
    classes = model.classes["nodes.ambulant.stay"]
    assert classes.upper == pytest.approx((6 * 30.4375, 365.25, 730.5))
    assert classes.share == (0.5, 0.3, 0.2)


def test_keys_not_named_take_other(model: Model) -> None:
    assert [value(model, "parameters.gebied_factor", gebied=gebied) for gebied in model.gebieden] == [1.0, 1.2, 1.0]
    season = model.parameters["demand.huisarts.season"]
    assert [season.series(month=month).values[0] for month in (1, 7, 8, 12)] == [1.0, 0.6, 0.7, 1.0]


def test_a_shared_parameter_stands_in_every_field_that_names_it(model: Model) -> None:
    mean = model.parameters["nodes.aanvraag.stay.mean"]
    assert mean.shared == "intake"
    assert mean.values == model.parameters["parameters.intake"].values
    assert model.location("nodes.aanvraag.stay.mean").line != model.location("parameters.intake").line


def test_tables_are_read_by_key_and_date(model: Model) -> None:
    assert model.parameters["population"].by == ("gebied", "age")
    assert model.parameters["population"].series("Noord", "0-17").monthly([(2024, 7)]).tolist() == [2060]
    assert model.parameters["teams.wijkteam.places.fte"].series(site="Zuid 1").values == (8, 9.5)


def test_the_rest_completes_every_class_and_month(model: Model) -> None:
    rest = model.parameters["nodes.vraaganalyse.routes.klaar.share"]
    assert rest.by == ("age",)
    assert rest.series(age="0-17").monthly([(2024, 1), (2026, 1)]).tolist() == pytest.approx([0.4, 0.3])
    assert rest.series(age="18+").monthly([(2024, 1), (2026, 1)]).tolist() == pytest.approx([0.5, 0.4])
    assert rest.rest_of == ("nodes.vraaganalyse.routes.naar_ambulant.share", "nodes.vraaganalyse.routes.naar_loket.share")
    assert value(model, "nodes.vraaganalyse.urgency.normaal") == pytest.approx(0.8)
    assert value(model, "supplies.woningen.shares.woning") == 1


def test_levers_nobody_wrote_are_there_at_the_value_that_changes_nothing(model: Model) -> None:
    neutral = {path: parameter.values[()].values[0] for path, parameter in model.parameters.items() if parameter.is_neutral}
    assert neutral["nodes.vraaganalyse.stay.scale"] == 1
    assert neutral["nodes.ambulant.stay.cap"] == float("inf")
    assert neutral["demand.straat.trend"] == 1
    assert neutral["teams.wijkteam.places.sick_leave"] == 0
    assert neutral["teams.opvang.supplementary_places"] == 0
    assert (neutral["nodes.aanvraag.urgency.hoog"], neutral["nodes.aanvraag.urgency.normaal"]) == (0, 1)
    assert (neutral["pools.hulp.merge"], neutral["pools.hulp.inflow"]) == (0, 0)
    assert "teams.opvang.places.vacancy" not in model.parameters
    assert "nodes.woning.stay.scale" not in model.parameters


def test_every_written_number_has_a_source_and_a_place(model: Model) -> None:
    for parameter in model.written_parameters():
        assert parameter.source
        file, line = model.location(parameter.path)
        assert Path(file).read_text().splitlines()[line - 1].strip()


def test_a_model_and_its_parameters_travel_to_other_processes(model: Model) -> None:
    again = pickle.loads(pickle.dumps(model))
    assert again == model
    assert again.location("population") == model.location("population")


def test_the_digest_follows_the_bytes_of_every_file(model: Model, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(TINY, tmp_path / "copy"))
    assert load_model(copy).digest() == model.digest() == load_model(TINY).digest()
    table = copy / "tables" / "fte.csv"
    table.write_text(table.read_text() + "Noord 1,2027-01-01,5\n")
    assert load_model(copy).digest() != model.digest()


def test_several_files_make_one_model(model: Model, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(TINY, tmp_path / "copy"))
    text = (copy / "model.yaml").read_text()
    at = text.index("\n  nachtopvang:")
    until = text.index("\ndemand:")
    (copy / "opvang.yaml").write_text("nodes:" + text[at:until] + "\n")
    (copy / "model.yaml").write_text(text[:at] + text[until:])
    split = load_model(copy)
    assert split.parameters == model.parameters
    assert split.location("nodes.woning").file.endswith("opvang.yaml")


def test_the_model_file_may_be_named_instead_of_its_directory(model: Model) -> None:
    assert load_model(TINY / "model.yaml").parameters == model.parameters


def test_the_schemas_are_json_and_know_the_keys_of_the_format() -> None:
    schemas = json.loads(json.dumps(schema()))
    assert schemas.keys() == {"model", "measure", "scenario", "study"}
    assert {"nodes", "teams", "demand"} <= schemas["model"]["properties"].keys()
    assert "scope" in schemas["measure"]["required"]
    assert schemas["scenario"]["additionalProperties"] is False


def test_a_fault_in_one_node_does_not_hide_those_in_others(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(TINY, tmp_path / "copy"))
    text = (copy / "model.yaml").read_text()
    text = text.replace("stay: {distribution: fixed, mean: intake}", "stay: {distribution: fixd, mean: intake}")
    text = text.replace("team: opvang\n", "team: opvangg\n").replace("cv: {value: 0.5, unit: ratio", "cv: {value: 0.5, unit: days")
    text = text.replace("rate: {value: 0.5,", "rate: {value: -0.5,").replace("start: 2024-01-01\n", "")
    (copy / "model.yaml").write_text(text)
    with pytest.raises(InputError) as caught:
        load_model(copy)
    assert {fault.field for fault in caught.value.faults} == {
        "start",
        "nodes.vraaganalyse.stay.distribution",
        "nodes.aanvraag.stay.cv.unit",
        "nodes.nachtopvang.team",
        "demand.straat.rate.value",
    }
