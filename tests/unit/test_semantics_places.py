"""Rules 4 and 5 of docs/semantics.md, by scenes worked out by hand: places that come and go, patience and promotion."""

from __future__ import annotations

import pytest

from tests.networks import DAY, Arrival, Fixed, Network, Node, Present, Route, Scene, Team, each_engine, month, ticks

pytestmark = pytest.mark.unit

DONE = (Route("klaar"),)


def team_of(places: object, **node: object) -> Network:
    return Network(
        (Node("zorg", **{"stay": ticks(100), "routes": DONE, "team": "team"} | node),), teams=(Team("team", places=places),), months=4
    )


# 4. places


@each_engine
def test_a_drop_in_places_drains_and_sends_nobody_away(engine: str) -> None:
    network = team_of((3, 1))
    february = month(network, 1)
    people = tuple(Arrival(i, february - 100 + 20 * i, "zorg") for i in (1, 2, 3)) + tuple(
        Arrival(i, february - 10 + i, "zorg") for i in (4, 5)
    )
    seen = Scene(network, people).play(engine)
    assert [seen[i][0].end for i in (1, 2, 3)] == [february + 20, february + 40, february + 60]
    assert (seen[4][0].start, seen[5][0].start) == (february + 60, february + 160)  # the third to leave makes room, the first two do not


@each_engine
def test_more_places_are_filled_on_the_first_of_the_month_in_order_of_the_list(engine: str) -> None:
    network = team_of((0, 2))
    february = month(network, 1)
    seen = Scene(network, tuple(Arrival(i, 10 * i, "zorg") for i in (1, 2, 3))).play(engine)
    assert [seen[i][0].start for i in (1, 2, 3)] == [february, february, february + 100]


@each_engine
def test_a_rise_that_stays_below_occupancy_lets_nobody_in(engine: str) -> None:
    network = team_of((4, 1, 2), stay=Fixed(80.0))
    april = month(network, 3)
    people = (*(Arrival(i, i * DAY, "zorg") for i in (1, 2, 3, 4)), Arrival(5, 10 * DAY, "zorg"))
    seen = Scene(network, people).play(engine)
    # four leave on days 81 to 84; two places since day 59: the first two departures change nothing
    assert [seen[i][0].end for i in (1, 2, 3, 4)] == [81 * DAY, 82 * DAY, 83 * DAY, 84 * DAY]
    assert seen[5][0].start == 83 * DAY < april


@each_engine
def test_unlimited_places_mean_no_waiting(engine: str) -> None:
    seen = Scene(team_of(None), tuple(Arrival(i, 7, "zorg") for i in range(1, 50))).play(engine)
    assert all(rows[0].start == 7 for rows in seen.values())


@each_engine
def test_places_may_become_unlimited_and_limited_again(engine: str) -> None:
    network = team_of((1, 2.0**30, 1), stay=Fixed(40.0))
    february, march = month(network, 1), month(network, 2)
    people = (Arrival(1, 0, "zorg"), Arrival(2, 1, "zorg"), Arrival(3, 2, "zorg"), Arrival(4, march - 1, "zorg"), Arrival(5, march, "zorg"))
    seen = Scene(network, people).play(engine)
    assert [seen[i][0].start for i in (1, 2, 3, 4)] == [0, february, february, march - 1]
    assert seen[5][0].start == march - 1 + 40 * DAY  # all others have left; the last of them makes room


@each_engine
def test_two_nodes_draw_on_the_places_and_the_list_of_one_team(engine: str) -> None:
    nodes = (Node("a", stay=ticks(100), routes=DONE, team="team"), Node("b", stay=ticks(30), routes=DONE, team="team"))
    network = Network(nodes, teams=(Team("team", places=1),))
    seen = Scene(network, (Arrival(1, 0, "a"), Arrival(2, 20, "b"), Arrival(3, 10, "a"))).play(engine)
    assert (seen[3][0].start, seen[2][0].start) == (100, 200)
    assert seen[2][0].end == 230


# 5. patience and promotion


@each_engine
def test_who_gives_up_leaves_by_the_renege_route(engine: str) -> None:
    network = team_of(0, patience=ticks(40), renege=(Route("elders"),))
    network = Network((*network.nodes, Node("elders", stay=ticks(5), routes=DONE)), teams=network.teams)
    first, second = Scene(network, (Arrival(1, 10, "zorg"),)).play(engine)[1]
    assert (first.outcome, first.start, first.end, first.release, first.next) == ("reneged", None, 50, 50, "elders")
    assert (second.asked, second.arrive, second.end, second.entry) == ("elders", 50, 55, "from_node")


@each_engine
def test_patience_no_longer_counts_after_the_start(engine: str) -> None:
    (visit,) = Scene(team_of(1, patience=ticks(40)), (Arrival(1, 10, "zorg"),)).play(engine)[1]
    assert (visit.outcome, visit.end) == ("moved_on", 110)


@each_engine
def test_an_old_patience_does_not_end_a_later_wait(engine: str) -> None:
    """1 starts within its patience, leaves, comes back to wait again: the first deadline passes unnoticed."""
    nodes = (
        Node("zorg", stay=Fixed(1.0), routes=(Route("terug"),), team="team", patience=Fixed(10.0)),
        Node("terug", stay=Fixed(5.0), routes=(Route("zorg"),)),
    )
    network = Network(nodes, teams=(Team("team", places=1),))
    people = (Arrival(1, 0, "zorg"), *(Arrival(i, 4 * DAY + i, "zorg") for i in range(2, 9)))
    seen = Scene(network, people).play(engine)
    assert (seen[1][2].arrive, seen[1][2].outcome) == (6 * DAY, "moved_on")
    assert seen[1][2].start is not None
    assert seen[1][2].start > 10 * DAY  # it was waiting again when the first patience would have ended


@each_engine
def test_urgency_rises_class_by_class_to_the_top_and_the_arrival_stays(engine: str) -> None:
    node = Node("zorg", stay=ticks(100), routes=DONE, team="team", promote_after=30 / DAY)
    network = Network((node, Node("crisis", stay=ticks(100), routes=DONE, team="team", urgency=(1.0, 0.0, 0.0))),
                      teams=(Team("team", places=1),), urgencies=("crisis", "hoog", "normaal"))  # fmt: skip
    people = (Arrival(1, 0, "zorg"), Arrival(2, 10, "zorg"), Arrival(3, 55, "crisis"), Arrival(4, 45, "zorg"))
    seen = Scene(network, people).play(engine)
    # at 100 person 2 has been promoted at 40 and 70: crisis, arrived 10, before 3 (crisis, arrived 55)
    assert [seen[i][0].start for i in (1, 2, 3, 4)] == [0, 100, 300, 200]
    assert (seen[2][0].urgency_arrival, seen[2][0].urgency) == ("normaal", "crisis")
    assert (seen[4][0].urgency, seen[4][0].arrive) == ("crisis", 45)  # by 200 promoted twice, and earlier than 3
    assert (seen[1][0].urgency_arrival, seen[1][0].urgency) == ("normaal", "normaal")


@each_engine
def test_a_promotion_ends_with_its_visit(engine: str) -> None:
    nodes = (
        Node("zorg", stay=ticks(100), routes=(Route("nazorg"),), team="team", promote_after=30 / DAY),
        Node("nazorg", stay=ticks(100), routes=DONE, team="team"),
    )
    network = Network(nodes, teams=(Team("team", places=1),))
    seen = Scene(network, (Arrival(1, 0, "zorg"), Arrival(2, 10, "zorg"))).play(engine)
    assert (seen[2][0].urgency, seen[2][1].urgency_arrival) == ("hoog", "normaal")


@each_engine
def test_the_first_promotion_is_read_at_arrival_the_next_when_it_comes(engine: str) -> None:
    network = Network(
        (Node("zorg", stay=ticks(100), routes=DONE, team="team", promote_after=(20.0, 10.0)),),
        teams=(Team("team", places=(0, 0, 1)),), months=3, urgencies=("a", "b", "c", "d"),
    )  # fmt: skip
    march = month(network, 2)
    # arrives on day 28: first promotion on day 48 (20 days, of January), then every 10 days (February): day 58, then 68 (in March)
    (visit,) = Scene(network, (Arrival(1, 28 * DAY, "zorg"),)).play(engine)[1]
    assert (visit.start, visit.urgency_arrival, visit.urgency) == (march, "d", "b")


@each_engine
def test_waits_of_the_warm_start_have_had_their_promotions_and_keep_their_deadline(engine: str) -> None:
    network = team_of((0, 1), stay=Fixed(1.0), promote_after=10.0, patience=Fixed(5.0))
    network = Network(network.nodes, teams=network.teams, urgencies=("a", "b", "c"), months=3)
    people = (
        Present(1, "zorg", arrive=-15 * DAY, deadline=20),
        Present(2, "zorg", arrive=-15 * DAY, deadline=100 * DAY),
        Present(3, "zorg", arrive=-25 * DAY, deadline=100 * DAY),
    )
    seen = Scene(network, people).play(engine)
    february = month(network, 1)
    assert (seen[1][0].outcome, seen[1][0].end) == ("reneged", 20)
    assert (seen[3][0].start, seen[2][0].start) == (february, february + DAY)
    assert (seen[2][0].urgency, seen[3][0].urgency) == ("a", "a")  # 2 is promoted on day 5 and... on arrival + 20 days, still waiting
    assert seen[3][0].entry == "warm_start"


@each_engine
def test_promotions_before_the_start_count_on_the_first_day(engine: str) -> None:
    nodes = (
        Node("gewoon", stay=Fixed(1.0), routes=DONE, team="team", promote_after=10.0),
        Node("spoed", stay=Fixed(1.0), routes=DONE, team="team", urgency=(0.0, 1.0, 0.0)),
    )
    network = Network(nodes, teams=(Team("team", places=1),), urgencies=("a", "b", "c"), months=1)
    people = (Present(1, "spoed", arrive=-12 * DAY), Present(2, "gewoon", arrive=-25 * DAY), Present(3, "gewoon", arrive=-11 * DAY))
    seen = Scene(network, people).play(engine)
    assert [(seen[i][0].start, seen[i][0].urgency) for i in (2, 1, 3)] == [(0, "a"), (DAY, "b"), (2 * DAY, "b")]
