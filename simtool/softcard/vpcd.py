"""The card's side of the virtual reader: vsmartcard's vpcd in pcscd (protocol as in the design, §7).

The card is the TCP client. Messages are a length of two bytes, big-endian, and that many bytes: 00 power off, 01 power
on, 02 reset, 04 asks for the ATR, anything else is a TPDU. A client outlives the reader: when pcscd restarts or drops
the line it connects again, and the card has lost power meanwhile.
"""

from __future__ import annotations

import logging
import socket
import threading
from typing import Protocol

from simtool.errors import CardRemovedError

log = logging.getLogger(__name__)

FIRST_PORT = 35963
POWER_OFF, POWER_ON, RESET, ATR = b"\x00", b"\x01", b"\x02", b"\x04"
RETRY_SECONDS = 0.2
POLL_SECONDS = 0.25
AWAY_SECONDS = 0.6
"""A lost card stays away for longer than pcscd's pause between two looks (0.4 s). One that is back earlier is not seen
to have left, yet pcscd has told the program so, and it calls the reader empty until the card leaves once more."""
_CHUNK = 65536
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)


class Card(Protocol):
    """What a reader needs of a card. No answer at all (b"") is a mute card, of which a reader lets go."""

    def power_on(self) -> bytes: ...

    def power_off(self) -> None: ...

    def reset(self) -> bytes: ...

    def transmit(self, tpdu: bytes) -> bytes: ...


class VpcdClient:
    """Keeps one card in one slot."""

    def __init__(self, card: Card, host: str = "127.0.0.1", port: int = FIRST_PORT) -> None:
        self._card = card
        self._address = (host, port)
        self._atr: bytes | None = None
        self._line: socket.socket | None = None

    def pull(self) -> None:
        """Take the card out now, from another thread. Without `stop` being set `run` puts it in again."""
        line = self._line
        if line is not None:
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the reader was faster

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set; wait for the reader while there is none.

        A card that raises `CardRemovedError` is out of the reader: the line is closed, then it is put in again. So is
        a mute one: pcscd would wait for its answer for ever.
        """
        while not stop.is_set():
            try:
                line = socket.create_connection(self._address, timeout=POLL_SECONDS)
            except OSError:
                stop.wait(RETRY_SECONDS)
                continue
            with line:
                self._line, away = line, RETRY_SECONDS
                try:
                    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._serve(line, stop)
                except OSError as error:
                    log.info("the virtual reader at %s:%d is gone: %s", *self._address, error)
                except CardRemovedError as error:
                    log.info("the card left the reader: %s", error)
                    away = AWAY_SECONDS
                self._line = None
            self._card.power_off()
            self._atr = None
            stop.wait(0 if stop.is_set() else away)

    def _serve(self, line: socket.socket, stop: threading.Event) -> None:
        """Until the line ends. Waits in recv, and looks at `stop` a few times a second."""
        buffer = bytearray()
        _quick(line)
        while not stop.is_set():
            try:
                received = line.recv(_CHUNK)
            except TimeoutError:
                continue
            _quick(line)
            if not received:
                return
            buffer += received
            while len(buffer) >= 2 and len(buffer) >= 2 + (length := buffer[0] << 8 | buffer[1]):
                message = bytes(buffer[2 : 2 + length])
                del buffer[: 2 + length]
                answer = self._answer(message)
                if answer:
                    line.sendall(len(answer).to_bytes(2) + answer)

    def _answer(self, message: bytes) -> bytes:
        if len(message) > 1:
            answer = self._card.transmit(message)
            if not answer:
                raise CardRemovedError("the card does not answer")
            return answer
        if message == POWER_ON:
            self._atr = self._card.power_on()
        elif message == RESET:
            self._atr = self._card.reset()
        elif message == POWER_OFF:
            self._card.power_off()
        elif message == ATR:
            # Before any power-on vpcd asks only whether a card is there: it learns the ATR, the card sees power.
            if self._atr is None:
                self._atr = self._card.power_on()
            return self._atr
        return b""


def _quick(line: socket.socket) -> None:
    """Acknowledge at once what comes next; the kernel forgets this after every reception (design, §7)."""
    if _QUICKACK is not None:
        line.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
