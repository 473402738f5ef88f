"""READ and UPDATE BINARY, records, cyclic files, INCREASE, SEARCH RECORD."""

from __future__ import annotations

import pytest

from tests.softcard.conftest import Reader

USIM = "00a4040c0ca0000000871002ff49ff0589"
PIN1 = "002000010831323334ffffffff"
ADM1 = "0020000a083132333435363738"
ANNA = "416e6e61" + "ff" * 16


def test_read_binary(small: Reader) -> None:
    """TS 102 221 §11.1.3."""
    small.script("""
        00b0000000 : 6986              # no EF selected
        00a4000c022fe2 : 9000
        00b0000000 : 6c0a
        00b000000b : 6c0a
        00b000000a : 98444400000011223344 9000
        00b0000804 : 6c02
        00b0000802 : 3344 9000
        00b0000a01 : 6b00              # behind the end
        00b07fff01 : 6b00
        00b0820003 : 984444 9000       # SFI 2
        00b0820901 : 44 9000
        00b0820a01 : 6b00
        00b0830001 : 6a82              # no such SFI
        00b09f0001 : 6a86              # SFI 31
        00b0a20001 : 6a86
        00b09e0001 : 6981              # SFI 30 is EF.DIR
        00b000000a00 : 6700            # P3 is Le here
        00b000 : 6700
        00b00000 : 6c0a
    """)


def test_sfi_selects_when_it_succeeds(small: Reader) -> None:
    small.ok("00a4000c022fe2", "00b08a0004")
    assert small.ok("00b0000004") == "01020304"


def test_offsets_beyond_one_byte(small: Reader) -> None:
    """Fifteen bits of offset (§11.1.3.2)."""
    small.ok(ADM1, "00a4000c022f13", "00d67ffe02aabb")
    assert small.ok("00b07ffe02") == "aabb"
    assert small.ok("00b07fff02") == "bb00"
    assert len(small.ok("00b0000000")) == 512


def test_update_binary(small: Reader) -> None:
    """TS 102 221 §11.1.4."""
    small.script("""
        00a4000c022f14 : 9000
        00d600000141 : 6982
        0020000a083132333435363738 : 9000
        00d600000141 : 9000
        00d6000102424300 : 9000        # trailing Le tolerated
        00b0000003 : 414243 9000
        00d60000044142434445 : 6700
        00d6000004414243 : 6700        # Lc says more than there is
        00d600000441424344 : 6700      # more than the file
        00d600030141 : 6b00
        00d6000200 : 6700
        00d694010161 : 9000
        00b0940003 : 416143 9000
        00a4000c022f00 : 9000
        00d600000141 : 6981
    """)


@pytest.mark.parametrize(("command", "sw"), [("00b201041f", "6c20"), ("00b2010400", "6c20"), ("00b2010420", "9000")])
def test_le_of_a_record(small: Reader, command: str, sw: str) -> None:
    small.ok("00a4000c022f00")
    assert small.tpdu(command)[-4:] == sw


def test_read_record_modes(small: Reader) -> None:
    """TS 102 221 §11.1.5: pointer of a linear fixed file."""
    small.ok(PIN1, "00a4000c027f10", "00a4000c026f3a")
    small.script(f"""
        00b2000414 : 6a83              # current: none yet
        00b2010414 : {ANNA} 9000
        00b2000414 : 6a83              # absolute does not move the pointer
        00b2000214 : {ANNA} 9000       # next of none is the first
        00b2000214 : *9000
        00b2000414 : 426572746120{"ff" * 14} 9000
        00b2000314 : {ANNA} 9000
        00b2000314 : 6a83              # before the first
        00b2000214 : *9000
        00b2000214 : *9000
        00b2000214 : {ANNA} 9000
        00b2000214 : *9000
        00b2000214 : 6a83              # behind the last
        00b2060414 : 6a83
        00b2010214 : 6a86              # next with a number
        00b2010114 : 6a86
        00b2010514 : 6a86
        00b2010c14 : {ANNA} 9000       # SFI 1
        00b2000c14 : 6a83              # pointer is back
        00b2000b14 : *9000             # previous of none is the last
        00b2000414 : *9000
        00b2011414 : 6a82              # SFI 2 is not here
        00a4000c026f3a : 9000
        00b2000414 : 6a83
    """)


def test_update_record(small: Reader) -> None:
    """TS 102 221 §11.1.6."""
    small.ok(PIN1, "00a4000c027f10", "00a4000c026f3a")
    small.script(f"""
        00dc030414{"31" * 20} : 9000
        00b2030414 : {"31" * 20} 9000
        00dc030413{"31" * 19} : 6700
        00dc030415{"31" * 21} : 6700
        00dc060414{"31" * 20} : 6a83
        00dc000214{"32" * 20} : 9000
        00b2010414 : {"32" * 20} 9000
        00dc000414{"33" * 20} : 9000
        00b2010414 : {"33" * 20} 9000
        00dc000314{"33" * 20} : 6a83
        00dc050c14{"35" * 20} : 9000
        00b2050414 : {"35" * 20} 9000
    """)


def test_cyclic(small: Reader) -> None:
    """TS 102 221 §8.2.2.3: record 1 is the one written last; only "previous" writes."""
    small.ok(USIM, PIN1, "00a4000c026f39")
    small.script("""
        00b2000403 : 000005 9000       # the pointer starts at record 1
        00b2000203 : 000003 9000
        00b2000303 : 000005 9000
        00b2000303 : 000000 9000       # round to the last
        00b2000203 : 000005 9000
        00dc000303000009 : 9000
        00b2000403 : 000009 9000
        00b2010403 : 000009 9000
        00b2020403 : 000005 9000
        00b2040403 : 000000 9000
        00dc010403000009 : 6981
        00dc000203000009 : 6981
        00dc010303000009 : 6a86
        00dc00030400000009 : 6700
        00dc00e303000001 : 9000        # SFI 28
        00b2010403 : 000001 9000
    """)


def test_increase(small: Reader) -> None:
    """TS 102 221 §11.1.8."""
    small.script("""
        8032000003000001 : 6986
    """)
    small.ok(USIM, "00a4000c026f39")
    small.script("""
        8032000003000001 : 6982
        002000010831323334ffffffff : 9000
        8032000003000001 : 6106
        00c0000006 : 000006000001 9000
        803200000110 : 6104
        00c0000004 : 00001610 9000
        00b2020403 : 000006 9000
        8032000003fffff0 : 9850
        00b2010403 : 000016 9000
        8032000004 00000001 : 6107
        00c0000007 : 00001700000001 9000
        80329c0003000001 : 6106        # SFI 28
        8032000103000001 : 6a86
        8032000000 : 6700
        00a4000c026f07 : 9000
        8032000003000001 : 6981
    """)


def test_search_record(small: Reader) -> None:
    """TS 102 221 §11.1.7."""
    small.ok(PIN1, "00a4000c027f10", "00a4000c026f3a")
    small.script("""
        00a2010404416e6e61 : 6102
        00c0000002 : 0104 9000
        00b2000414 : *9000             # the pointer is at the first hit
        00a2010c04416e6e61 : 6102      # SFI 1
        00a20205026e6e : 6101          # backward from 2
        00c0000001 : 01 9000
        00a2050502616e : 6282
        00a2050502 6e61 : 6102
        00c0000002 : 0401 9000
        00a20604016e : 6a83
        00a20104 00 : 6700
        00a2010304416e6e61 : 6a86
        00a2010704416e6e61 : 6a86
        00a201060404006e6e : 6102      # enhanced: forward, from offset 0
        00a201060404026e61 : 6102      # from offset 2
        00a201060404036e61 : 6282
        00a20106040c416e6e : 6102      # behind the first 41
        00a20106040c656e6e : 6282
        00a2000603060061 : 6102        # next: behind the record found last, which is 1
    """)


def test_deactivated_and_terminated(small: Reader) -> None:
    """TS 102 222 §6.7 to §6.9; SELECT still works (TS 102 221 §10.2.1.2)."""
    small.ok(ADM1, "00a4000c022f14")
    small.script("""
        0004000000 : 9000
        00b0000003 : 6984
        00d600000141 : 6984
        00a4000c022f14 : 6283
        00a40004022f14 : 6283
        00c0000000 : 6c16
        00c0000016 : *9000
        0004000000 : 6283              # already
        0044000000 : 9000
        00a4000c022f14 : 9000
        00e8000000 : 9000
        00a4000c022f14 : 6285
        00b0000003 : 6985
        0044000000 : 6985
        00e8000000 : 6985
        00e6000000 : 6981
    """)


def test_links_are_one_content(small: Reader) -> None:
    """One content, two paths."""
    small.ok(PIN1, ADM1, "00a4080c047f206f07", "00d6000009 082943111111111111".replace(" ", ""))
    small.ok(USIM, "00a4000c026f07")
    assert small.ok("00b0000009") == "082943111111111111"
