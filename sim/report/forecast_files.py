"""The forecast as files: its tables as CSV, a fan chart per group as SVG and PNG, each with the numbers it shows, and a record of what
made it."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sim.experiment.record import versions, write_json, write_text
from sim.forecasting import Forecast, Row
from sim.forecasting.forecast import BANDS, KINDS
from sim.report.notation import Notation
from sim.report.plots import Fan, fan_charts

KEYS = ("kind", "name", "title", "gebied", "age", "year", "expected", "median")
BAND_KEYS = tuple(f"{end}_{band * 100:g}" for band in BANDS for end in ("low", "high"))
COLUMNS = (*KEYS, *BAND_KEYS, "counted", "external", "external_low", "external_high")
LEGEND = {
    "nl": ("verwacht", *(f"{band * 100:g}%-band" for band in BANDS), "geteld", "extern"),
    "en": ("expected", *(f"{band * 100:g}% band" for band in BANDS), "counted", "external"),
}


def plain(row: Row, lang: str) -> dict[str, Any]:
    """A row as plain values under COLUMNS: applications per year, unrounded."""
    external = row.external or (None, None, None)
    return {
        "kind": row.kind, "name": row.name, "title": row.title_nl if lang == "nl" else row.title_en, "gebied": row.gebied, "age": row.age,
        "year": row.year, "expected": row.expected, "median": row.median,
        **dict(zip(BAND_KEYS, (end for band in row.bands for end in band), strict=True)),
        "counted": row.observed, "external": external[0], "external_low": external[1], "external_high": external[2],
    }  # fmt: skip


def write_forecast(forecast: Forecast, out: Path, *, level: str, lang: str, made_by: dict[str, Any], inputs: Iterable[Path]) -> list[Path]:
    """Write everything to ``out`` and return the files: ``forecast.csv`` (every kind at ``level``), ``figures/``, ``run.json``."""
    written = [out / "forecast.csv"]
    _write_csv(written[0], [plain(row, lang) for kind in KINDS for row in forecast.table(kind, level)])
    rows = {kind: list(forecast.table(kind, "stad")) for kind in ("groep", "product", "route")}
    group_of = {product.name: product.group for product in forecast.demand.products}
    for name, whole in _by_name(rows["groep"]):
        parts = [each for product, each in _by_name(rows["product"]) if group_of[product] == name]
        written += _write_figure(forecast, out / "figures", f"fan-{name}", [whole, *(parts if len(parts) > 1 else [])], lang)
    written += _write_figure(forecast, out / "figures", "fan-routes", [each for _, each in _by_name(rows["route"])], lang)
    files = sorted({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in inputs}.items())
    record = {
        **made_by,
        "model_digest": forecast.demand.model.digest(),
        "inputs": dict(files),
        "versions": versions(),
        "notes": list(forecast.notes),
    }
    write_json(out / "run.json", record)
    return [*written, out / "run.json"]


def _by_name(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.name, []).append(row)
    return list(found.items())


def _write_figure(forecast: Forecast, folder: Path, name: str, series: Sequence[Sequence[Row]], lang: str) -> list[Path]:
    """A figure as SVG and PNG, and what it shows as CSV."""
    fans = [_fan(rows, lang) for rows in series]
    years = [row.year for row in series[0]]
    svg, png = fan_charts(fans, years, LEGEND[lang], Notation(lang), known_until=forecast.known_until)
    write_text(folder / f"{name}.svg", svg)
    (folder / f"{name}.png").write_bytes(png)
    _write_csv(folder / f"{name}.csv", [plain(row, lang) for rows in series for row in rows])
    return [folder / f"{name}.{suffix}" for suffix in ("svg", "png", "csv")]


def _fan(rows: Sequence[Row], lang: str) -> Fan:
    return Fan(
        title=rows[0].title_nl if lang == "nl" else rows[0].title_en,
        expected=[row.expected for row in rows],
        bands=[([row.bands[b][0] for row in rows], [row.bands[b][1] for row in rows]) for b in range(len(BANDS))],
        counted=[(row.year, row.observed) for row in rows if row.observed is not None],
        external=[(row.year, row.external[0]) for row in rows if row.external is not None],
    )


def _write_csv(file: Path, rows: Iterable[dict[str, Any]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(["" if row[key] is None else row[key] for key in COLUMNS] for row in rows)
    write_text(file, text.getvalue())
