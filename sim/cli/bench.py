"""``zorgstroom bench``: how fast the engine is, against yardsticks that run beside it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.choices import Format, FormatOption, ModelOption, StartOption, UntilOption, library_of, model_directory, refuse_unknown
from sim.cli.progress import shown
from sim.cli.tables import print_table
from sim.errors import Fault, InputError


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: zorgstroom bench --runs 5 --only engines --format json")(bench)


def bench(
    scenario: Annotated[str, typer.Argument(metavar="[SCENARIO]", help="Name of a scenario, or path to its file.")] = "huidig-beleid",
    runs: Annotated[int, typer.Option("--runs", metavar="N", min=1, help="Rounds; the table shows medians.")] = 5,
    full: Annotated[bool, typer.Option("--full", help="The slow engines take part in every round, not only in the first.")] = False,
    population: Annotated[
        float, typer.Option("--population", metavar="X", min=0.01, help="The other city: so many times the demand, places and people.")
    ] = 10.0,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="engines, population, start, cores or sweep; may be repeated.")
    ] = None,
    how: FormatOption = Format.table,
    model: ModelOption = None,
    start: StartOption = None,
    until: UntilOption = None,
) -> None:
    """Time the compiled engine against the SimPy engine, a textbook SimPy model, Ciw and the floor of what any engine must do.

    All of them run the same plan, in turns. Also: memory and time of a larger city in a process of its own, the first result with and
    without compiled code at hand, two cores against one, and whether a sweep of scenarios compiles anything again. `wall` is the wall
    clock beside processor time, in seconds. The yardsticks are in the folder `benchmarks` of a clone; an installed package has none.
    """
    measure = _yardsticks()
    refuse_unknown("--only", only or (), measure.MEASUREMENTS)
    from sim.data import examples_directory
    from sim.model import load_model
    from sim.plan import compile_plan
    from sim.scenario import load_scenario

    loaded, library = load_model(model_directory(model)), library_of(model)
    first, last = start or loaded.start, until or loaded.until
    if last <= first:
        raise InputError([Fault(f"{last} is not after the start {first}", field="--until", mend="choose a later date")])

    def plan_of(name: str) -> Any:
        return compile_plan(loaded, load_scenario(name, library, loaded), start=start, until=until)

    def sweep() -> Iterator[Any]:
        for name in library.scenarios:
            yield plan_of(name)

    small = (str(examples_directory() / "one-queue"), "extra-plek")
    load = measure.load()
    with shown("bench") as report:
        bench = measure.Bench(
            plan_of(scenario), sweep, small, tuple(only or measure.MEASUREMENTS), runs, runs if full else 1, population, report
        )
        measured = bench.measure()
    rows = [m.row() for m in measured]
    rows += [_about(name, value) for name, value in measure.machine(load).items()]
    print_table(rows, measure.COLUMNS, how, name="bench", hidden=() if how is not Format.table else ("lowest", "highest"))


def _about(name: str, value: str) -> dict[str, Any]:
    return {"measure": f"machine: {name}", "value": value}


def _yardsticks() -> Any:
    """The module ``benchmarks.measure`` of the clone this package is in; InputError where there is none."""
    import sim

    folder = Path(sim.__file__).parents[1] / "benchmarks"
    mend = "clone the repository and run `python3 zorgstroom.py bench` there"
    if not (folder / "measure.py").is_file():
        raise InputError([Fault(f"there are no yardsticks in {folder}: an installed package has none", field="bench", mend=mend)])
    try:
        return importlib.import_module("benchmarks.measure")
    except ImportError as error:
        raise InputError([Fault(f"the yardsticks cannot be loaded: {error}", field="bench", mend=mend)]) from None
