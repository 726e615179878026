"""``zorgstroom package`` and ``explain --break-even`` as a user runs them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from command import Run
from package_model import street

pytestmark = pytest.mark.e2e


def test_an_answer_says_the_same_in_three_formats_and_in_files(zorgstroom: Run, tmp_path: Path) -> None:
    model = street(tmp_path / "model")
    asked = (
        "package", "--saving", 30000, "--year", 2026, "--baseline", "autonoom", "--model", model, "--replications", 4, "--runs", 100,
        "--must", "goedkoper", "--exclude", "sneller", "--exclude", "duurder", "--out", tmp_path / "out", "--workers", 1,
    )  # fmt: skip
    text = zorgstroom(*asked)
    assert "besparing" in text.stdout
    rows = json.loads(zorgstroom(*asked, "--format", "json").stdout)["packages"]
    lines = list(csv.DictReader(io.StringIO(zorgstroom(*asked, "--format", "csv").stdout)))
    assert rows
    assert [float(line["saving_euro"]) for line in lines] == [row["saving_euro"] for row in rows]
    assert {path.suffix for path in (tmp_path / "out" / "figures").iterdir()} == {".svg", ".png", ".csv"}
    zorgstroom("validate", tmp_path / "out" / "pakket.yaml", "--model", model)
    zorgstroom("report", tmp_path / "out", "--lang", "en")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "saving of €0.0 million in 2026" in page  # the sentences in the language asked, not in that of the answer
    assert 'id="frontier"' in page
    needs = zorgstroom(
        "explain", "goedkoper", "--break-even", 39000, "--year", 2026, "--baseline", "autonoom", "--model", model, "--replications", 3,
        "--format", "json",
    )  # fmt: skip
    assert [row["path"] for row in json.loads(needs.stdout)["effects"]] == ["teams.straatteam.cost.price"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("package", "--saving", "1e6", "--year", 2027, "--exclude", "rbokplafond"),
        ("package", "--saving", "1e6", "--year", 2050),
        ("package", "--saving", "1e6", "--year", 2027, "--norm", "vraagan=0.9"),
        ("explain", "tijdelijkheid", "--break-even", "5e6"),
        ("explain", "tijdelijk", "--break-even", "5e6", "--year", 2027),
    ],
)
def test_wrong_input_ends_in_2(zorgstroom: Run, arguments: tuple[object, ...]) -> None:
    assert "zorgstroom" in zorgstroom(*arguments, code=2).stderr
