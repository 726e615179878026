"""Measures and scenarios on a base model: load, resolve, explain."""

from sim.scenario.explain import Difference, Span, explain
from sim.scenario.library import Library
from sim.scenario.load import load_measure, load_scenario, measure_scenario, without_measure
from sim.scenario.resolve import resolve
from sim.scenario.resolved import Draw, Resolved
from sim.scenario.scenario import Effect, Measure, MeasureCost, Scenario, Scope
from sim.scenario.validate import validate
from sim.scenario.write import new_measure_text

__all__ = [
    "Difference",
    "Draw",
    "Effect",
    "Library",
    "Measure",
    "MeasureCost",
    "Resolved",
    "Scenario",
    "Scope",
    "Span",
    "explain",
    "load_measure",
    "load_scenario",
    "measure_scenario",
    "new_measure_text",
    "resolve",
    "validate",
    "without_measure",
]
