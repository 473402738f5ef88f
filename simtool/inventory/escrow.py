"""Escrow: a way back to the vault's keys when the key-encryption key is lost, in the hands of several people together.

An escrow key pair (X25519) is made; each vault key is wrapped for its public key (ephemeral X25519, HKDF-SHA-256,
AES-256-GCM), those of later batches too, so that it also helps where the key-encryption key cannot leave a token. The
private key is split into shares of words (Shamir's scheme as in SLIP-0039, by the package shamir-mnemonic, the
reference implementation) and kept nowhere else.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, select, update

from simtool.crypto.secret import Secret
from simtool.errors import AuthenticationError, InputError
from simtool.inventory import tables
from simtool.inventory.keepers import Keeper

PUBLIC_LENGTH = 32
KEY_LENGTH = 32
NONCE = bytes(12)
"""Each wrapping has a key of its own, which is used once."""
PURPOSE = b"simtool escrow 1"
MOST_SHARES = 16


def make_escrow(shares: int, threshold: int) -> tuple[bytes, tuple[str, ...]]:
    """A new escrow key: its public key, and shares of which any `threshold` make it again.

    Raises `InputError` for numbers that make no sense.
    """
    from shamir_mnemonic import generate_mnemonics

    if not 2 <= threshold <= shares <= MOST_SHARES:
        hint = f"2 <= threshold <= shares <= {MOST_SHARES}; one share alone must not open the vault"
        raise InputError(f"{threshold} of {shares} shares is no useful split", hint=hint)
    private = secrets.token_bytes(KEY_LENGTH)
    groups = generate_mnemonics(1, [(threshold, shares)], private, iteration_exponent=0)
    return _private_key(private).public_key().public_bytes_raw(), tuple(groups[0])


def combine(shares: Sequence[str]) -> Secret:
    """The private escrow key from its shares. Raises `InputError` when they are too few, or not of one key."""
    from shamir_mnemonic import MnemonicError, combine_mnemonics

    try:
        return Secret(combine_mnemonics([" ".join(share.split()) for share in shares]), kind="escrow")
    except MnemonicError as error:
        raise InputError(f"these shares do not make a key: {error}", hint="compare them with the paper") from None


def wrap_for_escrow(public: bytes, key: bytes, name: str) -> bytes:
    """A vault key for the holders of the shares: ephemeral public key (32 bytes), then ciphertext and tag."""
    ephemeral = X25519PrivateKey.generate()
    ours = ephemeral.public_key().public_bytes_raw()
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    return ours + AESGCM(_wrapping_key(shared, ours, public)).encrypt(NONCE, key, name.encode())


def unwrap_from_escrow(private: Secret, wrapped: bytes, name: str) -> bytes:
    """Raises `AuthenticationError` when it was not wrapped for this key, under this name."""
    own = _private_key(private.reveal())
    theirs = wrapped[:PUBLIC_LENGTH]
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(theirs))
        key = _wrapping_key(shared, theirs, own.public_key().public_bytes_raw())
        return AESGCM(key).decrypt(NONCE, wrapped[PUBLIC_LENGTH:], name.encode())
    except (InvalidTag, ValueError):
        raise AuthenticationError(f"the escrowed key {name!r} does not open with these shares") from None


def open_escrow(connection: Connection, private: Secret) -> dict[str, Secret]:
    """Every vault key by its name. Raises as `unwrap_from_escrow`, and `InputError` when one was never escrowed."""
    keys = tables.vault_keys
    rows = connection.execute(select(keys.c.name, keys.c.escrowed)).all()
    lost = [row.name for row in rows if row.escrowed is None]
    if lost or not rows:
        raise InputError(f"no escrow was made of {lost[0] if lost else 'anything'}", hint="restore a backup")
    return {row.name: Secret(unwrap_from_escrow(private, bytes(row.escrowed), row.name)) for row in rows}


def rewrap(connection: Connection, keys: dict[str, Secret], new: Keeper) -> None:
    """Wrap keys by another keeper."""
    table = tables.vault_keys
    for name, key in keys.items():
        wrapped = new.wrap(key.reveal(), name)
        connection.execute(update(table).where(table.c.name == name).values(keeper=new.id, wrapped=wrapped))


def _private_key(private: bytes) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(private)


def _wrapping_key(shared: bytes, ephemeral: bytes, recipient: bytes) -> bytes:
    return HKDF(SHA256(), KEY_LENGTH, salt=ephemeral + recipient, info=PURPOSE).derive(shared)
