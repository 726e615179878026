"""The commands of the calibration, as an analyst runs them on a model of one queue with figures of its own."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from command import ONE_QUEUE, Run

pytestmark = pytest.mark.e2e

FIGURE = """
- id: "{id}"
  title: {{nl: "{id}", en: "{id}"}}
  counts: "example"
  indicator: {indicator}
  {clock}
  nodes: [hulp]
  period_kind: year
  period: "{period}"
  value: {value}
  unit: {unit}
  band: [{low}, {high}]
  level: 0.9
  scale: log
  band_reason: "example"
  source: "example"
  use: fit
"""
FEW = ("--members", "20", "--line-runs", "40")  # of a fit that only has to be there
STARTS = [("2024", 60), ("2025", 57), ("2026", 58), ("2027", 59), ("2028", 58)]


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with reported figures: starts a year over five years, and the wait in one."""
    model = tmp_path_factory.mktemp("street") / "model"
    shutil.copytree(ONE_QUEUE, model)
    per_year = {"indicator": "starts", "clock": "", "unit": "persons per year"}
    figures = [FIGURE.format(id=f"starts_{year}", period=year, value=n, low=n - 6, high=n + 6, **per_year) for year, n in STARTS]
    wait = FIGURE.format(
        id="wait_2026", indicator="wait_mean", clock="clock: to_start", period="2026", value=6, unit="weeks", low=3, high=12
    )
    (model / "targets").mkdir()
    (model / "targets" / "targets.yaml").write_text("targets:\n" + "".join(figures) + wait, encoding="utf-8")
    return model


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_fit_is_written_and_given_again_gives_the_same_bytes_with_other_workers(zorgstroom: Run, street: Path, tmp_path: Path) -> None:
    fit = ["calibrate", "--model", street, "--scenario", "autonoom", *FEW, "--format", "json"]
    first = zorgstroom(*fit, "--out", tmp_path / "one", "--workers", "1")
    assert len(json.loads(first.stdout)["figures"]) == 6
    again = zorgstroom(*fit, "--out", tmp_path / "two", "--workers", "2")
    assert again.stdout == first.stdout
    for name in ("posterior.parquet", "figures.csv", "unknowns.csv", "fit.json", "calibration.html", "figures/cijfers-1.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    found = {row["unknown"]: row for row in rows(tmp_path / "one" / "unknowns.csv")}
    assert min(float(row["left"]) for row in found.values()) < 1
    assert 25 < float(found["demand.hulpvraag.rate"]["posterior_median"]) < 30


def test_a_fit_goes_on_from_the_runs_that_stand_and_runs_a_damaged_one_again(zorgstroom: Run, street: Path, tmp_path: Path) -> None:
    fit = ["calibrate", "--model", street, "--scenario", "autonoom", *FEW, "--workers", "1", "--out", tmp_path]
    zorgstroom(*fit)
    before = (tmp_path / "posterior.parquet").read_bytes()
    runs = sorted((tmp_path / "runs").iterdir())
    times = {file: file.stat().st_mtime_ns for file in runs}
    runs[0].write_bytes(b"half a fi")
    runs[1].unlink()
    zorgstroom(*fit)
    assert (tmp_path / "posterior.parquet").read_bytes() == before
    assert sorted((tmp_path / "runs").iterdir()) == runs
    assert sum(file.stat().st_mtime_ns != times[file] for file in runs) == 2


def test_known_truths_are_ranked_and_a_given_one_is_found(zorgstroom: Run, street: Path, tmp_path: Path) -> None:
    model = ["--model", street, "--scenario", "autonoom", *FEW, "--size", "1", "--workers", "1", "--format", "json"]
    done = zorgstroom("recover", *model, "--truths", "6", "--out", tmp_path / "six")
    found = {row["what"]: row["value"] for row in json.loads(done.stdout)["recovery"]}
    assert found["truths"] == 6
    assert "Herstel" in (tmp_path / "six" / "calibration.html").read_text(encoding="utf-8")
    assert 0 < found["coverage_90%"] <= 1
    truth = tmp_path / "truth.csv"
    truth.write_text("unknown,value\ndemand.hulpvraag.rate,26.5\n", encoding="utf-8")
    zorgstroom("recover", *model, "--truth", truth, "--out", tmp_path / "given")
    truth.write_text("unknown,value\ndemand.hulpvraag.rat,26.5\nnodes.hulp.stay.mean,90\n", encoding="utf-8")
    refused = zorgstroom("recover", *model, "--truth", truth, "--out", tmp_path / "given", code=2)
    for said in ("truth.csv:2", "did you mean 'demand.hulpvraag.rate'", "truth.csv:3", "outside the band", "2 faults"):
        assert said in refused.stderr


def test_a_backtest_predicts_what_came_later_beside_the_last_value_and_a_trend(zorgstroom: Run, street: Path, tmp_path: Path) -> None:
    test = ["backtest", "--model", street, "--scenario", "autonoom", *FEW, "--workers", "1", "--out", tmp_path]
    done = zorgstroom(*test, "--known-by", "2028-01-01", "--format", "json")
    (row,) = json.loads(done.stdout)["predictions"]
    assert row["id"] == "starts_2028"
    assert row["low"] < row["median"] < row["high"]
    assert row["crps_last"] is not None
    assert row["crps_trend"] is not None
    assert "starts_2028" in (tmp_path / "calibration.html").read_text(encoding="utf-8")
    refused = zorgstroom(*test, "--known-by", "2033-01-01", code=2)
    assert "no figures after 2033-01-01" in refused.stderr
    assert "no figures before 2022-10-01" in zorgstroom(*test, code=2).stderr  # the day that is meant for the shipped model


def test_a_model_without_figures_to_fit_is_refused(zorgstroom: Run, tmp_path: Path) -> None:
    refused = zorgstroom("calibrate", "--model", ONE_QUEUE, "--scenario", "autonoom", "--out", tmp_path, code=2)
    assert "no reported figures to fit" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_study_uses_the_fit_that_stands_with_the_model_unless_told_not_to(zorgstroom: Run, street: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(street, model)
    zorgstroom("calibrate", "--model", model, "--scenario", "autonoom", *FEW, "--workers", "1", "--out", tmp_path / "fit")
    (model / "posterior").mkdir()
    shutil.copy(tmp_path / "fit" / "posterior.parquet", model / "posterior")
    study = ["compare", "extra-plek", "--model", model, "--replications", "4", "--workers", "1", "--until", "2026-01-01"]
    costs = {}
    for name, more in (("fitted", []), ("asked", ["--parameters", "posterior"]), ("written", ["--parameters", "base"])):
        zorgstroom(*study, *more, "--out", tmp_path / name)
        costs[name] = (tmp_path / name / "differences.csv").read_bytes()
        zorgstroom("verify", tmp_path / name)
    assert costs["fitted"] == costs["asked"] != costs["written"]
    inputs = json.loads((tmp_path / "fitted" / "run.json").read_text(encoding="utf-8"))["inputs"]
    assert "model/posterior/posterior.parquet" in inputs
    (model / "posterior" / "posterior.parquet").write_bytes(b"half a fi")
    refused = zorgstroom(*study, "--out", tmp_path / "damaged", code=2)
    assert "posterior.parquet" in refused.stderr
    assert "--parameters base" in refused.stderr
    refused = zorgstroom("compare", "extra-plek", "--model", ONE_QUEUE, "--parameters", "posterior", "--out", tmp_path / "none", code=2)
    assert "no fitted ensemble comes with the model" in refused.stderr
