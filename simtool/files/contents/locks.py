"""What ties card and phone together: depersonalisation, cooperating networks, pairing, hidden entries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simtool.errors import EncodeError
from simtool.files.contents.base import Coding, Fields
from simtool.files.contents.objects import Row, objects
from simtool.files.contents.parts import Part, alpha, digits, exact, optional, or_hex, plmn, sequence, struct, uint


@dataclass(frozen=True, slots=True)
class UnlockCodes:
    """EF.DCK (TS 31.102 §4.2.49): codes that free a phone from a network, a part of it, a provider, a company."""

    network: str | None = field(default=None, repr=False)
    network_subset: str | None = field(default=None, repr=False)
    provider: str | None = field(default=None, repr=False)
    corporate: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return "codes"


@dataclass(frozen=True, slots=True)
class CooperatingNetwork:
    """An entry of EF.CNL (TS 31.102 §4.2.50): a network, and what of it (None: all)."""

    plmn: str | None
    network_subset: int | None = None
    provider: int | None = None
    corporate: int | None = None

    def __str__(self) -> str:
        return str(self.plmn)


@dataclass(frozen=True, slots=True)
class PairingStatus(Fields):
    """A record of EF.IPS (TS 31.102 §4.2.101): OK or KO, the record of EF.IPD, a reserved byte in hex."""

    status: str
    device: int | None = None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class PairedDevice(Fields):
    """A record of EF.IPD (TS 31.102 §4.2.102): IMEI or IMEISV as TS 24.008 codes them, in hex."""

    imei: str | None = None
    imeisv: str | None = None
    extra: str = ""


_DIGITS = digits(4)


def _encode_code(value: Any, room: int | None) -> bytes:
    """Codes are as good as PINs: a refusal never repeats one."""
    try:
        return _DIGITS.encode(value, room)
    except EncodeError:
        raise EncodeError("a code is of up to 8 digits") from None


_CODE = or_hex(Part(4, _encode_code, _DIGITS.decode))
_BYTE = optional(uint(1))
_NETWORK = struct(
    CooperatingNetwork,
    ("plmn", plmn()),
    ("network_subset", _BYTE),
    ("provider", _BYTE),
    ("corporate", _BYTE),
    short="plmn",
)
_TWO_LETTERS = or_hex(Part(2, alpha().encode, alpha().decode))

FILES: Mapping[str, Coding] = {
    "EF.DCK": struct(
        UnlockCodes,
        ("network", _CODE),
        ("network_subset", _CODE),
        ("provider", _CODE),
        ("corporate", _CODE),
    ).coding("TS 31.102 §4.2.49"),
    "EF.CNL": sequence(_NETWORK).coding("TS 31.102 §4.2.50", blank=False),
    "EF.Hiddenkey": _CODE.coding("TS 31.102 §4.2.42"),
    "EF.IPS": struct(PairingStatus, ("status", _TWO_LETTERS), ("device", _BYTE)).coding("TS 31.102 §4.2.101"),
    "EF.IPD": objects(PairedDevice, Row(0x80, "imei", exact()), Row(0x81, "imeisv", exact())).coding(
        "TS 31.102 §4.2.102"
    ),
}
