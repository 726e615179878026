"""The files of a report, made from an invented study: right, complete, the same twice, harmless."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from invented_study import PARTS, invented_indicators, invented_study
from openxml_audit import OpenXmlValidator
from report_page import Page, dutch

from sim.experiment.paired import mean_interval
from sim.report.context import Context
from sim.report.money_split import CAUSES, split_money
from sim.report.notation import Notation
from sim.report.results import ALL, Results
from sim.report.study_info import Bilingual, StudyInfo
from sim.report.workbook_charts import TABLE_COLUMN
from sim.report.write import write_report

pytestmark = pytest.mark.integration
HOSTILE = "=cmd|'/c calc'!A1 <script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} $\\frac{1}{0}$ \u202e\u0007 " + "x" * 10_000


@pytest.fixture(scope="module")
def study() -> tuple[StudyInfo, pd.DataFrame]:
    info = invented_study(scenarios=2, draws=3, seeds=2)
    return info, invented_indicators(info)


@pytest.fixture(scope="module")
def report(study: tuple[StudyInfo, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report")
    write_report(out, study[1], study[0], "nl")
    return out


@pytest.fixture(scope="module")
def page(report: Path) -> Page:
    return Page((report / "report.html").read_text(encoding="utf-8"))


def all_files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_every_file_is_written(report: Path) -> None:
    files = set(all_files(report))
    assert {"report.html", "report.xlsx", "differences.csv", "figures/verschil-per-scenario.svg", "figures/scenario-1.png"} <= files
    assert {p for p in files if p.endswith(".svg")} == {p.replace(".png", ".svg") for p in files if p.endswith(".png")}


def test_the_same_study_gives_the_same_bytes(study: tuple[StudyInfo, pd.DataFrame], report: Path, tmp_path: Path) -> None:
    shuffled = study[1].sample(frac=1, random_state=2)
    write_report(tmp_path, shuffled, study[0], "nl")
    assert all_files(tmp_path) == all_files(report)


def test_pictures_of_an_earlier_report_do_not_stay(study: tuple[StudyInfo, pd.DataFrame], tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    for name in ("scenario-9.svg", "scenario-9.png", "mijn-eigen.png"):
        (tmp_path / "figures" / name).write_text("oud", encoding="utf-8")
    info = replace(study[0], scenarios=study[0].scenarios[:2])
    write_report(tmp_path, study[1][study[1]["scenario"].isin(["autonoom", "pakket-1"])], info, "nl")
    names = {p.name for p in (tmp_path / "figures").iterdir()}
    assert "scenario-9.svg" not in names
    assert {"scenario-1.png", "mijn-eigen.png"} <= names


def test_waterbed_rows_add_up_to_their_total(study: tuple[StudyInfo, pd.DataFrame], page: Page) -> None:
    results = Results(study[1], study[0])
    for column in ("cost", "stock_avg", "person_weeks_waited"):
        for scenario in results.compared:
            parts = [results.change(scenario, p, ALL, 2024, column).mean for p in results.parts]
            total = results.change(scenario, ALL, ALL, 2024, column).mean
            assert np.nansum(parts) == pytest.approx(total, rel=1e-9, abs=1e-6)
    table = page.tables["waterbed-cost"]
    assert table[0][1] == "Totaal"
    for row in table[1:]:
        cells = [dutch(c.replace(".", "")) for c in row[1:]]
        assert sum(cells[1:]) == pytest.approx(cells[0], abs=0.05 * len(cells))  # each cell is rounded to 0.1
    assert "Totaal" not in page.tables["waterbed-wait-mean"][0]


def test_the_split_of_money_adds_up_to_the_difference_in_cost(study: tuple[StudyInfo, pd.DataFrame]) -> None:
    results = Results(study[1], study[0])
    split = split_money(results, [(2024, 2024), (2021, 2024)])
    for scenario in results.compared:
        for window in ((2024, 2024), (2021, 2024)):
            causes = [split.at(scenario, window, cause).mean for cause in CAUSES[:-1]]
            total = split.at(scenario, window, "total")
            assert sum(causes) == pytest.approx(total.mean, rel=1e-9)
            years = range(window[0], window[1] + 1)
            assert total.mean == pytest.approx(results.change_over(scenario, ALL, ALL, years, "cost").mean, rel=1e-9)
            assert total.low == pytest.approx(results.change_over(scenario, ALL, ALL, years, "cost").low, rel=1e-6)
            parts = [split.at(scenario, window, "fewer", p).mean for p in results.parts]
            assert sum(parts) == pytest.approx(split.at(scenario, window, "fewer").mean, rel=1e-9)


def test_splitting_all_worlds_at_once_is_splitting_each(study: tuple[StudyInfo, pd.DataFrame]) -> None:
    from sim.indicators import savings_split

    info, rows = study
    split = split_money(Results(rows, info), [(2022, 2024)])
    one = [
        savings_split(*(rows[(rows["scenario"] == s) & (rows["replication"] == k)] for s in ("autonoom", "pakket-2")), 2022, 2024)
        for k in range(info.replications)
    ]
    for cause in CAUSES:
        mean = np.mean([float(t.loc[(t["part"] == "wmo") & (t["node"] == ALL), cause].iloc[0]) for t in one])
        assert split.at("pakket-2", (2022, 2024), cause, "wmo").mean == pytest.approx(mean, rel=1e-9, abs=1e-6)


def test_the_page_stands_alone(report: Path, page: Page) -> None:
    text = (report / "report.html").read_text(encoding="utf-8")
    assert not [t for t, _ in page.tags if t in ("script", "iframe", "img", "object", "embed", "form")]
    refs = [v for _, a in page.tags for k, v in a.items() if k in ("href", "src", "xlink:href", "data", "action")]
    assert all(v is not None and (v.startswith("#") or v == "data:,") for v in refs)
    assert "@import" not in text
    assert "url(http" not in text
    assert "default-src 'none'" in text
    assert not re.search(r"\{\{|\{%|\bnan\b|\bNone\b|\{[a-z_]+\}", re.sub(r"<style>.*?</style>", "", text, flags=re.S))


def test_the_page_is_accessible_in_its_bones(page: Page) -> None:
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    attributes = {tag: a for tag, a in page.tags if tag == "html"}
    assert attributes["html"]["lang"] == "nl"
    assert page.headings.count(1) == 1
    body = page.headings[page.headings.index(1) :]
    assert all(b - a <= 1 for a, b in pairwise(body))
    tags = [t for t, _ in page.tags]
    assert tags.count("caption") == tags.count("table") > 10
    assert all(a.get("scope") for t, a in page.tags if t == "th")
    assert all(a.get("role") == "img" and a.get("aria-label") for t, a in page.tags if t == "svg")
    regions = [a for _, a in page.tags if a.get("role") == "region"]
    assert all(a.get("tabindex") == "0" and (a.get("aria-labelledby") or a.get("aria-label")) for a in regions)
    targets = [str(a["href"])[1:] for t, a in page.tags if t == "a"]
    assert set(targets) <= set(page.ids)


def test_every_chart_over_time_has_its_table(page: Page) -> None:
    for column in ("cost", "clients-avg", "waiting-end", "wait-mean"):
        assert f"verloop-{column}" in page.ids
        assert len(page.tables[f"verloop-{column}-tabel"]) > 10


def test_what_changes_stands_beside_its_result(page: Page) -> None:
    rows = {r[0]: r[1:] for r in page.tables["s1-wat"] if len(r) > 2}
    stay = rows["Wijkteam stap 1: verblijfsduur"]
    assert stay[1] == "1 januari 2021, in 12 maanden naar vol effect"
    assert stay[3] == "× 0,95|0,85 tot 1"
    assert stay[-1] == "|nodes.wijkteam_1.stay.scale"
    beds = rows["Opvang: aantal plaatsen"]
    assert beds[2:5] == ["310", "plus 20|10 tot 40", "plaatsen"]
    assert beds[5] == "gerapporteerd"


def test_many_changes_are_summed_up_per_measure_and_alike_ones_share_a_row(study: tuple[StudyInfo, pd.DataFrame], tmp_path: Path) -> None:
    info, rows = study
    stay, beds = info.scenarios[1].changes
    alike = [replace(stay, path=f"nodes.{p}_{i}.stay.scale") for p in PARTS for i in range(2)]
    others = [replace(stay, path=f"nodes.{p}_1.routes.naar_wmo.share", start="2022-01-01", source=p) for p in PARTS]
    first = replace(info.scenarios[1], changes=(*alike, beds, *others))
    write_report(tmp_path, rows, replace(info, scenarios=(info.scenarios[0], first, info.scenarios[2])), "nl", formats=["html"])
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    measure = page.row("s1-maatregelen", "Tijdelijkheid van hulp")
    assert measure == ["1 januari 2021 en 1 januari 2022", "27", "27 aanname"]
    effects = [r for r in page.tables["s1-wat"] if len(r) > 2]
    assert len(effects) == 1 + 1 + 1 + len(PARTS)  # head, all stays together, beds, a route each
    assert "Wmo stap 1: route naar wmo" in [r[0] for r in effects]


def test_teams_over_their_places_with_a_growing_list_are_flagged(study: tuple[StudyInfo, pd.DataFrame], page: Page) -> None:
    rows = study[1]
    rows = rows[(rows["scenario"] == "autonoom") & (rows["replication"] >= 0) & (rows["node"] == "wijkteam_1") & (rows["site"] != ALL)]
    flags = 0
    for site, mine in rows.groupby("site", observed=True):
        lists = mine.pivot(index="replication", columns="period", values="waiting_end").groupby(lambda k: k // 2).mean()  # per draw
        load = mine.loc[mine["period"] == "2024", "offered_load"].mean()
        surely = all(mean_interval((lists[b] - lists[a]).to_numpy()).low > 0 for a, b in (("2022", "2023"), ("2023", "2024")))
        jams = load >= 1 and lists["2024"].mean() >= 1 and surely
        assert page.row("team-1-tabel", site)[-1].startswith("Loopt vast") == jams
        flags += bool(jams)
    assert flags  # the study has some


def test_saturated_steps_bring_the_warning_about_prevention(report: Path) -> None:
    text = (report / "report.html").read_text(encoding="utf-8")
    assert "levert preventie eerst kortere wachttijden op en pas later geld" in text


def test_sense_check_counts_what_is_close(page: Page, report: Path) -> None:
    assert "1 van 2 liggen binnen 25 procent" in (report / "report.html").read_text(encoding="utf-8")
    assert page.row("toets-tabel", "bezette bedden")[-2] == "buiten 25%"


def test_the_workbook_opens_and_holds_numbers(report: Path, study: tuple[StudyInfo, pd.DataFrame]) -> None:
    book = openpyxl.load_workbook(report / "report.xlsx")
    assert book.sheetnames == [
        "leeswijzer", "grafieken", "verschillen", "waterbed", "besparing", "per wijkteam", "jaren", "aannames", "definities", "run",
    ]  # fmt: skip
    for name in book.sheetnames[2:]:
        sheet = book[name]
        assert sheet.freeze_panes
        assert sheet.auto_filter.ref
        assert sheet.max_row > 1
    heads = [cell.value for cell in book["verschillen"][1]]
    results = Results(study[1], study[0])
    found = [
        dict(zip(heads, row, strict=True))
        for row in book["verschillen"].iter_rows(min_row=2, values_only=True)
        if row[0] == "Pakket 1" and row[1] == "Hele keten" and row[3] == 2024 and row[4] == "Kosten"
    ]
    assert len(found) == 1
    change = results.change("pakket-1", ALL, ALL, 2024, "cost")
    assert found[0]["verschil"] == pytest.approx(change.mean)
    assert found[0]["voorspelling laag"] == pytest.approx(change.low)
    assert found[0]["gemiddelde laag"] == pytest.approx(change.mean_low)
    water = [r for r in book["waterbed"].iter_rows(min_row=2, values_only=True) if r[2] == "Kosten"]
    assert all(sum(v or 0 for v in r[4:-1]) == pytest.approx(r[-1], abs=0.01) for r in water)
    saved = list(book["besparing"].iter_rows(min_row=2, values_only=True))
    assert all(sum(v or 0 for v in r[3:11]) == pytest.approx(r[11], abs=0.01) for r in saved)


def follows_the_standard(workbook: Path) -> bool:
    """Whether nothing in the file is against Office Open XML: what a spreadsheet would offer to repair."""
    found = OpenXmlValidator().validate(workbook)
    assert not found.errors
    return found.is_valid


def test_the_workbook_needs_no_repair_and_a_broken_one_would_be_found(report: Path, tmp_path: Path) -> None:
    assert follows_the_standard(report / "report.xlsx")
    broken = tmp_path / "broken.xlsx"
    with ZipFile(report / "report.xlsx") as good, ZipFile(broken, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, good.read(name).replace(b"<c:lineChart>", b"<c:line>").replace(b"</c:lineChart>", b"</c:line>"))
    assert not OpenXmlValidator().validate(broken).is_valid


def test_the_charts_of_the_workbook_are_drawn_from_numbers_that_stand_beside_them(report: Path) -> None:
    sheet = openpyxl.load_workbook(report / "report.xlsx")["grafieken"]
    assert len(sheet._charts) == 5  # four over time and the causes
    for chart in sheet._charts:
        for series in chart.series:
            name, cells = series.val.numRef.f.rsplit("!", 1)
            assert name.strip("'") == "grafieken"
            found = [cell.value for row in sheet[cells.replace("$", "")] for cell in row]
            assert found
            assert all(isinstance(x, float | int) for x in found)
        assert chart.anchor._from.col == 0  # what one sees first
    rows = (row[TABLE_COLUMN:] for row in sheet.iter_rows(values_only=True))
    causes = [row for row in rows if row[0] in ("Pakket 1", "Pakket 2")]
    assert causes
    assert all(sum(row[1:9]) == pytest.approx(row[9], abs=0.01) for row in causes)


def test_the_csv_is_tidy_and_has_units(report: Path, study: tuple[StudyInfo, pd.DataFrame]) -> None:
    table = pd.read_csv(report / "differences.csv")
    assert set(table["level"]) == {"total", "part", "node", "site", "gebied"}
    assert table["unit"].notna().all()
    assert not table.duplicated(["scenario", "level", "year", "part", "node", "site", "gebied", "indicator"]).any()
    row = table[(table["scenario"] == "pakket-2") & (table["level"] == "total") & (table["year"] == 2023) & (table["indicator"] == "cost")]
    expected = Results(study[1], study[0]).change("pakket-2", ALL, ALL, 2023, "cost")
    assert row["difference"].iloc[0] == pytest.approx(expected.mean, rel=1e-6)
    assert row["basis"].iloc[0] == "parameters"
    assert row["replications"].iloc[0] == 6


def test_gebieden_add_up_to_the_nodes(study: tuple[StudyInfo, pd.DataFrame]) -> None:
    results = Results(study[1], study[0])
    for column in ("cost", "waiting_end"):
        there = sum(results.gebieden.value("autonoom", (g, "2024"), column).mean for g in study[0].gebieden)
        assert there == pytest.approx(results.value("autonoom", ALL, ALL, 2024, column).mean)


def test_hostile_texts_are_harmless(study: tuple[StudyInfo, pd.DataFrame], tmp_path: Path) -> None:
    info, rows = study
    bad = Bilingual(HOSTILE, HOSTILE)
    first = info.scenarios[1]
    changes = tuple(replace(x, path=HOSTILE, source=HOSTILE, scope=HOSTILE, unit=HOSTILE, evidence=HOSTILE) for x in first.changes)
    info = replace(
        info,
        model_title=bad,
        scenarios=(info.scenarios[0], replace(first, title=bad, description=bad, changes=changes), info.scenarios[2]),
        parts=tuple(replace(p, title=bad) for p in info.parts),
        assumptions=tuple(replace(a, value=HOSTILE, source=HOSTILE) for a in info.assumptions),
        failed_cells=(HOSTILE,),
    )
    rows = rows.assign(site=rows["site"].astype(str).replace("Wijkteam 1", "=1+1"))
    write_report(tmp_path, rows, info, "nl")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert not [t for t, _ in page.tags if t in ("script", "img")]
    assert not [k for _, a in page.tags for k in a if k.startswith("on")]
    assert "\u202e" not in text
    assert "\u0007" not in text
    assert "{{ 7*7 }}" in text
    assert len(text) < 3_000_000
    assert follows_the_standard(tmp_path / "report.xlsx")
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert not [c for c in cells if c.data_type == "f" or c.hyperlink]
    with (tmp_path / "differences.csv").open(encoding="utf-8", newline="") as stream:
        values = [v for row in csv.DictReader(stream) for k, v in row.items() if k in ("scenario", "site", "part", "node")]
    assert "'=1+1" in values
    assert not [v for v in values if v.startswith(("=", "+", "-", "@"))]


def test_english_has_its_own_words_and_numbers(study: tuple[StudyInfo, pd.DataFrame], tmp_path: Path) -> None:
    write_report(tmp_path, study[1], replace(study[0], sense_checks=()), "en")  # whose texts come from outside
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in text
    assert "Where the pressure goes" in text or "where the pressure goes" in text
    words = re.sub(r"(id|href|aria-labelledby)=\"[^\"]*\"", "", text)
    assert not re.search(r"\b(weken|wachttijd|kosten|verschil met|deel van de keten)\b", words)
    assert openpyxl.load_workbook(tmp_path / "report.xlsx").sheetnames[1:3] == ["charts", "differences"]


def test_an_unknown_language_is_refused(study: tuple[StudyInfo, pd.DataFrame], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nl or en"):
        write_report(tmp_path, study[1], study[0], "de")


def test_one_replication_makes_no_claims(tmp_path: Path) -> None:
    info = invented_study(scenarios=1, draws=1, seeds=1, nodes_per_part=2, years=4)
    write_report(tmp_path, invented_indicators(info, nodes_per_part=2, years=4), info, "nl", formats=["html"])
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Er is één herhaling gedraaid" in text
    assert "waarschijnlijk" not in text
    assert "▲" not in text.replace("▲ meer en ▼", "")
    assert "nan" not in re.sub(r"<style>.*?</style>", "", text, flags=re.S).lower().split()


def test_chance_alone_is_labelled(tmp_path: Path) -> None:
    info = invented_study(scenarios=1, draws=1, seeds=3, nodes_per_part=2, years=4)
    write_report(tmp_path, invented_indicators(info, nodes_per_part=2, years=4), info, "nl", formats=["html"])
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "90%-interval, alleen toeval" in text
    assert "waarschijnlijk" not in text


def test_a_single_queue_without_cost_sites_or_gebieden(tmp_path: Path) -> None:
    info = replace(invented_study(scenarios=1), gebieden=(), measures=(), assumptions=(), sense_checks=(), sources=())
    rows = invented_indicators(invented_study(scenarios=1))
    rows = rows[(rows["gebied"] == ALL) & (rows["site"] == ALL) & (rows["age"] == ALL) & (rows["period"] == "2022")]
    keep = rows["part"].isin([ALL, "opvang"]) & rows["node"].isin([ALL, "opvang_1"])
    rows = rows[keep].assign(cost=0.0, cost_care=0.0, cost_staff=0.0, cost_measures=0.0, contributions=0.0)
    write_report(tmp_path, rows, info, "nl")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "kosten in 2022" not in text
    assert "Dit model heeft geen teams met meer plekken" in text
    Page(text)


def test_the_baseline_alone_still_makes_a_report(tmp_path: Path) -> None:
    info = invented_study(scenarios=0, nodes_per_part=2, years=4)
    write_report(tmp_path, invented_indicators(info, nodes_per_part=2, years=4), info, "nl")
    assert "Er is geen scenario vergeleken" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_study_without_its_baseline_is_refused(study: tuple[StudyInfo, pd.DataFrame]) -> None:
    with pytest.raises(ValueError, match="autonoom"):
        Results(study[1][study[1]["scenario"] != "autonoom"], study[0])


def test_small_money_is_in_thousands(study: tuple[StudyInfo, pd.DataFrame]) -> None:
    info, rows = study
    context = Context(Results(rows.assign(cost=rows["cost"] / 1e5), info), "nl")
    assert context.unit("cost") == "duizend euro"
    assert Context(Results(rows, info), "nl").unit("cost") == "mln euro"
    assert Notation("nl").number(1234.5) == "1.235"


def test_parts_keep_the_order_of_the_model(study: tuple[StudyInfo, pd.DataFrame]) -> None:
    results = Results(study[1], study[0])
    assert results.parts == (*PARTS, "maatregelen")
