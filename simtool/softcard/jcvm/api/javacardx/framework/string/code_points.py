"""UTF-8 as javacardx.framework.string takes it: code points, case, numbers, other encodings (Java Card API 3.0.5).

An ill-formed sequence counts as one character: as many bytes as could have begun a well-formed one (Unicode §3.9).
"""

from __future__ import annotations

import re

STRING_EXCEPTION = "javacardx/framework/string/StringException"
UNSUPPORTED_ENCODING, ILLEGAL_NUMBER_FORMAT, INVALID_BYTE_SEQUENCE = 1, 2, 3
CODECS = {1: "utf-8", 2: "utf-16", 3: "utf-16-le", 4: "utf-16-be", 5: "utf-16-be", 7: "iso8859-1"}
"""StringUtil's constants of encodings. The GSM alphabet is optional and not here: the API does not say how packed."""
UTF_16, UCS_2 = 2, 5
BYTE_ORDER_MARK = b"\xfe\xff"
_NUMBER = re.compile(rb"(-?)(?:(?:0[xX]|#)([0-9a-fA-F]+)|(0|[1-9][0-9]*))")


def characters(data: bytes) -> list[bytes]:
    """The bytes of each character, ill-formed ones as they are."""
    found, at = [], 0
    while at < len(data):
        end = at + _step(data[at : at + 4])
        found.append(data[at:end])
        at = end
    return found


def _step(data: bytes) -> int:
    for size in range(1, len(data) + 1):
        try:
            data[:size].decode()
        except UnicodeDecodeError:
            continue
        return size
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return max(1, error.end - error.start)
    return 1


def is_well_formed(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def cased(data: bytes, *, upper: bool) -> bytes:
    """ASCII letters in one case, other characters as they are, ill-formed sequences left out."""
    kept = b"".join(one for one in characters(data) if is_well_formed(one))
    return kept.upper() if upper else kept.lower()


def folded(data: bytes) -> bytes:
    return cased(cased(data, upper=True), upper=False)


def number(data: bytes, bits: int) -> int | None:
    """A signed number of so many bits, decimal or hexadecimal after 0x or #; None for anything else."""
    found = _NUMBER.fullmatch(data)
    if found is None:
        return None
    sign, digits, decimals = found.groups()
    if len(digits or decimals) > 40:
        return None
    value = int(digits, 16) if digits is not None else int(decimals)
    value = -value if sign else value
    return value if -(1 << bits - 1) <= value < 1 << bits - 1 else None


def encode(data: bytes, encoding: int) -> bytes | None:
    """From UTF-8; None where that or the target does not allow it."""
    try:
        text = data.decode()
        if encoding == UCS_2 and any(one > "\uffff" for one in text):
            return None
        if encoding == UTF_16:
            return BYTE_ORDER_MARK + text.encode("utf-16-be")
        return text.encode(CODECS[encoding])
    except UnicodeError:
        return None


def decode(data: bytes, encoding: int) -> bytes | None:
    """To UTF-8; UTF-16 is big-endian where no byte order mark says otherwise."""
    codec = CODECS[encoding]
    if encoding == UTF_16 and data[:2] not in (BYTE_ORDER_MARK, BYTE_ORDER_MARK[::-1]):
        codec = "utf-16-be"
    try:
        text = data.decode(codec)
    except UnicodeError:
        return None
    return None if encoding == UCS_2 and any(one > "\uffff" for one in text) else text.encode()
