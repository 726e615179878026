"""``zorgstroom check``: the model beside the reported figures."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.choices import (
    EngineOption,
    Format,
    FormatOption,
    Language,
    LanguageOption,
    ModelOption,
    SeedOption,
    known_engine,
    library_of,
    model_directory,
)
from sim.cli.tables import Row, print_table
from sim.errors import Fault, InputError

if TYPE_CHECKING:
    from sim.experiment.reported import Comparison, Target
    from sim.model import Model
    from sim.scenario import Scenario


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: zorgstroom check --format csv > check.csv")(check)


def check(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="The world the figures were reported in.")] = "huidig-beleid",
    replications: Annotated[int, typer.Option("--replications", metavar="N", min=1, help="How often to simulate it; the mean counts.")] = 2,
    tolerance: Annotated[
        float, typer.Option("--tolerance", metavar="SHARE", min=0.0, help="How far from a figure the model still agrees with it.")
    ] = 0.25,
    seed: SeedOption = 1,
    engine: EngineOption = "numba",
    model: ModelOption = None,
    lang: LanguageOption = Language.nl,
    how: FormatOption = Format.table,
) -> None:
    """Put the model beside the reported figures: same definition, place and period. Effects of measures stand at their mode.

    The figures stand in calibration/targets, for another model in targets/targets.yaml in its folder.
    """
    engine = known_engine(engine)
    from sim.experiment.reported import load_reported
    from sim.model import load_model
    from sim.scenario import load_scenario

    loaded = load_model(model_directory(model))
    targets = load_reported(loaded)
    if not targets:
        what = f"no reported figures come with the model in {loaded.directory}"
        raise InputError([Fault(what, field="--model", mend="put them in targets/targets.yaml in that folder")])
    world = load_scenario(scenario, library_of(model), loaded)
    compared = _simulate(loaded, world, targets, replications, seed, engine)
    rows = [_row(each, tolerance, lang) for each in compared]
    columns = (
        "id",
        "title",
        "counts",
        "period",
        "unit",
        "reported",
        "model",
        "ratio",
        "agrees",
        "low",
        "high",
        "level",
        "scale",
        "use",
        "source",
        "note",
    )
    print_table(rows, columns, how, name="figures", hidden=("id", "counts", "low", "high", "level", "scale", "note"))
    required = [row for row in rows if row["use"] != "shown"]
    counted = [row for row in required if row["agrees"] is not None]
    agree = sum(bool(row["agrees"]) for row in counted)
    lost = len(required) - len(counted)
    shown = len(rows) - len(required)
    print(f"{agree} of {len(counted)} figures within {tolerance:.0%}; {lost} could not be counted; {shown} are shown only", file=sys.stderr)


def _row(comparison: Comparison, tolerance: float, lang: str) -> Row:
    target = comparison.target
    return {
        "id": target.id,
        "title": target.title.text(lang),
        "counts": target.counts,
        "period": target.period,
        "unit": target.unit,
        "reported": target.value,
        "model": comparison.model,
        "ratio": comparison.ratio,
        "agrees": comparison.within(tolerance),
        "low": target.band[0],
        "high": target.band[1],
        "level": target.level,
        "scale": target.scale,
        "use": target.use,
        "source": target.source,
        "note": target.note,
    }


def _simulate(model: Model, world: Scenario, targets: Sequence[Target], replications: int, seed: int, engine: str) -> list[Comparison]:
    """Simulate up to the last day asked for and count there what was reported; means over replications."""
    import numpy as np

    from sim.cli.progress import shown
    from sim.draws.keyed import replication_seed
    from sim.engine import simulate
    from sim.experiment.reported import Comparison, Counting
    from sim.indicators import conserve
    from sim.plan import compile_plan

    plan = compile_plan(model, world, until=max(target.until_day for target in targets))
    counting = Counting.of(targets, plan)
    counted = []
    with shown("simulating") as progress:
        for replication in range(replications):
            log = simulate(plan, replication_seed(seed, replication), engine)
            conserve(plan, log)
            counted.append(counting.observe(plan, log))
            progress(replication + 1, replications, f"replication {replication}")
    means = np.mean(counted, axis=0)
    return [Comparison(t, None if np.isnan(mean) else float(mean)) for t, mean in zip(targets, means, strict=True)]
