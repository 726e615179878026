"""An invented study: an indicator table with the additions of a real one, and what a report must know beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.indicators.definitions import ALL, MEASURES, VALUES
from sim.report.study_info import (
    Assumption,
    Bilingual,
    Budget,
    Change,
    Link,
    MeasureInfo,
    NodeInfo,
    PartInfo,
    Place,
    ScenarioInfo,
    SenseCheck,
    Source,
    StudyInfo,
)

Array = NDArray[np.float64]
PARTS = ("toegang", "wijkteam", "jeugdhulp", "jeugdbescherming", "wmo_loket", "wmo", "opvang", "terugval", "wonen")
ADDING = (
    "inflow", "renewals", "starts", "outflow", "reneged", "aged_out", "left", "left_shifted", "stock_begin", "stock_end", "waiting_end",
    "in_care_end", "kept_end", "waiting_avg", "in_care_avg", "kept_avg", "person_weeks_waited", "client_weeks", "unique_clients",
    "norm_base", "cost_care", "cost_staff", "cost_measures", "contributions", "cost",
)  # fmt: skip
WEEKS = 52.18


class World:
    """Random sizes, prices and effects; ``cell`` makes the table of one scenario and replication, [node, year] inside."""

    def __init__(self, info: StudyInfo, nodes_per_part: int, sites: int, years: int, change_year: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.info, self.sites, self.seed = info, sites, seed
        self.year = int(info.start[:4]) + np.arange(years)
        self.part = np.repeat(PARTS, nodes_per_part)
        self.node = np.array([f"{p}_{i}" for p in PARTS for i in range(nodes_per_part)])
        n = len(self.node)
        self.size = rng.lognormal(6, 1, n)[:, None]
        self.price = rng.uniform(100, 1500, n)[:, None]
        self.growth = 1 + rng.normal(0.02, 0.02, n)[:, None]
        self.wait = (rng.uniform(1, 25, n) * (np.arange(n) % nodes_per_part != 0))[:, None]
        self.effect = {s.name: (rng.normal(-0.03, 0.05, n) * (rng.random(n) < 0.5))[:, None] for s in info.scenarios}
        self.effect[info.baseline] = np.zeros((n, 1))
        self.phase = np.clip((self.year - change_year + 1) / 3, 0, 1)
        self.spend = np.where(self.year >= change_year, 1.5e6, 0.0)[None]
        self.gebied = np.random.default_rng(5).dirichlet(np.full(len(info.gebieden), 5.0))

    def values(self, scenario: str, k: int) -> dict[str, Array]:
        draw = np.random.default_rng([self.seed, 7, k // self.info.seeds_per_draw])
        luck = 1 + np.random.default_rng([self.seed, 8, k]).normal(0, 0.01, (len(self.node), len(self.year)))
        level = draw.normal(1, 0.05, self.size.shape)
        factor = 1 + self.effect[scenario] * draw.normal(1, 0.6, self.size.shape) * self.phase
        t = self.year - self.year[0]
        care = self.size * level * self.growth**t * luck * factor
        wait = self.wait * luck * factor**3 * (1 + 0.05 * t)
        listed = np.broadcast_to(self.wait > 0, care.shape)
        starts, zero, waiting = care * 0.6, 0 * care, wait * care * 0.6 / WEEKS
        places = np.where(listed, self.size * 1.05 + zero, np.nan)

        def only_listed(a: Array) -> Array:
            return np.where(listed, a, np.nan)

        v = dict.fromkeys(VALUES, zero) | {
            "inflow": starts, "starts": starts, "outflow": starts, "left": starts * 0.3, "left_shifted": starts * 0.05,
            "stock_begin": care, "stock_end": care, "waiting_end": np.round(waiting), "in_care_end": np.round(care),
            "waiting_avg": waiting, "in_care_avg": care, "person_weeks_waited": waiting * WEEKS, "client_weeks": care * WEEKS,
            "unique_clients": np.round(care * 1.5), "wait_mean": only_listed(wait), "wait_median": only_listed(wait * 0.8),
            "wait_p90": only_listed(wait * 2), "elapsed_mean": only_listed(wait * 0.7), "within_norm": only_listed(np.exp(-wait / 20)),
            "norm_base": starts, "places_avg": places, "occupancy": np.minimum(1, care / places), "offered_load": care / places,
            "cost_care": care * self.price * WEEKS, "cost_staff": zero + self.size * self.price, "contributions": care * 5 * WEEKS,
        }  # fmt: skip
        return v | {"cost": v["cost_care"] + v["cost_staff"] - v["contributions"]}

    def cell(self, scenario: str, k: int) -> pd.DataFrame:
        v = self.values(scenario, k)
        spend = self.spend * (scenario != self.info.baseline)
        measures = {c: spend if c in ("cost", "cost_measures") else 0 * spend for c in VALUES}
        out = [self.rows(self.part, self.node, v)]
        for name, share in zip(self.info.gebieden, self.gebied, strict=True):
            there = {c: a * share if c in ADDING else a for c, a in v.items()}
            out.append(self.rows(self.part, self.node, there, gebied=name))
        team = self.part == "wijkteam"
        for i in range(self.sites):
            here = {c: a[team] * (1 + 0.3 * np.sin(i)) / (self.sites if c in ADDING else 1) for c, a in v.items()}
            out.append(self.rows(self.part[team], self.node[team], here, site=f"Wijkteam {i + 1}"))
        for p in PARTS:
            mine = {c: _together(c, a[self.part == p]) for c, a in v.items()}
            out.append(self.rows([p], [ALL], mine))
        out += [self.rows([MEASURES], [node], measures) for node in (ALL, "tijdelijkheid")]
        whole = {c: _together(c, a) + (measures[c] if c in ADDING else 0) for c, a in v.items()}
        out.append(self.rows([ALL], [ALL], whole))
        made = pd.concat(out, ignore_index=True)
        made.insert(0, "replication", k)
        made.insert(0, "scenario", scenario)
        return made

    def rows(
        self, part: Sequence[str] | NDArray[np.str_], node: Sequence[str] | NDArray[np.str_], values: dict[str, Array],
        site: str = ALL, gebied: str = ALL,
    ) -> pd.DataFrame:  # fmt: skip
        years = len(self.year)
        keys = {
            "period_kind": "year", "period": np.tile(self.year.astype(str), len(part)), "part": np.repeat(part, years),
            "node": np.repeat(node, years), "site": site, "gebied": gebied, "age": ALL,
        }  # fmt: skip
        return pd.DataFrame(keys | {c: values[c].ravel() for c in VALUES})


def _together(column: str, a: Array) -> Array:
    if column in ADDING:
        return np.asarray(a.sum(axis=0)[None])
    known = np.isfinite(a)
    return np.asarray((np.where(known, a, 0).sum(axis=0) / known.sum(axis=0))[None])


def invented_indicators(
    info: StudyInfo, *, nodes_per_part: int = 3, sites: int = 5, years: int = 6, change_year: int = 2021, seed: int = 1
) -> pd.DataFrame:
    """The table ``compare`` gives to the report, year rows only; replication -1 stands for the mean of the cross node x gebied x age."""
    world = World(info, nodes_per_part, sites, years, change_year, seed)
    cells = [world.cell(s.name, k) for k in range(info.replications) for s in info.scenarios]
    cross = cells[0].head(4).assign(replication=-1, age="0-17", gebied=info.gebieden[0])
    table = pd.concat([*cells, cross], ignore_index=True)
    keys = ("scenario", "period_kind", "period", "part", "node", "site", "gebied", "age")
    return table.astype(dict.fromkeys(keys, "category"))


def invented_arrivals(info: StudyInfo, *, seed: int = 1) -> pd.DataFrame:
    """The table of ``sim.indicators.arrivals`` of all cells: a flow per link, and at every step that a link leads to three urgencies."""
    part = {n.name: n.part for n in info.nodes}
    rows: list[dict[str, object]] = []
    for k in range(info.replications):
        luck = np.random.default_rng([seed, 9, k])
        for number, scenario in enumerate(info.scenarios):
            for t, year in enumerate(info.full_years()):
                base = {"scenario": scenario.name, "replication": k, "period": str(year)}
                for i, link in enumerate(info.links):
                    size = round((800 + 300 * i) * 1.02**t * (1 + 0.02 * number * (t > 1)) * (1 + 0.01 * luck.normal()))
                    to = {"part": part[link.to], "node": link.to}
                    rows.append(base | to | {"origin": link.of or "buiten", "urgency": ALL, "arrivals": float(size)})
                    for u, urgency in enumerate(info.urgencies):
                        n = max(1, size * (u + 1) // 6)
                        waits = {"wait_mean": 0.5 + 4.0 * u * (1 + 0.1 * luck.normal()), "elapsed_mean": 1.0 + 3.0 * u}
                        counts = {"arrivals": float(n), "waited": float(n), "waiting_end": float(n // 10), "norm_base": float(n)}
                        rows.append(base | to | {"origin": ALL, "urgency": urgency, "within_norm": 0.9 - 0.3 * u} | waits | counts)
    table = pd.DataFrame(rows)
    return table.astype(dict.fromkeys(("scenario", "period", "part", "node", "origin", "urgency"), "category"))


STAY = Change(
    path="nodes.wijkteam_1.stay.scale", scope="", start="2021-01-01", ramp=12, op="multiply", low=0.85, mode=0.95, high=1.0, unit="ratio",
    evidence="assumption", source="Aanname: band tussen twee bronnen", base=1.0, measure="tijdelijkheid",
)  # fmt: skip
BEDS = replace(
    STAY, path="teams.opvang.places.number", ramp=0, op="add", low=10, mode=20, high=40, unit="places", evidence="reported", base=310,
    measure="",
)  # fmt: skip


def invented_study(
    *, scenarios: int = 2, draws: int = 2, seeds: int = 2, nodes_per_part: int = 3, years: int = 6, gebieden: Sequence[str] = ("Noord", "A")
) -> StudyInfo:
    names = [f"pakket-{i}" for i in range(1, scenarios + 1)]
    short = Bilingual("Kortere duur.", "Shorter stays.")
    return StudyInfo(
        model_title=Bilingual("Verzonnen stad", "Invented city"),
        start="2019-01-01",
        until=f"{2019 + years}-01-01",
        baseline="autonoom",
        scenarios=(
            ScenarioInfo("autonoom", Bilingual("Autonoom", "Autonomous"), Bilingual("Zonder maatregelen.", "Without measures.")),
            *(
                ScenarioInfo(s, Bilingual(f"Pakket {s[7:]}", f"Package {s[7:]}"), short, (STAY, replace(BEDS, ramp=6 * i)))
                for i, s in enumerate(names)
            ),
        ),
        parts=tuple(PartInfo(p, Bilingual(p.replace("_", " ").capitalize(), p.capitalize())) for p in PARTS),
        nodes=tuple(
            NodeInfo(f"{p}_{i}", Bilingual(f"{p.capitalize()} stap {i}", f"{p.capitalize()} step {i}"), p, 6.0 if i == 1 else None)
            for p in PARTS
            for i in range(nodes_per_part)
        ),
        gebieden=tuple(gebieden),
        ages=("0-17", "18-64", "65+"),
        urgencies=("crisis", "hoog", "normaal"),
        replications=draws * seeds,
        parameter_draws=draws,
        seeds_per_draw=seeds,
        seed=1,
        engine="simpy",
        package_version="0.1.0",
        measures=(
            MeasureInfo(
                "tijdelijkheid", Bilingual("Tijdelijkheid van hulp", "Temporary care"), "BOZ", "proposed", "2021-01-01", "Voortgangsbrief"
            ),
        ),
        links=(Link("", "toegang_0"), Link("toegang_0", "wijkteam_0"), Link("wijkteam_0", "wmo_0"), Link("wmo_0", "toegang_1")),
        tiles=tuple(Place(g, i % 3, i // 3) for i, g in enumerate(gebieden)),
        budgets=(Budget(Bilingual("Programma 2020", "Programme 2020"), "2020", ALL, 9e8, 4e8, 1e9, "Jaarstukken", "Ander bereik"),),
        assumptions=(
            Assumption("nodes.wijkteam_1.stay.mean", "290", "days", "derived", "250 / 380", "CBS 85096NED", ("wijkteam_1",)),
            Assumption("teams.opvang.places.number", "310", "places", "assumption", "300 / 320", "Jaarverslag"),
        ),
        sense_checks=(
            SenseCheck(
                Bilingual("Wijkteam", "Community team"),
                Bilingual("wachttijd tot start, gemiddeld", "wait to start, mean"),
                "2022",
                "weeks",
                9.5,
                10.2,
                "Jaarbericht 2022",
            ),
            SenseCheck(
                Bilingual("Opvang", "Shelter"),
                Bilingual("bezette bedden", "beds taken"),
                "2022",
                "places",
                310.0,
                480.0,
                "Jaarbericht 2022",
            ),
        ),
        sources=(Source("CBS 85096NED", "CC BY 4.0", "opendata.cbs.nl"),),
    )
