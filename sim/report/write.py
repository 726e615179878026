"""Write the files of a report from the numbers of a study."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.report.blocks import figures
from sim.report.chapters import chapters
from sim.report.context import Context
from sim.report.differences_csv import differences_csv
from sim.report.money_split import split_money
from sim.report.page import page
from sim.report.results import Results
from sim.report.study_info import LANGUAGES, StudyInfo
from sim.report.workbook import write_workbook


def write_report(out: Path, indicators: pd.DataFrame | Path, study: StudyInfo, lang: str = "nl") -> None:
    """Write ``report.html``, ``report.xlsx``, ``differences.csv`` and ``figures/*.svg|png`` into ``out``.

    ``indicators`` is the table of ``sim.indicators`` with ``scenario`` and ``replication`` (-1: a mean over replications, not used here),
    or the file that holds it.
    The same input gives the same bytes. Raises ``ValueError`` for an unknown language or a study without its baseline.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"there is no report in {lang!r}; choose {' or '.join(LANGUAGES)}")
    results = Results(indicators, study)
    context = Context(results, lang)
    years = results.cumulative_years
    windows = [(y, y) for y in years] + ([(years[0], years[-1])] if len(years) > 1 else [])
    split = split_money(results, windows)
    made = chapters(context, split)
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.html").write_text(page(context, made), encoding="utf-8", newline="\n")
    pictures = out / "figures"
    pictures.mkdir(exist_ok=True)
    for old in pictures.iterdir():  # of a report with more scenarios, say
        if old.suffix in (".svg", ".png") and old.name.startswith(("scenario-", "verloop-", "verschil-")):
            old.unlink()
    for figure in figures(made):
        (pictures / f"{figure.id}.svg").write_text(figure.svg, encoding="utf-8", newline="\n")
        (pictures / f"{figure.id}.png").write_bytes(figure.png)
    write_workbook(out / "report.xlsx", context, split)
    (out / "differences.csv").write_text(differences_csv(results), encoding="utf-8", newline="")
