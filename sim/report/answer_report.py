"""``report.html`` (and PDF) of an answer of ``zorgstroom size`` or ``package``, from its folder alone."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

from sim import __version__
from sim.errors import Fault, InputError
from sim.experiment.record import write_bytes, write_text
from sim.report import package_page, sizing_page
from sim.report.answer_folder import SIZE, AnswerFolder
from sim.report.blocks import figures
from sim.report.drawing import drawn
from sim.report.page import document
from sim.report.pdf import wanted_browser, write_pdf

HTML, PDF = "html", "pdf"


def write_answer_report(
    directory: Path, kind: str, out: Path, lang: str | None = None, *, formats: Collection[str] = (HTML,), theme: str = ""
) -> list[Path]:
    """Write the page of an answer and its pictures into ``out``; returns the files written.

    ``lang`` None: that of the answer. Raises ``InputError`` for a form other than html and pdf (its tables stand in the folder as CSV), and
    for a folder that cannot be read.
    """
    wrong = sorted(set(formats) - {HTML, PDF})
    if wrong:
        what = f"an answer of zorgstroom {kind} has no report as {' or '.join(wrong)}"
        raise InputError([Fault(what, directory.as_posix(), field="--format", mend="choose html or pdf; its tables stand there as CSV")])
    if PDF in formats:
        wanted_browser()
    try:
        f = AnswerFolder(directory, kind, lang or AnswerFolder(directory, kind, "nl").record.get("lang") or "nl")
        page = sizing_page if kind == SIZE else package_page
        made = drawn(page.chapters(f))
        subtitle = f.say(
            f"{kind}.subtitle", scenario=f.title_of("scenarios", str(f.record.get("scenario", f.record.get("baseline", "")))),
            n=f.record.get("replications"), runs=f.n.number(f.record.get("runs")),
        )  # fmt: skip
        model = f.title_of("model", "model")
    except (KeyError, ValueError, TypeError) as error:
        what = f"the answer cannot be read: {type(error).__name__}: {error}"
        raise InputError([Fault(what, directory.as_posix(), mend=f"make it anew with `zorgstroom {kind}`")]) from error
    version = str(f.record.get("versions", {}).get("zorgstroom", __version__))
    text = document(f.lang, page.title(f), model, subtitle, made, version, theme)
    written = []
    if HTML in formats:
        write_text(out / "report.html", text)
        written.append(out / "report.html")
        for figure in figures(made):
            write_text(out / "figures" / f"{figure.id}.svg", figure.svg)
            write_bytes(out / "figures" / f"{figure.id}.png", figure.png)
            written += [out / "figures" / f"{figure.id}.{suffix}" for suffix in ("svg", "png")]
    if PDF in formats:
        with tempfile.TemporaryDirectory(prefix="zorgstroom-") as folder:
            write_text(Path(folder) / "report.html", text)
            write_pdf(Path(folder) / "report.html", out / "report.pdf")
        written.append(out / "report.pdf")
    return written
