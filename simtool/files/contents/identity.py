"""Who the subscriber is: ICCID, IMSI, access classes, administrative data, routing indicator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simtool.codec.identifiers import Iccid, Imsi, pack_digits, require_digits, unpack_digits
from simtool.errors import DecodeError, EncodeError
from simtool.files.contents.base import Coding, build, fixed, from_hex, many, number, padded, stripped

ACCESS_CLASSES = 16
OPERATION_MODES = {
    0x00: "normal",
    0x01: "normal+specific",
    0x02: "maintenance",
    0x04: "cell-test",
    0x80: "type-approval",
    0x81: "type-approval+specific",
}
_MODE_CODES = {name: code for code, name in OPERATION_MODES.items()}


@dataclass(frozen=True, slots=True)
class AdministrativeData:
    """EF.AD (TS 31.102 §4.2.18, TS 51.011 §10.3.18, TS 31.103 §4.2.5).

    `mode` is a name of `OPERATION_MODES` or a number, `information` two bytes of hex (bit 1 of the second byte: the
    ciphering indicator is on), `mnc_length` 2 or 3 (None: the file is too short to say), `extra` what follows.
    """

    mode: str | int = "normal"
    information: str = "0000"
    mnc_length: int | None = None
    extra: str = ""

    @property
    def ciphering_indicator(self) -> bool:
        return bool(from_hex(self.information, "information")[-1] & 1)

    def __str__(self) -> str:
        length = f", network code of {self.mnc_length} digits" if self.mnc_length is not None else ""
        return f"{self.mode} operation{length}"


def _encode_ad(value: Any, size: int | None) -> bytes:
    data = build(AdministrativeData, value)
    mode = _MODE_CODES.get(data.mode) if isinstance(data.mode, str) else data.mode
    if mode is None:
        raise EncodeError(f"no operation mode {data.mode!r}", hint=f"known are {', '.join(_MODE_CODES)}")
    content = number(mode, 1, "mode") + fixed(from_hex(data.information, "information"), 2, "information")
    extra = from_hex(data.extra, "extra")
    if data.mnc_length is not None:
        if data.mnc_length not in (2, 3):
            raise EncodeError("a network code has 2 or 3 digits")
        content += bytes((data.mnc_length,))
    elif extra:
        raise EncodeError("extra bytes need mnc_length before them")
    return padded(content + extra, size)


def _decode_ad(content: bytes) -> AdministrativeData:
    if len(content) < 3:
        raise DecodeError("EF.AD has at least 3 bytes")
    mnc_length = content[3] if len(content) > 3 and content[3] != 0xFF else None
    return AdministrativeData(
        mode=OPERATION_MODES.get(content[0], content[0]),
        information=content[1:3].hex(),
        mnc_length=mnc_length,
        extra=stripped(content[4:]).hex() if mnc_length is not None else "",
    )


def _encode_classes(value: Any, size: int | None) -> bytes:
    bits = 0
    for item in many(value):
        if not isinstance(item, int) or not 0 <= item < ACCESS_CLASSES:
            raise EncodeError(f"an access class is a number from 0 to {ACCESS_CLASSES - 1}, not {item!r}")
        bits |= 1 << item
    return padded(bits.to_bytes(2), size)


def _decode_classes(content: bytes) -> tuple[int, ...]:
    bits = int.from_bytes(content)
    return tuple(item for item in range(ACCESS_CLASSES) if bits >> item & 1)


def _encode_routing(value: Any, size: int | None) -> bytes:
    digits = str(value)
    require_digits("routing indicator", digits, 1, 4)
    return padded(pack_digits(digits, 2), size)


def _encode_iccid(value: Any, size: int | None) -> bytes:
    return padded((value if isinstance(value, Iccid) else Iccid(str(value))).encode(), size)


def _encode_imsi(value: Any, size: int | None) -> bytes:
    return padded((value if isinstance(value, Imsi) else Imsi(str(value))).encode(), size)


ICCID = Coding("TS 102 221 §13.2", _encode_iccid, lambda content: Iccid.decode(content).digits)
IMSI = Coding("TS 31.102 §4.2.2", _encode_imsi, lambda content: Imsi.decode(content).digits)
ACC = Coding("TS 31.102 §4.2.15", _encode_classes, _decode_classes, blank=False)
AD = Coding("TS 31.102 §4.2.18", _encode_ad, _decode_ad)
ROUTING_INDICATOR = Coding(
    "TS 31.102 §4.4.11.11", _encode_routing, lambda content: unpack_digits(content[:2], "routing indicator")
)
