"""Help, tables, checks and starting files, through the installed command."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from command import COMMAND, ONE_QUEUE, Run

pytestmark = pytest.mark.e2e

COMMANDS = [
    ["compare"],
    ["forecast"],
    ["validate"],
    ["list"],
    ["explain"],
    ["schema"],
    ["visits"],
    ["check"],
    ["balance"],
    ["init"],
    ["new", "measure"],
]
LISTS = ["scenarios", "measures", "nodes", "parameters"]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(zorgstroom: Run, command: list[str]) -> None:
    text = zorgstroom(*command, "--help").stdout
    assert "Usage: zorgstroom " + " ".join(command) in text
    assert "Example: zorgstroom" in text


def test_the_command_alone_shows_all_commands_and_asks_for_one(zorgstroom: Run) -> None:
    text = zorgstroom(code=2).stdout
    assert all(command[0] in text for command in COMMANDS)


@pytest.mark.parametrize("what", ["measures", "parameters"])
def test_a_list_says_the_same_in_three_formats(zorgstroom: Run, what: str) -> None:
    model = ("--model", ONE_QUEUE)
    rows = json.loads(zorgstroom("list", what, *model, "--format", "json").stdout)[what]
    lines = list(csv.DictReader(io.StringIO(zorgstroom("list", what, *model, "--format", "csv").stdout)))
    table = zorgstroom("list", what, *model).stdout
    first = next(iter(rows[0]))
    assert len(lines) == len(rows) > 0
    assert list(lines[0]) == list(rows[0])
    for row, line in zip(rows, lines, strict=True):
        assert line[first] == row[first]
        assert row[first] in table


@pytest.mark.parametrize("what", LISTS)
def test_the_shipped_data_is_listed_outside_a_clone(zorgstroom: Run, what: str) -> None:
    assert json.loads(zorgstroom("list", what, "--format", "json").stdout)[what]


def test_numbers_in_json_are_unrounded(zorgstroom: Run) -> None:
    rows = json.loads(zorgstroom("list", "parameters", "--model", ONE_QUEUE, "--format", "json").stdout)["parameters"]
    rate = next(row for row in rows if row["path"] == "demand.hulpvraag.rate")
    assert (rate["value"], rate["unit"], rate["low"], rate["high"]) == (27.4, "per 1000 persons per year", 25, 30)


def test_explain_gives_each_difference_with_date_band_and_source(zorgstroom: Run) -> None:
    document = json.loads(zorgstroom("explain", "extra-plek", "--model", ONE_QUEUE, "--format", "json").stdout)
    (difference,) = document["differences"]
    assert difference["path"] == "teams.straatteam.supplementary_places"
    assert difference["start"] == "2026-01-01"
    assert (difference["base"], difference["low"], difference["mode"], difference["high"]) == (0, 1, 1, 1)
    assert difference["source"]


def test_schema_is_one_document_of_json_schemas(zorgstroom: Run) -> None:
    assert set(json.loads(zorgstroom("schema").stdout)) == {"model", "measure", "scenario", "study"}
    assert "properties" in json.loads(zorgstroom("schema", "measure").stdout)


def test_validate_accepts_the_example_and_the_shipped_data(zorgstroom: Run) -> None:
    zorgstroom("validate", ONE_QUEUE)
    zorgstroom("validate", "autonoom", "boz-pakket")


def test_validate_names_every_fault_with_line_field_nearest_and_mend(zorgstroom: Run, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(ONE_QUEUE, model)
    measure = model / "scenarios" / "measures" / "extra-plek.yaml"
    text = measure.read_text(encoding="utf-8").replace("straatteam", "straatteem").replace("low: 1", "low: 3")
    measure.write_text(text, encoding="utf-8")
    said = zorgstroom("validate", model, code=2).stderr
    line = next(n for n, written in enumerate(text.splitlines(), 1) if "low: 3" in written)
    assert f"extra-plek.yaml:{line}" in said
    assert "mend:" in said
    measure.write_text(text.replace("low: 3", "low: 1"), encoding="utf-8")
    said = zorgstroom("validate", model, code=2).stderr
    assert "did you mean 'teams.straatteam.supplementary_places'" in said


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (["explain", "extra-plak", "--model", ONE_QUEUE], "extra-plek"),
        (["visits", "extra-plak", "--model", ONE_QUEUE, "--out", "v.parquet"], "extra-plek"),
        (["compare", "extra-plak", "--model", ONE_QUEUE, "--out", "out"], "extra-plek"),
        (["compare", "extra-plek", "--model", ONE_QUEUE, "--baseline", "autonom", "--out", "out"], "autonoom"),
        (["compare", "extra-plek", "--model", ONE_QUEUE, "--engine", "simpi", "--out", "out"], "simpy"),
        (["compare", "--replication", "2"], "--replications"),
        (["vists"], "visits"),
        (["list", "node"], "nodes"),
    ],
    ids=lambda value: " ".join(str(v) for v in value[:2]) if isinstance(value, list) else value,
)
def test_a_wrong_name_ends_in_2_and_names_the_nearest(zorgstroom: Run, tmp_path: Path, arguments: list[object], nearest: str) -> None:
    assert nearest in zorgstroom(*arguments, cwd=tmp_path, code=2).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["compare", "--start", "2024-02-30"],
        ["compare", "--replications", "0"],
        ["compare", "--workers", "none"],
        ["visits", "autonoom", "--out", "visits.csv"],
        ["visits", "autonoom"],
        ["visits", "autonoom", "--out", "v.parquet", "--start", "2024-01-15"],
        ["visits", "autonoom", "--out", "v.parquet", "--until", "2018-01-01"],
        ["list", "nodes", "--model", "nowhere"],
        ["validate"],
        ["validate", "nowhere.yaml"],
        ["new", "measure", "Twee Woorden"],
    ],
    ids=" ".join,
)
def test_wrong_input_ends_in_2_with_a_message(zorgstroom: Run, arguments: list[str]) -> None:
    done = zorgstroom(*arguments, code=2)
    assert done.stderr.strip()
    assert not done.stdout


def test_a_new_measure_is_written_once_and_names_what_is_left_to_fill_in(zorgstroom: Run, tmp_path: Path) -> None:
    written = zorgstroom("new", "measure", "meer-tijd", cwd=tmp_path).stdout.strip()
    assert written == "meer-tijd.yaml"
    assert "#" in (tmp_path / written).read_text(encoding="utf-8")
    zorgstroom("new", "measure", "meer-tijd", cwd=tmp_path, code=2)


def test_init_copies_the_starter_scenarios_and_they_are_valid(zorgstroom: Run, tmp_path: Path) -> None:
    own = tmp_path / "mijn stad"
    zorgstroom("init", own)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mijn stad"]
    zorgstroom("validate", own)
    names = json.loads(zorgstroom("list", "scenarios", "--model", own / "rotterdam", "--format", "json").stdout)
    assert names["scenarios"][0]["file"].startswith(own.as_posix())
    zorgstroom("init", own, code=2)


@pytest.mark.skipif(os.name == "nt", reason="pipes close differently there")
def test_a_reader_that_stops_reading_is_no_error() -> None:
    writer = subprocess.Popen([COMMAND, "list", "parameters", "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stderr is not None
    writer.stdout.close()
    with writer.stderr:
        said = writer.stderr.read()
    assert writer.wait(timeout=120) == 0
    assert said == b""
