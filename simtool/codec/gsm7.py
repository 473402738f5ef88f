"""The GSM 7 bit default alphabet and how its septets are packed (TS 23.038 §6.1.2, §6.2.1).

Unpacked text is one septet a byte. National language tables are not supported. Which coding an EF uses is the
business of `simtool.codec.text`, which offers these names too.
"""

from __future__ import annotations

from gsm0338 import Codec

from simtool.errors import EncodeError

ESCAPE = 0x1B
CARRIAGE_RETURN = 0x0D
UNKNOWN = "\N{REPLACEMENT CHARACTER}"

_CODEC = Codec()
_BASIC: dict[int, str] = {code: _CODEC.decode(bytes((code,)))[0] for code in range(0x80) if code != ESCAPE}
_EXTENSION: dict[int, str] = {
    code: char for code in range(0x80) if code != ESCAPE and (char := _CODEC.decode(bytes((ESCAPE, code)), "ignore")[0])
}
BASIC_CODES = {char: code for code, char in _BASIC.items()}
_CODINGS = {char: bytes((ESCAPE, code)) for code, char in _EXTENSION.items()} | {
    char: bytes((code,)) for char, code in BASIC_CODES.items()
}


def in_gsm_alphabet(text: str) -> bool:
    """Whether every character is in the default alphabet or its extension table."""
    return all(char in _CODINGS for char in text)


def encode_gsm(text: str) -> bytes:
    """Septets of a text, one a byte; two for the characters of the extension table. Raises `EncodeError`."""
    for char in text:
        if char not in _CODINGS:
            raise EncodeError(f"{char!r} in {text!r} is not in the GSM 7 bit default alphabet")
    return b"".join(_CODINGS[char] for char in text)


def decode_gsm(septets: bytes) -> str:
    """The text of unpacked septets; U+FFFD for what no table has. Never raises."""
    text = ""
    escaped = False
    for code in septets:
        if code == ESCAPE and not escaped:
            escaped = True
            continue
        text += (_EXTENSION if escaped else _BASIC).get(code, UNKNOWN)
        escaped = False
    return text + UNKNOWN * escaped


def pack_septets(septets: bytes, *, fill_bits: int = 0) -> bytes:
    """Septets packed into bytes, least bit first, zeros behind the last (TS 23.038 §6.1.2.1).

    `fill_bits` zeros come first: they bring the text behind a user data header to a septet boundary. Raises
    `EncodeError` for a byte above 7F.
    """
    bits = 0
    for place, septet in enumerate(septets):
        if septet > 0x7F:
            raise EncodeError(f"{septet:02X} is not a septet")
        bits |= septet << (7 * place + fill_bits)
    return bits.to_bytes((7 * len(septets) + fill_bits + 7) // 8, "little")


def unpack_septets(packed: bytes, count: int | None = None, *, fill_bits: int = 0) -> bytes:
    """Septets out of packed bytes: `count` of them (fewer if the bytes end), or as many as there are.

    Without a count a last septet of zeros that fills exactly the last seven bits counts as padding.
    """
    bits = int.from_bytes(packed, "little") >> fill_bits
    present = max(0, 8 * len(packed) - fill_bits) // 7
    if count is None:
        count = present
        if count and 7 * count + fill_bits == 8 * len(packed) and not bits >> 7 * (count - 1):
            count -= 1
    return bytes(bits >> 7 * place & 0x7F for place in range(min(count, present)))


def pack_ussd(septets: bytes) -> bytes:
    """Packed for USSD: a carriage return fills seven spare bits (TS 23.038 §6.1.2.3).

    One is added as well behind a text that ends in a carriage return on a byte boundary.
    """
    ends_on_return = len(septets) % 8 == 0 and septets.endswith(bytes((CARRIAGE_RETURN,)))
    if len(septets) % 8 == 7 or ends_on_return:
        septets += bytes((CARRIAGE_RETURN,))
    return pack_septets(septets)


def unpack_ussd(packed: bytes) -> bytes:
    """Septets of a USSD string without the carriage return that fills it up."""
    septets = unpack_septets(packed, 8 * len(packed) // 7)
    filled = len(septets) % 8 == 0 and septets.endswith(b"\r")
    added = len(septets) % 8 == 1 and septets.endswith(b"\r\r")
    return septets[:-1] if filled or added else septets
