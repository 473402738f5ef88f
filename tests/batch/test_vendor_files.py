"""Vendors' files as they come: none is like the other. The samples follow the shape of published ones."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from simtool.batch.formats import vendor
from simtool.batch.formats.card import ListedCard, listed
from simtool.batch.formats.convert import read_cards, write_cards
from simtool.batch.formats.header import BatchHeader
from simtool.batch.formats.key_file import read_transport_keys
from simtool.batch.formats.model import Reading
from simtool.crypto.secret import Secret
from simtool.crypto.transport_key import TransportCipher, TransportKey
from simtool.errors import InputError
from simtool.perso.record import CardRecord
from tests.batch.cards import record, records

ONE, TWO = record(1), record(2)
K = [item.subscription.k.reveal().hex().upper() for item in (ONE, TWO)]
LONG = f"""\
***************************************
*          HEADER DESCRIPTION
***************************************
Customer:        FooTel Telecommunications Inc.
Quantity:        2
Type:            FOOTEL_STANDARD
Profile:         1.0
Batch:           01074809
*
Transport_key:   0
*
Address1:        FooTel Telecommunications Inc.
Address4:        4711
*
PO_ref_number:   010748
***************************************
*          INPUT VARIABLES DESCRIPTION
***************************************
Var_In_List:
IMSI:{ONE.subscription.imsi}
Ser_nb:{ONE.iccid}

OUTPUT VARIABLES
var_out:ICCID/IMSI/PIN1/PUK1/PIN2/PUK2/ADM1/KI/Access_Control/Code Retailer/Code ADM/ADM2/ADM3/ADM4
{ONE.iccid} {ONE.subscription.imsi} 1234 12345678 1234 12345678 12345678 {K[0]} 0001 AB 11 8123 00000000 00000001
{TWO.iccid} {TWO.subscription.imsi} 0000 00345678 1234 12345678 12345678 {K[1]} 0001 AB 11 8123 00000000 00000001
"""
SHORT = f"""\
*HEADER DESCRIPTION
***************************************
Customer        : Footel
ProfileType     : BAR_FOOTEL_STD
Batch No        : 2019092901
Quantity        : 2
***************************************
*INPUT VARIABLES
***************************************
var_In:
 ICCID: {ONE.iccid}
IMSI: {ONE.subscription.imsi}
***************************************
*OUTPUT VARIABLES
***************************************
var_Out: ICCID/IMSI/KI
{ONE.iccid}F {ONE.subscription.imsi} {K[0]}
{TWO.iccid}F {TWO.subscription.imsi} {K[1]}

"""
COMMAS = f"""\
*HEADER DESCRIPTION
MNOID           : Loltel
Quanitity       : 2
Transport Key   :
*INPUT VARIABLES DESCRIPTION
var_In: ICCID/IMSI
{ONE.iccid},{ONE.subscription.imsi}
*OUTPUT VARIABLES DESCRIPTION
var_out: ICCID/IMSI/PIN1/PIN2/PUK1/PUK2/KI
{ONE.iccid},{ONE.subscription.imsi},1234,1234,12345678,12345678,{K[0]}
{TWO.iccid},{TWO.subscription.imsi},1234,1234,12345678,12345678,{K[1]}"""


def read(text: str, folder: Path, *keys: TransportKey) -> tuple[list[ListedCard], Reading]:
    path = folder / "vendor.out"
    path.write_text(text)
    reading = Reading(str(path), keys)
    return list(read_cards(vendor.OUTPUT, path, reading)), reading


@pytest.mark.parametrize("text", [LONG, SHORT, COMMAS, "\ufeff" + SHORT, LONG.replace("\n", "\r\n")])
def test_samples(text: str, tmp_path: Path) -> None:
    cards, reading = read(text, tmp_path)
    assert [card.iccid for card in cards] == [ONE.iccid, TWO.iccid]
    assert [card.subscriptions[0].k for card in cards] == [ONE.subscription.k, TWO.subscription.k]
    assert reading.header.quantity == 2


def test_the_head_is_taken_and_unknown_columns_are_named(tmp_path: Path) -> None:
    cards, reading = read(LONG, tmp_path)
    assert reading.header == BatchHeader(
        "01074809", "FooTel Telecommunications Inc.", "FOOTEL_STANDARD", "010748", quantity=2
    )
    assert list(reading.not_taken) == ["column Access_Control", "column Code Retailer", "column Code ADM"]
    assert [code.pin for code in cards[0].codes] == ["PIN1", "PUK1", "PIN2", "PUK2", "ADM1", "ADM2", "ADM3", "ADM4"]


BROKEN = [
    (SHORT.replace("Quantity        : 2", "Quantity        : 3"), "the head says 3 cards, there are 2"),
    (SHORT.replace(f" {K[0]}", ""), r":17: has 2 values, var_out names 3"),
    (SHORT.replace(str(TWO.iccid), str(TWO.iccid)[:-1] + "0"), r":18: ICCID: its last digit is not the check digit"),
    (SHORT.replace(K[0], K[0][:-1]), r":17: KI: an even number of hex digits"),
    (SHORT.replace("ICCID/IMSI/KI", "ICCID/IMSI/KI/KI"), "two columns hold ki"),
    ("Customer: x\n", "there is no line var_out"),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_what_is_wrong_is_told_with_its_line(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(text, tmp_path)
    assert not any(key[:-1] in str(caught.value) for key in K)


KEYS = [
    # cipher, key, IV, length of the key file's check value input
    (TransportCipher.AES_ECB, "000102030405060708090a0b0c0d0e0f", b""),
    (TransportCipher.AES_ECB, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", b""),
    (TransportCipher.AES_CBC, "000102030405060708090a0b0c0d0e0f", bytes(range(16))),
    (TransportCipher.DES3_ECB, "0123456789abcdeffedcba9876543210", b""),
    (TransportCipher.DES3_CBC, "0123456789abcdeffedcba98765432100123456789abcdee", b""),
]


@pytest.mark.parametrize(("cipher", "key", "iv"), KEYS)
def test_keys_under_a_transport_key(cipher: TransportCipher, key: str, iv: bytes, tmp_path: Path) -> None:
    transport = TransportKey(11, cipher, Secret.from_hex(key), iv)
    path = tmp_path / "k4.out"
    write_cards(vendor.OUTPUT, lambda: listed(records(3)), path, BatchHeader("B"), transport)
    text = path.read_text()
    assert "Transport_key:   11\n" in text and f"Check_value:     {transport.check_value}\n" in text
    assert K[0] not in text and K[1] not in text
    cards = list(read_cards(vendor.OUTPUT, path, Reading(str(path), (transport,))))
    assert cards == [vendor.OUTPUT.keeps.project(card) for card in listed(records(3))]


VECTORS = [
    # FIPS 197 C.1, NIST SP 800-38A F.1.5 and F.2.1, SP 800-67 B.1 (three keys)
    (TransportCipher.AES_ECB, "000102030405060708090a0b0c0d0e0f", "", "00112233445566778899aabbccddeeff",
     "69c4e0d86a7b0430d8cdb78070b4c55a"),
    (TransportCipher.AES_ECB, "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "",
     "6bc1bee22e409f96e93d7e117393172a", "f3eed1bdb5d2a03c064b5a7e3db181f8"),
    (TransportCipher.AES_CBC, "2b7e151628aed2a6abf7158809cf4f3c", "000102030405060708090a0b0c0d0e0f",
     "6bc1bee22e409f96e93d7e117393172a", "7649abac8119b246cee98e9b12e9197d"),
    (TransportCipher.DES3_ECB, "0123456789abcdef23456789abcdef01456789abcdef0123", "",
     "5468652071756663", "a826fd8ce53b855f"),
]  # fmt: skip


@pytest.mark.parametrize(("cipher", "key", "iv", "plain", "sealed"), VECTORS)
def test_published_vectors(cipher: TransportCipher, key: str, iv: str, plain: str, sealed: str) -> None:
    transport = TransportKey(1, cipher, Secret.from_hex(key), bytes.fromhex(iv))
    assert transport.encryption()(bytes.fromhex(plain)).hex() == sealed
    assert transport.decryption()(bytes.fromhex(sealed)).hex() == plain


def _sealed(folder: Path, transport: TransportKey) -> str:
    write_cards(vendor.OUTPUT, lambda: listed(records(2)), folder / "made.out", BatchHeader("B"), transport)
    return (folder / "made.out").read_text()


RIGHT = TransportKey(11, TransportCipher.AES_ECB, Secret(bytes(range(16))))
WRONG = replace(RIGHT, key=Secret(bytes(range(1, 17))))


def test_a_wrong_transport_key_is_told_before_anything_is_decrypted(tmp_path: Path) -> None:
    text = _sealed(tmp_path, RIGHT)
    with pytest.raises(InputError, match=f"check value {RIGHT.check_value} in the file, {WRONG.check_value} given"):
        read(text, tmp_path, WRONG)
    with pytest.raises(InputError, match="transport key 11, which is not given"):
        read(text, tmp_path, replace(RIGHT, index=12))
    cards, reading = read(text.replace(f"Check_value:     {RIGHT.check_value}\n", ""), tmp_path, RIGHT)
    assert cards[0].subscriptions[0].k == ONE.subscription.k
    assert any("no check value" in note for note in reading.not_taken)


def test_the_key_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.yaml"
    path.write_text(f"transport_keys:\n  - {{index: 11, cipher: aes-ecb, key: {bytes(range(16)).hex()}}}\n")
    path.chmod(0o644)
    with pytest.raises(InputError, match="others can read this file"):
        read_transport_keys(path)
    path.chmod(0o600)
    assert read_transport_keys(path) == (RIGHT,)
    path.write_text(path.read_text().replace("}", ", check_value: '000000'}"))
    with pytest.raises(InputError, match="keys.yaml:2:5: .*check value is not that of the key"):
        read_transport_keys(path)


def test_cards_that_do_not_share_columns_are_refused() -> None:
    odd = replace(TWO, credentials=TWO.credentials[:-1])
    with pytest.raises(InputError, match="has no ADM1"):
        vendor.OUTPUT.write(listed([ONE, odd]), io.StringIO(), BatchHeader("B", quantity=2), None)
    with pytest.raises(InputError, match="codes or key sets that the first card does not have"):
        vendor.OUTPUT.write(listed([odd, ONE]), io.StringIO(), BatchHeader("B", quantity=2), None)


def test_a_head_cannot_carry_a_second_line() -> None:
    with pytest.raises(InputError, match="more than one line"):
        vendor.OUTPUT.write(listed([ONE]), io.StringIO(), BatchHeader("B\nTransport_key: 3", quantity=1), None)


def keyless_card(text: str, path: Path, **given: object) -> CardRecord:
    path.write_text(text)
    reading = replace(Reading(str(path)), **given)
    (card,) = read_cards(vendor.OUTPUT, path, reading)
    return card.record(keyless=True)


ROW = f"8949440000001155314 001010000000101 {'5a' * 16}"
NUMBERS_ONLY = f"*HEADER\n{{key}}*OUTPUT VARIABLES\nvar_out:ICCID/IMSI/KI\n{ROW}\n"


def test_keys_that_are_not_ours_are_left_out(tmp_path: Path) -> None:
    """Encrypted under a key that we do not have, and a Ki that came without its OPc."""
    text = NUMBERS_ONLY.format(key="Transport_key: 3\n")
    assert keyless_card(text, tmp_path / "a.out", without_keys=True).subscription.k is None
    with pytest.raises(InputError, match="transport key 3, which is not given"):
        keyless_card(text, tmp_path / "b.out")
    assert keyless_card(NUMBERS_ONLY.format(key=""), tmp_path / "c.out").subscription.k is None
