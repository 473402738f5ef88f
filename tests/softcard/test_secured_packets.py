"""Secured packets on the card: what reaches an application, and how the rest is refused (TS 102 225 §5, TS 102 226)."""

from __future__ import annotations

import pytest

from simtool.crypto import scp80
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.packet_security import PacketKey, PacketKeys
from simtool.crypto.scp80 import PacketHeader, ResponseStatus, Spi
from simtool.crypto.secret import Secret
from simtool.files.product import load
from simtool.softcard import SoftCard
from simtool.softcard.globalplatform.keys import CardKey
from simtool.softcard.globalplatform.platform import GlobalPlatform
from simtool.softcard.secured_packets import Opened, Refused, SecuredPackets, command_packet, high_enough
from tests.harness.cap_builder import CapPlan
from tests.harness.gp_host import Host, keys

PACKAGE, MODULE, INSTANCE = (bytes.fromhex(f"d07002ca4490{end}") for end in ("", "01", "0101"))
SSD_FILE, SSD_MODULE = bytes.fromhex("a0000001515350"), bytes.fromhex("a000000151535041")
SSD = bytes.fromhex("d07002ca44aa01")
CAP = CapPlan(PACKAGE.hex(), applets=(MODULE.hex(),))
TAR, OTHER_TAR = bytes.fromhex("4a4b4c"), bytes.fromhex("777777")
DES_SET = keys(0x04, KeyCipher.DES, "300102030405060708090a0b0c0d0e0f", "301102030405060708090a0b0c0d0e0f")
AES_SET = keys(0x05, KeyCipher.AES, "200102030405060708090a0b0c0d0e0f", "201102030405060708090a0b0c0d0e0f")
DATA = b"secured data"


def toolkit(msl: str = "00", tar: bytes = TAR) -> str:
    """Install parameters of a toolkit application: priority, timers, text, menu, channels, MSL, TAR, services."""
    body = "ff" + "00" * 4 + msl + f"03{tar.hex()}" + "00"
    return f"c900ea{len(body) // 2 + 2:02x}80{len(body) // 2:02x}{body}"


def packet_keys(key_set: KeySet, *, mac_length: int = 8) -> PacketKeys:
    kic, kid = PacketKey(key_set.cipher, key_set.enc), PacketKey(key_set.cipher, key_set.mac)
    return PacketKeys(kic, kid, mac_length)


def packet(
    spi: str, key_set: KeySet = DES_SET, *, counter: int = 0, tar: bytes = TAR, kid: int | None = None
) -> tuple[PacketHeader, bytes]:  # fmt: skip
    code = key_set.version << 4 | (0x05 if key_set.cipher is KeyCipher.DES else 0x02)
    header = PacketHeader(Spi(*bytes.fromhex(spi)), code, code if kid is None else kid, tar)
    return header, scp80.build_command(header, counter, DATA, packet_keys(key_set))


@pytest.fixture
def gp(card: SoftCard, host: Host) -> GlobalPlatform:
    """A card with two sets of packet keys and a toolkit application."""
    assert host.put_key(DES_SET).ok
    assert host.put_key(AES_SET).ok
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE, parameters=toolkit()) == "9000"
    assert card.gp is not None
    return card.gp


def opened(gp: GlobalPlatform, raw: bytes) -> Opened:
    found = SecuredPackets(gp).open(raw)
    assert isinstance(found, Opened), found
    return found


def refused(gp: GlobalPlatform, raw: bytes) -> Refused:
    found = SecuredPackets(gp).open(raw)
    assert isinstance(found, Refused), found
    return found


@pytest.mark.parametrize("key_set", [DES_SET, AES_SET], ids=["3DES", "AES"])
@pytest.mark.parametrize("spi", ["0001", "0201", "0401", "0601", "0619", "0209", "0e39"])
def test_a_packet_arrives_and_is_answered(gp: GlobalPlatform, spi: str, key_set: KeySet) -> None:
    header, raw = packet(spi, key_set, counter=7)
    found = opened(gp, raw)
    assert (found.receiver.aid, found.tar, found.data) == (INSTANCE, TAR, DATA)
    assert found.packet[:10] == raw[:10], "what was readable stays as it was"
    assert len(found.packet) == len(raw), "the padding stays, so the lengths are still true"
    response = found.response(b"answer")
    assert response is not None
    back = scp80.open_response(response, header, packet_keys(key_set))
    assert (back.tar, back.counter, back.status, back.data) == (TAR, 7, 0, b"answer")


def test_a_packet_with_a_crc(gp: GlobalPlatform) -> None:
    header, raw = packet("0505", kid=0x45)
    response = opened(gp, raw).response(b"x")
    assert response is not None
    assert scp80.open_response(response, header, packet_keys(DES_SET)).data == b"x"
    assert refused(gp, packet("0101")[1][:-1] + b"?").status is ResponseStatus.INTEGRITY_FAILED


@pytest.mark.parametrize(
    ("second", "on_success", "on_error"),
    [("00", False, False), ("01", True, True), ("02", False, True), ("03", False, False)],
)
def test_when_there_is_a_proof_of_receipt(gp: GlobalPlatform, second: str, on_success: bool, on_error: bool) -> None:
    """TS 102 225 §5.1.1: none, always, on error only; 11 is reserved."""
    assert (opened(gp, packet(f"02{second}")[1]).response(b"x") is not None) is on_success
    failed = refused(gp, packet(f"02{second}", tar=OTHER_TAR)[1])
    assert (failed.response is not None) is on_error


def test_a_proof_may_go_by_a_message_of_its_own(gp: GlobalPlatform) -> None:
    assert opened(gp, packet("0221")[1]).answers.by_submit
    assert refused(gp, packet("0221", tar=OTHER_TAR)[1]).by_submit
    assert not opened(gp, packet("0201")[1]).answers.by_submit


# What does not pass


@pytest.mark.parametrize("spi", ["0619", "0601", "0209"])
@pytest.mark.parametrize("key_set", [DES_SET, AES_SET], ids=["3DES", "AES"])
def test_no_changed_byte_reaches_an_application(gp: GlobalPlatform, spi: str, key_set: KeySet) -> None:
    """Every byte of the packet in turn: refused, or what arrives is what was sent."""
    _, raw = packet(spi, key_set, counter=1)
    for at in range(len(raw)):
        changed = raw[:at] + bytes((raw[at] ^ 0x01,)) + raw[at + 1 :]
        assert isinstance(SecuredPackets(gp).open(changed), Refused), at


def test_a_wrong_mac(gp: GlobalPlatform) -> None:
    header, raw = packet("0609")
    forged = raw[:-1] + bytes((raw[-1] ^ 1,))
    failed = refused(gp, forged)
    assert failed.status is ResponseStatus.INTEGRITY_FAILED
    assert failed.response is not None
    assert scp80.open_response(failed.response, header, packet_keys(DES_SET)).status == 0x01


def status_of(failed: Refused) -> int:
    """Status byte of a response without security."""
    assert failed.response is not None
    assert failed.response[:6] == bytes.fromhex("027100000b0a")
    return failed.response[-1]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (packet("0219", tar=OTHER_TAR)[1], ResponseStatus.TAR_UNKNOWN),
        (bytes.fromhex("00150d03014545") + TAR + bytes(13), ResponseStatus(6)),  # a digital signature
        (packet("0201", keys(0x03, KeyCipher.DES, "00" * 16))[1], ResponseStatus(6)),  # no such key version
        (bytes.fromhex("00150d02014545") + TAR + bytes(13), ResponseStatus(6)),  # CHL does not have the CC
        (bytes.fromhex("00151502014141") + TAR + bytes(13), ResponseStatus(6)),  # single DES, longer key
        (bytes.fromhex("00151502010303") + TAR + bytes(13), ResponseStatus(6)),  # key version 0, proprietary
        (bytes.fromhex("00ff0d00014545") + TAR + bytes(13), ResponseStatus(6)),  # CPL
        (bytes.fromhex("00150d000d4545") + TAR + bytes(13), ResponseStatus(6)),  # proof with a digital signature
        (bytes.fromhex("00150d04013545") + TAR + bytes(13), ResponseStatus(6)),  # to be deciphered with no key
    ],
)  # fmt: skip
def test_what_is_answered_without_security(gp: GlobalPlatform, raw: bytes, status: ResponseStatus) -> None:
    """TAR unknown, and headers that cannot be interpreted (TS 102 225 table 5: 06 goes without security)."""
    failed = refused(gp, raw)
    assert failed.status is status
    assert status_of(failed) == status


def test_ciphered_data_that_are_not_whole_blocks(gp: GlobalPlatform) -> None:
    raw = packet("0401")[1] + b"\0"
    raw = (len(raw) - 2).to_bytes(2) + raw[2:]
    assert refused(gp, raw).status is ResponseStatus.CIPHERING_ERROR


def test_more_padding_than_data(gp: GlobalPlatform) -> None:
    raw = bytes.fromhex("00150d00014545") + TAR + bytes(5) + b"\x09" + bytes(7)
    assert refused(gp, raw).status is ResponseStatus.CIPHERING_ERROR


@pytest.mark.parametrize("length", range(10))
def test_what_is_no_packet_gets_no_answer(gp: GlobalPlatform, length: int) -> None:
    assert refused(gp, packet("0001")[1][:length]).response is None


# Counters


def test_counters_that_must_be_higher(gp: GlobalPlatform, card: SoftCard) -> None:
    """TS 102 225 §5.1.4: higher, kept only when all has passed; one counter for each key version."""
    assert opened(gp, packet("1201", counter=5)[1])
    assert refused(gp, packet("1201", counter=5)[1]).status is ResponseStatus.COUNTER_LOW
    assert refused(gp, packet("1201", counter=4)[1]).status is ResponseStatus.COUNTER_LOW
    forged = packet("1201", counter=500)[1]
    assert refused(gp, forged[:-1] + b"\0").status is ResponseStatus.INTEGRITY_FAILED
    assert opened(gp, packet("1201", counter=6)[1]), "a forged packet has not moved the counter"
    assert opened(gp, packet("1201", AES_SET, counter=1)[1]), "another key version, another counter"
    assert opened(gp, packet("0201", counter=0)[1]), "no counter: it is ignored"
    assert opened(gp, packet("0a01", counter=0)[1]), "no check of it"
    card.commit()
    card.power_on()
    assert card.gp is not None
    assert refused(card.gp, packet("1201", counter=6)[1]).status is ResponseStatus.COUNTER_LOW


def test_counters_that_must_be_one_higher(gp: GlobalPlatform) -> None:
    header, raw = packet("1a09", counter=2)
    failed = refused(gp, raw)
    assert failed.status is ResponseStatus.COUNTER_HIGH
    assert failed.response is not None
    assert scp80.open_response(failed.response, header, packet_keys(DES_SET)).counter == 2
    assert opened(gp, packet("1a01", counter=1)[1])
    assert refused(gp, packet("1a01", counter=1)[1]).status is ResponseStatus.COUNTER_LOW
    assert opened(gp, packet("1a01", counter=2)[1])


def test_a_counter_at_its_end_is_blocked(gp: GlobalPlatform) -> None:
    assert opened(gp, packet("1201", counter=scp80.COUNTER_MAX)[1])
    assert refused(gp, packet("1201", counter=scp80.COUNTER_MAX)[1]).status is ResponseStatus.COUNTER_BLOCKED
    assert refused(gp, packet("1a01", counter=1)[1]).status is ResponseStatus.COUNTER_BLOCKED
    assert opened(gp, packet("0201")[1]), "without a counter the keys still serve"


def test_new_keys_begin_with_a_new_counter(gp: GlobalPlatform, host: Host) -> None:
    assert opened(gp, packet("1201", counter=9)[1])
    assert host.put_key(DES_SET, replace=4).ok
    assert opened(gp, packet("1201", counter=1)[1])


# Receivers


@pytest.mark.parametrize(
    ("spi", "msl", "enough"),
    [
        ("00", "", True),
        ("00", "0100", True),
        ("02", "0102", True), ("01", "0102", False), ("03", "0102", True), ("06", "0102", True),
        ("02", "0106", False), ("06", "0106", True),
        ("06", "0116", False), ("16", "0116", True), ("1e", "0116", True), ("0e", "0116", False),
        ("1e", "80", False), ("1e", "7f00", False),
    ],
)  # fmt: skip
def test_minimum_security_levels(spi: str, msl: str, enough: bool) -> None:
    """TS 102 226 §8.2.1.3.2.4.5: each part of the first byte of SPI for itself; unknown kinds are never reached."""
    assert high_enough(Spi(int(spi, 16), 0), bytes.fromhex(msl)) is enough


def test_the_minimum_security_level_of_an_application(gp: GlobalPlatform, host: Host) -> None:
    other = bytes.fromhex("d07002ca44900102")
    assert host.install(PACKAGE, MODULE, other, parameters=toolkit("020106", OTHER_TAR)) == "9000"
    assert refused(gp, packet("0201", tar=OTHER_TAR)[1]).status is ResponseStatus.INSUFFICIENT_SECURITY_LEVEL
    assert opened(gp, packet("0601", tar=OTHER_TAR)[1]).receiver.aid == other


def test_the_minimum_security_level_in_the_older_parameters(gp: GlobalPlatform, host: Host) -> None:
    """TS 43.019 §A: access domain, then as above; in CA within EF."""
    body = "0100" + "ff" + "00" * 2 + "01" + "0001" + "00" + "020102" + f"03{OTHER_TAR.hex()}"
    parameters = f"c900ef{len(body) // 2 + 2:02x}ca{len(body) // 2:02x}{body}"
    other = bytes.fromhex("d07002ca44900102")
    assert host.install(PACKAGE, MODULE, other, parameters=parameters) == "9000"
    assert refused(gp, packet("0101", tar=OTHER_TAR)[1]).status is ResponseStatus.INSUFFICIENT_SECURITY_LEVEL
    assert opened(gp, packet("0201", tar=OTHER_TAR)[1])


def test_a_locked_application_is_not_there(gp: GlobalPlatform, host: Host) -> None:
    assert host.send(0xF0, 0x40, 0x83, INSTANCE).ok
    assert refused(gp, packet("0201")[1]).status is ResponseStatus.TAR_UNKNOWN


def test_the_keys_are_those_of_the_applications_domain(gp: GlobalPlatform, host: Host) -> None:
    """A domain without packet keys uses those of the one above it; with its own, only those."""
    assert host.install(SSD_FILE, SSD_MODULE, SSD, privileges="80") == "9000"
    assert host.send(
        0xE6, 0x10, 0, bytes((len(SSD),)) + SSD + b"\0" + bytes((len(INSTANCE),)) + INSTANCE + b"\0\0\0"
    ).ok
    assert opened(gp, packet("0201")[1])
    domain = gp.registry.domain(SSD)
    assert domain is not None
    own = keys(0x06, KeyCipher.AES, "0f" * 16)
    gp.keys(domain).put([CardKey(6, one, ((0x88, b"\x0f" * 16),)) for one in (1, 2, 3)], 0)
    assert refused(gp, packet("0201")[1]).status is ResponseStatus.UNIDENTIFIED_SECURITY_ERROR
    assert opened(gp, packet("0201", own)[1])


# A product with its keys and counters in files


def test_keys_and_counters_in_files() -> None:
    """EF.0348_KEY and EF.0348_COUNT of the sysmoISIM-SJA5: the keys and the counter stand in records."""
    card = SoftCard.new(load("sysmoISIM-SJA5"))
    card.power_on()
    assert card.gp is not None
    aes = keys(0x03, KeyCipher.AES, "11" * 32, "22" * 32, "33" * 32)
    entry = card.gp.registry.issuer
    entry.tars = (TAR,)
    assert opened(card.gp, packet("1619", aes, counter=0x42)[1]).data == DATA
    node = card.files.by_path["MF/DF.SYSTEM/EF.0348_COUNT"]
    assert node.content.data[14:21].hex() == "fe030000000042"
    assert refused(card.gp, packet("1619", aes, counter=0x42)[1]).status is ResponseStatus.COUNTER_LOW


def test_short_macs_of_a_key_file() -> None:
    """Bit 7 of a key's algorithm byte in EF.0348_KEY: AES-CMACs of 4 bytes."""
    card = SoftCard.new(load("sysmoISIM-SJA5"))
    card.power_on()
    assert card.gp is not None
    card.gp.registry.issuer.tars = (TAR,)
    node = card.files.by_path["MF/DF.SYSTEM/EF.0348_KEY"]
    data = bytearray(node.content.data)
    assert data[10 * 35 : 10 * 35 + 3].hex() == "fe0361"
    data[10 * 35 + 2] |= 0x80
    card.write(node, bytes(data))
    key = PacketKey(KeyCipher.AES, Secret.from_hex("22" * 32))
    header = PacketHeader(Spi(0x02, 0x01), 0x32, 0x32, TAR)
    raw = scp80.build_command(header, 0, DATA, PacketKeys(None, key, 4))
    assert opened(card.gp, raw).data == DATA


# User data


@pytest.mark.parametrize(
    ("user_data", "found"),
    [
        ("027000aabb", "aabb"),
        ("0700030a01017000aabb", "aabb"),  # beside a concatenation element
        ("0770000003010101aa", "aa"),
        ("027100aabb", None),  # a response packet
        ("050003010101aabb", None),
        ("0270", None), ("", None), ("ff7000", None), ("0170aa", None),
    ],
)  # fmt: skip
def test_command_packets_in_user_data(user_data: str, found: str | None) -> None:
    """TS 31.115 §4.1: information element 70 in the user data header."""
    made = command_packet(bytes.fromhex(user_data))
    assert (made.hex() if made is not None else None) == found
