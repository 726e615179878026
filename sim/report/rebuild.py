"""The report of a finished study, made anew from its folder alone: in another language, form or dress."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from sim.errors import Fault, InputError
from sim.experiment.gather import FILE as INDICATORS
from sim.experiment.lock import locked
from sim.experiment.record import RECORD, file_hash, write_json
from sim.experiment.spec import STUDY_FILE, read_study_file
from sim.experiment.verify import FINISHED, read_record
from sim.report.answer_folder import answer_kind
from sim.report.answer_report import HTML, write_answer_report
from sim.report.pdf import wanted_browser
from sim.report.study_info import StudyInfo
from sim.report.write import FIGURES, PDF, USUAL, write_report

INFO = "study.json"


def rebuild(
    directory: Path,
    out: Path | None = None,
    *,
    lang: str | None = None,
    formats: Collection[str] | None = None,
    theme: str = "",
    say: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write the report of the study in ``directory`` into ``out`` (None: there) and return the files written.

    A folder of ``zorgstroom size`` or ``package`` gets the page of its answer. ``formats`` None: all that need nothing but Python.
    ``lang`` None: that of the study. What is written into the study's own folder replaces what stood there, and the run record takes over
    its hash. Raises ``InputError`` for a folder without a finished study and for a PDF without a browser.
    """
    kind = answer_kind(directory)
    if kind is not None:
        return write_answer_report(directory, kind, out or directory, lang, formats=formats or (HTML,), theme=theme)
    formats = formats or USUAL
    record = read_record(directory)
    if PDF in formats:
        wanted_browser()
    info = _info(directory, record)
    if record.get("state") != FINISHED:
        say(f"the study in {directory} is not finished; its report is that of the run before")
    language = lang or read_study_file(directory / STUDY_FILE)[0].lang
    inside = out is None or out.resolve() == directory.resolve()
    place = directory if out is None else out
    with locked(directory) if inside else nullcontext():
        written = write_report(place, directory / INDICATORS, info, language, formats=formats, theme=theme, folder=directory)
        if inside:
            outputs = {n: h for n, h in record.get("outputs", {}).items() if (directory / n).is_file() or not n.startswith(FIGURES)}
            outputs |= {file.relative_to(place).as_posix(): file_hash(file) for file in written}
            write_json(directory / RECORD, record | {"outputs": outputs})
    return written


def _info(directory: Path, record: dict[str, Any]) -> StudyInfo:
    """What is known of the study beside its numbers. Raises ``InputError`` where that or the numbers are not there or do not fit."""
    mend = f"finish it with: zorgstroom run {directory}"
    missing = [name for name in (INFO, INDICATORS) if not (directory / name).is_file()]
    if missing:
        raise InputError([Fault(f"the study in {directory} has no {name} yet", mend=mend) for name in missing])
    known = record.get("outputs", {})
    changed = [name for name in (INFO, INDICATORS) if name in known and file_hash(directory / name) != known[name]]
    if changed:
        faults = [Fault("has other bytes than the run record says", (directory / n).as_posix(), mend=mend) for n in changed]
        raise InputError(faults)
    try:
        return StudyInfo.from_json((directory / INFO).read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError([Fault(f"cannot be read: {error}", (directory / INFO).as_posix(), mend=mend)]) from error
