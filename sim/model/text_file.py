"""Reading a text file that a user points at, whatever it turns out to be."""

from __future__ import annotations

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
    content = _read_bytes(path, limit, faults)
    if content is None:
        return None
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        faults.append(Fault("is not text: it holds zero bytes", name, line, mend=_SAVE_AS_TEXT))
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        faults.append(Fault(f"is not UTF-8 text: byte {content[error.start]:#04x} cannot be read", name, line, mend=_SAVE_AS_TEXT))
        return None
    return TextFile(name, text, content)


_SAVE_AS_TEXT = "save it as plain text in UTF-8"


def _read_bytes(path: Path, limit: int, faults: list[Fault]) -> bytes | None:
    name = path.as_posix()
    try:
        info = path.stat()
        if stat.S_ISDIR(info.st_mode):
            faults.append(Fault("is a directory where a file is expected", name, mend="name a file"))
        elif not stat.S_ISREG(info.st_mode):
            faults.append(Fault("is not an ordinary file", name, mend="name a text file"))
        elif info.st_size > limit:
            what = f"is {info.st_size / MEGABYTE:.0f} MB; at most {limit // MEGABYTE} MB is read"
            faults.append(Fault(what, name, 1, mend="split the file, or keep data out of it"))
        else:
            return path.read_bytes()
    except FileNotFoundError:
        faults.append(Fault("there is no such file", name, mend="check the name and the directory it is looked up in"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        faults.append(Fault(f"cannot be read: {reason}", name, mend="check the name of the file and the right to read it"))
    return None
