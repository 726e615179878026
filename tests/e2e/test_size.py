"""``zorgstroom size`` as a user runs it, on the one-queue example and the small model."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pandas as pd
import pytest
from command import ONE_QUEUE, Run

pytestmark = pytest.mark.e2e

TINY = Path(__file__).parents[1] / "models" / "tiny"
SMALL = ("size", "hulp", "--model", ONE_QUEUE, "--year", 2027, "--norm", "6 weken", "--replications", 12)


def test_a_size_is_the_same_for_any_number_of_workers_and_in_files(zorgstroom: Run, tmp_path: Path) -> None:
    one = zorgstroom(*SMALL, "--workers", 1, "--format", "json", "--out", tmp_path / "een")
    two = zorgstroom(*SMALL, "--workers", 2, "--format", "json", "--out", tmp_path / "twee")
    assert one.stdout == two.stdout
    files = sorted(path.relative_to(tmp_path / "een") for path in (tmp_path / "een").rglob("*") if path.is_file())
    assert {"size.csv", "curves.csv", "chain.csv", "formatie.yaml", "run.json"} <= {file.name for file in files}
    assert {file.suffix for file in files if file.parts[0] == "figures"} == {".svg", ".png", ".csv"}
    for file in files:
        assert (tmp_path / "een" / file).read_bytes() == (tmp_path / "twee" / file).read_bytes(), file
    (row,) = json.loads(one.stdout)["size"]
    assert row["now"] == 5
    assert 5 < row["amount"] < 10
    (line,) = csv.DictReader((tmp_path / "een" / "size.csv").read_text(encoding="utf-8").splitlines())
    assert float(line["met"]) == row["met"]


def test_what_was_found_can_be_compared_with_the_baseline(zorgstroom: Run, tmp_path: Path) -> None:
    asked = (*SMALL[:6], "--norm", "30 dagen", "--replications", 12, "--quick", "--workers", 1)
    row = json.loads(zorgstroom(*asked, "--format", "json", "--out", tmp_path).stdout)["size"][0]
    both = tmp_path / "formatie.yaml", tmp_path / "formatie-een-minder.yaml"
    assert f"mode: {row['amount'] / 5!r}," in both[0].read_text(encoding="utf-8")
    assert f"mode: {(row['amount'] - 1) / 5!r}," in both[1].read_text(encoding="utf-8")
    zorgstroom("validate", *both, "--model", ONE_QUEUE)
    study = tmp_path / "studie"
    zorgstroom("compare", *both, "--model", ONE_QUEUE, "--replications", 2, "--until", "2028-03-01", "--workers", 1, "--out", study)
    rows = pd.read_parquet(study / "indicators.parquet")
    year = rows[(rows["node"] == "hulp") & (rows["period"] == "2027") & (rows["site"] == "alle") & (rows["replication"] >= 0)]
    shares = year[(year["gebied"] == "alle") & (year["age"] == "alle")].groupby("scenario", observed=True)["started_within_norm"].mean()
    assert shares["autonoom"] < shares["formatie-een-minder"] <= shares["formatie"]


def test_an_unreachable_norm_is_said_with_the_nearest_that_is_not(zorgstroom: Run) -> None:
    """A norm to the end of stays of a month, exponential: no number of places makes 90 per cent of them shorter than a week."""
    asked = (*SMALL[:6], "--norm", "1 week", "--clock", "end", "--replications", 12, "--workers", 1)
    done = zorgstroom(*asked, "--format", "json")
    row = json.loads(done.stdout)["size"][0]
    assert row["amount"] is None
    assert 0 < row["nearest_share"] < 0.5
    assert 6 < row["nearest_norm_weeks"] < 20  # 90 per cent of exponential stays of 30 days end within 69 days
    assert "cannot be met with any capacity" in done.stderr


def test_a_budget_is_divided_whole(zorgstroom: Run, tmp_path: Path) -> None:
    asked = ("size", "wijkteam", "--model", TINY, "--scenario", "basis", "--year", 2026, "--norm", "2 weken", "--replications", 12)
    done = zorgstroom(*asked, "--budget-fte", 20, "--workers", 1, "--format", "json", "--out", tmp_path)
    rows = json.loads(done.stdout)["division"]
    assert sum(row["best"] for row in rows) == sum(row["proportional"] for row in rows) == 20
    assert all(row["best"] >= int(0.9 * row["proportional"]) for row in rows)
    zorgstroom("validate", tmp_path / "verdeling.yaml", tmp_path / "verdeling-naar-rato.yaml", "--model", TINY)
    zorgstroom("report", tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Met 20 fte" in page
    assert all(f'<th scope="row">{row["name"]}</th>' in page for row in rows)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("size", "hulpje", "--model", ONE_QUEUE, "--year", 2027), "did you mean 'hulp'"),
        (("size", "hulp", "--model", ONE_QUEUE, "--year", 2050), "--year"),
        (("size", "hulp", "--model", ONE_QUEUE, "--year", 2027, "--from", 2028), "--from"),
        (("size", "hulp", "--model", ONE_QUEUE, "--year", 2027, "--share", 1.2), "--share"),
        (("size", "hulp", "--model", ONE_QUEUE, "--year", 2027, "--budget-fte", 10, "--floor", 1.2), "--floor"),
        (("size", "hulp", "--model", ONE_QUEUE, "--year", 2027, "--norm", "zes weken"), "6 weken"),
        (("size", "hulp", "--model", ONE_QUEUE, "--year", 2027, "--budget-fte", 10), "counted in places"),
        (("size", "hulp", "--model", ONE_QUEUE, "--year", 2027, "--parameters", "posterior"), "--parameters"),
        (("size", "ambulant", "--model", TINY, "--scenario", "basis", "--year", 2026), "nobody waits there"),
        (("size", "opvang", "--model", TINY, "--scenario", "basis", "--year", 2026), "no norm"),
    ],
)
def test_wrong_input_ends_in_2(zorgstroom: Run, arguments: tuple[object, ...], said: str) -> None:
    assert said in zorgstroom(*arguments, code=2).stderr
