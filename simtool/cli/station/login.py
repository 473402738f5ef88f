"""Who works at a station, and who may let a stopped one go on: asked of the inventory's operators.

Where the inventory has no operators, everybody at the keyboard may do everything.
"""

from __future__ import annotations

import os
import typing
from dataclasses import dataclass

import click

from simtool.cli.card_options import at_keyboard
from simtool.errors import RefusedError

if typing.TYPE_CHECKING:
    from simtool.crypto.secret import Secret
    from simtool.inventory.audit import Who
    from simtool.inventory.inventory import Inventory
    from simtool.inventory.people import Operator
    from simtool.station.run.station import Station
    from simtool.station.setup import Place

PIN_VARIABLE = "SIMTOOL_OPERATOR_PIN"


@dataclass(frozen=True, slots=True)
class Login:
    """`name` is the operator's, empty where somebody has to log in at the pages first. `known`: there are operators."""

    name: str
    is_supervisor: bool
    known: bool


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    """Decides who may let a slot or the bench go on."""

    place: Place
    station: str
    login: Login

    def must_ask(self, station: Station, slot: str | None) -> bool:
        """Whether somebody who is a supervisor has to agree, and the operator is none."""
        return self.login.known and not self.login.is_supervisor and station.is_stopped(slot)

    def check(self, name: str, pin: Secret) -> str:
        """The supervisor's name. Raises `RefusedError` for a wrong PIN and for somebody who is no supervisor."""
        from simtool.inventory.people import Role, check_pin

        with _open(self.place, _who(self.login.name or name, self.station)) as inventory:
            found = check_pin(inventory, name, pin)
        if found.role is not Role.SUPERVISOR:
            raise RefusedError(f"{found.name} is no supervisor")
        return found.name


def log_in(place: Place, station: str, operator: str, user: str, *, by_page: bool) -> Login:
    """The operator, after his PIN was asked once. `user` works where the inventory has no operators.

    Raises `RefusedError` for a wrong PIN, and where nobody can be asked.
    """
    from simtool.inventory.people import Role, check_pin, operators

    with _open(place, _who(operator or user, station)) as inventory:
        known = [one for one in operators(inventory) if one.active]
        if not known:
            return Login(operator or user, is_supervisor=True, known=False)
        name = operator or _asked_name(known, by_page=by_page)
        if not name:
            return Login("", is_supervisor=False, known=True)
        found = check_pin(inventory, name, _asked_pin(name))
    return Login(found.name, found.role is Role.SUPERVISOR, known=True)


def _asked_name(known: list[Operator], *, by_page: bool) -> str:
    if by_page:
        return ""
    if not at_keyboard():
        raise RefusedError("this inventory has operators: say who works", hint="--operator NAME")
    return str(click.prompt(f"operator ({', '.join(one.name for one in known)})", err=True))


def _asked_pin(name: str) -> Secret:
    """From the environment, else from the keyboard without being shown."""
    from simtool.crypto.secret import Secret

    given = os.environ.get(PIN_VARIABLE)
    if given is None:
        if not at_keyboard():
            raise RefusedError(f"the PIN of {name} is needed", hint=f"put it into the environment as {PIN_VARIABLE}")
        given = click.prompt(f"PIN of {name}", hide_input=True, err=True)
    return Secret(str(given).encode())


def _who(person: str, station: str) -> Who:
    from simtool.inventory.audit import Who

    return Who(person, station)


def _open(place: Place, who: Who) -> Inventory:
    from simtool.inventory.inventory import Inventory

    return Inventory.open(place.folder, url=place.url, vault=place.vault, who=who)
