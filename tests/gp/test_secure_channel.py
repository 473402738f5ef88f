"""Opening secure channels and speaking through them, against published sessions (§E; Amendment D)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simtool.codec.apdu import CommandApdu, ResponseApdu, StatusWord
from simtool.crypto import scp02
from simtool.crypto.diversification import Diversification, diversify
from simtool.crypto.key_set import KeyCipher, KeySet
from simtool.crypto.secret import Secret
from simtool.errors import AuthenticationError, CardError, EncodeError, RefusedError, StatusError
from simtool.gp.levels import SecurityLevel, room
from simtool.gp.mismatch import fingerprint_of
from simtool.gp.scp02 import Scp02Channel, Scp02Option
from simtool.gp.secure_channel import SecureLink, open_channel, open_implicit
from tests.gp.channels import KEYS_02, SCP02, SCP03, NotedMemory, ScriptedLink, scp03_keys

ISD_R = bytes.fromhex("a0000005591010ffffffff8900000100")
HOST_02 = bytes.fromhex(SCP02["host_challenge"])
UPDATE_02 = SCP02["initialize_update_response"] + "9000"


def open_02(link: ScriptedLink, keys: KeySet = KEYS_02, **more: Any) -> SecureLink:
    more.setdefault("memory", NotedMemory())
    return open_channel(link, keys, host_challenge=HOST_02, **more)


def open_03(link: ScriptedLink, row: dict[str, Any], **more: Any) -> SecureLink:
    more.setdefault("memory", NotedMemory())
    more.setdefault("level", SecurityLevel(int(row["security_level"], 16)))
    return open_channel(
        link, more.pop("keys", scp03_keys(row)), host_challenge=bytes.fromhex(row["host_challenge"]), **more
    )


@pytest.mark.parametrize("level", [0x01, 0x03])
def test_scp02_session(level: int) -> None:
    table = SCP02[f"level_{level:02}"]
    answers = ["9000" for _ in table["commands_in_order"]]
    link, memory = ScriptedLink(UPDATE_02, "9000", *answers), NotedMemory()
    channel = open_02(link, level=SecurityLevel(level), memory=memory)
    for row in table["commands_in_order"]:
        assert channel.send(CommandApdu.decode(bytes.fromhex(row["plain"]))).sw == 0x9000
    assert link.hex[1:] == [table["external_authenticate"], *(row["wrapped"] for row in table["commands_in_order"])]
    assert memory.events == ["sending", "right"]


@pytest.mark.parametrize("row", SCP03, ids=[row["name"] for row in SCP03])
def test_scp03_session(row: dict[str, Any]) -> None:
    commands = row["commands_in_order"]
    first = commands[0]
    link = ScriptedLink(row["initialize_update_response"] + "9000", "9000", first["response_on_wire"] + "9000")
    channel = open_03(link, row, aid=ISD_R)
    assert channel.send(CommandApdu.decode(bytes.fromhex(first["plain"]))).data.hex() == first["response_plain"]
    sent = [row["initialize_update"], row["external_authenticate"], first["wrapped"]]
    sent += [command["wrapped"] for command in commands[1:]]
    wrapped = [channel.channel.wrap(CommandApdu.decode(bytes.fromhex(c["plain"]))) for c in commands[1:]]
    assert [*link.hex, *(command.encode().hex() for command in wrapped)] == sent


PERMUTATIONS = [
    # the record's columns as positions of the true keys, SCP, words of the error
    ((1, 0, 2), 2, "enc and mac are swapped"),
    ((2, 1, 0), 2, "enc and dek are swapped"),
    ((1, 0, 2), 3, "enc and mac are swapped"),
    ((0, 2, 1), 3, "mac and dek are swapped"),
]


@pytest.mark.parametrize(("order", "scp", "words"), PERMUTATIONS)
def test_swapped_columns_are_named_and_nothing_is_spent(order: tuple[int, int, int], scp: int, words: str) -> None:
    true = KEYS_02 if scp == 2 else scp03_keys(SCP03[0])
    enc, mac, dek = (true.keys[at] for at in order)
    wrong = replace(true, enc=enc, mac=mac, dek=dek)
    memory = NotedMemory()
    link = ScriptedLink(UPDATE_02 if scp == 2 else SCP03[0]["initialize_update_response"] + "9000")
    with pytest.raises(RefusedError, match=words) as caught:
        open_02(link, wrong, memory=memory) if scp == 2 else open_03(link, SCP03[0], keys=wrong, memory=memory)
    assert len(link.sent) == 1, "INITIALIZE UPDATE only"
    assert memory.events == ["wrong"]
    assert enc.reveal().hex() not in str(caught.value)
    with pytest.raises(RefusedError, match="before"):
        open_02(link, wrong, memory=memory)
    assert len(link.sent) == 1, "no second try"


def test_keys_that_are_master_keys_are_known_as_such() -> None:
    data = bytes.fromhex("00010203040506070809")
    master = KeySet(0x20, KeyCipher.DES, *(Secret(bytes([16 * n + 1]) * 16) for n in range(1, 4)))
    own = diversify(master, Diversification.EMV, data)
    update = card_answer_02(own, data)
    with pytest.raises(RefusedError, match="master keys, to be diversified by emv"):
        open_02(ScriptedLink(update), master)
    with pytest.raises(RefusedError, match="card's own already"):
        open_02(ScriptedLink(update), own, diversification=Diversification.EMV)
    link = ScriptedLink(update, "9000")
    open_02(link, master, diversification=Diversification.EMV)
    assert len(link.sent) == 2
    assert fingerprint_of(master, Diversification.EMV) != fingerprint_of(master, Diversification.NONE)


def card_answer_02(keys: KeySet, data: bytes, *, counter: bytes = b"\x00\x07", challenge: bytes | None = None) -> str:
    """INITIALIZE UPDATE as a card with `keys` answers it."""
    session = scp02.session_keys(keys, counter)
    challenge = challenge or b"\x11" * 6
    cryptogram = scp02.card_cryptogram(session.enc, HOST_02, counter, challenge)
    return (data + bytes((keys.version, 2)) + counter + challenge + cryptogram).hex() + "9000"


def test_a_foreign_key_has_no_explanation() -> None:
    foreign = KeySet(0x70, KeyCipher.DES, *(Secret(bytes([n]) * 16) for n in (1, 2, 3)))
    with pytest.raises(RefusedError, match=r"cryptogram does not fit$"):
        open_02(ScriptedLink(UPDATE_02), foreign)


def test_another_version_or_cipher_than_the_record() -> None:
    with pytest.raises(RefusedError, match="answered with version 70"):
        open_02(ScriptedLink(UPDATE_02), replace(KEYS_02, version=0x20))
    aes = KeySet(0x70, KeyCipher.AES, *KEYS_02.keys)
    with pytest.raises(RefusedError, match="SCP02 with des keys"):
        open_02(ScriptedLink(UPDATE_02), aes)


def test_a_version_that_the_card_does_not_have() -> None:
    link, memory = ScriptedLink("6a88"), NotedMemory()
    with pytest.raises(StatusError, match="INITIALIZE UPDATE of key set 70") as caught:
        open_02(link, memory=memory)
    assert "no keys of this version" in caught.value.hint
    assert memory.events == []


@pytest.mark.parametrize(("sw", "events"), [("6300", ["sending", "wrong"]), ("6982", ["sending", "wrong"])])
def test_a_proof_that_the_card_refuses_is_remembered(sw: str, events: list[str]) -> None:
    memory = NotedMemory()
    with pytest.raises(StatusError, match="a try is spent"):
        open_02(ScriptedLink(UPDATE_02, sw), memory=memory)
    assert memory.events == events


def test_another_refusal_says_nothing_of_the_keys() -> None:
    memory = NotedMemory()
    with pytest.raises(StatusError, match="6A81"):
        open_02(ScriptedLink(UPDATE_02, "6a81"), memory=memory)
    assert memory.events == ["sending"]


def test_known_challenge_finds_a_wrong_mac_key_before_it_costs() -> None:
    """With i = 55 the challenge follows from C-MAC key and AID, so MAC is proved off-card too (§E.1.1)."""
    aid = bytes.fromhex("a000000151000000")
    session = scp02.session_keys(KEYS_02, b"\x00\x07")
    update = card_answer_02(KEYS_02, bytes(10), challenge=scp02.card_challenge(session.c_mac, aid))
    link = ScriptedLink(update, "9000")
    open_02(link, aid=aid, options=0x55)
    swapped = replace(KEYS_02, mac=KEYS_02.dek, dek=KEYS_02.mac)
    link, memory = ScriptedLink(update), NotedMemory()
    with pytest.raises(RefusedError, match="mac and dek are swapped"):
        open_02(link, swapped, aid=aid, options=0x55, memory=memory)
    assert (len(link.sent), memory.events) == (1, ["wrong"])
    with pytest.raises(CardError, match="pseudo-random"):
        open_02(ScriptedLink(update), replace(KEYS_02, mac=Secret(bytes(16))), aid=aid, options=0x55)


def test_pseudo_random_challenge_of_scp03_proves_enc() -> None:
    row = SCP03[0]
    true = scp03_keys(row)
    swapped = replace(true, enc=true.dek, dek=true.enc)
    with pytest.raises(RefusedError, match="enc and dek are swapped"):
        open_03(ScriptedLink(row["initialize_update_response"] + "9000"), row, keys=swapped, aid=ISD_R)


@pytest.mark.parametrize("change", ["data", "mac", "missing"])
def test_a_false_answer_ends_the_channel(change: str) -> None:
    row = SCP03[2]
    command = row["commands_in_order"][0]
    raw = bytearray.fromhex(command["response_on_wire"])
    raw[0 if change == "data" else -1] ^= 1
    answer = "9000" if change == "missing" else raw.hex() + "9000"
    link = ScriptedLink(row["initialize_update_response"] + "9000", "9000", answer)
    channel = open_03(link, row)
    with pytest.raises(AuthenticationError, match="R-MAC"):
        channel.send(CommandApdu.decode(bytes.fromhex(command["plain"])))
    with pytest.raises(RefusedError, match="closed"):
        channel.send(CommandApdu(0x80, 0xF2, 0x20, 2))


def test_an_error_carries_no_mac() -> None:
    row = SCP03[2]
    link = ScriptedLink(row["initialize_update_response"] + "9000", "9000", "6a88")
    assert open_03(link, row).send(CommandApdu(0x80, 0xF2, 0x20, 2)).sw == 0x6A88


def test_a_level_that_the_card_does_not_offer() -> None:
    row = SCP03[0]
    update = bytearray.fromhex(row["initialize_update_response"])
    update[12] = 0x10
    with pytest.raises(RefusedError, match="does not offer security level 33"):
        open_03(ScriptedLink(update.hex() + "9000"), row, level=SecurityLevel(0x33))


def test_levels_that_do_not_exist() -> None:
    with pytest.raises(EncodeError, match="no security level 33"):
        open_02(ScriptedLink(UPDATE_02), level=SecurityLevel(0x33))


def test_scp02_r_mac_session() -> None:
    """BEGIN R-MAC SESSION: the chain starts from the C-MAC of EXTERNAL AUTHENTICATE; END takes the MACs away again.

    A command without data is covered with its Lc as 00 (§E.4.5, §E.5.3, §E.5.4).
    """
    keys = scp02.session_keys(KEYS_02, bytes.fromhex(SCP02["parsed"]["sequence_counter"]))
    card = ScriptedLink(UPDATE_02, "9000", "9000")
    channel = open_02(card)
    last_c_mac = card.sent[-1].data[-8:]
    channel.begin_r_mac()
    assert card.hex[-1].startswith("847a10010900"), "the length of the host's data is there, without any too"
    signed = bytes.fromhex("80ca006600") + b"\x03\xaa\xbb\xcc\x90\x00"
    mac = scp02.retail_mac(keys.r_mac, signed, last_c_mac)
    card.answers = ["aabbcc" + mac.hex() + "9000"]
    assert channel.send(CommandApdu(0x80, 0xCA, 0, 0x66, le=256)).data == b"\xaa\xbb\xcc"
    mac = scp02.retail_mac(keys.r_mac, bytes.fromhex("8078000300") + b"\x00\x90\x00", mac)
    card.answers = [mac.hex() + "9000", "9000"]
    channel.end_r_mac()
    assert channel.send(CommandApdu(0x80, 0xCA, 0, 0x66, le=256)).data == b""


@pytest.mark.parametrize("options", [0x1A, 0x0A, 0x5A])
def test_implicit_session_is_opened_by_its_first_mac(options: int) -> None:
    """MAC over the plain command, first ICV from the AID, the next the last MAC, enciphered or not (§E.1.2.2, §E.3)."""
    aid = bytes.fromhex("a000000151000000")
    link = ScriptedLink("9000", "9000")
    memory = NotedMemory()
    channel = open_implicit(link, KEYS_02, b"\x00\x05", aid, memory=memory, options=Scp02Option(options))
    keys = scp02.session_keys(KEYS_02, b"\x00\x05")
    first = CommandApdu(0x80, 0xE6, 0x0C, 0, b"\x01\x02")
    channel.send(first)
    channel.send(CommandApdu(0x80, 0xF2, 0x40, 0, b"\x4f\x00"))
    assert memory.events == ["sending", "right"]
    mac = scp02.retail_mac(keys.c_mac, bytes.fromhex("80e60c00020102"), scp02.retail_mac(keys.c_mac, aid))
    assert link.hex[0] == "84e60c000a0102" + mac.hex()
    icv = scp02.encrypt_icv(keys.c_mac, mac) if options & 0x10 else mac
    mac = scp02.retail_mac(keys.c_mac, bytes.fromhex("80f24000024f00"), icv)
    assert link.hex[1] == "84f240000a4f00" + mac.hex()


def test_implicit_session_with_wrong_keys_is_tried_once() -> None:
    link, memory = ScriptedLink("6982"), NotedMemory()
    channel = open_implicit(link, KEYS_02, bytes(2), ISD_R, memory=memory)
    with pytest.raises(StatusError, match="a try is spent"):
        channel.send(CommandApdu(0x80, 0xF2, 0x40, 0, b"\x4f\x00"))
    assert memory.events == ["sending", "wrong"]
    with pytest.raises(RefusedError, match="before"):
        open_implicit(link, KEYS_02, bytes(2), ISD_R, memory=memory)


@pytest.mark.parametrize("options", [0x05, 0x45])
def test_without_icv_encryption(options: int) -> None:
    keys = scp02.session_keys(KEYS_02, b"\x00\x05")
    channel = Scp02Channel(keys, SecurityLevel.C_MAC, Scp02Option(options))
    first = channel.wrap(CommandApdu(0x80, 0xF2, 0x20, 2)).data
    second = channel.wrap(CommandApdu(0x80, 0xF2, 0x20, 2)).data
    assert second == scp02.retail_mac(keys.c_mac, bytes.fromhex("84f2200208"), first)


ROOM = [
    # level, MAC, cipher block, bytes of data in one command
    (0x00, 8, 8, 255),
    (0x01, 8, 8, 247),
    (0x03, 8, 8, 239),
    (0x03, 8, 16, 239),
    (0x33, 16, 16, 223),
]


@pytest.mark.parametrize(("level", "mac", "block", "wanted"), ROOM)
def test_room(level: int, mac: int, block: int, wanted: int) -> None:
    assert room(SecurityLevel(level), mac=mac, block=block) == wanted


def test_a_command_that_is_too_long_is_not_sent() -> None:
    link = ScriptedLink(UPDATE_02, "9000", "9000")
    channel = open_02(link, level=SecurityLevel(0x03))
    channel.send(CommandApdu(0x80, 0xE8, 0, 0, bytes(channel.room)))
    with pytest.raises(EncodeError, match="239"):
        channel.send(CommandApdu(0x80, 0xE8, 0, 0, bytes(channel.room + 8)))


def test_answers_with_r_mac_are_asked_for() -> None:
    """A command without Le gets one under R-MAC: the answer has at least its MAC."""
    row = SCP03[0]
    link = ScriptedLink(row["initialize_update_response"] + "9000", "9000", "6985")
    open_03(link, row).send(CommandApdu(0x80, 0xE8, 0, 0, b"\x00"))
    assert link.sent[-1].le == 256


@pytest.mark.parametrize("raw", ["", "00" * 12, "00" * 10 + "7001" + "00" * 16, "00" * 10 + "7002" + "00" * 15])
def test_answers_that_are_none(raw: str) -> None:
    from simtool.errors import DecodeError

    with pytest.raises(DecodeError):
        open_02(ScriptedLink(raw + "9000"))


def test_unprotected_level_passes_through() -> None:
    link = ScriptedLink(UPDATE_02, "9000", "0102" + "9000")
    answer = open_02(link, level=SecurityLevel.NONE).send(CommandApdu(0x80, 0xCA, 0, 0x66, le=256))
    assert answer == ResponseApdu(b"\x01\x02", StatusWord(0x9000))
    assert link.sent[-1].cla == 0x80
