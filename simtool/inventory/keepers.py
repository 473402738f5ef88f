"""Who keeps the key-encryption key: a file of its owner's, the computer's keyring, or a PKCS#11 token.

A keeper wraps and unwraps other keys; each wrapped key is bound to its name. It is named as `file:PATH`, `keyring:NAME`
or an RFC 7512 URI, `pkcs11:token=LABEL;object=LABEL?module-path=…&pin-source=…`.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from simtool.crypto.secret import Secret
from simtool.errors import AuthenticationError, EncodeError, InputError, RefusedError
from simtool.perso.private_file import read_private_key, write_private

KEY_LENGTH = 32
NONCE = 12
KEYRING_SERVICE = "simtool vault"


class Keeper(Protocol):
    """`id` tells one key-encryption key from another and gives nothing of it away."""

    @property
    def id(self) -> str: ...

    def wrap(self, key: bytes, name: str) -> bytes: ...

    def unwrap(self, wrapped: bytes, name: str) -> bytes:
        """Raises `AuthenticationError` when this was not wrapped here, under this name."""
        ...

    def close(self) -> None: ...


class LocalKeeper:
    """A key-encryption key in this process's memory: AES-256-GCM, the name as associated data."""

    __slots__ = ("_key",)

    def __init__(self, key: Secret) -> None:
        if key.length != KEY_LENGTH:
            raise EncodeError(f"a key-encryption key has {KEY_LENGTH} bytes, this has {key.length}")
        self._key = key

    @property
    def id(self) -> str:
        return "local-" + hashlib.sha256(b"simtool kek id" + self._key.reveal()).hexdigest()[:16]

    def wrap(self, key: bytes, name: str) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + AESGCM(self._key.reveal()).encrypt(nonce, key, name.encode())

    def unwrap(self, wrapped: bytes, name: str) -> bytes:
        try:
            return AESGCM(self._key.reveal()).decrypt(wrapped[:NONCE], wrapped[NONCE:], name.encode())
        except (InvalidTag, ValueError):
            raise AuthenticationError(f"the key {name!r} was not wrapped by this key-encryption key") from None

    def close(self) -> None:
        """Nothing to close."""


def open_keeper(url: str, *, create: bool = False) -> Keeper:
    """The keeper of that name. `create` makes its key, and refuses where there is one.

    Raises `InputError` when it is not there or cannot be read, or others can read it too, `RefusedError` for a token
    that would lock.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "file" and rest:
        return LocalKeeper(_file_key(Path(rest).expanduser(), create=create))
    if scheme == "keyring" and rest:
        return LocalKeeper(_keyring_key(rest, create=create))
    if scheme == "pkcs11":
        from simtool.inventory.token import TokenKeeper

        return TokenKeeper(url, create=create)
    raise InputError("a vault is file:PATH, keyring:NAME or pkcs11:…", field="vault", hint="see docs/batches.md")


def _file_key(path: Path, *, create: bool) -> Secret:
    if create:
        key = secrets.token_bytes(KEY_LENGTH)
        write_private(path, key.hex() + "\n")
        return Secret(key, kind="kek")
    return read_private_key(path, kind="kek", length=KEY_LENGTH)


def _keyring_key(name: str, *, create: bool) -> Secret:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ModuleNotFoundError:
        raise InputError("this needs the package keyring", hint="pip install 'mvno-simtool[keyring]'") from None
    try:
        text = keyring.get_password(KEYRING_SERVICE, name)
        if create:
            if text is not None:
                raise RefusedError(f"the keyring has a key {name!r} already", hint="choose another name")
            text = secrets.token_bytes(KEY_LENGTH).hex()
            keyring.set_password(KEYRING_SERVICE, name, text)
    except KeyringError as error:
        raise InputError(f"the keyring does not answer: {error}", hint="unlock it, or keep the key in a file") from None
    if text is None:
        raise InputError(f"the keyring has no key {name!r}", hint="simtool vault init makes one")
    return Secret.from_hex(text, length=KEY_LENGTH, kind="kek")
