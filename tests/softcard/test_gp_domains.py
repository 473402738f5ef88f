"""Security domains: keys, life cycles, privileges, extradition, delegated management, data (GPCS §5, §7, §9.2, §11)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from simtool.crypto import scp02, scp03
from simtool.crypto.key_set import KeyCipher
from simtool.crypto.secret import Secret
from simtool.files.product import load as product
from simtool.softcard import SoftCard
from simtool.softcard.globalplatform.proofs import digest
from tests.harness.gp_host import BASE_KEY, SCP02_KEYS, SCP03_KEYS, Host, keys, load_file, lv
from tests.softcard.test_gp_content import (
    CAP,
    INSTANCE,
    ISD,
    LIBRARY,
    MODULE,
    OTHER,
    PACKAGE,
    SSD,
    SSD_FILE,
    SSD_MODULE,
)

SSD_KEYS = keys(0x31, KeyCipher.AES, "51" * 16, "52" * 16, "53" * 16)
SSD2 = bytes.fromhex("d07002ca44aa02")
TOKEN_KEY, RECEIPT_KEY = Secret.from_hex("61" * 16), Secret.from_hex("62" * 16)


def with_domain(host: Host, aid: bytes = SSD, privileges: str = "804000") -> None:
    """A supplementary domain with keys of its own, put there by way of its issuer's."""
    assert host.install(SSD_FILE, SSD_MODULE, aid, privileges=privileges) == "9000"
    host.open(aid)  # without own keys: those of the domain above it (§7.1)
    assert host.put_key(SSD_KEYS).ok


def own_key(host: Host, version: int, key: Secret) -> None:
    """One AES key with identifier 1."""
    block = bytes((16,)) + scp03.encrypt_key(host.keys03.dek, key.reveal())
    assert host.send(0xD8, 0, 0x01, bytes((version,)) + b"\x88" + lv(block) + lv(key.kcv())).ok


# Selecting


def test_select_issuer(card: SoftCard) -> None:
    """§11.9: by AID, by its beginning, and with no name at all; the FCI has recognition data."""
    host = Host(card)
    whole = host.select(ISD).data.hex()
    assert whole.startswith(f"6f4f8408{ISD.hex()}a543733c06072a864886fc6b01")
    assert whole.endswith("9f650200ff")
    assert host.select(b"").data.hex() == whole
    assert host.select(ISD[:5]).data.hex() == whole
    assert host.select(ISD, 0x0C).data == b""


def test_files_are_reached_again(card: SoftCard) -> None:
    """SELECT by file identifier leaves a security domain, as SELECT of an application does."""
    host = Host(card).open(ISD)
    assert host.exchange(0, 0xA4, 0, 0x04, b"\x2f\xe2").data[:1] == b"\x62"
    assert host.exchange(0, 0xB0, 0, 0, le=10).sw == "9000"
    assert host.exchange(0x80, 0xCA, 0x00, 0x66).sw == "6d00"


@pytest.mark.parametrize("channel", [1, 2, 3])
def test_on_every_channel(card: SoftCard, channel: int) -> None:
    basic = Host(card)
    for number in range(1, channel + 1):
        assert basic.exchange(0, 0x70, 0, 0, le=1).data == bytes((number,))
    host = Host(card, channel=channel).open(ISD, level=0x33)
    assert host.status(0x80)[0].startswith("e3")
    assert basic.exchange(0, 0xA4, 0, 0x04, b"\x3f\x00").sw == "9000"
    assert host.status(0x80)[0].startswith("e3")


# GET DATA


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (0x0066, "663e733c06072a864886fc6b01600c060a2a864886fc6b02020301630906072a864886fc6b03"
                 "640b06092a864886fc6b040370640b06092a864886fc6b040255"),
        (0x00E0, "e036c00401308810c00402308810c00403308810c00401208010c00402208010c00403208010"
                 "c00401018810c00402018810c00403018810"),
        (0x00C1, "c103000000"),
        (0x00C2, "c2020000"),
        (0xFF21, "ff210f8101018204000200008304000020 00".replace(" ", "")),
        (0x2F00, "610a4f08a000000151000000610b4f09a00000015141434c00"),
    ],
)  # fmt: skip
def test_get_data(card: SoftCard, tag: int, value: str) -> None:
    """Table 11-24, §H.2, TS 102 226 §8.2.1.7; without a secure channel."""
    host = Host(card)
    host.select(ISD)
    assert host.exchange(0x80, 0xCA, tag >> 8, tag & 0xFF).data.hex() == value


def test_get_data_not_there(card: SoftCard) -> None:
    host = Host(card)
    host.select(ISD)
    for tag in (0x0042, 0x0045, 0x5F50, 0x1234):
        assert host.exchange(0x80, 0xCA, tag >> 8, tag & 0xFF).sw == "6a88"
    assert len(host.exchange(0x80, 0xCA, 0x9F, 0x7F).data) == 45


def test_store_data(host: Host, card: SoftCard) -> None:
    """IIN and CIN as BER-TLV, then by data grouping 0070, over two commands, and after a power cycle (§11.11)."""
    assert host.send(0xE2, 0x90, 0, bytes.fromhex("4203112233")).ok
    assert host.send(0xE2, 0x08, 0, bytes.fromhex("00700645")).ok
    assert host.send(0xE2, 0x88, 1, bytes.fromhex("0444556677")).ok
    assert host.send(0xE2, 0x90, 0, bytes.fromhex("9f7f0100")).sw == "6a88"
    assert host.send(0xE2, 0x90, 0, bytes.fromhex("4203")).sw == "6a80"
    assert host.send(0xE2, 0x90, 5, bytes.fromhex("4203112233")).sw == "6a86"
    card.power_off()
    card.power_on()
    host.select(ISD)
    assert host.exchange(0x80, 0xCA, 0, 0x42).data.hex() == "4203112233"
    assert host.exchange(0x80, 0xCA, 0, 0x45).data.hex() == "450444556677"


def test_enciphered_data(host: Host) -> None:
    """P1 with bits 7 and 6: the data grouping's content is under the data encryption key, padded (§11.11.2.3)."""
    content = bytes.fromhex("4203998877") + b"\x80" + bytes(10)
    hidden = scp03.encrypt_key(host.keys03.dek, content)
    assert host.send(0xE2, 0xE8, 0, b"\x00\x70" + lv(hidden)).ok
    assert host.send(0xCA, 0x00, 0x42).data.hex() == "4203998877"
    assert host.send(0xE2, 0xE8, 0, b"\x00\x70" + lv(bytes(16))).sw == "6a80"


# GET STATUS


def test_status_forms(host: Host) -> None:
    """Tables 11-34 to 11-36: the old form, the objects, and only those asked for."""
    assert host.status(0x80, p2=0) == [f"08{ISD.hex()}0f9a"]
    assert host.status(0x80) == [f"e3134f08{ISD.hex()}9f70010fc5039afe80"]
    assert host.status(0x80, tags=b"\x9f\x70\xc5") == ["e3099f70010fc5039afe80"]
    assert host.status(0x20, p2=0) == ["07a0000001515350010008a00000015141434c0100"]
    assert host.status(0x10, SSD_FILE, p2=0) == [f"07{SSD_FILE.hex()}01000108{SSD_MODULE.hex()}"]


@pytest.mark.parametrize(("p1", "p2", "sw"), [(0xC0, 2, "6a86"), (0x80, 4, "6a86"), (0x40, 3, "6985")])
def test_status_refused(host: Host, p1: int, p2: int, sw: str) -> None:
    assert host.send(0xF2, p1, p2, b"\x4f\0").sw == sw


@pytest.mark.parametrize("level", [0x01, 0x33])
def test_status_in_pages(card: SoftCard, level: int) -> None:
    """6310 until all is told; each entry once (§11.4.3.2)."""
    host = Host(card).open(ISD, level=level)
    assert host.load(CAP) == "9000"
    for number in range(30):
        assert host.install(PACKAGE, MODULE, INSTANCE[:-1] + bytes((number,))) == "9000"
    pages = host.status(0x40, PACKAGE)
    assert len(pages) > 3
    text = "".join(pages)
    assert [text.count((INSTANCE[:-1] + bytes((number,))).hex()) for number in range(30)] == [1] * 30


def test_a_domain_sees_its_own(host: Host) -> None:
    with_domain(host)
    assert host.load(LIBRARY) == "9000"
    host.open(ISD)
    assert host.load(CAP) == "9000"
    assert len(host.status(0x20, b"\xd0")[0].split("e3")) == 3
    host.open(SSD, SSD_KEYS)
    assert "".join(host.status(0x20)).count("4f06") == 1
    assert host.status(0x80) == ["6a88"]


# Keys


def test_put_key(host: Host) -> None:
    """§11.8: new, in place of others, and what the answer says."""
    new = keys(0x32, KeyCipher.AES, "a1" * 16, "a2" * 16, "a3" * 16)
    assert host.put_key(new).data == bytes((0x32,)) + b"".join(new.check_values)
    assert host.put_key(new).sw == "6a80"  # that version is there already
    newer = replace(keys(0x33, KeyCipher.AES, "b1" * 32, "b2" * 32, "b3" * 32))
    assert host.put_key(newer, replace=0x32).ok
    assert host.initialize(new, i=0x70).sw == "6a88"
    host.open(ISD, newer)
    assert host.counter == b"\0\0\1"  # a new key set begins with a counter of zero
    assert host.put_key(keys(0x34, KeyCipher.AES, "b1" * 16), replace=0x3A).sw == "6a88"


@pytest.mark.parametrize("own", [SCP02_KEYS, SCP03_KEYS], ids=["SCP02", "SCP03"])
@pytest.mark.parametrize("version", [0x02, 0x0F, 0x21])
def test_put_key_sets_for_packets(card: SoftCard, own: object, version: int) -> None:
    """Key versions 01 to 0F are those of secured packets (TS 102 225 §5.1.1); DES keys under either channel."""
    host = Host(card).open(ISD, own, i=0x55 if own is SCP02_KEYS else 0x70)  # type: ignore[arg-type]
    assert host.put_key(keys(version, KeyCipher.DES, "01" * 16, "02" * 16, "04" * 16)).ok
    found = card.gp.keys(card.gp.registry.issuer).key_set(version)  # type: ignore[union-attr]
    assert found is not None
    assert found.mac.reveal().hex() == "02" * 16


def test_wrong_check_value(host: Host) -> None:
    assert host.put_key(keys(0x32, KeyCipher.AES, BASE_KEY), check=b"\1\2\3").sw == "6a80"
    assert host.initialize(keys(0x32, KeyCipher.AES, BASE_KEY), i=0x70).sw == "6a88"


@pytest.mark.parametrize(
    ("p1", "p2", "data", "sw"),
    [
        (0x00, 0x80, "32", "6a86"),  # identifier 0
        (0x00, 0x81, "00", "6a80"),
        (0x00, 0x81, "80", "6a80"),
        (0x00, 0x81, "32", "6a80"),  # no key
        (0x00, 0x81, "328811", "6a80"),  # cut short
        (0x00, 0x81, "32990100", "6a80"),  # a type that is not known
    ],
)
def test_put_key_refused(host: Host, p1: int, p2: int, data: str, sw: str) -> None:
    assert host.send(0xD8, p1, p2, bytes.fromhex(data)).sw == sw


# Life cycles


def state(host: Host) -> str:
    return host.status(0x80, tags=b"\x9f\x70")[0][-2:]


CARD_STATES = {"op_ready": 0x01, "initialized": 0x07, "secured": 0x0F, "locked": 0x7F, "terminated": 0xFF}
ALLOWED = {(0x01, 0x07), (0x07, 0x0F), (0x0F, 0x7F), (0x7F, 0x0F)} | {(s, 0xFF) for s in (0x01, 0x07, 0x0F, 0x7F)}


@pytest.mark.parametrize("start", [0x01, 0x07, 0x0F, 0x7F])
@pytest.mark.parametrize("target", [0x01, 0x07, 0x0F, 0x7F, 0xFF])
def test_card_life_cycle(start: int, target: int) -> None:
    """§5.1.1, figure 5-1: OP_READY, INITIALIZED, SECURED in this order, CARD_LOCKED and back, TERMINATED from all."""
    model = product("generic-usim")
    spec = model.global_platform
    assert spec is not None
    card = SoftCard.new(replace(model, global_platform=replace(spec, life_cycle=min(start, 0x0F))))
    card.power_on()
    host = Host(card).open(ISD)
    if start == 0x7F:
        assert host.send(0xF0, 0x80, 0x7F).ok
    assert host.send(0xF0, 0x80, target).sw == ("9000" if (start, target) in ALLOWED else "6985")


def test_a_locked_card(host: Host, card: SoftCard) -> None:
    """§5.1.1.4, table 11-1: only the issuer's domain, which says so with 6283, and no change of content."""
    assert host.load(CAP) == "9000"
    assert host.send(0xF0, 0x80, 0x7F).ok
    card.reset()
    assert host.exchange(0x80, 0xCA, 0, 0x66).ok  # selected by default
    assert host.exchange(0, 0xA4, 4, 0, bytes.fromhex("a0000000871002")).sw == "6a81"
    assert host.exchange(0, 0xA4, 0, 4, b"\x3f\x00").sw == "6d00"
    assert host.exchange(0, 0x70, 0, 0, le=1).ok
    assert Host(card, channel=1).exchange(0, 0xA4, 0, 4, b"\x3f\x00").sw == "6d00"
    assert host.select(ISD, 0x0C).sw == "6283"
    host.open(ISD)
    assert host.install(PACKAGE, MODULE, INSTANCE) == "6985"
    assert host.delete(PACKAGE) == "6985"
    assert host.send(0xF0, 0x80, 0x0F).ok
    assert host.delete(PACKAGE) == "9000"
    card.reset()
    assert host.exchange(0, 0xA4, 4, 0, bytes.fromhex("a0000000871002")).ok


def test_a_terminated_card(host: Host, card: SoftCard) -> None:
    """§5.1.1.5: nothing but GET DATA, for good."""
    assert host.send(0xF0, 0x80, 0xFF).ok
    for _ in range(2):
        card.power_off()
        card.power_on()
        assert host.exchange(0x80, 0xCA, 0x9F, 0x7F).ok
        assert host.exchange(0x80, 0x50, 0x30, 0, bytes(8)).sw == "6985"
        assert host.exchange(0, 0xA4, 4, 0, ISD).sw == "6985"


@pytest.mark.parametrize(
    ("states", "sw"),
    [
        ([0x87], "9000"),  # lock
        ([0x80, 0x07], "9000"),  # and unlock
        ([0x0F, 0x7F], "9000"),  # states of its own
        ([0x0F, 0x87, 0x07], "9000"),
        ([0x03], "6a80"),
        ([0x01], "6a80"),
    ],
)
def test_application_states(host: Host, card: SoftCard, states: list[int], sw: str) -> None:
    """Table 11-4, §5.3.1."""
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "9000"
    for number in states:
        answer = host.send(0xF0, 0x40, number, INSTANCE)
        expected = "9000" if number != states[-1] else sw
        assert answer.sw == expected
    locked = bool(states[-1] & 0x80)
    assert Host(card).select(INSTANCE).sw == ("6a82" if locked else "9000")


def test_unlocking_gives_the_state_before(host: Host) -> None:
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "9000"
    for number, told in ((0x1F, "1f"), (0x80, "9f"), (0x07, "1f")):
        assert host.send(0xF0, 0x40, number, INSTANCE).ok
        assert host.status(0x40, INSTANCE, tags=b"\x9f\x70")[0][-2:] == told
    assert host.send(0xF0, 0x40, 0x80, OTHER).sw == "6a88"
    assert host.send(0xF0, 0x20, 0x80, OTHER).sw == "6a86"


def test_a_domain_with_all_it_has(host: Host, card: SoftCard) -> None:
    """P1 60: the domain and its applications are locked together (§11.10.2.1)."""
    with_domain(host)
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "9000"
    host.open(ISD)
    assert host.send(0xF0, 0x60, 0x80, SSD).ok
    assert host.select(INSTANCE).sw == "6a82"
    assert host.select(SSD).sw == "6a82"
    host.open(ISD)
    assert host.send(0xF0, 0x60, 0x00, SSD).ok
    assert host.select(INSTANCE).ok


@pytest.mark.parametrize(("wanted", "sw"), [(0x0F, "9000"), (0x07, "9000"), (0x1F, "6a80"), (0x03, "6a80")])
def test_domain_states(host: Host, wanted: int, sw: str) -> None:
    """§5.3.2: SELECTABLE to PERSONALIZED; no way back."""
    assert host.install(SSD_FILE, SSD_MODULE, SSD, privileges="80") == "9000"
    assert host.send(0xF0, 0x40, wanted, SSD).sw == sw
    if wanted == 0x0F:
        assert host.send(0xF0, 0x40, 0x07, SSD).sw == "6985"


# Supplementary domains


def test_domains_are_apart(host: Host) -> None:
    """A domain has its own keys, and no hand on what is another's (§7.2)."""
    with_domain(host)
    host.select(SSD)
    assert host.initialize(SCP03_KEYS, i=0x70).sw == "6a88"  # the issuer's keys no longer open it
    host.open(SSD, SSD_KEYS)
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "9000"
    host.open(ISD)
    assert host.load(LIBRARY) == "9000"
    host.open(SSD, SSD_KEYS)
    assert host.delete(bytes.fromhex(LIBRARY.aid)) == "6985"
    assert host.send(0xF0, 0x80, 0x7F).sw == "6985"  # no card lock privilege
    host.open(ISD)
    assert host.delete(SSD) == "6985"  # it has applications
    assert host.delete(SSD, related=True) == "9000"
    assert host.status(0x40, b"\xd0") == ["6a88"]
    assert host.status(0x20, PACKAGE) == ["6a88"]


def test_a_new_domain_of_the_same_name_has_no_old_keys(host: Host) -> None:
    with_domain(host)
    host.open(ISD)
    assert host.delete(SSD) == "9000"
    assert host.install(SSD_FILE, SSD_MODULE, SSD, privileges="80") == "9000"
    host.select(SSD)
    assert host.initialize(SSD_KEYS, i=0x70).sw == "6a88"
    host.open(SSD)


def test_a_domain_without_rights(host: Host) -> None:
    """Neither authorised nor delegated management: 6985 (§9.1)."""
    with_domain(host, privileges="80")
    host.open(SSD, SSD_KEYS)
    assert host.load(CAP) == "6985"


def test_extradition(host: Host) -> None:
    """§9.4.1."""
    with_domain(host)
    host.open(ISD)
    assert host.install(SSD_FILE, SSD_MODULE, SSD2, privileges="80") == "9000"
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "9000"
    move = lv(SSD, b"", INSTANCE, b"", b"", b"")
    assert host.send(0xE6, 0x10, 0, move).data == b"\0"
    assert host.status(0x40, INSTANCE, tags=b"\xcc") == [f"e309cc07{SSD.hex()}"]
    assert host.send(0xE6, 0x10, 0, lv(OTHER, b"", INSTANCE, b"", b"", b"")).sw == "6a88"
    assert host.send(0xE6, 0x10, 0, lv(SSD, b"", OTHER, b"", b"", b"")).sw == "6a88"
    assert host.send(0xE6, 0x10, 0, lv(SSD, b"", ISD, b"", b"", b"")).sw == "6985"
    assert host.send(0xE6, 0x10, 0, lv(SSD2, b"", SSD, b"", b"", b"")).ok
    assert host.send(0xE6, 0x10, 0, lv(SSD, b"", SSD2, b"", b"", b"")).sw == "6985"  # a circle
    assert host.send(0xE6, 0x10, 0, lv(SSD, b"\1", INSTANCE, b"", b"", b"")).sw == "6a80"


def test_registry_update(host: Host) -> None:
    """§9.4.2: other privileges, by one that may give them."""
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "9000"
    assert host.send(0xE6, 0x40, 0, lv(b"", b"", INSTANCE, b"\x04\0\0", b"", b"")).ok
    assert host.status(0x40, INSTANCE, tags=b"\xc5") == ["e305c503040000"]
    assert host.send(0xE6, 0x40, 0, lv(b"", b"", INSTANCE, b"\x80\0\0", b"", b"")).sw == "6a80"
    assert host.send(0xE6, 0x40, 0, lv(b"", b"", OTHER, b"\0", b"", b"")).sw == "6a88"


def test_personalisation(host: Host, card: SoftCard) -> None:
    """§7.3.3: STORE DATA by way of the domain; an applet that has no interface for it cannot take any."""
    with_domain(host, privileges="80")
    host.open(ISD)
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "9000"
    assert host.send(0xE6, 0x20, 0, lv(b"", b"", INSTANCE, b"", b"", b"")).ok
    assert host.send(0xE2, 0x90, 0, bytes.fromhex("4203112233")).sw == "6985"
    assert host.send(0xE6, 0x20, 0, lv(b"", b"", SSD, b"", b"", b"")).ok
    assert host.send(0xE2, 0x90, 0, bytes.fromhex("4203112233")).ok
    host.select(SSD)
    assert host.exchange(0x80, 0xCA, 0, 0x42).data.hex() == "4203112233"
    host.open(ISD)
    assert host.send(0xE6, 0x20, 0, lv(b"", b"", OTHER, b"", b"", b"")).sw == "6a88"


# Tokens, receipts, signatures


def token(p1: int, p2: int, signed: bytes) -> bytes:
    return scp03.cmac(TOKEN_KEY, bytes((p1, p2, len(signed))) + signed)


def test_delegated_management(host: Host) -> None:
    """§9.2, §C.4, §C.5: each step with the issuer's token, each with a receipt; 6982 for a wrong token."""
    own_key(host, 0x70, TOKEN_KEY)
    own_key(host, 0x71, RECEIPT_KEY)
    assert host.send(0xE2, 0x90, 0, bytes.fromhex("4203112233")).ok
    with_domain(host, privileges="a0")
    host.open(SSD, SSD_KEYS)
    for_load = lv(PACKAGE, b"", b"", b"")
    assert host.send(0xE6, 0x02, 0, for_load + lv(b"")).sw == "6982"
    assert host.send(0xE6, 0x02, 0, for_load + lv(token(0x04, 0, for_load))).sw == "6982"
    assert host.send(0xE6, 0x02, 0, for_load + lv(token(0x02, 0, for_load))).ok
    answer = host.send(0xE8, 0x80, 0, load_file(CAP.block()))
    told = bytes.fromhex("02000103112233")
    assert answer.data == lv(lv(scp03.cmac(RECEIPT_KEY, told + lv(PACKAGE, SSD))) + told)
    for_install = lv(PACKAGE, MODULE, INSTANCE, b"\0", b"\xc9\0")
    assert host.send(0xE6, 0x0C, 0, for_install + lv(token(0x0C, 0, for_install))).data[-7:-4] == b"\x02\x00\x02"
    named = b"\x4f" + lv(INSTANCE)
    assert host.send(0xE4, 0, 0, named + b"\x9e" + lv(token(0, 0, b"\x4f" + lv(OTHER)))).sw == "6982"
    assert host.send(0xE4, 0, 0, named + b"\x9e" + lv(token(0, 0, named))).ok
    host.select(ISD)
    assert host.exchange(0x80, 0xCA, 0, 0xC2).data.hex() == "c2020003"


@pytest.mark.parametrize("mandated", [False, True])
@pytest.mark.parametrize("kind", ["aes", "des", "rsa1024", "rsa2048", "rsa3072"])
def test_load_file_signature(host: Host, kind: str, *, mandated: bool) -> None:
    """§9.2.1, §C.3: DAP verification with the domain's key 73 over the hash; without it, or wrong: 6985.

    RSA by §B.3: PKCS #1 v1.5 with SHA-1 up to 1024 bits, PSS with SHA-256 above; never the other's.
    """
    file_hash = digest(CAP.block(), 32)
    assert file_hash is not None
    privileges = "c14000" if mandated else "c04000"
    with_domain(host, privileges=privileges)
    if kind == "aes":
        own_key(host, 0x73, TOKEN_KEY)
        signature = scp03.cmac(TOKEN_KEY, file_hash)
        others = signature[:-1] + bytes((signature[-1] ^ 1,))
    elif kind == "des":
        block = bytes((16,)) + scp03.encrypt_key(host.keys03.dek, TOKEN_KEY.reveal())
        assert host.send(0xD8, 0, 0x01, b"\x73\x80" + lv(block) + b"\0").ok
        signature = scp02.retail_mac(TOKEN_KEY, file_hash)
        others = scp03.cmac(TOKEN_KEY, file_hash)
    else:
        bits = int(kind.removeprefix("rsa"))
        private = rsa.generate_private_key(65537, bits)
        numbers = private.public_key().public_numbers()
        modulus, exponent = numbers.n.to_bytes(bits // 8), b"\1\0\1"
        assert host.send_parts(0xD8, 0, 1, b"\x73\xa1" + lv(modulus) + b"\xa0" + lv(exponent) + b"\0").ok
        first = private.sign(file_hash, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        second = private.sign(file_hash, pss, hashes.SHA256())
        signature, others = (first, second) if bits == 1024 else (second, first)
    right, wrong = (b"\xe2" + lv(b"\x4f" + lv(SSD) + b"\xc3" + lv(one)) for one in (signature, others))
    if mandated:
        host.open(ISD)  # a mandated domain verifies what others load as well
    assert host.load(CAP) == "6985"
    assert host.load(CAP, hash=file_hash) == "6985"
    assert host.load(CAP, hash=file_hash, before=wrong) == "6985"
    assert host.load(CAP, hash=file_hash, before=right) == "9000"


# Privileges in use


@pytest.mark.parametrize(
    ("privileges", "p1", "state", "sw"),
    [
        ("900000", 0x80, 0x7F, "9000"),  # card lock
        ("800000", 0x80, 0x7F, "6985"),
        ("880000", 0x80, 0xFF, "9000"),  # card terminate
        ("900000", 0x80, 0xFF, "6985"),
        ("800800", 0x40, 0x80, "9000"),  # global lock: another's application
        ("800000", 0x40, 0x80, "6985"),
    ],
)
def test_privileges_over_the_card(host: Host, privileges: str, p1: int, state: int, sw: str) -> None:
    """§6.6.2, table 6-1."""
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "9000"
    with_domain(host, privileges=privileges)
    host.open(SSD, SSD_KEYS)
    assert host.send(0xF0, p1, state, INSTANCE).sw == sw


@pytest.mark.parametrize(("privileges", "sw"), [("801000", "9000"), ("804000", "6985")])
def test_global_delete(host: Host, privileges: str, sw: str) -> None:
    """§6.6.2.13: whatever it is associated with."""
    assert host.load(CAP) == "9000"
    with_domain(host, privileges=privileges)
    host.open(SSD, SSD_KEYS)
    assert host.delete(PACKAGE) == sw


def test_a_domain_gives_itself_nothing(host: Host) -> None:
    """Its own privileges and place are not its own business (§9.4)."""
    with_domain(host)
    host.open(SSD, SSD_KEYS)
    assert host.send(0xE6, 0x40, 0, lv(b"", b"", SSD, b"\x90\x40\0", b"", b"")).sw == "6985"
    assert host.send(0xE6, 0x10, 0, lv(ISD, b"", SSD, b"", b"", b"")).sw == "6985"
    assert host.delete(SSD) == "6985"


@pytest.mark.parametrize("length", [16, 24, 32])
def test_aes_keys_of_each_length(host: Host, length: int) -> None:
    """Amendment D §7.2: the length goes before the enciphered blocks."""
    new = keys(0x32, KeyCipher.AES, "a1" * length, "a2" * length, "a3" * length)
    assert host.put_key(new).ok
    host.open(ISD, new, 0x33)
    assert host.status(0x80)[0].startswith("e3")
    told = host.send(0xCA, 0x00, 0xE0).data
    assert bytes((0xC0, 4, 1, 0x32, 0x88, length)) in told


def test_keys_survive(host: Host, card: SoftCard) -> None:
    assert host.put_key(SSD_KEYS).ok
    card.power_loss()
    card.power_on()
    host.open(ISD, SSD_KEYS)


def test_more_keys_than_the_file_has_room_for() -> None:
    """On the SJA5 a deleted version gives its records back, and the next one takes them."""
    card = SoftCard.new(product("sysmoISIM-SJA5"))
    card.power_on()
    isd = bytes.fromhex("a000000003000000")
    own = keys(0x70, KeyCipher.DES, "51d4fc44bcba7c4589dfada3297720af", "0449699c472ce71e2fb7b56245ef7684",
               "ffb53e96e5ff99731d51ad7beafd0e23")  # fmt: skip
    host = Host(card).open(isd, own, i=0x15)
    assert host.put_key(keys(0x21, KeyCipher.DES, BASE_KEY)).sw == "6a84"
    assert host.send(0xE4, 0, 0, b"\xd2\x01\x03").ok
    assert host.put_key(keys(0x21, KeyCipher.DES, BASE_KEY)).ok
    host.open(isd, keys(0x21, KeyCipher.DES, BASE_KEY), 0x03, i=0x15)
    assert host.counter == b"\0\0"
    assert card.files.by_path["MF/DF.SYSTEM/EF.GP_COUNT"].content.data[5:9].hex() == "00210001"
