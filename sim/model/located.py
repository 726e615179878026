"""Maps and lists that remember the file and line each of their parts was written on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple


class Mark(NamedTuple):
    """A place in a file; the first line is 1."""

    file: str
    line: int


class LocatedMap(dict[Any, Any]):
    """A mapping with the mark of itself and of each key."""

    __slots__ = ("mark", "marks")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.marks: dict[Any, Mark] = {}

    def put(self, key: object, value: object, mark: Mark) -> None:
        self[key] = value
        self.marks[key] = mark

    def without(self, keys: Iterable[object]) -> LocatedMap:
        """A copy that lacks ``keys``."""
        gone = set(keys)
        copy = LocatedMap(self.mark)
        for key, value in self.items():
            if key not in gone:
                copy.put(key, value, self.marks[key])
        return copy


class LocatedList(list[Any]):
    """A sequence with the mark of itself and of each item."""

    __slots__ = ("mark", "marks")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.marks: list[Mark] = []

    def put(self, value: object, mark: Mark) -> None:
        self.append(value)
        self.marks.append(mark)


def mark_of(root: LocatedMap, keys: Iterable[Any]) -> Mark:
    """Mark of the deepest part of ``root`` that exists along ``keys``."""
    here: Any = root
    mark = root.mark
    for key in keys:
        if not _holds(here, key):
            break
        mark, here = here.marks[key], here[key]
    return mark


def part_at(root: Any, keys: Iterable[Any]) -> Any:
    """The part of ``root`` at ``keys``, or None."""
    here = root
    for key in keys:
        if not _holds(here, key):
            return None
        here = here[key]
    return here


def _holds(part: Any, key: Any) -> bool:
    if isinstance(part, LocatedMap):
        return key in part
    return isinstance(part, LocatedList) and isinstance(key, int) and 0 <= key < len(part)
