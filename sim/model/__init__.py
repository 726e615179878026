"""The base model: what is written in a model directory, loaded, checked and frozen."""

from sim.model.load import examine_model, load_model
from sim.model.model import DurationClasses, Model, Site, SiteList
from sim.model.parameter import Band, Parameter, Series, month_number
from sim.model.spec import ModelSpec
from sim.model.units import DAYS_PER_MONTH, DAYS_PER_YEAR, WEEKS_PER_YEAR, Quantity

__all__ = [
    "DAYS_PER_MONTH",
    "DAYS_PER_YEAR",
    "WEEKS_PER_YEAR",
    "Band",
    "DurationClasses",
    "Model",
    "ModelSpec",
    "Parameter",
    "Quantity",
    "Series",
    "Site",
    "SiteList",
    "examine_model",
    "load_model",
    "month_number",
]
