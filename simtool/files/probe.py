"""Probes: harmless questions whose answers tell card products with one answer to reset apart (`probes` in the YAML).

Each row is one question, and a card is of the product if all of them are answered as said::

    - {select: '3f00 000c'}                       # a file is there (identifiers from the MF, or below `aid`)
    - {select: '3f00 000c', record_length: 90}    # and its records are so long; or `size`, of a transparent file
    - {select: '3f00 2f05', content: '656e'}      # and it begins so
    - {select: '3f00 7f4d', absent: true}         # it is not there
    - {aid: 'a0000000871002'}                     # an application is there; a part of an AID will do
    - {command: '80ca006600', sw: ['9000', '6a88']}  # a command, and the status words of which one must come

Only commands that neither write, nor spend a try, nor use up a sequence number can be asked: `HARMLESS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simtool.codec.apdu import CommandApdu
from simtool.errors import CodecError, DecodeError

HARMLESS = {
    0x84: "GET CHALLENGE",
    0xA4: "SELECT",
    0xB0: "READ BINARY",
    0xB2: "READ RECORD",
    0xC0: "GET RESPONSE",
    0xCA: "GET DATA",
    0xCB: "GET DATA",
    0xF2: "STATUS",
}
_KEYS = {"select", "aid", "absent", "size", "record_length", "content", "command", "sw"}


@dataclass(frozen=True, slots=True)
class Probe:
    """One question. Either `command` with its `words`, or an application and a path of file identifiers to select."""

    aid: bytes = b""
    path: bytes = b""
    absent: bool = False
    size: int | None = None
    record_length: int | None = None
    content: bytes = b""
    command: bytes = b""
    words: tuple[int, ...] = ()

    def __str__(self) -> str:
        if self.command:
            return f"{self.command.hex()} answered with {' or '.join(f'{word:04X}' for word in self.words)}"
        fids = "/".join(self.path[start : start + 2].hex() for start in range(0, len(self.path), 2))
        place = " ".join(filter(None, (f"application {self.aid.hex()}" if self.aid else "", fids)))
        if self.absent:
            return f"no {place}"
        details = [
            f"{name} {value}"
            for name, value in (
                ("of size", self.size),
                ("with records of length", self.record_length),
                ("beginning", self.content.hex()),
            )
            if value
        ]
        return " ".join((place, *details))


def parse_probe(row: dict[str, Any]) -> Probe:
    """A probe from its YAML row. Raises `DecodeError` for one that asks nothing, or asks by a command with effects."""
    if unknown := row.keys() - _KEYS:
        raise DecodeError(f"probe: unknown {', '.join(sorted(unknown))}")
    if ("command" in row) == ("select" in row or "aid" in row) or ("command" in row) != ("sw" in row):
        raise DecodeError(f"probe: give either select and aid, or a command with sw: {row}")
    path = bytes.fromhex(row.get("select", ""))
    if len(path) % 2:
        raise DecodeError(f"probe: {path.hex()} is not made of file identifiers")
    return Probe(
        aid=bytes.fromhex(row.get("aid", "")),
        path=path,
        absent=row.get("absent", False),
        size=row.get("size"),
        record_length=row.get("record_length"),
        content=bytes.fromhex(row.get("content", "")),
        command=_harmless(row["command"]) if "command" in row else b"",
        words=tuple(int(word, 16) for word in row.get("sw", ())),
    )


def _harmless(text: str) -> bytes:
    raw = bytes.fromhex(text)
    try:
        ins = CommandApdu.decode(raw).ins
    except CodecError as error:
        raise DecodeError(f"probe: {raw.hex()}: {error}") from error
    if ins not in HARMLESS:
        known = ", ".join(dict.fromkeys(HARMLESS.values()))
        raise DecodeError(f"probe: {raw.hex()} may have effects; only {known} may be asked")
    return raw
