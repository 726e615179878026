"""The verb: from a question to an answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sim.data import base_model
from sim.experiment.ensemble import ensemble_of
from sim.experiment.lock import locked
from sim.model import Model, load_model
from sim.packages.answer import Answer, answer, norm_offsets
from sim.packages.question import DEFAULT_NORM, NOTHING, Question, ask
from sim.packages.runs import F64, Progress, Runs, Say
from sim.packages.search import Goal, Search, one_digit
from sim.scenario import Library

REPLICATIONS = 40
MOST_RUNS = 1500
FIRST = 8  # replications of the screening
WAITS_STEP = 0.02  # of the person-weeks waited in the baseline: a difference that counts
CHANCE_STEP = 0.05


def _silent(text: str) -> None:
    pass


def package(
    saving: float,
    year: int,
    *,
    norms: Sequence[str] = (DEFAULT_NORM,),
    exclude: Sequence[str] = (),
    must: Sequence[str] = (),
    baseline: str = "huidig-beleid",
    certainty: float = 0.8,
    replications: int = REPLICATIONS,
    most_runs: int = MOST_RUNS,
    model: Model | Path | None = None,
    library: Library | None = None,
    parameters: str | None = None,
    size: float = 1.0,
    seed: int = 1,
    engine: str = "numba",
    out: Path = Path("results/package"),
    workers: int | None = None,
    cluster: str | None = None,
    progress: Progress | None = None,
    say: Say = _silent,
) -> Answer:
    """Find the packages of measures on the frontier of saving, waits and certainty in ``year``, against ``baseline``.

    ``saving`` in euro a year, net of the cost of the measures; ``norms`` as on the command line. Runs are kept in ``out`` and not made
    again. Raises ``InputError`` with every fault of the question, ``ZorgstroomError`` where runs failed.
    """
    the_model = model if isinstance(model, Model) else load_model(model or base_model())
    ensemble = ensemble_of(the_model, parameters)
    question = ask(
        the_model, library or Library.of_model(the_model.directory), saving=saving, year=year, norms=norms, exclude=exclude, must=must,
        baseline=baseline, certainty=certainty, seed=seed, engine=engine, ensemble=ensemble, size=size,
    )  # fmt: skip
    for note in question.notes:
        say(note)
    with locked(out):
        runs = Runs(question, out, workers, cluster, progress).open(say)
        try:
            found = search_of(question, runs, replications, most_runs, say).find()
            return answer(question, runs, found, replications)
        finally:
            runs.close()


def search_of(question: Question, runs: Runs, replications: int, most_runs: int, say: Say) -> Search:
    """The search for a question; the baseline is run for it."""
    runs.ensure([(NOTHING, r) for r in range(replications)], "baseline")

    def simulate(masks: Sequence[int], replications: int, what: str) -> F64:
        runs.ensure([(mask, r) for mask in masks for r in range(replications)], what)
        return np.stack([runs.responses(mask, replications) for mask in masks])

    first = min(FIRST, replications)
    offset = np.full((replications, 2 + len(question.norms)), np.inf)
    offset[:, 0] = -question.saving
    offset[:, 2:] = norm_offsets(question, runs, replications)
    waited = float(np.mean([runs.figures[NOTHING, r].waited for r in range(first)]))
    return Search(
        len(question.choices), simulate, Goal(offset), sorted({first, max(first, replications // 2), replications}),
        one_digit(max(WAITS_STEP * waited, 1.0)), CHANCE_STEP, clashes=question.clashes, most_runs=most_runs, seed=question.seed, say=say,
    )  # fmt: skip
