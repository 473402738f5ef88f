"""The four kinds of MVNO: what each may decide, as a table.

A reseller sells its host's finished cards under its own brand. A service provider has its own brand and message centre;
numbers and keys come from the host. An enhanced service provider also runs data services and SIM applications. A full
MVNO owns everything but the radio.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from simtool.errors import InputError
from simtool.perso.sections import OperatorKind
from simtool.perso.source import Location, Source

R, S, E, F = OperatorKind
ALL = frozenset(OperatorKind)


@dataclass(frozen=True, slots=True)
class Decision:
    """A part of the profile (a dotted name, with * and ?), who may say something there, and why others may not."""

    part: str
    kinds: frozenset[OperatorKind]
    reason: str = ""


DECISIONS = (
    # The first row that fits counts.
    Decision("operator", ALL),
    Decision("branding", ALL),
    Decision("services.smsc", frozenset((S, E, F)), "messages go through the host's message centre"),
    Decision("services.carrier_apps", frozenset((E, F)), "who owns no SIM applications grants no carrier privileges"),
    Decision("services", ALL),
    Decision("identity.imsi", frozenset((S, E, F)), "the IMSI belongs to the host and is on the card already"),
    Decision("identity.iccid", frozenset((F,)), "the host numbers the cards; the ICCIDs come in its output file"),
    Decision("identity.msisdn", frozenset((F,)), "the host assigns the numbers; they come in its output file"),
    Decision("identity.further", frozenset((F,)), "a second subscription needs keys of one's own"),
    Decision("identity", frozenset((S, E, F)), "groups of subscribers are the host's business"),
    Decision("authentication.pins.*ADM*", frozenset((E, F)), "the ADM code belongs to the host"),
    Decision("authentication.pins", frozenset((S, E, F)), "the PINs of finished cards are printed and stay"),
    Decision("authentication.key_sets", frozenset((E, F)), "over-the-air keys belong to the host"),
    Decision("authentication", frozenset((F,)), "keys and algorithm belong to the host's authentication centre"),
    Decision("network.user", frozenset((S, E, F)), "the host decides which networks its cards look for"),
    Decision("network.forbidden", frozenset((S, E, F)), "the host decides which networks its cards look for"),
    Decision("network", frozenset((F,)), "roaming agreements and 5G keys are the host's"),
    Decision("ims", frozenset((E, F)), "IMS identities belong to whoever runs the IMS"),
    Decision("applets", frozenset((E, F)), "the host decides what is loaded onto its cards"),
    Decision("paper", ALL),
    Decision("files", frozenset((E, F)), "any file could hold what belongs to the host"),
)

REQUIRED = (
    # What a kind has to say, because nobody else does.
    Decision("identity.iccid", frozenset((F,)), "a full MVNO numbers its cards"),
    Decision("identity.imsi", frozenset((F,)), "a full MVNO numbers its subscribers"),
)

STRUCTURE = "the card's files"
WRITES = {
    # What is written from the record rather than from the profile, and for whom.
    "record.iccid": frozenset((S, E, F)),
    "record.imsi": frozenset((S, E, F)),
    "record.msisdn": frozenset((S, E, F)),
    "operator.plmn": frozenset((S, E, F)),
    "network.access_class": frozenset((S, E, F)),
    "authentication": frozenset((S, E, F)),
    STRUCTURE: frozenset((S, E, F)),
}
GUARDED = ("record.iccid", "record.imsi")
"""What has to be on the card already where it may not be written: it says that the record is this card's."""


def may_write(kind: OperatorKind, origin: str) -> bool:
    """Whether cards of this kind get what `origin` (a part of the profile or of the record) asks for."""
    return kind in WRITES.get(origin, ALL)


def refused(kind: OperatorKind, source: Source) -> Iterator[InputError]:
    """Everything that the profile says and its kind may not decide, or has to say and does not."""
    for at in _said(source.value, ()):
        row = decision(at)
        if row is not None and kind not in row.kinds:
            yield InputError(
                f"not for {_article(kind)}: {row.reason}", place=source.place(at), field=".".join(map(str, at))
            )
    for row in REQUIRED:
        section, _, name = row.part.partition(".")
        value = source.value.get(section)
        if kind in row.kinds and not (isinstance(value, dict) and value.get(name) is not None):
            yield InputError(f"is missing: {row.reason}", place=source.place((section,)), field=row.part)


def decision(at: Location) -> Decision | None:
    """The row that says who may decide the value at `at`; None for a name that no row knows."""
    names = [".".join(map(str, at[:length])) for length in range(1, len(at) + 1)]
    return next((row for row in DECISIONS if any(fnmatchcase(name, row.part) for name in names)), None)


def _said(value: Any, at: Location) -> Iterator[Location]:
    """What a profile says, by dotted name: sections' fields, and the names below `authentication.pins`."""
    deep = 3 if at[:2] == ("authentication", "pins") else 1 if at[:1] in (("files",), ("applets",)) else 2
    if isinstance(value, dict) and value and len(at) < deep:
        for key, below in value.items():
            yield from _said(below, (*at, key))
    elif at and value not in ({}, [], None):
        yield at


def _article(kind: OperatorKind) -> str:
    name = f"{kind.value} MVNO" if kind in (E, F) else kind.value
    return f"an {name}" if kind is E else f"a {name}"
