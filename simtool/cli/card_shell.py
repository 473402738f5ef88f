"""`simtool card shell`: a prompt for one card; the engine is `simtool.perso.technician.shell`."""

from __future__ import annotations

import sys
import typing
from collections.abc import Iterator

import click

from simtool.cli.card_options import Desk, asked, at_keyboard, on_card, remember_attempts
from simtool.cli.outcome import ExitCode, Outcome, command
from simtool.errors import CardRemovedError, SimtoolError

if typing.TYPE_CHECKING:
    from simtool.perso.technician.shell import Shell


@click.command()
@on_card
@command
def shell(desk: Desk) -> Outcome:
    """A prompt for one card: ls, cd, select, read, update, verify, apdu, info, explain. Tab completes names.

    Lines can come from a pipe too; then the first one that fails ends it.
    """
    from simtool.perso.technician.shell import Shell

    done: list[dict[str, str]] = []
    with desk.open() as (card, model):
        remember_attempts(card)
        ask = asked if at_keyboard() else None
        prompt = Shell(card, model, credentials=desk.given(card, model), ask=ask, min_tries=desk.min_tries)
        if at_keyboard():
            click.echo("help lists the commands, exit leaves", err=True)
        for line in _lines(prompt):
            try:
                text = prompt.run(line)
            except SimtoolError as error:
                if not at_keyboard() or isinstance(error, CardRemovedError):
                    _print(done)
                    raise
                _show(error)
                continue
            if not at_keyboard():
                done.append({"line": line, "output": text})
            elif text:
                click.echo(text)
            if prompt.ended:
                break
    text = "\n".join(row["output"] for row in done if row["output"])
    return Outcome(text, done, ExitCode.DONE)


def _print(done: list[dict[str, str]]) -> None:
    """What was answered before a script failed."""
    for row in done:
        if row["output"]:
            click.echo(row["output"], err=True)


def _show(error: SimtoolError) -> None:
    click.echo(f"error: {error}", err=True)
    if error.hint:
        click.echo(f"next:  {error.hint}", err=True)


def _lines(prompt: Shell) -> Iterator[str]:
    """Lines from the keyboard with completion, or from a pipe."""
    if not at_keyboard():
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    _enable_completion(prompt)
    while True:
        try:
            yield input(prompt.prompt)
        except EOFError:
            click.echo("")
            return
        except KeyboardInterrupt:
            click.echo("")


def _enable_completion(prompt: Shell) -> None:
    """Tab completes; nothing that was typed is kept on the disk."""
    try:
        import readline
    except ImportError:  # a Python without readline has a prompt without completion
        return

    def complete(text: str, number: int) -> str | None:
        before = readline.get_line_buffer()[: readline.get_endidx()]
        found = prompt.complete(before)
        return found[number] if number < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" \t")
    readline.parse_and_bind("tab: complete")
