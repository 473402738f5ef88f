"""The test algorithm: xor instead of a cipher. For test USIMs and test systems only; one answer gives the key away.

3G form: TS 34.108 §8.1.2. The clause leaves the resynchronisation functions open to reading; taken here is what
libosmocore takes: f1* is f1 (with the AMF* that the caller gives, 0000 by TS 33.102) and f5* is f5, so that AUTS
conceals SQN_MS with the same AK. 2G form: TS 51.010-1 Annex 4.
"""

from __future__ import annotations

from typing import NoReturn, SupportsIndex

from simtool.crypto.secret import Secret
from simtool.errors import EncodeError

BLOCK = 16
RES_BITS = (32, 128)


class Xor3g:
    """The seven functions for one K of 16 bytes. `res_bits` is 32 to 128 in whole bytes (TS 34.108 §8.1.2.1).

    RAND is 16 bytes, SQN a number of 48 bits, AMF 2 bytes. Raises `EncodeError` for what does not fit.
    """

    __slots__ = ("_k", "_res_bytes")

    def __init__(self, k: bytes, *, res_bits: int = 128) -> None:
        if len(k) != BLOCK:
            raise EncodeError(f"K must be {BLOCK} bytes, not {len(k)}")
        if not RES_BITS[0] <= res_bits <= RES_BITS[1] or res_bits % 8:
            raise EncodeError(f"RES of {res_bits} bits is not 32 to 128 in whole bytes")
        self._k = Secret(k, "k")
        self._res_bytes = res_bits // 8

    def f1(self, rand: bytes, sqn: int, amf: bytes) -> bytes:
        """MAC-A, 8 bytes: the first half of K xor RAND, xor SQN || AMF."""
        if not 0 <= sqn < 1 << 48:
            raise EncodeError("SQN must be a number of 48 bits")
        if len(amf) != 2:
            raise EncodeError(f"AMF must be 2 bytes, not {len(amf)}")
        return _xor(self._mixed(rand)[:8], sqn.to_bytes(6) + amf)

    def f1_star(self, rand: bytes, sqn: int, amf: bytes) -> bytes:
        """MAC-S, 8 bytes, made like MAC-A."""
        return self.f1(rand, sqn, amf)

    def f2(self, rand: bytes) -> bytes:
        """RES, the first bytes of K xor RAND."""
        return self._mixed(rand)[: self._res_bytes]

    def f3(self, rand: bytes) -> bytes:
        """CK, K xor RAND turned by one byte."""
        mixed = self._mixed(rand)
        return mixed[1:] + mixed[:1]

    def f4(self, rand: bytes) -> bytes:
        """IK, K xor RAND turned by two bytes."""
        mixed = self._mixed(rand)
        return mixed[2:] + mixed[:2]

    def f5(self, rand: bytes) -> bytes:
        """AK, 6 bytes of K xor RAND from the fourth on."""
        return self._mixed(rand)[3:9]

    def f5_star(self, rand: bytes) -> bytes:
        """AK for resynchronisation, the same as AK."""
        return self.f5(rand)

    def _mixed(self, rand: bytes) -> bytes:
        if len(rand) != BLOCK:
            raise EncodeError(f"RAND must be {BLOCK} bytes, not {len(rand)}")
        return _xor(self._k.reveal(), rand)

    def __repr__(self) -> str:
        return f"Xor3g({self._k})"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("an algorithm with its key is not serialised")


def xor_2g(ki: bytes, rand: bytes) -> tuple[bytes, bytes]:
    """SRES (4 bytes) and Kc (8 bytes): the first twelve bytes of Ki xor RAND (TS 51.010-1 Annex 4).

    16 bytes each. Raises `EncodeError` otherwise.
    """
    for name, value in (("Ki", ki), ("RAND", rand)):
        if len(value) != BLOCK:
            raise EncodeError(f"{name} must be {BLOCK} bytes, not {len(value)}")
    mixed = _xor(ki, rand)
    return mixed[:4], mixed[4:12]


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))
