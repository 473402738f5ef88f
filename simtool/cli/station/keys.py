"""The keyboard at a station: single keys for a person, whole lines from a barcode scanner that types them.

A scanner types everything that a code holds, letters too. So a key is a command only when nothing follows it for a
moment; what ends with Enter is a scan. Nothing is echoed, and the terminal is put back on every way out.
"""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum

ALONE_SECONDS = 0.15
FORGOTTEN_SECONDS = 15.0
LONGEST = 200
ENTER, ESCAPE, BACKSPACES = "\r\n", "\x1b", "\x7f\x08"


class Key(Enum):
    """What can be asked for by a key; SCAN and ANSWER by a line."""

    PAUSE = "p"
    RESUME = "r"
    ACKNOWLEDGE = "a"
    END = "q"
    HELP = "?"
    SCAN = "scan"
    ANSWER = "answer"
    GIVE_UP = "give up"


_COMMANDS = {key.value: key for key in (Key.PAUSE, Key.RESUME, Key.ACKNOWLEDGE, Key.END, Key.HELP)}


@dataclass(frozen=True, slots=True)
class Pressed:
    """`slot` was typed before the key, empty for the bench; `text` is a line's."""

    key: Key
    slot: str = ""
    text: str = field(default="", repr=False)


@dataclass
class Typing:
    """What was typed and not used yet. While `asking` every line is an answer, and `hidden` ones are not shown."""

    slots: Sequence[str]
    typed: str = field(default="", repr=False)  # it may be a PIN
    asking: str = ""
    hidden: bool = False
    last: float = field(default=0.0)

    def ask(self, question: str, *, hidden: bool = False) -> None:
        self.typed, self.asking, self.hidden = "", question, hidden

    @property
    def shown(self) -> str:
        return "•" * len(self.typed) if self.hidden else self.typed

    def feed(self, text: str, now: float) -> list[Pressed]:
        """Take in what came from the keyboard; gives what is complete."""
        found: list[Pressed] = []
        for sign in text:
            if sign in ENTER:
                found += self._line()
            elif sign == ESCAPE:
                found += self._give_up()
            elif sign in BACKSPACES:
                self.typed = self.typed[:-1]
            elif sign.isprintable():
                self.typed = (self.typed + sign)[-LONGEST:]
        if text:
            self.last = now
        return found

    def idle(self, now: float) -> list[Pressed]:
        """Nothing came for a while: a key alone is a command now, and what nobody ended is forgotten."""
        if not self.typed or self.asking or now - self.last < ALONE_SECONDS:
            return []
        slot, letter = self.typed[:-1], self.typed[-1].lower()
        if letter in _COMMANDS and (not slot or slot in self.slots):
            self.typed = ""
            return [Pressed(_COMMANDS[letter], slot)]
        if now - self.last > FORGOTTEN_SECONDS:
            self.typed = ""
        return []

    def _line(self) -> list[Pressed]:
        typed, self.typed = self.typed, ""
        if self.asking:
            self.asking, self.hidden = "", False
            return [Pressed(Key.ANSWER, text=typed)]
        return [Pressed(Key.SCAN, text=typed)] if typed.strip() else []

    def _give_up(self) -> list[Pressed]:
        was_asked, self.typed, self.asking, self.hidden = bool(self.asking), "", "", False
        return [Pressed(Key.GIVE_UP)] if was_asked else []


Read = Callable[[float], str]
"""Wait so many seconds for signs from the keyboard; gives those that came, maybe none."""


@contextmanager
def raw_keyboard() -> Iterator[Read]:
    """The terminal's keys one by one and not echoed; Ctrl-C stays a signal. Put back however the block is left."""
    if sys.platform == "win32":
        yield _no_keys
        return
    import termios

    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    raw = termios.tcgetattr(number)
    raw[3] &= ~(termios.ICANON | termios.ECHO)
    raw[6][termios.VMIN], raw[6][termios.VTIME] = 1, 0
    closed = False

    def read(seconds: float) -> str:
        nonlocal closed
        if closed:
            return _no_keys(seconds)
        if not select.select([number], [], [], seconds)[0]:
            return ""
        signs = os.read(number, 1024)
        closed = not signs
        return signs.decode("utf-8", "ignore")

    try:
        termios.tcsetattr(number, termios.TCSADRAIN, raw)
        yield read
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def _no_keys(seconds: float) -> str:
    time.sleep(seconds)
    return ""
