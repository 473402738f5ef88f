"""Class A0: reading, writing, SEEK, INCREASE, INVALIDATE, REHABILITATE (TS 51.011 §8.3 to §8.8, §8.14, §8.15, §9.4)."""

from __future__ import annotations

import pytest

from simtool.codec.fcp2g import EfInfo2g
from tests.conformance import gsm
from tests.conformance.bench import Bench

pytestmark = pytest.mark.needs("gsm", "df_gsm", "PIN1")

ICCID = "a0a40000022fe2"

# Each row: what, clause, SELECT before, TPDU, status words, bytes.
READ = [
    ("ten bytes", "§9.2.3", ICCID, "a0b000000a", "9000", 10),
    ("from an offset", "§9.2.3", ICCID, "a0b0000406", "9000", 6),
    ("offset at the end", "§9.4.4: 9402", ICCID, "a0b0000a01", "9402", 0),
    ("more than there is", "§9.4.4: 9402, §9.4.6: 67xx", ICCID, "a0b000000b", "9402 67xx 6c0a", 0),
    ("no EF", "§9.4.4: 9400", "a0a40000023f00", "a0b0000001", "9400", 0),
    ("READ RECORD of a transparent EF", "§9.4.4: 9408", ICCID, "a0b2010401", "9408", 0),
    ("SEEK in a transparent EF", "§9.4.4: 9408", ICCID, "a0a2000001ff", "9408", 0),
    ("INCREASE of a transparent EF", "§9.4.4: 9408", ICCID, "a032000003000001", "9408", 0),
    ("READ RECORD, no EF", "§9.4.4: 9400", "a0a40000023f00", "a0b2010401", "9400", 0),
    ("SEEK, no EF", "§9.4.4: 9400", "a0a40000023f00", "a0a2000001ff", "9400", 0),
    ("INCREASE, no EF", "§9.4.4: 9400", "a0a40000023f00", "a032000003000001", "9400", 0),
    ("INVALIDATE, no EF", "§9.4.4: 9400", "a0a40000023f00", "a004000000", "9400", 0),
]


@pytest.mark.parametrize(
    ("clause", "select", "command", "answer", "length"), [r[1:] for r in READ], ids=[r[0] for r in READ]
)
def test_read(bench: Bench, clause: str, select: str, command: str, answer: str, length: int) -> None:
    bench.expect_tpdu(select, "9fxx")
    assert len(bench.expect_tpdu(command, answer, why=clause)) == length


@pytest.mark.needs("gsm_binary", "PIN2")
class TestBinary:
    def test_update(self, bench: Bench) -> None:
        """§8.4, §9.2.4: the bytes at the offset, no others; 9402 outside, and nothing is written then."""
        spec = gsm.binary(bench.model)
        assert spec is not None
        size = spec.size or 0
        wanted = bytes((3 + 5 * n) & 0xFF for n in range(size))
        gsm.prepare(bench, spec, wanted)
        bench.expect_tpdu("a0d6000102a55a")
        wanted = wanted[:1] + b"\xa5\x5a" + wanted[3:]
        assert gsm.content(bench, spec) == wanted
        bench.expect_tpdu(f"a0d6{size:04x}0100", "9402")
        bench.expect_tpdu(f"a0d6{size - 1:04x}020000", "9402 67xx")
        bench.expect_tpdu("a0dc01040100", "9408")
        assert gsm.content(bench, spec) == wanted

    def test_needs_chv1(self, bench: Bench) -> None:
        """§7.2, §9.4.5: 9804 before CHV1 is verified, also for UPDATE; both work afterwards."""
        spec = gsm.binary(bench.model)
        assert spec is not None
        gsm.locked(bench)
        gsm.reach(bench, spec.path)
        bench.expect_tpdu("a0b0000001", "9804")
        bench.expect_tpdu("a0d6000001ff", "9804")
        gsm.verify(bench, "PIN1")
        byte = bench.expect_tpdu("a0b0000001")
        bench.expect_tpdu(f"a0d6000001{byte.hex()}")

    def test_reset_closes(self, bench: Bench) -> None:
        """§7.2: the right lasts until the card is reset."""
        spec = gsm.binary(bench.model)
        assert spec is not None
        gsm.locked(bench)
        gsm.verify(bench, "PIN1")
        for cold in (True, False):
            bench.reset(cold=cold)
            gsm.reach(bench, spec.path)
            bench.expect_tpdu("a0b0000001", "9804")
            gsm.verify(bench, "PIN1")


def record(number: int, length: int) -> bytes:
    return bytes((number,)) + bytes((number * 7 + n) & 0xFF for n in range(1, length))


@pytest.mark.needs("gsm_linear", "PIN2")
class TestLinear:
    def _fresh(self, bench: Bench) -> tuple[int, int]:
        spec = gsm.linear(bench.model)
        assert spec is not None and spec.records and spec.record_length
        wanted = b"".join(record(n, spec.record_length) for n in range(1, spec.records + 1))
        gsm.prepare(bench, spec, wanted)
        return spec.records, spec.record_length

    def test_next_and_previous(self, bench: Bench) -> None:
        """§8.5: NEXT begins with the first, PREVIOUS with the last; 9402 at the ends, the pointer stays."""
        count, length = self._fresh(bench)
        for number in (1, 2):
            assert bench.expect_tpdu(f"a0b20002{length:02x}") == record(number, length)
        assert bench.expect_tpdu(f"a0b20004{length:02x}") == record(2, length)
        assert bench.expect_tpdu(f"a0b20003{length:02x}") == record(1, length)
        bench.expect_tpdu(f"a0b20003{length:02x}", "9402")
        assert bench.expect_tpdu(f"a0b20004{length:02x}") == record(1, length)
        spec = gsm.linear(bench.model)
        assert spec is not None
        gsm.reach(bench, spec.path)
        assert bench.expect_tpdu(f"a0b20003{length:02x}") == record(count, length)
        bench.expect_tpdu(f"a0b20002{length:02x}", "9402")

    def test_p1_is_not_looked_at(self, bench: Bench) -> None:
        """§9.2.5: with NEXT and PREVIOUS the card does not interpret P1."""
        _, length = self._fresh(bench)
        assert bench.expect_tpdu(f"a0b20302{length:02x}") == record(1, length)

    def test_absolute_leaves_the_pointer(self, bench: Bench) -> None:
        """§8.5."""
        _, length = self._fresh(bench)
        bench.expect_tpdu(f"a0b20002{length:02x}")
        assert bench.expect_tpdu(f"a0b20304{length:02x}") == record(3, length)
        assert bench.expect_tpdu(f"a0b20004{length:02x}") == record(1, length)

    REFUSED = [
        ("behind the last", "§9.4.4: 9402", "a0b2fd04{L}", "9402"),
        ("mode 07", "§9.4.6: 6Bxx", "a0b20107{L}", "6bxx"),
        ("wrong length", "§9.4.6: 67xx", "a0b2010401", "67xx 6cxx"),
        ("update behind the last", "§9.4.4: 9402", "a0dcfd04{L}{D}", "9402"),
        ("update, wrong length", "§9.4.6: 67xx", "a0dc010401ff", "67xx"),
        ("READ BINARY", "§9.4.4: 9408", "a0b0000001", "9408"),
        ("UPDATE BINARY", "§9.4.4: 9408", "a0d6000001ff", "9408"),
        ("INCREASE", "§9.4.4: 9408", "a032000003000001", "9408"),
    ]

    @pytest.mark.parametrize(("clause", "command", "answer"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
    def test_refused(self, bench: Bench, clause: str, command: str, answer: str) -> None:
        count, length = self._fresh(bench)
        bench.expect_tpdu(command.format(L=f"{length:02x}", D="5a" * length), answer, why=clause)
        spec = gsm.linear(bench.model)
        assert spec is not None
        assert gsm.content(bench, spec) == b"".join(record(n, length) for n in range(1, count + 1))

    def test_update(self, bench: Bench) -> None:
        """§8.6: ABSOLUTE, NEXT, PREVIOUS, CURRENT."""
        count, length = self._fresh(bench)
        wanted = [record(n, length) for n in range(1, count + 1)]
        for at, (p1, mode, number) in enumerate([(3, 4, 3), (0, 2, 1), (0, 2, 2), (0, 3, 1), (0, 4, 1)]):
            new = bytes((0xE0 + at,)) * length
            bench.expect_tpdu(f"a0dc{p1:02x}{mode:02x}{length:02x}{new.hex()}")
            wanted[number - 1] = new
        spec = gsm.linear(bench.model)
        assert spec is not None
        assert gsm.content(bench, spec) == b"".join(wanted)

    def test_seek(self, bench: Bench) -> None:
        """§8.7, §9.2.7: type 1 sets the pointer, type 2 tells the number too; 9404 when there is none."""
        _, length = self._fresh(bench)
        pattern = record(2, length)[:3].hex()
        bench.expect_tpdu(f"a0a2000003{pattern}")
        assert bench.expect_tpdu(f"a0b20004{length:02x}") == record(2, length)
        bench.expect_tpdu(f"a0a2001003{pattern}", "9f01")
        assert bench.expect_tpdu("a0c0000001") == b"\x02"
        bench.expect_tpdu("a0a200000300dead", "9404")

    def test_seek_from_the_pointer(self, bench: Bench) -> None:
        """§9.2.7: P2 = x2 goes on with the next, x3 with the previous record; x1 goes back from the end."""
        count, length = self._fresh(bench)
        first, third = (record(n, length)[:2].hex() for n in (1, 3))
        bench.expect_tpdu(f"a0a2000002{first}")
        bench.expect_tpdu(f"a0a2000202{third}")
        bench.expect_tpdu(f"a0a2000202{third}", "9404", why="there is no other behind it")
        bench.expect_tpdu(f"a0a2000302{first}")
        assert bench.expect_tpdu(f"a0b20004{length:02x}") == record(1, length)
        bench.expect_tpdu(f"a0a2001102{third}", "9f01")
        assert bench.expect_tpdu("a0c0000001") == b"\x03"

    def test_seek_looks_at_the_start(self, bench: Bench) -> None:
        """§8.7: a record that starts with the pattern."""
        _, length = self._fresh(bench)
        bench.expect_tpdu(f"a0a2000003{record(2, length)[1:4].hex()}", "9404")


@pytest.mark.needs("gsm_cyclic", "PIN2")
class TestCyclic:
    def test_update_and_read(self, bench: Bench) -> None:
        """§6.4.3, §8.5, §8.6: PREVIOUS writes the oldest, which becomes record 1; reading goes round."""
        spec = gsm.cyclic(bench.model)
        assert spec is not None and spec.records and spec.record_length
        length = spec.record_length
        records = [bytes((n,)) * length for n in range(1, spec.records + 1)]
        gsm.prepare(bench, spec, b"".join(records))
        new = b"\xa1" * length
        bench.expect_tpdu(f"a0dc0003{length:02x}{new.hex()}")
        records = [new, *records[:-1]]
        assert gsm.content(bench, spec) == b"".join(records)
        gsm.reach(bench, spec.path)
        for wanted in (*records[1:], records[0]):
            assert bench.expect_tpdu(f"a0b20002{length:02x}") == wanted, "§6.4.3: the pointer is at the newest"
        bench.expect_tpdu(f"a0dc0104{length:02x}{'5a' * length}", "9408 6bxx")
        bench.expect_tpdu("a0a2000001ff", "9408", why="§8.7: SEEK is for linear fixed EFs")


@pytest.mark.needs("gsm_counter", "PIN2")
class TestIncrease:
    def _fresh(self, bench: Bench, newest: int) -> None:
        spec = gsm.counter(bench.model)
        assert spec is not None and spec.records
        records = [newest.to_bytes(3), *(n.to_bytes(3) for n in range(spec.records, 1, -1))]
        gsm.prepare(bench, spec, b"".join(records))

    def test_sum(self, bench: Bench) -> None:
        """§8.8, §9.2.8: 9F06, then the sum and the value added; the sum is record 1 and current."""
        self._fresh(bench, 0x0000FE)
        bench.expect_tpdu("a032000003000003", "9f06")
        assert bench.expect_tpdu("a0c0000006") == bytes.fromhex("000101000003")
        assert bench.expect_tpdu("a0b2010403") == bytes.fromhex("000101")
        assert bench.expect_tpdu("a0b2000403") == bytes.fromhex("000101")
        assert bench.expect_tpdu("a0b2020403") == bytes.fromhex("0000fe")

    def test_maximum(self, bench: Bench) -> None:
        """§9.4.5: 9850, and nothing changes."""
        self._fresh(bench, 0xFFFFFE)
        bench.expect_tpdu("a032000003000002", "9850")
        assert bench.expect_tpdu("a0b2010403") == bytes.fromhex("fffffe")

    def test_length(self, bench: Bench) -> None:
        """§9.2.8: three bytes; §9.4.6: 67xx."""
        self._fresh(bench, 5)
        bench.expect_tpdu("a0320000020001", "67xx")
        assert bench.expect_tpdu("a0b2010403") == bytes.fromhex("000005")


@pytest.mark.needs("gsm_switchable", "adm", "uicc")
def test_invalidate_and_rehabilitate(bench: Bench) -> None:
    """§8.14, §8.15, §9.4.5: 9810 while invalidated, byte 12 of the answer says so, the content comes back."""
    spec = gsm.switchable(bench.model)
    assert spec is not None and bench.adm is not None

    def rights() -> None:
        gsm.home(bench)
        bench.expect(bench.verify_command(bench.adm or ""))
        if gsm.chv1_enabled(bench):
            gsm.verify(bench, "PIN1")

    def back() -> None:
        rights()
        if gsm.select(bench, spec.path).invalidated:  # type: ignore[union-attr]
            bench.expect_tpdu("a044000000")

    rights()
    gsm.reach(bench, spec.path)
    before = gsm.content(bench, spec)
    bench.later(back)
    bench.expect_tpdu("a004000000")
    bench.expect_tpdu("a0b0000001", "9810")
    bench.expect_tpdu("a004000000", "9810", why="it is invalidated already")
    answer = gsm.select(bench, spec.path)
    assert isinstance(answer, EfInfo2g)
    assert answer.invalidated
    bench.expect_tpdu("a044000000")
    bench.expect_tpdu("a044000000", "9810", why="it is not invalidated")
    assert gsm.content(bench, spec) == before


@pytest.mark.needs("gsm_switchable")
def test_invalidate_without_the_right(bench: Bench) -> None:
    """§9.4.5: 9804."""
    bench.expect_tpdu(ICCID, "9fxx")
    bench.expect_tpdu("a004000000", "9804")
    assert len(bench.expect_tpdu("a0b000000a")) == 10
