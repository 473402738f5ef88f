"""A slot in this process: a reader with software cards in it, and somebody who does what the screen says.

Time is made up: it passes while the slot waits. So nothing here sleeps, and every run is the same.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select

import simtool
from simtool.batch.order import Order, file_digest
from simtool.card.transport import EndpointTransport, Transport
from simtool.codec.identifiers import Iccid
from simtool.crypto.secret import Secret
from simtool.errors import CardRemovedError, ReaderError
from simtool.files.path import FilePath
from simtool.files.product import load
from simtool.inventory import tables
from simtool.inventory.audit import Who
from simtool.inventory.find import find
from simtool.inventory.intake import import_records
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.records import open_rows, records
from simtool.inventory.visits import Making, visits
from simtool.perso.image import Unit
from simtool.perso.proof import prove
from simtool.perso.record import CardRecord, Credential
from simtool.softcard.card import SoftCard
from simtool.softcard.faults import FaultyCard
from simtool.softcard.state import MemoryStore
from simtool.station.bench.bench import ReaderMatch, SlotSpec
from simtool.station.events import CardDone, End, Event, Noted, OrderKind, Phase, SlotChanged
from simtool.station.events import Order as SlotOrder
from simtool.station.setup import Place, WorkerSetup
from simtool.station.slot.line import HungUp
from simtool.station.slot.worker import run_slot
from tests.perso.rig import content_of

BATCH = "b1"
PROFILE = """\
operator: {kind: full, name: Nordlicht, plmn: 001-01}
identity: {iccid: {first: '894944000000200001'}, imsi: {first: '001010000000101'}, msisdn: '+88228000101'}
authentication: {pins: {@}}
branding: {spn: {name: Nordlicht}}
network: {user: [{plmn: 262-02, technologies: [GERAN]}], forbidden: [262-01]}
"""
NUMBERED = "sysmoUSIM-SJS1"
"""A product whose cards are numbered here."""
FIXED = "sysmoISIM-SJA5"
"""A product whose cards keep the ICCID that they came with."""
PINS = {
    NUMBERED: "PIN2: {value: '4321'}, ADM1: {value: random}",  # changed by commands
    FIXED: "PIN1: {value: random}, PUK1: {value: random}, ADM1: {value: random}",  # in files
}
ICCID = FilePath("MF/EF.ICCID")
TOO_LONG = 200_000
Does = Callable[["Somebody", SlotChanged], None]


class Killed(BaseException):
    """The process dies here, as by SIGKILL: nothing of the tool may catch it."""


@dataclass
class Time:
    """Seconds that pass only while somebody waits."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Trouble:
    """What happens at the `at`-th exchange of a slot's life (from 0), before or after the card did what it was told.

    `act` gets the reader; when it returns, the link is broken.
    """

    at: int
    act: Callable[[SoftReader], None]
    after: bool = False


def lose_power(card: SoftCard | FaultyCard) -> None:
    if isinstance(card, SoftCard):
        card.power_loss()
    else:
        card.power_off()


class Contact:
    """A card between the contacts of the reader, as `EndpointTransport` wants it."""

    def __init__(self, reader: SoftReader, card: SoftCard | FaultyCard) -> None:
        self._reader = reader
        self._card = card

    def power_on(self) -> bytes:
        self._check()
        return self._card.power_on()

    def power_off(self) -> None:
        if self._reader.card is self._card:
            self._card.power_off()

    def reset(self) -> bytes:
        return self.power_on()

    def transmit(self, tpdu: bytes) -> bytes:
        self._check()
        return self._reader.exchange(self._card, tpdu)

    def _check(self) -> None:
        if self._reader.card is not self._card or self._reader.is_loose or self._reader.is_gone:
            raise ConnectionError


@dataclass
class SoftReader:
    """A reader as PC/SC shows it. `is_loose`: the card is in it, and its contacts are not."""

    time: Time
    card: SoftCard | FaultyCard | None = None
    events: int = 0
    is_loose: bool = False
    is_mute: bool = False
    gone_until: float = 0.0
    count: int = 0
    troubles: deque[Trouble] = field(default_factory=deque)
    answers: Callable[[bytes, Callable[[bytes], bytes]], bytes] | None = None
    meanwhile: Callable[[], None] = lambda: None
    drawer: list[SoftCard | FaultyCard] = field(default_factory=list)
    """Cards that were taken out in the middle; who is asked for one puts it back."""
    hang_up: Callable[[], None] = lambda: None
    """The station dies: the worker's line breaks."""

    @property
    def present(self) -> bool:
        return self.card is not None

    @property
    def mute(self) -> bool:
        return self.present and self.is_mute

    @property
    def is_gone(self) -> bool:
        return self.time.now < self.gone_until

    def insert(self, card: SoftCard | FaultyCard) -> None:
        assert self.card is None
        self.card, self.is_loose, self.is_mute = card, False, False
        self.events += 1

    def remove(self) -> SoftCard | FaultyCard:
        card, self.card = self.card, None
        assert card is not None
        lose_power(card)
        self.events += 1
        return card

    def lose_service(self, seconds: float = 2.0) -> None:
        """pcscd restarts: the card loses its power, and PC/SC counts anew."""
        if self.card is not None:
            lose_power(self.card)
        self.gone_until, self.events = self.time.now + seconds, 0

    def loosen(self) -> None:
        if self.card is not None:
            lose_power(self.card)
        self.is_loose = True

    def exchange(self, card: SoftCard | FaultyCard, tpdu: bytes) -> bytes:
        number, self.count = self.count, self.count + 1
        if self.troubles and number == self.troubles[0].at:
            trouble = self.troubles.popleft()
            if trouble.after:
                card.transmit(tpdu)
            trouble.act(self)
            raise ConnectionError
        return self.answers(tpdu, card.transmit) if self.answers is not None else card.transmit(tpdu)

    # SlotReader

    def now(self) -> SoftReader:
        if self.is_gone:
            raise ReaderError("no PC/SC service runs on this computer")
        return copy.copy(self)

    def wait(self, seconds: float) -> SoftReader:
        self.time.now += seconds
        self.meanwhile()
        return self.now()

    def open(self) -> Transport:
        self.now()
        if self.card is None:
            raise CardRemovedError("no card in the reader")
        return EndpointTransport(Contact(self, self.card), "slot 1")

    def close(self) -> None:
        pass


@dataclass
class Somebody:
    """An operator who does what the screen says, until `cards` are through; then the slot may end.

    `does` overrules what is done at a phase; it returns whether it did something.
    """

    reader: SoftReader
    cards: deque[SoftCard | FaultyCard]
    time: Time
    does: Mapping[Phase, Does] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    orders: deque[SlotOrder] = field(default_factory=deque)
    is_dead: bool = False
    polls: int = 0
    acted_on: SlotChanged | None = None

    # The pipe, as the worker sees it

    def send(self, event: Any) -> None:
        if self.is_dead:
            raise BrokenPipeError
        self.events.append(event)

    def poll(self, timeout: float = 0.0) -> bool:
        self.polls += 1
        assert self.polls < TOO_LONG, f"the slot hangs at {self.shown}"
        if self.is_dead:
            return True
        self.time.now += timeout
        if timeout > 0:
            self.act()
        return bool(self.orders)

    def recv(self) -> SlotOrder:
        if self.is_dead:
            raise EOFError
        return self.orders.popleft()

    # The person

    def die(self) -> None:
        self.is_dead = True

    @property
    def shown(self) -> SlotChanged | None:
        return next((event for event in reversed(self.events) if isinstance(event, SlotChanged)), None)

    def order(self, kind: OrderKind, text: str = "") -> None:
        self.orders.append(SlotOrder(kind, text))

    def act(self) -> None:
        """What is shown is done once."""
        shown = self.shown
        if shown is None or shown is self.acted_on or self.orders:
            return
        self.acted_on = shown
        own = self.does.get(shown.phase)
        if own is not None:
            own(self, shown)
            return
        match shown.phase:
            case Phase.INSERT:
                if self.cards:
                    self.reader.insert(self.cards.popleft())
                else:
                    self.order(OrderKind.END)
            case Phase.GOOD | Phase.REJECT | Phase.REMOVE | Phase.ATTENTION:
                if self.reader.present:
                    self.reader.remove()
            case Phase.RESEAT:
                self.reader.insert(self.reader.remove() if self.reader.present else self.reader.drawer.pop())
            case Phase.SCAN:
                self.order(OrderKind.SCAN, shown.iccid)

    # What came of it

    @property
    def done(self) -> list[CardDone]:
        return [event for event in self.events if isinstance(event, CardDone)]

    @property
    def ends(self) -> list[End]:
        return [event.end for event in self.done]

    @property
    def phases(self) -> list[Phase]:
        return [event.phase for event in self.events if isinstance(event, SlotChanged)]

    @property
    def problems(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Noted) and event.is_problem]

    def messages(self, phase: Phase) -> list[str]:
        return [event.message for event in self.events if isinstance(event, SlotChanged) and event.phase is phase]


@dataclass
class Warehouse:
    """An inventory with one batch, and cards as their vendor delivered them."""

    folder: Path
    product: str
    issued: tuple[CardRecord, ...]
    url: str = ""

    @property
    def profile(self) -> Path:
        return self.folder / "profile.yaml"

    def setup(self, **changes: Any) -> WorkerSetup:
        usual: dict[str, Any] = {"station": "north", "slot": SlotSpec("1", ReaderMatch()), "gate": False}
        place = Place(self.folder / "state", self.url)
        return WorkerSetup(batch=BATCH, profile=self.profile, place=place, operator="Ola", **(usual | changes))

    def card(self, number: int | None = None) -> SoftCard:
        """A card as delivered: with its own factory number, or with that of a record where they are fixed."""
        iccid = next(_factory_numbers) if number is None else self.issued[number].iccid
        card = _delivered(self.product)
        card.write(card.files.by_path[str(ICCID)], iccid.encode())
        card.commit()
        return card

    @contextmanager
    def inventory(self) -> Iterator[Inventory]:
        with Inventory.open(self.folder / "state", url=self.url, who=Who("tester", "test")) as opened:
            yield opened

    def states(self, count: int | None = None) -> list[RecordState]:
        """Of the first `count` records, or of all, in their order."""
        with self.inventory() as inventory:
            return [find(inventory, record.iccid.digits).state for record in self.issued[:count]]

    def visits(self) -> tuple[Making, ...]:
        """Newest first."""
        with self.inventory() as inventory:
            return visits(inventory, BATCH, limit=10_000)

    def records(self) -> list[CardRecord]:
        with self.inventory() as inventory:
            return list(records(inventory, BATCH))

    def record(self, number: int) -> CardRecord:
        """One of them as it is now, without reading the others."""
        table = tables.cards
        with self.inventory() as inventory, inventory.store.read() as connection:
            query = select(table.c.id, table.c.layout_id, table.c.iccid, table.c.sealed, table.c.batch_id)
            row = connection.execute(query.where(table.c.iccid == self.issued[number].iccid.digits)).one()
            (block,) = open_rows(inventory, connection, row.batch_id, [row])
            return next(iter(block.records()))


def warehouse(
    folder: Path, product: str = NUMBERED, *, quantity: int = 3, spares: int = 0, text: str = "", url: str = ""
) -> Warehouse:
    """A new one. Its records hold the codes with which the product's cards are delivered."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "profile.yaml"
    path.write_text(text or PROFILE.replace("@", PINS.get(product, "")))
    profile = simtool.Profile.load(path)
    order = Order("ACME", str(path.resolve()), file_digest(path), quantity, 100 * spares // quantity)
    codes = tuple(
        Credential(pin.name, Secret(pin.value, kind=pin.name.lower())) for pin in load(product).pins if pin.value
    )
    issued = tuple(replace(record, credentials=codes) for record in profile.issue(order.total))
    with Inventory.create(folder / "state", url=url, who=Who("tester", "test")) as inventory:
        import_records(inventory, BATCH, order, issued)
    return Warehouse(folder, product, issued, url)


@dataclass
class Run:
    """One life of a worker, and everything around it."""

    warehouse: Warehouse
    cards: list[SoftCard | FaultyCard]
    reader: SoftReader
    somebody: Somebody
    died: bool = False

    def again(self, *cards: SoftCard | FaultyCard, **changes: Any) -> Run:
        """The worker's next life: what is in the reader stays there."""
        return slot(self.warehouse, *cards, reader=self.reader, **changes)


def slot(
    here: Warehouse,
    *cards: SoftCard | FaultyCard,
    reader: SoftReader | None = None,
    troubles: tuple[Trouble, ...] = (),
    does: Mapping[Phase, Does] | None = None,
    person: Callable[..., Somebody] = Somebody,
    **changes: Any,
) -> Run:
    """Run a slot until all `cards` were in it and the last one is out."""
    time = reader.time if reader is not None else Time()
    reader = reader or SoftReader(time)
    reader.count, reader.troubles = 0, deque(troubles)
    somebody = person(reader, deque(cards), time, does or {})
    reader.meanwhile, reader.hang_up = somebody.act, somebody.die
    run = Run(here, list(cards), reader, somebody)
    try:
        run_slot(here.setup(**changes), somebody, reader, time)
    except (Killed, HungUp):
        run.died = True
        if reader.card is not None:
            lose_power(reader.card)
    return run


def iccid_of(card: SoftCard) -> str:
    """What the chip says its number is."""
    return Iccid.decode(content_of(card, Unit(ICCID))).digits


def is_as_wanted(here: Warehouse, card: SoftCard, record: CardRecord) -> bool:
    """Whether the card holds all that profile and record want, and proves its keys: every file is read."""
    profile = simtool.Profile.load(here.profile)
    with simtool.Session.open(EndpointTransport(card, "judge")) as session:
        model = simtool.identify(session, product=here.product)
        record = record.with_settings(profile.authentication.settings)
        return bool(simtool.verify(session, simtool.render(profile, record, model), record))


def proves(card: SoftCard, record: CardRecord) -> bool:
    """Whether the card holds the record's keys: asked of the card itself."""
    with simtool.Session.open(EndpointTransport(card, "judge")) as session:
        model = simtool.identify(session, product=card.model.name)
        found, _ = prove(session, model, record.subscription, record.credentials)
    return bool(found) and all(one.ok for one in found)


_KNOWN: dict[str, SoftCard] = {}
_factory_numbers = (Iccid.from_body(str(898821132030000000 + number)) for number in count(1))


def _delivered(product: str) -> SoftCard:
    if product not in _KNOWN:
        _KNOWN[product] = SoftCard.new(load(product))
    store = MemoryStore()
    store.values = copy.deepcopy(_KNOWN[product].store.values)
    return SoftCard(load(product), store)
