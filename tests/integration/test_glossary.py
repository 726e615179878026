"""The glossary has every name a reader meets in tables and reports, with the title or label the product shows."""

from __future__ import annotations

import re

import pytest

from sim.data import base_model
from sim.indicators import COLUMNS
from sim.model import load_model

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def entries(request: pytest.FixtureRequest) -> dict[str, str]:
    """Names in backticks, with the line they are on."""
    text = (request.config.rootpath / "docs" / "glossary.md").read_text(encoding="utf-8")
    return {name: line for line in text.splitlines() if line.startswith("| ") for name in re.findall(r"`(\w+)`", line)}


def test_the_glossary_has_every_step_part_and_exit_of_the_city(entries: dict[str, str]) -> None:
    model = load_model(base_model()).spec
    assert {*model.nodes, *model.parts, *model.exits} - entries.keys() == set()


def test_the_glossary_has_every_indicator_with_its_label(entries: dict[str, str]) -> None:
    missing = [c.name for c in COLUMNS if c.name not in entries or f"| {c.label_nl} |" not in entries[c.name]]
    assert missing == []
