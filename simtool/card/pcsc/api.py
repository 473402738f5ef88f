"""The PC/SC calls in use, and their return codes in plain words (the only module that imports pyscard).

It takes the thin functions of `smartcard.scard` (the PC/SC calls, workgroup part 5 names), imported late, so that
a computer without pyscard can do everything else. PC/SC return codes become plain words here and nowhere else.
"""

from __future__ import annotations

import sys
import typing

from simtool.errors import CardError, ReaderError

RETRY = "put the card back, then start the command again"


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
    def SCardGetAttrib(self, card: int, attribute: int, /) -> typing.Any: ...
    def SCardControl(self, card: int, code: int, data: list[int], /) -> typing.Any: ...


# Values of the PC/SC API, the same in every implementation.
SCOPE_USER = 0
SHARE_EXCLUSIVE, SHARE_SHARED, SHARE_DIRECT = 1, 2, 3
PROTOCOL_T0, PROTOCOL_T1 = 1, 2
LEAVE, RESET, UNPOWER = 0, 1, 2
STATE_UNAWARE, STATE_CHANGED, STATE_ABSENT, STATE_PRESENT = 0x0000, 0x0002, 0x000C, 0x0020
STATE_IN_USE, STATE_MUTE = 0x0180, 0x0200
# Attributes (PC/SC part 3): class in the upper half, tag in the lower.
ATTR_VENDOR, ATTR_VERSION, ATTR_SERIAL, ATTR_CHANNEL = 0x10100, 0x10102, 0x10103, 0x20110
# Part 10: which features a driver has; one of them tells its properties.
GET_FEATURES = 0x42000000 + 3400 if sys.platform != "win32" else 0x31 << 16 | 3400 << 2
FEATURE_PROPERTIES, PROPERTY_MAX_APDU_DATA = 0x12, 0x0A
BYTE_ORDER = sys.byteorder  # of numbers in attributes

SUCCESS = 0x00000000
INVALID_HANDLE = 0x80100003
TIMEOUT = 0x8010000A
COMM_ERROR = 0x80100013
NO_SERVICE = 0x8010001D
SERVICE_STOPPED = 0x8010001E
NO_READERS = 0x8010002E
UNKNOWN_READER = 0x80100009
READER_GONE = 0x80100017
SHARING = 0x8010000B
NO_CARD = 0x8010000C
PROTOCOL_MISMATCH = 0x8010000F
NOT_READY = 0x80100010
NO_ACCESS = 0x80100027
W_UNRESPONSIVE = 0x80100066
W_UNPOWERED = 0x80100067
W_RESET = 0x80100068
W_REMOVED = 0x80100069
ACCESS_DENIED = 0x8010006A

START_PCSCD = "start it with `sudo systemctl start pcscd` (or `sudo pcscd`); `simtool doctor` shows what is missing"

# Before a card is in use: what it means and what to do.
TROUBLE = {
    NO_SERVICE: ("no PC/SC service runs on this computer", START_PCSCD),
    SERVICE_STOPPED: ("the PC/SC service has stopped", START_PCSCD),
    INVALID_HANDLE: ("the PC/SC service was started anew", "connect again"),
    COMM_ERROR: ("the PC/SC service has stopped", START_PCSCD),
    NO_READERS: ("no smart card reader is connected", "plug a reader in; `simtool doctor` shows what is missing"),
    UNKNOWN_READER: ("the reader was unplugged", "plug it in again, `simtool readers` lists what is there"),
    READER_GONE: ("the reader was unplugged", "plug it in again, `simtool readers` lists what is there"),
    SHARING: ("another program uses the card", "end the other program, or wait until it is done"),
    NO_CARD: ("no card in the reader", "put a card in, contacts towards the reader"),
    W_REMOVED: ("no card in the reader", "put a card in, contacts towards the reader"),
    PROTOCOL_MISMATCH: ("the card speaks neither T=0 nor T=1", "is this a contact card?"),
    NOT_READY: ("the reader is not ready", "wait a second and try again"),
    NO_ACCESS: ("this user may not use the reader", "`simtool doctor` names the polkit rule that is missing"),
    ACCESS_DENIED: ("this user may not use the reader", "`simtool doctor` names the polkit rule that is missing"),
    W_UNRESPONSIVE: ("the card does not answer to power-on", "turn the card over, or clean its contacts"),
    W_UNPOWERED: ("the card has no power", "take the card out and put it in again"),
}
# While a card is in use: the link is lost.
LOST = {
    W_REMOVED: ("the card was taken out", RETRY),
    NO_CARD: ("the card was taken out", RETRY),
    W_UNPOWERED: ("the card lost its power", RETRY),
    W_UNRESPONSIVE: ("the card stopped answering", RETRY),
    READER_GONE: ("the reader was unplugged", "plug it in again, then start the command again"),
    UNKNOWN_READER: ("the reader was unplugged", "plug it in again, then start the command again"),
    W_RESET: ("another program reset the card", "end the other program, then start the command again"),
    NO_SERVICE: ("the PC/SC service has stopped", START_PCSCD),
    SERVICE_STOPPED: ("the PC/SC service has stopped", START_PCSCD),
    INVALID_HANDLE: ("the PC/SC service was started anew", RETRY),
    COMM_ERROR: ("the PC/SC service has stopped", START_PCSCD),
}


def load_scard() -> Scard:
    """pyscard's functions. Raises `ReaderError` where it is not installed."""
    try:
        import smartcard.scard as scard
    except ImportError as error:
        raise ReaderError(
            "pyscard is not installed, so readers cannot be used", hint="pip install mvno-simtool[pcsc]"
        ) from error
    return typing.cast(Scard, scard)


def establish(scard: Scard) -> int:
    """A new context. Raises `ReaderError` where no service answers."""
    code, context = scard.SCardEstablishContext(SCOPE_USER)
    raise_unless_ok(code)
    return typing.cast(int, context)


def raise_unless_ok(code: int, reader: str = "") -> None:
    """Raise what a return code means before a card is in use: `ReaderError`, or `CardError` for an unforeseen one."""
    code &= 0xFFFFFFFF
    if code == SUCCESS:
        return
    words, hint = TROUBLE.get(code, (f"PC/SC error {code:08X}", "`simtool doctor` shows what is missing"))
    text = f"{reader}: {words}" if reader else words
    if code in TROUBLE:
        raise ReaderError(text, hint=hint)
    raise CardError(text, hint=hint)
