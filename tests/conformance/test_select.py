"""SELECT: by identifier, path, parent and AID (TS 102 221 §8.3 to §8.5, §11.1.1).

Where a test only needs some file it takes those that TS 102 221 §13 makes mandatory: EF.DIR (2F00), EF.ICCID (2FE2).
What is current shows by STATUS (the directory) and by READ BINARY (the EF).
"""

from __future__ import annotations

import pytest

from simtool.codec.fcp import Fcp
from simtool.files.path import FilePath
from simtool.files.product import CardModel, FileSpec, FileType
from tests.conformance.bench import Bench
from tests.conformance.survey import ISIM, MF, USIM

pytestmark = pytest.mark.needs("uicc")

UNKNOWN_FID = "2ffe"


def children(model: CardModel, parent: FilePath, *, directories: bool) -> list[FileSpec]:
    found = model.children(parent)
    return [s for s in found if s.type.is_directory is directories and s.type not in (FileType.ADF, FileType.INTERNAL)]


def first_df(model: CardModel, parent: FilePath) -> FileSpec:
    return children(model, parent, directories=True)[0]


def second_df(model: CardModel, parent: FilePath) -> FileSpec:
    return children(model, parent, directories=True)[1]


def two_steps(model: CardModel) -> FilePath | None:
    """A DF under a DF of the MF or of the USIM."""
    return next(
        (s.path for s in model.files.values() if s.type is FileType.DF and s.path.parent not in (None, MF)), None
    )


def icc(bench: Bench) -> bytes:
    """Read 10 bytes of the current EF; only EF.ICCID gives the ICCID."""
    return bench.expect("00b000000a", why="the current EF should be EF.ICCID")


# Each row: what, clause, the commands before, the one in question, its status words, the current directory after.
BY_FID = [
    ("the MF from the MF", "§8.4.1", [], "00a4000c023f00", "9000", 0x3F00),
    ("a child EF", "§8.4.1", [], "00a4000c022fe2", "9000", 0x3F00),
    ("an EF again", "§8.4.1, reselection", ["00a4000c022fe2"], "00a4000c022fe2", "9000", 0x3F00),
    ("another EF of the same DF", "§8.4.1", ["00a4000c022fe2"], "00a4000c022f00", "9000", 0x3F00),
    ("the MF from an EF", "§8.4.1", ["00a4000c022fe2"], "00a4000c023f00", "9000", 0x3F00),
    ("an unknown identifier", "§10.2.1.5.3", [], f"00a4000c02{UNKNOWN_FID}", "6a82", 0x3F00),
    ("FFFF, which names nothing", "§8.6, ISO/IEC 7816-4 §7.3.1", [], "00a4000c02ffff", "6a82 6a80", 0x3F00),
    ("7FFF without an application", "§8.3", [], "00a4000c027fff", "6a82", 0x3F00),
    ("nothing: the MF", "§11.1.1.2, empty data field", ["00a4000c022fe2"], "00a4000c", "9000", 0x3F00),
    ("half an identifier", "§10.2.1.5, wrong length", [], "00a4000c012f", "6700 6a80 6a82 6a87", 0x3F00),
    ("three bytes as identifier", "§10.2.1.5, wrong length", [], "00a4000c032fe200", "6700 6a80 6a82 6a87", 0x3F00),
    ("an unknown P1", "§11.1.1.2 table 11.1", [], "00a4050c022fe2", "6a86 6b00 6a81", 0x3F00),
    ("an unknown P2", "§11.1.1.2 table 11.2", [], "00a400ff022fe2", "6a86 6b00 6a81", 0x3F00),
]


@pytest.mark.parametrize(
    ("clause", "before", "command", "answer", "directory"), [r[1:] for r in BY_FID], ids=[r[0] for r in BY_FID]
)
def test_by_identifier(bench: Bench, clause: str, before: list[str], command: str, answer: str, directory: int) -> None:
    for text in before:
        bench.expect(text)
    bench.expect(command, answer, why=clause)
    assert bench.current_fid() == directory, clause


def test_mf_is_current_after_reset(bench: Bench) -> None:
    """§8.4: after activation and ATR the MF is implicitly selected, and no EF."""
    assert bench.current_fid() == 0x3F00
    bench.expect("00b0000001", "6986", why="no EF is current")


def test_selecting_a_directory_leaves_no_current_ef(bench: Bench) -> None:
    """§8.4.1: after selecting a DF, an ADF or the MF there is no current EF."""
    bench.expect("00a4000c022fe2")
    icc(bench)
    bench.expect("00a4000c023f00")
    bench.expect("00b000000a", "6986")


def test_unknown_file_keeps_the_current_ef(bench: Bench) -> None:
    """§11.1.1, ISO/IEC 7816-4 §7.1.1: an unsuccessful SELECT does not change what is current."""
    bench.expect("00a4000c022fe2")
    before = icc(bench)
    for missing in (f"00a4000c02{UNKNOWN_FID}", "00a4080c044f4f2ffe", "00a4040c05a0000000ff"):
        bench.expect(missing, "6a82")
        assert icc(bench) == before, missing


def test_child_directory_and_back(bench: Bench) -> None:
    """§8.4.1: a child DF, then its parent by identifier."""
    child = first_df(bench.model, MF)
    bench.expect(f"00a4000c02{child.fid:04x}", "9000 6283")
    assert bench.current_fid() == child.fid
    bench.expect("00a4000c023f00")
    assert bench.current_fid() == 0x3F00


def test_sibling_directory(bench: Bench) -> None:
    """§8.4.1: a DF that is an immediate child of the parent of the current DF."""
    one, other = first_df(bench.model, MF), second_df(bench.model, MF)
    bench.expect(f"00a4000c02{one.fid:04x}", "9000 6283")
    bench.expect(f"00a4000c02{other.fid:04x}", "9000 6283")
    assert bench.current_fid() == other.fid


def test_current_directory_again(bench: Bench) -> None:
    """§8.4.1: the current DF itself."""
    child = first_df(bench.model, MF)
    for _ in range(2):
        bench.expect(f"00a4000c02{child.fid:04x}", "9000 6283")
    assert bench.current_fid() == child.fid


def test_ef_of_the_parent_is_out_of_reach(bench: Bench) -> None:
    """§8.4.1: of the parent's children only DFs can be selected, so EF.ICCID cannot from inside a DF."""
    child = first_df(bench.model, MF)
    assert all(s.fid != 0x2FE2 for s in bench.model.children(child.path))
    bench.expect(f"00a4000c02{child.fid:04x}", "9000 6283")
    bench.expect("00a4000c022fe2", "6a82")
    assert bench.current_fid() == child.fid


def test_grandchild_is_out_of_reach(bench: Bench) -> None:
    """§8.4.1: files further down than the immediate children cannot be selected by identifier."""
    for parent in children(bench.model, MF, directories=True):
        for spec in bench.model.children(parent.path):
            if spec.type is FileType.INTERNAL or any(spec.fid == s.fid for s in bench.model.children(MF)):
                continue
            bench.expect(f"00a4000c02{spec.fid:04x}", "6a82", why=f"{spec.path} from the MF")
            return


def test_child_df_only(bench: Bench) -> None:
    """§11.1.1.2 table 11.1: P1 = 01 selects a child DF and nothing else."""
    child = first_df(bench.model, MF)
    bench.expect(f"00a4010c02{child.fid:04x}", "9000 6283 6a86 6a81", why="§11.1.1.2")
    if bench.session.last_sw in (0x9000, 0x6283):
        assert bench.current_fid() == child.fid
        bench.expect(f"00a4010c02{child.fid:04x}", "6a82", why="it is not its own child")
        bench.expect("00a4000c023f00")
        bench.expect("00a4010c022fe2", "6a82 6981", why="an EF is no DF")


def test_parent(bench: Bench) -> None:
    """§11.1.1.2 table 11.1: P1 = 03 selects the parent DF; the data field is empty."""
    child = first_df(bench.model, MF)
    bench.expect(f"00a4000c02{child.fid:04x}", "9000 6283")
    bench.expect("00a4030c")
    assert bench.current_fid() == 0x3F00


def test_parent_of_mf(bench: Bench) -> None:
    """§8.4.1: the MF has no parent. Staying there is a success for some cards, 6A82 for others."""
    bench.expect("00a4030c", "9000 6a82 6985 6a86")
    assert bench.current_fid() == 0x3F00


def test_parent_from_an_ef(bench: Bench) -> None:
    """§11.1.1.2: the parent of the current DF, not the DF that holds the current EF."""
    directories = children(bench.model, MF, directories=True)
    child = next(s for s in directories if children(bench.model, s.path, directories=False))
    ef = next(s for s in children(bench.model, child.path, directories=False) if s.life_cycle == 5)
    bench.expect(f"00a4000c02{child.fid:04x}", "9000 6283")
    bench.expect(f"00a4000c02{ef.fid:04x}", "9000 6283")
    bench.expect("00a4030c")
    assert bench.current_fid() == 0x3F00


# By path


def test_path_from_mf(bench: Bench) -> None:
    """§8.4.2, P1 = 08: the path starts below the MF, wherever one stands; the EF's directory becomes current."""
    for spec in children(bench.model, MF, directories=True):
        ef = next((s for s in children(bench.model, spec.path, directories=False) if s.life_cycle == 5), None)
        if ef is None:
            continue
        bench.expect(f"00a4080c04{spec.fid:04x}{ef.fid:04x}", why=str(ef.path))
        assert bench.current_fid() == spec.fid, ef.path
    bench.expect("00a4080c022fe2")
    icc(bench)
    assert bench.current_fid() == 0x3F00


def test_path_to_a_directory(bench: Bench) -> None:
    """§8.4.2: a path may end at a DF."""
    child = first_df(bench.model, MF)
    bench.expect(f"00a4080c02{child.fid:04x}", "9000 6283")
    assert bench.current_fid() == child.fid


def test_broken_path_changes_nothing(bench: Bench) -> None:
    """§8.4.2, ISO/IEC 7816-4 §7.1.1: no part of a path that leads nowhere is carried out."""
    child = first_df(bench.model, MF)
    bench.expect("00a4000c022fe2")
    before = icc(bench)
    bench.expect(f"00a4080c04{child.fid:04x}{UNKNOWN_FID}", "6a82")
    assert bench.current_fid() == 0x3F00
    assert icc(bench) == before


def test_path_through_an_ef(bench: Bench) -> None:
    """§8.4.2: an EF has no children."""
    bench.expect("00a4080c042fe22f00", "6a82 6a80 6981")


@pytest.mark.needs("deep_df")
def test_path_from_current_directory(bench: Bench) -> None:
    """§8.4.2, P1 = 09."""
    bench.expect("00a4090c022fe2")
    icc(bench)
    deep = two_steps(bench.model)
    assert deep is not None and deep.parent is not None
    bench.select(deep.parent)
    bench.expect(f"00a4090c02{bench.spec(deep).fid:04x}", "9000 6283", why=str(deep))
    assert bench.current_fid() == bench.spec(deep).fid
    bench.expect("00a4090c022fe2", "6a82", why="EF.ICCID is not below")


def test_path_of_odd_length(bench: Bench) -> None:
    """§8.4.2: a path is a chain of identifiers of two bytes."""
    bench.expect("00a4080c032fe200", "6700 6a80 6a82 6a87")


# Applications


@pytest.mark.needs("usim")
class TestApplication:
    def test_by_aid(self, bench: Bench) -> None:
        """§8.5.1.1: selection by DF name makes the ADF the current directory."""
        spec = bench.spec(USIM)
        assert spec.aid is not None
        answer = bench.expect(f"00a40404{len(spec.aid):02x}{spec.aid.hex()}00")
        assert Fcp.decode(answer).df_name == spec.aid
        status = Fcp.decode(bench.expect("80f2000000"))
        assert status.df_name == spec.aid

    def test_7fff_is_the_current_application(self, bench: Bench) -> None:
        """§8.3: 7FFF names the ADF of the application that is active on this channel, also from the MF."""
        bench.select(USIM)
        bench.expect("00a4000c023f00")
        bench.expect("00a4000c027fff")
        assert Fcp.decode(bench.expect("80f2000000")).df_name == bench.spec(USIM).aid

    def test_path_over_7fff(self, bench: Bench) -> None:
        """§8.4.2: a path from the MF may begin with 7FFF."""
        ef = next(s for s in children(bench.model, USIM, directories=False) if s.life_cycle == 5)
        bench.select(USIM)
        bench.expect("00a4000c023f00")
        bench.expect(f"00a4080c047fff{ef.fid:04x}")
        assert Fcp.decode(bench.expect("80f2000000")).df_name == bench.spec(USIM).aid

    def test_path_over_7fff_without_application(self, bench: Bench) -> None:
        """§8.3, §8.4.2: without an application 7FFF names nothing."""
        ef = next(s for s in children(bench.model, USIM, directories=False) if s.life_cycle == 5)
        bench.expect(f"00a4080c047fff{ef.fid:04x}", "6a82")

    def test_application_survives_the_mf(self, bench: Bench) -> None:
        """§8.5.2, §8.5.3: selecting a file outside the application does not end its session."""
        bench.select(USIM)
        bench.expect("00a4080c022fe2")
        icc(bench)
        bench.expect("00a4000c027fff")

    @pytest.mark.needs("usim_df")
    def test_directory_of_the_application(self, bench: Bench) -> None:
        """§8.4.1: a DF of the ADF and back to the ADF by 7FFF, and by P1 = 03."""
        inner = first_df(bench.model, USIM)
        for back in ("00a4000c027fff", "00a4030c"):
            bench.select(USIM)
            bench.expect(f"00a4000c02{inner.fid:04x}", "9000 6283")
            bench.expect(back)
            assert Fcp.decode(bench.expect("80f2000000")).df_name == bench.spec(USIM).aid, back

    def test_application_ends_with_reset(self, bench: Bench) -> None:
        """§8.5.3: a reset ends every application session."""
        bench.select(USIM)
        for cold in (True, False):
            bench.reset(cold=cold)
            bench.expect("00a4000c027fff", "6a82", why=f"cold={cold}")
            bench.select(USIM)

    def test_right_truncated_aid(self, bench: Bench) -> None:
        """§8.5.1.2: a right-truncated DF name selects an application that begins with it."""
        aid = bench.spec(USIM).aid
        assert aid is not None
        answer = bench.expect(f"00a4040407{aid[:7].hex()}00", why="3GPP USIM, RID and application code")
        assert Fcp.decode(answer).df_name == aid

    def test_unknown_aid(self, bench: Bench) -> None:
        """§10.2.1.5.3: no application with this name."""
        bench.select(USIM)
        aid = bench.spec(USIM).aid
        assert aid is not None
        for name in (aid[:-1] + bytes((aid[-1] ^ 1,)), b"\xa0\x00\x00\x00\x87\x7f\x7f", aid + b"\x00"):
            if len(name) <= 16:
                bench.expect(f"00a4040c{len(name):02x}{name.hex()}", "6a82")
        assert Fcp.decode(bench.expect("80f2000000")).df_name == aid

    def test_termination(self, bench: Bench) -> None:
        """§8.5.3, §11.1.1.2 table 11.2: P2 = 4x ends the application's session; 7FFF names nothing then."""
        aid = bench.spec(USIM).aid
        assert aid is not None
        bench.select(USIM)
        bench.expect(f"00a4044c{len(aid):02x}{aid.hex()}")
        bench.expect("00a4000c027fff", "6a82")
        assert bench.current_fid() == 0x3F00

    def test_reactivation(self, bench: Bench) -> None:
        """§8.5.4: selecting the active application again resets it and works."""
        bench.select(USIM)
        bench.select(USIM)
        assert Fcp.decode(bench.expect("80f2000000")).df_name == bench.spec(USIM).aid


@pytest.mark.needs("usim", "isim")
class TestOccurrence:
    """§8.5.1.2: with a partial name that fits several applications P2 picks one; the order is the card's own."""

    PREFIX = "a000000087"

    def _name(self, bench: Bench, p2: int) -> bytes | None:
        answer = bench.expect(f"00a404{p2:02x}05{self.PREFIX}00")
        return Fcp.decode(answer).df_name

    def test_next_visits_every_application(self, bench: Bench) -> None:
        seen = [self._name(bench, 0x04)]
        while bench.apdu(f"00a4040e05{self.PREFIX}").sw == 0x9000:
            seen.append(Fcp.decode(bench.expect("80f2000000")).df_name)
            assert len(seen) < 20
        bench.expect(f"00a4040605{self.PREFIX}00", "6a82", why="there is none after the last")
        assert {bench.spec(USIM).aid, bench.spec(ISIM).aid} <= set(seen)
        assert len(set(seen)) == len(seen)

    def test_last(self, bench: Bench) -> None:
        """The last in the card's order, or the one that was active last: terminals use it in both senses."""
        last_in_order = self._name(bench, 0x04)
        while bench.apdu(f"00a4040e05{self.PREFIX}").sw == 0x9000:
            last_in_order = Fcp.decode(bench.expect("80f2000000")).df_name
        bench.select(USIM)
        assert self._name(bench, 0x05) in (last_in_order, bench.spec(USIM).aid)

    def test_previous_goes_back(self, bench: Bench) -> None:
        first = self._name(bench, 0x04)
        second = self._name(bench, 0x06)
        assert second != first
        assert self._name(bench, 0x07) == first
        bench.expect(f"00a4040705{self.PREFIX}00", "6a82", why="there is none before the first")

    def test_other_application_becomes_current(self, bench: Bench) -> None:
        """§8.5.2: 7FFF follows the application that was selected last."""
        bench.select(USIM)
        bench.select(ISIM)
        bench.expect("00a4000c023f00")
        bench.expect("00a4000c027fff")
        assert Fcp.decode(bench.expect("80f2000000")).df_name == bench.spec(ISIM).aid
