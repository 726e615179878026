"""``zorgstroom compare`` on the one-queue example: every file, and the same bytes however it was run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
from command import COMMAND, ONE_QUEUE, Run

pytestmark = pytest.mark.e2e

FILES = {"report.html", "report.xlsx", "differences.csv", "indicators.parquet", "study.json", "run.json"}
RECORD = "run.json"  # times and hardware stand there alone


def compared(zorgstroom: Run, out: Path, *more: object) -> Path:
    zorgstroom("compare", "extra-plek", "--model", ONE_QUEUE, "--replications", 2, "--out", out, *more)
    return out


@pytest.fixture(scope="module")
def study(zorgstroom: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compared(zorgstroom, tmp_path_factory.mktemp("study") / "een worker", "--workers", 1)


def contents(folder: Path) -> dict[str, bytes]:
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file() and f.name != RECORD}


def test_all_files_are_written(study: Path) -> None:
    assert {f.name for f in study.iterdir()} >= FILES
    assert {f.suffix for f in (study / "figures").iterdir()} == {".svg", ".png"}


def test_two_workers_write_the_same_bytes_as_one(zorgstroom: Run, study: Path, tmp_path: Path) -> None:
    again = contents(compared(zorgstroom, tmp_path / "twee", "--workers", 2))
    first = contents(study)
    assert sorted(again) == sorted(first)
    assert [name for name in first if first[name] != again[name]] == []


def test_the_report_opens_without_a_network(study: Path) -> None:
    page = (study / "report.html").read_text(encoding="utf-8")
    assert 'lang="nl"' in page
    for outside in ('src="http', "src='http", '<link rel="stylesheet" href="http', "@import", "url(http"):
        assert outside not in page


def test_the_extra_place_shortens_the_wait(study: Path) -> None:
    differences = pd.read_csv(study / "differences.csv")
    waited = differences[(differences["indicator"] == "person_weeks_waited") & (differences["level"] == "total")].set_index("year")
    assert (waited["difference"] <= 0).all()
    assert waited.loc[2027, "difference"] < 0


@pytest.mark.skipif(os.name == "nt", reason="signals reach a process differently there")
def test_an_interrupted_study_ends_in_130_and_goes_on_where_it_stopped(zorgstroom: Run, study: Path, tmp_path: Path) -> None:
    out = tmp_path / "onderbroken"
    many = [COMMAND, "compare", "extra-plek", "--model", ONE_QUEUE, "--out", out, "--workers", "1", "--replications"]
    running = subprocess.Popen(
        [*many, "500"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, encoding="utf-8",
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs, and their children, ignore it
    )  # fmt: skip
    cells = out / "cells"
    while running.poll() is None and len(list(cells.glob("*.parquet"))) < 4:
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=120)
    assert running.returncode == 130, said
    assert "Traceback" not in said
    compared(zorgstroom, out, "--workers", 1)
    assert json.loads((out / RECORD).read_text(encoding="utf-8"))["cells_found_finished"] >= 4
    assert (out / "differences.csv").read_bytes() == (study / "differences.csv").read_bytes()


def test_each_measure_alone_is_compared_too(zorgstroom: Run, tmp_path: Path) -> None:
    out = compared(zorgstroom, tmp_path / "elk", "--each-measure", "--until", "2027-01-01", "--lang", "en")
    assert 'lang="en"' in (out / "report.html").read_text(encoding="utf-8")
