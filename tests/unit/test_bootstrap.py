"""The bootstrap ``zorgstroom.py`` and the lock it installs."""

from __future__ import annotations

import importlib.util
import os
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The bootstrap as a module, working in an empty folder with a lock."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "zorgstroom.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    lock = tmp_path / "requirements.lock"
    lock.write_text("nothing==1\n", encoding="utf-8")
    project = tmp_path / "pyproject.toml"
    project.write_text("[project]\n", encoding="utf-8")
    places = {"ROOT": tmp_path, "LOCK": lock, "PROJECT": project, "VENV": tmp_path / ".venv", "IN_USE": tmp_path / ".venv.lock"}
    places |= {"STAMP": tmp_path / ".venv" / "zorgstroom-setup.txt", "PYTHON": tmp_path / ".venv" / "python"}
    for name, place in places.items():
        monkeypatch.setattr(module, name, place)
    return module


def made(bootstrap: ModuleType, stamp: str) -> None:
    bootstrap.VENV.mkdir()
    bootstrap.STAMP.write_text(stamp + "\n", encoding="utf-8")
    bootstrap.PYTHON.write_text("", encoding="utf-8")


@pytest.mark.parametrize("changed", ["LOCK", "PROJECT"])
def test_a_finished_environment_is_used_until_the_lock_or_the_project_changes(bootstrap: ModuleType, changed: str) -> None:
    wanted = bootstrap.fingerprint()
    assert not bootstrap.is_ready(wanted)
    made(bootstrap, wanted)
    assert bootstrap.is_ready(wanted)
    getattr(bootstrap, changed).write_text("nothing==2\n", encoding="utf-8")
    assert not bootstrap.is_ready(bootstrap.fingerprint())


def test_an_interrupted_set_up_is_not_ready_and_is_cleared_away(bootstrap: ModuleType) -> None:
    made(bootstrap, "unfinished")
    assert not bootstrap.is_ready(bootstrap.fingerprint())
    bootstrap.remove_old()
    assert not bootstrap.VENV.exists()


def test_an_environment_made_by_somebody_else_is_left_alone(bootstrap: ModuleType) -> None:
    bootstrap.VENV.mkdir()
    (bootstrap.VENV / "pyvenv.cfg").write_text("", encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        bootstrap.remove_old()
    assert stopped.value.code == 2
    assert (bootstrap.VENV / "pyvenv.cfg").exists()


def test_only_one_set_up_runs_at_a_time(bootstrap: ModuleType) -> None:
    second = bootstrap.OneAtATime()
    with bootstrap.OneAtATime(), bootstrap.IN_USE.open("a+b") as second.file:
        assert not second._taken()
    with bootstrap.IN_USE.open("a+b") as second.file:
        assert second._taken()


def test_settings_that_send_packages_elsewhere_are_dropped(bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_TARGET", "elsewhere")
    monkeypatch.setenv("PIP_TIMEOUT", "60")
    environment = bootstrap.clean_environment()
    assert "PIP_TARGET" not in environment
    assert environment["PIP_TIMEOUT"] == "60"
    assert "PATH" in os.environ


def test_the_lock_pins_every_dependency_with_hashes_and_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, flags=re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[<>=~! \[;]", each)[0].lower().replace("_", "-").replace(".", "-") for each in asked}
    assert names <= set(pinned)
    blocks = re.split(r"\n(?=[a-z])", lock.strip())
    assert len(blocks) == len(re.findall(r"^[a-z0-9-]+==", lock, flags=re.MULTILINE))
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in lock
    assert "index" not in lock
