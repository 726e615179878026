"""The results of a study on disk: one file per cell, whose name holds the name of the cell and a hash of its bytes.

So whether a file is whole, and whose it is, can be told from the file alone: ``<cell>-<hash>.parquet``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from sim.experiment.cells import CELL_KEY
from sim.experiment.record import file_hash, remove_parts, write_bytes

FOLDER = "cells"
_FILE = re.compile(r"([0-9a-f]{32})-([0-9a-f]{16})\.parquet")


@dataclass(frozen=True)
class Scan:
    """What a folder of cells holds: whole results by the name of their cell, and what is wrong with every other file."""

    whole: dict[str, Path]
    damaged: dict[Path, str]
    foreign: dict[Path, str]

    def problems(self) -> list[str]:
        """One line per file that is not used."""
        return [f"{file}: {why}" for file, why in sorted({**self.damaged, **self.foreign}.items())]


class Store:
    """The folder of cells of one study."""

    def __init__(self, directory: Path) -> None:
        self.folder = directory / FOLDER

    def open(self, say: Callable[[str], None]) -> dict[str, Path]:
        """Make the folder, clear away what is half written or damaged, and give the whole results by name; what is not used is told."""
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_parts(self.folder)
        scan = self.scan()
        for problem in scan.problems():
            say(f"not used: {problem}")
        for file in scan.damaged:
            file.unlink()
        return scan.whole

    def scan(self) -> Scan:
        """Read every file and say what it is. Nothing is changed."""
        whole: dict[str, Path] = {}
        damaged: dict[Path, str] = {}
        foreign: dict[Path, str] = {}
        for file in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            named = _FILE.fullmatch(file.name)
            if named is None or not file.is_file():
                foreign[file] = "is not the result of a cell"
            elif file_hash(file)[:16] != named[2]:
                damaged[file] = "is damaged: its bytes are not those it was written with"
            elif _carried(file) != named[1]:
                foreign[file] = "carries another name than the result in it"
            elif named[1] in whole:
                damaged[file] = f"is a second result of one cell, beside {whole[named[1]].name}"
            else:
                whole[named[1]] = file
        return Scan(whole, damaged, foreign)

    def write(self, name: str, content: bytes) -> Path:
        """Write the result of a cell, all at once or not at all."""
        file = self.file(name, content)
        write_bytes(file, content)
        return file

    def file(self, name: str, content: bytes) -> Path:
        """Where a result stands or would stand."""
        return self.folder / f"{name}-{hashlib.sha256(content).hexdigest()[:16]}.parquet"


def _carried(file: Path) -> str:
    """The name of the cell that a result carries inside."""
    try:
        return str((pq.read_schema(file).metadata or {}).get(CELL_KEY, b"").decode())
    except (OSError, pa.ArrowException):
        return ""
