"""Titles in both languages, for the record of an answer: so that its folder alone can be read by people, in either of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sim.model import Model
from sim.report.describe import leads_of
from sim.report.notation import clean
from sim.report.study_info import LANGUAGES
from sim.report.tile_map import TileMap
from sim.report.wording import say
from sim.scenario import Measure, Scenario

Titles = dict[str, dict[str, dict[str, str]]]


def titles_of(model: Model, scenarios: Iterable[Scenario] = (), measures: Iterable[Measure] = ()) -> Titles:
    """What -> name -> language -> title, of the model, its parts and nodes, and of these scenarios and measures.

    ``leads``: path of a stream or route -> the title of the node it leads to.
    """
    return {
        "model": {"model": _both(model.title)},
        "parts": {name: _both(model.spec.parts[name].title) for name in model.parts},
        "nodes": {name: _both(node.title) for name, node in model.spec.nodes.items()},
        "scenarios": {s.name: _both(s.title) for s in scenarios},
        "measures": {m.name: _both(m.title) for m in measures},
        "leads": {path: _both(model.spec.nodes[node].title) for path, node in leads_of(model.spec)},
    }


@dataclass(frozen=True)
class Titled:
    """Names in words, in one language, as far as ``titles`` has them."""

    titles: Titles
    lang: str

    def title_of(self, what: str, name: str) -> str:
        """The title of a model, scenario, node or measure; its name where there is none."""
        return clean(self._found(what, name) or name, 90)

    def say(self, key: str, **values: object) -> str:
        return say(self.lang, key, **values)

    def node(self, name: str) -> str:
        return clean(self._found("nodes", name) or self._found("measures", name) or name, 90)

    def led_to(self, path: str) -> str:
        return clean(self._found("leads", path), 90)

    def _found(self, what: str, name: str) -> str:
        both = self.titles.get(what, {}).get(name, {})
        return next((both[k] for k in (self.lang, *LANGUAGES) if both.get(k)), "")


def tiles_of(model: Model) -> dict[str, tuple[int, int]]:
    """Places of the gebieden on the tile map; empty where the model has none."""
    layout = TileMap.of(model.directory)
    return {} if layout is None else dict(layout.places)


def gebied_of_sites(model: Model) -> dict[str, str]:
    """The gebied on the tile map of every site that serves one of them alone."""
    on_map = tiles_of(model).keys()
    served = {site.name: [g for g in site.serves if g in on_map] for sites in model.sites.values() for site in sites.members}
    return {name: gebieden[0] for name, gebieden in served.items() if len(gebieden) == 1}


def _both(title: object) -> dict[str, str]:
    return {lang: text for lang in ("nl", "en") if (text := getattr(title, lang, "") or "")}
