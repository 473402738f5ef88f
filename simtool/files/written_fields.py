"""Bytes and AIDs in files that people write: as hex digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from simtool.codec.globalplatform import checked_aid
from simtool.errors import EncodeError


def text_field(parse: Callable[[str], Any]) -> BeforeValidator:
    """A value that is written as text and read by `parse`."""

    return BeforeValidator(lambda value: value if not isinstance(value, str | int) else parse(str(value)))


def parse_hex(value: Any) -> bytes:
    """Hex digits, spaces allowed. Raises `EncodeError`."""
    try:
        return bytes.fromhex(str(value))
    except ValueError:
        raise EncodeError("an even number of hex digits is needed") from None


def parse_aid(value: Any) -> bytes:
    """An AID as hex digits. Raises `EncodeError`."""
    return checked_aid(parse_hex(value))


HexField = Annotated[
    bytes, text_field(parse_hex), WithJsonSchema({"type": ["string", "integer"], "pattern": "^([0-9A-Fa-f]{2}| )*$"})
]
AidField = Annotated[
    bytes, text_field(parse_aid), WithJsonSchema({"type": ["string", "integer"], "pattern": "^([0-9A-Fa-f]{2}){5,16}$"})
]
