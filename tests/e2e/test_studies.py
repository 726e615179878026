"""``zorgstroom run``, ``verify`` and ``rerun``: a study in a directory, as an analyst keeps it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from command import COMMAND, ONE_QUEUE, Run

pytestmark = pytest.mark.e2e

STUDY = """\
model: {model}
scenarios: [extra-plek]
until: 2027-01-01
replications: 2
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*") if f.is_file() and f.name != "run.json"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of one's own and a study file beside it."""
    folder = tmp_path_factory.mktemp("eigen")
    shutil.copytree(ONE_QUEUE, folder / "model")
    (folder / "studie.yaml").write_text(STUDY.format(model="model"), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def study(zorgstroom: Run, place: Path) -> Path:
    zorgstroom("run", place / "studie.yaml", "--out", place / "uit", "--workers", 1)
    return place / "uit"


@pytest.fixture
def copy(study: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(study, tmp_path / "kopie"))


def test_the_folder_is_complete_without_the_files_it_came_from(zorgstroom: Run, copy: Path, tmp_path: Path) -> None:
    assert "4 cells, 4 done, 0 to do" in zorgstroom("run", copy, "--dry-run").stderr
    before = contents(copy)
    zorgstroom("run", copy, "--workers", 1)
    assert contents(copy) == before
    assert json.loads((copy / "run.json").read_text(encoding="utf-8"))["cells_found_finished"] == 4


def test_compare_is_the_short_form_of_run(zorgstroom: Run, place: Path, study: Path, tmp_path: Path) -> None:
    more = ("--until", "2027-01-01", "--replications", 2, "--workers", 1, "--out", tmp_path / "kort")
    zorgstroom("compare", "extra-plek", "--model", place / "model", *more)
    assert contents(tmp_path / "kort") == contents(study)


def test_a_study_is_extended_and_what_changed_is_said(zorgstroom: Run, copy: Path) -> None:
    said = zorgstroom("run", copy, "--replications", 4, "--workers", 1).stderr
    assert "had replications 2, now 4" in said
    assert zorgstroom("verify", copy).stderr.strip().endswith("files are what the run record says")


def test_an_unchanged_study_verifies(zorgstroom: Run, study: Path) -> None:
    assert json.loads(zorgstroom("verify", study, "--format", "json").stdout) == {"findings": []}


def test_damaged_missing_and_foreign_files_are_named_and_mended_by_running_again(zorgstroom: Run, copy: Path) -> None:
    before = contents(copy)
    damaged, missing = sorted((copy / "cells").iterdir())[:2]
    damaged.write_bytes(b"PAR1" + damaged.read_bytes()[4:-9] + b"x" * 9)
    missing.unlink()
    (copy / "inputs" / "vreemd.yaml").write_text("x: 1\n", encoding="utf-8")
    (copy / "differences.csv").write_text("x\n", encoding="utf-8")
    found = json.loads(zorgstroom("verify", copy, "--format", "json", code=1).stdout)["findings"]
    assert {(f["file"], f["state"]) for f in found} == {
        (f"cells/{damaged.name}", "damaged"),
        (f"cells/{missing.name}", "missing"),
        ("inputs/vreemd.yaml", "foreign"),
        ("differences.csv", "damaged"),
    }
    assert damaged.name in zorgstroom("run", copy, "--workers", 1).stderr
    (copy / "inputs" / "vreemd.yaml").unlink()
    assert contents(copy) == before


def test_one_cell_is_computed_again_to_the_same_bytes(zorgstroom: Run, copy: Path) -> None:
    cell = next((copy / "cells").iterdir())
    assert "the bytes are equal" in zorgstroom("rerun", copy, "--cell", cell.name[:8]).stderr
    cell.write_bytes(cell.read_bytes() + b"x")
    assert "the bytes differ" in zorgstroom("rerun", copy, "--cell", cell.name[:8], code=1).stderr


def test_a_cell_is_not_computed_again_from_another_input(zorgstroom: Run, copy: Path) -> None:
    cell = next((copy / "cells").iterdir())
    model = copy / "inputs" / "model" / "model.yaml"
    model.write_text(model.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert "inputs/model/model.yaml" in zorgstroom("rerun", copy, "--cell", cell.name[:8], code=2).stderr


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("replication: 4", ["studie.yaml:5", "replications"]),
        ("precision: {relative: 0.1, indicator: kosten}", ["studie.yaml:5", "precision.indicator"]),
        ("precision: {relative: 0.1, indicator: waiting_end}", ["precision.indicator", "name a year"]),
        ("engine: numbat", ["studie.yaml:5", "engine", "'numba'"]),
        ("start: 2030-01-01", ["studie.yaml:3", "until"]),
        ("baseline: autonoon", ["studie.yaml:5", "baseline", "'autonoom'"]),
    ],
)
def test_a_wrong_study_file_is_told_by_line_and_field(zorgstroom: Run, place: Path, line: str, told: list[str]) -> None:
    text = STUDY.format(model="model")
    if line.startswith("precision"):
        text = text.replace("replications: 2\n", "lang: nl\n")
    (place / "fout").mkdir(exist_ok=True)
    file = place / "fout" / "studie.yaml"
    file.write_text(text.replace("model: model", "model: ../model") + line + "\n", encoding="utf-8")
    said = zorgstroom("run", file, code=2).stderr
    assert [t for t in told if t not in said] == []


def test_a_cluster_that_does_not_answer_is_told(zorgstroom: Run, place: Path, tmp_path: Path) -> None:
    said = zorgstroom("run", place / "studie.yaml", "--out", tmp_path / "uit", "--cluster", "tcp://127.0.0.1:1", code=2).stderr
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in said


@pytest.mark.skipif(os.name == "nt", reason="processes are killed differently there")
def test_a_killed_study_leaves_no_process_and_ends_as_an_undisturbed_one(zorgstroom: Run, study: Path, place: Path, tmp_path: Path) -> None:
    out = tmp_path / "gedood"
    command = [COMMAND, "run", place / "studie.yaml", "--out", out, "--workers", "2", "--replications"]
    with subprocess.Popen([*command, "300"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as running:
        while running.poll() is None and len(list((out / "cells").glob("*.parquet"))) < 3:
            time.sleep(0.05)
        assert "another zorgstroom is at work" in zorgstroom("run", out, code=2).stderr
        running.send_signal(signal.SIGKILL)
        assert running.stderr is not None
        running.stderr.read()  # ends when the last of its processes has ended
    zorgstroom("run", place / "studie.yaml", "--out", out, "--workers", 1)
    after = contents(out)
    assert {name: content for name, content in after.items() if name in contents(study)} == contents(study)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_is_told_and_the_study_goes_on_when_there_is_room(zorgstroom: Run, place: Path, study: Path, tmp_path: Path) -> None:
    small = tmp_path / "klein"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", small], capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        assert "the disk is full" in zorgstroom("run", place / "studie.yaml", "--out", small / "uit", "--workers", 1, code=1).stderr
        subprocess.run(["mount", "-o", "remount,size=20m", small], check=True)
        zorgstroom("run", place / "studie.yaml", "--out", small / "uit", "--workers", 1)
        assert contents(small / "uit") == contents(study)
    finally:
        subprocess.run(["umount", small], check=True)
