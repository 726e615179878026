"""The first page of the report, computed again from ``indicators.parquet`` with pandas and scipy alone."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from invented_study import invented_indicators, invented_study
from report_page import Page
from scipy.stats import t as student

from sim.report.study_info import StudyInfo
from sim.report.write import write_report

pytestmark = pytest.mark.integration
YEAR, FIRST, LAST = "2024", "2021", "2024"
NAMES = {"Pakket 1": "pakket-1", "Pakket 2": "pakket-2", "Pakket 3": "pakket-3"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("eerste-pagina")
    info = invented_study(scenarios=3, draws=4, seeds=2)
    invented_indicators(info).to_parquet(out / "indicators.parquet")
    (out / "study.json").write_text(info.to_json(), encoding="utf-8")
    write_report(out, out / "indicators.parquet", info, "nl", formats=["html"])
    return out


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def table(folder: Path) -> pd.DataFrame:
    rows = pd.read_parquet(folder / "indicators.parquet")
    for key in ("period_kind", "site", "gebied", "age"):
        rows = rows[rows[key].astype(str) == ("year" if key == "period_kind" else "alle")]
    rows = rows[rows["replication"] >= 0].astype({"scenario": str, "part": str, "node": str, "period": str})
    steps = rows[rows["node"] != "alle"]
    helped = steps[steps["node"].isin(steps.loc[steps["cost"] != 0, "node"])]  # clients are those at steps that cost something
    keys = ["scenario", "replication", "period"]
    clients = helped.groupby(keys)["in_care_avg"].sum().rename("clients_avg").reset_index()
    return rows.merge(clients, on=keys)


def interval(delta: pd.Series) -> tuple[float, float, float]:
    """Mean over parameter draws, each averaged over its two seeds, and 90 per cent predictive interval for one draw with one seed."""
    pairs = delta.groupby(delta.index // 2)
    by_draw, chance = pairs.mean(), pairs.var(ddof=1).mean()
    n, mean, sd = len(by_draw), by_draw.mean(), by_draw.std(ddof=1)
    half = student.ppf(0.95, n - 1) * math.sqrt(sd**2 * (1 + 1 / n) + chance / 2)
    return mean, mean - half, mean + half


def of(rows: pd.DataFrame, scenario: str, column: str, node: str = "alle", part: str = "alle", year: str = YEAR) -> pd.Series:
    found = rows[(rows["scenario"] == scenario) & (rows["node"] == node) & (rows["period"] == year)]
    if node == "alle":
        found = found[found["part"] == part]
    return found.set_index("replication")[column].sort_index()


def cost_together(rows: pd.DataFrame, scenario: str) -> pd.Series:
    here = rows[(rows["scenario"] == scenario) & (rows["part"] == "alle") & rows["period"].between(FIRST, LAST)]
    return here.groupby("replication")["cost"].sum()


def norms_met(rows: pd.DataFrame, scenario: str, info: StudyInfo) -> pd.Series:
    steps = [n.name for n in info.nodes if n.norm_weeks is not None]
    here = rows[(rows["scenario"] == scenario) & rows["node"].isin(steps) & (rows["period"] == YEAR)]
    return (here.set_index("replication")["within_norm"] >= 0.5).groupby(level=0).sum()


def dutch_numbers(text: str) -> list[float]:
    return [float(x.replace(".", "").replace(",", ".").replace("−", "-")) for x in re.findall(r"−?\d[\d.]*(?:,\d+)?", text)]


def columns(info: StudyInfo) -> list[tuple[float, Callable[[pd.DataFrame, str], pd.Series]]]:
    return [
        (1e6, lambda rows, s: of(rows, s, "cost")),
        (1e6, cost_together),
        (1, lambda rows, s: of(rows, s, "clients_avg")),
        (1, lambda rows, s: of(rows, s, "waiting_end")),
        (1, lambda rows, s: of(rows, s, "wait_mean")),
        (0.01, lambda rows, s: of(rows, s, "within_norm")),
        (1, lambda rows, s: norms_met(rows, s, info)),
    ]


def test_every_cell_of_the_table_is_in_the_parquet(folder: Path, text: str, table: pd.DataFrame) -> None:
    page = Page(text)
    info = StudyInfo.from_json((folder / "study.json").read_text(encoding="utf-8"))
    for i, (scale, value) in enumerate(columns(info)):
        base = value(table, "autonoom")
        for title, scenario in NAMES.items():
            shown, _, span = page.row("antwoord-tabel", title)[i].partition("|")
            mean, low, high = (x / scale for x in interval(value(table, scenario) - base))
            step = 10.0 ** -len(shown.partition(",")[2])
            assert dutch_numbers(shown)[0] == pytest.approx(mean, abs=0.5 * step + 1e-9), (title, i)
            sure = low > 0 or high < 0
            assert shown[0] in ("=≈" if abs(mean) < step / 2 else "▲▼" if sure else "△▽"), (title, i, shown)
            if span:
                ends = dutch_numbers(span.replace("|", ""))
                # outward: never claims more than it knows (shares are cut at 100 percentage points, which none reaches here)
                assert ends[0] <= low + 1e-9, (title, i)
                assert ends[1] >= high - 1e-9, (title, i)
                assert ends == pytest.approx([low, high], abs=step), (title, i)
        level = page.row("antwoord-tabel", f"Autonoom zelf, in {YEAR} of de jaren boven de kolom")[i]
        by_draw = base.groupby(base.index // 2).mean().mean() / scale
        assert dutch_numbers(level)[0] == pytest.approx(by_draw, abs=0.5 * 10.0 ** -len(level.rstrip("%").partition(",")[2]) + 1e-9)


def lines(text: str) -> dict[str, str]:
    found = re.search(r'<ol class="lines">(.*?)</ol>', text, re.S)
    assert found
    return dict(re.findall(r"<li><strong>(.*?)\.</strong> (.*?)</li>", found.group(1)))


def test_there_are_five_lines(text: str) -> None:
    assert list(lines(text)) == ["Geld", "Cliënten", "Wachten", "Normen", "Waar het toeneemt"]


@pytest.mark.parametrize(
    ("line", "column", "scale", "less", "more"),
    [
        ("Geld", "cost", 1e6, "lager", "hoger"),
        ("Cliënten", "clients_avg", 1, "minder", "meer"),
        ("Wachten", "waiting_end", 1, "minder", "meer"),
    ],
)
def test_a_line_names_a_direction_only_where_the_interval_has_one(
    text: str, table: pd.DataFrame, line: str, column: str, scale: float, less: str, more: str
) -> None:
    said = lines(text)[line]
    checked = 0
    for title, scenario in NAMES.items():
        _, low, high = (x / scale for x in interval(of(table, scenario, column) - of(table, "autonoom", column)))
        own = re.search(rf"{title}: (.*?\.)(?= |$)", said)  # the sentence about this scenario, if it is the one picked
        if own is None or "wachttijd" in own.group(1):
            continue
        checked += 1
        sentence, numbers = own.group(1), dutch_numbers(re.sub(YEAR, "", own.group(1)))
        if low > 0 or high < 0:
            assert (less if high < 0 else more) in sentence
            assert "waarschijnlijk" in sentence
            ends = sorted(abs(x) for x in (low, high))
            assert min(numbers) <= ends[0] + 1e-9
            assert max(numbers) >= ends[1] - 1e-9
        else:
            assert "staat niet vast" in sentence
            assert numbers[0] >= -low - 1e-9  # so much lower, so much higher: both ends rounded outward
            assert numbers[1] >= high - 1e-9
    assert checked
    for title, scenario in NAMES.items():
        _, low, high = interval(of(table, scenario, column) - of(table, "autonoom", column))
        unclear = re.search(r"Voor ([^.]*?) bevat het interval nul|Ook voor ([^.]*?) bevat het interval nul", said)
        if unclear and title in (unclear.group(1) or unclear.group(2)):
            assert low <= 0 <= high
        for found, sign in (("onder nul", high < 0), ("boven nul", low > 0)):
            also = re.search(rf"Ook voor ([^.]*?) ligt het hele interval {found}", said)
            if also and title in also.group(1):
                assert sign


def test_the_line_on_norms_counts_the_steps_of_the_baseline(folder: Path, text: str, table: pd.DataFrame) -> None:
    info = StudyInfo.from_json((folder / "study.json").read_text(encoding="utf-8"))
    met = norms_met(table, "autonoom", info)
    said = re.search(r" bij ([\d,]+) van de (\d+) stappen", lines(text)["Normen"])
    assert said
    mean = met.groupby(met.index // 2).mean().mean()
    assert float(said.group(1).replace(",", ".")) == pytest.approx(mean, abs=0.05)
    assert int(said.group(2)) == sum(n.norm_weeks is not None for n in info.nodes)


def test_a_step_named_for_its_wait_has_the_largest_sure_change(folder: Path, text: str, table: pd.DataFrame) -> None:
    info = StudyInfo.from_json((folder / "study.json").read_text(encoding="utf-8"))
    titles = {n.title.nl: n.name for n in info.nodes}
    sure: dict[str, list[tuple[float, str, str]]] = {"korter": [], "op met": []}
    for scenario in NAMES.values():
        for title, node in titles.items():
            delta = of(table, scenario, "wait_mean", node) - of(table, "autonoom", "wait_mean", node)
            if delta.notna().all() and len(delta):
                mean, low, high = interval(delta)
                if abs(mean) >= 1 / 7 and (low > 0 or high < 0):
                    sure["korter" if high < 0 else "op met"].append((mean, scenario, title))
    said = lines(text)["Wachten"]
    for word, found in sure.items():
        if found:
            _, scenario, title = min(found) if word == "korter" else max(found)
            name = next(t for t, s in NAMES.items() if s == scenario)
            assert re.search(rf"{name}: de gemiddelde wachttijd voor {title} [^.]*{word}", said)
        else:
            assert not re.search(rf"wachttijd voor [^.]*{word}", said)
    assert any(sure.values()) or "geen enkele stap" in said


def test_the_line_on_rises_names_a_part_that_surely_rises_and_a_shift_only_where_another_falls(text: str, table: pd.DataFrame) -> None:
    said = lines(text)["Waar het toeneemt"]
    parts = sorted(set(table["part"]) - {"alle", "maatregelen"})
    rises, falls = {}, set()
    for part in parts:
        for scenario in NAMES.values():
            for column in ("cost", "person_weeks_waited"):
                delta = of(table, scenario, column, part=part) - of(table, "autonoom", column, part=part)
                mean, low, high = interval(delta)
                if low > 0:
                    rises[column, part, scenario] = mean
                if high < 0:
                    falls.add((column, scenario))
    if not rises:
        assert "Van geen enkel deel" in said
        return
    for column in ("cost", "person_weeks_waited"):
        here = {k: v for k, v in rises.items() if k[0] == column}
        if here:
            _, part, scenario = max(here, key=lambda k: here[k])
            name = next(t for t, s in NAMES.items() if s == scenario)
            title = part.replace("_", " ").capitalize()
            cost = "de druk verschuift:" if (column, scenario) in falls else "van de delen van de keten stijgen de kosten het meest"
            assert re.search(rf"{name}: {cost if column == 'cost' else ''} ?bij {title}", said), (said, part)
