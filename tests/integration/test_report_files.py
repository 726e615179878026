"""The files of a report, made from an invented study: complete, the same twice, harmless, readable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from sim.report.study_info import (
    Assumption,
    Bilingual,
    Change,
    MeasureInfo,
    NodeInfo,
    PartInfo,
    ScenarioInfo,
    SenseCheck,
    Source,
    StudyInfo,
)

PARTS = ("toegang", "wijkteam", "jeugdhulp", "jeugdbescherming", "wmo_loket", "wmo", "opvang", "terugval", "wonen")
SITES = 43
VALUES = (
    "inflow", "renewals", "starts", "outflow", "reneged", "aged_out", "left", "left_shifted", "stock_begin", "stock_end", "waiting_end",
    "in_care_end", "kept_end", "waiting_avg", "in_care_avg", "kept_avg", "person_weeks_waited", "unique_clients", "wait_mean",
    "wait_median", "wait_p90", "elapsed_mean", "within_norm", "norm_base", "places_avg", "occupancy", "offered_load", "cost_care",
    "cost_staff", "cost_measures", "contributions", "cost",
)  # fmt: skip
ADDING = (
    "inflow", "renewals", "starts", "outflow", "reneged", "aged_out", "left", "left_shifted", "stock_begin", "stock_end", "waiting_end",
    "in_care_end", "kept_end", "waiting_avg", "in_care_avg", "kept_avg", "person_weeks_waited", "unique_clients", "norm_base",
    "cost_care", "cost_staff", "cost_measures", "contributions", "cost",
)  # fmt: skip


def invented_indicators(
    info: StudyInfo, *, nodes_per_part: int = 3, sites: int = 5, first_year: int = 2019, years: int = 6, change_year: int = 2021, seed: int = 1
) -> pd.DataFrame:
    """An indicator table with the additions of a real one: parts add up to the whole, gebieden to nodes."""
    rng = np.random.default_rng(seed)
    nodes = [(p, f"{p}_{i}") for p in PARTS for i in range(nodes_per_part)]
    n = len(nodes)
    size = rng.lognormal(6, 1, n)
    price = rng.uniform(100, 1500, n)
    trend = rng.normal(0.02, 0.02, n)
    base_wait = rng.uniform(0, 25, n) * (np.arange(n) % nodes_per_part != 0)
    effects = {s.name: rng.normal(-0.03, 0.05, n) * (s.name != info.baseline) * (rng.random(n) < 0.5) for s in info.scenarios}
    frames = []
    t = np.arange(years)
    for k in range(info.replications):
        draw = np.random.default_rng([seed, 7, k // max(1, info.seeds_per_draw)])
        luck = np.random.default_rng([seed, 8, k])
        draw_level, draw_effect = draw.normal(1, 0.05, n), draw.normal(1, 0.6, n)
        noise = 1 + luck.normal(0, 0.01, (n, years))
        for s in info.scenarios:
            on = np.clip((first_year + t - change_year + 1) / 3, 0, 1)
            factor = 1 + (effects[s.name] * draw_effect)[:, None] * on
            frames.append(_cell(info, s.name, k, nodes, sites, first_year, size, price, trend, base_wait, draw_level, noise, factor))
    return pd.concat(frames, ignore_index=True)


def _cell(info, scenario, k, nodes, sites, first_year, size, price, trend, base_wait, draw_level, noise, factor):  # type: ignore[no-untyped-def]
    n, years = noise.shape
    t = np.arange(years)
    care = size[:, None] * draw_level[:, None] * (1 + trend[:, None]) ** t * noise * factor
    wait = base_wait[:, None] * noise * factor**3 * (1 + 0.05 * t)
    starts = care * 0.6
    waiting = wait * starts / 52
    has_wait = base_wait[:, None] > 0
    zero = np.zeros_like(care)
    v = {
        "inflow": starts * 1.02, "renewals": zero, "starts": starts, "outflow": starts, "reneged": zero, "aged_out": zero, "left": starts * 0.3,
        "left_shifted": starts * 0.05, "stock_begin": care, "stock_end": care, "waiting_end": np.round(waiting), "in_care_end": np.round(care),
        "kept_end": zero, "waiting_avg": waiting, "in_care_avg": care, "kept_avg": zero, "person_weeks_waited": waiting * 52.18,
        "unique_clients": np.round(care * 1.5), "wait_mean": wait, "wait_median": wait * 0.8, "wait_p90": wait * 2,
        "elapsed_mean": np.where(has_wait, wait * 0.7, np.nan), "within_norm": np.where(has_wait, np.exp(-wait / 20), np.nan),
        "norm_base": starts, "places_avg": np.where(has_wait, size[:, None] * 1.05 + 0 * care, np.nan),
        "occupancy": np.where(has_wait, np.minimum(1, care / (size[:, None] * 1.05)), np.nan),
        "offered_load": np.where(has_wait, care / (size[:, None] * 1.05), np.nan), "cost_care": care * price[:, None] * 52.18,
        "cost_staff": care * 0.2 * price[:, None], "cost_measures": zero, "contributions": care * 5 * 52.18,
    }  # fmt: skip
    v["cost"] = v["cost_care"] + v["cost_staff"] - v["contributions"]
    part = np.array([p for p, _ in nodes])
    name = np.array([m for _, m in nodes])
    period = (first_year + t).astype(str)
    out = [_rows(part, name, "alle", "alle", period, v)]
    shares = np.random.default_rng(5).dirichlet(np.full(len(info.gebieden), 5.0))
    for g, share in zip(info.gebieden, shares, strict=True):
        out.append(_rows(part, name, "alle", g, period, {c: a * share if c in ADDING else a for c, a in v.items()}))
    team = np.flatnonzero(part == "wijkteam")
    for i in range(sites):
        wobble = 1 + 0.3 * np.sin(i)
        there = {c: a[team] * wobble / (sites if c in ADDING else 1) for c, a in v.items()}
        out.append(_rows(part[team], name[team], f"Wijkteam {i + 1}", "alle", period, there))
    for p in PARTS:
        mine = part == p
        added = {c: (a[mine].sum(axis=0) if c in ADDING else np.nanmean(np.where(mine[:, None], a, np.nan), axis=0))[None] for c, a in v.items()}
        out.append(_rows(np.array([p]), np.array(["alle"]), "alle", "alle", period, added))
    measures = {c: np.zeros((1, years)) for c in VALUES}
    spend = 0.0 if scenario == info.baseline else 1.5e6
    measures["cost_measures"] = measures["cost"] = np.where(first_year + t >= 2021, spend, 0.0)[None]
    out.append(_rows(np.array(["maatregelen"]), np.array(["alle"]), "alle", "alle", period, measures))
    whole = {c: (a.sum(axis=0) + measures[c][0] if c in ADDING else np.nanmean(a, axis=0))[None] for c, a in v.items()}
    out.append(_rows(np.array(["alle"]), np.array(["alle"]), "alle", "alle", period, whole))
    cell = pd.concat(out, ignore_index=True)
    cell.insert(0, "replication", k)
    cell.insert(0, "scenario", scenario)
    return cell


def _rows(part, node, site, gebied, period, values):  # type: ignore[no-untyped-def]
    n, years = next(iter(values.values())).shape
    return pd.DataFrame(
        {
            "period_kind": "year",
            "period": np.tile(period, n),
            "part": np.repeat(part, years),
            "node": np.repeat(node, years),
            "site": site,
            "gebied": gebied,
            "age": "alle",
        }
        | {c: values[c].ravel() for c in VALUES}
    )


def invented_study(*, scenarios: int = 2, draws: int = 2, seeds: int = 2, nodes_per_part: int = 3, years: int = 6) -> StudyInfo:
    change = Change(
        path="nodes.wijkteam_1.stay.scale", scope="", start="2021-01-01", ramp=12, op="multiply", low=0.85, mode=0.95, high=1.0, unit="ratio",
        evidence="assumption", source="Aanname: band tussen twee bronnen", base=1.0, measure="tijdelijkheid",
    )  # fmt: skip
    capacity = replace(change, path="teams.opvang.places.number", op="add", low=10, mode=20, high=40, unit="places", evidence="reported", base=310)
    names = [f"scenario-{i}" for i in range(1, scenarios + 1)]
    return StudyInfo(
        model_title=Bilingual("Verzonnen stad", "Invented city"),
        start="2019-01-01",
        until=f"{2019 + years}-01-01",
        baseline="autonoom",
        scenarios=(
            ScenarioInfo("autonoom", Bilingual("Autonoom", "Autonomous"), Bilingual("Zonder maatregelen.", "Without measures.")),
            *(
                ScenarioInfo(s, Bilingual(f"Pakket {s[-1]}", f"Package {s[-1]}"), Bilingual("Kortere duur.", "Shorter stays."), (change, capacity))
                for s in names
            ),
        ),
        parts=tuple(PartInfo(p, Bilingual(p.replace("_", " ").capitalize(), p.capitalize())) for p in PARTS),
        nodes=tuple(
            NodeInfo(f"{p}_{i}", Bilingual(f"{p.capitalize()} stap {i}", f"{p.capitalize()} step {i}"), p, 6.0 if i == 1 else None)
            for p in PARTS
            for i in range(nodes_per_part)
        ),
        gebieden=("Centrum", "Noord", "Feijenoord", "overig"),
        ages=("0-17", "18-64", "65+"),
        replications=draws * seeds,
        parameter_draws=draws,
        seeds_per_draw=seeds,
        seed=1,
        engine="simpy",
        package_version="0.1.0",
        measures=(MeasureInfo("tijdelijkheid", Bilingual("Tijdelijkheid van hulp", "Temporary care")),),
        assumptions=(
            Assumption("nodes.wijkteam_1.stay.mean", "290", "days", "derived", "250 / 380", "CBS 85096NED"),
            Assumption("teams.opvang.places.number", "310", "places", "reported", "300 / 320", "Jaarverslag"),
        ),
        sense_checks=(SenseCheck("Wijkteam", "wachttijd tot start, gemiddeld", "2022", "weeks", 9.5, 10.2, "Jaarbericht 2022"),),
        sources=(Source("CBS 85096NED", "CC BY 4.0", "opendata.cbs.nl"),),
    )
