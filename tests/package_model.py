"""A street with one queue and a handful of measures that help and hinder each other, made from the example model."""

from __future__ import annotations

import shutil
from pathlib import Path

from command import ONE_QUEUE

MEASURES = {  # name: (path, op, low, mode, high, cost in euro per year)
    "goedkoper": ("teams.straatteam.cost.price", "multiply", 0.80, 0.90, 1.0, 0),
    "minder-vraag": ("demand.hulpvraag.trend", "multiply", 0.70, 0.85, 1.0, 9000),
    "plek-minder": ("teams.straatteam.places.number", "add", -1, -1, -1, 0),
    "sneller": ("nodes.hulp.stay.scale", "multiply", 0.75, 0.90, 1.0, 4000),
    "duurder": ("teams.straatteam.cost.price", "multiply", 1.02, 1.05, 1.10, 0),
}
CLASH = ("meer-plekken", ("teams.straatteam.places.number", "multiply", 1.0, 1.2, 1.4, 0))


def street(folder: Path, *, clash: bool = False) -> Path:
    """The model, with the measures in place of its own; ``clash``: also one that does not go together with plek-minder."""
    model = shutil.copytree(ONE_QUEUE, folder)
    (model / "scenarios" / "extra-plek.yaml").unlink()
    measures = model / "scenarios" / "measures"
    (measures / "extra-plek.yaml").unlink()
    for name, (path, op, low, mode, high, cost) in [*MEASURES.items(), *([CLASH] if clash else [])]:
        text = f"""\
title: {{nl: {name}, en: {name}}}
description: {{nl: "{name}", en: "{name}"}}
source: "test"
programme: stad
status: proposed
start: 2025-01-01
scope: {{gebied: all, age: all}}
effects:
  - {{path: {path}, op: {op}, low: {low}, mode: {mode}, high: {high}, evidence: assumption, source: "test"}}
"""
        if cost:
            text += f'cost: {{value: {cost}, unit: euro per year, kind: assumption, source: "test", range: [{cost // 2}, {cost * 2}]}}\n'
        (measures / f"{name}.yaml").write_text(text, encoding="utf-8")
    return model
