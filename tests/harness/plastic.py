"""Cards to hold in the hand: delivered ones with numbers and codes of their own, some with a fault that shows at work.

A card keeps its memory when it is taken out, and a fault its count. Each product's delivered card is made from its
description with another EF.ICCID and ADM1; the list that comes with the delivery is `stock_yaml`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from simtool.codec.identifiers import Iccid
from simtool.files.product import CardModel, load, pin_bytes
from simtool.softcard.card import SoftCard
from simtool.softcard.delivered import delivered
from simtool.softcard.faults import Endpoint, Fault, FaultyCard, Kind
from simtool.softcard.state import MemoryStore
from simtool.softcard.timing import TimedCard, TimeModel

ADM = "ADM1"
RECENT = "recent"
"""The card's own memory of which application was selected last."""
FOR_EVER = 1 << 30
WORN_OUT = 0x6581
MUTE_ATR = bytes(40)
"""More than an ATR can be: what the virtual reader makes a card of that is there and does not answer to power-on."""


class Fate(Enum):
    """How a card has to end."""

    GOOD = "good"
    REJECTED = "rejected"
    EITHER = "good or rejected"
    """A bit that was changed on the way cannot be told from a bad card: good only if it is, and then proved."""
    STRANGER = "untouched"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a card. `sticks`: after it lost its contacts it stays out until a hand has put it in anew;
    `swapped`: that hand takes another card by mistake first. `flipped`: it is put in upside down the first time.
    """

    name: str
    fate: Fate
    faults: tuple[Fault, ...] = ()
    sticks: bool = False
    swapped: bool = False
    flipped: bool = False


def troubles(chance: random.Random) -> tuple[Trouble, ...]:
    """One of each, at moments of a visit that differ from call to call."""

    def write() -> int:
        return chance.randint(1, 7)

    def command() -> int:
        return chance.randint(10, 80)

    once = {
        "torn before a write": Fault(Kind.TEAR_BEFORE, write(), writes=True),
        "torn within a write": Fault(Kind.TEAR_DURING, write(), writes=True),
        "torn after a write": Fault(Kind.TEAR_AFTER, write(), writes=True),
        "mute once": Fault(Kind.MUTE, command()),
        "a shaky contact": Fault(Kind.CONTACT_LOSS, command()),
        "slow once": Fault(Kind.SLOW, command(), seconds=1.5),
        "a technical problem once": Fault(Kind.WRONG_SW, write(), writes=True),
    }
    ever = {
        "memory worn out": Fault(Kind.WRONG_SW, write(), writes=True, times=FOR_EVER, sw=WORN_OUT),
        "dead": Fault(Kind.MUTE, command(), times=FOR_EVER),
        "broken contacts": Fault(Kind.CONTACT_LOSS, command(), times=FOR_EVER),
        "torn at every write": Fault(Kind.TEAR_DURING, write(), writes=True, times=FOR_EVER),
    }
    fallen_out, changed = Fault(Kind.CONTACT_LOSS, command()), Fault(Kind.CONTACT_LOSS, command())
    return (
        *(Trouble(name, Fate.GOOD, (fault,)) for name, fault in once.items()),
        *(Trouble(name, Fate.REJECTED, (fault,)) for name, fault in ever.items()),
        Trouble("fallen out", Fate.GOOD, (fallen_out,), sticks=True),
        Trouble("changed for another", Fate.GOOD, (changed,), sticks=True, swapped=True),
        Trouble("a byte changed on the way", Fate.EITHER, (Fault(Kind.CORRUPT, command()),)),
        Trouble("upside down", Fate.GOOD, flipped=True),
    )


class Plastic:
    """One card. `box` is where it lies, empty while it has not been sorted; `laid` when it was put there."""

    def __init__(
        self, iccid: Iccid, model: CardModel, *, trouble: Trouble | None = None, stranger: bool = False
    ) -> None:
        self.iccid = iccid
        self.product = model.name
        self.trouble = trouble
        self.fate = Fate.STRANGER if stranger else trouble.fate if trouble is not None else Fate.GOOD
        self.flipped = trouble is not None and trouble.flipped
        self.box = ""
        self.laid = 0.0
        self._model = model
        self._store = MemoryStore()
        self._faulty: FaultyCard | None = None

    def __repr__(self) -> str:
        return f"{self.iccid.digits} ({self.product}{f', {self.trouble.name}' if self.trouble else ''})"

    @property
    def is_plain(self) -> bool:
        """Of the order, and nothing is wrong with it."""
        return self.trouble is None and self.fate is Fate.GOOD

    @property
    def written(self) -> bool:
        """Whether anything was ever stored on it that a reset does not note by itself."""
        return bool(self._store.values.keys() - {RECENT})

    @property
    def struck(self) -> tuple[str, ...]:
        """The faults that came up so far."""
        return tuple(self._faulty.log) if self._faulty is not None else ()

    def card(self) -> SoftCard:
        """The bare chip with its memory, for whoever reads it later. Not while it sits in a slot."""
        return SoftCard(self._model, self._store)

    def endpoint(self, timing: TimeModel | None) -> Endpoint:
        """What sits in the reader: with its faults, and with the time that a card of plastic takes if one is given."""
        card: Endpoint
        if self.trouble is None or not self.trouble.faults:
            card = self.card()
        else:
            if self._faulty is None:
                seed = int(self.iccid.digits)
                self._faulty = FaultyCard(self.card(), self.trouble.faults, seed=seed)
            card = self._faulty
        return card if timing is None else TimedCard(card, timing, real=True)


@dataclass(frozen=True, slots=True)
class Stack:
    """Cards as they come in a box, and the list that came with those of the order."""

    cards: tuple[Plastic, ...]
    stock_yaml: str


def stack(
    count: int, products: Sequence[str], *, first: int, seed: int = 1, faulty: int = 0, others: int = 0,
    strangers: int = 0,
) -> Stack:  # fmt: skip
    """`count` cards of these products in turn, `faulty` of them with a trouble each (one of each kind, then again).

    `others` stand behind them in the list, for another batch; `strangers` are in no list. All come shuffled, those with
    something wrong in its first half, so that they do not stay over. `first` is the first ICCID's number (18
    digits), so that orders do not meet.
    """
    chance = random.Random(seed)  # noqa: S311  # repeatable on purpose
    ill: list[Trouble] = []
    while len(ill) < faulty:
        ill += troubles(chance)
    places = dict(zip(chance.sample(range(count), faulty), ill, strict=False))
    cards, rows = [], ["cards:"]
    for at in range(count + others + strangers):
        product, iccid = products[at % len(products)], Iccid.from_body(str(first + at))
        adm = f"{chance.randrange(10**8):08d}"
        model = delivered(load(product), iccid, {ADM: pin_bytes(adm)})
        cards.append(Plastic(iccid, model, trouble=places.get(at), stranger=at >= count))
        if at < count + others:
            rows.append(f"  - {{iccid: '{iccid.digits}', credentials: {{{_codes(model)}}}}}")
    chance.shuffle(cards)
    plain = [plastic for plastic in cards if plastic.is_plain]
    for plastic in cards:
        if not plastic.is_plain:
            plain.insert(chance.randint(0, len(cards) // 2), plastic)
    return Stack(tuple(plain), "\n".join(rows) + "\n")


def scaled(model: TimeModel, factor: float) -> TimeModel:
    """The same card, `factor` times as fast."""
    return replace(
        model,
        clock=model.clock * factor,
        command_seconds=model.command_seconds / factor,
        write_page_seconds=model.write_page_seconds / factor,
        authenticate_seconds=model.authenticate_seconds / factor,
        reset_seconds=model.reset_seconds / factor,
    )


def _codes(model: CardModel) -> str:
    return ", ".join(f"{pin.name}: '{pin.value.hex()}'" for pin in model.pins if pin.value)
