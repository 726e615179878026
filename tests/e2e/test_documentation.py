"""What the README says is true: its examples run, its commands exist, its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import Run

import sim

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = {
    "README": re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)[0],
    "sim": textwrap.dedent(re.findall(r"::\n\n(.*?)\n\n\S", sim.__doc__ or "", flags=re.DOTALL)[0]),
}


@pytest.mark.parametrize("where", sorted(EXAMPLES))
def test_the_python_example_runs(where: str) -> None:
    done = subprocess.run([sys.executable, "-c", EXAMPLES[where]], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "inflow" in done.stdout


def test_the_readme_lists_the_commands_there_are(zorgstroom: Run) -> None:
    shown = set(re.findall(r"^│ ([a-z]+) ", zorgstroom(code=2).stdout, flags=re.MULTILINE))
    listed = {row.split()[0] for row in re.findall(r"^\| `([^`]+)` \| ", README.split("## Commands")[1], flags=re.MULTILINE)}
    assert {c for c in listed if not c.endswith("/")} == shown


def pages() -> Iterator[Path]:
    """Every page that a reader may come upon, with those beside the data they describe."""
    for folder in ("docs", "notebooks", "results/reference", "examples", "scenarios", "calibration"):
        yield from (ROOT / folder).rglob("*.md")
    yield ROOT / "README.md"


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page: in small letters, without punctuation, with hyphens for spaces."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"\]\([^)]*\)", "", heading).lower()).replace(" ", "-") for heading in headings}


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in pages():
        for file, anchor in re.findall(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)", without_code(page.read_text(encoding="utf-8"))):
            target = (page.parent / file).resolve() if file else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                broken.append(f"{page.relative_to(ROOT)}: {file}{'#' if anchor else ''}{anchor}")
    assert broken == []


def test_every_page_of_the_documentation_is_in_its_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / link).resolve() for link in re.findall(r"\]\(([^)#:]+)", index.read_text(encoding="utf-8"))}
    assert set((ROOT / "docs").rglob("*.md")) - linked == {index}


def test_the_public_names_of_the_package_are_there() -> None:
    assert all(getattr(sim, name) is not None for name in sim.__all__)
