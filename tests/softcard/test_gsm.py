"""Class A0 (TS 51.011): the same card as a classic SIM."""

from __future__ import annotations

import pytest

from simtool.codec.fcp2g import DfInfo2g, EfInfo2g, decode_fcp2g
from simtool.files.product import load
from simtool.softcard.card import SoftCard
from tests.softcard.conftest import Reader

CHV1 = "a02000010831323334ffffffff"
ADM1 = "0020000a083132333435363738"


def test_select(small: Reader) -> None:
    """TS 51.011 §9.2.1, §8.1."""
    small.script("""
        a0a40000023f00 : 9f16
        a0c0000016 : *9000
        a0c0000016 : 6f00
        a0a40000027f10 : 9f16
        a0c0000017 : 6716
        a0c0000016 : *9000
        a0a40000026f3a : 9f0f
        a0c000000a : *9000             # the first bytes are enough
        a0a40000022fe2 : 9404          # not from here
        a0a40000027f20 : 9f16          # DF beside
        a0a40000026f99 : 9f0f
        a0a40004026f99 : 6b00
        a0a4000001 7f : 6702
        a0a4000000 : 6702
        a0f2000016 : *9000
        a0f200000d : *9000             # shorter is allowed
        a0f20000ff : 6716
        a0f2000c00 : 6b00
    """)


def test_answers(small: Reader) -> None:
    mf = decode_fcp2g(bytes.fromhex(small.apdu("a0a40000023f00")[:-4]))
    assert isinstance(mf, DfInfo2g) and mf.is_mf and not mf.chv1_disabled
    assert (mf.chv1.tries, mf.unblock_chv1.tries, mf.chv2.tries, mf.chv2.initialised) == (3, 10, 3, True)
    small.tpdu("a02000010839393939ffffffff")
    small.tpdu("a026000108" + "31323334ffffffff")
    after = decode_fcp2g(bytes.fromhex(small.apdu("a0f2000016")[:-4]))
    assert isinstance(after, DfInfo2g) and after.chv1_disabled and after.chv1.tries == 3
    small.apdu("a0a40000027f10")
    adn = decode_fcp2g(bytes.fromhex(small.apdu("a0a40000026f3a")[:-4]))
    assert isinstance(adn, EfInfo2g)
    assert (adn.size, adn.record_length, adn.access.read, adn.access.update) == (100, 20, 1, 1)


def test_reading_and_writing(small: Reader) -> None:
    """TS 51.011 §8.3 to §8.6, status words of §9.4."""
    small.script(f"""
        a0b0000001 : 9400
        a0a40000022fe2 : 9f0f
        a0b000000a : 98444400000011223344 9000
        a0b0000000 : 670a
        a0b0000a01 : 9402
        a0b0820001 : 9402
        a0d60000 0100 : 9804
        a0b2010414 : 9408
        a0a40000027f10 : 9f16
        a0a40000026f3a : 9f0f
        a0b2010414 : 9804
        {CHV1} : 9000
        a0b2010413 : 6714
        a0b2000214 : *9000
        a0b2070214 : *9000             # P1 says nothing here
        a0b2060414 : 9402
        a0b2010c14 : 6b00              # no SFI
        a0dc010413{"31" * 19} : 6714
        a0dc010414{"31" * 20} : 9000
        a0b0000001 : 9408
        a020000008 31323334ffffffff : 6b00
    """)


def test_seek(small: Reader) -> None:
    """TS 51.011 §8.7."""
    small.ok(CHV1)
    small.apdu("a0a40000027f10")
    small.apdu("a0a40000026f3a")
    small.script("""
        a0a2000004416e6e61 : 9000
        a0b2000414 : *9000
        a0a2001204416e6e61 : 9f01      # next, type 2
        a0c0000001 : 04 9000
        a0a2000204416e6e61 : 9404
        a0a2000304416e6e61 : 9000
        a0a2001104416e6e61 : 9f01
        a0c0000001 : 04 9000
        a0a20000026e6e : 9404          # only from the start of a record
        a0a2002004416e6e61 : 6b00
        a0a200001100112233445566778899aabbccddeeff00 : 6700
    """)


def test_increase(small: Reader) -> None:
    small.ok("00a4040c0ca0000000871002ff49ff0589", CHV1, "00a4000c026f39")
    small.script("""
        a032000003000001 : 9f06
        a0c0000006 : 000006000001 9000
        a0320000020001 : 6703
        a032000003fffffe : 9850
    """)


def test_invalidate(small: Reader) -> None:
    """TS 51.011 §8.14, §8.15."""
    small.ok(ADM1)
    small.apdu("a0a40000022f14")
    small.script("""
        a004000000 : 9000
        a004000000 : 9810
        a0b0000003 : 9810
        a044000000 : 9000
        a044000000 : 9810
        a0b0000003 : 616263 9000
        a004000001 00 : 6700
    """)


def test_access_conditions_of_a_classic_sim(small: Reader) -> None:
    """Nibbles of TS 51.011 §9.3: read CHV1, update ADM 4, for which the product's ADM stands in."""
    small.apdu("a0a40000027f20")
    assert small.apdu("a0a40000026f99")[16:22] == "14ff44"
    small.script(f"""
        a0b0000002 : 9804
        {CHV1} : 9000
        a0b0000002 : ffff 9000
        a0d600000100 : 9804
        {ADM1} : 9000
        a0d600000100 : 9000
    """)


def test_toolkit_commands(small: Reader) -> None:
    small.script("""
        a010000003ffffff : 9000
        a0120000ff : 9810
        a0fa000000 : 9000
        a0c2000002d600 : 9000
    """)


@pytest.mark.parametrize("name", ["sysmosim-gr1", "fakemagicsim", "sysmoSIM-GR2", "magicsim", "grcardsim"])
def test_classic_sims_know_no_other_class(name: str) -> None:
    reader = Reader(SoftCard.new(load(name)))
    assert reader.tpdu("00a40004023f00") == "6e00"
    assert reader.tpdu("a0a40000023f00")[:2] == "9f"


def test_vendor_command_writes_the_key() -> None:
    """grcardsim stores Ki with a command of its own, for which it wants ADM5."""
    model = load("grcardsim")
    reader = Reader(SoftCard.new(model))
    ki = "00112233445566778899aabbccddeeff"
    assert reader.tpdu(f"80d4020010{ki}") == "9804"
    adm = model.pin("ADM5")
    assert adm.value is not None
    assert reader.tpdu(f"a02000{adm.ref:02x}08{adm.value.hex()}") == "9000"
    assert reader.tpdu(f"80d4020010{ki}") == "9000"
    assert reader.card.files.by_path["MF/DF.GSM/EF.KI"].content.data.hex() == ki
    assert reader.tpdu(f"80d402000f{ki[2:]}") == "6a86"
