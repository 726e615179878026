"""What every chapter needs: the numbers, the study, the language, and how a number becomes a table cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.indicators.definitions import MEASURES
from sim.report.blocks import Cell, Row, Table
from sim.report.columns import Shown, label
from sim.report.notation import UNDEFINED, Notation, clean
from sim.report.results import ALL, Interval, Results
from sim.report.study_info import Bilingual, StudyInfo
from sim.report.wording import known, say

TITLE_LENGTH = 90
MARKS = {"more-sure": "▲", "less-sure": "▼", "more": "△", "less": "▽", "": "="}


@dataclass(frozen=True)
class Context:
    """A study in one language."""

    results: Results
    lang: str

    @property
    def info(self) -> StudyInfo:
        return self.results.info

    @cached_property
    def notation(self) -> Notation:
        return Notation(self.lang)

    def say(self, key: str, **values: object) -> str:
        return say(self.lang, key, **values)

    # ---- names

    def text(self, both: Bilingual, otherwise: str = "", limit: int = TITLE_LENGTH) -> str:
        return clean(both.text(self.lang) or otherwise, limit)

    @cached_property
    def _scenarios(self) -> dict[str, str]:
        """Titles of scenarios; two with the same title get their names behind it."""
        titles = {s.name: self.text(s.title, s.name) or clean(s.name) for s in self.info.scenarios}
        often = [t for t in titles.values() if list(titles.values()).count(t) > 1]
        return {name: f"{t} ({clean(name, 60)})" if t in often else t for name, t in titles.items()}

    def title(self, name: str) -> str:
        """The full title of a scenario, for headings."""
        return self._scenarios.get(name) or clean(name, TITLE_LENGTH)

    @cached_property
    def _short(self) -> dict[str, str]:
        short = {name: t.partition(": ")[0] for name, t in self._scenarios.items()}
        return {name: s if list(short.values()).count(s) == 1 else self._scenarios[name] for name, s in short.items()}

    def scenario(self, name: str) -> str:
        """What stands before the colon of the title where that tells scenarios apart: for tables, figures and sentences."""
        return self._short.get(name) or clean(name, TITLE_LENGTH)

    @property
    def baseline(self) -> str:
        return self.scenario(self.info.baseline)

    @cached_property
    def _parts(self) -> dict[str, str]:
        return {p.name: self.text(p.title, p.name) for p in self.info.parts}

    def part(self, name: str) -> str:
        if name == ALL:
            return self.say("whole_chain")
        return self._parts.get(name) or (self.say("measures_part") if name == MEASURES else clean(name, TITLE_LENGTH))

    @cached_property
    def _nodes(self) -> dict[str, str]:
        titles = {n.name: self.text(n.title, n.name) for n in self.info.nodes}
        return titles | {m.name: self.text(m.title, m.name) for m in self.info.measures if m.name not in titles}

    def node(self, name: str) -> str:
        return self._nodes.get(name) or clean(name, TITLE_LENGTH)

    def led_to(self, path: str) -> str:
        """Title of the node that a stream, or a route named after its end, leads to; empty where there is none."""
        return next((self.node(node) for at, node in self.info.leads if at == path), "")

    def label(self, column: str) -> str:
        return label(column, self.lang)

    def within(self, column: str) -> str:
        """A label within a sentence."""
        text = self.label(column)
        return known(self.lang, f"within.{column}", text[:1].lower() + text[1:])

    def unit(self, column: str) -> str:
        return self.say(f"unit.{self.results.shown(column).unit}")

    def level_unit(self, column: str) -> str:
        """The unit of a level: a share is a percentage, where its difference is in percentage points."""
        return "%" if self.results.shown(column).unit == "points" else self.unit(column)

    def unit_name(self, unit: str) -> str:
        """A unit of the registry or of a reported figure in the report's language, as far as there are words for it."""
        return known(self.lang, f"unit.{unit.replace('-', '_').replace(' ', '_')}", clean(unit, 40))

    def year(self, year: int) -> str:
        return str(year) if year in self.results.full_years else self.say("partial_year", year=year)

    @cached_property
    def basis(self) -> str:
        """What the intervals of this study stand on: parameters, chance or none."""
        r = self.results
        if r.replications < 2:
            return "none"
        draws = {k // max(1, self.info.seeds_per_draw) for k in r.core.cube.replications}
        return "parameters" if len(draws) >= 2 else "chance"

    @cached_property
    def interval(self) -> str:
        """The name of the interval printed everywhere."""
        return self.say(f"interval.{self.basis}", level=self.notation.percent(self.results.level))

    @property
    def money_unit(self) -> str:
        """``€ {} mln`` with a place for the number."""
        million = self.results.shown("cost").unit == "million"
        if self.lang == "nl":
            return "€\u202f{} mln" if million else "€\u202f{} duizend"
        return "€{} million" if million else "€{} thousand"

    # ---- cells

    def decimals(self, column: str, intervals: Iterable[Interval]) -> int:
        """Decimals of a table: small differences in persons get one."""
        return self.decimals_of(self.results.shown(column), intervals)

    @staticmethod
    def decimals_of(shown: Shown, intervals: Iterable[Interval]) -> int:
        """The same for a column shown in its own way."""
        sizes = [abs(i.mean) / shown.scale for i in intervals if np.isfinite(i.mean)]
        return shown.decimals if shown.decimals or max(sizes, default=100.0) >= 20 else 1

    def change_cell(self, x: Interval, shown: Shown, decimals: int) -> Cell:
        """A difference: mark, mean, interval below, toned by direction."""
        if x.n == 0 or not np.isfinite(x.mean):
            return Cell(UNDEFINED)
        n = self.notation
        tone = tone_of(x)
        text = n.number(x.mean / shown.scale, decimals, signed=True)
        if tone and text == n.number(0.0, decimals):  # smaller than the last digit: no direction worth a mark
            ends = {n.number(end / shown.scale, decimals) for end in (x.low, x.high) if np.isfinite(end)}
            return Cell(f"≈ {text}", "" if ends <= {text} else n.span(x.low, x.high, decimals, scale=shown.scale))
        sub = "" if tone == "" else n.span(x.low, x.high, decimals, scale=shown.scale, apart=x.excludes_zero)
        return Cell(f"{MARKS[tone]} {text}", "" if sub == UNDEFINED else sub, tone)

    def level_cell(self, x: Interval, shown: Shown, decimals: int, *, interval: bool = False) -> Cell:
        """A level, with its interval below when asked."""
        n = self.notation
        sub = n.span(x.low, x.high, decimals, scale=shown.scale) if interval else ""
        text = n.number(x.mean / shown.scale if np.isfinite(x.mean) else None, decimals)
        return Cell(text, "" if sub in (UNDEFINED, n.span(x.mean, x.mean, decimals, scale=shown.scale)) else sub)

    def change_table(
        self,
        name: str,
        caption: str,
        first: str,
        columns: Sequence[tuple[str, object]],
        rows: Sequence[tuple[str, str, bool, object]],
        column: str,
        look: Callable[[object, object], Interval],
        note: str = "",
        sum_first: bool = False,
    ) -> Table:
        """Rows (head, group, is total, key) x columns (head, key) of differences in one indicator."""
        shown = self.results.shown(column)
        found = [[look(r[3], c[1]) for c in columns] for r in rows]
        decimals = self.decimals(column, [x for line in found for x in line])
        made = tuple(
            Row(head, tuple(self.change_cell(x, shown, decimals) for x in line), group, total)
            for (head, group, total, _), line in zip(rows, found, strict=True)
        )
        return Table(name, caption, first, tuple(c[0] for c in columns), made, note=note, sum_first=sum_first)


def tone_of(x: Interval) -> str:
    """more or less, ``-sure`` when the predictive interval excludes zero, empty when there is no difference."""
    if not np.isfinite(x.mean) or (x.mean == 0 and not (x.low < 0 < x.high)):
        return ""
    way = "more" if x.mean > 0 else "less"
    return f"{way}-sure" if x.excludes_zero else way
