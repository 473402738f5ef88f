"""Contents that are just a number, a few bytes, or a text."""

from __future__ import annotations

from typing import Any

from simtool.errors import DecodeError, EncodeError
from simtool.files.contents.base import Coding, from_hex, many, number, padded, stripped


def hex_coding(clause: str) -> Coding:
    """Bytes as hex digits without the padding: group identifiers and the like."""

    def encode(value: Any, size: int | None) -> bytes:
        return padded(value if isinstance(value, bytes) else from_hex(str(value), "content"), size)

    return Coding(clause, encode, lambda content: stripped(content).hex())


def number_coding(clause: str, size: int, *, blank: bool = False) -> Coding:
    """A number in all bytes of the file."""

    def encode(value: Any, room: int | None) -> bytes:
        return number(value, room or size, "content")

    return Coding(clause, encode, int.from_bytes, blank=blank)


def step_coding(clause: str, step: int) -> Coding:
    """One byte that counts in steps: EF.HPPLMN holds the minutes between two searches divided by 6."""

    def encode(value: Any, size: int | None) -> bytes:
        if not isinstance(value, int) or value % step:
            raise EncodeError(f"a multiple of {step} is needed")
        return padded(number(value // step, 1, f"steps of {step}"), size)

    def decode(content: bytes) -> int:
        if len(content) != 1:
            raise DecodeError("one byte is expected")
        return content[0] * step

    return Coding(clause, encode, decode)


SIM_LANGUAGES = {
    0x00: "de", 0x01: "en", 0x02: "it", 0x03: "fr", 0x04: "es", 0x05: "nl", 0x06: "sv", 0x07: "da", 0x08: "pt",
    0x09: "fi", 0x0A: "no", 0x0B: "el", 0x0C: "tr", 0x0D: "hu", 0x0E: "pl", 0x0F: "any", 0x20: "cs", 0x21: "he",
    0x22: "ar", 0x23: "ru", 0x24: "is",
}  # fmt: skip


def language_coding(clause: str) -> Coding:
    """Two letters per language, the most wanted first (EF.LI, EF.PL)."""

    def encode(value: Any, size: int | None) -> bytes:
        content = b""
        for code in many(value):
            if not isinstance(code, str) or len(code) != 2 or not code.isascii():
                raise EncodeError(f"a language is two letters of ISO 639, not {code!r}")
            content += code.lower().encode()
        return padded(content, size)

    def decode(content: bytes) -> tuple[str, ...]:
        content = stripped(content)
        if len(content) % 2 or not content.isascii():
            raise DecodeError("not a row of two letters each")
        return tuple(content[i : i + 2].decode() for i in range(0, len(content), 2))

    return Coding(clause, encode, decode)
