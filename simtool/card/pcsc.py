"""Real readers, by PC/SC (the only module that imports pyscard).

It uses the thin functions of `smartcard.scard` (the PC/SC calls, workgroup part 5 names) and imports them late, so that
a computer without pyscard can do everything else. PC/SC return codes become plain words here and nowhere else.
"""

from __future__ import annotations

import typing
from dataclasses import dataclass

from simtool.card.transport import Protocol
from simtool.errors import CardError, CardRemovedError, ReaderError

_RETRY = "put the card back, then start the command again"


class Scard(typing.Protocol):
    """The part of `smartcard.scard` in use. Every function gives the return code first."""

    def SCardEstablishContext(self, scope: int, /) -> typing.Any: ...
    def SCardReleaseContext(self, context: int, /) -> typing.Any: ...
    def SCardListReaders(self, context: int, groups: list[str], /) -> typing.Any: ...
    def SCardGetStatusChange(self, context: int, timeout: int, states: list[tuple[str, int]], /) -> typing.Any: ...
    def SCardConnect(self, context: int, reader: str, mode: int, protocols: int, /) -> typing.Any: ...
    def SCardReconnect(self, card: int, mode: int, protocols: int, initialization: int, /) -> typing.Any: ...
    def SCardStatus(self, card: int, /) -> typing.Any: ...
    def SCardTransmit(self, card: int, protocol: int, command: list[int], /) -> typing.Any: ...
    def SCardBeginTransaction(self, card: int, /) -> typing.Any: ...
    def SCardDisconnect(self, card: int, disposition: int, /) -> typing.Any: ...


# Values of the PC/SC API, the same in every implementation.
_SCOPE_USER = 0
_SHARE_EXCLUSIVE, _SHARE_SHARED = 1, 2
_PROTOCOL_T0, _PROTOCOL_T1 = 1, 2
_RESET, _UNPOWER = 1, 2
_STATE_UNAWARE, _STATE_PRESENT, _STATE_MUTE, _STATE_IN_USE = 0x0000, 0x0020, 0x0200, 0x0180

_SUCCESS = 0x00000000
_NO_SERVICE = 0x8010001D
_SERVICE_STOPPED = 0x8010001E
_NO_READERS = 0x8010002E
_UNKNOWN_READER = 0x80100009
_READER_GONE = 0x80100017
_SHARING = 0x8010000B
_NO_CARD = 0x8010000C
_PROTOCOL_MISMATCH = 0x8010000F
_NOT_READY = 0x80100010
_NO_ACCESS = 0x80100027
_W_UNRESPONSIVE = 0x80100066
_W_UNPOWERED = 0x80100067
_W_RESET = 0x80100068
_W_REMOVED = 0x80100069
_ACCESS_DENIED = 0x8010006A

_START_PCSCD = "start it with `sudo systemctl start pcscd` (or `sudo pcscd`); `simtool doctor` shows what is missing"

# Before a card is in use: what it means and what to do.
_TROUBLE = {
    _NO_SERVICE: ("no PC/SC service runs on this computer", _START_PCSCD),
    _SERVICE_STOPPED: ("the PC/SC service has stopped", _START_PCSCD),
    _NO_READERS: ("no smart card reader is connected", "plug a reader in; `simtool doctor` shows what is missing"),
    _UNKNOWN_READER: ("the reader was unplugged", "plug it in again, `simtool readers` lists what is there"),
    _READER_GONE: ("the reader was unplugged", "plug it in again, `simtool readers` lists what is there"),
    _SHARING: ("another program uses the card", "end the other program, or wait until it is done"),
    _NO_CARD: ("no card in the reader", "put a card in, contacts towards the reader"),
    _W_REMOVED: ("no card in the reader", "put a card in, contacts towards the reader"),
    _PROTOCOL_MISMATCH: ("the card speaks neither T=0 nor T=1", "is this a contact card?"),
    _NOT_READY: ("the reader is not ready", "wait a second and try again"),
    _NO_ACCESS: ("this user may not use the reader", "`simtool doctor` names the polkit rule that is missing"),
    _ACCESS_DENIED: ("this user may not use the reader", "`simtool doctor` names the polkit rule that is missing"),
    _W_UNRESPONSIVE: ("the card does not answer to power-on", "turn the card over, or clean its contacts"),
    _W_UNPOWERED: ("the card has no power", "take the card out and put it in again"),
}
# While a card is in use: the link is lost.
_LOST = {
    _W_REMOVED: ("the card was taken out", _RETRY),
    _NO_CARD: ("the card was taken out", _RETRY),
    _W_UNPOWERED: ("the card lost its power", _RETRY),
    _W_UNRESPONSIVE: ("the card stopped answering", _RETRY),
    _READER_GONE: ("the reader was unplugged", "plug it in again, then start the command again"),
    _UNKNOWN_READER: ("the reader was unplugged", "plug it in again, then start the command again"),
    _W_RESET: ("another program reset the card", "end the other program, then start the command again"),
    _NO_SERVICE: ("the PC/SC service has stopped", _START_PCSCD),
    _SERVICE_STOPPED: ("the PC/SC service has stopped", _START_PCSCD),
}


@dataclass(frozen=True, slots=True)
class ReaderInfo:
    """One reader slot as PC/SC sees it now. `in_use`: some program has a connection to its card."""

    index: int
    name: str
    card_present: bool
    atr: bytes = b""
    mute: bool = False
    in_use: bool = False


class PcscTransport:
    """A `Transport` to the card in a PC/SC reader.

    Connects with exclusive access: nobody else may come between two commands. With `exclusive=False` others stay
    connected and a transaction keeps them waiting. The card is powered off and on first, so that nothing is left of an
    earlier user's verified PINs and open channels; closing powers it off.
    """

    def __init__(self, reader: ReaderInfo, *, exclusive: bool = True) -> None:
        self.name = reader.name
        self._scard = _load_scard()
        self._mode = _SHARE_EXCLUSIVE if exclusive else _SHARE_SHARED
        self._card: int | None = None
        self._context: int | None = _establish(self._scard)
        try:
            self._connect(self._context)
        except BaseException:
            self.close()
            raise

    def exchange(self, tpdu: bytes) -> bytes:
        """One SCardTransmit. Raises `CardRemovedError` if the link is lost."""
        code, answer = self._scard.SCardTransmit(self._handle, self._active, list(tpdu))
        self._check(code)
        return bytes(answer)

    def reset(self, *, cold: bool = True) -> bytes:
        """SCardReconnect, with power off and on if `cold`, in the protocol in use."""
        kind = _UNPOWER if cold else _RESET
        code, active = self._scard.SCardReconnect(self._handle, self._mode, self._active, kind)
        self._check(code)
        self._learn(active)
        return self.atr

    def close(self) -> None:
        if self._card is not None:
            self._scard.SCardDisconnect(self._card, _UNPOWER)  # ends a transaction too; a lost card may refuse
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
        code, card, active = self._scard.SCardConnect(context, self.name, self._mode, _PROTOCOL_T0 | _PROTOCOL_T1)
        _raise_unless_ok(code, self.name)
        self._card, self._active = card, active
        if self._mode == _SHARE_SHARED:
            _raise_unless_ok(self._scard.SCardBeginTransaction(card), self.name)
        self.reset()

    def _learn(self, active: int) -> None:
        self._active = active
        self.protocol = Protocol.T1 if active == _PROTOCOL_T1 else Protocol.T0
        code, _name, _state, _protocol, atr = self._scard.SCardStatus(self._handle)
        self._check(code)
        self.atr = bytes(atr)

    def _check(self, code: int) -> None:
        code &= 0xFFFFFFFF
        if code == _SUCCESS:
            return
        words, hint = _LOST.get(code, (f"the link to the card broke (PC/SC error {code:08X})", _RETRY))
        raise CardRemovedError(f"{self.name}: {words}", hint=hint)


def open_reader(which: int | str | None = None, *, exclusive: bool = True) -> PcscTransport:
    """Connect to the card in the reader that `find_reader` finds. Raises `ReaderError` in plain words."""
    return PcscTransport(find_reader(which), exclusive=exclusive)


def list_readers() -> tuple[ReaderInfo, ...]:
    """All reader slots, in the order of PC/SC; empty if there is none.

    Raises `ReaderError` if pyscard or the PC/SC service is missing.
    """
    scard = _load_scard()
    context = _establish(scard)
    try:
        code, names = scard.SCardListReaders(context, [])
        if code & 0xFFFFFFFF == _NO_READERS or not names:
            return ()
        _raise_unless_ok(code)
        code, states = scard.SCardGetStatusChange(context, 0, [(name, _STATE_UNAWARE) for name in names])
        _raise_unless_ok(code)
        return tuple(_info(index, *state) for index, state in enumerate(states))
    finally:
        scard.SCardReleaseContext(context)


def find_reader(which: int | str | None = None) -> ReaderInfo:
    """The reader with this number, or this name or part of it; None: any.

    A text of digits alone is a number. Where several fit, it is the only one with a card in it. Raises `ReaderError`
    if none or several are left.
    """
    readers = list_readers()
    if not readers:
        words, hint = _TROUBLE[_NO_READERS]
        raise ReaderError(words, hint=hint)
    if which is None:
        return _only(readers, "several readers hold a card")
    if isinstance(which, int) or which.isdecimal():
        index = int(which)
        if index < len(readers):
            return readers[index]
        words = f"there is no reader {index}, the last one is {len(readers) - 1}"
        raise ReaderError(words, hint=_names_hint(readers))
    exact = [reader for reader in readers if reader.name == which]
    if exact:
        return exact[0]
    fitting = tuple(reader for reader in readers if which.casefold() in reader.name.casefold())
    if not fitting:
        raise ReaderError(f"no reader's name contains {which!r}", hint=_names_hint(readers))
    return _only(fitting, f"several readers whose names contain {which!r} hold a card")


def _only(readers: tuple[ReaderInfo, ...], several: str) -> ReaderInfo:
    """The one reader, or the one with a card in it."""
    if len(readers) == 1:
        return readers[0]
    filled = [reader for reader in readers if reader.card_present]
    if not filled:
        raise ReaderError(f"none of {len(readers)} readers holds a card", hint=_TROUBLE[_NO_CARD][1])
    if len(filled) > 1:
        raise ReaderError(several, hint=_names_hint(readers))
    return filled[0]


def _names_hint(readers: typing.Iterable[ReaderInfo]) -> str:
    return "choose by number or full name: " + ", ".join(f"{reader.index} = {reader.name}" for reader in readers)


def _info(index: int, name: str, state: int, atr: list[int]) -> ReaderInfo:
    return ReaderInfo(
        index,
        name,
        card_present=bool(state & _STATE_PRESENT),
        atr=bytes(atr),
        mute=bool(state & _STATE_MUTE),
        in_use=bool(state & _STATE_IN_USE),
    )


def _load_scard() -> Scard:
    try:
        import smartcard.scard as scard
    except ImportError as error:
        raise ReaderError(
            "pyscard is not installed, so readers cannot be used", hint="pip install mvno-simtool[pcsc]"
        ) from error
    return typing.cast(Scard, scard)


def _establish(scard: Scard) -> int:
    code, context = scard.SCardEstablishContext(_SCOPE_USER)
    _raise_unless_ok(code)
    return typing.cast(int, context)


def _raise_unless_ok(code: int, reader: str = "") -> None:
    code &= 0xFFFFFFFF
    if code == _SUCCESS:
        return
    words, hint = _TROUBLE.get(code, (f"PC/SC error {code:08X}", "`simtool doctor` shows what is missing"))
    text = f"{reader}: {words}" if reader else words
    if code in _TROUBLE:
        raise ReaderError(text, hint=hint)
    raise CardError(text, hint=hint)
