"""Key sets and their check values."""

from __future__ import annotations

import pytest

from simtool.crypto.key_set import KeyCipher, KeySet, check_value
from simtool.crypto.secret import Secret
from simtool.errors import EncodeError

CHECK_VALUES = [
    # cipher, key, check value, source
    (KeyCipher.DES, "404142434445464748494a4b4c4d4e4f", "8baf47", "GlobalPlatform's published test key"),
    (KeyCipher.AES, "404142434445464748494a4b4c4d4e4f", "504a77", "the same as an AES key"),
]


def key(length: int, first: int = 0) -> Secret:
    return Secret(bytes(range(first, first + length)))


@pytest.mark.parametrize(("cipher", "value", "wanted", "source"), CHECK_VALUES)
def test_check_values(cipher: KeyCipher, value: str, wanted: str, source: str) -> None:
    assert check_value(Secret.from_hex(value), cipher).hex() == wanted


@pytest.mark.parametrize("version", [0, 128, -1])
def test_versions_that_no_card_has(version: int) -> None:
    with pytest.raises(EncodeError, match="127"):
        KeySet(version, KeyCipher.AES, key(16), key(16), key(16))


@pytest.mark.parametrize(
    ("cipher", "lengths"),
    [(KeyCipher.DES, (16, 16, 24)), (KeyCipher.DES, (32, 32, 32)), (KeyCipher.AES, (8, 8, 8))],
)
def test_keys_that_make_no_set(cipher: KeyCipher, lengths: tuple[int, int, int]) -> None:
    enc, mac, dek = map(key, lengths)
    with pytest.raises(EncodeError, match="three"):
        KeySet(1, cipher, enc, mac, dek)


def test_a_set_shows_no_key() -> None:
    text = repr(KeySet(1, KeyCipher.DES, key(16), key(16, 16), key(16, 32)))
    assert bytes(range(16)).hex() not in text
