"""Where scenarios and measures are found by name."""

from __future__ import annotations

import os
from pathlib import Path

from sim.errors import Fault, InputError, listing, nearest_name

MEASURES = "measures"
SCENARIOS = "scenarios"


class Library:
    """Scenarios and measures in one or more directories.

    A directory may hold scenarios (``*.yaml``) and ``measures/*.yaml`` itself, or in a directory ``scenarios`` inside it; a model
    directory (one with model.yaml) is looked at for the latter and for ``measures`` only. The first directory that has a name gives it.
    """

    def __init__(self, *directories: str | os.PathLike[str]) -> None:
        self.directories = tuple(Path(directory) for directory in directories)
        roots: list[Path] = []
        for directory in self.directories:
            roots.extend(root for root in (directory, directory / SCENARIOS) if root.is_dir())
        self._scenarios: dict[str, Path] = {}
        self._measures: dict[str, Path] = {}
        for root in dict.fromkeys(roots):
            if not (root / "model.yaml").exists():
                _collect(root, self._scenarios)
            _collect(root / MEASURES, self._measures)

    @classmethod
    def of_model(cls, directory: Path) -> Library:
        """Where the scenarios of a model are looked up: in its folder or, where that holds none, in the folder it stands in."""
        own = cls(directory)
        if own.scenarios or own.measures:
            return own
        return cls(directory.parent if directory.name not in ("", "..") else directory.resolve().parent)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of all scenarios, sorted."""
        return tuple(sorted(self._scenarios))

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of all measures, sorted."""
        return tuple(sorted(self._measures))

    def scenario_file(self, name_or_path: str | os.PathLike[str]) -> Path:
        """File of a scenario, by name or by path. Raises InputError with the nearest name."""
        return self._file(name_or_path, self._scenarios, "scenario")

    def measure_file(self, name_or_path: str | os.PathLike[str]) -> Path:
        """File of a measure, by name or by path. Raises InputError with the nearest name."""
        return self._file(name_or_path, self._measures, "measure")

    def _file(self, name_or_path: str | os.PathLike[str], names: dict[str, Path], noun: str) -> Path:
        text = os.fspath(name_or_path)
        if text in names:
            return names[text]
        if text.endswith(".yaml") or os.sep in text or "/" in text:
            return Path(text)
        raise InputError([unknown_name(noun, text, tuple(sorted(names)), self)])


def unknown_name(noun: str, name: str, names: tuple[str, ...], library: Library) -> Fault:
    """The fault of a name the library does not have, not yet placed in a file."""
    looked = listing([directory.as_posix() for directory in library.directories]) or "no directory"
    mend = f"valid: {listing(names, 20)}" if names else f"no {noun} was found in {looked}; select another directory"
    return Fault(f"there is no {noun} {name!r} (looked in {looked})", nearest=nearest_name(name, names), mend=mend)


def _collect(directory: Path, into: dict[str, Path]) -> None:
    try:
        entries = sorted(directory.glob("*.yaml"))
    except OSError:
        return
    for entry in entries:
        into.setdefault(entry.stem, entry)
