"""A PKCS#11 token: the key-encryption key and the master key of derived batches, which never leave it.

Named by an RFC 7512 URI: `pkcs11:token=LABEL;object=LABEL?module-path=LIBRARY&pin-source=file:PATH`. The PIN comes
from `pin-source` (a 0600 file) or the environment variable SIMTOOL_TOKEN_PIN; a `pin-value` in the URI is refused, for
it would show in process lists. A token on its last try, or locked, is not asked.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, TokenFlag, exceptions
from pkcs11.mechanisms import GCMParams

from simtool.crypto.kdf import PRF_LENGTH
from simtool.errors import AuthenticationError, InputError, RefusedError

PIN_VARIABLE = "SIMTOOL_TOKEN_PIN"
KEK_LABEL = "simtool-kek"
MASTER_LABEL = "simtool-master"
KEY_BITS = 256
NONCE = 12
TAG_BITS = 128


_logged_in: list[tuple[str, str]] = []
"""Library and token of every open session of this process."""
_ended: list[tuple[tuple[str, str], Any]] = []
"""Sessions that nobody uses any more, while others with the same token are open."""


@dataclass(frozen=True, slots=True)
class TokenUri:
    """The parts of an RFC 7512 URI that are used here."""

    token: str
    object: str
    module: str
    pin_source: str

    @classmethod
    def parse(cls, url: str, *, object_label: str) -> TokenUri:
        """Raises `InputError` for what is no such URI; `object_label` is taken when it names no object."""
        path, _, query = url.removeprefix("pkcs11:").partition("?")
        parts = dict(item.partition("=")[::2] for item in path.split(";") if item)
        asked = dict(item.partition("=")[::2] for item in query.split("&") if item)
        if "pin-value" in asked:
            raise RefusedError("a PIN in the URI can be seen by others", hint=f"use pin-source or {PIN_VARIABLE}")
        if not parts.get("token") or not asked.get("module-path"):
            raise InputError("the URI names no token or no module-path", field="vault", hint="see docs/batches.md")
        label = unquote(parts.get("object", "")) or object_label
        return cls(unquote(parts["token"]), label, unquote(asked["module-path"]), unquote(asked.get("pin-source", "")))


class Token:
    """An open session with a token. Raises `InputError` and `RefusedError` with what to do next."""

    def __init__(self, uri: TokenUri, *, write: bool = False) -> None:
        self._uri = uri
        self._session: Any = None
        with _explained(uri):
            library = pkcs11.lib(uri.module)
            if not any(module == uri.module for module, _ in _logged_in):
                library.reinitialize()  # a token put in, or changed by others, since the library was loaded is seen
            token = library.get_token(token_label=uri.token)
            self.serial = bytes(token.serial).decode("ascii", "replace").strip()
            self._login = (uri.module, self.serial)
            if self._login in _logged_in:  # a login is for the whole process: a second one would be an error
                self._session = token.open(rw=write)
            else:
                _ask_first(uri, token.flags)
                self._session = token.open(rw=write, user_pin=_pin(uri))
            _logged_in.append(self._login)

    def key_or_close(self, new: MechanismFlag | None) -> Any:
        """The key, or a new one that can do `new`; the session ends when that fails."""
        try:
            return self.key() if new is None else self.make_key(new)
        except BaseException:
            self.close()
            raise

    def key(self) -> Any:
        """The AES key that the URI names. Raises `InputError` when it is not there."""
        with _explained(self._uri):
            return self._session.get_key(object_class=ObjectClass.SECRET_KEY, label=self._uri.object)

    def make_key(self, capabilities: MechanismFlag) -> Any:
        """A new AES key that cannot leave the token. Raises `RefusedError` when there is one of that name."""
        with _explained(self._uri):
            found = self._session.get_objects(
                {Attribute.LABEL: self._uri.object, Attribute.CLASS: ObjectClass.SECRET_KEY}
            )
            if list(found):
                raise RefusedError(
                    f"the token has a key {self._uri.object!r} already", hint="choose another object name"
                )
            template = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
            return self._session.generate_key(
                KeyType.AES, KEY_BITS, label=self._uri.object, store=True, capabilities=capabilities, template=template
            )

    def close(self) -> None:
        """End the session, at the latest when the last one with this token ends: closing one would log all out."""
        if self._session is None:
            return
        _logged_in.remove(self._login)
        _ended.append((self._login, self._session))
        self._session = None
        if self._login not in _logged_in:
            for login, session in [item for item in _ended if item[0] == self._login]:
                _ended.remove((login, session))
                session.close()


class TokenKeeper:
    """A keeper whose key-encryption key stays in a token: AES-256-GCM in the token."""

    def __init__(self, url: str, *, create: bool = False) -> None:
        self._uri = TokenUri.parse(url, object_label=KEK_LABEL)
        self._token = Token(self._uri, write=create)
        self._key = self._token.key_or_close(MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT if create else None)

    @property
    def id(self) -> str:
        return f"token-{self._token.serial}-{self._uri.object}"

    def wrap(self, key: bytes, name: str) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        with _explained(self._uri):
            parameters = GCMParams(nonce, name.encode(), TAG_BITS)
            done = self._key.encrypt(key, mechanism=Mechanism.AES_GCM, mechanism_param=parameters)
        return nonce + bytes(done)

    def unwrap(self, wrapped: bytes, name: str) -> bytes:
        parameters = GCMParams(wrapped[:NONCE], name.encode(), TAG_BITS)
        try:
            return bytes(self._key.decrypt(wrapped[NONCE:], mechanism=Mechanism.AES_GCM, mechanism_param=parameters))
        except (exceptions.GeneralError, exceptions.EncryptedDataInvalid, exceptions.EncryptedDataLenRange):
            raise AuthenticationError(f"the key {name!r} was not wrapped by the key in this token") from None

    def close(self) -> None:
        self._token.close()


class TokenMaster:
    """A master key in a token; calling it is AES-CMAC in the token (SP 800-38B, CKM_AES_CMAC)."""

    def __init__(self, url: str, *, create: bool = False) -> None:
        self._uri = TokenUri.parse(url, object_label=MASTER_LABEL)
        self._token = Token(self._uri, write=create)
        self._key = self._token.key_or_close(MechanismFlag.SIGN | MechanismFlag.VERIFY if create else None)

    def __call__(self, data: bytes) -> bytes:
        with _explained(self._uri):
            made = bytes(self._key.sign(data, mechanism=Mechanism.AES_CMAC))
        if len(made) != PRF_LENGTH:
            raise InputError(f"the token gives a CMAC of {len(made)} bytes", place=self._uri.token)
        return made

    def close(self) -> None:
        self._token.close()


def _pin(uri: TokenUri) -> str:
    if uri.pin_source:
        path = Path(uri.pin_source.removeprefix("file:").removeprefix("//"))
        try:
            if path.stat().st_mode & 0o077:
                raise RefusedError(f"{path}: others can read this PIN", hint=f"chmod 600 {path}, and change the PIN")
            return path.read_text().strip()
        except OSError as error:
            raise InputError(error.strerror or str(error), place=str(path), field="pin-source") from error
    pin = os.environ.get(PIN_VARIABLE)
    if not pin:
        raise InputError("the token's PIN is not known", hint=f"set {PIN_VARIABLE}, or name a pin-source in the URI")
    return pin


def _ask_first(uri: TokenUri, flags: TokenFlag) -> None:
    """No try is spent on a token that is locked or would lock."""
    if TokenFlag.USER_PIN_LOCKED in flags:
        raise _locked(uri)
    if TokenFlag.USER_PIN_FINAL_TRY in flags:
        raise RefusedError(
            f"token {uri.token!r} has one try left, which is not spent by a program",
            hint="log in once with the token's own tool, then come again",
        )


def _locked(uri: TokenUri) -> RefusedError:
    hint = "its security officer can set a new PIN; the keys are still in it"
    return RefusedError(f"token {uri.token!r} is locked after too many wrong PINs", hint=hint)


@contextmanager
def _explained(uri: TokenUri) -> Iterator[None]:
    """PKCS#11's errors in words."""
    name = f"token {uri.token!r}"
    try:
        yield
    except (exceptions.NoSuchToken, exceptions.TokenNotPresent, exceptions.DeviceRemoved):
        raise InputError(f"{name} is not there", place=uri.module, hint="plug it in, or correct its name") from None
    except (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange):
        hint = "correct it before you try again: the token locks after a few wrong PINs"
        raise InputError(f"the PIN of {name} is wrong", hint=hint) from None
    except exceptions.PinLocked:
        raise _locked(uri) from None
    except exceptions.NoSuchKey:
        raise InputError(f"{name} has no key {uri.object!r}", hint="correct the URI, or make the key") from None
    except exceptions.MultipleTokensReturned:
        raise InputError(f"there is more than one {name}", hint="leave one of them in") from None
    except exceptions.MultipleObjectsReturned:
        raise InputError(
            f"{name} has more than one key {uri.object!r}", hint="name the key's object in the URI"
        ) from None
    except exceptions.PKCS11Error as error:
        reason = str(error) or type(error).__name__
        raise InputError(f"{name} does not work: {reason}", place=uri.module) from None
