"""Rule 7 of docs/semantics.md, by scenes worked out by hand: merged lists (verdeeltafel) and pooled inflow (knooppunten)."""

from __future__ import annotations

import pytest

from tests.networks import (
    DAY,
    TICKS_PER_YEAR,
    Arrival,
    Fixed,
    Network,
    Node,
    PerSite,
    Pool,
    Route,
    Scene,
    Site,
    Team,
    each_engine,
    month,
    ticks,
)

pytestmark = pytest.mark.unit

DONE = (Route("klaar"),)
# gebied 0 has its own providers a, b and c; persons of gebied g stay with site g unless pooled
SITES = (Site("a", serves=(0,)), Site("b", serves=(1,)), Site("c", serves=(2,)))


def providers(places: tuple[object, ...], *, merge: object = 0, inflow: object = 0, within: bool = False, stay: int = 100) -> Network:
    return Network(
        (Node("zorg", stay=ticks(stay), routes=DONE, team="team"),),
        teams=(Team("team", places=PerSite(places), sites=SITES),),  # type: ignore[arg-type]
        pools=(Pool("samen", ("zorg",), merge=merge, inflow=inflow, within_gebied=within),),  # type: ignore[arg-type]
        gebieden=("noord", "oost", "zuid"),
        months=4,
    )


@each_engine
def test_teams_that_are_not_pooled_do_not_help_each_other(engine: str) -> None:
    seen = Scene(providers((1, 5, 5)), (Arrival(1, 0, "zorg"), Arrival(2, 1, "zorg"))).play(engine)
    assert (seen[2][0].start, seen[2][0].team) == (100, "team@a")


@each_engine
def test_a_newcomer_goes_to_the_team_with_most_free_places_then_by_name(engine: str) -> None:
    for switch in ({"merge": 1}, {"inflow": 1}):
        network = providers((1, 2, 2), **switch)  # type: ignore[arg-type]
        seen = Scene(network, tuple(Arrival(i, i, "zorg") for i in (1, 2, 3, 4, 5, 6))).play(engine)
        assert [seen[i][0].team for i in (1, 2, 3, 4, 5)] == ["team@b", "team@c", "team@a", "team@b", "team@c"]
        assert all(rows[0].asked == "zorg@a" for rows in seen.values())
        assert (seen[1][0].served, seen[6][0].start, seen[6][0].team) == ("zorg@b", 101, "team@b")


@each_engine
def test_a_free_place_takes_the_first_in_line_wherever_he_asked(engine: str) -> None:
    network = providers((1, 1, 0), merge=1)
    people = (
        Arrival(1, 0, "zorg"), Arrival(2, 10, "zorg"),
        Arrival(3, 22, "zorg", gebied=1), Arrival(4, 21, "zorg", gebied=2), Arrival(5, 20, "zorg", gebied=0),
    )  # fmt: skip
    seen = Scene(network, people).play(engine)
    assert [(seen[i][0].start, seen[i][0].team) for i in (5, 4, 3)] == [(100, "team@a"), (110, "team@b"), (200, "team@a")]


@each_engine
def test_a_verdeeltafel_redistributes_who_waits_already(engine: str) -> None:
    network = providers((0, 2, 0), merge=(0, 1))
    february = month(network, 1)
    seen = Scene(network, tuple(Arrival(i, i, "zorg") for i in (1, 2, 3))).play(engine)
    assert [(seen[i][0].start, seen[i][0].team) for i in (1, 2, 3)] == [
        (february, "team@b"), (february, "team@b"), (february + 100, "team@b"),
    ]  # fmt: skip


@each_engine
def test_knooppunten_pool_only_who_arrives_from_then_on(engine: str) -> None:
    network = providers((0, 1, 0), inflow=(0, 1))
    february = month(network, 1)
    people = (Arrival(1, 1, "zorg"), Arrival(2, february, "zorg"), Arrival(3, february + 1, "zorg", gebied=2))
    seen = Scene(network, people).play(engine)
    assert seen[1][0].outcome == "waiting"  # nobody takes over the old list
    assert [(seen[i][0].start, seen[i][0].team) for i in (2, 3)] == [(february, "team@b"), (february + 100, "team@b")]


@each_engine
def test_with_knooppunten_a_teams_own_old_list_and_the_pooled_newcomers_go_by_arrival(engine: str) -> None:
    network = providers((1, 0, 0), inflow=(0, 1), stay=40 * DAY)
    february = month(network, 1)
    people = (Arrival(1, 0, "zorg"), Arrival(2, february + 3, "zorg"), Arrival(3, february + 2, "zorg", gebied=1), Arrival(4, 5, "zorg"))
    seen = Scene(network, people).play(engine)
    assert [seen[i][0].start for i in (1, 4, 3)] == [0, 40 * DAY, 80 * DAY]
    assert seen[2][0].start is None


@each_engine
def test_when_knooppunten_end_who_was_pooled_stays_pooled(engine: str) -> None:
    network = providers((0, (0, 0, 1), 0), inflow=(0, 1, 0))
    february, march = month(network, 1), month(network, 2)
    seen = Scene(network, (Arrival(1, 5, "zorg"), Arrival(2, february + 5, "zorg"), Arrival(3, march + 5, "zorg"))).play(engine)
    assert (seen[2][0].start, seen[2][0].team) == (march, "team@b")
    assert seen[1][0].outcome == seen[3][0].outcome == "waiting"


@each_engine
def test_when_a_verdeeltafel_ends_the_lists_part_again(engine: str) -> None:
    network = providers((0, (0, 0, 1), 0), merge=(0, 1, 0))
    march = month(network, 2)
    seen = Scene(network, (Arrival(1, 5, "zorg"), Arrival(2, march - 1, "zorg"), Arrival(3, march - 1, "zorg", gebied=1))).play(engine)
    assert seen[1][0].outcome == seen[2][0].outcome == "waiting"
    assert seen[3][0].start == march


@each_engine
def test_a_pool_within_the_gebied_reaches_only_teams_that_share_one(engine: str) -> None:
    network = providers((0, 1, 0), merge=1, within=True)
    network = network.changed(team="team", sites=(Site("a", serves=(0, 2)), Site("b", serves=(1,)), Site("c", serves=(2,))))
    network = network.changed(team="team", places=PerSite((1, 1, 0)))
    seen = Scene(network, (Arrival(1, 0, "zorg"), Arrival(2, 1, "zorg"), Arrival(3, 2, "zorg", gebied=2))).play(engine)
    assert (seen[1][0].team, seen[2][0].start, seen[2][0].team) == ("team@a", 100, "team@a")
    assert seen[3][0].team == "team@a"  # whether asked there, or at c: only a and c share gebied 2


@each_engine
def test_patience_is_that_of_the_node_asked_and_the_stay_that_of_the_node_served(engine: str) -> None:
    nodes = (
        Node("a", stay=ticks(100), routes=DONE, team="a", patience=ticks(30)),
        Node("b", stay=ticks(60), routes=(Route("anders"),), team="b", patience=ticks(500)),
    )
    network = Network(nodes, teams=(Team("a", places=0), Team("b", places=1)), pools=(Pool("samen", ("a", "b"), merge=1),))
    seen = Scene(network, (Arrival(1, 0, "a"), Arrival(2, 31, "a"), Arrival(3, 29, "a"), Arrival(4, 5, "b"))).play(engine)
    assert (seen[1][0].start, seen[1][0].end, seen[1][0].served, seen[1][0].next) == (0, 60, "b", "anders")
    assert (seen[3][0].outcome, seen[3][0].end) == ("reneged", 59)
    assert (seen[4][0].start, seen[4][0].end) == (60, 120)
    assert (seen[2][0].outcome, seen[2][0].end) == ("reneged", 61)


@each_engine
def test_urgency_goes_before_arrival_in_a_merged_list(engine: str) -> None:
    nodes = (
        Node("a", stay=ticks(100), routes=DONE, team="a"),
        Node("b", stay=ticks(100), routes=DONE, team="b", urgency=(1.0, 0.0)),
    )
    network = Network(nodes, teams=(Team("a", places=1), Team("b", places=0)), pools=(Pool("samen", ("a", "b"), merge=1),))
    seen = Scene(network, (Arrival(1, 0, "a"), Arrival(2, 1, "a"), Arrival(3, 2, "b"))).play(engine)
    assert (seen[3][0].start, seen[3][0].served, seen[2][0].start) == (100, "a", 200)


@each_engine
def test_on_the_first_of_a_month_too_the_team_with_most_free_places_takes_the_first_in_line(engine: str) -> None:
    network = providers((0, (0, 1), (0, 3)), merge=1)
    seen = Scene(network, tuple(Arrival(i, i, "zorg") for i in (1, 2, 3, 4, 5))).play(engine)
    assert [seen[i][0].team for i in (1, 2, 3, 4)] == ["team@c", "team@c", "team@b", "team@c"]
    assert all(seen[i][0].start == month(network, 1) for i in (1, 2, 3, 4))
    assert seen[5][0].start == month(network, 1) + 100


@each_engine
def test_on_the_first_of_a_month_a_team_without_anybody_in_reach_is_passed_over(engine: str) -> None:
    """With pooled inflow the old lists stay apart: the team with most places free has nobody to help, and the other fills its own."""
    network = providers(((0, 2), (0, 9), 0), inflow=(0, 1))
    seen = Scene(network, tuple(Arrival(i, i, "zorg") for i in (1, 2, 3))).play(engine)
    february = month(network, 1)
    assert [(seen[i][0].start, seen[i][0].team) for i in (1, 2, 3)] == [
        (february, "team@a"), (february, "team@a"), (february + 100, "team@a"),
    ]  # fmt: skip


@each_engine
def test_who_ages_out_elsewhere_goes_by_the_route_of_the_node_asked(engine: str) -> None:
    nodes = (
        Node("a", stay=ticks(100), routes=DONE, team="a", age_limit=18, aged_out=(Route("volwassen"),)),
        Node("b", stay=ticks(100), routes=(Route("anders"),), team="b"),
    )
    network = Network(nodes, teams=(Team("a", places=0), Team("b", places=1)), pools=(Pool("samen", ("a", "b"), merge=1),))
    (visit,) = Scene(network, (Arrival(1, 0, "a", birth=40 - 18 * TICKS_PER_YEAR),)).play(engine)[1]
    assert (visit.served, visit.end, visit.outcome, visit.next) == ("b", 40, "aged_out", "volwassen")


@each_engine
def test_only_a_pool_of_whole_teams_shares_places(engine: str) -> None:
    """A team of a pooled node may have other nodes: these wait for their own team alone."""
    nodes = (
        Node("a", stay=Fixed(50.0), routes=DONE, team="a"),
        Node("a_anders", stay=ticks(100), routes=DONE, team="a"),
        Node("b", stay=ticks(100), routes=DONE, team="b"),
    )
    network = Network(nodes, teams=(Team("a", places=1), Team("b", places=1)), pools=(Pool("samen", ("a", "b"), merge=1),))
    seen = Scene(network, (Arrival(1, 0, "a"), Arrival(2, 1, "a_anders"), Arrival(3, 2, "a"))).play(engine)
    assert (seen[1][0].team, seen[3][0].team, seen[3][0].start) == ("a", "b", 2)
    assert (seen[2][0].start, seen[2][0].team) == (50 * DAY, "a")
