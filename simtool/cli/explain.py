"""`simtool explain`: what a status word means here, and the next safe step."""

from __future__ import annotations

import typing

import click

from simtool.cli.outcome import Outcome, command, table
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.files.path import FilePath
    from simtool.files.product import CardModel
    from simtool.perso.technician.failure import Failure
    from simtool.perso.technician.pin_states import PinView


@click.command()
@click.argument("what", metavar="SW|MESSAGE", required=False)
@click.option("--command", "name", default="", help='The command that was refused, as in "UPDATE BINARY".')
@click.option("--file", "file_name", default="", help="The file it was for: EF.SPN, 3f00/7fff/6f46 …")
@click.option("--product", default="", help="The card product; simtool card models lists them.")
@click.option("--reader", default="", help="Ask the card in this reader: its product, its PINs. Spends no tries.")
@click.option("--last", "use_last", is_flag=True, help="Explain the last command that a card refused.")
@command
def explain(what: str | None, name: str, file_name: str, product: str, reader: str, use_last: bool) -> Outcome:
    """Say what a status word (6982) or an error line of simtool means here, and the next safe step.

    \b
    simtool explain 6982 --command "UPDATE BINARY" --file EF.SPN --product sysmoISIM-SJA5
    simtool explain "UPDATE BINARY of MF/ADF.USIM/EF.SPN: 6982" --reader pcsc:0
    simtool explain --last
    """
    from simtool.perso.technician.explain import explain as explain_word

    failure = _failure(what, use_last)
    model, pins = _card(reader, product or failure.product)
    text = file_name or failure.file
    path = _path(text, model, strict=bool(file_name))
    found = explain_word(failure.sw, name or failure.command, path, model, pins, file=text)
    value = {
        "sw": f"{found.sw:04X}",
        "command": found.command,
        "file": found.file,
        "meaning": found.meaning,
        "access_rule": found.rule,
        "here": list(found.because),
        "next_step": found.next_step,
    }
    return Outcome(table(found.rows()), value)


def _failure(what: str | None, use_last: bool) -> Failure:
    """The refusal to explain: from the words given, or from the last command that failed."""
    from simtool.perso.memory.state_folder import state_folder
    from simtool.perso.technician.failure import Failure, last_failure, parse_message

    if what is None or use_last:
        last = last_failure(state_folder())
        if last is None:
            raise InputError("no card has refused a command yet", hint="give a status word, for example 6982")
        return last
    digits = what.replace(" ", "").removeprefix("0x")
    if len(digits) == 4 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
        return Failure(int(digits, 16))
    told = parse_message(what)
    if told is None:
        raise InputError(
            f"{what!r} is neither a status word nor an error line of simtool",
            hint="a status word has four hex digits, for example 6982",
        )
    return told


def _card(reader: str, product: str) -> tuple[CardModel | None, tuple[PinView, ...]]:
    from simtool.files.product import load

    if not reader:
        return (load(product) if product else None), ()
    from simtool.opening import connect
    from simtool.perso.model import identify
    from simtool.perso.technician.pin_states import pin_views

    with connect(reader) as card:
        model = identify(card, product=product or None)
        return model, pin_views(card, model)


def _path(text: str, model: CardModel | None, *, strict: bool) -> FilePath | None:
    """The file meant; where nobody named a product, any full path of the standard."""
    from simtool.perso.technician.names import parse_path, resolve_path

    text = text.partition("[")[0]
    if not text:
        return None
    if model is None:
        return parse_path(text) if text.startswith("MF") else None
    try:
        return resolve_path(model, text)
    except InputError:
        if not strict:
            return None
        if text.startswith("MF"):
            return parse_path(text)
        raise
