"""``compare``: simulate scenarios against a baseline and write the report with everything it rests on."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa

from sim import __version__
from sim.data import base_model, library_directory
from sim.engine import DEFAULT_ENGINE, ENGINES
from sim.errors import Fault, InputError, nearest_name
from sim.experiment.cells import write_table
from sim.experiment.record import hardware, versions, write_json, write_text
from sim.experiment.reported import Comparison, compare_with_reported, load_reported, target_file
from sim.experiment.study import SEEDS_PER_DRAW, Progress, Study, StudyResult, run_study
from sim.model import Model, Parameter, load_model
from sim.report.study_info import (
    Assumption,
    Bilingual,
    Change,
    MeasureInfo,
    NodeInfo,
    PartInfo,
    ScenarioInfo,
    SenseCheck,
    Source,
    StudyInfo,
)  # fmt: skip
from sim.report.write import write_report
from sim.scenario import Library, Scenario, explain, load_measure, load_scenario, measure_scenario, without_measure

DEFAULT_SCENARIOS = (
    "huidig-beleid", "boz-2023", "boz-pakket", "hervormingsagenda",
    "krappe-arbeidsmarkt", "hogere-instroom-opvang", "vergrijzing-hoog", "cao-stijging",
)  # fmt: skip
DEFAULT_BASELINE = "autonoom"
WORLD_THAT_WAS = "huidig-beleid"  # the world the reported figures come from
DEFAULT_REPLICATIONS = 8


def compare(
    scenarios: Sequence[str] = (),
    *,
    baseline: str = DEFAULT_BASELINE,
    model: Path | Model | None = None,
    library: Library | None = None,
    start: date | None = None,
    until: date | None = None,
    replications: int = DEFAULT_REPLICATIONS,
    seed: int = 1,
    engine: str = DEFAULT_ENGINE,
    workers: int | None = None,
    out: Path = Path("results/compare"),
    lang: str = "nl",
    each_measure: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Run ``scenarios`` (default: the shipped ones) against ``baseline`` and write the report; returns the path of ``report.html``.

    ``each_measure`` adds every measure of the library alone on the baseline, and the baseline without each measure it already holds. The
    same call with the same ``out`` resumes: finished cells are kept. Raises ``InputError`` for anything wrong in the input, before
    simulating.
    """
    began = time.time()
    the_model = model if isinstance(model, Model) else load_model(model or base_model())
    library = library or Library(library_directory())
    chosen = _scenarios(scenarios, baseline, library, the_model, each_measure)
    baseline = chosen[0].name  # a path was as good as a name
    study = Study(the_model, chosen, baseline, start or the_model.start, until or the_model.until, replications, seed, engine)
    _check(study)
    reported = load_reported(the_model)
    result = run_study(study, out, workers, progress)
    world = WORLD_THAT_WAS if _ran(study, WORLD_THAT_WAS) else baseline
    history = result.indicators[(result.indicators["scenario"] == world) & (result.indicators["replication"] >= 0)]
    checks = [
        _sense_check(c, the_model, lang) for c in compare_with_reported(reported, history) if c.model is not None and c.target.required
    ]
    info = study_info(study, result, tuple(checks))
    out.mkdir(parents=True, exist_ok=True)
    write_table(out / "indicators.parquet", pa.Table.from_pandas(result.indicators, preserve_index=False))
    write_text(out / "study.json", info.to_json())
    write_report(out, result.indicators, info, lang)
    write_json(
        out / "run.json",
        {
            "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began)),
            "seconds": round(time.time() - began, 3),
            "versions": versions(),
            "hardware": hardware(),
            "engine": engine,
            "seed": seed,
            "replications": replications,
            "cells": [{"scenario": s, "replication": r, "result": f"cells/{name}.parquet"} for s, r, name in result.cells],
            "cells_found_finished": result.reused,
            "failed": list(result.failed),
            "inputs": dict(info.inputs),
        },
    )
    return out / "report.html"


def _scenarios(names: Sequence[str], baseline: str, library: Library, model: Model, each_measure: bool) -> tuple[Scenario, ...]:
    if not names:
        known = library.scenarios
        names = [n for n in DEFAULT_SCENARIOS if n in known] or list(known)
    faults: list[Fault] = []
    chosen: dict[str, Scenario] = {}
    for name in (baseline, *names):
        try:
            scenario = load_scenario(name, library, model)
        except InputError as error:
            faults += error.faults
        else:
            other = chosen.setdefault(scenario.name, scenario)
            if other.file != scenario.file:
                what = f"two scenarios are called {scenario.name}: {other.file} and {scenario.file}"
                faults.append(Fault(what, mend="rename one of the files"))
    if not faults and len(chosen) == 1 and not each_measure:
        what = f"there is nothing to compare: {next(iter(chosen))} is the baseline"
        faults.append(Fault(what, mend="name another scenario, or add --each-measure"))
    if faults:
        raise InputError(faults)
    if each_measure:
        base = chosen[next(iter(chosen))]
        held = {measure.name for measure in base.measures}
        for name in library.measures:
            measure = load_measure(library.measure_file(name), model)
            single = without_measure(measure, base) if name in held else measure_scenario(measure, base)
            chosen[single.name] = single
    return tuple(chosen.values())


def _check(study: Study) -> None:
    faults = []
    if study.until <= study.start:
        faults.append(Fault(f"--until {study.until} is not after --start {study.start}", mend="choose a later date"))
    for option, day in (("--start", study.start), ("--until", study.until)):
        if day.day != 1:
            faults.append(Fault(f"{option} {day} is not the first of a month", mend=f"write {day.replace(day=1)}"))
    if study.engine not in ENGINES:
        faults.append(
            Fault(
                f"there is no engine {study.engine!r}", nearest=nearest_name(study.engine, ENGINES), mend=f"choose {' or '.join(ENGINES)}"
            )
        )
    if study.replications < 1:
        faults.append(Fault(f"--replications {study.replications} is less than 1", mend="ask for at least one"))
    if faults:
        raise InputError(faults)


def _sense_check(comparison: Comparison, model: Model, lang: str) -> SenseCheck:
    target = comparison.target
    part = target.part or model.spec.nodes[target.nodes[0]].part
    where = model.spec.parts.get(part, model).title.text(lang)
    return SenseCheck(
        where, target.title.text(lang), target.period, target.unit, target.value, comparison.model, target.source, target.bound == "upper"
    )


def _ran(study: Study, name: str) -> bool:
    return name in {s.name for s in study.scenarios}


def study_info(study: Study, result: StudyResult, checks: tuple[SenseCheck, ...]) -> StudyInfo:
    """What the report must know of a study beside its numbers."""
    model, spec = study.model, study.model.spec
    measures = {m.name: m for s in study.scenarios for m in s.measures}
    return StudyInfo(
        model_title=_both(model.title),
        start=study.start.isoformat(),
        until=study.until.isoformat(),
        baseline=study.baseline,
        scenarios=tuple(ScenarioInfo(s.name, _both(s.title), _both(s.description), _changes(model, s)) for s in study.scenarios),
        parts=tuple(PartInfo(name, _both(spec.parts[name].title)) for name in model.parts),
        nodes=tuple(
            NodeInfo(
                name,
                _both(node.title),
                node.part,
                model.parameters[f"nodes.{name}.norm.within"].series().values[0] / 7.0 if node.norm else None,
                node.norm.clock if node.norm else "to_start",
            )
            for name, node in sorted(spec.nodes.items(), key=lambda item: model.parts.index(item[1].part))
        ),
        gebieden=tuple(model.gebieden),
        ages=tuple(model.age_groups),
        replications=study.replications,
        parameter_draws=study.draws,
        seeds_per_draw=min(SEEDS_PER_DRAW, study.replications),
        seed=study.seed,
        engine=study.engine,
        package_version=__version__,
        measures=tuple(MeasureInfo(name, _both(measures[name].title)) for name in sorted(measures)),
        assumptions=tuple(_assumption(p) for p in model.written_parameters()),
        sense_checks=checks,
        sources=_sources(model),
        failed_cells=result.failed,
        inputs=_inputs(study),
    )


def _inputs(study: Study) -> tuple[tuple[str, str], ...]:
    """SHA-256 of every file read: the model's, those of the scenarios and their measures, and the reported figures."""
    found = {f"model/{name}": digest for name, digest in study.model.files.items()}
    for scenario in study.scenarios:
        for name, digest in scenario.files.items():
            folder = "measures" if Path(name).parent.name == "measures" else "scenarios"
            found[f"{folder}/{Path(name).name}"] = digest
        for measure in scenario.measures:
            found[f"measures/{Path(measure.file).name}"] = hashlib.sha256(Path(measure.file).read_bytes()).hexdigest()
    figures = target_file(study.model)
    if figures is not None:
        found[f"targets/{figures.name}"] = hashlib.sha256(figures.read_bytes()).hexdigest()
    return tuple(sorted(found.items()))


def _both(title: object) -> Bilingual:
    return Bilingual(getattr(title, "nl", "") or "", getattr(title, "en", "") or "")


def _changes(model: Model, scenario: Scenario) -> tuple[Change, ...]:
    effects = {(effect.file, effect.line): effect for effect in scenario.effects}
    changes = []
    for d in explain(model, scenario):
        effect = effects[d.file, d.line]
        changes.append(
            Change(
                path=d.path,
                scope="" if str(d.scope) == "all" else str(d.scope),
                start=d.start.isoformat(),
                ramp=d.ramp,
                op=d.op,
                low=effect.low,
                mode=effect.mode,
                high=effect.high,
                unit=d.unit,
                evidence=d.evidence,
                source=d.source,
                base=d.base.lowest if d.base.lowest == d.base.highest else None,
                measure=d.measure if effect.role != "delta" else "",
                until=d.until.isoformat() if d.until else "",
                counter=effect.role == "counter_effect",
            )
        )
    return tuple(changes)


def _assumption(p: Parameter) -> Assumption:
    values = [v for series in p.values.values() for v in series.values]
    low, high = min(values), max(values)
    text = f"{low:g}" if low == high else f"{low:g} ... {high:g}"
    band = f"x {p.range.low:g} - {p.range.high:g}" if p.range.relative else f"{p.range.low:g} - {p.range.high:g}"
    return Assumption(p.path, text, p.unit, p.kind, band, p.source)


def _sources(model: Model) -> tuple[Source, ...]:
    """Sources file of the model, if it has one: ``sources.csv`` with title, licence, place."""
    file = model.directory / "sources.csv"
    if not file.exists():
        return ()
    import csv

    with file.open(encoding="utf-8", newline="") as stream:
        return tuple(Source(row["title"], row.get("licence", ""), row.get("place", "")) for row in csv.DictReader(stream))
