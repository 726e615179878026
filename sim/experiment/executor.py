"""Cells spread over processes on this machine. Results are the same for any number of workers and any order of completion."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from sim.experiment.cells import Cell, Outcome, Work, run_cell

MOST_RESTARTS = 3  # a worker killed from outside breaks the pool; its cells are tried again in a new one

_work: Work | None = None


def _take_work(work: Work) -> None:
    global _work
    _work = work


def _run(cell: Cell) -> Outcome:
    assert _work is not None
    return run_cell(_work, cell)


def run_cells(work: Work, cells: Sequence[Cell], workers: int, done: Callable[[Outcome], None]) -> list[Outcome]:
    """Run all cells and return their outcomes in the order asked; ``done`` is called as each one ends.

    An interrupt (Ctrl-C) ends the workers and is passed on; finished cells stand on disk.
    """
    outcomes: dict[int, Outcome] = {}

    def note(number: int, outcome: Outcome) -> None:
        outcomes[number] = outcome
        done(outcome)

    if workers == 1 or len(cells) == 1:
        for number, cell in enumerate(cells):
            note(number, run_cell(work, cell))
    else:
        for _ in range(MOST_RESTARTS + 1):
            left = [number for number in range(len(cells)) if number not in outcomes]
            if not left:
                break
            _run_in_pool(work, cells, left, workers, note)
    for number, cell in enumerate(cells):
        if number not in outcomes:
            note(number, Outcome(cell, None, "the worker process was killed each time it was tried"))
    return [outcomes[number] for number in range(len(cells))]


def _run_in_pool(work: Work, cells: Sequence[Cell], left: Sequence[int], workers: int, note: Callable[[int, Outcome], None]) -> None:
    context = multiprocessing.get_context("spawn")  # the same on every system; forking after threads started is unsafe
    pool = ProcessPoolExecutor(min(workers, len(left)), mp_context=context, initializer=_take_work, initargs=(work,))
    waiting: dict[Future[Outcome], int] = {pool.submit(_run, cells[number]): number for number in left}
    try:
        while waiting:
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                number = waiting.pop(future)
                note(number, future.result())
    except BrokenProcessPool:
        return
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
