"""``zorgstroom run``, ``verify`` and ``rerun``: studies in a directory."""

from __future__ import annotations

import json
import math
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.choices import Format, FormatOption, Language, refuse_file
from sim.cli.tables import print_table
from sim.errors import Fault, InputError

if TYPE_CHECKING:
    from sim.experiment.inputs import LoadedStudy

DONE, FAILED = 0, 1

WorkersOption = Annotated[
    int | None, typer.Option("--workers", metavar="W", min=1, help="Processes at work at once.", show_default="one per processor")
]
ClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster", metavar="ADDRESS", help="Compute on the Dask cluster of this scheduler (tcp://host:8786), or one started here: local."
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say which cells there are, how long and how large; write nothing.")]
DirectoryArgument = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a study.")]


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: zorgstroom run studie.yaml --out results/studie; then: zorgstroom run results/studie")(run)
    app.command(epilog="Example: zorgstroom verify results/compare")(verify)
    app.command(epilog="Example: zorgstroom rerun results/compare --cell 3f9a1c")(rerun)


def run(
    study: Annotated[Path, typer.Argument(metavar="STUDY.yaml|DIR", help="A study file, or the folder of a study to resume or extend.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder to write to.", show_default="results/ and the name of the file; DIR itself"),
    ] = None,
    replications: Annotated[
        int | None,
        typer.Option("--replications", metavar="N", min=1, help="How often each scenario is simulated, other than written."),
    ] = None,
    max_replications: Annotated[
        int | None, typer.Option("--max-replications", metavar="N", min=1, help="Most replications for the precision that is written.")
    ] = None,
    lang: Annotated[Language | None, typer.Option("--lang", help="Language of texts.", show_default="as written")] = None,
    workers: WorkersOption = None,
    cluster: ClusterOption = None,
    dry_run: DryRunOption = False,
    how: FormatOption = Format.table,
) -> int:
    """Run a study: all its scenarios, replications and the report. The same command resumes it after an interruption.

    Everything it reads is copied to the folder, so that the folder can be resumed, extended and checked by itself.
    --format is for --dry-run.
    """
    from sim.experiment.inputs import load_study, open_study
    from sim.experiment.spec import STUDY_FILE, StudySpec, marks_of_options, read_study_file

    def changed(spec: StudySpec) -> StudySpec:
        new: dict[str, Any] = {} if lang is None else {"lang": lang.value}
        if replications is not None:
            new |= {"replications": replications, "precision": None}
        if max_replications is not None:
            if spec.precision is None or replications is not None:
                raise InputError(
                    [Fault("the study asks for no precision", *marks_of_options("max_replications"), mend="use --replications")]
                )
            new["precision"] = spec.precision.model_copy(update={"max_replications": max_replications})
        return spec.model_copy(update=new)

    if study.is_dir():
        place = out or study
        loaded = open_study(study)
        if replications is not None or max_replications is not None or lang is not None:
            spec, mark = read_study_file(study / STUDY_FILE)
            loaded = load_study(changed(spec), study, mark)
    else:
        spec, mark = read_study_file(study)
        place = out or Path("results") / study.stem
        loaded = load_study(changed(spec), study.parent, mark)
    return run_loaded(loaded, place, workers, cluster, dry_run, how)


def run_loaded(loaded: LoadedStudy, out: Path, workers: int | None, cluster: str | None, dry_run: bool, how: Format) -> int:
    """Run a study that has been loaded, or say what it would do; what ``run`` and ``compare`` share."""
    refuse_file(out)
    if dry_run:
        return _say_what_it_would_do(loaded, out, workers, how)
    from sim.cli.progress import shown
    from sim.report.compare import Running
    from sim.report.compare import run as run_study

    with shown("simulating") as progress:
        report = run_study(loaded, out, Running(workers, cluster, progress, _say))
    print(report)
    return _tell_failures(out / "run.json")


def _say(text: str) -> None:
    print(f"zorgstroom: {text}", file=sys.stderr, flush=True)


def _tell_failures(record: Path) -> int:
    """Say which cells failed; 1 if any did."""
    failed = json.loads(record.read_text(encoding="utf-8"))["failed"]
    for cell in failed:
        print(f"failed: {cell}", file=sys.stderr)
    if failed:
        print(f"zorgstroom: {len(failed)} cells failed; the report rests on the others", file=sys.stderr)
    return int(bool(failed))


def _say_what_it_would_do(loaded: LoadedStudy, out: Path, workers: int | None, how: Format) -> int:
    from sim.cli.progress import shown
    from sim.experiment.estimate import estimate
    from sim.experiment.inputs import free_space
    from sim.experiment.record import RECORD
    from sim.experiment.verify import read_record

    record = read_record(out) if (out / RECORD).exists() else {}
    number = workers or os.cpu_count() or 1
    with shown("compiling") as progress:
        found = estimate(loaded.study, out, record, number, progress)
    rows = [asdict(cell) for cell in found.cells]
    print_table(rows, ("cell", "scenario", "replication", "draw", "done", "same_as"), how, name="cells")
    distinct = len({cell.cell for cell in found.cells})
    _say(f"{distinct} cells, {distinct - found.to_do} done, {found.to_do} to do ({len(found.cells)} with those that scenarios share)")
    if found.to_do:
        time = _duration(found.seconds)
        _say(f"about {time} with {number} at once and {found.bytes / 1e6:.1f} MB of disk, estimated from {found.basis}")
    if found.bytes > (free := free_space(out)):
        _say(f"the disk has only {free / 1e6:.0f} MB free")
    if loaded.study.precision:
        most = loaded.study.precision.max_replications
        _say(f"with a precision replications are added as needed: these are the fewest, {most} per scenario are the most")
    return DONE


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    return f"{math.ceil(seconds / 60)} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def verify(directory: DirectoryArgument, how: FormatOption = Format.table) -> int:
    """Check a study against its run record, without a network: hashes of inputs, cells and outputs.

    Names every damaged, missing or foreign file. Exit code 1 when there are any or the study is not finished.
    """
    from sim.experiment.verify import verify as verify_study

    found = verify_study(directory)
    rows = [asdict(finding) for finding in found.findings]
    if rows or how is not Format.table:
        print_table(rows, ("file", "kind", "state", "why"), how, name="findings")
    for version in found.other_versions:
        _say(f"another version than then: {version}")
    if not found.finished:
        _say(f"the study is not finished; resume it with: zorgstroom run {directory}")
    if rows:
        _say(f"{len(rows)} of its files are damaged, missing or foreign; zorgstroom run {directory} computes anew what it can")
    else:
        _say(f"{found.checked} files are what the run record says")
    return FAILED if rows or not found.finished else DONE


def rerun(
    directory: DirectoryArgument,
    cell: Annotated[str, typer.Option("--cell", metavar="ID", help="Name of the cell, or its beginning; run DIR --dry-run lists them.")],
    how: FormatOption = Format.table,
) -> int:
    """Compute one cell of a study again, from its copies of the inputs, and say whether the bytes are equal. Nothing is written.

    Exit code 1 when they are not.
    """
    from sim.experiment.verify import rerun as rerun_cell

    found = rerun_cell(directory, cell)
    row = {k: v for k, v in asdict(found).items() if k != "other_versions"}
    print_table([row], tuple(row), how, name="cells")
    for version in found.other_versions:
        _say(f"another version than then: {version}")
    if found.equal:
        _say("the bytes are equal")
    elif not found.there:
        _say(f"there is no result on disk to compare with; zorgstroom run {directory} computes it anew")
    elif found.other_versions:
        _say("the bytes differ; so do versions")
    else:
        _say(f"the bytes differ; zorgstroom verify {directory} tells whether the file is damaged")
    return DONE if found.equal else FAILED
