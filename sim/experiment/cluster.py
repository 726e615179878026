"""Cells on a Dask cluster: the same batches, the same bytes; results come back over the network and are written here."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator, Sequence
from typing import Any

import dask
from distributed import Client, LocalCluster, WorkerPlugin, as_completed, get_worker
from distributed.comm.addressing import parse_host_port
from distributed.scheduler import KilledWorker

from sim.errors import Fault, InputError, ZorgstroomError
from sim.experiment.cells import Outcome, Work, run_cells
from sim.experiment.executor import Batch, Task

LOCAL = "local"
PATIENCE = 15  # seconds for a scheduler to answer, and for it to have a worker
PLUGIN = "zorgstroom-work"

SETTINGS = {
    "distributed.scheduler.allowed-failures": 3,  # how many workers may be killed over a batch; `retries` counts errors only
    "distributed.admin.tick.limit": "60s",  # a compiled engine may hold a thread for long
    "distributed.diagnostics.nvml": False,
    "distributed.worker.memory.spill": False,  # results leave at once
    "distributed.worker.memory.target": False,
}


class HoldWork(WorkerPlugin):  # type: ignore[misc]
    """Brings what all cells share to every worker, those that start later or again among them."""

    name = PLUGIN

    def __init__(self, work: Work, standing: frozenset[str]) -> None:
        self.work = work
        self.standing = standing


def _run(batch: Batch) -> list[Outcome]:
    held: HoldWork = get_worker().plugins[PLUGIN]
    return run_cells(held.work, batch, held.standing)


class Cluster:
    """A Dask cluster by the address of its scheduler (``tcp://host:8786``), or ``local``: one started here, reachable from here alone."""

    def __init__(self, work: Work, standing: frozenset[str], address: str, workers: int) -> None:
        self.work = work
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # a killed worker is told by us, once
        self.settings = dask.config.set(SETTINGS)
        self.local: LocalCluster | None = None
        try:
            if address == LOCAL:
                self.local = LocalCluster(
                    n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=logging.CRITICAL
                )
            else:
                address = _answering(address)
            self.client: Client = Client(self.local or address, timeout=PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise _unreachable(address, f"no Dask scheduler answers at {address} ({_first_line(error)})") from None
        try:
            self.client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            self.__exit__()
            raise _unreachable(address, f"the Dask scheduler at {address} has no workers") from None
        self.client.register_plugin(HoldWork(work, standing))

    def outcomes(self, batches: Sequence[Batch]) -> Iterator[Outcome]:
        under_way: Any = as_completed([], loop=self.client.loop)
        tasks: dict[str, Task] = {}

        def submit(task: Task) -> None:
            future = self.client.submit(_run, task.batch, pure=False)
            tasks[future.key] = task
            under_way.add(future)

        for batch in batches:
            submit(Task(batch))
        for future in under_way:
            task = tasks.pop(future.key)
            if future.status == "finished":
                outcomes: list[Outcome] = future.result()
                future.release()
                yield from outcomes
                continue
            error = future.exception() if future.status == "error" else None
            if not isinstance(error, KilledWorker):
                raise ZorgstroomError(f"the cluster lost a cell: {_first_line(error) if error else future.status}")
            if len(task.batch) == 1:
                yield from task.lost()
            else:
                for single in task.again():
                    submit(single)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *error: object) -> None:
        self.client.close(timeout=PATIENCE)
        if self.local is not None:
            self.local.close(timeout=PATIENCE)


def _answering(address: str) -> str:
    """The address as Dask takes it, after somebody took up a connection there: its own client is slow to give up."""
    address = address.replace("scheduler://", "tcp://", 1)
    socket.create_connection(parse_host_port(address.rpartition("://")[2]), timeout=PATIENCE).close()
    return address


def _unreachable(address: str, what: str) -> InputError:
    mend = "start the scheduler and its workers, or give its address as tcp://host:8786; `--cluster local` starts one here"
    return InputError([Fault(what, field="--cluster", mend=mend)])


def _first_line(error: BaseException | None) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
