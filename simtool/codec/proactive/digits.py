"""Addresses, file lists, identities, languages, tones: data objects that are plain texts or bytes (TS 102 223 §8)."""

from __future__ import annotations

from simtool.codec.dial_number import DialNumber
from simtool.codec.gsm7 import decode_gsm, encode_gsm
from simtool.codec.identifiers import pack_digits, unpack_digits
from simtool.errors import DecodeError, EncodeError

_MOST = 0xFF
_DTMF = "0123456789*#P?E"


def encode_address(number: DialNumber) -> bytes:
    """TON/NPI and digits, without a length (§8.1)."""
    return bytes((number.ton_npi,)) + number.bcd()


def decode_address(raw: bytes) -> DialNumber:
    if len(raw) < 2:
        raise DecodeError("an address has TON/NPI and digits")
    if len(raw) > _MOST:
        raise DecodeError("the address is too long")
    return DialNumber.decode(bytes((len(raw),)) + raw)


def encode_files(paths: tuple[bytes, ...]) -> bytes:
    """A list of files (§8.18): each path from 3F00 or from 7FFF, the current application."""
    return bytes((len(paths),)) + b"".join(paths)


def decode_files(raw: bytes) -> tuple[bytes, ...]:
    """Raises `DecodeError` unless it holds as many paths as it says."""
    if len(raw) % 2 != 1:
        raise DecodeError(f"{raw.hex()} is not a number of files and their paths")
    paths: list[bytes] = []
    for start in range(1, len(raw), 2):
        step = raw[start : start + 2]
        anew = step == b"\x3f\x00" or (step == b"\x7f\xff" and bool(paths) and paths[-1] != b"\x3f\x00")
        if anew or not paths:
            paths.append(step)
        else:
            paths[-1] += step
    if len(paths) != raw[0]:
        raise DecodeError(f"{raw[0]} files are announced, {len(paths)} are there")
    return tuple(paths)


def encode_imei(digits: str) -> bytes:
    """IMEI (15 digits, §8.20) or IMEISV (16 digits, §8.74) as a mobile identity of TS 24.008 §10.5.1.4."""
    if not digits.isdecimal() or not digits.isascii() or len(digits) not in (15, 16):
        raise EncodeError(f"an IMEI has 15 digits, an IMEISV 16; this has {len(digits)} characters")
    kind = 0x0A if len(digits) == 15 else 0x03
    return bytes((int(digits[0]) << 4 | kind,)) + pack_digits(digits[1:], len(digits) // 2)


def decode_imei(raw: bytes) -> str:
    if not raw or raw[0] >> 4 > 9 or raw[0] & 7 not in (2, 3):
        raise DecodeError(f"{raw.hex()} is no IMEI")
    return f"{raw[0] >> 4}" + unpack_digits(raw[1:], "the IMEI")


def encode_language(language: str) -> bytes:
    if len(language) != 2:
        raise EncodeError(f"{language!r} is not a language of two letters (ISO 639-1)")
    return encode_gsm(language)


def decode_language(raw: bytes) -> str:
    expect_size(raw, 2)
    return decode_gsm(raw)


def encode_dtmf(digits: str) -> bytes:
    """A DTMF string (§8.44): digits, * and #, P for a pause."""
    try:
        nibbles = "".join(f"{_DTMF.index(char.upper()):X}" for char in digits)
    except ValueError:
        raise EncodeError(f"{digits!r} are not DTMF digits") from None
    nibbles += "F" * (len(nibbles) % 2)
    return bytes.fromhex("".join(nibbles[place + 1] + nibbles[place] for place in range(0, len(nibbles), 2)))


def decode_dtmf(raw: bytes) -> str:
    nibbles = "".join(f"{byte & 0xF:X}{byte >> 4:X}" for byte in raw).rstrip("F")
    if "F" in nibbles:
        raise DecodeError(f"{raw.hex()} are not DTMF digits")
    return "".join(_DTMF[int(nibble, 16)] for nibble in nibbles)


def expect_size(raw: bytes, size: int) -> None:
    """Raises `DecodeError` unless there are so many bytes."""
    if len(raw) != size:
        raise DecodeError(f"{raw.hex() or 'nothing'}: {size} bytes are expected, {len(raw)} are there")
