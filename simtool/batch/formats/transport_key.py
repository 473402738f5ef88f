"""Transport keys (K4): Ki and OPc encrypted on their way between a card vendor and the AuC.

AES with 16, 24 or 32 bytes or triple DES with 16 or 24, in ECB or CBC mode, no padding (a Ki is whole blocks). The key
file (YAML, 0600)::

    transport_keys:
      - {index: 1, cipher: aes-ecb, key: HEX, check_value: 'A1B2C3'}
      - {index: 2, cipher: 3des-cbc, key: HEX, iv: HEX}

`check_value` is three bytes: of one zero block for triple DES, of sixteen bytes 01 for AES (GlobalPlatform Amendment D
§B.6). Where it is given, a key that does not fit is told before anything is decrypted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from pydantic import BeforeValidator

from simtool.crypto.key_set import KeyCipher, check_value
from simtool.crypto.secret import Secret
from simtool.crypto.triple_des import triple_des
from simtool.errors import EncodeError, InputError
from simtool.perso.private_file import require_private
from simtool.perso.source import Section, check, read_yaml

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


class _KeyForm(Section):
    index: int
    cipher: TransportCipher
    key: Annotated[Secret, BeforeValidator(lambda text: Secret.from_hex(str(text), kind="transport key"))]
    iv: Annotated[bytes, BeforeValidator(lambda text: Secret.from_hex(str(text), kind="IV").reveal())] = b""
    check_value: str | None = None

    def value(self) -> TransportKey:
        made = TransportKey(self.index, self.cipher, self.key, self.iv)
        if self.check_value is not None and self.check_value.upper() != made.check_value:
            raise EncodeError("the check value is not that of the key: one of the two was typed wrongly")
        return made


class _KeyFile(Section):
    transport_keys: list[_KeyForm]


def read_transport_keys(path: Path) -> tuple[TransportKey, ...]:
    """The keys of a file that only its owner may read. Raises `InputError` with file and line, without any key."""
    source = read_yaml(path)
    require_private(path)
    found = []
    for number, form in enumerate(check(source, _KeyFile).transport_keys):
        try:
            found.append(form.value())
        except EncodeError as error:
            place = source.place(("transport_keys", number))
            raise InputError(str(error), place=place, field=f"transport_keys.{number}") from None
    indexes = [key.index for key in found]
    if twice := sorted({index for index in indexes if indexes.count(index) > 1}):
        raise InputError(
            f"the index {twice[0]} stands twice", place=str(path), hint="every key has an index of its own"
        )
    return tuple(found)


def find_key(keys: tuple[TransportKey, ...], index: int, value: str, place: str) -> TransportKey:
    """The key that a file's head names. Raises `InputError` when it is not there or is not the one of `value`."""
    key = next((key for key in keys if key.index == index), None)
    if key is None:
        hint = "give the key file with --transport-keys"
        raise InputError(f"the keys stand under transport key {index}, which is not given", place=place, hint=hint)
    if value and value.upper() != key.check_value:
        reason = f"transport key {index} is another one here: check value {value} in the file, {key.check_value} given"
        raise InputError(reason, place=place, hint="ask the sender which key it is; nothing was decrypted")
    return key
