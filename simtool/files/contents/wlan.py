"""DF.WLAN (TS 31.102 §4.4.5) but for its network lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simtool.errors import DecodeError, EncodeError
from simtool.files.contents.base import Coding, number, padded
from simtool.files.contents.parts import utf8
from simtool.files.contents.simple import number_coding

_LENGTH = 2


def _encode_pseudonym(value: Any, size: int | None) -> bytes:
    if not isinstance(value, str):
        raise EncodeError("a text is needed")
    name = value.encode()
    return padded(number(len(name), _LENGTH, "length") + name, size)


def _decode_pseudonym(content: bytes) -> str:
    length = int.from_bytes(content[:_LENGTH])
    if len(content) < _LENGTH + length:
        raise DecodeError("the pseudonym is shorter than its length says")
    text: str = utf8().decode(content[_LENGTH : _LENGTH + length])
    return text


FILES: Mapping[str, Coding] = {
    "EF.Pseudo": Coding("TS 31.102 §4.4.5.1", _encode_pseudonym, _decode_pseudonym),
    "EF.WEHPLMNPI": number_coding("TS 31.102 §4.4.5.8", 1, blank=True),
    "EF.WHPI": number_coding("TS 31.102 §4.4.5.9", 1, blank=True),
    "EF.HPLMNDAI": number_coding("TS 31.102 §4.4.5.11", 1, blank=True),
}
