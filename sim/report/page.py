"""The HTML page: one file, no script, no request to any host; every text escaped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sim.report.blocks import Chapter, Figure, Row
from sim.report.context import Context
from sim.report.notation import clean
from sim.report.plots import inline
from sim.report.wording import say

TEMPLATES = Path(__file__).parent / "templates"


def page(context: Context, chapters: Sequence[Chapter], theme: str = "") -> str:
    """The whole report as HTML; ``theme`` holds style rules laid over its own."""
    info, notation = context.info, context.notation
    subtitle = context.say(
        "subtitle", model=context.text(info.model_title), start=notation.date(info.start), until=notation.date(info.until),
        baseline=context.title(info.baseline), n=context.results.replications,
    )  # fmt: skip
    title = context.say("title")
    return document(context.lang, title, context.text(info.model_title), subtitle, chapters, info.package_version, theme)


def document(lang: str, title: str, model: str, subtitle: str, chapters: Sequence[Chapter], version: str, theme: str = "") -> str:
    """Chapters as one self-contained page in the report's dress; ``model`` stands behind the title in the window's name."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    environment.globals.update(say=partial(say, lang), kind_of=lambda block: type(block).__name__, grouped=_grouped, drawing=_drawing)
    return environment.get_template("report.html.j2").render(
        lang=lang,
        chapters=chapters,
        title=title,
        subtitle=subtitle,
        model=model,
        version=clean(version),
        css=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8") + theme),
    )


def _grouped(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    return [(group, list(members)) for group, members in groupby(rows, key=lambda row: row.group)]


def _drawing(figure: Figure) -> Markup:
    return Markup(inline(figure.svg, figure.id, figure.alt))
