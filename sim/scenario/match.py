"""Which parameters a path means, and which path was probably meant."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from sim.errors import nearest_name


@lru_cache(maxsize=4096)
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile("".join(r"[^.]*" if sign == "*" else re.escape(sign) for sign in path))


def matching_paths(path: str, paths: Collection[str]) -> tuple[str, ...]:
    """The parameter paths that ``path`` means, sorted; ``*`` stands for any name, or part of a name, between two points."""
    if "*" not in path:
        return (path,) if path in paths else ()
    pattern = _pattern(path)
    return tuple(sorted(name for name in paths if pattern.fullmatch(name)))


def nearest_path(path: str, paths: Collection[str]) -> str | None:
    """The valid path that looks most like ``path``: the first part that fits nowhere is mended first, then the whole is compared."""
    parts = path.split(".")
    within = [name.split(".") for name in paths]
    for i, part in enumerate(parts):
        pattern = _pattern(part)
        fitting = [name for name in within if len(name) > i and pattern.fullmatch(name[i])]
        if not fitting:
            found = nearest_name(part, {name[i] for name in within if len(name) > i})
            if found is not None:
                mended = ".".join([*parts[:i], found, *parts[i + 1 :]])
                if matching_paths(mended, paths):
                    return mended
            break
        within = fitting
    return nearest_name(path, paths)


def beginning_with(path: str, paths: Collection[str]) -> list[str]:
    """The parameters inside ``path``, where it names a place that holds parameters but is none itself."""
    return sorted(name for name in paths if name.startswith(f"{path}."))
