"""Packages of measures: which of them are on the frontier of saving, waits and certainty."""

from sim.packages.answer import Answer, Carrier, Fact, Option
from sim.packages.choose import package
from sim.packages.question import Norm, Question, ask

__all__ = ["Answer", "Carrier", "Fact", "Norm", "Option", "Question", "ask", "package"]
