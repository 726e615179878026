"""What every chapter of the page needs: the folder with the files of the commands, the language, titles of the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.experiment.paired import mean_interval
from sim.report.fitted import FigureWriter
from sim.report.notation import Notation, clean
from sim.report.study_info import Bilingual
from sim.report.tile_map import TileMap
from sim.report.wording import known, texts_of

SCORE_LEVEL = 0.95  # of intervals of mean scores and of mean coverage
TEXTS = Path(__file__).resolve().parent / "texts.toml"


@dataclass(frozen=True)
class Context:
    """``parts``: titles of the parts of the chain; ``tiles``: where each gebied stands on a map, if the model says so."""

    directory: Path
    lang: str
    model: Bilingual
    parts: Mapping[str, Bilingual]
    tiles: TileMap | None = None

    @property
    def notation(self) -> Notation:
        return Notation(self.lang)

    @cached_property
    def writer(self) -> FigureWriter:
        return FigureWriter(self.lang, self.part)

    def say(self, key: str, **values: object) -> str:
        text = texts_of(TEXTS)[key][self.lang]
        return text.format(**values) if values else text

    def part(self, name: str) -> str:
        if name in self.parts:
            return clean(self.parts[name].text(self.lang), 90)
        return self.say("part.none") if not name else known(self.lang, "whole_chain", name) if name == "alle" else clean(name, 90)

    def unit(self, name: str) -> str:
        return self.say("unit.band") if name == "share of the band" else self.writer.unit(name)

    def file(self, name: str) -> Path | None:
        file = self.directory / name
        return file if file.exists() else None

    def document(self, name: str) -> dict[str, Any] | None:
        """A JSON file of the folder."""
        file = self.file(name)
        return None if file is None else json.loads(file.read_text(encoding="utf-8"))

    def table(self, name: str) -> pd.DataFrame | None:
        """A CSV file of the folder, numbers as they were written."""
        file = self.file(name)
        return None if file is None else pd.read_csv(file, keep_default_na=False, na_values=[""])

    def compare(self, key: str, ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> str:
        """A sentence on two scores of the same figures, less being better: a direction only where the mean difference has one.

        The interval is that of Student's t over figures, at ``SCORE_LEVEL``.
        """
        n = self.notation
        difference = mean_interval(ours - theirs, SCORE_LEVEL)
        way = "better" if difference.high < 0 else "worse" if difference.low > 0 else "unclear"
        values = {"ours": n.number(float(ours.mean()), 2), "theirs": n.number(float(theirs.mean()), 2), "n": n.number(len(ours))}
        return self.say(f"{key}.{way}", **values)


def rows_of(table: pd.DataFrame) -> list[Any]:
    """The rows of a table, columns as attributes."""
    return list(table.itertuples())
