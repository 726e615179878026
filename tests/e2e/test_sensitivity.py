"""What the figures hang on and what knowing it is worth, as a strategist asks it of a model of one queue."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from command import ONE_QUEUE, Run

pytestmark = pytest.mark.e2e

FIGURES = """
targets:
- id: "inflow_2026"
  title: {nl: "instroom", en: "inflow"}
  counts: "example"
  indicator: inflow
  nodes: [hulp]
  period_kind: year
  period: "2026"
  value: 58
  unit: persons per year
  band: [52, 64]
  level: 0.9
  scale: log
  band_reason: "example"
  source: "example"
  use: fit
"""


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with one reported figure: how many asked in a year."""
    model = tmp_path_factory.mktemp("street") / "model"
    shutil.copytree(ONE_QUEUE, model)
    (model / "targets").mkdir()
    (model / "targets" / "targets.yaml").write_text(FIGURES, encoding="utf-8")
    return model


@pytest.fixture(scope="module")
def fit(zorgstroom: Run, street: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fit of it, and the fitted ensemble beside the model."""
    out = tmp_path_factory.mktemp("fit")
    zorgstroom(
        "calibrate", "--model", street, "--scenario", "autonoom", "--members", "200", "--line-runs", "400", "--workers", "1", "--out", out
    )
    (street / "posterior").mkdir()
    shutil.copy(out / "posterior.parquet", street / "posterior")
    return out


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_demand_moves_the_inflow_most_and_the_runs_of_a_fit_show_it_too(zorgstroom: Run, street: Path, fit: Path, tmp_path: Path) -> None:
    world = ["--model", street, "--scenario", "autonoom"]
    stood = set((fit / "runs").iterdir())
    asked = ["sensitivity", *world, "--runs", fit, "--trajectories", "4", "--size", "1", "--format", "json"]
    done = zorgstroom(*asked, "--workers", "1", "--out", tmp_path / "one")
    groups = json.loads(done.stdout)["groups"]
    assert groups[0]["group"].endswith(": demand")
    assert sum(group["share"] for group in groups) == pytest.approx(1.0)
    shares = rows(tmp_path / "one" / "indices.csv")
    shown = {row["unknown"] for row in shares}
    assert shown
    assert shown <= {"population", "demand.hulpvraag.rate"}  # persons x rate; the luck of one year hides the lesser of two
    assert all(float(row["share"]) > float(row["noise"]) for row in shares)
    assert set((fit / "runs").iterdir()) == stood  # nothing of the fit was run again
    assert zorgstroom(*asked, "--workers", "2", "--out", tmp_path / "two").stdout == done.stdout
    for name in ("morris.csv", "groups.csv", "indices.csv", "figures/morris.svg", "figures/indices.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    refused = zorgstroom("sensitivity", *world, "--runs", tmp_path, "--out", tmp_path / "three", code=2)
    assert "no finished fit" in refused.stderr
    other_file = tmp_path / "other.yaml"
    other_file.write_text(FIGURES.replace("value: 58", "value: 59"), encoding="utf-8")
    other = zorgstroom("sensitivity", "--model", street, "--scenario", "autonoom", "--targets", other_file, "--runs", fit, code=2)
    assert "another model, scenario or other figures" in other.stderr


def test_a_decision_is_told_what_knowing_is_worth_and_refused_with_too_few_draws(
    zorgstroom: Run, street: Path, fit: Path, tmp_path: Path
) -> None:
    study = ["compare", "--model", street, "--parameters", "posterior", "--workers", "1", "--out", tmp_path / "study"]
    zorgstroom(*study, "--replications", "8")
    refused = zorgstroom("worth", tmp_path / "study", code=2)
    for said in ("4 draws", "it takes 20", "--replications 40"):
        assert said in refused.stderr
    unknown = zorgstroom("worth", tmp_path / "study", "--decide", "autonom", code=2)
    assert "did you mean 'autonoom'" in unknown.stderr
    zorgstroom(*study, "--replications", "40")
    done = zorgstroom("worth", tmp_path / "study", "--wait-value", "400", "--format", "json", "--out", tmp_path / "worth")
    found = json.loads(done.stdout)["evppi"]
    assert found
    assert {"demand.hulpvraag.rate", "nodes.hulp.stay.mean"} <= {row["unknown"] for row in found}
    assert all(row["value"] >= 0 and row["draws"] == 20 for row in found)
    assert "best on average" in done.stderr
    assert len(rows(tmp_path / "worth" / "evppi.csv")) == len(found)
    assert "Traceback" not in refused.stderr + unknown.stderr
