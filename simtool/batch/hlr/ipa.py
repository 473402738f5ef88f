"""IPA framing, as Osmocom's CTRL and GSUP use it over TCP.

A frame is two bytes of length, one of stream, the payload; streams 0xEE carry one more byte that names the protocol.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass

from simtool.errors import DecodeError, SimtoolError

STREAM_OSMO = 0xEE
STREAM_CCM = 0xFE
PROTOCOL_CTRL = 0x00
PROTOCOL_GSUP = 0x05
SECONDS = 10.0


class CoreError(SimtoolError):
    """The core network could not be reached, or did not do what it was asked."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. `protocol` is None on streams that have none."""

    stream: int
    protocol: int | None
    payload: bytes

    def encode(self) -> bytes:
        head = b"" if self.protocol is None else bytes((self.protocol,))
        body = head + self.payload
        return len(body).to_bytes(2) + bytes((self.stream,)) + body


def decode(stream: int, body: bytes) -> Frame:
    """A frame from its stream and what follows. Raises `DecodeError` where the protocol byte is missing."""
    if stream != STREAM_OSMO:
        return Frame(stream, None, body)
    if not body:
        raise DecodeError("an IPA frame of the Osmocom stream has no protocol byte")
    return Frame(stream, body[0], body[1:])


class IpaLink:
    """A TCP connection that carries frames. Raises `CoreError` for everything that goes wrong with it."""

    def __init__(self, host: str, port: int) -> None:
        self.name = f"{host}:{port}"
        try:
            self._socket = socket.create_connection((host, port), timeout=SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            reason = error.strerror or str(error)
            hint = "is the core running, and does it listen on this address?"
            raise CoreError(f"{self.name}: {reason}", hint=hint) from error
        self._received = bytearray()

    def close(self) -> None:
        self._socket.close()

    def send(self, frame: Frame) -> None:
        try:
            self._socket.sendall(frame.encode())
        except OSError as error:
            raise self._lost(error) from None  # the cause could carry what was sent

    def receive(self) -> Frame:
        """The next frame, waited for at most 10 s."""
        head = self._take(3)
        length = int.from_bytes(head[:2])
        return decode(head[2], self._take(length))

    def _take(self, count: int) -> bytes:
        while len(self._received) < count:
            try:
                chunk = self._socket.recv(65536)
            except OSError as error:
                raise self._lost(error) from None
            if not chunk:
                raise CoreError(f"{self.name}: the core closed the connection")
            self._received += chunk
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    def _lost(self, error: OSError) -> CoreError:
        return CoreError(f"{self.name}: {error.strerror or 'no answer'}", hint="run it again: it goes on where it was")
