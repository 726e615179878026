"""``zorgstroom forecast``: demand to come, with bands; and how good the method has been."""

from __future__ import annotations

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
    writable_file,
    writable_folder,
)
from sim.cli.tables import Row, print_table
from sim.errors import Fault, InputError

if TYPE_CHECKING:
    from sim.forecasting import SeriesScore, TopicScore


class Level(StrEnum):
    """Over whom applications are added up."""

    stad = "stad"
    gebied = "gebied"
    leeftijd = "leeftijd"
    cel = "cel"


class Kind(StrEnum):
    """What applications are told apart by."""

    totaal = "totaal"
    groep = "groep"
    product = "product"
    route = "route"


class ExternalAs(StrEnum):
    """What to do with a forecast made elsewhere."""

    beside = "beside"
    replace_ours = "replace"


HEADS = {
    Language.nl: {
        "title": "titel", "gebied": "gebied", "age": "leeftijd", "year": "jaar", "expected": "verwacht", "counted": "geteld",
        "external": "extern",
        "low_50": "50% van", "high_50": "50% tot", "low_80": "80% van", "high_80": "80% tot", "low_95": "95% van", "high_95": "95% tot",
    },
    Language.en: {},
}  # fmt: skip


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: zorgstroom forecast --by route --history tellingen.csv --out results/forecast")(forecast)


def forecast(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="The world whose demand is forecast.")] = "autonoom",
    to: Annotated[int, typer.Option("--to", metavar="YEAR", help="Last year of the forecast.")] = 2035,
    from_year: Annotated[
        int | None, typer.Option("--from", metavar="YEAR", help="First year shown.", show_default="the last year with a source")
    ] = None,
    by: Annotated[
        Kind, typer.Option("--by", help="What to tell apart: all, part of the chain, product first asked for, or route.")
    ] = Kind.groep,
    level: Annotated[
        Level, typer.Option("--level", help="For the city, per gebied, per age group, or per gebied and age group.")
    ] = Level.stad,
    history: Annotated[
        Path | None,
        typer.Option(
            "--history", metavar="FILE.csv", help="Own counts of applications: stroom;jaar;aantal, perhaps gebied;leeftijd;breuk."
        ),
    ] = None,
    population: Annotated[
        Path | None,
        typer.Option("--population", metavar="FILE.csv", help="Own projection of inhabitants: gebied;jaar;personen, perhaps leeftijd."),
    ] = None,
    external: Annotated[
        Path | None,
        typer.Option(
            "--external",
            metavar="FILE.csv",
            help="A forecast made elsewhere: stroom;jaar;aantal, perhaps laag;hoog;eenheid;gebied;leeftijd.",
        ),
    ] = None,
    external_as: Annotated[
        ExternalAs, typer.Option("--external-as", help="Lay the other forecast beside ours, or let it replace ours.")
    ] = ExternalAs.beside,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder for tables and fan charts.")] = None,
    write_scenario: Annotated[
        Path | None,
        typer.Option("--write-scenario", metavar="FILE.yaml", help="Write the forecast as a scenario for `zorgstroom compare`."),
    ] = None,
    evaluate: Annotated[
        bool, typer.Option("--evaluate", help="Instead, score the method on observed series from every year in the past.")
    ] = False,
    each_series: Annotated[bool, typer.Option("--each-series", help="With --evaluate: every series, not every topic.")] = False,
    parameters: ParametersOption = None,
    paths: Annotated[int, typer.Option("--paths", metavar="N", min=100, max=5000, help="Sample paths behind the bands.")] = 1000,
    seed: SeedOption = 1,
    model: ModelOption = None,
    lang: LanguageOption = Language.nl,
    how: FormatOption = Format.table,
) -> None:
    """Forecast applications per year with bands of 50, 80 and 95 per cent, from the very demand the simulator runs on.

    With --history the trend of a stream is fitted to counts, with --population the inhabitants are those of a projection, and --external
    takes a forecast made elsewhere. --evaluate shows how the method did on observed series. docs/forecast.md tells what it rests on.
    """
    if evaluate:
        given = {"--history": history, "--population": population, "--external": external, "--out": out, "--write-scenario": write_scenario}
        faults = [
            Fault(f"{name} has nothing to do with --evaluate", field=name, mend="leave one of the two out")
            for name, file in given.items()
            if file
        ]
        if faults:
            raise InputError(faults)
        _print_evaluation(each_series, paths, seed, how)
        return
    if each_series:
        raise InputError([Fault("--each-series belongs to --evaluate", field="--each-series", mend="add --evaluate, or leave it out")])
    if out is not None:
        refuse_file(out)
    if write_scenario is not None:
        writable_file(write_scenario, ".yaml")
    from sim.cli.progress import shown
    from sim.forecasting import forecast as make
    from sim.model import load_model
    from sim.scenario import load_scenario

    loaded = load_model(model_directory(model))
    world = load_scenario(scenario, library_of(model), loaded)
    with shown("forecasting") as progress:
        made = make(
            loaded, world, to=to, history=history, population=population, external=external, external_as=external_as.value,
            parameters=None if parameters is None else parameters.value, paths=paths, seed=seed, progress=progress,
        )  # fmt: skip
    since = made.known_until if from_year is None else from_year
    if not made.years[0] <= since <= made.years[-1]:
        raise InputError(
            [Fault(f"the forecast does not hold {since}", field="--from", mend=f"choose from {made.years[0]} to {made.years[-1]}")]
        )
    from sim.report.forecast_files import plain, write_forecast

    for note in made.notes:
        print(f"not used: {note}", file=sys.stderr)
    if write_scenario is not None:
        from sim.experiment.record import write_text
        from sim.forecasting import forecast_scenario

        write_text(write_scenario, forecast_scenario(made, scenario))
        print(f"wrote {write_scenario}", file=sys.stderr)
    if out is not None:
        inputs = [file for file in (history, population, external) if file is not None]
        made_by: dict[str, Any] = {
            "command": "forecast", "scenario": scenario, "to": to, "paths": paths, "seed": seed, "level": level.value, "lang": lang.value,
            "external_as": external_as.value, "parameters": made.parameters,
        }  # fmt: skip
        files = write_forecast(made, writable_folder(out), level=level.value, lang=lang.value, made_by=made_by, inputs=inputs)
        print(f"wrote {len(files)} files to {out}", file=sys.stderr)
    rows = [plain(row, lang.value) for row in made.table(by.value, level.value, since)]
    _print_forecast(rows, level, lang, how)


def _print_forecast(rows: list[dict[str, Any]], level: Level, lang: Language, how: Format) -> None:
    from sim.report.forecast_files import COLUMNS

    if how is not Format.table:
        print_table(rows, COLUMNS, how, name="forecast")
        return
    numbers = ("expected", *(c for c in COLUMNS if c.startswith(("low_", "high_"))), "counted", "external")
    shown = [
        "title",
        *(["gebied"] if level in (Level.gebied, Level.cel) else []),
        *(["age"] if level in (Level.leeftijd, Level.cel) else []),
        "year",
    ]
    shown += [column for column in numbers if any(row[column] is not None for row in rows)]
    heads = HEADS[lang]

    def shown_value(row: dict[str, Any], column: str) -> Any:
        if column in numbers:
            return None if row[column] is None else round(row[column])
        return str(row[column])  # a year is a name here, not an amount

    whole = [{heads.get(column, column): shown_value(row, column) for column in shown} for row in rows]
    print_table(whole, [heads.get(c, c) for c in shown], how, name="forecast")


def _print_evaluation(each_series: bool, paths: int, seed: int, how: Format) -> None:
    from sim.cli.progress import shown
    from sim.forecasting import evaluate as score
    from sim.forecasting import load_series

    with shown("evaluating") as progress:
        topics, series = score(load_series(), paths=paths, seed=seed, progress=progress)
    rows = [_series_row(each) for each in series] if each_series else [_topic_row(each) for each in topics]
    if how is Format.table:
        rows = [{key: _shown(key, value) for key, value in row.items()} for row in rows]
    print_table(rows, list(rows[0]), how, name="series" if each_series else "topics", hidden=("source", "doubt"))


def _topic_row(score: TopicScore) -> Row:
    return {
        "topic": score.topic,
        "series": score.series,
        "targets": score.targets,
        "moments": score.moments,
        "mape": score.mape["trend"],
        "mase_naive": score.mase["naive"],
        "mase_drift": score.mase["drift"],
        "mase_ets": score.mase["ets"],
        "crps_naive": score.crps["naive"],
        "crps_drift": score.crps["drift"],
        "crps_ets": score.crps["ets"],
        "cover_50": score.coverage[0],
        "cover_80": score.coverage[1],
        "cover_80_low": score.coverage_80[0],
        "cover_80_high": score.coverage_80[1],
        "cover_95": score.coverage[2],
    }


def _series_row(score: SeriesScore) -> Row:
    return {
        "topic": score.series.topic,
        "series": score.series.name,
        "title": score.series.title,
        "periods": len(score.series),
        "targets": score.targets,
        **{f"mape_{name}": value for name, value in score.mape.items()},
        **{f"mase_{name}": score.mase.get(name) for name in score.mape},
        **{f"crps_{name}": score.crps.get(name) for name in score.mape},
        "cover_80": score.hits[1] / score.targets,
        "source": score.series.source,
        "doubt": score.series.doubt,
    }


def _shown(key: str, value: Any) -> Any:
    """Scores with the decimals that count."""
    if isinstance(value, float):
        return f"{value:.1%}" if key.startswith("mape") else f"{value:.2f}"
    return value
