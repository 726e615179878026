"""A sizing as files: its tables as CSV, the curves as SVG and PNG, scenarios for ``zorgstroom compare``, and a record of what made them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.experiment.record import versions, write_bytes, write_json, write_text
from sim.report.curves import Curve, curve_charts
from sim.report.notation import Notation
from sim.report.titles import gebied_of_sites, tiles_of, titles_of
from sim.sizing.allocate import Division
from sim.sizing.answer import CurvePoint, Row, Sizing, Spread
from sim.sizing.certify import LEVEL
from sim.sizing.question import TO_START, Question
from sim.sizing.scenario_file import scenario_text

Plain = dict[str, Any]
LEGEND = {
    "nl": ("gemiddelde", "80% van de herhalingen", "antwoord", "nu", "norm"),
    "en": ("mean", "80% of replications", "answer", "now", "norm"),
}
WAIT_TITLE = {"nl": "Gemiddelde wacht in {year} (weken) tegen {unit}", "en": "Mean wait in {year} (weeks) against {unit}"}
SHARE_TITLE = {"nl": "Aandeel binnen de norm in {year} (%) tegen {unit}", "en": "Share within the norm in {year} (%) against {unit}"}
UNIT_NL = {"fte": "fte", "places": "plekken", "units per month": "stuks per maand"}


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _spread(name: str, spread: Spread) -> Plain:
    return {f"{name}_mean": _number(spread.mean), f"{name}_low_80": _number(spread.low), f"{name}_high_80": _number(spread.high)}


def plain_row(sizing: Sizing, row: Row) -> Plain:
    """The answer for one capacity as plain values: shares as fractions, waits in weeks, persons a year."""
    return {
        "name": row.lever.name, "kind": row.lever.kind, "unit": row.lever.unit, "now": row.lever.now, "amount": row.amount,
        "not_distinguishable": list(row.alike), "met": row.met, "met_at_least_95": row.met_at_least,
        "certified": row.certified(sizing.question.confidence), "met_with_one_less": _number(row.fewer_met),
        **_spread("share", row.share), **_spread("wait_weeks", row.wait), "arrivals": row.persons, **_spread("backlog", row.backlog),
        "in_time_per_extra": _number(row.gain.value), "in_time_per_extra_low_90": _number(row.gain.low),
        "in_time_per_extra_high_90": _number(row.gain.high), "nearest_share": row.nearest_share,
        "nearest_norm_weeks": None if row.amount is not None else sizing.nearest_weeks,
    }  # fmt: skip


def plain_point(point: CurvePoint) -> Plain:
    return {
        "name": point.lever.name, "kind": point.lever.kind, "unit": point.lever.unit, "amount": point.amount,
        **_spread("wait_weeks", point.wait), **_spread("share", point.share), "met": point.met,
    }  # fmt: skip


def plain_part(part: Any) -> Plain:
    """One team of a division."""
    return {
        "name": part.lever.name, "now": part.lever.now, "proportional": part.proportional, "best": part.best,
        **_spread("share_proportional", part.share_proportional), **_spread("share", part.share),
        "in_time_more": part.gain.value, "in_time_more_low_90": _number(part.gain.low), "in_time_more_high_90": _number(part.gain.high),
    }  # fmt: skip


def norm_text(question: Question, lang: str) -> str:
    """The norm as a reader writes it."""
    if question.norm is None:
        return "norm van het model" if lang == "nl" else "norm of the model"
    to_start = question.norm.clock == TO_START
    until = ("gestart" if to_start else "klaar") if lang == "nl" else ("started" if to_start else "done")
    weeks = Notation(lang).weeks(question.norm.weeks, 0 if question.norm.weeks % 1 == 0 else 1)
    return f"{until} {'binnen' if lang == 'nl' else 'within'} {weeks}"


def write_sizing(sizing: Sizing, out: Path, lang: str, extends: str, made_by: Mapping[str, Any]) -> list[Path]:
    """Write everything to ``out`` and return the files. ``extends`` names the scenario the capacities were found in."""
    written = [_csv(out / "size.csv", [plain_row(sizing, row) for row in sizing.rows])]
    if sizing.reachable:
        amounts = [int(row.amount or 0) for row in sizing.rows]
        for name, less in (("formatie", 0), ("formatie-een-minder", 1)):
            given = [max(amount - less, 0) for amount in amounts]
            written.append(out / f"{name}.yaml")
            write_text(
                written[-1],
                scenario_text(sizing.model, sizing.target, sizing.question, given, extends, _titles(sizing, less), _why(sizing)),
            )
    if sizing.curves:
        written.append(_csv(out / "curves.csv", [plain_point(point) for point in sizing.curves]))
        written += _figures(sizing, out / "figures", lang)
    if sizing.sensitivity:
        rows = [
            {
                "case": row.case, "value": row.value, "name": row.lever.name, "amount": row.amount, "same_hands": row.same_hands,
                **_spread("share", row.share), **_spread("wait_weeks", row.wait), "met": row.met,
            }
            for row in sizing.sensitivity
        ]  # fmt: skip
        written.append(_csv(out / "sensitivity.csv", rows))
    if sizing.chain:
        rows = []
        for at in sizing.chain:
            plain: Plain = {"part": at.part, "node": at.kind, "title": at.title, "year": at.year}
            for name, now, change in (
                ("arrivals", at.arrivals, at.arrivals_change), ("starts", at.starts, at.starts_change),
                ("waiting_end", at.waiting, at.waiting_change),
            ):  # fmt: skip
                plain |= {name: now, f"{name}_change": change.value, f"{name}_change_low_90": _number(change.low)}
                plain |= {f"{name}_change_high_90": _number(change.high)}
            rows.append(plain | {"share_now": _number(at.share_now), "share": _number(at.share)})
        written.append(_csv(out / "chain.csv", rows))
    written.append(_record(out, sizing, made_by))
    return written


def write_division(division: Division, out: Path, extends: str, made_by: Mapping[str, Any]) -> list[Path]:
    """Write a division to ``out``: the table, and both divisions as scenarios."""
    written = [_csv(out / "division.csv", [plain_part(part) for part in division.parts])]
    question, target = division.question, division.target
    why = f"zorgstroom size --budget-fte {division.budget}: {norm_text(question, 'nl')}, {question.year}"
    for name, amounts, titles in (
        ("verdeling", [part.best for part in division.parts], ("Beste verdeling", "Best division")),
        ("verdeling-naar-rato", [part.proportional for part in division.parts], ("Verdeling naar rato", "Proportional division")),
    ):
        written.append(out / f"{name}.yaml")
        both = (f"{titles[0]} van {division.budget} fte", f"{titles[1]} of {division.budget} fte")
        write_text(written[-1], scenario_text(division.model, target, question, amounts, extends, both, why))
    written.append(_record(out, division, made_by))
    return written


def _titles(sizing: Sizing, less: int) -> tuple[str, str]:
    question = sizing.question
    nl = f"{sizing.target.asked}: {question.share * 100:g}% {norm_text(question, 'nl')} in {question.year}"
    en = f"{sizing.target.asked}: {question.share * 100:g}% {norm_text(question, 'en')} in {question.year}"
    return (f"{nl}, overal een minder", f"{en}, one less everywhere") if less else (nl, en)


def _why(sizing: Sizing) -> str:
    question = sizing.question
    who = f"van wie zich in {question.year} meldt, kans {question.confidence * 100:g}%"
    return f"zorgstroom size {sizing.target.asked}: {question.share * 100:g}% {norm_text(question, 'nl')} {who}"


def _figures(sizing: Sizing, folder: Path, lang: str) -> Iterable[Path]:
    question, notation = sizing.question, Notation(lang)
    by_lever: dict[str, list[CurvePoint]] = {}
    for point in sizing.curves:
        by_lever.setdefault(f"{point.lever.kind} {point.lever.name}", []).append(point)
    answers = {f"{row.lever.kind} {row.lever.name}": row.amount for row in sizing.rows}
    weeks = None if question.norm is None else question.norm.weeks
    unit = sizing.target.levers[0].unit
    for name, titles, column, norm, scale in (
        ("wait-per-capacity", WAIT_TITLE, "wait", weeks, 1.0), ("share-per-capacity", SHARE_TITLE, "share", question.share * 100, 100.0),
    ):  # fmt: skip
        curves = []
        for key, points in by_lever.items():
            spreads = [getattr(point, column) for point in points]
            curves.append(
                Curve(
                    points[0].lever.name, [point.amount for point in points], [s.mean * scale for s in spreads],
                    [s.low * scale for s in spreads], [s.high * scale for s in spreads], answers[key], points[0].lever.now,
                )
            )  # fmt: skip
        title = titles[lang].format(year=question.year, unit=UNIT_NL[unit] if lang == "nl" else unit)
        svg, png = curve_charts(curves, title, LEGEND[lang], notation, norm=norm)
        write_text(folder / f"{name}.svg", svg)
        write_bytes(folder / f"{name}.png", png)
        yield folder / f"{name}.svg"
        yield folder / f"{name}.png"
        yield _csv(folder / f"{name}.csv", [plain_point(point) for point in sizing.curves])


def _record(out: Path, found: Sizing | Division, made_by: Mapping[str, Any]) -> Path:
    record = {
        **made_by, "parameters": found.parameters, "replications": found.replications, "runs": found.runs, "level_of_bounds": LEVEL,
        "model_digest": found.model.digest(), "scenario_files": {Path(name).name: digest for name, digest in found.scenario.files.items()},
        "norm_weeks": None if found.question.norm is None else found.question.norm.weeks,
        "titles": titles_of(found.model, [found.scenario]), "tiles": tiles_of(found.model),
        "sites": _gebieden(found), "versions": versions(),
    }  # fmt: skip
    write_json(out / "run.json", record)
    return out / "run.json"


def _gebieden(found: Sizing | Division) -> dict[str, str]:
    """The gebied of every capacity whose sites all serve the same one."""
    of = gebied_of_sites(found.model)
    made = {}
    for lever in found.target.levers:
        served = {of.get(site) for site in lever.sites}
        gebied = served.pop() if len(served) == 1 else None
        if gebied is not None:
            made[lever.name] = gebied
    return made


def _csv(file: Path, rows: Sequence[Plain]) -> Path:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(list(rows[0]))
    writer.writerows([_cell(value) for value in row.values()] for row in rows)
    write_text(file, text.getvalue())
    return file


def _cell(value: Any) -> Any:
    return "" if value is None else " ".join(map(str, value)) if isinstance(value, list) else value
