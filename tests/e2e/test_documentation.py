"""What the README says is true: its examples run, its commands exist, its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
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


def test_links_between_pages_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_public_names_of_the_package_are_there() -> None:
    assert all(getattr(sim, name) is not None for name in sim.__all__)
