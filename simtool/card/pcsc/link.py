"""A card in use through PC/SC."""

from __future__ import annotations

import time
from dataclasses import dataclass

from simtool.card.atr import Atr
from simtool.card.pcsc import api
from simtool.card.pcsc.details import max_apdu_data
from simtool.card.pcsc.readers import ReaderInfo, find_reader
from simtool.card.transport import Protocol
from simtool.errors import CardRemovedError, RefusedError

SHARING_TRIES = 4
SHARING_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """What a reader is known not to do well. `max_baud` (0: none) counts as `Atr.offered_baud` does.

    The driver, not the program, settles the speed: it takes what the card offers, down to what the reader announces.
    So a card that offers more than `max_baud` cannot be slowed down and is refused before the first command.
    """

    max_baud: int = 0
    no_extended_apdu: bool = False


class PcscTransport:
    """A `Transport` to the card in a PC/SC reader.

    Connects with exclusive access: nobody else may come between two commands. With `exclusive=False` others stay
    connected and a transaction keeps them waiting. The card is powered off and on first, so that nothing is left of an
    earlier user's verified PINs and open channels; closing powers it off.
    """

    def __init__(
        self, reader: ReaderInfo | str, *, exclusive: bool = True, limits: ReaderLimits = ReaderLimits()
    ) -> None:
        """`reader` may be its full name. Raises `ReaderError`, or `RefusedError` for a card beyond the limits."""
        self.name = reader if isinstance(reader, str) else reader.name
        self._limits = limits
        self._scard = api.load_scard()
        self._mode = api.SHARE_EXCLUSIVE if exclusive else api.SHARE_SHARED
        self._card: int | None = None
        self._context: int | None = api.establish(self._scard)
        try:
            self._connect(self._context)
        except BaseException:
            self.close()
            raise

    @property
    def takes_extended(self) -> bool:
        """False where the limits or the driver say that no command of extended length goes through."""
        return self._takes_extended and not self._limits.no_extended_apdu

    def exchange(self, tpdu: bytes) -> bytes:
        """One SCardTransmit. Raises `CardRemovedError` if the link is lost, or nothing came back (some drivers say
        success to that when a card is torn out in the middle).
        """
        code, answer = self._scard.SCardTransmit(self._handle, self._active, list(tpdu))
        self._check(code if answer else code or api.W_UNRESPONSIVE)
        return bytes(answer)

    def reset(self, *, cold: bool = True) -> bytes:
        """SCardReconnect, with power off and on if `cold`, in the protocol in use."""
        kind = api.UNPOWER if cold else api.RESET
        code, active = self._scard.SCardReconnect(self._handle, self._mode, self._active, kind)
        self._check(code)
        self._learn(active)
        return self.atr

    def close(self) -> None:
        if self._card is not None:
            self._scard.SCardDisconnect(self._card, api.UNPOWER)  # ends a transaction too; a lost card may refuse
            self._card = None
        if self._context is not None:
            self._scard.SCardReleaseContext(self._context)
            self._context = None

    @property
    def _handle(self) -> int:
        if self._card is None:
            raise CardRemovedError(f"{self.name}: the link to the card is closed already")
        return self._card

    def _connect(self, context: int) -> None:
        for tries_left in reversed(range(SHARING_TRIES)):
            code, card, active = self._scard.SCardConnect(
                context, self.name, self._mode, api.PROTOCOL_T0 | api.PROTOCOL_T1
            )
            if code & 0xFFFFFFFF != api.SHARING or not tries_left:
                break
            time.sleep(SHARING_SECONDS)  # somebody who only asks for the reader's details is soon gone
        api.raise_unless_ok(code, self.name)
        self._card, self._active = card, active
        if self._mode == api.SHARE_SHARED:
            api.raise_unless_ok(self._scard.SCardBeginTransaction(card), self.name)
        self.reset()
        offered, most = Atr.decode_or_empty(self.atr).offered_baud, self._limits.max_baud
        if most and offered > most:
            raise RefusedError(
                f"{self.name}: the card offers {offered} bit/s, this reader is limited to {most}",
                hint="use another reader: the driver settles the speed, no program can lower it",
            )
        self._takes_extended = self.protocol is Protocol.T0 or max_apdu_data(self._scard, card) != 0

    def _learn(self, active: int) -> None:
        self._active = active
        self.protocol = Protocol.T1 if active == api.PROTOCOL_T1 else Protocol.T0
        code, _name, _state, _protocol, atr = self._scard.SCardStatus(self._handle)
        self._check(code)
        self.atr = bytes(atr)

    def _check(self, code: int) -> None:
        code &= 0xFFFFFFFF
        if code == api.SUCCESS:
            return
        words, hint = api.LOST.get(code, (f"the link to the card broke (PC/SC error {code:08X})", api.RETRY))
        raise CardRemovedError(f"{self.name}: {words}", hint=hint)


def open_reader(which: int | str | None = None, *, exclusive: bool = True) -> PcscTransport:
    """Connect to the card in the reader that `find_reader` finds. Raises `ReaderError` in plain words."""
    return PcscTransport(find_reader(which), exclusive=exclusive)
