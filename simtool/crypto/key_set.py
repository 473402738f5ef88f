"""Key sets: three keys of one version that guard a security domain or secured packets.

Key versions 01 to 0F are those of secured packets (SCP80, TS 102 225 §5.1.1), 20 to 2F those of SCP02, 30 to 3F those
of SCP03 (GlobalPlatform Card Specification, Amendment D §6). The keys 1, 2 and 3 of a set are called ENC, MAC and DEK
by GlobalPlatform, and KIc, KID and KIK by TS 102 225.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from cryptography.hazmat.primitives.ciphers import Cipher, modes

from simtool.crypto.secret import Secret
from simtool.crypto.triple_des import BLOCK, triple_des
from simtool.errors import EncodeError

VERSIONS = range(1, 128)
CHECK_VALUE_LENGTH = 3


class KeyCipher(Enum):
    """The block cipher that a key is for, and the lengths in bytes that its keys have."""

    DES = "des"
    AES = "aes"

    @property
    def lengths(self) -> tuple[int, ...]:
        return (16, 24) if self is KeyCipher.DES else (16, 24, 32)


def check_value(key: Secret, cipher: KeyCipher) -> bytes:
    """Key check value, 3 bytes: one block of zeros for DES, of bytes 01 for AES (GlobalPlatform Amendment D §B.6)."""
    if cipher is KeyCipher.AES:
        return key.kcv()
    # A check value is one block by definition, so ECB is not a choice here.
    encryptor = Cipher(triple_des(key.reveal()), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(bytes(BLOCK))[:CHECK_VALUE_LENGTH]


@dataclass(frozen=True, slots=True)
class KeySet:
    """Keys 1 (`enc`, KIc), 2 (`mac`, KID) and 3 (`dek`, KIK) of one `version`; all three have the same length.

    Raises `EncodeError` for a version or a length that no card can have.
    """

    version: int
    cipher: KeyCipher
    enc: Secret
    mac: Secret
    dek: Secret

    def __post_init__(self) -> None:
        if self.version not in VERSIONS:
            raise EncodeError(f"a key version is a number from 1 to 127, not {self.version}")
        lengths = {key.length for key in self.keys}
        if len(lengths) != 1 or not lengths <= set(self.cipher.lengths):
            wanted = " or ".join(map(str, self.cipher.lengths))
            raise EncodeError(f"key set {self.version}: three {self.cipher.value} keys of {wanted} bytes are needed")

    @property
    def keys(self) -> tuple[Secret, Secret, Secret]:
        """In the order of their key identifiers 1, 2, 3."""
        return (self.enc, self.mac, self.dek)

    @property
    def check_values(self) -> tuple[bytes, bytes, bytes]:
        enc, mac, dek = (check_value(key, self.cipher) for key in self.keys)
        return enc, mac, dek
