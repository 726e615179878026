"""One process at a time in a study directory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sim.errors import Fault, InputError

LOCK = ".lock"


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold the lock of a study directory, made when it is not there; the system lets go of it when the process ends, however it ends.

    Raises ``InputError`` when another process holds it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / LOCK).open("a+b") as file:
        try:
            _take(file)
        except OSError:
            what = f"another zorgstroom is at work in {directory}"
            raise InputError([Fault(what, mend="wait until it is done, or give another folder with --out")]) from None
        yield


if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
