"""Numbers that name a card, a subscriber and a network, and their codings in EFs.

ICCID (ITU-T E.118, TS 102 221 §13.2), IMSI (TS 23.003 §2.2, TS 31.102 §4.2.2), PLMN (TS 24.008 §10.5.1.13). All are
values that cannot exist malformed; messages are written for the person who typed the number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from simtool.errors import DecodeError, EncodeError

EF_ICCID_SIZE = 10
EF_IMSI_SIZE = 9
PLMN_SIZE = 3
NO_PLMN = b"\xff\xff\xff"


@dataclass(frozen=True, slots=True, order=True)
class Iccid:
    """Number of the card: 18 to 20 digits, the last one a Luhn check digit on most cards."""

    digits: str

    def __post_init__(self) -> None:
        require_digits("ICCID", self.digits, 18, 20)

    @classmethod
    def parse(cls, text: str) -> Iccid:
        """A complete ICCID as printed: 19 or 20 digits, blanks allowed, check digit right. Raises `EncodeError`."""
        digits = "".join(text.split())
        require_digits("ICCID", digits, 19, 20)
        iccid = cls(digits)
        if not iccid.luhn_ok:
            raise EncodeError(
                f"ICCID {digits}: the check digit is {digits[-1]}, the digits before it want {luhn(digits[:-1])}",
                hint="compare the number with the one printed on the card",
            )
        return iccid

    @classmethod
    def from_body(cls, digits: str) -> Iccid:
        """An ICCID from its 18 or 19 leading digits; the check digit is appended. Raises `EncodeError`."""
        require_digits("ICCID without its check digit", digits, 18, 19)
        return cls(digits + luhn(digits))

    @property
    def luhn_ok(self) -> bool:
        """Whether the last digit is the check digit of the others (ISO/IEC 7812-1 annex B)."""
        return self.digits[-1] == luhn(self.digits[:-1])

    def encode(self) -> bytes:
        """Content of EF.ICCID: 10 bytes, digits swapped in pairs, F behind the last."""
        return pack_digits(self.digits, EF_ICCID_SIZE)

    @classmethod
    def decode(cls, raw: bytes) -> Iccid:
        """Read EF.ICCID; a wrong check digit is accepted. Raises `DecodeError` if it holds no ICCID."""
        if len(raw) != EF_ICCID_SIZE:
            raise DecodeError(f"an EF.ICCID has {EF_ICCID_SIZE} bytes, this has {len(raw)}")
        return _decoded(cls, unpack_digits(raw, "EF.ICCID"))

    def __str__(self) -> str:
        return self.digits


@dataclass(frozen=True, slots=True, order=True)
class Imsi:
    """Number of the subscription: mobile country code, mobile network code, MSIN; 6 to 15 digits."""

    digits: str

    def __post_init__(self) -> None:
        require_digits("IMSI", self.digits, 6, 15)

    @property
    def mcc(self) -> str:
        return self.digits[:3]

    def plmn(self, mnc_length: int) -> Plmn:
        """The home network; `mnc_length` is 2 or 3 and is found in EF.AD, not in the IMSI. Raises `EncodeError`."""
        return Plmn(self.mcc, self._mnc(mnc_length))

    def msin(self, mnc_length: int) -> str:
        """What follows the network code."""
        return self.digits[3 + len(self._mnc(mnc_length)) :]

    def _mnc(self, mnc_length: int) -> str:
        if mnc_length not in (2, 3):
            raise EncodeError(f"a mobile network code has 2 or 3 digits, not {mnc_length}")
        return self.digits[3 : 3 + mnc_length]

    def encode(self) -> bytes:
        """Content of EF.IMSI: length, parity nibble and swapped digits, FF to 9 bytes (TS 31.102 §4.2.2)."""
        parity = "9" if len(self.digits) % 2 else "1"
        body = pack_digits(parity + self.digits, len(self.digits) // 2 + 1)
        return (bytes((len(body),)) + body).ljust(EF_IMSI_SIZE, b"\xff")

    @classmethod
    def decode(cls, raw: bytes) -> Imsi:
        """Read EF.IMSI. Raises `DecodeError` if it is blank or malformed."""
        if len(raw) != EF_IMSI_SIZE:
            raise DecodeError(f"an EF.IMSI has {EF_IMSI_SIZE} bytes, this has {len(raw)}")
        length = raw[0]
        if not 1 <= length <= EF_IMSI_SIZE - 1:
            blank = ": the file is blank" if raw == b"\xff" * EF_IMSI_SIZE else ""
            raise DecodeError(f"EF.IMSI says a length of {length}, possible are 1 to {EF_IMSI_SIZE - 1}{blank}")
        parity, digits = raw[1] & 0xF, unpack_digits(raw[1 : 1 + length], "EF.IMSI", skip=1)
        if parity not in (0x1, 0x9):
            raise DecodeError(f"EF.IMSI: the nibble before the first digit is {parity:X}, possible are 1 and 9")
        if (parity == 0x9) != bool(len(digits) % 2):
            kind = "odd" if parity == 0x9 else "even"
            raise DecodeError(f"EF.IMSI says an {kind} number of digits and holds {len(digits)}")
        return _decoded(cls, digits)

    def __str__(self) -> str:
        return self.digits


@dataclass(frozen=True, slots=True, order=True)
class Plmn:
    """A mobile network: country code of 3 digits, network code of 2 or 3. 262-01 is not 262-001."""

    mcc: str
    mnc: str

    def __post_init__(self) -> None:
        require_digits("mobile country code", self.mcc, 3, 3)
        require_digits("mobile network code", self.mnc, 2, 3)

    @classmethod
    def parse(cls, text: str) -> Plmn:
        """Read "26201", "262-01", "262 001" or "262/01". Raises `EncodeError`."""
        cleaned = text.strip()
        for separator in "- /":
            mcc, found, mnc = cleaned.partition(separator)
            if found:
                return cls(mcc, mnc.strip())
        require_digits("PLMN", cleaned, 5, 6)
        return cls(cleaned[:3], cleaned[3:])

    def encode(self) -> bytes:
        """Three bytes: MCC2 MCC1, MNC3 or F and MCC3, MNC2 MNC1 (TS 24.008 §10.5.1.13)."""
        third = self.mnc[2] if len(self.mnc) > 2 else "F"
        return pack_digits(self.mcc + third + self.mnc[:2], PLMN_SIZE)

    @classmethod
    def decode(cls, raw: bytes) -> Plmn:
        """Read three bytes. Raises `DecodeError`, also for FFFFFF (no network)."""
        if len(raw) != PLMN_SIZE:
            raise DecodeError(f"a PLMN has {PLMN_SIZE} bytes, this has {len(raw)}")
        nibbles = "".join(f"{byte & 0xF:X}{byte >> 4:X}" for byte in raw)
        third = "" if nibbles[3] == "F" else nibbles[3]
        if not (nibbles[:3] + third + nibbles[4:]).isdigit():
            raise DecodeError(f"{raw.hex()} is not the coding of a PLMN")
        return cls(nibbles[:3], nibbles[4:] + third)

    @classmethod
    def decode_or_none(cls, raw: bytes) -> Plmn | None:
        """Read three bytes of a list of networks; None for an unused entry (FFFFFF)."""
        return None if raw == NO_PLMN else cls.decode(raw)

    def __str__(self) -> str:
        return f"{self.mcc}-{self.mnc}"


_Number = TypeVar("_Number", Iccid, Imsi)


def luhn(digits: str) -> str:
    """The check digit that belongs behind these digits (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 if place % 2 else 2)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def require_digits(what: str, text: str, least: int, most: int) -> None:
    """Raises `EncodeError` naming the first wrong character, or the wrong length."""
    for place, char in enumerate(text, start=1):
        if char not in "0123456789":
            raise EncodeError(f"{what} {text!r}: {char!r} at place {place} is not a digit")
    if not least <= len(text) <= most:
        wanted = str(least) if least == most else f"{least} or {most}" if most == least + 1 else f"{least} to {most}"
        article = "an" if what[:2] in ("IC", "IM") else "a"
        raise EncodeError(f"{what} {text!r}: {article} {what} has {wanted} digits, this has {len(text)}")


def pack_digits(digits: str, size: int) -> bytes:
    """Digits (or F) two a byte, the first in the low nibble, filled with F to `size` bytes."""
    return bytes.fromhex("".join(high + low for low, high in _pairs(digits.ljust(2 * size, "F"))))


def unpack_digits(raw: bytes, what: str, *, skip: int = 0) -> str:
    """Digits up to the first F, which must be followed by F only. `skip` leaves out leading nibbles."""
    nibbles = "".join(f"{byte & 0xF:X}{byte >> 4:X}" for byte in raw)[skip:]
    digits = nibbles.rstrip("F")
    if not digits:
        raise DecodeError(f"{what} is blank")
    if not digits.isdigit():
        wrong = next(char for char in digits if not char.isdigit())
        raise DecodeError(f"{what} holds {wrong} among its digits ({digits})")
    return digits


def _pairs(text: str) -> list[tuple[str, str]]:
    return list(zip(text[::2], text[1::2], strict=True))


def _decoded(cls: type[_Number], digits: str) -> _Number:
    try:
        return cls(digits)
    except EncodeError as error:
        raise DecodeError(str(error)) from error
