"""The notebooks run, and their pages show what comes out of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from documentation import notebooks

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("name", notebooks.ORDER)
def test_a_notebook_runs_and_its_page_shows_what_came_out(name: str, tmp_path: Path) -> None:
    made = notebooks.render(name, notebooks.execute(name, tmp_path))
    written = notebooks.page_of(name).read_text(encoding="utf-8")
    assert made.text == written, f"docs/notebooks/{name}.md is stale: python3 zorgstroom.py docs {name}"
    assert sorted(made.pictures) == sorted(p.name for p in notebooks.PAGES.glob(f"{name}-*.png"))
    assert list(tmp_path.iterdir()) == [], "a notebook leaves nothing behind"


def test_every_notebook_is_in_the_index() -> None:
    assert {file.stem for file in notebooks.SOURCES.glob("*.py")} == set(notebooks.ORDER)
    index = (notebooks.SOURCES / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[(\w+)\.py\]", index, flags=re.MULTILINE) == list(notebooks.ORDER)
