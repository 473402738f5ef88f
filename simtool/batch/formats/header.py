"""What a batch file says once, of all its cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from simtool.codec.identifiers import Plmn


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """The head of a batch. `plmn`, `apn` and `amf` (4 hex digits) are for cores that want them with each subscriber.

    `quantity` is None where nobody has counted; `transport_key` is the index of the key under which Ki and OPc stand
    (None: in the clear), `check_value` that key's check value in hex.
    """

    batch: str = ""
    customer: str = ""
    product: str = ""
    order: str = ""
    made: date | None = None
    quantity: int | None = None
    plmn: Plmn | None = None
    apn: str = "internet"
    amf: str = "8000"
    transport_key: int | None = None
    check_value: str = ""
