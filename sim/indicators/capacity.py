"""Places, occupancy and offered load: what belongs to teams, added up to the teams of a row."""

from __future__ import annotations

import numpy as np

from sim.indicators import compiled
from sim.indicators.layout import Block, Periods, sum_groups
from sim.indicators.visits import F64, Array, Visits, plain
from sim.plan.plan import TICKS_PER_WEEK, UNLIMITED, Plan


class Capacity:
    """Places and work of every team of one run."""

    def __init__(self, plan: Plan, visits: Visits, taken_by_team: F64) -> None:
        self.plan = plan
        self.taken = taken_by_team  # [T, M] ticks
        self.limited = (plan.places < UNLIMITED) & ~plan.is_supply[:, None]
        self.place_ticks = np.where(self.limited, plan.places * np.diff(plan.months), 0.0)
        self.by_month = _by_month(plan, visits)

    def columns(self, block: Block) -> dict[str, F64]:
        """places_avg, occupancy and offered_load per row; NaN where the level has no places."""
        level, periods = block.level, block.periods
        p = len(periods)
        if level.teams is None:
            return {name: np.full(block.n_rows, np.nan) for name in ("places_avg", "occupancy", "offered_load")}
        limited = periods.gather(self.limited.astype(np.int64), "sum") == periods.gather(np.ones(self.limited.shape, np.int64), "sum")
        group, team = np.nonzero(level.teams)

        def of_teams(values: Array) -> F64:
            """Sum of whole numbers over the teams of each group that are limited throughout the period."""
            return sum_groups(np.where(limited, values, 0.0)[team], group, level.n)

        n_limited = of_teams(np.ones(p))
        has_places = n_limited == level.teams.sum(axis=1, keepdims=True) if level.strict else np.ones(n_limited.shape, np.bool_)
        work = self.work(periods)  # NaN where somebody asks for what nobody was ever seen to finish
        unknown = of_teams(np.isnan(work)) > 0
        places = of_teams(periods.gather(self.place_ticks, "sum"))
        places[~has_places | (n_limited == 0)] = np.nan
        occupied = of_teams(periods.gather(self.taken, "sum"))
        asked = np.where(unknown, np.nan, level.teams.astype(np.float64) @ np.where(limited, np.nan_to_num(work), 0.0))
        with np.errstate(invalid="ignore", divide="ignore"):
            return {
                "places_avg": (places / periods.ticks).reshape(-1),
                "occupancy": np.where(places > 0, occupied / places, np.nan).reshape(-1),
                "offered_load": np.where(places > 0, asked / places, np.nan).reshape(-1),
            }

    def work(self, periods: Periods) -> F64:
        """Place-ticks asked for per team and period [T, P]: newcomers x mean time taken at the node, plus the time taken by renewals."""
        plan = self.plan
        came, starts, ticks, renewed = (periods.gather(values, "sum") for values in self.by_month)
        kind = plan.node_kind
        of_kind = np.zeros((2, len(plan.names.kinds)))
        np.add.at(of_kind[0], kind, starts.sum(axis=1))
        np.add.at(of_kind[1], kind, ticks.sum(axis=1))
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = ticks / starts
            for fallback in (ticks.sum(axis=1) / starts.sum(axis=1), (of_kind[1] / of_kind[0])[kind]):
                mean = np.where(starts > 0, mean, np.where(np.isnan(mean), fallback[:, None], mean))
        work = np.zeros((len(plan.names.teams), len(periods)))
        np.add.at(work, plan.node_team, np.where(came > 0, came * mean, 0.0) + renewed)
        return work


def _by_month(plan: Plan, visits: Visits) -> tuple[F64, F64, F64, F64]:
    """Newcomers, those who started, the ticks they take a place, and those that renewals take one; per node and month [N, M]."""
    came, starts, ticks, renewed = (np.zeros((len(plan.names.nodes), plan.n_months)) for _ in range(4))
    compiled.work_by_month(visits, time_taken(plan, visits), plan.n_months, came, starts, ticks, renewed)
    return came, starts, ticks, renewed


def time_taken(plan: Plan, visits: Visits) -> F64:
    """Ticks from start to release of every started visit; an unfinished one is completed by the mean residual time of its kind.

    The residual comes from a piecewise-exponential life table by week (occurrences over exposure; Aalen, Borgan and Gjessing 2008,
    chapter 5), in which warm-start visits enter at the age they had on the start date. Beyond what was seen, the overall rate of the kind
    holds; NaN for a kind at which no place ever came free.
    """
    taken = (visits.leave - np.minimum(visits.since, visits.leave)).astype(np.float64)
    oldest = compiled.oldest(visits)
    if oldest < 0:
        return taken
    week = TICKS_PER_WEEK
    bins = oldest // week + 1
    entered, left, entered_ticks, left_ticks, freed = (np.zeros((len(plan.names.kinds), bins), np.int64) for _ in range(5))
    rows = np.empty(len(taken), np.int32)
    node_kind = plain(plan.node_kind, np.int32)
    n = compiled.life_table(visits, node_kind, plan.n_months, bins, entered, left, entered_ticks, left_ticks, freed, rows)
    going_on = rows[:n]
    at_risk = np.cumsum(entered - left, axis=1).astype(np.float64)
    passed = np.cumsum(entered_ticks - left_ticks, axis=1).astype(np.float64)
    events = freed.astype(np.float64)
    edges = np.arange(1, bins + 1, dtype=np.int64) * week
    exposure = np.diff(edges * at_risk - passed, axis=1, prepend=0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        overall = events.sum(axis=1) / exposure.sum(axis=1)  # per tick
        rate = np.where(exposure > 0, events / exposure, overall[:, None])
        residual = np.empty((len(rate), bins + 1))
        residual[:, bins] = 1.0 / overall
        residual[~np.isfinite(residual[:, bins]), bins] = np.nan
        for b in range(bins - 1, -1, -1):
            residual[:, b] = _mean_left(rate[:, b], np.float64(week), residual[:, b + 1])
        k, u = plan.node_kind[visits.served[going_on]], (visits.leave[going_on] - visits.since[going_on]).astype(np.int64)
        at = u // week
        taken[going_on] += _mean_left(rate[k, at], (week - u % week).astype(np.float64), residual[k, at + 1])
    return taken


def _mean_left(rate: F64, span: F64 | np.float64, beyond: F64) -> F64:
    """Mean time left at constant ``rate`` over ``span``, with ``beyond`` as the mean time left after it."""
    survive = np.exp(-rate * span)
    within = np.where(rate > 0, (1.0 - survive) / np.where(rate > 0, rate, 1.0), span)
    return np.asarray(within + survive * beyond)
