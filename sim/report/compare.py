"""Running a study: simulate scenarios against a baseline and write the report with everything it rests on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.compute as pc

from sim.engine import DEFAULT_ENGINE
from sim.errors import InputError, ZorgstroomError
from sim.experiment.gather import of_every_replication, read_indicators
from sim.experiment.inputs import LoadedStudy, keep_inputs, load_study
from sim.experiment.lock import locked
from sim.experiment.record import RECORD, file_hash, hardware, remove_parts, versions, write_json, write_text
from sim.experiment.reported import Target, compare_with_reported, load_reported
from sim.experiment.spec import (
    DEFAULT_BASELINE,
    STUDY_FILE,
    PrecisionSpec,
    StudySpec,
    marks_of_options,
    read_study_file,
    study_of_options,
    study_text,
)
from sim.experiment.stopping import MOST_REPLICATIONS
from sim.experiment.study import Progress, Say, Study, StudyResult, run_study, stop_sentence
from sim.experiment.verify import FINISHED, read_record
from sim.model import Model
from sim.report.describe import sense_check, study_info
from sim.report.write import write_report
from sim.scenario import Library

WORLD_THAT_WAS = "huidig-beleid"  # the world the reported figures come from
KEPT = ("arrivals.parquet", "indicators.parquet", "study.json", STUDY_FILE)  # what a report is made from


def _silent(text: str) -> None:
    pass


@dataclass(frozen=True)
class Running:
    """How a study is run, which changes nothing in what comes out of it."""

    workers: int | None = None  # processes at once; None: one per processor
    cluster: str | None = None  # address of a Dask scheduler, or ``local``
    progress: Progress | None = None
    say: Say = _silent


def compare(
    scenarios: Sequence[str] = (),
    *,
    baseline: str = DEFAULT_BASELINE,
    model: Path | Model | None = None,
    library: Library | None = None,
    start: date | None = None,
    until: date | None = None,
    replications: int | None = None,
    precision: float | None = None,
    indicator: str = "cost",
    period: int | None = None,
    node: str = "alle",
    max_replications: int = MOST_REPLICATIONS,
    parameters: str | None = None,
    seed: int = 1,
    engine: str = DEFAULT_ENGINE,
    workers: int | None = None,
    cluster: str | None = None,
    out: Path = Path("results/compare"),
    lang: str = "nl",
    each_measure: bool = False,
    progress: Progress | None = None,
    say: Say = _silent,
) -> Path:
    """Run ``scenarios`` (default: the shipped ones) against ``baseline`` and write the report; returns the path of ``report.html``.

    ``each_measure`` adds every measure of the library alone on the baseline, and the baseline without each measure it already holds.
    With ``precision`` replications are added (8 otherwise) until the interval of the mean difference in ``indicator``, over the whole run
    or in the year ``period``, of the whole chain or ``node``, is that narrow relative to the mean, up to ``max_replications``.
    ``parameters``: ``posterior`` (where the model has one the default) takes the fitted values, ``base`` those written in the model. The
    same call with the same ``out`` resumes: finished cells are kept. Raises ``InputError`` for anything wrong in the input, before
    simulating.
    """
    loaded = load_study(
        study_of_options(
            list(scenarios),
            baseline=baseline,
            model=None if model is None or isinstance(model, Model) else str(model),
            start=start,
            until=until,
            replications=replications,
            precision=precision,
            indicator=indicator,
            period=period,
            node=node,
            max_replications=max_replications,
            parameters=parameters,
            seed=seed,
            engine=engine,
            lang=lang,
            each_measure=each_measure,
        ),
        Path(),
        marks_of_options,
        model=model if isinstance(model, Model) else None,
        library=library,
    )
    return run(loaded, out, Running(workers, cluster, progress, say))


def run(loaded: LoadedStudy, out: Path, how: Running) -> Path:
    """Run a study into ``out``, or resume it there, and write its report; returns the path of ``report.html``.

    One process at a time: ``InputError`` when another one is at work there.
    """
    reported = load_reported(loaded.study.model)
    with locked(out):
        remove_parts(out)
        earlier = _earlier(out, how.say)
        _tell_changes(loaded, out, how.say)
        for name in keep_inputs(loaded, out, earlier.get("inputs", {})):
            how.say(f"the input {name} is another than in the run before; what depends on it is computed anew")
        write_text(out / STUDY_FILE, study_text(loaded.spec))
        record = _record(loaded, earlier)
        write_json(out / RECORD, record)  # so that a study cut short is known for what it is
        try:
            return _run(loaded, out, how, reported, record)
        except ZorgstroomError as error:
            write_json(out / RECORD, record | {"state": "failed", "failed": [str(error)]})
            raise


def _run(loaded: LoadedStudy, out: Path, how: Running, reported: Sequence[Target], record: dict[str, Any]) -> Path:
    study, began = loaded.study, time.time()
    result = run_study(study, out, how.workers, how.progress, cluster=how.cluster, plans=record["plans"], say=how.say)
    computed = time.time()
    if result.unused:
        how.say(f"{len(result.unused)} results in {out / 'cells'} belong to no cell of this study any more; they may be deleted")
    lang = loaded.spec.lang
    world = WORLD_THAT_WAS if _ran(study, WORLD_THAT_WAS) else study.baseline
    checks = [
        sense_check(c, study.model)
        for c in (compare_with_reported(reported, _history(result.indicators, world, reported)) if reported else ())
        if c.model is not None and c.target.required
    ]
    info = study_info(study, result, tuple(checks), record["inputs"], reported, record["versions"])
    write_text(out / "study.json", info.to_json())
    if how.progress:
        how.progress(1, 1, "writing the report")
    written = write_report(out, result.indicators, info, lang, folder=out)
    outputs = sorted([*(out / name for name in KEPT), *written])
    write_json(
        out / RECORD,
        record
        | {
            "state": FINISHED,
            "seconds": round(time.time() - began, 3),
            "seconds_of_cells": round(computed - began, 3),
            "seconds_per_cell": result.seconds_per_cell or record["seconds_per_cell"],
            "replications": result.replications,
            "stop": _stop(study, result),
            "cells": [
                {
                    "cell": r.name,
                    "scenario": r.scenario,
                    "replication": r.replication,
                    "draw": r.draw,
                    "result": r.file.relative_to(out).as_posix(),
                    "sha256": digest,
                }
                for r, digest in _with_hashes(result)
            ],
            "cells_found_finished": result.reused,
            "failed": list(result.failed),
            "outputs": {file.relative_to(out).as_posix(): file_hash(file) for file in outputs},
            "plans": dict(result.plans),
        },
    )
    return out / "report.html"


def _with_hashes(result: StudyResult) -> list[tuple[Any, str]]:
    hashes = {file: file_hash(file) for file in {r.file for r in result.results}}
    return [(r, hashes[r.file]) for r in result.results]


def _earlier(out: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """The record of an earlier run in this folder, if any."""
    if not (out / RECORD).exists():
        return {}
    try:
        return read_record(out)
    except InputError as error:
        say(f"not used: {error.faults[0].file}: {error.faults[0].what}")
        return {}


def _tell_changes(loaded: LoadedStudy, out: Path, say: Callable[[str], None]) -> None:
    """Say in what the study differs from the one that stands in the folder."""
    if not (out / STUDY_FILE).exists():
        return
    try:
        before = read_study_file(out / STUDY_FILE)[0]
    except InputError as error:
        say(f"not used: {error.faults[0].file}: {error.faults[0].what}")
        return
    for key in StudySpec.model_fields:
        old, new = getattr(before, key), getattr(loaded.spec, key)
        if old != new:
            say(f"the study in {out} had {key} {_shown(old)}, now {_shown(new)}; finished cells that still belong to it are kept")


def _shown(value: object) -> str:
    if isinstance(value, PrecisionSpec):
        return ", ".join(f"{k} {v}" for k, v in value.model_dump(exclude_defaults=True).items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _record(loaded: LoadedStudy, earlier: Mapping[str, Any]) -> dict[str, Any]:
    """The run record at the start of a run: everything but what comes out."""
    spec = loaded.spec
    return {
        "state": "running",
        "title": spec.title.model_dump() if spec.title else None,
        "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "versions": versions(),
        "hardware": hardware(),
        "engine": spec.engine,
        "seed": spec.seed,
        "inputs": loaded.hashes(),
        "cells": [],
        "plans": earlier.get("plans", {}),
        "seconds_per_cell": earlier.get("seconds_per_cell"),
    }


def _stop(study: Study, result: StudyResult) -> dict[str, Any] | None:
    if result.stop is None or study.precision is None:
        return None
    stop = result.stop
    widths = {name: width if width < float("inf") else None for name, width in stop.widest.items()}
    return {
        "reached": stop.reached,
        "enough": stop.enough,
        "relative_half_widths": widths,
        "said": stop_sentence(stop, study.precision),
    }


def _history(file: Path, scenario: str, reported: Sequence[Target]) -> pd.DataFrame:
    """The rows of one scenario in the periods that figures were reported of."""
    periods = {t.period for t in reported} | {t.over.period for t in reported if t.over and t.over.period}
    where = of_every_replication() & pc.field("period").isin(sorted(periods))
    return read_indicators(file, where, {"scenario": scenario, "site": "alle"})


def _ran(study: Study, name: str) -> bool:
    return name in {s.name for s in study.scenarios}
