"""The measurements behind ``zorgstroom bench``: everything on the same plan, in turns, medians of several rounds.

The machine may be doing other things meanwhile. Times of engines are therefore processor time of the process (the wall clock stands beside
it), what is compared runs in turns, and a ratio is the median of the ratios of the rounds that both took part in.
"""

from __future__ import annotations

import importlib
import json
import os
import pickle
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sim.plan.plan import Plan
from sim.plan.scale import scaled

ROOT: Final = Path(__file__).parents[1]
MEASUREMENTS: Final = ("engines", "population", "start", "cores", "sweep")
SLOW: Final = ("simpy", "textbook", "ciw")
IN_A_ROW: Final = 5  # runs of a fast engine in one turn
Report = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Measured:
    """A number with what is asked of it. ``wall``: the wall clock beside processor time, seconds."""

    measure: str
    value: float
    unit: str
    runs: int = 1
    lowest: float | None = None
    highest: float | None = None
    wall: float | None = None
    target: str = ""
    met: bool | None = None

    def row(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in COLUMNS}


COLUMNS: Final = ("measure", "value", "unit", "runs", "lowest", "highest", "wall", "target", "met")


@dataclass
class Rounds:
    """Processor and wall time of one thing, per round (None where it did not take part)."""

    cpu: dict[int, float] = field(default_factory=dict)
    wall: dict[int, float] = field(default_factory=dict)

    def measured(self, name: str) -> Measured:
        times = list(self.cpu.values())
        wall = statistics.median(self.wall.values())
        return Measured(name, statistics.median(times), "seconds", len(times), min(times), max(times), wall)

    def ratio(self, name: str, of: Rounds, least: float | None = None, most: float | None = None) -> Measured:
        """``self`` over ``of``, over the rounds of both."""
        ratios = [self.cpu[r] / of.cpu[r] for r in self.cpu if r in of.cpu]
        return compared(name, ratios, "times", least, most)


def compared(name: str, values: Sequence[float], unit: str, least: float | None = None, most: float | None = None) -> Measured:
    """The median of some values, held against a target."""
    value = statistics.median(values)
    target = f"at least {least:g}" if least is not None else f"at most {most:g}" if most is not None else ""
    met = value >= least if least is not None else value <= most if most is not None else None
    return Measured(name, value, unit, len(values), min(values), max(values), None, target, met)


@dataclass(frozen=True)
class Bench:
    """What to measure. ``slow_runs``: rounds in which the slow engines take part."""

    plan: Plan
    sweep: Callable[[], Iterator[Plan]]
    small: tuple[str, str]  # model and scenario of the first small result
    only: tuple[str, ...] = MEASUREMENTS
    runs: int = 5
    slow_runs: int = 1
    population: float = 10.0
    report: Report = lambda *_: None

    def measure(self) -> list[Measured]:
        """All that was asked for, in the order of ``MEASUREMENTS``."""
        parts: Mapping[str, Callable[[], list[Measured]]] = {
            "engines": self.engines,
            "population": self.populations,
            "start": self.starts,
            "cores": self.cores,
            "sweep": self.recompilations,
        }
        return [measured for name in MEASUREMENTS if name in self.only for measured in parts[name]()]

    def engines(self) -> list[Measured]:
        """Engines and yardsticks in turns; of the fast ones a turn is the median of some runs in a row, as a worker of a study does them.

        A single run after a minute of Python would be charged for the caches and pages that it left behind.
        """
        from benchmarks import ciw_part, textbook
        from benchmarks.floor import floor_of
        from sim.engine import simulate, totals

        plan = self.plan
        log = simulate(plan, 1)
        visits, events = len(log), _events(log)
        floor = floor_of(plan, 1, log)
        del log
        totals(plan, 1), floor()
        of_other: dict[str, int] = {}

        def other(name: str, run: Callable[[], int]) -> Callable[[], None]:
            def counted() -> None:
                of_other[name] = run()

            return counted

        runs: dict[str, Callable[[], Any]] = {
            "sums": lambda: totals(plan, 1), "log": lambda: simulate(plan, 1), "floor": floor,
            "simpy": lambda: simulate(plan, 1, "simpy"),
            "textbook": other("textbook", lambda: textbook.simulate(plan, 1).visits),
            "ciw": other("ciw", lambda: ciw_part.simulate(plan, 1)),
        }  # fmt: skip
        took = {name: Rounds() for name in runs}
        steps = self.runs * (len(runs) - len(SLOW)) + self.slow_runs * len(SLOW)
        done = 0
        for turn in range(self.runs):
            for name, run in runs.items():
                if name in SLOW and turn >= self.slow_runs:
                    continue
                times = []
                for _ in range(1 if name in SLOW else IN_A_ROW):
                    wall, cpu = time.perf_counter(), time.process_time()
                    run()
                    times.append((time.process_time() - cpu, time.perf_counter() - wall))
                took[name].cpu[turn], took[name].wall[turn] = (statistics.median(column) for column in zip(*times, strict=True))
                done += 1
                self.report(done, steps, f"engines, {name}")
        sums, simpy = took["sums"], took["simpy"]
        compiled = statistics.median(sums.cpu.values())
        per_visit = statistics.median(took["ciw"].cpu.values()) / of_other["ciw"] * 1e6
        return [
            sums.measured("compiled engine, statistics only"),
            took["log"].measured("compiled engine, log in memory"),
            took["floor"].measured("floor: the draws and the rows"),
            simpy.measured("SimPy engine"),
            took["textbook"].measured("textbook SimPy"),
            simpy.ratio("SimPy engine over compiled", sums, least=80),
            took["textbook"].ratio("textbook SimPy over compiled", sums, least=150),
            simpy.ratio("SimPy engine over textbook", took["textbook"], most=1),
            sums.ratio("compiled over floor", took["floor"], most=3),
            took["log"].ratio("log in memory over statistics only", sums, most=1.5),
            Measured("visits of a run", visits, "visits"),
            Measured("visits of a run, textbook SimPy", of_other["textbook"], "visits"),
            Measured("events of a run (arrivals, starts, ends, releases)", events, "events"),
            Measured("compiled engine", events / compiled, "events per second"),
            Measured("SimPy engine", events / statistics.median(simpy.cpu.values()), "events per second"),
            Measured("compiled engine", compiled / visits * 1e6, "microseconds per visit"),
            Measured("Ciw, the part it can express", per_visit, "microseconds per visit", len(took["ciw"].cpu)),
            Measured("Ciw over compiled, per visit", per_visit / (compiled / visits * 1e6), "times"),
        ]

    def populations(self) -> list[Measured]:
        """The city and a larger one, each run in a process of its own."""
        larger = f"population x {self.population:g}"
        with tempfile.TemporaryDirectory() as folder:
            files = {1.0: _write(folder, "one", self.plan), self.population: _write(folder, "larger", scaled(self.plan, self.population))}
            kinds = [(scale, mode) for scale in files for mode in ("sums", "log") if mode == "sums" or scale == 1.0]
            found: dict[tuple[float, str], list[dict[str, Any]]] = {kind: [] for kind in kinds}
            for turn in range(self.runs):
                for i, (scale, mode) in enumerate(kinds):
                    found[scale, mode].append(fresh("run", files[scale], mode))
                    self.report(turn * len(kinds) + i + 1, self.runs * len(kinds), f"population x {scale:g}")
        rows = []
        for (scale, mode), results in found.items():
            city = "the city" if scale == 1.0 else larger
            what = f"{city}, {'statistics only' if mode == 'sums' else 'log in memory'}"
            rounds = Rounds({i: r["cpu"] for i, r in enumerate(results)}, {i: r["wall"] for i, r in enumerate(results)})
            most = 1.2 * 1024 if scale == 10.0 and mode == "sums" else 24 * 1024 if scale == 27.0 else None
            rows += [
                rounds.measured(f"{what}, fresh process"),
                compared(f"{what}, peak memory", [r["peak_mib"] for r in results], "MiB", most=most),
            ]
        pairs = zip(found[self.population, "sums"], found[1.0, "sums"], strict=True)
        return [
            *rows,
            Measured(f"{larger}, visits", found[self.population, "sums"][0]["visits"], "visits"),
            compared(
                f"{larger} over the city", [a["cpu"] / b["cpu"] for a, b in pairs], "times", most=15 if self.population == 10.0 else None
            ),
        ]

    def starts(self) -> list[Measured]:
        """From a new process to a first small result: with compiled code at hand, and with an empty cache."""
        with tempfile.TemporaryDirectory() as folder:
            cold = start(*self.small, environment={"ZORGSTROOM_CACHE": folder})
            self.report(1, self.runs + 1, "start, cold")
            start(*self.small)
            warm = []
            for turn in range(self.runs):
                warm.append(start(*self.small))
                self.report(turn + 2, self.runs + 1, "start, warm")
        return [
            Measured("first small result, nothing compiled yet", cold["wall"], "seconds", wall=cold["wall"]),
            compared("first small result, compiled code cached", [s["wall"] for s in warm], "seconds", most=2),
            compared("first small result, compiled code cached, processor time", [s["cpu"] for s in warm], "seconds"),
        ]

    def cores(self) -> list[Measured]:
        """Two cores against one: threads of one process, and two processes. The wall clock counts."""
        runs = "3"
        efficiency: dict[str, list[float]] = {"threads": [], "processes": []}
        with tempfile.TemporaryDirectory() as folder:
            file = _write(folder, "plan", self.plan)
            for turn in range(self.runs):
                alone = fresh("threads", file, "sums", "1", runs)["wall"]
                efficiency["threads"].append(alone / fresh("threads", file, "sums", "2", runs)["wall"])
                efficiency["processes"].append(together(1, file, runs) / together(2, file, runs))
                self.report(turn + 1, self.runs, "cores")
        return [compared(f"efficiency of two {name}", values, "share", least=0.85) for name, values in efficiency.items()]

    def recompilations(self) -> list[Measured]:
        """Functions compiled while every scenario runs once, after the first."""
        from numba.core import event

        from sim.engine import simulate, totals

        plans = iter(self.sweep())
        first = next(plans)
        simulate(first, 1), totals(first, 1)
        number = 1
        with event.install_recorder("numba:compile") as recorder:
            for plan in plans:
                simulate(plan, number), totals(plan, number)
                number += 1
                self.report(number, number + 1, "sweep")
        compiled = sum(1 for _, what in recorder.buffer if what.is_start)
        return [Measured(f"functions compiled over {number} scenarios", compiled, "functions", target="0", met=compiled == 0)]


def fresh(*arguments: str, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Measure in a process of its own; see ``benchmarks.fresh``."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.fresh", *arguments],
        cwd=ROOT, env=_environment(environment), capture_output=True, encoding="utf-8",
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"a measurement failed in its own process: {done.stderr.strip().splitlines()[-1:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def together(number: int, file: str, runs: str) -> float:
    """Wall time until so many processes, which begin together, have each done their runs."""
    command = [sys.executable, "-m", "benchmarks.fresh", "worker", file, "sums", runs]
    workers = [
        subprocess.Popen(command, cwd=ROOT, env=_environment(None), stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        for _ in range(number)
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return max(float(json.loads(worker.communicate()[0].splitlines()[-1])["wall"]) for worker in workers)


def load() -> str:
    """How busy the machine is."""
    import psutil

    return f"{psutil.getloadavg()[0]:.1f} processes wanted to run in the minute before"


def machine(load: str) -> dict[str, str]:
    """The machine and the versions, without names of hosts or people; ``load``: before the measurements."""
    import psutil

    libraries = ("numpy", "numba", "llvmlite", "simpy", "ciw")
    versions = (f"{name} {importlib.import_module('importlib.metadata').version(name)}" for name in libraries)
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "load": load,
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "libraries": ", ".join(versions),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":", 1)[1].strip() for line in info.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        if names:
            return names[0]
    return platform.processor() or platform.machine()


def _events(log: Any) -> int:
    from sim.engine.visit_log import NULL

    return sum(int((times != NULL).sum()) for times in (log.arrive, log.start, log.end, log.release))


def start(model: str, scenario: str, environment: Mapping[str, str] | None = None) -> dict[str, float]:
    """A first result from a new process; wall time with the start and the end of the process in it."""
    began = time.perf_counter()
    cpu = fresh("start", model, scenario, environment=environment)["cpu"]
    return {"wall": time.perf_counter() - began, "cpu": cpu}


def _write(folder: str, name: str, plan: Plan) -> str:
    file = Path(folder) / f"{name}.pickle"
    file.write_bytes(pickle.dumps(plan))
    return str(file)


def _environment(changes: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, **(changes or {})}
