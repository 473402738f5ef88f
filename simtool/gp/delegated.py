"""Delegated management: tokens, load file signatures (DAP) and receipts (GlobalPlatform Card Specification, Annex C).

A token lets another party do one thing with a card; a receipt proves that it was done. Private keys stay where they
are: whoever signs hands in a `cryptography` key.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from simtool.codec.globalplatform import take_lv
from simtool.codec.install import (
    DapBlock,
    ForExtradition,
    ForInstall,
    ForLoad,
    ForRegistryUpdate,
    InstallFor,
    delete_object,
    join_lv,
)
from simtool.crypto import scp02, scp03
from simtool.crypto.key_set import KeyCipher
from simtool.crypto.secret import Secret
from simtool.errors import AuthenticationError, DecodeError, EncodeError

_SHORT_KEY_BITS = 1024
_PSS_SALT = 32
_MAX_SIGNED = 255
Request = TypeVar("Request", ForLoad, ForInstall, ForExtradition, ForRegistryUpdate)


def with_token(request: Request, kind: InstallFor, key: RSAPrivateKey) -> Request:
    """The same request with its token: a signature over P1, P2, the length and all fields before it (§C.4)."""
    return replace(request, token=sign(key, signed_by_token(kind, 0, request.signed_part())))


def delete_token(aid: bytes, key: RSAPrivateKey, *, related: bool = False) -> bytes:
    """Token for DELETE (§C.4.6)."""
    return sign(key, signed_by_token(0, 0x80 if related else 0, delete_object(aid)))


def signed_by_token(p1: int, p2: int, fields: bytes) -> bytes:
    """What a token signs. The length has one byte: `EncodeError` for more than 255 bytes of fields."""
    if len(fields) > _MAX_SIGNED:
        raise EncodeError(f"a token signs {_MAX_SIGNED} bytes of fields at most, not {len(fields)}")
    return bytes((p1, p2, len(fields))) + fields


def sign(key: RSAPrivateKey, data: bytes) -> bytes:
    """PKCS #1 v1.5 with SHA-1 for keys of 1024 bits (scheme 1 of §B.3), PSS with SHA-256 for longer ones (scheme 2)."""
    if key.key_size <= _SHORT_KEY_BITS:
        return key.sign(data, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - the specification's hash
    return key.sign(data, _pss(), hashes.SHA256())


def verify(key: RSAPublicKey, signature: bytes, data: bytes) -> bool:
    """True when `signature` is of this key over `data`."""
    try:
        if key.key_size <= _SHORT_KEY_BITS:
            key.verify(signature, data, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303 - the specification's hash
        else:
            key.verify(signature, data, _pss(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _pss() -> padding.PSS:
    return padding.PSS(padding.MGF1(hashes.SHA256()), _PSS_SALT)


def load_file_digest(data_block: bytes, *, long: bool = True) -> bytes:
    """Hash of the load file data block for INSTALL [for load] and the DAP: SHA-256, or SHA-1 (§C.2)."""
    return hashlib.sha256(data_block).digest() if long else hashlib.sha1(data_block, usedforsecurity=False).digest()


def dap_block(
    security_domain: bytes, digest: bytes, key: RSAPrivateKey | Secret, cipher: KeyCipher = KeyCipher.DES
) -> DapBlock:
    """Signature over the load file's hash, by RSA, or by a secret key as a MAC (§C.3)."""
    signature = _mac(key, digest, cipher) if isinstance(key, Secret) else sign(key, digest)
    return DapBlock(security_domain, signature)


def _mac(key: Secret, data: bytes, cipher: KeyCipher) -> bytes:
    return scp03.cmac(key, data) if cipher is KeyCipher.AES else scp02.retail_mac(key, data)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The card's confirmation of one command (§11.1.6): MAC or signature, counter, data unique to the card."""

    signature: bytes
    counter: int
    card_data: bytes
    token_data: bytes = b""

    @classmethod
    def decode(cls, confirmation: bytes) -> Receipt | None:
        """From the answer to LOAD, INSTALL or DELETE; None when the card gives no receipt."""
        if not confirmation or confirmation == b"\x00":
            return None
        body, rest = take_lv(confirmation)
        if rest:
            raise DecodeError(f"{len(rest)} bytes follow the confirmation")
        signature, body = take_lv(body)
        counter, body = take_lv(body)
        card_data, body = take_lv(body)
        token_data, body = take_lv(body) if body else (b"", b"")
        if body:
            raise DecodeError(f"{len(body)} bytes follow the confirmation data")
        return cls(signature, int.from_bytes(counter), card_data, token_data)

    def signed(self, aids: tuple[bytes, ...]) -> bytes:
        """What the receipt signs: the confirmation data and the AIDs of the command, each with its length (§C.5)."""
        data = join_lv(self.counter.to_bytes(2), self.card_data)
        return data + (join_lv(self.token_data) if self.token_data else b"") + join_lv(*aids)

    def verify(self, aids: tuple[bytes, ...], key: RSAPublicKey | Secret, cipher: KeyCipher = KeyCipher.AES) -> None:
        """Raises `AuthenticationError` unless the receipt is genuine.

        `aids` for LOAD: load file, security domain. For INSTALL: load file, instance. For extradition: old security
        domain, application, new one. For DELETE: what was deleted.
        """
        data = self.signed(aids)
        if isinstance(key, Secret):
            genuine = hmac.compare_digest(_mac(key, data, cipher), self.signature)
        else:
            genuine = verify(key, self.signature, data)
        if not genuine:
            raise AuthenticationError(f"receipt {self.counter} of the card is not genuine")
