"""Lists of any format taken into the inventory: checked to their end against the register, then stored as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from simtool.batch.formats.card import ListedCard
from simtool.batch.formats.convert import read_cards
from simtool.batch.formats.model import Format, Reading
from simtool.batch.formats.text import open_text
from simtool.batch.incoming import Rules, check_cards
from simtool.batch.order import Batch, Order
from simtool.batch.own_files import own_cards, read_own
from simtool.crypto.transport_key import TransportKey
from simtool.inventory.intake import import_records
from simtool.inventory.inventory import Inventory
from simtool.inventory.known import known
from simtool.perso.adopt import adopt
from simtool.perso.profile import Profile
from simtool.perso.pysim.text_files import refuse
from simtool.perso.record import CardRecord


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file of cards and how to read it. `form` is None for simtool's own CSV and Parquet.

    `without_keys` leaves its Ki and OPc out, so that their transport key is not needed.
    """

    path: Path
    form: Format | None
    keys: tuple[TransportKey, ...] = ()
    algorithm: str = ""
    without_keys: bool = False

    def reading(self) -> Reading:
        return Reading(str(self.path), self.keys, self.algorithm, self.without_keys)

    def cards(self, reading: Reading) -> Iterator[ListedCard]:
        """For checking: every card that can be read; the others are told in the reading."""
        if self.form is None:
            yield from own_cards(self.path, reading)
            return
        with open_text(self.path) as source:
            yield from self.form.read(source, reading)

    def records(self) -> Iterable[CardRecord]:
        """For keeping. Raises `InputError` with everything that cannot be read."""
        if self.form is None:
            return read_own(self.path, transport=self.keys, without_keys=self.without_keys)
        return (card.record(keyless=True) for card in read_cards(self.form, self.path, self.reading()))


def import_list(
    inventory: Inventory, name: str, order: Order, file: ListFile, rules: Rules, *, adopted_by: Profile | None = None
) -> tuple[Batch, tuple[str, ...]]:
    """A new batch of the cards of a list, and what of the list was not taken.

    `adopted_by` draws the codes and key sets that the host's cards shall get. Raises `InputError` with everything that
    is wrong, each with its line; nothing is stored then.
    """
    reading = file.reading()
    with known(inventory) as register:
        for _ in check_cards(file.cards(reading), replace(rules, quantity=order.total, whole=True), register, reading):
            pass
    refuse(reading.problems, hint="correct the list; nothing was taken from it")
    records = file.records()
    if adopted_by is not None:
        records = adopt(adopted_by, tuple(records))
    return import_records(inventory, name, order, records, origin=file.path.name), tuple(reading.not_taken)
