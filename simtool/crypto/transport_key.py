"""Keys on their way to an authentication centre, under a transport key that both sides hold (K4).

The custom of the trade: each block of a Ki or OPc is enciphered by itself (ECB) with AES, or with triple DES. The
index says which of several agreed transport keys it was.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simtool.crypto.column import Column
from simtool.crypto.key_set import KeyCipher
from simtool.crypto.secret import Secret
from simtool.crypto.triple_des import triple_des
from simtool.errors import EncodeError


@dataclass(frozen=True, slots=True)
class TransportKey:
    """A transport key with its `index`. Raises `EncodeError` for a length that the cipher does not have."""

    index: int
    cipher: KeyCipher
    key: Secret

    def __post_init__(self) -> None:
        if self.key.length not in self.cipher.lengths:
            wanted = " or ".join(map(str, self.cipher.lengths))
            raise EncodeError(f"a transport key for {self.cipher.value} has {wanted} bytes, not {self.key.length}")

    @property
    def block_length(self) -> int:
        return 8 if self.cipher is KeyCipher.DES else 16

    def encrypt(self, keys: Column) -> Column:
        """Each key enciphered. Raises `EncodeError` when they are not a whole number of blocks."""
        return self._check(keys, self._cipher().encryptor().update(keys.data))

    def decrypt(self, keys: Column) -> Column:
        return self._check(keys, self._cipher().decryptor().update(keys.data))

    def _check(self, keys: Column, done: bytes) -> Column:
        if keys.width % self.block_length:
            raise EncodeError(f"{keys.width} bytes are no whole number of {self.cipher.value} blocks")
        return Column(keys.width, done)

    def _cipher(self) -> Cipher[modes.ECB]:
        # One random block under another key: ECB is what the receiving systems expect.
        key = self.key.reveal()
        return Cipher(triple_des(key) if self.cipher is KeyCipher.DES else algorithms.AES(key), modes.ECB())  # noqa: S305
