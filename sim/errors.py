"""What can go wrong, and how it is said: what, where, the nearest valid name, and how to mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MOST_SHOWN = 200  # paragraphs of one message


@dataclass(frozen=True)
class Fault:
    """One thing wrong in what the user gave.

    ``what`` is wrong at ``field`` (a dotted path) in ``file`` at ``line`` (1 is the first; None where a file has no lines to point at);
    ``nearest`` is the valid name closest to what was written; ``mend`` says what to do.
    """

    what: str
    file: str = ""
    line: int | None = None
    field: str = ""
    nearest: str | None = None
    mend: str = ""

    @property
    def where(self) -> str:
        """``file:line``, or as much of it as is known."""
        return f"{self.file}:{self.line}" if self.file and self.line is not None else self.file

    def __str__(self) -> str:
        head = ": ".join(part for part in (self.where, self.field) if part)
        lines = [head] if head else []
        lines.append(f"  {self.what}" if head else self.what)
        if self.nearest is not None:
            lines.append(f"  did you mean {self.nearest!r}?")
        if self.mend:
            lines.append(f"  mend: {self.mend}")
        return "\n".join(lines)


class ZorgstroomError(Exception):
    """Base of every error zorgstroom raises on purpose."""


class InputError(ZorgstroomError):
    """The user's input is wrong; ``faults`` names everything found, in order of file and line."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        unique = dict.fromkeys(faults)
        self.faults: tuple[Fault, ...] = tuple(sorted(unique, key=lambda f: (f.file, f.line or 0)))
        super().__init__(self.faults)

    def __str__(self) -> str:
        shown = [str(fault) for fault in self.faults[:MOST_SHOWN]]
        hidden = len(self.faults) - len(shown)
        if hidden:
            shown.append(f"... and {hidden} more")
        return "\n\n".join(shown)


class InternalError(ZorgstroomError):
    """A promise inside zorgstroom was broken: a bug, whatever the input."""


def nearest_name(name: object, candidates: Iterable[str]) -> str | None:
    """The candidate that looks most like ``name`` (case ignored), or None if none comes near."""
    folded: dict[str, str] = {}
    for candidate in candidates:
        folded.setdefault(candidate.casefold(), candidate)
    found = difflib.get_close_matches(str(name).casefold(), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def listing(names: Sequence[str] | Iterable[str], most: int = 12) -> str:
    """Names for a message, the first ``most`` of them."""
    names = list(names)
    text = ", ".join(names[:most])
    return f"{text}, ... ({len(names)} in all)" if len(names) > most else text
