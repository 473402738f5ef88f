"""STATUS (TS 102 221 §11.1.2)."""

from __future__ import annotations

import pytest

from simtool.codec import tlv
from simtool.codec.fcp import Fcp
from tests.conformance.bench import Bench
from tests.conformance.survey import MF, USIM

pytestmark = pytest.mark.needs("uicc")


def test_current_directory_while_an_ef_is_current(bench: Bench) -> None:
    """§11.1.2.1: about the current directory, also when an EF is selected; the EF stays selected."""
    bench.expect("00a4000c022fe2")
    before = bench.expect("00b000000a")
    assert Fcp.decode(bench.expect("80f2000000")).fid == 0x3F00
    assert bench.expect("00b000000a") == before


@pytest.mark.needs("usim")
def test_df_name(bench: Bench) -> None:
    """§11.1.2.2 table 11.9: P2 = 01 returns the DF name object of the selected application."""
    bench.select(USIM)
    (name,) = tlv.parse(bench.expect("80f2000100"))
    assert (name.tag, name.value) == (0x84, bench.spec(USIM).aid)


def test_no_data(bench: Bench) -> None:
    """§11.1.2.2 table 11.9: P2 = 0C returns nothing."""
    assert bench.expect("80f2000c") == b""


@pytest.mark.needs("usim")
@pytest.mark.parametrize("p1", [0x01, 0x02], ids=["initialised", "will be terminated"])
def test_application_status(bench: Bench, p1: int) -> None:
    """§11.1.2.2 table 11.8: the terminal tells what it does with the application; nothing is deselected by it."""
    bench.select(USIM)
    bench.expect(f"80f2{p1:02x}0c")
    bench.expect("00a4000c027fff")


ROWS = [
    ("an unknown P1", "§11.1.2.2 table 11.8", "80f2ff0000", "6a86 6b00"),
    ("an unknown P2", "§11.1.2.2 table 11.9: RFU", "80f200ff00", "6a86 6b00"),
]


@pytest.mark.parametrize(("clause", "command", "answer"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_refused(bench: Bench, clause: str, command: str, answer: str) -> None:
    bench.expect(command, answer, why=clause)


def test_le(bench: Bench) -> None:
    """§7.3.1.1.2: the exact length gives the data; any other gives 6Cxx with the right one (or all that was asked)."""
    length = len(bench.expect("80f2000000"))
    assert len(bench.expect_tpdu(f"80f20000{length:02x}")) == length
    bench.expect_tpdu("80f2000000", f"6c{length:02x}")
    bench.expect_tpdu(f"80f20000{length + 1:02x}", f"6c{length:02x}")
    shorter = bench.tpdu(f"80f20000{length - 1:02x}")
    assert (shorter.sw, len(shorter.data)) in ((0x9000, length - 1), (0x6C00 | length, 0)), shorter.sw


@pytest.mark.needs("usim")
def test_follows_selection(bench: Bench) -> None:
    """§11.1.2.1."""
    for path in (MF, USIM, MF):
        bench.select(path)
        fcp = Fcp.decode(bench.expect("80f2000000"))
        assert fcp.df_name == bench.spec(path).aid
