"""Studies: scenarios x replications, run cell by cell, resumable, the same for any number of workers."""

from sim.experiment.study import Study, StudyResult, run_study

__all__ = ["Study", "StudyResult", "run_study"]
