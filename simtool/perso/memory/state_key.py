"""The key of a state folder: marks values without showing them, and seals what must be kept.

It is made once per folder from the system's random source. A fingerprint is a keyed hash (HMAC-SHA-256, 16 bytes): a
plain hash of an 8 digit ADM could be searched in a second. What is sealed (AES-256-GCM) is as safe as the folder: a
journal that leaves it alone, in a mail or a backup, gives nothing away, and with the key file gone it is gone.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from simtool.errors import InputError
from simtool.perso.memory.state_folder import open_private, private_folder

FILE = "state.key"
KEY_LENGTH = 32
FINGERPRINT_LENGTH = 16
NONCE_LENGTH = 12


class StateKey:
    """Fingerprints and seals. `StateKey.of(folder)` is the folder's, `StateKey()` one that is forgotten."""

    __slots__ = ("_mark", "_seal")

    def __init__(self, value: bytes | None = None) -> None:
        value = value or secrets.token_bytes(KEY_LENGTH)
        self._mark = hmac.digest(value, b"fingerprint", hashlib.sha256)
        self._seal = AESGCM(hmac.digest(value, b"seal", hashlib.sha256))

    @classmethod
    def of(cls, folder: Path) -> StateKey:
        """The key of this folder, made if there is none. Raises `InputError`."""
        path = private_folder(folder) / FILE
        if not path.exists():
            _make(path)
        try:
            value = path.read_bytes()
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", place=str(path)) from error
        if len(value) != KEY_LENGTH:
            raise InputError(
                "this is not a key of simtool", place=str(path), hint="move the folder away, a new one is made"
            )
        return cls(value)

    def fingerprint(self, *parts: bytes | str) -> str:
        """A mark for a value in its context; equal marks mean equal parts. 32 hex digits."""
        mark = hmac.new(self._mark, digestmod=hashlib.sha256)
        for part in parts:
            raw = part.encode() if isinstance(part, str) else part
            mark.update(len(raw).to_bytes(4) + raw)
        return mark.digest()[:FINGERPRINT_LENGTH].hex()

    def seal(self, value: bytes, context: str) -> str:
        """`value` for whoever has this key and names the same `context`, in hex."""
        nonce = secrets.token_bytes(NONCE_LENGTH)
        return (nonce + self._seal.encrypt(nonce, value, context.encode())).hex()

    def unseal(self, text: str, context: str) -> bytes:
        """What was sealed. Raises `InputError` if it was with another key or for something else."""
        raw = bytes.fromhex(text)
        try:
            return self._seal.decrypt(raw[:NONCE_LENGTH], raw[NONCE_LENGTH:], context.encode())
        except InvalidTag:
            raise InputError(
                f"{context}: sealed with another key", hint=f"the {FILE} that was beside it is needed"
            ) from None

    def __repr__(self) -> str:
        return "<state key>"


def _make(path: Path) -> None:
    """A new key file, whole or not at all; whoever comes second takes the first one's."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = open_private(fresh, os.O_WRONLY | os.O_EXCL)
    try:
        os.write(descriptor, secrets.token_bytes(KEY_LENGTH))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
