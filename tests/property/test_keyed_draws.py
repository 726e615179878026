"""Keyed draws: uniform and independent by test, the same for everybody whom a change does not concern, and twice the same number.

Statistical checks run on fixed seeds at a significance of one in ten thousand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.draws import keyed
from sim.draws.persons import Persons, draw_persons
from sim.engine import ENGINES, simulate
from sim.engine.visit_log import VisitLog
from sim.plan.plan import Plan
from tests.networks import (
    DAY,
    Exponential,
    Fixed,
    Lognormal,
    Network,
    Node,
    PerSite,
    Route,
    Seen,
    Site,
    Stream,
    Supply,
    Team,
    Warm,
    each_engine,
    rows_of,
    small_city,
)  # fmt: skip

pytestmark = pytest.mark.property

RARE = 1e-4
WORD = st.integers(0, 2**64 - 1)
FEW = settings(max_examples=15, deadline=None)


# the numbers themselves


@given(st.lists(WORD, min_size=1, max_size=20), st.lists(WORD, min_size=1, max_size=20))
@settings(deadline=None)
def test_arrays_and_plain_integers_give_the_same_bits(left: list[int], right: list[int]) -> None:
    size = min(len(left), len(right))
    a, b = np.array(left[:size], np.uint64), np.array(right[:size], np.uint64)
    assert keyed.mix_array(a).tolist() == [keyed.mix(x) for x in left[:size]]
    assert keyed.combine_array(a, b).tolist() == [keyed.combine(x, y) for x, y in zip(left, right, strict=False)]
    assert keyed.combine_array(a, b[0]).tolist() == [keyed.combine(x, right[0]) for x in left[:size]]
    assert keyed.combine_array(a[:1], b).tolist() == [keyed.combine(left[0], y) for y in right[:size]]
    assert keyed.uniform_array(a).tolist() == [keyed.uniform(x) for x in left[:size]]


@given(WORD)
def test_a_uniform_is_never_0_or_1(key: int) -> None:
    assert 0.0 < keyed.uniform(key) < 1.0


def test_the_ends_of_the_range_are_kept_off() -> None:
    assert 0.0 < keyed.uniform(0) < 1e-15
    assert 1 - 1e-15 < keyed.uniform(2**64 - 1) < 1.0


def chain(seed: object, person: object, decision: object, occurrence: object) -> np.ndarray:
    """u = h(seed, person, decision, occurrence), with one of the four an array."""
    words = [np.atleast_1d(np.asarray(word, np.uint64)) for word in (person, decision, occurrence)]
    key = np.array([keyed.seed_key(int(s)) for s in np.atleast_1d(np.asarray(seed))], np.uint64)
    for word in words:
        key = keyed.combine_array(key, word)
    return keyed.uniform_array(key)


COUNT = np.arange(40_000)
FAMILIES = {
    "persons": chain(1, COUNT, keyed.STAY, 0),
    "distant persons": chain(1, COUNT.astype(np.uint64) << np.uint64(44), keyed.STAY, 0),
    "occurrences": chain(1, 5, keyed.STAY, COUNT),
    "seeds": chain(COUNT, 5, keyed.STAY, 0),
    "decisions": chain(1, 5, COUNT, 0),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_draws_are_uniform_whatever_varies(family: str) -> None:
    u = FAMILIES[family]
    assert stats.kstest(u, "uniform").pvalue > RARE
    assert stats.chisquare(np.histogram(u, 200, (0, 1))[0]).pvalue > RARE
    low_bits = np.floor(u * 2.0**52).astype(np.int64) % 256
    assert stats.chisquare(np.bincount(low_bits, minlength=256)).pvalue > RARE


@pytest.mark.parametrize("family", FAMILIES)
def test_neighbours_are_independent(family: str) -> None:
    u = FAMILIES[family]
    cells = np.histogram2d(u[:-1], u[1:], 20, ((0, 1), (0, 1)))[0]
    assert stats.chisquare(cells.ravel()).pvalue > RARE
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 4 / np.sqrt(len(u))


def test_decisions_seeds_and_occurrences_of_one_person_are_independent() -> None:
    base = FAMILIES["persons"]
    others = chain(2, COUNT, keyed.STAY, 0), chain(1, COUNT, keyed.PATIENCE, 0), chain(1, COUNT, keyed.STAY, 1)
    for other in others:
        assert stats.chisquare(np.histogram2d(base, other, 20, ((0, 1), (0, 1)))[0].ravel()).pvalue > RARE


def test_one_changed_bit_changes_half_the_bits() -> None:
    rng = np.random.default_rng(1)
    words = rng.integers(0, 2**64, 2000, dtype=np.uint64)
    for bit in range(64):
        changed = keyed.mix_array(words) ^ keyed.mix_array(words ^ np.uint64(1 << bit))
        flipped = np.mean([int(x).bit_count() for x in changed.tolist()])
        assert abs(flipped - 32) < 4.5 * 4 / np.sqrt(2000)  # a binomial number of 64 bits has standard deviation 4


def test_seeds_of_replications_differ() -> None:
    seeds = {keyed.replication_seed(seed, chance) for seed in range(50) for chance in range(50)}
    assert len(seeds) == 2500


# demand


def demand(per_day: tuple[float, ...], months: int = 6, *more: Stream) -> Network:
    return Network((Node("zorg", stay=Fixed(1.0), routes=(Route("klaar"),)),), (Stream("vraag", "zorg", per_day), *more), months=months)


def people(network: Network, seed: int = 1) -> dict[int, tuple[int, ...]]:
    """What is drawn of each person, by id."""
    drawn: Persons = draw_persons(network.plan(), seed)
    columns = [getattr(drawn, f.name).tolist() for f in fields(Persons)]
    return {row[0]: tuple(row[1:]) for row in zip(*columns, strict=True)}


RATES = st.lists(st.floats(0.0, 2.0), min_size=6, max_size=6)


@given(RATES, RATES)
@FEW
def test_a_higher_rate_adds_people_and_a_lower_rate_removes_people(first: list[float], second: list[float]) -> None:
    low = people(demand(tuple(min(pair) for pair in zip(first, second, strict=True))))
    one, other = people(demand(tuple(first))), people(demand(tuple(second)))
    assert one.items() & other.items() == low.items()  # in each month the smaller set is within the larger, times and births included


@given(RATES)
@FEW
def test_other_streams_change_nobody(rates: list[float]) -> None:
    alone = people(demand(tuple(rates)))
    together = people(demand(tuple(rates), 6, Stream("ander", "zorg", 0.7), Stream("aan het begin", "zorg", 0.2)))
    assert alone.items() <= together.items()


def test_a_longer_horizon_changes_nobody() -> None:
    short, long = people(demand((1.0,), 6)), people(demand((1.0,), 12))
    assert short.items() <= long.items()


def test_a_later_start_meets_the_same_people_on_the_same_dates() -> None:
    early = demand((1.0,), 6)
    late = replace(early, months=4, start=early.start.replace(month=3))
    moved = {who: (birth + 59 * DAY, *rest) for who, (birth, *rest) in people(late).items()}
    first, second = people(early), {who: (b, g, k, arrive + 59 * DAY, *rest) for who, (b, g, k, arrive, *rest) in moved.items()}
    assert second.items() <= first.items()
    assert len(second) > 90


@pytest.mark.parametrize("rate", [0.03, 0.4, 3.7])
def test_demand_is_a_poisson_process(rate: float) -> None:
    """Counts per day and gebied are Poisson, moments of the day uniform, and counts of the same day in two gebieden unrelated."""
    gebieden = tuple(f"gebied {g}" for g in range(20))
    network = replace(demand((rate,), 24), gebieden=gebieden)
    drawn = draw_persons(network.plan(), 3)
    days = network.plan().horizon // DAY
    counts = np.zeros((len(gebieden), days), np.int64)
    np.add.at(counts, (drawn.gebied, drawn.arrive // DAY), 1)
    n, error = counts.size, np.sqrt(rate / counts.size)
    assert abs(counts.mean() - rate) < 4.5 * error, f"seed 3: {counts.mean():.4f}, SE {error:.4f}"
    most = int(stats.poisson(rate).ppf(1 - 20 / n))
    expected = n * np.array([*stats.poisson(rate).pmf(range(most)), stats.poisson(rate).sf(most - 1)])
    assert stats.chisquare(np.bincount(np.minimum(counts.ravel(), most), minlength=most + 1), expected).pvalue > RARE
    assert stats.kstest((drawn.arrive % DAY + 0.5) / DAY, "uniform").pvalue > RARE
    assert abs(np.corrcoef(counts[0], counts[1])[0, 1]) < 4.5 / np.sqrt(days)


def test_ages_are_uniform_within_their_group() -> None:
    network = replace(demand((2.0,), 24), age_from=(0, 12, 18))
    plan = network.plan()
    drawn = draw_persons(plan, 4)
    age = (drawn.arrive - drawn.birth) / 525_960
    for low, high in ((0, 12), (12, 18), (18, 33)):
        here = (age >= low) & (age < high)
        assert here.sum() > 1000
        assert stats.kstest(age[here], "uniform", args=(low, high - low)).pvalue > RARE


# routes and sites

ROUTES = ("naar a", "naar b", "naar c", "naar d")


def fork(shares: Iterable[float], per_day: float = 3.0) -> Network:
    routes = tuple(Route(name, share) for name, share in zip(ROUTES, shares, strict=True))
    return Network((Node("vraag", routes=routes),), (Stream("vraag", "vraag", per_day),), months=12)


def chosen(network: Network, engine: str) -> dict[int, str | None]:
    plan = network.plan()
    return {row.person: row.next for row in rows_of(plan, simulate(plan, 5, engine))}


SHARES = st.lists(st.floats(0.01, 1.0), min_size=4, max_size=4)


@each_engine
@given(shares=SHARES, raised=st.integers(0, 3), factor=st.floats(1.05, 5.0))
@FEW
def test_raising_a_share_moves_people_only_to_that_route(engine: str, shares: list[float], raised: int, factor: float) -> None:
    more = [share * factor if i == raised else share for i, share in enumerate(shares)]
    before, after = chosen(fork(shares), engine), chosen(fork(more), engine)
    assert before.keys() == after.keys()
    assert {after[who] for who in before if before[who] != after[who]} <= {ROUTES[raised]}


@each_engine
def test_routes_are_chosen_by_their_shares(engine: str) -> None:
    shares = np.array([0.05, 0.4, 0.25, 0.3])
    to = list(chosen(fork(shares.tolist(), per_day=30.0), engine).values())
    counts = np.array([to.count(name) for name in ROUTES])
    assert stats.chisquare(counts, counts.sum() * shares).pvalue > RARE
    assert chosen(fork(shares.tolist()), engine) == chosen(fork((7 * shares).tolist()), engine)  # shares are weights


@each_engine
def test_a_route_without_a_share_is_never_taken(engine: str) -> None:
    assert set(chosen(fork((0.0, 1.0, 0.0, 0.3)), engine).values()) == {"naar b", "naar d"}


def regulars(weights: tuple[float, ...]) -> Network:
    """People come back three times, to two kinds of care at the same sites and to one elsewhere."""
    sites = tuple(Site(f"site {i}", weight=weight) for i, weight in enumerate(weights))
    again = (Route("rust", 0.75), Route("klaar", 0.25))
    return Network(
        (
            Node("vraag", stay=Fixed(2.0), team="wijkteam", routes=(Route("hulp"),)),
            Node("hulp", stay=Fixed(9.0), team="wijkteam", routes=(Route("anders"),)),
            Node("anders", stay=Fixed(1.0), team="anders", routes=again),
            Node("rust", stay=Exponential(20.0), routes=(Route("vraag"),)),
        ),
        streams=(Stream("vraag", "vraag", 3.0),),
        teams=(Team("wijkteam", sites=sites), Team("anders", sites=sites)),
        months=12,
    )


def sites_of(network: Network, engine: str, team: str) -> dict[int, set[str]]:
    plan = network.plan()
    found: dict[int, set[str]] = {}
    for row in rows_of(plan, simulate(plan, 6, engine)):
        if row.team and row.team.startswith(team):
            found.setdefault(row.person, set()).add(row.team.split("@")[1])
    return found


@each_engine
def test_a_person_keeps_the_same_site_for_all_care_given_there(engine: str) -> None:
    here, elsewhere = (sites_of(regulars((1.0, 1.0, 2.0)), engine, team) for team in ("wijkteam", "anders"))
    assert all(len(sites) == 1 for sites in (*here.values(), *elsewhere.values()))
    both = here.keys() & elsewhere.keys()
    table = np.zeros((3, 3))
    for who in both:
        table[int(min(here[who])[-1]), int(min(elsewhere[who])[-1])] += 1
    assert stats.chi2_contingency(table).pvalue > RARE  # another list of sites is another choice
    assert stats.chisquare(table.sum(axis=1), len(both) * np.array([0.25, 0.25, 0.5])).pvalue > RARE


@each_engine
def test_a_heavier_site_takes_people_from_the_others_and_gives_none_away(engine: str) -> None:
    before, after = (sites_of(regulars(weights), engine, "wijkteam") for weights in ((1.0, 1.0, 2.0), (1.0, 1.5, 2.0)))
    moved = {who: after[who] for who in before if before[who] != after[who]}
    assert 20 < len(moved) < len(before) / 4
    assert all(sites == {"site 1"} for sites in moved.values())


@each_engine
def test_people_present_at_the_start_come_back_to_their_site(engine: str) -> None:
    network = regulars((1.0, 1.0, 2.0)).changed(node="vraag", warm=(Warm(in_care=200, waiting=50),))
    assert all(len(sites) == 1 for sites in sites_of(network, engine, "wijkteam").values())


@each_engine
def test_every_visit_draws_anew(engine: str) -> None:
    """Stays of one person at one node: independent from visit to visit."""
    network = regulars((1.0,)).changed(node="vraag", stay=Lognormal(9.0, 1.0))
    plan = network.changed(stream="vraag", per_day=8.0).plan()
    first: dict[int, int] = {}
    pairs = []
    for row in rows_of(plan, simulate(plan, 7, engine)):
        if row.asked.startswith("vraag") and row.end is not None and row.start is not None:
            stay = row.end - row.start
            if row.person in first:
                pairs.append((first[row.person], stay))
            first[row.person] = stay
    ranks = stats.spearmanr(*zip(*pairs, strict=True))
    assert len(pairs) > 1000
    assert ranks.pvalue > RARE


# who is not concerned is not touched


def logs(network: Network, engine: str, seed: int) -> tuple[Plan, VisitLog]:
    plan = network.plan()
    return plan, simulate(plan, seed, engine)


def outside(rows: list[Seen], *kinds: str) -> list[Seen]:
    """Visits of those who never saw one of these nodes."""
    strangers = {row.person for row in rows if row.asked.split("@")[0] in kinds}
    return [row for row in rows if row.person not in strangers]


UNRELATED = (
    Node(
        "aaa", stay=Exponential(30.0), team="aaa", patience=Fixed(20.0), routes=(Route("mmm", 0.5), Route("klaar", 0.5)), warm=(Warm(5, 5),)
    ),
    Node("mmm", stay=Lognormal(50.0), team="zzz", urgency=(0.2, 0.3, 0.5), promote_after=10.0, routes=(Route("weg"),)),
    Node("zzz", routes=(Route("klaar"),)),
)


@each_engine
@pytest.mark.parametrize("seed", [1, 2])
def test_unrelated_nodes_teams_streams_and_supplies_change_nobodys_visits(engine: str, seed: int) -> None:
    """Names before, amid and after those of the city, so that every index moves; new urgencies, gebieden or age groups are another city."""
    city = small_city()
    wider = replace(
        city,
        nodes=(*UNRELATED, *city.nodes),
        teams=(Team("aaa", 2), *city.teams, Team("zzz", places=(1.0, 2.0))),
        streams=(*city.streams, Stream("aaa", "aaa", 0.3), Stream("zzz", "zzz", 0.2)),
        supplies=(Supply("aaa", (("zzz", 1.0),), units=3.0), *city.supplies),
    )
    alone, together = rows_of(*logs(city, engine, seed)), rows_of(*logs(wider, engine, seed))
    assert len(together) > len(alone) + 500
    assert outside(together, "aaa", "mmm", "zzz") == alone


@each_engine
def test_urgencies_and_routes_that_nobody_takes_change_nobodys_visits(engine: str) -> None:
    """A class and a route with share 0, sorted before all others: positions move, names do not."""
    city = small_city().changed(node="vraag", promote_after=None)
    nodes = tuple(
        replace(node, urgency=(0.0, *node.urgency) if node.urgency else (), routes=(Route("aaa", 0.0, name="aaa"), *node.routes))
        for node in city.nodes
    )
    wider = replace(city, nodes=nodes, urgencies=("ramp", *city.urgencies))
    assert rows_of(*logs(wider, engine, 4)) == rows_of(*logs(city, engine, 4))


@each_engine
def test_a_measure_elsewhere_changes_nobodys_visits(engine: str) -> None:
    """Two chains side by side: whatever happens in one, the other is the same row for row."""
    city = small_city()
    wider = replace(city, nodes=(*UNRELATED, *city.nodes), teams=(Team("aaa", 2), Team("zzz", 1), *city.teams),
                    streams=(*city.streams, Stream("aaa", "aaa", 0.3)))  # fmt: skip
    measures = (
        wider.changed(node="aaa", stay=Fixed(3.0)).changed(stream="aaa", per_day=0.9),
        wider.changed(team="aaa", places=9),
        wider.changed(node="mmm", routes=(Route("zzz"),), promote_after=1.0),
        wider.changed(node="aaa", age_limit=12),
    )
    before = outside(rows_of(*logs(wider, engine, 3)), "aaa", "mmm", "zzz")
    for measure in measures:
        assert outside(rows_of(*logs(measure, engine, 3)), "aaa", "mmm", "zzz") == before


# identical before the first difference


def as_known_at(rows: list[Seen], tick: int) -> list[Seen]:
    """A log as it would have been written at a moment: later times, and what they decided, not yet known."""
    known = []
    for row in rows:
        if row.arrive >= tick:
            continue
        if row.release is not None and row.release >= tick:
            row = replace(row, release=None)
        if row.end is not None and row.end >= tick:
            row = replace(row, end=None, next=None, outcome="waiting" if row.start is None else "in_care")
        if row.start is not None and row.start >= tick:
            row = replace(row, start=None, served=None, team=None, urgency=None, outcome="waiting")
        known.append(row)
    return known


BEGINS = st.integers(2, 30)
NEW = st.floats(0.3, 3.0)


def from_month(value: float, month: int, factor: float) -> tuple[float, ...]:
    return (value,) * month + (value * factor,)


def differ(city: Network, what: str, month: int, factor: float) -> Network:
    """The city with one number multiplied from a month on."""
    node = {n.name: n for n in city.nodes}
    if what == "stay":
        return city.changed(node="vraag", stay=Exponential(from_month(20.0, month, factor)))
    if what == "patience":
        return city.changed(node="ambulant", patience=Lognormal(from_month(200.0, month, factor), 1.0))
    if what == "demand":
        return city.changed(stream="verwijzing", per_day=from_month(0.06, month, factor))
    if what == "share":
        routes = tuple(replace(r, share=from_month(0.3, month, factor)) if r.to == "basis" else r for r in node["vraag"].routes)
        return city.changed(node="vraag", routes=routes)
    if what == "places":
        series = [from_month(float(n), month, factor) for n in (7, 4, 12, 11)]
        return city.changed(team="wijkteam", places=PerSite(tuple(series)))
    if what == "promotion":
        return city.changed(node="vraag", promote_after=from_month(45.0, month, factor))
    if what == "interim":
        return city.changed(node="wmo", interim=Fixed(from_month(150.0, month, factor)))
    if what == "pooling":
        return replace(city, pools=tuple(replace(pool, merge=(0.0,) * month + (1.0,)) for pool in city.pools))
    if what == "supply":
        units = (2.0, 1.0, *(1.5,) * (month - 2), 1.5 * factor)
        return replace(city, supplies=tuple(replace(supply, units=units) for supply in city.supplies))
    if what == "age limit":
        return city.changed(node="ambulant", age_limit=(18.0,) * month + (18.0 * min(1.0, factor),))
    assert what == "urgency"
    return city.changed(node="vraag", urgency=(from_month(0.1, month, factor), 0.25, 0.6))


LEVERS = (
    "stay", "patience", "demand", "share", "places", "promotion", "interim", "pooling", "supply", "age limit", "urgency",
)  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("what", LEVERS)
@given(month=BEGINS, factor=NEW, seed=st.integers(0, 2**32))
@settings(max_examples=4, deadline=None)
def test_two_plans_give_the_same_visits_until_the_month_in_which_they_differ(
    engine: str, what: str, month: int, factor: float, seed: int
) -> None:
    city = replace(differ(small_city(), what, 2, 1.0), months=month + 2)  # the same shape of parameters, without the difference
    other = replace(differ(small_city(), what, month, factor), months=month + 2)
    if what == "pooling":
        city = replace(small_city(), pools=tuple(replace(pool, merge=0.0) for pool in small_city().pools), months=month + 2)
    begins = int(city.plan().months[month])
    first, second = rows_of(*logs(city, engine, seed)), rows_of(*logs(other, engine, seed))
    known = as_known_at(first, begins)
    assert len(known) > 50
    assert as_known_at(second, begins) == known


@each_engine
@pytest.mark.parametrize("what", LEVERS)
def test_every_lever_makes_a_difference_after_its_month(engine: str, what: str) -> None:
    city, other = (replace(differ(small_city(), what, 8, factor), months=20) for factor in (1.0, 0.4))
    if what == "pooling":
        city = replace(small_city(), pools=tuple(replace(pool, merge=0.0) for pool in small_city().pools), months=20)
    assert rows_of(*logs(city, engine, 11)) != rows_of(*logs(other, engine, 11))


@each_engine
def test_the_same_plan_and_seed_give_the_same_log_and_another_seed_another(engine: str) -> None:
    one, again, other = (logs(small_city(), engine, seed)[1] for seed in (8, 8, 9))
    assert all(np.array_equal(getattr(one, f.name), getattr(again, f.name)) for f in fields(VisitLog))
    assert not np.array_equal(one.arrive[:100], other.arrive[:100])


@each_engine
@given(months=st.integers(1, 30))
@settings(max_examples=6, deadline=None)
def test_a_shorter_horizon_is_the_same_story_cut_off(engine: str, months: int) -> None:
    long, short = small_city(), replace(small_city(), months=months)
    horizon = short.plan().horizon
    assert as_known_at(rows_of(*logs(long, engine, 10)), horizon) == rows_of(*logs(short, engine, 10))
