"""What holds of every path, not in the mean: Little's law, conservation of people, no idle place while somebody waits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from sim.engine import simulate
from sim.engine.visit_log import NULL, RENEWAL, WARM, VisitLog
from sim.plan.plan import UNLIMITED, Plan
from tests.networks import PerAge, Stream, each_engine, rows_of, small_city

pytestmark = pytest.mark.theory

SEEDS = (31, 32)
FAR = np.iinfo(np.int64).max


def emptied() -> Plan:
    """The small city from empty to empty: demand for three years, room for everybody after that."""
    city = small_city()
    years = 3
    rate = PerAge(tuple((0.1,) * 12 * years + (0.0,) for _ in range(3)))
    nodes = tuple(replace(node, warm=()) for node in city.nodes)
    teams = tuple(replace(team, places=(4.0,) * 12 * years + (500.0,)) for team in city.teams)
    supplies = tuple(replace(supply, units=(2.0,) * 12 * years + (60.0,)) for supply in city.supplies)
    streams = (Stream("huisarts", to="vraag", per_day=rate), Stream("verwijzing", to="ambulant", per_day=rate, age=1))
    return replace(city, nodes=nodes, teams=teams, supplies=supplies, streams=streams, months=12 * 40).plan()


def integral(begin: np.ndarray, end: np.ndarray) -> int:
    """Area under the number present, from its steps: exact, in ticks."""
    times = np.concatenate([begin, end])
    steps = np.repeat([1, -1], [len(begin), len(end)])
    order = np.argsort(times, kind="stable")
    number = np.cumsum(steps[order])
    assert number.min() >= 0
    assert number[-1] == 0
    return int((number[:-1] * np.diff(times[order])).sum())


@each_engine
@pytest.mark.parametrize("seed", SEEDS)
def test_littles_law_on_every_node(engine: str, seed: int) -> None:
    """From empty to empty, the average number waiting, in care and kept is the rate of arrival times the mean time, to the tick."""
    plan = emptied()
    log = simulate(plan, seed, engine)
    assert np.all(log.release != NULL), f"seed {seed}: somebody is still there after forty years"
    assert set(log.asked.tolist()) == set(range(len(plan.names.nodes)))
    started = log.start != NULL
    begun = np.where(started, log.start, log.end)
    for node in range(len(plan.names.nodes)):
        asked, served = log.asked == node, started & (log.served == node)
        for begin, end in ((log.arrive[asked], begun[asked]), (begun[served], log.end[served]), (log.end[served], log.release[served])):
            assert integral(begin, end) == int((end - begin).sum()), f"seed {seed}, node {node}"  # L x T = (rate x T) x W


def occupancy(plan: Plan, log: VisitLog, team: int) -> tuple[np.ndarray, np.ndarray]:
    """Ticks at which the number of places taken at a team changes, and the number after each."""
    mine = log.team == team
    begin = np.where(log.entry[mine] == WARM, np.maximum(log.start[mine], 0), log.start[mine])
    end = np.where(log.release[mine] == NULL, FAR, log.release[mine])
    ticks = np.unique(np.concatenate([begin, end[end < FAR], plan.months[:-1]]))
    taken = np.searchsorted(np.sort(begin), ticks, side="right") - np.searchsorted(np.sort(end), ticks, side="right")
    return ticks, taken


@each_engine
@pytest.mark.parametrize("seed", SEEDS)
def test_places_are_never_exceeded_and_never_idle(engine: str, seed: int) -> None:
    """After every event: nobody starts above the places (renewals excepted), and nobody waits at a team with a free place."""
    plan = small_city().plan()
    log = simulate(plan, seed, engine)
    own = plan.node_team[log.asked]
    begun = np.where(log.start == NULL, np.where(log.end == NULL, FAR, log.end), log.start)
    seen_full = 0
    for team, name in enumerate(plan.names.teams):
        if plan.is_supply[team] or plan.places[team].max() >= UNLIMITED:
            continue
        ticks, taken = occupancy(plan, log, team)
        places = plan.places[team][np.searchsorted(plan.months, ticks, side="right") - 1]
        starts = log.start[(log.team == team) & (log.entry != RENEWAL) & (log.start > 0)]
        at = np.searchsorted(ticks, starts)
        assert np.all(taken[at] <= places[at]), f"seed {seed}, {name}"
        waiting = own == team
        first, last = np.sort(np.maximum(log.arrive[waiting], 0)), np.sort(begun[waiting])
        inside = ticks < plan.horizon
        queue = np.searchsorted(first, ticks, side="right") - np.searchsorted(last, ticks, side="right")
        idle = inside & (queue > 0) & (taken < places)
        assert not idle.any(), f"seed {seed}, {name}: at tick {ticks[idle][:3]}"
        seen_full += int((queue > 0).sum())
    assert seen_full > 1000


@each_engine
@pytest.mark.parametrize("seed", SEEDS)
def test_a_person_is_at_one_node_at_a_time_and_keeps_at_most_one_place(engine: str, seed: int) -> None:
    plan = small_city().plan()
    visits: dict[int, list] = {}
    log = simulate(plan, seed, engine)
    for row in rows_of(plan, log):
        visits.setdefault(row.person, []).append(row)
    entries = Counter()
    for rows in visits.values():
        for before, after in pairwise(rows):
            assert before.end == after.arrive, f"seed {seed}"
            assert before.next == after.asked.split("@")[0], f"seed {seed}"
            assert after.entry in ("from_node", "renewal")
        last = rows[-1]
        left = last.next is not None and last.next not in plan.names.kinds
        assert left == (last.end is not None), f"seed {seed}"
        kept = sorted((row.end, row.release or FAR) for row in rows if row.end is not None and row.release != row.end)
        assert all(first[1] <= second[0] for first, second in pairwise(kept)), f"seed {seed}: two places kept"
        if left:
            assert all(row.release is not None and row.release <= last.end for row in rows), f"seed {seed}: kept after leaving"
        for row in rows:
            entries[row.entry] += 1
            assert row.start is None or row.arrive <= row.start
            assert row.end is None or (row.start or row.arrive) <= row.end <= (row.release or FAR)
            if row.entry == "renewal":
                assert row.start == row.arrive
    assert min(entries.values()) > 50
    assert np.array_equal(np.lexsort((log.visit, log.person, log.arrive)), np.arange(len(log)))  # the promised order
