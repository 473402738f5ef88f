"""The answer to reset (ISO/IEC 7816-3 §8, historical bytes: ISO/IEC 7816-4 §12.1.1, TS 102 221 §6.3)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import xor

from simtool.errors import DecodeError

_CARD_CAPABILITIES = 0x73  # compact TLV: tag 7, three bytes
# TA1 (ISO/IEC 7816-3 tables 7 and 8): clock rate conversion by its upper half, baud rate adjustment by its lower.
_CONVERSION = {
    0: 372, 1: 372, 2: 558, 3: 744, 4: 1116, 5: 1488, 6: 1860, 9: 512, 10: 768, 11: 1024, 12: 1536, 13: 2048,
}  # fmt: skip
_ADJUSTMENT = {1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 32, 7: 64, 8: 12, 9: 20}
DEFAULT_CONVERSION = 372
NOMINAL_BAUD = 9600


@dataclass(frozen=True, slots=True)
class Atr:
    """What an ATR tells. `protocols` are the T values offered, in order; empty means T=0 alone.

    `ta1` is the speed that the card offers; with `ta2` it goes at that speed from the start (specific mode).
    """

    raw: bytes
    protocols: tuple[int, ...]
    historical: bytes
    ta1: int | None = None
    ta2: int | None = None

    @classmethod
    def decode(cls, raw: bytes) -> Atr:
        """Read an ATR. Raises `DecodeError` if it is cut short or its check byte is wrong."""
        if len(raw) < 2 or raw[0] not in (0x3B, 0x3F):
            raise DecodeError(f"{raw.hex() or 'nothing'} is not an answer to reset")
        count, level, at = raw[1] & 0x0F, raw[1] >> 4, 2
        protocols: list[int] = []
        first: list[int | None] = []
        while level:
            follows = level & 0x8
            first.append(raw[at] if level & 0x1 and at < len(raw) else None)
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
        ta1, ta2, *_ = *first, None, None
        return cls(raw, tuple(protocol for protocol in protocols if protocol != 15), historical, ta1, ta2)

    @classmethod
    def decode_or_empty(cls, raw: bytes) -> Atr:
        """As `decode`; an ATR that cannot be read tells nothing."""
        try:
            return cls.decode(raw)
        except DecodeError:
            return cls(raw, (), b"")

    @property
    def offered_baud(self) -> int:
        """The fastest bit rate that the card offers, at the clock at which it starts with 9600 bit/s.

        Readers give 1 to 1.5 times that clock. An offer that ISO/IEC 7816-3 leaves open counts as the rate at start.
        """
        if self.ta1 is None:
            return NOMINAL_BAUD
        conversion, adjustment = _CONVERSION.get(self.ta1 >> 4), _ADJUSTMENT.get(self.ta1 & 0x0F)
        if conversion is None or adjustment is None:
            return NOMINAL_BAUD
        return NOMINAL_BAUD * DEFAULT_CONVERSION * adjustment // conversion

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
