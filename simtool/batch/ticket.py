"""Range tickets: numbers that one site sets aside for another, signed, so that two registers never give out the same.

The issuing site reserves the ranges before it writes the ticket. The ticket names the site that may use it, which takes
it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simtool.batch.numbering import NumberKind, NumberRange
from simtool.crypto.secret import Secret
from simtool.crypto.signed import read_signed, sign
from simtool.errors import DecodeError, EncodeError

FORM = "simtool range ticket 1"


@dataclass(frozen=True, slots=True)
class RangeTicket:
    """`id` is 16 random bytes in hex, `recipient` the public key of the site it is for, `issued` UTC in ISO 8601."""

    id: str
    recipient: bytes
    issued: str
    ranges: tuple[tuple[NumberKind, NumberRange], ...]

    def of(self, kind: NumberKind) -> tuple[NumberRange, ...]:
        return tuple(item for of_kind, item in self.ranges if of_kind is kind)


def write_ticket(ticket: RangeTicket, private: Secret) -> str:
    """The ticket as signed JSON text."""
    rows = [{"kind": kind.value, "first": item.first, "count": item.count} for kind, item in ticket.ranges]
    value = {"form": FORM, "id": ticket.id, "recipient": ticket.recipient.hex(), "issued": ticket.issued}
    return sign({**value, "ranges": rows}, private)


def read_ticket(text: str, issuer: bytes) -> RangeTicket:
    """A ticket that `issuer` has signed. Raises `DecodeError` and `AuthenticationError`."""
    value = read_signed(text, issuer)
    try:
        if value["form"] != FORM:
            raise DecodeError(f"this is no {FORM}")
        return RangeTicket(
            str(value["id"]),
            bytes.fromhex(value["recipient"]),
            str(value["issued"]),
            tuple(_range(row) for row in value["ranges"]),
        )
    except (KeyError, TypeError, EncodeError, ValueError) as error:
        raise DecodeError("the ticket is incomplete or malformed") from error


def _range(row: Mapping[str, Any]) -> tuple[NumberKind, NumberRange]:
    return NumberKind(row["kind"]), NumberRange(str(row["first"]), int(row["count"]))
