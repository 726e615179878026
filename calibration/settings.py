"""Settings of the fit, read from ``settings.yaml`` beside this file or from another file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from sim.errors import Fault, InputError
from sim.model.structure import Spec, read_structure
from sim.model.yaml_reader import read_yaml

SHIPPED = Path(__file__).resolve().parent / "settings.yaml"

Reason = Annotated[str, Field(min_length=1)]


class Whole(Spec):
    """A whole number and why."""

    value: Annotated[int, Field(ge=1)]
    reason: Reason


class Number(Spec):
    """A number and why."""

    value: Annotated[float, Field(ge=0.0, strict=False)]
    reason: Reason


class Discrepancy(Spec):
    """Standard deviation of what the model cannot get right, by scale of the figure."""

    log: Number
    logit: Number
    absolute: Number


class Settings(Spec):
    """See ``settings.yaml``."""

    line_runs: Whole
    members: Whole
    steps: Whole
    chance_runs: Whole
    discrepancy: Discrepancy


def load_settings(file: Path = SHIPPED) -> Settings:
    """Read settings. Raises ``InputError`` naming file, line and field."""
    faults: list[Fault] = []
    root = read_yaml(file, faults)
    spec = read_structure(Settings, root, faults).spec if root is not None else None
    if spec is None or faults:
        raise InputError(faults)
    return spec
