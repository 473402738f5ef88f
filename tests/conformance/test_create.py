"""CREATE FILE, DELETE FILE, RESIZE FILE (TS 102 222 §6.3, §6.4, §6.10)."""

from __future__ import annotations

import pytest

from simtool.codec import tlv
from simtool.codec.fcp import Fcp
from tests.conformance.bench import Bench
from tests.conformance.scratch import DF, EF, OTHER_EF, create, df_template, ef_template, make, remove, template
from tests.conformance.survey import MF

pytestmark = [pytest.mark.needs("uicc"), pytest.mark.needs("create")]


def linear(fid: int = EF) -> bytes:
    return ef_template(fid, descriptor="42210008", size=24)


def cyclic(fid: int = EF) -> bytes:
    return ef_template(fid, descriptor="46210008", size=24)


class TestCreate:
    def test_transparent(self, bench: Bench) -> None:
        """§6.3.1: the new EF is there, is current, and holds FF where no filling pattern is given."""
        make(bench, ef_template())
        assert bench.expect("00b0000010") == b"\xff" * 16
        bench.expect("00d6000002abcd")
        bench.expect("00a4000c023f00")
        bench.expect(f"00a4000c02{EF:04x}")
        assert bench.expect("00b0000003") == b"\xab\xcd\xff"

    def test_survives_reset(self, bench: Bench) -> None:
        """§6.3.1: the file stays."""
        make(bench, ef_template())
        bench.expect("00d6000002abcd")
        bench.reset()
        bench.expect(f"00a4000c02{EF:04x}")
        assert bench.expect("00b0000002") == b"\xab\xcd"

    def test_description(self, bench: Bench) -> None:
        """§6.3.2.2, TS 102 221 §11.1.1.4: SELECT tells what CREATE was told."""
        make(bench, ef_template(sfi=0x1B))
        bench.expect("00a4000c023f00")
        fcp = Fcp.decode(bench.expect(f"00a4000402{EF:04x}00"))
        assert (fcp.fid, fcp.size, fcp.sfi, fcp.life_cycle) == (EF, 16, 0x1B, 5)
        assert fcp.structure == "transparent"
        assert fcp.security is not None
        assert fcp.security.value == bytes.fromhex("7f00000000000000")

    def test_short_identifier(self, bench: Bench) -> None:
        """§6.3.2.2: tag 88; TS 102 221 §8.4.3."""
        assert all(spec.sfi != 0x1B for spec in bench.model.children(MF))
        make(bench, ef_template(sfi=0x1B))
        bench.expect("00a4000c023f00")
        assert bench.expect("00b09b0002") == b"\xff\xff"

    def test_linear_fixed(self, bench: Bench) -> None:
        """§6.3.2.2: descriptor with record length; the number of records follows from the size."""
        make(bench, linear())
        for number in (1, 2, 3):
            assert bench.expect(f"00b2{number:02x}0408") == b"\xff" * 8
        bench.expect("00b2040408", "6a83")
        bench.expect("00a4000c023f00")
        fcp = Fcp.decode(bench.expect(f"00a4000402{EF:04x}00"))
        assert (fcp.record_length, fcp.record_count, fcp.size) == (8, 3, 24)

    def test_cyclic(self, bench: Bench) -> None:
        """§6.3.2.2."""
        make(bench, cyclic())
        bench.expect("00dc0003080000000000000001")
        bench.expect("00dc0003080000000000000002")
        assert bench.expect("00b2010408")[-1] == 2
        assert bench.expect("00b2020408")[-1] == 1

    @pytest.mark.parametrize(
        ("tag", "pattern", "content"),
        [("c1", "0102", "01020202020202020202020202020202"), ("c2", "0102", "01020102010201020102010201020102")],
        ids=["filling pattern", "repeat pattern"],
    )
    def test_pattern(self, bench: Bench, tag: str, pattern: str, content: str) -> None:
        """§6.3.2.2.2: C1 is written once and its last byte repeated, C2 is written again and again."""
        make(bench, ef_template(special=bytes.fromhex(f"{tag}{len(pattern) // 2:02x}{pattern}")))
        assert bench.expect("00b0000010").hex() == content

    def test_directory(self, bench: Bench) -> None:
        """§6.3.1: the new DF is the current directory; files can be made in it."""
        make(bench, df_template())
        assert bench.current_fid() == DF
        create(bench, ef_template(OTHER_EF))
        bench.expect("00b0000001")
        bench.expect(f"00a4080c04{DF:04x}{OTHER_EF:04x}")
        bench.expect("00b0000010")

    @pytest.mark.parametrize("fid", [EF, 0x2FE2], ids=["of a new file", "of EF.ICCID"])
    def test_identifier_exists(self, bench: Bench, fid: int) -> None:
        """§6.3.1, §6.11: 6A89, an identifier is unique among the children of a DF."""
        make(bench, ef_template())
        bench.select(MF)
        create(bench, ef_template(fid), "6a89")

    BAD = [
        ("no template", "830200ff", "6a80 6700"),
        ("cut short", "6210820241218302", "6a80 6700"),
        ("no descriptor", template((0x83, b"\x2f\x7a"), (0x8A, b"\x05"), (0x80, b"\x00\x10")).hex(), "6a80"),
        ("no identifier", template((0x82, b"\x41\x21"), (0x8A, b"\x05"), (0x80, b"\x00\x10")).hex(), "6a80"),
        ("no data", "", "67xx 6a80 6a87"),
    ]

    @pytest.mark.parametrize(("data", "answer"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
    def test_bad_template(self, bench: Bench, data: str, answer: str) -> None:
        """§6.3.2.2, §6.11: 6A80, and nothing is created."""
        bench.select(MF)
        bench.unlock()
        bench.expect("00e00000" + (f"{len(data) // 2:02x}{data}" if data else ""), answer)
        bench.expect(f"00a4000c02{EF:04x}", "6a82")

    def test_too_large(self, bench: Bench) -> None:
        """§6.11: 6A84, not enough memory space (where the card has less than 4 GB)."""
        bench.select(MF)
        bench.unlock()
        data = template(
            (0x82, b"\x41\x21"), (0x83, EF.to_bytes(2)), (0x8A, b"\x05"), (0x8C, bytes.fromhex("7f00000000000000")),
            (0x80, b"\xff\xff\xff\xff"),
        )  # fmt: skip
        create(bench, data, "6a84 6a80")

    def test_parameters(self, bench: Bench) -> None:
        """§6.3.2.1: P1 and P2 are 00."""
        bench.select(MF)
        bench.unlock()
        data = ef_template()
        bench.expect(f"00e00100{len(data):02x}{data.hex()}", "6a86 6b00")


class TestDelete:
    def test_ef(self, bench: Bench) -> None:
        """§6.4.1: the EF is gone; the directory stays current."""
        make(bench, ef_template())
        bench.select(MF)
        bench.expect(f"00e4000002{EF:04x}")
        assert bench.current_fid() == 0x3F00
        bench.expect(f"00a4000c02{EF:04x}", "6a82")
        bench.reset()
        bench.expect(f"00a4000c02{EF:04x}", "6a82")

    def test_current_ef(self, bench: Bench) -> None:
        """§6.4.1: after the current EF is deleted there is no current EF."""
        make(bench, ef_template())
        bench.expect("00b0000001")
        bench.expect(f"00e4000002{EF:04x}")
        bench.expect("00b0000001", "6986")

    def test_directory_with_its_files(self, bench: Bench) -> None:
        """§6.4.1: a DF goes with its whole subtree."""
        make(bench, df_template())
        create(bench, ef_template(OTHER_EF))
        bench.select(MF)
        bench.expect(f"00e4000002{DF:04x}")
        bench.expect(f"00a4000c02{DF:04x}", "6a82")
        bench.expect(f"00a4080c04{DF:04x}{OTHER_EF:04x}", "6a82")
        assert bench.current_fid() == 0x3F00

    def test_place_can_be_used_again(self, bench: Bench) -> None:
        """§6.4.1: what the file held is not in the next one."""
        make(bench, ef_template())
        bench.expect("00d6000002abcd")
        remove(bench, EF)
        create(bench, ef_template())
        assert bench.expect("00b0000010") == b"\xff" * 16

    def test_unknown_file(self, bench: Bench) -> None:
        """§6.11: 6A82."""
        bench.select(MF)
        bench.unlock()
        bench.expect(f"00e4000002{EF:04x}", "6a82")

    def test_without_the_right(self, bench: Bench) -> None:
        """§6.4.1, §6.11: 6982 where the file's rule does not allow to delete it; it is still there."""
        bench.select(MF)
        bench.expect("00e40000022fe2", "6982")
        bench.expect("00a4000c022fe2")


class TestResize:
    """§6.10: the template names the file (83) and its new size (80)."""

    def _resize(self, bench: Bench, size: int, answer: str = "9000", fid: int = EF) -> None:
        data = tlv.encode(0x62, tlv.encode(0x83, fid.to_bytes(2)) + tlv.encode(0x80, size.to_bytes(2)))
        bench.expect(f"80d40000{len(data):02x}{data.hex()}", answer)

    def _make(self, bench: Bench, data: bytes) -> None:
        """A file whose rule allows RESIZE, which only the expanded form can name: any operation, and INS D4."""
        make(bench, data)
        bench.select(MF)

    RULE = bytes.fromhex("ab0a80017f90008401d49000")

    def test_larger(self, bench: Bench) -> None:
        """§6.10.1: the content stays, the new bytes are FF."""
        self._make(bench, ef_template(security=self.RULE))
        bench.expect(f"00a4000c02{EF:04x}")
        bench.expect("00d600001000112233445566778899aabbccddeeff")
        bench.select(MF)
        self._resize(bench, 20)
        bench.select(MF)
        bench.expect(f"00a4000c02{EF:04x}")
        assert bench.expect("00b0000014").hex() == "00112233445566778899aabbccddeeffffffffff"
        bench.expect("00b0001401", "6b00")

    def test_smaller(self, bench: Bench) -> None:
        """§6.10.1: the first bytes stay."""
        self._make(bench, ef_template(security=self.RULE))
        bench.expect(f"00a4000c02{EF:04x}")
        bench.expect("00d600001000112233445566778899aabbccddeeff")
        bench.select(MF)
        self._resize(bench, 4)
        bench.select(MF)
        fcp = Fcp.decode(bench.expect(f"00a4000402{EF:04x}00"))
        assert fcp.size == 4
        assert bench.expect("00b0000004").hex() == "00112233"

    def test_records(self, bench: Bench) -> None:
        """§6.10.1: records are added at the end, or taken from it."""
        self._make(bench, ef_template(descriptor="42210008", size=24, security=self.RULE))
        bench.expect(f"00a4000c02{EF:04x}")
        bench.expect("00dc0304080102030405060708")
        bench.select(MF)
        self._resize(bench, 40)
        bench.select(MF)
        fcp = Fcp.decode(bench.expect(f"00a4000402{EF:04x}00"))
        assert (fcp.record_length, fcp.record_count) == (8, 5)
        assert bench.expect("00b2030408").hex() == "0102030405060708"
        assert bench.expect("00b2050408") == b"\xff" * 8
        bench.select(MF)
        self._resize(bench, 16)
        bench.select(MF)
        bench.expect(f"00a4000c02{EF:04x}")
        bench.expect("00b2030408", "6a83")

    def test_unknown_file(self, bench: Bench) -> None:
        """§6.11: 6A82."""
        bench.select(MF)
        bench.unlock()
        self._resize(bench, 4, "6a82")

    def test_without_the_right(self, bench: Bench) -> None:
        """§6.10.1: a rule that does not name RESIZE does not allow it."""
        self._make(bench, ef_template())
        self._resize(bench, 20, "6982")
        bench.expect(f"00a4000c02{EF:04x}")
        bench.expect("00b0001001", "6b00")
