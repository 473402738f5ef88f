"""Authentication and key agreement around the functions f1 to f5* (TS 33.102 §6.3, §6.8.1; TS 55.205 §4).

The network side makes vectors and opens AUTS, the card side checks AUTN and makes AUTS; neither calls the other.
Whether a sequence number is fresh is decided in `simtool.crypto.sqn`.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Protocol

from simtool.errors import AuthenticationError, DecodeError, EncodeError

AMF_RESYNC = bytes(2)
"""AMF used for MAC-S: all zero, so that it need not be sent (TS 33.102 §6.3.3)."""
SQN_LENGTH = 6
AMF_LENGTH = 2
SRES_LENGTH = 4


class AkaAlgorithm(Protocol):
    """What an operator's algorithm set offers (TS 33.102 §6.3.2): `Milenage`, `Tuak`, `Xor3g`.

    `rand` is 16 bytes, `sqn` a number of 48 bits, `amf` 2 bytes.
    """

    def f1(self, rand: bytes, sqn: int, amf: bytes) -> bytes: ...

    def f1_star(self, rand: bytes, sqn: int, amf: bytes) -> bytes: ...

    def f2(self, rand: bytes) -> bytes: ...

    def f3(self, rand: bytes) -> bytes: ...

    def f4(self, rand: bytes) -> bytes: ...

    def f5(self, rand: bytes) -> bytes: ...

    def f5_star(self, rand: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Quintet:
    """What the home network hands to a serving network (TS 33.102 §6.3.2). Answer and keys stay out of the repr."""

    rand: bytes
    autn: bytes
    xres: bytes = field(repr=False)
    ck: bytes = field(repr=False)
    ik: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Triplet:
    """The same for a GSM network (TS 43.020). Answer and key stay out of the repr."""

    rand: bytes
    sres: bytes = field(repr=False)
    kc: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Vector:
    """A quintet together with the SQN and AMF that it was made from."""

    rand: bytes
    autn: bytes
    xres: bytes = field(repr=False)
    ck: bytes = field(repr=False)
    ik: bytes = field(repr=False)
    sqn: int
    amf: bytes

    def quintet(self) -> Quintet:
        return Quintet(self.rand, self.autn, self.xres, self.ck, self.ik)

    def triplet(self, sres_function: int = 1) -> Triplet:
        """The GSM triplet by the conversions c2 and c3 (TS 33.102 §6.8.1.2)."""
        return Triplet(self.rand, sres_from_res(self.xres, sres_function), kc_from_ck_ik(self.ck, self.ik))


@dataclass(frozen=True, slots=True)
class AutnCheck:
    """An AUTN taken apart by the card: the SQN behind the AK, and whether the MAC fits."""

    sqn: int
    amf: bytes
    mac_ok: bool


def make_vector(alg: AkaAlgorithm, rand: bytes, sqn: int, amf: bytes) -> Vector:
    """Network side: AUTN = SQN xor AK || AMF || MAC, with XRES, CK and IK (TS 33.102 §6.3.2).

    `rand` is 16 bytes, `sqn` a number of 48 bits, `amf` 2 bytes. Raises `EncodeError` otherwise.
    """
    mac = alg.f1(rand, sqn, amf)
    autn = _conceal(sqn, alg.f5(rand)) + amf + mac
    return Vector(rand, autn, alg.f2(rand), alg.f3(rand), alg.f4(rand), sqn, amf)


def check_autn(alg: AkaAlgorithm, rand: bytes, autn: bytes) -> AutnCheck:
    """Card side: SQN and AMF from AUTN, and whether XMAC equals MAC (TS 33.102 §6.3.3).

    AUTN is 16 bytes, or longer when the algorithm has a longer MAC. Raises `DecodeError` on another length. A wrong MAC
    is an answer, not an error.
    """
    head = SQN_LENGTH + AMF_LENGTH
    if len(autn) <= head:
        raise DecodeError(f"AUTN of {len(autn)} bytes holds no MAC")
    sqn = _reveal(autn[:SQN_LENGTH], alg.f5(rand))
    amf, mac = autn[SQN_LENGTH:head], autn[head:]
    xmac = alg.f1(rand, sqn, amf)
    if len(mac) != len(xmac):
        raise DecodeError(f"AUTN must be {head + len(xmac)} bytes, not {len(autn)}")
    return AutnCheck(sqn, amf, hmac.compare_digest(mac, xmac))


def make_auts(alg: AkaAlgorithm, rand: bytes, sqn_ms: int) -> bytes:
    """Card side: AUTS = SQN_MS xor AK* || MAC-S, the MAC over AMF* 0000 (TS 33.102 §6.3.3).

    14 bytes with the usual MAC of 8 bytes.
    """
    return _conceal(sqn_ms, alg.f5_star(rand)) + alg.f1_star(rand, sqn_ms, AMF_RESYNC)


def open_auts(alg: AkaAlgorithm, rand: bytes, auts: bytes) -> int:
    """Network side: SQN_MS from AUTS (TS 33.102 §6.3.5).

    Raises `AuthenticationError` when MAC-S does not fit, `DecodeError` on a wrong length.
    """
    if len(auts) <= SQN_LENGTH:
        raise DecodeError(f"AUTS of {len(auts)} bytes holds no MAC-S")
    sqn_ms = _reveal(auts[:SQN_LENGTH], alg.f5_star(rand))
    expected = alg.f1_star(rand, sqn_ms, AMF_RESYNC)
    mac_s = auts[SQN_LENGTH:]
    if len(mac_s) != len(expected):
        raise DecodeError(f"AUTS must be {SQN_LENGTH + len(expected)} bytes, not {len(auts)}")
    if not hmac.compare_digest(mac_s, expected):
        raise AuthenticationError(
            "MAC-S of the AUTS does not fit", hint="check that RAND is the one of the failed challenge, then K and OPc"
        )
    return sqn_ms


def kc_from_ck_ik(ck: bytes, ik: bytes) -> bytes:
    """Conversion c3: Kc = CK1 xor CK2 xor IK1 xor IK2 (TS 33.102 §6.8.1.2), 8 bytes.

    CK and IK are 16 bytes. Raises `EncodeError` otherwise.
    """
    if len(ck) != 16 or len(ik) != 16:
        raise EncodeError(f"c3 needs CK and IK of 16 bytes, not {len(ck)} and {len(ik)}")
    return _fold(ck + ik, 8)


def sres_from_res(res: bytes, function: int = 1) -> bytes:
    """Conversion c2: SRES from a RES of 4 to 16 bytes, 4 bytes (TS 55.205 §4, TS 33.102 §6.8.1.2).

    Function 1 pads RES with zeros to 16 bytes and xors its four words; function 2 takes the first four bytes.
    Raises `EncodeError` on another length or function.
    """
    if not SRES_LENGTH <= len(res) <= 16:
        raise EncodeError(f"c2 needs a RES of 4 to 16 bytes, not {len(res)}")
    if function == 1:
        return _fold(res.ljust(16, b"\x00"), SRES_LENGTH)
    if function == 2:
        return res[:SRES_LENGTH]
    raise EncodeError(f"there is no SRES function {function}")


def gsm_triplet(alg: AkaAlgorithm, rand: bytes, sres_function: int = 1) -> Triplet:
    """A3/A8 made of f2, f3 and f4 (TS 55.205 §4): what a USIM answers in a GSM context (TS 31.102 §7.1.1)."""
    return Triplet(rand, sres_from_res(alg.f2(rand), sres_function), kc_from_ck_ik(alg.f3(rand), alg.f4(rand)))


def _conceal(sqn: int, ak: bytes) -> bytes:
    if not 0 <= sqn < 1 << (8 * SQN_LENGTH):
        raise EncodeError("SQN must be a number of 48 bits")
    return (sqn ^ int.from_bytes(ak)).to_bytes(SQN_LENGTH)


def _reveal(concealed: bytes, ak: bytes) -> int:
    return int.from_bytes(concealed) ^ int.from_bytes(ak)


def _fold(data: bytes, size: int) -> bytes:
    """Xor of all the `size`-byte parts of `data`."""
    folded = 0
    for start in range(0, len(data), size):
        folded ^= int.from_bytes(data[start : start + size])
    return folded.to_bytes(size)
