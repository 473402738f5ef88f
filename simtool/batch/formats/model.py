"""What a format is: a name, a purpose, columns with their meaning, what it keeps of a card, a reader and a writer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol, TextIO

from simtool.batch.formats.card import ListedCard, ListedSubscription
from simtool.batch.formats.header import BatchHeader
from simtool.crypto.sqn import DEFAULT_CONFIG
from simtool.crypto.transport_key import TransportKey
from simtool.errors import InputError
from simtool.perso.aka_settings import AkaSettings, MilenageSettings, TuakSettings

MILENAGE = ("milenage",)
ANY_ALGORITHM = ("milenage", "tuak", "comp128v1", "comp128v2", "comp128v3", "xor")


@dataclass(frozen=True, slots=True)
class Column:
    """A column, or a named value of a document. `secret` where it holds a key or a code."""

    title: str
    meaning: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Keeps:
    """What a format keeps of a card. `codes` and `key_sets` (by version) name those it has a place for, None all.

    `sqn` is "exact", "seq" (the SEQ part only, IND is lost) or "" (not at all); `plus` is the + before an MSISDN.
    `subscriptions` is how many one entry holds: 0 (numbers of the card only), 1, or many (None).
    """

    iccid: bool = True
    imsi: bool = True
    msisdn: bool = True
    plus: bool = True
    ki: bool = True
    opc: bool = True
    sqn: str = ""
    algorithm: bool = False
    codes: tuple[str, ...] | None = ()
    key_sets: tuple[int, ...] | None = ()
    settings: bool = False

    def project(self, card: ListedCard) -> ListedCard:
        """The card as it comes back out of a file of this format."""
        codes = card.codes if self.codes is None else tuple(code for code in card.codes if code.pin in self.codes)
        subscriptions = tuple(map(self._subscription, card.subscriptions)) if self.imsi else ()
        versions = self.key_sets
        key_sets = tuple(item for item in card.key_sets if versions is None or item.version in versions)
        return ListedCard(card.iccid if self.iccid else None, subscriptions, codes, key_sets)

    def _subscription(self, item: ListedSubscription) -> ListedSubscription:
        sqn = {"exact": item.sqn, "seq": item.sqn >> DEFAULT_CONFIG.ind_bits << DEFAULT_CONFIG.ind_bits}.get(self.sqn)
        msisdn = item.msisdn if self.msisdn else None
        return replace(
            item,
            k=item.k if self.ki else None,
            opc=item.opc if self.opc else None,
            sqn=sqn or 0,
            msisdn=msisdn if self.plus or msisdn is None else msisdn.lstrip("+"),
            algorithm=item.algorithm if self.algorithm or self.ki else "milenage",
            settings=item.settings if self.settings else AkaSettings(),
        )

    def loses(self, card: ListedCard) -> Iterator[str]:
        """What of this card has no place in the format, in words."""
        codes = () if self.codes is None else [code.pin for code in card.codes if code.pin not in self.codes]
        numbers = card.subscriptions if self.imsi else ()
        lost = {
            "ICCID": card.iccid is not None and not self.iccid,
            "IMSI": not self.imsi and bool(card.subscriptions),
            "MSISDN": not self.msisdn and any(item.msisdn for item in card.subscriptions),
            "Ki": not self.ki and any(item.k for item in card.subscriptions),
            "OPc": not self.opc and any(item.opc for item in card.subscriptions),
            "SQN policy": not self.settings and any(item.settings.sqn for item in numbers),
            "SQN": not self.sqn and any(item.sqn for item in numbers),
        }
        yield from (name for name, is_lost in lost.items() if is_lost)
        yield from codes
        if self.key_sets is not None:
            yield from (f"key set {item.version}" for item in card.key_sets if item.version not in self.key_sets)


@dataclass(slots=True)
class Reading:
    """One run through a file: what the reader was given, and what it found beside the cards.

    `name` stands for the file in messages. `without_keys` leaves Ki and OPc out, so that their transport key is not
    needed. The reader adds to `problems` and goes on; whoever consumes the cards must
    not keep them when there are any.
    """

    name: str
    keys: tuple[TransportKey, ...] = ()
    algorithm: str = ""
    without_keys: bool = False
    header: BatchHeader = field(default_factory=BatchHeader)
    problems: list[InputError] = field(default_factory=list)
    not_taken: dict[str, None] = field(default_factory=dict)

    def problem(self, line: int, reason: str, *, field: str = "") -> None:
        self.problems.append(InputError(reason, place=f"{self.name}:{line}", field=field))


Writer = Callable[[Iterable[ListedCard], TextIO, BatchHeader, "TransportKey | None"], None]
Reader = Callable[[TextIO, Reading], Iterator[ListedCard]]


class Layout(Protocol):
    """A module's or a template's pair of functions."""

    def write(
        self, cards: Iterable[ListedCard], out: TextIO, header: BatchHeader, transport: TransportKey | None
    ) -> None: ...

    def read(self, source: TextIO, reading: Reading) -> Iterator[ListedCard]: ...


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `source` says where its layout can be checked.

    `by_subscription`: an entry for each IMSI (cores), else for each card. `needs_quantity`: the head counts the cards.
    `takes_transport_key`: Ki and OPc may stand under one. `algorithms` are those it can carry.
    """

    name: str
    purpose: str
    source: str
    columns: tuple[Column, ...]
    keeps: Keeps
    write: Writer
    read: Reader
    suffix: str = "csv"
    by_subscription: bool = False
    needs_quantity: bool = False
    takes_transport_key: bool = False
    algorithms: tuple[str, ...] = MILENAGE
    many_subscriptions: bool = False
    needs_keys: bool = False
    template: bool = False

    def refusal(self, card: ListedCard) -> str:
        """Why the format cannot hold this card, or nothing."""
        if len(card.subscriptions) > 1 and not self.many_subscriptions and not self.by_subscription:
            return f"has {len(card.subscriptions)} subscriptions, {self.name} has a place for one"
        if self.by_subscription and not card.subscriptions:
            return f"has no subscription, {self.name} is a list of them"
        if self.needs_keys and any(item.k is None for item in card.subscriptions):
            return f"has no Ki, {self.name} needs one"
        if self.keeps.ki:
            for item in card.subscriptions:
                if item.algorithm not in self.algorithms:
                    return f"its keys are for {item.algorithm}, {self.name} takes {', '.join(self.algorithms)}"
                if not self.keeps.settings and (reason := self._unlike_others(item.settings)):
                    return reason
        return ""

    def _unlike_others(self, settings: AkaSettings) -> str:
        """Why keys with these settings would not work from a file that cannot tell them, or nothing."""
        own = (settings.milenage or MilenageSettings(), settings.tuak or TuakSettings())
        if own != (MilenageSettings(), TuakSettings()):
            return f"its keys go with constants or sizes of its own, which {self.name} cannot tell"
        if self.by_subscription and settings.sqn is not None and settings.sqn.ind_bits != DEFAULT_CONFIG.ind_bits:
            return f"its card takes {settings.sqn.ind_bits} bits for IND, which {self.name} cannot tell"
        return ""
