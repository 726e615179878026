"""Several steps of care: tandem, re-indication, blocked beds, dwellings, pooled teams, places that change, promotion, age limits."""

from __future__ import annotations

from dataclasses import fields
from math import exp

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import simpson

from sim.engine import simulate
from sim.engine.visit_log import AGED_OUT, NULL, RENEWAL
from tests.networks import DAY, Exponential, Fixed, Network, Node, Pool, Route, Site, Stream, Supply, Team, Warm, each_engine
from tests.theory import formulas
from tests.theory.estimation import BATCHES, Observed, agrees, person_time

pytestmark = pytest.mark.theory

DONE = (Route("klaar"),)


def months_for(visits: int, rate: float) -> int:
    return round(visits / rate / 30.4375)


@each_engine
def test_two_steps_in_line(engine: str) -> None:
    """Tandem of M/M/2 and M/M/1 (Burke): the second step waits as if alone, and the two are empty independently (Jackson)."""
    rate, first, second = 2.5, 0.4, 0.2
    network = Network(
        (
            Node("eerst", stay=Exponential(first), routes=(Route("daarna"),), team="twee"),
            Node("daarna", stay=Exponential(second), routes=DONE, team="een"),
        ),
        teams=(Team("twee", places=2), Team("een", places=1)),
        streams=(Stream("vraag", to="eerst", per_day=rate),),
        months=months_for(70_000, rate),
    )
    seen = Observed.of(network, engine, seed=21)
    for step, c, stay in (("eerst", 2, first), ("daarna", 1, second)):
        wait, wrong = formulas.mmc_wait(c, rate, stay), formulas.mmc_wait(c, rate, stay * 1.05)
        seen.agrees(f"mean wait at {step}", seen.by_arrival(seen.wait, seen.at(step)), wait, wrong)
    # both empty at once, at moments half a day apart
    moments = np.arange(seen.edges[0], seen.edges[-1], 0.5)
    present = [np.zeros(len(moments)), np.zeros(len(moments))]
    for i, step in enumerate(("eerst", "daarna")):
        here = seen.at(step)
        for column, sign in (("arrive", 1), ("release", -1)):
            times = np.sort(np.nan_to_num(seen.days(column)[here], nan=np.inf))
            present[i] += sign * np.searchsorted(times, moments, side="right")
    empty = [(n == 0).astype(float) for n in present]

    def p0(first: float, second: float) -> float:
        return (1 - rate * first / 2) / (1 + rate * first / 2) * (1 - rate * second)

    both = [part.mean() for part in np.array_split(empty[0] * empty[1], BATCHES)]
    seen.agrees("share of time that both are empty", np.array(both), p0(first, second), p0(first * 1.05, second * 1.05))


@each_engine
def test_re_indication(engine: str) -> None:
    """A closed loop: care of any length, then a loket with a queue while care is kept, again and again with probability p.

    Renewals are geometric; the loket sees product form (M/M/2 at rate x 1/(1-p), as care has unlimited places); the number in care and kept
    follows from Little.
    """
    rate, again, care, desk = 1.6, 0.6, 4.0, 0.25
    network = Network(
        (
            Node("zorg", stay=Fixed(care), routes=(Route("loket", keep="until_end"),)),
            Node("loket", stay=Exponential(desk), routes=(Route("zorg", again), Route("klaar", 1 - again)), team="loket"),
        ),
        teams=(Team("loket", places=2),),
        streams=(Stream("vraag", to="zorg", per_day=rate),),
        months=months_for(26_000, rate),
    )
    seen = Observed.of(network, engine, seed=22)
    zorg, loket = seen.at("zorg"), seen.at("loket")
    spells = 1 / (1 - again)

    def waits(stay: float) -> float:
        return formulas.mmc_wait(2, rate * spells, stay)

    seen.agrees("mean wait at the loket", seen.by_arrival(seen.wait, loket), waits(desk), waits(desk * 1.05))
    assert not np.any(seen.wait[zorg] > 0)  # a renewal never waits, and places are unlimited
    stock = rate * spells * (care + desk + waits(desk))
    seen.agrees("number in care or kept", seen.number("start", "release", zorg), stock, stock * 1.05)
    kept = rate * spells * (desk + waits(desk))
    seen.agrees("number kept", seen.number("end", "release", zorg), kept, rate * spells * (desk * 1.05 + waits(desk * 1.05)))

    # spells per person, of those who came in the first half: complete with near certainty
    person, renewals = seen.log.person[zorg], (seen.log.entry[zorg] == RENEWAL) * 1
    order = np.argsort(person, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(person[order].astype(object)) != 0])
    counts = np.add.reduceat(renewals[order], starts)
    came = np.minimum.reduceat(seen.days("arrive")[zorg][order], starts)
    counts = counts[came < seen.edges[-1] / 2]
    frequency = np.bincount(np.minimum(counts, 12), minlength=13)
    law = [*((1 - again) * again ** np.arange(12)), again**12]
    assert stats.chisquare(frequency, len(counts) * np.array(law)).pvalue > 2e-4, f"seed 22: {frequency}"


@each_engine
def test_blocked_beds(engine: str) -> None:
    """Four beds, each kept until the single flat is free: the mean wait for a bed and the number of blocked beds, from the Markov chain.

    State (m, n): m people waiting for or in a bed, n in or waiting for the flat; of these n - 1 block a bed.
    """
    beds, rate = 4, 1.3

    def chain(care: float, flat: float) -> tuple[float, float, float]:
        """(mean wait for a bed, share waiting for a bed, blocked beds)."""
        rates = {}
        for m in range(120):
            for n in range(beds + 2):
                blocked = max(0, n - 1)
                cared = min(m, beds - blocked)
                if m < 119:
                    rates[(m, n), (m + 1, n)] = rate
                if cared:
                    rates[(m, n), (m - 1, n + 1)] = cared / care
                if n:
                    rates[(m, n), (m, n - 1)] = 1 / flat
        p = formulas.stationary(rates)
        waiting = sum(q * max(0, m - (beds - max(0, n - 1))) for (m, n), q in p.items())
        full = sum(q for (m, n), q in p.items() if m >= beds - max(0, n - 1))
        return waiting / rate, full, sum(q * max(0, n - 1) for (_, n), q in p.items())

    care, flat = 1.0, 0.4
    network = Network(
        (
            Node("bed", stay=Exponential(care), routes=(Route("flat", keep="until_start"),), team="opvang"),
            Node("flat", stay=Exponential(flat), routes=DONE, team="wonen"),
        ),
        teams=(Team("opvang", places=beds), Team("wonen", places=1)),
        streams=(Stream("vraag", to="bed", per_day=rate),),
        months=months_for(40_000, rate),
    )
    seen = Observed.of(network, engine, seed=23)
    right, wrong = chain(care, flat), chain(care * 1.05, flat * 1.05)
    bed = seen.at("bed")
    unblocked = formulas.mmc_wait(beds, rate, care)  # the fault that counts here: a kept bed taken for free
    seen.agrees("mean wait for a bed", seen.by_arrival(seen.wait, bed), right[0], unblocked)
    seen.agrees("share waiting for a bed", seen.by_arrival((seen.wait > 0) * 1.0, bed), right[1], wrong[1])
    seen.agrees("blocked beds", seen.number("end", "release", bed), right[2], wrong[2])


@each_engine
def test_dwellings(engine: str) -> None:
    """Units evenly spread over the month, those not used lapse: the list at each month's end is Q' = max(0, Q + arrivals - units), exactly.

    Its mean is that of the Markov chain of this recursion, with the length of each month.
    """
    rate, units, months = 0.29, 10, 1200
    network = Network(
        (Node("woning", routes=DONE),),
        supplies=(Supply("woningen", (("woning", 1.0),), units=units),),
        streams=(Stream("vraag", to="woning", per_day=rate),),
        months=months,
    )
    plan = network.plan()
    log = simulate(plan, 24, engine)
    came = np.diff(np.searchsorted(np.sort(log.arrive), plan.months))
    started = np.diff(np.searchsorted(np.sort(log.start[log.start >= 0]), plan.months))
    queue, lists, law, expected = 0, [], np.eye(1, 400).ravel(), []
    for month, arrivals in enumerate(came.tolist()):
        assert started[month] == min(queue + arrivals, units), f"seed 24, month {month}"
        queue = max(0, queue + arrivals - units)
        lists.append(queue)
        days = (plan.months[month + 1] - plan.months[month]) / DAY
        law = np.convolve(law, stats.poisson(rate * days).pmf(range(80)))
        law = np.r_[law[: units + 1].sum(), law[units + 1 :]][:400]
        expected.append(float(np.arange(400) @ law))
    off = np.array([part.mean() for part in np.array_split(np.array(lists) - np.array(expected), BATCHES)])
    agrees(f"list at the month's end less its expectation of {np.mean(expected):.2f} [{engine}, seed 24]", off, 0.0)


def four_teams(*, pooled: str | None, rate: float, stay: float, visits: int) -> Network:
    sites = tuple(Site(f"team {g}", serves=(g,)) for g in range(4))
    pools = (Pool("samen", ("zorg",), **{pooled: 1.0}),) if pooled else ()  # type: ignore[arg-type]
    return Network(
        (Node("zorg", stay=Exponential(stay), routes=DONE, team="team"),),
        teams=(Team("team", places=1, sites=sites),),
        streams=(Stream("vraag", to="zorg", per_day=rate),),
        gebieden=tuple(f"gebied {g}" for g in range(4)),
        pools=pools,
        months=months_for(visits, 4 * rate),
    )


@each_engine
def test_separate_queues(engine: str) -> None:
    """Four teams with a list each: four times M/M/1."""
    rate, stay = 1.2, 0.5
    seen = Observed.of(four_teams(pooled=None, rate=rate, stay=stay, visits=45_000), engine, seed=25)
    seen.agrees("mean wait", seen.by_arrival(seen.wait), formulas.mmc_wait(1, rate, stay), formulas.mmc_wait(1, rate, stay * 1.05))


@each_engine
def test_pooled_queues(engine: str) -> None:
    """The same four teams with one list: M/M/4. Where the first visits are pooled already, merged lists and pooled inflow are the same."""
    rate, stay = 1.2, 0.5
    merge, inflow = (simulate(four_teams(pooled=how, rate=rate, stay=stay, visits=3000).plan(), 25, engine) for how in ("merge", "inflow"))
    assert all(np.array_equal(getattr(merge, f.name), getattr(inflow, f.name)) for f in fields(merge))
    seen = Observed.of(four_teams(pooled="merge", rate=rate, stay=stay, visits=45_000), engine, seed=25)
    seen.agrees("mean wait", seen.by_arrival(seen.wait), formulas.mmc_wait(4, 4 * rate, stay), formulas.mmc_wait(4, 4 * rate, stay * 1.05))
    wait, wrong = formulas.erlang_c(4, 4 * rate * stay), formulas.erlang_c(4, 4 * rate * stay * 1.05)
    seen.agrees("share waiting", seen.by_arrival((seen.wait > 0) * 1.0), wait, wrong)


REPLICATIONS = 36


@each_engine
def test_a_drop_and_a_rise_of_places(engine: str) -> None:
    """Unlimited places, 150 after a month, plenty after two: draining, the list that grows, and the burst of starts, in the mean.

    Nobody starts after the drop until those in care, a pure death process, are down to 150; from then on 150 / stay leave per day and the
    list grows by the rest. So E[list] = E[there at the drop] + arrivals - E[departures] - E[in care], exactly but for the rare runs with
    fewer than 150 at the drop.
    """
    rate, few, present = 20.0, 150, 200
    first, last = 31.0, 59.0  # days of the drop and of the rise

    def theory(stay: float) -> tuple[float, float]:
        """(List at the rise, departures between drop and rise)."""

        def in_care(t: float) -> float:
            """E[max(few, those there at the drop and still there t days later)]: of the first 200 some are left, the others are Poisson."""
            old = stats.binom(present, exp(-(first + t) / stay)).pmf(range(60))
            new = stats.poisson(rate * stay * (1 - exp(-first / stay)) * exp(-t / stay)).pmf(range(400))
            law = np.convolve(old, new)
            return float(np.maximum(few, np.arange(len(law))) @ law)

        there = present * exp(-first / stay) + rate * stay * (1 - exp(-first / stay))
        grid = np.linspace(0.0, last - first, 201)
        left = float(simpson([in_care(float(t)) for t in grid], x=grid)) / stay
        return there + rate * (last - first) - left - in_care(last - first), left

    stay = 10.0
    network = Network(
        (Node("zorg", stay=Exponential(stay), routes=DONE, team="team", warm=(Warm(in_care=present, age=1),)),),
        teams=(Team("team", places=(2.0**30, few, 1000)),),
        streams=(Stream("vraag", to="zorg", per_day=rate, age=1),),
        age_from=(0, 60), months=3,
    )  # fmt: skip
    plan = network.plan()
    drop, rise = (int(plan.months[m]) for m in (1, 2))
    assert (drop / DAY, rise / DAY) == (first, last)
    measured: dict[str, list[float]] = {"list": [], "left": []}
    for seed in range(REPLICATIONS):
        log = simulate(plan, seed, engine)
        start = np.where(log.start == NULL, plan.horizon, log.start)
        end = np.where(log.end == NULL, plan.horizon, log.end)
        waiting = (log.arrive < rise) & (start >= rise)
        assert (start == rise).sum() == waiting.sum(), f"seed {seed}: all who wait start in the tick of the rise"
        assert ((start < rise) & (end >= rise)).sum() <= few + 1, f"seed {seed}"
        more = ((log.arrive >= drop) & (log.arrive < rise)).sum() - rate * (last - first)  # known mean 0: takes out the luck of demand
        measured["list"].append(float(waiting.sum() - more))
        measured["left"].append(float(((end >= drop) & (end < rise)).sum()))
    for i, what in enumerate(measured):
        label = f"{what} at the rise [{engine}, seeds 0 to {REPLICATIONS - 1}]"
        agrees(label, np.array(measured[what]), theory(stay)[i], theory(stay * 1.05)[i])


@each_engine
def test_places_before_and_after_a_step(engine: str) -> None:
    """M/M/2 for half the time and M/M/3 for the rest: both waits are those of their own number of places."""
    rate, stay = 1.5, 0.8
    months = months_for(60_000, rate)
    network = Network(
        (Node("zorg", stay=Exponential(stay), routes=DONE, team="team"),),
        teams=(Team("team", places=(2.0,) * (months // 2) + (3.0,)),),
        streams=(Stream("vraag", to="zorg", per_day=rate),),
        months=months,
    )
    seen = Observed.of(network, engine, seed=26)
    waits = seen.by_arrival(seen.wait)
    step = seen.plan.months[months // 2] / DAY
    before, after = seen.edges[1:] < step, seen.edges[:-1] > step + 50
    for places, which in ((2, before), (3, after)):
        fault = formulas.mmc_wait(places, rate, stay * 1.1)  # half the run each: a fault of 10 per cent
        seen.agrees(f"mean wait with {places} places", waits[which], formulas.mmc_wait(places, rate, stay), fault)


@each_engine
def test_promotion_bounds_the_wait(engine: str) -> None:
    """Somebody promoted after T is never overtaken by who came later than T after him; promoted at once, all wait as in one queue.

    Without promotion the less urgent would wait 1 / (1 - load) = 2.5 times as long as the urgent (Cobham).
    """
    rate, stay, patience = 3.0, 0.2, 1.0

    def network(after: float, visits: int) -> Network:
        return Network(
            (Node("zorg", stay=Exponential(stay), routes=DONE, team="team", urgency=(0.5, 0.5), promote_after=after),),
            teams=(Team("team", places=1),),
            streams=(Stream("vraag", to="zorg", per_day=rate),),
            months=months_for(visits, rate),
        )

    log = simulate(network(patience, 12_000).plan(), 27, engine)
    started = log.start >= 0
    arrive, start, low = log.arrive[started], log.start[started], log.urgency_arrival[started] == 1
    order = np.argsort(start, kind="stable")
    # nobody starts before a less urgent person who arrived more than T earlier: at each start, the earliest such arrival yet to start
    waiting_low = np.where(low[order], arrive[order], np.iinfo(np.int64).max)
    earliest_later = np.minimum.accumulate(waiting_low[::-1])[::-1]
    overtaken_by = arrive[order] - earliest_later
    assert overtaken_by.max() <= patience * DAY, "seed 27"
    assert overtaken_by.max() > 0.9 * patience * DAY  # overtaking within T does happen
    low_share = (log.urgency_start[started][low] == 0).mean()
    assert 0.02 < low_share < 0.5

    seen = Observed.of(network(1 / DAY, 45_000), engine, seed=28)
    wait, wrong = formulas.mmc_wait(1, rate, stay), formulas.mmc_wait(1, rate, stay * 1.05)
    for urgency in (0, 1):
        seen.agrees(f"mean wait of class {urgency}", seen.by_arrival(seen.wait, seen.log.urgency_arrival == urgency), wait, wrong)


@each_engine
def test_age_limits(engine: str) -> None:
    """Ages uniform on 0 to 6 and an exponential stay: the share that turns 6 first, and the number in care (M/G/infinity).

    Care lasts years, so batches of time would not be independent; thirty gebieden are.
    """
    rate, years, limit, groups, span = 0.08, 2.5, 6.0, 30, 44
    network = Network(
        (Node("jeugd", stay=Exponential(years * 365.25), routes=DONE, age_limit=limit),),
        streams=(Stream("vraag", to="jeugd", per_day=rate, age=0),),
        age_from=(0, 6), gebieden=tuple(f"gebied {g}" for g in range(groups)), months=12 * span,
    )  # fmt: skip
    plan = network.plan()
    log = simulate(plan, 29, engine)

    def theory(years: float) -> tuple[float, float]:
        aged = years / limit * (1 - exp(-limit / years))
        # E[min(S, R)], R uniform on 0..limit: the integral of exp(-x / years) (1 - x / limit)
        together = years - years**2 / limit * (1 - exp(-limit / years))
        return aged, rate * together * 365.25

    begin, until = limit * 365.25, float(plan.horizon) / DAY  # it began empty; who came six years before the end has left
    arrive, end = log.arrive / DAY, np.where(log.end == NULL, np.inf, log.end / DAY)
    shares, numbers = [], []
    for g in range(groups):
        here = log.gebied == g
        shares.append(float((log.outcome[here & (arrive < until - begin)] == AGED_OUT).mean()))
        numbers.append(person_time(arrive[here], end[here], begin, until) / (until - begin))
    label = f"[{engine}, seed 29]"
    right, wrong = theory(years), theory(years * 1.05)
    agrees(f"share reaching the limit {label}", np.array(shares), right[0], wrong[0])
    agrees(f"number in care {label}", np.array(numbers), right[1], right[1] * 1.05)
    old = log.outcome == AGED_OUT
    assert np.all(log.end[old] - log.birth[old] == round(limit * 365.25 * DAY))  # to the tick


def test_person_time_is_what_intervals_share_with_a_period() -> None:
    first, last = np.array([0.0, 2.0, 5.0, -3.0]), np.array([1.0, np.inf, 6.0, 10.0])
    assert person_time(first, last, 0.5, 5.5) == pytest.approx(0.5 + 3.5 + 0.5 + 5.0)
