"""Whatever a user points at: which of the formats it is, and everything wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sim.errors import Fault, InputError, nearest_name
from sim.model.load import MAIN_FILE, examine_model
from sim.model.model import Model
from sim.model.spec import ModelSpec
from sim.model.yaml_reader import read_yaml
from sim.scenario.check import check_effects
from sim.scenario.library import MEASURES, SCENARIOS, Library
from sim.scenario.load import read_measure, read_scenario
from sim.scenario.spec import MeasureSpec, ScenarioSpec

_OWN_KEYS = {
    "model": set(ModelSpec.model_fields) - {"title", "start", "until"},
    "measure": set(MeasureSpec.model_fields) - {"title", "description"},
    "scenario": {"extends", "measures", "deltas"},
}


def validate(paths: Iterable[str | os.PathLike[str]], library: Library | None = None, model: Model | None = None) -> list[Fault]:
    """Every fault in what ``paths`` name: models, measures, scenarios, files of these, directories that hold them, or names in ``library``.

    Measures and scenarios are checked against the model they lie beside, otherwise against ``model``; without either only by themselves.
    """
    examination = _Examination(library or Library(), model)
    for path in paths:
        examination.path(os.fspath(path))
    return list(InputError(examination.faults).faults)


@dataclass
class _Examination:
    library: Library
    model: Model | None
    faults: list[Fault] = field(default_factory=list)
    models: dict[Path, Model | None] = field(default_factory=dict)
    seen: set[Path] = field(default_factory=set)

    def path(self, text: str) -> None:
        path = Path(text)
        try:
            is_directory, exists = path.is_dir(), path.exists() or path.is_symlink()
        except (OSError, ValueError):
            is_directory, exists = False, False
        if is_directory:
            self.directory(path)
        elif exists:
            self.file(path)
        elif text in self.library.scenarios:
            self.scenario(self.library.scenario_file(text))
        elif text in self.library.measures:
            self.measure(self.library.measure_file(text))
        else:
            self.faults.append(_no_such_path(path, [*self.library.scenarios, *self.library.measures]))

    def directory(self, directory: Path) -> None:
        """A model, or a tree that holds models, measures and scenarios."""
        before = len(self.seen)
        for model, files in _tree(directory):
            if model is not None:
                self.load(model)
            for file in files:
                self.yaml(file)
        if len(self.seen) == before:
            name = directory.as_posix()
            mend = f"a model is a directory that holds {MAIN_FILE}; measures and scenarios are files *.yaml"
            self.faults.append(Fault("holds no model, measure or scenario", name, mend=mend))

    def file(self, path: Path) -> None:
        owner = _model_directory(path.parent)
        if path.suffix == ".yaml":
            self.yaml(path)
        elif owner is not None and path.suffix in (".csv", ".yml"):
            self.load(owner)
        else:
            self.faults.append(
                Fault("is not a YAML file", path.as_posix(), 1, mend="name a model directory, a measure or a scenario (*.yaml)")
            )

    def yaml(self, path: Path) -> None:
        if (path.parent / MAIN_FILE).exists():
            self.load(path.parent)
            return
        if path in self.seen:
            return
        self.seen.add(path)
        faults: list[Fault] = []
        root = read_yaml(path, faults)
        if root is None:
            self.faults.extend(faults)
            return
        keys = {str(key) for key in root}
        if not keys & (_OWN_KEYS["model"] | set(MeasureSpec.model_fields) | set(ScenarioSpec.model_fields)):
            mend = "a scenario holds title, description, extends, measures and deltas; see docs/model-format.md"
            self.faults.append(Fault("holds no key of a model, a measure or a scenario", path.as_posix(), 1, mend=mend))
            return
        kind = _kind(path, keys)
        if kind == "model":
            what = f"holds keys of a model, but there is no {MAIN_FILE} beside it"
            mend = f"put it in a model directory, with the keys format, title, start, ... in {MAIN_FILE}"
            self.faults.append(Fault(what, path.as_posix(), 1, mend=mend))
        elif kind == "measure":
            self.measure(path)
        else:
            self.scenario(path)

    def measure(self, path: Path) -> None:
        self.seen.add(path)
        measure = read_measure(path, self.faults, {})
        model = self.model_for(path)
        if measure is not None and model is not None:
            check_effects(model, measure.effects, self.faults)

    def scenario(self, path: Path) -> None:
        self.seen.add(path)
        library = Library(path.parent, path.parent.parent, *self.library.directories)
        scenario = read_scenario(path, library, self.faults)
        model = self.model_for(path)
        if scenario is not None and model is not None:
            check_effects(model, scenario.effects, self.faults)

    def load(self, directory: Path) -> Model | None:
        """The model in a directory, examined once."""
        real = Path(os.path.realpath(directory))
        if real not in self.models:
            self.seen.add(directory)
            model, faults = examine_model(directory)
            self.faults.extend(faults)
            self.models[real] = model if not faults else None
        return self.models[real]

    def model_for(self, path: Path) -> Model | None:
        """The model a measure or scenario lies within or beside; the given one where it lies beside none, or beside several."""
        root = path.parent.parent if path.parent.name == MEASURES else path.parent
        for directory in (root, root.parent if root.name == SCENARIOS else root):
            if (directory / MAIN_FILE).exists():
                return self.load(directory)
        if self.model is not None:
            return self.model
        try:
            beside = sorted(entry.parent for entry in root.glob(f"*/{MAIN_FILE}"))
        except OSError:
            return None
        return self.load(beside[0]) if len(beside) == 1 else None


def _kind(path: Path, keys: set[str]) -> str:
    """Which format a file is in: by its directory, else by the format most of its keys belong to."""
    if path.parent.name == MEASURES:
        return "measure"
    return max(("scenario", "measure", "model"), key=lambda kind: len(keys & _OWN_KEYS[kind]))


def _tree(directory: Path) -> Iterator[tuple[Path | None, list[Path]]]:
    """Per directory of a tree: itself if it holds a model, and its YAML files otherwise. Hidden directories are passed by."""
    for here, directories, files in os.walk(directory):
        directories[:] = sorted(name for name in directories if not name.startswith("."))
        at = Path(here)
        if MAIN_FILE in files:
            yield at, []
        else:
            yield None, [at / name for name in sorted(files) if name.endswith(".yaml")]


def _model_directory(directory: Path) -> Path | None:
    """The model directory that ``directory`` is or lies in, at most two levels up."""
    return next((each for each in (directory, *list(directory.parents)[:2]) if (each / MAIN_FILE).exists()), None)


def _no_such_path(path: Path, names: list[str]) -> Fault:
    try:
        siblings = [entry.name for entry in sorted(path.parent.iterdir())]
    except (OSError, ValueError):
        siblings = []
    nearest = nearest_name(path.name, [*siblings, *names])
    if nearest in siblings and path.parent != Path():
        nearest = (path.parent / str(nearest)).as_posix()
    return Fault("there is no such file or directory", path.as_posix(), nearest=nearest, mend="check the path")
