"""A readable trace of what goes to the card and comes back, without PINs, keys and authentication results.

Hidden are: data of commands that present, change or load secrets (by instruction, in any class), answers of the
authentication commands, and both directions of everything that the session marks as secret. `reveal` shows all, and
the first line says so.
"""

from __future__ import annotations

from collections.abc import Callable

from simtool.card.instructions import command_name
from simtool.card.processors import ApduLink
from simtool.card.status import BASE, explain
from simtool.codec.apdu import CommandApdu, ResponseApdu
from simtool.errors import CardError

REDACTED_NOTICE = "# PINs, keys and authentication results are hidden in this trace"
REVEALED_NOTICE = "# WARNING: THIS TRACE SHOWS PINS AND KEYS IN CLEAR. Keep it as you keep the keys, then delete it."
# Even and odd form (ISO/IEC 7816-4 §5.4.2): VERIFY, CHANGE, DISABLE, ENABLE, UNBLOCK, PUT KEY, STORE DATA.
_SECRET_COMMAND = frozenset((0x20, 0x21, 0x24, 0x25, 0x26, 0x28, 0x2C, 0x2D, 0xD8, 0xD9, 0xE2, 0xE3))
_SECRET_ANSWER = frozenset((0x88, 0x89))  # AUTHENTICATE, RUN GSM ALGORITHM


class TraceLink:
    """An `ApduLink` that writes one line per command and per answer to `write`."""

    def __init__(self, inner: ApduLink, write: Callable[[str], None], *, reveal: bool = False) -> None:
        self._inner = inner
        self._write = write
        self._reveal = reveal
        write(REVEALED_NOTICE if reveal else REDACTED_NOTICE)

    def send(self, command: CommandApdu, *, secret: bool = False) -> ResponseApdu:
        hide_command = not self._reveal and (secret or command.ins in _SECRET_COMMAND)
        hide_answer = not self._reveal and (secret or command.ins in _SECRET_ANSWER)
        self._write(_command_line(command, hide_command))
        try:
            answer = self._inner.send(command, secret=secret)
        except CardError:
            self._write("< no answer")
            raise
        self._write(_answer_line(command, answer, hide_answer))
        return answer


def _command_line(command: CommandApdu, hide: bool) -> str:
    parts = [">", command.header.hex()]
    if command.data:
        parts += [f"{len(command.data):02x}", _shown(command.data, hide)]
    if command.le is not None:
        parts.append(f"le={command.le}")
    return " ".join([*parts, f" # {command_name(command)}"])


def _answer_line(command: CommandApdu, answer: ResponseApdu, hide: bool) -> str:
    parts = ["<"]
    if answer.data:
        parts.append(_shown(answer.data, hide))
    context = "sim_2g" if command.cla == 0xA0 else BASE
    return " ".join([*parts, str(answer.sw), f" # {explain(answer.sw, context).text}"])


def _shown(data: bytes, hide: bool) -> str:
    return f"[{len(data)} bytes hidden]" if hide else data.hex()
