"""Key diversification against published check values."""

from __future__ import annotations

from typing import Any

import pytest

from simtool.crypto.diversification import Diversification, diversify
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.errors import EncodeError
from tests.crypto.gp_vectors import VECTORS

TABLE = VECTORS["diversification"]
ROWS = TABLE["check_values_of_enc_mac_dek"]


def master(value: str, cipher: KeyCipher) -> KeySet:
    key = Secret.from_hex(value)
    return KeySet(1, cipher, key, key, key)


@pytest.mark.parametrize("row", ROWS, ids=[f"{row['method']}-{len(row['master']) // 2}" for row in ROWS])
def test_check_values(row: dict[str, Any]) -> None:
    keys = diversify(
        master(row["master"], KeyCipher(row["cipher"])), Diversification(row["method"]), bytes.fromhex(TABLE["data"])
    )
    assert [value.hex() for value in keys.check_values] == row["check_values"]


def test_a_whole_key() -> None:
    row = TABLE["kdf3_enc"]
    keys = diversify(master(row["master"], KeyCipher.AES), Diversification.KDF3, bytes.fromhex(row["data"]))
    assert keys.enc.reveal().hex() == row["key"]


def test_none_changes_nothing() -> None:
    keys = master("404142434445464748494a4b4c4d4e4f", KeyCipher.DES)
    assert diversify(keys, Diversification.NONE, b"") is keys


@pytest.mark.parametrize(
    ("method", "cipher", "data"),
    [
        (Diversification.EMV, KeyCipher.DES, bytes(9)),
        (Diversification.EMV, KeyCipher.AES, bytes(10)),
        (Diversification.KDF3, KeyCipher.DES, bytes(10)),
    ],
)
def test_what_does_not_fit(method: Diversification, cipher: KeyCipher, data: bytes) -> None:
    with pytest.raises(EncodeError):
        diversify(master("404142434445464748494a4b4c4d4e4f", cipher), method, data)
