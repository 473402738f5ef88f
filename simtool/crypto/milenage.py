"""Milenage, the 3GPP example set f1 to f5* (TS 35.206 §4), with the operator's choice of r and c (§5).

Built on AES-128 as TS 35.206 proposes. What the functions are used for stands in `simtool.crypto.aka`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, SupportsIndex

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simtool.crypto.column import Column
from simtool.crypto.secret import Secret
from simtool.errors import EncodeError

BLOCK = 16
BLOCK_BITS = 128
DEFAULT_R = (64, 0, 32, 64, 96)
DEFAULT_C = tuple(last.to_bytes(BLOCK) for last in (0, 1, 2, 4, 8))


def derive_opc(k: bytes, op: bytes) -> bytes:
    """OPc from K and OP: AES(K, OP) xor OP (TS 35.206 §4.1). 16 bytes each. Raises `EncodeError` on other lengths."""
    _need(k, "K")
    _need(op, "OP")
    return _xor(_aes(k)(op), op)


def derive_opcs(keys: Column, op: bytes) -> Column:
    """`derive_opc` of every K of the column, quickly."""
    _need(op, "OP")
    if keys.width != BLOCK:
        raise EncodeError(f"K must be {BLOCK} bytes, not {keys.width}")
    encrypted = b"".join([_aes(k)(op) for k in keys.values()])
    return Column(BLOCK, _xor(encrypted, op * len(keys)))


class Milenage:
    """The seven functions for one K and OPc.

    `r` are the five rotations in bits, 0 to 127, towards the most significant bit; `c` five constants of 16 bytes
    (TS 35.206 §4.1). RAND is 16 bytes, SQN a number below 2^48, AMF 2 bytes. Raises `EncodeError` for what does not
    fit. One object is for one thread at a time.
    """

    __slots__ = ("_c", "_encrypt", "_k", "_opc", "_r")

    def __init__(
        self,
        k: bytes,
        opc: bytes,
        r: tuple[int, ...] = DEFAULT_R,
        c: tuple[bytes, ...] = DEFAULT_C,
    ) -> None:
        _need(k, "K")
        _need(opc, "OPc")
        if len(r) != 5 or not all(0 <= bits < BLOCK_BITS for bits in r):
            raise EncodeError("r must be five rotations of 0 to 127 bits")
        if len(c) != 5 or not all(len(constant) == BLOCK for constant in c):
            raise EncodeError("c must be five constants of 16 bytes")
        self._encrypt = _aes(k)
        self._k = Secret(k, "k")
        self._opc = Secret(opc, "opc")
        self._r = tuple(r)
        self._c = tuple(int.from_bytes(constant) for constant in c)

    @classmethod
    def from_op(cls, k: bytes, op: bytes, r: tuple[int, ...] = DEFAULT_R, c: tuple[bytes, ...] = DEFAULT_C) -> Milenage:
        """The same from OP instead of OPc."""
        return cls(k, derive_opc(k, op), r, c)

    def f1(self, rand: bytes, sqn: int, amf: bytes) -> bytes:
        """MAC-A, 8 bytes."""
        return self._out1(rand, sqn, amf)[:8]

    def f1_star(self, rand: bytes, sqn: int, amf: bytes) -> bytes:
        """MAC-S, 8 bytes."""
        return self._out1(rand, sqn, amf)[8:]

    def f2(self, rand: bytes) -> bytes:
        """RES, 8 bytes."""
        return self._out(2, rand)[8:]

    def f3(self, rand: bytes) -> bytes:
        """CK, 16 bytes."""
        return self._out(3, rand)

    def f4(self, rand: bytes) -> bytes:
        """IK, 16 bytes."""
        return self._out(4, rand)

    def f5(self, rand: bytes) -> bytes:
        """AK, 6 bytes."""
        return self._out(2, rand)[:6]

    def f5_star(self, rand: bytes) -> bytes:
        """AK for resynchronisation, 6 bytes."""
        return self._out(5, rand)[:6]

    def _temp(self, rand: bytes) -> bytes:
        _need(rand, "RAND")
        return self._encrypt(_xor(rand, self._opc.reveal()))

    def _out1(self, rand: bytes, sqn: int, amf: bytes) -> bytes:
        """OUT1, of which f1 is the first half and f1* the second."""
        _need(amf, "AMF", 2)
        if not 0 <= sqn < 1 << 48:
            raise EncodeError("SQN must be a number of 48 bits")
        opc = self._opc.reveal()
        in1 = (sqn.to_bytes(6) + amf) * 2
        rotated = _rotate(int.from_bytes(_xor(in1, opc)), self._r[0])
        block = int.from_bytes(self._temp(rand)) ^ rotated ^ self._c[0]
        return _xor(self._encrypt(block.to_bytes(BLOCK)), opc)

    def _out(self, number: int, rand: bytes) -> bytes:
        """OUT2 to OUT5."""
        opc = self._opc.reveal()
        rotated = _rotate(int.from_bytes(_xor(self._temp(rand), opc)), self._r[number - 1])
        return _xor(self._encrypt((rotated ^ self._c[number - 1]).to_bytes(BLOCK)), opc)

    def __repr__(self) -> str:
        return f"Milenage({self._k}, {self._opc})"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("an algorithm with its key is not serialised")


def _aes(key: bytes) -> Callable[[bytes], bytes]:
    """One AES-128 block at a time; the key schedule is made once."""
    # TS 35.206 needs the bare block cipher: the functions are its mode of operation.
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update  # noqa: S305


def _rotate(block: int, bits: int) -> int:
    """Cyclic rotation of 128 bits towards the most significant bit."""
    return (block << bits | block >> (BLOCK_BITS - bits)) & ((1 << BLOCK_BITS) - 1)


def _xor(a: bytes, b: bytes) -> bytes:
    return (int.from_bytes(a) ^ int.from_bytes(b)).to_bytes(len(a))


def _need(value: bytes, name: str, length: int = BLOCK) -> None:
    if len(value) != length:
        raise EncodeError(f"{name} must be {length} bytes, not {len(value)}")
