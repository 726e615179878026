"""The functions of the engine's kernel, compiled once per machine (``sim.jit``); the one long compilation is announced."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from sim import jit
from sim.draws import keyed, persons, quantiles
from sim.engine import visit_log
from sim.engine.compiled import columns, draws, events, kernel, memory, people, records, sums, visits, waiting
from sim.jit import CACHE_VARIABLE
from sim.plan import plan

SOURCES: Final = (  # modules whose code or constants are compiled in: see ``fingerprint``
    kernel, memory, records, draws, events, waiting, sums, people, visits, columns,
    quantiles, keyed, persons, visit_log, plan,
)  # fmt: skip


def _to_stderr(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


announce: Callable[[str], None] = _to_stderr  # told when the one compilation begins and ends; a program may put its own here


def fingerprint(sources: tuple[ModuleType, ...] = SOURCES) -> str:
    """What the compiled engine depends on."""
    return jit.fingerprint(sources)


def cache_directory() -> Path | None:
    """The directory for the engine compiled from these sources on this machine; None where nothing can be written."""
    return jit.cache_directory(fingerprint())


class Compiled(jit.Compiled):
    """A function of the kernel."""

    def __init__(self, function: Callable[..., Any]) -> None:
        if function is kernel.run:
            super().__init__(function, lambda: cache_directory(), _began, _ended)
        else:
            super().__init__(function, lambda: cache_directory())


def _began() -> None:
    announce("Compiling the engine; this is done once on this machine and takes some ten seconds ...")


def _ended(seconds: float) -> None:
    announce(f"... compiled in {seconds:.0f} s.")


run = Compiled(kernel.run)
fill_columns = Compiled(columns.fill_columns)

__all__ = ["CACHE_VARIABLE", "SOURCES", "Compiled", "announce", "cache_directory", "fill_columns", "fingerprint", "run"]
