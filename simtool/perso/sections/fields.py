"""Kinds of values that several sections of a profile use: written as text, read by the value's own class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import WithJsonSchema

from simtool.codec.access_technology import AccessTechnology
from simtool.codec.dial_number import DialNumber
from simtool.codec.identifiers import Imsi, Plmn
from simtool.files.written_fields import AidField, HexField, parse_aid, parse_hex, text_field
from simtool.perso.source import Section

__all__ = [
    "AidField", "HexField", "ImsiField", "NamedNumber", "NumberField", "PlmnField", "languages", "or_short",
    "parse_aid", "parse_hex", "sized", "technologies", "text_field",
]  # fmt: skip

LANGUAGE_LENGTH = 2
PlmnField = Annotated[
    Plmn,
    text_field(Plmn.parse),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{3}[- /]?[0-9]{2,3}$", "examples": ["262-01"]}),
]
NumberField = Annotated[
    DialNumber, text_field(DialNumber.parse), WithJsonSchema({"type": ["string", "integer"], "examples": ["+4930123"]})
]
ImsiField = Annotated[
    Imsi, text_field(Imsi), WithJsonSchema({"type": ["string", "integer"], "pattern": "^[0-9]{6,15}$"})
]


def technologies(value: tuple[str, ...]) -> tuple[str, ...]:
    """Names of access technologies. Raises `EncodeError` naming the wrong one."""
    AccessTechnology.from_names(value)
    return value


def languages(value: tuple[str, ...]) -> tuple[str, ...]:
    """Codes of ISO 639. Raises `ValueError` naming the wrong one."""
    for code in value:
        if len(code) != LANGUAGE_LENGTH or not (code.isascii() and code.isalpha()):
            raise ValueError(f"a language is two letters of ISO 639, not {code!r}")
    return value


def sized(what: str, value: bytes, length: int) -> bytes:
    """`value` if it has this length. Raises `ValueError`."""
    if len(value) != length:
        raise ValueError(f"{what} has {length} bytes, this has {len(value)}")
    return value


def or_short(what: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    """For the JSON Schema of a section that may also be written as just `what`."""

    def widen(schema: dict[str, Any]) -> None:
        whole = dict(schema)
        schema.clear()
        schema["anyOf"] = [whole, what]

    return widen


class NamedNumber(Section):
    """A number with the name under which the phone shows it."""

    name: str
    number: NumberField
