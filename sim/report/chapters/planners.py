"""For planners: per team of a step with sites, and per gebied."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.experiment.paired import Summary, draws_of, summarise
from sim.report.blocks import Block, Cell, Chapter, Folded, Heading, Para, Row, Table
from sim.report.columns import POINTS, WEEKS, Shown
from sim.report.context import Context
from sim.report.results import Interval

FULL = 1.0  # offered load against places from which a list keeps growing


@dataclass(frozen=True)
class Team:
    """One team at one step in one world and year, means over replications."""

    site: str
    wait: Interval
    elapsed: Interval
    waiting: Interval
    growth: float  # persons, waiting list at the end minus a year before; NaN in the first year
    grows: bool  # the mean growth is surely above zero, in this year and the one before
    places: Interval
    occupancy: Interval
    load: Interval

    @property
    def jams(self) -> bool:
        """Offered load at or over the places and a list of a person or more that surely grows on average: this year and the year before."""
        return self.load.mean >= FULL and self.waiting.mean >= 1 and self.grows

    @property
    def verdict(self) -> str:
        if not np.isfinite(self.load.mean):
            return ""
        return "over" if self.jams else ("full" if self.load.mean >= FULL else "fine")


def natural(text: str) -> tuple[object, ...]:
    """Sort key that puts ``Noord 10`` after ``Noord 9``."""
    return tuple((1, int(p), "") if p.isdigit() else (0, 0, p) for p in re.split(r"(\d+)", text) if p)


def team_nodes(c: Context) -> list[tuple[str, tuple[str, ...]]]:
    """(node, sites) of the steps with teams at several sites that have places, in the model's order."""
    block = c.results.sites
    keys = block.cube.keys
    places = np.nan_to_num(block.levels.mean[..., block.cube.columns.index("places_avg")]) if "places_avg" in block.cube.columns else None
    if places is None or not len(keys):
        return []
    limited = keys.iloc[np.flatnonzero((places > 0).any(axis=0))]
    made = []
    for _, node in c.results.nodes:
        sites = tuple(sorted(set(limited.loc[limited["node"] == node, "site"]), key=natural))
        if len(sites) > 1:
            made.append((node, sites))
    return made


def teams_of(c: Context, scenario: str, node: str, sites: Sequence[str], year: int) -> list[Team]:
    """The teams of a step in a year."""
    block = c.results.sites
    now, before = (_growth(c, scenario, node, sites, y) for y in (year, year - 1))

    def at(site: str, column: str) -> Interval:
        return block.value(scenario, (node, site, str(year)), column)

    return [
        Team(
            site,
            wait=at(site, "wait_mean"),
            elapsed=at(site, "elapsed_mean"),
            waiting=at(site, "waiting_end"),
            growth=float(now.mean[i]),
            grows=bool(now.mean_low[i] > 0 and before.mean_low[i] > 0),
            places=at(site, "places_avg"),
            occupancy=at(site, "occupancy"),
            load=at(site, "offered_load"),
        )
        for i, site in enumerate(sites)
    ]


def _growth(c: Context, scenario: str, node: str, sites: Sequence[str], year: int) -> Summary:
    """By how much the list of each site is longer at the end of a year than of the year before; NaN where either is not there."""
    block, info = c.results.sites, c.results.info
    lists = block.cube.values[block.cube.scenarios.index(scenario), ..., block.cube.columns.index("waiting_end")]

    def end_of(y: int) -> NDArray[np.float64]:
        keys = [block.where.get((node, site, str(y))) for site in sites]
        return np.stack([lists[:, k] if k is not None else np.full(len(lists), np.nan) for k in keys], axis=1)

    return summarise(end_of(year) - end_of(year - 1), draws_of(block.cube.replications, info.seeds_per_draw), c.results.level)


def planners(c: Context) -> Chapter:
    r, year = c.results, c.results.headline_year
    nodes = team_nodes(c)
    blocks: list[Block] = [Para(c.say("planners.intro", baseline=c.baseline, year=c.year(year)))]
    if not nodes:
        blocks = [Para(c.say("planners.none"))]
    for i, (node, sites) in enumerate(nodes, 1):
        teams = teams_of(c, r.baseline, node, sites, year)
        blocks.append(Heading(f"{c.node(node)}", f"team-{i}"))
        jams, full = sum(t.jams for t in teams), sum(t.load.mean >= FULL for t in teams)
        said = c.say("planners.summary", node=c.node(node), n=jams, full=full, total=len(teams), year=year)
        blocks.append(Para(said, "warn" if jams else ""))
        blocks.append(_team_table(c, node, teams, i))
        if r.compared:
            blocks.append(Folded(c.say("planners.scenarios", node=c.node(node), year=year), (_team_scenarios(c, node, sites, i),)))
    return Chapter("planners", c.say("ch.planners"), blocks)


def _team_table(c: Context, node: str, teams: list[Team], i: int) -> Table:
    year = c.results.headline_year
    heads = ("wait", "elapsed", "list", "growth", "places", "occupancy", "load", "flag")
    ratio = Shown("ratio", decimals=2)
    rows = tuple(
        Row(
            c.node(t.site),
            (
                c.level_cell(t.wait, WEEKS, 1, interval=True),
                c.level_cell(t.elapsed, WEEKS, 1),
                c.level_cell(t.waiting, Shown("persons"), 0, interval=True),
                Cell(c.notation.number(t.growth, 1, signed=True)),
                c.level_cell(t.places, Shown("places"), 0),
                c.level_cell(t.occupancy, POINTS, 0),
                c.level_cell(t.load, ratio, 2),
                Cell(c.say(f"planners.{t.verdict}") if t.verdict else "–", tone="warn" if t.jams else ""),
            ),
        )
        for t in teams
    )
    columns = tuple(c.say(f"planners.{h}", year=year) for h in heads)
    caption = c.say("planners.caption", node=c.node(node), baseline=c.baseline, year=c.year(year))
    return Table(f"team-{i}-tabel", caption, c.say("planners.team"), columns, rows, (True,) * 7 + (False,))


def _team_scenarios(c: Context, node: str, sites: tuple[str, ...], i: int) -> Table:
    r, year = c.results, c.results.headline_year
    rows = tuple(
        Row(
            c.node(site),
            (
                c.level_cell(r.sites.value(r.baseline, (node, site, str(year)), "wait_mean"), WEEKS, 1),
                *(c.change_cell(r.sites.change(s, (node, site, str(year)), "wait_mean"), WEEKS, 1) for s in r.compared),
            ),
        )
        for site in sites
    )
    columns = (c.baseline, *(c.scenario(s) for s in r.compared))
    return Table(f"team-{i}-scenarios", c.say("planners.scenarios", node=c.node(node), year=year), c.say("planners.team"), columns, rows)
