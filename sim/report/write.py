"""Write the files of a report from the numbers of a study."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

import pandas as pd

from sim.experiment.record import write_bytes, write_text
from sim.report.blocks import Chapter, figures
from sim.report.chapters import chapters
from sim.report.context import Context
from sim.report.differences_csv import differences_csv
from sim.report.drawing import drawn
from sim.report.influence import FEWEST_DRAWS, Unknowns, unknowns_of
from sim.report.money_split import MoneySplit, split_money
from sim.report.page import page
from sim.report.pdf import wanted_browser, write_pdf
from sim.report.results import Results
from sim.report.study_info import LANGUAGES, StudyInfo
from sim.report.workbook import write_workbook

HTML, XLSX, CSV, PDF = "html", "xlsx", "csv", "pdf"
FORMATS = (HTML, XLSX, CSV, PDF)
USUAL = (HTML, XLSX, CSV)  # what needs nothing but Python
FIGURES = "figures"
# how names of our pictures begin: the folder may hold others
OURS = (
    "scenario-", "besparing-", "verloop-", "verschil-", "keten-", "waterval-", "wie-", "geld-", "onzekerheid-", "kalibratie-",
    "terugtoets-", "vraag-",
)  # fmt: skip


def write_report(
    out: Path,
    indicators: pd.DataFrame | Path,
    study: StudyInfo,
    lang: str = "nl",
    *,
    formats: Collection[str] = USUAL,
    theme: str = "",
    folder: Path | None = None,
) -> list[Path]:
    """Write the report into ``out`` and return the files written.

    ``html``: ``report.html`` and ``figures/*.svg|png``; ``xlsx``: ``report.xlsx``; ``csv``: ``differences.csv`` and
    ``differences-excel.csv``; ``pdf``: ``report.pdf``. ``indicators`` is the table of ``sim.indicators`` with ``scenario`` and
    ``replication`` (-1: a mean over replications, not used here), or the file that holds it. ``theme`` holds style rules laid over the
    page's own; ``folder`` is that of the study, whose copies of the inputs tell what differed between its draws.

    The same input gives the same bytes (but for the PDF, in which the browser writes the time). Raises ``ValueError`` for an unknown
    language or a study without its baseline, ``InputError`` for a PDF without a browser.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"there is no report in {lang!r}; choose {' or '.join(LANGUAGES)}")
    if PDF in formats:
        wanted_browser()
    results = Results(indicators, study)
    context = Context(results, lang)
    out.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    split = _split(results) if not {HTML, XLSX, PDF}.isdisjoint(formats) else None

    def other_files() -> None:
        if XLSX in formats and split is not None:
            write_workbook(out / "report.xlsx", context, split)
            written.append(out / "report.xlsx")
        if CSV in formats:
            plain, dutch = differences_csv(results)
            written.extend((_written(out / "differences.csv", plain), _written(out / "differences-excel.csv", dutch)))

    if split is None or {HTML, PDF}.isdisjoint(formats):
        other_files()
        return written
    made = drawn(chapters(context, split, _unknowns(folder, results)), other_files)
    text = page(context, made, theme)
    if HTML in formats:
        written = [_written(out / "report.html", text), *_pictures(out / FIGURES, made), *written]
    if PDF in formats:
        written.append(_printed(out, text))
    return written


def _split(results: Results) -> MoneySplit:
    """Of each year and of all of them together."""
    years = results.cumulative_years
    return split_money(results, [(y, y) for y in years] + ([(years[0], years[-1])] if len(years) > 1 else []))


def _unknowns(folder: Path | None, results: Results) -> Unknowns | None:
    """What differed between the draws of the study, where there are enough of them to say what it did."""
    draws = sorted({k // max(1, results.info.seeds_per_draw) for k in results.core.cube.replications})
    return unknowns_of(folder, results.info, draws) if folder is not None and len(draws) >= FEWEST_DRAWS else None


def _written(file: Path, text: str) -> Path:
    write_text(file, text)
    return file


def _pictures(folder: Path, made: list[Chapter]) -> list[Path]:
    """The figures as files; those of an earlier report with more scenarios, say, go."""
    contents = {f"{f.id}.{kind}": content for f in figures(made) for kind, content in (("svg", f.svg.encode()), ("png", f.png))}
    for old in folder.iterdir() if folder.is_dir() else ():
        if old.suffix in (".svg", ".png") and old.name.startswith(OURS) and old.name not in contents:
            old.unlink()
    for name, content in contents.items():
        write_bytes(folder / name, content)
    return [folder / name for name in contents]


def _printed(out: Path, text: str) -> Path:
    with tempfile.TemporaryDirectory(prefix="zorgstroom-") as folder:
        html = Path(folder) / "report.html"
        write_text(html, text)
        write_pdf(html, out / "report.pdf")
    return out / "report.pdf"
