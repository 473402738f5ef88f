"""One row of bytes for a value, the same in every process and run: what a digest over meaning is made of.

Values are what profiles, products and plans are made of. Names of classes and of fields are part of it, so that two
values of different kinds never look alike; sets are sorted, mappings keep their order. What is not known here is
refused: a digest that leaves something out would be worse than none.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum
from pathlib import Path

from pydantic import BaseModel

from simtool.crypto.secret import Secret

_LENGTH = 8


def canonical(value: object) -> bytes:
    """The bytes. Raises `TypeError` for a kind of value that has none."""
    match value:
        case None:
            return b"n"
        case bool():
            return b"t" if value else b"f"
        case Enum():
            return _whole(b"e", [_text(type(value).__name__), canonical(value.value)])
        case int() | float():
            return _piece(b"i" if isinstance(value, int) else b"d", repr(value).encode())
        case str():
            return _text(value)
        case bytes():
            return _piece(b"b", value)
        case date():
            return _piece(b"a", value.isoformat().encode())
        case Path():
            return _piece(b"p", value.as_posix().encode())
        case Secret():
            return _piece(b"k", value.reveal())
        case range():
            return _whole(b"r", map(canonical, (value.start, value.stop, value.step)))
        case tuple() | list():
            return _whole(b"l", map(canonical, value))
        case set() | frozenset():
            return _whole(b"s", sorted(map(canonical, value)))
        case Mapping():
            return _whole(b"m", (canonical(part) for item in value.items() for part in item))
        case BaseModel():
            return _fields(value, type(value).model_fields)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fields(value, [field.name for field in dataclasses.fields(value)])
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _fields(value: object, names: Iterable[str]) -> bytes:
    parts = (part for name in names for part in (_text(name), canonical(getattr(value, name))))
    return _whole(b"o", [_text(type(value).__name__), *parts])


def _text(value: str) -> bytes:
    return _piece(b"u", value.encode())


def _whole(kind: bytes, parts: Iterable[bytes]) -> bytes:
    return _piece(kind, b"".join(parts))


def _piece(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(_LENGTH) + content
