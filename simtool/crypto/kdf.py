"""Keys derived from a master key: NIST SP 800-108r1 §4.1, counter mode, with AES-CMAC (SP 800-38B) as the PRF.

The PRF is given as a function, so that the master key can stay in a token. Counter and length have 32 bits, the counter
stands in front: [i] || Label || 00 || Context || [L].
"""

from __future__ import annotations

from collections.abc import Callable

from simtool.errors import EncodeError

PRF_LENGTH = 16
COUNTER_LENGTH = 4
Cmac = Callable[[bytes], bytes]
"""AES-CMAC under a master key: any number of bytes in, 16 out."""


def derive_key(cmac: Cmac, label: bytes, context: bytes, length: int) -> bytes:
    """`length` bytes for this label (what for) and context (whose). Raises `EncodeError` for an impossible length."""
    if not 0 < length < 1 << 16:
        raise EncodeError(f"{length} bytes cannot be derived")
    return counter_mode(cmac, label + b"\x00" + context + (8 * length).to_bytes(COUNTER_LENGTH), length)


def counter_mode(cmac: Cmac, fixed: bytes, length: int, *, counter_length: int = COUNTER_LENGTH) -> bytes:
    """`length` bytes over any fixed input data, with a counter of so many bytes in front (SP 800-108r1 §4.1)."""
    blocks = range(1, -(-length // PRF_LENGTH) + 1)
    return b"".join(cmac(number.to_bytes(counter_length) + fixed) for number in blocks)[:length]
