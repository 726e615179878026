"""The page docs/benchmarks.md from a table: ``zorgstroom bench --format json | python -m benchmarks.page > docs/benchmarks.md``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

PAGE = """# How fast the engine is

What `zorgstroom bench` measured on one machine. To make this page anew, on yours:

    python3 zorgstroom.py bench --format json > bench.json
    .venv/bin/python -m benchmarks.page < bench.json > docs/benchmarks.md

{machine}

| what | measured | lowest - highest | rounds | target | met |
|---|---|---|---|---|---|
{rows}

## How it is measured

All engines run the same plan (the full city, from the model's start to its horizon) in one process, in turns; the table gives medians,
and a ratio is the median of the ratios within a round. Times of engines are processor time, because other work on the machine then counts
least; starts and two cores are wall time, which suffers from it. Where an engine is bound by memory and its yardstick is not, other work
that competes for the cache still moves the ratio.

- **compiled engine, statistics only**: `sim.totals`, whole-number sums per year, node and client class kept while the run goes on.
  **log in memory**: `sim.simulate`, one row per visit.
- **floor**: drawing the numbers of that very run with the same compiled functions, and writing as many rows of 48 bytes
  (`benchmarks/floor.py`). No calendar, no waiting lists, no routes followed. An engine with these draws cannot be faster.
- **SimPy engine**: the reference, `--engine simpy`, the same visits row for row; it runs without the collector of cyclic garbage.
- **textbook SimPy**: processes, `PriorityResource`, `request | timeout`, draws of its own, and no log (`benchmarks/textbook.py` says
  what it leaves out); without the collector too. It ends with the sums of the compiled engine, the same but for chance.
- **Ciw**: one gebied for one year, as far as Ciw can express it (`benchmarks/ciw_part.py`), per visit.
- **population**: the demand, places and people present multiplied, in a process of its own; peak memory includes Python and all libraries.
- **first small result**: a new process imports the package, reads `examples/one-queue`, simulates it and adds it up.
- **efficiency of two**: the wall time of three runs alone over that of three runs on each of two threads or processes.
- **functions compiled**: over all shipped scenarios, after the first.

`--runs N` sets the rounds, `--full` lets the slow engines take part in all of them, `--only` measures a part, `--population 27` is the
Netherlands in one process.
"""


def page(rows: Sequence[Mapping[str, Any]]) -> str:
    """The page for the rows of a bench."""
    about = [row for row in rows if row["measure"].startswith("machine: ")]
    machine = "\n".join(f"- {row['measure'].removeprefix('machine: ')}: {row['value']}" for row in about)
    lines = [_line(row) for row in rows if row not in about]
    return PAGE.format(machine=machine, rows="\n".join(lines))


def _line(row: Mapping[str, Any]) -> str:
    between = f"{_number(row['lowest'])} - {_number(row['highest'])}" if row["lowest"] is not None and row["runs"] > 1 else ""
    met = "" if row["met"] is None else "yes" if row["met"] else "no"
    return f"| {row['measure']} | {_number(row['value'])} {row['unit']} | {between} | {row['runs']} | {row['target']} | {met} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or float(value).is_integer() else f"{value:.3g}"


if __name__ == "__main__":
    print(page(json.load(sys.stdin)["bench"]), end="")
