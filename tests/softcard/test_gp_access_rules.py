"""ARA-M of the software card (GlobalPlatform Secure Element Access Control 1.1), APDUs worked out by hand."""

from __future__ import annotations

import pytest

from simtool.files.product import load
from simtool.softcard import SoftCard
from tests.harness.gp_host import Host, lv

ARAM = bytes.fromhex("a00000015141434c00")
ISD = bytes.fromhex("a000000151000000")
SHA1, SHA256 = "11" * 20, "22" * 32
PERMISSION = "db080000000000000001"


def ref_ar(device: str, rules: str = PERMISSION, *, aid: str = "4f00", package: str = "") -> str:
    """E2 { E1 { application, device application, package } E3 { rules } } (tables 6-1 to 6-6)."""
    names = aid + f"c1{len(device) // 2:02x}{device}" + (f"ca{len(package) // 2:02x}{package}" if package else "")
    inner = f"e1{len(names) // 2:02x}{names}e3{len(rules) // 2:02x}{rules}"
    return f"e2{len(inner) // 2:02x}{inner}"


@pytest.fixture
def card() -> SoftCard:
    card = SoftCard.new(load("sysmoISIM-SJA5"))
    card.power_on()
    return card


@pytest.fixture
def host(card: SoftCard) -> Host:
    host = Host(card)
    assert host.select(ARAM).data.hex() == f"6f0b8409{ARAM.hex()}"
    return host


def store(host: Host, tag: str, content: str) -> str:
    data = bytes.fromhex(tag) + lv(bytes.fromhex(content))
    return host.exchange(0x80, 0xE2, 0x90, 0x00, data).sw


def everything(host: Host) -> str:
    """GET DATA [all], then [next] until all that was announced is there (§4.1)."""
    found = host.exchange(0x80, 0xCA, 0xFF, 0x40).data
    assert found[:2] == b"\xff\x40"
    length, start = (found[2], 3) if found[2] < 0x80 else (found[3], 4) if found[2] == 0x81 else (
        int.from_bytes(found[3:5]), 5)  # fmt: skip
    while len(found) < start + length:
        answer = host.exchange(0x80, 0xCA, 0xFF, 0x60)
        assert answer.ok
        found += answer.data
    assert len(found) == start + length
    assert host.exchange(0x80, 0xCA, 0xFF, 0x60).sw == "6a88"
    return found[start:].hex()


def test_empty(host: Host) -> None:
    assert host.exchange(0x80, 0xCA, 0xFF, 0x40).data.hex() == "ff4000"
    assert host.exchange(0x80, 0xCA, 0xDF, 0x20).data.hex() == "df2008" + "00" * 8
    assert host.exchange(0x80, 0xCB, 0xDF, 0x21).data.hex() == "df2107e505e603010100"


def test_rules_stay_in_order(host: Host, card: SoftCard) -> None:
    """Stored, read, and there after a power cycle; the refresh tag is another after each change."""
    rules = [ref_ar(SHA1), ref_ar(SHA256, "d00101"), ref_ar(SHA256, "d00100d10101", aid="4f05a000000001")]
    tags = {host.exchange(0x80, 0xCA, 0xDF, 0x20).data}
    for rule in rules:
        assert store(host, "f0", rule) == "9000"
        tags.add(host.exchange(0x80, 0xCA, 0xDF, 0x20).data)
    assert len(tags) == 4
    card.power_off()
    card.power_on()
    host.select(ARAM)
    assert everything(host) == "".join(rules)
    assert host.exchange(0x80, 0xCA, 0xDF, 0x20).data in tags


def test_many_rules_over_get_next(host: Host) -> None:
    rules = [ref_ar(f"{number:02x}" * 32) for number in range(40)]
    for rule in rules:
        assert store(host, "f0", rule) == "9000"
    assert everything(host) == "".join(rules)


def test_a_long_rule_over_two_commands(host: Host) -> None:
    """STORE DATA in blocks (§11.11); rules longer than one command are filters by the dozen."""
    rule = ref_ar(SHA1, "d048" + "00a40000ffff0000" * 9)
    data = bytes.fromhex("f0") + lv(bytes.fromhex(rule))
    assert host.exchange(0x80, 0xE2, 0x10, 0, data[:50]).ok
    assert host.exchange(0x80, 0xCA, 0xFF, 0x40).data.hex() == "ff4000"
    assert host.exchange(0x80, 0xE2, 0x90, 1, data[50:]).ok
    assert everything(host) == rule


def test_specific(host: Host) -> None:
    """GET DATA [specific]: FF50 with the rules for exactly this reference; 6A88 if there are none."""
    store(host, "f0", ref_ar(SHA1))
    store(host, "f0", ref_ar(SHA256, "d00101"))
    ask = bytes.fromhex("e1244f00c120" + SHA256)
    assert host.exchange(0x80, 0xCA, 0xFF, 0x50, ask).data.hex() == "ff5005e303d00101"
    assert host.exchange(0x80, 0xCA, 0xFF, 0x50, bytes.fromhex("e1044f00c100")).sw == "6a88"
    assert host.exchange(0x80, 0xCA, 0xFF, 0x50, bytes.fromhex("4f00")).sw == "6a80"


def test_the_same_reference_again(host: Host) -> None:
    """6381: rules of the kinds that come take the place of those that were there."""
    assert store(host, "f0", ref_ar(SHA1)) == "9000"
    assert store(host, "f0", ref_ar(SHA1)) == "6381"
    assert store(host, "f0", ref_ar(SHA1, "d00100")) == "6381"
    assert store(host, "f0", ref_ar(SHA1, "d00101")) == "6381"
    assert everything(host) == ref_ar(SHA1, PERMISSION + "d00101")


@pytest.mark.parametrize(
    ("what", "left"),
    [
        ("", []),  # all
        (ref_ar(SHA1), [1, 2]),
        ("e1184f00c114" + SHA1, [1, 2]),
        ("4f05a000000001", [0, 1]),
        ("4f00", [2]),
    ],
)
def test_delete(host: Host, what: str, left: list[int]) -> None:
    rules = [ref_ar(SHA1), ref_ar(SHA256), ref_ar(SHA256, aid="4f05a000000001")]
    for rule in rules:
        store(host, "f0", rule)
    assert store(host, "f1", what) == "9000"
    assert everything(host) == "".join(rules[number] for number in left)


@pytest.mark.parametrize("what", [ref_ar(SHA1), "e1184f00c114" + SHA1, "4f05a000000001"])
def test_delete_what_is_not_there(host: Host, what: str) -> None:
    assert store(host, "f1", what) == "6a88"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "e200",
        ref_ar("11" * 19),  # neither SHA-1 nor SHA-256
        ref_ar(SHA1, "db0700000000000000"),  # a permission has 8 bytes
        ref_ar(SHA1, "d00102"),
        ref_ar(SHA1, "d007" + "00" * 7),  # a filter has 8
        ref_ar(SHA1, "d10800000000000000 00".replace(" ", "")),
        ref_ar(SHA1, "dd00"),
        ref_ar(SHA1, ""),
        ref_ar(SHA1, aid="4f03a00000"),
        ref_ar(SHA1, aid="c00100"),
        ref_ar(SHA1, aid="4f00c000"),
        ref_ar(SHA1) + "00",
        ref_ar(SHA1)[:-2],
    ],
)
def test_rules_that_cannot_be(host: Host, content: str) -> None:
    assert store(host, "f0", content) == "6a80"
    assert everything(host) == ""


@pytest.mark.parametrize(("tag", "content", "sw"), [("f2", "", "9000"), ("f2", "00", "6a80"), ("f7", "", "6a80")])
def test_refresh_tag(host: Host, tag: str, content: str, sw: str) -> None:
    assert store(host, tag, content) == sw
    changed = host.exchange(0x80, 0xCA, 0xDF, 0x20).data.hex() != "df2008" + "00" * 8
    assert changed is (sw == "9000")


def test_no_room(host: Host) -> None:
    words = [store(host, "f0", ref_ar(f"{number:04x}" * 16)) for number in range(200)]
    assert "6a84" in words
    full = words.index("6a84")
    assert words[:full] == ["9000"] * full
    assert everything(host).count("e1244f00") == full


def test_other_commands(host: Host) -> None:
    assert host.exchange(0x80, 0xCA, 0x00, 0x66).sw == "6a88"
    assert host.exchange(0x80, 0xF2, 0x80, 0x02, b"\x4f\0").sw == "6d00"
    assert host.exchange(0x00, 0xCA, 0xFF, 0x40).sw == "6e00"


def test_the_secured_kind() -> None:
    """generic-usim takes rules only in a secure channel with the application, or by way of its domain (§7.3.3)."""
    card = SoftCard.new(load("generic-usim"))
    card.power_on()
    host = Host(card)
    host.select(ARAM)
    assert store(host, "f0", ref_ar(SHA1)) == "6982"
    host.open(ARAM, level=0x33)
    assert host.send(0xE2, 0x90, 0, bytes.fromhex("f0") + lv(bytes.fromhex(ref_ar(SHA1)))).ok
    host.open(ISD)
    assert host.send(0xE6, 0x20, 0, lv(b"", b"", ARAM, b"", b"", b"")).ok
    assert host.send(0xE2, 0x90, 0, bytes.fromhex("f0") + lv(bytes.fromhex(ref_ar(SHA256)))).ok
    host.select(ARAM)
    assert everything(host) == ref_ar(SHA1) + ref_ar(SHA256)


def test_deleted_and_installed_again() -> None:
    """The delivered instance can go, and comes back without its rules."""
    card = SoftCard.new(load("generic-usim"))
    card.power_on()
    host = Host(card).open(ARAM)
    assert host.send(0xE2, 0x90, 0, bytes.fromhex("f0") + lv(bytes.fromhex(ref_ar(SHA1)))).ok
    host.open(ISD)
    assert host.delete(ARAM) == "9000"
    card.power_off()
    card.power_on()
    assert host.select(ARAM).sw == "6a82"
    host.open(ISD)
    assert host.install(ARAM[:-1], ARAM, ARAM) == "9000"
    host.select(ARAM)
    assert everything(host) == ""
