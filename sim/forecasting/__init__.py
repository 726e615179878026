"""Demand to come: the model's own demand with bands, fitted to counts where there are any, and an evaluation of the method on observed
series."""

from sim.forecasting.evaluation import SeriesScore, TopicScore, evaluate
from sim.forecasting.forecast import Forecast, Row, forecast
from sim.forecasting.scenario_file import forecast_scenario
from sim.forecasting.series import ObservedSeries, load_series

__all__ = ["Forecast", "ObservedSeries", "Row", "SeriesScore", "TopicScore", "evaluate", "forecast", "forecast_scenario", "load_series"]
