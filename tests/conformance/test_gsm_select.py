"""Class A0: SELECT, GET RESPONSE, STATUS and the answers' fields (TS 51.011 §6, §8.1, §8.2, §9.2.1, §9.2.2, §9.3)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simtool.codec.access import AccessMode
from simtool.codec.fcp2g import DfInfo2g, EfInfo2g
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileType
from tests.conformance import gsm
from tests.conformance.bench import Bench

pytestmark = pytest.mark.needs("gsm", "df_gsm")

SIM, GSM, TELECOM = "a0a40000023f00", "a0a40000027f20", "a0a40000027f10"
ICCID = "a0a40000022fe2"
IMSI = "a0a40000026f07"
UNKNOWN = "a0a4000002 2ffe".replace(" ", "")

# Each row: what, clause, SELECTs before, the command, its status words.
ROWS = [
    ("the MF", "§8.1", [], SIM, "9fxx"),
    ("DF.GSM from the MF", "§6.5 table 1", [], GSM, "9fxx"),
    ("DF.TELECOM from DF.GSM, its sibling", "§6.5 table 1", [GSM], TELECOM, "9fxx"),
    ("EF.ICCID from the MF", "§6.5 table 1", [], ICCID, "9f0f 9f0e 9fxx"),
    ("EF.IMSI from DF.GSM", "§6.5 table 1", [GSM], IMSI, "9fxx"),
    ("EF.IMSI from the MF", "§6.5 table 1: not a child", [], IMSI, "9404"),
    ("EF.ICCID from DF.GSM", "§6.5 table 1: not a child", [GSM], ICCID, "9404"),
    ("the MF from an EF", "§6.5 table 1", [GSM, IMSI], SIM, "9fxx"),
    ("the DF of the current EF", "§6.5 table 1", [GSM, IMSI], GSM, "9fxx"),
    ("the current DF", "§6.5 table 1", [GSM], GSM, "9fxx"),
    ("an unknown file", "§9.4.4: 9404", [], UNKNOWN, "9404"),
    ("P3 = 00", "§9.4.6: 67xx", [], "a0a4000000", "67xx"),
    ("P3 = 01", "§9.4.6: 67xx", [], "a0a40000013f", "67xx"),
    ("P3 = 03", "§9.4.6: 67xx", [], "a0a40000033f0000", "67xx"),
    ("P1 = 01", "§9.4.6: 6Bxx", [], "a0a40100023f00", "6bxx 9404"),
    ("P2 = 01", "§9.4.6: 6Bxx", [], "a0a40001023f00", "6bxx 9404"),
    ("GET RESPONSE with nothing before", "§9.4.6: 6Fxx", [], "a0c0000016", "6fxx"),
    ("GET RESPONSE after another command", "§9.4.6: 6Fxx", [SIM, "a0f2000016"], "a0c0000016", "6fxx"),
    ("STATUS with P1 = 01", "§9.4.6: 6Bxx", [], "a0f2010016", "6bxx 9000"),
    ("SLEEP", "§9.2.17", [], "a0fa000000", "9000 6dxx"),
    ("an unknown instruction", "§9.4.6: 6Dxx", [], "a00e000000", "6dxx"),
]


@pytest.mark.parametrize(("clause", "before", "command", "answer"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_command(bench: Bench, clause: str, before: list[str], command: str, answer: str) -> None:
    for text in before:
        bench.tpdu(text)
    assert bench.expect_tpdu(command, answer, why=clause) == b"" or command[2:4] in ("c0", "f2")


def reachable(model: CardModel) -> Iterator[FilePath]:
    for spec in model.files.values():
        if spec.path.application is None and spec.type not in (FileType.INTERNAL, FileType.BER_TLV, FileType.ADF):
            yield spec.path


@pytest.mark.per_row(of=reachable)
def test_answer(bench: Bench, row: FilePath) -> None:
    """§9.2.1: size, identifier, type of file, structure, record length; the length byte counts what follows it."""
    spec = bench.spec(row)
    answer = gsm.select(bench, row)
    assert answer.fid == spec.fid
    if spec.type.is_directory:
        assert isinstance(answer, DfInfo2g)
        assert answer.is_mf is (row == FilePath("MF")), "type of file 01 MF, 02 DF"
        return
    assert isinstance(answer, EfInfo2g)
    assert answer.size == spec.size
    wanted = {FileType.TRANSPARENT: 0, FileType.LINEAR_FIXED: 1, FileType.CYCLIC: 3}[spec.type]
    assert answer.structure == wanted
    assert answer.record_length == (spec.record_length or 0) & 0xFF, "00 for a transparent EF"
    assert answer.invalidated is (spec.life_cycle & 0xFD == 0x04)


@pytest.mark.needs("uicc")
@pytest.mark.per_row(of=lambda model: (spec.path for spec in gsm.in_class_a0(model)))
def test_access_conditions(bench: Bench, row: FilePath) -> None:
    """§9.2.1 bytes 9 and 10, §9.3: the codes for READ and UPDATE say what the file's access rule says."""
    spec = bench.spec(row)
    answer = gsm.select(bench, row)
    assert isinstance(answer, EfInfo2g)
    shown = {AccessMode.READ: answer.access.read, AccessMode.UPDATE: answer.access.update}
    for mode, code in shown.items():
        if gsm.allowed_with(bench.model, spec, mode):
            assert code == 0x0, f"{mode}: ALW"
        elif gsm.allowed_with(bench.model, spec, mode, "PIN1"):
            assert code == 0x1, f"{mode}: CHV1"
        elif gsm.allowed_with(bench.model, spec, mode, "PIN2"):
            assert code == 0x2, f"{mode}: CHV2"
        else:
            assert 0x4 <= code <= 0xF, f"{mode}: ADM or NEV"


@pytest.mark.parametrize("path", ["MF", "MF/DF.GSM"])
def test_directory_counts(bench: Bench, path: str) -> None:
    """§9.2.1 bytes 15 and 16: how many DFs and EFs are direct children. A UICC may leave out what class A0 cannot
    reach (applications), and a real card count files that its description does not know."""
    answer = gsm.select(bench, path)
    assert isinstance(answer, DfInfo2g)
    inside = bench.model.children(FilePath(path))
    dfs = [s for s in inside if s.type is FileType.DF]
    adfs = [s for s in inside if s.type is FileType.ADF]
    if not bench.spec(path).response_2g:
        assert len(dfs) <= answer.child_dfs <= len(dfs) + len(adfs)
    assert answer.child_efs > 0


def test_status_is_the_answer_of_the_directory(bench: Bench) -> None:
    """§8.2, §9.2.2: STATUS returns what SELECT of the current directory returned; an EF is left selected by it."""
    length = bench.tpdu(GSM).sw.sw2
    answer = bench.expect_tpdu(f"a0c00000{length:02x}")
    bench.tpdu(IMSI)
    assert bench.expect_tpdu(f"a0f20000{length:02x}") == answer
    assert bench.expect_tpdu("a0f2000016") == answer[:22], "§9.2.2: the length is the terminal's choice"
    bench.expect_tpdu("a0b0000001", "9000 9804")


def test_answer_in_parts(bench: Bench) -> None:
    """§9.2.18: GET RESPONSE may ask for less; the first bytes come."""
    length = bench.tpdu(GSM).sw.sw2
    whole = bench.expect_tpdu(f"a0c00000{length:02x}")
    bench.tpdu(GSM)
    assert bench.expect_tpdu("a0c0000016", "9000 9fxx 61xx") == whole[:22]


def test_unknown_file_leaves_the_selection(bench: Bench) -> None:
    """§8.1: an unsuccessful SELECT changes nothing."""
    bench.tpdu(ICCID)
    before = bench.expect_tpdu("a0b000000a")
    bench.expect_tpdu(UNKNOWN, "9404")
    assert bench.expect_tpdu("a0b000000a") == before


def test_chv_status(bench: Bench) -> None:
    """§9.2.1 bytes 14 and 19 to 22: number of codes, whether CHV1 is enabled, tries left and whether initialised."""
    gsm.home(bench)
    status = bench.expect_tpdu("a0f2000016")
    assert status[12] >= 9, "the length byte: at least the bytes up to the unblock status of CHV2"
    for place, name in ((18, "PIN1"), (20, "PIN2")):
        known = any(pin.name == name for pin in bench.model.pins)
        assert bool(status[place] & 0x80) is known, f"{name}: secret code initialised"
        if known:
            assert status[place] & 0x0F == 3
            assert status[place + 1] & 0x0F == 10


@pytest.mark.needs("PIN1")
def test_chv_status_is_live(bench: Bench) -> None:
    """§9.2.1 bytes 14 and 19."""
    gsm.locked(bench)
    assert gsm.chv1_enabled(bench)
    bench.expect_tpdu("a0200001083937353331383634", "9804")
    assert gsm.tries(bench, 18) == 2
    gsm.verify(bench, "PIN1")
    assert gsm.tries(bench, 18) == 3
    gsm.enable_chv1(bench, False)
    assert not gsm.chv1_enabled(bench)
