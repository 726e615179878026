"""What is asked of a capacity: a norm, the share that has to meet it, in which year, how surely."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from sim.errors import Fault, InputError, nearest_name
from sim.plan.plan import TICKS_PER_DAY, TICKS_PER_WEEK

TO_START, TO_END = "to_start", "to_end"
_DAYS = {
    1.0: ("dag", "dagen", "day", "days", "d"),
    7.0: ("week", "weken", "weeks", "wk", "w"),
    30.4375: ("maand", "maanden", "month", "months"),
    365.25: ("jaar", "jaren", "year", "years"),
}  # as in docs/model-format.md
_UNITS = {word: days for days, words in _DAYS.items() for word in words}
_NORM = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([^\W\d_]+)\s*\Z")


@dataclass(frozen=True)
class Norm:
    """So long at most, from arrival to start or (``to_end``) to the end of the visit."""

    ticks: int
    clock: str = TO_START

    @property
    def weeks(self) -> float:
        return self.ticks / TICKS_PER_WEEK


def read_norm(text: str, clock: str = TO_START) -> Norm:
    """A norm as people write it: ``6 weken``, ``10 dagen``, ``2,5 maanden``, ``14 weeks``. Raises ``InputError``."""
    found = _NORM.match(text)
    mend = "write a number and a unit, such as '6 weken', '10 dagen' or '3 maanden'"
    if found is None:
        raise InputError([Fault(f"the norm {text!r} is not understood", field="--norm", mend=mend)])
    number, unit = float(found[1].replace(",", ".")), found[2].casefold()
    if unit not in _UNITS:
        raise InputError([Fault(f"a norm has no unit {found[2]!r}", field="--norm", nearest=nearest_name(unit, _UNITS), mend=mend)])
    ticks = round(number * _UNITS[unit] * TICKS_PER_DAY)
    if ticks < 1:
        raise InputError([Fault("a norm is longer than nothing", field="--norm", mend=mend)])
    return Norm(ticks, clock)


@dataclass(frozen=True)
class Question:
    """Of those who arrive in ``year``, a ``share`` meets ``norm``, with probability ``confidence``; capacities hold from ``since`` on.

    The probability is over chance and over what is not known about the model; who reneged before counts as failed. ``norm`` None: the norm
    of each node as the model has it.
    """

    share: float
    confidence: float
    year: int
    since: date
    norm: Norm | None

    def met(self, within: int, base: int) -> bool:
        """Whether so many of so many are enough; nobody arriving is."""
        return within >= self.share * base - 1e-9


def check_question(share: float, confidence: float, year: int, from_year: int, start: date, until: date) -> list[Fault]:
    """What does not fit the run from ``start`` up to ``until``."""
    faults = []
    if not 0 < share <= 1:
        mend = f"write a share, such as {share / 100:g}" if 10 <= share <= 100 else "choose a share above 0, at most 1"
        faults.append(Fault(f"a share of {share:g} cannot be met", field="--share", mend=mend))
    if not 0 < confidence < 1:
        faults.append(
            Fault(f"nothing is known with a probability of {confidence:g}", field="--confidence", mend="choose it between 0 and 1")
        )
    first, last = start.year, until.year - 1
    if not first <= year <= last or date(year, 1, 1) < start:
        whole = first if start == date(first, 1, 1) else first + 1
        faults.append(Fault(f"the year {year} lies outside the run", field="--year", mend=f"choose a year from {whole} to {last}"))
    elif not first <= from_year <= year or date(from_year, 1, 1) < start:
        faults.append(
            Fault(
                f"a capacity that begins in {from_year} cannot be held against {year} in a run from {start}",
                field="--from",
                mend=f"choose a year up to {year}, not before the run",
            )
        )
    return faults
