"""Secrets of card records under a batch's data key: AES-256-GCM, each field by itself (NIST SP 800-38D).

What is authenticated with a field: the batch, the card's ICCID and IMSIs, the layout (names and lengths of all secrets
of the card) and the field's name. So a value that is moved to another card, field or batch, a subscription that gets
another's keys and a field that is left out are all found. A sealed card is one field after the other, each as nonce (12
random bytes), ciphertext and tag (16 bytes). A card without any secret has one field that says so: without the key
nobody can make a card look as if it had none.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from simtool.batch.block import Block
from simtool.batch.fields import SecretField, secret_fields
from simtool.crypto.column import Column
from simtool.crypto.secret import Secret
from simtool.errors import AuthenticationError

NONCE = 12
TAG = 16
DATA_KEY_LENGTH = 32
FINGERPRINT_LENGTH = 16
PURPOSE = b"simtool vault 1"
NOTHING = "nothing"
"""The name of the field, one zero byte, of a card that has no secret."""
HINT = "do not use this record; run simtool audit verify, and compare with a backup"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A block under lock: the layout, one `bytes` per card, and the Ki fingerprints of each subscription.

    The fingerprints are None for a subscription whose Ki is not here.
    """

    layout: str
    cards: list[bytes]
    fingerprints: tuple[list[bytes] | list[None], ...]


def fingerprint(key: bytes, ki: bytes) -> bytes:
    """A keyed fingerprint of a Ki: HMAC-SHA-256, its first 16 bytes. Nobody without the key can search for the Ki."""
    return hmac.digest(key, ki, "sha256")[:FINGERPRINT_LENGTH]


def seal_block(block: Block, data_key: Secret, uid: str, fingerprint_key: Secret) -> Sealed:
    """The block's secrets under the data key of the batch `uid`."""
    fields = secret_fields(block) or (SecretField(NOTHING, Column(1, bytes(len(block)))),)
    layout = ",".join(f"{field.name}:{field.values.width}" for field in fields)
    heads = _heads(uid, block.iccid.values(), [item.imsi.values() for item in block.subscriptions])
    encrypt = AESGCM(data_key.reveal()).encrypt
    columns = []
    for field in fields:
        tail = _tail(layout, field.name)
        nonces = Column(NONCE, os.urandom(NONCE * len(block))).values()
        rows = zip(nonces, field.values.values(), heads, strict=True)
        columns.append([nonce + encrypt(nonce, value, head + tail) for nonce, value, head in rows])
    cards = [b"".join(parts) for parts in zip(*columns, strict=True)]
    return Sealed(layout, cards, fingerprints(block, fingerprint_key.reveal()))


def fingerprints(block: Block, key: bytes) -> tuple[list[bytes] | list[None], ...]:
    """Of each subscription of the block's cards."""
    return tuple(
        [None] * len(block) if item.k is None else [fingerprint(key, ki) for ki in item.k]
        for item in block.subscriptions
    )


def open_block(
    layout: str, data_key: Secret, uid: str, iccids: list[bytes], imsis: list[list[bytes]], cards: Sequence[bytes]
) -> dict[str, Column]:
    """The secrets of cards of one layout by name; `imsis` holds a list for each subscription.

    Raises `AuthenticationError` naming the card and field that do not fit.
    """
    fields = [(name, int(width)) for name, _, width in (item.partition(":") for item in layout.split(","))]
    length = sum(NONCE + width + TAG for _, width in fields)
    for iccid, sealed in zip(iccids, cards, strict=True):
        if len(sealed) != length:
            raise AuthenticationError(f"card {iccid.decode()}: the stored secrets are not complete", hint=HINT)
    heads = _heads(uid, iccids, imsis)
    decrypt = AESGCM(data_key.reveal()).decrypt
    found: dict[str, Column] = {}
    at = 0
    for name, width in fields:
        tail, middle, end = _tail(layout, name), at + NONCE, at + NONCE + width + TAG
        try:
            opened = [
                decrypt(sealed[at:middle], sealed[middle:end], head + tail)
                for sealed, head in zip(cards, heads, strict=True)
            ]
        except InvalidTag:
            culprit = _culprit(
                decrypt, [(sealed[at:end], head + tail) for sealed, head in zip(cards, heads, strict=True)]
            )
            raise AuthenticationError(
                f"card {iccids[culprit].decode()}: the stored {name} is not what was stored for this card", hint=HINT
            ) from None
        found[name] = Column(width, b"".join(opened))
        at = end
    found.pop(NOTHING, None)
    return found


def _culprit(decrypt: Callable[[bytes, bytes, bytes], bytes], rows: list[tuple[bytes, bytes]]) -> int:
    """Which row does not open."""
    for index, (sealed, bound) in enumerate(rows):
        try:
            decrypt(sealed[:NONCE], sealed[NONCE:], bound)
        except InvalidTag:
            return index
    raise AssertionError("every row opens")


def _heads(uid: str, iccids: list[bytes], imsis: list[list[bytes]]) -> list[bytes]:
    front = PURPOSE + b"|" + uid.encode() + b"|"
    numbers = [b",".join(row) for row in zip(*imsis, strict=True)]
    return [front + iccid + b"|" + row for iccid, row in zip(iccids, numbers, strict=True)]


def _tail(layout: str, name: str) -> bytes:
    return f"|{layout}|{name}".encode()
