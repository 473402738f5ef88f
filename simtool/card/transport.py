"""The link to one card: exchange bytes, reset, close.

A `Transport` moves one TPDU (T=0, ISO/IEC 7816-3 §12) or one APDU (T=1) and hands back data and status word. What
61xx, 6Cxx and the rest ask for is the business of `simtool.card.processors`.
"""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable

from simtool.errors import CardRemovedError

_T = typing.TypeVar("_T")


class Protocol(enum.Enum):
    """Transmission protocol in use (ISO/IEC 7816-3 §10, §11)."""

    T0 = "T=0"
    T1 = "T=1"


class Transport(typing.Protocol):
    """One card in use. `exchange` and `reset` raise `CardRemovedError` when the link is lost."""

    @property
    def name(self) -> str:
        """What a person calls this link: the reader's name, `soft:MODEL`."""

    @property
    def atr(self) -> bytes:
        """The answer to the last reset."""

    @property
    def protocol(self) -> Protocol: ...

    def exchange(self, tpdu: bytes) -> bytes:
        """Send one command, return response data and status word."""

    def reset(self, *, cold: bool = True) -> bytes:
        """Reset the card, power off and on if `cold`; return the ATR."""

    def close(self) -> None:
        """Power the card off and free the reader. Calling it again does nothing."""


@typing.runtime_checkable
class LengthLimited(typing.Protocol):
    """A transport that knows whether its reader takes commands of extended length, whatever the card says."""

    @property
    def takes_extended(self) -> bool: ...


def takes_extended(transport: Transport) -> bool:
    """False where the reader is known not to take commands of extended length."""
    return transport.takes_extended if isinstance(transport, LengthLimited) else True


class CardEndpoint(typing.Protocol):
    """Something in this process that behaves as a card in a reader and speaks T=0."""

    def power_on(self) -> bytes: ...

    def power_off(self) -> None: ...

    def reset(self) -> bytes: ...

    def transmit(self, tpdu: bytes, /) -> bytes: ...


class EndpointTransport:
    """A `Transport` made of a `CardEndpoint`; powers it on at once.

    The endpoint signals a lost card by `ConnectionError`, which becomes `CardRemovedError`.
    """

    protocol = Protocol.T0

    def __init__(self, endpoint: CardEndpoint, name: str) -> None:
        self.name = name
        self._endpoint = endpoint
        self._open = True
        self.atr = self._guard(endpoint.power_on)

    def exchange(self, tpdu: bytes) -> bytes:
        return self._guard(lambda: self._endpoint.transmit(tpdu))

    def reset(self, *, cold: bool = True) -> bytes:
        if cold:
            self._guard(self._endpoint.power_off)
            self.atr = self._guard(self._endpoint.power_on)
        else:
            self.atr = self._guard(self._endpoint.reset)
        return self.atr

    def close(self) -> None:
        if not self._open:
            return
        self._open = False
        try:
            self._endpoint.power_off()
        except ConnectionError:
            pass  # a card that is gone is off

    def _guard(self, act: Callable[[], _T]) -> _T:
        if not self._open:
            raise CardRemovedError(f"{self.name}: the link to the card is closed already")
        try:
            return act()
        except ConnectionError as error:
            raise CardRemovedError(
                f"{self.name}: the card is gone", hint="put the card back and start the command again"
            ) from error


class TransportWrapper:
    """A `Transport` around another; what a subclass does not change passes through."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def atr(self) -> bytes:
        return self._inner.atr

    @property
    def protocol(self) -> Protocol:
        return self._inner.protocol

    @property
    def takes_extended(self) -> bool:
        return takes_extended(self._inner)

    def exchange(self, tpdu: bytes) -> bytes:
        return self._inner.exchange(tpdu)

    def reset(self, *, cold: bool = True) -> bytes:
        return self._inner.reset(cold=cold)

    def close(self) -> None:
        self._inner.close()
