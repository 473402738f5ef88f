"""Secure Channel Protocol '02' against published vectors (GlobalPlatform Card Specification, Annex E)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.crypto import scp02
from simtool.crypto.key_set import KeyCipher, KeySet, check_value
from simtool.crypto.secret import Secret
from simtool.errors import DecodeError, EncodeError
from tests.crypto.gp_vectors import VECTORS, key_set

SESSION = VECTORS["scp02"][0]
DEFAULT = VECTORS["default_key"]
COUNTER = bytes.fromhex(SESSION["parsed"]["sequence_counter"])
HOST = bytes.fromhex(SESSION["host_challenge"])
CARD = bytes.fromhex(SESSION["parsed"]["card_challenge"])
KEYS = scp02.session_keys(key_set(SESSION["keys"], KeyCipher.DES), COUNTER)
BASE = Secret.from_hex(DEFAULT["base_key"])
NAMES = {"enc": "s_enc", "c_mac": "c_mac", "r_mac": "r_mac", "dek": "dek"}


@pytest.mark.parametrize("name", NAMES)
def test_session_keys(name: str) -> None:
    assert getattr(KEYS, name).reveal().hex() == SESSION["session_keys"][NAMES[name]]


@pytest.mark.parametrize("name", NAMES)
def test_session_keys_of_the_default_key(name: str) -> None:
    key = getattr(scp02.session_keys(KeySet(1, KeyCipher.DES, BASE, BASE, BASE), bytes(2)), name)
    row = DEFAULT["scp02_counter_0000"][NAMES[name]]
    assert (key.reveal().hex(), check_value(key, KeyCipher.DES).hex()) == (row["key"], row["kcv"])


def test_cryptograms() -> None:
    assert scp02.card_cryptogram(KEYS.enc, HOST, COUNTER, CARD).hex() == SESSION["parsed"]["card_cryptogram"]
    assert scp02.host_cryptogram(KEYS.enc, HOST, COUNTER, CARD).hex() == SESSION["host_cryptogram"]


@pytest.mark.parametrize("level", ["level_01", "level_03"])
def test_chained_macs_and_encryption_of_a_session(level: str) -> None:
    """Every command of the published sessions, with i = 15: MAC over the modified command, ICV enciphered."""
    table: dict[str, Any] = SESSION[level]
    authenticate = bytes.fromhex(table["external_authenticate"])
    icv = scp02.retail_mac(KEYS.c_mac, authenticate[:-8])
    assert icv == authenticate[-8:]
    for row in table["commands_in_order"]:
        plain, wrapped = bytes.fromhex(row["plain"]), bytes.fromhex(row["wrapped"])
        length = plain[4] if len(plain) > 5 else 0
        data = plain[5 : 5 + length]
        head = bytes((plain[0] | 4, *plain[1:4], length + 8))
        icv = scp02.retail_mac(KEYS.c_mac, head + data, scp02.encrypt_icv(KEYS.c_mac, icv))
        if level == "level_03" and data:
            data = scp02.encrypt_data(KEYS.enc, data)
            assert scp02.decrypt_data(KEYS.enc, data) == plain[5 : 5 + length]
        assert wrapped[5 : 5 + wrapped[4]] == data + icv


def test_key_under_the_session_dek() -> None:
    dek = Secret.from_hex(DEFAULT["scp02_counter_0000"]["dek"]["key"])
    hidden = scp02.encrypt_key(dek, BASE.reveal())
    assert hidden.hex() == DEFAULT["put_key_block"]["encrypted"]
    assert scp02.decrypt_key(dek, hidden) == BASE.reveal()


@given(st.binary(max_size=64))
def test_data_comes_back(data: bytes) -> None:
    assert scp02.decrypt_data(KEYS.enc, scp02.encrypt_data(KEYS.enc, data)) == data


def test_values_from_the_security_domain_aid() -> None:
    """Pseudo-random challenge (i with bit 7) and first ICV (i with bit 4) are the same MAC over the AID."""
    aid = bytes.fromhex("a000000151000000")
    mac = scp02.retail_mac(KEYS.c_mac, aid)
    assert scp02.implicit_icv(KEYS.c_mac, aid) == mac
    assert scp02.card_challenge(KEYS.c_mac, aid) == mac[:6]


@pytest.mark.parametrize("data", [b"", bytes(7), bytes(8)])
def test_data_that_was_not_enciphered_so(data: bytes) -> None:
    with pytest.raises(DecodeError):
        scp02.decrypt_data(KEYS.enc, data)


def test_keys_that_it_does_not_take() -> None:
    key = Secret(bytes(16))
    with pytest.raises(EncodeError, match="DES"):
        scp02.session_keys(KeySet(1, KeyCipher.AES, key, key, key), bytes(2))
    with pytest.raises(EncodeError, match="counter"):
        scp02.session_keys(KeySet(1, KeyCipher.DES, key, key, key), bytes(3))
    with pytest.raises(EncodeError, match="blocks"):
        scp02.encrypt_key(key, bytes(9))
