"""How the subscriber's identity is concealed in 5G: EF.SUCI_Calc_Info (TS 31.102 §4.4.11.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simtool.codec import tlv
from simtool.errors import DecodeError
from simtool.files.contents.base import Coding, Fields, build, from_hex, many, number, padded, pieces

_SCHEMES, _KEYS, _KEY_ID, _KEY = 0xA0, 0xA1, 0x80, 0x81


@dataclass(frozen=True, slots=True)
class SuciScheme(Fields):
    """A protection scheme (0 null, 1 profile A, 2 profile B) and the place of its key in the list, from 1 (0: none)."""

    scheme: int
    key_index: int = 0


@dataclass(frozen=True, slots=True)
class SuciKey(Fields):
    """A public key of the home network and the number by which that knows it."""

    identifier: int
    key: str


@dataclass(frozen=True, slots=True)
class SuciCalculation:
    """The schemes, the most wanted first, and the keys they use."""

    schemes: tuple[SuciScheme, ...] = ()
    keys: tuple[SuciKey, ...] = ()

    def __str__(self) -> str:
        return f"schemes {', '.join(str(item.scheme) for item in self.schemes) or 'none'}, {len(self.keys)} keys"


def _encode(value: Any, size: int | None) -> bytes:
    given = build(SuciCalculation, value)
    schemes = b""
    for item in many(given.schemes):
        scheme = build(SuciScheme, item, short="scheme")
        schemes += number(scheme.scheme, 1, "scheme") + number(scheme.key_index, 1, "key_index")
    keys = b""
    for item in many(given.keys):
        key = build(SuciKey, item)
        keys += tlv.encode(_KEY_ID, number(key.identifier, 1, "identifier"))
        keys += tlv.encode(_KEY, from_hex(key.key, "public key"))
    return padded(tlv.encode(_SCHEMES, schemes) + (tlv.encode(_KEYS, keys) if keys else b""), size)


def _decode(content: bytes) -> SuciCalculation:
    objects = tlv.parse(content, padding=b"\xff")
    schemes, keys = tlv.first(objects, _SCHEMES), tlv.first(objects, _KEYS)
    if schemes is None or len(schemes) % 2:
        raise DecodeError("EF.SUCI_Calc_Info: no list of schemes")
    parts = tlv.parse(keys or b"")
    pairs = list(zip(parts[::2], parts[1::2], strict=False))
    if len(parts) % 2 or any(a.tag != _KEY_ID or b.tag != _KEY or len(a.value) != 1 for a, b in pairs):
        raise DecodeError("EF.SUCI_Calc_Info: keys and their identifiers do not alternate")
    return SuciCalculation(
        schemes=tuple(SuciScheme(pair[0], pair[1]) for pair in pieces(schemes, 2)),
        keys=tuple(SuciKey(identifier.value[0], key.value.hex()) for identifier, key in pairs),
    )


SUCI_CALC_INFO = Coding("TS 31.102 §4.4.11.8", _encode, _decode)
