"""The smallest capacities with which a norm is met: queueing approximation, search with common random numbers, certification with fresh
seeds; and the best division of a given number of fte."""

from sim.sizing.allocate import Division, divide
from sim.sizing.answer import Sizing
from sim.sizing.sizing import size

__all__ = ["Division", "Sizing", "divide", "size"]
