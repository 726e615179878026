"""The indicator table of random valid logs: equal to a slow plain computation, additive, conserving people and time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.engine.visit_log import AGED_OUT, NULL, RENEGED, RENEWAL, WARM, VisitLog
from sim.indicators import COLUMNS, KEYS, conserve, measure
from sim.indicators.definitions import ALL, STOCK, SUM
from sim.plan.plan import TICKS_PER_DAY, TICKS_PER_WEEK, UNLIMITED, Plan
from tests.indicator_plans import EXIT_KINDS, log_of, random_visits, small_plan

pytestmark = pytest.mark.property

PLAN = small_plan(measures={"poh": (100.0,) * 16, "waakvlam": (0.0,) * 4 + (50.0,) * 12})
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

chance = st.randoms(use_true_random=False)
logs = st.builds(lambda random, persons: log_of(PLAN, random_visits(PLAN, random, persons)), chance, st.integers(0, 12))


def big_log(seed: int) -> VisitLog:
    return log_of(PLAN, random_visits(PLAN, Random(seed), 400))


# ---- a slow computation, visit by visit, straight from the definitions


@dataclass
class Row:
    """One visit in plain Python; times beyond the run are None."""

    kind: int
    node: int  # asked
    served_kind: int
    served: int
    gebied: int
    age: int
    person: int
    birth: int
    arrive: int
    start: int | None
    end: int | None
    leave: int | None
    outcome: int
    entry: int
    to: int

    @property
    def wait_over(self) -> int | None:
        return self.start if self.start is not None else self.end


def rows_of(plan: Plan, log: VisitLog) -> list[Row]:
    out = []
    for i in range(len(log)):
        start, end, release = (None if t[i] == NULL or t[i] >= plan.horizon else int(t[i]) for t in (log.start, log.end, log.release))
        asked = int(log.asked[i])
        served = int(log.served[i]) if start is not None else asked
        age = int(np.searchsorted(plan.age_from, log.arrive[i] - log.birth[i], side="right")) - 1
        out.append(Row(
            int(plan.node_kind[asked]), asked, int(plan.node_kind[served]), served, int(log.gebied[i]), max(0, age),
            int(log.person[i]), int(log.birth[i]), int(log.arrive[i]), start, end, release if start is not None else end,
            int(log.outcome[i]), int(log.entry[i]), int(log.next[i]),
        ))  # fmt: skip
    return out


def overlap(since: int, until: int | None, low: int, high: int, horizon: int) -> int:
    return max(0, min(horizon if until is None else until, high) - max(since, 0, low))


def residual(plan: Plan, rows: list[Row], kind: int, age: int) -> float:
    """Mean time left at ``age`` by a life table in weeks, by walking forward to the end of what was seen."""
    mine = [r for r in rows if r.start is not None and r.served_kind == kind and (r.leave is None or r.leave >= 0)]
    exits = [(plan.horizon if r.leave is None else r.leave) - r.start for r in mine if r.start is not None]
    entries = [max(0, -r.start) for r in mine if r.start is not None]
    freed = [r.leave is not None for r in mine]
    week = TICKS_PER_WEEK
    everybody = [r for r in rows if r.start is not None and (r.leave is None or r.leave >= 0)]
    bins = max(((plan.horizon if r.leave is None else r.leave) - (r.start or 0)) // week for r in everybody) + 1

    def seen(b: int) -> tuple[int, int]:
        time = sum(max(0, min(x, (b + 1) * week) - max(e, b * week)) for e, x in zip(entries, exits, strict=True))
        return time, sum(f and x // week == b for x, f in zip(exits, freed, strict=True))

    table = [seen(b) for b in range(bins)]
    time, events = sum(t for t, _ in table), sum(e for _, e in table)
    if not events or not time:
        return math.nan
    left, alive, at = 0.0, 1.0, age
    for b in range(age // week, bins):
        t, e = table[b]
        rate = e / t if t else events / time
        span = (b + 1) * week - at
        survive = math.exp(-rate * span)
        left += alive * ((1 - survive) / rate if rate else span)
        alive *= survive
        at = (b + 1) * week
    return left + alive * time / events


def quantile(values: list[int], q: float) -> float:
    return float(np.quantile(values, q)) if values else math.nan


class Slow:
    """One row of the table at a time."""

    def __init__(self, plan: Plan, log: VisitLog) -> None:
        self.plan, self.rows = plan, rows_of(plan, log)
        self.limited = (plan.places < UNLIMITED) & ~plan.is_supply[:, None]
        listed = plan.is_supply | (plan.places < UNLIMITED).any(axis=1)
        self.listed = {int(k) for k, t in zip(plan.node_kind, plan.node_team, strict=True) if listed[t]}
        self.taken = np.zeros(plan.places.shape)
        for m in range(plan.n_months):
            for r in self.rows:
                if r.start is not None:
                    low, high = int(plan.months[m]), int(plan.months[m + 1])
                    self.taken[plan.node_team[r.served], m] += overlap(r.start, r.leave, low, high, plan.horizon)
        self.stay = [math.nan if r.start is None else self._stay(r) for r in self.rows]

    def _stay(self, r: Row) -> float:
        assert r.start is not None
        if r.leave is not None:
            return r.leave - r.start
        age = self.plan.horizon - r.start
        return age + residual(self.plan, self.rows, r.served_kind, age)

    def row(self, months: list[int], part: str, node: str, site: str, gebied: str, age: str) -> dict[str, float]:
        plan, n = self.plan, self.plan.names
        b0, b1, horizon = int(plan.months[months[0]]), int(plan.months[months[-1] + 1]), self.plan.horizon
        weeks = (b1 - b0) / TICKS_PER_WEEK

        def here(node_index: int, r: Row, at_age: int) -> bool:
            kind = int(plan.node_kind[node_index])
            return (
                part in (ALL, n.parts[plan.node_part[node_index]])
                and node in (ALL, n.kinds[kind])
                and site in (ALL, n.sites[plan.node_team[node_index]])
                and gebied in (ALL, n.gebieden[r.gebied])
                and age in (ALL, n.ages[at_age])
            )

        def unit(node_index: int) -> int:
            return node_index if site != ALL else int(plan.node_kind[node_index])

        asked = [r for r in self.rows if here(r.node, r, r.age)]
        served = [r for r in self.rows if r.start is not None and here(r.served, r, r.age)]
        present = [r.arrive < 0 or (r.entry == WARM and r.arrive == 0) for r in self.rows]
        before = {id(r) for r, p in zip(self.rows, present, strict=True) if p}
        moved = [r for r in self.rows if r.start is not None and unit(r.node) != unit(r.served)]

        def within(t: int | None) -> bool:
            return t is not None and b0 <= t < b1

        def started(r: Row) -> bool:
            return within(r.start) and not (id(r) in before and r.start is not None and r.start <= max(r.arrive, -1))

        def waiting(b: int) -> list[Row]:
            return [r for r in asked if (r.arrive < b or id(r) in before) and (r.wait_over is None or r.wait_over >= b)]

        def in_care(b: int) -> int:
            return sum(r.start < b and (r.end is None or r.end >= b) for r in served if r.start is not None)

        def kept(b: int) -> int:
            return sum(r.end < b and (r.leave is None or r.leave >= b) for r in served if r.end is not None)

        out: dict[str, float] = {}
        out["inflow"] = sum(within(r.arrive) and r.entry != RENEWAL and id(r) not in before for r in asked)
        out["inflow"] += sum(within(r.start) and here(r.served, r, r.age) for r in moved)
        out["renewals"] = sum(within(r.arrive) and r.entry == RENEWAL for r in asked)
        out["starts"] = sum(started(r) for r in served)
        gone = [r for r in asked if r.start is None and within(r.end)] + [r for r in served if within(r.leave)]
        out["outflow"] = len(gone) + sum(within(r.start) and here(r.node, r, r.age) for r in moved)
        out["reneged"] = sum(r.outcome == RENEGED for r in gone)
        out["aged_out"] = sum(r.outcome == AGED_OUT and r.end is not None for r in gone)
        out["left"] = sum(r.to < 0 for r in gone)
        out["left_shifted"] = sum(r.to < 0 and EXIT_KINDS[-(r.to + 1)] == "shifted" for r in gone)
        out["stock_begin"] = len(waiting(b0)) + in_care(b0) + kept(b0)
        out["waiting_end"], out["in_care_end"], out["kept_end"] = len(waiting(b1)), in_care(b1), kept(b1)
        out["stock_end"] = out["waiting_end"] + out["in_care_end"] + out["kept_end"]

        def time(since: int | None, until: int | None, low: int = b0, high: int = b1) -> int:
            return 0 if since is None else overlap(since, until, low, high, horizon)

        wait_time = sum(time(r.arrive, r.wait_over) for r in asked) / TICKS_PER_WEEK
        care_time = sum(time(r.start, r.end) for r in served) / TICKS_PER_WEEK
        kept_time = sum(time(r.end, r.leave) for r in served) / TICKS_PER_WEEK
        out["waiting_avg"], out["in_care_avg"], out["kept_avg"] = wait_time / weeks, care_time / weeks, kept_time / weeks
        out["person_weeks_waited"], out["client_weeks"] = wait_time, care_time + kept_time

        new_year = (date(plan.start.year + (plan.start.month - 1 + months[0]) // 12, 1, 1) - plan.start).days * TICKS_PER_DAY
        clients = set()
        for r in self.rows:
            if r.start is None or not (r.start < b1 and (r.leave is None or r.leave > b0 or started(r))):
                continue
            on_new_year = max(0, int(np.searchsorted(plan.age_from, new_year - r.birth, side="right")) - 1)
            if here(r.served, r, on_new_year):
                clients.add(r.person)
        out["unique_clients"] = len(clients)

        waits = [
            r.start - r.arrive for r in asked
            if r.start is not None and started(r) and r.entry != RENEWAL and r.kind in self.listed
        ]  # fmt: skip
        out["wait_mean"] = sum(waits) / len(waits) / TICKS_PER_WEEK if waits else math.nan
        out["wait_median"], out["wait_p90"] = quantile(waits, 0.5) / TICKS_PER_WEEK, quantile(waits, 0.9) / TICKS_PER_WEEK
        still = [b1 - r.arrive for r in waiting(b1)]
        out["elapsed_mean"] = sum(still) / len(still) / TICKS_PER_WEEK if still else math.nan

        base = met = in_time = 0
        for r in asked:
            norm = int(plan.norms.within[r.kind])
            if not norm or not within(r.arrive) or r.entry == RENEWAL or id(r) in before or r.arrive + norm >= horizon:
                continue
            base += 1
            in_time += r.start is not None and r.start - r.arrive <= norm
            clock = r.end if plan.norms.to_end[r.kind] else r.start
            failed = r.start is None or (bool(plan.norms.to_end[r.kind]) and r.outcome == AGED_OUT)
            met += clock is not None and not failed and clock - r.arrive <= norm
        out["norm_base"], out["within_norm"] = base, met / base if base else math.nan
        out["started_within_norm"] = in_time / base if base else math.nan

        out |= self._places(months, part, node, site, gebied, age, b1 - b0, started, before)
        out |= self._money(months, part, node, site, gebied, age, time, here, served)
        return out

    def _places(self, months, part, node, site, gebied, age, length, started, before):  # type: ignore[no-untyped-def]
        plan, n = self.plan, self.plan.names
        nothing = {"places_avg": math.nan, "occupancy": math.nan, "offered_load": math.nan}
        if gebied != ALL or age != ALL:
            return nothing
        teams = sorted({
            int(t) for i, t in enumerate(plan.node_team)
            if part in (ALL, n.parts[plan.node_part[i]]) and node in (ALL, n.kinds[plan.node_kind[i]]) and site in (ALL, n.sites[t])
        })  # fmt: skip
        limited = [t for t in teams if self.limited[t, months].all()]
        if not limited or (node != ALL and limited != teams):
            return nothing
        places = sum(plan.places[t, m] * int(plan.months[m + 1] - plan.months[m]) for t in limited for m in months)
        work = 0.0
        b0, b1 = int(plan.months[months[0]]), int(plan.months[months[-1] + 1])
        for i in (i for i, t in enumerate(plan.node_team) if t in limited):
            came = sum(r.node == i and b0 <= r.arrive < b1 and r.entry != RENEWAL and id(r) not in before for r in self.rows)
            kind = int(plan.node_kind[i])

            def fresh(pick, in_period=True):  # type: ignore[no-untyped-def]
                whole = [
                    s for r, s in zip(self.rows, self.stay, strict=True)
                    if pick(r) and r.entry != RENEWAL and r.start is not None and r.start >= 0
                    and not (id(r) in before and r.start <= r.arrive) and (started(r) or not in_period)
                ]  # fmt: skip
                return sum(whole) / len(whole) if whole else None

            mean = fresh(lambda r, i=i: r.served == i)
            if mean is None:
                mean = fresh(lambda r, i=i: r.served == i, False)
            if mean is None:
                mean = fresh(lambda r, kind=kind: r.served_kind == kind, False)
            work += came * (math.nan if mean is None else mean) if came else 0.0
            renewed = [r.start is not None and r.served == i and r.entry == RENEWAL and started(r) for r in self.rows]
            work += sum(s for s, here in zip(self.stay, renewed, strict=True) if here)
        taken = sum(self.taken[t, m] for t in limited for m in months)
        return {
            "places_avg": places / length, "occupancy": taken / places if places else math.nan,
            "offered_load": work / places if places else math.nan,
        }  # fmt: skip

    def _money(self, months, part, node, site, gebied, age, time, here, served):  # type: ignore[no-untyped-def]
        plan, n = self.plan, self.plan.names
        care = staff = contributions = 0.0
        for m in months:
            low, high = int(plan.months[m]), int(plan.months[m + 1])
            for r in served:
                at = r.gebied * plan.n_ages + r.age
                taken = time(r.start, r.leave, low, high)
                care += taken / TICKS_PER_WEEK * plan.rows[plan.money.price_row[r.served, at], m]
                contributions += time(r.start, r.end, low, high) / TICKS_PER_WEEK * plan.rows[plan.money.contribution_row[r.served, at], m]
                team = plan.node_team[r.served]
                staff += plan.money.team_cost[team, m] * taken / self.taken[team, m] if taken else 0.0
            for t in range(len(n.teams)):
                first = int(np.flatnonzero(plan.node_team == t)[0])
                gebied_of = int(plan.node_gebied[first]) if plan.node_gebied[first] >= 0 else n.gebieden.index("overig")
                idle = Row(0, first, 0, first, gebied_of, 0, 0, 0, 0, None, None, None, 0, 0, 0)
                if not self.taken[t, m] and here(first, idle, 0):
                    staff += plan.money.team_cost[t, m]
        measures = 0.0
        if part in (ALL, "maatregelen") and gebied == age == site == ALL:
            chosen = [i for i, name in enumerate(plan.money.measure_names) if node in (ALL, name)]
            measures = float(plan.money.measure_cost[chosen][:, months].sum())
        cost = care + staff + measures - contributions
        return {"cost_care": care, "cost_staff": staff, "cost_measures": measures, "contributions": contributions, "cost": cost}


def months_of(plan: Plan, kind: str, label: str) -> list[int]:
    found = []
    for m in range(plan.n_months):
        year, month = plan.start.year + (plan.start.month - 1 + m) // 12, (plan.start.month - 1 + m) % 12 + 1
        name = {"year": f"{year}", "quarter": f"{year}-Q{(month + 2) // 3}", "month": f"{year}-{month:02d}"}[kind]
        if name == label:
            found.append(m)
    return found


def check_against_slow(log: VisitLog, table: pd.DataFrame, some: int | None = None) -> None:
    slow = Slow(PLAN, log)
    rows = table.astype(dict.fromkeys(KEYS, str))
    if some is not None:
        rows = rows.sample(min(some, len(rows)), random_state=1)
    for given_row in rows.to_dict("records"):
        keys = [given_row[key] for key in KEYS]
        expected = slow.row(months_of(PLAN, keys[0], keys[1]), *keys[2:])
        for column in COLUMNS:
            got, want = given_row[column.name], expected[column.name]
            assert got == pytest.approx(want, rel=1e-9, abs=1e-9, nan_ok=True), f"{keys}: {column.name} is {got}, should be {want}"


@given(logs)
@settings(SLOW, max_examples=25)
def test_every_cell_of_the_table_equals_the_slow_computation(log: VisitLog) -> None:
    table = measure(PLAN, log)
    check_against_slow(log, table, some=120)


@pytest.mark.parametrize("detail", ["year", "month"])
def test_a_large_random_log_equals_the_slow_computation(detail: str) -> None:
    log = big_log(5)
    check_against_slow(log, measure(PLAN, log, detail), some=150)  # type: ignore[arg-type]


@given(logs)
@SLOW
def test_random_logs_conserve_people_and_time(log: VisitLog) -> None:
    conserve(PLAN, log)
    table = measure(PLAN, log)
    assert (table["inflow"] + table["renewals"] == table["outflow"] + table["stock_end"] - table["stock_begin"]).all()
    assert (table["stock_end"] == table["waiting_end"] + table["in_care_end"] + table["kept_end"]).all()


@given(logs)
@SLOW
def test_the_integral_of_the_stock_is_the_sum_of_the_times_of_the_visits(log: VisitLog) -> None:
    table = measure(PLAN, log)
    total = table[(table["period_kind"] == "year") & (table["part"] == ALL)]
    stop = {name: np.where(t == NULL, PLAN.horizon, t) for name, t in (("start", log.start), ("end", log.end), ("release", log.release))}
    waits = np.minimum(stop["start"], stop["end"]) - np.maximum(log.arrive, 0)
    taken = np.where(log.start == NULL, 0, stop["release"] - np.maximum(stop["start"], 0))
    assert total["person_weeks_waited"].sum() == pytest.approx(np.maximum(waits, 0).sum() / TICKS_PER_WEEK)
    assert total["client_weeks"].sum() == pytest.approx(np.maximum(taken, 0).sum() / TICKS_PER_WEEK)


def level(table: pd.DataFrame, **keys: str) -> pd.DataFrame:
    """Rows of one level: keys are a name, "alle", or "each" for every name but "alle"."""
    here = np.ones(len(table), np.bool_)
    for key in ("period_kind", "part", "node", "site", "gebied", "age"):
        wanted = keys.get(key, ALL)
        column = table[key].astype(str)
        here &= ((column != ALL) if wanted == "each" else (column == wanted)).to_numpy()
    return table[here]


def added(rows: pd.DataFrame, by: list[str], columns: list[str]) -> pd.DataFrame:
    return rows.groupby([rows[key].astype(str) for key in by])[columns].sum()


@given(logs)
@settings(SLOW, max_examples=15)
def test_what_adds_up_adds_up_over_gebied_age_and_node(log: VisitLog) -> None:
    table = measure(PLAN, log, "month")
    columns = [c.name for c in COLUMNS if c.additive in (SUM, STOCK) and c.name not in ("places_avg", "cost_measures", "cost")]
    for kind in ("year", "quarter", "month"):
        cross = level(table, period_kind=kind, part="each", node="each", gebied="each", age="each")
        whole = added(level(table, period_kind=kind, part="each", node="each"), ["part", "node", "period"], columns)
        summed = added(cross, ["part", "node", "period"], columns).reindex(whole.index).fillna(0.0)
        np.testing.assert_allclose(summed, whole, rtol=1e-9, atol=1e-7)
        parts = added(level(table, period_kind=kind, part="each"), ["part", "period"], [*columns, "cost_measures", "cost"])
        nodes = added(level(table, period_kind=kind, part="each", node="each"), ["part", "period"], [*columns, "cost_measures", "cost"])
        np.testing.assert_allclose(nodes.reindex(parts.index).fillna(0.0), parts, rtol=1e-9, atol=1e-7)
        everything = added(level(table, period_kind=kind), ["period"], [*columns, "cost_measures", "cost"])
        over_parts = added(level(table, period_kind=kind, part="each"), ["period"], [*columns, "cost_measures", "cost"])
        np.testing.assert_allclose(over_parts, everything, rtol=1e-9, atol=1e-7)
    for one, keys in (("gebied", {"gebied": "each"}), ("age", {"age": "each"})):
        rows = level(table, period_kind="year", part="each", node="each", **keys)
        summed = added(rows, ["node", "period"], columns)
        whole = added(level(table, period_kind="year", part="each", node="each"), ["node", "period"], columns).reindex(summed.index)
        np.testing.assert_allclose(summed, whole, rtol=1e-9, atol=1e-7, err_msg=one)


@given(logs)
@settings(SLOW, max_examples=25)
def test_what_adds_up_over_time_makes_quarters_and_years_of_months(log: VisitLog) -> None:
    table = measure(PLAN, log)
    columns = [c.name for c in COLUMNS if c.additive == SUM]
    year = added(level(table, period_kind="year", part="each", node="each"), ["node", "period"], columns)
    for kind in ("quarter", "month"):
        rows = level(table, period_kind=kind, part="each", node="each")
        summed = rows.groupby([rows["node"].astype(str), rows["period"].astype(str).str[:4]])[columns].sum()
        np.testing.assert_allclose(summed.loc[year.index], year, rtol=1e-9, atol=1e-7)


@given(logs)
@settings(SLOW, max_examples=25)
def test_the_cost_of_teams_is_never_lost(log: VisitLog) -> None:
    table = level(measure(PLAN, log), period_kind="month")
    np.testing.assert_allclose(table["cost_staff"], PLAN.money.team_cost.sum(axis=0), rtol=1e-9)


def test_measuring_twice_gives_the_same_bytes() -> None:
    log = big_log(7)
    pd.testing.assert_frame_equal(measure(PLAN, log), measure(PLAN, log), check_exact=True)
