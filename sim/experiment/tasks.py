"""Tasks spread over processes on this machine: pure functions of something shared and something of their own."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

MOST_RESTARTS = 3  # a worker killed from outside breaks the pool; its tasks are tried again in a new one

S = TypeVar("S")
T = TypeVar("T")
R = TypeVar("R")

_shared: Any = None


def _take(shared: Any) -> None:
    global _shared
    _shared = shared


def _run(function: Callable[[Any, Any], Any], task: Any) -> Any:
    return function(_shared, task)


def run_tasks(
    function: Callable[[S, T], R], shared: S, tasks: Mapping[int, T], workers: int, done: Callable[[int, R], None]
) -> dict[int, str]:
    """Run ``function(shared, task)`` for every task; ``done`` is called here, with number and result, as each one ends.

    Returns why by number for those that failed; the others go on. ``shared`` is sent to every worker once. An interrupt (Ctrl-C) ends the
    workers and is passed on.
    """
    failed: dict[int, str] = {}
    left = dict(tasks)

    def end(number: int, call: Callable[[], R]) -> None:
        try:
            result = call()
        except (BrokenProcessPool, KeyboardInterrupt):
            raise
        except Exception:
            failed[number] = traceback.format_exc()
        else:
            done(number, result)
        del left[number]

    if workers == 1 or len(tasks) == 1:
        for number, task in tasks.items():
            end(number, lambda task=task: function(shared, task))  # type: ignore[misc]
        return failed
    for _ in range(MOST_RESTARTS + 1):
        if left:
            _in_pool(function, shared, left, workers, end)
    for number in left:
        failed[number] = "the worker process was killed each time it was tried"
    return failed


def _in_pool(function: Any, shared: Any, left: dict[int, Any], workers: int, end: Callable[[int, Callable[[], Any]], None]) -> None:
    context = multiprocessing.get_context("spawn")  # the same on every system; forking after threads started is unsafe
    pool = ProcessPoolExecutor(min(workers, len(left)), mp_context=context, initializer=_take, initargs=(shared,))
    waiting: dict[Future[Any], int] = {pool.submit(_run, function, task): number for number, task in left.items()}
    try:
        while waiting:
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                end(waiting.pop(future), future.result)
    except BrokenProcessPool:
        return
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
