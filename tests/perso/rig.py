"""A card that can be had again and again as it was delivered, and a reader that loses it at a chosen moment."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import simtool
from simtool.card.transport import EndpointTransport
from simtool.crypto.secret import Secret
from simtool.files.product import load
from simtool.perso.image import Unit
from simtool.perso.job import Job, prepare
from simtool.perso.memory.attempts import Attempts
from simtool.perso.memory.journal import Journals
from simtool.perso.read import read_iccid
from simtool.perso.record import CardRecord, Credential
from simtool.perso.visit import Visit, visit
from simtool.softcard.card import SoftCard
from simtool.softcard.state import MemoryStore

ROOT = Path(__file__).resolve().parents[2]


class Reader:
    """Holds a card and loses it at the `at`-th exchange (from 0), before or after the card did what it was told.

    `breaks` None: the card is gone until it is put into another reader. A number: the contact breaks so many times,
    and powering the card off and on brings it back.
    """

    def __init__(self, card: SoftCard, at: int = -1, after: bool = False, breaks: int | None = None) -> None:
        self.card, self.at, self.after, self.breaks = card, at, after, breaks
        self.count, self.gone, self.lost = 0, False, 0

    def power_on(self) -> bytes:
        if self.gone and self.breaks is None:
            raise ConnectionError
        self.gone = False
        return self.card.power_on()

    def power_off(self) -> None:
        if self.gone and self.breaks is None:
            raise ConnectionError
        self.card.power_off()

    def reset(self) -> bytes:
        return self.power_on()

    def transmit(self, tpdu: bytes) -> bytes:
        if self.gone:
            raise ConnectionError
        number, self.count = self.count, self.count + 1
        if number >= self.at >= 0 and self.lost < (self.breaks or 1):
            self.lost += 1
            if self.after:
                self.card.transmit(tpdu)
            self.card.power_loss()
            self.gone = True
            raise ConnectionError
        return self.card.transmit(tpdu)


@dataclass(eq=False)
class Rig:
    """One product, one profile, one record, as many cards as wanted."""

    product: str
    profile: simtool.Profile
    known: dict[str, bytes] = field(default_factory=dict)

    @cached_property
    def model(self) -> simtool.CardModel:
        return load(self.product)

    @cached_property
    def _delivered(self) -> SoftCard:
        return SoftCard.new(self.model)

    @cached_property
    def record(self) -> CardRecord:
        values = {pin.name: pin.value for pin in self.model.pins if pin.value} | self.known
        held = tuple(Credential(name, Secret(value, kind=name.lower())) for name, value in values.items())
        record = replace(self.profile.issue(1)[0], credentials=held)
        with self.session(self.card()) as session:
            return record if self.model.iccid_writable else replace(record, iccid=read_iccid(session, self.model))

    def card(self, like: SoftCard | None = None) -> SoftCard:
        """A card as delivered, or another one with the content of `like`."""
        store = MemoryStore()
        store.values = copy.deepcopy((like or self._delivered).store.values)
        return SoftCard(self.model, store)

    @contextmanager
    def session(self, reader: SoftCard | Reader) -> Iterator[simtool.Session]:
        with simtool.Session.open(EndpointTransport(reader, f"soft:{self.product}")) as session:
            simtool.identify(session, product=self.product)
            yield session

    def prepare(self, session: simtool.Session, record: CardRecord | None = None) -> Job:
        return prepare(session, self.profile, (record or self.record,), product=self.product)

    def visit(
        self, reader: SoftCard | Reader, journals: Journals, records: list[CardRecord], attempts: Attempts
    ) -> Visit:
        """As `simtool apply` does it; `records` is the record file, its last item what it holds."""
        with self.session(reader) as session:
            return visit(
                session, self.profile, (records[-1],), journals,
                keep=records.append, product=self.product, attempts=attempts,
            )  # fmt: skip


def with_pins(profile: simtool.Profile, **values: str) -> simtool.Profile:
    """The profile with PINs, PUKs and ADM codes of these values."""
    pins = {name: {"value": value} for name, value in values.items()}
    given = {"algorithm": profile.authentication.algorithm, "pins": pins}
    return profile.model_copy(update={"authentication": type(profile.authentication).model_validate(given)})


def content_of(card: SoftCard, unit: Unit) -> bytes:
    """What the card's memory holds, whoever may read it."""
    node = card.files.by_path[str(unit.path)]
    data = bytes(node.content.data)
    length = node.record_length
    return data[(unit.record - 1) * length : unit.record * length] if unit.record else data


def memory_of(card: SoftCard) -> dict[str, object]:
    """Everything that survives, but for what each authentication and each selection changes."""
    passing = ("SQN", "recent", *(f"pin:{name}" for name, pin in card.pins.items() if pin.content is not None))
    return {name: value for name, value in card.store.values.items() if not any(word in name for word in passing)}


def load_profile(name: str = "full-mvno", **changes: object) -> simtool.Profile:
    profile = simtool.Profile.load(ROOT / "profiles" / f"{name}.yaml")
    return profile.model_copy(update=changes)


PLAIN = """\
extends: full-mvno.yaml
identity: {further: null}
branding: {same_brand: null, languages: null}
network: {steering: null, suci: null}
services: {message_waiting: null, customer_care: null, emergency: null}
"""


def plain_profile(**changes: object) -> simtool.Profile:
    """The full MVNO without what only some products have files for."""
    return simtool.Profile.parse(PLAIN, folder=ROOT / "profiles").model_copy(update=changes)
