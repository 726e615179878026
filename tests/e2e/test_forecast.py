"""``zorgstroom forecast`` as a user runs it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from command import ONE_QUEUE, Run

pytestmark = pytest.mark.e2e

SMALL = ("--model", ONE_QUEUE, "--paths", 200)


def test_a_forecast_says_the_same_in_three_formats_and_in_files(zorgstroom: Run, tmp_path: Path) -> None:
    rows = json.loads(zorgstroom("forecast", *SMALL, "--format", "json").stdout)["forecast"]
    lines = list(csv.DictReader(io.StringIO(zorgstroom("forecast", *SMALL, "--format", "csv").stdout)))
    assert [float(line["expected"]) for line in lines] == [row["expected"] for row in rows]
    assert rows[-1]["year"] == 2035
    assert all(row["low_95"] <= row["low_80"] <= row["low_50"] <= row["high_50"] <= row["high_80"] <= row["high_95"] for row in rows)
    assert "verwacht" in zorgstroom("forecast", *SMALL, "--out", tmp_path).stdout
    assert {path.suffix for path in (tmp_path / "figures").iterdir()} == {".svg", ".png", ".csv"}
    assert (tmp_path / "forecast.csv").exists()


def test_a_forecast_becomes_a_scenario_that_can_be_compared(zorgstroom: Run, tmp_path: Path) -> None:
    (tmp_path / "tellingen.csv").write_text("stroom;jaar;aantal\nhulpvraag;2026;70\n", encoding="utf-8")
    scenario = tmp_path / "prognose.yaml"
    zorgstroom("forecast", *SMALL, "--history", tmp_path / "tellingen.csv", "--write-scenario", scenario, "--to", 2030)
    zorgstroom("validate", scenario, "--model", ONE_QUEUE)
    zorgstroom("compare", scenario, "--model", ONE_QUEUE, "--replications", 2, "--engine", "simpy", "--out", tmp_path / "studie")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--to", 1999),
        ("--from", 2050),
        ("--external-as", "replace"),
        ("--history", "nergens.csv"),
        ("--each-series",),
        ("--level", "straat"),
        ("--evaluate", "--out", "x"),
    ],
)
def test_wrong_input_ends_in_2(zorgstroom: Run, arguments: tuple[object, ...]) -> None:
    assert "zorgstroom" in zorgstroom("forecast", *SMALL, *arguments, code=2).stderr
