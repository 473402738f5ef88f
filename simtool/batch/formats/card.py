"""What one entry of a batch file says of a card: less than a `CardRecord`, for many files leave something out.

A core's file knows no ICCID, a label no key. `ListedCard.of` makes one from a record, `record` the way back where
nothing is missing. Codes are those that open the finished card: a record's targets before its credentials.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from simtool.codec.identifiers import Iccid, Imsi
from simtool.crypto.key_set import KeySet
from simtool.crypto.secret import Secret
from simtool.errors import InputError
from simtool.perso.aka_settings import AkaSettings
from simtool.perso.record import WITHOUT_OPC, CardRecord, Credential, Subscription

DEFAULT_ALGORITHM = "milenage"


@dataclass(frozen=True, slots=True)
class ListedSubscription:
    """A subscription as a file has it. `sqn` is the highest SQN used so far, `settings` the operator's own choices."""

    imsi: Imsi
    k: Secret | None = None
    opc: Secret | None = None
    algorithm: str = DEFAULT_ALGORITHM
    msisdn: str | None = None
    sqn: int = 0
    settings: AkaSettings = AkaSettings()


@dataclass(frozen=True, slots=True)
class ListedCard:
    """One entry. `place` is `FILE:LINE` where it was read, empty for one made from a record."""

    iccid: Iccid | None
    subscriptions: tuple[ListedSubscription, ...] = ()
    codes: tuple[Credential, ...] = ()
    key_sets: tuple[KeySet, ...] = ()
    place: str = field(default="", compare=False)

    @classmethod
    def of(cls, record: CardRecord) -> ListedCard:
        """A record as it will be when its targets are written."""
        if record.targets or record.key_set_targets:
            record = record.personalised()
        subscriptions = tuple(
            ListedSubscription(item.imsi, item.k, item.opc, item.algorithm, item.msisdn, item.sqn, item.settings)
            for item in record.subscriptions
        )
        return cls(record.iccid, subscriptions, record.credentials, record.key_sets)

    @property
    def name(self) -> str:
        """For messages: the place, or the card's number."""
        if self.place:
            return self.place
        if self.iccid is not None:
            return f"ICCID {self.iccid}"
        return f"IMSI {self.subscriptions[0].imsi}" if self.subscriptions else "a card without numbers"

    def record(self, *, keyless: bool = False) -> CardRecord:
        """The card record. Raises `InputError` naming what is missing: the ICCID, a Ki, an OPc.

        With `keyless` keys may be missing, as in lists of a host that keeps them; of a pair, both are left out.
        """
        if self.iccid is None:
            raise InputError("has no ICCID, a card record needs one", place=self.name)
        subscriptions = []
        for item in self.subscriptions:
            lacks_opc = item.opc is None and item.algorithm not in WITHOUT_OPC
            if keyless and (item.k is None or lacks_opc):
                item = replace(item, k=None, opc=None)
            elif item.k is None:
                raise InputError("has no Ki, a card record needs one", place=self.name)
            elif lacks_opc:
                raise InputError(f"has no OPc, {item.algorithm} needs one", place=self.name)
            subscriptions.append(
                Subscription(item.imsi, item.k, item.opc, item.algorithm, item.msisdn, item.sqn, item.settings)
            )
        return CardRecord(self.iccid, tuple(subscriptions), self.codes, (), self.key_sets)


def listed(records: Iterable[CardRecord]) -> Iterator[ListedCard]:
    """Every record as an entry, one after the other."""
    return map(ListedCard.of, records)


def by_subscription(cards: Iterable[ListedCard]) -> Iterator[ListedCard]:
    """One entry for each IMSI, as cores want it. A card without subscription comes as it is."""
    for card in cards:
        if len(card.subscriptions) <= 1:
            yield card
        else:
            for subscription in card.subscriptions:
                yield replace(card, subscriptions=(subscription,))
