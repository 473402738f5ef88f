"""Vendor commands: what a card product stores by a command of its own instead of UPDATE BINARY.

In a product's YAML each is one row::

    commands:
      - {name: store Ki, apdu: '80d40200 10 {k:16}', needs: ADM5, writes: {k: MF/EF.KEY}}
      - {name: set PIN1, apdu: 'a0d43a01 08 {value:8}', needs: ADM1, pins: {value: PIN1}}
      - {name: set PUK1, apdu: 'a0d43b01 08 {value:8}', needs: ADM1, puks: {value: PIN1}}

`apdu` is the command in hex with holes `{name:bytes}`. `needs` is the PIN that must be verified (nothing: none).
A hole named in `writes` goes into that file: into the field of the same name if the file has a layout with such a
field, else to the start of its content. A hole in `pins` becomes the value, in `puks` the PUK of that PIN.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simtool.errors import DecodeError, EncodeError
from simtool.files.path import FilePath

_PIECE = re.compile(r"\{(\w+):(\d+)\}|([0-9a-fA-F]{2})|\s+")


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in a command that takes `length` bytes."""

    name: str
    length: int


@dataclass(frozen=True, slots=True)
class VendorCommand:
    """One command of a product; see the module's docstring."""

    name: str
    pattern: tuple[bytes | Hole, ...]
    needs: str | None = None
    writes: tuple[tuple[str, FilePath], ...] = ()
    pins: tuple[tuple[str, str], ...] = ()
    puks: tuple[tuple[str, str], ...] = ()

    @property
    def holes(self) -> tuple[Hole, ...]:
        return tuple(piece for piece in self.pattern if isinstance(piece, Hole))

    def match(self, command: bytes) -> dict[str, bytes] | None:
        """What `command` (header, length and data) brings for each hole; None if it is another command."""
        found: dict[str, bytes] = {}
        rest = command
        for piece in self.pattern:
            length = len(piece) if isinstance(piece, bytes) else piece.length
            head, rest = rest[:length], rest[length:]
            if len(head) != length or (isinstance(piece, bytes) and head != piece):
                return None
            if isinstance(piece, Hole):
                found[piece.name] = head
        return None if rest else found

    def build(self, values: Mapping[str, bytes]) -> bytes:
        """The command with `values` in its holes. Raises `EncodeError`, which never contains a value."""
        if wrong := sorted({hole.name for hole in self.holes} ^ values.keys()):
            raise EncodeError(f"{self.name}: missing or not known: {', '.join(wrong)}")
        command = bytearray()
        for piece in self.pattern:
            if isinstance(piece, Hole):
                if len(values[piece.name]) != piece.length:
                    raise EncodeError(f"{self.name}: {piece.name} has {piece.length} bytes")
                command += values[piece.name]
            else:
                command += piece
        return bytes(command)


def parse_command(row: dict[str, Any]) -> VendorCommand:
    """A command from its YAML row. Raises `DecodeError` naming what is wrong."""
    if unknown := row.keys() - {"name", "apdu", "needs", "writes", "pins", "puks"}:
        raise DecodeError(f"command {row.get('name')}: not known: {', '.join(sorted(unknown))}")
    command = VendorCommand(
        name=row["name"],
        pattern=_parse_pattern(row["apdu"]),
        needs=row.get("needs"),
        writes=tuple((hole, FilePath(path)) for hole, path in row.get("writes", {}).items()),
        pins=tuple(row.get("pins", {}).items()),
        puks=tuple(row.get("puks", {}).items()),
    )
    used = [hole for hole, _ in (*command.writes, *command.pins, *command.puks)]
    if sorted(used) != sorted(hole.name for hole in command.holes):
        raise DecodeError(f"command {command.name}: every hole needs exactly one use")
    return command


def _parse_pattern(text: str) -> tuple[bytes | Hole, ...]:
    pieces: list[bytes | Hole] = []
    position = 0
    while position < len(text):
        found = _PIECE.match(text, position)
        if found is None:
            raise DecodeError(f"command {text!r}: neither hex nor a hole at {text[position:]!r}")
        position = found.end()
        name, length, octet = found.groups()
        if name:
            pieces.append(Hole(name, int(length)))
        elif octet and pieces and isinstance(pieces[-1], bytes):
            pieces[-1] += bytes.fromhex(octet)
        elif octet:
            pieces.append(bytes.fromhex(octet))
    return tuple(pieces)
