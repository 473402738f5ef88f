"""A security domain's commands, byte for byte (GlobalPlatform Card Specification §11)."""

from __future__ import annotations

import pytest

from simtool.codec.globalplatform import Privilege, Scope
from simtool.codec.install import DapBlock, DataEncryption, DataStructure, ForInstall, ForLoad, ForRegistryUpdate
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.scp02 import session_keys
from simtool.crypto.secret import Secret
from simtool.errors import CardError, RefusedError, StatusError
from simtool.gp.domain import SecurityDomain, select_domain
from simtool.gp.keys import put_keys, put_ota_keys, put_rsa_key, put_single_key
from simtool.gp.levels import SecurityLevel
from simtool.gp.scp02 import Scp02Channel
from simtool.gp.secure_channel import SecureLink
from tests.card.scripted import ScriptedTransport, session_on
from tests.gp.channels import VECTORS, ScriptedLink

AID = bytes.fromhex("d07002ca440001")
PACKAGE = bytes.fromhex("d07002ca4400")
ISD = bytes.fromhex("a000000151000000")
BASE = Secret.from_hex(VECTORS["default_key"]["base_key"])
DES_KEYS = KeySet(0x20, KeyCipher.DES, BASE, BASE, BASE)


def domain(*answers: str, limit: int = 255) -> tuple[SecurityDomain, ScriptedLink]:
    link = ScriptedLink(*answers)
    return SecurityDomain(link, limit=limit), link


COMMANDS = [
    # what is done, what is sent
    (lambda d: d.install_for_load(ForLoad(PACKAGE, ISD)), "80e602001306d07002ca440008a00000015100000000000000"),
    (
        lambda d: d.install(ForInstall(PACKAGE, AID, AID, Privilege(0), b"\xc9\x00")),
        "80e60c001d06d07002ca440007d07002ca44000107d07002ca440001010002c9000000",
    ),
    (
        lambda d: d.install(ForInstall(PACKAGE, AID, AID), selectable=False),
        "80e604001b06d07002ca440007d07002ca44000107d07002ca44000101000000" + "00",
    ),
    (lambda d: d.make_selectable(AID), "80e608000e000007d07002ca4400010100000000"),
    (lambda d: d.extradite(AID, ISD), "80e610001508a0000001510000000007d07002ca44000100000000"),
    (
        lambda d: d.update_registry(ForRegistryUpdate(AID, privileges=Privilege.CARD_RESET)),
        "80e640000e000007d07002ca4400010104000000",
    ),
    (
        lambda d: d.create_domain(AID),
        "80e60c001f07a000000151535008a00000015153504107d07002ca440001018002c9000000",
    ),
    (lambda d: d.delete(AID), "80e40000094f07d07002ca44000100"),
    (lambda d: d.delete(PACKAGE, related=True), "80e40080084f06d07002ca440000"),
    (lambda d: d.delete(AID, token=b"\xaa"), "80e400000c4f07d07002ca4400019e01aa00"),
    (lambda d: d.delete_keys(version=0x30), "80e4000003d2013000"),
    (lambda d: d.lock(AID), "80f0408007d07002ca440001"),
    (lambda d: d.unlock(AID), "80f0400007d07002ca440001"),
    (lambda d: d.set_status(Scope.ISSUER_SECURITY_DOMAIN, 0x0F), "80f0800f"),
    (lambda d: d.store_data(b"\x01\x02", structure=DataStructure.BER_TLV), "80e29000020102"),
    (lambda d: d.store_data(b"\x01", structure=DataStructure.DGI, encryption=DataEncryption.ENCRYPTED), "80e2e8000101"),
    (lambda d: d.store_data(b"\x01", answer=True), "80e28100010100"),
    (lambda d: d.get_data(0x9F7F), "80ca9f7f00"),
]


@pytest.mark.parametrize(("act", "sent"), COMMANDS, ids=[sent[:8] + f"-{n}" for n, (_, sent) in enumerate(COMMANDS)])
def test_commands(act: object, sent: str) -> None:
    device, link = domain("9000")
    act(device)  # type: ignore[operator]
    assert link.hex == [sent]


def test_load_in_blocks_with_dap() -> None:
    device, link = domain(*["9000"] * 3, limit=16)
    steps: list[tuple[int, int]] = []
    device.load(bytes(20), daps=(DapBlock(ISD, bytes(8)),), aid=PACKAGE, progress=lambda *at: steps.append(at))
    whole = bytes.fromhex("e214" + "4f08" + ISD.hex() + "c308" + "00" * 8 + "c414" + "00" * 20)
    assert b"".join(command.data for command in link.sent) == whole
    assert [command.header.hex() for command in link.sent] == ["80e80000", "80e80001", "80e88002"]
    assert [command.le for command in link.sent] == [None, None, 256]
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_what_does_not_fit_one_install_goes_in_several() -> None:
    """Bit 8 of P1: more INSTALL commands follow (§11.5.2.1), as with a token of 256 bytes."""
    device, link = domain("9000", "00" + "9000")
    request = ForLoad(PACKAGE, ISD, bytes(32), token=bytes(256))
    assert device.install_for_load(request) == b"\x00"
    assert [command.header.hex() for command in link.sent] == ["80e68200", "80e60200"]
    assert [command.le for command in link.sent] == [None, 256]
    assert b"".join(command.data for command in link.sent) == request.encode()


def test_store_data_is_chained() -> None:
    device, link = domain("9000", "9000", limit=4)
    device.store_data(b"\x01\x02\x03\x04\x05", structure=DataStructure.BER_TLV)
    assert link.hex == ["80e210000401020304", "80e290010105"]


def test_personalization_goes_through_the_security_domain() -> None:
    device, link = domain("9000", "9000")
    device.personalize(AID, bytes.fromhex("00700101"), structure=DataStructure.DGI)
    assert link.hex == ["80e620000d000007d07002ca44000100000000", "80e288000400700101"]


def test_get_status_pages_and_empty_lists() -> None:
    entry = "e30d4f07d07002ca4400019f700107"
    device, link = domain(entry + "6310", entry + "9000")
    found = device.get_status(Scope.APPLICATIONS, aid=bytes.fromhex("d07002"))
    assert [one.aid for one in found] == [AID, AID]
    assert link.hex == ["80f24002054f03d0700200", "80f24003054f03d0700200"]
    device, _ = domain("6a88")
    assert device.get_status(Scope.LOAD_FILES) == ()


def test_get_status_in_the_format_without_tags() -> None:
    device, link = domain("6a86", "07d07002ca44000107049000")
    (one,) = device.get_status(Scope.APPLICATIONS)
    assert (one.aid, one.state, one.privileges) == (AID, 7, Privilege.CARD_RESET)
    assert link.sent[-1].p2 == 0


def test_registry_falls_back_to_load_files_without_modules() -> None:
    isd = "e30e4f08a0000001510000009f70010f"
    load_file = "e30c4f06d07002ca44009f700101"
    device, link = domain(isd + "9000", "6a88", "6a86", "6a86", load_file + "9000")
    registry = device.registry()
    assert registry.isd is not None and registry.isd.state == 0x0F
    assert registry.load_file(PACKAGE) is not None
    assert [command.p1 for command in link.sent] == [0x80, 0x40, 0x10, 0x10, 0x20]


def test_a_card_that_never_ends_its_list() -> None:
    device, _ = domain(*["6310"] * 256)
    with pytest.raises(CardError, match="never ends"):
        device.get_status(Scope.APPLICATIONS)


def test_asking() -> None:
    device, _ = domain("e006c004013088109000", "c10200059000", "00059000")
    assert device.key_information()[0].version == 0x30
    assert device.sequence_counter() == b"\x00\x05"
    assert device.sequence_counter() == b"\x00\x05"


def test_select_finds_the_issuer_domain() -> None:
    link = ScriptedLink("6a82", "6f0a8408a0000000030000009000")
    assert select_domain(link).hex() == "a000000003000000"
    link = ScriptedLink("6a82", "6a82", "6a82", "9000")
    assert select_domain(link) == b""
    assert link.hex[-1] == "00a4040000"
    with pytest.raises(StatusError):
        select_domain(ScriptedLink("6a82"), AID)


def test_over_a_transport_with_get_response() -> None:
    """T=0: case 4 goes out without Le, the answer comes with GET RESPONSE and its warning with it."""
    script = [
        ("80f2400202" + "4f00", "610f"),
        ("00c000000f", "e30d4f07d07002ca4400019f7001076310"),
        ("80f2400302" + "4f00", "6a88"),
    ]
    session, transport = session_on(script)
    assert [one.aid for one in SecurityDomain(session).get_status(Scope.APPLICATIONS)] == [AID]
    assert isinstance(transport, ScriptedTransport)
    transport.assert_finished()


REFUSALS = [
    # what is done, status word, words of the hint
    (lambda d: d.delete(PACKAGE), "6985", "instances"),
    (lambda d: d.install(ForInstall(PACKAGE, AID, AID)), "6a80", "inspect"),
    (lambda d: d.install(ForInstall(PACKAGE, AID, AID)), "6a84", "quotas"),
    (lambda d: d.load(b"\x00"), "6a84", "room"),
    (lambda d: d.delete(AID), "6982", "secure channel"),
]


@pytest.mark.parametrize(("act", "sw", "words"), REFUSALS)
def test_refusals_say_what_to_do(act: object, sw: str, words: str) -> None:
    device, _ = domain(sw)
    with pytest.raises(StatusError) as caught:
        act(device)  # type: ignore[operator]
    assert words in caught.value.hint
    assert caught.value.sw == int(sw, 16)


# Keys


def channel(*answers: str) -> tuple[SecureLink, ScriptedLink]:
    link = ScriptedLink(*answers)
    keys = session_keys(DES_KEYS, bytes(2))
    return SecureLink(link, Scp02Channel(keys, SecurityLevel.NONE)), link


def test_put_key_carries_the_published_block() -> None:
    """Key 404142..4F under the session DEK of counter 0000, with its check value."""
    link, card = channel("20" + "8baf47" * 3 + "9000")
    put_keys(link, DES_KEYS)
    block = VECTORS["default_key"]["put_key_block"]["encrypted"]
    assert card.hex == ["80d8008143" + "20" + ("8010" + block + "038baf47") * 3 + "00"]
    assert card.secrets == [True]


def test_put_key_replaces_and_says_the_length_of_aes_keys() -> None:
    aes = KeySet(0x31, KeyCipher.AES, *(Secret(bytes([n]) * 24) for n in (1, 2, 3)))
    link, card = channel("31" + "".join(value.hex() for value in aes.check_values) + "9000")
    put_keys(link, aes, replacing=0x30)
    assert card.sent[0].p1 == 0x30
    assert card.sent[0].data[:4].hex() == "31881918"


@pytest.mark.parametrize("answer", ["20" + "8baf47" * 2 + "000000", "21" + "8baf47" * 3, ""])
def test_other_check_values_than_sent(answer: str) -> None:
    link, _ = channel(answer + "9000")
    with pytest.raises(CardError, match="check values"):
        put_keys(link, DES_KEYS)


def test_ota_keys_have_versions_1_to_15() -> None:
    ota = KeySet(0x01, KeyCipher.DES, BASE, BASE, BASE)
    link, card = channel("01" + "8baf47" * 3 + "9000")
    put_ota_keys(link, ota)
    assert card.sent[0].data[0] == 1
    with pytest.raises(RefusedError, match="20"):
        put_ota_keys(link, DES_KEYS)


def test_single_and_public_keys() -> None:
    link, card = channel("718baf47" + "9000", "9000", "71aaaaaa9000")
    put_single_key(link, 0x71, 1, BASE, KeyCipher.DES)
    assert card.sent[0].header.hex() == "80d80001"
    put_rsa_key(link, 0x70, 1, (1 << 1023) | 1, 65537)
    assert card.sent[1].data.hex().startswith("70a18180" + "80") and card.sent[1].data.hex().endswith("a00301000100")
    with pytest.raises(CardError):
        put_single_key(link, 0x71, 1, BASE, KeyCipher.DES)


def test_what_does_not_fit_one_command_goes_in_several() -> None:
    """Bit 8 of P1 in all but the last; the data are cut, nothing else (§11.2, §11.5.2.1, §11.8.2.1)."""
    link, card = channel("9000", "9000")
    put_rsa_key(link, 0x70, 1, (1 << 2047) | 1, 65537)
    assert [command.header.hex() for command in card.sent] == ["80d88001", "80d80001"]
    whole = "70a1820100" + "80" + "00" * 254 + "01" + "a00301000100"
    assert b"".join(command.data for command in card.sent).hex() == whole
    device, plain = domain("9000", "9000", "9000", "009000")
    device.install_for_load(ForLoad(PACKAGE, token=bytes(256)))
    device.delete(PACKAGE, related=True, token=bytes(256))
    assert [command.header.hex() for command in plain.sent] == ["80e68200", "80e60200", "80e48080", "80e40080"]
    assert [command.le for command in plain.sent] == [None, 256, None, 256]
    assert (plain.sent[2].data + plain.sent[3].data).hex() == "4f06" + PACKAGE.hex() + "9e820100" + "00" * 256
