"""The commands of the calibration, added to ``zorgstroom`` through its entry point for commands."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from calibration.loading import plain_rows, problem_of
from sim.cli.choices import (
    Format,
    FormatOption,
    Language,
    LanguageOption,
    ModelOption,
    SeedOption,
    first_of_month,
    refuse_file,
)
from sim.cli.study import ClusterOption, WorkersOption
from sim.cli.tables import print_table

if TYPE_CHECKING:
    from calibration.settings import Settings

TargetsOption = Annotated[
    Path | None,
    typer.Option("--targets", metavar="FILE", help="Reported figures to fit.", show_default="those that come with the model"),
]
SettingsOption = Annotated[Path | None, typer.Option("--settings", metavar="FILE", help="How to fit.", show_default="as shipped")]
ScenarioOption = Annotated[str, typer.Option("--scenario", metavar="NAME", help="The world in which the figures were reported.")]
MembersOption = Annotated[
    int | None, typer.Option("--members", metavar="N", min=8, help="Members of the ensemble.", show_default="of the settings")
]
LineOption = Annotated[
    int | None,
    typer.Option(
        "--line-runs", metavar="N", min=10, help="Runs of the prior that show what moves each figure.", show_default="of the settings"
    ),
]
SizeOption = Annotated[float, typer.Option("--size", metavar="X", min=0.01, max=1.0, help="Size of the city to run at; 1 is as it is.")]
WORLD = "huidig-beleid"
END_OF_2022 = date(2022, 10, 1)  # the wait of 14 weeks and other figures of the end of 2022 are not known yet


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: zorgstroom calibrate --out results/fit")(calibrate)
    app.command(epilog="Example: zorgstroom recover --truths 100 --size 0.2 --out results/recovery")(recover)
    app.command(epilog="Example: zorgstroom backtest --known-by 2022-07-01 --out results/fit")(backtest)


def calibrate(
    targets: TargetsOption = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.")] = Path("results/fit"),
    scenario: ScenarioOption = WORLD,
    model: ModelOption = None,
    settings: SettingsOption = None,
    members: MembersOption = None,
    line_runs: LineOption = None,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    cluster: ClusterOption = None,
    how: FormatOption = Format.table,
    lang: LanguageOption = Language.nl,
) -> None:
    """Fit what is not known about the model to what was reported: an ensemble of equally likely models.

    Writes calibration.html with pictures in figures/, posterior.parquet (the ensemble), figures.csv, unknowns.csv and fit.json. The same
    command goes on where it was stopped. Put posterior.parquet in the folder posterior/ of a model to have its studies use it.
    """
    refuse_file(out)
    from calibration.fit import fit
    from calibration.pages import write_pages
    from calibration.write import write_fit
    from sim.cli.progress import shown

    problem, how_to = problem_of(model, scenario, targets, 1.0), _settings(settings, members=members, line_runs=line_runs)
    with shown("fitting") as progress:
        found = fit(problem, how_to, seed, out / "runs", workers, progress, cluster=cluster)
    table, result = write_fit(out, found, how_to, seed)
    write_pages(out, problem.model, lang)
    model_columns = ("written", "posterior_low", "posterior_median", "posterior_high", "inside")
    columns = ("id", "unit", "period", "reported", "band_low", "band_high", *model_columns)
    print_table(plain_rows(table[table["fitted"]], columns), columns, how, name="figures")
    print(
        f"{result.inside:.0%} of {result.figures} figures inside the 90% predictive interval; "
        f"mean interval score {result.score_posterior:.2f} (prior {result.score_prior:.2f}, as written {result.score_written:.2f}); "
        f"{result.learnt} of {result.unknowns} unknowns learnt",
        file=sys.stderr,
    )


def recover(
    truths: Annotated[int, typer.Option("--truths", metavar="N", min=1, help="How many synthetic cities.")] = 20,
    truth: Annotated[
        Path | None, typer.Option("--truth", metavar="FILE", help="One given city: a CSV with the columns unknown and value.")
    ] = None,
    size: SizeOption = 0.2,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to.")] = Path("results/recovery"),
    targets: TargetsOption = None,
    scenario: ScenarioOption = WORLD,
    model: ModelOption = None,
    settings: SettingsOption = None,
    members: MembersOption = None,
    line_runs: LineOption = None,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    cluster: ClusterOption = None,
    how: FormatOption = Format.table,
    lang: LanguageOption = Language.nl,
) -> None:
    """Fit synthetic cities whose values are known, and see whether they are found (simulation-based calibration).

    Writes recovery.parquet (the rank of every truth among the members), recovery.json and calibration.html. The same
    command goes on where it was stopped.
    """
    refuse_file(out)
    from calibration import recover as recovering
    from calibration.pages import write_pages
    from calibration.truths import read_truth
    from calibration.write import write_recovered
    from sim.cli.progress import shown

    problem, how_to = problem_of(model, scenario, targets, size), _settings(settings, members=members, line_runs=line_runs)
    known = {0: read_truth(truth, problem)} if truth else {n: recovering.truth(problem, n, seed) for n in range(truths)}
    with shown("recovering") as progress:
        found = recovering.recover(problem, how_to, known, seed, out, workers, progress, cluster=cluster)
    summary = write_recovered(out, found, problem, how_to, seed)
    write_pages(out, problem.model, lang)
    rows = [{"what": key, "value": value} for key, value in summary.items() if not isinstance(value, dict)]
    print_table(rows, ("what", "value"), how, name="recovery")


def backtest(
    known_by: Annotated[
        date | None,
        typer.Option(
            "--known-by",
            metavar="DATE",
            parser=first_of_month,
            help="Fit on figures whose period had ended by then.",
            show_default=END_OF_2022.isoformat(),
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write to; runs of a fit there are used.")] = Path(
        "results/fit"
    ),
    targets: TargetsOption = None,
    scenario: ScenarioOption = WORLD,
    model: ModelOption = None,
    settings: SettingsOption = None,
    members: MembersOption = None,
    line_runs: LineOption = None,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
    cluster: ClusterOption = None,
    how: FormatOption = Format.table,
    lang: LanguageOption = Language.nl,
) -> None:
    """Fit on what was known on a day and predict what was reported later, beside the last value and a trend.

    Writes backtest.csv, backtest.json and calibration.html.
    """
    refuse_file(out)
    from calibration import backtest as testing
    from calibration.fit import fit
    from calibration.pages import write_pages
    from calibration.write import write_backtest
    from sim.cli.progress import shown
    from sim.errors import Fault, InputError
    from sim.experiment.reported import load_reported

    problem, how_to = problem_of(model, scenario, targets, 1.0), _settings(settings, members=members, line_runs=line_runs)
    known_by = known_by or END_OF_2022
    used = testing.known_by(problem, known_by)
    if not used.any() or not testing.later(problem, known_by).any():
        what = f"there are no figures {'before' if not used.any() else 'after'} {known_by}"
        raise InputError([Fault(what, field="--known-by", mend="choose a day between the figures")])
    with shown("fitting") as progress:
        found = fit(problem, how_to, seed, out / "runs", workers, progress, used, cluster)
    table = testing.predictions(found, load_reported(problem.model, targets), known_by, seed)
    summary = write_backtest(out, table, known_by, int(used.sum()))
    write_pages(out, problem.model, lang)
    columns = ("id", "period", "unit", "reported", "median", "low", "high", "inside", "mere_prior", "crps_model", "crps_last", "crps_trend")
    print_table(plain_rows(table, columns), columns, how, name="predictions")
    for line in summary:
        print(line, file=sys.stderr)


def _settings(file: Path | None, **numbers: int | None) -> Settings:
    from calibration.settings import SHIPPED, Whole, load_settings

    given = {name: Whole(value=value, reason=f"--{name.replace('_', '-')}") for name, value in numbers.items() if value is not None}
    return load_settings(file or SHIPPED).model_copy(update=given)
