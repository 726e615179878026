"""How far a long command is, on standard error: a bar in a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sim.experiment.study import Progress

BETWEEN_LINES = 15.0  # seconds


@contextmanager
def shown(what: str) -> Iterator[Progress]:
    """A function to call with (done, in all, what was done last)."""
    if sys.stderr.isatty():
        with _bar(what) as report:
            yield report
    else:
        yield _lines(what)


@contextmanager
def _bar(what: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[last]}"),
    )
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None, last="")

        def report(done: int, total: int, last: str) -> None:
            bar.update(task, completed=done, total=total, last=last)

        yield report


def _lines(what: str) -> Progress:
    written = time.monotonic() - BETWEEN_LINES

    def report(done: int, total: int, last: str) -> None:
        nonlocal written
        if done < total and time.monotonic() - written < BETWEEN_LINES:
            return
        written = time.monotonic()
        print(f"{what}: {done} of {total} ({last})", file=sys.stderr, flush=True)

    return report
