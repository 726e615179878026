"""What every command of the calibration begins with: the problem that a model, a world and a file of figures make."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.choices import library_of, model_directory

if TYPE_CHECKING:
    from calibration.problem import Problem


def problem_of(model: Path | None, scenario: str, targets: Path | None, size: float) -> Problem:
    """The problem of fitting ``scenario`` to the figures. Raises ``InputError`` for anything wrong, or where there is nothing to fit."""
    from calibration.problem import Problem
    from sim.errors import Fault, InputError
    from sim.experiment.reported import load_reported
    from sim.model import load_model
    from sim.scenario import load_scenario

    loaded = load_model(model_directory(model))
    figures = load_reported(loaded, targets)
    within = [t for t in figures if loaded.start <= t.first_day and t.until_day <= loaded.until]
    if not any(t.use == "fit" for t in within):
        what = f"no reported figures to fit come with the model in {loaded.directory}"
        raise InputError([Fault(what, field="--targets", mend="give a file of reported figures in which some say `use: fit`")])
    world = load_scenario(scenario, library_of(model), loaded)
    return Problem(loaded, world, tuple(within), max(t.until_day for t in within), size)


def plain_rows(table: Any, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    """Rows of a table of pandas as plain values, None for what is not a number."""
    rows: list[dict[str, Any]] = json.loads(table[list(columns)].to_json(orient="records", double_precision=15))
    return rows
