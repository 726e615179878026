"""What tests want to know of a page of the report, and the page as text that a reviewer can read."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "path", "use", "rect", "col"}
SKIPPED = ("style", "title", "svg")


class Page(HTMLParser):
    """Ids, tags, headings and tables of a page; ``open`` holds tags that were never closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.headings: list[int] = []
        self.open: list[str] = []
        self._table = ""
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = dict(attrs)
        self.tags.append((tag, a))
        if a.get("id"):
            self.ids.append(str(a["id"]))
        if re.fullmatch(r"h\d", tag):
            self.headings.append(int(tag[1]))
        if tag == "table":
            self._table = str(a["id"])
            self.tables[self._table] = []
        if tag == "tr" and self._table:
            self.tables[self._table].append([])
        if tag in ("td", "th"):
            self.tables[self._table][-1].append("")
            self._cell = True
        if tag == "small" and self._cell:
            self.tables[self._table][-1][-1] += "|"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag
        if tag in ("td", "th"):
            self._cell = False
        if tag == "table":
            self._table = ""

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.tables[self._table][-1][-1] += data

    def row(self, table: str, head: str) -> list[str]:
        return next(r[1:] for r in self.tables[table] if r and r[0] == head)


class _Text(HTMLParser):
    """Headings, sentences and tables in Markdown, in page order; pictures by what is said of them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._stack: list[str] = []
        self._cells: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "svg":
            self.lines.append(f"[figure: {dict(attrs).get('aria-label')}]")
        if tag not in VOID:
            self._stack.append(tag)
        if tag in ("h1", "h2", "h3", "h4"):
            self.lines += ["", "#" * int(tag[1]) + " "]
        elif tag == "li":
            self.lines.append("- ")
        elif tag in ("p", "caption", "summary", "figcaption"):
            self.lines += ["", {"caption": "Table: ", "summary": "> ", "figcaption": "Figure: "}.get(tag, "")]
        elif tag == "tr":
            self._cells = []
        elif tag in ("td", "th"):
            self._cells.append("")
        elif tag == "small":
            self._cells[-1] += " ("

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        self._stack.pop()
        if tag == "small":
            self._cells[-1] += ")"
        elif tag == "tr":
            self.lines.append("| " + " | ".join(self._cells) + " |")
        elif tag == "caption":
            self.lines.append("")

    def handle_data(self, data: str) -> None:
        if any(tag in self._stack for tag in SKIPPED) or not data.strip():
            return
        if "td" in self._stack or "th" in self._stack:
            self._cells[-1] += data
        elif self.lines:
            self.lines[-1] += data.replace("\n", " ")


def page_as_text(html: str) -> str:
    """A page as Markdown, for a snapshot whose differences can be read."""
    lines = [" ".join(line.split()) if not line.startswith("#") else line.rstrip() for line in _Text(html).lines]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def dutch(text: str) -> float:
    """A Dutch number in a text, without mark, unit and interval."""
    bare = re.sub(r"[^\d,−]", "", text.split("|")[0])
    return float(bare.replace("−", "-").replace(",", "."))
