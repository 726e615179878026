"""Commands that look and change nothing: validate, list, explain, schema."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import date
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
)
from sim.cli.study import WorkersOption
from sim.cli.tables import Row, print_table
from sim.errors import Fault, InputError, listing

if TYPE_CHECKING:
    from sim.model import Parameter, Series
    from sim.scenario import Span


class SchemaKind(StrEnum):
    """The formats of files."""

    model = "model"
    measure = "measure"
    scenario = "scenario"
    study = "study"


class Kind(StrEnum):
    """What ``zorgstroom list`` lists."""

    scenarios = "scenarios"
    measures = "measures"
    nodes = "nodes"
    parameters = "parameters"


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: zorgstroom validate scenarios/rotterdam scenarios/boz-pakket.yaml")(validate)
    app.command("list", epilog="Example: zorgstroom list parameters --format csv > parameters.csv")(list_)
    app.command(epilog="Example: zorgstroom explain boz-2023 --lang en")(explain)
    app.command(epilog="Example: zorgstroom schema > zorgstroom.schema.json")(schema)


def validate(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Model folders, measures, scenarios, folders that hold them, or names.", show_default=False),
    ],
    model: ModelOption = None,
) -> None:
    """Check models, measures and scenarios; say every fault with file, line, field, nearest valid name and how to mend it.

    Measures and scenarios are checked against the model they stand beside, otherwise against --model.
    """
    from sim.model import examine_model, load_model
    from sim.scenario import validate as find_faults

    # the shipped model is only there to check against; its own faults are not the user's
    beside = load_model(model_directory(model)) if model else examine_model(model_directory(None))[0]
    faults = find_faults(paths, library_of(model), beside)
    if faults:
        raise InputError(faults)
    print(f"no faults in {listing(paths)}")


def explain(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="Name of a scenario, or path to its file; with --break-even also of a measure.")
    ],
    model: ModelOption = None,
    break_even: Annotated[
        float | None,
        typer.Option("--break-even", metavar="EURO", help="Instead: how large its effects must be to save this much in --year."),
    ] = None,
    year: Annotated[int | None, typer.Option("--year", metavar="YEAR", help="With --break-even: the year of the saving.")] = None,
    baseline: Annotated[
        str, typer.Option("--baseline", metavar="SCENARIO", help="With --break-even: the world without it.")
    ] = "huidig-beleid",
    replications: Annotated[
        int, typer.Option("--replications", metavar="N", min=3, help="With --break-even: draws of what is not known.")
    ] = 12,
    parameters: ParametersOption = None,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    lang: LanguageOption = Language.nl,
    how: FormatOption = Format.table,
) -> None:
    """Print every dated difference between a scenario and the base model, with its band and source.

    base is the value without the scenario in the month of start; low, mode and high are what this one effect makes of it at full size.
    With --break-even it is simulated how many times as large the intended effects must be for the saving asked, net of its own cost.
    """
    if break_even is not None or year is not None:
        if break_even is None or year is None or not 0 < break_even < math.inf:
            what = "--break-even takes a saving above 0 and the --year it is about"
            raise InputError([Fault(what, field="--break-even", mend="write for example --break-even 5e6 --year 2027")])
        from sim.cli.break_even import print_break_even

        chosen = None if parameters is None else parameters.value
        print_break_even(scenario, break_even, year, baseline, replications, chosen, seed, workers, model, lang, how)
        return
    from sim.model import load_model
    from sim.scenario import explain as differences
    from sim.scenario import load_scenario

    loaded = load_model(model_directory(model))
    rows = [
        {
            "start": each.start.isoformat(),
            "until": each.until.isoformat() if each.until else None,
            "ramp_months": each.ramp,
            "measure": each.measure,
            "path": each.path,
            "scope": str(each.scope),
            "base": _span(each.base),
            "low": _span(each.low),
            "mode": _span(each.mode),
            "high": _span(each.high),
            "unit": each.unit,
            "op": each.op,
            "role": each.role,
            "evidence": each.evidence,
            "source": each.source,
            "file": each.file,
            "line": each.line,
        }
        for each in differences(loaded, load_scenario(scenario, library_of(model), loaded))
    ]
    columns = ("start", "until", "ramp_months", "measure", "path", "scope", "base", "low", "mode", "high", "unit", "op", "role", "evidence")
    hidden = ("until", "ramp_months", "op", "role", "file", "line")
    print_table(rows, (*columns, "source", "file", "line"), how, name="differences", hidden=hidden)


def schema(
    kind: Annotated[
        SchemaKind | None, typer.Argument(metavar="model|measure|scenario|study", help="One of the formats.", show_default="all four")
    ] = None,
) -> None:
    """Print the JSON Schema of the files, for editors that check while you type."""
    from sim.model.json_schema import schema as all_schemas

    schemas = all_schemas()
    print(json.dumps(schemas[kind] if kind else schemas, ensure_ascii=False, indent=1))


def list_(
    kind: Annotated[Kind, typer.Argument(metavar="scenarios|measures|nodes|parameters", help="What to list.")],
    model: ModelOption = None,
    lang: LanguageOption = Language.nl,
    how: FormatOption = Format.table,
) -> None:
    """List what there is: scenarios, measures, nodes of the model, or its parameters with unit, kind, band and source."""
    columns, hidden, rows = _LISTS[kind](model, lang)
    print_table(rows, columns, how, name=kind, hidden=hidden)


Listing = tuple[tuple[str, ...], tuple[str, ...], list[Row]]  # columns, those left out for people, rows


def _scenarios(model: Path | None, lang: str) -> Listing:
    from sim.scenario import load_scenario

    library = library_of(model)
    rows: list[Row] = []
    for name in library.scenarios:
        scenario = load_scenario(name, library)
        rows.append(
            {
                "name": name,
                "title": scenario.title.text(lang),
                "extends": list(scenario.extends),
                "measures": [measure.name for measure in scenario.measures],
                "deltas": len(scenario.deltas),
                "description": scenario.description.text(lang),
                "file": scenario.file,
            }
        )
    return ("name", "title", "extends", "measures", "deltas", "description", "file"), ("measures", "deltas", "file"), rows


def _measures(model: Path | None, lang: str) -> Listing:
    from sim.scenario import load_measure

    library = library_of(model)
    rows: list[Row] = []
    for name in library.measures:
        measure = load_measure(library.measure_file(name))
        cost = measure.cost
        rows.append(
            {
                "name": name,
                "title": measure.title.text(lang),
                "programme": measure.programme,
                "status": measure.status,
                "start": measure.start.isoformat(),
                "until": measure.until.isoformat() if measure.until else None,
                "ramp_months": measure.ramp,
                "scope": str(measure.scope),
                "effects": len(measure.effects),
                "evidence": sorted({effect.evidence for effect in measure.effects}),
                "cost": _series(cost.amount, 1.0) if cost else None,
                "cost_unit": ("euro, once" if cost.once else "euro per year") if cost else None,
                "description": measure.description.text(lang),
                "source": measure.source,
                "file": measure.file,
            }
        )
    columns = ("name", "title", "programme", "status", "start", "until", "ramp_months", "scope", "effects", "evidence", "cost", "cost_unit")
    return (*columns, "description", "source", "file"), ("until", "scope", "cost_unit", "description", "source", "file"), rows


def _nodes(model: Path | None, lang: str) -> Listing:
    from sim.model import load_model

    loaded = load_model(model_directory(model))
    rows: list[Row] = []
    for name, node in loaded.spec.nodes.items():
        sites = loaded.sites_of_team(node.team)
        part = loaded.spec.parts[node.part]
        within = loaded.parameters.get(f"nodes.{name}.norm.within")
        rows.append(
            {
                "name": name,
                "title": node.title.text(lang) if node.title else name,
                "part": node.part,
                "part_title": part.title.text(lang) if part.title else node.part,
                "team": node.team,
                "supply": node.supply,
                "sites": len(sites.members) if sites else 1,
                "norm": _value(within) if within else None,
                "norm_unit": within.written_unit if within else None,
                "norm_clock": node.norm.clock if node.norm else None,
                "routes": {route: target.to for route, target in node.routes.items()},
            }
        )
    columns = ("name", "title", "part", "part_title", "team", "supply", "sites", "norm", "norm_unit", "norm_clock", "routes")
    return columns, ("part_title", "supply", "routes"), rows


def _parameters(model: Path | None, lang: str) -> Listing:
    from sim.model import load_model

    loaded = load_model(model_directory(model))
    rows: list[Row] = []
    for parameter in loaded.written_parameters():
        file, line = loaded.location(parameter.path)
        low, high = _band(parameter)
        rows.append(
            {
                "path": parameter.path,
                "value": _value(parameter),
                "unit": parameter.written_unit,
                "low": low,
                "high": high,
                "kind": parameter.kind,
                "by": list(parameter.by),
                "source": parameter.source,
                "file": file,
                "line": line,
            }
        )
    return ("path", "value", "unit", "low", "high", "kind", "by", "source", "file", "line"), ("by", "file", "line"), rows


_LISTS: Mapping[Kind, Callable[[Path | None, str], Listing]] = {
    Kind.scenarios: _scenarios,
    Kind.measures: _measures,
    Kind.nodes: _nodes,
    Kind.parameters: _parameters,
}


def _span(span: Span) -> float | dict[str, float] | None:
    """One number, or the lowest and the highest where the parameter varies; None where it is nobody's."""
    if math.isnan(span.lowest):
        return None
    return span.lowest if span.lowest == span.highest else {"lowest": span.lowest, "highest": span.highest}


def _value(parameter: Parameter) -> Any:
    """The value as written: a number, numbers by date, or either by the names it varies with."""
    if not parameter.by:
        return _series(parameter.values[()], parameter.factor)
    return {" / ".join(key): _series(series, parameter.factor) for key, series in parameter.values.items()}


def _series(series: Series, factor: float) -> float | dict[str, float]:
    if len(series.values) == 1:
        return series.values[0] / factor
    dates = (date(month // 12, month % 12 + 1, 1).isoformat() for month in series.months)
    return {day: value / factor for day, value in zip(dates, series.values, strict=True)}


def _band(parameter: Parameter) -> tuple[float, float]:
    """The outermost bounds over all values, in the unit written."""
    bounds = [parameter.range.around(value) for series in parameter.values.values() for value in series.values]
    return min(low for low, _ in bounds) / parameter.factor, max(high for _, high in bounds) / parameter.factor
