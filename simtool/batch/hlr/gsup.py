"""GSUP, Osmocom's protocol between an HLR and the nodes that serve subscribers: authentication vectors only.

A message is a type and information elements (tag, length, value) in an IPA frame (OsmoHLR's user manual, Generic
Subscriber Update Protocol). The HLR is the server; it asks who we are first (IPA CCM identity request).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from simtool.batch.hlr.ipa import PROTOCOL_GSUP, STREAM_CCM, STREAM_OSMO, CoreError, Frame, IpaLink
from simtool.codec.identifiers import pack_digits
from simtool.errors import DecodeError

GSUP_PORT = 4222
SEND_AUTH_INFO_REQUEST = 0x08
SEND_AUTH_INFO_ERROR = 0x09
SEND_AUTH_INFO_RESULT = 0x0A
IE_IMSI = 0x01
IE_CAUSE = 0x02
IE_AUTH_TUPLE = 0x03
IE_RAND, IE_SRES, IE_KC, IE_IK, IE_CK, IE_AUTN, IE_AUTS, IE_RES = range(0x20, 0x28)
IE_CN_DOMAIN = 0x28
DOMAIN_PS = 1
CCM_PING, CCM_PONG, CCM_ID_GET, CCM_ID_RESPONSE = 0x00, 0x01, 0x04, 0x05
ID_SERIAL, ID_UNIT_NAME, ID_UNIT = 0x00, 0x01, 0x08
UNIT = "0/0/0"  # site, base station, transceiver: a node that is no base station has none, but the HLR wants it
CAUSE_UNKNOWN_IMSI = 0x02


@dataclass(frozen=True, slots=True)
class AuthTuple:
    """One vector as the HLR sends it: a quintet with its triplet, or a triplet alone (`autn` empty)."""

    rand: bytes
    autn: bytes = b""
    res: bytes = field(default=b"", repr=False)
    ck: bytes = field(default=b"", repr=False)
    ik: bytes = field(default=b"", repr=False)
    sres: bytes = field(default=b"", repr=False)
    kc: bytes = field(default=b"", repr=False)


def encode_elements(elements: list[tuple[int, bytes]]) -> bytes:
    return b"".join(bytes((tag, len(value))) + value for tag, value in elements)


def decode_elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Raises `DecodeError` when an element ends too early."""
    at = 0
    while at < len(data):
        if at + 2 > len(data) or at + 2 + data[at + 1] > len(data):
            raise DecodeError("a GSUP element ends too early")
        end = at + 2 + data[at + 1]
        yield data[at], data[at + 2 : end]
        at = end


def encode_imsi(imsi: str) -> bytes:
    """Digits in swapped half bytes, F behind an odd number of them."""
    return pack_digits(imsi, (len(imsi) + 1) // 2)


def decode_tuple(data: bytes) -> AuthTuple:
    """The content of one authentication tuple element."""
    values = dict(decode_elements(data))
    names = (IE_RAND, IE_AUTN, IE_RES, IE_CK, IE_IK, IE_SRES, IE_KC)
    return AuthTuple(*(values.get(name, b"") for name in names))


class GsupClient:
    """A node that asks an HLR for vectors. `name` is what it calls itself; each name gets an IND of its own."""

    def __init__(self, host: str, port: int = GSUP_PORT, *, name: str = "simtool") -> None:
        self._link = IpaLink(host, port)
        self._name = name
        self._is_known = False
        while not self._is_known:
            self._link_message(self._link.receive())

    def __enter__(self) -> GsupClient:
        return self

    def __exit__(self, *exception: object) -> None:
        self._link.close()

    def vectors(self, imsi: str, *, rand: bytes = b"", auts: bytes = b"") -> tuple[AuthTuple, ...]:
        """Fresh vectors. With `rand` and `auts` of a failed challenge the HLR resynchronises first (TS 33.102 §6.3.5).

        Raises `CoreError` when the HLR refuses, naming the cause.
        """
        elements = [(IE_IMSI, encode_imsi(imsi)), (IE_CN_DOMAIN, bytes((DOMAIN_PS,)))]
        if auts:
            elements += [(IE_AUTS, auts), (IE_RAND, rand)]
        self._link.send(Frame(STREAM_OSMO, PROTOCOL_GSUP, bytes((SEND_AUTH_INFO_REQUEST,)) + encode_elements(elements)))
        wanted = encode_imsi(imsi)
        while True:
            payload = self._message()
            answer = list(decode_elements(payload[1:]))
            if (IE_IMSI, wanted) not in answer:
                continue
            if payload[0] == SEND_AUTH_INFO_RESULT:
                return tuple(decode_tuple(value) for tag, value in answer if tag == IE_AUTH_TUPLE)
            if payload[0] == SEND_AUTH_INFO_ERROR:
                cause = next((value[0] for tag, value in answer if tag == IE_CAUSE and value), 0)
                known = " (no such subscriber)" if cause == CAUSE_UNKNOWN_IMSI else ""
                raise CoreError(f"IMSI {imsi}: the HLR gives no vectors, cause {cause}{known}")

    def _message(self) -> bytes:
        """The next GSUP message; what the link itself asks in between is answered."""
        while True:
            frame = self._link.receive()
            if (frame.stream, frame.protocol) == (STREAM_OSMO, PROTOCOL_GSUP) and frame.payload:
                return frame.payload
            self._link_message(frame)

    def _link_message(self, frame: Frame) -> None:
        """Answers the link's own questions: who are we, are we still there."""
        if frame.stream != STREAM_CCM or not frame.payload:
            return
        kind = frame.payload[0]
        if kind == CCM_PING:
            self._link.send(Frame(STREAM_CCM, None, bytes((CCM_PONG,))))
        elif kind == CCM_ID_GET:
            answers = ((ID_UNIT, UNIT), (ID_UNIT_NAME, self._name), (ID_SERIAL, self._name))
            values = ((tag, text.encode() + b"\x00") for tag, text in answers)
            items = b"".join((len(value) + 1).to_bytes(2) + bytes((tag,)) + value for tag, value in values)
            self._link.send(Frame(STREAM_CCM, None, bytes((CCM_ID_RESPONSE,)) + items))
            self._is_known = True
