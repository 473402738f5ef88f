"""Keys of one card from a batch's master keys and what the card says in its answer to INITIALIZE UPDATE.

`data` is always the 10 bytes of key diversification data (GlobalPlatform Card Specification §E.5.1.2, §11). Methods:

- `NONE`   every card has the master keys.
- `EMV`    EMV Card Personalisation Specification 1.1 §5.1.4: the last 6 bytes of the data.
- `VISA2`  bytes 1, 2 and 5 to 8 of the data, in the same frame.
- `KDF3`   counter mode with CMAC (NIST SP 800-108) for AES keys.
"""

from __future__ import annotations

from enum import Enum

from cryptography.hazmat.primitives.ciphers import Cipher, modes

from simtool.crypto import scp03
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.crypto.triple_des import triple_des
from simtool.errors import EncodeError

DATA_LENGTH = 10
_BLOCK = 16


class Diversification(Enum):
    """How the keys of a card come from master keys."""

    NONE = "none"
    EMV = "emv"
    VISA2 = "visa2"
    KDF3 = "kdf3"

    @property
    def cipher(self) -> KeyCipher | None:
        """The only cipher whose keys this method makes; None for any."""
        if self is Diversification.NONE:
            return None
        return KeyCipher.AES if self is Diversification.KDF3 else KeyCipher.DES


def diversify(master: KeySet, method: Diversification, data: bytes) -> KeySet:
    """The card's keys. Raises `EncodeError` for data of another length, or keys that the method does not take."""
    if method is Diversification.NONE:
        return master
    if len(data) != DATA_LENGTH:
        raise EncodeError(f"key diversification data has {DATA_LENGTH} bytes, not {len(data)}")
    if method.cipher is not master.cipher or (method is not Diversification.KDF3 and master.enc.length != _BLOCK):
        raise EncodeError(f"key set {master.version}: {method.value} does not take these keys")
    enc, mac, dek = (_derived(key, method, data, number) for number, key in enumerate(master.keys, start=1))
    return KeySet(master.version, master.cipher, enc, mac, dek)


def _derived(key: Secret, method: Diversification, data: bytes, number: int) -> Secret:
    if method is Diversification.KDF3:
        fixed = number.to_bytes(4) + b"\x00" + data
        blocks = -(-key.length // _BLOCK)
        stream = b"".join(scp03.cmac(key, bytes((i,)) + fixed) for i in range(1, blocks + 1))
        return Secret(stream[: key.length])
    core = data[4:10] if method is Diversification.EMV else data[0:2] + data[4:8]
    block = core + bytes((0xF0, number)) + core + bytes((0x0F, number))
    encryptor = Cipher(triple_des(key.reveal()), modes.ECB()).encryptor()  # noqa: S305 - the specification's mode
    return Secret(encryptor.update(block) + encryptor.finalize())
