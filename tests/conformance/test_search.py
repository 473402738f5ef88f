"""SEARCH RECORD (TS 102 221 §11.1.7): simple and enhanced, on a linear fixed file of known content."""

from __future__ import annotations

import pytest

from simtool.files.product import FileSpec
from tests.conformance.bench import Bench
from tests.conformance.survey import linear_ef

pytestmark = [pytest.mark.needs("uicc"), pytest.mark.needs("linear", "PIN1")]

NOT_FOUND = "6282 6a83"  # 6282 since release 13; earlier releases allowed other words (§11.1.7.1, note)


def fresh(bench: Bench) -> tuple[FileSpec, int, int]:
    """Records FF but for: 1 and 3 hold ABCD at the start, 2 holds ABCD at its end, 4 holds 11 22 ABCD."""
    spec = linear_ef(bench.model)
    assert spec is not None and spec.records is not None and spec.record_length is not None
    count, length = spec.records, spec.record_length
    rows = {1: "abcd", 2: "ff" * (length - 2) + "abcd", 3: "abcd", 4: "1122abcd"}
    content = b"".join(bytes.fromhex(rows.get(n, "")).ljust(length, b"\xff") for n in range(1, count + 1))
    bench.prepare(spec, content)
    return spec, count, length


# Each row: what, clause, P1 and P2, pattern or search indication with pattern, the records found. {N}: the last record.
FOUND = [
    ("forward from the first", "simple", "0104", "abcd", [1, 2, 3, 4]),
    ("forward from the third", "simple", "0304", "abcd", [3, 4]),
    ("one byte", "simple", "0104", "11", [4]),
    ("backward from the last", "simple", "{N}05", "abcd", [4, 3, 2, 1]),
    ("backward from the third", "simple", "0305", "abcd", [3, 2, 1]),
    ("nowhere", "simple", "0104", "abce", []),
    ("behind the last occurrence", "simple", "{N}04", "1122", []),
    ("from an offset on", "enhanced: byte 1 = 04, offset 01", "0106", "0401abcd", [2, 4]),
    ("from offset 0", "enhanced: byte 1 = 04, offset 00", "0106", "0400abcd", [1, 2, 3, 4]),
    ("from an offset, backward", "enhanced: byte 1 = 05", "{N}06", "0501abcd", [4, 2]),
    ("after a value", "enhanced: byte 1 = 0C, value 22", "0106", "0c22abcd", [4]),
    ("after a value that is nowhere", "enhanced: byte 1 = 0C, value 77", "0106", "0c77abcd", []),
]


@pytest.mark.parametrize(("mode", "params", "data", "records"), [r[1:] for r in FOUND], ids=[r[0] for r in FOUND])
def test_found(bench: Bench, mode: str, params: str, data: str, records: list[int]) -> None:
    """§11.1.7.1, tables 11.12 and 11.13: numbers of the records that hold the string, in the order of the search."""
    _, count, _ = fresh(bench)
    params = params.replace("{N}", f"{count:02x}")
    answer = bench.expect(
        f"00a2{params}{len(data) // 2:02x}{data}00", "9000" if records else NOT_FOUND, why=f"§11.1.7.1, {mode}"
    )
    assert list(answer) == records


def test_pointer(bench: Bench) -> None:
    """§11.1.7.1: after a successful search the record pointer is at the first record found."""
    _, _, length = fresh(bench)
    bench.expect("00a20304" + "02abcd" + "00")
    assert bench.expect(f"00b20004{length:02x}")[:2] == b"\xab\xcd"
    assert bench.expect(f"00b20002{length:02x}")[:4] == bytes.fromhex("1122abcd")


def test_pointer_after_nothing_found(bench: Bench) -> None:
    """§11.1.7.1: an unsuccessful search leaves the record pointer."""
    _, _, length = fresh(bench)
    bench.expect(f"00b20002{length:02x}")
    bench.expect("00a20104" + "02dead" + "00", NOT_FOUND)
    assert bench.expect(f"00b20002{length:02x}")[-2:] == b"\xab\xcd", "record 2 comes after record 1"


def test_from_the_current_record(bench: Bench) -> None:
    """§11.1.7.2: P1 = 00 is the current record."""
    _, _, length = fresh(bench)
    for _ in range(3):
        bench.expect(f"00b20002{length:02x}")
    assert list(bench.expect("00a2000402abcd00")) == [3, 4]


def test_from_the_next_and_the_previous_record(bench: Bench) -> None:
    """§11.1.7.2 table 11.13: byte 1 = 06 forward from the next, 07 backward from the previous record; P1 is ignored."""
    _, _, length = fresh(bench)
    for _ in range(2):
        bench.expect(f"00b20002{length:02x}")
    assert list(bench.expect("00a20006040600abcd00")) == [3, 4]
    assert list(bench.expect("00a20006040700abcd00")) == [2, 1], "record 3 was current"


def test_without_le(bench: Bench) -> None:
    """§7.3.1.1.4: over T=0 the answer is announced by 61xx, one byte for each record found."""
    fresh(bench)
    bench.expect_tpdu("00a2010402abcd", "6104")
    assert bench.expect_tpdu("00c0000004") == bytes((1, 2, 3, 4))


REFUSED = [
    ("transparent file", "§10.2.1.5.2: 6981", "00a4080c022fe2", "00a2010402abcd00", "6981"),
    ("no EF", "§10.2.1.5.2: 6986", "00a4000c023f00", "00a2010402abcd00", "6986"),
    ("mode 00", "table 11.12: RFU", None, "00a2010002abcd00", "6a86 6b00"),
    ("mode 07, proprietary", "table 11.12", None, "00a2010702abcd00", "6a86 6b00 6a81 6a80"),
    ("SFI that no file has", "§10.2.1.5.3: 6A82", "00a4000c023f00", "00a201ec02abcd00", "6a82"),
    ("no data", "§11.1.7.2", None, "00a20104", "67xx 6a80 6a87"),
    ("start behind the last record", "§10.2.1.5.3", None, "00a2fe0402abcd00", "6a83 6a86 6282"),
]


@pytest.mark.parametrize(
    ("clause", "select", "command", "answer"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_refused(bench: Bench, clause: str, select: str | None, command: str, answer: str) -> None:
    fresh(bench)
    if select:
        bench.expect(select)
    assert bench.expect(command, answer, why=clause) == b""


def test_by_sfi(bench: Bench) -> None:
    """§8.4.3, table 11.12: bits 8 to 4 of P2; EF.DIR has SFI 1E, its records begin with 61 (§13.1)."""
    length = bench.spec("MF/EF.DIR").record_length or 0
    found = list(bench.expect("00a201f4014f00"))
    assert found[:1] == [1]
    assert bench.expect(f"00b20004{length:02x}")[0] == 0x61


def test_pattern_longer_than_a_record(bench: Bench) -> None:
    """§11.1.7.1: cannot be found, or is a wrong length."""
    _, _, length = fresh(bench)
    bench.expect(f"00a20104{length + 1:02x}{'ff' * (length + 1)}00", f"{NOT_FOUND} 67xx 6a80")
