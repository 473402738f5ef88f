"""Layouts: how a card product arranges values inside one of its own files, declared in the product's YAML.

A layout is a list of fields::

    - {name: algorithm, at: 0, bits: [0, 4], values: {1: comp128v1, 4: milenage, 6: tuak}}
    - {name: op_is_opc, at: 0, bits: [4, 1]}
    - {name: k, at: 1, len: 16, secret: true, unless: {algorithm: tuak}}
    - {name: sqn, at: 14, len: 6, count: 32}

`at` is a byte offset. `bits: [lowest, count]` takes bits of that one byte as a number, which `values` may name.
`len` takes bytes; with `count` it is a row of equal pieces; with `type: int` a big-endian number. A field with
`when` (or `unless`) exists only where the fields named there have (do not have) one of the given values.
Fields named in a condition must stand before the field that uses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simtool.errors import DecodeError, EncodeError

FieldValue = int | str | bytes | tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One value in a file; see the module's docstring for the meaning of each part."""

    name: str
    at: int
    length: int = 1
    count: int | None = None
    bits: tuple[int, int] | None = None
    values: tuple[tuple[int, str], ...] = ()
    number: bool = False
    secret: bool = False
    when: tuple[tuple[str, tuple[FieldValue, ...]], ...] = ()
    unless: tuple[tuple[str, tuple[FieldValue, ...]], ...] = ()

    @property
    def end(self) -> int:
        """Offset of the first byte behind the field."""
        return self.at + self.length * (self.count or 1)

    def applies(self, values: Mapping[str, FieldValue]) -> bool:
        """Whether the field exists beside these values."""
        return all(values.get(name) in wanted for name, wanted in self.when) and not any(
            values.get(name) in unwanted for name, unwanted in self.unless
        )

    def read(self, content: bytes) -> FieldValue:
        if self.bits is not None:
            low, count = self.bits
            number = content[self.at] >> low & (1 << count) - 1
            return dict(self.values).get(number, number)
        piece = content[self.at : self.end]
        if self.count is not None:
            return tuple(piece[i : i + self.length] for i in range(0, len(piece), self.length))
        return int.from_bytes(piece) if self.number else piece

    def write(self, content: bytearray, value: FieldValue) -> None:
        """Put `value` into `content`. Raises `EncodeError`, which never contains the value itself."""
        if self.bits is not None:
            low, count = self.bits
            number = {name: code for code, name in self.values}.get(value) if isinstance(value, str) else value
            if not isinstance(number, int) or not 0 <= number < 1 << count:
                known = ", ".join(name for _, name in self.values)
                raise EncodeError(f"{self.name}: value not possible here" + (f" (known: {known})" if known else ""))
            mask = (1 << count) - 1 << low
            content[self.at] = content[self.at] & ~mask & 0xFF | number << low
            return
        if isinstance(value, tuple):
            value = b"".join(value)
        elif isinstance(value, int) and self.number:
            value = value.to_bytes(self.length)
        if not isinstance(value, bytes) or len(value) != self.end - self.at:
            raise EncodeError(f"{self.name}: {self.end - self.at} bytes needed")
        content[self.at : self.end] = value


@dataclass(frozen=True, slots=True)
class Layout:
    """All fields of one kind of file."""

    name: str
    fields: tuple[Field, ...]

    @property
    def is_secret(self) -> bool:
        return any(field.secret for field in self.fields)

    def decode(self, content: bytes) -> dict[str, FieldValue]:
        """The values in a file's content. Fields that lie beyond its end are left out."""
        values: dict[str, FieldValue] = {}
        for field in self.fields:
            if field.end <= len(content) and field.applies(values):
                values[field.name] = field.read(content)
        return values

    def encode(self, values: Mapping[str, FieldValue], base: bytes) -> bytes:
        """`base` with `values` put in; everything else stays.

        Raises `EncodeError` for a name that does not exist here (or not beside the other values) and for a value that
        does not fit.
        """
        content = bytearray(base)
        known: dict[str, FieldValue] = {}
        done: set[str] = set()
        for field in self.fields:
            if field.end > len(content) or not field.applies(known):
                continue
            if field.name in values:
                field.write(content, values[field.name])
                done.add(field.name)
            known[field.name] = field.read(bytes(content))
        if missing := sorted(values.keys() - done):
            raise EncodeError(f"layout {self.name} has no room for {', '.join(missing)}")
        return bytes(content)

    def mask(self, names: frozenset[str], values: Mapping[str, FieldValue], size: int) -> bytes:
        """Which bits of a file of `size` bytes belong to the fields `names` when it holds `values`."""
        mask = bytearray(size)
        for field in self.fields:
            if field.name not in names or not field.applies(values) or field.end > size:
                continue
            if field.bits is not None:
                mask[field.at] |= (1 << field.bits[1]) - 1 << field.bits[0]
            else:
                mask[field.at : field.end] = b"\xff" * (field.end - field.at)
        return bytes(mask)


def parse_layout(name: str, rows: list[dict[str, Any]]) -> Layout:
    """A layout from its YAML rows. Raises `DecodeError` naming the row that is wrong."""
    return Layout(name, tuple(_parse_field(name, row) for row in rows))


def _parse_field(layout: str, row: dict[str, Any]) -> Field:
    unknown = row.keys() - {"name", "at", "len", "count", "bits", "values", "type", "secret", "when", "unless"}
    if unknown or "name" not in row or "at" not in row or ("bits" in row) == ("len" in row):
        raise DecodeError(f"layout {layout}: a field needs name, at, and either bits or len: {row}")
    return Field(
        name=row["name"],
        at=row["at"],
        length=row.get("len", 1),
        count=row.get("count"),
        bits=tuple(row["bits"]) if "bits" in row else None,
        values=tuple(row.get("values", {}).items()),
        number=row.get("type") == "int",
        secret=row.get("secret", False),
        when=_parse_condition(row.get("when", {})),
        unless=_parse_condition(row.get("unless", {})),
    )


def _parse_condition(condition: dict[str, Any]) -> tuple[tuple[str, tuple[FieldValue, ...]], ...]:
    return tuple((name, tuple(v) if isinstance(v, list) else (v,)) for name, v in condition.items())
