"""Who waits: per gebied on a map, per age group and urgency, and the gap between who waits longest and shortest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from sim.report.blocks import Block, Cell, Chapter, Folded, Heading, Para, Picture, Row, Table
from sim.report.columns import WEEKS
from sim.report.context import Context
from sim.report.notation import UNDEFINED
from sim.report.results import GEBIED_COLUMNS, Interval
from sim.report.results import Block as Numbers
from sim.report.tile_map import Tile, TileMap
from sim.report.wording import known

WAIT = "wait_mean"
STRONG = 0.25  # of the middle gebied: a tile is fully tinted from here
MOST_GROUPS = 40


@dataclass(frozen=True)
class Groups:
    """``key`` is gebied, age or urgency; ``names`` in the model's order, those with anybody who started."""

    key: str
    numbers: Numbers
    names: tuple[str, ...]

    def label(self, c: Context, name: str) -> str:
        return urgency(c, name) if self.key == "urgency" else c.node(name)

    def wait(self, c: Context, name: str) -> Interval:
        return self.numbers.value(c.results.baseline, (name, str(c.results.headline_year)), WAIT)

    def ends(self, c: Context) -> tuple[str, str] | None:
        """(longest, shortest) in the baseline, of the gebieden on the map where there is one; None where there are no two."""
        on_map = {p.gebied for p in c.info.tiles} if self.key == "gebied" else set()
        known = [n for n in self.names if np.isfinite(self.wait(c, n).mean) and (not on_map or n in on_map)]
        if len(known) < 2:
            return None
        by = sorted(known, key=lambda n: self.wait(c, n).mean)
        return by[-1], by[0]

    def gap(self, c: Context, scenario: str, ends: tuple[str, str]) -> Interval:
        """Wait of the one minus wait of the other, of the same two groups in every scenario, summarised over replications."""
        return c.results.interval(self._gap(c, scenario, ends))

    def gap_change(self, c: Context, scenario: str, ends: tuple[str, str]) -> Interval:
        return c.results.interval(self._gap(c, scenario, ends) - self._gap(c, c.results.baseline, ends))

    def _gap(self, c: Context, scenario: str, ends: tuple[str, str]) -> np.ndarray:
        cube, year = self.numbers.cube, str(c.results.headline_year)
        worst, best = (self.numbers.where[name, year] for name in ends)
        of = cube.column(WAIT)[cube.scenarios.index(scenario)]
        return np.asarray(of[:, worst] - of[:, best])


def groups(c: Context, key: str) -> Groups:
    """The groups of a study; none where its table does not hold them."""
    r = c.results
    numbers, known = {
        "gebied": lambda: (r.gebieden, c.info.gebieden), "age": lambda: (r.ages, c.info.ages),
        "urgency": lambda: (r.urgencies, c.info.urgencies),
    }[key]()  # fmt: skip
    there = set(numbers.cube.keys[key]) if len(numbers.cube.keys) else set()
    return Groups(key, numbers, tuple(n for n in known if n in there)[:MOST_GROUPS])


def urgency(c: Context, name: str) -> str:
    return known(c.lang, f"urgency.{name}", c.node(name))


def who(c: Context) -> Chapter:
    """Left out where the study knows neither gebieden nor ages nor urgency."""
    title = c.say("ch.who")
    blocks: list[Block] = []
    for key in ("gebied", "age", "urgency"):
        g = groups(c, key)
        if len(g.names) > 1:
            blocks += [Heading(c.say(f"who.heading.{key}"), f"per-{key}"), *_of(c, g)]
    if not blocks:
        return Chapter("wie", title)
    intro = Para(c.say("who.intro", baseline=c.baseline, year=c.year(c.results.headline_year)))
    return Chapter("wie", title, [intro, *blocks])


def _of(c: Context, g: Groups) -> list[Block]:
    r, year = c.results, c.results.headline_year
    blocks: list[Block] = []
    ends = g.ends(c) if WAIT in g.numbers.cube.columns else None
    if ends:
        blocks.append(Para(_gap_sentence(c, g, ends)))
    if g.key == "gebied" and c.info.tiles and ends:
        blocks += [_map(c, g, ends), Para(c.say("who.map_note"))]
        off = [name for name in g.names if name not in {p.gebied for p in c.info.tiles}]
        if off:
            blocks.append(Para(c.say("who.off_map", names=c.notation.join([c.node(name) for name in off]))))
    blocks.append(_table(c, g))
    if g.key == "urgency":
        blocks += _steps(c, g)
    columns = [k for k in (WAIT, "waiting_end") if r.has(k) and k in g.numbers.cube.columns]
    changes: list[Block] = [_changes(c, g, column, ends) for column in columns] if r.compared else []
    if changes:
        blocks += [changes[0], Folded(c.say(f"who.change.{g.key}", indicator=c.within(columns[-1]), year=c.year(year),
                                            unit=c.unit(columns[-1])), tuple(changes[1:]))] if len(changes) > 1 else changes  # fmt: skip
    return blocks


def _gap_sentence(c: Context, g: Groups, ends: tuple[str, str]) -> str:
    n = c.notation
    worst, best = ends
    gap = g.gap(c, c.results.baseline, ends)
    a, b = g.wait(c, worst).mean, g.wait(c, best).mean
    size = n.weeks(gap.mean)
    if gap.basis != "none":
        size = c.say("who.gap_interval", gap=size, interval=c.interval, span=n.span(gap.low, gap.high, 1, apart=gap.excludes_zero))
    told = c.say(f"who.gap.{g.key}", worst=g.label(c, worst), best=g.label(c, best), a=n.number(a, 1), b=n.number(b, 1), gap=size)
    if gap.basis == "none":
        return told
    return f"{told} {c.say('who.gap_unsure' if not gap.low > 0 else 'who.gap_chosen')}"


def _map(c: Context, g: Groups, ends: tuple[str, str]) -> Picture:
    r, year, n = c.results, c.results.headline_year, c.notation
    waits = {p.gebied: g.wait(c, p.gebied).mean for p in c.info.tiles if p.gebied in g.names}
    middle = float(np.nanmedian(list(waits.values())))
    tiles = {}
    for place in c.info.tiles:
        wait = waits.get(place.gebied, float("nan"))
        if np.isfinite(wait):
            waiting = g.numbers.value(r.baseline, (place.gebied, str(year)), "waiting_end").mean
            size = (wait / middle - 1) / STRONG if middle else 0.0
            below = c.say("who.waiting", n=n.number(waiting))
            tiles[place.gebied] = Tile(c.say("who.weeks", n=n.number(wait, 1)), below, size, place.gebied in ends)
    draw = partial(TileMap({p.gebied: (p.column, p.row) for p in c.info.tiles}).draw, tiles)
    caption = c.say("who.map", baseline=c.baseline, year=c.year(year))
    return Picture("wie-kaart", caption, c.say("who.map_alt"), draw, numbers=f"{g.key}-tabel")


def _table(c: Context, g: Groups) -> Table:
    r, year = c.results, c.results.headline_year
    columns = [k for k in GEBIED_COLUMNS if r.has(k) and k in g.numbers.cube.columns]
    rows = []
    for name in g.names:
        cells = []
        for k in columns:
            shown = r.shown(k)
            cells.append(c.level_cell(g.numbers.value(r.baseline, (name, str(year)), k), shown, shown.decimals, interval=k == WAIT))
        rows.append(Row(g.label(c, name), tuple(cells)))
    heads = tuple(f"{c.label(k)} ({c.unit(k)})" for k in columns)
    caption = c.say(f"who.by.{g.key}", baseline=c.baseline, year=c.year(year))
    return Table(f"{g.key}-tabel", caption, c.say(g.key), heads, tuple(rows), note=c.say(f"who.note.{g.key}"))


def _steps(c: Context, g: Groups) -> list[Block]:
    """Steps at which people of more than one urgency waited to start: there it is seen who goes first."""
    r, year, n = c.results, str(c.results.headline_year), c.notation
    numbers = r.urgencies_of_nodes
    rows = []
    for part, node in r.nodes:
        waits = [numbers.value(r.baseline, (node, name, year), WAIT) for name in g.names]
        if sum(np.isfinite(x.mean) for x in waits) > 1:
            gap = np.nanmax([x.mean for x in waits]) - np.nanmin([x.mean for x in waits])
            cells = [c.level_cell(x, WEEKS, 1, interval=True) if np.isfinite(x.mean) else Cell(UNDEFINED) for x in waits]
            rows.append(Row(c.node(node), (*cells, Cell(n.number(gap, 1))), c.part(part)))
    if not rows:
        return []
    caption = c.say("who.steps", baseline=c.baseline, year=c.year(r.headline_year))
    heads = (*(g.label(c, name) for name in g.names), c.say("who.gap_column"))
    return [Folded(caption, (Table("urgentie-stappen", caption, c.say("node"), heads, tuple(rows), note=c.say("who.steps_note")),))]


def _changes(c: Context, g: Groups, column: str, ends: tuple[str, str] | None) -> Table:
    r, year = c.results, c.results.headline_year
    caption = c.say(f"who.change.{g.key}", indicator=c.within(column), year=c.year(year), unit=c.unit(column))
    lines: list[tuple[str, str, bool, object]] = [(g.label(c, n), "", False, n) for n in g.names]
    if column == WAIT and ends:
        lines.append((c.say("who.gap_row", worst=g.label(c, ends[0]), best=g.label(c, ends[1])), "", True, ends))

    def look(group: object, scenario: object) -> Interval:
        if isinstance(group, tuple):
            return g.gap_change(c, str(scenario), group)
        return g.numbers.change(str(scenario), (str(group), str(year)), column)

    worlds: list[tuple[str, object]] = [(c.scenario(s), s) for s in r.compared]
    return c.change_table(f"{g.key}-{column.replace('_', '-')}", caption, c.say(g.key), worlds, lines, column, look)
