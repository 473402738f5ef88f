"""What commands on the inventory ask for alike: which database, whose keys, who acts."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

if typing.TYPE_CHECKING:
    from simtool.inventory.inventory import Inventory

DATABASE = click.option(
    "--inventory", "url", envvar="SIMTOOL_INVENTORY", default="", metavar="URL",
    help="sqlite:///FILE or postgresql://… [default: inventory.db in the state folder]",
)  # fmt: skip
VAULT = click.option(
    "--vault", envvar="SIMTOOL_VAULT", default="", metavar="KEEPER",
    help="file:PATH, keyring:NAME or pkcs11:… [default: vault.key in the state folder]",
)  # fmt: skip
WHO = click.option("--who", default="", help="Who acts, for the audit log. [default: the user]")
WHERE = click.option("--where", default="", help="Where, for the audit log. [default: this computer]")


@dataclass(frozen=True, slots=True)
class Place:
    """Which inventory, and who is at it."""

    url: str
    vault: str
    who: str
    where: str

    @contextmanager
    def open(self) -> Iterator[Inventory]:
        """The inventory, opened for one command."""
        from simtool.inventory.inventory import Inventory
        from simtool.perso.memory.state_folder import state_folder

        with Inventory.open(state_folder(), url=self.url, vault=self.vault, who=self.person()) as inventory:
            yield inventory

    def person(self) -> Any:
        """Whoever acts, as the audit log will name him."""
        from simtool.inventory.audit import Who

        here = Who.here()
        return Who(self.who or here.person, self.where or here.place)


def at_inventory(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the four options, as one argument `place`."""
    import functools

    @functools.wraps(function)
    def run(*args: Any, url: str, vault: str, who: str, where: str, **kwargs: Any) -> Any:
        return function(*args, place=Place(url, vault, who, where), **kwargs)

    for option in (WHERE, WHO, VAULT, DATABASE):
        run = option(run)
    return run


def read_text(path: Path) -> str:
    """A text file that was named on the command line. Raises `InputError`."""
    from simtool.errors import InputError

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(getattr(error, "strerror", None) or "not a text file", place=str(path)) from None


def site_key(text: str, field: str) -> bytes:
    """The public key of a site (32 bytes) as it was typed. Raises `InputError`."""
    from simtool.errors import InputError

    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise InputError("a site's key has 64 hex digits", field=field, hint="simtool vault show tells a site's own")
    return key
