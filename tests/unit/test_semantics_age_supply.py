"""Rules 8 and 9 of docs/semantics.md, by scenes worked out by hand: age limits and supply."""

from __future__ import annotations

import pytest

from tests.networks import DAY, TICKS_PER_YEAR, Arrival, Fixed, Network, Node, PerAge, Route, Scene, Supply, Team, each_engine, month, ticks

pytestmark = pytest.mark.unit

DONE = (Route("klaar"),)


def eighteen_at(tick: int) -> int:
    return tick - 18 * TICKS_PER_YEAR


def youth(places: object = 1) -> Network:
    nodes = (
        Node("jeugd", stay=ticks(100), routes=DONE, team="team", age_limit=18, aged_out=(Route("volwassen"),)),
        Node("volwassen", stay=ticks(70), routes=DONE),
    )
    return Network(nodes, teams=(Team("team", places=places),))


def housing(*, units: object = 0, at: tuple[int, ...] = (), **kwargs: object) -> Network:
    nodes = (Node("woning", stay=ticks(5), routes=DONE),)
    return Network(nodes, supplies=(Supply("woningen", (("woning", 1.0),), units=units, at=at),), months=3)  # type: ignore[arg-type]


# 8. age limits


@each_engine
def test_the_birthday_ends_a_stay_and_frees_the_place(engine: str) -> None:
    people = (Arrival(1, 0, "jeugd", birth=eighteen_at(40)), Arrival(2, 10, "jeugd", birth=eighteen_at(DAY * 300)))
    seen = Scene(youth(), people).play(engine)
    first, later = seen[1]
    assert (first.outcome, first.end, first.release, first.next) == ("aged_out", 40, 40, "volwassen")
    assert (later.start, later.end, later.entry) == (40, 110, "from_node")
    assert seen[2][0].start == 40


@each_engine
def test_the_birthday_ends_a_wait(engine: str) -> None:
    first, later = Scene(youth(places=0), (Arrival(1, 0, "jeugd", birth=eighteen_at(40)),)).play(engine)[1]
    assert (first.outcome, first.start, first.end) == ("aged_out", None, 40)
    assert later.start == 40


@each_engine
def test_who_arrives_on_or_after_the_birthday_moves_on_at_once(engine: str) -> None:
    people = (Arrival(1, 10, "jeugd", birth=eighteen_at(10)), Arrival(2, 10, "jeugd", birth=eighteen_at(11)))
    seen = Scene(youth(), people).play(engine)
    assert [(row.outcome, row.arrive, row.start, row.end) for row in seen[1]] == [("aged_out", 10, None, 10), ("moved_on", 10, 10, 80)]
    assert [(row.outcome, row.start, row.end) for row in seen[2]] == [("aged_out", 10, 11), ("moved_on", 11, 81)]


@each_engine
def test_the_birthday_during_an_interim_elsewhere_ends_nothing_but_the_kept_place(engine: str) -> None:
    nodes = (
        Node("jeugd", stay=ticks(10), routes=(Route("toets", keep="until_end"),), team="team", age_limit=18),
        Node("toets", stay=ticks(50), routes=DONE),
    )
    seen = Scene(Network(nodes, teams=(Team("team", places=1),)), (Arrival(1, 0, "jeugd", birth=eighteen_at(30)),)).play(engine)
    assert [(row.outcome, row.end, row.release) for row in seen[1]] == [("moved_on", 10, 30), ("moved_on", 60, 60)]


@each_engine
def test_numbers_are_those_of_the_age_group_at_the_arrival_of_the_visit(engine: str) -> None:
    """17 at the first visit, 18 before the second: stay, route and patience of the second are those of adults."""
    nodes = (
        Node("a", stay=Fixed(PerAge((1.0, 2.0))), routes=(Route("b", PerAge((1.0, 0.0))), Route("klaar", PerAge((0.0, 1.0))))),
        Node("b", stay=Fixed(PerAge((3.0, 4.0))), routes=(Route("a"),)),
    )
    network = Network(nodes, age_from=(0, 18))
    visits = Scene(network, (Arrival(1, 0, "a", birth=eighteen_at(2 * DAY)),)).play(engine)[1]
    assert [(row.asked, row.arrive, row.end, row.next) for row in visits] == [
        ("a", 0, DAY, "b"), ("b", DAY, 4 * DAY, "a"), ("a", 4 * DAY, 6 * DAY, "klaar"),
    ]  # fmt: skip


# 9. supply


@each_engine
def test_each_unit_starts_one_waiting_person_and_is_used_up(engine: str) -> None:
    seen = Scene(housing(at=(100, 300, 301)), tuple(Arrival(i, 10 * i, "woning") for i in (1, 2, 3, 4))).play(engine)
    assert [seen[i][0].start for i in (1, 2, 3, 4)] == [100, 300, 301, None]  # that the stay of 1 has ended gives nobody a dwelling
    assert seen[1][0].end == 105


@each_engine
def test_a_unit_waits_for_somebody_until_the_end_of_the_month(engine: str) -> None:
    network = housing(at=(100, 200))
    february = month(network, 1)
    people = (Arrival(1, 5000, "woning"), Arrival(2, february - 1, "woning"))
    seen = Scene(network, people).play(engine)
    assert (seen[1][0].start, seen[2][0].start) == (5000, february - 1)
    people = (Arrival(1, 5000, "woning"), Arrival(2, february, "woning"))
    seen = Scene(network, people).play(engine)
    assert (seen[1][0].start, seen[2][0].outcome) == (5000, "waiting")  # the unused unit lapsed


@each_engine
def test_lapsed_units_do_not_come_back(engine: str) -> None:
    network = housing(at=(100, 200, 300, 50_000))
    seen = Scene(network, (Arrival(1, 45_000, "woning"), Arrival(2, 45_001, "woning"))).play(engine)
    assert (seen[1][0].start, seen[2][0].start) == (50_000, None)


@each_engine
def test_units_come_evenly_spaced_within_the_month(engine: str) -> None:
    network = housing(units=(3, 0, 1))
    march = month(network, 2)
    seen = Scene(network, tuple(Arrival(i, i, "woning") for i in range(1, 6))).play(engine)
    length = 31 * DAY
    assert [seen[i][0].start for i in range(1, 6)] == [length // 6, length // 2, 5 * length // 6, march + length // 2, None]


@each_engine
def test_parts_of_units_are_carried_to_later_months(engine: str) -> None:
    network = housing(units=(0.5, 0.75, 0.75))
    february, march = month(network, 1), month(network, 2)
    seen = Scene(network, tuple(Arrival(i, i, "woning") for i in (1, 2, 3))).play(engine)
    assert [seen[i][0].start for i in (1, 2, 3)] == [february + 14 * DAY, march + 31 * DAY // 2, None]  # in all 0.5, 1.25, 2.0


@each_engine
def test_groups_divide_one_supply_by_their_shares(engine: str) -> None:
    nodes = (Node("gezin", stay=None, routes=DONE), Node("jongere", stay=None, routes=DONE))
    supply = Supply("woningen", (("gezin", (0.5, 0.25)), ("jongere", (0.5, 0.75))), units=4)
    network = Network(nodes, supplies=(supply,), months=2)
    people = tuple(Arrival(i, i, "gezin") for i in range(1, 9)) + tuple(Arrival(i, i, "jongere") for i in range(11, 19))
    seen = Scene(network, people).play(engine)
    february = month(network, 1)

    def started(among: range) -> tuple[int, int]:
        starts = [seen[i][0].start for i in among]
        return sum(s is not None and s < february for s in starts), sum(s is not None and s >= february for s in starts)

    assert started(range(1, 9)) == (2, 1)
    assert started(range(11, 19)) == (2, 3)


@each_engine
def test_urgency_and_patience_hold_for_supply_too(engine: str) -> None:
    nodes = (Node("woning", stay=None, routes=DONE, patience=ticks(95), promote_after=80 / DAY),)
    network = Network(nodes, supplies=(Supply("woningen", (("woning", 1.0),), at=(100,)),))
    seen = Scene(network, (Arrival(1, 4, "woning"), Arrival(2, 5, "woning"))).play(engine)
    assert (seen[1][0].outcome, seen[1][0].end) == ("reneged", 99)
    assert (seen[2][0].start, seen[2][0].urgency, seen[2][0].urgency_arrival) == (100, "hoog", "normaal")


@each_engine
def test_a_bed_is_kept_until_there_is_a_dwelling(engine: str) -> None:
    nodes = (
        Node("opvang", stay=ticks(10), routes=(Route("woning", keep="until_start"),), team="opvang"),
        Node("woning", stay=None, routes=DONE),
    )
    network = Network(nodes, teams=(Team("opvang", places=1),), supplies=(Supply("woningen", (("woning", 1.0),), at=(50, 90)),))
    seen = Scene(network, (Arrival(1, 0, "opvang"), Arrival(2, 3, "opvang"))).play(engine)
    assert [(row.asked, row.start, row.end, row.release) for row in seen[1]] == [("opvang", 0, 10, 50), ("woning", 50, 50, 50)]
    assert [(row.asked, row.start, row.end, row.release) for row in seen[2]] == [("opvang", 50, 60, 90), ("woning", 90, 90, 90)]
