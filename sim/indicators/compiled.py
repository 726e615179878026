"""The hot loops of the indicators, compiled once per machine."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sim import jit
from sim.engine import visit_log
from sim.indicators import kernel, recount
from sim.plan import plan

SOURCES: Final = (kernel, recount, visit_log, plan)  # modules whose code or constants are compiled in


@functools.cache
def cache_directory() -> Path | None:
    """The directory for the indicators compiled from these sources on this machine; None where nothing can be written."""
    return jit.cache_directory(jit.fingerprint(SOURCES))


def _to_stderr(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


announce: Callable[[str], None] = _to_stderr  # told once when there is something to compile; a program may put its own here
_announced = threading.Event()


def _began() -> None:
    if not _announced.is_set():
        _announced.set()
        announce("Compiling the indicators; this is done once on this machine and takes some ten seconds ...")


def _compiled(function: Callable[..., Any]) -> jit.Compiled:
    return jit.Compiled(function, cache_directory, _began)


prepare = _compiled(kernel.prepare)
count = _compiled(kernel.count)
occupied = _compiled(kernel.occupied)
used_cells = _compiled(kernel.used_cells)
select_waits = _compiled(kernel.select_waits)
place_waits = _compiled(kernel.place_waits)
count_waits = _compiled(kernel.count_waits)
persons_together = _compiled(kernel.persons_together)
clients = _compiled(kernel.clients)
life_table = _compiled(kernel.life_table)
oldest = _compiled(kernel.oldest)
work_by_month = _compiled(kernel.work_by_month)
arrivals = _compiled(kernel.arrivals)
check_times = _compiled(recount.check_times)
moves = _compiled(recount.moves)
flows = _compiled(recount.flows)
presence = _compiled(recount.presence)
heads = _compiled(recount.heads)
time_of_visits = _compiled(recount.time_of_visits)
events_by_kind = _compiled(recount.events_by_kind)
sweep = _compiled(recount.sweep)
