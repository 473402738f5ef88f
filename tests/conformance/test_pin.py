"""PINs: VERIFY, CHANGE, DISABLE, ENABLE, UNBLOCK and their counters (TS 102 221 §9.4, §9.5, §11.1.9 to §11.1.13).

Nothing here blocks a PIN: at most two wrong presentations, then a right one. Blocking is in test_pin_blocking.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simtool.files.product import CardModel
from tests.conformance.bench import WRONG_PIN, WRONG_PUK, Bench
from tests.conformance.survey import MF, PUK_OF, USIM, guarded_ef

pytestmark = pytest.mark.needs("uicc")

NEW_PIN = b"2468\xff\xff\xff\xff"


def home(bench: Bench) -> None:
    """Select where PIN1 and PIN2 are known: the USIM if there is one."""
    bench.select(USIM if bench.model.has(USIM) else MF)


def locked(bench: Bench, name: str = "PIN1") -> int:
    """Reset, with the PIN enabled, all its tries left, and not verified. Returns its key reference."""
    home(bench)
    bench.enable(name)
    bench.reset()
    home(bench)
    ref = bench.pin(name).ref
    bench.expect(f"002000{ref:02x}", "63c3", why=f"{name} should have three tries before this test")
    return ref


def pin_names(model: CardModel) -> Iterator[str]:
    return (pin.name for pin in model.pins if pin.name in PUK_OF)


def switchable(model: CardModel) -> Iterator[str]:
    """PINs that the user may disable: PIN1. An application decides about its PIN2 (§9.4.3), the USIM says no."""
    return (name for name in pin_names(model) if name == "PIN1")


def wrong(bench: Bench, ref: int, answer: str) -> None:
    bench.expect(f"002000{ref:02x}08{WRONG_PIN.hex()}", answer)


@pytest.mark.needs("{row}")
@pytest.mark.per_row(of=pin_names)
class TestVerify:
    def test_counter_counts_down_and_is_restored(self, bench: Bench, row: str) -> None:
        """§11.1.9.1.1: 63C2, 63C1 after wrong PINs; a right PIN sets the counter to its initial value."""
        ref = locked(bench, row)
        wrong(bench, ref, "63c2")
        wrong(bench, ref, "63c1")
        bench.expect(f"002000{ref:02x}", "63c1", why="§11.1.9.1.2: asking costs nothing")
        bench.expect(f"002000{ref:02x}", "63c1")
        bench.verify(row)
        bench.reset()
        home(bench)
        bench.expect(f"002000{ref:02x}", "63c3")

    def test_counter_survives_reset(self, bench: Bench, row: str) -> None:
        """§11.1.9.1.1: wrong presentations need not be in the same card session."""
        ref = locked(bench, row)
        wrong(bench, ref, "63c2")
        for cold in (True, False):
            bench.reset(cold=cold)
            home(bench)
            bench.expect(f"002000{ref:02x}", "63c2")
        wrong(bench, ref, "63c1")
        bench.verify(row)

    def test_asking_when_verified(self, bench: Bench, row: str) -> None:
        """§11.1.9.1.2: the counter; ISO/IEC 7816-4 §7.5.6: 9000 where no verification is needed any more."""
        ref = locked(bench, row)
        bench.verify(row)
        bench.expect(f"002000{ref:02x}", "63c3 9000")

    @pytest.mark.parametrize("size", [1, 4, 7, 9, 16])
    def test_length(self, bench: Bench, row: str, size: int) -> None:
        """§11.1.9.3: eight bytes, or none. Another length is no presentation."""
        ref = locked(bench, row)
        bench.expect(f"002000{ref:02x}{size:02x}{'31' * size}", "67xx")
        bench.expect(f"002000{ref:02x}", "63c3")

    def test_padding_counts(self, bench: Bench, row: str) -> None:
        """§9.5.1: all eight bytes count, those behind the digits too: with another last byte it is a wrong PIN."""
        value = bench.credentials[row]
        ref = locked(bench, row)
        bench.expect(f"002000{ref:02x}08{value[:-1].hex()}{value[-1] ^ 0xF0:02x}", "63c2")
        bench.verify(row)

    def test_p1(self, bench: Bench, row: str) -> None:
        """§11.1.9.3: P1 is 00; another value is no presentation."""
        ref = locked(bench, row)
        bench.expect(f"002001{ref:02x}08{WRONG_PIN.hex()}", "6a86 6b00")
        bench.expect(f"002000{ref:02x}", "63c3")


@pytest.mark.parametrize("ref", [0x00, 0x1F, 0x9F], ids=["00", "1F", "9F"])
@pytest.mark.parametrize("body", ["", "0831313131ffffffff"], ids=["empty", "with PIN"])
def test_unknown_reference(bench: Bench, ref: int, body: str) -> None:
    """§11.1.9.3 table 11.15 (00 is not supported), §10.2.1.5.3: referenced data not found, or wrong P2."""
    assert all(pin.ref != ref for pin in bench.model.pins)
    home(bench)
    bench.expect(f"002000{ref:02x}{body}", "6a88 6a86 6b00")


@pytest.mark.needs("PIN1", "guarded")
class TestRight:
    """§9.6, §11.1.9.1.1: what a verified PIN opens, and for how long."""

    def _try(self, bench: Bench, answer: str) -> None:
        spec = guarded_ef(bench.model)
        assert spec is not None
        bench.select(spec.path)
        bench.expect("00b0000001", answer, why=str(spec.path))

    def test_verification_opens(self, bench: Bench) -> None:
        locked(bench)
        self._try(bench, "6982")
        bench.verify("PIN1")
        self._try(bench, "9000")

    def test_wrong_pin_opens_nothing(self, bench: Bench) -> None:
        ref = locked(bench)
        wrong(bench, ref, "63c2")
        self._try(bench, "6982")
        bench.verify("PIN1")

    @pytest.mark.parametrize("cold", [True, False], ids=["cold", "warm"])
    def test_reset_closes(self, bench: Bench, cold: bool) -> None:
        """§11.1.9: the right lasts until the card is reset."""
        locked(bench)
        bench.verify("PIN1")
        self._try(bench, "9000")
        bench.reset(cold=cold)
        self._try(bench, "6982")

    def test_selection_does_not_close(self, bench: Bench) -> None:
        """§9.4: a global PIN stays verified whatever is selected."""
        locked(bench)
        bench.verify("PIN1")
        bench.expect("00a4000c023f00")
        bench.expect("00a4000c022fe2")
        self._try(bench, "9000")

    def test_disabled_pin_is_no_condition(self, bench: Bench) -> None:
        """§11.1.11.1: files behind a disabled PIN are open, also after a reset."""
        home(bench)
        bench.enable("PIN1", False)
        self._try(bench, "9000")
        bench.reset()
        self._try(bench, "9000")

    @pytest.mark.needs("PIN2")
    def test_other_pin_opens_nothing(self, bench: Bench) -> None:
        """§9.5.1: PIN2 is not PIN1."""
        locked(bench)
        bench.verify("PIN2")
        self._try(bench, "6982")

    @pytest.mark.needs("adm")
    def test_adm_opens_nothing_that_asks_for_a_pin(self, bench: Bench) -> None:
        """§9.5.1: an administrative key stands for no PIN."""
        locked(bench)
        assert bench.adm is not None
        bench.verify(bench.adm)
        self._try(bench, "6982")


@pytest.mark.needs("{row}")
@pytest.mark.per_row(of=pin_names)
class TestChange:
    def _change_back(self, bench: Bench, name: str) -> None:
        ref, value = bench.pin(name).ref, bench.credentials[name]

        def back() -> None:
            home(bench)
            bench.expect(f"002400{ref:02x}10{NEW_PIN.hex()}{value.hex()}", "9000 63cx 6984 6985")
            bench.expect(bench.verify_command(name), "9000 6984 6985")

        bench.later(back)

    def test_change(self, bench: Bench, row: str) -> None:
        """§11.1.10.1: the new value is valid, the old is not, the counter is full."""
        ref = locked(bench, row)
        self._change_back(bench, row)
        bench.expect(f"002400{ref:02x}10{bench.credentials[row].hex()}{NEW_PIN.hex()}")
        bench.reset()
        home(bench)
        bench.expect(bench.verify_command(row), "63c2")
        bench.expect(bench.verify_command(row, NEW_PIN))

    def test_wrong_old_value(self, bench: Bench, row: str) -> None:
        """§11.1.10.1: a try is spent and the PIN stays."""
        ref = locked(bench, row)
        bench.expect(f"002400{ref:02x}10{WRONG_PIN.hex()}{NEW_PIN.hex()}", "63c2")
        bench.expect(f"002000{ref:02x}", "63c2")
        bench.verify(row)

    def test_right_old_value_restores_the_counter(self, bench: Bench, row: str) -> None:
        """§11.1.10.1."""
        ref = locked(bench, row)
        wrong(bench, ref, "63c2")
        value = bench.credentials[row].hex()
        bench.expect(f"002400{ref:02x}10{value}{value}")
        bench.reset()
        home(bench)
        bench.expect(f"002000{ref:02x}", "63c3")

    @pytest.mark.parametrize("size", [8, 15, 17])
    def test_length(self, bench: Bench, row: str, size: int) -> None:
        """§11.1.10.2: sixteen bytes."""
        ref = locked(bench, row)
        bench.expect(f"002400{ref:02x}{size:02x}{'31' * size}", "67xx")
        bench.expect(f"002000{ref:02x}", "63c3")


@pytest.mark.needs("{row}", "PUK of {row}")
@pytest.mark.per_row(of=switchable)
class TestEnableDisable:
    def test_wrong_value(self, bench: Bench, row: str) -> None:
        """§11.1.11.1, §11.1.12.1: a try is spent and nothing is switched."""
        ref = locked(bench, row)
        bench.expect(f"002600{ref:02x}08{WRONG_PIN.hex()}", "63c2")
        assert bench.is_enabled(row)
        bench.enable(row, False)
        bench.expect(f"002800{ref:02x}08{WRONG_PIN.hex()}", "63c2")
        assert not bench.is_enabled(row)
        bench.enable(row)
        bench.verify(row)

    def test_state_survives_reset(self, bench: Bench, row: str) -> None:
        """§11.1.11.1, §11.1.12.1."""
        locked(bench, row)
        for wanted in (False, True):
            bench.enable(row, wanted)
            bench.reset()
            home(bench)
            assert bench.is_enabled(row) is wanted

    def test_what_is_so_already(self, bench: Bench, row: str) -> None:
        """§11.1.11.1: DISABLE only while not disabled; §11.1.12.1: ENABLE only while not enabled."""
        ref = locked(bench, row)
        value = bench.credentials[row].hex()
        bench.expect(f"002800{ref:02x}08{value}", "6984 6985")
        bench.enable(row, False)
        bench.expect(f"002600{ref:02x}08{value}", "6984 6985")

    @pytest.mark.parametrize("ins", ["26", "28"], ids=["DISABLE", "ENABLE"])
    def test_length(self, bench: Bench, row: str, ins: str) -> None:
        """§11.1.11.2, §11.1.12.2: eight bytes."""
        ref = locked(bench, row)
        bench.enable(row, ins == "26")
        bench.expect(f"00{ins}00{ref:02x}0731313131ffffff", "67xx")
        assert bench.is_enabled(row) is (ins == "26")

    def test_verify_while_disabled(self, bench: Bench, row: str) -> None:
        """§11.1.9.1.1: VERIFY only while the PIN is not disabled."""
        home(bench)
        bench.enable(row, False)
        ref = bench.pin(row).ref
        bench.expect(bench.verify_command(row), "6984 6985")
        bench.expect(f"002000{ref:02x}08{WRONG_PIN.hex()}", "6984 6985")
        bench.enable(row)
        bench.reset()
        home(bench)
        bench.expect(f"002000{ref:02x}", "63c3", why="no try was spent on the disabled PIN")

    def test_change_while_disabled(self, bench: Bench, row: str) -> None:
        """§11.1.10.1: not while the PIN is disabled."""
        home(bench)
        bench.enable(row, False)
        value = bench.credentials[row].hex()
        bench.expect(f"002400{bench.pin(row).ref:02x}10{value}{value}", "6984 6985")

    def test_unblocking_enables(self, bench: Bench, row: str) -> None:
        """§11.1.13.1.1: after a successful unblocking attempt the PIN is enabled."""
        locked(bench, row)
        bench.enable(row, False)
        puk, pin = bench.credentials[PUK_OF[row]], bench.credentials[row]
        bench.expect(f"002c00{bench.pin(row).ref:02x}10{puk.hex()}{pin.hex()}")
        assert bench.is_enabled(row)


@pytest.mark.needs("{row}", "PUK of {row}")
@pytest.mark.per_row(of=pin_names)
class TestUnblock:
    """§11.1.13.1: the PUK works whether or not the PIN is blocked."""

    def _ready(self, bench: Bench, name: str) -> int:
        ref = locked(bench, name)
        assert PUK_OF[name] in bench.credentials
        bench.expect(f"002c00{ref:02x}", "63ca", why="the PUK should have ten tries before this test")
        return ref

    def _unblock(self, bench: Bench, name: str, puk: bytes, pin: bytes, answer: str = "9000") -> None:
        bench.expect(f"002c00{bench.pin(name).ref:02x}10{puk.hex()}{pin.hex()}", answer)

    def test_right_puk(self, bench: Bench, row: str) -> None:
        """§11.1.13.1.1: the PIN has the new value and three tries, is enabled and verified; the PUK has ten tries."""
        ref = self._ready(bench, row)
        puk, pin = bench.credentials[PUK_OF[row]], bench.credentials[row]
        wrong(bench, ref, "63c2")

        def back() -> None:
            home(bench)
            self._unblock(bench, row, puk, pin)

        bench.later(back)
        self._unblock(bench, row, puk, NEW_PIN)
        assert bench.is_enabled(row)
        bench.reset()
        home(bench)
        bench.expect(f"002000{ref:02x}", "63c3")
        bench.expect(f"002c00{ref:02x}", "63ca")
        bench.expect(bench.verify_command(row, NEW_PIN))

    def test_wrong_puk(self, bench: Bench, row: str) -> None:
        """§11.1.13.1.1: a try of the PUK is spent, none of the PIN, and the PIN stays; asking costs nothing."""
        ref = self._ready(bench, row)
        self._unblock(bench, row, WRONG_PUK, NEW_PIN, "63c9")
        bench.expect(f"002c00{ref:02x}", "63c9")
        bench.expect(f"002000{ref:02x}", "63c3")
        bench.reset()
        home(bench)
        bench.expect(f"002c00{ref:02x}", "63c9", why="the counter survives a reset")
        bench.verify(row)
        self._unblock(bench, row, bench.credentials[PUK_OF[row]], bench.credentials[row])
        bench.expect(f"002c00{ref:02x}", "63ca")

    @pytest.mark.parametrize("size", [8, 15, 17])
    def test_length(self, bench: Bench, row: str, size: int) -> None:
        """§11.1.13.2: sixteen bytes, or none."""
        ref = self._ready(bench, row)
        bench.expect(f"002c00{ref:02x}{size:02x}{'31' * size}", "67xx")
        bench.expect(f"002c00{ref:02x}", "63ca")


@pytest.mark.needs("PIN1", "PUK1", "guarded")
def test_unblocking_verifies(bench: Bench) -> None:
    """§11.1.13.1.1: the access condition is satisfied after a successful unblocking."""
    spec = guarded_ef(bench.model)
    assert spec is not None
    ref = locked(bench)
    bench.expect(f"002c00{ref:02x}10{bench.credentials['PUK1'].hex()}{bench.credentials['PIN1'].hex()}")
    bench.select(spec.path)
    bench.expect("00b0000001")


@pytest.mark.needs("PIN1", "PIN2")
def test_counters_are_separate(bench: Bench) -> None:
    """§9.5.1: each PIN has a counter of its own."""
    one, two = locked(bench, "PIN1"), locked(bench, "PIN2")
    wrong(bench, one, "63c2")
    bench.expect(f"002000{two:02x}", "63c3")
    wrong(bench, two, "63c2")
    wrong(bench, two, "63c1")
    bench.expect(f"002000{one:02x}", "63c2")
    bench.verify("PIN1")
    bench.verify("PIN2")
