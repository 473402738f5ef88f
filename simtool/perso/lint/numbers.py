"""Rules about numbers, keys and codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from simtool.codec.dial_number import DialNumber
from simtool.perso.lint.rule import Hit, Rule, Severity, Subject
from simtool.perso.profile import Profile
from simtool.perso.sections import KEEP, RANDOM, ImsiRange
from simtool.perso.source import Location

IMSI_LENGTH = 15
E164_MIN, E164_MAX = 7, 15
Span = tuple[Location, int, int]


def _network_code_length(subject: Subject) -> Iterator[Hit]:
    home = subject.profile.operator.plmn
    for at, plmn in subject.networks():
        short, long = sorted((plmn.mnc, home.mnc), key=len)
        if plmn.mcc == home.mcc and len(short) < len(long) and (long.startswith(short) or int(long) == int(short)):
            yield Hit(at, f"{plmn} and the operator's {home} differ only in the length of the network code")


def _imsi_length(subject: Subject) -> Iterator[Hit]:
    for at, numbers in _imsi_ranges(subject.profile):
        if len(numbers.first.digits) != IMSI_LENGTH:
            yield Hit(at, f"the IMSI {numbers.first} has {len(numbers.first.digits)} digits")


def _imsis_overlap(subject: Subject) -> Iterator[Hit]:
    yield from _overlaps(subject, _imsi_spans, "IMSIs")


def _iccids_overlap(subject: Subject) -> Iterator[Hit]:
    yield from _overlaps(subject, _iccid_spans, "ICCIDs")


def _msisdns_overlap(subject: Subject) -> Iterator[Hit]:
    yield from _overlaps(subject, _msisdn_spans, "MSISDNs")


def _msisdn_form(subject: Subject) -> Iterator[Hit]:
    identity = subject.profile.identity
    numbers: list[tuple[Location, DialNumber | None]] = [(("identity", "msisdn"), identity.msisdn)]
    numbers += [(("identity", "further", n, "msisdn"), item.msisdn) for n, item in enumerate(identity.further)]
    for at, number in numbers:
        if number is not None and not (number.international and E164_MIN <= len(number.digits) <= E164_MAX):
            yield Hit(at, f"{number} is not an international number of {E164_MIN} to {E164_MAX} digits")


def _constant_codes(subject: Subject) -> Iterator[Hit]:
    for name, policy in subject.profile.authentication.pins.items():
        if policy.value not in (KEEP, RANDOM) and not name.startswith("PIN"):
            yield Hit(("authentication", "pins", name), f"every card gets the same {name}")


def _weak_pin(subject: Subject) -> Iterator[Hit]:
    for name, policy in subject.profile.authentication.pins.items():
        if name.startswith("PIN") and policy.value not in (KEEP, RANDOM) and policy.enabled is not False:
            yield Hit(("authentication", "pins", name), f"every card is delivered with the same {name}")


def _unblockable(subject: Subject) -> Iterator[Hit]:
    pins = subject.profile.authentication.pins
    for number in "12":
        pin, puk = pins.get(f"PIN{number}"), pins.get(f"PUK{number}")
        if puk is not None and puk.value == RANDOM and (pin is None or pin.value == KEEP) and number == "1":
            yield Hit(("authentication", "pins", f"PUK{number}"), f"PUK{number} is drawn per card, PIN{number} is not")


def _operator_code(subject: Subject) -> Iterator[Hit]:
    known = [item.opc.reveal() for record in subject.records for item in record.subscriptions if item.opc is not None]
    for _, count in Counter(known).most_common(1):
        if count > 1:
            yield Hit(("authentication",), f"{count} subscriptions have the same OPc")


def _imsi_ranges(profile: Profile) -> Iterator[tuple[Location, ImsiRange]]:
    if profile.identity.imsi is not None:
        yield ("identity", "imsi"), profile.identity.imsi
    for number, item in enumerate(profile.identity.further):
        yield ("identity", "further", number, "imsi"), item.imsi


def _imsi_spans(profile: Profile) -> Iterator[Span]:
    for at, numbers in _imsi_ranges(profile):
        first, last = numbers.first.digits, (numbers.last or numbers.first).digits
        yield at, int(first.ljust(IMSI_LENGTH, "0")), int(last.ljust(IMSI_LENGTH, "0"))


def _count(profile: Profile) -> int:
    """How many cards the profile can number; one where its range has no end."""
    numbers = profile.identity.imsi
    return int(numbers.last.digits) - int(numbers.first.digits) + 1 if numbers and numbers.last else 1


def _iccid_spans(profile: Profile) -> Iterator[Span]:
    source = profile.identity.iccid
    if source is not None and source.first is not None:
        yield ("identity", "iccid", "first"), int(source.first), int(source.first) + _count(profile) - 1


def _msisdn_spans(profile: Profile) -> Iterator[Span]:
    number = profile.identity.msisdn
    if number is not None and number.digits.isdecimal():
        yield ("identity", "msisdn"), int(number.digits), int(number.digits) + _count(profile) - 1


def _overlaps(subject: Subject, spans: Callable[[Profile], Iterator[Span]], what: str) -> Iterator[Hit]:
    own = list(spans(subject.profile))
    for index, (at, first, last) in enumerate(own):
        for place, low, high in own[:index]:
            if first <= high and low <= last:
                yield Hit(at, f"the {what} overlap with those at {subject.profile.place(*place)}")
        for other in subject.others:
            for place, low, high in spans(other):
                if first <= high and low <= last:
                    yield Hit(at, f"the {what} overlap with those at {other.place(*place)}")


E, W = Severity.ERROR, Severity.WARNING
RULES = (
    Rule(
        "P01", "network code of two lengths", E,
        "EF.AD tells the phone how long the IMSI's network code is; it reads the other entry as another network.",
        "Write the network with the number of digits that operator.plmn has.",
        "TS 31.102 §4.2.18, TS 23.003 §2.2", _network_code_length,
    ),
    Rule(
        "P02", "IMSI that is not 15 digits long", W,
        "Shorter IMSIs are allowed and rare; cores and interconnects have been seen to refuse them.",
        "Fill the range up to 15 digits.", "TS 23.003 §2.2", _imsi_length,
    ),
    Rule(
        "P03", "IMSI ranges that overlap", E,
        "Two cards with one IMSI throw each other out of the network.",
        "Give each profile, and each subscription, a range of its own.", "TS 23.003 §2.2", _imsis_overlap,
    ),
    Rule(
        "P04", "ICCID ranges that overlap", E,
        "A doubled card number cannot be told apart in logistics, nor its record found.",
        "Start behind the last number of the other profile.", "ITU-T E.118", _iccids_overlap,
    ),
    Rule(
        "P05", "MSISDN ranges that overlap", E, "One number cannot ring on two cards.",
        "Start behind the last number of the other profile.", "TS 23.003 §3.3", _msisdns_overlap,
    ),
    Rule(
        "P06", "MSISDN that is not international", W,
        "EF.MSISDN without the type of number 91 is shown and shared wrongly abroad.",
        "Write it with + and the country code.", "TS 23.003 §3.3, TS 31.102 §4.2.26", _msisdn_form,
    ),
    Rule(
        "P07", "PUK or ADM code that is the same on every card", E,
        "Whoever learns it from one card can unblock, or rewrite, all of them.",
        "Use random, or keep where the supplier's codes differ from card to card.", "TS 102 221 §9.5", _constant_codes,
    ),
    Rule(
        "P08", "PIN that is the same on every card", W,
        "A PIN that everybody knows protects a found card from nobody.",
        "Use random, or keep, or deliver it switched off (enabled: false).", "TS 102 221 §9.5.1", _weak_pin,
    ),
    Rule(
        "P09", "PUK drawn, PIN left", W,
        "The letter to the customer tells a new PUK beside the PIN that the supplier chose for all cards.",
        "Draw PIN1 too.", "TS 102 221 §9.5.1", _unblockable,
    ),
    Rule(
        "P10", "OP where OPc belongs", E,
        "OPc is made from OP with each card's Ki, so it differs from card to card; equal ones are an OP.",
        "Give the OP in authentication.op_file and let simtool issue derive OPc.", "TS 35.206 §4.1", _operator_code,
    ),
)  # fmt: skip
