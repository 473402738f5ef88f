"""AUTHENTICATE, RUN GSM ALGORITHM, GET IDENTITY, GET CHALLENGE.

TS 31.102 §7.1, TS 31.103 §7.1, TS 51.011 §8.16, TS 31.102 §7.5, TS 102 221 §11.1.15. Answers of the authentication
functions are keys: they are marked secret on their way and do not show in a repr.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simtool.card.commands.base import CommandBase
from simtool.card.instructions import CLA_SIM, Ins
from simtool.codec.apdu import SHORT_LE_MAX, CommandApdu
from simtool.errors import DecodeError, EncodeError

RAND_SIZE = 16
AUTN_SIZES = (16, 24, 40)  # with a MAC of 64 bits; 128 and 256 are TUAK's (TS 35.231 §5)
_CONTEXT_GSM = 0x80
_CONTEXT_3G = 0x81
_SUCCESS = 0xDB
_SYNC_FAILURE = 0xDC
_SRES_SIZE = 4
_KC_SIZE = 8


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The card took the challenge: its response and session keys (TS 31.102 §7.1.2.1).

    `kc` is None where the card gives no GSM key (service 27 off).
    """

    res: bytes = field(repr=False)
    ck: bytes = field(repr=False)
    ik: bytes = field(repr=False)
    kc: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SyncFailure:
    """The sequence number was not fresh; `auts` carries the card's own (TS 33.102 §6.3.3)."""

    auts: bytes


class AuthenticationCommands(CommandBase):
    """Proof of identity."""

    def authenticate_3g(
        self, rand: bytes, autn: bytes, *, context: str = "usim", what: str = ""
    ) -> Authenticated | SyncFailure:
        """AUTHENTICATE in the 3G or IMS context of the current application (TS 31.102 §7.1.1, TS 31.103 §7.1.1).

        Raises `StatusError` with 9862 when the card finds the MAC wrong. `context` is `usim` or `isim`.
        """
        self._uicc_only("AUTHENTICATE")
        data = _sized(rand, RAND_SIZE, name="RAND") + _sized(autn, *AUTN_SIZES, name="AUTN")
        command = self._command(Ins.AUTHENTICATE, 0, _CONTEXT_3G, data, SHORT_LE_MAX)
        answer = self.transact(command, what=what, context=context, secret=True).data
        tag, rest = answer[:1], answer[1:]
        if tag == bytes((_SYNC_FAILURE,)):
            (auts,) = _fields(rest, 1)
            return SyncFailure(auts)
        if tag != bytes((_SUCCESS,)):
            raise DecodeError(f"AUTHENTICATE: {len(answer)} bytes that tell neither success nor sync failure")
        parts = _fields(rest, 3, 4)
        return Authenticated(*parts)

    def authenticate_gsm(self, rand: bytes, *, what: str = "") -> tuple[bytes, bytes]:
        """AUTHENTICATE in the GSM context: SRES and Kc (TS 31.102 §7.1.1, P2 = 80)."""
        self._uicc_only("AUTHENTICATE")
        command = self._command(Ins.AUTHENTICATE, 0, _CONTEXT_GSM, _sized(rand, RAND_SIZE, name="RAND"), SHORT_LE_MAX)
        answer = self.transact(command, what=what, context="usim", secret=True).data
        sres, kc = _fields(answer, 2)
        return sres, kc

    def run_gsm_algorithm(self, rand: bytes, *, what: str = "DF.GSM") -> tuple[bytes, bytes]:
        """RUN GSM ALGORITHM, always in class A0, with DF.GSM current (TS 51.011 §9.2.16): SRES and Kc."""
        if len(rand) != RAND_SIZE:
            raise EncodeError(f"RAND has {len(rand)} bytes, not {RAND_SIZE}")
        command = CommandApdu(CLA_SIM, Ins.AUTHENTICATE, 0, 0, rand, _SRES_SIZE + _KC_SIZE)
        answer = self.transact(command, what=what, secret=True).data
        if len(answer) != _SRES_SIZE + _KC_SIZE:
            raise DecodeError(f"RUN GSM ALGORITHM: {len(answer)} bytes, not SRES and Kc")
        return answer[:_SRES_SIZE], answer[_SRES_SIZE:]

    def get_identity(self, p2: int = 0x01, data: bytes = b"", *, what: str = "identity") -> bytes:
        """GET IDENTITY: by default the SUCI, as the card's data object (TS 31.102 §7.5, TS 102 221 §11.1.24)."""
        self._uicc_only("GET IDENTITY")
        command = self._proprietary(Ins.GET_IDENTITY, 0, p2, data, SHORT_LE_MAX)
        return self.transact(command, what=what, context="usim").data

    def get_challenge(self, length: int = 8) -> bytes:
        """GET CHALLENGE: random bytes made by the card (TS 102 221 §11.1.15)."""
        return self.transact(self._command(Ins.GET_CHALLENGE, 0, 0, le=length), what="random bytes").data


def _sized(value: bytes, *sizes: int, name: str) -> bytes:
    """Length, then value."""
    if len(value) not in sizes:
        raise EncodeError(f"{name} has {len(value)} bytes, not {' or '.join(map(str, sizes))}")
    return bytes((len(value),)) + value


def _fields(raw: bytes, *counts: int) -> list[bytes]:
    """Values, each behind its length. Raises `DecodeError` (without the bytes) unless their number is in `counts`."""
    found, rest = [], raw
    while rest:
        length = rest[0]
        if len(rest) <= length:
            raise DecodeError("AUTHENTICATE: the answer is cut short")
        found.append(rest[1 : 1 + length])
        rest = rest[1 + length :]
    if len(found) not in counts:
        raise DecodeError(f"AUTHENTICATE: {len(found)} values in the answer, {counts[0]} expected")
    return found
