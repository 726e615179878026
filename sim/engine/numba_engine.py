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
from sim.engine.compiled.records import (
    ARRIVAL,
    ARRIVES,
    CHUNK,
    ENTRY,
    ID,
    KIND,
    LINE,
    LOGGED,
    PERSON,
    ROW,
    TICK,
    VISIT,
    City,
    Present,
    Tables,
)
from sim.engine.compiled.tables import as_type, by_cache_line, check, empty_city, most_arrivals, tables_of, timeline_of
from sim.engine.visit_log import EXTERNAL, VisitLog
from sim.engine.visit_totals import Totals
from sim.plan.plan import TICKS_PER_DAY, Plan

ROOM = 4096  # places in an arena to begin with, beside those who are there already; arenas double when full


def draw_persons(plan: Plan, seed: int) -> Persons | None:
    """Persons drawn by somebody else (a test puts its own here); None: the kernel draws those from outside itself, month by month."""
    return None


def simulate(plan: Plan, seed: int) -> VisitLog:
    """Run one replication of ``plan``; ``seed`` fixes every draw. Several threads may do so at once.

    Raises ``ValueError`` for a plan too long or too wide for the compiled records.
    """
    city = empty_city(plan, logged=True)
    tables, log, visits = _run(plan, seed, city)
    return _visit_log(tables.node, tables.route, log[:visits])


def totals(plan: Plan, seed: int) -> Totals:
    """The same run, of which only sums are kept: its memory does not grow with the number of visits."""
    city = empty_city(plan, logged=False)
    _, _, visits = _run(plan, seed, city)
    return Totals.from_sums(plan, city.yearly, visits)


def _run(plan: Plan, seed: int, city: City) -> tuple[Tables, NDArray[Any], int]:
    """The tables of the plan, the kernel's log and the number of visits. ``city`` is empty, and has room for sums if they are wanted."""
    check(plan)
    tables, base = tables_of(plan), keyed.seed_key(seed)
    given = draw_persons(plan, seed)
    if given is None:
        present = _present(warm_persons(plan, base))
        arrivals = np.empty(most_arrivals(plan), ARRIVAL)
        expected = int((plan.stream_rate @ (np.diff(plan.months) / TICKS_PER_DAY)).sum())
    else:
        warm = given.entry != EXTERNAL
        present = _present({name: getattr(given, name)[warm] for name in Present._fields})
        arrivals = _arrivals(given)
        expected = len(arrivals)
    here = ROOM + 2 * len(present.id)
    logged = bool(city.scalar[LOGGED])
    log, visits = build.run(
        tables,
        timeline_of(plan),
        city,
        by_cache_line(here, VISIT),
        by_cache_line(here, PERSON),
        np.empty((here, LINE), np.int64),
        np.empty(here + 6 * expected if logged else 1, ROW),
        np.empty((here, CHUNK), np.int32),
        np.empty(ROOM, ENTRY),
        np.empty((ROOM + len(plan.names.teams) + len(plan.names.pools), 3), np.int64),
        present,
        arrivals,
        _agenda(arrivals if given is not None else arrivals[:0]),
        given is None,
        len(plan.names.gebieden),
        np.uint64(base),
    )
    return tables, log, visits


def _arrivals(persons: Persons) -> NDArray[Any]:
    """Given persons from outside, by (tick, id)."""
    order = np.lexsort((persons.id, persons.arrive))
    order = order[persons.entry[order] == EXTERNAL]
    arrivals = np.empty(len(order), ARRIVAL)
    columns = (("id", persons.id), ("tick", persons.arrive), ("birth", persons.birth), ("gebied", persons.gebied), ("kind", persons.kind))
    for field, column in columns:
        arrivals[field] = column[order]
    return arrivals


def _agenda(arrivals: NDArray[Any]) -> NDArray[np.int64]:
    """Arrivals that are in order: their keys for the calendar and their numbers."""
    keys = arrivals["tick"].astype(np.int64) << TICK | ARRIVES << KIND | (arrivals["id"] >> ID).astype(np.int64)
    return as_type(np.stack([keys, np.arange(len(arrivals))]), np.int64)


def _present(warm: dict[str, NDArray[Any]]) -> Present:
    """By (arrive, id)."""
    arrive, person = warm["arrive"], warm["id"]
    both = (arrive - arrive.min(initial=0)).astype(np.uint64) << np.uint64(32) | person >> np.uint64(
        32
    )  # ticks of years fit; one fast sort
    order = np.argsort(both)
    if (np.diff(both[order]) == 0).any() or (both.size and arrive.max() - arrive.min() >= 1 << 32):  # ids alike in half their bits
        order = np.lexsort((person, arrive))
    return Present(**{name: as_type(warm[name][order], np.uint64 if name == "id" else np.int64) for name in Present._fields})


def _visit_log(node: NDArray[Any], route: NDArray[Any], log: NDArray[Any]) -> VisitLog:
    i8, i16, i32, i64 = np.int8, np.int16, np.int32, np.int64
    types = (np.uint64, i64, i16, i32, i8, i32, i32, i32, i8, i8, i64, i64, i64, i64, i8, i32, i32)
    columns: tuple[Any, ...] = tuple(np.empty(len(log), dtype) for dtype in types)
    build.fill_columns(log, node, route, *columns)
    return VisitLog(*columns)
