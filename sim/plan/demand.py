"""External demand and the people present at the start, per gebied and age group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.draws.keyed import name_key
from sim.model import DAYS_PER_YEAR
from sim.plan.plan import TICKS_PER_DAY, TICKS_PER_YEAR, Warm
from sim.scenario import Resolved

if TYPE_CHECKING:
    from sim.plan.compile import Scene

F64 = NDArray[np.float64]


@dataclass(frozen=True)
class Demand:
    """Substreams, and the name of the stream of each."""

    names: tuple[str, ...]
    columns: dict[str, object]


@dataclass(frozen=True)
class StreamRate:
    """Expected arrivals of one stream from one gebied and age group: ``rate`` [M] in persons per day, months as resolved."""

    stream: str
    gebied: int
    age: int
    rate: F64


FACTORS = ("gebied_factor", "trend", "season")  # of a stream, beside its rate


def stream_rates(resolved: Resolved, factors: Sequence[str] = FACTORS) -> Iterator[StreamRate]:
    """Expected demand per stream, gebied and age group: population / 1000 x rate x gebied_factor x trend x season / 365.25.

    This is all the demand there is: a plan lays it out for the engines, the forecast adds it up. ``factors`` leaves some of the last
    three out.
    """
    model = resolved.model
    shape = (len(model.gebieden), len(model.age_groups), len(resolved.months))
    for name in sorted(model.spec.demand):
        path = f"demand.{name}"
        rate = resolved.grid("population") / 1000.0 * resolved.grid(f"{path}.rate") / DAYS_PER_YEAR
        for factor in factors:
            if f"{path}.{factor}" in model.parameters:
                rate = rate * resolved.grid(f"{path}.{factor}")
        whole = np.maximum(np.broadcast_to(rate, shape), 0.0)
        for g, a in np.ndindex(shape[:2]):
            yield StreamRate(name, g, a, whole[g, a])


def compile_demand(scene: Scene) -> Demand:
    """Persons per day [S, M] of every substream (stream, gebied, age group). Substreams nobody comes from are left out."""
    found = [each for each in stream_rates(scene.resolved) if float(each.rate.max()) > 0]
    model = scene.model
    keys = [name_key(f"stream:{each.stream}|{model.gebieden[each.gebied]}|{model.age_groups[each.age]}") for each in found]
    return Demand(
        tuple(each.stream for each in found),
        {
            "stream_key": np.array(keys, np.uint64),
            "stream_gebied": np.array([each.gebied for each in found], np.int32),
            "stream_age": np.array([each.age for each in found], np.int32),
            "stream_kind": np.array([scene.structure.kind(model.spec.demand[each.stream].to) for each in found], np.int32),
            "stream_rate": np.stack([each.rate for each in found]) if found else np.zeros((0, len(scene.months))),
        },
    )


def compile_warm(scene: Scene, age_from: NDArray[np.int64]) -> Warm:
    """Cohorts present at the start: totals spread over gebied and age by weight, in whole persons (largest remainder)."""
    model, value = scene.model, scene.resolved.value
    shape = (len(model.gebieden), len(model.age_groups))
    rows: list[tuple[int, int, int, int, int, int, int]] = []
    nodes_of = scene.structure.nodes_by_kind()
    for kind in scene.structure.kinds:
        path = f"nodes.{kind}.warm_start"
        present = [field for field in ("in_care", "waiting") if scene.given(f"{path}.{field}")]
        if not present:
            continue
        served = {gebied for i in nodes_of[kind] for gebied in scene.structure.nodes[i].serves}
        limit = value(f"nodes.{kind}.age_limit")[0] * TICKS_PER_YEAR if scene.given(f"nodes.{kind}.age_limit") else np.inf
        spreads = [f"{path}.{spread}" for spread in ("gebied", "age") if scene.given(f"{path}.{spread}")]
        weight = np.ones(shape)
        for grid in (scene.resolved.grid(of) for of in ("population", *spreads)):
            weight = weight * grid[:, :, 0]
        weight[[gebied not in served for gebied in model.gebieden]] = 0.0
        weight[:, age_from >= limit] = 0.0
        counts = {field: _spread(scene, f"{path}.{field}", weight) for field in present}
        elapsed = int(value(f"{path}.elapsed_wait")[0] * TICKS_PER_DAY) if scene.given(f"{path}.elapsed_wait") else 0
        none = np.zeros(shape, np.int64)
        in_care, waiting = counts.get("in_care", none), counts.get("waiting", none)
        for g, a in np.argwhere(in_care + waiting > 0).tolist():
            key = name_key(f"warm:{kind}|{model.gebieden[g]}|{model.age_groups[a]}")
            rows.append((scene.structure.kind(kind), g, a, int(in_care[g, a]), int(waiting[g, a]), elapsed, key))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    i32, i64 = np.int32, np.int64
    return Warm(
        kind=np.array(columns[0], i32), gebied=np.array(columns[1], i32), age=np.array(columns[2], i32), in_care=np.array(columns[3], i64),
        waiting=np.array(columns[4], i64), elapsed=np.array(columns[5], i64), key=np.array(columns[6], np.uint64),
    )  # fmt: skip


def _spread(scene: Scene, path: str, weight: F64) -> NDArray[np.int64]:
    """Whole persons [G, A] that add up to the (rounded) total, or to each gebied's total where the parameter is given per gebied."""
    if "gebied" not in scene.resolved.dims(path):
        return _largest_remainder(float(scene.resolved.value(path)[0]), weight)
    return np.stack(
        [
            _largest_remainder(float(scene.resolved.value(path, gebied=gebied)[0]), weight[g])
            for g, gebied in enumerate(scene.model.gebieden)
        ]
    )


def _largest_remainder(total: float, weight: F64) -> NDArray[np.int64]:
    if weight.sum() <= 0:
        return np.zeros(weight.shape, np.int64)
    exact = round(total) * weight.ravel() / weight.sum()
    whole: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    missing = round(total) - int(whole.sum())
    whole[np.argsort(-(exact - whole), kind="stable")[:missing]] += 1
    return whole.reshape(weight.shape)
