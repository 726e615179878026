"""Numbers, dates and texts as a Dutch or English reader writes them, without the system's locale.

Numbers carry a true minus sign; what is undefined is an en dash. Rounding is half away from zero on the decimal text of the number,
so the same number reads the same everywhere.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

MINUS = "\u2212"
UNDEFINED = "\u2013"
NARROW = "\u202f"  # between a number and its unit sign, so they stay together

_MONTHS = {
    "nl": ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"],
    "en": ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
}
_TO = {"nl": "tot", "en": "to"}
_ALMOST = {"nl": "bijna", "en": "almost"}


def _rounded(x: float, decimals: int, how: str = ROUND_HALF_UP) -> Decimal:
    value = Decimal(repr(float(x))).quantize(Decimal(1).scaleb(-decimals), rounding=how)
    return abs(value) if value == 0 else value


def defined(x: float | None) -> bool:
    return x is not None and math.isfinite(x)


@dataclass(frozen=True)
class Notation:
    """How one language writes: ``Notation("nl").number(1234.5, 1)`` is ``1.234,5``."""

    lang: str = "nl"

    def _write(self, value: Decimal, *, signed: bool = False) -> str:
        text = f"{abs(value):,f}"
        if self.lang == "nl":
            text = text.translate(str.maketrans(",.", ".,"))
        if value < 0:
            return MINUS + text
        return f"+{text}" if signed and value > 0 else text

    def number(self, x: float | None, decimals: int = 0, *, signed: bool = False) -> str:
        """A number with thousands separated; ``signed`` writes the plus of a positive difference."""
        if x is None or not math.isfinite(x):
            return UNDEFINED
        return self._write(_rounded(x, decimals), signed=signed)

    def plain(self, x: float | None, significant: int = 4) -> str:
        """A number of unknown size with that many significant digits and no trailing zeros (parameter values)."""
        if x is None or not math.isfinite(x):
            return UNDEFINED
        if x == 0:
            return "0"
        decimals = max(0, significant - 1 - math.floor(math.log10(abs(x))))
        value = _rounded(x, min(decimals, 12))
        text = self._write(value)
        mark = "," if self.lang == "nl" else "."
        return text.rstrip("0").rstrip(mark) if mark in text else text

    def percent(self, share: float | None, decimals: int = 0) -> str:
        """A share as a percentage: 0.256 is ``26%``."""
        text = self.number(None if share is None else share * 100, decimals)
        return text if text == UNDEFINED else text + "%"

    def points(self, share: float | None, decimals: int = 1, *, signed: bool = True) -> str:
        """A difference between shares in percentage points, without the unit."""
        return self.number(None if share is None else share * 100, decimals, signed=signed)

    def million(self, euro: float | None, decimals: int = 1, *, signed: bool = False) -> str:
        """Euro in millions, without the unit."""
        return self.number(None if euro is None else euro / 1e6, decimals, signed=signed)

    def euro_million(self, euro: float | None, decimals: int = 1, *, signed: bool = False) -> str:
        """``€ 8,2 mln`` or ``€8.2 million``."""
        text = self.million(euro, decimals, signed=signed)
        if text == UNDEFINED:
            return text
        return f"€{NARROW}{text} mln" if self.lang == "nl" else f"€{text} million"

    def weeks(self, x: float | None, decimals: int = 1) -> str:
        text = self.number(x, decimals)
        if text == UNDEFINED:
            return text
        one = _rounded(x or 0.0, decimals) == 1
        return f"{text} " + (("week" if one else "weken") if self.lang == "nl" else ("week" if one else "weeks"))

    def date(self, iso: str) -> str:
        """``2023-07-01`` as ``1 juli 2023``; what is not an ISO date is given back as it is."""
        try:
            d = date.fromisoformat(iso)
        except ValueError:
            return iso
        return f"{d.day} {_MONTHS[self.lang][d.month - 1]} {d.year}"

    def span(
        self, low: float | None, high: float | None, decimals: int = 0, *, scale: float = 1.0, signed: bool = False, apart: bool = False
    ) -> str:
        """``8 tot 14``, rounded outward so that it never claims more than it knows; a dash when either end is unknown.

        ``apart``: zero lies outside, so an end that is rounded to it is written ``bijna 0``.
        """
        if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
            return UNDEFINED
        a, b = outward(low / scale, high / scale, decimals)
        first, last = self._write(a, signed=signed), self._write(b, signed=signed)
        if apart and a == 0:
            first = f"{self.almost} 0"
        if apart and b == 0:
            last = f"{self.almost} 0"
        return f"{first} {_TO[self.lang]} {last}"

    @property
    def almost(self) -> str:
        """Before the zero that an end close to it is rounded to."""
        return _ALMOST[self.lang]

    def join(self, items: list[str]) -> str:
        """``a, b en c``."""
        if len(items) < 2:
            return "".join(items)
        return ", ".join(items[:-1]) + (" en " if self.lang == "nl" else " and ") + items[-1]


def outward(low: float, high: float, decimals: int) -> tuple[Decimal, Decimal]:
    """The ends of an interval rounded away from its middle. Noise of floating point (1e-9 of a step) does not push an end outward."""
    noise = 10.0 ** (-decimals) * 1e-9
    return _rounded(low + noise, decimals, ROUND_FLOOR), _rounded(high - noise, decimals, ROUND_CEILING)


def decimals_for(low: float, high: float, *, most: int = 3) -> int:
    """Decimals that give the width of an interval two significant digits, at most ``most``; negative for tens and hundreds."""
    width = abs(high - low)
    if not math.isfinite(width) or width <= 1e-9 * max(abs(low), abs(high)):
        return min(most, 1)
    return min(most, 1 - math.floor(math.log10(width)))


def in_runs(numbers: Iterable[int]) -> str:
    """Whole numbers with what follows on each other together: ``5, 7-9``; ``-`` for none."""
    runs: list[list[int]] = []
    for n in sorted(numbers):
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs) or "-"


def capital(text: str) -> str:
    """With a capital letter first."""
    return text[:1].upper() + text[1:]


def clean(text: object, limit: int = 400) -> str:
    """A text from outside made safe to set in a line: control and direction characters out, white space single, cut at ``limit``.

    Markup is not touched here: the page escapes it, the workbook writes it as text.
    """
    kept = []
    for c in str(text)[: 4 * limit + 1000]:
        category = unicodedata.category(c)
        if c in "\n\t\r" or category in ("Zs", "Zl", "Zp"):
            kept.append(" ")
        elif category in ("Cc", "Cf", "Cs", "Co", "Cn"):
            continue
        else:
            kept.append(c)
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
