"""The compiled engine: the same plan, the same draws and the same log as the reference engine, about a hundred times sooner.

The kernel is in ``sim.engine.compiled``; this module hands it a plan and returns its rows as a ``VisitLog``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.draws import keyed
from sim.draws.persons import Persons
from sim.draws.warm import warm_persons
from sim.engine.compiled import build
from sim.engine.compiled.kernel import ARRIVAL, BLANK, ENTRY, NONE, PERSON, ROW, VISIT, City, Present, Tables
from sim.engine.compiled.tables import as_type, bucket_shift, lay_out
from sim.engine.visit_log import EXTERNAL, VisitLog
from sim.plan.plan import Plan


def draw_persons(plan: Plan, seed: int) -> Persons | None:
    """Everybody, where somebody else has drawn them (tests do); None: the kernel draws those from outside itself, month by month."""
    return None


def simulate(plan: Plan, seed: int) -> VisitLog:
    """Run one replication of ``plan``; ``seed`` fixes every draw. Many threads may do so at once."""
    kernel = build.kernel()
    tables, base = lay_out(plan), keyed.seed_key(seed)
    present, arrivals, expected = _people(plan, base, draw_persons(plan, seed))
    warm, teams = len(present.id), len(plan.names.teams)
    log = kernel.run(
        tables,
        _empty_city(plan),
        np.empty(2 * warm + 4096, VISIT),
        np.empty(2 * warm + 4096, PERSON),
        np.empty((2 * warm + 4096, 9), np.int32),
        np.empty(warm + 3 * expected + 4096, ROW),
        np.empty(1024, ENTRY),
        np.empty((teams + 1024, 3), np.int64),
        present,
        np.empty(0, ARRIVAL) if arrivals is None else arrivals,
        arrivals is not None,
        len(plan.names.gebieden),
        np.uint64(base),
    )
    return _visit_log(kernel, tables, log)


def _people(plan: Plan, base: int, given: Persons | None) -> tuple[Present, NDArray[Any] | None, int]:
    """Who is present at the start, who comes from outside (None: to be drawn), and how many to expect of the latter."""
    if given is None:
        warm = warm_persons(plan, base)
        days = np.diff(plan.months) / 1440.0
        return _present(warm), None, int((plan.stream_rate @ days).sum())
    outside = given.entry == EXTERNAL
    warm = {name: getattr(given, name)[~outside] for name in ("id", "birth", "gebied", "arrive", "node", "end", "deadline")}
    order = np.lexsort((given.id[outside], given.arrive[outside]))
    arrivals = np.empty(len(order), ARRIVAL)
    for field, column in (("id", given.id), ("tick", given.arrive), ("birth", given.birth), ("gebied", given.gebied), ("kind", given.kind)):
        arrivals[field] = column[outside][order]
    return _present(warm), arrivals, len(order)


def _present(warm: dict[str, NDArray[Any]]) -> Present:
    order = np.lexsort((warm["id"], warm["arrive"]))
    i32, i64 = np.int32, np.int64
    types = {"id": np.uint64, "birth": i64, "gebied": i32, "arrive": i64, "node": i32, "end": i64, "deadline": i64}
    return Present(**{name: as_type(warm[name][order], dtype) for name, dtype in types.items()})


def _empty_city(plan: Plan) -> City:
    nodes, teams, urgencies = len(plan.names.nodes), len(plan.names.teams), len(plan.names.urgencies)
    scalar = np.zeros(16, np.int64)
    scalar[:8] = (NONE, 0, NONE, 0, NONE, 0, 0, NONE)
    shift = bucket_shift(plan.horizon)
    return City(
        scalar=scalar,
        occupied=np.zeros(teams, np.int64),
        supply_left=np.zeros(teams, np.int64),
        queued=np.zeros(2 * nodes, np.int64),
        first=np.full((2 * nodes, urgencies), NONE, np.int32),
        last=np.full((2 * nodes, urgencies), NONE, np.int32),
        root=np.full(2 * nodes, NONE, np.int32),
        bucket=np.full((plan.horizon >> shift) + 1, NONE, np.int32),
        shift=np.array([shift], np.int64),
    )


def _visit_log(kernel: build.Kernel, tables: Tables, log: NDArray[Any]) -> VisitLog:
    n = len(log)
    i8, i16, i32, i64 = np.int8, np.int16, np.int32, np.int64
    types = (np.uint64, i64, i16, i32, i8, i32, i32, i32, i8, i8, i64, i64, i64, i64, i8, i32, i32)
    columns = tuple(np.empty(n, dtype) for dtype in types)
    kernel.fill_columns(log, tables.node_team, tables.route_to, *columns)
    return VisitLog(*columns)
