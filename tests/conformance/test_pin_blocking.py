"""Blocking PINs, PUKs and ADM keys (TS 102 221 §11.1.9.1.1, §11.1.13.1.1). Destructive on a real card."""

from __future__ import annotations

import pytest

from tests.conformance.bench import WRONG_PIN, WRONG_PUK, Bench
from tests.conformance.survey import PUK_OF, guarded_ef
from tests.conformance.test_pin import home, locked, pin_names, switchable, wrong

pytestmark = [pytest.mark.needs("uicc"), pytest.mark.destructive]


def block(bench: Bench, name: str) -> int:
    ref = locked(bench, name)
    for answer in ("63c2", "63c1", "63c0"):
        wrong(bench, ref, answer)
    return ref


def unblock(bench: Bench, name: str, puk: bytes, answer: str = "9000") -> None:
    ref = bench.pin(name).ref
    bench.expect(f"002c00{ref:02x}10{puk.hex()}{bench.credentials[name].hex()}", answer)


@pytest.mark.needs("{row}", "PUK of {row}")
@pytest.mark.per_row(of=pin_names)
class TestBlockedPin:
    def test_right_pin_is_of_no_use(self, bench: Bench, row: str) -> None:
        """§11.1.9.1.1: 63C0 after the third wrong PIN, then 6983 for any further VERIFY, also after a reset."""
        block(bench, row)
        bench.expect(bench.verify_command(row), "6983")
        for cold in (True, False):
            bench.reset(cold=cold)
            home(bench)
            bench.expect(bench.verify_command(row), "6983")

    def test_asking(self, bench: Bench, row: str) -> None:
        """§11.1.9.1.2: no tries are left, or the method is blocked."""
        ref = block(bench, row)
        bench.expect(f"002000{ref:02x}", "63c0 6983")

    def test_other_commands(self, bench: Bench, row: str) -> None:
        """§11.1.10.1, §11.1.11.1: not while the PIN is blocked."""
        ref = block(bench, row)
        value = bench.credentials[row].hex()
        bench.expect(f"002400{ref:02x}10{value}{value}", "6983")
        bench.expect(f"002600{ref:02x}08{value}", "6983" if row == "PIN1" else "6983 6985")
        assert bench.is_enabled(row)

    def test_puk_brings_it_back(self, bench: Bench, row: str) -> None:
        """§11.1.13.1.1."""
        ref = block(bench, row)
        unblock(bench, row, bench.credentials[PUK_OF[row]])
        bench.reset()
        home(bench)
        bench.expect(f"002000{ref:02x}", "63c3")
        bench.verify(row)


@pytest.mark.needs("{row}", "PUK of {row}")
@pytest.mark.per_row(of=switchable)
class TestBlockedSwitch:
    def test_third_try_counts_across_commands(self, bench: Bench, row: str) -> None:
        """§11.1.9 to §11.1.11: VERIFY, CHANGE and DISABLE share one counter."""
        ref = locked(bench, row)
        wrong(bench, ref, "63c2")
        bench.expect(f"002400{ref:02x}10{WRONG_PIN.hex()}{WRONG_PIN.hex()}", "63c1")
        bench.expect(f"002600{ref:02x}08{WRONG_PIN.hex()}", "63c0")
        bench.expect(bench.verify_command(row), "6983")

    def test_blocked_while_disabled(self, bench: Bench, row: str) -> None:
        """§11.1.12.1: three wrong ENABLE PIN block the PIN; it stays disabled and cannot be enabled."""
        home(bench)
        bench.enable(row, False)
        ref = bench.pin(row).ref
        for answer in ("63c2", "63c1", "63c0"):
            bench.expect(f"002800{ref:02x}08{WRONG_PIN.hex()}", answer)
        bench.expect(f"002800{ref:02x}08{bench.credentials[row].hex()}", "6983")
        assert not bench.is_enabled(row)


@pytest.mark.needs("PIN1", "PUK1", "guarded")
def test_blocked_pin_opens_nothing(bench: Bench) -> None:
    """§11.1.9.1.1: once blocked the access condition can never be fulfilled until unblocking."""
    spec = guarded_ef(bench.model)
    assert spec is not None
    block(bench, "PIN1")
    bench.reset()
    bench.select(spec.path)
    bench.expect("00b0000001", "6982 6983")


@pytest.mark.needs("PIN1", "PUK1", "guarded")
def test_blocking_takes_the_right_away(bench: Bench) -> None:
    """§11.1.9.1.1: not even in the session in which the PIN had been verified; unblocking gives it back."""
    spec = guarded_ef(bench.model)
    assert spec is not None
    ref = locked(bench)
    bench.verify("PIN1")
    for answer in ("63c2", "63c1", "63c0"):
        wrong(bench, ref, answer)
    bench.select(spec.path)
    bench.expect("00b0000001", "6982 6983")
    unblock(bench, "PIN1", bench.credentials["PUK1"])
    bench.expect("00b0000001")


@pytest.mark.needs("PIN1", "PUK1")
def test_unblocking_a_disabled_and_blocked_pin(bench: Bench) -> None:
    """§11.1.13.1.1: the PIN is enabled afterwards."""
    home(bench)
    bench.enable("PIN1", False)
    ref = bench.pin("PIN1").ref
    for answer in ("63c2", "63c1", "63c0"):
        bench.expect(f"002800{ref:02x}08{WRONG_PIN.hex()}", answer)
    unblock(bench, "PIN1", bench.credentials["PUK1"])
    assert bench.is_enabled("PIN1")


@pytest.mark.needs("PIN1", "PUK1", "guarded")
def test_blocked_and_disabled_pin_is_no_condition(bench: Bench) -> None:
    """§11.1.11.1, §11.1.12.1: a PIN that was blocked by ENABLE PIN is still disabled: its files stay open."""
    spec = guarded_ef(bench.model)
    assert spec is not None
    home(bench)
    bench.enable("PIN1", False)
    ref = bench.pin("PIN1").ref
    for answer in ("63c2", "63c1", "63c0"):
        bench.expect(f"002800{ref:02x}08{WRONG_PIN.hex()}", answer)
    bench.reset()
    bench.select(spec.path)
    bench.expect("00b0000001")


@pytest.mark.needs("{row}", "PUK of {row}")
@pytest.mark.per_row(of=pin_names)
class TestBlockedPuk:
    def _block(self, bench: Bench, name: str) -> int:
        ref = locked(bench, name)
        for left in range(9, -1, -1):
            unblock(bench, name, WRONG_PUK, f"63c{left:x}")
        return ref

    def test_right_puk_is_of_no_use(self, bench: Bench, row: str) -> None:
        """§11.1.13.1.1: 63C0 after the tenth wrong PUK, then 6983, also after a reset."""
        ref = self._block(bench, row)
        unblock(bench, row, bench.credentials[PUK_OF[row]], "6983")
        bench.expect(f"002c00{ref:02x}", "63c0 6983")
        bench.reset()
        home(bench)
        unblock(bench, row, bench.credentials[PUK_OF[row]], "6983")

    def test_pin_is_not_touched(self, bench: Bench, row: str) -> None:
        """§11.1.13.1.1: a false PUK has no effect on the status of the PIN."""
        ref = self._block(bench, row)
        bench.expect(f"002000{ref:02x}", "63c3")
        bench.verify(row)


@pytest.mark.needs("adm")
class TestAdm:
    def test_counter(self, bench: Bench) -> None:
        """§9.5.1, §11.1.9.1.1: an administrative key counts wrong presentations too; a right one restores it."""
        assert bench.adm is not None
        pin = bench.pin(bench.adm)
        for left in range(pin.tries - 1, 0, -1):
            bench.expect(bench.verify_command(pin.name, WRONG_PIN), f"63c{left:x}")
        bench.verify(pin.name)
        bench.reset()
        bench.expect(f"002000{pin.ref:02x}", f"63c{pin.tries:x} 9000")

    def test_blocks(self, bench: Bench) -> None:
        """§11.1.9.1.1: no try left, then 6983, for good."""
        assert bench.adm is not None
        pin = bench.pin(bench.adm)
        for left in range(pin.tries - 1, -1, -1):
            bench.expect(bench.verify_command(pin.name, WRONG_PIN), f"63c{left:x}")
        bench.expect(bench.verify_command(pin.name), "6983")
        bench.reset()
        bench.expect(bench.verify_command(pin.name), "6983")
