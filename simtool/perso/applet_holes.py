"""What differs from card to card in the parameters of an applet: `{imsi.2}` stands for the record's second IMSI.

Keys have no name here: parameters can be read in plans and on the way to the card.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simtool.codec.identifiers import Imsi
from simtool.errors import EncodeError
from simtool.perso.record import CardRecord

Holes = Mapping[str, str]
_HOLE = re.compile(r"\{([\w.]*)\}")
_ANY_ICCID, _ANY_NUMBER = "8900000000000000000", "+882280001"


def holes_of(record: CardRecord) -> Holes:
    """Names and texts: `iccid`; `imsi`, `msisdn`, and what files hold of them, `EF.IMSI`, `EF.ACC`, in hex.

    `NAME.2` is that of the second subscription, and so on; without a number the first.
    """
    subscriptions = [(one.imsi, one.msisdn) for one in record.subscriptions]
    return _holes(record.iccid.digits, subscriptions)


def sample_holes(imsi: Imsi, subscriptions: int) -> Holes:
    """The same of a made-up card, to check a profile by."""
    return _holes(_ANY_ICCID, [(imsi, _ANY_NUMBER)] * subscriptions)


def filled(value: Any, holes: Holes | None) -> Any:
    """A value with the card's own data in its holes, at any depth. Raises `EncodeError` for an unknown name."""
    if isinstance(value, str):
        return _HOLE.sub(lambda found: _text(found[1], holes), value)
    if isinstance(value, Mapping):
        return {name: filled(one, holes) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, holes) for one in value]
    return value


def has_holes(value: Any) -> bool:
    """Whether anything in it, at any depth, differs from card to card."""
    if isinstance(value, str):
        return _HOLE.search(value) is not None
    if isinstance(value, Mapping):
        return any(map(has_holes, value.values()))
    return isinstance(value, list) and any(map(has_holes, value))


def _text(name: str, holes: Holes | None) -> str:
    if holes is None:
        raise EncodeError(f"{{{name}}} stands for something of a card's record: that belongs into a profile")
    if name not in holes:
        raise EncodeError(f"{{{name}}} is none of {', '.join(holes)}")
    return holes[name]


def _holes(iccid: str, subscriptions: Sequence[tuple[Imsi, str | None]]) -> Holes:
    return dict([("iccid", iccid), *_of_subscriptions(subscriptions)])


def _of_subscriptions(subscriptions: Sequence[tuple[Imsi, str | None]]) -> Iterator[tuple[str, str]]:
    for number, (imsi, msisdn) in enumerate(subscriptions, start=1):
        texts = {"imsi": imsi.digits, "EF.IMSI": imsi.encode().hex(), "EF.ACC": f"{1 << int(imsi.digits[-1]):04x}"}
        if msisdn is not None:
            texts["msisdn"] = msisdn
        for name, text in texts.items():
            if number == 1:
                yield name, text
            yield f"{name}.{number}", text
