"""Paired differences between scenarios: the same Rotterdammers with the same luck, one world minus the other.

Replication k runs with parameter draw ``k // seeds_per_draw`` and one of that draw's chance seeds, the same pair in every scenario, so a
difference is taken per replication and only then summarised. Two intervals are given and never mixed:

- the *interval of the mean* says how well the mean difference is known; more replications make it narrower (the stopping rule uses it);
- the *predictive interval* says where one new parameter draw would fall; more replications do not make it vanish (the report uses it).

Both are Student t over parameter draws, each draw first averaged over its chance seeds. With fewer than two draws they are taken over
chance seeds instead and carry the basis ``chance``; with one replication there is no interval (basis ``none``). What is undefined is
NaN, never an error.

Array layout: values[scenario, replication, key, column]; statistics lose the replication axis.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student_t

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

LEVEL = 0.90  # of every interval, unless asked otherwise
KEYS = ("period_kind", "period", "part", "node", "site", "gebied", "age")
BASIS = ("none", "chance", "parameters")
NONE, CHANCE, PARAMETERS = 0, 1, 2


@dataclass(frozen=True)
class Summary:
    """Statistics over replications, all of one shape; intervals at one level, in the unit of the values."""

    mean: F64
    mean_low: F64  # interval of the mean
    mean_high: F64
    low: F64  # predictive interval for one parameter draw with one chance seed, as reality is
    high: F64
    sd_parameters: F64  # standard deviation between parameter draws, chance taken out
    sd_chance: F64  # standard deviation between chance seeds of one draw
    sign: F64  # share of replications with the sign of the mean
    n: I64  # replications behind it
    basis: NDArray[np.int8]  # index in BASIS


@dataclass(frozen=True)
class Interval:
    """A value with its interval, in the unit of the value."""

    value: float
    low: float
    high: float


def mean_interval(values: F64, level: float = LEVEL) -> Interval:
    """Mean of independent replications with its interval by Student's t, missing ones (NaN) left out; NaN bounds with fewer than two."""
    known = values[np.isfinite(values)]
    if len(known) < 2:
        return Interval(float(known.mean()) if len(known) else np.nan, np.nan, np.nan)
    middle = float(known.mean())
    half = float(student_t.ppf(0.5 + level / 2, len(known) - 1) * known.std(ddof=1) / np.sqrt(len(known)))
    return Interval(middle, middle - half, middle + half)


def summarise(values: F64, draws: Sequence[int] | I64, level: float = LEVEL) -> Summary:
    """Summarise ``values[replication, ...]``; ``draws[replication]`` names each replication's parameter draw.

    The variance is split by one-way random-effects analysis of variance (unbalanced: Searle, Casella & McCulloch 1992, section 3.6):
    chance = mean square within draws, parameters = (mean square between - chance) / n0, at least 0.
    The mean is the plain mean over draws of the draw means; missing replications (NaN) are left out. The predictive interval is
    t (sd^2 (1 + 1/d) + chance (1 - 1/m))^(1/2) on either side, with sd over the d draw means and m the harmonic mean of seeds in a draw.
    """
    x = np.asarray(values, dtype=np.float64)
    shape = x.shape[1:]
    x = x.reshape(x.shape[0], int(np.prod(shape)))
    _, of = np.unique(np.asarray(draws, dtype=np.int64), return_inverse=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        there = np.isfinite(x)
        filled = np.where(there, x, 0.0)
        count = _per_draw(there, of)  # [draw, item]
        draw_mean = _per_draw(filled, of) / count
        present = count > 0
        d = present.sum(axis=0)
        n = there.sum(axis=0)
        mean_d = np.where(present, draw_mean, 0.0).sum(axis=0) / d
        mean_n = filled.sum(axis=0) / n

        between = np.where(present, (draw_mean - mean_d) ** 2, 0.0).sum(axis=0)
        within = np.where(there, (x - draw_mean[of]) ** 2, 0.0).sum(axis=0)
        total = np.where(there, (x - mean_n) ** 2, 0.0).sum(axis=0)

        parameters = d >= 2
        basis = np.where(parameters, PARAMETERS, np.where(n >= 2, CHANCE, NONE)).astype(np.int8)
        units = np.where(parameters, d, n)  # independent units behind the interval
        sd = np.sqrt(np.where(parameters, between / (d - 1), total / (n - 1)))
        mean = np.where(parameters, mean_d, mean_n)
        quantile = _t_quantiles(units - 1, level)
        half_mean = quantile * sd / np.sqrt(units)
        chance = np.where(n > d, within / (n - d), np.nan)
        # a mean of m seeds has an m-th of the chance; one reality has all of it
        averaged = np.where(parameters & (n > d), chance * (1 - np.where(present, 1 / count, 0.0).sum(axis=0) / d), 0.0)
        half_predict = quantile * np.sqrt(sd**2 * (1 + 1 / units) + averaged)
        square_between = np.where(present, count * (draw_mean - mean_n) ** 2, 0.0).sum(axis=0) / (d - 1)
        n0 = (n - (count**2).sum(axis=0) / n) / (d - 1)
        between_draws = np.where(parameters & (n > d), np.maximum(0.0, (square_between - chance) / n0), np.nan)

        agree = np.where(there, np.sign(x) == np.sign(mean), False).sum(axis=0) / n

    def back(a: NDArray[np.generic]) -> F64:
        return np.asarray(a, dtype=np.float64).reshape(shape)

    return Summary(
        mean=back(mean),
        mean_low=back(mean - half_mean),
        mean_high=back(mean + half_mean),
        low=back(mean - half_predict),
        high=back(mean + half_predict),
        sd_parameters=back(np.sqrt(between_draws)),
        sd_chance=back(np.sqrt(chance)),
        sign=back(agree),
        n=n.astype(np.int64).reshape(shape),
        basis=basis.reshape(shape),
    )


def _per_draw(values: NDArray[np.generic], of: I64) -> F64:
    """Sums over the replications of each draw, added in replication order (a matrix product may order them otherwise)."""
    added = np.zeros((int(of.max()) + 1 if len(of) else 0, values.shape[1]))
    for replication, draw in enumerate(of):
        added[draw] += values[replication]
    return added


def _t_quantiles(freedom: NDArray[np.generic], level: float) -> F64:
    """Two-sided Student t quantiles for an array of whole degrees of freedom; NaN below 1."""
    df = np.asarray(freedom, dtype=np.int64)
    table = np.full(max(int(df.max(initial=0)), 0) + 1, np.nan)
    if len(table) > 1:
        table[1:] = student_t.ppf(0.5 + level / 2, np.arange(1, len(table)))
    return np.asarray(table[np.maximum(df, 0)], dtype=np.float64)


@dataclass(frozen=True)
class Cube:
    """Indicators of a study as one dense array ``values[scenario, replication, key, column]``; NaN where a cell is missing."""

    keys: pd.DataFrame  # KEYS, one row per key, sorted
    columns: tuple[str, ...]
    scenarios: tuple[str, ...]
    replications: tuple[int, ...]
    values: F64

    def column(self, name: str) -> F64:
        """``values[scenario, replication, key]`` of one column; all NaN where the study does not have it."""
        if name in self.columns:
            return np.asarray(self.values[..., self.columns.index(name)])
        return np.full(self.values.shape[:3], np.nan)


def cube(rows: pd.DataFrame, columns: Sequence[str], scenarios: Sequence[str] | None = None) -> Cube:
    """Make a Cube of rows of the indicator table (those with replication -1, means over replications, are left out)."""
    if (rows["replication"] < 0).any():
        rows = rows[rows["replication"] >= 0]
    present = [c for c in columns if c in rows.columns]
    names = tuple(scenarios) if scenarios is not None else tuple(dict.fromkeys(rows["scenario"].astype(str)))
    key_codes, keys = _key_codes(rows)
    replications, replication_codes = np.unique(rows["replication"].to_numpy(), return_inverse=True)
    place = {name: i for i, name in enumerate(names)}
    labels = rows["scenario"].astype("category")
    of_label = np.array([place.get(str(c), -1) for c in labels.cat.categories], dtype=np.int64)
    scenario_codes = of_label[labels.cat.codes.to_numpy()] if len(rows) else np.zeros(0, dtype=np.int64)
    values = np.full((len(names), len(replications), len(keys), len(present)), np.nan)
    asked = scenario_codes >= 0
    at = np.ravel_multi_index((scenario_codes[asked], replication_codes[asked], key_codes[asked]), values.shape[:3])
    flat = values.reshape(-1, len(present))
    for i, name in enumerate(present):  # one at a time, so that the numbers are not held a third time
        column = rows[name].to_numpy(dtype=np.float64)
        flat[at, i] = column if asked.all() else column[asked]
    return Cube(keys, tuple(present), names, tuple(int(r) for r in replications), values)


def stacked(cubes: Iterable[Cube]) -> Cube:
    """One Cube of several with the same columns, scenario after scenario; NaN where one lacks a key or a replication of another.

    Each is let go once it has been copied, so what is given should be held by nobody else when it is large.
    """
    waiting = list(cubes)
    del cubes
    first = waiting[0]
    keys = first.keys
    if not all(c.keys.equals(keys) for c in waiting):
        every = pd.concat([c.keys for c in waiting if len(c.keys)])
        keys = every.drop_duplicates().sort_values(list(KEYS)).reset_index(drop=True)
    replications = tuple(sorted({r for c in waiting for r in c.replications}))
    scenarios = tuple(name for c in waiting for name in c.scenarios)
    values = np.empty((len(scenarios), len(replications), len(keys), len(first.columns)))
    place = pd.MultiIndex.from_frame(keys)
    at = 0
    waiting.reverse()
    while waiting:
        c = waiting.pop()
        into = values[at : at + len(c.scenarios)]
        at += len(c.scenarios)
        if c.replications == replications and c.keys.equals(keys):
            into[:] = c.values
        else:
            into[:] = np.nan
            if len(c.keys):
                of_key = place.get_indexer(pd.MultiIndex.from_frame(c.keys))
                into[np.ix_(np.arange(len(c.scenarios)), np.searchsorted(replications, c.replications), of_key)] = c.values
    return Cube(keys, first.columns, scenarios, replications, values)


def _key_codes(rows: pd.DataFrame) -> tuple[I64, pd.DataFrame]:
    code = np.zeros(len(rows), dtype=np.int64)
    for k in KEYS:
        codes, uniques = pd.factorize(rows[k])
        code = code * (len(uniques) + 1) + codes
    code, _ = pd.factorize(code)
    first = np.unique(code, return_index=True)[1]
    keys = rows.iloc[first][list(KEYS)].astype(str).reset_index(drop=True).sort_values(list(KEYS))
    rank = np.empty(len(keys), dtype=np.int64)
    rank[keys.index.to_numpy()] = np.arange(len(keys))
    return rank[code], keys.reset_index(drop=True)


def difference(of: Cube, baseline: str) -> F64:
    """``values - values of the baseline``, per scenario and replication; NaN where either is missing."""
    return np.asarray(of.values - of.values[of.scenarios.index(baseline)][None])


def draws_of(replications: Sequence[int], seeds_per_draw: int) -> I64:
    """Parameter draw of each replication number."""
    return np.asarray(replications, dtype=np.int64) // max(1, seeds_per_draw)


def paired_differences(
    indicators: pd.DataFrame,
    baseline: str,
    *,
    seeds_per_draw: int,
    columns: Sequence[str] | None = None,
    period_kind: str = "year",
    level: float = LEVEL,
) -> pd.DataFrame:
    """Tidy table of paired differences: one row per scenario x key x indicator.

    Columns: ``scenario``, the key columns, ``indicator``, ``baseline`` and ``value`` (means of the two worlds over the replications they
    share), ``difference``, ``mean_low``/``mean_high`` (interval of the mean), ``low``/``high`` (predictive interval), ``sd_parameters``,
    ``sd_chance``, ``sign`` (share of replications with the sign of the difference), ``replications``, ``basis``, ``level``.
    Rows undefined in either world in all replications are left out. ``baseline`` must be a scenario of the table (``KeyError``).
    """
    rows = indicators[indicators["period_kind"] == period_kind]
    given = set(KEYS) | {"scenario", "replication"}
    if columns is None:
        columns = [c for c in rows.columns if c not in given and pd.api.types.is_numeric_dtype(rows[c])]
    whole = cube(rows, columns)
    if baseline not in whole.scenarios:
        raise KeyError(f"baseline {baseline!r} is not among the scenarios {', '.join(whole.scenarios)}")
    return tidy_differences(whole, baseline, seeds_per_draw=seeds_per_draw, level=level)


def tidy_differences(whole: Cube, baseline: str, *, seeds_per_draw: int, level: float = LEVEL) -> pd.DataFrame:
    """The table of ``paired_differences`` for a Cube at hand."""
    draws = draws_of(whole.replications, seeds_per_draw)
    base = whole.values[whole.scenarios.index(baseline)]
    parts = []
    for s, name in enumerate(whole.scenarios):
        if name == baseline:
            continue
        delta = whole.values[s] - base
        summary = summarise(delta, draws, level)
        shared = np.isfinite(delta)
        with np.errstate(invalid="ignore", divide="ignore"):
            base_mean = np.where(shared, base, 0.0).sum(axis=0) / shared.sum(axis=0)
        row, col = np.nonzero(summary.n > 0)
        table = whole.keys.iloc[row].reset_index(drop=True)
        table.insert(0, "scenario", name)
        table["indicator"] = np.array(whole.columns, dtype=object)[col]
        table["baseline"] = base_mean[row, col]
        table["value"] = base_mean[row, col] + summary.mean[row, col]
        table["difference"] = summary.mean[row, col]
        for field in ("mean_low", "mean_high", "low", "high", "sd_parameters", "sd_chance", "sign"):
            table[field] = getattr(summary, field)[row, col]
        table["replications"] = summary.n[row, col]
        table["basis"] = np.array(BASIS, dtype=object)[summary.basis[row, col]]
        table["level"] = level
        parts.append(table)
    if parts:
        return pd.concat(parts, ignore_index=True)
    empty = ["scenario", *KEYS, "indicator", "baseline", "value", "difference", "mean_low", "mean_high", "low", "high"]
    return pd.DataFrame(columns=[*empty, "sd_parameters", "sd_chance", "sign", "replications", "basis", "level"])
