"""Applications beside the file system: who is selected where, class bytes, answers over T=0 (GPCS §6.4, §11.1.4)."""

from __future__ import annotations

import pytest

from simtool.files.product import load
from simtool.softcard import SoftCard
from simtool.softcard.globalplatform.command import Command, split_class
from tests.harness.gp_host import Host
from tests.softcard.conftest import ISSUER, Reader

USIM = bytes.fromhex("a0000000871002")
ARAM = bytes.fromhex("a00000015141434c00")


@pytest.mark.parametrize(
    ("cla", "channel", "plain", "secure"),
    [
        (0x00, 0, 0x00, False),
        (0x83, 3, 0x83, False),
        (0x84, 0, 0x80, True),
        (0x07, 3, 0x03, True),
        (0x40, 4, 0x40, False),
        (0xCF, 19, 0xCF, False),
        (0xE0, 4, 0xC0, True),
        (0x6F, 19, 0x4F, True),
    ],
)
def test_class_bytes(cla: int, channel: int, plain: int, *, secure: bool) -> None:
    """Tables 11-10 and 11-11."""
    assert split_class(cla) == (channel, plain)
    assert Command(cla, 0xCA, 0, 0).secure is secure


@pytest.mark.parametrize("cla", [0x08, 0x0C, 0x88, 0x10, 0x20, 0x90, 0xA0, 0x50, 0xD0, 0xF0])
def test_class_bytes_that_are_none(cla: int) -> None:
    """ISO/IEC secure messaging, chaining, and what is reserved."""
    assert split_class(cla) is None


def test_a_class_that_is_none_while_a_domain_is_selected(card: SoftCard) -> None:
    """The card's own refusals hold (TS 102 221 §10.2.1.5)."""
    reader = Reader(card)
    reader.apdu(f"00a4040c08{ISSUER.hex()}")
    assert reader.sw("90ca006600") == "6884"
    assert reader.sw("b0ca006600") == "6e00"
    assert reader.sw("e0ca006600") == "6882"  # on channel 4 nobody is selected who could do it
    assert reader.sw("01a4000c023f00") == "6881"  # channel 1 is not open


def test_order_of_selection(card: SoftCard) -> None:
    """Applications of the file system first, then the registry; next and previous go through all (§6.4.2)."""
    host = Host(card)
    found = []
    answer = host.select(b"\xa0", 0x00)
    while answer.ok:
        tag = answer.data[0]
        name = answer.data[answer.data.index(b"\x84") :]
        found.append((tag, name[2 : 2 + name[1]].hex()))
        answer = host.select(b"\xa0", 0x02)
    assert answer.sw == "6a82"
    assert [tag for tag, _ in found] == [0x62, 0x62, 0x6F, 0x6F]
    assert [name[:14] for _, name in found] == ["a0000000871002", "a0000000871004", "a0000001510000", "a0000001514143"]
    assert host.select(b"\xa0", 0x03).data[:1] == b"\x6f"
    assert host.select(b"\xa0", 0x03).data[:1] == b"\x62"


def test_no_application_leaves_all_as_it_was(host: Host) -> None:
    """A SELECT that finds nothing neither deselects nor ends the session (§11.9)."""
    assert host.select(bytes.fromhex("a000000009")).sw == "6a82"
    assert host.exchange(0, 0xA4, 0, 0x04, b"\x12\x34").sw == "6a82"
    assert host.status(0x80)[0].startswith("e3")


def test_the_same_application_again_ends_the_session(host: Host) -> None:
    assert host.select(ISSUER).ok
    assert host.status(0x80) == ["6982"]


def test_sessions_of_two_channels_are_apart(host: Host, card: SoftCard) -> None:
    assert host.exchange(0, 0x70, 0, 0, le=1).ok
    other = Host(card, channel=1).open(ISSUER, level=0x33)
    for _ in range(3):
        assert host.status(0x80) == other.status(0x80)
    assert other.send(0xF2, 0x80, 2, b"\x4f\0", spoil=True).sw == "6982"
    assert host.status(0x80)[0].startswith("e3")


def test_verified_pins_of_the_application_left(card: SoftCard) -> None:
    """SELECT of a domain ends the USIM's session on that channel (TS 102 221 §8.5.1)."""
    reader = Reader(card)
    reader.ok(f"00a4040407{USIM.hex()}", "0020008108" + "30303030ffffffff")
    reader.ok(f"00a4040c08{ISSUER.hex()}", f"00a4040407{USIM.hex()}")
    assert reader.sw("0020008100") == "63c3"


def test_files_answer_as_before_on_other_channels(card: SoftCard) -> None:
    host = Host(card)
    host.select(ISSUER)
    assert host.exchange(0, 0x70, 0, 0, le=1).ok
    assert Host(card, channel=1).exchange(0x80, 0xF2, 0, 0, le=0).data[:1] == b"\x62"  # STATUS
    assert host.exchange(0, 0xB0, 0, 0, le=1).sw == "6d00"  # READ BINARY is not a domain's


def test_a_wrong_le_runs_nothing_twice(card: SoftCard) -> None:
    """6Cxx, then the same answer (TS 102 221 §7.3.1.1.2): GET DATA [next] of ARA-M must not skip a part."""
    sja5 = SoftCard.new(load("sysmoISIM-SJA5"))
    reader = Reader(sja5)
    reader.ok(f"00a4040c09{ARAM.hex()}")
    rule = "e226e1184f00c114{:040x}e30adb080000000000000001"
    for number in range(12):
        reader.ok("80e290002af028" + rule.format(number))
    first = reader.tpdu("80caff4000")
    assert first[:2] == "6c"
    assert len(reader.tpdu(f"80caff40{first[2:]}")) == 2 * int(first[2:], 16) + 4
    following = reader.tpdu("80caff6000")
    whole = reader.tpdu(f"80caff60{following[2:]}")
    assert whole.endswith("9000")
    assert len(whole) > 4
    assert reader.tpdu("80caff4000") == first  # another command takes nothing of the last answer


def test_classic_class_is_untouched(card: SoftCard) -> None:
    """Class A0 goes on with the file system of the basic channel (TS 51.011)."""
    reader = Reader(card)
    reader.ok(f"00a4040c08{ISSUER.hex()}")
    assert reader.tpdu("a0a40000023f00")[:2] == "9f"


def test_a_card_without_global_platform() -> None:
    """No name is no application there, as before."""
    reader = Reader(SoftCard.new(load("OpenCells-SIM")))
    assert reader.sw("00a4040400") == "6700"
    assert reader.sw(f"00a4040408{ISSUER.hex()}") == "6a82"
