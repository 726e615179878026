"""Maps and lists that remember the file and line each of their parts was written on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Mark = tuple[str, int]  # file, line (1 is the first)


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


def mark_of(root: LocatedMap, keys: Iterable[object]) -> Mark:
    """Mark of the deepest part of ``root`` that exists along ``keys``."""
    here: Any = root
    mark = root.mark
    for key in keys:
        if isinstance(here, LocatedMap) and key in here:
            mark = here.marks[key]
        elif isinstance(here, LocatedList) and isinstance(key, int) and 0 <= key < len(here):
            mark = here.marks[key]
        else:
            break
        here = here[key]
    return mark


def part_at(root: Any, keys: Iterable[object]) -> Any:
    """The part of ``root`` at ``keys``, or None."""
    here = root
    for key in keys:
        if isinstance(here, dict) and key in here:
            here = here[key]
        elif isinstance(here, list) and isinstance(key, int) and 0 <= key < len(here):
            here = here[key]
        else:
            return None
    return here
