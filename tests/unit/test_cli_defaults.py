"""The command line and the Python interface mean the same when nothing is said."""

from __future__ import annotations

import inspect

import pytest

from sim.cli.compare import compare as command
from sim.cli.visits import visits
from sim.engine import DEFAULT_ENGINE
from sim.report.compare import compare

pytestmark = pytest.mark.unit


def test_compare_has_the_same_options_and_defaults_as_its_function() -> None:
    said = {name: p.default for name, p in inspect.signature(command).parameters.items()}
    meant = {name: p.default for name, p in inspect.signature(compare).parameters.items()}
    only_said = {"dry_run", "how"}  # what is printed
    assert set(meant) - {"library", "progress", "say"} == set(said) - only_said
    for name in set(said) - {"scenarios"} - only_said:
        assert said[name] == meant[name], name


def test_visits_uses_the_engine_and_seed_of_compare() -> None:
    defaults = inspect.signature(visits).parameters
    assert defaults["engine"].default == DEFAULT_ENGINE
    assert defaults["seed"].default == inspect.signature(compare).parameters["seed"].default
