"""Titles in both languages, for the record of an answer: so that its folder alone can be read by people."""

from __future__ import annotations

from collections.abc import Iterable

from sim.model import Model
from sim.report.tile_map import TileMap
from sim.scenario import Measure, Scenario

Titles = dict[str, dict[str, dict[str, str]]]


def titles_of(model: Model, scenarios: Iterable[Scenario] = (), measures: Iterable[Measure] = ()) -> Titles:
    """What -> name -> language -> title, of the model, its parts and nodes, and of these scenarios and measures."""
    return {
        "model": {"model": _both(model.title)},
        "parts": {name: _both(model.spec.parts[name].title) for name in model.parts},
        "nodes": {name: _both(node.title) for name, node in model.spec.nodes.items()},
        "scenarios": {s.name: _both(s.title) for s in scenarios},
        "measures": {m.name: _both(m.title) for m in measures},
    }


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
