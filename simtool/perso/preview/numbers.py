"""The numbers that a phone offers from the card: emergency, voicemail, own number, the operator's service numbers.

TS 31.102 §4.2.21 (EF.ECC), §4.2.60 (EF.MBDN), §4.2.62 (EF.MBI), §4.2.26 (EF.MSISDN), §4.2.29 (EF.SDN); TS 22.101
§10.1.1. What follows in extension files is not looked up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simtool.files import contents
from simtool.files.contents.numbers import dial_number
from simtool.perso.preview.content import CardContent, File, State
from simtool.perso.preview.explanation import Decision
from simtool.perso.preview.fit import shown

BUILT_IN_EMERGENCY = ("112", "911")
"""What every phone calls as an emergency, whatever the card says (TS 22.101 §10.1.1)."""
_FIRST_PROFILE = 1
_VOICEMAIL = 0


@dataclass(frozen=True, slots=True)
class Number:
    """A number with the name that the phone shows to it. `goes_on`: further digits are in an extension file."""

    number: str
    name: str = ""
    goes_on: bool = False

    @property
    def digits(self) -> str:
        return f"{self.number}…" if self.goes_on else self.number

    def __str__(self) -> str:
        return f"{self.name} {self.digits}" if self.name else self.digits


@dataclass(frozen=True, slots=True)
class Numbers:
    """All of them. `emergency` are those of the card beside the phone's own; `voicemail` may be None."""

    emergency: tuple[Number, ...]
    voicemail: Number | None
    own: tuple[Number, ...]
    service: tuple[Number, ...]
    decisions: tuple[Decision, ...]

    @property
    def every_emergency(self) -> tuple[Number, ...]:
        """The phone's own and the card's, each once and under the card's name for it."""
        return _every_emergency(self.emergency)


def numbers_of(card: CardContent) -> Numbers:
    """What the phone offers to call."""
    emergency, about_emergency = _emergency(card)
    voicemail, about_voicemail = _voicemail(card)
    own, about_own = _entries(card, "EF.MSISDN", "own number")
    service, about_service = _entries(card, "EF.SDN", "service numbers")
    return Numbers(emergency, voicemail, own, service, (about_emergency, about_voicemail, about_own, about_service))


def _emergency(card: CardContent) -> tuple[tuple[Number, ...], Decision]:
    found: list[Number] = []
    if card.is_usim:
        for _, file in card.records("EF.ECC"):
            if isinstance(file.value, contents.EmergencyNumber) and file.value.number:
                found.append(Number(file.value.number, shown(file.value.name)))
        state = card.state("EF.ECC")
    else:
        state = card.file("EF.ECC")
        found = [Number(text) for text in state.value or () if text]
    always = " and ".join(BUILT_IN_EMERGENCY)
    outcome = ", ".join(map(str, _every_emergency(found)))
    reason = f"{always} in every phone; {_source(bool(found), state)}"
    return tuple(found), Decision("emergency numbers", outcome, reason, f"{state.reference}, TS 22.101 §10.1.1")


def _every_emergency(of_card: Iterable[Number]) -> tuple[Number, ...]:
    every = {number: Number(number) for number in BUILT_IN_EMERGENCY} | {one.number: one for one in of_card}
    return tuple(every.values())


def _voicemail(card: CardContent) -> tuple[Number | None, Decision]:
    mailboxes = card.state("EF.MBDN")
    if mailboxes.state is not State.READ:
        return None, Decision("voicemail", "none", str(mailboxes), mailboxes.reference)
    which = card.file("EF.MBI", _FIRST_PROFILE)
    if which.state in (State.ABSENT, State.UNKNOWN):
        record, reason = 1, f"{which}: the first record of EF.MBDN"
    else:
        record = _record_number(which.value)
        reason = f"EF.MBI names record {record} of EF.MBDN" if record else "EF.MBI names no mailbox"
    entry = card.file("EF.MBDN", record).value if record else None
    number = _number(entry)
    outcome = str(number) if number else "none"
    return number, Decision("voicemail", outcome, reason, f"{mailboxes.reference}, {which.reference}")


def _record_number(value: object) -> int:
    number = value[_VOICEMAIL] if isinstance(value, tuple) and value else None
    return number if isinstance(number, int) else 0


def _entries(card: CardContent, name: str, subject: str) -> tuple[tuple[Number, ...], Decision]:
    found = tuple(number for _, file in card.records(name) if (number := _number(file.value)) is not None)
    state = card.state(name)
    outcome = ", ".join(map(str, found)) or "none"
    return found, Decision(subject, outcome, _source(bool(found), state), state.reference)


def _source(found: bool, file: File) -> str:
    """Where numbers come from, or why there are none."""
    if found:
        return f"from {file.path.name}"
    return f"{file.path.name} holds no number" if file.state is State.READ else str(file)


def _number(entry: object) -> Number | None:
    if not isinstance(entry, contents.Entry) or not entry.number:
        return None
    return Number(str(dial_number(entry.number)), shown(entry.name), entry.extension is not None)
