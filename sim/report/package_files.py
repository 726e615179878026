"""The answer about packages as files: tables as CSV, the picture of the frontier as SVG and PNG with the numbers it shows, the best
package as a scenario to compare, and a record of what made it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from sim.experiment.record import file_hash, versions, write_bytes, write_json, write_text
from sim.indicators.savings import SPLIT
from sim.packages import Answer, Option
from sim.packages.search import SAVING, WAITS
from sim.report.frontier_chart import FrontierPoint, frontier_chart
from sim.report.notation import Notation
from sim.report.package_page import frontier_words
from sim.report.package_text import sentences
from sim.report.study_info import LANGUAGES
from sim.report.titles import titles_of

COLUMNS = (
    "number", "measures", "saving_euro", "saving_low_euro", "saving_high_euro", "predicted_low_euro", "predicted_high_euro",
    "measures_cost_euro", "waits_person_weeks", "waits_low_person_weeks", "waits_high_person_weeks", "chance", "chance_low", "chance_high",
    "chance_saving", "chance_norms", "sure_saving_euro", "sure_saving_without_norms_euro", "worst_norm", "worst_norm_broken",
    *(f"difference_{part}_euro" for part in SPLIT), "on_frontier_in_resamples",
)  # fmt: skip
CARRIER_COLUMNS = (
    "measure", "share_euro", "alone_euro", "alone_low_euro", "alone_high_euro", "last_euro", "last_low_euro", "last_high_euro",
    "chance_without", "needed",
)  # fmt: skip
FACT_COLUMNS = ("fact", "worth_euro", "noise_euro", "correlation")
FIGURE_COLUMNS = ("number", "measures", "on_frontier", "saving_euro", "saving_low_euro", "saving_high_euro", "waits_person_weeks",
                  "chance", "chance_low", "chance_high")  # fmt: skip


def option_rows(answer: Answer) -> list[dict[str, Any]]:
    """The frontier as plain values under COLUMNS, unrounded; None where there is nothing."""
    return [_option(number, option) for number, option in enumerate(answer.options, 1)]


def _option(number: int, o: Option) -> dict[str, Any]:
    return {
        "number": number, "measures": list(o.measures), "saving_euro": o.mean.value, "saving_low_euro": _finite(o.mean.low),
        "saving_high_euro": _finite(o.mean.high), "predicted_low_euro": _finite(o.predicted.low),
        "predicted_high_euro": _finite(o.predicted.high), "measures_cost_euro": o.cost, "waits_person_weeks": o.waits.value,
        "waits_low_person_weeks": _finite(o.waits.low), "waits_high_person_weeks": _finite(o.waits.high), "chance": o.chance.value,
        "chance_low": o.chance.low, "chance_high": o.chance.high, "chance_saving": o.chance_saving, "chance_norms": o.chance_norms,
        "sure_saving_euro": _finite(o.sure), "sure_saving_without_norms_euro": _finite(o.sure_without_norms), "worst_norm": o.worst_norm,
        "worst_norm_broken": o.broken, **{f"difference_{part}_euro": o.split.get(part) for part in SPLIT},
        "on_frontier_in_resamples": o.member,
    }  # fmt: skip


def carrier_rows(answer: Answer) -> list[dict[str, Any]]:
    """What each measure brings to the best package, under CARRIER_COLUMNS."""
    return [
        {
            "measure": c.measure, "share_euro": c.share, "alone_euro": c.alone.value, "alone_low_euro": _finite(c.alone.low),
            "alone_high_euro": _finite(c.alone.high), "last_euro": c.last.value, "last_low_euro": _finite(c.last.low),
            "last_high_euro": _finite(c.last.high), "chance_without": c.chance_without, "needed": _finite(c.needed),
        }
        for c in answer.carriers
    ]  # fmt: skip


def fact_rows(answer: Answer) -> list[dict[str, Any]]:
    """What is worth finding out, under FACT_COLUMNS, the most first."""
    return [{"fact": f.name, "worth_euro": f.value, "noise_euro": answer.noise, "correlation": f.correlation} for f in answer.facts]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def write_answer(answer: Answer, out: Path, lang: str, made_by: Mapping[str, Any]) -> list[Path]:
    """Write everything to ``out`` and return the files."""
    tables: dict[str, tuple[Sequence[str], list[dict[str, Any]]]] = {
        "packages.csv": (COLUMNS, option_rows(answer)),
        "carriers.csv": (CARRIER_COLUMNS, carrier_rows(answer)),
        "facts.csv": (FACT_COLUMNS, fact_rows(answer)),
    }
    for name, (columns, rows) in tables.items():
        _write_csv(out / name, columns, rows)
    written = [out / name for name in tables]
    write_text(out / "answer.txt", "\n".join(sentences(answer, lang)) + "\n")
    written.append(out / "answer.txt")
    if answer.options:
        written += _write_figure(answer, out / "figures", lang)
        written.append(_write_scenario(answer, out / "pakket.yaml"))
    q = answer.question
    titles = titles_of(q.model, [q.baseline], (*q.must, *q.choices))
    record = {
        **made_by,
        "model_digest": q.model.digest(),
        "ensemble_digest": q.ensemble.digest if q.ensemble else None,
        "measures": {m.name: file_hash(Path(m.file)) for m in (*q.must, *q.choices)},
        "baseline_files": sorted(q.baseline.files.values()),
        "runs": answer.found.runs,
        "packages": answer.found.tried,
        "notes": list(q.notes),
        "sentences": {each: sentences(answer, each, titles) for each in LANGUAGES},
        "titles": titles,
        "versions": versions(),
    }
    write_json(out / "package.json", record)
    return [*written, out / "package.json"]


def _write_scenario(answer: Answer, file: Path) -> Path:
    """The best package as a scenario, to simulate anew with `zorgstroom compare`."""
    best = answer.best
    assert best is not None
    title = " + ".join(best.measures)
    document = {
        "title": {"nl": f"Pakket: {title}", "en": f"Package: {title}"},
        "description": {
            "nl": f"Het pakket met de hoogste kans op {answer.question.saving:.0f} euro besparing in {answer.question.year}.",
            "en": f"The package with the highest chance of saving {answer.question.saving:.0f} euro in {answer.question.year}.",
        },
        "extends": [answer.question.baseline.name],
        "measures": list(best.measures),
    }
    stream = io.StringIO()
    yaml = YAML()
    yaml.width = 100_000
    yaml.dump(document, stream)
    write_text(file, stream.getvalue())
    return file


def _write_figure(answer: Answer, folder: Path, lang: str) -> list[Path]:
    """The frontier, and the packages simulated as often that are beaten."""
    say, found, q = Notation(lang), answer.found, answer.question
    points = [
        FrontierPoint(
            number, (o.mean.value, o.mean.low, o.mean.high), (o.waits.value, o.waits.low, o.waits.high),
            (o.chance.value, o.chance.low, o.chance.high),
        )
        for number, o in enumerate(answer.options, 1)
    ]  # fmt: skip
    beaten = [p for p in range(len(found.masks)) if p not in found.on and found.responses[p, :, SAVING].mean() > 0]
    others = [(float(found.responses[p, :, SAVING].mean()), -float(found.responses[p, :, WAITS].mean())) for p in beaten]
    words = frontier_words(q.year, q.baseline.name, q.saving, q.certainty, say)
    svg, png = frontier_chart(points, others, q.saving, q.certainty, words, say)
    write_text(folder / "frontier.svg", svg)
    write_bytes(folder / "frontier.png", png)
    rows = [{**row, "on_frontier": True} for row in option_rows(answer)]
    for place, (saving, waits) in zip(beaten, others, strict=True):
        chance = float(np.mean(found.reached[place]))
        rows.append({"number": None, "measures": list(q.names(found.masks[place])), "on_frontier": False, "saving_euro": saving,
                     "waits_person_weeks": waits, "chance": chance})  # fmt: skip
    _write_csv(folder / "frontier.csv", FIGURE_COLUMNS, rows)
    return [folder / f"frontier.{suffix}" for suffix in ("svg", "png", "csv")]


def _write_csv(file: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(key)) for key in columns] for row in rows)
    write_text(file, text.getvalue())


def _cell(value: Any) -> Any:
    return "" if value is None else " + ".join(value) if isinstance(value, list) else value
