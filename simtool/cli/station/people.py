"""`simtool station operator …`: who works at a station, with which role; PINs are asked for and never shown."""

from __future__ import annotations

import os
import typing

import click

from simtool.cli.card_options import at_keyboard
from simtool.cli.inventory_options import Place, at_inventory
from simtool.cli.outcome import Outcome, command, table
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.crypto.secret import Secret

ROLES = ("operator", "supervisor")
PIN_FROM = click.option(
    "--pin-from-env", "variable", default="", metavar="NAME",
    help="The environment variable with the PIN. [default: it is asked for, twice]",
)  # fmt: skip


@click.group()
def operator() -> None:
    """Say who works at a station. An operator puts cards in; a supervisor also decides."""


@operator.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
@PIN_FROM
@at_inventory
@command
def add(place: Place, name: str, role: str, variable: str) -> Outcome:
    """Let NAME in with a PIN: 6 digits or more, or a passphrase."""
    from simtool.inventory.people import Role, add_operator

    pin = _new_pin(name, variable)
    with place.open() as opened:
        made = add_operator(opened, name, Role(role), pin)
    return Outcome(f"{made.name} may work as {role}", {"name": made.name, "role": role, "active": made.active})


@operator.command("list")
@at_inventory
@command
def show(place: Place) -> Outcome:
    """Show everybody, with role."""
    from simtool.inventory.people import operators

    with place.open() as opened:
        found = operators(opened)
    rows = [(item.name, item.role.value, "" if item.active else "disabled") for item in found]
    value = [{"name": item.name, "role": item.role.value, "active": item.active} for item in found]
    return Outcome(table(rows, head=("name", "role", "")) if rows else "nobody yet", {"operators": value})


@operator.command()
@click.argument("name")
@PIN_FROM
@at_inventory
@command
def pin(place: Place, name: str, variable: str) -> Outcome:
    """Give NAME another PIN. That also ends what wrong ones had locked."""
    from simtool.inventory.people import set_pin

    new = _new_pin(name, variable)
    with place.open() as opened:
        set_pin(opened, name, new)
    return Outcome(f"{name} has another PIN", {"name": name})


@operator.command()
@click.argument("name")
@at_inventory
@command
def disable(place: Place, name: str) -> Outcome:
    """Let NAME in no longer. The name stays, as what was done under it does."""
    return _switch(place, name, active=False)


@operator.command()
@click.argument("name")
@at_inventory
@command
def enable(place: Place, name: str) -> Outcome:
    """Let NAME in again."""
    return _switch(place, name, active=True)


def _switch(place: Place, name: str, *, active: bool) -> Outcome:
    from simtool.inventory.people import set_active

    with place.open() as opened:
        set_active(opened, name, active)
    return Outcome(f"{name} is {'let in' if active else 'not let in any more'}", {"name": name, "active": active})


def _new_pin(name: str, variable: str) -> Secret:
    """From the environment, or typed twice without being shown."""
    from simtool.crypto.secret import Secret

    if variable:
        text = os.environ.get(variable, "")
        if not text:
            raise InputError(f"the environment variable {variable} is not set", hint="it has to hold the PIN")
    elif at_keyboard():
        text = click.prompt(f"PIN for {name}", hide_input=True, confirmation_prompt="once more", err=True)
    else:
        raise InputError("a PIN is typed at a keyboard, and there is none", hint="or give --pin-from-env NAME")
    return Secret(text.encode(), "pin")
