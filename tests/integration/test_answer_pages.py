"""The folders of ``size`` and ``package`` as pages: their numbers, in both languages, harmless whatever stands in them."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
from report_page import Page

from sim.errors import InputError
from sim.report.rebuild import rebuild

pytestmark = pytest.mark.integration
HOSTILE = "<script>alert(1)</script> =1+1 \u202e x"
GIVEN = {
    "replications": 20, "runs": 1234, "year": 2027, "seed": 1, "lang": "nl", "versions": {"zorgstroom": "0.1.0"},
    "titles": {
        "model": {"model": {"nl": "Stad", "en": "City"}}, "scenarios": {"autonoom": {"nl": HOSTILE, "en": HOSTILE}},
        "measures": {"korter": {"nl": "Kortere duur", "en": "Shorter stays"}}, "nodes": {"intake": {"nl": "Vraaganalyse", "en": "Intake"}},
    },
}  # fmt: skip


def write_csv(file: Path, rows: list[dict[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def spread(name: str, x: float) -> dict[str, float]:
    return {f"{name}_mean": x, f"{name}_low_80": x * 0.8, f"{name}_high_80": x * 1.1}


@pytest.fixture
def sizing(tmp_path: Path) -> Path:
    teams = [("Noord 1", "Noord", 11.0, 22), ("Noord 2", "Noord", 10.0, 15), ("Zuid 1", "Zuid", 4.0, None)]
    rows = []
    for name, _, now, amount in teams:
        rows.append(
            {
                "name": name, "kind": "wijkteam", "unit": "fte", "now": now, "amount": amount or "",
                "not_distinguishable": "21 23", "met": 0.935, "met_at_least_95": 0.9, "certified": name == "Noord 1",
                "met_with_one_less": 0.88, **spread("share", 0.9), **spread("wait_weeks", 1.5),
                "arrivals": 100.0, **spread("backlog", 30.0), "in_time_per_extra": 6.6, "in_time_per_extra_low_90": 1.4,
                "in_time_per_extra_high_90": 11.8, "nearest_share": "" if amount else 0.61, "nearest_norm_weeks": "" if amount else 13.0,
            }
        )  # fmt: skip
    write_csv(tmp_path / "size.csv", rows)
    points = [
        {
            "name": n, "kind": "wijkteam", "unit": "fte", "amount": a, **spread("wait_weeks", 30.0 / a), **spread("share", 0.04 * a),
            "met": 0.5,
        }
        for n, *_ in teams for a in (10, 15, 20)
    ]  # fmt: skip
    write_csv(tmp_path / "curves.csv", points)
    change = {f"{c}_change{e}": 12.5 for c in ("arrivals", "starts", "waiting_end") for e in ("", "_low_90", "_high_90")}
    step = {
        "part": "toegang",
        "node": "intake",
        "title": "Vraaganalyse",
        "year": 2027,
        "arrivals": 1000.0,
        "starts": 900.0,
        "waiting_end": 80.0,
    }
    write_csv(tmp_path / "chain.csv", [step | change | {"share_now": 0.2, "share": 0.9}])
    record = GIVEN | {
        "command": "size", "kind": "wijkteam", "scenario": "autonoom", "share": 0.9, "confidence": 0.9, "clock": "to_start",
        "norm": "6 weken", "norm_weeks": 6.0, "sites": {n: g for n, g, *_ in teams},
        "tiles": {"Noord": [0, 0], "Zuid": [0, 1], "Oost": [1, 0]},
    }  # fmt: skip
    (tmp_path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return tmp_path


@pytest.fixture
def package(tmp_path: Path) -> Path:
    ends = {f"saving_{e}_euro": x for e, x in (("low", 2e6), ("high", 6e6))} | {
        f"predicted_{e}_euro": x for e, x in (("low", -1e6), ("high", 9e6))
    }
    option = {"number": 1, "measures": "korter", "saving_euro": 4.2e6, **ends, "measures_cost_euro": 5e5, "waits_person_weeks": 2500.0}
    option |= {"waits_low_person_weeks": 1000.0, "waits_high_person_weeks": 4000.0, "chance": 0.4, "chance_low": 0.2, "chance_high": 0.6}
    option |= {"chance_saving": 0.5, "chance_norms": 0.8, "sure_saving_euro": "", "worst_norm": "intake=-0.1", "worst_norm_broken": 0.2}
    write_csv(tmp_path / "packages.csv", [option])
    carrier = {
        "measure": "korter",
        "share_euro": 4.2e6,
        "alone_euro": 4.2e6,
        "alone_low_euro": 2e6,
        "alone_high_euro": 6e6,
        "last_euro": 4.2e6,
    }
    write_csv(tmp_path / "carriers.csv", [carrier | {"last_low_euro": 2e6, "last_high_euro": 6e6, "chance_without": 0.0, "needed": 2.4}])
    write_csv(tmp_path / "facts.csv", [{"fact": HOSTILE, "worth_euro": 1.5e6, "noise_euro": 1.2e6, "correlation": 0.1}])
    write_csv(tmp_path / "figures" / "frontier.csv", [{"on_frontier": "False", "saving_euro": 1e6, "waits_person_weeks": 5000.0}])
    record = GIVEN | {"command": "package", "baseline": "autonoom", "saving": 1e7, "certainty": 0.8}
    record["sentences"] = {"nl": ["Niet te halen."], "en": ["Out of reach."]}
    (tmp_path / "package.json").write_text(json.dumps(record), encoding="utf-8")
    return tmp_path


def page_of(folder: Path, lang: str | None = None) -> tuple[str, Page]:
    (page,) = [f for f in rebuild(folder, lang=lang) if f.suffix == ".html"]
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "\u202e" not in text
    assert not re.search(r"https?://(?!www\.w3\.org)", text)
    made = Page(text)
    assert made.open == []
    assert len(made.ids) == len(set(made.ids))
    return text, made


def test_a_sizing_is_a_page_with_its_numbers_curves_and_map(sizing: Path) -> None:
    text, page = page_of(sizing)
    assert "37 fte nodig, nu 21" in text  # of the teams that can meet it
    assert "Zuid 1" in text
    assert "hoogstens 61%" in text
    row = page.row("antwoord-tabel", "Noord 1")
    assert row[:5] == ["11", "22", "21, 23", "94%", "90%"]
    assert page.row("wait-per-capacity-tabel", "15")[0].startswith("2,0")
    assert page.row("keten-tabel", "Vraaganalyse")[1].startswith("+1")
    assert {"kaart", "wait-per-capacity", "share-per-capacity"} <= set(page.ids)
    assert {"kaart.svg", "share-per-capacity.png"} <= {f.name for f in (sizing / "figures").iterdir()}


def test_a_package_is_a_page_with_its_sentences_frontier_and_carriers(package: Path) -> None:
    text, page = page_of(package)
    assert "Niet te halen." in text
    row = page.row("pakketten", "1")
    assert row[0] == "Kortere duur"
    assert row[1] == "4,2|2,0 tot 6,0"
    assert row[-1].startswith("Vraaganalyse|in 20%")
    assert page.row("dragers-tabel", "Kortere duur")[-1] == "240%"
    assert {"frontier", "dragers-figuur"} <= set(page.ids)


def test_both_pages_are_given_in_english(sizing: Path) -> None:
    text, _ = page_of(sizing, "en")
    assert 'lang="en"' in text
    assert "37 fte needed, 21 now" in text
    assert not re.search(r"\b(nodig|wachttijd|weken)\b", re.sub(r"<(style|svg).*?</\1>", "", text, flags=re.S).replace("6 weken", ""))


def test_a_form_it_does_not_have_and_a_broken_table_are_said(sizing: Path) -> None:
    with pytest.raises(InputError, match="no report as xlsx"):
        rebuild(sizing, formats=["xlsx"])
    (sizing / "size.csv").write_text("name,unit\nNoord 1,fte\n", encoding="utf-8")
    with pytest.raises(InputError, match="lacks the columns now, amount"):
        rebuild(sizing)
