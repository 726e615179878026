"""The wheel carries all the command needs: code, scenarios, calibration, examples."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an installation of the wheel puts in place."""
    built = tmp_path_factory.mktemp("built")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", built], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = built.glob("zorgstroom-*.whl")
    place = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    return place


def test_every_file_of_the_data_is_inside(unpacked: Path) -> None:
    for folder, inside in (("scenarios", "sim/_data/scenarios"), ("examples", "sim/_data/examples"), ("calibration", "calibration")):
        for file in (ROOT / folder).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                assert (unpacked / inside / file.relative_to(ROOT / folder)).is_file(), file


def test_the_command_finds_its_own_data_without_a_clone(unpacked: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "sim.cli", "list", "scenarios", "--format", "json"]
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, encoding="utf-8")
    files = [Path(row["file"]) for row in json.loads(done.stdout)["scenarios"]]
    assert files
    assert all(file.is_relative_to(unpacked) for file in files)


def test_bench_says_that_its_yardsticks_are_in_the_clone(unpacked: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "sim.cli", "bench"]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(unpacked)}, capture_output=True, encoding="utf-8")
    assert done.returncode == 2
    assert "no yardsticks" in done.stderr
    assert "clone the repository" in done.stderr
