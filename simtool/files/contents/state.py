"""What the network and the phone leave on the card: locations and session keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from simtool.codec.identifiers import PLMN_SIZE
from simtool.errors import DecodeError
from simtool.files.contents.base import Coding, Fields, build, fixed, from_hex, number, padded, plmn_bytes, plmn_text

_KEY_SIZE = 16


@dataclass(frozen=True, slots=True)
class Location:
    """Where the subscriber was last registered. `identity`: TMSI, P-TMSI with its signature, or GUTI, in hex.

    `area` is LAC, LAC and RAC, or TAC in hex; `reserved` what stands between it and the `status` (0 updated,
    1 not updated, others see the clause).
    """

    identity: str
    plmn: str | None = None
    area: str = ""
    status: int = 1
    reserved: str = ""

    def __str__(self) -> str:
        return f"{self.plmn} area {self.area}, status {self.status}"


@dataclass(frozen=True, slots=True)
class SessionKeys:
    """EF.Keys, EF.KeysPS (TS 31.102 §4.2.3): key set identifier (7: none), CK and IK in hex."""

    ksi: int = 7
    ck: str = field(default="ff" * _KEY_SIZE, repr=False)
    ik: str = field(default="ff" * _KEY_SIZE, repr=False)

    def __str__(self) -> str:
        return f"key set {self.ksi}"


@dataclass(frozen=True, slots=True)
class SessionKey:
    """EF.Kc, EF.KcGPRS (TS 51.011 §10.3.3): Kc in hex and the ciphering key sequence number (7: none)."""

    kc: str = field(default="ff" * 8, repr=False)
    sequence: int = 7

    def __str__(self) -> str:
        return f"key set {self.sequence}"


@dataclass(frozen=True, slots=True)
class StartValues(Fields):
    """EF.START-HFN (TS 31.102 §4.2.51)."""

    cs: int = 0xF00000
    ps: int = 0xF00000


def location_coding(clause: str, identity: int, area: int, reserved: int) -> Coding:
    """Identity, network and area, reserved bytes, status."""
    start = identity + PLMN_SIZE
    total = start + area + reserved + 1

    def encode(value: Any, size: int | None) -> bytes:
        given = build(Location, value)
        content = fixed(from_hex(given.identity, "identity"), identity, "identity") + plmn_bytes(given.plmn)
        content += fixed(from_hex(given.area, "area"), area, "area")
        content += fixed(from_hex(given.reserved, "reserved"), reserved, "reserved")
        return padded(content + number(given.status, 1, "status"), size)

    def decode(content: bytes) -> Location:
        if len(content) != total:
            raise DecodeError(f"{total} bytes are expected, not {len(content)}")
        return Location(
            identity=content[:identity].hex(),
            plmn=plmn_text(content[identity:start]),
            area=content[start : start + area].hex(),
            reserved=content[start + area : -1].hex(),
            status=content[-1],
        )

    return Coding(clause, encode, decode)


def _encode_keys(value: Any, size: int | None) -> bytes:
    keys = build(SessionKeys, value)
    ck, ik = (fixed(from_hex(text, "key"), _KEY_SIZE, "key") for text in (keys.ck, keys.ik))
    return padded(number(keys.ksi, 1, "ksi") + ck + ik, size)


def _decode_keys(content: bytes) -> SessionKeys:
    if len(content) != 1 + 2 * _KEY_SIZE:
        raise DecodeError("33 bytes are expected")
    return SessionKeys(content[0], content[1 : 1 + _KEY_SIZE].hex(), content[1 + _KEY_SIZE :].hex())


def _encode_key(value: Any, size: int | None) -> bytes:
    key = build(SessionKey, value)
    return padded(fixed(from_hex(key.kc, "key"), 8, "key") + number(key.sequence, 1, "sequence"), size)


def _decode_key(content: bytes) -> SessionKey:
    if len(content) != 9:
        raise DecodeError("9 bytes are expected")
    return SessionKey(content[:8].hex(), content[8])


def _encode_start(value: Any, size: int | None) -> bytes:
    values = build(StartValues, value)
    return padded(number(values.cs, 3, "cs") + number(values.ps, 3, "ps"), size)


def _decode_start(content: bytes) -> StartValues:
    if len(content) != 6:
        raise DecodeError("6 bytes are expected")
    return StartValues(int.from_bytes(content[:3]), int.from_bytes(content[3:]))


LOCI = location_coding("TS 31.102 §4.2.17", 4, 2, 1)
PSLOCI = location_coding("TS 31.102 §4.2.23", 7, 3, 0)
EPSLOCI = location_coding("TS 31.102 §4.2.91", 12, 2, 0)
LOCI_5G = location_coding("TS 31.102 §4.4.11.2", 13, 3, 0)
KEYS = Coding("TS 31.102 §4.2.3", _encode_keys, _decode_keys)
KC = Coding("TS 51.011 §10.3.3", _encode_key, _decode_key)
START_HFN = Coding("TS 31.102 §4.2.51", _encode_start, _decode_start)
