"""The answer to reset (ISO/IEC 7816-3 §8, historical bytes: ISO/IEC 7816-4 §12.1.1, TS 102 221 §6.3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor

from simtool.errors import DecodeError

_CARD_CAPABILITIES = 0x73  # compact TLV: tag 7, three bytes


@dataclass(frozen=True, slots=True)
class Atr:
    """What an ATR tells. `protocols` are the T values offered, in order; empty means T=0 alone."""

    raw: bytes
    protocols: tuple[int, ...]
    historical: bytes

    @classmethod
    def decode(cls, raw: bytes) -> Atr:
        """Read an ATR. Raises `DecodeError` if it is cut short or its check byte is wrong."""
        if len(raw) < 2 or raw[0] not in (0x3B, 0x3F):
            raise DecodeError(f"{raw.hex() or 'nothing'} is not an answer to reset")
        count, level, at = raw[1] & 0x0F, raw[1] >> 4, 2
        protocols: list[int] = []
        while level:
            follows = level & 0x8
            at += level.bit_count()
            if at > len(raw):
                raise DecodeError("the answer to reset ends within its interface bytes")
            level = 0
            if follows:
                protocols.append(raw[at - 1] & 0x0F)
                level = raw[at - 1] >> 4
        historical = raw[at : at + count]
        checked = any(protocol != 0 for protocol in protocols)
        if len(historical) < count or len(raw) != at + count + checked:
            raise DecodeError(f"an answer to reset of {len(raw)} bytes, {at + count + checked} were announced")
        if checked and reduce(xor, raw[1:]):
            raise DecodeError("the check byte of the answer to reset is wrong")
        return cls(raw, tuple(protocol for protocol in protocols if protocol != 15), historical)

    @classmethod
    def decode_or_empty(cls, raw: bytes) -> Atr:
        """As `decode`; an ATR that cannot be read tells nothing."""
        try:
            return cls.decode(raw)
        except DecodeError:
            return cls(raw, (), b"")

    @property
    def takes_extended_length(self) -> bool:
        """Third byte of the card capabilities, bit 7 (ISO/IEC 7816-4 §12.1.1.9)."""
        return bool(self._capabilities & 0x40)

    @property
    def takes_chaining(self) -> bool:
        """Third byte of the card capabilities, bit 8."""
        return bool(self._capabilities & 0x80)

    @property
    def _capabilities(self) -> int:
        """The third byte of the card capabilities in the historical bytes (category 80 or 00), else 0."""
        if not self.historical or self.historical[0] not in (0x00, 0x80):
            return 0
        rest = self.historical[1:]
        while rest:
            length = rest[0] & 0x0F
            if rest[0] == _CARD_CAPABILITIES and len(rest) > length:
                return rest[length]
            rest = rest[1 + length :]
        return 0
