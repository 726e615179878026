"""Everybody who will ask for help from outside, and everybody present at the start: known before an engine runs.

Demand is a Poisson field over time x rate. Per substream and calendar month the rate axis is cut in layers of fixed height; the points of a
layer are keyed by (seed, stream, month, layer, index), and a person arrives where the height is below the rate of that month. Prevention
removes particular people, growth opens layers, nobody else moves. (Thinning: Lewis and Shedler, 1979.)
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sim.draws import keyed
from sim.draws.keyed import combine_array, uniform_array
from sim.draws.warm import warm_persons
from sim.engine.visit_log import EXTERNAL
from sim.errors import InternalError
from sim.plan.plan import TICKS_PER_DAY, Plan

LAYER_HEIGHT: Final = 0.05  # persons per day; a constant of the random numbers, never of a scenario
MOST_IN_A_LAYER: Final = 40  # P(more points in a layer of 31 days) < 1e-40


@dataclass(frozen=True)
class Persons:
    """Everybody, sorted by id, so that the index orders ties as the id does. Times in ticks."""

    id: NDArray[np.uint64]
    birth: NDArray[np.int64]
    gebied: NDArray[np.int32]
    kind: NDArray[np.int32]  # node kind of the first visit
    arrive: NDArray[np.int64]  # negative: present at the start
    entry: NDArray[np.int8]  # EXTERNAL or WARM
    node: NDArray[np.int32]  # warm: the node where the person is; else -1
    end: NDArray[np.int64]  # warm, in care: when the stay ends; else -1
    deadline: NDArray[np.int64]  # warm, waiting: when patience ends; else -1

    def __len__(self) -> int:
        return len(self.id)


def draw_persons(plan: Plan, seed: int) -> Persons:
    """All persons of one replication."""
    base = keyed.seed_key(seed)
    parts = [_external(plan, base), warm_persons(plan, base)]
    columns = {f.name: np.concatenate([p[f.name] for p in parts]) for f in fields(Persons)}
    order = np.argsort(columns["id"], kind="stable")
    persons = Persons(**{name: np.ascontiguousarray(column[order]) for name, column in columns.items()})
    if len(persons) > 1 and bool(np.any(persons.id[1:] == persons.id[:-1])):
        raise InternalError("two persons have the same 64-bit id; choose another seed")
    return persons


def _layer_counts(days: int) -> NDArray[np.float64]:
    """Cumulative Poisson probabilities of the number of points in one layer of a month of so many days."""
    mean = LAYER_HEIGHT * days
    k = np.arange(1, MOST_IN_A_LAYER)
    terms = np.exp(-mean) * np.concatenate([[1.0], np.cumprod(mean / k)])
    return np.cumsum(terms)


def _external(plan: Plan, base: int) -> dict[str, NDArray]:  # type: ignore[type-arg]
    stream, month = np.nonzero(plan.stream_rate > 0)
    rate = plan.stream_rate[stream, month]
    layers = np.ceil(rate / LAYER_HEIGHT).astype(np.int64)
    cell = np.repeat(np.arange(len(rate)), layers)
    layer = np.arange(len(cell)) - np.repeat(np.cumsum(layers) - layers, layers)
    first = plan.start.year * 12 + plan.start.month - 1
    calendar_month = (first + month[cell]).astype(np.uint64)
    cell_key = combine_array(combine_array(plan.stream_key[stream[cell]], calendar_month), layer.astype(np.uint64))
    u = uniform_array(combine_array(combine_array(np.full(1, base, np.uint64), cell_key), np.uint64(keyed.COUNT)))

    days = ((plan.months[1:] - plan.months[:-1]) // TICKS_PER_DAY)[month[cell]]
    count = np.zeros(len(cell), np.int64)
    for length in np.unique(days):
        here = days == length
        count[here] = np.searchsorted(_layer_counts(int(length)), u[here], side="left")

    point = np.repeat(np.arange(len(cell)), count)
    index = (np.arange(len(point)) - np.repeat(np.cumsum(count) - count, count)).astype(np.uint64)
    person = combine_array(cell_key[point], index)
    luck = combine_array(np.full(1, base, np.uint64), person)
    height = (layer[point] + uniform_array(combine_array(luck, np.uint64(keyed.HEIGHT)))) * LAYER_HEIGHT
    arrives = height < rate[cell[point]]
    person, luck, point = person[arrives], luck[arrives], point[arrives]

    m, s = month[cell[point]], stream[cell[point]]
    length = plan.months[m + 1] - plan.months[m]
    moment = np.floor(uniform_array(combine_array(luck, np.uint64(keyed.MOMENT))) * length).astype(np.int64)
    arrive = plan.months[m] + moment
    age = plan.stream_age[s]
    lived = uniform_array(combine_array(luck, np.uint64(keyed.AGE))) * (plan.age_to[age] - plan.age_from[age])
    n = len(person)
    return {
        "id": person,
        "birth": arrive - plan.age_from[age] - np.floor(lived).astype(np.int64),
        "gebied": plan.stream_gebied[s].astype(np.int32),
        "kind": plan.stream_kind[s].astype(np.int32),
        "arrive": arrive,
        "entry": np.full(n, EXTERNAL, np.int8),
        "node": np.full(n, -1, np.int32),
        "end": np.full(n, -1, np.int64),
        "deadline": np.full(n, -1, np.int64),
    }
