"""Files with something wrong: refused with file, line, field, nearest name and mend, all at once, and by nothing but InputError.

A fixture is named after its fault; the faulty lines carry the comment ``# fault`` where the format has comments.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
from pathlib import Path

import pytest

from sim.errors import Fault, InputError
from sim.experiment.reported import load_reported
from sim.model import Model, load_model
from sim.scenario import Library, load_measure, load_scenario, validate

pytestmark = pytest.mark.integration

TESTS = Path(__file__).parents[1]
BROKEN = TESTS / "broken"
TINY = TESTS / "models" / "tiny"
MARK = "# fault"

# fixture: field of each fault, in order of line (several on one line in order of finding), and the nearest name offered
MODELS: dict[str, list[tuple[str, str | None]]] = {
    "aged_out_without_age_limit": [("nodes.hulp.aged_out", None)],
    "alias_of_itself": [("parts.hulp.title", None)],
    "band_turned_around": [("teams.straatteam.places.fte.range", None)],
    "band_without_value": [("teams.straatteam.places.fte.range", None)],
    "bare_number": [("nodes.hulp.stay.mean", None)],
    "circle_of_aged_out": [("nodes.hulp.aged_out", None)],
    "circle_without_time": [("nodes.intake.routes", None)],
    "date_not_first_of_month": [("teams.straatteam.places.fte.value", None)],
    "date_that_does_not_exist": [("teams.straatteam.places.fte.value", None)],
    "dates_out_of_order": [("teams.straatteam.places.fte.value", None)],
    "defined_twice_in_two_files": [("exits.weg", None)],
    "duplicate_key": [("nodes.hulp.part", None)],
    "empty_source": [("teams.straatteam.places.fte.source", None)],
    "gap_between_age_groups": [("age_groups[1]", None)],
    "gebied_not_served": [("nodes.hulp", None)],
    "interim_without_routes": [("nodes.hulp.interim", None)],
    "keep_on_the_way_out": [("nodes.hulp.routes.klaar.keep", None)],
    "last_age_group_closed": [("age_groups", None)],
    "many_faults": [
        ("until", None),
        ("teams.straatteam.places.fte.value", None),
        ("teams.straatteam.places.vacancy.source", None),
        ("nodes.intake.routes.naar_hulp.to", "hulp"),
        ("nodes.hulp.stay.mean.unit", "days"),
        ("demand.vraag.rate.valeu", "value"),
    ],
    "missing_band": [("teams.straatteam.places.fte.range", None)],
    "missing_source": [("teams.straatteam.places.fte.source", None)],
    "missing_table": [("population.table", "population.csv")],
    "misspelled_unit": [("nodes.hulp.stay.mean.unit", "weeks")],
    "name_in_capitals": [("demand.Vraag", None)],
    "name_of_node_and_exit": [("nodes.klaar", None)],
    "names_that_differ_in_capitals": [("gebieden[1]", None)],
    "negative_capacity": [("teams.straatteam.places.fte.value", None)],
    "not_a_finite_number": [("teams.straatteam.places.fte.value", None)],
    "not_closed": [("", None)],
    "patience_without_renege": [("nodes.hulp.patience", None)],
    "people_in_care_without_stay": [("nodes.intake.warm_start.in_care", None)],
    "point_band": [("teams.straatteam.places.fte.range", None)],
    "pooled_age_limits_differ": [("pools.samen.nodes", None)],
    "price_and_team_cost": [("nodes.hulp.price", None)],
    "rate_by_site": [("demand.vraag.rate.by", None)],
    "relative_band_without_1": [("teams.straatteam.places.fte.range", None)],
    "reserved_name": [("gebieden[0]", None)],
    "rest_outside_a_group": [("teams.straatteam.places.vacancy", None)],
    "shares_over_1": [("nodes.intake.routes", None)],
    "shares_over_1_with_rest": [("nodes.hulp.routes", None)],
    "shares_under_1_for_one_age": [("nodes.intake.routes", None)],
    "stay_without_mean": [("nodes.hulp.stay.mean", None)],
    "supply_without_share": [("nodes.hulp.supply", None)],
    "tab_indentation": [("", None)],
    "table_outside_model": [("population.table", None)],
    "text_for_a_number": [("teams.straatteam.places.fte.value", None)],
    "two_documents": [("", None)],
    "two_rests": [("nodes.hulp.routes.weg.share", None)],
    "unknown_age_group": [("population.value.18-99", "18+"), ("population.value", None)],
    "unknown_alias": [("parts.hulp.title", None)],
    "unknown_distribution": [("nodes.hulp.stay.distribution", "exponential")],
    "unknown_gebied_of_site": [("sites.straat.members.Noord 1.serves", "Noord")],
    "unknown_index": [("nodes.hulp.index", "cao")],
    "unknown_key": [("teams.straatteam.places.vacansy", "vacancy")],
    "unknown_kind": [("teams.straatteam.places.fte.kind", "assumption")],
    "unknown_node_in_route": [("nodes.intake.routes.naar_hulp.to", "hulp")],
    "unknown_part": [("demand.vraag.part", "hulp")],
    "unknown_shared_parameter": [("nodes.hulp.stay.mean", "maand")],
    "unknown_team": [("nodes.hulp.team", "straatteam")],
    "until_before_start": [("until", None)],
    "vacancy_over_1": [("teams.straatteam.places.vacancy.value", None)],
    "value_and_table": [("teams.straatteam.places.fte.table", None)],
    "wrong_unit": [("nodes.hulp.stay.mean.unit", "days")],
}

# fixtures whose fault cannot be marked in the file: (file within it, line, field, nearest)
UNMARKED: dict[str, list[tuple[str, int | None, str, str | None]]] = {
    "alias_bomb": [("model.yaml", 7, "f", None)],
    "empty_file": [("model.yaml", 1, "", None)],
    "missing_column": [("population.csv", 1, "persons", "person")],
    "missing_keys": [("model.yaml", 1, "gebieden", None), ("model.yaml", 1, "exits", None)],
    "missing_row_in_table": [("population.csv", 2, "gebied, age", None)],
    "no_main_file": [("", None, "", None)],
    "not_a_map": [("model.yaml", 1, "", None)],
    "row_twice_in_table": [("population.csv", 4, "persons", None)],
    "table_with_semicolons": [("population.csv", 1, "", None)],
    "text_in_table": [("population.csv", 2, "persons", None)],
    "unknown_gebied_in_table": [("population.csv", 4, "gebied", "Noord")],
    "yml_beside_model": [("more.yml", 1, "", None)],
}

MEASURES: dict[str, tuple[str, str | None]] = {
    "age_scope_on_a_team": ("scope.age", None),
    "band_turned_around": ("effects[0].low", None),
    "cap_where_there_is_none": ("effects[0].op", None),
    "duplicate_key": ("ramp", None),
    "effects_out_of_order_in_time": ("effects[0].until", None),
    "gebied_scope_on_a_team_without_sites": ("scope.gebied", None),
    "gebied_scope_that_no_site_keeps_to": ("scope.gebied", None),
    "half_a_month": ("ramp", None),
    "half_a_switch": ("effects[0].op", None),
    "history_changed": ("effects[0].path", None),
    "missing_source": ("effects[0].source", None),
    "mode_outside_band": ("effects[0].mode", None),
    "negative_capacity": ("effects[0].low", None),
    "negative_factor": ("effects[0].low", None),
    "no_effects": ("effects", None),
    "scope_of_unknown_age": ("scope.age", "0-17"),
    "scope_of_unknown_gebied": ("scope.gebied", "Noord"),
    "scope_of_unknown_site": ("scope.site", "Noord 2"),
    "scope_without_age": ("scope.age", None),
    "share_below_0": ("effects[0].low", None),
    "share_over_1": ("effects[0].high", None),
    "start_not_first_of_month": ("start", None),
    "start_out_of_reach": ("start", None),
    "text_for_a_number": ("effects[0].mode", None),
    "unknown_evidence": ("effects[0].evidence", "assumption"),
    "unknown_key": ("program", "programme"),
    "unknown_op": ("effects[0].op", "multiply"),
    "unknown_path": ("effects[0].path", "nodes.vraaganalyse.stay.scale"),
    "unknown_path_with_star": ("effects[0].path", "nodes.*.stay.scale"),
    "path_of_a_group": ("effects[0].path", "nodes.vraaganalyse.stay.cap"),
    "until_before_start": ("until", None),
    "wrong_cost_unit": ("cost.unit", "euro per year"),
}
MEASURES_UNMARKED = {"without_scope": (2, "scope"), "add_and_multiply": (13, "effects[1].op"), "two_sets_differ": (13, "effects[1].op")}

SCENARIOS: dict[str, tuple[str, str | None]] = {
    "circular_extends_c": ("extends[0]", None),
    "delta_on_unknown_path": ("deltas[0].path", "teams.wijkteam.places.vacancy"),
    "delta_without_start": ("deltas[0].start", None),
    "extends_itself": ("extends[0]", None),
    "name_for_a_list": ("measures", None),
    "shares_over_1_together": ("deltas[0].high", None),
    "unknown_extends": ("extends[0]", "basis"),
    "unknown_key": ("measure", "measures"),
    "unknown_measure": ("measures[1]", "versterken"),
}


# fixture: field of each fault, in order of line, and the nearest name offered
TARGETS: dict[str, list[tuple[str, str | None]]] = {
    "band_turned_around": [("targets[0].band", None)],
    "band_without_width": [("targets[0].band", None)],
    "date_after_the_run": [("targets[0].period", None)],
    "date_before_the_run": [("targets[0].period", None)],
    "date_that_is_no_quarter": [("targets[0].period", None)],
    "duplicate_id": [("targets[1].id", None)],
    "duration_without_bounds": [("targets[0].between", None)],
    "fall_into_the_future": [("targets[0].fall_since", None), ("targets[0].scale", None), ("targets[1].fall_since", None)],
    "level_over_1": [("targets[0].level", None)],
    "many_faults": [
        ("targets[0].nodes", "ambulant"),
        ("targets[0].period", None),
        ("targets[0].unit", None),
        ("targets[0].band", None),
        ("targets[1].source", None),
        ("targets[2].period", None),
    ],
    "missing_source": [("targets[0].source", None)],
    "negative_band": [("targets[0].band", None)],
    "nodes_and_part": [("targets[0].nodes", None)],
    "share_over_1": [("targets[0].band", None)],
    "unknown_age_group": [("targets[0].age", "18+")],
    "unknown_gebied": [("targets[0].gebied", "Noord")],
    "unknown_indicator": [("targets[0].indicator", "starts")],
    "unknown_node": [("targets[0].nodes", "ambulant")],
    "unknown_node_in_a_group": [("groups.alles", "ambulant")],
    "unknown_node_to_divide_by": [("targets[0].over.nodes", "ambulant")],
    "use_of_another_word": [("targets[0].use", None)],
    "value_outside_band": [("targets[0].band", None)],
    "wait_without_a_clock": [("targets[0].clock", None)],
    "wrong_unit": [("targets[0].unit", "persons per year")],
    "wrong_unit_of_a_share": [("targets[0].unit", None)],
    "zero_on_a_log_scale": [("targets[0].scale", None)],
}


@pytest.fixture(scope="module")
def tiny() -> Model:
    return load_model(TINY)


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(TINY)


def faults_of_model(directory: Path) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as caught:
        load_model(directory)
    assert all(fault.what and fault.file for fault in caught.value.faults)
    assert all(fault.mend for fault in caught.value.faults), "each fault says how to mend it"
    return caught.value.faults


def marked_lines(*files: Path) -> list[tuple[str, int]]:
    return [(file.as_posix(), i) for file in sorted(files) for i, line in enumerate(file.read_text().splitlines(), start=1) if MARK in line]


def test_every_fixture_is_expected_to_show_something() -> None:
    assert {path.name for path in (BROKEN / "models").iterdir()} == MODELS.keys() | UNMARKED.keys()
    assert {path.stem for path in (BROKEN / "measures").iterdir()} == MEASURES.keys() | MEASURES_UNMARKED.keys()
    assert {path.stem for path in (BROKEN / "targets").iterdir()} == TARGETS.keys()
    helpers = {"circular_extends", "circular_extends_b", "conflict_with_a_measure", "faults_behind_faults"}
    assert {path.stem for path in (BROKEN / "scenarios").iterdir()} == SCENARIOS.keys() | helpers


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_broken_model_is_refused_at_the_faulty_line(name: str) -> None:
    directory = BROKEN / "models" / name
    faults = faults_of_model(directory)
    assert sorted({(fault.file, fault.line) for fault in faults}) == marked_lines(*directory.glob("*.yaml"))
    assert [(fault.field, fault.nearest) for fault in faults] == MODELS[name]


@pytest.mark.parametrize("name", sorted(UNMARKED))
def test_a_broken_model_without_a_markable_line_is_refused_at_its_file(name: str) -> None:
    directory = BROKEN / "models" / name
    faults = faults_of_model(directory)
    found = [(fault.file, fault.line, fault.field, fault.nearest) for fault in faults]
    assert found == [((directory / file).as_posix(), line, field, nearest) for file, line, field, nearest in UNMARKED[name]]


@pytest.mark.parametrize("name", sorted(MODELS.keys() | UNMARKED.keys()))
def test_validate_says_the_same_as_loading(name: str) -> None:
    directory = BROKEN / "models" / name
    if name == "no_main_file":  # seen from a tree, a model without its main file is a loose file
        assert [fault.file for fault in validate([directory])] == [(directory / "city.yaml").as_posix()]
    else:
        assert tuple(validate([directory])) == faults_of_model(directory)


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_a_broken_measure_is_refused_at_the_faulty_line(name: str, tiny: Model) -> None:
    file = BROKEN / "measures" / f"{name}.yaml"
    with pytest.raises(InputError) as caught:
        load_measure(file, tiny)
    [fault] = caught.value.faults
    assert (fault.file, fault.line) == marked_lines(file)[0]
    assert (fault.field, fault.nearest) == MEASURES[name]
    assert fault.mend
    assert validate([file], None, tiny) == [fault]


@pytest.mark.parametrize("name", sorted(MEASURES_UNMARKED))
def test_a_broken_measure_without_a_faulty_line_is_refused(name: str, tiny: Model) -> None:
    file = BROKEN / "measures" / f"{name}.yaml"
    [fault] = validate([file], None, tiny)
    assert (fault.line, fault.field) == MEASURES_UNMARKED[name]


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_a_broken_file_of_figures_is_refused_at_the_faulty_lines(name: str, tiny: Model) -> None:
    file = BROKEN / "targets" / f"{name}.yaml"
    with pytest.raises(InputError) as caught:
        load_reported(tiny, file)
    faults = caught.value.faults
    assert [(fault.file, fault.line) for fault in faults] == marked_lines(file)
    assert [(fault.field, fault.nearest) for fault in faults] == TARGETS[name]
    assert all(fault.what and fault.mend for fault in faults)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_broken_scenario_is_refused_at_the_faulty_line(name: str, tiny: Model, library: Library) -> None:
    file = BROKEN / "scenarios" / f"{name}.yaml"
    faults = validate([file], library, tiny)
    field, nearest = SCENARIOS[name]
    assert [(fault.field, fault.nearest) for fault in faults] == [(field, nearest)]
    with pytest.raises(InputError) as caught:
        load_scenario(file, Library(BROKEN / "scenarios", TINY), tiny)
    assert [(fault.field, fault.nearest) for fault in caught.value.faults] == [(field, nearest)]
    if name != "circular_extends_c":
        assert (faults[0].file, faults[0].line) == marked_lines(file)[0]


def test_what_is_sound_in_a_broken_delta_is_checked_too(library: Library, tiny: Model) -> None:
    file = BROKEN / "scenarios" / "faults_behind_faults.yaml"
    assert [(fault.file, fault.line) for fault in sorted(validate([file], library, tiny), key=lambda f: f.line or 0)] == marked_lines(file)


def test_a_circle_of_scenarios_is_named_from_where_it_was_entered(tiny: Model, library: Library) -> None:
    [fault] = validate([BROKEN / "scenarios" / "circular_extends.yaml"], library, tiny)
    assert "circular_extends -> circular_extends_b -> circular_extends_c -> circular_extends" in fault.what
    assert (fault.file, fault.line) == marked_lines(BROKEN / "scenarios" / "circular_extends_c.yaml")[0]


def test_a_conflict_with_a_measure_is_told_at_the_scenario_and_names_the_measure(tiny: Model, library: Library) -> None:
    [fault] = validate([BROKEN / "scenarios" / "conflict_with_a_measure.yaml"], library, tiny)
    assert (fault.line, fault.field) == (6, "deltas[0].op")
    assert "preventie.yaml:10" in fault.what


def test_all_faults_of_a_tree_come_at_once(tiny: Model, library: Library) -> None:
    faults = validate([BROKEN], library, tiny)
    files = {Path(fault.file).relative_to(BROKEN).parts[:2] for fault in faults}
    directories = {("models", path.name) for path in (BROKEN / "models").iterdir()}
    measures = {("measures", path.name) for path in (BROKEN / "measures").iterdir()}
    assert files >= directories | measures
    text = str(InputError(faults))
    assert text.count("\n\n") == len(faults) - 1
    assert all(fault.where in text for fault in faults)


def test_the_message_of_a_fault_reads_as_one_paragraph() -> None:
    fault = faults_of_model(BROKEN / "models" / "unknown_team")[0]
    assert str(fault).splitlines() == [
        f"{(BROKEN / 'models' / 'unknown_team' / 'model.yaml').as_posix()}:30: nodes.hulp.team",
        "  there is no team 'straatteem'",
        "  did you mean 'straatteam'?",
        "  mend: valid: straatteam",
    ]


# files that cannot be kept in a repository


def copy_of(name: str, to: Path) -> Path:
    return Path(shutil.copytree(TINY, to / name))


def test_a_file_of_50_megabytes_is_refused_unread(tmp_path: Path, tiny: Model) -> None:
    directory = copy_of("big", tmp_path)
    for file in (directory / "model.yaml", directory / "scenarios" / "measures" / "big.yaml"):
        with file.open("wb") as handle:
            handle.truncate(50 * 1024 * 1024)
    faults = validate([directory], None, tiny)
    assert [(Path(fault.file).name, fault.line, fault.what) for fault in faults if "50 MB" in fault.what] == [
        ("model.yaml", 1, "is 50 MB; at most 5 MB is read"),
        ("big.yaml", 1, "is 50 MB; at most 5 MB is read"),
    ]


def test_a_table_of_50_megabytes_is_refused_unread(tmp_path: Path) -> None:
    directory = copy_of("big", tmp_path)
    with (directory / "tables" / "population.csv").open("wb") as handle:
        handle.truncate(50 * 1024 * 1024)
    [fault] = faults_of_model(directory)
    assert (Path(fault.file).name, fault.line) == ("population.csv", 1)


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        (b"format: 1\ntitle: \x00\x01\x02\n", 2, "zero bytes"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), 3, "zero bytes"),
        ("format: 1\n# gebied Oud-Charlois, caf\u00e9\n".encode("latin-1"), 2, "not UTF-8"),
        ("format: 1\n".encode("utf-16"), 1, "zero bytes"),
        (b"format: 1\ntitle: \x07\n", 2, "unacceptable character"),
        (b"[" * 100_000, 1, "nested"),
        (b"a: " * 3, 1, "not YAML"),
        (b"%YAML 9.9\n---\nformat: 1\n", 1, "not YAML"),
        (b"&a {*a : 1}", 1, "inside what it stands for"),
    ],
)
def test_a_file_that_is_no_text_or_no_yaml_is_refused(tmp_path: Path, tiny: Model, content: bytes, line: int, what: str) -> None:
    directory = copy_of("odd", tmp_path)
    for file in (directory / "model.yaml", directory / "scenarios" / "basis.yaml", directory / "scenarios" / "measures" / "preventie.yaml"):
        file.write_bytes(content)
        faults = validate([file], None, tiny)
        own = [fault for fault in faults if fault.file == file.as_posix()]
        assert [(fault.line, what in fault.what) for fault in own] == [(line, True)], own


def test_a_directory_without_a_model_is_refused(tmp_path: Path) -> None:
    [fault] = faults_of_model(tmp_path)
    assert fault.file == tmp_path.as_posix()
    assert "no YAML file" in fault.what
    [fault] = faults_of_model(tmp_path / "absent")
    assert "no such model directory" in fault.what
    [fault] = validate([tmp_path])
    assert "holds no model, measure or scenario" in fault.what


def test_a_path_that_does_not_exist_gets_its_nearest_sibling() -> None:
    [fault] = validate([TESTS / "models" / "tinny"])
    assert fault.nearest == TINY.as_posix()


def test_an_unknown_name_gets_the_nearest_in_the_library(library: Library, tiny: Model) -> None:
    [fault] = validate(["paket"], library, tiny)
    assert fault.nearest == "pakket"
    with pytest.raises(InputError) as caught:
        load_scenario("paket", library, tiny)
    assert caught.value.faults[0].nearest == "pakket"


def test_a_file_that_is_a_directory_a_pipe_or_a_broken_link_is_refused(tmp_path: Path) -> None:
    directory = copy_of("odd", tmp_path)
    (directory / "more.yaml").mkdir()
    [fault] = faults_of_model(directory)
    assert "is a directory" in fault.what
    (directory / "more.yaml").rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(directory / "more.yaml")
        [fault] = faults_of_model(directory)
        assert "not an ordinary file" in fault.what
        (directory / "more.yaml").unlink()
    (directory / "more.yaml").symlink_to(directory / "more.yaml")
    [fault] = faults_of_model(directory)
    assert fault.file.endswith("more.yaml")


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    directory = copy_of("odd", tmp_path)
    (directory / "model.yaml").chmod(0)
    if os.access(directory / "model.yaml", os.R_OK):
        pytest.skip("this user may read everything")
    [fault] = faults_of_model(directory)
    assert "cannot be read" in fault.what


def test_a_file_that_is_no_yaml_by_name_is_refused() -> None:
    [fault] = validate([Path(__file__)])
    assert fault.what == "is not a YAML file"


def test_a_table_is_checked_through_its_model() -> None:
    assert validate([TINY / "tables" / "population.csv"]) == []
    [fault] = validate([BROKEN / "models" / "text_in_table" / "population.csv"])
    assert (fault.line, fault.field) == (2, "persons")


@pytest.mark.parametrize("seed", range(20))
def test_files_damaged_at_random_never_end_in_another_error(tmp_path: Path, tiny: Model, library: Library, seed: int) -> None:
    """Characters, words and lines are lost, doubled, swapped or replaced; whatever comes of it, the answer is a list of faults."""
    rng = random.Random(seed)
    directory = copy_of("damaged", tmp_path)
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    for _ in range(8):
        file = rng.choice(files)
        original = file.read_text()
        file.write_text(damaged(original, rng))
        with contextlib.suppress(InputError):
            load_model(directory)
        for fault in validate([directory], library, tiny):
            assert fault.what, f"seed {seed}"
        file.write_text(original)


def damaged(text: str, rng: random.Random) -> str:
    lines = text.splitlines()
    for _ in range(rng.randint(1, 3)):
        i = rng.randrange(len(lines))
        line, j = lines[i], rng.randrange(len(lines[i]) + 1)
        kind = rng.randrange(8)
        if kind == 0:
            lines[i] = line[:j] + line[j + 1 :]
        elif kind == 1:
            lines[i] = line[:j] + rng.choice("{}[]:,-#&*!|>'\"%@`\t ?\u00e9\u20ac0") + line[j:]
        elif kind == 2:
            del lines[i]
            lines = lines or [""]
        elif kind == 3:
            lines.insert(i, rng.choice(lines))
        elif kind == 4:
            lines[i] = "  " * rng.randrange(4) + line.lstrip()
        elif kind == 5:
            words = line.replace(":", " : ").replace(",", " , ").split(" ")
            words[rng.randrange(len(words))] = rng.choice(
                ["null", "true", "1e999", "-1", "0", "[]", "{}", "2024-02-31", "rest", "~", ".inf", "99999999999999999999", "2024-05-01"]
            )
            lines[i] = " ".join(words)
        elif kind == 6:
            lines[i] = (
                line.split(":")[0]
                + ": "
                + rng.choice(["[1, 2]", "{a: 1}", "x", "", "3", "{value: 1}", "none", "unlimited", "[[]]", "{2024-01-01: {2024-01-01: 1}}"])
            )
        else:
            k = rng.randrange(len(lines))
            lines[i], lines[k] = lines[k], lines[i]
    return "\n".join(lines) + "\n"
