"""Write ``calibration.html`` and ``figures/`` from the files that stand in a folder."""

from __future__ import annotations

from pathlib import Path

from calibration.pages.backtest import backtest
from calibration.pages.context import Context
from calibration.pages.fitted import answer, gebieden, targets
from calibration.pages.limits import limits
from calibration.pages.recovery import recovery
from calibration.pages.unknowns import learnt
from sim import __version__
from sim.experiment.record import write_bytes, write_text
from sim.model import Model
from sim.report.blocks import Chapter, figures
from sim.report.notation import clean
from sim.report.page import document
from sim.report.study_info import Bilingual
from sim.report.tile_map import TileMap

PAGE = "calibration.html"
OURS = ("cijfers-", "kaart-", "geleerd", "terugtoets-", "rangen")  # names of pictures; the folder may hold others


def write_pages(out: Path, model: Model, lang: str = "nl") -> Path:
    """The page on whatever a fit, a backtest and a recovery have written into ``out``; returns its path.

    The same files give the same bytes. Pictures of an earlier page that it has no more are deleted.
    """
    both = {name: Bilingual(part.title.nl, part.title.en) for name, part in model.spec.parts.items()}
    c = Context(out, lang, Bilingual(model.title.nl, model.title.en), both, TileMap.of(model.directory))
    made = chapters(c)
    pictures = {f"{figure.id}.{kind}": content for figure in figures(made) for kind, content in (("svg", figure.svg), ("png", figure.png))}
    folder = out / "figures"
    for old in folder.iterdir() if folder.is_dir() else ():
        if old.suffix in (".svg", ".png") and old.name.startswith(OURS) and old.name not in pictures:
            old.unlink()
    for name, content in pictures.items():
        write_bytes(folder / name, content if isinstance(content, bytes) else content.encode("utf-8"))
    title = clean(c.model.text(lang), 90)
    write_text(out / PAGE, document(lang, c.say("title"), title, c.say("subtitle", model=title), made, __version__))
    return out / PAGE


def chapters(c: Context) -> list[Chapter]:
    """All chapters that have something to show."""
    made = [answer(c), targets(c), gebieden(c), learnt(c), backtest(c), recovery(c), limits(c)]
    return [chapter for chapter in made if chapter.blocks]
