"""Checking a study directory offline against its run record, and computing one of its cells again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import Fault, InputError, listing
from sim.experiment.cells import Cell, simulate_cell
from sim.experiment.inputs import INPUTS, LoadedStudy, open_study
from sim.experiment.lock import LOCK
from sim.experiment.record import RECORD, file_hash, versions
from sim.experiment.store import FOLDER, Store

FINISHED = "finished"


@dataclass(frozen=True)
class Finding:
    """Something wrong with a file of a study: it is ``damaged``, ``missing`` or ``foreign``."""

    file: str
    kind: str  # input, cell, output or record
    state: str
    why: str


@dataclass(frozen=True)
class Verification:
    """What a check of a directory found. ``checked`` counts files; ``other_versions`` names what has another version here than then."""

    findings: tuple[Finding, ...]
    checked: int
    finished: bool
    other_versions: tuple[str, ...]


def read_record(directory: Path) -> dict[str, Any]:
    """The run record of a study. Raises ``InputError`` when there is none or it cannot be read."""
    file = directory / RECORD
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        mend = "give a folder that `zorgstroom run` or `zorgstroom compare` wrote to"
        raise InputError([Fault(f"there is no study in {directory}: it holds no {RECORD}", mend=mend)]) from None
    except (OSError, ValueError) as error:
        raise InputError([Fault(f"the run record cannot be read: {error}", file.as_posix(), mend="run the study again")]) from None
    if not isinstance(record, dict) or "inputs" not in record or "cells" not in record:
        raise InputError([Fault("is no run record of a study", file.as_posix(), mend="run the study again")])
    return record


def verify(directory: Path) -> Verification:
    """Compare every file of a study with its run record. Nothing is changed. Raises ``InputError`` when there is no study."""
    record = read_record(directory)
    findings: list[Finding] = []
    checked = 0
    for kind, root, recorded in (("input", directory / INPUTS, record["inputs"]), ("output", directory, record.get("outputs", {}))):
        for name, digest in sorted(recorded.items()):
            checked += 1
            findings += _held_against(directory, root / name, kind, digest)
    recorded_cells = {cell["result"]: cell["sha256"] for cell in record["cells"]}
    for name, digest in sorted(recorded_cells.items()):
        checked += 1
        findings += _held_against(directory, directory / name, "cell", digest)
    findings += _strangers(directory, record, set(recorded_cells))
    now = versions()
    then: Mapping[str, str] = record.get("versions", {})
    other = tuple(f"{name} {then[name]}, here {now.get(name, 'none')}" for name in sorted(then) if now.get(name) != then[name])
    return Verification(tuple(findings), checked, record.get("state") == FINISHED, other)


def _held_against(directory: Path, file: Path, kind: str, digest: str) -> list[Finding]:
    shown = file.relative_to(directory).as_posix()
    if not file.is_file():
        return [Finding(shown, kind, "missing", "is not there")]
    if file_hash(file) != digest:
        return [Finding(shown, kind, "damaged", "has other bytes than the run record says")]
    return []


def _strangers(directory: Path, record: Mapping[str, Any], cells: set[str]) -> list[Finding]:
    """Files the record does not know. Whole results of cells that no longer belong to the study are no strangers."""
    known = {RECORD, LOCK} | set(record.get("outputs", {})) | {f"{INPUTS}/{name}" for name in record["inputs"]} | cells
    scan = Store(directory).scan()
    known |= {file.relative_to(directory).as_posix() for file in scan.whole.values()}
    why = {file.relative_to(directory).as_posix(): text for file, text in {**scan.damaged, **scan.foreign}.items()}
    found = sorted(f.relative_to(directory).as_posix() for f in directory.rglob("*") if f.is_file())
    damaged = {file.relative_to(directory).as_posix() for file in scan.damaged}
    finished = record.get("state") == FINISHED
    return [
        Finding(name, "cell" if name.startswith(f"{FOLDER}/") else "other", "damaged" if name in damaged else "foreign",
                why.get(name, "is no file of this study"))
        for name in found if name not in known and (finished or name in why or name.startswith(f"{INPUTS}/"))
    ]  # fmt: skip


@dataclass(frozen=True)
class Rerun:
    """One cell computed again: whether its bytes equal those on disk; ``there`` is False where none stand."""

    name: str
    scenario: str
    replication: int
    file: str
    there: bool
    equal: bool
    other_versions: tuple[str, ...]


def rerun(directory: Path, cell: str) -> Rerun:
    """Compute one cell of a study again from its copies of the inputs; ``cell`` is its name or the beginning of it.

    Raises ``InputError`` when there is no such cell, or an input is no longer what the record says.
    """
    record = read_record(directory)
    changed = [
        Fault(f"the input {INPUTS}/{name} is no longer what the cell was computed from", (directory / INPUTS / name).as_posix(),
              mend="put the file back, or resume the study, which computes its cells from the file as it stands")
        for name, digest in sorted(record["inputs"].items())
        if not (directory / INPUTS / name).is_file() or file_hash(directory / INPUTS / name) != digest
    ]  # fmt: skip
    if changed:
        raise InputError(changed)
    known = {each["cell"]: each for each in record["cells"]}
    if not known:
        mend = f"resume it with: zorgstroom run {directory}"
        raise InputError([Fault(f"the study in {directory} is not finished; its record names no cells yet", mend=mend)])
    matching = [name for name in known if name.startswith(cell)] if cell else []
    if len(matching) != 1:
        what = f"there is no cell {cell!r} in {directory}" if not matching else f"{cell!r} begins {len(matching)} cells"
        mend = f"take one of {listing(sorted(known), 6)}; `zorgstroom run {directory} --dry-run` lists all"
        raise InputError([Fault(what, field="--cell", mend=mend)])
    found = known[matching[0]]
    loaded: LoadedStudy = open_study(directory)
    study = loaded.study
    scenario = next(s for s in study.scenarios if s.name == found["scenario"])
    content = simulate_cell(study.work(), Cell(scenario, found["draw"], found["replication"]), found["cell"])
    file = directory / found["result"]
    there = file.is_file()
    now, then = versions(), record.get("versions", {})
    other = tuple(f"{name} {then[name]}, here {now.get(name, 'none')}" for name in sorted(then) if now.get(name) != then[name])
    equal = there and file.read_bytes() == content
    return Rerun(found["cell"], found["scenario"], found["replication"], found["result"], there, equal, other)
