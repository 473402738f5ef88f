"""Command and response APDUs and the status word (ISO/IEC 7816-4 §5, TS 102 221 §10).

This is the APDU as the application sees it. How it travels (T=0 procedure bytes, 61xx, 6Cxx, chaining) is the
business of `simtool.card` on one side and of `simtool.softcard` on the other.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.errors import DecodeError, EncodeError

SHORT_LC_MAX = 255
SHORT_LE_MAX = 256
EXTENDED_MAX = 65536


class StatusWord(int):
    """SW1 SW2 as one number; prints as four hex digits."""

    @property
    def sw1(self) -> int:
        return self >> 8

    @property
    def sw2(self) -> int:
        return self & 0xFF

    def __str__(self) -> str:
        return f"{int(self):04X}"

    def __repr__(self) -> str:
        return f"StatusWord({self})"


SW_OK = StatusWord(0x9000)


@dataclass(frozen=True, slots=True)
class CommandApdu:
    """One command. `le` is the number of bytes wanted: None for none, 256 (65536 extended) for "all there is"."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    def __post_init__(self) -> None:
        for name, value in (("CLA", self.cla), ("INS", self.ins), ("P1", self.p1), ("P2", self.p2)):
            if not 0 <= value <= 0xFF:
                raise EncodeError(f"{name} {value} is not one byte")
        if len(self.data) >= EXTENDED_MAX:
            raise EncodeError(f"{len(self.data)} bytes of command data are more than an APDU holds")
        if self.le is not None and not 1 <= self.le <= EXTENDED_MAX:
            raise EncodeError(f"Le {self.le} is outside 1 to {EXTENDED_MAX}")

    @property
    def header(self) -> bytes:
        return bytes((self.cla, self.ins, self.p1, self.p2))

    @property
    def is_extended(self) -> bool:
        """True when the lengths do not fit the short form."""
        return len(self.data) > SHORT_LC_MAX or (self.le is not None and self.le > SHORT_LE_MAX)

    def encode(self) -> bytes:
        """The APDU in its shortest form, cases 1 to 4, short or extended (ISO/IEC 7816-4 §5.2)."""
        if not self.is_extended:
            lc = bytes((len(self.data),)) + self.data if self.data else b""
            le = b"" if self.le is None else bytes((self.le & 0xFF,))
            return self.header + lc + le
        lc = len(self.data).to_bytes(2) + self.data if self.data else b""
        le = b"" if self.le is None else (self.le & 0xFFFF).to_bytes(2)
        return self.header + b"\x00" + lc + le

    @classmethod
    def decode(cls, raw: bytes) -> CommandApdu:
        """Read an APDU in any of its forms. Raises `DecodeError` if the lengths do not add up."""
        if len(raw) < 4:
            raise DecodeError(f"{len(raw)} bytes are too short for a command header")
        cla, ins, p1, p2 = raw[:4]
        body = raw[4:]
        if not body:
            return cls(cla, ins, p1, p2)
        if len(body) == 1:
            return cls(cla, ins, p1, p2, le=body[0] or SHORT_LE_MAX)
        if body[0]:
            lc, data, rest = body[0], body[1 : 1 + body[0]], body[1 + body[0] :]
            if len(data) < lc or len(rest) > 1:
                raise DecodeError(f"Lc says {lc} bytes, {len(body) - 1} follow")
            return cls(cla, ins, p1, p2, data, (rest[0] or SHORT_LE_MAX) if rest else None)
        if len(body) == 3:
            return cls(cla, ins, p1, p2, le=int.from_bytes(body[1:3]) or EXTENDED_MAX)
        if len(body) < 3:
            raise DecodeError("an extended length is cut short")
        lc = int.from_bytes(body[1:3])
        data, rest = body[3 : 3 + lc], body[3 + lc :]
        if not lc or len(data) < lc or len(rest) not in (0, 2):
            raise DecodeError(f"extended Lc says {lc} bytes, {len(body) - 3} follow")
        return cls(cla, ins, p1, p2, data, (int.from_bytes(rest) or EXTENDED_MAX) if rest else None)


@dataclass(frozen=True, slots=True)
class ResponseApdu:
    """Data and status word of one answer."""

    data: bytes
    sw: StatusWord

    def encode(self) -> bytes:
        return self.data + self.sw.to_bytes(2)

    @classmethod
    def decode(cls, raw: bytes) -> ResponseApdu:
        """Split an answer. Raises `DecodeError` if it holds no status word."""
        if len(raw) < 2:
            raise DecodeError(f"an answer of {len(raw)} bytes holds no status word")
        return cls(bytes(raw[:-2]), StatusWord(int.from_bytes(raw[-2:])))
