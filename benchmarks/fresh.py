"""One measurement in a process of its own, as one line of JSON: ``python -m benchmarks.fresh WHAT [ARGUMENTS]``.

``run PLAN MODE``: a run of a pickled plan, with the compiled code ready; ``threads PLAN MODE N RUNS``: N threads that do so many runs each,
all together; ``processes`` likewise begins when every process is ready; ``start MODEL SCENARIO``: from nothing to a first result.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def peak_mib() -> float:
    """The most memory this process has had, MiB."""
    if sys.platform == "win32":
        import psutil

        return float(psutil.Process().memory_info().peak_wset) / 2**20
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def engine(mode: str) -> Callable[[Any, int], Any]:
    """``sums``: statistics only; ``log``: the visit log in memory."""
    from sim.engine import simulate, totals

    return totals if mode == "sums" else simulate


def run(file: str, mode: str) -> dict[str, Any]:
    plan, simulate = _plan(file), engine(mode)
    _warm_up(plan, simulate)
    before = peak_mib()
    wall, cpu = time.perf_counter(), time.process_time()
    result = simulate(plan, 1)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    visits = result.visits if mode == "sums" else len(result)
    return {"wall": wall, "cpu": cpu, "visits": visits, "peak_mib": peak_mib(), "before_mib": before}


def threads(file: str, mode: str, number: str, runs: str) -> dict[str, Any]:
    plan, simulate = _plan(file), engine(mode)
    _warm_up(plan, simulate)

    def work(first: int) -> None:
        for i in range(int(runs)):
            simulate(plan, first + i)

    started = [threading.Thread(target=work, args=(1 + 1000 * n,)) for n in range(int(number))]
    wall = time.perf_counter()
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return {"wall": time.perf_counter() - wall}


def worker(file: str, mode: str, runs: str) -> dict[str, Any]:
    """Says when it is ready, and begins when told."""
    plan, simulate = _plan(file), engine(mode)
    _warm_up(plan, simulate)
    print("ready", flush=True)
    sys.stdin.readline()
    wall = time.perf_counter()
    for i in range(int(runs)):
        simulate(plan, 1 + i)
    return {"wall": time.perf_counter() - wall}


def start(model: str, scenario: str) -> dict[str, Any]:
    """Import, read the model, simulate, add up: what somebody waits for before a first result."""
    import sim

    loaded = sim.load_model(model)
    library = sim.Library(Path(model) / "scenarios")
    plan = sim.compile_plan(loaded, sim.load_scenario(scenario, library, loaded))
    visits = sim.totals(plan, 1).visits
    return {"cpu": time.process_time(), "visits": visits}


def _plan(file: str) -> Any:
    with Path(file).open("rb") as stream:
        return pickle.load(stream)  # written by the bench that started this process


def _warm_up(plan: Any, simulate: Callable[[Any, int], Any]) -> None:
    """Load the compiled code: a run that ends after its first month."""
    from dataclasses import replace

    within = plan.supply_tick < plan.months[1]
    simulate(
        replace(
            plan, months=plan.months[:2], rows=plan.rows[:, :1], places=plan.places[:, :1], pool_merge=plan.pool_merge[:, :1],
            pool_inflow=plan.pool_inflow[:, :1], stream_rate=plan.stream_rate[:, :1], supply_tick=plan.supply_tick[within],
            supply_team=plan.supply_team[within],
            warm=replace(plan.warm, in_care=plan.warm.in_care // 100, waiting=plan.warm.waiting // 100),
        ),
        1,
    )  # fmt: skip


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    print(json.dumps({"run": run, "threads": threads, "worker": worker, "start": start}[sys.argv[1]](*sys.argv[2:])))
