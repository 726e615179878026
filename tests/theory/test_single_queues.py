"""One team, one list: M/M/1, M/M/c, M/M/c with impatience, M/G/1, two urgency classes, M/G/infinity."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from sim.engine import simulate
from tests.networks import DAY, Classes, Duration, Exponential, Fixed, Lognormal, Network, Node, Route, Stream, Team, Warm, each_engine
from tests.theory import formulas
from tests.theory.estimation import FALSE_ALARM, Observed

pytestmark = pytest.mark.theory

DONE = (Route("klaar"),)


def queue(places: float | None, rate: float, visits: int, stay: Duration, **node: object) -> Network:
    """Poisson arrivals at one team, long enough for so many visits."""
    return Network(
        (Node("zorg", stay=stay, routes=DONE, team="team", **node),),  # type: ignore[arg-type]
        teams=(Team("team", places=places),),
        streams=(Stream("vraag", to="zorg", per_day=rate),),
        months=round(visits / rate / 30.4375),
    )


@each_engine
def test_one_place(engine: str) -> None:
    """M/M/1: mean wait, share that waits, tail of the wait, occupancy."""
    rate, stay, wrong = 2.5, 0.2, 0.2 * 1.05
    seen = Observed.of(queue(1, rate, 60_000, Exponential(stay)), engine, seed=1)
    seen.agrees("arrivals per day", seen.arrivals_per_day(), rate, rate * 1.05)
    seen.agrees("mean wait", seen.by_arrival(seen.wait), formulas.mmc_wait(1, rate, stay), formulas.mmc_wait(1, rate, wrong))
    seen.agrees("share waiting", seen.by_arrival((seen.wait > 0) * 1.0), rate * stay, rate * wrong)
    seen.agrees("occupancy", seen.number("start", "release"), rate * stay, rate * wrong)
    tail = [formulas.mmc_waits_longer(1, rate, s, 0.5) for s in (stay, wrong)]
    seen.agrees("share waiting more than half a day", seen.by_arrival((seen.wait > 0.5) * 1.0), *tail)


@each_engine
def test_several_places(engine: str) -> None:
    """M/M/4: mean wait, share that waits (Erlang C), number waiting (Little)."""
    c, rate, stay, wrong = 4, 2.4, 1.0, 1.05
    seen = Observed.of(queue(c, rate, 50_000, Exponential(stay)), engine, seed=2)
    seen.agrees("mean wait", seen.by_arrival(seen.wait), formulas.mmc_wait(c, rate, stay), formulas.mmc_wait(c, rate, wrong))
    late = seen.by_arrival((seen.wait > 0) * 1.0)
    seen.agrees("share waiting", late, formulas.erlang_c(c, rate * stay), formulas.erlang_c(c, rate * wrong))
    number = [rate * formulas.mmc_wait(c, rate, s) for s in (stay, wrong)]
    seen.agrees("number waiting", seen.number("arrive", "start"), *number)
    seen.agrees("number in care", seen.number("start", "release"), rate * stay, rate * wrong)


@each_engine
def test_impatience(engine: str) -> None:
    """M/M/5+M under more demand than there are places (Erlang A): who gives up, how long all wait, who starts at once."""
    c, rate, stay, patience = 5, 6.0, 1.0, 2.0
    seen = Observed.of(queue(c, rate, 50_000, Exponential(stay), patience=Exponential(patience)), engine, seed=3)
    right, wrong = formulas.erlang_a(c, rate, stay, patience), formulas.erlang_a(c, rate, stay * 1.05, patience)
    gave_up = np.isnan(seen.days("start"))
    for what, values, i in (("share giving up", gave_up, 0), ("mean wait", seen.wait, 1), ("share starting at once", seen.wait == 0, 2)):
        seen.agrees(what, seen.by_arrival(values * 1.0), right[i], wrong[i])


STAYS = [
    pytest.param(Fixed(0.5), 0.5, 0.25, 30_000, id="fixed"),
    pytest.param(Classes((0.2, 1.0, 2.0), (0.5, 0.3, 0.2)), 0.53, 0.02 / 3 + 0.124 + 7 / 15, 40_000, id="classes"),
    pytest.param(Lognormal(0.5, 1.2), 0.5, 0.25 * (1 + 1.2**2), 70_000, id="lognormal"),
]


@each_engine
@pytest.mark.parametrize(("stay", "mean", "square", "visits"), STAYS)
def test_any_stay_at_one_place(engine: str, stay: Duration, mean: float, square: float, visits: int) -> None:
    """M/G/1: the Pollaczek-Khinchine formula."""
    rate = 0.6 / mean
    seen = Observed.of(queue(1, rate, visits, stay), engine, seed=4)
    wait, wrong = formulas.mg1_wait(rate, mean, square), formulas.mg1_wait(rate, mean * 1.05, square * 1.05**2)
    seen.agrees("mean stay", seen.by_arrival(seen.days("end") - seen.days("start")), mean, mean * 1.05)
    seen.agrees("mean wait", seen.by_arrival(seen.wait), wait, wrong)


@each_engine
def test_two_urgency_classes(engine: str) -> None:
    """Non-preemptive priority (Cobham); the number waiting in all obeys the conservation law of Kleinrock."""
    rate, stay, urgent = 3.0, 0.2, 0.35

    def waits(stay: float, urgent: float) -> tuple[float, ...]:
        return formulas.cobham((rate * urgent, rate * (1 - urgent)), stay, 2 * stay**2)

    seen = Observed.of(queue(1, rate, 65_000, Exponential(stay), urgency=(urgent, 1 - urgent)), engine, seed=5)
    hoog = seen.log.urgency_arrival == 0
    seen.agrees("share urgent", seen.by_arrival(hoog * 1.0), urgent, urgent * 1.05)
    right, wrong = waits(stay, urgent), waits(stay * 1.05, urgent)
    seen.agrees("mean wait, urgent", seen.by_arrival(seen.wait, hoog), right[0], wrong[0])
    seen.agrees("mean wait, not urgent", seen.by_arrival(seen.wait, ~hoog), right[1], wrong[1])


@each_engine
@pytest.mark.parametrize("stay", [Fixed(1.0), Classes((0.4, 1.0, 2.0), (0.4, 0.2, 0.4))], ids=["fixed", "classes"])
def test_unlimited_places(engine: str, stay: Duration) -> None:
    """M/G/infinity: the number in care is Poisson with mean rate x E[S], whatever the stay.

    Snapshots lie further apart than the longest stay and gebieden do not touch, so all counts are independent.
    """
    rate, gebieden = 0.6, 12
    mean = 1.0 if isinstance(stay, Fixed) else 0.4 * 0.2 + 0.2 * 0.7 + 0.4 * 1.5
    network = Network(
        (Node("zorg", stay=stay, routes=DONE),),
        streams=(Stream("vraag", to="zorg", per_day=rate),),
        gebieden=tuple(f"gebied {g}" for g in range(gebieden)),
        months=130,
    )
    seen = Observed.of(network, engine, seed=6)
    seen.agrees("number in care", seen.number("start", "end"), rate * mean * gebieden, rate * mean * gebieden * 1.05)

    longest = float(stay.mean) if isinstance(stay, Fixed) else stay.upper[-1]  # type: ignore[arg-type, union-attr]
    moments = np.arange(10.0, seen.plan.horizon / DAY - 1, longest + 0.01)
    start, end = seen.days("start"), np.nan_to_num(seen.days("end"), nan=np.inf)
    counts = np.concatenate(
        [
            np.searchsorted(np.sort(start[here]), moments, side="right") - np.searchsorted(np.sort(end[here]), moments, side="right")
            for here in (seen.log.gebied == g for g in range(gebieden))
        ]
    )
    m, n = rate * mean, len(counts)
    agree = 4.0 * sqrt((1 / m + 2) / n)  # relative standard error of the variance of n Poisson counts
    assert abs(counts.var() / m - 1) < agree < 0.1, f"seed 6: variance {counts.var():.4f}, mean {m:.4f}"
    frequency = np.bincount(np.minimum(counts, 4), minlength=5)
    law = stats.poisson(m)
    expected = n * np.array([*law.pmf(range(4)), law.sf(3)])
    assert stats.chisquare(frequency, expected).pvalue > FALSE_ALARM, f"seed 6: {frequency} against {expected.round()}"


@each_engine
def test_a_warm_start_is_in_balance_from_the_first_day(engine: str) -> None:
    """Who is in care on the start date leaves at the rate at which others come: M/G/infinity stays stationary, for a heavy-tailed stay.

    One run per gebied; the mean number in care and the flow out are compared in the first month and in the first year.
    """
    rate, mean, cv, groups = 1.0, 200.0, 1.5, 30
    network = Network(
        (Node("zorg", stay=Lognormal(mean, cv), routes=DONE, warm=tuple(Warm(in_care=200, gebied=g, age=1) for g in range(groups))),),
        streams=(Stream("vraag", to="zorg", per_day=rate),),
        gebieden=tuple(f"gebied {g}" for g in range(groups)),
        age_from=(0, 60), months=13,
    )  # fmt: skip
    network = network.changed(stream="vraag", per_day=rate / 2)  # in both age groups
    plan = network.plan()
    log = simulate(plan, 7, engine)
    for days in (31, 365):
        out = np.bincount(log.gebied[(log.end >= 0) & (log.end < days * DAY)], minlength=groups) / days
        error = out.std(ddof=1) / sqrt(groups)
        t = stats.t.ppf(1 - FALSE_ALARM / 2, groups - 1)
        assert abs(out.mean() - rate) < t * error, f"seed 7: {out.mean():.4f} leave per day in {days} days, {rate} expected, SE {error:.4f}"
    assert t * error < 0.04


def test_the_theory_knows_textbook_values() -> None:
    """Erlang's own tables and limits: the yardstick is right."""
    assert formulas.erlang_c(1, 0.6) == pytest.approx(0.6)
    assert formulas.erlang_c(10, 8.0) == pytest.approx(0.4092, abs=1e-4)
    gave_up, wait, at_once = formulas.erlang_a(5, 6.0, 1.0, 1e-6)  # no patience at all: Erlang B
    assert gave_up == pytest.approx(0.36040, abs=1e-4)
    assert wait == pytest.approx(0.0, abs=1e-5)
    assert at_once == pytest.approx(1 - gave_up, abs=1e-4)
    assert formulas.mg1_wait(0.6, 1.0, 2.0) == pytest.approx(formulas.mmc_wait(1, 0.6, 1.0))
    assert sum(w * r for w, r in zip(formulas.cobham((0.2, 0.4), 1.0, 2.0), (0.2, 0.4), strict=True)) == pytest.approx(0.6 * 1.5)
