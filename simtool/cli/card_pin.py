"""`simtool card pin …`: the state of PINs, and changing, unblocking, switching them on and off.

Values never stand on the command line: they are typed without being shown, or come from the environment or the record.
"""

from __future__ import annotations

import typing
from collections.abc import Callable

import click

from simtool.cli.card_options import Desk, asked, at_keyboard, environment_pin, on_card, remember_attempts
from simtool.cli.outcome import Outcome, command, table
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.card.session import Session
    from simtool.crypto.secret import Secret
    from simtool.files.product import CardModel, PinSpec

NEW_FROM_ENV = click.option("--new-from-env", metavar="NAME", help="The new value, in the environment variable NAME.")
Act = Callable[["Session", "PinSpec", "Secret"], str]


@click.group()
def pin() -> None:
    """The card's PINs and ADM codes: status, change, unblock, enable, disable."""


@pin.command()
@on_card
@command
def status(desk: Desk) -> Outcome:
    """Say which PINs are on and how many tries are left. Spends none."""
    from simtool.perso.technician.pin_states import pin_views

    with desk.open() as (card, model):
        views = pin_views(card, model, with_puks=True)
    rows = [(view.name, f"{view.ref:02X}", view.words, view.puk_words) for view in views if view.exists]
    values = [
        {
            "pin": view.name,
            "reference": view.ref,
            "enabled": view.enabled,
            "tries": view.tries,
            "blocked": view.blocked,
            "puk_tries": view.puk_tries,
        }
        for view in views
        if view.exists
    ]
    return Outcome(table(rows, head=("PIN", "reference", "state", "PUK")), values)


@pin.command()
@click.argument("name")
@on_card
@NEW_FROM_ENV
@command
def change(name: str, desk: Desk, new_from_env: str | None) -> Outcome:
    """Give the PIN NAME another value."""
    from simtool.perso.technician.pin_states import change as change_pin

    def act(card: Session, spec: PinSpec, old: Secret) -> str:
        new = _new(spec.name, new_from_env)
        change_pin(card, spec, old, new, min_tries=desk.min_tries)
        return _with_record(desk, card, spec.name, new, f"{spec.name} is changed")

    return _do(desk, name, act)


@pin.command()
@click.argument("name")
@on_card
@NEW_FROM_ENV
@command
def unblock(name: str, desk: Desk, new_from_env: str | None) -> Outcome:
    """Unblock the PIN NAME with its PUK, and give it a new value. The PUK is PUK1=NAME for --from-env."""
    from simtool.perso.technician.pin_states import puk_name
    from simtool.perso.technician.pin_states import unblock as unblock_pin

    def act(card: Session, spec: PinSpec, puk: Secret) -> str:
        new = _new(spec.name, new_from_env)
        unblock_pin(card, spec, puk, new, min_tries=desk.min_tries)
        return _with_record(desk, card, spec.name, new, f"{spec.name} is unblocked, has its new value, and is on")

    return _do(desk, name, act, value_of=puk_name)


@pin.command()
@click.argument("name")
@on_card
@command
def enable(name: str, desk: Desk) -> Outcome:
    """Make the card ask for the PIN NAME."""
    return _switch(desk, name, True)


@pin.command()
@click.argument("name")
@on_card
@command
def disable(name: str, desk: Desk) -> Outcome:
    """Make the card stop asking for the PIN NAME."""
    return _switch(desk, name, False)


def _switch(desk: Desk, name: str, on: bool) -> Outcome:
    from simtool.perso.technician.pin_states import enabled_pins, find_pin, switch

    with desk.open() as (card, model):
        spec = find_pin(model, name)
        word = "on" if on else "off"
        if enabled_pins(card).get(spec.ref) is on:
            return Outcome(f"{spec.name} is {word} already", {"pin": spec.name, "enabled": on, "changed": False})
        value = _current(desk, card, model, spec, spec.name)
        switch(card, spec, value, on, min_tries=desk.min_tries)
        text = f"{spec.name} is {word} now" + ("" if on else ": the phone does not ask for it any more")
    return Outcome(text, {"pin": spec.name, "enabled": on, "changed": True})


def _do(desk: Desk, name: str, act: Act, value_of: Callable[[str], str] = str) -> Outcome:
    from simtool.perso.technician.pin_states import find_pin

    with desk.open() as (card, model):
        spec = find_pin(model, name)
        value = _current(desk, card, model, spec, value_of(spec.name))
        text = act(card, spec, value)
    return Outcome(text, {"pin": spec.name, "changed": True})


def _current(desk: Desk, card: Session, model: CardModel, spec: PinSpec, name: str) -> Secret:
    """The present value, or the PUK: from the environment, the record, or the keyboard."""
    for credential in desk.naming(name).given(card, model):
        if credential.pin == name:
            return credential.value
    if not at_keyboard():
        raise InputError(f"{name} is not given", hint=f"give --from-env {name}=NAME or --record FILE")
    remember_attempts(card)
    tries = card.unblock_tries(spec.ref) if name != spec.name else card.pin_state(spec.ref, what=name).tries
    left = "" if tries is None else f" ({tries} {'try' if tries == 1 else 'tries'} left)"
    return asked(name, f"{name} of the card{left}")


def _new(name: str, variable: str | None) -> Secret:
    if variable:
        return environment_pin(name, variable)
    if not at_keyboard():
        raise InputError(f"the new {name} is not given", hint="give --new-from-env NAME")
    return asked(name, f"new {name}", twice=True)


def _with_record(desk: Desk, card: Session, name: str, new: Secret, text: str) -> str:
    """The record says what the card holds: a new value goes into it, when it held the old one."""
    from dataclasses import replace

    from simtool.perso.memory.attempts import Attempts
    from simtool.perso.memory.state_folder import state_folder
    from simtool.perso.model import identify
    from simtool.perso.read import read_iccid
    from simtool.perso.record import Credential, load_records, save_records

    iccid = read_iccid(card, identify(card, product=desk.product))
    Attempts(state_folder()).changed(iccid.digits, name)
    record = desk.record_of(iccid.digits)
    if desk.record_file is None or record is None or name not in [one.pin for one in record.credentials]:
        return text
    values = tuple(Credential(name, new) if one.pin == name else one for one in record.credentials)
    changed = replace(record, credentials=values)
    records = tuple(changed if one.iccid == iccid else one for one in load_records(desk.record_file))
    save_records(records, desk.record_file, overwrite=True)
    return f"{text}; {desk.record_file} holds the new value"
