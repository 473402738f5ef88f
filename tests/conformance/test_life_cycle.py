"""Life cycle of files: DEACTIVATE, ACTIVATE (TS 102 221 §11.1.14, §11.1.15), TERMINATE (TS 102 222 §6.7 to §6.9)."""

from __future__ import annotations

import pytest

from simtool.codec.fcp import Fcp
from tests.conformance.bench import Bench
from tests.conformance.scratch import DF, EF, OTHER_EF, create, df_template, ef_template, make
from tests.conformance.survey import MF

pytestmark = [pytest.mark.needs("uicc"), pytest.mark.needs("create")]

SELECTED = "9000 6283"  # §11.1.1.1: a deactivated file can be selected, and the card may say that it is deactivated
NOT_NOW = "6984 6985"  # §10.2.1.5.2: referenced data invalidated, or conditions not satisfied


def life_cycle(bench: Bench, fid: int = EF) -> int | None:
    bench.select(MF)
    return Fcp.decode(bench.expect(f"00a4000402{fid:04x}00", "9000 62xx")).life_cycle


class TestDeactivate:
    def test_content_is_out_of_reach(self, bench: Bench) -> None:
        """§11.1.14.1: a deactivated EF is neither read nor written; its content stays."""
        make(bench, ef_template())
        bench.expect("00d6000002abcd")
        bench.expect("00040000")
        for select in (False, True):
            if select:
                bench.expect("00a4000c023f00")
                bench.expect(f"00a4000c02{EF:04x}", SELECTED)
            bench.expect("00b0000002", NOT_NOW)
            bench.expect("00d60000021234", NOT_NOW)
        bench.expect("00440000")
        assert bench.expect("00b0000002") == b"\xab\xcd"

    def test_records_are_out_of_reach(self, bench: Bench) -> None:
        """§11.1.14.1."""
        make(bench, ef_template(descriptor="42210008", size=24))
        bench.expect("00040000")
        bench.expect("00b2010408", NOT_NOW)
        bench.expect("00dc0104080000000000000000", NOT_NOW)
        bench.expect("00a2010401ff00", NOT_NOW)
        bench.expect("00440000")
        bench.expect("00b2010408")

    def test_shows_in_the_template(self, bench: Bench) -> None:
        """§11.1.1.4.9 table 11.7b: 01x0 deactivated, 01x1 activated."""
        make(bench, ef_template())
        bench.expect("00040000")
        assert (life_cycle(bench) or 0) & 0xFD == 0x04
        bench.expect("00440000")
        assert (life_cycle(bench) or 0) & 0xFD == 0x05

    def test_survives_reset(self, bench: Bench) -> None:
        """§11.1.14.1: the state is the file's, not the session's."""
        make(bench, ef_template())
        bench.expect("00040000")
        bench.reset()
        assert (life_cycle(bench) or 0) & 0xFD == 0x04
        bench.expect("00b0000001", NOT_NOW)

    def test_by_identifier(self, bench: Bench) -> None:
        """§11.1.14.2 table 11.20: P1 = 00 with a file identifier."""
        make(bench, ef_template())
        bench.select(MF)
        bench.expect(f"0004000002{EF:04x}")
        bench.select(MF)
        bench.expect(f"00a4000c02{EF:04x}", SELECTED)
        bench.expect("00b0000001", NOT_NOW)
        bench.select(MF)
        bench.expect(f"0044000002{EF:04x}")
        bench.select(MF)
        bench.expect(f"00a4000c02{EF:04x}")
        bench.expect("00b0000001")

    def test_by_path(self, bench: Bench) -> None:
        """§11.1.14.2 table 11.20: P1 = 08, path from the MF."""
        make(bench, df_template())
        create(bench, ef_template(OTHER_EF))
        bench.select(MF)
        bench.expect(f"0004080004{DF:04x}{OTHER_EF:04x}")
        bench.expect(f"00a4080c04{DF:04x}{OTHER_EF:04x}", SELECTED)
        bench.expect("00b0000001", NOT_NOW)
        bench.expect(f"0044080004{DF:04x}{OTHER_EF:04x}")
        bench.expect(f"00a4080c04{DF:04x}{OTHER_EF:04x}")
        bench.expect("00b0000001")

    def test_by_sfi(self, bench: Bench) -> None:
        """§8.4.3, §11.1.14.1: neither does an SFI reach the content."""
        assert all(spec.sfi != 0x1B for spec in bench.model.children(MF))
        make(bench, ef_template(sfi=0x1B))
        bench.expect("00040000")
        bench.select(MF)
        bench.expect("00b09b0001", NOT_NOW)

    def test_created_deactivated(self, bench: Bench) -> None:
        """TS 102 222 §6.3.2.2: the life cycle byte of CREATE FILE."""
        make(bench, ef_template(life_cycle=0x04))
        assert (life_cycle(bench) or 0) & 0xFD == 0x04
        bench.expect("00b0000001", NOT_NOW)
        bench.expect("00440000")
        bench.expect("00b0000001")

    @pytest.mark.parametrize("ins", ["04", "44"], ids=["DEACTIVATE", "ACTIVATE"])
    def test_refused(self, bench: Bench, ins: str) -> None:
        """§11.1.14, §11.1.15, §10.2.1.5: no EF current, unknown file, no right, wrong P1."""
        bench.select(MF)
        bench.expect(f"00{ins}0000", "6986 6985 6981 6982")
        bench.expect(f"00{ins}000002{EF:04x}", "6a82")
        bench.expect(f"00{ins}0500022fe2", "6a86 6b00")
        bench.expect("00a4000c022fe2")
        bench.expect(f"00{ins}0000", "6982")
        bench.expect("00b000000a")

    def test_twice(self, bench: Bench) -> None:
        """§11.1.14.1, §11.1.15.1: doing it again changes nothing. 6283 says "contradicts the activation status"."""
        make(bench, ef_template())
        bench.expect("00440000", "9000 6200 6283 6985")
        bench.expect("00b0000001")
        bench.expect("00040000")
        bench.expect("00040000", "9000 6200 6283 6985 6984")
        bench.expect("00b0000001", NOT_NOW)


def test_initialisation_state(bench: Bench) -> None:
    """TS 102 222 §5.4, §6.3.2.2: a file in initialisation state (03) becomes operational by ACTIVATE FILE."""
    make(bench, ef_template(life_cycle=0x03))
    assert life_cycle(bench) == 0x03
    bench.expect("00440000")
    assert (life_cycle(bench) or 0) & 0xFD == 0x05
    bench.expect("00b0000001")


@pytest.mark.destructive
class TestTerminate:
    """TS 102 222 §6.7, §6.8: termination is for ever. A real card may keep the file, so this is destructive."""

    def test_ef(self, bench: Bench) -> None:
        """§6.8.1: it can be selected, with the warning 6285; nothing else works, not even ACTIVATE."""
        make(bench, ef_template())
        bench.expect("00e80000")
        for _ in range(2):
            state = life_cycle(bench)
            assert state is not None and state & 0xFC == 0x0C
            assert bench.session.last_sw == 0x6285
            bench.expect("00b0000001", "6985 6984 6982 6900")
            bench.expect("00d600000100", "6985 6984 6982 6900")
            bench.expect("00440000", "6985 6984 6982 6900")
            bench.reset()

    def test_df(self, bench: Bench) -> None:
        """§6.7.1: it can be selected, with the warning 6285; its functions are reduced."""
        make(bench, df_template())
        create(bench, ef_template(OTHER_EF))
        bench.select(MF)
        bench.expect(f"00a4000c02{DF:04x}")
        bench.expect("00e60000")
        for _ in range(2):
            state = life_cycle(bench, DF)
            assert state is not None and state & 0xFC == 0x0C
            assert bench.session.last_sw == 0x6285
            create(bench, ef_template(EF), "6985 6982 6984 6900")
            bench.reset()

    def test_without_the_right(self, bench: Bench) -> None:
        """§6.8.1, §6.11: 6982."""
        bench.expect("00a4000c022fe2")
        bench.expect("00e80000", "6982")
        bench.expect("00b000000a")

    def test_card(self, bench: Bench) -> None:
        """§6.9.1: after TERMINATE CARD USAGE nothing of the card can be used, also after a reset."""
        bench.select(MF)
        bench.unlock()
        answer = bench.apdu("00fe0000")
        assert answer.sw in (0x9000, 0x6982), answer.sw
        if answer.sw == 0x9000:
            for _ in range(2):
                assert bench.apdu("00a4000c022fe2").sw != 0x9000 or bench.apdu("00b000000a").sw != 0x9000
                bench.reset()

    def test_card_without_the_right(self, bench: Bench) -> None:
        """§6.9.1, §6.11: 6982, and the card lives."""
        bench.expect("00fe0000", "6982 6985")
        bench.expect("00a4000c022fe2")
        bench.expect("00b000000a")
