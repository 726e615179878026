"""What is not known about a model: the numbers with a band, as unknowns that can be drawn and fitted.

An unknown is read at a probability u in (0, 1) of its *prior*: triangular on the band with the written value as its mode, on the scale on
which the band is natural (log for what is positive, logit for shares inside (0, 1), as it is otherwise). ``z``, the standard normal
quantile of u, is its *latent* value; the prior of every z is the standard normal.

One parameter gives

- one unknown, which moves all its values together, those of age groups and sites too: a band says how wrong a figure can be as a whole;
- one per gebied (or site, for the weights of sites) where it differs between them, since reported figures per gebied tell them apart;
- a second one (``@later``) where it is dated: at the first date the first unknown counts, at the last date the second, in between
  z(t) = z cos(a) + z' sin(a) with a from 0 to a quarter turn, so that at every date the spread is that of the band.

Not unknown: what has no band; 0, and 1 in the band [0, 1], which say that a route or a switch is not there or takes all; switches; norms,
which define an indicator; seasons, whose mean is 1 by definition.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from sim.model.model import Model
from sim.model.parameter import Band, Key, Parameter, Series, triangular
from sim.model.shares import completed
from sim.model.spec import GEBIED, MONTH, SITE

F64 = NDArray[np.float64]
LATER = "@later"
SHARE_UNIT = "share"


@dataclass(frozen=True)
class Unknown:
    """One number that is not known; ``name`` is the path of its parameter, with ``[gebied]`` and ``@later`` where they apply."""

    name: str
    path: str
    unit: str
    kind: str


@dataclass(frozen=True, eq=False)
class Prior:
    """A model and its unknowns, in order of parameter path."""

    model: Model
    unknowns: tuple[Unknown, ...]

    @staticmethod
    def of(model: Model) -> Prior:
        found: dict[str, Unknown] = {}
        for p in model.written_parameters():
            for key, series in p.values.items() if _is_unknown(p) else ():
                if any(not _is_fixed(p, value) for value in series.values):
                    for name in _names(p, key, series):
                        found.setdefault(name, Unknown(name, p.path, p.unit, p.kind))
        return Prior(model, tuple(found.values()))

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(unknown.name for unknown in self.unknowns)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(unknown.path for unknown in self.unknowns))

    def read_at(self, probabilities: Mapping[str, float]) -> Model:
        """The model with each unknown read at its probability; one that is not named keeps its written values. Other names are ignored."""
        drawn = dict(self.model.parameters)
        for path in self.paths:
            p = self.model.parameters[path]
            drawn[path] = replace(p, values={key: _drawn(p, key, series, probabilities) for key, series in p.values.items()})
        for p in self.model.parameters.values():
            if p.shared:
                drawn[p.path] = replace(p, values=drawn[f"parameters.{p.shared}"].values)
        completed(self.model.spec, self.model.sites, drawn)
        return replace(self.model, parameters=drawn)


def _is_unknown(p: Parameter) -> bool:
    return (
        p.range.low < p.range.high
        and p.unit != "switch"
        and MONTH not in p.by
        and not p.path.endswith(".norm.within")
        and not p.path.endswith(".age_limit")
    )


def _is_fixed(p: Parameter, value: float) -> bool:
    """Whether a value says that something is not there, or that it takes all."""
    whole = p.unit == SHARE_UNIT or p.path.endswith(".gebied_factor")
    low, high = p.range.around(value)
    return value == 0.0 or low >= high or (whole and value == 1.0 and not p.range.relative and p.range.low == 0.0)


def _names(p: Parameter, key: Key, series: Series) -> Iterator[str]:
    apart = [name for dim, name in zip(p.by, key, strict=True) if dim == GEBIED or (dim == SITE and p.path.startswith("sites."))]
    name = f"{p.path}[{','.join(apart)}]" if apart else p.path
    yield name
    if len(series.values) > 1:
        yield name + LATER


def _drawn(p: Parameter, key: Key, series: Series, probabilities: Mapping[str, float]) -> Series:
    names = list(_names(p, key, series))
    here = [probabilities.get(name) for name in names]
    if all(u is None for u in here):
        return series
    u = _over_time(series, [0.5 if u is None else u for u in here])
    values = tuple(
        value if _is_fixed(p, value) else min(value_at(value, p.range, probability, p.unit), p.quantity.high)
        for value, probability in zip(series.values, u, strict=True)
    )
    return replace(series, values=values)


def _over_time(series: Series, u: list[float]) -> list[float]:
    """The probability at each date, from those at the first and the last."""
    if len(u) == 1:
        return u
    first, last = series.months[0], series.months[-1]
    z, later = ndtri(u[0]), ndtri(u[1])
    turns = [math.pi / 2 * (month - first) / (last - first) for month in series.months]
    return [float(ndtr(z * math.cos(turn) + later * math.sin(turn))) for turn in turns]


def value_at(value: float, band: Band, u: float, unit: str = "") -> float:
    """A value at probability ``u`` of its prior: triangular over the band, mode at the written value, on log, logit or plain scale."""
    low, high = band.around(value)
    low, high = min(low, value), max(high, value)
    if unit == SHARE_UNIT and low > 0.0 and high < 1.0:
        return 1.0 / (1.0 + math.exp(-triangular(u, _logit(low), _logit(value), _logit(high))))
    if low > 0.0:
        return math.exp(triangular(u, math.log(low), math.log(value), math.log(high)))
    return triangular(u, low, value, high)


def _logit(share: float) -> float:
    return math.log(share / (1.0 - share))


def probability_of(value: float, drawn: float, band: Band, unit: str = "") -> float:
    """The probability at which ``value_at`` gives ``drawn``; beyond the band 0 or 1."""
    low, high = 0.0, 1.0
    for _ in range(60):  # halving: the prior has no gaps
        middle = (low + high) / 2
        if value_at(value, band, middle, unit) < drawn:
            low = middle
        else:
            high = middle
    return (low + high) / 2
