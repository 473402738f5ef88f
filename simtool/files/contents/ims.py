"""Identities and addresses for IMS and for calls over Wi-Fi."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from simtool.codec import tlv
from simtool.errors import DecodeError, EncodeError
from simtool.files.contents.base import Coding, many, padded

_VALUE = 0x80
_FQDN, _IPV4, _IPV6 = 0, 1, 2


def text_coding(clause: str) -> Coding:
    """A text in UTF-8 in one data object (EF.IMPI, EF.DOMAIN, a record of EF.IMPU)."""

    def encode(value: Any, size: int | None) -> bytes:
        if not isinstance(value, str):
            raise EncodeError("a text is needed")
        return padded(tlv.encode(_VALUE, value.encode()), size)

    def decode(content: bytes) -> str:
        return _text(_single(content))

    return Coding(clause, encode, decode)


def texts_coding(clause: str) -> Coding:
    """The same, where there may be several data objects: one text, or a list."""
    one = text_coding(clause)

    def encode(value: Any, size: int | None) -> bytes:
        return padded(b"".join(one.encode(item, None) for item in many(value)), size)

    def decode(content: bytes) -> str | tuple[str, ...]:
        found = tlv.parse(content, padding=b"\xff")
        if not found or any(item.tag != _VALUE for item in found):
            raise DecodeError(f"not data objects {_VALUE:02X}")
        texts = tuple(_text(item.value) for item in found)
        return texts[0] if len(texts) == 1 else texts

    return Coding(clause, encode, decode)


def _encode_address(value: Any, size: int | None) -> bytes:
    text = str(value)
    try:
        address = ip_address(text)
        coded = bytes((_IPV4 if address.version == 4 else _IPV6,)) + address.packed
    except ValueError:
        if not text or any(char.isspace() for char in text):
            raise EncodeError(f"{text!r} is neither an IP address nor a host name") from None
        coded = bytes((_FQDN,)) + text.encode()
    return padded(tlv.encode(_VALUE, coded), size)


def _decode_address(content: bytes) -> str:
    coded = _single(content)
    if not coded:
        raise DecodeError("no type of address")
    if coded[0] == _FQDN:
        return _text(coded[1:])
    if (coded[0], len(coded)) in ((_IPV4, 5), (_IPV6, 17)):
        return str(ip_address(coded[1:]))
    raise DecodeError(f"address of unknown type {coded[0]}")


def _single(content: bytes) -> bytes:
    found = tlv.first(tlv.parse(content, padding=b"\xff"), _VALUE)
    if found is None:
        raise DecodeError("no data object 80")
    return found


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise DecodeError("not UTF-8") from None


IMPI = text_coding("TS 31.103 §4.2.2")
DOMAIN = text_coding("TS 31.103 §4.2.3")
IMPU = texts_coding("TS 31.103 §4.2.4")
P_CSCF = Coding("TS 31.103 §4.2.8", _encode_address, _decode_address)
EPDG_ID = Coding("TS 31.102 §4.2.103", _encode_address, _decode_address)
UICCIARI = text_coding("TS 31.102 §4.2.95")
PSISMSC = text_coding("TS 31.102 §4.5.9")
WEBRTC_URI = text_coding("TS 31.103 §4.2.20")
NAFKCA = text_coding("TS 31.102 §4.2.87")
