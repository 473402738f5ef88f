"""Any bytes get a status word from security domains and ARA-M too, and nothing fails inside."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.files.product import load
from simtool.softcard import SoftCard
from simtool.softcard import status as sw
from simtool.softcard.globalplatform import cap
from simtool.softcard.status import StatusFault
from tests.harness.gp_host import SCP02_KEYS, SCP03_KEYS, Host, load_file, lv
from tests.softcard.test_gp_content import CAP, INSTANCE, ISD, MODULE, PACKAGE, SSD, SSD_FILE, SSD_MODULE
from tests.softcard.test_total import is_answer

ARAM = bytes.fromhex("a00000015141434c00")
AIDS = [ISD, ARAM, PACKAGE, MODULE, INSTANCE, SSD, SSD_FILE, SSD_MODULE, b""]
INSTRUCTIONS = bytes.fromhex("caf2e6e8e4f0e2d8507a78a4")
P1 = bytes.fromhex("0002040c081020408090f0ff0f07")
RULE = bytes.fromhex("e228e11a4f00c114" + "11" * 20 + "e30adb080000000000000001")


def spoiled(at: int, byte: int, cut: int) -> bytes:
    """A good load file with one byte changed, and perhaps some cut off."""
    block = bytearray(CAP.block())
    block[at % len(block)] = byte
    return bytes(block[: len(block) - cut])


def piece(rng: random.Random) -> bytes:
    """Data that some command would like, or nearly."""
    aid = rng.choice(AIDS)
    kinds = (
        lambda: b"\x4f" + lv(aid) + rng.choice((b"", b"\x5c\x02\x4f\xc5", b"\x9e\x00")),
        lambda: lv(*(rng.choice((b"", aid, b"\0", b"\xc9\0", rng.randbytes(3))) for _ in range(rng.randrange(7)))),
        lambda: lv(PACKAGE, b"", b"", b"", b""),
        lambda: lv(PACKAGE, MODULE, INSTANCE, b"\0", b"\xc9\0", b""),
        lambda: lv(SSD_FILE, SSD_MODULE, SSD, b"\x80\x40\0", b"\xc9\0", b""),
        lambda: load_file(CAP.block())[: rng.choice((20, 999))],
        lambda: bytes.fromhex("4203112233"),
        lambda: rng.choice((b"\xf0", b"\xf1", b"\xf2")) + lv(RULE),
        lambda: b"\x32\x88" + lv(rng.randbytes(17)) + b"\0",
        lambda: rng.choice(AIDS),
        lambda: rng.randbytes(rng.randrange(60)),
    )
    data = bytearray(rng.choice(kinds)())
    if data and rng.random() < 0.3:
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data[: rng.choice((255, 255, 255, rng.randrange(1, 256)))])


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("aid", [ISD, ARAM], ids=["ISD", "ARA-M"])
def test_random_traffic(seed: int, aid: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """With a session that protects nothing, so that every command is looked at, and opened again when it has ended."""
    card = SoftCard.new(load("generic-usim"))
    card.power_on()
    rng = random.Random(seed)  # noqa: S311
    host = Host(card)
    for number in range(3000):
        if number % 20 == 0:
            card.reset()
            key_set, i = rng.choice(((SCP02_KEYS, 0x55), (SCP03_KEYS, 0x70)))
            if host.select(rng.choice((aid, aid, SSD))).ok and host.initialize(key_set, i=i).ok:
                host.authenticate(0)
        data = piece(rng)
        p2 = rng.choice((0, 0, 0, 2, 0x80, 0x81, 1, rng.randrange(256)))
        ins = rng.choice(INSTRUCTIONS)
        p1 = rng.choice(P1) if ins != 0xF0 else rng.choice((0x40, 0x60))
        cla = rng.choice((0x80, 0x80, 0x80, 0x84, 0x00, 0xC0, 0xE0))
        head = bytes((cla, ins, p1, p2))
        answer = card.transmit(head + (bytes((len(data),)) + data if data else b"\0"))
        assert is_answer(answer), head.hex()
        if answer[-2] == 0x61:
            assert is_answer(card.transmit(bytes((0, 0xC0, 0, 0, answer[-1]))))
    assert not caplog.records


def test_without_a_session_nothing_changes(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody who has no key changes the registry, a key or a life cycle."""
    card = SoftCard.new(load("generic-usim"))
    card.power_on()
    rng = random.Random(1)  # noqa: S311
    host = Host(card)
    for number in range(6000):
        if number % 50 == 0:
            host.select(rng.choice((ISD, ARAM)))
        head = bytes((rng.choice((0x80, 0x84)), rng.choice(INSTRUCTIONS), rng.choice(P1), rng.choice((0, 0x81))))
        data = piece(rng)
        assert is_answer(card.transmit(head + (bytes((len(data),)) + data if data else b"\0")))
    kept = {name for name in card.store.values if name.startswith("gp:")}
    assert kept <= {"gp:count:" + ISD.hex(), "gp:wrong:" + ISD.hex()}
    assert not caplog.records


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.builds(spoiled, st.integers(0, 10_000), st.integers(0, 255), st.integers(0, 3)))
def test_any_load_file(data: bytes) -> None:
    """A load file data block is read, or refused with 6A80; nothing else."""
    try:
        package = cap.read(data)
    except StatusFault as fault:
        assert fault.sw == sw.WRONG_DATA
    else:
        assert package.size <= len(data)
