"""Cyclic files: record 1 is the newest (TS 102 221 §8.2.2.3, §11.1.5, §11.1.6), and INCREASE (§11.1.8)."""

from __future__ import annotations

import pytest

from simtool.files.product import FileSpec
from tests.conformance.bench import Bench
from tests.conformance.survey import counter_ef, cyclic_ef, linear_ef

pytestmark = pytest.mark.needs("uicc")


def split(content: bytes, length: int) -> list[bytes]:
    return [content[at : at + length] for at in range(0, len(content), length)]


@pytest.mark.needs("cyclic", "PIN1", "PIN2")
class TestCyclic:
    def _fresh(self, bench: Bench) -> tuple[FileSpec, list[bytes], int]:
        """The file with record n full of n, selected anew."""
        spec = cyclic_ef(bench.model)
        assert spec is not None and spec.records is not None and spec.record_length is not None
        length = spec.record_length
        records = [bytes((n,)) * length for n in range(1, spec.records + 1)]
        bench.prepare(spec, b"".join(records))
        return spec, records, length

    def test_update_replaces_the_oldest(self, bench: Bench) -> None:
        """§11.1.6.1: PREVIOUS writes the record with the oldest data, which becomes record 1."""
        spec, records, length = self._fresh(bench)
        for value in (0xA1, 0xA2):
            new = bytes((value,)) * length
            bench.expect(f"00dc0003{length:02x}{new.hex()}")
            records = [new, *records[:-1]]
        assert split(bench.read(spec.path), length) == records

    def test_update_sets_the_pointer(self, bench: Bench) -> None:
        """§11.1.6.1: the record pointer is set to the record just written."""
        _, _, length = self._fresh(bench)
        new = b"\xa1" * length
        bench.expect(f"00dc0003{length:02x}{new.hex()}")
        assert bench.expect(f"00b20004{length:02x}") == new

    @pytest.mark.parametrize(("p1", "p2"), [(1, 0x04), (0, 0x04), (0, 0x02)], ids=["absolute", "current", "next"])
    def test_only_previous_updates(self, bench: Bench, p1: int, p2: int) -> None:
        """§11.1.6.1: a cyclic file is updated with PREVIOUS only."""
        spec, records, length = self._fresh(bench)
        bench.expect(f"00dc{p1:02x}{p2:02x}{length:02x}{'5a' * length}", "6981 6a86 6a81 6985 6b00")
        assert split(bench.read(spec.path), length) == records

    def test_next_goes_round(self, bench: Bench) -> None:
        """§8.2.2.3: after selection the pointer is at the newest record; §11.1.5.1: after the last comes the first."""
        _, records, length = self._fresh(bench)
        assert bench.expect(f"00b20004{length:02x}") == records[0]
        for wanted in [*records[1:], records[0], records[1]]:
            assert bench.expect(f"00b20002{length:02x}") == wanted

    def test_previous_goes_round(self, bench: Bench) -> None:
        """§8.2.2.3, §11.1.5.1: before the first record of a cyclic file comes the last."""
        _, records, length = self._fresh(bench)
        for wanted in [*reversed(records), records[-1]]:
            assert bench.expect(f"00b20003{length:02x}") == wanted

    def test_absolute(self, bench: Bench) -> None:
        """§11.1.5.1: record numbers count from the newest; none behind the last."""
        _, records, length = self._fresh(bench)
        for number, wanted in enumerate(records, 1):
            assert bench.expect(f"00b2{number:02x}04{length:02x}") == wanted
        bench.expect(f"00b2{len(records) + 1:02x}04{length:02x}", "6a83")

    def test_wrong_length(self, bench: Bench) -> None:
        """§11.1.6.1: one complete record."""
        spec, records, length = self._fresh(bench)
        bench.expect(f"00dc0003{length + 1:02x}{'5a' * (length + 1)}", "67xx")
        assert split(bench.read(spec.path), length) == records


@pytest.mark.needs("counter", "PIN1", "PIN2")
class TestIncrease:
    def _fresh(self, bench: Bench, newest: int) -> tuple[FileSpec, list[bytes]]:
        spec = counter_ef(bench.model)
        assert spec is not None and spec.records is not None
        records = [newest.to_bytes(3)] + [n.to_bytes(3) for n in range(spec.records, 1, -1)]
        bench.prepare(spec, b"".join(records))
        return spec, records

    # newest record before, value added (hex), record after
    SUMS = [
        (0x000005, "000001", 0x000006),
        (0x0000FF, "000001", 0x000100),
        (0x00FFFF, "010001", 0x020000),
        (0x000005, "03", 0x000008),
        (0x0001FF, "0101", 0x000300),
        (0xFFFFFE, "000001", 0xFFFFFF),
        (0x000005, "000000", 0x000005),
    ]

    @pytest.mark.parametrize(("newest", "value", "total"), SUMS, ids=[f"{a:06x}+{b}" for a, b, _ in SUMS])
    def test_sum(self, bench: Bench, newest: int, value: str, total: int) -> None:
        """§11.1.8.1: the newest record plus the value becomes the newest; the answer is both, the sum first."""
        spec, records = self._fresh(bench, newest)
        answer = bench.expect(f"80320000{len(value) // 2:02x}{value}00")
        assert answer == total.to_bytes(3) + bytes.fromhex(value)
        assert split(bench.read(spec.path), 3) == [total.to_bytes(3), *records[:-1]]

    def test_maximum(self, bench: Bench) -> None:
        """§11.1.8.1, §10.2.1.6: 9850 when the sum does not fit; the file stays."""
        spec, records = self._fresh(bench, 0xFFFFFE)
        bench.expect("8032000003000002", "9850")
        assert split(bench.read(spec.path), 3) == records

    def test_value_longer_than_a_record(self, bench: Bench) -> None:
        """§11.1.8.1: refused for its length, or added where the sum fits; 9850 where it does not."""
        spec, records = self._fresh(bench, 5)
        answer = bench.expect("80320000040000000100", "67xx 9000")
        if answer:
            records = [(6).to_bytes(3), *records[:-1]]
        assert split(bench.read(spec.path), 3) == records
        bench.select(spec.path)
        bench.expect("80320000040100000000", "67xx 9850")
        assert split(bench.read(spec.path), 3) == records

    def test_pointer(self, bench: Bench) -> None:
        """§11.1.8.1: the record pointer is set to the increased record, which is record 1."""
        self._fresh(bench, 5)
        bench.expect("803200000300000100")
        assert bench.expect("00b2000403") == (6).to_bytes(3)

    def test_other_structures(self, bench: Bench) -> None:
        """§10.2.1.5.2: 6981 on files that are not cyclic, 6986 without a current EF."""
        bench.expect("00a4000c022fe2")
        bench.expect("8032000003000001", "6981")
        bench.expect("00a4000c023f00")
        bench.expect("8032000003000001", "6986")
        spec = linear_ef(bench.model)
        assert spec is not None
        bench.open_application(spec.path)
        bench.unlock()
        bench.select(spec.path)
        bench.expect("8032000003000001", "6981")

    @pytest.mark.needs("counter_sfi")
    def test_by_sfi(self, bench: Bench) -> None:
        """§11.1.8.2 table 11.14a: P1 = 100 and an SFI."""
        spec, _ = self._fresh(bench, 5)
        assert spec.sfi is not None and spec.path.parent is not None
        bench.select(spec.path.parent)
        assert bench.expect(f"8032{0x80 | spec.sfi:02x}000300000100") == (6).to_bytes(3) + (1).to_bytes(3)
        assert bench.expect("00b2010403") == (6).to_bytes(3)
