"""What a study reads: loading it from a study file, and keeping copies of all of it in the study directory.

The copies make a directory complete: it can be resumed, extended, verified and re-run after the scenarios it came from have changed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sim.data import base_model
from sim.errors import Fault, InputError, ZorgstroomError
from sim.experiment.ensemble import FILE as POSTERIOR
from sim.experiment.ensemble import Ensemble, ensemble_of, posterior_file
from sim.experiment.record import file_hash, write_bytes
from sim.experiment.reported import target_file
from sim.experiment.spec import DEFAULT_REPLICATIONS, STUDY_FILE, Mark, StudySpec, check_study, read_study_file
from sim.experiment.stopping import Precision
from sim.experiment.study import Study
from sim.model import Model, load_model
from sim.scenario import Library, Scenario, load_measure, load_scenario, measure_scenario, without_measure

INPUTS = "inputs"
MODEL = "model"
DEFAULT_SCENARIOS = (
    "huidig-beleid", "boz-2023", "boz-pakket", "hervormingsagenda",
    "krappe-arbeidsmarkt", "hogere-instroom-opvang", "vergrijzing-hoog", "cao-stijging",
)  # fmt: skip


@dataclass(frozen=True)
class LoadedStudy:
    """A study ready to run; ``spec`` as it is written in the study directory, ``files`` what it reads by its place under ``inputs``."""

    study: Study
    spec: StudySpec
    files: Mapping[str, Path]

    def hashes(self) -> dict[str, str]:
        """SHA-256 of every file read, by its place under ``inputs``."""
        return {name: file_hash(file) for name, file in self.files.items()}


def load_study(spec: StudySpec, base: Path, mark: Mark, *, model: Model | None = None, library: Library | None = None) -> LoadedStudy:
    """Load everything a study names; paths count from ``base``. Raises ``InputError`` for anything wrong, before anything is simulated."""
    directory = base / spec.model if spec.model else base_model()
    if model is None and not directory.is_dir():
        mend = "give the folder that holds the model's YAML files" if directory.exists() else "check the path"
        raise InputError([Fault(f"no such folder: {directory}", *mark("model"), mend=mend)])
    the_model = model or load_model(directory)
    library = library or Library.of_model(the_model.directory)
    check_study(spec, the_model, mark)
    known = library.scenarios

    def place(name: str) -> str:
        return str(base / name) if _is_path(name) and name not in known else name

    names = spec.scenarios or [n for n in DEFAULT_SCENARIOS if n in known] or list(known)
    chosen = _load_scenarios(spec, names, place, library, the_model, mark)
    scenarios = _with_each_measure(chosen, library, the_model) if spec.each_measure else tuple(chosen.values())
    baseline = scenarios[0].name  # a path was as good as a name
    given = spec.precision
    precision = None if given is None else Precision(**given.model_dump())
    replications = spec.replications or DEFAULT_REPLICATIONS
    start, until = spec.start or the_model.start, spec.until or the_model.until
    ensemble = _ensemble(spec, the_model, mark)
    study = Study(the_model, scenarios, baseline, start, until, replications, spec.seed, spec.engine, precision, ensemble)
    written = spec.model_copy(
        update={
            "model": f"{INPUTS}/{MODEL}",
            "scenarios": [Path(n).stem if _is_path(n) and n not in known else n for n in names],
            "baseline": baseline,
            "start": start,
            "until": until,
            "replications": None if precision else replications,
            "parameters": "posterior" if ensemble else "base",
        }
    )
    return LoadedStudy(study, written, _files(study))


def _ensemble(spec: StudySpec, model: Model, mark: Mark) -> Ensemble | None:
    """The fitted values of what is not known, unless the study wants the parameters as written or the model comes without."""
    try:
        return ensemble_of(model, spec.parameters)
    except InputError as error:
        raise InputError([f if f.file else Fault(f.what, *mark("parameters"), f.nearest, f.mend) for f in error.faults]) from error


def _is_path(name: str) -> bool:
    return name.endswith(".yaml") or "/" in name or "\\" in name


def _load_scenarios(
    spec: StudySpec, names: list[str], place: Callable[[str], str], library: Library, model: Model, mark: Mark
) -> dict[str, Scenario]:
    """The baseline first, then the others, each once."""
    faults: list[Fault] = []
    chosen: dict[str, Scenario] = {}
    for i, name in enumerate((spec.baseline, *names)):
        at = ("baseline",) if i == 0 else ("scenarios", i - 1)
        try:
            scenario = load_scenario(place(name), library, model)
        except InputError as error:
            faults += [f if f.file else Fault(f.what, *mark(*at), f.nearest, f.mend) for f in error.faults]
        else:
            other = chosen.setdefault(scenario.name, scenario)
            if other.file != scenario.file:
                what = f"two scenarios are called {scenario.name}: {other.file} and {scenario.file}"
                faults.append(Fault(what, *mark(*at), mend="rename one of the files"))
    if not faults and len(chosen) == 1 and not spec.each_measure:
        what = f"there is nothing to compare: {next(iter(chosen))} is the baseline"
        faults.append(Fault(what, *mark("scenarios"), mend="name another scenario, or add --each-measure (each_measure: true)"))
    if faults:
        raise InputError(faults)
    return chosen


def _with_each_measure(chosen: dict[str, Scenario], library: Library, model: Model) -> tuple[Scenario, ...]:
    """Every measure of the library alone on the baseline, and the baseline without each measure it already holds."""
    base = next(iter(chosen.values()))
    held = {measure.name for measure in base.measures}
    for name in library.measures:
        measure = load_measure(library.measure_file(name), model)
        single = without_measure(measure, base) if name in held else measure_scenario(measure, base, model)
        chosen[single.name] = single
    return tuple(chosen.values())


def _files(study: Study) -> dict[str, Path]:
    """Every file a study reads: those of the model and what was fitted to it, its scenarios and measures, figures, list of sources."""
    found: dict[str, Path] = {f"{MODEL}/{name}": study.model.directory / name for name in study.model.files}
    if (study.model.directory / "sources.csv").exists():
        found[f"{MODEL}/sources.csv"] = study.model.directory / "sources.csv"
    if (figures := target_file(study.model)) is not None:
        found[f"{MODEL}/targets/{figures.name}"] = figures
    if study.ensemble is not None and (fitted := posterior_file(study.model)) is not None:
        found[f"{MODEL}/{POSTERIOR.as_posix()}"] = fitted
    faults = []
    for scenario in study.scenarios:
        for file in (*map(Path, scenario.files), *(Path(measure.file) for measure in scenario.measures)):
            folder = "measures" if file.parent.name == "measures" else "scenarios"
            other = found.setdefault(f"{folder}/{file.name}", file)
            if other != file and file_hash(other) != file_hash(file):
                what = f"two files of {folder} have one name: {other} and {file}"
                faults.append(Fault(what, mend="rename one of them"))
    if faults:
        raise InputError(faults)
    return dict(sorted(found.items()))


def keep_inputs(loaded: LoadedStudy, out: Path, recorded: Mapping[str, str]) -> list[str]:
    """Copy what a study reads to ``out/inputs``; what an earlier run put there and is read no more goes. Returns the names that changed."""
    changed = []
    for name, file in loaded.files.items():
        place = out / INPUTS / name
        content = file.read_bytes()
        there = place.exists()
        if there and place.read_bytes() == content:
            if recorded.get(name, file_hash(place)) != file_hash(place):  # changed in its place since the last run
                changed.append(name)
            continue
        if there:
            changed.append(name)
        write_bytes(place, content)
    for name in sorted(set(recorded) - set(loaded.files)):
        if (out / INPUTS / name).exists():
            (out / INPUTS / name).unlink()
    return changed


def open_study(directory: Path) -> LoadedStudy:
    """The study that stands in a directory, from its own copies. Raises ``InputError`` when there is none."""
    file = directory / STUDY_FILE
    if not file.is_file():
        mend = "give a folder that `zorgstroom run` or `zorgstroom compare` wrote to"
        raise InputError([Fault(f"there is no study in {directory}: it holds no {STUDY_FILE}", mend=mend)])
    spec, mark = read_study_file(file)
    return load_study(spec, directory, mark)


def free_space(directory: Path) -> int:
    """Bytes free where a directory stands or would stand."""
    for place in (directory.absolute(), *directory.absolute().parents):
        if place.exists():
            return shutil.disk_usage(place).free
    raise ZorgstroomError(f"no place for {directory}")
