"""A slot in a process of its own, which may be killed at any moment: its cards live in files and survive it.

`python -m tests.station.slot_process FOLDER PRODUCT SLOT ICCID…` works until each of its cards is good, and prints
what came of each.
"""

from __future__ import annotations

import sys
from collections import deque
from pathlib import Path
from typing import Any

from simtool.codec.identifiers import Iccid
from simtool.files.product import load
from simtool.softcard.card import SoftCard
from simtool.softcard.state import FileStore
from simtool.station.bench.bench import ReaderMatch, SlotSpec
from simtool.station.events import CardDone
from simtool.station.slot.worker import run_slot
from tests.station.rig import ICCID, SoftReader, Somebody, Time, Warehouse


class Talking(Somebody):
    """Says at once what came of a card."""

    def send(self, event: Any) -> None:
        super().send(event)
        if isinstance(event, CardDone):
            print(f"{event.end.value} {event.iccid}", flush=True)  # noqa: T201


def stored_card(path: Path, product: str) -> SoftCard:
    """The card in a file; a new one is as its product is delivered."""
    return SoftCard(load(product), FileStore(path, product))


def make_card(path: Path, product: str, iccid: str) -> None:
    """A card as delivered, with a number of its own."""
    card = stored_card(path, product)
    card.write(card.files.by_path[str(ICCID)], Iccid.parse(iccid).encode())
    card.commit()
    card.store.close()


def main(folder: Path, product: str, slot: str, iccids: list[str]) -> None:
    cards = deque(stored_card(folder / f"{iccid}.card", product) for iccid in iccids)
    time = Time()
    reader = SoftReader(time)
    somebody = Talking(reader, cards, time)
    reader.meanwhile = somebody.act
    print("ready", flush=True)  # noqa: T201
    setup = Warehouse(folder, product, ()).setup(slot=SlotSpec(slot, ReaderMatch()))
    run_slot(setup, somebody, reader, time)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:])
