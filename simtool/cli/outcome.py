"""How a command ends: its value printed for people or as JSON, its errors in one line each, its exit code."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import click

from simtool.errors import CardError, RefusedError, SimtoolError


class ExitCode(IntEnum):
    """What the caller of a command gets to know."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    DIFFERENT = 3
    CARD = 4
    REFUSED = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """A command's result: text for people, a JSON-able value for programs, and the exit code."""

    text: str
    value: Any
    code: ExitCode = ExitCode.DONE


def exit_code(error: SimtoolError) -> ExitCode:
    """The one place that maps errors to exit codes."""
    if isinstance(error, CardError):
        return ExitCode.CARD
    if isinstance(error, RefusedError):
        return ExitCode.REFUSED
    return ExitCode.ERROR


def command(function: Callable[..., Outcome]) -> Callable[..., None]:
    """Give a command `--json`, print its outcome or its error, and end with the right code."""

    @click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
    @click.pass_context
    @functools.wraps(function)
    def run(context: click.Context, /, *args: Any, as_json: bool, **kwargs: Any) -> None:
        try:
            outcome = function(*args, **kwargs)
        except SimtoolError as error:
            _show_error(error, as_json)
            context.exit(exit_code(error))
        if as_json:
            click.echo(json.dumps(outcome.value, indent=2))
        elif outcome.text:
            click.echo(outcome.text)
        context.exit(outcome.code)

    return run


def _show_error(error: SimtoolError, as_json: bool) -> None:
    if as_json:
        value = {"error": str(error), "hint": error.hint, "kind": type(error).__name__, "exit_code": exit_code(error)}
        click.echo(json.dumps(value, indent=2))
        return
    for line in str(error).splitlines():
        click.echo(f"error: {line}", err=True)
    if error.hint:
        click.echo(f"next:  {error.hint}", err=True)


def table(rows: Sequence[tuple[str, ...]], *, head: tuple[str, ...] = ()) -> str:
    """Columns under each other, for a screen of any width."""
    everything = [head, *rows] if head else rows
    if not everything:
        return ""
    widths = [max(len(row[column]) for row in everything) for column in range(len(everything[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in everything
    ]
    if head:
        lines.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(lines)
