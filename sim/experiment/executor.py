"""Where cells are computed: in this process, in processes on this machine, or (``sim.experiment.cluster``) on a Dask cluster.

An executor takes batches of cells that share a plan and yields their outcomes as they end. Results travel back as bytes, and only the
process that runs the study writes them: so they are the same bytes everywhere, workers need no shared disk, and killing a worker can
never leave half a file.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Protocol

from sim.experiment.cells import Cell, Outcome, Work, run_cells

Batch = tuple[Cell, ...]  # replications of one scenario and draw: one plan
MOST_TRIES = 3  # a worker may be killed from outside (out of memory, say) this often over one cell
AHEAD = 2  # batches given to a worker at once, so that it need not wait while results are written
KILLED = "the worker that computed it was killed each time it was tried (too little memory?)"


class Executor(Protocol):
    """Something that computes the cells of ``work``; used in a ``with`` block, which ends its workers."""

    work: Work

    def outcomes(self, batches: Sequence[Batch], standing: frozenset[str]) -> Iterator[Outcome]:
        """The outcome of every cell, as each ends; for results that are ``standing`` only their name."""
        ...

    def __enter__(self) -> Executor: ...

    def __exit__(self, *error: object) -> None: ...


@dataclass(frozen=True)
class Task:
    """A batch on its way, and how often its worker was killed."""

    batch: Batch
    tries: int = 0

    def again(self) -> list[Task]:
        """Each cell by itself: the one that kills its worker must not take the others along."""
        return [Task((cell,), self.tries + 1) for cell in self.batch]

    @property
    def given_up(self) -> bool:
        return self.tries >= MOST_TRIES

    def lost(self) -> list[Outcome]:
        return [Outcome(cell, error=KILLED) for cell in self.batch]


class InProcess:
    """One cell after the other, here."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def outcomes(self, batches: Sequence[Batch], standing: frozenset[str]) -> Iterator[Outcome]:
        for batch in batches:
            for cell in batch:
                yield from run_cells(self.work, [cell], standing)

    def __enter__(self) -> InProcess:
        return self

    def __exit__(self, *error: object) -> None:
        pass


_work: Work | None = None


def _begin_worker(work: Work) -> None:
    global _work
    _work = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal; the parent alone answers it
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for its next batch for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _run(batch: Batch, standing: frozenset[str]) -> list[Outcome]:
    assert _work is not None
    return run_cells(_work, batch, standing)


@dataclass
class _Worker:
    """One process in a pool of its own, so that killing it breaks nothing else; the first of its tasks is the one at work."""

    pool: ProcessPoolExecutor
    tasks: dict[Future[list[Outcome]], Task] = field(default_factory=dict)


class Processes:
    """Worker processes on this machine, started when first needed."""

    def __init__(self, work: Work, workers: int) -> None:
        self.work = work
        self.workers = workers
        self.pools: list[_Worker] = []
        self.others = set(multiprocessing.active_children())

    def outcomes(self, batches: Sequence[Batch], standing: frozenset[str]) -> Iterator[Outcome]:
        waiting = deque(Task(batch) for batch in batches)
        while len(self.pools) < min(self.workers, len(batches)):
            self.pools.append(_Worker(self._pool()))
        while True:
            for depth in range(1, AHEAD + 1):  # everybody gets a first batch before anybody a second
                for worker in self.pools:
                    if waiting and len(worker.tasks) < depth:
                        self._give(worker, waiting, standing)
            running = [future for worker in self.pools for future in worker.tasks]
            if not running:
                return
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            ended: list[Outcome] = []
            for worker in self.pools:
                ended += self._take(worker, finished, waiting)
            for worker in self.pools:  # before the results are written
                if waiting and not worker.tasks:
                    self._give(worker, waiting, standing)
            yield from ended

    def _give(self, worker: _Worker, waiting: deque[Task], standing: frozenset[str]) -> None:
        task = waiting.popleft()
        try:
            future = worker.pool.submit(_run, task.batch, standing)
        except BrokenProcessPool:  # killed while it had nothing to do
            worker.pool = self._pool()
            future = worker.pool.submit(_run, task.batch, standing)
        worker.tasks[future] = task

    def _take(self, worker: _Worker, finished: set[Future[list[Outcome]]], waiting: deque[Task]) -> list[Outcome]:
        ended: list[Outcome] = []
        for future in [f for f in worker.tasks if f in finished]:
            if future not in worker.tasks:
                break
            try:
                ended += future.result()
                del worker.tasks[future]
            except BrokenProcessPool:
                at_work, *queued = worker.tasks.values()
                worker.tasks.clear()
                worker.pool.shutdown(wait=False, cancel_futures=True)
                worker.pool = self._pool()
                waiting.extendleft(reversed(queued))
                for task in at_work.again():
                    if task.given_up:
                        ended += task.lost()
                    else:
                        waiting.appendleft(task)
        return ended

    def _pool(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")  # the same on every system; forking after threads started is unsafe
        return ProcessPoolExecutor(1, mp_context=context, initializer=_begin_worker, initargs=(self.work,))

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self.pools:
            worker.pool.shutdown(wait=False, cancel_futures=True)
        for process in set(multiprocessing.active_children()) - self.others:
            process.terminate()  # after an interrupt nobody waits for the cells under way
        for worker in self.pools:
            worker.pool.shutdown(wait=True)


def executor_for(work: Work, workers: int | None, cluster: str | None) -> Executor:
    """The executor asked for: a cluster by address (``local`` starts one here), else processes (default: one per processor).

    Raises ``InputError`` when no cluster answers.
    """
    number = workers or os.cpu_count() or 1
    if cluster:
        from sim.experiment.cluster import Cluster  # Dask takes a second to import

        return Cluster(work, cluster, number)
    return InProcess(work) if number == 1 else Processes(work, number)
