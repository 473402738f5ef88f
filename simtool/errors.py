"""Every error that simtool raises on purpose.

::

    SimtoolError
    ├── CodecError                 bytes or values that do not fit a coding
    │   ├── EncodeError
    │   └── DecodeError
    │       └── MissingObjectError     a data object that has to be there is not
    ├── AuthenticationError        a MAC that does not fit (MAC-A, MAC-S)
    ├── InputError                 a file that a person wrote: names file, line, field and reason
    ├── PlanError                  the wanted content cannot be reached on this card (all reasons at once)
    ├── RefusedError               stopped for safety, nothing was done
    └── CardError                  reader or card
        ├── ReaderError            no service, no reader, no card
        ├── CardRemovedError       the link was lost while working
        ├── StatusError            the card answered with an error status word
        ├── WrongPinError          a PIN or ADM was wrong; carries the tries left
        └── UnknownCardError       no card product fits

`hint` is the next safe step, in words, or empty.
"""

from __future__ import annotations


class SimtoolError(Exception):
    """Root of the tree. `str()` is one line; `hint` the next safe step."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class CodecError(SimtoolError, ValueError):
    """Bytes or values that do not fit a coding."""


class EncodeError(CodecError):
    """A value that cannot be coded."""


class DecodeError(CodecError):
    """Bytes that are not what the coding says."""


class MissingObjectError(DecodeError):
    """A data object that has to be there is not."""


class AuthenticationError(SimtoolError):
    """A message authentication code that does not fit."""


class InputError(SimtoolError):
    """Something wrong in a file that a person or another program wrote.

    `place` is `FILE:LINE` (or `FILE`), `field` the dotted name of the value.
    """

    def __init__(self, reason: str, *, place: str = "", field: str = "", hint: str = "") -> None:
        where = ": ".join(part for part in (place, field) if part)
        super().__init__(f"{where}: {reason}" if where else reason, hint=hint)
        self.reason = reason
        self.place = place
        self.field = field


class PlanError(SimtoolError):
    """The wanted content cannot be reached on this card; `reasons` holds every cause found."""

    def __init__(self, reasons: tuple[str, ...], *, hint: str = "") -> None:
        super().__init__("; ".join(reasons), hint=hint)
        self.reasons = reasons


class RefusedError(SimtoolError):
    """Stopped for safety before anything was done."""


class CardError(SimtoolError):
    """Reader or card trouble."""


class ReaderError(CardError):
    """No PC/SC service, no such reader, or no card in it."""


class CardRemovedError(CardError):
    """The link to the card was lost while working."""


class UnknownCardError(CardError):
    """No card product known to simtool fits this card."""


class StatusError(CardError):
    """The card answered a command with an error status word (`sw`, an int)."""

    def __init__(self, message: str, *, sw: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.sw = sw


class WrongPinError(StatusError):
    """A PIN or ADM was wrong; `tries_left` as the card reported it."""

    def __init__(self, message: str, *, sw: int, tries_left: int, hint: str = "") -> None:
        super().__init__(message, sw=sw, hint=hint)
        self.tries_left = tries_left
