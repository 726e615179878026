"""The numbers of a study, summarised once and looked up by scenario, place and year.

A *place* is the name of a part or node, or ``ALL`` for the whole chain. All differences are paired with the baseline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from sim.experiment.gather import ARRIVALS_FILE, is_all, of_every_replication, read_arrivals_where, read_indicators
from sim.experiment.paired import BASIS, F64, I64, KEYS, LEVEL, Cube, Summary, cube, difference, draws_of, stacked, summarise
from sim.indicators import ARRIVAL_KEYS
from sim.indicators.arrivals import OUTSIDE
from sim.report.columns import Shown, shown
from sim.report.study_info import StudyInfo

ALL = "alle"
CORE_COLUMNS = (
    "cost", "cost_care", "cost_staff", "cost_measures", "contributions",
    "in_care_avg", "unique_clients", "stock_avg", "waiting_avg", "waiting_end", "person_weeks_waited",
    "wait_mean", "wait_median", "wait_p90", "within_norm", "norm_base", "elapsed_mean",
    "inflow", "renewals", "starts", "outflow", "reneged", "aged_out", "left", "left_shifted", "kept_avg", "client_weeks",
    "places_avg", "occupancy", "offered_load",
)  # fmt: skip
SITE_COLUMNS = (
    "wait_mean", "waiting_end", "elapsed_mean", "within_norm", "occupancy", "offered_load", "places_avg", "in_care_avg", "starts",
)  # fmt: skip
GEBIED_COLUMNS = ("cost", "in_care_avg", "waiting_end", "person_weeks_waited", "wait_mean")
URGENCY_COLUMNS = ("wait_mean", "waiting_end")
SHARES = frozenset({"within_norm", "occupancy"})
FIRST_SEEN_IN = ("cost", "in_care_avg", "waiting_end", "person_weeks_waited", "wait_mean")  # where a difference counts as begun
NOISE = 1e-9  # of the far end of an interval
SATURATED = 0.98  # occupancy from which prevention saves waits first and money later


class Interval(NamedTuple):
    """One summarised number: mean, interval of the mean and predictive interval (NaN where undefined)."""

    mean: float
    low: float
    high: float
    mean_low: float
    mean_high: float
    sign: float
    n: int
    basis: str  # none | chance | parameters
    sd_parameters: float = float("nan")
    sd_chance: float = float("nan")

    @property
    def excludes_zero(self) -> bool:
        """Whether all of the predictive interval lies on one side of zero, by more than floating point makes of equal numbers."""
        return self.low > NOISE * self.high or self.high < NOISE * self.low


_NAN = float("nan")
UNKNOWN = Interval(_NAN, _NAN, _NAN, _NAN, _NAN, _NAN, 0, "none")


def interval_at(s: Summary, *index: int) -> Interval:
    return Interval(
        s.mean.item(*index), s.low.item(*index), s.high.item(*index), s.mean_low.item(*index), s.mean_high.item(*index),
        s.sign.item(*index), int(s.n.item(*index)), BASIS[int(s.basis.item(*index))], s.sd_parameters.item(*index),
        s.sd_chance.item(*index),
    )  # fmt: skip


@dataclass(frozen=True)
class Block:
    """A Cube with its levels and paired differences summarised, found by (place, year)."""

    cube: Cube
    levels: Summary
    differences: Summary
    where: dict[tuple[str, ...], int]

    def value(self, scenario: str, key: tuple[str, ...], column: str) -> Interval:
        return self._look(self.levels, scenario, key, column)

    def change(self, scenario: str, key: tuple[str, ...], column: str) -> Interval:
        return self._look(self.differences, scenario, key, column)

    def _look(self, s: Summary, scenario: str, key: tuple[str, ...], column: str) -> Interval:
        k = self.where.get(key)
        if k is None or column not in self.cube.columns or scenario not in self.cube.scenarios:
            return UNKNOWN
        return interval_at(s, self.cube.scenarios.index(scenario), k, self.cube.columns.index(column))


class Results:
    """All numbers the report needs, from the indicator table of a study and its StudyInfo.

    ``arrivals`` is the table of ``sim.indicators.arrivals`` with ``scenario`` and ``replication``; where the indicators are a file, it is
    looked for beside it. Without it nothing is known by origin and urgency.
    """

    def __init__(
        self, indicators: pd.DataFrame | Path, info: StudyInfo, level: float = LEVEL, arrivals: pd.DataFrame | None = None
    ) -> None:
        self.info = info
        self.level = level
        self._indicators = indicators
        self._arrivals = arrivals
        rows = level_rows(indicators, CORE_COLUMNS)
        run = {str(s) for s in rows["scenario"].unique()}
        self.scenarios = tuple(s.name for s in info.scenarios if s.name in run)
        self.baseline = info.baseline
        if self.baseline not in self.scenarios:
            finished = ", ".join(sorted(run)) or "none"
            raise ValueError(f"the study has no finished cell of its baseline {self.baseline!r}; finished: {finished}")
        self.compared = tuple(s for s in self.scenarios if s != self.baseline)
        self.replications = int(rows["replication"].nunique())
        rows = rows.assign(stock_avg=_sum(rows, "waiting_avg", "in_care_avg", "kept_avg"))
        self.years = tuple(sorted(int(str(y)) for y in rows["period"].unique()))
        full = info.full_years()
        self.full_years = tuple(y for y in self.years if y in full) or self.years
        self.core = self._summed(_with_clients(cube(rows, CORE_COLUMNS, self.scenarios)), ("part", "node"))

    def _cube(self, columns: Sequence[str], name: str, single: str, years: Sequence[int]) -> Cube:
        """Rows of these years and every replication of one scenario, of single nodes at single sites, gebieden or ages."""
        rows = level_rows(self._indicators, columns, single=single, scenario=name, years=years)
        return cube(rows[(rows["node"] != ALL).to_numpy()], columns, (name,))

    def _summed(self, c: Cube, names: tuple[str, ...]) -> Block:
        draws = self._draws(c)
        base = c.values[c.scenarios.index(self.baseline)]
        levels = _possible(_stacked([summarise(world, draws, self.level) for world in c.values]), c.columns, level=True)
        differences = _stacked([summarise(world - base, draws, self.level) for world in c.values])
        differences = _possible(differences, c.columns, level=False)
        where = {tuple(k): i for i, k in enumerate(c.keys[[*names, "period"]].itertuples(index=False, name=None))}
        return Block(c, levels, differences, where)

    def _draws(self, c: Cube) -> I64:
        return draws_of(c.replications, self.info.seeds_per_draw)

    @property
    def _later_years(self) -> tuple[int, ...]:
        """Years of which single sites and gebieden are shown: those that may differ, and two before the headline year for its trend."""
        first = min(self.first_changed, self.headline_year - 2)
        return tuple(y for y in self.years if y >= first)

    @cached_property
    def sites(self) -> Block:
        """Node x site of the later years, for teams with sites; keyed by (node, site, year)."""
        whole = stacked(
            self._cube(SITE_COLUMNS, name, "site", self.years) for name in self.scenarios
        )  # one by one: a fraction of the memory
        return self._summed(whole, ("node", "site"))

    @cached_property
    def gebieden(self) -> Block:
        """Per gebied in the later years, added up over nodes; keyed by (gebied, year).

        ``wait_mean`` is the mean wait of all who started there, in weeks.
        """
        return self._groups("gebied", self._later_years)

    @cached_property
    def ages(self) -> Block:
        """Per age group in the headline year, as ``gebieden``; keyed by (age, year)."""
        return self._groups("age", (self.headline_year,))

    def _groups(self, key: str, years: Sequence[int]) -> Block:
        needed = (*GEBIED_COLUMNS, "starts", "renewals")
        whole = stacked(_over_nodes(self._cube(needed, name, key, years), key) for name in self.scenarios)
        adding = [i for i, column in enumerate(whole.columns) if column != "wait_mean"]
        whole.values[..., adding] = np.nan_to_num(whole.values[..., adding])
        return self._summed(whole, (key,))

    @cached_property
    def came(self) -> pd.DataFrame:
        """Arrivals by origin and by urgency in the headline year, of the replications that all scenarios have."""
        return self._came("period", str(self.headline_year))

    def _came(self, key: str, value: str) -> pd.DataFrame:
        if self._arrivals is not None:
            found = self._arrivals[self._arrivals[key] == value]
        else:
            file = self._indicators.with_name(ARRIVALS_FILE) if isinstance(self._indicators, Path) else Path()
            found = read_arrivals_where(file, pc.field(key) == value)
        return found.astype(dict.fromkeys(ARRIVAL_KEYS, str))

    @cached_property
    def demand(self) -> Block:
        """Persons who come from outside, per node and, as ``alle``, together; keyed by (node, year). All scenarios have the same keys."""
        rows = self._came("origin", OUTSIDE)
        whole = rows.groupby(["scenario", "replication", "period"], as_index=False, observed=True)["arrivals"].sum().assign(node=ALL)
        rows = pd.concat([whole, rows[whole.columns]], ignore_index=True)
        keys = rows[["node", "period"]].drop_duplicates().sort_values(["node", "period"], ignore_index=True)
        replications = self.core.cube.replications
        index = pd.MultiIndex.from_tuples(
            [(s, k, *key) for s in self.scenarios for k in replications for key in keys.itertuples(index=False, name=None)],
            names=["scenario", "replication", "node", "period"],
        )
        values = rows.set_index(list(index.names))["arrivals"].reindex(index, fill_value=0.0).to_numpy()
        shape = (len(self.scenarios), len(replications), len(keys), 1)
        return self._summed(Cube(keys, ("arrivals",), self.scenarios, replications, values.reshape(shape)), ("node",))

    def demand_band(self, node: str, level: float) -> tuple[list[float], list[float]]:
        """Ends of the predictive interval at ``level`` of the baseline's demand per year."""
        c = self.demand.cube
        at = [self.demand.where[node, str(y)] for y in self.years if (node, str(y)) in self.demand.where]
        s = summarise(c.column("arrivals")[c.scenarios.index(self.baseline)][:, at], self._draws(c), level)
        return np.maximum(s.low, 0.0).tolist(), s.high.tolist()

    def flows(self, scenario: str) -> dict[tuple[str, str], float]:
        """Persons per year from a node (``buiten``: from outside) to a node in the headline year, the mean over replications."""
        came = self.came
        mine = came[(came["scenario"] == scenario) & (came["origin"] != ALL)]
        n = max(1, mine["replication"].nunique())
        summed = mine.groupby(["origin", "node"], as_index=False)["arrivals"].sum()
        return {(str(of), str(to)): total / n for of, to, total in summed.itertuples(index=False, name=None)}

    @cached_property
    def urgencies(self) -> Block:
        """Per urgency at arrival in the headline year, added up over nodes; keyed by (urgency, year)."""
        return self._by_urgency(("urgency",))

    @cached_property
    def urgencies_of_nodes(self) -> Block:
        """Node x urgency at arrival in the headline year; keyed by (node, urgency, year)."""
        return self._by_urgency(("node", "urgency"))

    def _by_urgency(self, names: tuple[str, ...]) -> Block:
        rows = self.came[self.came["urgency"] != ALL]
        replications = self.core.cube.replications
        keys = rows[[*names, "period"]].drop_duplicates().sort_values([*names, "period"], ignore_index=True)
        by = ["scenario", "replication", *names]
        waited = rows.assign(weeks=rows["wait_mean"] * rows["waited"])
        sums = waited.groupby(by, observed=True)[["weeks", "waited", "waiting_end"]].sum()
        index = pd.MultiIndex.from_tuples(
            [(s, k, *key) for s in self.scenarios for k in replications for key in keys[list(names)].itertuples(index=False, name=None)],
            names=by,
        )
        sums = sums.reindex(index, fill_value=0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            wait = sums["weeks"].to_numpy() / sums["waited"].to_numpy()
        values = np.stack([wait, sums["waiting_end"].to_numpy()], axis=-1).reshape(len(self.scenarios), len(replications), len(keys), 2)
        return self._summed(Cube(keys, URGENCY_COLUMNS, self.scenarios, replications, values), names)

    # ---- what the study has

    @cached_property
    def first_changed(self) -> int:
        """First year in which any scenario differs from the baseline (the last year if none does)."""
        c = self.core.cube
        at = [c.columns.index(name) for name in FIRST_SEEN_IN if name in c.columns]
        delta = difference(c, self.baseline)[..., at]
        with np.errstate(invalid="ignore"):
            differs = (np.abs(np.nan_to_num(delta)) > 0).any(axis=(0, 1, 3))
        years = c.keys["period"].to_numpy(dtype=np.int64)[differs]
        return int(years.min()) if len(years) else self.years[-1]

    @property
    def shown_years(self) -> tuple[int, ...]:
        """Years from the first difference to the horizon."""
        return tuple(y for y in self.years if y >= self.first_changed)

    @property
    def headline_year(self) -> int:
        asked = self.info.headline_year
        return asked if asked in self.years else self.full_years[-1]

    @property
    def cumulative_years(self) -> tuple[int, ...]:
        return tuple(y for y in self.shown_years if y in self.full_years) or self.shown_years

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """Parts with rows, in the model's order; what the model does not name (``maatregelen``) comes last."""
        there = [p for p in dict.fromkeys(self.core.cube.keys["part"]) if p != ALL]
        order = [p.name for p in self.info.parts]
        return tuple(p for p in order if p in there) + tuple(sorted(p for p in there if p not in order))

    @cached_property
    def nodes(self) -> tuple[tuple[str, str], ...]:
        """(part, node) with rows, in the model's order."""
        keys = self.core.cube.keys
        pairs = keys.loc[keys["node"] != ALL, ["part", "node"]].itertuples(index=False, name=None)
        there = list(dict.fromkeys((str(p), str(n)) for p, n in pairs))
        order = {n.name: i for i, n in enumerate(self.info.nodes)}
        part = {p: i for i, p in enumerate(self.parts)}
        return tuple(sorted(there, key=lambda pn: (part.get(pn[0], 99), order.get(pn[1], len(order)), pn[1])))

    @cached_property
    def waiting_nodes(self) -> tuple[tuple[str, str], ...]:
        """Nodes where anybody waits: a list of half a person or a mean wait above a tenth of a week, in any year and scenario."""
        queue, wait = self.core.levels.mean[..., self._c("waiting_avg")], self.core.levels.mean[..., self._c("wait_mean")]
        some = (np.nan_to_num(queue) >= 0.5).any(axis=0) | (np.nan_to_num(wait) > 0.1).any(axis=0)
        keys = self.core.cube.keys
        waits = set(keys["node"].to_numpy()[some]) - {ALL}
        return tuple(pn for pn in self.nodes if pn[1] in waits)

    @cached_property
    def largest_cost(self) -> float:
        total = [abs(self.value(s, ALL, ALL, y, "cost").mean) for s in self.scenarios for y in self.years]
        return max([v for v in total if np.isfinite(v)], default=0.0)

    def has(self, column: str) -> bool:
        """True where the column holds anything but zero and NaN."""
        return column in self.core.cube.columns and bool((np.nan_to_num(self.core.cube.column(column)) != 0).any())

    def shown(self, column: str) -> Shown:
        return shown(column, self.largest_cost)

    def _c(self, column: str) -> int:
        return self.core.cube.columns.index(column)

    # ---- looking up

    def value(self, scenario: str, part: str, node: str, year: int, column: str) -> Interval:
        return self.core.value(scenario, (part, node, str(year)), column)

    def change(self, scenario: str, part: str, node: str, year: int, column: str) -> Interval:
        return self.core.change(scenario, (part, node, str(year)), column)

    def change_over(self, scenario: str, part: str, node: str, years: Sequence[int], column: str) -> Interval:
        """Difference of the sum over years (cost, person-weeks), summed per replication before it is summarised."""
        return self._over(part, node, years, column, scenario, self.baseline)

    def sum_over(self, scenario: str, part: str, node: str, years: Sequence[int], column: str) -> Interval:
        """The sum over years itself."""
        return self._over(part, node, years, column, scenario, None)

    def _over(self, part: str, node: str, years: Sequence[int], column: str, scenario: str, minus: str | None) -> Interval:
        keys = [k for y in years if (k := self.core.where.get((part, node, str(y)))) is not None]
        if not keys or len(keys) < len(years) or column not in self.core.cube.columns:
            return UNKNOWN
        values = self.core.cube.column(column)[:, :, keys].sum(axis=2)
        x = values[self.scenarios.index(scenario)]
        if minus is not None:
            x = x - values[self.scenarios.index(minus)]
        return interval_at(summarise(x[:, None], self._draws(self.core.cube), self.level), 0)

    def per_replication(self, scenario: str, part: str, node: str, year: int, column: str) -> F64:
        """[replication] one number of a scenario; NaN where there is none."""
        key = self.core.where.get((part, node, str(year)))
        if key is None:
            return np.full(len(self.core.cube.replications), np.nan)
        return np.asarray(self.core.cube.column(column)[self.scenarios.index(scenario), :, key])

    def interval(self, values: F64) -> Interval:
        """Summarise a number [replication] made of others."""
        if not np.isfinite(values).any():
            return UNKNOWN
        return interval_at(summarise(values[:, None], self._draws(self.core.cube), self.level), 0)

    def saturated(self, scenario: str, year: int) -> tuple[tuple[str, str], ...]:
        """(part, node) whose places are taken for SATURATED of the time or more."""
        return tuple((p, n) for p, n in self.nodes if self.value(scenario, p, n, year, "occupancy").mean >= SATURATED)


def level_rows(
    indicators: pd.DataFrame | Path, columns: Sequence[str], *, single: str = "", scenario: str | None = None,
    years: Sequence[int] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Rows of calendar years (None: all) of every replication; keys and these columns. ``single``: of single sites, gebieden or ages, all
    else together.

    ``indicators`` is the table, or the file with it, of which no more is read than this.
    """
    if isinstance(indicators, Path):
        where, equal = of_every_replication(), {"period_kind": "year"}
        if scenario is not None:
            equal["scenario"] = scenario
        if years is not None and len(years) == 1:
            equal["period"] = str(years[0])
        elif years is not None:
            where &= pc.field("period").isin([str(y) for y in years])
        for key in ("age", "site", "gebied"):
            if key == single:
                where &= ~is_all(key)
            else:
                equal[key] = ALL
        return read_indicators(indicators, where, equal, columns)
    mask = (indicators["period_kind"] == "year").to_numpy() & (indicators["replication"] >= 0).to_numpy()
    if scenario is not None:
        mask &= (indicators["scenario"] == scenario).to_numpy()
    if years is not None:
        mask &= indicators["period"].isin([str(y) for y in years]).to_numpy()
    for key in ("age", "site", "gebied"):
        mask &= (indicators[key] != ALL).to_numpy() if key == single else (indicators[key] == ALL).to_numpy()
    wanted = set(columns)
    return indicators.loc[mask, ["scenario", "replication", *KEYS, *(c for c in indicators.columns if c in wanted)]]


def _over_nodes(c: Cube, key: str) -> Cube:
    """``GEBIED_COLUMNS`` added up over nodes; the wait is the mean over all who started, weighted by them."""
    wait = c.column("wait_mean")
    fresh = np.where(np.isfinite(wait), np.maximum(c.column("starts") - np.nan_to_num(c.column("renewals")), 0.0), 0.0)
    pair = [key, "period"]
    places = c.keys[pair].drop_duplicates().sort_values(pair, ignore_index=True)
    at = pd.MultiIndex.from_frame(places).get_indexer(pd.MultiIndex.from_frame(c.keys[pair]))
    turn = pd.Series(at).groupby(at).cumcount().to_numpy()  # nodes are added in their order, all places at once
    parts = [np.nan_to_num(wait) * fresh if name == "wait_mean" else np.nan_to_num(c.column(name)) for name in GEBIED_COLUMNS]
    of_nodes = np.stack([*parts, fresh], axis=-1)
    values = np.zeros((*of_nodes.shape[:2], len(places), of_nodes.shape[3]))
    for i in range(int(turn.max(initial=-1)) + 1):
        now = np.flatnonzero(turn == i)
        values[:, :, at[now]] += of_nodes[:, :, now]
    with np.errstate(invalid="ignore", divide="ignore"):
        values[..., GEBIED_COLUMNS.index("wait_mean")] /= values[..., -1]
    keys = places.assign(period_kind="year", **{k: ALL for k in KEYS if k not in (*pair, "period_kind")})[list(KEYS)]
    return Cube(keys, GEBIED_COLUMNS, c.scenarios, c.replications, values[..., :-1])


def _stacked(of_scenarios: Sequence[Summary]) -> Summary:
    """One summary of several scenarios, made one by one so that no more than one at a time takes memory for its replications."""
    return Summary(**{f.name: np.stack([getattr(s, f.name) for s in of_scenarios]) for f in fields(Summary)})


def _possible(s: Summary, columns: Sequence[str], *, level: bool) -> Summary:
    """Intervals cut to what a column can be: no level but cost below 0, no share above 1. Cutting off the impossible keeps the coverage."""
    lowest = np.array([0.0 if level and c != "cost" else -1.0 if c in SHARES else -np.inf for c in columns])
    highest = np.array([1.0 if c in SHARES else np.inf for c in columns])
    cut = {f: np.clip(getattr(s, f), lowest, highest) for f in ("mean_low", "mean_high", "low", "high")}
    return replace(s, **cut)


def _with_clients(c: Cube) -> Cube:
    """The column ``clients_avg``: who is in care, on average, at steps that cost something in the study, added up for parts and the whole.

    So nobody counts who has left and may come back (a stay without help or cost). Without any cost everybody in care counts.
    """
    care, cost = c.column("in_care_avg"), np.abs(np.nan_to_num(c.column("cost")))
    part, node, period = (c.keys[name].to_numpy().astype(str) for name in ("part", "node", "period"))
    single = node != ALL
    helped = single & np.isin(node, node[single & (cost > 0).any(axis=(0, 1))])
    found = np.array(care)
    if helped.any():
        found = np.where(helped, care, 0.0 * care)  # a cell that is missing stays so
        for k in np.flatnonzero(~single):
            mine = helped & (period == period[k]) & ((part == part[k]) | (part[k] == ALL))
            found[:, :, k] += np.nan_to_num(care[:, :, mine]).sum(axis=2)
    return replace(c, columns=(*c.columns, "clients_avg"), values=np.concatenate([c.values, found[..., None]], axis=-1))


def _sum(rows: pd.DataFrame, *columns: str) -> pd.Series[float]:
    present = [c for c in columns if c in rows.columns]
    return rows[present].sum(axis=1, min_count=1)
