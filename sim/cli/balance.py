"""``zorgstroom balance``: where the people at each node come from."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from sim.cli.choices import EngineOption, Format, FormatOption, ModelOption, SeedOption, known_engine, library_of, model_directory
from sim.cli.tables import Row, print_table
from sim.errors import Fault, InputError


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: zorgstroom balance huidig-beleid --year 2021")(balance)


def balance(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="The world to simulate.")] = "huidig-beleid",
    year: Annotated[
        int | None, typer.Option("--year", metavar="YEAR", help="Calendar year to count. [default: the third of the model]")
    ] = None,
    node: Annotated[list[str] | None, typer.Option("--node", metavar="NODE", help="Only this node; may be repeated.")] = None,
    seed: SeedOption = 1,
    engine: EngineOption = "numba",
    model: ModelOption = None,
    how: FormatOption = Format.table,
) -> None:
    """The balance of every node: arrivals and starts in a year by origin, from outside and from the other nodes.

    External demand is what the reported starts leave after repeats, referrals by the municipality and re-indications inside the model.
    """
    engine = known_engine(engine)
    from sim.cli.progress import shown
    from sim.draws.keyed import replication_seed
    from sim.engine import simulate
    from sim.errors import nearest_name
    from sim.indicators import conserve
    from sim.indicators.balance import balance as count
    from sim.model import load_model
    from sim.plan import compile_plan
    from sim.scenario import load_scenario

    loaded = load_model(model_directory(model))
    chosen = loaded.start.year + 2 if year is None else year
    faults = []
    if not (loaded.start <= date(chosen, 1, 1) and date(chosen + 1, 1, 1) <= loaded.until):
        years = f"{loaded.start.year} to {loaded.until.year - 1}"
        faults.append(Fault(f"the model does not cover the whole of {chosen}", field="--year", mend=f"choose a year from {years}"))
    for name in node or []:
        if name not in loaded.spec.nodes:
            nearest = nearest_name(name, loaded.spec.nodes)
            faults.append(Fault(f"there is no node {name!r}", field="--node", nearest=nearest, mend="see `zorgstroom list nodes`"))
    if faults:
        raise InputError(faults)
    world = load_scenario(scenario, library_of(model), loaded)
    plan = compile_plan(loaded, world, until=date(chosen + 1, 1, 1))
    with shown("simulating") as progress:
        log = simulate(plan, replication_seed(seed, 0), engine)
        conserve(plan, log)
        progress(1, 1, world.name)
    table = count(plan, log, chosen)
    if node:
        table = table[table["node"].isin(node)]
    rows: list[Row] = [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]
    print_table(rows, ("part", "node", "origin", "arrivals", "starts", "share"), how, name="balance")
