"""Secured packets against those of other programs and cards (TS 102 225 §5, TS 31.115 §4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from simtool.crypto import packet_security, scp80
from simtool.crypto.key_set import KeyCipher
from simtool.crypto.packet_security import Integrity, PacketKey, PacketKeys
from simtool.crypto.scp80 import PacketHeader, Spi
from simtool.crypto.secret import Secret
from simtool.errors import AuthenticationError, DecodeError, EncodeError

VECTORS = yaml.safe_load((Path(__file__).parents[1] / "vectors" / "scp80.yaml").read_text())
PACKETS = VECTORS["packets"]
COMMANDS = [row for row in PACKETS if "command" in row]
RESPONSES = [row for row in PACKETS if "response" in row]
TAR = bytes.fromhex("b00010")


def keys_of(row: dict[str, Any]) -> PacketKeys:
    cipher = KeyCipher(row["cipher"])
    kic, kid = (PacketKey(cipher, Secret.from_hex(row[name])) for name in ("kic_key", "kid_key"))
    return PacketKeys(kic, kid)


def header_of(row: dict[str, Any]) -> PacketHeader:
    spi, kic, kid, tar = (bytes.fromhex(row["header"][name]) for name in ("spi", "kic", "kid", "tar"))
    return PacketHeader(Spi(*spi), kic[0], kid[0], tar)


def key(value: str, cipher: KeyCipher = KeyCipher.DES) -> PacketKey:
    return PacketKey(cipher, Secret.from_hex(value))


@pytest.mark.parametrize("row", COMMANDS, ids=[row["name"] for row in COMMANDS])
def test_command_packets_are_built_and_opened(row: dict[str, Any]) -> None:
    keys, header, command = keys_of(row), header_of(row), row["command"]
    counter, plain = int(command["counter"], 16), bytes.fromhex(command["plain"])
    packet = bytes.fromhex(command["packet"])
    assert scp80.build_command(header, counter, plain, keys) == packet
    assert scp80.read_header(packet) == header
    kic = None
    if header.spi.ciphered:
        assert keys.kic is not None
        kic = packet_security.algorithm(header.kic, keys.kic, ciphering=True), keys.kic
    length = packet_security.integrity_length(header.spi.integrity, header.kid, keys)
    opened = scp80.open_command(packet, length, kic)
    assert (opened.counter, opened.padding, opened.data) == (counter, command["padding"], plain)
    assert opened.integrity.hex() == command["integrity"]
    assert packet_security.verify(header.spi.integrity, header.kid, keys, opened.covered(), opened.integrity)


@pytest.mark.parametrize("row", RESPONSES, ids=[row["name"] for row in RESPONSES])
def test_response_packets_are_built_and_opened(row: dict[str, Any]) -> None:
    keys, header, response = keys_of(row), header_of(row), row["response"]
    counter, status, plain = int(response["counter"], 16), int(response["status"], 16), bytes.fromhex(response["plain"])
    user_data = bytes.fromhex(response["user_data"])
    opened = scp80.open_response(user_data, header, keys)
    assert (opened.tar, opened.counter, opened.status) == (header.tar, counter, status)
    assert (opened.padding, opened.data) == (response["padding"], plain)
    assert opened.integrity.hex() == response["integrity"]
    built = scp80.build_response(header, counter, status, plain, keys)
    if "SJA2" in row["name"]:
        # Cards may fill up with other bytes than zeros, but what they mean is the same.
        assert scp80.open_response(built, header, keys).data == plain
    else:
        assert built == user_data


def test_a_failure_is_told_without_security() -> None:
    """Status 06 comes unciphered and without RC/CC/DS, whatever the command asked for (TS 102 225 table 5)."""
    row = VECTORS["failed"]
    user_data = bytes.fromhex(row["user_data"])
    header = PacketHeader(Spi(0x16, 0x19), 0x15, 0x15, TAR)
    opened = scp80.open_response(user_data, header, PacketKeys())
    assert (opened.tar.hex(), opened.status) == (row["tar"], int(row["status"], 16))
    assert scp80.plain_response(TAR, 0, 6) == user_data


def test_crcs_of_the_specification() -> None:
    row = VECTORS["crc"]
    data = bytes.fromhex(row["data"])
    assert packet_security.crc(data, 2).hex() == row["crc16"]
    assert packet_security.crc(data, 4).hex() == row["crc32"]


DES, DES2, DES3 = (
    "0102030405060708",
    "0102030405060708090a0b0c0d0e0f10",
    "0102030405060708090a0b0c0d0e0f101112131415161718",
)


@pytest.mark.parametrize(
    ("code", "key", "ciphering", "found"),
    [
        (0x11, key(DES), True, packet_security.Algorithm.DES_CBC),
        (0x1D, key(DES), True, packet_security.Algorithm.DES_ECB),
        (0x15, key(DES2), True, packet_security.Algorithm.TRIPLE_DES_2),
        (0x19, key(DES3), True, packet_security.Algorithm.TRIPLE_DES_3),
        (0x12, key(DES2, KeyCipher.AES), True, packet_security.Algorithm.AES),
        (0x12, key(DES3, KeyCipher.AES), False, packet_security.Algorithm.AES),
        (0x10, key(DES2, KeyCipher.AES), True, packet_security.Algorithm.AES),
        (0x10, key(DES2), True, packet_security.Algorithm.TRIPLE_DES_2),
        (0x10, key(DES3), False, packet_security.Algorithm.TRIPLE_DES_3),
        (0x10, key(DES), False, packet_security.Algorithm.DES_CBC),
        (0x1D, key(DES), False, None),  # ECB is no MAC: reserved in KID
        (0x13, key(DES2), True, None),  # proprietary
        (0x16, key(DES2, KeyCipher.AES), True, None),  # reserved mode of AES
        (0x15, key(DES2, KeyCipher.AES), True, None),  # an AES key is not for DES
        (0x12, key(DES2), True, None),
        (0x15, key(DES3), True, None),  # three keys are not two
        (0x11, key(DES2), True, None),
    ],
)  # fmt: skip
def test_what_kic_and_kid_name(
    code: int, key: PacketKey, ciphering: bool, found: packet_security.Algorithm | None
) -> None:
    """TS 102 225 §5.1.2 and §5.1.3."""
    if found is None:
        with pytest.raises(DecodeError, match="does not fit"):
            packet_security.algorithm(code, key, ciphering=ciphering)
    else:
        assert packet_security.algorithm(code, key, ciphering=ciphering) is found


SPIS = st.builds(
    lambda integrity, ciphered, counter, proof, ciphered_proof: Spi(
        integrity | ciphered << 2 | counter << 3, 1 | proof << 2 | ciphered_proof << 4
    ),
    st.sampled_from((0, 1, 2)), st.booleans(), st.integers(0, 3), st.sampled_from((0, 1, 2)), st.booleans(),
)  # fmt: skip
KEYS = st.sampled_from(
    [
        (0x15, 0x15, PacketKeys(key(DES2), key(DES2))),
        (0x19, 0x15, PacketKeys(key(DES3), key(DES2))),
        (0x11, 0x11, PacketKeys(key(DES), key(DES))),
        (0x1D, 0x11, PacketKeys(key(DES), key(DES))),
        (0x12, 0x12, PacketKeys(key(DES2, KeyCipher.AES), key(DES3, KeyCipher.AES))),
        (0x12, 0x12, PacketKeys(key(DES2, KeyCipher.AES), key(DES2, KeyCipher.AES), packet_security.SHORT_MAC_LENGTH)),
    ]
)


@given(SPIS, KEYS, st.binary(max_size=140), st.integers(0, scp80.COUNTER_MAX), st.data())
def test_what_was_built_is_read_and_no_bit_may_change(
    spi: Spi, chosen: tuple[int, int, PacketKeys], data: bytes, counter: int, draw: st.DataObject
) -> None:
    kic, kid, keys = chosen
    if Integrity.RC in (spi.integrity, spi.proof_integrity):
        kid = 0x15
        if keys.kid is not None and keys.kid.cipher is KeyCipher.AES:
            kid = 0x11
    if Integrity.RC in (spi.integrity, spi.proof_integrity) and Integrity.CC in (spi.integrity, spi.proof_integrity):
        return  # one KID cannot name a CRC and a MAC for each of these keys
    header = PacketHeader(spi, kic, kid, TAR)
    packet = scp80.build_command(header, counter, data, keys)
    assert int.from_bytes(packet[:2]) == len(packet) - 2

    def opened(packet: bytes) -> scp80.CommandPacket:
        assert keys.kic is not None
        cipher = (packet_security.algorithm(kic, keys.kic, ciphering=True), keys.kic) if spi.ciphered else None
        return scp80.open_command(packet, packet_security.integrity_length(spi.integrity, kid, keys), cipher)

    plain = opened(packet)
    assert (plain.counter, plain.data) == (counter, data)
    assert packet_security.verify(spi.integrity, kid, keys, plain.covered(), plain.integrity)
    answer = scp80.open_response(scp80.build_response(header, counter, 0, data, keys), header, keys)
    assert (answer.counter, answer.status, answer.data) == (counter, 0, data)
    if spi.integrity is Integrity.CC:
        at = draw.draw(st.integers(5, len(packet) - 1))
        changed = bytearray(packet)
        changed[at] ^= draw.draw(st.integers(1, 255))
        forged = opened(bytes(changed))
        assert not packet_security.verify(spi.integrity, kid, keys, forged.covered(), forged.integrity)


def test_a_forged_response_is_not_taken() -> None:
    keys, header = PacketKeys(key(DES2), key(DES2)), PacketHeader(Spi(0x06, 0x09), 0x15, 0x15, TAR)
    made = bytearray(scp80.build_response(header, 0, 0, b"\x01\x90\x00", keys))
    made[-1] ^= 1
    with pytest.raises(AuthenticationError):
        scp80.open_response(bytes(made), header, keys)


@pytest.mark.parametrize(
    "text", ["", "027000000b0ab0001000000000000006", "027100000c0ab0001000000000000006", "0271000004ffb00010"]
)
def test_what_is_no_response_packet(text: str) -> None:
    with pytest.raises(DecodeError):
        scp80.open_response(bytes.fromhex(text), PacketHeader(Spi(2, 1), 0x15, 0x15, TAR), PacketKeys())


def test_packets_that_cannot_be_made() -> None:
    keys = PacketKeys(key(DES2), key(DES2))
    for spi in (Spi(0x03, 0), Spi(0x07, 0)):  # a digital signature
        with pytest.raises(DecodeError):
            scp80.build_command(PacketHeader(spi, 0x15, 0x15, TAR), 0, b"", keys)
    for spi in (Spi(0x02, 0), Spi(0x04, 0)):  # no keys
        with pytest.raises(DecodeError):
            scp80.build_command(PacketHeader(spi, 0x15, 0x15, TAR), 0, b"", PacketKeys())
    for tar, counter in ((b"\0", 0), (TAR, -1), (TAR, scp80.COUNTER_MAX + 1)):
        with pytest.raises(EncodeError):
            scp80.build_command(PacketHeader(Spi(0, 0), 0, 0, tar), counter, b"", keys)


def test_keys_do_not_show() -> None:
    assert DES2 not in repr(PacketKeys(key(DES2), key(DES2)))
