"""``zorgstroom visits``: the visit log of one replication."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.choices import (
    EngineOption,
    ModelOption,
    SeedOption,
    StartOption,
    UntilOption,
    known_engine,
    library_of,
    model_directory,
    writable_file,
)
from sim.errors import Fault, InputError


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: zorgstroom visits autonoom --replication 0 --out visits.parquet")(visits)


def visits(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="Name of a scenario, or path to its file.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE.parquet", help="File to write.")],
    replication: Annotated[int, typer.Option("--replication", metavar="K", min=0, help="Which replication; 0 is the first.")] = 0,
    seed: SeedOption = 1,
    engine: EngineOption = "numba",
    model: ModelOption = None,
    start: StartOption = None,
    until: UntilOption = None,
) -> None:
    """Write every visit of one replication: person, node, urgency, arrive, start, end, outcome, next; unfinished visits too.

    The replication is the one that `compare` runs with the same seed and dates when it runs three or more; with fewer, `compare`
    leaves the effects of measures at their mode. Times are ticks of 1/1440 day since the start date, which stands in the metadata
    of the file.
    """
    file = writable_file(out, ".parquet")
    from sim.draws.keyed import replication_seed
    from sim.engine import simulate
    from sim.engine.visit_table import visit_table
    from sim.experiment.cells import write_table
    from sim.experiment.study import SEEDS_PER_DRAW
    from sim.model import load_model
    from sim.plan import compile_plan
    from sim.scenario import load_scenario

    engine = known_engine(engine)
    loaded = load_model(model_directory(model))
    first, last = start or loaded.start, until or loaded.until
    if last <= first:
        raise InputError([Fault(f"{last} is not after the start {first}", field="--until", mend="choose a later date")])
    world = load_scenario(scenario, library_of(model), loaded)
    plan = compile_plan(loaded, world, start=start, until=until, effect_draw=replication // SEEDS_PER_DRAW)
    log = simulate(plan, replication_seed(seed, replication), engine)
    table = visit_table(plan, log)
    described = {"scenario": world.name, "replication": str(replication), "seed": str(seed)}
    write_table(file, table, {**(table.schema.metadata or {}), **{k.encode(): v.encode() for k, v in described.items()}})
    print(f"{len(log)} visits", file=sys.stderr)
    print(file)
