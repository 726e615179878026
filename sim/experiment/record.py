"""The run record: what was run, with what, on what, and how long it took."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

LIBRARIES = ("simpy", "numba", "numpy", "scipy", "pandas", "pyarrow", "pydantic", "matplotlib")


def versions() -> dict[str, str]:
    """Versions of Python, zorgstroom and the libraries that shape a result."""
    found = {"python": platform.python_version()}
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


def file_hashes(files: list[Path], root: Path) -> dict[str, str]:
    """SHA-256 of each file, by its place under ``root``."""
    return {file.relative_to(root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(files)}


def write_json(file: Path, document: object) -> None:
    """One JSON document, keys sorted, written in one step."""
    write_text(file, json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


def write_text(file: Path, text: str) -> None:
    """Write beside the place and move there in one step."""
    write_bytes(file, text.encode("utf-8"))


def write_bytes(file: Path, content: bytes) -> None:
    """Write beside the place and move there in one step."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=file.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    Path(name).chmod(0o644)  # temporary files are private; results are to be shared
    Path(name).replace(file)
