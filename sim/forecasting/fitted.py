"""The demand that the fitted ensemble holds: what a study simulates on average, and how far its members lie apart.

Only what is known of the streams is taken from the members (their rates, trends and gebied factors, and the effects that were fitted). The
population stands as written: how it may differ is in ``noise``, from counts that the fit does not use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.experiment.ensemble import Ensemble
from sim.forecasting.demand import Demand
from sim.forecasting.series import F64
from sim.model.unknowns import Prior
from sim.plan.demand import stream_rates
from sim.scenario import Scenario, resolve

ROOTS = ("demand", "parameters")  # of the unknowns of demand


@dataclass(frozen=True)
class FittedDemand:
    """K members. ``factor`` [C, M]: mean demand of the members over demand as written.

    ``streams`` [K, T] of each stream and ``gebied`` [K] of each stream and gebied: what a member has over the mean, the gebied within its
    stream.
    """

    factor: F64
    streams: Mapping[str, F64]
    gebied: Mapping[tuple[str, int], F64]


def fitted_demand(demand: Demand, scenario: Scenario | None, ensemble: Ensemble) -> FittedDemand:
    """The demand of every member, beside ``demand``, that of the model as written in the same world."""
    model, prior, alone = demand.model, Prior.of(demand.model), ensemble.only(ROOTS)
    cells = list(zip(demand.stream.tolist(), demand.gebied.tolist(), demand.age.tolist(), strict=True))
    total = np.zeros_like(demand.expected)
    yearly = np.empty((ensemble.members, len(demand.streams), len(model.gebieden), len(demand.years)))
    for member in range(ensemble.members):
        resolved = resolve(alone.model(prior, member), scenario, demand.months, ensemble.effect_place(member))
        rate = {(each.stream, each.gebied, each.age): each.rate for each in stream_rates(resolved)}
        here = np.stack([rate[demand.streams[s], g, a] for s, g, a in cells]) * demand.days
        total += here
        yearly[member] = _per_gebied(demand, here)
    mean = total / ensemble.members
    factor = np.divide(mean, demand.expected, out=np.ones_like(mean), where=demand.expected > 0)
    of_stream = yearly.sum(axis=2)
    streams = _over(of_stream, of_stream.mean(axis=0))
    whole = yearly.sum(axis=3)
    share = _over(whole, whole.sum(axis=2, keepdims=True))
    gebied = _over(share, share.mean(axis=0))
    return FittedDemand(
        factor,
        {name: streams[:, s] for s, name in enumerate(demand.streams)},
        {(name, g): gebied[:, s, g] for s, name in enumerate(demand.streams) for g in range(len(model.gebieden))},
    )


def _per_gebied(demand: Demand, monthly: F64) -> F64:
    """Demand per cell and month as totals [stream, gebied, T]."""
    found = np.zeros((len(demand.streams), len(demand.model.gebieden), len(demand.years)))
    np.add.at(found, (demand.stream, demand.gebied), demand.yearly(monthly))
    return found


def _over(part: F64, whole: F64) -> F64:
    """Ratios; 1 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.ones(np.broadcast_shapes(part.shape, whole.shape)), where=whole > 0)
