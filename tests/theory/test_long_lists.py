"""43 teams with 20,000 people waiting cost no more per event than the same teams with 200: counted in operations, not in seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from math import log2

import pytest

from sim.engine import simpy_engine
from tests.networks import Exponential, Network, Node, Route, Site, Stream, Team, Warm

pytestmark = pytest.mark.theory

TEAMS = 43


class CountedTick(int):
    """A tick that counts how often it is compared: every search, sort or heap over arrivals shows."""

    count = 0

    def __lt__(self, other: int) -> bool:
        CountedTick.count += 1
        return int.__lt__(self, other)

    def __gt__(self, other: int) -> bool:
        CountedTick.count += 1
        return int.__gt__(self, other)

    def __eq__(self, other: object) -> bool:
        CountedTick.count += 1
        return int.__eq__(self, other)  # type: ignore[arg-type]

    __hash__ = int.__hash__


def wijkteams(waiting: int) -> Network:
    """Each team full and in balance: 30 places, 0.5 persons per day, 60 days; so many more waiting citywide from the first day on."""
    gebieden = tuple(f"gebied {g}" for g in range(TEAMS))
    present = tuple(Warm(in_care=30, waiting=waiting // TEAMS, elapsed=60.0, gebied=g) for g in range(TEAMS))
    return Network(
        (
            Node(
                "vraag", stay=Exponential(60.0), team="wijkteam", urgency=(0.1, 0.2, 0.7), patience=Exponential(5000.0),
                promote_after=90.0, routes=(Route("basis", 0.5), Route("klaar", 0.5)), warm=present,
            ),
            Node("basis", stay=Exponential(60.0), team="wijkteam", routes=(Route("klaar"),)),
        ),
        streams=(Stream("huisarts", to="vraag", per_day=1 / 3),),
        teams=(Team("wijkteam", places=30, sites=tuple(Site(f"team {g:02}", (g,)) for g in range(TEAMS))),),
        gebieden=gebieden, urgencies=("crisis", "hoog", "normaal"), months=12,
    )  # fmt: skip


def operations(monkeypatch: pytest.MonkeyPatch, waiting: int) -> tuple[Counter[str], int, int]:
    """Operations of one run by sort, events of people (arrivals, starts, ends), and the longest list of a team."""
    counts: Counter[str] = Counter()

    def counted(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*args: object, **kwargs: object) -> object:
            counts[name] += 1
            return call(*args, **kwargs)

        return wrapped

    with monkeypatch.context() as patch:
        for name in ("heappush", "heappop"):
            patch.setattr(simpy_engine, name, counted(name, getattr(simpy_engine, name)))
        for name in [n for n, value in vars(simpy_engine.SimpyEngine).items() if callable(value) and n != "__init__"]:
            patch.setattr(simpy_engine.SimpyEngine, name, counted("calls of the engine", getattr(simpy_engine.SimpyEngine, name)))
        patch.setattr(simpy_engine.Due, "__init__", counted("events scheduled", simpy_engine.Due.__init__))
        begin = simpy_engine.Visit.__init__

        def with_counted_arrival(visit: object, *args: object) -> None:
            begin(visit, *args[:-1], CountedTick(args[-1]))  # type: ignore[arg-type]

        patch.setattr(simpy_engine.Visit, "__init__", with_counted_arrival)
        CountedTick.count = 0
        log = simpy_engine.simulate(wijkteams(waiting).plan(), 41)
        counts["comparisons of arrivals"] = CountedTick.count
    events = int((log.arrive >= 0).sum() + (log.start >= 0).sum() + (log.end >= 0).sum())
    return counts, events, waiting // TEAMS


def test_long_lists_cost_no_more_per_event(monkeypatch: pytest.MonkeyPatch) -> None:
    short, few, _ = operations(monkeypatch, 200)
    long, many, listed = operations(monkeypatch, 20_000)
    # the 20,000 have to be admitted and promoted: each of them is an event too
    few, many = few + 3 * 200, many + 3 * 20_000
    for name in ("heappush", "heappop", "events scheduled", "calls of the engine"):
        assert long[name] / many < 1.3 * short[name] / few, f"{name}: {short[name] / few:.2f} per event, then {long[name] / many:.2f}"
    # a heap compares with the logarithm of its length, nothing else may look at those who wait
    assert long["comparisons of arrivals"] / many < 4 * log2(listed), dict(long)
