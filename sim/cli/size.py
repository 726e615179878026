"""``zorgstroom size``: the smallest fte, places or dwellings with which a norm is met; or the best division of a number of fte."""

from __future__ import annotations

import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.choices import (
    Format,
    FormatOption,
    Language,
    LanguageOption,
    ModelOption,
    ParametersOption,
    SeedOption,
    library_of,
    model_directory,
    refuse_file,
    writable_folder,
)
from sim.cli.study import WorkersOption
from sim.cli.tables import print_table

if TYPE_CHECKING:
    from sim.scenario import Library, Scenario
    from sim.sizing.allocate import Division
    from sim.sizing.answer import Sizing


class Clock(StrEnum):
    """Up to when a norm runs."""

    start = "start"
    end = "end"


HEADS = {
    Language.nl: {
        "name": "team", "unit": "eenheid", "now": "nu", "amount": "nodig", "not_distinguishable": "niet te onderscheiden", "met": "kans",
        "met_at_least": "minstens", "met_with_one_less": "kans met een minder", "share": "aandeel", "wait_weeks": "wacht (weken)",
        "backlog": "wachtlijst bij begin (personen)", "arrivals": "aanmeldingen per jaar",
        "in_time_per_extra": "op tijd per extra, per jaar", "best": "beste",
        "proportional": "naar rato", "share_proportional": "aandeel naar rato", "in_time_more": "meer op tijd",
    },
    Language.en: {},
}  # fmt: skip
SHOWN = {
    "name": None, "unit": None, "now": 1, "amount": None, "not_distinguishable": None, "met": 2, "met_at_least": 2, "met_with_one_less": 2,
    "share": 2, "wait_weeks": 1, "arrivals": 0, "backlog": 0, "in_time_per_extra": 1,
}  # fmt: skip
"""Columns of the table for people, and their decimals."""


def register(app: typer.Typer) -> None:
    app.command(epilog='Example: zorgstroom size wijkteam --norm "6 weken" --share 0.9 --year 2027 --out results/size')(size)


def size(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="A kind of team, a node, a supply or a part of the chain.")],
    year: Annotated[int, typer.Option("--year", metavar="YEAR", help="Those who arrive in this year count.")],
    norm: Annotated[
        str | None, typer.Option("--norm", metavar="TEXT", help="How long at most: '6 weken'.", show_default="the norms of the model")
    ] = None,
    share: Annotated[float, typer.Option("--share", metavar="SHARE", help="Share of them that has to meet the norm.")] = 0.9,
    confidence: Annotated[
        float, typer.Option("--confidence", metavar="P", help="Probability with which a team meets it, over chance and what is not known.")
    ] = 0.9,
    clock: Annotated[Clock, typer.Option("--clock", help="Whether the norm runs to the start or to the end of the visit.")] = Clock.start,
    from_year: Annotated[
        int | None,
        typer.Option("--from", metavar="YEAR", help="From its first day on the capacities hold.", show_default="the year before"),
    ] = None,
    budget_fte: Annotated[
        int | None,
        typer.Option("--budget-fte", metavar="N", min=1, help="Instead, divide so many fte over the teams for the best outcome."),
    ] = None,
    floor: Annotated[
        float,
        typer.Option("--floor", metavar="SHARE", min=0.0, max=1.0, help="With --budget-fte: what a team keeps of its proportional fte."),
    ] = 0.9,
    scenario: Annotated[str, typer.Option("--scenario", metavar="SCENARIO", help="The world to look in.")] = "autonoom",
    parameters: ParametersOption = None,
    replications: Annotated[
        int, typer.Option("--replications", metavar="N", min=1, help="How many the search has, and again the certification.")
    ] = 200,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out curves, sensitivity and the rest of the chain.")] = False,
    model: ModelOption = None,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for tables, curves and scenarios for `zorgstroom compare`.")
    ] = None,
    lang: LanguageOption = Language.nl,
    how: FormatOption = Format.table,
) -> None:
    """The smallest capacity per team with which so many of those who arrive in a year are helped within the norm.

    Who reneges counts as failed. All teams are searched at once, in the whole chain, and what is found is certified on fresh seeds.
    docs/size.md tells what the answer means.
    """
    if out is not None:
        refuse_file(out)
    from sim.cli.progress import shown
    from sim.model import load_model
    from sim.scenario import load_scenario
    from sim.sizing.allocate import divide
    from sim.sizing.sizing import size as find

    library = library_of(model)
    loaded = load_model(model_directory(model))
    world = load_scenario(scenario, library, loaded)
    given: dict[str, Any] = {
        "norm": norm, "clock": f"to_{clock.value}", "year": year, "from_year": from_year,
        "parameters": None if parameters is None else parameters.value, "replications": replications, "seed": seed,
    }  # fmt: skip
    made_by = {"command": "size", "kind": kind, "scenario": scenario, **given, "share": share, "confidence": confidence}
    with shown("sizing") as progress:
        if budget_fte is not None:
            division = divide(loaded, world, kind, budget_fte, **given, floor=floor, workers=workers, progress=progress)
        else:
            sizing = find(
                loaded, world, kind, **given, share=share, confidence=confidence, workers=workers, around=not quick, progress=progress
            )
    from sim.report.sizing_files import write_division, write_sizing

    if out is not None:
        base = _beside(scenario, world, library, writable_folder(out))
        made_by |= {"budget_fte": budget_fte, "floor": floor, "quick": quick, "lang": lang.value}
        if budget_fte is not None:
            files = write_division(division, out, base, made_by)
        else:
            files = write_sizing(sizing, out, lang.value, base, made_by)
        print(f"wrote {len(files)} files to {out}", file=sys.stderr)
    if budget_fte is not None:
        _print_division(division, lang, how)
    else:
        _print_sizing(sizing, lang, how)


def _beside(name: str, scenario: Scenario, library: Library, out: Path) -> str:
    """What the scenarios written extend: a name of the library, or a copy beside them of a file of one's own."""
    if name in library.scenarios:
        return name
    file = Path(scenario.file)
    if file.resolve().parent != out.resolve():
        shutil.copyfile(file, out / file.name)
    return file.stem


def _print_sizing(sizing: Sizing, lang: Language, how: Format) -> None:
    from sim.report.sizing_files import norm_text, plain_row

    rows = [plain_row(sizing, row) for row in sizing.rows]
    if how is Format.table:
        people = [_for_people(row, lang) for row in rows]
        if not sizing.curves:
            for cells in people:
                del cells["in_time_per_extra"]
        _print_named(people, lang, "size")
    else:
        print_table(rows, list(rows[0]), how, name="size")
    question, found = sizing.question, [row for row in sizing.rows if row.amount is not None]
    asked = (
        f"{question.share:.0%} {norm_text(question, 'en')} of those who arrive in {question.year}, with probability {question.confidence:g}"
    )
    if found:
        unit, now = found[0].lever.unit, sum(row.lever.now for row in found)
        sure = sum(row.certified(question.confidence) for row in found)
        _say(f"{asked}: {sum(row.amount or 0 for row in found)} {unit} from {question.since} on, {now:g} now")
        _say(f"{sure} of {len(found)} are certain at the 95% level; the others met it in fresh runs as often as such a probability may")
    for row in sizing.rows:
        if row.amount is None:
            _say(f"{row.lever.name}: {asked} cannot be met with any capacity")
            nearest = f"nearest: {row.nearest_share:.0%} within this norm" if row.nearest_share else "nobody is helped within this norm"
            weeks = f", or a norm of {sizing.nearest_weeks} weeks for {question.share:.0%}" if sizing.nearest_weeks else ""
            _say(f"  {nearest}{weeks}")
    _say(f"{sizing.runs} simulations, {sizing.replications} replications, parameters: {sizing.parameters}")


def _for_people(row: dict[str, Any], lang: Language) -> dict[str, Any]:
    """A row of the answer with the columns and decimals that people read."""
    from sim.report.notation import in_runs

    given = row | {"met_at_least": row["met_at_least_95"], "not_distinguishable": in_runs(row["not_distinguishable"])}
    given |= {column: row[f"{column}_mean"] for column in ("share", "wait_weeks", "backlog")}
    if row["amount"] is None:
        given["amount"] = "onhaalbaar" if lang is Language.nl else "unreachable"
    cells: dict[str, Any] = {}
    for column, decimals in SHOWN.items():
        value = given[column]
        cells[column] = value if decimals is None or value is None else round(value, decimals) if decimals else round(value)
    return cells


def _print_named(rows: list[dict[str, Any]], lang: Language, name: str) -> None:
    """The table for people, its heads in their language."""
    heads = HEADS[lang]
    named = [{heads.get(column, column): value for column, value in row.items()} for row in rows]
    print_table(named, list(named[0]), Format.table, name=name)


def _print_division(division: Division, lang: Language, how: Format) -> None:
    from sim.report.sizing_files import plain_part

    rows = [plain_part(part) for part in division.parts]
    if how is Format.table:
        people = []
        for row in rows:
            shares = {column: round(row[f"{column}_mean"], 2) for column in ("share_proportional", "share")}
            whole = {column: row[column] for column in ("name", "now", "proportional", "best")}
            people.append(whole | shares | {"in_time_more": round(row["in_time_more"], 1)})
        _print_named(people, lang, "division")
    else:
        print_table(rows, list(rows[0]), how, name="division")
    gain = division.gain
    _say(f"of {division.persons:.0f} persons a year {division.in_time:.0f} in time, {division.in_time_proportional:.0f} in proportion")
    verdict = "better" if gain.low > 0 else "worse" if gain.high < 0 else "no difference that can be told from chance"
    _say(f"{gain.value:+.1f} persons a year ({gain.low:+.1f} to {gain.high:+.1f}, 90% interval of the mean, same seeds): {verdict}")


def _say(text: str) -> None:
    print(f"zorgstroom: {text}", file=sys.stderr, flush=True)
