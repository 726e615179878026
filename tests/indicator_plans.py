"""Small plans and visit logs written by hand, for the tests of the indicators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from random import Random

import numpy as np

from sim.engine.visit_log import (
    AGED_OUT,
    EXTERNAL,
    FROM_NODE,
    IN_CARE,
    INTERRUPTED,
    MOVED_ON,
    NO_NEXT,
    NULL,
    RENEGED,
    RENEWAL,
    WAITING,
    WARM,
    VisitLog,
)  # fmt: skip
from sim.plan.plan import FIXED, TICKS_PER_DAY, TICKS_PER_YEAR, UNLIMITED, Clock, Money, Names, Norms, Plan, Warm

DAY = TICKS_PER_DAY
WEEK = 7 * DAY
GEBIEDEN = ("Noord", "overig", "regio")
AGES = ("0-17", "18+")
EXITS = ("klaar", "wlz")
EXIT_KINDS = ("done", "shifted")
KLAAR, WLZ = -1, -2  # as ``next``


@dataclass(frozen=True)
class Team:
    """A team at each of its sites; ``places`` and ``cost`` (euro per month) are one number or one per month."""

    name: str
    places: int | Sequence[int] = UNLIMITED
    cost: float | Sequence[float] = 0.0
    sites: tuple[str, ...] = ("",)
    supply: bool = False


@dataclass(frozen=True)
class Kind:
    """A node kind; ``price`` and ``contribution`` (euro per client-week) are one number or one per month."""

    name: str
    part: str
    team: str
    price: float | Sequence[float] = 0.0
    contribution: float = 0.0
    norm_weeks: float = 0.0
    to_end: bool = False


TEAMS = (
    Team("wijkteam", places=3, cost=1200.0, sites=("Noord 1", "Zuid 2")),
    Team("loket", places=(2,) * 6 + (4,) * 94, cost=300.0),
    Team("zorg"),
    Team("bedden", places=2),
    Team("woningen", places=0, supply=True),
)
KINDS = (
    Kind("basishulp", "wijkteam", "wijkteam"),
    Kind("begeleiding", "wmo", "zorg", price=100.0, contribution=5.0),
    Kind("loket", "wmo", "loket", norm_weeks=6.0, to_end=True),
    Kind("opvang", "opvang", "bedden", price=(700.0,) * 8 + (770.0,) * 92),
    Kind("vraaganalyse", "wijkteam", "wijkteam", norm_weeks=6.0),
    Kind("woning", "opvang", "woningen"),
)


def small_plan(
    kinds: Sequence[Kind] = KINDS, teams: Sequence[Team] = TEAMS, *, start: date = date(2023, 11, 1), months: int = 16,
    measures: dict[str, Sequence[float]] | None = None,
) -> Plan:  # fmt: skip
    """A plan as far as the indicators read it: nodes, teams, prices, norms; the rest is empty. Part order is that of the kinds."""
    rows: list[np.ndarray] = []

    def row(value: float | Sequence[float]) -> int:
        values = [value] * months if isinstance(value, int | float) else list(value)[:months]
        rows.append(np.array(values, np.float64))
        return len(rows) - 1

    parts = tuple(dict.fromkeys(kind.part for kind in kinds))
    team_at = [(team, site) for team in teams for site in team.sites]
    node_at = [(k, kind, t) for k, kind in enumerate(kinds) for t, (team, _) in enumerate(team_at) if team.name == kind.team]
    n, classes = len(node_at), len(GEBIEDEN) * len(AGES)
    zero = row(0.0)
    nowhere = np.full((n, classes), zero, np.int32)
    clock = Clock(np.full(n, FIXED, np.int8), nowhere, nowhere, nowhere, np.full(n, -1, np.int32))
    money = Money(
        price_row=np.repeat(np.array([[row(kind.price)] for _, kind, _ in node_at], np.int32), classes, axis=1),
        contribution_row=np.repeat(np.array([[row(kind.contribution)] for _, kind, _ in node_at], np.int32), classes, axis=1),
        team_cost=np.stack([rows[row(team.cost)] for team, _ in team_at]),
        measure_names=tuple(measures or ()),
        measure_cost=np.array([list(cost)[:months] for cost in (measures or {}).values()], np.float64).reshape(-1, months),
    )
    names: dict[str, object] = {
        "nodes": tuple(f"{kind.name}@{team_at[t][1]}" if team_at[t][1] else kind.name for _, kind, t in node_at),
        "kinds": tuple(kind.name for kind in kinds),
        "teams": tuple(f"{team.name}@{site}" if site else team.name for team, site in team_at),
        "sites": tuple(site for _, site in team_at),
        "team_kinds": tuple(team.name for team, _ in team_at),
        "gebieden": GEBIEDEN,
        "ages": AGES,
        "urgencies": ("normaal",),
        "parts": parts,
        "exits": EXITS,
        "exit_kinds": EXIT_KINDS,
        "routes": ("verder",),
        "streams": (),
        "pools": (),
    }
    named = Names(**names)  # type: ignore[arg-type]
    firsts = [date(start.year + (start.month - 1 + m) // 12, (start.month - 1 + m) % 12 + 1, 1) for m in range(months + 1)]
    i32, i64, u64, f64 = (np.zeros(0, t) for t in (np.int32, np.int64, np.uint64, np.float64))
    return Plan(
        names=named,
        start=start,
        months=np.array([(d - start).days * DAY for d in firsts], np.int64),
        rows=np.stack(rows),
        node_kind=np.array([k for k, _, _ in node_at], np.int32),
        node_team=np.array([t for _, _, t in node_at], np.int32),
        node_part=np.array([parts.index(kind.part) for _, kind, _ in node_at], np.int32),
        node_gebied=np.array([0 if team_at[t][1].startswith("Noord") else -1 for _, _, t in node_at], np.int32),
        kind_key=np.arange(len(kinds), dtype=np.uint64),
        stay=clock, interim=clock, patience=clock, table_start=np.zeros(1, np.int32), table_p=f64, table_q=f64,
        promote_row=nowhere, age_limit_row=nowhere[:, 0], urgency_row=nowhere[:, :, None], urgency_key=np.zeros(1, np.uint64),
        site_group_key=np.arange(len(kinds), dtype=np.uint64), site_start=i32, site_node=i32, site_weight_row=i32, site_key=u64,
        route_start=i32, route_name=i32, route_key=u64, route_to=i32, route_keep=np.zeros(0, np.int8), route_remaining=np.zeros(0, np.int8),
        route_keeps_on=np.zeros(0, np.int8), route_share_row=np.zeros((0, classes), np.int32),
        places=np.stack([rows[row(team.places)] for team, _ in team_at]).astype(np.int64),
        is_supply=np.array([team.supply for team, _ in team_at], np.bool_), supply_tick=i64, supply_team=i32,
        team_pool=np.full(len(team_at), -1, np.int32), serve_start=i32, serve_asked=i32, serve_as=i32, serve_own=np.zeros(0, np.bool_),
        pool_merge=np.zeros((0, months), np.bool_), pool_inflow=np.zeros((0, months), np.bool_),
        stream_key=u64, stream_gebied=i32, stream_age=i32, stream_kind=i32, stream_rate=np.zeros((0, months)),
        age_from=np.array([0, 18 * TICKS_PER_YEAR], np.int64), age_to=np.array([18 * TICKS_PER_YEAR, 120 * TICKS_PER_YEAR], np.int64),
        warm=Warm(i32, i32, i32, i64, i64, i64, u64),
        money=money,
        norms=Norms(
            np.array([kind.to_end for kind in kinds], np.bool_), np.array([round(kind.norm_weeks * WEEK) for kind in kinds], np.int64)
        ),
    )  # fmt: skip


@dataclass
class Visit:
    """A row of a log, with what is usual as default. Times in ticks; None where not reached; ``release`` None with an end: the end."""

    asked: int
    arrive: int
    start: int | None = None
    end: int | None = None
    release: int | None = None
    outcome: int | None = None  # default: what the times say
    to: int = KLAAR
    person: int = 1
    number: int = 0
    entry: int = EXTERNAL
    served: int | None = None
    birth: int = -30 * TICKS_PER_YEAR
    gebied: int = 0
    held: bool = False  # ended, its place still kept


def log_of(plan: Plan, visits: Sequence[Visit]) -> VisitLog:
    """The log of these visits, in canonical order."""

    def tick(value: int | None) -> int:
        return NULL if value is None else value

    rows = []
    for v in visits:
        served = (v.asked if v.served is None else v.served) if v.start is not None else -1
        outcome = v.outcome
        if outcome is None:
            outcome = (WAITING if v.start is None else IN_CARE) if v.end is None else (RENEGED if v.start is None else MOVED_ON)
        release = v.release if v.release is not None or v.held else v.end
        rows.append((
            v.person, v.birth, v.gebied, v.number, v.entry, v.asked, served, plan.node_team[served] if served >= 0 else -1, 0,
            0 if v.start is not None else -1, v.arrive, tick(v.start), tick(v.end), tick(release), outcome,
            0 if v.end is not None else -1, v.to if v.end is not None else NO_NEXT,
        ))  # fmt: skip
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(fields(VisitLog))
    return VisitLog.from_columns(tuple(columns)).sorted()


def random_visits(plan: Plan, random: Random, persons: int) -> list[Visit]:
    """Valid lives of so many persons: waits, reneging, ageing out, kept places, renewals, pooled starts, unfinished visits, many ties."""
    out: list[Visit] = []
    for person in range(1, persons + 1):
        out += _life(plan, random, person)
    return out


def _some_tick(plan: Plan, random: Random) -> int:
    """Any tick of the run, often the turn of a month or the tick beside it."""
    if random.random() < 0.5:
        return max(0, min(int(plan.months[random.randrange(plan.n_months)]) + random.choice((-1, 0, 0, 1)), plan.horizon - 1))
    return random.randrange(plan.horizon)


def _later(plan: Plan, random: Random, tick: int) -> int:
    """``tick`` itself, a tick, some days or months later, or exactly the turn of a month."""
    choice = random.randrange(6)
    if choice == 0:
        return tick
    if choice == 1:
        later = plan.months[plan.months > tick]
        return int(later[random.randrange(len(later))]) if len(later) else tick + DAY
    return tick + random.randrange(1, (1, 1, DAY, 20 * DAY, 150 * DAY, 900 * DAY)[choice] + 1)


def _life(plan: Plan, random: Random, person: int) -> list[Visit]:
    horizon, n = plan.horizon, len(plan.names.nodes)
    visits: list[Visit] = []
    birth, gebied = -random.randrange(40 * TICKS_PER_YEAR), random.randrange(len(GEBIEDEN))
    kept: Visit | None = None
    warm = random.random() < 0.3
    entry, arrive = (WARM, -1 - random.randrange(300 * DAY)) if warm else (EXTERNAL, _some_tick(plan, random))
    asked = random.randrange(n)
    birth = min(birth, arrive)

    def release(at: int) -> None:
        nonlocal kept
        if kept is not None:
            kept.release, kept.held = at, False
            kept = None

    for number in range(random.randrange(1, 7)):
        visit = Visit(asked, arrive, person=person, number=number, entry=entry, birth=birth, gebied=gebied)
        visits.append(visit)
        in_care = warm and number == 0 and random.random() < 0.5
        waits_until = arrive if entry == RENEWAL or in_care else max(0, _later(plan, random, arrive))
        if waits_until >= horizon:
            return visits
        if entry != RENEWAL and not in_care and random.random() < 0.2:
            visit.end, visit.outcome = waits_until, random.choice((RENEGED, AGED_OUT))
            release(waits_until)
        else:
            visit.start = waits_until
            visit.served = random.randrange(n) if random.random() < 0.2 and entry != RENEWAL and not in_care else asked
            if kept is not None and random.random() < 0.3:
                release(waits_until)
            end = max(0, _later(plan, random, waits_until))
            if end >= horizon:
                return visits
            visit.end = end
            visit.outcome = random.choice((MOVED_ON, MOVED_ON, INTERRUPTED, AGED_OUT))
        now = visit.end
        if random.random() < 0.2 or number == 5:
            visit.to = random.choice((KLAAR, WLZ))
            release(now)
            return visits
        if kept is not None and visit.start is not None and random.random() < 0.8:
            entry, arrive, asked = RENEWAL, now, kept.served if kept.served is not None else kept.asked
            visit.to = int(plan.node_kind[asked])
            release(now)
            continue
        asked = random.randrange(n)
        visit.to = int(plan.node_kind[asked])
        entry, arrive = FROM_NODE, now
        if visit.start is not None and random.random() < 0.6:
            release(now)
            visit.held, kept = True, visit
        elif kept is not None and random.random() < 0.3:
            release(now)
    visits[-1].to = KLAAR  # the life breaks off here: whoever had moved on leaves instead
    release(visits[-1].end if visits[-1].end is not None else horizon)
    if visits[-1].held:
        visits[-1].held, visits[-1].release = False, visits[-1].end
    return visits
