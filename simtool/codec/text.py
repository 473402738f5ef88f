"""Text in the files of a card: alpha identifiers and network names.

Alpha identifiers: GSM default alphabet, or one of three UCS2 forms (TS 102 221 annex A). Network names of EF.PNN:
TS 24.008 §10.5.3.5a. What a card holds is read leniently: U+FFFD stands for an unknown character.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simtool.codec.gsm7 import (
    BASIC_CODES,
    UNKNOWN,
    decode_gsm,
    encode_gsm,
    in_gsm_alphabet,
    pack_septets,
    pack_ussd,
    unpack_septets,
    unpack_ussd,
)
from simtool.errors import DecodeError, EncodeError

__all__ = [
    "UNKNOWN", "NetworkName", "decode_alpha", "decode_gsm", "decode_ucs2", "encode_alpha", "encode_gsm", "encode_ucs2",
    "in_gsm_alphabet", "pack_septets", "pack_ussd", "unpack_septets", "unpack_ussd",
]  # fmt: skip

_UCS2, _HALF_PAGE, _BASE = 0x80, 0x81, 0x82
_HEADER_SIZE = {_HALF_PAGE: 3, _BASE: 4}
_PADDING = 0xFF
_UNUSED_UNIT = 0xFFFF
_MAX_COUNT = 0xFF
_SURROGATES = range(0xD800, 0xE000)

_EXTENSION_BIT, _COUNTRY_BIT = 0x80, 0x08
_SCHEME_GSM, _SCHEME_UCS2 = 0, 1


def encode_alpha(text: str, size: int | None = None) -> bytes:
    """An alpha identifier in its shortest coding, padded with FF to `size` bytes (TS 102 221 annex A).

    The GSM alphabet is taken whenever it has all characters, as the annex demands. Raises `EncodeError` if the text
    does not fit, or has characters outside the Basic Multilingual Plane.
    """
    return _filled(text, encode_gsm(text) if in_gsm_alphabet(text) else min(_ucs2_forms(text), key=len), size)


def encode_alpha_ucs2(text: str, size: int | None = None) -> bytes:
    """As `encode_alpha`, but in one of the UCS2 forms even if the GSM alphabet has all characters: some fields allow
    nothing else. An empty text is an empty field.
    """
    return _filled(text, min(_ucs2_forms(text), key=len) if text else b"", size)


def _filled(text: str, coded: bytes, size: int | None) -> bytes:
    if size is None:
        return coded
    if len(coded) > size:
        raise EncodeError(f"{text!r} takes {len(coded)} bytes, the field has {size}")
    return coded.ljust(size, bytes((_PADDING,)))


def decode_alpha(raw: bytes) -> str:
    """The text of an alpha identifier; empty if the field is blank.

    Raises `DecodeError` only if a form with a character count ends before that many characters.
    """
    if not raw or raw[0] == _PADDING:
        return ""
    if raw[0] == _UCS2:
        return decode_ucs2(raw[1:])
    if raw[0] not in _HEADER_SIZE:
        return decode_gsm(raw.split(bytes((_PADDING,)), 1)[0])
    start = _HEADER_SIZE[raw[0]]
    codes = raw[start : start + raw[1]] if len(raw) >= start else b""
    if len(raw) < start or len(codes) < raw[1]:
        raise DecodeError(f"alpha identifier {raw.hex()}: its header promises more characters than there are")
    base = raw[2] << 7 if raw[0] == _HALF_PAGE else int.from_bytes(raw[2:4])
    return _decode_based(codes, base)


def encode_ucs2(text: str) -> bytes:
    """Two bytes a character, most significant first. Raises `EncodeError` for characters that have no UCS2 code."""
    for char in text:
        if ord(char) >= _UNUSED_UNIT or ord(char) in _SURROGATES:
            raise EncodeError(f"{char!r} in {text!r} has no UCS2 code")
    return text.encode("utf-16-be")


def decode_ucs2(raw: bytes) -> str:
    """The text up to FFFF or the end; U+FFFD for surrogates and for half a character. Never raises."""
    text = ""
    for start in range(0, len(raw) - 1, 2):
        unit = int.from_bytes(raw[start : start + 2])
        if unit == _UNUSED_UNIT:
            return text
        text += _character(unit)
    return text + UNKNOWN * (len(raw) % 2 and raw[-1] != _PADDING)


@dataclass(frozen=True, slots=True)
class NetworkName:
    """Full or short name of a network; `add_country` asks the phone to put the country's initials to it."""

    text: str
    add_country: bool = False

    def encode(self) -> bytes:
        """Octets 3 to n of the information element (TS 24.008 §10.5.3.5a). Raises `EncodeError`."""
        country = _COUNTRY_BIT if self.add_country else 0
        if in_gsm_alphabet(self.text):
            septets = encode_gsm(self.text)
            spare = -7 * len(septets) % 8
            return bytes((_EXTENSION_BIT | _SCHEME_GSM << 4 | country | spare,)) + pack_septets(septets)
        return bytes((_EXTENSION_BIT | _SCHEME_UCS2 << 4 | country,)) + encode_ucs2(self.text)

    @classmethod
    def decode(cls, raw: bytes) -> NetworkName:
        """Read octets 3 to n. Raises `DecodeError` if there is none, or for an unknown coding scheme."""
        if not raw:
            raise DecodeError("a network name has at least its coding octet")
        scheme, country, body = raw[0] >> 4 & 7, bool(raw[0] & _COUNTRY_BIT), raw[1:]
        if scheme == _SCHEME_GSM:
            septets = unpack_septets(body, max(0, 8 * len(body) - (raw[0] & 7)) // 7)
            return cls(decode_gsm(septets), country)
        if scheme == _SCHEME_UCS2:
            return cls(decode_ucs2(body), country)
        raise DecodeError(f"network name: coding scheme {scheme} is reserved")


def _ucs2_forms(text: str) -> Iterator[bytes]:
    """The forms that can carry the text, the most widely supported first."""
    yield bytes((_UCS2,)) + encode_ucs2(text)
    others = [ord(char) for char in text if char not in BASIC_CODES]
    if len(text) > _MAX_COUNT:
        return
    half_pages = {code >> 7 for code in others} or {0}
    if len(half_pages) == 1 and (page := half_pages.pop()) <= 0xFF:
        yield bytes((_HALF_PAGE, len(text), page)) + _encode_based(text, page << 7)
    if others and max(others) - min(others) < 0x80:
        base = min(others)
        yield bytes((_BASE, len(text))) + base.to_bytes(2) + _encode_based(text, base)


def _encode_based(text: str, base: int) -> bytes:
    return bytes(BASIC_CODES[char] if char in BASIC_CODES else 0x80 | ord(char) - base for char in text)


def _decode_based(codes: bytes, base: int) -> str:
    text, start = "", 0
    for place, code in enumerate(codes):
        if code & 0x80:
            text += decode_gsm(codes[start:place]) + _character(base + (code & 0x7F))
            start = place + 1
    return text + decode_gsm(codes[start:])


def _character(code: int) -> str:
    return UNKNOWN if code >= _UNUSED_UNIT or code in _SURROGATES else chr(code)
