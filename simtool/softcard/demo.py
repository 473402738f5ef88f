"""A small toolkit application for tests and demonstrations: a menu whose items show a text (TS 102 223 §6.4, §6.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from simtool.codec import comprehension, tlv
from simtool.codec.comprehension import ComprehensionTlv, join
from simtool.codec.text import encode_alpha, encode_gsm, in_gsm_alphabet
from simtool.errors import CodecError
from simtool.softcard.toolkit import PROACTIVE_TAG

REFRESH, POLL_INTERVAL, DISPLAY_TEXT, SET_UP_MENU, PROVIDE_LOCAL_INFORMATION = 0x01, 0x03, 0x21, 0x25, 0x26
MENU_SELECTION = 0xD3
UICC, TERMINAL, DISPLAY = 0x81, 0x82, 0x02
_DETAILS, _DEVICES, _DURATION, _ALPHA, _TEXT, _ITEM, _ITEM_ID, _FILES = 0x01, 0x02, 0x04, 0x05, 0x0D, 0x0F, 0x10, 0x12
_UNIT_SECONDS = 0x01
_DCS_8_BIT, _DCS_UCS2 = 0x04, 0x08
_WAIT_FOR_USER = 0x80


def command(number: int, type_: int, qualifier: int, *objects: ComprehensionTlv, to: int = TERMINAL) -> bytes:
    """A proactive command: details, devices, then its own objects (TS 102 223 §6.6)."""
    details = ComprehensionTlv(_DETAILS, bytes((number, type_, qualifier)))
    head = (details, ComprehensionTlv(_DEVICES, bytes((UICC, to))))
    return tlv.encode(PROACTIVE_TAG, join((*head, *objects)))


def display_text(number: int, text: str) -> bytes:
    """DISPLAY TEXT, cleared by the user (TS 102 223 §6.6.1)."""
    if in_gsm_alphabet(text):
        coded = bytes((_DCS_8_BIT,)) + encode_gsm(text)
    else:
        coded = bytes((_DCS_UCS2,)) + text.encode("utf-16-be")
    return command(number, DISPLAY_TEXT, _WAIT_FOR_USER, ComprehensionTlv(_TEXT, coded), to=DISPLAY)


@dataclass(slots=True)
class MenuSource:
    """Sets up a menu once the terminal has sent its profile; an item chosen shows its own name.

    `poll_seconds` asks for a poll interval, `local_information` for that (a qualifier of TS 102 223 §8.6), before it.
    """

    title: str
    items: tuple[str, ...]
    poll_seconds: int | None = None
    local_information: int | None = None
    responses: list[bytes] = field(default_factory=list)
    _number: int = 0

    def started(self, profile: bytes) -> Sequence[bytes]:
        commands = []
        if self.poll_seconds is not None:
            duration = ComprehensionTlv(_DURATION, bytes((_UNIT_SECONDS, self.poll_seconds)))
            commands.append(command(self._next(), POLL_INTERVAL, 0, duration))
        if self.local_information is not None:
            commands.append(command(self._next(), PROVIDE_LOCAL_INFORMATION, self.local_information))
        items = [
            ComprehensionTlv(_ITEM, bytes((at,)) + encode_alpha(item)) for at, item in enumerate(self.items, start=1)
        ]
        title = ComprehensionTlv(_ALPHA, encode_alpha(self.title))
        commands.append(command(self._next(), SET_UP_MENU, 0, title, *items))
        return commands

    def answered(self, command: bytes, response: bytes) -> Sequence[bytes]:
        self.responses.append(response)
        return ()

    def envelope(self, tag: int, value: bytes) -> tuple[bytes, Sequence[bytes]]:
        if tag != MENU_SELECTION:
            return b"", ()
        try:
            chosen = comprehension.first(comprehension.parse(value), _ITEM_ID)
        except CodecError:
            return b"", ()
        if chosen is None or len(chosen) != 1 or not 1 <= chosen[0] <= len(self.items):
            return b"", ()
        return b"", (display_text(self._next(), self.items[chosen[0] - 1]),)

    def refresh(self, mode: int, paths: Sequence[bytes] = ()) -> bytes:
        """A REFRESH command to push (TS 102 223 §6.4.7): mode, and the paths of the files that changed."""
        files = (ComprehensionTlv(_FILES, bytes((len(paths),)) + b"".join(paths)),) if paths else ()
        return command(self._next(), REFRESH, mode, *files)

    def _next(self) -> int:
        self._number = self._number % 254 + 1
        return self._number
