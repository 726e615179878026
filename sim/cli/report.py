"""``zorgstroom report``: the report of a finished study, made anew from its folder."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.choices import Language, refuse_file
from sim.cli.study import DirectoryArgument


class Form(StrEnum):
    """What a report may be written as."""

    html = "html"
    xlsx = "xlsx"
    csv = "csv"
    pdf = "pdf"


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: zorgstroom report results/compare --lang en --format html --format pdf --out report-en")(report)


def report(
    study: DirectoryArgument,
    lang: Annotated[Language | None, typer.Option("--lang", help="Language of texts.", show_default="that of the study")] = None,
    form: Annotated[
        list[Form] | None,
        typer.Option(
            "--format",
            help="What to write; again for each. A pdf is printed by a browser on this machine.",
            show_default="html, xlsx and csv of a study",
        ),
    ] = None,
    theme: Annotated[
        Path | None,
        typer.Option("--theme", metavar="FILE.css", help="Style rules laid over those of the page.", show_default="the neutral look"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder to write to.", show_default="the folder of the study")
    ] = None,
) -> None:
    """Write the report of a finished study again, from its folder alone: in another language, form or dress.

    The folder of an answer of `size` or `package` gets a page too (html, pdf). Nothing is simulated, and nothing outside the folder is
    read but the theme.
    """
    if out is not None:
        refuse_file(out)
    from sim.cli.progress import shown
    from sim.report.rebuild import rebuild
    from sim.report.theme import read_theme

    rules = read_theme(theme) if theme else ""
    forms = [f.value for f in form] if form else None
    with shown("writing the report") as progress:
        written = rebuild(study, out, lang=lang.value if lang else None, formats=forms, theme=rules, say=_say)
        progress(1, 1, f"{len(written)} files")
    for file in written:
        if file.parent.name != "figures":
            print(file)


def _say(text: str) -> None:
    print(f"zorgstroom: {text}", file=sys.stderr, flush=True)
