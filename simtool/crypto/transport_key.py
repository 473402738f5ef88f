"""Keys on their way between a card vendor and an authentication centre, under a key that both sides hold (K4).

AES with 16, 24 or 32 bytes or triple DES with 16 or 24, in ECB or CBC mode, no padding: a Ki is whole blocks. ECB is
the custom of the trade. The index says which of several agreed keys it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simtool.crypto.column import Column
from simtool.crypto.key_set import KeyCipher, check_value
from simtool.crypto.secret import Secret
from simtool.crypto.triple_des import triple_des
from simtool.errors import EncodeError

INDEXES = range(1, 256)
Translate = Callable[[bytes], bytes]


class TransportCipher(Enum):
    """Algorithm and mode."""

    AES_ECB = "aes-ecb"
    AES_CBC = "aes-cbc"
    DES3_ECB = "3des-ecb"
    DES3_CBC = "3des-cbc"

    @property
    def key_cipher(self) -> KeyCipher:
        return KeyCipher.AES if self.value.startswith("aes") else KeyCipher.DES

    @property
    def block(self) -> int:
        """Bytes in a block."""
        return 16 if self.key_cipher is KeyCipher.AES else 8

    @property
    def is_cbc(self) -> bool:
        return self.value.endswith("cbc")


@dataclass(frozen=True, slots=True)
class TransportKey:
    """One key by its index. `iv` is for CBC only, zeros unless given. Raises `EncodeError` for what cannot be."""

    index: int
    cipher: TransportCipher
    key: Secret
    iv: bytes = b""

    def __post_init__(self) -> None:
        if self.index not in INDEXES:
            raise EncodeError(f"the index of a transport key is a number from 1 to 255, not {self.index}")
        lengths = self.cipher.key_cipher.lengths
        if self.key.length not in lengths:
            wanted = " or ".join(map(str, lengths))
            raise EncodeError(f"transport key {self.index}: {self.cipher.value} needs a key of {wanted} bytes")
        if self.iv and (not self.cipher.is_cbc or len(self.iv) != self.cipher.block):
            raise EncodeError(f"transport key {self.index}: an IV is for CBC and has {self.cipher.block} bytes")

    @property
    def check_value(self) -> str:
        """Three bytes in hex."""
        return check_value(self.key, self.cipher.key_cipher).hex().upper()

    def encryption(self) -> Translate:
        """A function from whole blocks to cipher text; to be used for many values one after the other."""
        return self._translation(encrypt=True)

    def decryption(self) -> Translate:
        """The way back."""
        return self._translation(encrypt=False)

    def encrypt(self, keys: Column) -> Column:
        """Each key of a column by itself. Raises `EncodeError` when they are not a whole number of blocks."""
        return self._column(keys, self.encryption())

    def decrypt(self, keys: Column) -> Column:
        """The way back."""
        return self._column(keys, self.decryption())

    def _column(self, keys: Column, translate: Translate) -> Column:
        if keys.width % self.cipher.block:
            raise EncodeError(f"{keys.width} bytes are no whole number of {self.cipher.value} blocks")
        if self.cipher.is_cbc:  # every key begins with the IV
            return Column(keys.width, b"".join(map(translate, keys.values())))
        return Column(keys.width, translate(keys.data))

    def _translation(self, *, encrypt: bool) -> Translate:
        is_aes = self.cipher.key_cipher is KeyCipher.AES
        algorithm = algorithms.AES(self.key.reveal()) if is_aes else triple_des(self.key.reveal())
        if not self.cipher.is_cbc:  # ECB is what vendors and AuCs agree on for single keys; blocks have no state
            ecb = Cipher(algorithm, modes.ECB())  # noqa: S305
            return (ecb.encryptor() if encrypt else ecb.decryptor()).update
        cbc = Cipher(algorithm, modes.CBC(self.iv or bytes(self.cipher.block)))

        def translate(value: bytes) -> bytes:
            context = cbc.encryptor() if encrypt else cbc.decryptor()
            return context.update(value) + context.finalize()

        return translate
