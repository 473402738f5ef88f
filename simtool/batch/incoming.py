"""Lists that customers, host operators and vendors send: checked whole before a single card is given on.

What is looked at: that numbers are whole (Luhn, lengths, digits: the format's reader does that), that the IMSI is of
the network, that nothing stands twice in the file or is taken in the register, that no Ki is weak or repeated, that
ICCIDs and IMSIs count up together, and that as many cards came as were ordered. Every problem has its line.

Numbers already seen are kept in memory with their line: about 400 MB for a million cards with keys.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from simtool.batch.formats.card import ListedCard, ListedSubscription
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.model import Format, Reading
from simtool.batch.formats.text import open_text
from simtool.codec.identifiers import Plmn
from simtool.crypto.key_source import weakness
from simtool.crypto.secret import Secret
from simtool.errors import InputError
from simtool.perso.aka_settings import AkaSettings
from simtool.perso.pysim.text_files import refuse
from simtool.perso.record import WITHOUT_OPC


class Register(Protocol):
    """What was issued before, here or elsewhere: an inventory."""

    def has_iccid(self, iccid: str) -> bool: ...

    def has_imsi(self, imsi: str) -> bool: ...

    def has_msisdn(self, msisdn: str) -> bool: ...

    def has_ki(self, k: Secret) -> bool: ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What a list must be like. None and False switch a rule off; that nothing stands twice always holds.

    `paired`: ICCID (without its check digit) and IMSI differ by the same number on every line. `whole`: every card
    makes a record that the inventory can hold, with ICCID, IMSI, and an OPc where there is a Ki.
    """

    plmn: Plmn | None = None
    imsi_digits: int | None = None
    quantity: int | None = None
    needs_ki: bool = False
    weak_keys: bool = True
    paired: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. True when nothing is wrong."""

    cards: int
    problems: tuple[InputError, ...]
    not_taken: tuple[str, ...]
    header: BatchHeader

    def __bool__(self) -> bool:
        return not self.problems


def check_list(form: Format, path: Path, rules: Rules, register: Register | None, reading: Reading) -> Checked:
    """Read a list to its end and tell everything that is wrong. Raises `InputError` only where it cannot be read."""
    count = 0
    for _ in _checked_file(form, path, rules, register, reading):
        count += 1
    return Checked(count, tuple(reading.problems), tuple(reading.not_taken), reading.header)


def read_list(
    form: Format, path: Path, rules: Rules, register: Register | None, reading: Reading
) -> Iterator[ListedCard]:
    """The cards of a list, one after the other. At the end it raises `InputError` with everything that is wrong.

    Whoever consumes them must be able to drop them then: a database transaction, a file not yet in its place.
    """
    yield from _checked_file(form, path, rules, register, reading)
    refuse(reading.problems, hint="correct the list; nothing was taken from it")


def _checked_file(
    form: Format, path: Path, rules: Rules, register: Register | None, reading: Reading
) -> Iterator[ListedCard]:
    with open_text(path) as source:
        yield from check_cards(form.read(source, reading), rules, register, reading)


def check_cards(
    cards: Iterable[ListedCard], rules: Rules, register: Register | None, reading: Reading
) -> Iterator[ListedCard]:
    """The good ones of these cards; what is wrong with the others, and with all together, goes to the reading."""
    count = 0
    for card in _checked(cards, rules, register, reading):
        count += 1
        yield card
    entries = count + len({problem.place for problem in reading.problems})
    if rules.quantity is not None and entries != rules.quantity:
        reason = f"{entries} cards, {rules.quantity} were ordered"
        reading.problems.append(InputError(reason, place=reading.name, field="quantity"))


def _checked(
    cards: Iterable[ListedCard], rules: Rules, register: Register | None, reading: Reading
) -> Iterator[ListedCard]:
    seen = _Seen()
    pairing: int | None = None
    for card in cards:
        before = len(reading.problems)
        for field, reason in _problems(card, rules, register):
            reading.problems.append(InputError(reason, place=card.place, field=field))
        for field, reason in seen.again(card):
            reading.problems.append(InputError(reason, place=card.place, field=field))
        if rules.paired and card.iccid is not None and card.subscriptions:
            offset = int(card.iccid.digits[:-1]) - int(card.subscriptions[0].imsi.digits)
            pairing = offset if pairing is None else pairing
            if offset != pairing:
                reason = "ICCID and IMSI do not count up together as on the first line"
                reading.problems.append(InputError(reason, place=card.place, field="imsi"))
        if len(reading.problems) == before:
            yield card


def _problems(card: ListedCard, rules: Rules, register: Register | None) -> Iterator[tuple[str, str]]:
    if register is not None and card.iccid is not None and register.has_iccid(card.iccid.digits):
        yield "iccid", "is in the register already"
    if rules.whole and card.iccid is None:
        yield "iccid", "is missing"
    if (rules.needs_ki or rules.whole) and not card.subscriptions:
        yield "imsi", "is missing"
    for item in card.subscriptions:
        digits = item.imsi.digits
        if rules.plmn is not None and not digits.startswith(rules.plmn.mcc + rules.plmn.mnc):
            yield "imsi", f"is not of the network {rules.plmn}"
        if rules.imsi_digits is not None and len(digits) != rules.imsi_digits:
            yield "imsi", f"has {len(digits)} digits, {rules.imsi_digits} are wanted"
        if rules.needs_ki and item.k is None:
            yield "ki", "is missing"
        if item.k is not None and rules.weak_keys and (reason := weakness(item.k.reveal())):
            yield "ki", f"is weak: {reason}"
        if rules.whole:
            yield from _lacking(item)
        if register is None:
            continue
        if register.has_imsi(digits):
            yield "imsi", "is in the register already"
        if item.msisdn and register.has_msisdn(item.msisdn):
            yield "msisdn", "is in the register already"
        if item.k is not None and register.has_ki(item.k):
            yield "ki", "was given to another card already"


def _lacking(item: ListedSubscription) -> Iterator[tuple[str, str]]:
    """Why a subscription makes no whole record."""
    if item.k is None and item.opc is not None:
        yield "ki", "is missing, and there is an OPc"
    elif item.k is not None and item.opc is None and item.algorithm not in WITHOUT_OPC:
        yield "opc", f"is missing, {item.algorithm} needs one"
    if item.settings != AkaSettings():
        yield "algorithm", "settings of the algorithm belong into the profile"


class _Seen:
    """The numbers of this file so far and where they stood. Keys are kept as keyed digests, not as they are."""

    def __init__(self) -> None:
        self._places: dict[str, dict[int, str]] = {"iccid": {}, "imsi": {}, "msisdn": {}, "ki": {}}
        self._key = secrets.token_bytes(32)

    def again(self, card: ListedCard) -> Iterator[tuple[str, str]]:
        """What of this card stood before, and where."""
        numbers = [("iccid", int(card.iccid.digits))] if card.iccid is not None else []
        for item in card.subscriptions:
            numbers.append(("imsi", int("1" + item.imsi.digits)))
            if item.msisdn:
                numbers.append(("msisdn", int("1" + item.msisdn.lstrip("+"))))
            if item.k is not None:
                digest = hashlib.blake2b(item.k.reveal(), key=self._key, digest_size=16).digest()
                numbers.append(("ki", int.from_bytes(digest)))
        for field, number in numbers:
            places = self._places[field]
            if number in places:
                yield field, f"stands in {places[number]} too"
            else:
                places[number] = card.name
