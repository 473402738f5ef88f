"""DELETE, INSTALL and PUT KEY over several commands: bit 8 of P1 says that more follow (GPCS §11.2, §11.5, §11.8)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from simtool.softcard import SoftCard
from simtool.softcard.globalplatform.selection import CHAIN_MAX
from tests.harness.gp_host import SCP02_KEYS, Host, load_file, lv
from tests.softcard.test_gp_content import CAP, INSTANCE, ISD, MODULE, PACKAGE, SSD
from tests.softcard.test_gp_domains import SSD_KEYS, with_domain

PRIVATE = rsa.generate_private_key(65537, 2048)
MODULUS = PRIVATE.public_key().public_numbers().n.to_bytes(256)
PUBLIC = b"\x73\xa1\x82\x01\x00" + MODULUS + b"\xa0\x03\x01\x00\x01\x00"
FOR_LOAD = lv(PACKAGE, b"", b"", b"", b"")
INFORMATION = bytes.fromhex("c00c0173ffa10100ffa000030000")
"""Key 1 of version 73 in the extended form (table 11-30): modulus of 256 bytes, exponent of 3, no usage, no access."""


def key_there(host: Host) -> bool:
    return INFORMATION in host.send(0xCA, 0x00, 0xE0).data


@pytest.mark.parametrize("size", [1, 64, 200, 239])
def test_a_public_key_in_pieces(host: Host, size: int) -> None:
    """Cut anywhere: the card sees one key of 2048 bits when the last piece is there, and nothing before."""
    parts = [PUBLIC[at : at + size] for at in range(0, len(PUBLIC), size)]
    for part in parts[:-1]:
        answer = host.send(0xD8, 0x80, 0x01, part)
        assert (answer.data, answer.sw) == (b"", "9000")
    assert not host.card.gp.keys(host.card.gp.registry.issuer).find(0x73, 1)  # type: ignore[attr-defined]
    assert host.send(0xD8, 0x00, 0x01, parts[-1]).data == b"\x73"
    assert key_there(host)


@pytest.mark.parametrize("level", [0x01, 0x03, 0x13, 0x33])
def test_at_every_level(card: SoftCard, level: int) -> None:
    host = Host(card).open(ISD, level=level)
    assert host.send_parts(0xD8, 0, 1, PUBLIC, size=180).data == b"\x73"
    assert host.send_parts(0xE6, 0x02, 0, FOR_LOAD, size=5).data == b"\0"


def test_under_scp02(card: SoftCard) -> None:
    host = Host(card).open(ISD, SCP02_KEYS, level=0x03, i=0x55)
    assert host.send_parts(0xD8, 0, 1, PUBLIC, size=180).data == b"\x73"


def test_install_in_pieces(host: Host) -> None:
    assert host.send_parts(0xE6, 0x02, 0, FOR_LOAD, size=3).ok
    assert host.send(0xE8, 0x80, 0, load_file(CAP.block())).ok
    assert host.send_parts(0xE6, 0x0C, 0, lv(PACKAGE, MODULE, INSTANCE, b"\0", b"\xc9\0", b""), size=10).ok
    assert host.status(0x40, INSTANCE)[0].startswith("e3")
    assert host.send_parts(0xE4, 0, 0x80, b"\x4f" + lv(PACKAGE), size=3).data == b"\0"
    assert host.status(0x40, INSTANCE) == ["6a88"]


def test_another_command_takes_its_place(host: Host) -> None:
    """What had come is forgotten: the rest alone is no PUT KEY."""
    assert host.send(0xD8, 0x80, 0x01, PUBLIC[:200]).ok
    assert host.status(0x80)[0].startswith("e3")
    assert host.send(0xD8, 0x00, 0x01, PUBLIC[200:]).sw == "6a80"
    assert not key_there(host)
    assert host.send_parts(0xD8, 0, 1, PUBLIC).ok, "and a new beginning is taken"


def test_a_piece_of_another_command(host: Host) -> None:
    """Other P1 or P2: 6A86, and what had come is forgotten."""
    for p1, p2 in ((0x30, 0x01), (0x00, 0x02), (0x00, 0x81)):
        assert host.send(0xD8, 0x80, 0x01, PUBLIC[:200]).ok
        assert host.send(0xD8, p1, p2, PUBLIC[200:]).sw == "6a86"
        assert host.send(0xD8, 0x00, 0x01, PUBLIC[200:]).sw == "6a80"
    assert host.send(0xE6, 0x82, 0, FOR_LOAD[:5]).ok
    assert host.send(0xE6, 0x0C, 0, FOR_LOAD[5:]).sw == "6a86"


def test_an_empty_piece(host: Host) -> None:
    assert host.send(0xD8, 0x80, 0x01).sw == "6700"
    assert host.send(0xD8, 0x80, 0x01, PUBLIC[:200]).ok
    assert host.send(0xD8, 0x00, 0x01).sw == "6700"
    assert host.send(0xD8, 0x00, 0x01, PUBLIC[200:]).sw == "6a80"


def test_more_than_the_card_keeps(host: Host) -> None:
    for _ in range(CHAIN_MAX // 200):
        assert host.send(0xE6, 0x82, 0, bytes(200)).ok
    assert host.send(0xE6, 0x82, 0, bytes(200)).sw == "6a84"
    assert host.send_parts(0xE6, 0x02, 0, FOR_LOAD, size=5).ok


def test_selection_session_and_reset_end_it(host: Host, card: SoftCard) -> None:
    for ended_by in ("select", "authenticate", "mac", "reset"):
        assert host.send(0xD8, 0x80, 0x01, PUBLIC[:200]).ok
        match ended_by:
            case "mac":
                assert host.send(0xD8, 0x00, 0x01, PUBLIC[200:], spoil=True).sw == "6982"
            case "reset":
                card.power_on()
            case "authenticate":
                assert host.exchange(0x80, 0x50, 0x30, 0, bytes(8)).ok
        host.open(ISD)
        assert host.send(0xD8, 0x00, 0x01, PUBLIC[200:]).sw == "6a80", ended_by
        assert not key_there(host)


def test_channels_do_not_mix(card: SoftCard) -> None:
    assert Host(card).exchange(0, 0x70, 0, 0, le=1).data == b"\x01"
    one, other = Host(card).open(ISD), Host(card, channel=1).open(ISD)
    assert one.send(0xD8, 0x80, 0x01, PUBLIC[:200]).ok
    assert other.send(0xD8, 0x00, 0x01, PUBLIC[200:]).sw == "6a80"
    assert one.send(0xD8, 0x00, 0x01, PUBLIC[200:]).ok


def test_a_length_of_128_in_one_byte(host: Host) -> None:
    """As older terminals write it for keys and tokens of 1024 bits."""
    assert host.send(0xD8, 0x00, 0x01, b"\x73\xa1\x80" + b"\x81" * 128 + b"\xa0\x03\x01\x00\x01\x00").ok
    assert bytes.fromhex("c0060173a180a003") in host.send(0xCA, 0x00, 0xE0).data


def test_a_token_of_2048_bits(host: Host) -> None:
    """INSTALL [for load] with it has more than 255 bytes; the signature is PSS with SHA-256 (§B.3, §C.4)."""
    assert host.send_parts(0xD8, 0, 1, b"\x70" + PUBLIC[1:]).ok
    with_domain(host, privileges="a0")
    host.open(SSD, SSD_KEYS)
    fields = lv(PACKAGE, b"", b"", b"")
    signed = bytes((0x02, 0x00, len(fields))) + fields
    wrong = PRIVATE.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    right = PRIVATE.sign(signed, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    assert host.send_parts(0xE6, 0x02, 0, fields + lv(wrong)).sw == "6982"
    assert host.send_parts(0xE6, 0x02, 0, fields + lv(right)).ok
