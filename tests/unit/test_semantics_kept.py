"""Rule 6 of docs/semantics.md, by scenes worked out by hand: the place left behind stays taken."""

from __future__ import annotations

import pytest

from tests.networks import DAY, TICKS_PER_YEAR, Arrival, Fixed, Network, Node, Route, Scene, Team, each_engine, month, ticks

pytestmark = pytest.mark.unit

DONE = (Route("klaar"),)


def shelter(flats: object = 1, beds: object = 1, **flat: object) -> Network:
    """A bed (10 ticks) that is kept until there is a flat (100 ticks)."""
    nodes = (
        Node("bed", stay=ticks(10), routes=(Route("flat", keep="until_start"),), team="opvang"),
        Node("flat", **{"stay": ticks(100), "routes": DONE, "team": "wonen"} | flat),
    )
    return Network(nodes, teams=(Team("opvang", places=beds), Team("wonen", places=flats)), months=3)


def indication(loket: tuple[Route, ...], *, interim: bool = False, remaining: bool = False, places: object = 1, **zorg: object) -> Network:
    """Care (10 ticks, or broken off after 10 of 35) that goes on while the loket (20 ticks) decides."""
    back = (Route("loket", keep="until_end", remaining=remaining),)
    care = {"stay": ticks(35 if interim else 10), "routes": DONE if interim else back, "team": "team"}
    if interim:
        care |= {"interim": ticks(10), "interim_routes": back}
    nodes = (
        Node("zorg", **care | zorg),
        Node("loket", stay=ticks(20), routes=loket, team="balie"),
        Node("nazorg", stay=ticks(50), routes=DONE),
    )
    return Network(nodes, teams=(Team("team", places=places), Team("balie", places=1)), months=2)


AGAIN = (Route("zorg"),)


# until_start


@each_engine
def test_a_bed_is_kept_until_the_next_visit_starts(engine: str) -> None:
    people = (Arrival(1, 0, "bed"), Arrival(2, 1, "bed"), Arrival(3, 2, "bed"))
    seen = Scene(shelter(), people).play(engine)
    assert [(row.asked, row.start, row.end, row.release) for row in seen[1]] == [("bed", 0, 10, 10), ("flat", 10, 110, 110)]
    assert [(row.asked, row.start, row.end, row.release) for row in seen[2]] == [("bed", 10, 20, 110), ("flat", 110, 210, 210)]
    assert seen[3][0].start == 110  # a blocked bed: 90 ticks longer than its stay
    assert seen[2][1].arrive == 20


@each_engine
def test_giving_up_releases_the_kept_place_in_that_tick(engine: str) -> None:
    network = shelter(flats=0, patience=ticks(30))
    seen = Scene(network, (Arrival(1, 0, "bed"), Arrival(2, 1, "bed"))).play(engine)
    assert [(row.outcome, row.end, row.release) for row in seen[1]] == [("moved_on", 10, 40), ("reneged", 40, 40)]
    assert seen[2][0].start == 40


@each_engine
def test_ageing_out_of_the_wait_releases_the_kept_place(engine: str) -> None:
    network = shelter(flats=0, age_limit=18)
    seen = Scene(network, (Arrival(1, 0, "bed", birth=50 - 18 * TICKS_PER_YEAR), Arrival(2, 1, "bed"))).play(engine)
    assert [(row.outcome, row.end, row.release) for row in seen[1]] == [("moved_on", 10, 50), ("aged_out", 50, 50)]
    assert seen[2][0].start == 50


@each_engine
def test_who_is_already_too_old_for_the_next_node_releases_at_once(engine: str) -> None:
    network = shelter(flats=0, age_limit=18)
    seen = Scene(network, (Arrival(1, 0, "bed"), Arrival(2, 1, "bed"))).play(engine)
    assert [(row.outcome, row.arrive, row.end, row.release) for row in seen[1]] == [("moved_on", 0, 10, 10), ("aged_out", 10, 10, 10)]
    assert seen[2][0].start == 10


@each_engine
def test_the_kept_nodes_own_age_limit_releases_and_the_wait_goes_on(engine: str) -> None:
    network = shelter(flats=(0, 1)).changed(node="bed", age_limit=18)
    seen = Scene(network, (Arrival(1, 0, "bed", birth=50 - 18 * TICKS_PER_YEAR), Arrival(2, 1, "bed", birth=0))).play(engine)
    february = month(network, 1)
    bed, flat = seen[1]
    assert (bed.outcome, bed.end, bed.release) == ("moved_on", 10, 50)
    assert (flat.arrive, flat.start) == (10, february)
    assert seen[2][0].start == 50


@each_engine
def test_a_drop_in_places_never_takes_a_kept_place(engine: str) -> None:
    network = shelter(flats=(0, 0, 1), beds=(2, 1, 1))
    february, march = month(network, 1), month(network, 2)
    people = (Arrival(1, 0, "bed"), Arrival(2, february - 5, "bed"), Arrival(3, february - 1, "bed"))
    seen = Scene(network, people).play(engine)
    assert (seen[1][0].release, seen[1][1].start) == (march, march)
    assert seen[2][0].end == february + 5
    assert seen[2][0].release == march + 100  # the flat comes free again
    assert seen[3][0].start == march + 100  # one bed only: two kept places had to drain


# until_end


@each_engine
def test_a_renewal_starts_at_once_in_the_kept_place(engine: str) -> None:
    """Somebody waits for the place all the time and never gets it: it does not come free between the loket and the new stay."""
    seen = Scene(indication(AGAIN), (Arrival(1, 0, "zorg"), Arrival(2, 1, "zorg"))).play(engine)
    first, loket, second, *_ = seen[1]
    assert (first.start, first.end, first.release, first.outcome) == (0, 10, 30, "moved_on")
    assert (loket.start, loket.end, loket.next) == (10, 30, "zorg")
    assert (second.entry, second.arrive, second.start, second.end, second.release) == ("renewal", 30, 30, 40, 60)
    assert (first.entry, loket.entry) == ("external", "from_node")
    assert seen[2][0].outcome == "waiting"


@each_engine
def test_a_renewal_starts_above_capacity_if_need_be(engine: str) -> None:
    network = indication(AGAIN, places=(1, 0))
    february = month(network, 1)
    seen = Scene(network, (Arrival(1, february - 5, "zorg"),)).play(engine)
    assert [(row.asked, row.entry, row.start) for row in seen[1][:3]] == [
        ("zorg", "external", february - 5), ("loket", "from_node", february + 5), ("zorg", "renewal", february + 25),
    ]  # fmt: skip


@each_engine
def test_care_goes_on_while_the_loket_has_a_waiting_list(engine: str) -> None:
    seen = Scene(indication(AGAIN, places=2), (Arrival(1, 0, "zorg"), Arrival(2, 1, "zorg"), Arrival(3, 2, "zorg"))).play(engine)
    assert [(row.asked, row.start, row.end, row.release) for row in seen[2][:2]] == [("zorg", 1, 11, 50), ("loket", 30, 50, 50)]
    assert seen[2][2].arrive == seen[2][2].start == 50
    assert seen[3][0].start is None


@each_engine
def test_another_route_releases(engine: str) -> None:
    for to in ("nazorg", "klaar"):
        seen = Scene(indication((Route(to),)), (Arrival(1, 0, "zorg"), Arrival(2, 1, "zorg"))).play(engine)
        assert seen[1][0].release == 30
        assert seen[2][0].start == 30


@each_engine
def test_a_route_that_keeps_on_keeps_on(engine: str) -> None:
    network = indication((Route("nazorg", keeps_on=True),))
    network = network.changed(node="nazorg", routes=AGAIN)
    seen = Scene(network, (Arrival(1, 0, "zorg"), Arrival(2, 1, "zorg"))).play(engine)
    assert [(row.asked, row.entry, row.arrive, row.end) for row in seen[1][:4]] == [
        ("zorg", "external", 0, 10), ("loket", "from_node", 10, 30), ("nazorg", "from_node", 30, 80), ("zorg", "renewal", 80, 90),
    ]  # fmt: skip
    assert seen[1][0].release == 80
    assert seen[2][0].outcome == "waiting"


@each_engine
def test_a_new_stay_is_drawn_fresh_or_goes_on_with_what_was_left(engine: str) -> None:
    def spells(*, remaining: bool) -> list[tuple[int | None, int | None, str]]:
        visits = Scene(indication(AGAIN, interim=True, remaining=remaining), (Arrival(1, 0, "zorg"),)).play(engine)[1]
        return [(row.start, row.end, row.outcome) for row in visits if row.asked == "zorg"][:4]

    assert spells(remaining=True) == [(0, 10, "interrupted"), (30, 40, "interrupted"), (60, 70, "interrupted"), (90, 95, "moved_on")]
    assert spells(remaining=False) == [(0, 10, "interrupted"), (30, 40, "interrupted"), (60, 70, "interrupted"), (90, 100, "interrupted")]


@each_engine
def test_a_stay_that_ends_with_its_interim_ends(engine: str) -> None:
    network = indication(AGAIN, interim=True).changed(node="zorg", interim=ticks(35))
    (visit,) = Scene(network, (Arrival(1, 0, "zorg"),)).play(engine)[1]
    assert (visit.end, visit.outcome, visit.next) == (35, "moved_on", "klaar")


@each_engine
def test_an_age_limit_at_the_kept_node_ends_the_right_to_return(engine: str) -> None:
    network = indication(AGAIN).changed(node="zorg", age_limit=18)
    seen = Scene(network, (Arrival(1, 0, "zorg", birth=15 - 18 * TICKS_PER_YEAR),)).play(engine)
    assert [(row.asked, row.entry, row.outcome, row.end, row.release) for row in seen[1]] == [
        ("zorg", "external", "moved_on", 10, 15), ("loket", "from_node", "moved_on", 30, 30), ("zorg", "from_node", "aged_out", 30, 30),
    ]  # fmt: skip


@each_engine
def test_giving_up_at_the_loket_ends_the_care(engine: str) -> None:
    network = indication(AGAIN, places=2).changed(node="loket", patience=ticks(5))
    seen = Scene(network, (Arrival(1, 0, "zorg"), Arrival(2, 1, "zorg"))).play(engine)
    assert [(row.outcome, row.end, row.release) for row in seen[2]] == [("moved_on", 11, 16), ("reneged", 16, 16)]


@each_engine
def test_giving_up_releases_whatever_its_route_says(engine: str) -> None:
    network = indication(AGAIN, places=2).changed(node="loket", patience=ticks(5), renege=(Route("nazorg", keeps_on=True),))
    seen = Scene(network, (Arrival(1, 0, "zorg"), Arrival(2, 1, "zorg"))).play(engine)
    assert [(row.asked, row.end, row.release) for row in seen[2]] == [("zorg", 11, 16), ("loket", 16, 16), ("nazorg", 66, 66)]


# at most one


@each_engine
def test_keeping_a_second_place_releases_the_first(engine: str) -> None:
    nodes = (
        Node("a", stay=ticks(10), routes=(Route("b", keep="until_end"),), team="a"),
        Node("b", stay=ticks(10), routes=(Route("c", keep="until_end", keeps_on=True),), team="b"),
        Node("c", stay=ticks(10), routes=DONE, team="c"),
    )
    network = Network(nodes, teams=tuple(Team(name, places=1) for name in "abc"))
    seen = Scene(network, (Arrival(1, 0, "a"), Arrival(2, 1, "a"))).play(engine)
    assert [row.release for row in seen[1]] == [20, 30, 30]
    assert seen[2][0].start == 20


@each_engine
def test_a_place_is_kept_through_a_node_without_stay(engine: str) -> None:
    """The loket decides in no time: the old visit and the renewal meet in one tick."""
    network = indication(AGAIN, stay=Fixed(1.0)).changed(node="loket", stay=None)
    visits = Scene(network, (Arrival(1, 0, "zorg"),)).play(engine)[1]
    assert [(row.asked, row.entry, row.arrive, row.start, row.end) for row in visits[:3]] == [
        ("zorg", "external", 0, 0, DAY), ("loket", "from_node", DAY, DAY, DAY), ("zorg", "renewal", DAY, DAY, 2 * DAY),
    ]  # fmt: skip
    assert visits[0].release == DAY


@each_engine
def test_what_is_kept_at_the_horizon_has_ended_and_is_not_released(engine: str) -> None:
    network = shelter(flats=0)
    bed, flat = Scene(network, (Arrival(1, 0, "bed"),)).play(engine)[1]
    assert (bed.outcome, bed.end, bed.release, bed.next) == ("moved_on", 10, None, "flat")
    assert (flat.outcome, flat.start) == ("waiting", None)


@each_engine
def test_bridging_care_ends_with_a_next_visit_even_of_no_length(engine: str) -> None:
    network = shelter(stay=None, routes=DONE).changed(node="bed", stay=Fixed(1.0))
    bed, flat = Scene(network, (Arrival(1, 0, "bed"),)).play(engine)[1]
    assert (bed.end, bed.release, flat.end) == (DAY, DAY, DAY)
