"""The file with transport keys (YAML, 0600)::

    transport_keys:
      - {index: 1, cipher: aes-ecb, key: HEX, check_value: 'A1B2C3'}
      - {index: 2, cipher: 3des-cbc, key: HEX, iv: HEX}

`check_value` is three bytes: of one zero block for triple DES, of sixteen bytes 01 for AES (GlobalPlatform Amendment D
§B.6). Where it is given, a key that does not fit is told before anything is decrypted.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from simtool.crypto.secret import Secret
from simtool.crypto.transport_key import TransportCipher, TransportKey
from simtool.errors import EncodeError, InputError
from simtool.perso.private_file import require_private
from simtool.perso.source import Section, check, read_yaml


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
