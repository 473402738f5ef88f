"""Files longer than one command, and the longest records (TS 102 221 §7.3.1.1.2, §11.1.3, §11.1.4)."""

from __future__ import annotations

import pytest

from tests.conformance.bench import Bench
from tests.conformance.scratch import ef_template, make

pytestmark = [pytest.mark.needs("uicc"), pytest.mark.needs("create")]

SIZE = 700


def test_256_bytes_at_once(bench: Bench) -> None:
    """§7.3.1.1.2: P3 = 00 asks for 256 bytes, and gets them where there are as many."""
    make(bench, ef_template(size=256))
    assert len(bench.expect_tpdu("00b0000000")) == 256
    bench.expect_tpdu("00b0000100", "6cff", why="one byte less is left")


def test_offsets_above_255(bench: Bench) -> None:
    """§11.1.3.2 table 11.10: P1 and P2 are an offset of 15 bits."""
    make(bench, ef_template(size=SIZE))
    content = bytes((n * 7 + (n >> 8)) & 0xFF for n in range(SIZE))
    for at in range(0, SIZE, 250):
        part = content[at : at + 250]
        bench.expect(f"00d6{at:04x}{len(part):02x}{part.hex()}")
    assert b"".join(bench.expect(f"00b0{at:04x}64") for at in range(0, SIZE, 100)) == content
    assert bench.expect("00b0015401") == content[0x154:0x155]
    bench.expect(f"00b0{SIZE:04x}01", "6b00")
    bench.expect(f"00d6{SIZE:04x}0100", "6b00")


def test_longest_record(bench: Bench) -> None:
    """§8.2.2.2: records have up to 255 bytes."""
    make(bench, ef_template(descriptor="422100ff", size=510))
    content = bytes(range(255))
    bench.expect(f"00dc0204ff{content.hex()}")
    assert bench.expect("00b20204ff") == content
    assert bench.expect("00b20104ff") == b"\xff" * 255
    bench.expect_tpdu("00b2010400", "6cff")


def test_many_records(bench: Bench) -> None:
    """§8.2.2.2: record numbers up to 254."""
    make(bench, ef_template(descriptor="42210002", size=508))
    bench.expect("00dcfe0402abcd")
    assert bench.expect("00b2fe0402") == b"\xab\xcd"
    assert list(bench.expect("00a2010402abcd00")) == [254]
    assert len(bench.expect("00a2010402ffff00")) == 253


def test_search_in_a_cyclic_file(bench: Bench) -> None:
    """§11.1.7.1: linear fixed and cyclic; numbers count from the newest."""
    make(bench, ef_template(descriptor="46210004", size=16))
    for value in ("aa000000", "bb000000", "aa111111"):
        bench.expect(f"00dc000304{value}")
    assert list(bench.expect("00a2010401aa00")) == [1, 3]


def test_increase_of_one_byte_records(bench: Bench) -> None:
    """§11.1.8.1: the record length is the length of the number."""
    rule = bytes.fromhex("ab0a80017f90008401329000")
    make(bench, ef_template(descriptor="46210001", size=3, security=rule))
    bench.expect("00dc000301fd")
    assert bench.expect("803200000101" + "00").hex() == "fe01"
    assert bench.expect("803200000101" + "00").hex() == "ff01"
    bench.expect("803200000101" + "00", "9850")
    assert [bench.expect(f"00b2{n:02x}0401").hex() for n in (1, 2, 3)] == ["ff", "fe", "fd"]


def test_increase_needs_its_rule(bench: Bench) -> None:
    """§9.2.6: INCREASE is named by its instruction (AM_DO 84); the right to update is not the right to increase."""
    make(bench, ef_template(descriptor="46210003", size=9))
    bench.expect("803200000300000100", "6982")
