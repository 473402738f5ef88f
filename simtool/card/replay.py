"""Recorded conversations with a card, for tests and for bug reports.

A transcript is a text file. `#` begins a comment, empty lines do not count; the rest are lines of::

    ATR 3b9f96801f87          first, and again after each reset
    PROTOCOL T=1              right after the first ATR; T=0 if it is missing
    > 00a40004023f00          a TPDU as it went to the reader
    < 6120                    what came back
    RESET cold                or `RESET warm`

A transcript holds every byte, PINs and keys among them: that is what makes it replay. So it is written only on
request, for its owner's eyes only (mode 0600), never over an existing file, and its first line says what is inside.
For looking at, use the redacted trace (`simtool.card.trace`).
"""

from __future__ import annotations

import os
import typing
from dataclasses import dataclass
from pathlib import Path

from simtool.card.transport import Protocol, Transport, TransportWrapper
from simtool.errors import CardError, InputError, ReaderError

HEAD = "# simtool transcript. IT HOLDS PINS AND KEYS IN CLEAR: keep it as you keep the keys, then delete it."
_SHOWN = 4  # bytes of a command that an error may show: the header


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    word: str
    text: str


class RecordingTransport(TransportWrapper):
    """A `Transport` around another that writes a transcript to `sink`, line by line; closing closes the sink."""

    def __init__(self, inner: Transport, sink: typing.TextIO) -> None:
        super().__init__(inner)
        self._sink = sink
        self._write(HEAD)
        self._write(f"ATR {inner.atr.hex()}")
        self._write(f"PROTOCOL {inner.protocol.value}")

    @classmethod
    def to_file(cls, inner: Transport, path: Path) -> RecordingTransport:
        """Record into a new file that only its owner may read. Raises `InputError` if it exists or cannot be made."""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise InputError(
                f"cannot write the transcript: {error.strerror}", place=str(path), hint="choose another file name"
            ) from error
        return cls(inner, os.fdopen(handle, "w", encoding="ascii"))

    def exchange(self, tpdu: bytes) -> bytes:
        self._write(f"> {tpdu.hex()}")
        answer = self._inner.exchange(tpdu)
        self._write(f"< {answer.hex()}")
        return answer

    def reset(self, *, cold: bool = True) -> bytes:
        self._write(f"RESET {_kind(cold)}")
        atr = self._inner.reset(cold=cold)
        self._write(f"ATR {atr.hex()}")
        return atr

    def close(self) -> None:
        self._inner.close()
        self._sink.close()

    def _write(self, line: str) -> None:
        self._sink.write(line + "\n")
        self._sink.flush()  # a torn card must not lose the last lines


class ReplayTransport:
    """A `Transport` that answers exactly what a transcript says, and refuses anything else with `CardError`."""

    def __init__(self, text: str, name: str = "replay") -> None:
        """Raises `InputError` with the line if the transcript is malformed."""
        self.name = name
        self._lines = _parse(text, name)
        self._at = 0
        self.atr = self._take_hex("ATR", "an ATR")
        self.protocol = Protocol.T0
        if self._next_word() == "PROTOCOL":
            self.protocol = self._take_protocol()

    @classmethod
    def open(cls, path: Path) -> ReplayTransport:
        """Replay a file. Raises `ReaderError` if it cannot be read, `InputError` if it is malformed."""
        try:
            text = path.read_text("ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise ReaderError(f"cannot read the transcript {path}: {error}") from error
        return cls(text, str(path))

    @property
    def finished(self) -> bool:
        """True when everything recorded was asked for."""
        return self._at == len(self._lines)

    def exchange(self, tpdu: bytes) -> bytes:
        recorded = self._take_hex(">", f"the command {_header(tpdu)}")
        if recorded != tpdu:
            self._at -= 1
            raise self._deviation(_difference(recorded, tpdu))
        return self._take_hex("<", "an answer")

    def reset(self, *, cold: bool = True) -> bytes:
        line = self._take("RESET", f"a {_kind(cold)} reset")
        if line.text != _kind(cold):
            self._at -= 1
            raise self._deviation(f"a {line.text} reset was recorded, a {_kind(cold)} one is asked for")
        self.atr = self._take_hex("ATR", "an ATR")
        return self.atr

    def close(self) -> None:
        """Nothing to free; what was not asked for is no error."""

    def _next_word(self) -> str:
        return "" if self.finished else self._lines[self._at].word

    def _take(self, word: str, wanted: str) -> _Line:
        if self.finished:
            raise self._deviation(f"the transcript ends before {wanted}")
        if self._next_word() != word:
            raise self._deviation(f"{wanted} is asked for, {self._next_word()!r} was recorded")
        line = self._lines[self._at]
        self._at += 1
        return line

    def _take_hex(self, word: str, wanted: str) -> bytes:
        return bytes.fromhex(self._take(word, wanted).text)

    def _take_protocol(self) -> Protocol:
        line = self._take("PROTOCOL", "a protocol")
        try:
            return Protocol(line.text)
        except ValueError:
            raise InputError(f"{line.text!r} is not a protocol", place=f"{self.name}:{line.number}") from None

    def _deviation(self, reason: str) -> CardError:
        number = self._lines[min(self._at, len(self._lines) - 1)].number if self._lines else 1
        return CardError(
            f"{self.name}:{number}: {reason}", hint="a replay answers only what was recorded, in the same order"
        )


def _parse(text: str, name: str) -> tuple[_Line, ...]:
    lines = []
    for number, raw in enumerate(text.splitlines(), 1):
        word, _, rest = raw.partition("#")[0].strip().partition(" ")
        rest = rest.strip()
        if not word:
            continue
        if word not in ("ATR", "PROTOCOL", ">", "<", "RESET"):
            raise InputError(f"{word[:12]!r} begins no line of a transcript", place=f"{name}:{number}")
        if word in ("ATR", ">", "<"):
            _check_hex(rest, f"{name}:{number}")
        lines.append(_Line(number, word, rest))
    return tuple(lines)


def _check_hex(text: str, place: str) -> None:
    try:
        valid = bool(bytes.fromhex(text))
    except ValueError:
        valid = False
    if not valid:
        raise InputError("not hex digits in pairs", place=place)


def _kind(cold: bool) -> str:
    return "cold" if cold else "warm"


def _header(tpdu: bytes) -> str:
    return tpdu[:_SHOWN].hex()


def _difference(recorded: bytes, asked: bytes) -> str:
    """What differs, without showing data."""
    if recorded[:_SHOWN] != asked[:_SHOWN]:
        return f"the command {_header(recorded)} was recorded, {_header(asked)} is asked for"
    if len(recorded) != len(asked):
        return f"the command {_header(asked)} was recorded with {len(recorded)} bytes, not {len(asked)}"
    return f"the command {_header(asked)} was recorded with other data"
