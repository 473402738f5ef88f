"""Secure Channel Protocol '03' against sessions of real cards (GlobalPlatform Card Specification, Amendment D)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simtool.crypto import scp03
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.errors import DecodeError, EncodeError
from tests.crypto.gp_vectors import VECTORS, key_set

SESSIONS = VECTORS["scp03"]["sessions"]
NAMES = {"enc": "s_enc", "mac": "s_mac", "rmac": "s_rmac"}
ISD = bytes.fromhex("a000000151000000")
each_session = pytest.mark.parametrize("row", SESSIONS, ids=[row["name"] for row in SESSIONS])


def session(row: dict[str, Any]) -> tuple[scp03.Scp03SessionKeys, bytes, bytes]:
    host, card = bytes.fromhex(row["host_challenge"]), bytes.fromhex(row["card_challenge"])
    return scp03.session_keys(key_set(row["keys"], KeyCipher.AES), host, card), host, card


@each_session
def test_session_keys_and_cryptograms(row: dict[str, Any]) -> None:
    keys, host, card = session(row)
    for name, vector in NAMES.items():
        assert getattr(keys, name).reveal().hex() == row["session_keys"][vector]
    assert scp03.card_cryptogram(keys.mac, host, card).hex() == row["card_cryptogram"]
    assert scp03.host_cryptogram(keys.mac, host, card).hex() == row["host_cryptogram"]


@each_session
def test_every_command_and_answer_of_a_session(row: dict[str, Any]) -> None:
    keys, _, _ = session(row)
    level = int(row["security_level"], 16)
    authenticate = bytes.fromhex(row["external_authenticate"])
    chaining = scp03.chained_mac(keys.mac, scp03.ZERO_CHAINING, authenticate[:-8])
    assert chaining[:8] == authenticate[-8:]
    for counter, command in enumerate(row["commands_in_order"], start=1):
        plain, wrapped = bytes.fromhex(command["plain"]), bytes.fromhex(command["wrapped"])
        length = plain[4] if len(plain) > 5 else 0
        data = plain[5 : 5 + length]
        if level & 0x02 and data:
            icv = scp03.command_icv(keys.enc, counter)
            data = scp03.encrypt_data(keys.enc, icv, data)
            assert scp03.decrypt_data(keys.enc, icv, data) == plain[5 : 5 + length]
        head = bytes((plain[0] | 4, *plain[1:4], len(data) + 8))
        chaining = scp03.chained_mac(keys.mac, chaining, head + data)
        assert wrapped[5 : 5 + wrapped[4]] == data + chaining[:8]
        if "response_on_wire" in command:
            check_answer(keys, level, chaining, counter, command)


def check_answer(
    keys: scp03.Scp03SessionKeys, level: int, chaining: bytes, counter: int, command: dict[str, str]
) -> None:
    data = bytes.fromhex(command["response_on_wire"])
    if level & 0x10:
        data, mac = data[:-8], data[-8:]
        assert scp03.chained_mac(keys.rmac, chaining, data + bytes.fromhex(command["response_sw"]))[:8] == mac
    if level & 0x20:
        data = scp03.decrypt_data(keys.enc, scp03.response_icv(keys.enc, counter), data)
    assert data.hex() == command["response_plain"]


@each_session
def test_card_challenge_of_a_real_card_is_the_pseudo_random_one(row: dict[str, Any]) -> None:
    """These cards say i = 70: the challenge follows from ENC, sequence counter and the ISD-R's AID (§6.2.2.1)."""
    enc, counter = Secret.from_hex(row["keys"]["enc"]), bytes.fromhex(row["sequence_counter"])
    aid = bytes.fromhex("a0000005591010ffffffff8900000100")
    assert scp03.card_challenge(enc, counter, aid).hex() == row["card_challenge"]


def test_s16_is_a_derivation_of_its_own() -> None:
    """The length enters the derivation, so the long cryptogram does not begin with the short one."""
    keys, host, card = session(SESSIONS[0])
    long = scp03.card_cryptogram(keys.mac, host, card, scp03.MacMode.S16)
    assert len(long) == 16
    assert long[:8] != scp03.card_cryptogram(keys.mac, host, card)
    assert len(scp03.card_challenge(keys.enc, bytes(3), ISD, scp03.MacMode.S16)) == 16


CMAC_VECTORS = [
    # RFC 4493 §4: key, message, MAC
    ("2b7e151628aed2a6abf7158809cf4f3c", "", "bb1d6929e95937287fa37d129b756746"),
    ("2b7e151628aed2a6abf7158809cf4f3c", "6bc1bee22e409f96e93d7e117393172a", "070a16b46b4d4144f79bdd9dd04a287c"),
]


@pytest.mark.parametrize(("key", "message", "mac"), CMAC_VECTORS)
def test_cmac(key: str, message: str, mac: str) -> None:
    assert scp03.cmac(Secret.from_hex(key), bytes.fromhex(message)).hex() == mac


@given(st.binary(max_size=64), st.integers(1, 2**64))
def test_data_comes_back(data: bytes, counter: int) -> None:
    key = Secret(bytes(range(16)))
    icv = scp03.command_icv(key, counter)
    assert scp03.decrypt_data(key, icv, scp03.encrypt_data(key, icv, data)) == data
    assert scp03.response_icv(key, counter) != icv


@pytest.mark.parametrize("length", [16, 24, 32])
def test_keys_come_back(length: int) -> None:
    dek, key = Secret(bytes(range(16))), bytes(range(length))
    hidden = scp03.encrypt_key(dek, key, b"\xa5" * 16)
    assert len(hidden) % 16 == 0
    assert scp03.decrypt_key(dek, hidden, length) == key


def test_what_it_does_not_take() -> None:
    key = Secret(bytes(16))
    with pytest.raises(EncodeError, match="AES"):
        scp03.session_keys(KeySet(1, KeyCipher.DES, key, key, key), bytes(8), bytes(8))
    with pytest.raises(EncodeError, match="counter"):
        scp03.card_challenge(key, bytes(2), ISD)
    with pytest.raises(DecodeError):
        scp03.decrypt_data(key, bytes(16), bytes(15))
    with pytest.raises(EncodeError, match="filling"):
        scp03.encrypt_key(key, bytes(24), b"")
