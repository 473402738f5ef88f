"""Counting what a job costs on the wire (T=0, ISO/IEC 7816-3 §10.3).

The reader hides procedure bytes, so they are counted by rule: five bytes of header, one procedure byte when data
follows in either direction, the data, two bytes of status word. NULL bytes (60) and single-byte acknowledges are not
seen and not counted. With T=1 the APDU's own bytes are counted, without block framing.
"""

from __future__ import annotations

from dataclasses import dataclass

from simtool.card.transport import Protocol, Transport, TransportWrapper

_HEADER = 5


@dataclass(frozen=True, slots=True)
class MeterReading:
    """TPDUs (command and response pairs) and bytes so far; readings can be added and subtracted."""

    tpdus: int = 0
    wire_bytes: int = 0

    def __add__(self, other: MeterReading) -> MeterReading:
        return MeterReading(self.tpdus + other.tpdus, self.wire_bytes + other.wire_bytes)

    def __sub__(self, earlier: MeterReading) -> MeterReading:
        return MeterReading(self.tpdus - earlier.tpdus, self.wire_bytes - earlier.wire_bytes)

    def __str__(self) -> str:
        return f"{self.tpdus} TPDUs, {self.wire_bytes} bytes"


class Meter(TransportWrapper):
    """A `Transport` around another that counts its exchanges."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(inner)
        self.reading = MeterReading()

    def exchange(self, tpdu: bytes) -> bytes:
        answer = self._inner.exchange(tpdu)
        count = wire_bytes(tpdu, answer, self.protocol)
        self.reading = MeterReading(self.reading.tpdus + 1, self.reading.wire_bytes + count)
        return answer


def wire_bytes(tpdu: bytes, answer: bytes, protocol: Protocol = Protocol.T0) -> int:
    """Bytes that one exchange puts on the wire, by the rule in the module's head."""
    if protocol is Protocol.T1:
        return len(tpdu) + len(answer)
    data = max(len(tpdu) - _HEADER, 0) + max(len(answer) - 2, 0)
    return _HEADER + (1 if data else 0) + data + 2
