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


def operations(monkeypatch: pytest.MonkeyPatch, waiting: int) -> tuple[Counter[str], int]:
    """Operations of one run, by sort, and its number of visits."""
    counts: Counter[str] = Counter()

    def counted(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*args: object, **kwargs: object) -> object:
            counts[name] += 1
            return call(*args, **kwargs)

        return wrapped

    with monkeypatch.context() as patch:
        for name in ("heappush", "heappop"):
            patch.setattr(simpy_engine, name, counted(name, getattr(simpy_engine, name)))
        engine = simpy_engine.SimpyEngine
        for name in [name for name, value in vars(engine).items() if callable(value) and name != "__init__"]:
            patch.setattr(engine, name, counted("calls", getattr(engine, name)))
        patch.setattr(simpy_engine.Due, "__init__", counted("events", simpy_engine.Due.__init__))
        begin = simpy_engine.Visit.__init__

        def with_counted_arrival(visit: object, *args: object) -> None:
            begin(visit, *args[:-1], CountedTick(args[-1]))  # type: ignore[arg-type]

        patch.setattr(simpy_engine.Visit, "__init__", with_counted_arrival)
        CountedTick.count = 0
        log = simpy_engine.simulate(wijkteams(waiting).plan(), 41)
        counts["comparisons"] = CountedTick.count
    return counts, len(log)


def test_long_lists_cost_no_more_per_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """``events`` are those of the clock (arrivals, ends of stays and of patience, promotions); a visit that starts or waits is one too."""
    short, few = operations(monkeypatch, 200)
    long, many = operations(monkeypatch, 20_000)
    assert many - few > 19_000
    print(dict(short), few, dict(long), many)
    assert long["events"] < 4 * many  # a bounded number per visit
    few, many = few + short["events"], many + long["events"]
    assert long["calls"] / many < 1.2 * short["calls"] / few
    assert long["heappop"] <= long["heappush"] <= many  # each joins the list once per event
    # a heap compares with the logarithm of its length; nothing else may look at those who wait
    assert long["comparisons"] < many * log2(20_000 / TEAMS), dict(long)
