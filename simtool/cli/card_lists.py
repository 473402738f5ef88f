"""What commands on many cards ask for alike: a file of cards, or a batch of the inventory."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from simtool.cli.inventory_options import Place, at_inventory
from simtool.errors import InputError

if typing.TYPE_CHECKING:
    from simtool.batch.formats.card import ListedCard
    from simtool.batch.formats.convert import Source
    from simtool.batch.formats.model import Format, Reading
    from simtool.batch.incoming import Rules
    from simtool.batch.order import Batch
    from simtool.crypto.transport_key import TransportKey
    from simtool.inventory.inventory import Inventory

A_FILE = click.Path(path_type=Path)
FROM = click.option("--from", "from_format", default="records", show_default=True, help="Format of CARDS.")
TRANSPORT_KEYS = click.option(
    "--transport-keys", "keys_file", type=A_FILE, help="File with transport keys (YAML, mode 0600)."
)
TRANSPORT_KEY = click.option(
    "--transport-key", "index", type=int, help="Index of the key under which Ki and OPc are written."
)
ALGORITHM = click.option("--algorithm", default="", help="What the keys are for, where CARDS does not say it.")
OPENS_CARDS = ("records", "pysim")
"""Formats whose codes are presented to cards."""
BATCH = click.option("--batch", default="", metavar="NAME", help="A batch of the inventory instead of CARDS.")


@dataclass(frozen=True, slots=True)
class OpenCards:
    """Cards while a command is about them. `inventory` and `batch` are None for those of a file."""

    name: str
    source: Source
    reading: Reading
    keys: tuple[TransportKey, ...]
    inventory: Inventory | None = None
    batch: Batch | None = None

    def source_for(self, form: Format) -> Source:
        """The cards for a file of this format; where the file opens cards again, none that is not written yet."""
        if self.inventory is None or self.batch is None or form.name not in OPENS_CARDS:
            return self.source
        from simtool.batch.formats.card import listed
        from simtool.inventory.records import finished_records

        inventory, name = self.inventory, self.batch.name
        return lambda: listed(finished_records(inventory, name))

    def noted(self, act: str, *details: str) -> AbstractContextManager[object]:
        """While a batch's keys are used: the audit log says for what, and whether it failed. Nothing for a file's."""
        stack = ExitStack()
        if self.inventory is not None and self.batch is not None:
            from simtool.inventory.ending import noted_use

            for detail in details:
                stack.enter_context(noted_use(self.inventory, self.batch.name, act, detail))
        return stack

    def note_sqn(self, used: dict[str, int]) -> int:
        """Give the SQN that a core used back to the batch's records; returns how many changed."""
        from simtool.inventory.records import raise_sqn

        if self.inventory is None or self.batch is None or not used:
            return 0
        return raise_sqn(self.inventory, self.batch.name, used)


@dataclass(frozen=True, slots=True)
class Cards:
    """Which cards a command is about, as it was called."""

    path: Path | None
    form: str
    keys_file: Path | None
    algorithm: str
    batch: str
    place: Place

    @contextmanager
    def open(self) -> Iterator[OpenCards]:
        """Raises `InputError` unless just one of file and batch is given, and what opening an inventory raises."""
        if (self.path is None) == (not self.batch):
            raise InputError("give either a file of cards or --batch", field="CARDS")
        if self.path is not None:
            source, reading = cards_source(self.path, self.form, self.keys_file, self.algorithm)
            yield OpenCards(str(self.path), source, reading, reading.keys)
            return
        from simtool.batch.formats.card import listed
        from simtool.batch.formats.model import Reading
        from simtool.inventory.orders import find_batch
        from simtool.inventory.records import blocks, records

        keys = transport_keys(self.keys_file)
        with self.place.open() as inventory:
            with inventory.store.read() as connection:
                batch = find_batch(connection, self.batch)
            blocks(inventory, batch.name)  # refuses at once what has no keys, or not all of them
            yield OpenCards(
                f"batch {batch.name}", lambda: listed(records(inventory, batch.name)), Reading(batch.name), keys,
                inventory, batch,
            )  # fmt: skip


def at_cards(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the argument CARDS and the options that go with it, as one argument `cards`."""
    import functools

    @functools.wraps(function)
    def run(
        *args: Any, cards: Path | None, from_format: str, keys_file: Path | None, algorithm: str, batch: str,
        place: Place, **kwargs: Any,
    ) -> Any:  # fmt: skip
        return function(*args, cards=Cards(cards, from_format, keys_file, algorithm, batch, place), **kwargs)

    made = at_inventory(run)
    for option in (ALGORITHM, TRANSPORT_KEYS, BATCH, FROM, click.argument("cards", type=A_FILE, required=False)):
        made = option(made)
    return made


def cards_source(
    path: Path,
    from_format: str,
    keys_file: Path | None,
    algorithm: str,
    rules: Rules | None = None,
    *,
    without_keys: bool = False,
) -> tuple[Source, Reading]:
    """Where the cards of a file come from, and what the last reading of it found.

    It reads the file again each time the source is called.
    """
    from simtool.batch.formats.model import Reading
    from simtool.batch.formats.registry import resolve
    from simtool.batch.incoming import Rules, read_list

    form, keys = resolve(from_format), transport_keys(keys_file)
    last = Reading(str(path), keys, algorithm, without_keys)

    def source() -> Iterator[ListedCard]:
        last.problems.clear()
        return read_list(form, path, rules or Rules(weak_keys=False), None, last)

    return source, last


def transport_keys(path: Path | None) -> tuple[TransportKey, ...]:
    from simtool.batch.formats.key_file import read_transport_keys

    return read_transport_keys(path) if path is not None else ()


def chosen(keys: tuple[TransportKey, ...], index: int | None) -> TransportKey | None:
    """The key of that index, None for no index. Raises `InputError`."""
    if index is None:
        return None
    key = next((key for key in keys if key.index == index), None)
    if key is None:
        raise InputError(f"there is no transport key {index}", hint="give the key file with --transport-keys")
    return key


def under(key: TransportKey | None) -> str:
    """How Ki and OPc stand in a file, for the audit log."""
    return "Ki and OPc in clear" if key is None else f"Ki and OPc under {key.cipher.value} transport key {key.index}"
