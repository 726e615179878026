"""A model as loaded: frozen, complete, every number with its place in the files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from sim.model.located import LocatedMap, Mark, mark_of
from sim.model.parameter import Band, Parameter
from sim.model.spec import ModelSpec, Title


@dataclass(frozen=True)
class Site:
    """A place of work and the gebieden whose people it helps."""

    name: str
    serves: tuple[str, ...]


@dataclass(frozen=True)
class SiteList:
    """Sites where the same work is done, sorted by name."""

    name: str
    members: tuple[Site, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(site.name for site in self.members)

    def serving(self, gebied: str) -> tuple[Site, ...]:
        """The sites that serve ``gebied``."""
        return tuple(site for site in self.members if gebied in site.serves)

    def within(self, gebieden: frozenset[str]) -> frozenset[str]:
        """Names of the sites that serve no gebied outside ``gebieden``."""
        return frozenset(site.name for site in self.members if gebieden.issuperset(site.serves))


@dataclass(frozen=True)
class DurationClasses:
    """Shares of durations per class: ``upper`` bounds in days, the first class begins at 0."""

    upper: tuple[float, ...]
    share: tuple[float, ...]
    kind: str
    source: str
    range: Band

    @property
    def mean(self) -> float:
        """Mean in days, durations uniform within a class."""
        lower = (0.0, *self.upper[:-1])
        return sum(share * (low + high) / 2 for share, low, high in zip(self.share, lower, self.upper, strict=True))


@dataclass(frozen=True)
class Model:
    """A model directory, checked. ``until`` is exclusive; ``age_edges`` are the lower bounds of the age groups in years, the last is open.

    ``parameters`` holds every parameter path, the optional levers at their neutral value among them; ``classes`` the class tables of
    distributions by the path of the distribution (``nodes.x.stay``).
    """

    directory: Path
    spec: ModelSpec = field(repr=False)
    title: Title
    start: date
    until: date
    age_groups: tuple[str, ...]
    age_edges: tuple[int, ...]
    gebieden: tuple[str, ...]
    urgencies: tuple[str, ...]
    parts: tuple[str, ...]
    exits: tuple[str, ...]
    sites: Mapping[str, SiteList] = field(repr=False)
    parameters: Mapping[str, Parameter] = field(repr=False)
    classes: Mapping[str, DurationClasses] = field(repr=False)
    root: LocatedMap = field(repr=False)
    files: Mapping[str, str] = field(repr=False)  # name within the directory -> SHA-256 of its bytes

    def location(self, path: str) -> Mark:
        """File and line where the parameter at ``path`` is written; for a neutral lever, where its node or team is."""
        return mark_of(self.root, path.split("."))

    def digest(self) -> str:
        """SHA-256 over the names and bytes of all files read: equal inputs have equal digests on every machine."""
        text = "".join(f"{digest}  {name}\n" for name, digest in sorted(self.files.items()))
        return hashlib.sha256(text.encode()).hexdigest()

    def sites_of_team(self, team: str | None) -> SiteList | None:
        """The sites-list of a team, or None for a team (or a node) without sites."""
        name = self.spec.teams[team].sites if team is not None else None
        return self.sites[name] if name is not None else None

    def site_names(self) -> tuple[str, ...]:
        """Names of all sites of all lists, once each."""
        return tuple(dict.fromkeys(name for sites in self.sites.values() for name in sites.names))

    def written_parameters(self) -> Iterator[Parameter]:
        """The parameters somebody wrote a number for: no neutral levers, no references, no rest."""
        return (p for p in self.parameters.values() if not (p.is_neutral or p.shared or p.rest_of))
