"""zorgstroom: a discrete-event simulator of municipal care.

The verbs of the command line, as a small Python interface::

    import sim

    model = sim.load_model("examples/one-queue")
    scenario = sim.load_scenario("extra-plek", sim.Library("examples/one-queue/scenarios"))
    plan = sim.compile_plan(model, scenario)
    log = sim.simulate(plan, seed=1)
    table = sim.measure(plan, log)
    years = table[(table["period_kind"] == "year") & (table["part"] == "alle")]
    print(years[["period", "inflow", "wait_mean", "cost"]])

Names are loaded when first used, so that importing ``sim`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sim.data import base_model, calibration_directory, library_directory
    from sim.engine import Totals, VisitLog, simulate, totals
    from sim.engine.visit_table import visit_table
    from sim.errors import InputError, ZorgstroomError
    from sim.experiment.ensemble import Ensemble, ensemble_of
    from sim.experiment.paired import mean_interval
    from sim.forecasting.forecast import Forecast, forecast
    from sim.forecasting.scenario_file import forecast_scenario
    from sim.indicators import conserve, measure
    from sim.model import Model, load_model
    from sim.model.unknowns import Prior
    from sim.packages import package
    from sim.plan import Plan, compile_plan
    from sim.plan.scale import scaled
    from sim.report.compare import compare
    from sim.scenario import Library, Scenario, explain, load_measure, load_scenario, measure_scenario, validate
    from sim.sizing import Division, Sizing, divide, size

__all__ = [
    "Division",
    "Ensemble",
    "Forecast",
    "InputError",
    "Library",
    "Model",
    "Plan",
    "Prior",
    "Scenario",
    "Sizing",
    "Totals",
    "VisitLog",
    "ZorgstroomError",
    "base_model",
    "calibration_directory",
    "compare",
    "compile_plan",
    "conserve",
    "divide",
    "ensemble_of",
    "explain",
    "forecast",
    "forecast_scenario",
    "library_directory",
    "load_measure",
    "load_model",
    "load_scenario",
    "mean_interval",
    "measure",
    "measure_scenario",
    "package",
    "scaled",
    "simulate",
    "size",
    "totals",
    "validate",
    "visit_table",
]

_HOME = {
    "sim.data": ("base_model", "calibration_directory", "library_directory"),
    "sim.engine": ("Totals", "VisitLog", "simulate", "totals"),
    "sim.engine.visit_table": ("visit_table",),
    "sim.errors": ("InputError", "ZorgstroomError"),
    "sim.experiment.ensemble": ("Ensemble", "ensemble_of"),
    "sim.experiment.paired": ("mean_interval",),
    "sim.forecasting.forecast": ("Forecast", "forecast"),
    "sim.forecasting.scenario_file": ("forecast_scenario",),
    "sim.indicators": ("conserve", "measure"),
    "sim.model": ("Model", "load_model"),
    "sim.model.unknowns": ("Prior",),
    "sim.packages": ("package",),
    "sim.plan": ("Plan", "compile_plan"),
    "sim.plan.scale": ("scaled",),
    "sim.report.compare": ("compare",),
    "sim.scenario": ("Library", "Scenario", "explain", "load_measure", "load_scenario", "measure_scenario", "validate"),
    "sim.sizing": ("Division", "Sizing", "divide", "size"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
