"""Compiled code is found again, never when it is stale, and a cache that cannot be used stops nobody.

A module of three lines stands in for the kernel (which takes some twenty seconds to compile); every run is a process of its own.
"""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numba
import pytest

from sim.engine.compiled import build, draws, memory

pytestmark = pytest.mark.integration

KERNEL = """
import numba
FACTOR = {factor}

@numba.njit
def inner(x):
    return x * FACTOR

def run(x):
    return inner(x) + 1
"""
PROGRAM = """
import sys
sys.path.insert(0, {folder!r})
import tiny_kernel
from sim.engine.compiled import build
fingerprint = build.fingerprint
build.fingerprint = lambda: fingerprint((tiny_kernel,))
run = build.Compiled(tiny_kernel.run)
print(run(5), "found" if run._ready.stats.cache_hits else "compiled")
"""


class Home:
    """A folder with a kernel, a cache and temporary files of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kernel = folder / "tiny_kernel.py"
        self.cache = folder / "cache"
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.write(factor=2)

    def write(self, factor: int) -> None:
        """As long as before, and as old: neither size nor time of the file tells that it changed."""
        self.kernel.write_text(KERNEL.format(factor=factor))
        os.utime(self.kernel, (1_700_000_000, 1_700_000_000))

    def start(self, **environment: str) -> subprocess.Popen[str]:
        places = {"TMPDIR": str(self.temporary), "TEMP": str(self.temporary), "PYTHONDONTWRITEBYTECODE": "1"}
        own = {"ZORGSTROOM_CACHE": str(self.cache)} if "XDG_CACHE_HOME" not in environment else {}
        inherited = {k: v for k, v in os.environ.items() if k not in (build.CACHE_VARIABLE, "NUMBA_CACHE_DIR")}
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM.format(folder=str(self.folder))],
            env={**inherited, **places, **own, **environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip

    def run(self, **environment: str) -> str:
        return said(self.start(**environment))

    def files(self, pattern: str) -> list[Path]:
        return sorted(self.cache.rglob(pattern))


def said(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.strip()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_compiled_code_is_found_again_by_the_next_process(home: Home) -> None:
    assert [home.run(), home.run()] == ["11 compiled", "11 found"]


def test_a_changed_kernel_never_runs_from_a_stale_cache(home: Home) -> None:
    assert home.run() == "11 compiled"
    home.write(factor=9)
    assert [home.run(), home.run()] == ["46 compiled", "46 found"]
    home.write(factor=2)
    assert home.run() == "11 found"  # what belongs to the old code is still its own


def test_processes_that_start_together_do_not_hurt_each_other(home: Home) -> None:
    together = [home.start() for _ in range(3)]
    assert {said(process).split()[0] for process in together} == {"11"}
    assert home.run() == "11 found"


@pytest.mark.parametrize("pattern", ["*.nbc", "*.nbi"])
@pytest.mark.parametrize("damage", [b"", b"no code at all" * 100])
def test_a_damaged_cache_is_made_anew(home: Home, pattern: str, damage: bytes) -> None:
    home.run()
    damaged = home.files(pattern)
    assert damaged
    for file in damaged:
        file.write_bytes(damage)
    assert home.run().split()[0] == "11"
    assert home.run() == "11 found"


def test_a_truncated_cache_is_made_anew(home: Home) -> None:
    home.run()
    for file in home.files("*.nb?"):
        file.write_bytes(file.read_bytes()[:-40])
    assert home.run().split()[0] == "11"
    assert home.run() == "11 found"


@pytest.mark.skipif(sys.platform != "linux", reason="XDG_CACHE_HOME")
def test_a_home_that_cannot_be_written_to_is_done_without(home: Home) -> None:
    no_folder = home.folder / "file"
    no_folder.touch()  # below a file nothing can be made, not even by root
    unwritable = {"XDG_CACHE_HOME": str(no_folder)}
    assert [home.run(**unwritable), home.run(**unwritable)] == ["11 compiled", "11 found"]
    assert list(home.temporary.rglob("*.nbc")), "a private folder among the temporary files serves instead"
    private = next(home.temporary.glob("zorgstroom-engine-*"))
    private.chmod(0o777)
    assert home.run(**unwritable) == "11 compiled", "compiled code that somebody else may have written is not trusted"


def test_the_fingerprint_covers_all_that_the_kernel_takes_from_elsewhere() -> None:
    """Whatever the two compiled functions reach through imports of the kernel's own modules; others are taken from as they are."""
    covered, seen = {module.__name__ for module in build.SOURCES}, set()
    to_see = [build.run.function.__module__, build.fill_columns.function.__module__]
    while to_see:
        name = to_see.pop()
        assert name in covered, f"{name} is compiled in but not part of the fingerprint"
        seen.add(name)
        if name.startswith("sim.engine.compiled."):
            for node in ast.walk(ast.parse(Path(str(importlib.import_module(name).__file__)).read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("sim"):
                    whole = [f"{node.module}.{alias.name}" for alias in node.names]
                    found = whole if all(module in sys.modules for module in whole) else [node.module]
                    to_see += [module for module in found if module not in seen]
    assert seen == covered, "nothing is part of it that is not reached"


@pytest.mark.parametrize("module", build.SOURCES, ids=lambda module: module.__name__)
def test_the_fingerprint_changes_with_a_function_or_number_of_every_module(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.fingerprint()
    own = [name for name, value in vars(module).items() if getattr(getattr(value, "py_func", value), "__module__", "") == module.__name__]
    name = next((name for name in own if callable(getattr(module, name))), None) or next(n for n in vars(module) if n.isupper())
    monkeypatch.delattr(module, name)
    assert build.fingerprint() != before, name


def test_the_fingerprint_changes_with_the_options_of_a_function(monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.fingerprint()
    monkeypatch.setitem(draws.mix.targetoptions, "fastmath", True)  # type: ignore[attr-defined]
    assert build.fingerprint() != before


def test_the_fingerprint_changes_with_every_constant_and_function(monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.fingerprint()
    assert build.fingerprint() == before
    for module, name, value in (
        ("sim.draws.keyed", "GOLDEN", 1),
        ("sim.draws.persons", "LAYER_HEIGHT", 0.1),
        ("sim.plan.plan", "KEEP_UNTIL_END", 3),
        ("sim.draws.quantiles", "in_ticks", lambda duration, cap: 1),
        ("sim.engine.compiled.draws", "uniform", draws.mix),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(importlib.import_module(module), name, value)
            if name == "in_ticks":
                patch.setattr(importlib.import_module(module).in_ticks, "__module__", module)
            assert build.fingerprint() != before, f"{module}.{name}"
    monkeypatch.setattr(memory.Borrowed, "owned", property(lambda self: self))
    assert build.fingerprint() != before, "classes are part of it"


def test_code_compiled_with_other_settings_is_not_taken_for_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    before = build.fingerprint()
    monkeypatch.setattr(numba.config, "BOUNDSCHECK", 1)
    assert build.fingerprint() != before
