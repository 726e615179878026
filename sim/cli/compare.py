"""``zorgstroom compare``: simulate scenarios and a baseline, and report the differences."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.choices import (
    EngineOption,
    Format,
    FormatOption,
    Language,
    LanguageOption,
    ModelOption,
    ParametersOption,
    SeedOption,
    StartOption,
    UntilOption,
    known_engine,
    library_of,
    model_directory,
    refuse_file,
)
from sim.cli.study import ClusterOption, DryRunOption, WorkersOption, run_loaded


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: zorgstroom compare boz-2023 boz-pakket --baseline autonoom --until 2030-01-01 --out results/boz")(compare)


def compare(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(metavar="SCENARIO", help="Names of scenarios, or paths to their files.", show_default="the shipped ones"),
    ] = None,
    baseline: Annotated[str, typer.Option("--baseline", metavar="SCENARIO", help="The world the others are compared with.")] = "autonoom",
    model: ModelOption = None,
    start: StartOption = None,
    until: UntilOption = None,
    replications: Annotated[
        int | None, typer.Option("--replications", metavar="N", min=1, help="How often each scenario is simulated.", show_default="8")
    ] = None,
    precision: Annotated[
        float | None,
        typer.Option(
            "--precision",
            metavar="SHARE",
            help="Instead of a number: add replications until the interval of the mean difference is this narrow, relative to the mean.",
        ),
    ] = None,
    indicator: Annotated[str, typer.Option("--indicator", metavar="NAME", help="The difference that --precision is about.")] = "cost",
    period: Annotated[
        int | None, typer.Option("--period", metavar="YEAR", help="The year it is about.", show_default="the whole run")
    ] = None,
    node: Annotated[str, typer.Option("--node", metavar="NODE", help="The node it is about; alle is the whole chain.")] = "alle",
    max_replications: Annotated[
        int, typer.Option("--max-replications", metavar="N", min=1, help="Where --precision stops at the latest; an even number.")
    ] = 100,
    parameters: ParametersOption = None,
    seed: SeedOption = 1,
    engine: EngineOption = "numba",
    workers: WorkersOption = None,
    cluster: ClusterOption = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.")] = Path("results/compare"),
    lang: LanguageOption = Language.nl,
    each_measure: Annotated[bool, typer.Option("--each-measure", help="Also every measure alone, on top of the baseline.")] = False,
    dry_run: DryRunOption = False,
    how: FormatOption = Format.table,
) -> int:
    """Simulate scenarios and a baseline with the same people and the same luck, and write a report of the differences.

    Given again after an interruption, the same command goes on where it stopped. --format is for --dry-run.
    """
    engine = known_engine(engine)
    refuse_file(out)
    directory, library = model_directory(model), library_of(model)
    from sim.experiment.inputs import load_study
    from sim.experiment.spec import marks_of_options, study_of_options

    spec = study_of_options(
        scenarios or [],
        baseline=baseline,
        model=str(directory),
        start=start,
        until=until,
        replications=replications,
        precision=precision,
        indicator=indicator,
        period=period,
        node=node,
        max_replications=max_replications,
        parameters=None if parameters is None else parameters.value,
        seed=seed,
        engine=engine,
        lang=lang.value,
        each_measure=each_measure,
    )
    return run_loaded(load_study(spec, Path(), marks_of_options, library=library), out, workers, cluster, dry_run, how)
