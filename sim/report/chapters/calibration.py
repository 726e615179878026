"""How the model was fitted, for a study that drew its parameters from the fitted ensemble that ships with the base model."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sim.data import calibration_directory
from sim.report.blocks import Block, Bullets, Chapter, Folded, Para
from sim.report.context import Context
from sim.report.fitted import FigureWriter, read_figures

NAME = "posterior.parquet"


def calibration(c: Context, directory: Path | None = None) -> Chapter:
    """Empty where the study did not use the shipped ensemble: its record then holds another hash of ``posterior.parquet``, or none."""
    directory = directory or calibration_directory() / "posterior"
    title = c.say("ch.calibration")
    if not used_ensemble(c, directory) or not (directory / "figures.csv").exists():
        return Chapter("kalibratie", title)
    figures = [f for f in read_figures(directory / "figures.csv") if f.use != "shown"]
    fitted = [f for f in figures if f.fitted]
    writer = FigureWriter(c.lang, c.part)
    blocks: list[Block] = [Para(c.say("fit.intro")), *(Para(told) for told in writer.coverage(fitted)), Para(c.say("fit.not_a_forecast"))]
    outside = writer.outside(fitted)
    if outside:
        blocks += [Para(c.say("fit.outside")), Bullets(tuple(outside))]
    pictures = writer.plates(fitted, "kalibratie")
    if pictures:
        blocks += [pictures[0], Folded(c.say("fit.more_pictures"), tuple(pictures[1:]))] if len(pictures) > 1 else pictures
    if c.info.assumptions:
        blocks.append(Para(c.say("fit.register"), link=(c.say("register.heading"), "register")))
    return Chapter("kalibratie", title, blocks)


def used_ensemble(c: Context, directory: Path) -> bool:
    """Whether the study read the very ensemble that stands in ``directory``."""
    file = directory / NAME
    read = {digest for name, digest in c.info.inputs if name.rpartition("/")[2] == NAME}
    return bool(read) and file.exists() and hashlib.sha256(file.read_bytes()).hexdigest() in read
