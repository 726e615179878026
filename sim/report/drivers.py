"""What drives a package: the worlds of the study that hold a part of its changes, each alone, and what is left when they come together.

Total = sum of the parts alone + remainder, per replication. Where the parts hold all changes of the package, the remainder is the
interaction; where some changes were not run alone, it is those and the interaction together, and is called so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.report.results import ALL, Interval, Results
from sim.report.study_info import Change


@dataclass(frozen=True)
class Drivers:
    """``parts``: scenarios that each hold some of the changes, none twice; ``left``: measures (or paths) no part holds."""

    scenario: str
    parts: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """The remainder is interaction alone."""
        return not self.left


@dataclass(frozen=True)
class Split:
    """One indicator of the whole chain in one year."""

    parts: tuple[Interval, ...]
    remainder: Interval
    total: Interval


def drivers(results: Results) -> tuple[Drivers, ...]:
    """Of every compared scenario that has parts among the others."""
    own = {name: _own(results, name) for name in results.compared}
    plain = {name: changes for name, changes in own.items() if changes and not _dropped(results, name)}
    found = []
    for name, changes in plain.items():
        inside = sorted((len(c), i, s) for i, (s, c) in enumerate(plain.items()) if c < changes)
        taken: list[str] = []
        held: frozenset[Change] = frozenset()
        for _, _, s in inside:  # the smallest first: single measures before packages of them
            if held.isdisjoint(plain[s]):
                taken.append(s)
                held |= plain[s]
        if taken:
            left = dict.fromkeys(x.measure or x.path for x in results.info.scenario(name).changes if x in changes - held)
            found.append(Drivers(name, tuple(s for s in results.compared if s in taken), tuple(left)))
    return tuple(found)


def split(results: Results, d: Drivers, year: int, column: str) -> Split:
    """The parts alone, the remainder and the total, as differences from the baseline."""

    def delta(name: str) -> np.ndarray:
        return results.per_replication(name, ALL, ALL, year, column) - results.per_replication(results.baseline, ALL, ALL, year, column)

    parts = [delta(s) for s in d.parts]
    total = delta(d.scenario)
    return Split(tuple(results.interval(x) for x in parts), results.interval(total - np.sum(parts, axis=0)), results.interval(total))


def _own(results: Results, name: str) -> frozenset[Change]:
    return frozenset(results.info.scenario(name).changes) - frozenset(results.info.scenario(results.baseline).changes)


def _dropped(results: Results, name: str) -> bool:
    """Whether the scenario lacks something of the baseline."""
    return not frozenset(results.info.scenario(results.baseline).changes) <= frozenset(results.info.scenario(name).changes)
