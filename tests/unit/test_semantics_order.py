"""Rules 1 to 3 of docs/semantics.md, by scenes worked out by hand: time, the order of events, the waiting list."""

from __future__ import annotations

import pytest

from tests.networks import DAY, TICKS_PER_YEAR, Arrival, Fixed, Network, Node, Pool, Route, Scene, Team, each_engine, month, ticks

pytestmark = pytest.mark.unit

DONE = (Route("klaar"),)
ONE_PLACE = (Team("team", places=1),)


def one_place(**node: object) -> Network:
    """A single place with a stay of 100 ticks."""
    return Network((Node("zorg", **{"stay": ticks(100), "routes": DONE, "team": "team"} | node),), teams=ONE_PLACE, months=3)


# 1. time


@each_engine
def test_no_stay_is_shorter_than_a_tick(engine: str) -> None:
    network = Network((Node("zorg", stay=Fixed(1e-9), routes=DONE),))
    (visit,) = Scene(network, (Arrival(1, 10, "zorg"),)).play(engine)[1]
    assert (visit.start, visit.end) == (10, 11)


@each_engine
def test_a_node_without_a_stay_takes_no_time(engine: str) -> None:
    network = Network((Node("loket", routes=(Route("zorg"),)), Node("zorg", stay=ticks(5), routes=DONE)))
    loket, zorg = Scene(network, (Arrival(1, 10, "loket"),)).play(engine)[1]
    assert (loket.arrive, loket.start, loket.end) == (10, 10, 10)
    assert (zorg.arrive, zorg.start, zorg.end) == (10, 10, 15)


@each_engine
def test_a_stay_is_rounded_to_the_nearest_tick_and_held_by_its_cap(engine: str) -> None:
    network = Network(
        (Node("kort", stay=Fixed(10.4 / DAY), routes=(Route("lang"),)), Node("lang", stay=Fixed(30.0, cap=20.6 / DAY), routes=DONE))
    )
    short, long = Scene(network, (Arrival(1, 0, "kort"),)).play(engine)[1]
    assert (short.end, long.end) == (10, 10 + 21)


@each_engine
def test_a_stay_is_read_at_its_start_and_never_redrawn(engine: str) -> None:
    network = one_place(stay=Fixed((40.0, 10.0)))
    february = month(network, 1)
    seen = Scene(network, (Arrival(1, february - 1, "zorg"), Arrival(2, february - 1, "zorg"))).play(engine)
    assert seen[1][0].end == february - 1 + 40 * DAY  # started on 31 January: the stay of January
    network = one_place(stay=Fixed((40.0, 10.0)))
    (visit,) = Scene(network, (Arrival(1, february, "zorg"),)).play(engine)[1]
    assert visit.end == february + 10 * DAY  # the first of the month already has the new value


@each_engine
def test_patience_is_read_at_arrival(engine: str) -> None:
    network = one_place(stay=Fixed(300.0), patience=Fixed((30.0, 1.0)))
    february = month(network, 1)
    people = (Arrival(1, 0, "zorg"), Arrival(2, february - DAY, "zorg"), Arrival(3, february, "zorg"))
    seen = Scene(network, people).play(engine)
    assert seen[3][0].end == february + DAY
    assert seen[2][0].end == february - DAY + 30 * DAY


@each_engine
def test_what_would_happen_at_the_horizon_has_not_happened(engine: str) -> None:
    network = one_place(stay=ticks(100))
    horizon = network.plan().horizon
    seen = Scene(network, (Arrival(1, horizon - 100, "zorg"), Arrival(2, horizon - 50, "zorg"))).play(engine)
    assert (seen[1][0].outcome, seen[1][0].end, seen[1][0].release, seen[1][0].next) == ("in_care", None, None, None)
    assert (seen[2][0].outcome, seen[2][0].start, seen[2][0].team) == ("waiting", None, None)
    (visit,) = Scene(network, (Arrival(1, horizon - 101, "zorg"),)).play(engine)[1]
    assert (visit.outcome, visit.end) == ("moved_on", horizon - 1)


# 2. order


@each_engine
def test_a_place_that_frees_in_the_tick_of_ones_patience_is_taken(engine: str) -> None:
    network = one_place(patience=ticks(50))
    seen = Scene(network, (Arrival(1, 0, "zorg"), Arrival(2, 50, "zorg"))).play(engine)
    assert (seen[2][0].outcome, seen[2][0].start) == ("moved_on", 100)
    seen = Scene(network, (Arrival(1, 0, "zorg"), Arrival(2, 49, "zorg"))).play(engine)
    assert (seen[2][0].outcome, seen[2][0].start, seen[2][0].end, seen[2][0].next) == ("reneged", None, 99, "afgehaakt")


@each_engine
def test_new_places_come_before_everything_else_in_their_tick(engine: str) -> None:
    network = one_place(patience=ticks(50)).changed(team="team", places=(0, 1))
    february = month(network, 1)
    (visit,) = Scene(network, (Arrival(1, february - 50, "zorg"),)).play(engine)[1]
    assert visit.start == february  # before patience ends
    network = network.changed(node="zorg", age_limit=18)
    (visit,) = Scene(network, (Arrival(1, february - 50, "zorg", birth=february - 18 * TICKS_PER_YEAR),)).play(engine)[1]
    assert (visit.start, visit.end, visit.outcome) == (february, february, "aged_out")  # before the birthday


@each_engine
def test_a_birthday_comes_before_the_end_of_a_stay(engine: str) -> None:
    network = one_place(age_limit=18)
    on_100 = 100 - 18 * TICKS_PER_YEAR
    seen = Scene(network, (Arrival(1, 0, "zorg", birth=on_100),)).play(engine)
    assert (seen[1][0].outcome, seen[1][0].end) == ("aged_out", 100)  # though the stay would have ended in that tick
    young = 200 - 18 * TICKS_PER_YEAR
    seen = Scene(network, (Arrival(1, 0, "zorg", birth=young), Arrival(2, 10, "zorg", birth=on_100))).play(engine)
    assert (seen[2][0].outcome, seen[2][0].start, seen[2][0].end) == ("aged_out", None, 100)  # the freed place came too late


@each_engine
def test_a_stay_ends_before_a_promotion(engine: str) -> None:
    nodes = (
        Node("gewoon", stay=ticks(100), routes=DONE, team="team", promote_after=90 / DAY),
        Node("spoed", stay=ticks(100), routes=DONE, team="team", urgency=(1.0, 0.0)),
    )
    people = (Arrival(1, 0, "gewoon"), Arrival(2, 10, "gewoon"), Arrival(3, 50, "spoed"))
    seen = Scene(Network(nodes, teams=ONE_PLACE), people).play(engine)
    assert (seen[3][0].start, seen[2][0].start) == (100, 200)  # had 2 been promoted first, the earlier arrival would have won
    people = (Arrival(1, 0, "gewoon"), Arrival(2, 9, "gewoon"), Arrival(3, 50, "spoed"))
    seen = Scene(Network(nodes, teams=ONE_PLACE), people).play(engine)
    assert (seen[2][0].start, seen[3][0].start) == (100, 200)


@each_engine
def test_a_stay_ends_before_an_arrival(engine: str) -> None:
    """The place goes to who waits already, though somebody more urgent arrives in that tick."""
    nodes = (
        Node("gewoon", stay=ticks(100), routes=DONE, team="team"),
        Node("spoed", stay=ticks(100), routes=DONE, team="team", urgency=(1.0, 0.0)),
    )
    people = (Arrival(9, 0, "gewoon"), Arrival(5, 60, "gewoon"), Arrival(1, 100, "spoed"))
    seen = Scene(Network(nodes, teams=ONE_PLACE), people).play(engine)
    assert (seen[5][0].start, seen[1][0].start) == (100, 200)


@each_engine
def test_events_of_one_kind_in_one_tick_run_by_person(engine: str) -> None:
    seen = Scene(one_place(), (Arrival(7, 3, "zorg"), Arrival(4, 3, "zorg"), Arrival(6, 3, "zorg"))).play(engine)
    assert [seen[i][0].start for i in (4, 6, 7)] == [3, 103, 203]


@each_engine
def test_who_moves_joins_the_list_before_the_freed_place_is_filled(engine: str) -> None:
    nodes = (
        Node("eerst", stay=ticks(100), routes=(Route("daarna"),), team="team"),
        Node("daarna", stay=ticks(100), routes=DONE, team="team", urgency=(1.0, 0.0)),
    )
    seen = Scene(Network(nodes, teams=ONE_PLACE), (Arrival(1, 0, "eerst"), Arrival(2, 5, "eerst"))).play(engine)
    assert (seen[1][1].start, seen[2][0].start) == (100, 200)  # the mover is more urgent and takes the place just left


@each_engine
def test_first_freed_is_first_filled(engine: str) -> None:
    """One end frees the mover's own place and then a kept one; the only person in line goes to the place freed first, whatever its name."""
    nodes = (
        Node("aa", stay=ticks(10), routes=(Route("zz", keep="until_end"),), team="aa"),
        Node("zz", stay=ticks(100), routes=DONE, team="zz"),
    )
    network = Network(nodes, teams=(Team("aa", places=1), Team("zz", places=1)), pools=(Pool("samen", ("aa", "zz"), merge=1),))
    seen = Scene(network, (Arrival(1, 0, "aa"), Arrival(2, 50, "aa"))).play(engine)
    assert [row.release for row in seen[1]] == [110, 110]
    assert (seen[2][0].start, seen[2][0].team) == (110, "zz")


@each_engine
def test_what_a_filling_frees_joins_the_end_of_the_list(engine: str) -> None:
    """1 leaves the loket and gives up a kept place at h; 2 takes the loket and gives up a bed at j. 3 waits for either: h came first."""
    nodes = (
        Node("h", stay=ticks(10), routes=(Route("loket", keep="until_end"),), team="h"),
        Node("j", stay=ticks(10), routes=(Route("loket", keep="until_start"),), team="j"),
        Node("loket", stay=ticks(100), routes=DONE, team="loket"),
    )
    teams = tuple(Team(name, places=1) for name in ("h", "j", "loket"))
    network = Network(nodes, teams=teams, pools=(Pool("samen", ("h", "j"), merge=1),))
    seen = Scene(network, (Arrival(1, 0, "h"), Arrival(2, 1, "j"), Arrival(3, 5, "j"))).play(engine)
    assert seen[1][0].release == seen[2][0].release == seen[2][1].start == 110
    assert (seen[3][0].asked, seen[3][0].start, seen[3][0].team) == ("j", 110, "h")


# 3. the waiting list


@each_engine
def test_the_list_goes_by_urgency_then_arrival_then_person(engine: str) -> None:
    nodes = (
        Node("gewoon", stay=ticks(100), routes=DONE, team="team"),
        Node("spoed", stay=ticks(100), routes=DONE, team="team", urgency=(1.0, 0.0)),
    )
    people = (
        Arrival(1, 0, "gewoon"), Arrival(5, 20, "gewoon"), Arrival(4, 20, "gewoon"), Arrival(6, 10, "gewoon"),
        Arrival(9, 40, "spoed"), Arrival(8, 60, "spoed"),
    )  # fmt: skip
    seen = Scene(Network(nodes, teams=ONE_PLACE), people).play(engine)
    assert sorted(seen, key=lambda person: seen[person][0].start or 0) == [1, 9, 8, 6, 4, 5]
    assert seen[1][0].end == 100  # nobody in care is sent away for a more urgent person
    assert (seen[9][0].urgency_arrival, seen[9][0].urgency, seen[4][0].urgency) == ("hoog", "hoog", "normaal")


@each_engine
def test_arrival_is_that_of_the_present_visit(engine: str) -> None:
    nodes = (
        Node("eerst", stay=ticks(100), routes=(Route("daarna"),), team="team"),
        Node("daarna", stay=ticks(100), routes=DONE, team="team"),
    )
    seen = Scene(Network(nodes, teams=ONE_PLACE), (Arrival(1, 0, "eerst"), Arrival(2, 5, "eerst"), Arrival(3, 6, "daarna"))).play(engine)
    assert (seen[2][0].start, seen[3][0].start, seen[1][1].start, seen[2][1].start) == (100, 200, 300, 400)
