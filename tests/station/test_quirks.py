"""What the bench says of a reader reaches the card's way through its slot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simtool.card.transport import Transport
from simtool.errors import RefusedError
from simtool.inventory.life import RecordState
from simtool.station.bench.bench import Quirks, ReaderMatch, Rules, SlotSpec
from simtool.station.events import End, Phase
from simtool.station.setup import WorkerSetup
from simtool.station.slot.pcsc_reader import PcscReader
from tests.card.fake_scard import PRESENT, FakeScard, use
from tests.station.rig import NUMBERED, SoftReader, Time, Warehouse, slot, warehouse

NAME = "ACS ACR39U 00 00"


class Limited(SoftReader):
    """Refuses the first card, as a reader with `max_baud` does."""

    refused = 0

    def open(self) -> Transport:
        if not self.refused:
            self.refused += 1
            raise RefusedError("the card offers 223200 bit/s", hint="use another reader")
        return super().open()


class WeakWarehouse(Warehouse):
    """Its slot is known to give some cards too little current."""

    def setup(self, **changes: Any) -> WorkerSetup:
        spec = SlotSpec("1", ReaderMatch(), quirks=Quirks(weak_power=True))
        return replace(super().setup(**changes), slot=spec, rules=Rules(reseats=0))


def test_a_card_that_is_not_for_this_slot_is_given_back_untouched(tmp_path: Path) -> None:
    here = warehouse(tmp_path, NUMBERED, quantity=1)
    run = slot(here, here.card(), here.card(), reader=Limited(Time()))
    assert run.somebody.ends == [End.UNTOUCHED, End.GOOD]
    assert run.somebody.messages(Phase.REMOVE) == ["the card offers 223200 bit/s"]
    assert here.states() == [RecordState.GOOD]


def test_weak_power_is_said_of_a_card_that_is_given_up(tmp_path: Path) -> None:
    made = warehouse(tmp_path, NUMBERED, quantity=1)
    here = WeakWarehouse(made.folder, made.product, made.issued)
    reader = SoftReader(Time())
    reader.insert(here.card())
    reader.is_mute = True
    run = slot(here, reader=reader)
    assert run.somebody.ends == [End.REJECTED]
    assert run.somebody.done[0].cause.endswith("and this slot is known to give little power")


def test_limits_reach_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = use(monkeypatch, FakeScard((NAME, PRESENT), active=2))
    fake.atr = bytes.fromhex("3b1096")
    reader = PcscReader(SlotSpec("1", ReaderMatch(NAME), quirks=Quirks(max_baud=115200)))
    with pytest.raises(RefusedError, match="limited to 115200"):
        reader.open()
    reader.close()
    reader = PcscReader(SlotSpec("1", ReaderMatch(NAME), quirks=Quirks(no_extended_apdu=True)))
    transport = reader.open()
    assert not transport.takes_extended
    transport.close()
    reader.close()
    assert fake.open_contexts == 0
