"""What a difference in cost is made of: fewer, shorter, cheaper, postponed, shifted, staff, measures and contributions.

Cost of care of a node = starts x client-weeks per start x price per client-week. The weights are Shapley's (Shapley 1953; for
decomposition Sun 1998, Energy Economics 20, 85-100, and Shorrocks 2013, J. Econ. Inequality 11, 99-126), in two nested steps (Owen 1977):
price against volume per year, so that a price index is no change of price; then starts against weeks per start over the whole window, so
that care started late in one year and given in the next is no change of length. A two-factor Shapley split of x y is
dx (y0 + y1) / 2 + dy (x0 + x1) / 2: nothing is left over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from sim.indicators.definitions import ALL, KEYS
from sim.indicators.visits import F64

SPLIT: Final = ("fewer", "shorter", "cheaper", "postponed", "shifted", "staff", "measures", "contributions")
NEEDED: Final = ("starts", "client_weeks", "waiting_end", "left_shifted", "cost_care", "cost_staff", "cost_measures", "contributions")


def savings_split(base: pd.DataFrame, other: pd.DataFrame, from_year: int, to_year: int) -> pd.DataFrame:
    """Split the difference in cost, ``other`` minus ``base``, over the years ``from_year`` to ``to_year`` (both included).

    Both are indicator tables of one replication, of the same run length. Returns euro, negative for a saving: columns ``part``, ``node``,
    the parts of ``SPLIT`` and ``total``; rows for everything, for each part of the chain (node "alle") and for each node and measure. The
    parts add up to ``total``. ``postponed`` counts who waits at the end of ``to_year``. Raises ``ValueError`` when a table lacks a year of
    the window.
    """
    years = tuple(str(y) for y in range(from_year, to_year + 1))
    tables = [_node_rows(table, years) for table in (base, other)]
    nodes = list(dict.fromkeys((part, node) for table in tables for part, node, _ in table.index))
    at = pd.MultiIndex.from_tuples([(*node, year) for node in nodes for year in years], names=["part", "node", "period"])
    worlds = [table.reindex(at).fillna(0.0).to_numpy().reshape(len(nodes), len(years), len(NEEDED)) for table in tables]
    euro = pd.DataFrame(split_by_cause(*({name: w[:, :, i] for i, name in enumerate(NEEDED)} for w in worlds)))
    euro.insert(0, "part", [part for part, _ in nodes])
    euro.insert(1, "node", [node for _, node in nodes])

    parts = euro.drop(columns="node").groupby("part", sort=False, as_index=False).sum()
    parts.insert(1, "node", ALL)
    whole = euro.drop(columns=["part", "node"]).sum().to_frame().T
    whole.insert(0, "part", ALL)
    whole.insert(1, "node", ALL)
    return pd.concat([whole, parts, euro], ignore_index=True)


def _node_rows(table: pd.DataFrame, years: tuple[str, ...]) -> pd.DataFrame:
    keys = {key: table[key].astype(str) for key in KEYS}
    here = (keys["period_kind"] == "year") & (keys["node"] != ALL) & keys["period"].isin(years)
    for key in ("site", "gebied", "age"):
        here &= keys[key] == ALL
    missing = sorted(set(years) - set(keys["period"][here]))
    if missing or not years:
        raise ValueError(f"the indicator table has no rows of nodes for the years {', '.join(missing) or 'of an empty window'}")
    rows = table.loc[here, list(NEEDED)].astype(np.float64)
    rows.index = pd.MultiIndex.from_arrays([keys[k][here].to_numpy() for k in ("part", "node", "period")], names=["part", "node", "period"])
    return rows


def split_by_cause(base: Mapping[str, F64], other: Mapping[str, F64]) -> dict[str, F64]:
    """The parts of ``SPLIT`` and ``total`` per node, from the ``NEEDED`` columns [node, year] of both worlds; the years are the window."""
    l0, l1 = base["client_weeks"], other["client_weeks"]
    p0, p1 = _ratios(base["cost_care"], l0, other["cost_care"], l1)
    cheaper = ((p1 - p0) * (l0 + l1) / 2).sum(axis=1)
    price = (p0 + p1) / 2
    volume = ((l1 - l0) * price).sum(axis=1)

    s0, s1 = base["starts"].sum(axis=1), other["starts"].sum(axis=1)
    w0, w1 = _ratios(l0.sum(axis=1), s0, l1.sum(axis=1), s1)
    per_start = (w0 + w1) / 2 * _price_of_what_differs(l0, l1, price, volume)
    started = (s1 - s0) * per_start
    postponed = -(other["waiting_end"] - base["waiting_end"])[:, -1] * per_start
    shifted = -(other["left_shifted"] - base["left_shifted"]).sum(axis=1) * per_start
    out = {
        "fewer": started - postponed - shifted,
        "shorter": volume - started,
        "cheaper": cheaper,
        "postponed": postponed,
        "shifted": shifted,
        "staff": (other["cost_staff"] - base["cost_staff"]).sum(axis=1),
        "measures": (other["cost_measures"] - base["cost_measures"]).sum(axis=1),
        "contributions": -(other["contributions"] - base["contributions"]).sum(axis=1),
    }
    return {**out, "total": np.sum(list(out.values()), axis=0)}


def _ratios(x0: F64, y0: F64, x1: F64, y1: F64) -> tuple[F64, F64]:
    """x / y in both worlds; where a world has no y it takes the ratio of the other, and 0 where neither has."""
    with np.errstate(invalid="ignore", divide="ignore"):
        r0, r1 = np.where(y0 > 0, x0 / y0, np.nan), np.where(y1 > 0, x1 / y1, np.nan)
    return np.nan_to_num(np.where(np.isnan(r0), r1, r0)), np.nan_to_num(np.where(np.isnan(r1), r0, r1))


def _price_of_what_differs(l0: F64, l1: F64, price: F64, volume: F64) -> F64:
    """Price of the client-weeks that differ, kept between the lowest and highest price of the years (the mean price where none differ)."""
    weight = l0 + l1
    used = weight > 0
    lowest = np.where(used, price, np.inf).min(axis=1)
    highest = np.where(used, price, -np.inf).max(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (price * weight).sum(axis=1) / weight.sum(axis=1)
        differing = volume / (l1 - l0).sum(axis=1)
    kept = np.clip(np.where(np.isfinite(differing), differing, mean), lowest, highest)
    return np.where(used.any(axis=1), kept, 0.0)
