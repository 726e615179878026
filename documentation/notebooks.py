"""Notebooks: run from their source, and written as a page with what came out.

A source is a Python file in percent format (jupytext). Its page in ``docs/notebooks/`` holds text and code as they are in the source, the
text that each cell printed and the pictures it drew. So a page is stale when its source has changed, or when the numbers have.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "notebooks"
PAGES = ROOT / "docs" / "notebooks"
ORDER = ("first_scenario", "own_measure", "size_a_wijkteam", "read_the_calibration", "own_data", "add_a_node")
TIMEOUT = 600  # seconds for one cell: compiling the engine, once per machine, takes one to two minutes
FROM_SOURCE, FROM_PAGE = "](../docs/", "](../"  # a link from notebooks/, and the same from docs/notebooks/


@dataclass(frozen=True)
class Page:
    """A page as written: its text, and the pictures it shows by file name."""

    text: str
    pictures: Mapping[str, bytes]


def source_of(name: str) -> Path:
    return SOURCES / f"{name}.py"


def page_of(name: str) -> Path:
    return PAGES / f"{name}.md"


def title_of(name: str) -> str:
    """The heading of a notebook."""
    found = re.search(r"^# # (.+)$", source_of(name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert found is not None, f"{name} has no heading"
    return found.group(1)


def execute(name: str, folder: Path) -> Any:
    """Run a notebook from its source in ``folder`` and return it with its outputs. Raises ``CellExecutionError`` where a cell fails."""
    notebook = jupytext.read(source_of(name))
    NotebookClient(notebook, timeout=TIMEOUT, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def render(name: str, notebook: Any) -> Page:
    """A notebook, run or not, as a page."""
    blocks = [f"<!-- Made from notebooks/{name}.py by `python3 zorgstroom.py docs`; change that file. -->"]
    pictures: dict[str, bytes] = {}
    for cell in notebook.cells:
        source = cell.source.strip()
        if cell.cell_type == "markdown":
            blocks.append(source.replace(FROM_SOURCE, FROM_PAGE))
            continue
        blocks.append(f"```python\n{source}\n```")
        printed = "".join(_printed(cell.get("outputs", ()))).rstrip()
        if printed:
            blocks.append(f"```text\n{printed}\n```")
        for picture in _drawn(cell.get("outputs", ())):
            file = f"{name}-{len(pictures) + 1}.png"
            pictures[file] = picture
            blocks.append(f"![{cell.metadata['alt']}]({file})")
    return Page("\n\n".join(blocks) + "\n", pictures)


def _printed(outputs: Iterable[Any]) -> Iterable[str]:
    """What a cell wrote to standard output; pictures bring a text of their own, which says nothing."""
    for output in outputs:
        if output.output_type == "stream" and output.name == "stdout":
            yield output.text
        elif "data" in output and "image/png" not in output.data:
            yield f"{output.data['text/plain']}\n"


def _drawn(outputs: Iterable[Any]) -> Iterable[bytes]:
    for output in outputs:
        if "data" in output and "image/png" in output.data:
            yield base64.b64decode(output.data["image/png"])


def write(name: str, folder: Path) -> None:
    """Run a notebook and write its page and pictures."""
    page = render(name, execute(name, folder))
    PAGES.mkdir(exist_ok=True)
    for old in PAGES.glob(f"{name}-*.png"):
        old.unlink()
    page_of(name).write_text(page.text, encoding="utf-8", newline="\n")
    for file, content in page.pictures.items():
        (PAGES / file).write_bytes(content)
