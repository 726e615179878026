"""Both engines give the same visit log, row for row, on any network of care.

The networks are drawn over all of docs/semantics.md; a failing one shrinks to a description that can be read and pasted into a test. For a
longer run: ``pytest tests/property/test_engines_agree.py --networks 1000`` (of each of the two sorts).
"""

from __future__ import annotations

import os
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.draws.persons import Persons
from sim.engine import simulate
from sim.engine.visit_log import VisitLog
from sim.plan.plan import TICKS_PER_YEAR, Plan
from tests.networks import (
    Arrival,
    Classes,
    Duration,
    Exponential,
    Fixed,
    Lognormal,
    Network,
    Node,
    Number,
    PerAge,
    PerGebied,
    PerSite,
    Pool,
    Present,
    Route,
    Site,
    Somebody,
    Stream,
    Supply,
    Team,
    Warm,
    persons,
    rows_of,
    small_city,
    these_persons,
    ticks,
)  # fmt: skip

pytestmark = pytest.mark.property

NETWORKS = int(os.environ.get("ZORGSTROOM_NETWORKS", "150"))  # of each of the two sorts; the option --networks sets it
many = settings(
    max_examples=NETWORKS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example],
)

GEBIEDEN = ("noord", "zuid")
SITES = (Site("een", serves=(0,)), Site("twee", weight=2.0), Site("drie", serves=(1,)), Site("vier", weight=(1.0, 0.0)))
EXITS = ("klaar", "weg")


# strategies, simplest values first: hypothesis shrinks towards them


def number(*values: float) -> st.SearchStrategy[Number]:
    """One of some values; by month, by age group and gebied too."""
    value = st.sampled_from(values)
    monthly = st.tuples(value, value, value)
    return st.one_of(value, value, monthly, st.tuples(value, monthly).map(PerAge), st.tuples(value, value).map(PerGebied))


def seldom() -> st.SearchStrategy[bool]:
    """True once in four times."""
    return st.sampled_from([False, False, False, True])


def durations() -> st.SearchStrategy[Duration]:
    """Mostly whole days, and a few ticks, so that much happens at one tick."""
    return st.one_of(
        st.sampled_from([1.0, 2.0, 7.0, 30.0]).map(Fixed),
        st.sampled_from([1, 2, 720]).map(ticks),
        st.builds(Fixed, number(1.0, 3.0, 31.0), st.sampled_from([None, 2.0])),
        st.builds(Exponential, number(2.0, 20.0, 60.0), st.sampled_from([None, 5.0, (30.0, 1.0)])),
        st.builds(Lognormal, number(5.0, 40.0), number(0.5, 1.5)),
        st.builds(Classes, st.just((1.0, 10.0, 50.0)), st.sampled_from([(1.0, 1.0, 1.0), (0.0, 3.0, 1.0)]), number(1.0, 0.5)),
    )


@st.composite
def routes(draw: st.DrawFn, to: list[str], keeps: bool) -> tuple[Route, ...]:
    """To exits at least now and then, so that nobody goes round for long."""
    out = [Route(draw(st.sampled_from(EXITS)), draw(number(1.0, 0.5, 0.3)))]
    for name in draw(st.lists(st.sampled_from(to), max_size=3, unique=True)) if to else ():
        keep = draw(st.sampled_from([None, "until_start", "until_end", "until_end"])) if keeps else None
        out.append(
            Route(
                name,
                draw(number(1.0, 0.5, 0.3, 0.0)),
                keep,
                remaining=keep == "until_end" and draw(st.booleans()),
                keeps_on=draw(st.booleans()),
            )
        )
    return tuple(out)


@st.composite
def nodes(draw: st.DrawFn, name: str, names: list[str], teams: list[str], supplied: bool, ages: int, urgencies: int) -> Node:
    later = [other for other in names if other > name]  # what takes no time leads on only, so there is no going round
    stay = draw(st.one_of(durations(), st.none()))
    shares: tuple[Number, ...] = ()
    if draw(st.booleans()):
        shares = (*tuple(draw(number(0.5, 0.2, 0.0)) for _ in range(urgencies - 1)), draw(number(0.5, 1.0)))
    interim = draw(durations()) if stay is not None and draw(st.booleans()) else None
    patience = draw(durations()) if draw(st.booleans()) else None
    age_limit = draw(number(1.0, 0.5, 2.0)) if draw(seldom()) else None
    warm = ()
    if draw(st.booleans()):
        cohorts = {(g, a) for g, a in draw(st.lists(st.tuples(st.integers(0, 1), st.integers(0, ages - 1)), max_size=2))}
        in_care = st.integers(0, 4) if stay is not None else st.just(0)
        waiting = st.integers(0, 4) if teams or supplied else st.just(0)
        warm = tuple(Warm(draw(in_care), draw(waiting), draw(st.sampled_from([1.0, 30.0, 400.0])), g, a) for g, a in sorted(cohorts))
    return Node(
        name,
        stay=stay,
        routes=draw(routes(names if stay is not None else later, keeps=not supplied)),
        team=None if supplied else draw(st.sampled_from([*teams, None])),
        urgency=shares,
        promote_after=draw(st.one_of(st.none(), number(1.0, 7.0, 10.5))),
        patience=patience,
        renege=draw(routes(names, keeps=False)) if patience else (Route("weg"),),
        age_limit=age_limit,
        aged_out=draw(routes(later, keeps=False)) if age_limit is not None else (Route("weg"),),
        interim=interim,
        interim_routes=draw(routes(names, keeps=not supplied)) if interim else (),
        warm=warm,
    )


@st.composite
def networks(draw: st.DrawFn, demand: bool) -> Network:
    """Up to five kinds of node with up to three teams, at sites or not, pooled or not, perhaps with a supply."""
    names = ["a", "b", "c", "d", "e"][: draw(st.integers(1, 5))]
    months = draw(st.integers(2, 5))
    ages = draw(st.integers(1, 2))
    urgencies = draw(st.integers(1, 3))
    places = number(1.0, 0.0, 2.0, 5.0)
    teams = []
    for name in ["s", "t", "u"][: draw(st.integers(0 if demand else 1, 3))]:
        sites: tuple[Site, ...] = draw(st.sampled_from([(), SITES[:2], SITES[1:], (SITES[0], SITES[2]), SITES]))
        by_site = st.tuples(*(st.sampled_from([1.0, 0.0, 3.0, (2.0, 0.0), (0.0, 4.0)]) for _ in sites)).map(PerSite)
        teams.append(Team(name, draw(st.one_of(places, by_site, st.none()) if sites else st.one_of(places, st.none())), sites))
    team_names = [team.name for team in teams]
    supplies = ()
    supplied = set()
    if len(names) > 1 and draw(st.booleans()):
        supplied = draw(st.sets(st.sampled_from(names), min_size=1, max_size=2))
        at = draw(st.lists(st.sampled_from([0, 1, 1440, 2880, 44_640]), max_size=3).map(sorted).map(tuple))
        supplies = (
            Supply("woningen", tuple((name, draw(number(1.0, 0.5))) for name in sorted(supplied)), draw(number(0.0, 1.0, 4.0)), at),
        )
    built = tuple(draw(nodes(name, names, team_names, name in supplied, ages, urgencies)) for name in names)
    if draw(st.booleans()):
        built = returning(built)
    pools: list[Pool] = []
    with_team = [node for node in built if node.team]
    if with_team and draw(st.booleans()):
        members = draw(st.lists(st.sampled_from([node.name for node in with_team]), min_size=1, unique=True))
        pools.append(
            Pool("samen", tuple(sorted(members)), draw(number_of_months(0.0, 1.0)), draw(number_of_months(0.0, 1.0)), draw(st.booleans()))
        )
    streams = ()
    if demand:
        rates = number(0.3, 0.0, 1.0, 2.0)
        streams = tuple(
            Stream(f"naar_{name}", name, draw(rates)) for name in draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
        )
    return Network(
        nodes=built,
        streams=streams,
        teams=tuple(teams),
        supplies=supplies,
        pools=tuple(pools),
        months=months,
        urgencies=("crisis", "hoog", "normaal")[3 - urgencies :],
        gebieden=GEBIEDEN,
        age_from=(0, 1)[:ages],
    )


def returning(built: tuple[Node, ...]) -> tuple[Node, ...]:
    """The same nodes, with a way back from every node to which people go while they keep their place until its end."""
    back = {(route.to, node.name) for node in built for route in (*node.routes, *node.interim_routes) if route.keep == "until_end"}
    return tuple(
        replace(
            node, routes=node.routes + tuple(Route(name, 2.0) for to, name in sorted(back) if to == node.name and not leads(node, name))
        )
        if node.stay is not None
        else node
        for node in built
    )


def leads(node: Node, name: str) -> bool:
    return any(route.to == name for route in node.routes)


def number_of_months(*values: float) -> st.SearchStrategy[Number]:
    return st.one_of(st.sampled_from(values), st.lists(st.sampled_from(values), min_size=2, max_size=4).map(tuple))


@st.composite
def crowds(draw: st.DrawFn) -> tuple[Network, tuple[Somebody, ...]]:
    """A network and people made by hand, who do things at the same few ticks."""
    network = draw(networks(demand=False))
    plan = network.plan()
    moments = [0, 1, 2, 1440, 2880, 2 * 1440 + 1, 31 * 1440]
    births = st.sampled_from([-10, -TICKS_PER_YEAR + 1, -TICKS_PER_YEAR + 1440, -TICKS_PER_YEAR // 2 + 2880, -40 * TICKS_PER_YEAR])
    people: list[Somebody] = []
    for _ in range(draw(st.integers(1, 8))):
        gebied, birth, size = draw(st.integers(0, 1)), draw(births), draw(st.sampled_from([1, 2, 5, 12]))
        node = draw(st.sampled_from(plan.names.nodes))
        kind = next(n for n in network.nodes if n.name == node.split("@")[0])
        waits = kind.team is not None and (kind.stay is None or draw(st.booleans()))
        if draw(st.booleans()) or (kind.stay is None and not waits):
            moment = draw(st.sampled_from(moments))
            people += [Arrival(_id(len(people) + i), moment, kind.name, birth, gebied) for i in range(size)]
            continue
        arrive = draw(st.sampled_from([-1, -2, -1440, -40 * 1440]))
        deadline = draw(st.sampled_from([None, 0, 1, 1440, 5000])) if waits and kind.patience else None
        end = None if waits else draw(st.sampled_from([1, 2, 1440, 2880]))
        people += [Present(_id(len(people) + i), node, end, arrive, deadline, min(birth, arrive - 1), gebied) for i in range(size)]
    return network, tuple(people)


def _id(i: int) -> int:
    """Identities of which many begin with the same 30 or 32 bits, so that order depends on all of them."""
    return ((i * 7 % 3) << 62) + ((i * 5 % 2) << 33) + ((i % 4 // 2) << 20) + i * 37 % 128


# the comparison


def differences(plan: Plan, ours: VisitLog, theirs: VisitLog) -> str:
    """What is not the same in two logs, in words; "" if nothing."""
    wrong = [
        f.name
        for f in fields(VisitLog)
        if getattr(ours, f.name).dtype != getattr(theirs, f.name).dtype
        or not np.array_equal(getattr(ours, f.name), getattr(theirs, f.name))
    ]
    if not wrong:
        return ""
    lines = [f"{len(ours)} and {len(theirs)} rows; different in {', '.join(wrong)}"]
    ours_rows, theirs_rows = rows_of(plan, ours), rows_of(plan, theirs)
    for i in range(max(len(ours), len(theirs))):
        pair = [rows[i] if i < len(rows) else None for rows in (ours_rows, theirs_rows)]
        if pair[0] != pair[1]:
            lines += [f"row {i}", f"  compiled:  {pair[0]}", f"  reference: {pair[1]}"]
        if len(lines) > 12:
            break
    return "\n".join(lines)


def agree(network: Network, seed: int, people: Persons | None = None) -> None:
    plan = network.plan()
    if people is None:
        reference, compiled = simulate(plan, seed, "simpy"), simulate(plan, seed, "numba")
    else:
        with these_persons(people):
            reference, compiled = simulate(plan, seed, "simpy"), simulate(plan, seed, "numba")
    different = differences(plan, compiled, reference)
    assert not different, different


@pytest.mark.parametrize("seed", range(1, 5))
def test_the_engines_agree_on_a_small_city_with_every_rule_at_work(seed: int) -> None:
    agree(small_city(), seed)


@many
@given(network=networks(demand=True), seed=st.integers(0, 2**32))
def test_the_engines_agree_on_networks_with_drawn_people(network: Network, seed: int) -> None:
    agree(network, seed)


@many
@given(crowd=crowds(), seed=st.integers(0, 2**32))
def test_the_engines_agree_when_much_happens_at_one_tick(crowd: tuple[Network, tuple[Somebody, ...]], seed: int) -> None:
    network, people = crowd
    agree(network, seed, persons(network.plan(), people))
