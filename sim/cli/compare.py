"""``zorgstroom compare``: simulate scenarios and a baseline, and report the differences."""

from __future__ import annotations

import json
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
    refuse_file,
)


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
    replications: Annotated[int, typer.Option("--replications", metavar="N", min=1, help="How often each scenario is simulated.")] = 8,
    seed: SeedOption = 1,
    engine: EngineOption = "numba",
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
    refuse_file(out)
    from sim.cli.progress import shown
    from sim.report.compare import compare as compare_scenarios

    with shown("simulating") as progress:
        report = compare_scenarios(
            scenarios or (),
            baseline=baseline,
            model=model_directory(model),
            library=library_of(model),
            start=start,
            until=until,
            replications=replications,
            seed=seed,
            engine=engine,
            workers=workers,
            out=out,
            lang=lang.value,
            each_measure=each_measure,
            progress=progress,
        )
    print(report)
    return _tell_failures(out / "run.json")


def _tell_failures(record: Path) -> int:
    """Say which cells failed; 1 if any did."""
    failed = json.loads(record.read_text(encoding="utf-8"))["failed"]
    for cell in failed:
        print(f"failed: {cell}", file=sys.stderr)
    if failed:
        print(f"zorgstroom: {len(failed)} cells failed; the report rests on the others", file=sys.stderr)
    return int(bool(failed))
