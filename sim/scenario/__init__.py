"""Measures and scenarios on a base model: load, resolve, explain."""

from sim.scenario.library import Library
from sim.scenario.load import load_measure, load_scenario, measure_scenario
from sim.scenario.resolve import Resolved, resolve
from sim.scenario.scenario import Effect, Measure, MeasureCost, Scenario, Scope

__all__ = [
    "Effect",
    "Library",
    "Measure",
    "MeasureCost",
    "Resolved",
    "Scenario",
    "Scope",
    "load_measure",
    "load_scenario",
    "measure_scenario",
    "resolve",
]
