"""Exact results of queueing theory. Rates per day, times in days.

Sources: Kleinrock, Queueing Systems I (1975) for M/M/c and M/G/1; Cobham, Operations Research 2 (1954) for priorities; Mandelbaum and
Zeltyn (2007) for Erlang A. Chains are solved from their balance equations rather than by a formula where that is shorter.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import expm
from scipy.sparse.linalg import spsolve

Array = NDArray[np.float64]


def erlang_c(c: int, load: float) -> float:
    """Share of arrivals that wait in M/M/c; ``load`` = arrival rate x mean stay < c."""
    blocked = 1.0
    for k in range(1, c + 1):  # Erlang B by its recursion
        blocked = load * blocked / (k + load * blocked)
    return blocked / (1.0 - load / c * (1.0 - blocked))


def mmc_wait(c: int, rate: float, stay: float) -> float:
    """Mean wait in M/M/c."""
    return erlang_c(c, rate * stay) / (c / stay - rate)


def mmc_waits_longer(c: int, rate: float, stay: float, t: float) -> float:
    """P(wait > t) in M/M/c."""
    return float(erlang_c(c, rate * stay) * np.exp(-(c / stay - rate) * t))


def mg1_wait(rate: float, mean: float, square: float) -> float:
    """Pollaczek-Khinchine: mean wait in M/G/1 from E[S] and E[S^2]."""
    return rate * square / (2.0 * (1.0 - rate * mean))


def cobham(rates: tuple[float, ...], mean: float, square: float) -> tuple[float, ...]:
    """Mean wait per class in M/G/1 with non-preemptive priorities, most urgent first."""
    residual = sum(rates) * square / 2.0
    waits, before = [], 0.0
    for rate in rates:
        upto = before + rate * mean
        waits.append(residual / ((1.0 - before) * (1.0 - upto)))
        before = upto
    return tuple(waits)


def birth_death(up: Callable[[int], float], down: Callable[[int], float], most: int) -> Array:
    """Stationary distribution on 0..most."""
    logs = np.cumsum([0.0, *(np.log(up(n)) - np.log(down(n + 1)) for n in range(most))])
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum())


def erlang_a(c: int, rate: float, stay: float, patience: float) -> tuple[float, float, float]:
    """M/M/c+M: (share that gives up, mean wait of all arrivals, share that starts at once)."""
    p = birth_death(lambda n: rate, lambda n: min(n, c) / stay + max(0, n - c) / patience, c + 400)
    queue = float(np.maximum(0, np.arange(len(p)) - c) @ p)
    return queue / patience / rate, queue / rate, float(p[:c].sum())


def erlang_a_within(c: int, rate: float, stay: float, patience: float, t: float) -> float:
    """M/M/c+M: share of all arrivals that starts within ``t``.

    Who finds k people waiting is at the head after k of them have started or given up, at c/stay + j/patience with j ahead, unless their
    own patience ends first; then the next place that comes free is theirs. The chain of the number ahead is solved by its matrix
    exponential.
    """
    most = c + 200
    found = birth_death(lambda n: rate, lambda n: min(n, c) / stay + max(0, n - c) / patience, most)
    waiting = most - c + 1  # states: k ahead, k = 0 .. most - c; the last state is having started
    q = np.zeros((waiting + 1, waiting + 1))
    for k in range(waiting):
        down = c / stay + k / patience
        q[k, k] = -(down + 1 / patience)
        q[k, k - 1 if k else waiting] = down
    start = np.append(found[c:], 0.0)
    return float(found[:c].sum() + (start @ expm(q * t))[-1])


def stationary(rates: dict[tuple[tuple[int, ...], tuple[int, ...]], float]) -> dict[tuple[int, ...], float]:
    """Stationary distribution of a finite Markov chain from its rates (from, to)."""
    states = sorted({state for pair in rates for state in pair})
    number = {state: i for i, state in enumerate(states)}
    size = len(states)
    q = sparse.lil_matrix((size, size))
    for (origin, to), rate in rates.items():
        q[number[to], number[origin]] += rate
        q[number[origin], number[origin]] -= rate
    q[0, :] = 1.0  # the probabilities add up to 1, in place of one redundant balance equation
    solution = spsolve(q.tocsc(), np.eye(1, size).ravel())
    return dict(zip(states, solution.tolist(), strict=True))
