"""Reported figures beside the model's own: the same definition, place and period.

The figures stand in a YAML file (``targets/targets.yaml`` in a model's folder, or ``calibration/targets/targets.yaml`` for the base model).
What each ``indicator`` means is said at the top of that file; ``Counting`` counts it in a visit log, ``compare_with_reported`` in the
indicator tables a study has kept.
"""

from sim.experiment.reported.load import load_reported, target_file
from sim.experiment.reported.observe import Counting, observe
from sim.experiment.reported.table import compare_with_reported
from sim.experiment.reported.target import Comparison, Target, figures_until, transform, until_day

__all__ = [
    "Comparison",
    "Counting",
    "Target",
    "compare_with_reported",
    "figures_until",
    "load_reported",
    "observe",
    "target_file",
    "transform",
    "until_day",
]
