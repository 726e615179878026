"""Reading a text file that a user points at, whatever it turns out to be."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from sim.errors import Fault

MEGABYTE = 1024 * 1024
YAML_LIMIT = 5 * MEGABYTE
TABLE_LIMIT = 20 * MEGABYTE


@dataclass(frozen=True)
class TextFile:
    """A file as read: its shown name, its text without a byte-order mark, and its bytes."""

    name: str
    text: str
    content: bytes


def read_text(path: Path, limit: int, faults: list[Fault]) -> TextFile | None:
    """Text of the UTF-8 file at ``path`` of at most ``limit`` bytes; None, with a fault added, where that cannot be."""
    name = path.as_posix()

    def refuse(what: str, mend: str, line: int | None = None) -> None:
        faults.append(Fault(what, name, line, mend=mend))

    try:
        info = os.stat(path)
        if stat.S_ISDIR(info.st_mode):
            return refuse("is a directory where a file is expected", "name a file")
        if not stat.S_ISREG(info.st_mode):
            return refuse("is not an ordinary file", "name a text file")
        if info.st_size > limit:
            size = info.st_size / MEGABYTE
            return refuse(f"is {size:.0f} MB; at most {limit // MEGABYTE} MB is read", "split the file, or keep data out of it", 1)
        content = path.read_bytes()
    except FileNotFoundError:
        return refuse("there is no such file", "check the name and the directory it is looked up in")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return refuse(f"cannot be read: {reason}", "check the name of the file and the right to read it")
    if b"\0" in content:
        return refuse("is not text: it holds zero bytes", "save it as plain text in UTF-8", content[: content.index(b"\0")].count(b"\n") + 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return refuse(f"is not UTF-8 text: byte {content[error.start]:#04x} cannot be read", "save it as plain text in UTF-8", line)
    return TextFile(name, text, content)
