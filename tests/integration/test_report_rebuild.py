"""``zorgstroom report``: the report of a finished study made anew from its folder alone."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from invented_study import invented_indicators, invented_study
from report_page import Page

from sim.cli.main import main
from sim.errors import InputError
from sim.experiment.record import file_hash, write_json
from sim.report.pdf import VARIABLE
from sim.report.rebuild import rebuild
from sim.report.study_info import Bilingual, StudyInfo
from sim.report.theme import read_theme
from sim.report.write import write_report

pytestmark = pytest.mark.integration
HOSTILE = (
    '=HYPERLINK("http://example.invalid","x") +1 -1 @SUM(1) </style></script><script>alert(1)</script><img src=x onerror=alert(2)> '
    "{{ 7*7 }} {% raw %} $\\frac{1}{0}$ \u202e\u2066\u200f\u0007\u0000 ' \" & " + "x" * 10_000
)


def finished(folder: Path, info: StudyInfo) -> Path:
    """A folder as a finished study leaves it, as far as the report reads it."""
    folder.mkdir(exist_ok=True)
    invented_indicators(info, nodes_per_part=2, sites=2, years=4).to_parquet(folder / "indicators.parquet")
    (folder / "study.json").write_text(info.to_json(), encoding="utf-8")
    (folder / "study.yaml").write_text("baseline: autonoom\nlang: nl\n", encoding="utf-8")
    write_report(folder, folder / "indicators.parquet", info, "nl", folder=folder)
    outputs = {f.relative_to(folder).as_posix(): file_hash(f) for f in folder.rglob("*") if f.is_file()}
    write_json(folder / "run.json", {"state": "finished", "inputs": {}, "cells": [], "outputs": outputs})
    return folder


def small() -> StudyInfo:
    return invented_study(scenarios=1, draws=2, seeds=2, nodes_per_part=2, years=4)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return finished(tmp_path_factory.mktemp("rebuild") / "studie", small())


def files(folder: Path) -> dict[str, bytes]:
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in sorted(folder.rglob("*")) if f.is_file() and f.name != ".lock"}


def test_the_folder_alone_gives_the_same_bytes_again(study: Path, tmp_path: Path) -> None:
    before = files(study)
    rebuild(study, tmp_path)
    made = files(tmp_path)
    assert set(made) == {name for name in before if name.startswith(("report.", "differences", "figures/"))}
    assert [name for name in made if made[name] != before[name]] == []
    assert files(study) == before


def test_another_language_and_dress_beside_the_study(study: Path, tmp_path: Path) -> None:
    theme = tmp_path / "huisstijl.css"
    theme.write_text("/* eigen */ h1 > a, :root { --link: #00664f; }", encoding="utf-8")
    assert main(["report", str(study), "--lang", "en", "--format", "html", "--theme", str(theme), "--out", str(tmp_path / "en")]) == 0
    page = (tmp_path / "en" / "report.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    assert "--link: #00664f;" in page
    assert not (tmp_path / "en" / "report.xlsx").exists()


def test_written_in_its_place_the_record_knows_the_new_files(tmp_path: Path) -> None:
    folder = finished(tmp_path / "studie", small())
    rebuild(folder, lang="en", formats=["html", "csv"])
    outputs = json.loads((folder / "run.json").read_text(encoding="utf-8"))["outputs"]
    assert {name: file_hash(folder / name) for name in outputs} == outputs
    assert {f.relative_to(folder).as_posix() for f in (folder / "figures").iterdir()} <= set(outputs)


def test_a_folder_without_a_finished_study_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == 2
    assert "holds no run.json" in capsys.readouterr().err
    write_json(tmp_path / "run.json", {"state": "running", "inputs": {}, "cells": []})
    with pytest.raises(InputError, match=r"has no study\.json yet"):
        rebuild(tmp_path)


def test_numbers_changed_behind_the_record_are_refused(tmp_path: Path) -> None:
    folder = finished(tmp_path / "studie", small())
    (folder / "study.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="other bytes than the run record says"):
        rebuild(folder)


def test_a_pdf_without_a_browser_ends_in_2_before_anything_is_written(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "geen-browser"))
    assert main(["report", str(study), "--format", "pdf", "--format", "html", "--out", str(tmp_path / "uit")]) == 2
    assert "no Chromium, Chrome or Edge is found" in capsys.readouterr().err
    assert not (tmp_path / "uit").exists()


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ("@import 'x.css';", "imports another style sheet"),
        ("body {\n background: url( 'https://example.invalid/x.png') }", "fetches a file"),
        ("h1 { color: red }</style><script>", "holds markup"),
        ("h1 { background: \\75rl(x) }", "backslash"),
        ("h1 { background: image-set('http://example.invalid/x.png' 1x) }", "names an address"),
    ],
)
def test_a_theme_that_would_fetch_or_inject_is_refused(tmp_path: Path, rules: str, why: str) -> None:
    file = tmp_path / "thema.css"
    file.write_text(rules, encoding="utf-8")
    with pytest.raises(InputError, match=why) as caught:
        read_theme(file)
    assert caught.value.faults[0].line == (2 if "\n" in rules else 1)


def test_the_csv_for_a_dutch_spreadsheet_holds_the_same_numbers(study: Path) -> None:
    raw = (study / "differences-excel.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    with (study / "differences-excel.csv").open(encoding="utf-8-sig", newline="") as stream:
        excel = list(csv.DictReader(stream, delimiter=";"))
    with (study / "differences.csv").open(encoding="utf-8", newline="") as stream:
        plain = list(csv.DictReader(stream))
    assert len(excel) == len(plain) > 50
    assert all("." not in row["difference"] for row in excel)
    assert [row["difference"].replace(",", ".") for row in excel] == [row["difference"] for row in plain]


def test_hostile_texts_are_harmless_in_every_form(tmp_path: Path) -> None:
    info = small()
    bad = Bilingual(HOSTILE, HOSTILE)
    info = replace(
        info,
        model_title=bad,
        scenarios=(info.scenarios[0], replace(info.scenarios[1], title=bad, description=bad)),
        nodes=tuple(replace(n, title=bad) for n in info.nodes),
        parts=tuple(replace(p, title=bad) for p in info.parts),
        measures=tuple(replace(m, title=bad, programme=HOSTILE, source=HOSTILE) for m in info.measures),
        budgets=tuple(replace(b, title=bad, why=HOSTILE) for b in info.budgets),
        versions=((HOSTILE, HOSTILE),),
    )
    rows = invented_indicators(info, nodes_per_part=2, sites=1, years=4)
    rows = rows.assign(scenario=rows["scenario"].astype(str).replace("pakket-1", HOSTILE[:60]))
    info = replace(info, scenarios=(info.scenarios[0], replace(info.scenarios[1], name=HOSTILE[:60])))
    write_report(tmp_path, rows, info, "en")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert not [t for t, _ in page.tags if t in ("script", "img")]
    assert not [k for _, a in page.tags for k in a if k.startswith("on")]
    assert not [mark for mark in "\u202e\u2066\u200f\u0007\u0000" if mark in text]
    assert len(text) < 5_000_000
    for svg in (tmp_path / "figures").glob("*.svg"):
        assert "<script" not in svg.read_text(encoding="utf-8")
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert not [c for c in cells if c.data_type == "f" or c.hyperlink]
    for name, mark in (("differences.csv", ","), ("differences-excel.csv", ";")):
        with (tmp_path / name).open(encoding="utf-8-sig", newline="") as stream:
            table = list(csv.DictReader(stream, delimiter=mark))
        keys = ("scenario", "baseline_scenario", "part", "node", "site", "gebied")
        assert not [row[k] for row in table for k in keys if row[k].startswith(("=", "+", "-", "@"))]
        assert any(row["scenario"].startswith("'=HYPERLINK") for row in table)
