"""Dialling numbers and their BCD coding (TS 31.102 §4.4.2.3 EF.ADN, §4.2.27 EF.SMSP; TS 24.008 §10.5.4.7).

A number is digits and the characters of a dialled string: `*` `#`, `p` for the pause before further digits (DTMF
separator), `?` for any digit (wild value), `e` for the expansion digit. Alpha identifiers are `simtool.codec.text`.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.errors import DecodeError, EncodeError

EF_SIZE = 12
INTERNATIONAL = 0x91
UNKNOWN_TYPE = 0x81
MAX_DIGITS = 80
_ALPHABET = "0123456789*#p?e"
_IGNORED = " -./()\t"
_SAME = {",": "p", "P": "p", "E": "e"}


@dataclass(frozen=True, slots=True)
class DialNumber:
    """A number to dial. `ton_npi` is the byte for type of number and numbering plan: 91 for numbers with +."""

    digits: str
    ton_npi: int = UNKNOWN_TYPE

    def __post_init__(self) -> None:
        for place, char in enumerate(self.digits, start=1):
            if char not in _ALPHABET:
                raise EncodeError(f"dialling number {self.digits!r}: {char!r} at place {place} cannot be dialled")
        if not 1 <= len(self.digits) <= MAX_DIGITS:
            raise EncodeError(f"a dialling number has 1 to {MAX_DIGITS} digits, this has {len(self.digits)}")
        if not 0 <= self.ton_npi <= 0xFF:
            raise EncodeError(f"type of number and numbering plan {self.ton_npi} is not one byte")

    @classmethod
    def parse(cls, text: str) -> DialNumber:
        """Read a number as people write it: "+49 (30) 123-456", "*100#", "0301234,5". Raises `EncodeError`."""
        cleaned = "".join(_SAME.get(char, char) for char in text if char not in _IGNORED)
        if cleaned.startswith("+"):
            return cls(cleaned[1:], INTERNATIONAL)
        return cls(cleaned)

    @property
    def international(self) -> bool:
        """True if the type of number says so (and the byte is not FF, which says nothing)."""
        return self.ton_npi != 0xFF and self.ton_npi >> 4 & 7 == 1

    def bcd(self) -> bytes:
        """The digits alone, swapped in pairs, the last nibble F if their number is odd."""
        nibbles = "".join(f"{_ALPHABET.index(char):X}" for char in self.digits)
        nibbles += "F" * (len(nibbles) % 2)
        return bytes.fromhex("".join(nibbles[i + 1] + nibbles[i] for i in range(0, len(nibbles), 2)))

    def encode(self, size: int = EF_SIZE) -> bytes:
        """Length in bytes, TON/NPI, digits, FF to `size` bytes: EF.ADN, EF.MSISDN, service centre in EF.SMSP.

        Raises `EncodeError` if the number is longer; what an extension record would hold is not cut off here.
        """
        body = bytes((self.ton_npi,)) + self.bcd()
        return self._padded(len(body), body, size)

    def encode_address(self, size: int = EF_SIZE) -> bytes:
        """Number of digits, TON/NPI, digits, FF to `size` bytes: TP addresses (TS 23.040 §9.1.2.5)."""
        return self._padded(len(self.digits), bytes((self.ton_npi,)) + self.bcd(), size)

    def _padded(self, length: int, body: bytes, size: int) -> bytes:
        if 1 + len(body) > size:
            raise EncodeError(f"dialling number {self}: {len(self.digits)} digits, room is for {2 * (size - 2)}")
        return (bytes((length,)) + body).ljust(size, b"\xff")

    @classmethod
    def decode(cls, raw: bytes) -> DialNumber:
        """Read what `encode` makes. Raises `DecodeError` if the field is blank or malformed."""
        if not raw or raw[0] in (0, 0xFF):
            raise DecodeError("the number field is blank")
        if not 2 <= raw[0] < len(raw):
            raise DecodeError(f"the number field says {raw[0]} bytes, {len(raw) - 1} follow")
        return _decoded(raw[1], raw[2 : 1 + raw[0]])

    @classmethod
    def decode_or_none(cls, raw: bytes) -> DialNumber | None:
        """Read what `encode` makes; None for a blank field."""
        return None if not raw or raw[0] in (0, 0xFF) else cls.decode(raw)

    @classmethod
    def decode_address(cls, raw: bytes) -> DialNumber:
        """Read what `encode_address` makes. Raises `DecodeError` if the field is blank or malformed."""
        if len(raw) < 3 or raw[0] in (0, 0xFF):
            raise DecodeError("the address field is blank or cut short")
        size = (raw[0] + 1) // 2
        number = raw[2 : 2 + size]
        if len(number) < size:
            raise DecodeError(f"the address field says {raw[0]} digits, {len(raw) - 2} bytes follow")
        decoded = _decoded(raw[1], number)
        if len(decoded.digits) != raw[0]:
            raise DecodeError(f"the address field says {raw[0]} digits and holds {len(decoded.digits)}")
        return decoded

    def __str__(self) -> str:
        return "+" * self.international + self.digits


def _decoded(ton_npi: int, number: bytes) -> DialNumber:
    nibbles = "".join(f"{byte & 0xF:X}{byte >> 4:X}" for byte in number).rstrip("F")
    if "F" in nibbles or not nibbles:
        raise DecodeError(f"{number.hex()} is not the coding of a dialling number")
    try:
        return DialNumber("".join(_ALPHABET[int(nibble, 16)] for nibble in nibbles), ton_npi)
    except EncodeError as error:
        raise DecodeError(str(error)) from error
