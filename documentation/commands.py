"""The reference of the command line, from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from sim.cli.main import app

HEAD = """\
# Commands

What every command takes, as `zorgstroom COMMAND --help` says it. The [README](../../README.md#commands) has a line on each, the
[how-to pages](../README.md#how-to) say how to use them. Every command that prints a table takes `--format table|csv|json`.

Exit codes: 0 done; 1 internal error or failed cells; 2 wrong input; 130 interrupted.
"""


def page() -> str:
    """The text of docs/reference/commands.md."""
    return "\n".join([HEAD, *_sections(get_command(app), "zorgstroom")])


def _sections(group: Any, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        whole = f"{path} {name}"
        if hasattr(command, "commands"):
            yield from _sections(command, whole)
        else:
            yield _section(command, whole)


def _section(command: Any, whole: str) -> str:
    context = command.make_context(whole, [], resilient_parsing=True)
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join([whole, *(_shape(p) for p in arguments), "[OPTIONS]"])
    text = [f"## {whole.removeprefix('zorgstroom ')}", "", f"    {usage}", "", *_paragraphs(command.help)]
    if command.epilog:
        text += [f"Example: `{example}`\n" for example in command.epilog.removeprefix("Example: ").split("; then: ")]
    text += ["| | |", "|---|---|", *(_row(p, context) for p in (*arguments, *options)), ""]
    return "\n".join(text)


def _shape(argument: Any) -> str:
    shown: str = argument.metavar or argument.name.upper()
    more = "..." if argument.nargs != 1 and not shown.endswith("...") else ""
    return f"{shown}{more}" if argument.required else f"[{shown}{more}]"


def _paragraphs(text: str) -> list[str]:
    return [f"{' '.join(part.split())}\n" for part in text.strip().split("\n\n")]


def _row(parameter: Any, context: Any) -> str:
    names, says = parameter.get_help_record(context)
    if parameter.param_type_name == "argument":
        names = names.split(" <")[0]  # its type
    says = " ".join(says.split())
    return f"| `{_cell(names)}` | {_cell(says)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
