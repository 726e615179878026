"""The command ``zorgstroom``: its sub-commands, and what every one of them does with errors.

Exit codes: 0 done; 1 internal error, or some cells failed; 2 the input is wrong; 130 interrupted.
"""

from __future__ import annotations

import errno
import os
import sys
from importlib.metadata import entry_points
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from sim.cli import balance, bench, check, compare, forecast, looking, package, report, size, starting, study, visits

DONE, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130


class ReaderGoneError(Exception):
    """Whoever read standard output has stopped reading (``zorgstroom list nodes | head``)."""


class Commands(TyperGroup):
    """The group of sub-commands; keeps a closed pipe from becoming an error."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise ReaderGoneError from None


app = typer.Typer(
    cls=Commands,
    epilog="Exit codes: 0 done; 1 internal error or failed cells; 2 wrong input; 130 interrupted.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def show_version(wanted: bool) -> None:
    if wanted:
        import sim

        typer.echo(f"zorgstroom {sim.__version__}")
        raise typer.Exit


@app.callback()
def zorgstroom(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", callback=show_version, is_eager=True)] = False,
) -> None:
    """Forecast demand for municipal care and compare policy measures before they are paid for."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(WRONG_INPUT)


# in the order of `zorgstroom --help`
compare.register(app)
study.register(app)
report.register(app)
forecast.register(app)
size.register(app)
package.register(app)
looking.register(app)
visits.register(app)
check.register(app)
balance.register(app)
bench.register(app)
starting.register(app)
for more in sorted(entry_points(group="zorgstroom.commands"), key=lambda found: found.name):  # packages that build on sim bring their own
    more.load()(app)


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code. With ``ZORGSTROOM_DEBUG=1`` exceptions come through with their traceback."""
    _speak_utf8()
    try:
        result = app(arguments, prog_name="zorgstroom", standalone_mode=False)
        sys.stdout.flush()
    except (ReaderGoneError, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the interpreter flushes once more at its end
        return DONE
    except KeyboardInterrupt:
        result = INTERRUPTED
    except Exception as error:
        return _fault(error)
    if result == INTERRUPTED:
        _say("interrupted; a study goes on where it stopped when the same command is given again")
    return result if isinstance(result, int) else DONE


def _speak_utf8() -> None:
    """Files and pipes get UTF-8 on every system; a terminal keeps its own encoding, with a stand-in for what it cannot show."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


def _say(text: str) -> None:
    print(f"zorgstroom: {text}", file=sys.stderr)


def _fault(error: Exception) -> int:
    """Say what went wrong and return the exit code that fits."""
    from sim.errors import InputError

    if os.environ.get("ZORGSTROOM_DEBUG", "") not in ("", "0"):
        raise error
    if isinstance(error, InputError):
        print(error, file=sys.stderr)
        count = len(error.faults)
        _say("one fault found" if count == 1 else f"{count} faults found")
        return WRONG_INPUT
    if hasattr(error, "format_message"):  # typer: an unknown command or option, a value that does not fit
        context = getattr(error, "ctx", None)
        _say(str(error.format_message()).replace("Value error, ", ""))
        if context is not None:
            print(f"Try '{context.command_path} --help'.", file=sys.stderr)
        return int(getattr(error, "exit_code", WRONG_INPUT))
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        _say(f"the disk is full: {error.filename}" if error.filename else "the disk is full")
        _say("make room; a study goes on where it stopped when the same command is given again")
        return FAILED
    if isinstance(error, OSError) and error.strerror:
        _say(f"{error.strerror}: {error.filename}" if error.filename else error.strerror)
        return WRONG_INPUT if isinstance(error, (PermissionError, FileExistsError, NotADirectoryError)) else FAILED
    _say(f"internal error: {type(error).__name__}: {error}")
    print("This is a fault of zorgstroom. Run again with ZORGSTROOM_DEBUG=1 to see where it arose.", file=sys.stderr)
    return FAILED
