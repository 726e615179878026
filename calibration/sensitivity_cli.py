"""``zorgstroom sensitivity``: what the figures hang on; ``zorgstroom worth``: what knowing it better is worth."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calibration.loading import plain_rows, problem_of
from sim.cli.choices import Format, FormatOption, ModelOption, SeedOption, refuse_file
from sim.cli.study import ClusterOption, WorkersOption
from sim.cli.tables import print_table
from sim.errors import Fault, InputError

if TYPE_CHECKING:
    from calibration.problem import Problem
    from calibration.settings import Settings

SHOWN = 30  # rows of a table for people; files hold all


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: zorgstroom sensitivity --runs results/fit --out results/sensitivity")(sensitivity)
    app.command(epilog="Example: zorgstroom worth results/compare --decide autonoom --decide boz-pakket --wait-value 50")(worth)


def sensitivity(
    runs: Annotated[
        Path | None,
        typer.Option(
            "--runs",
            metavar="DIR",
            help="Folder of a fit: shares come from its runs of the prior, for the figures fitted to.",
            show_default="runs of its own",
        ),
    ] = None,
    trajectories: Annotated[int, typer.Option("--trajectories", metavar="R", min=2, help="Trajectories of the screening.")] = 8,
    samples: Annotated[int, typer.Option("--samples", metavar="N", min=50, help="Runs for the indices, without --runs.")] = 200,
    size: Annotated[float, typer.Option("--size", metavar="X", min=0.01, max=1.0, help="Size of the city to run at; 1 is as it is.")] = 0.2,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.")] = Path("results/sensitivity"),
    targets: Annotated[
        Path | None, typer.Option("--targets", metavar="FILE", help="Reported figures.", show_default="those that come with the model")
    ] = None,
    scenario: Annotated[str, typer.Option("--scenario", metavar="NAME", help="The world that is run.")] = "huidig-beleid",
    model: ModelOption = None,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    cluster: ClusterOption = None,
    how: FormatOption = Format.table,
) -> None:
    """What the reported figures hang on: groups of unknowns by screening (Morris), single unknowns by their share of the variance.

    Writes morris.csv, groups.csv, indices.csv and figures/. An effect is that of the whole band of a group; by bands: in
    standard deviations of the figure's reported error. The same command goes on where it was stopped.
    """
    refuse_file(out)
    from calibration.fit import Informing
    from calibration.influence import indices_table, ranked, screen_figures, screening_table, write_influence
    from calibration.problem import run_seed
    from calibration.runs import Runs
    from calibration.sensitivity import first_order
    from sim.cli.progress import shown

    problem = problem_of(model, scenario, targets, size)
    counted, settings, of = problem, None, seed
    if runs is not None:
        whole = problem_of(model, scenario, targets, 1.0)
        settings, of = _fit_in(runs, whole)
        counted = whole.informing
    with shown("screening") as progress:
        here = Runs(problem, out / "runs", workers, progress, cluster)
        screened = screen_figures(problem, here, trajectories, seed)
        if runs is not None and settings is not None:
            informing = Informing.of(counted, settings, of, replace(here, directory=runs / "runs"))
            z, y = informing.z, informing.g
        else:
            z = problem.latin(samples, seed)
            y = here(z, [run_seed(seed, 0, member) for member in range(samples)], "prior")
    found = first_order(z, y, seed)
    groups, indices = ranked(problem, screened), indices_table(counted, found)
    write_influence(out, screening_table(problem, screened), groups, indices)
    columns = tuple(groups.columns)
    print_table(plain_rows(groups if how is not Format.table else groups.head(SHOWN), columns), columns, how, name="groups")
    if how is Format.table:
        columns = ("figure", "unknown", "share")
        print_table(
            plain_rows(indices.sort_values("share", ascending=False, kind="stable").head(SHOWN), columns), columns, how, name="indices"
        )
    noise = f" above {found.noise:.3f}, what one that does nothing may get"
    print(
        f"screening: {len(groups)} groups, {trajectories} trajectories, city at {size:g}; shares: {z.shape[1]} runs, "
        f"{len(indices)} pairs of unknown and figure{noise}; about {found.false_alarms:.0f} of such pairs come by chance; all in {out}",
        file=sys.stderr,
    )


def worth(
    study: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished study.")],
    decide: Annotated[
        list[str] | None,
        typer.Option("--decide", metavar="SCENARIO", help="A scenario to choose from; again for each.", show_default="all of the study"),
    ] = None,
    wait_value: Annotated[
        float, typer.Option("--wait-value", metavar="EURO", min=0.0, help="What a week less waited by one person is worth.")
    ] = 0.0,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Folder to write to.", show_default="DIR")] = None,
    seed: SeedOption = 1,
    how: FormatOption = Format.table,
) -> None:
    """What it is worth to know an unknown before choosing between scenarios (EVPI and EVPPI), in euro over the whole study.

    The net benefit of a scenario is minus its cost, and minus the weeks waited at --wait-value. Writes evppi.csv and figures/evppi.
    """
    out = out or study
    refuse_file(out)
    from calibration.worth import decision_of, write_worth

    decision = decision_of(study, decide or [], wait_value)
    table, found = write_worth(out, decision, seed)
    columns = tuple(table.columns)
    kept = table if how is not Format.table else table[table["value"] > table["noise"]].head(SHOWN)
    print_table(plain_rows(kept, columns), columns, how, name="evppi")
    chance = "" if found.chance_removed else ", chance included: an upper bound, for it takes two chance seeds per draw to tell them apart"
    print(
        f"best on average: {decision.names[found.best]}; knowing everything: {found.perfect:,.0f} euro{chance}; "
        f"{(table['value'] > table['noise']).sum()} of {len(table)} unknowns above {found.noise:,.0f} euro, what one that tells nothing "
        f"may get; {decision.draws} draws",
        file=sys.stderr,
    )


def _fit_in(directory: Path, problem: Problem) -> tuple[Settings, int]:
    """Settings and seed of the fit in a folder. Raises ``InputError`` when there is none, or of another problem."""
    from calibration.settings import Settings

    file = directory / "fit.json"
    mend = "give the folder that `zorgstroom calibrate` wrote to"
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        settings, seed, digest = Settings.model_validate(record["settings"]), int(record["seed"]), record["problem"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError([Fault("there is no finished fit here", str(file), field="--runs", mend=mend)]) from error
    if digest != problem.digest:
        what = "was fitted to another model, scenario or other figures"
        raise InputError([Fault(what, str(file), field="--runs", mend="give the same --model, --scenario and --targets, or fit anew")])
    return settings, seed
