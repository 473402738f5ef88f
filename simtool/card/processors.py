"""From APDUs to exchanges: a chain of small wrappers around `send(CommandApdu) -> ResponseApdu`.

`link_for(transport)` builds the usual chain. Each wrapper does one thing:

- `T0Link`  T=0 (ISO/IEC 7816-3 §12.2, TS 102 221 §7.3.1.1): P3, 61xx, 9Fxx, 6Cxx, warnings before data.
- `T1Link`  T=1: the APDU as a whole.
- `ChainingLink`  data that does not fit one command (ISO/IEC 7816-4 §5.3.3).
- `ChannelLink`  the logical channel in the class byte (TS 102 221 §10.1.1).

`secret=True` says that data of this command or of its answer must not be shown; only `simtool.card.trace` cares.
"""

from __future__ import annotations

import typing
from dataclasses import replace

from simtool.card.atr import Atr
from simtool.card.transport import Protocol, Transport, takes_extended
from simtool.codec.apdu import SHORT_LC_MAX, SHORT_LE_MAX, SW_OK, CommandApdu, ResponseApdu
from simtool.errors import CardError, DecodeError, EncodeError

MAX_CHANNEL = 19
CLA_SIM = 0xA0
CLA_CHAINING = 0x10
INS_GET_RESPONSE = 0xC0
_CLA_PROPRIETARY = 0x80
_CLA_FURTHER = 0x40  # channels 4 to 19
_CLA_FURTHER_SM = 0x20
_CLA_SM = 0x0C
_MAX_ROUNDS = 512  # more answers than any card has for one command: a card that never ends


class ApduLink(typing.Protocol):
    """Anything that carries a command to the card and brings the answer."""

    def send(self, command: CommandApdu, *, secret: bool = False) -> ResponseApdu: ...


class _ProtocolLink:
    """What T=0 and T=1 share: one exchange, and the response data that a card holds back."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _exchange(self, command: CommandApdu) -> ResponseApdu:
        raw = self._transport.exchange(self._encode(command))
        try:
            return ResponseApdu.decode(raw)
        except DecodeError as error:
            raise CardError(
                f"{self._transport.name}: {error}", hint="clean the card's contacts, put it in again"
            ) from error

    def _encode(self, command: CommandApdu) -> bytes:
        return command.encode()

    def _collect(self, command: CommandApdu, answer: ResponseApdu) -> ResponseApdu:
        """Fetch what the card still holds for `command`; only if the command wants data."""
        if command.le is None:
            return answer
        data = answer.data
        for _ in range(_MAX_ROUNDS):
            if not _holds_more(command, answer):
                return ResponseApdu(data, answer.sw)
            answer = self._get_response(command, answer.sw.sw2 or SHORT_LE_MAX)
            data += answer.data
        raise CardError(f"{self._transport.name}: the card never stops offering response data")

    def _get_response(self, command: CommandApdu, length: int) -> ResponseApdu:
        """GET RESPONSE on the command's channel, again with the length of 6Cxx.

        Its class is 0X, 4X or 6X after a command of class 8X, CX or EX too (TS 102 221 table 10.5).
        """
        cla = command.cla if command.cla == CLA_SIM else command.cla & ~(_chaining_bit(command.cla) | _CLA_PROPRIETARY)
        fetch = CommandApdu(cla, INS_GET_RESPONSE, 0, 0, le=length)
        answer = self._exchange(fetch)
        if answer.sw.sw1 == 0x6C:
            answer = self._exchange(replace(fetch, le=answer.sw.sw2 or SHORT_LE_MAX))
        return answer


class T1Link(_ProtocolLink):
    """APDUs over T=1. A card may use 61xx and 6Cxx here too (ISO/IEC 7816-4 §5.6)."""

    def send(self, command: CommandApdu, *, secret: bool = False) -> ResponseApdu:
        answer = self._exchange(command)
        if answer.sw.sw1 == 0x6C and command.le is not None:
            answer = self._exchange(replace(command, le=answer.sw.sw2 or SHORT_LE_MAX))
        return self._collect(command, answer)


class T0Link(_ProtocolLink):
    """APDUs over T=0: a command has data or wants data, never both (TS 102 221 §7.3.1.1).

    Case 4 goes out without Le. Data may come on 61xx (9Fxx in class A0), after a warning, or at once
    with the status word, as readers with their own GET RESPONSE give it.
    """

    def send(self, command: CommandApdu, *, secret: bool = False) -> ResponseApdu:
        first = self._exchange(command)
        if first.sw.sw1 == 0x6C and command.le is not None and not command.data:
            first = self._exchange(replace(command, le=first.sw.sw2 or SHORT_LE_MAX))
        if not command.data or command.le is None or first.data:
            return self._collect(command, first)
        if first.sw.sw1 in (0x62, 0x63):
            return self._after_warning(command, first)
        if first.sw.sw1 == 0x9E and command.cla == CLA_SIM:  # TS 51.011 §9.4.1: the error explains itself
            return ResponseApdu(self._get_response(command, first.sw.sw2 or SHORT_LE_MAX).data, first.sw)
        return self._collect(command, first)

    def _after_warning(self, command: CommandApdu, warning: ResponseApdu) -> ResponseApdu:
        """Data of a case 4 command that ended in 62xx or 63xx; the warning stays the status word (§7.3.1.1.4)."""
        answer = self._collect(command, self._get_response(command, SHORT_LE_MAX))
        return ResponseApdu(answer.data, warning.sw)

    def _encode(self, command: CommandApdu) -> bytes:
        if len(command.data) > SHORT_LC_MAX:
            raise EncodeError(f"{len(command.data)} bytes of data do not fit one T=0 command")
        if command.data:
            return command.header + bytes((len(command.data),)) + command.data
        length = 0 if command.le is None else min(command.le, SHORT_LE_MAX)
        return command.header + bytes((length & 0xFF,))


class ChainingLink:
    """Splits data longer than 255 bytes over several commands, bit 5 of the class set in all but the last.

    With `extended` the link below takes longer commands as they are. A part that the card refuses ends the chain; its
    answer is the answer. Class A0 knows no chaining: `EncodeError`.
    """

    def __init__(self, inner: ApduLink, *, extended: bool = False) -> None:
        self._inner = inner
        self._extended = extended

    def send(self, command: CommandApdu, *, secret: bool = False) -> ResponseApdu:
        if self._extended or not command.is_extended:
            return self._inner.send(command, secret=secret)
        le = None if command.le is None else min(command.le, SHORT_LE_MAX)
        if len(command.data) > SHORT_LC_MAX and command.cla == CLA_SIM:
            raise EncodeError(f"{len(command.data)} bytes of data do not fit one command of class A0")
        rest = command.data
        while len(rest) > SHORT_LC_MAX:
            head, rest = rest[:SHORT_LC_MAX], rest[SHORT_LC_MAX:]
            part = replace(command, cla=command.cla | CLA_CHAINING, data=head, le=None)
            answer = self._inner.send(part, secret=secret)
            if answer.sw != SW_OK:
                return answer
        return self._inner.send(replace(command, data=rest, le=le), secret=secret)


class ChannelLink:
    """Puts every command on one logical channel."""

    def __init__(self, inner: ApduLink, channel: int) -> None:
        cla_on_channel(0, channel)
        self._inner = inner
        self.channel = channel

    def send(self, command: CommandApdu, *, secret: bool = False) -> ResponseApdu:
        moved = replace(command, cla=cla_on_channel(command.cla, self.channel))
        return self._inner.send(moved, secret=secret)


def cla_on_channel(cla: int, channel: int) -> int:
    """The class byte `cla` (of channel 0) on `channel`: 0X, 8X for 0 to 3, 4X, CX for 4 to 19 (TS 102 221 §10.1.1).

    Secure messaging and chaining are kept; channels 4 to 19 know only "secure messaging" or not. Raises
    `EncodeError` for a channel that does not exist, or any but 0 in class A0.
    """
    if not 0 <= channel <= MAX_CHANNEL:
        raise EncodeError(f"logical channel {channel} is outside 0 to {MAX_CHANNEL}")
    if channel == 0:
        return cla
    if cla & 0x7F not in range(0x20):
        raise EncodeError(f"a command of class {cla:02X} goes on channel 0 only")
    if channel <= 3:
        return cla | channel
    secured = _CLA_FURTHER_SM if cla & _CLA_SM else 0
    return (cla & (0x80 | CLA_CHAINING)) | _CLA_FURTHER | secured | (channel - 4)


def link_for(transport: Transport, *, extended: bool | None = None) -> ApduLink:
    """The usual chain for a transport: its protocol, and chaining.

    Long commands travel whole only with T=1, a card whose ATR says that it takes them, and a reader that is not known
    to refuse them; `extended` overrules both.
    """
    if transport.protocol is Protocol.T0:
        return ChainingLink(T0Link(transport))
    if extended is None:
        extended = takes_extended(transport) and Atr.decode_or_empty(transport.atr).takes_extended_length
    return ChainingLink(T1Link(transport), extended=extended)


def _holds_more(command: CommandApdu, answer: ResponseApdu) -> bool:
    return answer.sw.sw1 == 0x61 or (answer.sw.sw1 == 0x9F and command.cla == CLA_SIM)


def _chaining_bit(cla: int) -> int:
    """Bit 5 where it means chaining: the classes of ISO/IEC 7816-4, not A0 and other closed ones."""
    return CLA_CHAINING if cla & 0x60 != 0x20 else 0
