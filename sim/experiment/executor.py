"""Where things are computed: in this process, in processes on this machine, or (``sim.experiment.cluster``) on a Dask cluster.

An executor takes batches of items (the cells of one plan, the runs of a fit) and yields their outcomes as they end. Results travel back,
and only the process that asked writes them: so they are the same bytes everywhere, workers need no shared disk, and killing a worker can
never leave half a file.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, cast

from sim.errors import ZorgstroomError

Batch = tuple[Any, ...]  # items that one worker takes together
MOST_TRIES = 3  # a worker may be killed from outside (out of memory, say) this often over one item
KILLED = "the worker that computed it was killed each time it was tried (too little memory?)"


class Job(Protocol):
    """What is to be done with an item; sent to every worker once, so it and the items must pickle."""

    def run(self, batch: Batch) -> list[Any]:
        """The outcome of every item of a batch. Errors are outcomes: what is raised ends the study."""
        ...

    def lost(self, item: Any) -> Any:
        """The outcome of an item whose worker was killed each time it was tried; see ``KILLED``."""
        ...


@dataclass(frozen=True)
class Done:
    """What came of an item: its result, or why there is none."""

    item: Any
    result: Any = None
    error: str = ""


@dataclass(frozen=True, eq=False)
class Each:
    """The job of doing ``work`` with every item; its outcomes are ``Done``, and one that fails leaves the others whole."""

    work: Callable[[Any], Any]

    def run(self, batch: Batch) -> list[Done]:
        return [self._one(item) for item in batch]

    def lost(self, item: Any) -> Done:
        return Done(item, error=KILLED)

    def _one(self, item: Any) -> Done:
        try:
            return Done(item, self.work(item))
        except ZorgstroomError as error:
            return Done(item, error=str(error))
        except Exception:  # a bug in one must not lose the others
            return Done(item, error=traceback.format_exc())


class Executor(Protocol):
    """Something that does a job; used in a ``with`` block, which ends its workers."""

    def outcomes(self, batches: Sequence[Batch]) -> Iterator[Any]:
        """The outcome of every item, as each ends."""
        ...

    def __enter__(self) -> Executor: ...

    def __exit__(self, *error: object) -> None: ...


@dataclass(frozen=True)
class Task:
    """A batch on its way, and how often its worker was killed."""

    batch: Batch
    tries: int = 0

    def again(self) -> list[Task]:
        """Each item by itself: the one that kills its worker must not take the others along."""
        return [Task((item,), self.tries + 1) for item in self.batch]

    @property
    def given_up(self) -> bool:
        return self.tries >= MOST_TRIES


class InProcess:
    """One item after the other, here."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def outcomes(self, batches: Sequence[Batch]) -> Iterator[Any]:
        for batch in batches:
            for item in batch:
                yield from self.job.run((item,))

    def __enter__(self) -> InProcess:
        return self

    def __exit__(self, *error: object) -> None:
        pass


def _serve(job: Job, pipe: Connection) -> None:
    """What a worker process does: take a batch, give its outcomes, until the other end is closed."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            pipe.send(job.run(pipe.recv()))
        except (EOFError, OSError):
            return


def _end_with_parent() -> None:
    """Nobody waits for the outcomes of a worker whose parent was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@dataclass
class _Worker:
    """One process, the pipe to it, and the task it is at."""

    process: BaseProcess
    pipe: Connection
    task: Task | None = None


class Processes:
    """Worker processes on this machine, started when first needed, each with a pipe of its own: killing one touches no other.

    Not ``concurrent.futures``: there one killed worker breaks the pool and loses what all others were at, workers outlive a killed
    parent, and an interrupt may hang on a queue of a worker that has ended.
    """

    def __init__(self, job: Job, workers: int) -> None:
        self.job = job
        self.workers = workers
        self.crew: list[_Worker] = []

    def outcomes(self, batches: Sequence[Batch]) -> Iterator[Any]:
        waiting = deque(Task(batch) for batch in batches)
        while len(self.crew) < min(self.workers, len(batches)):
            self.crew.append(self._hire())
        self._give(waiting)
        while busy := {worker.pipe: worker for worker in self.crew if worker.task}:
            ended: list[Any] = []
            for pipe in wait(list(busy)):
                ended += self._take(busy[cast(Connection, pipe)], waiting)
            self._give(waiting)  # before the results are written
            yield from ended

    def _give(self, waiting: deque[Task]) -> None:
        for i, worker in enumerate(self.crew):
            if waiting and worker.task is None:
                if not worker.process.is_alive():  # killed while it had nothing to do
                    worker = self.crew[i] = self._hire()
                worker.task = waiting.popleft()
                with suppress(OSError):  # killed just now: its pipe is at its end, which is seen when its outcomes are taken
                    worker.pipe.send(worker.task.batch)

    def _take(self, worker: _Worker, waiting: deque[Task]) -> list[Any]:
        task = worker.task
        assert task is not None
        worker.task = None
        try:
            outcomes: list[Any] = worker.pipe.recv()
            return outcomes
        except (EOFError, OSError):
            self.crew[self.crew.index(worker)] = self._hire()
            _dismiss(worker)
        lost: list[Any] = []
        for single in task.again():
            if single.given_up:
                lost += [self.job.lost(item) for item in single.batch]
            else:
                waiting.appendleft(single)
        return lost

    def _hire(self) -> _Worker:
        context = multiprocessing.get_context("spawn")  # the same on every system; forking after threads started is unsafe
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(self.job, theirs), daemon=True)
        with _without_interrupts():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *error: object) -> None:
        for worker in self.crew:
            _dismiss(worker)
        self.crew = []


def _dismiss(worker: _Worker) -> None:
    """End a process, whatever it is at."""
    worker.process.terminate()
    worker.process.join(5)
    worker.process.kill()
    worker.pipe.close()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Ctrl-C reaches all processes of a terminal; those started here never see it, the parent answers for all."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # it lets interrupts through again when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def executor_for(job: Job, workers: int | None, cluster: str | None) -> Executor:
    """The executor asked for: a cluster by address (``local`` starts one here), else processes (default: one per processor).

    Raises ``InputError`` when no cluster answers.
    """
    number = workers or os.cpu_count() or 1
    if cluster:
        from sim.experiment.cluster import Cluster  # Dask takes a second to import

        return Cluster(job, cluster, number)
    return InProcess(job) if number == 1 else Processes(job, number)
