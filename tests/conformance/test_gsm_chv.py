"""Class A0: VERIFY, CHANGE, DISABLE, ENABLE, UNBLOCK CHV (TS 51.011 §8.9 to §8.13, §9.2.9 to §9.2.13, §9.4.5)."""

from __future__ import annotations

import pytest

from tests.conformance import gsm
from tests.conformance.bench import WRONG_PIN, WRONG_PUK, Bench

pytestmark = pytest.mark.needs("gsm", "df_gsm", "PIN1", "PUK1")

NEW = b"2468\xff\xff\xff\xff"
WRONG = WRONG_PIN.hex()


def chv1(bench: Bench) -> str:
    return bench.credentials["PIN1"].hex()


def puk1(bench: Bench) -> str:
    return bench.credentials["PUK1"].hex()


class TestVerify:
    def test_counter(self, bench: Bench) -> None:
        """§8.9, §9.4.5: 9804 while a try is left; a right CHV restores the counter; it survives a reset."""
        gsm.locked(bench)
        bench.expect_tpdu(f"a020000108{WRONG}", "9804")
        assert gsm.tries(bench, 18) == 2
        bench.reset()
        gsm.home(bench)
        assert gsm.tries(bench, 18) == 2
        bench.expect_tpdu(f"a020000108{WRONG}", "9804")
        assert gsm.tries(bench, 18) == 1
        gsm.verify(bench, "PIN1")
        assert gsm.tries(bench, 18) == 3

    REFUSED = [
        ("seven bytes", "§9.4.6: 67xx", "a02000010731313131313131", "67xx"),
        ("no CHV", "§9.4.6: 67xx", "a020000100", "67xx"),
        ("P1 = 01", "§9.4.6: 6Bxx", f"a020010108{WRONG}", "6bxx"),
        ("CHV 03", "§9.4.6: 6Bxx; §9.4.5: 9802 not initialised", f"a020000308{WRONG}", "6bxx 9802"),
    ]

    @pytest.mark.parametrize(("clause", "command", "answer"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
    def test_no_presentation(self, bench: Bench, clause: str, command: str, answer: str) -> None:
        gsm.locked(bench)
        bench.expect_tpdu(command, answer, why=clause)
        assert gsm.tries(bench, 18) == 3

    def test_disabled(self, bench: Bench) -> None:
        """§8.9, §9.4.5: 9808, in contradiction with the CHV status."""
        gsm.home(bench)
        gsm.enable_chv1(bench, False)
        bench.expect_tpdu(f"a020000108{chv1(bench)}", "9808")

    @pytest.mark.needs("uicc")
    def test_is_the_pin_of_the_uicc(self, bench: Bench) -> None:
        """A card that answers both classes has one PIN1: a wrong CHV1 costs a try of PIN1 and the other way round."""
        gsm.locked(bench)
        bench.expect_tpdu(f"a020000108{WRONG}", "9804")
        bench.expect(f"002000{bench.pin('PIN1').ref:02x}", "63c2")
        bench.expect(bench.verify_command("PIN1"))
        assert gsm.tries(bench, 18) == 3


class TestChange:
    def test_change(self, bench: Bench) -> None:
        """§8.10."""
        gsm.locked(bench)

        def back() -> None:
            gsm.home(bench)
            bench.expect_tpdu(f"a024000110{NEW.hex()}{chv1(bench)}", "9000 9804 9808")
            bench.expect_tpdu(f"a020000108{chv1(bench)}", "9000 9808")

        bench.later(back)
        bench.expect_tpdu(f"a024000110{WRONG}{NEW.hex()}", "9804")
        assert gsm.tries(bench, 18) == 2
        bench.expect_tpdu(f"a024000110{chv1(bench)}{NEW.hex()}")
        assert gsm.tries(bench, 18) == 3
        bench.expect_tpdu(f"a020000108{chv1(bench)}", "9804")
        bench.expect_tpdu(f"a020000108{NEW.hex()}")

    def test_refused(self, bench: Bench) -> None:
        """§9.4.6: sixteen bytes; §8.10, §9.4.5: not while CHV1 is disabled."""
        gsm.locked(bench)
        bench.expect_tpdu(f"a024000108{chv1(bench)}", "67xx")
        gsm.enable_chv1(bench, False)
        bench.expect_tpdu(f"a024000110{chv1(bench)}{chv1(bench)}", "9808")


class TestEnableDisable:
    def test_switch(self, bench: Bench) -> None:
        """§8.11, §8.12: the state shows in the answers and survives a reset; 9808 when it is so already."""
        gsm.locked(bench)
        bench.expect_tpdu(f"a028000108{chv1(bench)}", "9808")
        bench.expect_tpdu(f"a026000108{WRONG}", "9804")
        gsm.enable_chv1(bench, False)
        bench.expect_tpdu(f"a026000108{chv1(bench)}", "9808")
        bench.reset()
        gsm.home(bench)
        assert not gsm.chv1_enabled(bench)
        bench.expect_tpdu(f"a028000108{WRONG}", "9804")
        assert not gsm.chv1_enabled(bench)
        gsm.enable_chv1(bench)
        assert gsm.chv1_enabled(bench)

    @pytest.mark.needs("PIN2")
    @pytest.mark.parametrize("ins", ["26", "28"], ids=["DISABLE", "ENABLE"])
    def test_chv1_only(self, bench: Bench, ins: str) -> None:
        """§8.11, §8.12, §9.2.11, §9.2.12: CHV1 only, P2 = 01."""
        gsm.locked(bench)
        bench.expect_tpdu(f"a0{ins}000208{bench.credentials['PIN2'].hex()}", "6bxx 9808 9802")

    @pytest.mark.needs("gsm_binary")
    def test_disabled_chv1_opens(self, bench: Bench) -> None:
        """§8.11: files behind CHV1 are then as if ALW."""
        spec = gsm.binary(bench.model)
        assert spec is not None
        gsm.home(bench)
        gsm.enable_chv1(bench, False)
        bench.reset()
        gsm.reach(bench, spec.path)
        bench.expect_tpdu("a0b0000001")


class TestUnblock:
    def test_unblock(self, bench: Bench) -> None:
        """§8.13, §9.2.13: P2 = 00 is CHV1; the new CHV1 is verified and enabled, both counters are full."""
        gsm.locked(bench)
        bench.expect_tpdu(f"a020000108{WRONG}", "9804")
        bench.expect_tpdu(f"a02c000010{WRONG_PUK.hex()}{chv1(bench)}", "9804")
        assert gsm.tries(bench, 19) == 9
        assert gsm.tries(bench, 18) == 2, "§8.13: a false UNBLOCK CHV does not touch the CHV"
        bench.expect_tpdu(f"a02c000010{puk1(bench)}{chv1(bench)}")
        assert (gsm.tries(bench, 18), gsm.tries(bench, 19)) == (3, 10)
        assert gsm.chv1_enabled(bench)

    def test_enables(self, bench: Bench) -> None:
        """§8.13: a disabled CHV1 is enabled by it."""
        gsm.locked(bench)
        gsm.enable_chv1(bench, False)
        bench.expect_tpdu(f"a02c000010{puk1(bench)}{chv1(bench)}")
        assert gsm.chv1_enabled(bench)

    def test_length(self, bench: Bench) -> None:
        """§9.4.6: 67xx, and no try is spent."""
        gsm.locked(bench)
        bench.expect_tpdu(f"a02c000008{puk1(bench)}", "67xx")
        assert gsm.tries(bench, 19) == 10


@pytest.mark.destructive
class TestBlocked:
    def test_chv(self, bench: Bench) -> None:
        """§8.9, §9.4.5: 9840 with the third wrong CHV, and for the right one afterwards; UNBLOCK CHV helps."""
        gsm.locked(bench)
        for answer in ("9804", "9804", "9840"):
            bench.expect_tpdu(f"a020000108{WRONG}", answer)
        for command in (f"a020000108{chv1(bench)}", f"a024000110{chv1(bench) * 2}", f"a026000108{chv1(bench)}"):
            bench.expect_tpdu(command, "9840")
        bench.reset()
        gsm.home(bench)
        assert gsm.tries(bench, 18) == 0
        bench.expect_tpdu(f"a020000108{chv1(bench)}", "9840")
        bench.expect_tpdu(f"a02c000010{puk1(bench)}{chv1(bench)}")
        gsm.verify(bench, "PIN1")

    def test_unblock_chv(self, bench: Bench) -> None:
        """§8.13, §9.4.5: 9840 with the tenth wrong UNBLOCK CHV, and for the right one afterwards."""
        gsm.locked(bench)
        for answer in ["9804"] * 9 + ["9840"]:
            bench.expect_tpdu(f"a02c000010{WRONG_PUK.hex()}{chv1(bench)}", answer)
        bench.expect_tpdu(f"a02c000010{puk1(bench)}{chv1(bench)}", "9840")
        gsm.verify(bench, "PIN1")
