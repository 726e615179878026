"""``zorgstroom compare``: simulate scenarios and a baseline, and report the differences."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.choices import (
    EngineOption,
    Language,
    LanguageOption,
    ModelOption,
    SeedOption,
    StartOption,
    UntilOption,
    known_engine,
    library_of,
    model_directory,
    writable_folder,
)


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: zorgstroom compare boz-2023 boz-pakket --baseline autonoom --until 2030-01-01 --out results/boz")(compare)


def compare(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(metavar="SCENARIO", help="Names of scenarios, or paths to their files.", show_default="all but the baseline"),
    ] = None,
    baseline: Annotated[str, typer.Option("--baseline", metavar="SCENARIO", help="The world the others are compared with.")] = "autonoom",
    model: ModelOption = None,
    start: StartOption = None,
    until: UntilOption = None,
    replications: Annotated[
        int, typer.Option("--replications", metavar="N", min=1, help="How often each scenario is simulated.")
    ] = 4,
    seed: SeedOption = 1,
    engine: EngineOption = "simpy",
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="W", min=1, help="Processes at work at once.", show_default="one per processor")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.")] = Path("results/compare"),
    lang: LanguageOption = Language.nl,
    each_measure: Annotated[bool, typer.Option("--each-measure", help="Also every measure alone, on top of the baseline.")] = False,
) -> int:
    """Simulate scenarios and a baseline with the same people and the same luck, and write a report of the differences.

    Given again after an interruption, the same command goes on where it stopped.
    """
    engine = known_engine(engine)
    from sim import experiment
    from sim.cli.progress import shown

    library = library_of(model)
    names = list(scenarios or (name for name in library.scenarios if name != baseline))
    with shown("simulating") as progress:
        result = experiment.compare(
            names,
            baseline=baseline,
            model=model_directory(model),
            library=library,
            start=start,
            until=until,
            replications=replications,
            seed=seed,
            engine=engine,
            workers=workers,
            out=writable_folder(out),
            lang=lang.value,
            each_measure=each_measure,
            progress=progress,
        )
    print(out / "report.html")
    return 0
