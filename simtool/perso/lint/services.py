"""Rules about numbers that a phone dials, messages, and IMS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from simtool.perso.lint.numbers import E164_MAX, E164_MIN
from simtool.perso.lint.rule import Hit, Rule, Severity, Subject
from simtool.perso.source import Location

SHORT_CODE = 6


def _message_centre(subject: Subject) -> Iterator[Hit]:
    smsc = subject.profile.services.smsc
    if smsc is not None and not (
        smsc.international and smsc.digits.isdecimal() and E164_MIN <= len(smsc.digits) <= E164_MAX
    ):
        yield Hit(("services", "smsc"), f"{smsc} is not an international number of {E164_MIN} to {E164_MAX} digits")


def _only_at_home(subject: Subject) -> Iterator[Hit]:
    services = subject.profile.services
    named: list[tuple[Location, object]] = []
    for name, entry in (
        ("voicemail", services.voicemail),
        ("customer_care", services.customer_care),
        ("missed_calls", services.missed_calls),
    ):
        if entry is not None:
            named.append((("services", name), entry.number))
    named += [(("services", "numbers", n), entry.number) for n, entry in enumerate(services.numbers)]
    for at, number in named:
        text = str(number)
        if text.isdecimal() and len(text) > SHORT_CODE:
            yield Hit(at, f"{text} is a national number")


def _waiting_without_mailbox(subject: Subject) -> Iterator[Hit]:
    services = subject.profile.services
    if services.message_waiting and services.voicemail is None:
        yield Hit(("services", "message_waiting"), "there is no voicemail number to dial")


def _emergency_twice(subject: Subject) -> Iterator[Hit]:
    codes = subject.profile.services.emergency
    count = Counter(code.number.digits for code in codes)
    for number, code in enumerate(codes):
        if count[code.number.digits] > 1:
            yield Hit(("services", "emergency", number), f"the code {code.number} stands twice")


def _address_without_number(subject: Subject) -> Iterator[Hit]:
    ims, identity = subject.profile.ims, subject.profile.identity
    if ims is None or identity.msisdn is not None or identity.imsi is None or identity.iccid is None:
        return  # where the host delivers the numbers, they are in the records
    for at, text in ((("ims", "impi"), ims.impi), *((("ims", "impu", n), text) for n, text in enumerate(ims.impu))):
        if "{msisdn}" in text:
            yield Hit(at, "the card has no MSISDN to put in")


E, W = Severity.ERROR, Severity.WARNING
RULES = (
    Rule(
        "P50", "message centre that is not an international number", E,
        "Abroad, a message to a national number never reaches the home network's centre.",
        "Write it with + and the country code.", "TS 23.040 §9.1.2.5, TS 31.102 §4.2.27", _message_centre,
    ),
    Rule(
        "P51", "service number that works at home only", W, "A national number dialled abroad reaches somebody else.",
        "Write it with + and the country code, or as a short code.", "TS 22.030 §6.3", _only_at_home,
    ),
    Rule(
        "P52", "waiting messages without a mailbox", W, "The phone shows that a message waits and has nothing to dial.",
        "Give services.voicemail.", "TS 31.102 §4.2.60, §4.2.63", _waiting_without_mailbox,
    ),
    Rule(
        "P53", "emergency code that stands twice", E, "Phones differ in which of the two service categories they take.",
        "Merge the services into one entry.", "TS 22.101 §10.1, TS 31.102 §4.2.21", _emergency_twice,
    ),
    Rule(
        "P54", "IMS address of a number that the card has not", E, "The address becomes one without a name.",
        "Give identity.msisdn, or take the address away.", "TS 23.003 §13.4", _address_without_number,
    ),
)  # fmt: skip
