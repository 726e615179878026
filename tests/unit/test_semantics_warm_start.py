"""Rule 11 of docs/semantics.md: who is there on the start date.

The checks of means are at fixed seeds; each allows 4.5 standard errors (false alarm of a fresh seed: 7 in a million).
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.draws.persons import Persons, draw_persons
from sim.engine import simulate
from sim.engine.visit_log import NULL
from sim.engine.visit_log import WARM as WARM_START
from tests.networks import (
    DAY,
    TICKS_PER_YEAR,
    Classes,
    Duration,
    Exponential,
    Fixed,
    Lognormal,
    Network,
    Node,
    PerSite,
    Route,
    Site,
    Team,
    Warm,
    each_engine,
)

pytestmark = pytest.mark.unit

DONE = (Route("klaar"),)
SEED = 11
ADULT = 1  # the age group of the cohorts: old enough never to have asked for help before birth


def cohort(warm: Warm, **node: object) -> Network:
    return Network((Node("zorg", **{"stay": Fixed(100.0), "routes": DONE, "warm": (warm,)} | node),), months=1, age_from=(0, 40, 60))


def present(warm: Warm, **node: object) -> Persons:
    return draw_persons(cohort(warm, **node).plan(), SEED)


def moments(stay: Duration) -> tuple[float, float]:
    """E[S] and E[S^2] in days, by numerical integration of the quantile function; independent of the product's tables."""
    u = (np.arange(4_000_000) + 0.5) / 4_000_000
    if isinstance(stay, Exponential):
        s = -float(stay.mean) * np.log1p(-u)  # type: ignore[arg-type]
    elif isinstance(stay, Lognormal):
        mean, cv = float(stay.mean), float(stay.cv)  # type: ignore[arg-type]
        if stay.cap is None:
            return mean, mean**2 * (1 + cv**2)
        s = stats.lognorm(np.sqrt(np.log1p(cv**2)), scale=mean / np.sqrt(1 + cv**2)).ppf(u)
    elif isinstance(stay, Classes):
        s = float(stay.scale) * np.interp(u, np.cumsum((0.0, *stay.share)), (0.0, *stay.upper))  # type: ignore[arg-type]
    else:
        s = np.full(len(u), float(stay.mean))  # type: ignore[arg-type]
    if stay.cap is not None:
        s = np.minimum(s, float(stay.cap))  # type: ignore[arg-type]
    return float(s.mean()), float((s**2).mean())


STAYS = (
    Fixed(100.0),
    Exponential(100.0),
    Exponential(100.0, cap=150.0),
    Lognormal(100.0, 0.6),
    Lognormal(100.0, 2.0),
    Lognormal(300.0, 1.5, cap=730.0),
    Classes((91.0, 183.0, 365.0, 1826.0), (0.3, 0.3, 0.25, 0.15)),
    Classes((91.0, 183.0, 365.0, 1826.0), (0.3, 0.3, 0.25, 0.15), scale=0.8, cap=700.0),
)


@pytest.mark.parametrize("stay", STAYS, ids=repr)
def test_the_rest_of_a_running_stay_is_length_biased(stay: Duration) -> None:
    """Mean time to go = mean time gone = E[S^2] / 2 E[S], the equilibrium residual of renewal theory."""
    who = present(Warm(in_care=100_000, age=ADULT), stay=stay)
    mean, square = moments(stay)
    for days in (who.end / DAY, -who.arrive / DAY):
        error = days.std() / np.sqrt(len(days))
        assert abs(days.mean() - square / (2 * mean)) < 4.5 * error + 1 / DAY, f"seed {SEED}: {days.mean():.3f} +- {error:.3f} days"


def test_the_rest_of_a_fixed_stay_is_uniform() -> None:
    who = present(Warm(in_care=50_000, age=ADULT))
    assert stats.kstest(who.end / DAY, "uniform", args=(0, 100)).pvalue > 1e-4
    whole = who.end - who.arrive
    assert whole.min() >= 100 * DAY
    assert whole.max() <= 100 * DAY + 2  # both ends are rounded outward to whole ticks


@each_engine
def test_exactly_the_given_numbers_are_in_care_and_waiting(engine: str) -> None:
    network = Network(
        (
            Node("a", stay=Fixed(50.0), routes=DONE, team="team", warm=(Warm(in_care=7, waiting=5), Warm(in_care=3, gebied=1, age=1))),
            Node("b", stay=Exponential(50.0), routes=DONE, team="team", warm=(Warm(waiting=4, age=1),)),
        ),
        teams=(Team("team", places=10),), gebieden=("noord", "zuid"), age_from=(0, 60), months=1,
    )  # fmt: skip
    plan = network.plan()
    log = simulate(plan, SEED, engine)
    first = log.visit == 0
    assert np.all(log.entry[first] == WARM_START)
    assert np.all(log.arrive[first] < 0)
    in_care = first & (log.start < 0) & (log.start != NULL)
    assert in_care.sum() == 10
    assert np.array_equal(log.start[in_care], log.arrive[in_care])
    assert [int((in_care & (log.asked == 0) & (log.gebied == g)).sum()) for g in (0, 1)] == [7, 3]
    waiting = first & ~in_care
    assert [int((waiting & (log.asked == node)).sum()) for node in (0, 1)] == [5, 4]
    assert np.all((log.start[waiting] == NULL) | (log.start[waiting] > 0))  # the ten places are all taken on the first day


def test_the_same_people_are_there_whoever_else_is() -> None:
    alone = present(Warm(in_care=20, waiting=10, age=ADULT))
    network = cohort(Warm(in_care=25, waiting=12, age=ADULT))
    other = Node("ander", stay=Fixed(3.0), routes=DONE, warm=(Warm(in_care=100),))
    together = draw_persons(Network((*network.nodes, other), months=1, age_from=network.age_from).plan(), SEED)
    there = np.isin(alone.id, together.id)
    assert there.all()
    at = np.searchsorted(together.id, alone.id)
    for field in ("birth", "arrive", "end", "deadline"):
        assert np.array_equal(getattr(alone, field), getattr(together, field)[at])


def test_arrivals_of_those_waiting_are_uniform_over_twice_the_mean_elapsed_wait() -> None:
    who = present(Warm(waiting=50_000, elapsed=45.0, age=ADULT))
    assert stats.kstest(-who.arrive / DAY, "uniform", args=(0, 90)).pvalue > 1e-4
    error = 90 / np.sqrt(12 * 50_000)
    assert abs(-who.arrive.mean() / DAY - 45) < 4.5 * error
    assert np.all(who.end == -1)


@pytest.mark.parametrize("patience", [Exponential(70.0), Fixed(100.0), Lognormal(60.0, 1.2)], ids=repr)
def test_patience_is_conditional_on_the_wait_so_far(patience: Duration) -> None:
    who = present(Warm(waiting=50_000, elapsed=45.0, age=ADULT), patience=patience)
    elapsed, whole = -who.arrive / DAY, (who.deadline - who.arrive) / DAY
    assert np.all(whole > elapsed)
    if isinstance(patience, Fixed):
        assert np.allclose(whole, 100.0, atol=1 / DAY)
        return
    if isinstance(patience, Exponential):
        survival = np.exp(-elapsed / 70), np.exp(-whole / 70)
    else:
        law = stats.lognorm(np.sqrt(np.log1p(1.2**2)), scale=60 / np.sqrt(1 + 1.2**2))
        survival = law.sf(elapsed), law.sf(whole)
    # given the wait so far, S(patience) / S(elapsed) is uniform; tested per tenth of the elapsed waits
    for part in np.array_split(np.argsort(elapsed), 10):
        assert stats.kstest(survival[1][part] / survival[0][part], "uniform").pvalue > 1e-4


def test_nobody_waits_beyond_the_longest_patience_for_nothing() -> None:
    who = present(Warm(waiting=1000, elapsed=45.0, age=ADULT), patience=Fixed(30.0))
    assert who.deadline.min() >= 1  # who has waited longer than anybody would gives up, but not before the start


def test_birth_dates_respect_the_age_group_and_the_age_limit() -> None:
    who = present(Warm(in_care=20_000, age=ADULT), age_limit=50)
    age = -who.birth / TICKS_PER_YEAR
    assert stats.kstest(age, "uniform", args=(40, 10)).pvalue > 1e-4
    assert np.all(who.birth + 50 * TICKS_PER_YEAR > 0)
    assert np.all(who.birth + 40 * TICKS_PER_YEAR <= 0)


@each_engine
def test_people_present_are_at_the_sites_of_their_gebied_in_proportion_to_the_weights(engine: str) -> None:
    sites = (Site("a", serves=(0,), weight=1.0), Site("b", serves=(0,), weight=3.0), Site("c", serves=(1,)))
    network = Network(
        (Node("zorg", stay=Fixed(100.0), routes=DONE, team="team", warm=(Warm(in_care=4000), Warm(in_care=50, gebied=1))),),
        teams=(Team("team", places=PerSite((10_000, 10_000, 10_000)), sites=sites),), gebieden=("noord", "zuid"), months=1,
    )  # fmt: skip
    plan = network.plan()
    log = simulate(plan, SEED, engine)
    counts = np.bincount(log.asked[log.gebied == 0], minlength=3)
    assert counts[2] == 0
    assert counts.sum() == 4000
    assert abs(counts[1] - 3000) < 4.5 * np.sqrt(4000 * 0.75 * 0.25)
    assert np.all(log.asked[log.gebied == 1] == 2)


@each_engine
def test_a_warm_start_above_capacity_drains(engine: str) -> None:
    network = cohort(Warm(in_care=30, waiting=3, age=ADULT), team="team")
    network = Network(network.nodes, teams=(Team("team", places=5),), months=3, age_from=network.age_from)
    log = simulate(network.plan(), SEED, engine)
    ends = np.sort(log.end[(log.start < 0) & (log.start != NULL) & (log.end != NULL)])
    started = np.sort(log.start[log.start > 0])
    assert len(ends) > 26
    assert started[0] == ends[25]  # the 26th to leave brings the number down to four
