"""Where a search begins: the queueing approximation of the least capacity.

Sources: Erlang C for the share that waits (Kleinrock, Queueing Systems I, 1975) and the exponential wait of those who do; it takes the time
a place is occupied per arrival as one exponential service, so a team that helps on after a first visit is one queue. Waiting people who
leave make the truth somewhat lighter. A search starts here; it does not rest on it.
"""

from __future__ import annotations

import math


def erlang_c(places: int, load: float) -> float:
    """Share of arrivals that wait at so many places, ``load`` = arrivals x time occupied; 1 where the load is too much."""
    if load >= places:
        return 1.0
    blocked = 1.0
    for k in range(1, places + 1):  # Erlang B by its recursion
        blocked = load * blocked / (k + load * blocked)
    return blocked / (1.0 - load / places * (1.0 - blocked))


def within(places: int, load: float, service: float, norm: float) -> float:
    """Share of arrivals that start within ``norm``; both times in one unit."""
    if load >= places:
        return 0.0
    return 1.0 - erlang_c(places, load) * math.exp(-(places - load) * norm / service)


def least_places(load: float, service: float, norm: float, share: float) -> int:
    """The fewest places at which ``share`` of the arrivals starts within ``norm``."""
    if load <= 0 or service <= 0:
        return 1
    low, high = math.floor(load), math.floor(load) + 1
    while within(high, load, service, norm) < share:
        low, high = high, high + max(1, high // 8)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if within(middle, load, service, norm) >= share else (middle, high)
    return max(1, high)
