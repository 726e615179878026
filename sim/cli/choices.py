"""Options that several commands share, and what they stand for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.errors import Fault, InputError, listing, nearest_name

if TYPE_CHECKING:
    from sim.scenario import Library


class Language(StrEnum):
    """Language of reports and titles."""

    nl = "nl"
    en = "en"


class Format(StrEnum):
    """How a table is printed: for people, for spreadsheets, for programs."""

    table = "table"
    csv = "csv"
    json = "json"


class Parameters(StrEnum):
    """Where the values of what is not known come from."""

    posterior = "posterior"
    base = "base"


def first_of_month(text: str) -> date:
    """A date as an option takes it: parameters hold for whole months."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date like 2027-01-01") from None
    if day.day != 1:
        raise typer.BadParameter(f"{text!r} is not the first of a month, write {day.replace(day=1)}")
    return day


ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model",
        metavar="DIR",
        help="Folder of another model. Its scenarios are looked up in DIR/scenarios or, without that, beside DIR.",
        show_default="the shipped model of Rotterdam",
    ),
]
StartOption = Annotated[
    date | None,
    typer.Option("--start", metavar="DATE", parser=first_of_month, help="Start, a first of a month.", show_default="of the model"),
]
UntilOption = Annotated[
    date | None,
    typer.Option("--until", metavar="DATE", parser=first_of_month, help="Horizon, exclusive.", show_default="of the model"),
]
ParametersOption = Annotated[
    Parameters | None,
    typer.Option(
        "--parameters",
        help="Values of what is not known: as fitted, or as written in the model.",
        show_default="posterior, where the model has one",
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", metavar="S", min=0, help="Seed of all draws: the same seed, the same numbers.")]
EngineOption = Annotated[str, typer.Option("--engine", metavar="NAME", help="Engine that simulates; all engines give the same visits.")]
LanguageOption = Annotated[Language, typer.Option("--lang", help="Language of texts.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How to print: a table, CSV, or one JSON document.")]


def model_directory(model: Path | None) -> Path:
    """The folder ``--model`` names, or the shipped model."""
    from sim.data import base_model

    if model is None:
        return base_model()
    if not model.is_dir():
        mend = "give the folder that holds the model's YAML files" if model.exists() else "check the path"
        raise InputError([Fault(f"no such folder: {model}", field="--model", mend=mend)])
    return model


def library_of(model: Path | None) -> Library:
    """Where scenarios and measures are looked up: in the model's folder or, where that holds none, in the folder it stands in."""
    from sim.scenario import Library

    return Library.of_model(model_directory(model))


def known_engine(name: str) -> str:
    """``name``, or an InputError with the engine that looks most like it."""
    from sim.engine import ENGINES

    refuse_unknown("--engine", [name], ENGINES)
    return name


def refuse_unknown(field: str, given: Iterable[str], known: Iterable[str]) -> None:
    """InputError for every name of ``given`` that is not among ``known``."""
    names = list(known)
    faults = [
        Fault(f"there is no {name!r}", field=field, nearest=nearest_name(name, names), mend=f"choose from {listing(names)}")
        for name in given
        if name not in names
    ]
    if faults:
        raise InputError(faults)


def writable_file(path: Path, suffix: str) -> Path:
    """A path to write to, its folder made; InputError when it is a folder, cannot be made or does not end in ``suffix``."""
    if path.suffix.lower() != suffix:
        raise InputError([Fault(f"{path.name!r} does not end in {suffix}", field="--out", mend=f"name the file {path.stem}{suffix}")])
    if path.is_dir():
        raise InputError([Fault(f"{path} is a folder", field="--out", mend="give the name of a file")])
    writable_folder(path.parent)
    return path


def refuse_file(path: Path) -> None:
    """InputError when something that is no folder stands where one is to be made."""
    if path.exists() and not path.is_dir():
        raise InputError([Fault(f"{path} is a file", field="--out", mend="give the name of a folder")])


def writable_folder(path: Path) -> Path:
    """A folder to write to, made when it is not there; InputError when it cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError([Fault(f"cannot make the folder {path}: {error.strerror}", field="--out", mend="choose another folder")]) from None
    return path
