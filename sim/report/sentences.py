"""Sentences made from numbers, never stronger than their interval.

A sentence names a direction only when the predictive interval lies on one side of zero, by the rule that also marks the cells of the
tables. Both ends are printed with the decimals that the width of the interval bears, rounded outward; an end that this makes zero, where
the interval excludes it, reads "almost 0". An interval over chance alone never earns the word "probably"; a single replication earns no
direction at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sim.report.notation import Notation, decimals_for, outward
from sim.report.results import Interval
from sim.report.wording import say

MOSTLY = 0.95  # of the replications have the sign of the mean: worth saying where the interval bears no direction


@dataclass(frozen=True)
class Claim:
    """What an interval allows to say. ``direction``: less, more, unclear, same, single (no interval) or unknown (no number)."""

    direction: str
    span: str = ""  # size of the difference, without sign
    less: str = ""  # ends of an unclear interval, without sign
    more: str = ""
    mean: str = ""
    sure: str = ""
    leaning: str = ""  # of an unclear interval: where nearly all replications point to, as a sentence

    def __bool__(self) -> bool:
        return self.direction not in ("unknown",)


def claim(x: Interval, notation: Notation, *, scale: float = 1.0, unit: str = "", most_decimals: int = 2) -> Claim:
    """What may be said of a difference; ``unit`` is put around the numbers with ``{}`` in it (``€ {} mln``)."""
    unit = unit or "{}"
    lang = notation.lang
    if x.n == 0:
        return Claim("unknown")
    mean = x.mean / scale
    if x.basis == "none":
        if mean == 0:
            return Claim("same")
        return Claim("single", mean=unit.format(notation.number(mean, decimals_for(0.0, abs(mean), most=most_decimals), signed=True)))
    low, high = x.low / scale, x.high / scale
    if low == 0 and high == 0:
        return Claim("same")
    decimals = decimals_for(low, high, most=most_decimals)
    a, b = outward(low, high, decimals)
    sure = say(lang, f"sure.{x.basis}")

    def text(v: Decimal) -> str:
        if v == 0 and x.excludes_zero:
            return f"{notation.almost} {unit.format(0)}"
        return unit.format(notation.number(abs(float(v)), decimals))

    to = " tot " if lang == "nl" else " to "
    if x.excludes_zero and high < 0:
        return Claim("less", span=_range(text(-b), text(-a), to, unit), sure=sure)
    if x.excludes_zero:
        return Claim("more", span=_range(text(a), text(b), to, unit), sure=sure)
    return Claim("unclear", less=text(-a), more=text(b), leaning=_leaning(x, notation))


def _leaning(x: Interval, notation: Notation) -> str:
    if not x.sign >= MOSTLY or x.mean == 0:
        return ""
    return say(notation.lang, f"claim.leaning.{'less' if x.mean < 0 else 'more'}", share=notation.percent(x.sign))


def _range(a: str, b: str, to: str, unit: str) -> str:
    """``€ 8 tot 14 mln`` from ``€ 8 mln`` and ``€ 14 mln``."""
    if a == b:
        return a
    before, after = unit.split("{}")
    return a.removesuffix(after) + to + b.removeprefix(before)


def sentence(subject: str, c: Claim, lang: str, **names: object) -> str:
    """The sentence ``claim.<subject>.<direction>``; empty where nothing can be said."""
    if not c:
        return ""
    said = say(lang, f"claim.{subject}.{c.direction}", span=c.span, a=c.less, b=c.more, mean=c.mean, sure=c.sure, **names)
    return f"{said} {c.leaning}".rstrip()
