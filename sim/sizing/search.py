"""The least capacity of every lever in one replication: an integer search in which all brackets move at once.

The same people with the same luck come to every run of a replication, so what differs between two runs is the capacity. Each lever has its
own bracket (the largest capacity known to fail, the smallest known to do) and looks next where the line through its ends, on the logit
scale of the share, crosses the share asked. All levers move in one run of the whole chain; it ends when every bracket is one unit wide.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.plan.plan import TICKS_PER_DAY
from sim.sizing.bracket import least_places
from sim.sizing.question import Question
from sim.sizing.target import UNITS
from sim.sizing.world import Observed, World, observe, run

I64 = NDArray[np.int64]
STEEPNESS = 11.0  # of the logit of the share in the logarithm of the capacity, where only one end of a bracket is known yet
PLAIN_RUNS = 6  # of reading the line, after which brackets are halved
UNREACHED = -1


@dataclass(frozen=True)
class Least:
    """The least capacity of each lever in one replication (``UNREACHED`` where none up to the limit will do), and the runs it took."""

    amounts: I64
    runs: int


Run = Callable[[I64], Observed]


def approximation(world: World, seen: Observed) -> I64:
    """First guess for each lever from one run with the capacities as they are.

    Erlang C on the work an arrival brings, halfway (in proportion) to what the share that is met now suggests.
    """
    question, guesses = world.question, []
    aim = _logit(question.share, 1)
    days = 366 if question.year % 4 == 0 else 365
    for i, lever in enumerate(world.target.levers):
        per_day = int(seen.arrivals[i]) / days
        now = max(lever.now, 1.0)
        if lever.unit == UNITS:  # a unit is used up by the person it starts
            share = int(seen.places[i]) / max(now * 12, 1.0)
            guesses.append(math.ceil(per_day * days / 12 / max(share, 0.01)))
            continue
        load = max(int(seen.work[i]) / days / TICKS_PER_DAY, 1e-9)
        started = max(int(seen.answered[i]), 1) / days  # what takes places now came from those who were answered, not from all
        service = load / started
        norm = (question.norm.ticks / TICKS_PER_DAY) if question.norm is not None else service
        wanted = least_places(per_day * service, service, norm, min(question.share, 0.999))
        by_theory = wanted / max(int(seen.places[i]) / now, 1e-9)
        step = (aim - _logit(int(seen.within[i]), int(seen.base[i]))) / STEEPNESS
        guesses.append(max(1, round(math.sqrt(by_theory * now * math.exp(min(max(step, -0.7), 0.7))))))
    return np.array(guesses, np.int64)


def search(question: Question, run_at: Run, first: I64, most: I64) -> Least:
    """Every lever's least capacity between 1 and ``most``, from a first guess; what neither does nor fails anywhere is decided by runs."""
    n = len(first)
    low, high = np.zeros(n, np.int64), np.full(n, UNREACHED, np.int64)
    low_logit, high_logit = np.full(n, np.nan), np.full(n, np.nan)
    at, runs = np.clip(first, 1, most), 0
    aim = _logit(question.share, 1)
    while True:
        seen = run_at(at)
        runs += 1
        for i in range(n):
            base, within = int(seen.base[i]), int(seen.within[i])
            if question.met(within, base):
                if high[i] == UNREACHED or at[i] < high[i]:
                    high[i], high_logit[i] = at[i], _logit(within, base)
            elif at[i] > low[i]:
                low[i], low_logit[i] = at[i], _logit(within, base)
        given_up = (high == UNREACHED) & (low >= most)
        done = given_up | ((high != UNREACHED) & (high - low <= 1))
        if done.all():
            return Least(np.where(given_up, UNREACHED, high), runs)
        at = np.array([
            (most[i] if given_up[i] else high[i]) if done[i]
            else _next(int(low[i]), int(high[i]), float(low_logit[i]), float(high_logit[i]), aim, int(most[i]), runs < PLAIN_RUNS)
            for i in range(n)
        ])  # fmt: skip


def _next(low: int, high: int, low_logit: float, high_logit: float, aim: float, most: int, by_line: bool) -> int:
    """Where a bracket looks next, strictly inside it; ``high`` UNREACHED: nothing has done yet, ``low_logit`` NaN: nothing failed yet."""
    if high == UNREACHED:
        step = math.exp(min(max(aim - low_logit, 0.5) / STEEPNESS, 0.7))
        return min(most, max(low + 1, math.ceil(low * step)))
    if not by_line:
        return (low + high) // 2
    if math.isnan(low_logit):  # everything so far will do
        guess = math.floor(high * math.exp(-min(max(high_logit - aim, 0.3) / STEEPNESS, 0.7)))
    else:
        guess = math.ceil(low + (high - low) * (aim - low_logit) / max(high_logit - low_logit, 1e-9))
    return min(high - 1, max(low + 1, guess))


def _logit(within: float, base: float) -> float:
    """Of a share of persons; half a person on either side keeps it finite."""
    if base <= 1:
        share = min(max(within, 0.005), 0.995)
        return math.log(share / (1 - share))
    return math.log((within + 0.5) / (base - within + 0.5))


def least_in(world: World, replication: int, most: I64) -> tuple[Observed, Least]:
    """One replication: what is seen with capacities as they are, and the least capacities."""
    now = observe(world, *run(world, replication, None))

    def run_at(amounts: I64) -> Observed:
        return observe(world, *run(world, replication, amounts.tolist()))

    found = search(world.question, run_at, approximation(world, now), most)
    return now, Least(found.amounts, found.runs + 1)
