"""Where the shipped data stands: beside the package in a clone, inside it when installed from a wheel."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
INSIDE = PACKAGE / "_data"


def data_directory() -> Path:
    """The folder that holds ``scenarios`` and ``examples``."""
    return INSIDE if INSIDE.is_dir() else PACKAGE.parent


def library_directory() -> Path:
    """The shipped scenarios: ``*.yaml``, ``measures/`` and the base model ``rotterdam/``."""
    return data_directory() / "scenarios"


def base_model() -> Path:
    """The shipped base model."""
    return library_directory() / "rotterdam"


def examples_directory() -> Path:
    """Small models that ship with the simulator."""
    return data_directory() / "examples"


def calibration_directory() -> Path:
    """The reported targets and their sources, shipped inside the package ``calibration``."""
    return PACKAGE.parent / "calibration"
