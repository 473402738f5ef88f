"""A value that must not be seen: keys, PINs, ADM codes.

The bytes come out of `Secret.reveal()` and nowhere else. Printing, formatting, logging, `vars()`, `dataclasses.asdict`,
pickling, JSON and YAML either show a key check value or refuse. The check value is the AES one of GlobalPlatform and is
only shown for kinds that cannot be guessed.

What this does not do: wipe memory, or stop a debugger. It keeps secrets out of logs, traces and files.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import NoReturn, SupportsIndex

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simtool.errors import EncodeError

KCV_LENGTHS = (16, 24, 32)
GUESSABLE_KINDS = ("pin", "puk", "adm", "chv", "pass", "code")
"""Kinds that begin with one of these are short or chosen by people: a check value would let anyone search for them."""


class Secret:
    """Bytes that show themselves only to `reveal()`.

    `kind` is a word for messages: "key", "ki", "opc", "adm1", "pin" and so on. Two secrets are equal when their bytes
    are; the comparison takes constant time. A secret has no hash, no order and no serial form, and never changes.
    """

    __slots__ = ("_kind", "_length", "_reveal")

    _kind: str
    _length: int
    _reveal: Callable[[], bytes]

    def __init__(self, value: bytes, kind: str = "key") -> None:
        """Keep a copy of `value`. Raises `EncodeError` when it is not bytes or is empty."""
        if not isinstance(value, bytes | bytearray | memoryview):
            raise EncodeError(f"a {kind} is made from bytes, not {type(value).__name__}")
        kept = bytes(value)
        if not kept:
            raise EncodeError(f"a {kind} cannot be empty")
        # A closure, not an attribute: whatever dumps attributes finds a function and no bytes.
        object.__setattr__(self, "_reveal", lambda: kept)
        object.__setattr__(self, "_kind", kind)
        object.__setattr__(self, "_length", len(kept))

    @classmethod
    def from_hex(cls, text: str, *, length: int | None = None, kind: str = "key") -> Secret:
        """Read hex digits, spaces allowed between bytes; `length` in bytes is checked when given.

        Raises `EncodeError` whose message holds neither the text nor any part of it.
        """
        if not isinstance(text, str):
            raise EncodeError(f"a {kind} is written as hex digits, not as {type(text).__name__}")
        value: bytes | None
        try:
            value = bytes.fromhex(text)
        except ValueError:
            value = None
        if value is None:  # outside the except clause: no context that could carry the text
            raise EncodeError(f"a {kind} must be an even number of hex digits")
        if length is not None and len(value) != length:
            raise EncodeError(f"a {kind} must be {length} bytes ({2 * length} hex digits), not {len(value)}")
        return cls(value, kind)

    def reveal(self) -> bytes:
        """The bytes."""
        return self._reveal()

    @property
    def kind(self) -> str:
        return self._kind

    @property
    def length(self) -> int:
        """Number of bytes."""
        return self._length

    @property
    def has_kcv(self) -> bool:
        """True when a check value exists and gives nothing away: 16, 24 or 32 bytes, and not a PIN-like kind."""
        return self._length in KCV_LENGTHS and not self._kind.lower().startswith(GUESSABLE_KINDS)

    def kcv(self) -> bytes:
        """Key check value: first 3 bytes of AES-ECB over sixteen bytes 01 (GlobalPlatform Amendment D, put key).

        Raises `EncodeError` for secrets without one (see `has_kcv`).
        """
        if not self.has_kcv:
            raise EncodeError(f"a {self._kind} of {self._length} bytes has no key check value")
        # A check value is one block by definition, so ECB is not a choice here.
        encryptor = Cipher(algorithms.AES(self._reveal()), modes.ECB()).encryptor()  # noqa: S305
        return encryptor.update(b"\x01" * 16)[:3]

    def __repr__(self) -> str:
        return f"<{self._kind} kcv={self.kcv().hex()}>" if self.has_kcv else f"<{self._kind} ****>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._reveal(), other._reveal())

    __hash__ = None  # type: ignore[assignment]

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a {self._kind} does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a {self._kind} does not change")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError(f"a {self._kind} is not serialised")

    def __getstate__(self) -> NoReturn:
        raise TypeError(f"a {self._kind} is not serialised")
