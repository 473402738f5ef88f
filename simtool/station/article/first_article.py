"""Making a first article: one card of a batch, made as the slots make theirs, read back whole, and put on a sheet.

The batch stays locked until a second person has approved it (`simtool.inventory.gate`). The card is a good card of the
order like any other. When the work breaks off, the same card goes on with the next try; when it breaks off between the
card's end and the sheet, another card is needed for the sheet.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simtool.batch.order import Batch
from simtool.card.session import Session
from simtool.card.transport import Transport
from simtool.errors import CardError, CardRemovedError, RefusedError
from simtool.inventory.gate import FirstArticle, propose
from simtool.inventory.inventory import Inventory
from simtool.inventory.life import RecordState
from simtool.inventory.orders import find_batch, load_profile
from simtool.inventory.station_lock import only_station
from simtool.inventory.work import take_back
from simtool.perso.compiled import CompiledProfile
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.profile import Profile
from simtool.perso.visit import Visit
from simtool.station.article.content import ArticleHead, sheet_of
from simtool.station.article.sheet import ArticleSheet
from simtool.station.events import End, Event, Phase
from simtool.station.paper.template import check_paper
from simtool.station.setup import WorkerSetup
from simtool.station.slot.card_at_work import CardAtWork, Result
from simtool.station.slot.card_work import CardWork, ContactLost, OtherCard
from simtool.station.slot.desk import Aside, Desk, LeaseLost
from simtool.station.slot.line import Line

AGAIN = "put the same card in again and say the same: it goes on where it stopped"
OTHER_CARD = "take another card and say the same"
_STATES = {End.GOOD: RecordState.GOOD, End.REJECTED: RecordState.REJECTED, End.QUARANTINED: RecordState.QUARANTINED}
Opener = Callable[[], Transport]
"""Powers the card in the reader and connects to it. Raises `CardError`."""
Watcher = Callable[[Event], None]
"""Gets what a slot would tell its station: phases and progress."""


@dataclass(frozen=True, slots=True)
class _Alone:
    """The pipe of a worker without a station: what is told goes to `watch`, and nobody gives orders."""

    watch: Watcher

    def send(self, event: Any, /) -> None:
        self.watch(event)

    def recv(self) -> Any:
        raise EOFError

    def poll(self, timeout: float = 0.0, /) -> bool:
        time.sleep(timeout)
        return False


class _ArticleDesk(Desk):
    """The gate lets a first article through, if it is of the product that is wanted."""

    def __init__(self, setup: WorkerSetup, inventory: Inventory, line: Line, product: str) -> None:
        super().__init__(setup, inventory, line)
        self.setup = setup
        self._product = product
        self.compiled: CompiledProfile | None = None

    def why_locked(self, product: str, compiled: CompiledProfile) -> Aside | None:
        self.compiled = compiled
        if self._product.lower() in ("", product.lower()):
            return None
        return Aside(Phase.ATTENTION, f"this card is {product}, not {self._product}", OTHER_CARD)


class _Reading:
    """Makes the sheet while the finished card is still in use."""

    def __init__(self, batch: Batch, profile: Profile, desk: _ArticleDesk, card: CardAtWork) -> None:
        self._batch = batch
        self._profile = profile
        self._desk = desk
        self._card = card
        self.sheet: ArticleSheet | None = None

    def look(self, session: Session, done: Visit) -> None:
        compiled = self._desk.compiled
        if compiled is None:
            raise RefusedError("a card without a compiled profile")
        order, setup, card = self._batch.order, self._desk.setup, self._card
        head = ArticleHead(
            self._batch.name, order.customer, order.quantity, card.chip, setup.operator, setup.station, card.busy or 0.0
        )
        self.sheet = sheet_of(head, self._profile, compiled, session, done)


def make_first_article(
    inventory: Inventory, setup: WorkerSetup, open_card: Opener, *, product: str = "", watch: Watcher = lambda _: None
) -> FirstArticle:
    """Make the card in the reader with a record of its batch, read all of it back, and put its sheet up for approval.

    `setup` is that of a slot of a station that does nothing else; its `operator` is who makes it. `product` refuses
    cards of any other. Raises `RefusedError` for a card or batch that is not worked on, for a card that is not good
    (its record is rejected or quarantined with the cause) and when the record was lost; `CardError` when the contact
    broke: the same card goes on with the next try. `InputError` for an unknown batch, a missing profile or a label that
    cannot be printed.
    """
    with inventory.store.read() as connection:
        batch = find_batch(connection, setup.batch)
    profile = load_profile(batch.order, setup.profile)
    check_paper(profile)
    with only_station(inventory, setup.station):
        take_back(inventory, setup.batch, setup.holder)
        line = Line(_Alone(watch), setup.slot.name, setup.operator)
        desk, card = _ArticleDesk(setup, inventory, line, product), CardAtWork()
        reading = _Reading(batch, profile, desk, card)
        folder = setup.place.folder
        work = CardWork(setup, profile, desk, line, Journals(folder), Attempts(folder), watch=reading.look)
        try:
            result = _made(work, card, open_card)
            _note(desk, card, result)
        except LeaseLost as error:
            raise RefusedError(str(error), hint="put the card aside; put in again it may go on") from None
        sheet = reading.sheet
        if result.end is not End.GOOD or sheet is None:
            raise RefusedError(result.cause or result.message, hint=result.hint or OTHER_CARD)
    return propose(
        inventory, batch.name, sheet.product, digest=sheet.digest, iccid=sheet.iccid, made_by=setup.operator,
        sheet=sheet.to_json(),
    )  # fmt: skip


def _made(work: CardWork, card: CardAtWork, open_card: Opener) -> Result:
    """What came of the card. Raises `CardError` when its contact is bad; what was begun may go on."""
    tries = work.setup.rules.repowers
    while True:
        try:
            return work.seat(card, open_card())
        except OtherCard as error:
            cause: CardError = CardRemovedError(f"another card was put in, {error}", hint=AGAIN)
        except ContactLost as error:
            cause = CardRemovedError(f"the contact to the card broke: {error}", hint=AGAIN)
            if tries:
                tries -= 1
                card.repowered += 1
                continue
        except CardError as error:  # no card to power at all
            cause = error if card.visit is None else CardRemovedError(str(error), hint=AGAIN)
        _note(work.desk, card, Result(End.UNFINISHED, Phase.RESEAT, cause=str(cause)))
        raise cause


def _note(desk: Desk, card: CardAtWork, result: Result) -> None:
    """What came of it, in the inventory."""
    card.stop_the_clock()
    held, record, state = card.held, card.record, _STATES.get(result.end)
    if held is None or record is None:
        return
    if card.visit is None:
        if not held.continues:
            desk.give_back(held, result.cause or "no card was touched")
    elif state is not None:
        desk.finish(held, card.visit, state, result.cause, record, card.measures())
    else:
        desk.leave(card.visit, result.cause, card.measures())
