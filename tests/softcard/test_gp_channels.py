"""Secure channels of the software card: published sessions replayed, every level and option, and what breaks them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simtool.crypto import scp02 as algorithms
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.files.global_platform import ChannelSpec
from simtool.files.product import CardModel, load
from simtool.softcard import SoftCard
from simtool.softcard.globalplatform import scp02, scp03
from simtool.softcard.globalplatform.command import Command
from simtool.softcard.globalplatform.scp02 import Scp02Session
from simtool.softcard.globalplatform.scp03 import Scp03Session
from tests.crypto.gp_vectors import VECTORS, key_set
from tests.harness.gp_host import BASE_KEY, SCP02_KEYS, SCP03_KEYS, Host, keys

ISD = bytes.fromhex("a000000151000000")
SCP03_SESSIONS = VECTORS["scp03"]["sessions"]


def with_channel(i: int, scp: int, *, tries: int = 10) -> CardModel:
    """generic-usim with one secure channel protocol of these options."""
    model = load("generic-usim")
    spec = model.global_platform
    assert spec is not None
    versions = (range(0x20, 0x30),) if scp == 2 else (range(0x30, 0x40),)
    return replace(model, global_platform=replace(spec, secure_channels=(ChannelSpec(scp, i, versions),), tries=tries))


def powered(model: CardModel) -> SoftCard:
    card = SoftCard.new(model)
    card.power_on()
    return card


def command(text: str) -> Command:
    raw = bytes.fromhex(text)
    data = raw[5 : 5 + raw[4]] if len(raw) > 5 else b""
    return Command(raw[0], raw[1], raw[2], raw[3], data)


def plain_data(text: str) -> bytes:
    return command(text).data


# Published sessions (tests/vectors/globalplatform.yaml)


@pytest.mark.parametrize("row", SCP03_SESSIONS, ids=[row["name"] for row in SCP03_SESSIONS])
def test_published_scp03_sessions(row: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Amendment D §6.2: real traffic, command by command, in the order in which it went."""
    monkeypatch.setattr(scp03.secrets, "token_bytes", lambda length: bytes.fromhex(row["card_challenge"]))
    session = Scp03Session(key_set(row["keys"], KeyCipher.AES, 0x30), 0x60, b"", 0)
    answer = session.initialize(bytes.fromhex(row["host_challenge"]))
    assert answer.hex() == row["card_challenge"] + row["card_cryptogram"]
    session.authenticate(command(row["external_authenticate"]))
    assert session.level == int(row["security_level"], 16)
    for one in row["commands_in_order"]:
        assert session.unwrap(command(one["wrapped"])) == plain_data(one["plain"])
        if "response_plain" in one:
            sw = bytes.fromhex(one["response_sw"])
            assert session.wrap(bytes.fromhex(one["response_plain"]), sw).hex() == one["response_on_wire"]


@pytest.mark.parametrize("level", ["level_01", "level_03"])
def test_published_scp02_session(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """§E.4, §E.5."""
    row = VECTORS["scp02"][0]
    monkeypatch.setattr(scp02.secrets, "token_bytes", lambda length: bytes.fromhex(row["parsed"]["card_challenge"]))
    session = Scp02Session(key_set(row["keys"], KeyCipher.DES, 0x70), 0x15, b"", 1)
    answer = session.initialize(bytes.fromhex(row["host_challenge"]))
    assert answer.hex() == row["initialize_update_response"][24:]
    session.authenticate(command(row[level]["external_authenticate"]))
    for one in row[level]["commands_in_order"]:
        assert session.unwrap(command(one["wrapped"])) == plain_data(one["plain"])


# Every option and level, whole


@pytest.mark.parametrize("i", [0x15, 0x55, 0x05, 0x35, 0x75, 0x14, 0x17])
@pytest.mark.parametrize("level", [0x00, 0x01, 0x03, 0x10, 0x11, 0x13])
def test_scp02_options_and_levels(i: int, level: int) -> None:
    """Table E-1: 3 keys or 1, C-MAC on the modified APDU or not, ICV encryption, R-MAC, pseudo-random challenge."""
    host = Host(powered(with_channel(i, 2)))
    host.select(ISD)
    base = SCP02_KEYS
    assert host.initialize(base, i=i).ok
    answer = host.authenticate(level)
    if level & 0x10 and not i & 0x20:
        assert answer.sw == "6a86"
        return
    assert answer.ok
    for _ in range(3):
        assert host.status(0x80)[0].startswith("e3")
        assert host.send(0xCA, 0x00, 0x66).data[:2] == b"\x66\x31"


@pytest.mark.parametrize("i", [0x00, 0x10, 0x20, 0x60, 0x70, 0x01, 0x11, 0x71])
@pytest.mark.parametrize("level", [0x00, 0x01, 0x03, 0x11, 0x13, 0x33])
@pytest.mark.parametrize("length", [16, 24, 32])
def test_scp03_options_and_levels(i: int, level: int, length: int) -> None:
    """Amendment D §5.1: S8 and S16, pseudo-random challenge, R-MAC, R-ENC, with keys of each length."""
    model = with_channel(i, 3)
    assert model.global_platform is not None
    own = keys(0x31, KeyCipher.AES, *((name * 32)[: 2 * length] for name in ("a1", "b2", "c3")))
    delivered = model.global_platform.keys[0]
    given = replace(delivered, version=0x31, keys=tuple(key.reveal() for key in own.keys))
    host = Host(powered(replace(model, global_platform=replace(model.global_platform, keys=(given,)))))
    host.select(ISD)
    assert host.initialize(own, i=i).ok
    answer = host.authenticate(level)
    if (level & 0x10 and not i & 0x20) or (level & 0x20 and not i & 0x40):
        assert answer.sw == "6a86"
        return
    assert answer.ok
    for _ in range(3):
        assert host.status(0x80)[0].startswith("e3")
        assert host.send(0xCA, 0x00, 0x66).data[:2] == b"\x66\x31"


@pytest.mark.parametrize("i", [0x1A, 0x5A, 0x0A])
def test_scp02_implicit(i: int) -> None:
    """§E.1.2.2, §E.3.3: no INITIALIZE UPDATE; one base key, MAC on the unmodified APDU, ICV a MAC over the AID."""
    card = powered(with_channel(i, 2))
    host = Host(card)
    host.select(ISD)
    assert host.exchange(0x80, 0x50, 0, 0, bytes(8)).sw == "6985"
    counter = host.exchange(0x80, 0xCA, 0x00, 0xC1).data[2:]
    host.scp, host.i, host.level, host.mode = 2, i, 0x01, 8
    host.keys02 = algorithms.session_keys(SCP02_KEYS, counter)
    host.icv, host.first = algorithms.implicit_icv(host.keys02.c_mac, ISD), True
    assert host.status(0x80)[0].startswith("e3")
    assert host.status(0x40)[0].startswith("e3")
    assert host.send(0xF2, 0x80, 2, b"\x4f\x00", spoil=True).sw == "6982"


def test_r_mac_session() -> None:
    """BEGIN and END R-MAC SESSION (§E.5.3, §E.5.4; Amendment D §7.1.3, §7.1.4)."""
    host = Host(powered(load("generic-usim"))).open(ISD, level=0x01)
    assert host.send(0x7A, 0x10, 0x01).ok
    host.level = 0x11
    assert host.status(0x80)[0].startswith("e3")
    assert host.send(0x78, 0x00, 0x03).ok
    host.level = 0x01
    assert host.status(0x80)[0].startswith("e3")
    assert host.send(0x78, 0x00, 0x03).sw == "6985"


def test_scp02_r_mac_of_a_command_without_data() -> None:
    """Lc is covered as 00; the chain starts from the C-MAC of EXTERNAL AUTHENTICATE and goes on later (§E.4.5)."""
    host = Host(powered(with_channel(0x35, 2))).open(ISD, SCP02_KEYS, i=0x35)
    icv, key = host.icv, host.keys02.r_mac
    assert host.send(0x7A, 0x10, 0x01, b"\x00").ok

    def protected(ins: int, p1: int, p2: int, data: bytes) -> None:
        nonlocal icv
        answer = host.exchange(0x84, ins, p1, p2, host.wrap(ins, p1, p2, b""))
        covered = bytes((0x80, ins, p1, p2, 0x00, len(data))) + data + b"\x90\x00"
        icv = algorithms.retail_mac(key, covered, icv)
        assert (answer.data, answer.sw) == (data + icv, "9000")

    protected(0xCA, 0x00, 0xC1, bytes.fromhex("c1020001"))
    protected(0xCA, 0x00, 0xC2, bytes.fromhex("c2020000"))
    protected(0x78, 0x00, 0x03, b"")
    assert host.exchange(0x84, 0xCA, 0x00, 0xC2, host.wrap(0xCA, 0x00, 0xC2, b"")).data.hex() == "c2020000"
    assert host.send(0x7A, 0x10, 0x01, b"\x00").ok
    protected(0xCA, 0x00, 0xC2, bytes.fromhex("c2020000"))


# What ends a session, and what counts


@pytest.mark.parametrize(("own", "i"), [(SCP02_KEYS, 0x55), (SCP03_KEYS, 0x70)], ids=["SCP02", "SCP03"])
class TestBothProtocols:
    def host(self, own: KeySet, i: int, level: int = 0x01) -> Host:
        return Host(powered(load("generic-usim"))).open(ISD, own, level, i=i)

    def test_wrong_mac(self, own: KeySet, i: int) -> None:
        """6982, and nothing goes until a new session (§10.2.3)."""
        host = self.host(own, i)
        assert host.send(0xF2, 0x80, 2, b"\x4f\x00", spoil=True).sw == "6982"
        assert host.send(0xF2, 0x80, 2, b"\x4f\x00").sw == "6982"
        assert host.initialize(own, i=i).ok
        assert host.authenticate(0x01).ok

    def test_replay(self, own: KeySet, i: int) -> None:
        host = self.host(own, i)
        assert host.status(0x80)[0].startswith("e3")
        assert host.card.transmit(host.sent[-1]).hex() == "6982"

    def test_replayed_session(self, own: KeySet, i: int) -> None:
        """The commands of a whole session mean nothing in the next one."""
        card = powered(load("generic-usim"))
        host = Host(card).open(ISD, own, i=i)
        authenticate = host.sent[-1]
        host.select(ISD)
        assert host.initialize(own, i=i).ok
        assert card.transmit(authenticate).hex() == "6300"

    def test_command_without_protection(self, own: KeySet, i: int) -> None:
        host = self.host(own, i)
        assert host.exchange(0x80, 0xF2, 0x80, 2, b"\x4f\x00").sw == "6982"
        assert host.status(0x80) == ["6982"]

    @pytest.mark.parametrize("how", ["select", "reset", "close", "update"])
    def test_end(self, own: KeySet, i: int, how: str) -> None:
        """§10.2.3: another application, a reset, the channel closed, a new INITIALIZE UPDATE."""
        card = powered(load("generic-usim"))
        basic = Host(card)
        host = Host(card, channel=1)
        assert basic.exchange(0x00, 0x70, 0, 0, le=1).data == b"\x01"
        host.open(ISD, own, i=i)
        level = host.level
        if how == "select":
            host.select(bytes.fromhex("a0000000871002"))
            host.select(ISD)
        elif how == "reset":
            card.reset()
            basic.exchange(0x00, 0x70, 0, 0, le=1)
            host.select(ISD)
        elif how == "close":
            basic.exchange(0x00, 0x70, 0x80, 1)
            basic.exchange(0x00, 0x70, 0, 0, le=1)
            host.select(ISD)
        else:
            host.initialize(own, i=i)
        host.level = level
        assert host.status(0x80) == ["6982"]

    def test_authenticate_must_follow(self, own: KeySet, i: int) -> None:
        host = Host(powered(load("generic-usim")))
        host.select(ISD)
        host.initialize(own, i=i)
        assert host.exchange(0x80, 0xCA, 0x00, 0x66).ok
        assert host.authenticate(0x01).sw == "6985"

    def test_wrong_cryptogram_counts_and_blocks(self, own: KeySet, i: int) -> None:
        """6300 ten times, then 6983, as this product's data say; a success in between starts the count again."""
        card = powered(load("generic-usim"))
        host = Host(card)
        host.select(ISD)
        for _ in range(9):
            host.initialize(own, i=i)
            assert host.authenticate(0x01, spoil=0).sw == "6300"
        host.initialize(own, i=i)
        assert host.authenticate(0x01).ok
        for _ in range(10):
            card.reset()  # does not help
            host.select(ISD)
            host.initialize(own, i=i)
            assert host.authenticate(0x01, spoil=0).sw == "6300"
        assert host.initialize(own, i=i).sw == "6983"

    def test_wrong_mac_of_authenticate(self, own: KeySet, i: int) -> None:
        host = Host(powered(load("generic-usim")))
        host.select(ISD)
        host.initialize(own, i=i)
        assert host.authenticate(0x01, spoil=15).sw == "6982"

    def test_unknown_version(self, own: KeySet, i: int) -> None:
        """6A88; also for a version that is for secured packets (TS 102 225 §5.1.1)."""
        host = Host(powered(load("generic-usim")))
        host.select(ISD)
        assert host.initialize(own, i=i, version=0x2A).sw == "6a88"
        assert host.initialize(own, i=i, version=0x01).sw == "6a88"

    def test_counter(self, own: KeySet, i: int) -> None:
        """SCP02: one more after each session (§E.1.2.1). SCP03: one more with each challenge; over power cycles."""
        card = powered(load("generic-usim"))
        seen = []
        for good in (True, False, True):
            host = Host(card)
            host.select(ISD)
            host.initialize(own, i=i)
            seen.append(int.from_bytes(host.counter))
            host.authenticate(0x01, spoil=None if good else 0)
            card.power_off()
            card.power_on()
        assert seen == ([0, 1, 1] if own is SCP02_KEYS else [1, 2, 3])


def test_pseudo_random_challenges() -> None:
    """They follow from counter and AID (§E.4.2.3, Amendment D §6.2.2.1): the host can compute them beforehand."""
    from simtool.crypto import scp02 as two
    from simtool.crypto import scp03 as three

    host = Host(powered(load("generic-usim")))
    host.select(ISD)
    host.initialize(SCP02_KEYS, i=0x55)
    assert host.challenge == two.card_challenge(host.keys02.c_mac, ISD)
    host.initialize(SCP03_KEYS, i=0x70)
    assert host.challenge == three.card_challenge(SCP03_KEYS.enc, host.counter, ISD)


def test_sja5_keys_come_from_its_file() -> None:
    """The SJA5's set 70 is the first three records of EF.0348_KEY, its counter that of EF.GP_COUNT (0014)."""
    card = powered(load("sysmoISIM-SJA5"))
    own = keys(0x70, KeyCipher.DES, "51d4fc44bcba7c4589dfada3297720af", "0449699c472ce71e2fb7b56245ef7684",
               "ffb53e96e5ff99731d51ad7beafd0e23")  # fmt: skip
    host = Host(card).open(bytes.fromhex("a000000003000000"), own, 0x03, i=0x15)
    assert host.counter == b"\x00\x14"
    assert card.files.by_path["MF/DF.SYSTEM/EF.GP_COUNT"].content.data[:5].hex() == "0070001500"
    assert host.put_key(keys(0x70, KeyCipher.DES, BASE_KEY), replace=0x70).ok
    assert card.files.by_path["MF/DF.SYSTEM/EF.0348_KEY"].content.data[3:19].hex() == BASE_KEY
    host.open(bytes.fromhex("a000000003000000"), keys(0x70, KeyCipher.DES, BASE_KEY), 0x03, i=0x15)
    assert host.put_key(keys(0x21, KeyCipher.DES, BASE_KEY)).sw == "6a84"  # all twelve records are used
