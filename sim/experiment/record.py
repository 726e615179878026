"""The run record: what was run, with what, on what, and how long it took; and files written all at once or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import tempfile
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

RECORD = "run.json"  # the one file with times and hardware
LIBRARIES = ("simpy", "numba", "numpy", "scipy", "pandas", "pyarrow", "pydantic", "matplotlib", "distributed")
RESULT_CODE = ("draws", "engine", "indicators", "plan")  # the packages between a plan and the table of a cell
PLAN_CODE = ("draws", "model", "plan", "scenario")  # the packages between the files of a user and a plan


@lru_cache(maxsize=2)
def code_digest(packages: tuple[str, ...] = RESULT_CODE) -> str:
    """SHA-256 over the source of some packages (as it stands: that which turns a plan into a result), the same on every system."""
    h = hashlib.sha256()
    package = Path(__file__).resolve().parents[1]
    for folder in packages:
        for file in sorted((package / folder).rglob("*.py")):
            h.update(file.relative_to(package).as_posix().encode())
            h.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return h.hexdigest()


def versions() -> dict[str, str]:
    """Versions of Python, zorgstroom, its source and the libraries that shape a result."""
    found = {"python": platform.python_version(), "code": code_digest()}
    for name in ("zorgstroom", *LIBRARIES):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def hardware() -> dict[str, Any]:
    """The machine, without its name or place."""
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "pointer_bits": sys.maxsize.bit_length() + 1,
    }


def file_hash(file: Path) -> str:
    """SHA-256 of the bytes of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_json(file: Path, document: object) -> None:
    """One JSON document, keys sorted, written in one step."""
    write_text(file, json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def write_text(file: Path, text: str) -> None:
    """Write beside the place and move there in one step."""
    write_bytes(file, text.encode())


def write_bytes(file: Path, content: bytes) -> None:
    """Write beside the place and move there in one step, so that no half file is ever found under its name.

    Raises the ``OSError`` of a full disk or a folder that cannot be written to, with the name of the file; the old file then stands.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(prefix=".", suffix=PART, dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(0o644)  # temporary files are private; results are to be shared
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(file)) from None


PART = ".part"  # ending of a file not yet finished; one left behind by a killed process is removed by the next


def remove_parts(folder: Path) -> None:
    """Remove what a killed process left half written in ``folder``."""
    for file in folder.glob(f".*{PART}"):
        file.unlink(missing_ok=True)
