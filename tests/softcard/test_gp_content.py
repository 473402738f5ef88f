"""Card content: loading, installing, deleting, and every reason why not (GPCS §9, §11.2, §11.5, §11.6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simtool.codec.cap import LOAD_ORDER, ComponentTag
from simtool.softcard import SoftCard
from simtool.softcard.globalplatform.application import Dormant
from tests.harness.cap_builder import FRAMEWORK, CapPlan
from tests.harness.gp_host import SCP02_KEYS, Host, load_file, lv

ISD = bytes.fromhex("a000000151000000")
SSD_FILE, SSD_MODULE = bytes.fromhex("a0000001515350"), bytes.fromhex("a000000151535041")
PACKAGE = bytes.fromhex("d07002ca4490")
MODULE = bytes.fromhex("d07002ca449001")
INSTANCE = bytes.fromhex("d07002ca44900101")
OTHER = bytes.fromhex("d07002ca44900102")
SSD = bytes.fromhex("d07002ca44aa01")
CAP = CapPlan(PACKAGE.hex(), applets=(MODULE.hex(),))
LIBRARY = CapPlan("d07002ca4480", version=(2, 3), applets=())
USER = CapPlan("d07002ca4481", imports=(FRAMEWORK, (LIBRARY.aid, 2, 3)), applets=())


def loaded(host: Host) -> list[str]:
    """AIDs of load files that the registry tells of, beside those delivered."""
    listed = "".join(host.status(0x20, tags=b"\x4f"))
    return [one for one in listed.split("e3")[1:] if PACKAGE.hex()[:8] in one]


# LOAD


@pytest.mark.parametrize("size", [1, 60, 200, 239])
@pytest.mark.parametrize("version", [(2, 1), (2, 2), (2, 3)])
def test_load_and_install(host: Host, size: int, version: tuple[int, int]) -> None:
    assert host.load(replace(CAP, format=version), size=size) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "9000"
    assert host.status(0x10, PACKAGE) == [f"e3234f06{PACKAGE.hex()}9f700101ce0201008407{MODULE.hex()}cc08{ISD.hex()}"]
    assert host.status(0x40, INSTANCE) == [
        f"e3254f08{INSTANCE.hex()}9f700107c503000000c406{PACKAGE.hex()}cc08{ISD.hex()}"
    ]


def test_the_answer_says_that_there_is_no_receipt(host: Host) -> None:
    """§11.5.3.1, §11.6.3.1, §11.2.3.1: one byte 00."""
    assert host.send(0xE6, 0x02, 0, lv(PACKAGE, b"", b"", b"", b"")).data == b"\0"
    assert host.send(0xE8, 0x80, 0, load_file(CAP.block())).data == b"\0"
    assert host.send(0xE6, 0x0C, 0, lv(PACKAGE, MODULE, INSTANCE, b"\0", b"\xc9\0", b"")).data == b"\0"
    assert host.send(0xE4, 0, 0, b"\x4f" + lv(INSTANCE)).data == b"\0"


BLOCK = CAP.block()
BOUNDARIES = [sum(map(len, CAP.loaded()[:count])) for count in range(len(CAP.loaded()))]


@pytest.mark.parametrize("end", BOUNDARIES)
def test_truncated_at_every_component(host: Host, end: int) -> None:
    """C4 says how much came, yet components are missing: 6A80, and nothing is there."""
    assert host.send(0xE6, 0x02, 0, lv(PACKAGE, b"", b"", b"", b"")).ok
    assert host.load_blocks(load_file(BLOCK[:end])) == "6a80"
    assert loaded(host) == []
    assert host.load(CAP) == "9000"  # the same again completes


@pytest.mark.parametrize("end", [*BOUNDARIES[1:], len(BLOCK) - 1])
def test_last_block_too_early(host: Host, end: int) -> None:
    """C4 has announced more than the last block brings."""
    assert host.send(0xE6, 0x02, 0, lv(PACKAGE, b"", b"", b"", b"")).ok
    assert host.load_blocks(load_file(BLOCK)[: 2 + end]) == "6a80"
    assert loaded(host) == []


def test_every_single_byte_cut(host: Host) -> None:
    for end in range(len(BLOCK)):
        assert host.send(0xE6, 0x02, 0, lv(PACKAGE, b"", b"", b"", b"")).ok
        assert host.load_blocks(load_file(BLOCK[:end])) == "6a80", end
    assert loaded(host) == []


SIZED = [tag for tag in LOAD_ORDER if tag not in (ComponentTag.DIRECTORY, ComponentTag.STATIC_RESOURCES)]


@pytest.mark.parametrize("tag", SIZED, ids=lambda tag: tag.label)
def test_directory_lies(host: Host, tag: ComponentTag) -> None:
    """The directory tells another size of a component (JCVM §6.6)."""
    if tag is ComponentTag.DESCRIPTOR:
        assert host.load(CAP.with_lie(tag, 77)) == "9000"  # descriptors are not loaded
    else:
        assert host.load(CAP.with_lie(tag, 77)) == "6a80"


@pytest.mark.parametrize(
    ("cap", "why"),
    [
        (replace(CAP, format=(2, 4)), "a format that is not known"),
        (replace(CAP, flags=0), "applets, but the flag says none"),
        (replace(CAP, applets=(), flags=4), "the flag says applets, there are none"),
        (replace(CAP, applets=CAP.applets * 2), "one applet twice"),
        (replace(CAP, applets=("01020304",)), "an AID of 4 bytes"),
        (replace(CAP, imports=((FRAMEWORK[0], 1, 99),)), "a later framework than the card's"),
        (replace(CAP, imports=((FRAMEWORK[0], 2, 0),)), "another major version"),
        (replace(CAP, imports=((LIBRARY.aid, 2, 3),)), "a package that is not there"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_cap_that_cannot_be(host: Host, cap: CapPlan, why: str) -> None:
    assert host.load(cap) == "6a80"
    assert loaded(host) == []


def test_wrong_package_aid(host: Host) -> None:
    """INSTALL [for load] names another AID than the header."""
    assert host.send(0xE6, 0x02, 0, lv(OTHER, b"", b"", b"", b"")).ok
    assert host.load_blocks(load_file(BLOCK)) == "6a80"


@pytest.mark.parametrize(
    ("p1", "p2", "sw"), [(0x00, 0x01, "6a86"), (0x00, 0x02, "6a86"), (0x01, 0x00, "6a86"), (0x81, 0x00, "6a86")]
)
def test_first_block_number(host: Host, p1: int, p2: int, sw: str) -> None:
    """§11.6.2: numbers from 00 in order; an error ends the loading."""
    assert host.send(0xE6, 0x02, 0, lv(PACKAGE, b"", b"", b"", b"")).ok
    assert host.send(0xE8, p1, p2, load_file(BLOCK)[:20]).sw == sw
    assert host.send(0xE8, 0x00, 0x00, load_file(BLOCK)[:20]).sw == "6985"


def test_blocks_out_of_order(host: Host) -> None:
    data = load_file(BLOCK)
    assert host.send(0xE6, 0x02, 0, lv(PACKAGE, b"", b"", b"", b"")).ok
    assert host.send(0xE8, 0, 0, data[:20]).ok
    assert host.send(0xE8, 0, 2, data[20:40]).sw == "6a86"
    assert host.send(0xE8, 0, 1, data[20:40]).sw == "6985"


def test_load_without_install(host: Host) -> None:
    assert host.send(0xE8, 0x80, 0, load_file(BLOCK)).sw == "6985"


def test_another_command_between_blocks(host: Host) -> None:
    """§9.3.5: the loading is over, and nothing stays."""
    assert host.send(0xE6, 0x02, 0, lv(PACKAGE, b"", b"", b"", b"")).ok
    assert host.send(0xE8, 0, 0, load_file(BLOCK)[:20]).ok
    assert loaded(host) == []
    assert host.send(0xE8, 0x80, 1, load_file(BLOCK)[20:]).sw == "6985"


def test_more_than_announced(host: Host) -> None:
    assert host.send(0xE6, 0x02, 0, lv(PACKAGE, b"", b"", b"", b"")).ok
    assert host.load_blocks(load_file(BLOCK) + b"\0") == "6a80"


@pytest.mark.parametrize("length", [20, 32, 48, 64])
def test_hash(host: Host, length: int) -> None:
    """§C.2: the load file data block hash of INSTALL [for load]."""
    from simtool.softcard.globalplatform.proofs import digest

    right = digest(BLOCK, length)
    assert right is not None
    assert host.load(CAP, hash=bytes(length)) == "6a80"
    assert host.load(CAP, hash=right) == "9000"


def test_hash_of_no_known_length(host: Host) -> None:
    assert host.load(CAP, hash=bytes(19)) == "6a80"


# Memory


def test_no_memory_for_code(host: Host) -> None:
    """6A84 as soon as C4 tells that it cannot fit, or C6 of INSTALL [for load] asks for too much."""
    assert host.send(0xE6, 0x02, 0, lv(PACKAGE, b"", b"", b"", b"")).ok
    assert host.send(0xE8, 0, 0, b"\xc4\x83\x02\x00\x01" + bytes(10)).sw == "6a84"
    assert host.load(CAP, parameters=bytes.fromhex("ef06c60400020001")) == "6a84"
    assert host.load(CAP, parameters=bytes.fromhex("ef06c60400000200")) == "9000"


def test_memory_runs_out_and_comes_back(host: Host) -> None:
    free = int.from_bytes(host.send(0xCA, 0xFF, 0x21).data[8:12])
    assert free == 131072
    many = [CapPlan(f"d07002ca45{n:02x}", applets=(), filler=60000) for n in range(3)]
    assert [host.load(cap, size=239) for cap in many] == ["9000", "9000", "6a84"]
    assert [host.delete(bytes.fromhex(cap.aid)) for cap in many] == ["9000", "9000", "6a88"]
    assert int.from_bytes(host.send(0xCA, 0xFF, 0x21).data[8:12]) == free


@pytest.mark.parametrize("parameters", ["c900ef04c7027fff", "c900ef06c80400030000"])
def test_no_memory_for_an_instance(host: Host, parameters: str) -> None:
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE, parameters=parameters) == "6a84"
    assert host.install(PACKAGE, MODULE, INSTANCE, parameters="c900ef08c7020100c8020100") == "9000"


# INSTALL


@pytest.mark.parametrize(
    ("file", "module", "instance", "options", "sw"),
    [
        (OTHER, MODULE, INSTANCE, {}, "6a88"),  # no such load file
        (PACKAGE, OTHER, INSTANCE, {}, "6a88"),  # no such module in it
        (PACKAGE, MODULE, PACKAGE, {}, "6985"),  # AID in use by a load file
        (PACKAGE, MODULE, ISD, {}, "6985"),
        (PACKAGE, MODULE, b"\1\2\3\4", {}, "6a80"),
        (PACKAGE, MODULE, INSTANCE, {"parameters": ""}, "6a80"),  # C9 has to be there (table 11-49)
        (PACKAGE, MODULE, INSTANCE, {"parameters": "c901"}, "6a80"),
        (PACKAGE, MODULE, INSTANCE, {"privileges": "0000"}, "6a80"),  # one byte or three
        (PACKAGE, MODULE, INSTANCE, {"privileges": "80"}, "6a80"),  # not a module of domains
        (PACKAGE, MODULE, INSTANCE, {"privileges": "40"}, "6a80"),  # only with 80 (table 6-2)
        (PACKAGE, MODULE, INSTANCE, {"privileges": "000200"}, "6a80"),  # final application is the issuer's
        (SSD_FILE, SSD_MODULE, INSTANCE, {"privileges": "00"}, "6a80"),  # a domain without its privilege
        (SSD_FILE, SSD_MODULE, INSTANCE, {"privileges": "a04000"}, "6a80"),  # delegated and authorised
        (SSD_FILE, SSD_MODULE, INSTANCE, {"privileges": "81"}, "6a80"),  # mandated DAP without DAP
        (PACKAGE, MODULE, INSTANCE, {"p1": 0x03}, "6a86"),
        # TS 102 226 §8.2.1.3.2: limits of toolkit parameters
        (PACKAGE, MODULE, INSTANCE, {"parameters": "c900ea0a80080109000000000000"}, "6a80"),
        (PACKAGE, MODULE, INSTANCE, {"parameters": "c900ea0a80080100000008000000"}, "6a80"),
        (PACKAGE, MODULE, INSTANCE, {"parameters": "c900ea0c800a01000001018000000000"}, "6a80"),
        (PACKAGE, MODULE, INSTANCE, {"parameters": "c900ea0d800b01000000000003b0000000"}, "6a80"),
        (PACKAGE, MODULE, INSTANCE, {"parameters": "c900ef02ca00ea00"}, "6a80"),  # CA and EA
    ],
)  # fmt: skip
def test_install_refused(
    host: Host, file: bytes, module: bytes, instance: bytes, options: dict[str, str], sw: str
) -> None:
    assert host.load(CAP) == "9000"
    assert host.install(file, module, instance, **options) == sw  # type: ignore[arg-type]
    assert host.status(0x40, bytes.fromhex("d07002ca44")) == ["6a88"]


def test_toolkit_parameters(host: Host) -> None:
    """TS 102 226: priority 1, 2 timers, 15 characters, 2 menu entries, no channel, a TAR; and it is taken."""
    assert host.load(CAP) == "9000"
    good = "c900 ea11 800f 01020f02 0101 0202 00 00 03 112233 00".replace(" ", "")
    assert host.install(PACKAGE, MODULE, INSTANCE, parameters=good) == "9000"
    assert host.install(PACKAGE, MODULE, OTHER, parameters=good) == "6a80"
    assert host.delete(INSTANCE) == "9000"
    assert host.install(PACKAGE, MODULE, OTHER, parameters=good) == "9000"


def test_sim_parameters(host: Host) -> None:
    """TS 43.019: full access, priority 1, no timer, 21 characters, 5 entries, no channel, security level 0."""
    assert host.load(CAP) == "9000"
    good = "c900ef14ca12010001001505" + "0000" * 5 + "0000"
    assert host.install(PACKAGE, MODULE, INSTANCE, parameters=good) == "9000"


def test_aid_in_use(host: Host) -> None:
    assert host.load(CAP) == "9000"
    assert host.load(CAP) == "6985"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "6985"


def test_make_selectable(host: Host, card: SoftCard) -> None:
    """§9.3.6: INSTALLED cannot be selected; once selectable, not again."""
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE, p1=0x04) == "9000"
    assert "9f700103" in host.status(0x40, INSTANCE)[0]
    assert Host(card).exchange(0, 0xA4, 4, 0, INSTANCE).sw == "6a82"
    host.open(ISD)
    data = lv(b"", b"", INSTANCE, b"\0", b"", b"")
    assert host.send(0xE6, 0x08, 0, data).ok
    assert "9f700107" in host.status(0x40, INSTANCE)[0]
    assert host.send(0xE6, 0x08, 0, data).sw == "6985"
    assert host.send(0xE6, 0x08, 0, lv(b"", b"", OTHER, b"\0", b"", b"")).sw == "6a88"


def test_content_needs_a_secure_channel(card: SoftCard) -> None:
    """6982 for everything but GET DATA (table 11-1)."""
    host = Host(card)
    host.select(ISD)
    for ins in (0xF2, 0xE6, 0xE8, 0xE4, 0xF0, 0xE2, 0xD8):
        assert host.exchange(0x80, ins, 0x80, 0, b"\x4f\0").sw == "6982"
    assert host.exchange(0x80, 0xB0, 0, 0).sw == "6d00"
    assert host.exchange(0x00, 0xF2, 0x80, 0, b"\x4f\0").sw == "6e00"


# A loaded applet


def selected(card: SoftCard) -> bytes | None:
    """The AID of what is selected on the basic channel in place of the file system."""
    channel = card.channels[0]
    return channel.applet.entry.aid if channel is not None and channel.applet is not None else None


def test_an_applet_is_selected(host: Host, card: SoftCard) -> None:
    """Also by the beginning of its AID, and by next and previous; from then on it gets the commands (§6.4.2)."""
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "9000"
    assert host.install(PACKAGE, MODULE, OTHER) == "9000"
    assert (host.select(INSTANCE).sw, selected(card)) == ("9000", INSTANCE)
    assert host.exchange(0x00, 0xB0, 0x00, 0x00).sw == "9000"  # its `process` does nothing
    assert host.exchange(0x80, 0x10, 0x00, 0x00, b"\xff").sw == "9000"  # TERMINAL PROFILE is the card's own
    assert (host.select(PACKAGE).sw, selected(card)) == ("9000", INSTANCE)
    assert (host.select(PACKAGE, 0x02).sw, selected(card)) == ("9000", OTHER)  # next
    assert host.select(PACKAGE, 0x02).sw == "6a82"
    assert (host.select(PACKAGE, 0x03).sw, selected(card)) == ("9000", INSTANCE)  # previous
    assert (host.select(bytes.fromhex("a0000000871002"), 0x0C).sw, selected(card)) == ("9000", None)
    assert host.exchange(0x00, 0xA4, 0x00, 0x04, b"\x3f\x00").sw == "9000"
    assert host.exchange(0x00, 0xB0, 0x00, 0x00).sw == "6986"


def test_an_application_whose_code_cannot_run(host: Host, card: SoftCard) -> None:
    """With `Dormant` for a factory the registry has it, and every command is 6F00."""
    card.applications = Dormant
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "9000"
    assert host.select(INSTANCE).data.hex() == f"6f0a8408{INSTANCE.hex()}"
    assert host.exchange(0x00, 0xA4, 0x00, 0x04, b"\x3f\x00").sw == "6f00"


def test_one_channel_at_a_time(host: Host, card: SoftCard) -> None:
    """An applet that is not multiselectable is refused on a second channel: 6985 (JCRE §4.2)."""
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "9000"
    other = Host(card, channel=1)
    assert host.exchange(0x00, 0x70, 0, 0, le=1).ok
    assert other.select(INSTANCE).ok
    assert host.exchange(0, 0xA4, 4, 0, INSTANCE).sw == "6985"
    assert host.open(ISD).delete(INSTANCE) == "6985"  # selected elsewhere
    assert other.select(bytes.fromhex("a0000000871002")).ok
    assert host.delete(INSTANCE) == "9000"


def test_default_selected(host: Host, card: SoftCard) -> None:
    """§6.6.2.3: who has the privilege is there after a reset, in place of the file system, and only one has it."""
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE, privileges="04") == "9000"
    assert host.install(PACKAGE, MODULE, OTHER, privileges="04") == "6a80"
    card.reset()
    assert selected(card) == INSTANCE
    assert host.open(ISD).delete(INSTANCE) == "9000"
    card.reset()
    assert host.exchange(0x00, 0xA4, 0x00, 0x04, b"\x3f\x00").sw == "9000"


# DELETE


def test_delete_with_dependencies(host: Host) -> None:
    assert host.load(CAP) == "9000"
    assert host.install(PACKAGE, MODULE, INSTANCE) == "9000"
    assert host.delete(PACKAGE) == "6985"
    assert host.delete(PACKAGE, related=True) == "9000"
    assert host.delete(INSTANCE) == "6a88"
    assert host.delete(PACKAGE) == "6a88"


def test_delete_a_library_in_use(host: Host) -> None:
    assert host.load(USER) == "6a80"  # its library is not there
    assert host.load(LIBRARY) == "9000"
    assert host.load(USER) == "9000"
    assert host.delete(bytes.fromhex(LIBRARY.aid)) == "6985"
    assert host.delete(bytes.fromhex(LIBRARY.aid), related=True) == "6985"
    assert host.delete(bytes.fromhex(USER.aid)) == "9000"
    assert host.delete(bytes.fromhex(LIBRARY.aid)) == "9000"


@pytest.mark.parametrize(
    ("data", "p1", "p2", "sw"),
    [
        (b"\x4f" + lv(ISD), 0, 0, "6985"),
        (b"\x4f" + lv(SSD_FILE), 0, 0x80, "6985"),
        (b"\x4f\x06\x01", 0, 0, "6a80"),
        (b"\x50" + lv(ISD), 0, 0, "6a80"),
        (b"\x4f" + lv(ISD), 1, 0, "6a86"),
        (b"\x4f" + lv(ISD), 0, 1, "6a86"),
        (b"\xd2\x01\x30", 0, 0, "6985"),  # the keys of this very session
        (b"\xd2\x01\x55", 0, 0, "6a88"),
        (b"\xd2\x02\x55\x55", 0, 0, "6a80"),
    ],
)
def test_delete_refused(host: Host, data: bytes, p1: int, p2: int, sw: str) -> None:
    assert host.send(0xE4, p1, p2, data).sw == sw


def test_delete_keys(host: Host) -> None:
    assert host.send(0xE4, 0, 0, b"\xd2\x01\x20").ok
    assert host.initialize(SCP02_KEYS, i=0x55).sw == "6a88"
