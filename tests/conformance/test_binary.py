"""READ BINARY and UPDATE BINARY (TS 102 221 §11.1.3, §11.1.4; short file identifiers §8.4.3)."""

from __future__ import annotations

import pytest

from simtool.files.path import FilePath
from simtool.files.product import FileSpec, FileType
from tests.conformance.bench import Bench
from tests.conformance.survey import binary_ef, pick

pytestmark = pytest.mark.needs("uicc")

ICCID = "00a4000c022fe2"
DIR = "00a4000c022f00"

# Each row: what, clause, SELECT before, APDU, status words, number of bytes. EF.ICCID has ten bytes and SFI 02 (§13.2),
# EF.DIR is linear fixed and has SFI 1E (§13.1).
READ = [
    ("the whole file", "§11.1.3", ICCID, "00b000000a", "9000", 10),
    ("the last byte", "§11.1.3", ICCID, "00b0000901", "9000", 1),
    ("all that is left", "§11.1.3, Le = 00", ICCID, "00b0000300", "9000", 7),
    ("offset at the end", "§10.2.1.5: 6B00", ICCID, "00b0000a01", "6b00", 0),
    ("offset behind the end", "§10.2.1.5: 6B00", ICCID, "00b0100001", "6b00", 0),
    ("offset 7FFF", "§10.2.1.5: 6B00", ICCID, "00b07fff01", "6b00", 0),
    ("no EF selected", "§10.2.1.5.2: 6986", "00a4000c023f00", "00b0000001", "6986", 0),
    ("a file of records", "§10.2.1.5.2: 6981", DIR, "00b0000001", "6981", 0),
    ("by an SFI that no file has", "§10.2.1.5.3: 6A82", "00a4000c023f00", "00b09d0001", "6a82", 0),
    ("by the SFI of a file of records", "§10.2.1.5.2: 6981", "00a4000c023f00", "00b09e0001", "6981", 0),
]
READ_BY_SFI = [
    ("by SFI", "§8.4.3, table 11.10", "00a4000c023f00", "00b082000a", "9000", 10),
    ("by SFI with offset", "§8.4.3, table 11.10", "00a4000c023f00", "00b0820505", "9000", 5),
    ("by SFI, offset at the end", "§10.2.1.5: 6B00", "00a4000c023f00", "00b0820a01", "6b00", 0),
]


@pytest.mark.parametrize(
    ("clause", "select", "command", "answer", "length"), [r[1:] for r in READ], ids=[r[0] for r in READ]
)
def test_read(bench: Bench, clause: str, select: str, command: str, answer: str, length: int) -> None:
    assert all(s.sfi != 0x1D for s in bench.model.children(FilePath("MF")))
    bench.expect(select)
    assert len(bench.expect(command, answer, why=clause)) == length


@pytest.mark.needs("iccid_sfi")
@pytest.mark.parametrize(
    ("clause", "select", "command", "answer", "length"), [r[1:] for r in READ_BY_SFI], ids=[r[0] for r in READ_BY_SFI]
)
def test_read_by_sfi(bench: Bench, clause: str, select: str, command: str, answer: str, length: int) -> None:
    bench.expect(select)
    assert len(bench.expect(command, answer, why=clause)) == length


def test_parts_make_the_whole(bench: Bench) -> None:
    """§11.1.3.1: a read at an offset gives the bytes from there on."""
    bench.expect(ICCID)
    whole = bench.expect("00b000000a")
    for offset in range(10):
        assert bench.expect(f"00b000{offset:02x}{10 - offset:02x}") == whole[offset:]


def test_more_than_there_is(bench: Bench) -> None:
    """§7.3.1.1.2, §10.2.1.3: wrong length with the right one, a warning with the data, or just wrong length."""
    bench.expect(ICCID)
    answer = bench.tpdu("00b000000b")
    assert (answer.sw, len(answer.data)) in ((0x6C0A, 0), (0x6282, 10), (0x6700, 0)), answer


@pytest.mark.needs("iccid_sfi")
def test_sfi_makes_the_file_current(bench: Bench) -> None:
    """§8.4.3: a command with an SFI that succeeds selects the file."""
    content = bench.expect("00b082000a")
    assert bench.expect("00b000000a") == content


def test_unknown_sfi_leaves_the_current_file(bench: Bench) -> None:
    """§8.4.3, §10.2.1.5.3."""
    bench.expect(ICCID)
    bench.expect("00b09d0001", "6a82")
    bench.expect("00b000000a")


def test_sfi_belongs_to_the_current_directory(bench: Bench) -> None:
    """§8.4.3: an SFI is looked up among the children of the current directory only."""
    for spec in bench.model.children(FilePath("MF")):
        if spec.type.is_directory and spec.aid is None and not _has_sfi(bench, spec, 2):
            bench.select(spec.path)
            bench.expect("00b082000a", "6a82", why=str(spec.path))
            return


def _has_sfi(bench: Bench, parent: FileSpec, sfi: int) -> bool:
    return any(child.sfi == sfi for child in bench.model.children(parent.path))


@pytest.mark.needs("binary", "PIN1")
class TestUpdate:
    def _fresh(self, bench: Bench) -> tuple[FileSpec, bytes]:
        spec = binary_ef(bench.model)
        assert spec is not None and spec.size is not None
        content = bytes((17 * n + 3) & 0xFF for n in range(spec.size))
        bench.prepare(spec, content)
        return spec, content

    def test_whole(self, bench: Bench) -> None:
        """§11.1.4.1: what was written is read, also after a reset."""
        spec, content = self._fresh(bench)
        assert bench.read(spec.path) == content
        bench.reset()
        bench.open_application(spec.path)
        bench.unlock()
        assert bench.read(spec.path) == content

    def test_part(self, bench: Bench) -> None:
        """§11.1.4.1: bytes outside the written ones stay."""
        spec, content = self._fresh(bench)
        bench.expect("00d6000302a55a")
        bench.expect(f"00d6{(spec.size or 0) - 1:04x}01c3")
        assert bench.read(spec.path) == content[:3] + b"\xa5\x5a" + content[5:-1] + b"\xc3"

    def test_beyond_the_end(self, bench: Bench) -> None:
        """§10.2.1.5: an offset outside the EF is 6B00; data that does not fit is refused whole."""
        spec, content = self._fresh(bench)
        size = spec.size or 0
        bench.expect(f"00d6{size:04x}0100", "6b00")
        bench.expect(f"00d6{size - 1:04x}020000", "6700 6b00 6a84")
        bench.expect(f"00d60000{size + 1:02x}{'00' * (size + 1)}", "6700 6b00 6a84")
        assert bench.read(spec.path) == content

    def test_no_data(self, bench: Bench) -> None:
        """§11.1.4.2: Lc is the length of the data; nothing to write is no success with a change."""
        spec, content = self._fresh(bench)
        bench.expect("00d60000", "6700 9000")
        assert bench.read(spec.path) == content

    def test_no_file(self, bench: Bench) -> None:
        """§10.2.1.5.2: 6986."""
        bench.expect("00a4000c023f00")
        bench.expect("00d600000100", "6986")

    def test_wrong_structure(self, bench: Bench) -> None:
        """§10.2.1.5.2: 6981 (some cards look at the right to write first)."""
        bench.expect(DIR)
        bench.expect("00d600000100", "6981 6982")

    def test_by_sfi(self, bench: Bench) -> None:
        """§8.4.3, table 11.10: bits 5 to 1 of P1 are the SFI, P2 the offset; the file is current then."""
        spec = pick(
            bench.model,
            FileType.TRANSPARENT,
            lambda s: s.sfi is not None and (s.size or 0) >= 4,
            read=("PIN1",),
            update=("PIN1",),
        )
        bench.prepare(spec)
        assert spec is not None and spec.sfi is not None and spec.path.parent is not None
        before = bench.read(spec.path)
        bench.select(spec.path.parent)
        bench.expect(f"00d6{0x80 | spec.sfi:02x}0202a55a")
        assert bench.expect("00b0000004") == before[:2] + b"\xa5\x5a"
