"""Commands for a beginning: a new measure, an own copy of the shipped scenarios."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.choices import writable_file, writable_folder
from sim.errors import Fault, InputError

MEASURE_FOLDERS = (Path("scenarios/measures"), Path("measures"))

new = typer.Typer(help="Write a file to start from.", no_args_is_help=True, rich_markup_mode="rich")


def register(app: typer.Typer) -> None:
    app.command(epilog="Example: zorgstroom init mijn-stad")(init)
    app.add_typer(new, name="new")


@new.command(epilog="Example: zorgstroom new measure langere-inloop")
def measure(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the measure: small letters, digits and hyphens.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE.yaml", help="File to write.", show_default="NAME.yaml in the folder measures here, else here"),
    ] = None,
) -> None:
    """Write a commented measure, ready to be filled in."""
    from sim.scenario import new_measure_text

    text = new_measure_text(name)
    folder = next((f for f in MEASURE_FOLDERS if f.is_dir()), Path())
    file = writable_file(out or folder / f"{name}.yaml", ".yaml")
    try:
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise InputError([Fault(f"{file} exists already", field="--out", mend="choose another name, or give --out")]) from None
    print(file)
    print(f"Fill it in, then: zorgstroom validate {file}", file=sys.stderr)


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to make; it must be new or empty.")],
) -> None:
    """Copy the shipped model and scenarios to a folder of your own, to change them there."""
    from sim.data import library_directory

    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise InputError([Fault(f"{directory} exists already", field="DIR", mend="give a new or an empty folder")])
    parent = writable_folder(directory.absolute().parent)
    with tempfile.TemporaryDirectory(prefix=".zorgstroom-", dir=parent) as unfinished:
        copy = Path(unfinished) / "copy"
        shutil.copytree(library_directory(), copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        if directory.exists():
            directory.rmdir()
        copy.rename(directory)
    print(directory)
    print(f"Change what you like, then: zorgstroom compare --model {directory / 'rotterdam'}", file=sys.stderr)
