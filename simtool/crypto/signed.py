"""Small JSON documents with an Ed25519 signature (RFC 8032): range tickets, receipts.

The signature is over the document without it, written without blanks and with its names in order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from simtool.crypto.secret import Secret
from simtool.errors import AuthenticationError, DecodeError

SIGNATURE = "signature"
SIGNER = "signer"
KEY_LENGTH = 32


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one way to write a document down for its signature."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def public_key(private: Secret) -> bytes:
    """The 32 bytes of the public key."""
    return Ed25519PrivateKey.from_private_bytes(private.reveal()).public_key().public_bytes_raw()


def sign(value: Mapping[str, Any], private: Secret) -> str:
    """The document as text, with its signer's public key and the signature in it."""
    whole = {**value, SIGNER: public_key(private).hex()}
    signature = Ed25519PrivateKey.from_private_bytes(private.reveal()).sign(canonical(whole))
    return json.dumps({**whole, SIGNATURE: signature.hex()}, indent=2) + "\n"


def read_signed(text: str, signer: bytes) -> Mapping[str, Any]:
    """The document, when `signer` (32 bytes) has signed just this.

    Raises `DecodeError` for what is no such document, `AuthenticationError` for another signer or a changed content.
    """
    try:
        value = json.loads(text)
        signature, named = bytes.fromhex(value.pop(SIGNATURE)), bytes.fromhex(value[SIGNER])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DecodeError("this is no signed document") from None
    if named != signer:
        raise AuthenticationError(f"signed by {named.hex()[:16]}…, not by {signer.hex()[:16]}…")
    try:
        Ed25519PublicKey.from_public_bytes(signer).verify(signature, canonical(value))
    except (InvalidSignature, ValueError):
        raise AuthenticationError("the signature does not fit: the document was changed") from None
    return dict(value)
