"""TUAK, the second 3GPP example set f1 to f5* (TS 35.231 §6), built on Keccak-f[1600].

All sizes of TS 35.231 §5: K of 128 or 256 bits, MAC 64, 128 or 256, RES 32, 64, 128 or 256, CK and IK 128 or 256.
"""

from __future__ import annotations

import hashlib
from typing import NoReturn, SupportsIndex

from simtool.crypto.keccak import STATE_BYTES, keccak_f1600
from simtool.crypto.secret import Secret
from simtool.errors import EncodeError

ALGORITHM_NAME = b"TUAK1.0"
TOP_BYTES = 32
KEY_BYTES = (16, 32)
MAC_BITS = (64, 128, 256)
RES_BITS = (32, 64, 128, 256)
KEY_BITS = (128, 256)
INPUT_BYTES = 96
RATE_BYTES = 136
OUTPUT_BYTES = 102

STAR = 0x80
F2_TO_F5 = 0x40
CK_256 = 0x04
IK_256 = 0x02
K_256 = 0x01


def derive_topc(k: bytes, top: bytes, *, keccak_iterations: int = 1) -> bytes:
    """TOPc from K (16 or 32 bytes) and TOP (32 bytes), 32 bytes (TS 35.231 §6.1).

    Raises `EncodeError` on other lengths.
    """
    _need_key(k)
    _need(top, "TOP", TOP_BYTES)
    _need_iterations(keccak_iterations)
    output = _permute(top, _key_flag(k), bytes(16), bytes(2), bytes(6), k, keccak_iterations)
    return _field(output, 0, TOP_BYTES)


class Tuak:
    """The seven functions for one K (16 or 32 bytes) and TOPc (32 bytes).

    Sizes in bits as in the module's head; `keccak_iterations` from 1 on. RAND is 16 bytes, SQN a number below 2^48, AMF
    2 bytes. Raises `EncodeError` for what does not fit.
    """

    __slots__ = ("_ck_bytes", "_ik_bytes", "_instance", "_iterations", "_k", "_mac_bytes", "_res_bytes", "_topc")

    def __init__(
        self,
        k: bytes,
        topc: bytes,
        *,
        keccak_iterations: int = 1,
        mac_bits: int = 64,
        res_bits: int = 64,
        ck_bits: int = 128,
        ik_bits: int = 128,
    ) -> None:
        _need_key(k)
        _need(topc, "TOPc", TOP_BYTES)
        _need_iterations(keccak_iterations)
        for name, size, sizes in (
            ("MAC", mac_bits, MAC_BITS),
            ("RES", res_bits, RES_BITS),
            ("CK", ck_bits, KEY_BITS),
            ("IK", ik_bits, KEY_BITS),
        ):
            if size not in sizes:
                raise EncodeError(f"{name} of {size} bits is not one of {', '.join(map(str, sizes))}")
        self._k = Secret(k, "k")
        self._topc = Secret(topc, "topc")
        self._iterations = keccak_iterations
        self._mac_bytes = mac_bits // 8
        self._res_bytes = res_bits // 8
        self._ck_bytes = ck_bits // 8
        self._ik_bytes = ik_bits // 8
        sizes_flag = (CK_256 if ck_bits == 256 else 0) | (IK_256 if ik_bits == 256 else 0)
        self._instance = F2_TO_F5 | res_bits // 64 << 3 | sizes_flag

    @classmethod
    def from_top(
        cls,
        k: bytes,
        top: bytes,
        *,
        keccak_iterations: int = 1,
        mac_bits: int = 64,
        res_bits: int = 64,
        ck_bits: int = 128,
        ik_bits: int = 128,
    ) -> Tuak:
        """The same from TOP instead of TOPc."""
        return cls(
            k,
            derive_topc(k, top, keccak_iterations=keccak_iterations),
            keccak_iterations=keccak_iterations,
            mac_bits=mac_bits,
            res_bits=res_bits,
            ck_bits=ck_bits,
            ik_bits=ik_bits,
        )

    def f1(self, rand: bytes, sqn: int, amf: bytes) -> bytes:
        """MAC-A (TS 35.231 §6.2)."""
        return self._mac(0, rand, sqn, amf)

    def f1_star(self, rand: bytes, sqn: int, amf: bytes) -> bytes:
        """MAC-S (TS 35.231 §6.2)."""
        return self._mac(STAR, rand, sqn, amf)

    def f2(self, rand: bytes) -> bytes:
        """RES (TS 35.231 §6.3)."""
        return _field(self._answer(self._instance, rand), 0, self._res_bytes)

    def f3(self, rand: bytes) -> bytes:
        """CK (TS 35.231 §6.3)."""
        return _field(self._answer(self._instance, rand), 32, self._ck_bytes)

    def f4(self, rand: bytes) -> bytes:
        """IK (TS 35.231 §6.3)."""
        return _field(self._answer(self._instance, rand), 64, self._ik_bytes)

    def f5(self, rand: bytes) -> bytes:
        """AK, 6 bytes (TS 35.231 §6.3)."""
        return _field(self._answer(self._instance, rand), 96, 6)

    def f5_star(self, rand: bytes) -> bytes:
        """AK for resynchronisation, 6 bytes (TS 35.231 §6.4)."""
        return _field(self._answer(STAR | F2_TO_F5, rand), 96, 6)

    def _mac(self, instance: int, rand: bytes, sqn: int, amf: bytes) -> bytes:
        _need(rand, "RAND", 16)
        _need(amf, "AMF", 2)
        if not 0 <= sqn < 1 << 48:
            raise EncodeError("SQN must be a number of 48 bits")
        instance |= self._mac_bytes // 8 << 3
        return _field(self._run(instance, rand, amf, sqn.to_bytes(6)), 0, self._mac_bytes)

    def _answer(self, instance: int, rand: bytes) -> bytes:
        _need(rand, "RAND", 16)
        return self._run(instance, rand, bytes(2), bytes(6))

    def _run(self, instance: int, rand: bytes, amf: bytes, sqn: bytes) -> bytes:
        k = self._k.reveal()
        return _permute(self._topc.reveal(), instance | _key_flag(k), rand, amf, sqn, k, self._iterations)

    def __repr__(self) -> str:
        return f"Tuak({self._k}, {self._topc})"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("an algorithm with its key is not serialised")


def _permute(top: bytes, instance: int, rand: bytes, amf: bytes, sqn: bytes, k: bytes, iterations: int) -> bytes:
    """The first 102 bytes of the permuted block (TS 35.231 §6.1: bits 0 to 767 fields, then padding, then zeros).

    Every field stands with its last bit first, which in Keccak's bytes means its bytes backwards. The block is laid
    out so that one permutation is SHAKE256 of the 96 bytes of fields: same rate, same padding. The standard library
    does that quickly; more iterations take the permutation itself.
    """
    fields = b"".join(part[::-1] for part in (top, bytes((instance,)), ALGORITHM_NAME, rand, amf, sqn, k)).ljust(
        INPUT_BYTES, b"\x00"
    )
    if iterations == 1:
        return hashlib.shake_256(fields).digest(OUTPUT_BYTES)
    return _permute_often(fields, iterations)[:OUTPUT_BYTES]


def _permute_often(fields: bytes, iterations: int) -> bytes:
    """The whole permuted block, by Keccak-f[1600] itself."""
    padding = b"\x1f" + bytes(RATE_BYTES - INPUT_BYTES - 2) + b"\x80"
    state = (fields + padding).ljust(STATE_BYTES, b"\x00")
    for _ in range(iterations):
        state = keccak_f1600(state)
    return state


def _field(output: bytes, start: int, length: int) -> bytes:
    return output[start : start + length][::-1]


def _key_flag(k: bytes) -> int:
    return K_256 if len(k) == 32 else 0


def _need_iterations(iterations: int) -> None:
    if iterations < 1:
        raise EncodeError("Keccak needs at least one iteration")


def _need_key(k: bytes) -> None:
    if len(k) not in KEY_BYTES:
        raise EncodeError(f"K must be 16 or 32 bytes, not {len(k)}")


def _need(value: bytes, name: str, length: int) -> None:
    if len(value) != length:
        raise EncodeError(f"{name} must be {length} bytes, not {len(value)}")
