"""What may happen to a card at every single command of its visit, and what came of it in the end.

Whatever it is and whenever: the same card put back ends good with the same record; no chip ever holds two records, and
no record is on two chips.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simtool.inventory.life import RecordState
from simtool.softcard.card import SoftCard
from simtool.station.events import End
from tests.station.rig import (
    FIXED,
    NUMBERED,
    Killed,
    Run,
    SoftReader,
    Trouble,
    Warehouse,
    is_as_wanted,
    slot,
    warehouse,
)

GOOD, FREE = RecordState.GOOD, RecordState.GENERATED
STEP = 10
"""Each combination looks at every tenth command, and each at others: together they look at all of them."""
MANY = 300


def breaks(reader: SoftReader) -> None:
    """The contact breaks for a moment: power off and on, and the card is back."""
    if reader.card is not None:
        reader.card.power_loss()


def comes_loose(reader: SoftReader) -> None:
    """Nothing helps but to take the card out and put it in again."""
    reader.loosen()


def is_pulled(reader: SoftReader) -> None:
    """The card is taken out, and comes back when the screen asks for it."""
    reader.drawer.append(reader.remove())


def service_restarts(reader: SoftReader) -> None:
    reader.lose_service()


def reader_is_unplugged(reader: SoftReader) -> None:
    """The reader goes with the card in it; the card is taken out meanwhile."""
    reader.drawer.append(reader.remove())
    reader.lose_service(20.0)


def process_is_killed(reader: SoftReader) -> None:
    raise Killed


def station_dies(reader: SoftReader) -> None:
    reader.hang_up()


Happens = Callable[[SoftReader], None]
HAPPENS: list[Happens] = [
    breaks, comes_loose, is_pulled, service_restarts, reader_is_unplugged, process_is_killed, station_dies,
]  # fmt: skip


class Cards:
    """Fresh cards of one warehouse, one after the other."""

    def __init__(self, here: Warehouse) -> None:
        self.here = here
        self.used = 0
        self.commands = 0

    def next(self) -> tuple[SoftCard, int]:
        """A card, and the number of the record that it shall have."""
        number, self.used = self.used, self.used + 1
        return self.here.card(number if self.here.product == FIXED else None), number


@pytest.fixture(scope="module", params=[NUMBERED, FIXED])
def cards(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Cards:
    found = Cards(warehouse(tmp_path_factory.mktemp("warehouse"), request.param, quantity=MANY))
    card, _ = found.next()
    found.commands = slot(found.here, card).reader.count
    return found


def lives(here: Warehouse, card: SoftCard, trouble: Trouble) -> list[Run]:
    """The lives of the slot's worker until the card came to an end: one that died is started again."""
    runs = [slot(here, card, troubles=(trouble,))]
    if runs[-1].died:
        runs.append(slot(here, *runs[-1].reader.drawer, reader=runs[-1].reader))
    return runs


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("happens", HAPPENS, ids=lambda happens: happens.__name__)
def test_at_every_command(cards: Cards, happens: Happens, after: bool) -> None:
    here = cards.here
    first = (2 * HAPPENS.index(happens) + after) * 3 % STEP
    for at in range(first, cards.commands, STEP):
        card, number = cards.next()
        runs = lives(here, card, Trouble(at, happens, after))
        where = f"{happens.__name__} {'after' if after else 'before'} command {at}: {runs[-1].somebody.events}"
        assert runs[-1].somebody.ends == [End.GOOD], where
        assert runs[-1].somebody.done[0].iccid == here.issued[number].iccid.digits, where
        assert here.states(number + 2)[-2:] == [GOOD, FREE], where
        assert is_as_wanted(here, card, here.record(number)), where
