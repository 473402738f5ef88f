"""What the technician's commands have in common: their options, the card in use, and where its PINs come from.

A PIN never stands on the command line. It comes from the card's record, from an environment variable, or from the
keyboard without being shown.
"""

from __future__ import annotations

import functools
import os
import sys
import typing
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from simtool.errors import InputError, StatusError

if typing.TYPE_CHECKING:
    from simtool.card.session import Session
    from simtool.crypto.secret import Secret
    from simtool.files.product import CardModel
    from simtool.perso.record import CardRecord, Credential

READER = click.option("--reader", required=True, help="pcsc:0, pcsc:NAME, soft:PRODUCT[,state=FILE].")
PRODUCT = click.option("--product", help="Name the card product, where the card cannot be known by its ATR.")
RECORD = click.option(
    "--record", "record_file", type=click.Path(path_type=Path), help="Record file: PINs and ADM come from it."
)
FROM_ENV = click.option(
    "--from-env", multiple=True, metavar="PIN=NAME", help="Take a PIN or ADM from the environment variable NAME."
)
MIN_TRIES = click.option(
    "--min-tries", default=3, show_default=True, type=click.IntRange(1, 15),
    help="Send no PIN or ADM with fewer tries left than this.",
)  # fmt: skip
TRACE = click.option("--trace", is_flag=True, help="Show every command on stderr, secrets masked.")
YES = click.option("--yes", is_flag=True, help="Do not ask before writing.")
OPTIONS = (READER, PRODUCT, RECORD, FROM_ENV, MIN_TRIES, TRACE)


@dataclass(frozen=True, slots=True)
class Desk:
    """One card at a technician's desk: the reader, and where PINs come from."""

    reader: str
    product: str | None = None
    record_file: Path | None = None
    from_env: tuple[str, ...] = ()
    min_tries: int = 3
    trace: bool = False

    def naming(self, pin: str) -> Desk:
        """The same desk, for a command about one PIN: a variable named without a PIN holds that one."""
        return replace(self, from_env=tuple(one if "=" in one else f"{pin}={one}" for one in self.from_env))

    @contextmanager
    def open(self) -> Iterator[tuple[Session, CardModel]]:
        """The card and its product. A command that the card refuses is kept for `simtool explain --last`."""
        from simtool.opening import connect
        from simtool.perso.memory.state_folder import state_folder
        from simtool.perso.model import identify
        from simtool.perso.technician.failure import failure_of, keep_failure

        model = None
        try:
            with connect(self.reader, trace=_to_stderr if self.trace else None) as card:
                model = identify(card, product=self.product)
                yield card, model
        except StatusError as error:
            keep_failure(state_folder(), failure_of(error, model.name if model else ""))
            raise

    def record(self, session: Session, model: CardModel, *, may_rename: bool = False) -> CardRecord | None:
        """The record of the card in the reader. Raises `InputError` when the file has none for it.

        With `may_rename` the only record of a file will do, where the product's ICCID can be written.
        """
        from simtool.perso.read import read_iccid
        from simtool.perso.record import load_records

        if self.record_file is None:
            return None
        if may_rename and model.iccid_writable and len(records := load_records(self.record_file)) == 1:
            return records[0]
        return self.record_of(read_iccid(session, model).digits)

    def record_of(self, iccid: str) -> CardRecord | None:
        """The record with this ICCID; None where no record file is given. Raises `InputError` when it has none."""
        if self.record_file is None:
            return None
        from simtool.perso.record import load_records

        records = load_records(self.record_file)
        for record in records:
            if record.iccid.digits == iccid:
                return record
        raise InputError(
            f"none of the {len(records)} records belongs to the card with ICCID {iccid}",
            place=str(self.record_file),
            hint="put the right card in, or give the record file that names this ICCID",
        )

    def given(self, session: Session, model: CardModel) -> tuple[Credential, ...]:
        """The credentials of the record and of the environment; the environment wins."""
        from simtool.perso.record import Credential

        record = self.record(session, model)
        found = {credential.pin: credential for credential in (record.credentials if record else ())}
        for name, value in environment_pins(self.from_env).items():
            found[name] = Credential(name, value)
        if found:
            remember_attempts(session)
        return tuple(found.values())

    def complete(
        self, session: Session, model: CardModel, needed: Callable[[Iterable[str]], tuple[str, ...]], purpose: str
    ) -> tuple[Credential, ...]:
        """What is given, and what `needed` still asks for beside it, from the keyboard.

        Raises `InputError` where nobody sits at a keyboard.
        """
        from simtool.perso.record import Credential

        found = {credential.pin: credential for credential in self.given(session, model)}
        for name in needed(found):
            found[name] = Credential(name, typed_pin(session, model, name, purpose))
        if found:
            remember_attempts(session)
        return tuple(found.values())


Handler = Callable[..., typing.Any]


def on_card(function: Handler) -> Handler:
    """Give a command the options of a desk, and the desk itself as `desk`."""

    @functools.wraps(function)
    def gather(
        *args: typing.Any,
        reader: str,
        product: str | None,
        record_file: Path | None,
        from_env: tuple[str, ...],
        min_tries: int,
        trace: bool,
        **kwargs: typing.Any,
    ) -> typing.Any:
        desk = Desk(reader, product, record_file, from_env, min_tries, trace)
        return function(*args, desk=desk, **kwargs)

    decorated: Handler = gather
    for option in reversed(OPTIONS):
        decorated = option(decorated)
    return decorated


def remember_attempts(session: Session) -> None:
    """Check every PIN that will be presented against what was tried before on this card, in this and earlier runs."""
    from simtool.perso.authorise import remember
    from simtool.perso.memory.attempts import Attempts
    from simtool.perso.memory.state_folder import state_folder

    remember(session, Attempts(state_folder()), notice=_to_stderr)


def environment_pins(entries: Iterable[str]) -> dict[str, Secret]:
    """PIN=NAME options as secrets by PIN. Raises `InputError` without repeating a value."""
    found = {}
    for entry in entries:
        name, equals, variable = entry.partition("=")
        if not equals or not variable:
            raise InputError(
                f"--from-env {name} names no variable", hint="write --from-env ADM1=NAME, with NAME holding the value"
            )
        found[name.upper()] = environment_pin(name.upper(), variable)
    return found


def environment_pin(name: str, variable: str) -> Secret:
    """The value of a PIN in an environment variable. Raises `InputError` without repeating it."""
    from simtool.errors import EncodeError
    from simtool.perso.record import parse_credential

    text = os.environ.get(variable)
    if text is None:
        raise InputError(f"the environment variable {variable} is not set", hint=f"it has to hold {name}")
    try:
        return parse_credential(name, text)
    except EncodeError as error:
        raise InputError(str(error), place=f"environment variable {variable}") from None


def typed_pin(session: Session, model: CardModel, name: str, purpose: str) -> Secret:
    """A PIN from the keyboard, not shown, after the card said how many tries are left."""
    if not at_keyboard():
        raise InputError(
            f"{purpose} needs {name}", hint=f"give --record FILE, or --from-env {name}=NAME; at a keyboard it is asked"
        )
    try:
        tries = session.pin_state(model.pin(name).ref, what=name).tries
    except StatusError:
        tries = None
    left = "" if tries is None else f", {tries} {'try' if tries == 1 else 'tries'} left"
    return asked(name, f"{name} for {purpose}{left}")


def asked(name: str, question: str, *, twice: bool = False) -> Secret:
    """A PIN typed without being shown. Asks again for what cannot be one: that costs no try."""
    from simtool.errors import EncodeError
    from simtool.perso.record import parse_credential

    while True:
        text = click.prompt(question, hide_input=True, confirmation_prompt=twice, err=True)
        try:
            return parse_credential(name, text)
        except EncodeError as error:
            click.echo(str(error), err=True)


def at_keyboard() -> bool:
    return sys.stdin.isatty()


def agreed(question: str, yes: bool) -> bool:
    """Whether to go on: said on the command line, or at the keyboard. Nobody there means no."""
    return yes or (at_keyboard() and click.confirm(question, err=True))


def progress(doing: str) -> Callable[[str, int, int], None] | None:
    """One line that overwrites itself, only where a person is looking."""
    if not sys.stderr.isatty():
        return None

    def show(what: str, done: int, total: int) -> None:
        end = "\r" if done + 1 < total else "\r\x1b[K"
        click.echo(f"\x1b[K{doing} {done + 1}/{total} {what}"[:100], nl=False, err=True)
        click.echo(end, nl=False, err=True)

    return show


def _to_stderr(line: str) -> None:
    click.echo(line, err=True)
