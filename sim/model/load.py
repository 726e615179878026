"""Loading a model directory: read, merge, check, and tell all faults at once."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from sim.errors import Fault, InputError, nearest_name
from sim.model.build import ParameterBuilder
from sim.model.checks import check_meaning
from sim.model.flow_checks import check_flow
from sim.model.located import LocatedMap, Mark
from sim.model.model import Model
from sim.model.shares import complete_shares, share_groups
from sim.model.site_lists import read_site_lists
from sim.model.spec import ModelSpec
from sim.model.structure import Structure, read_structure
from sim.model.tables import Tables
from sim.model.text_file import YAML_LIMIT, read_text
from sim.model.yaml_reader import parse_yaml

MAIN_FILE = "model.yaml"

# stand in for top-level values that are missing or wrong, so that the rest can still be checked
_FALLBACK = {"format": 1, "start": date(2020, 1, 1), "until": date(2021, 1, 1), "title": {"nl": "?", "en": "?"}}


def load_model(path: str | os.PathLike[str]) -> Model:
    """The model in the directory ``path``. Raises InputError with every fault found."""
    model, faults = examine_model(path)
    if model is None or faults:
        raise InputError(faults)
    return model


def examine_model(path: str | os.PathLike[str]) -> tuple[Model | None, list[Fault]]:
    """The model in the directory ``path``, or None and the faults that keep it from being one."""
    directory = Path(path)
    if directory.name == MAIN_FILE and directory.is_file():
        directory = directory.parent
    faults: list[Fault] = []
    files: dict[str, str] = {}
    root = _read_directory(directory, faults, files)
    if root is None:
        return None, faults
    structure = read_structure(ModelSpec, root, faults, _FALLBACK)
    if structure.spec is None:
        return None, faults
    return _build(directory, structure, structure.spec, root, files, faults), faults


def _read_directory(directory: Path, faults: list[Fault], files: dict[str, str]) -> LocatedMap | None:
    """The merged YAML files of a model directory; None where any of them cannot be read."""
    name = directory.as_posix()
    try:
        if not directory.exists():
            siblings = [each.as_posix() for each in directory.parent.iterdir()] if directory.parent.is_dir() else []
            faults.append(Fault("there is no such model directory", name, nearest=nearest_name(name, siblings), mend="check the path"))
            return None
        if not directory.is_dir():
            faults.append(Fault("is not a directory", name, mend="a model is a directory that holds model.yaml"))
            return None
        found = sorted(entry for entry in directory.iterdir() if entry.suffix.lower() in (".yaml", ".yml"))
    except OSError as error:
        faults.append(Fault(f"cannot be read: {error.strerror}", name, mend="check the name of the directory and the right to read it"))
        return None
    misnamed = "would not be read: its name does not end in .yaml"
    faults.extend(
        Fault(misnamed, entry.as_posix(), 1, mend=f"rename it to {entry.stem}.yaml") for entry in found if entry.suffix != ".yaml"
    )
    if not any(entry.name == MAIN_FILE for entry in found):
        what = "holds no model: there is no model.yaml in it" if found else "holds no model: there is no YAML file in it"
        faults.append(Fault(what, name, mend="add model.yaml with the keys of docs/model-format.md"))
        return None
    roots: list[LocatedMap] = []
    readable = True
    for entry in found:
        text = read_text(entry, YAML_LIMIT, faults)
        root = parse_yaml(text, faults) if text is not None else None
        if text is None or root is None:
            readable = False
            continue
        files[entry.name] = hashlib.sha256(text.content).hexdigest()
        roots.append(root)
    return _merge(roots, Mark(f"{name}/{MAIN_FILE}", 1), faults) if readable else None


def _merge(roots: Iterable[LocatedMap], mark: Mark, faults: list[Fault]) -> LocatedMap:
    """One map from several files; maps under the same top-level key are joined."""
    merged = LocatedMap(mark)
    for root in roots:
        for key, value in root.items():
            if key not in merged:
                merged.put(key, value, root.marks[key])
                continue
            there = merged[key]
            if not (isinstance(value, LocatedMap) and isinstance(there, LocatedMap)) or key in ("title", "population"):
                faults.append(_twice(str(key), merged.marks[key], root.marks[key]))
                continue
            joined = there.without(())
            for name, inner in value.items():
                if name in joined:
                    faults.append(_twice(f"{key}.{name}", joined.marks[name], value.marks[name]))
                else:
                    joined.put(name, inner, value.marks[name])
            merged.put(key, joined, merged.marks[key])
    return merged


def _twice(field: str, first: Mark, second: Mark) -> Fault:
    return Fault(f"{field} is defined twice: in {first[0]} on line {first[1]} and here", *second, field, mend="keep one of the two")


def _build(
    directory: Path, structure: Structure[ModelSpec], spec: ModelSpec, root: LocatedMap, files: dict[str, str], faults: list[Fault]
) -> Model:
    tables = Tables(directory, faults)
    age_edges = check_meaning(spec, structure, root, faults)
    sites = read_site_lists(spec, structure, root, tables, faults)
    builder = ParameterBuilder(spec, root, sites, tables, faults)
    parameters = builder.build()
    sound = frozenset(group.keys for group in share_groups(spec, sites) if not structure.is_damaged(*group.keys))
    complete_shares(spec, root, sites, parameters, sound, faults)
    if not faults:
        check_flow(spec, root, sites, parameters, faults)
    for table in tables.read.values():
        if table is not None:
            name = Path(table.name).relative_to(directory).as_posix()
            files[name] = hashlib.sha256(table.content).hexdigest()
    return Model(
        directory=directory,
        spec=spec,
        title=spec.title,
        start=spec.start,
        until=spec.until,
        age_groups=tuple(spec.age_groups),
        age_edges=age_edges,
        gebieden=tuple(spec.gebieden),
        urgencies=tuple(spec.urgency),
        parts=tuple(spec.parts),
        exits=tuple(spec.exits),
        sites=sites,
        parameters=dict(sorted(parameters.items())),
        classes=builder.classes,
        root=root,
        files=dict(sorted(files.items())),
    )
