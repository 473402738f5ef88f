"""Class and instruction bytes that the card does not know (TS 102 221 §10.1.1, §10.1.2, §10.2.1.5)."""

from __future__ import annotations

import pytest

from tests.conformance.bench import Bench

pytestmark = pytest.mark.needs("uicc")

# Each row: what, clause, APDU, status words.
ROWS = [
    ("class FF", "ISO/IEC 7816-4 §5.4.1: invalid", "ffa4000c023f00", "6e00"),
    ("class 20, reserved", "§10.1.1, ISO/IEC 7816-4 §5.4.1", "20a4000c023f00", "6e00"),
    ("class B0", "§10.1.1", "b0a4000c023f00", "6e00"),
    ("class 90", "§10.1.1: chaining of a proprietary class, or unknown", "90a4000c023f00", "6e00 6884 6d00"),
    ("an unknown instruction", "§10.2.1.5", "000e000000", "6d00"),
    ("an unknown proprietary instruction", "§10.2.1.5", "800e000000", "6d00 6e00"),
    ("instruction 60, no instruction in T=0", "ISO/IEC 7816-3 §10.3.2", "0060000000", "6d00 6e00"),
    ("instruction 9F, no instruction in T=0", "ISO/IEC 7816-3 §10.3.2", "009f000000", "6d00 6e00"),
    ("SELECT in class 80", "§10.1.2 table 10.5", "80a4000c023f00", "6e00 6d00"),
    ("READ BINARY in class 80", "§10.1.2 table 10.5", "80b0000001", "6e00 6d00"),
    ("INCREASE in class 00", "§10.1.2 table 10.5", "0032000003000001", "6e00 6d00"),
    ("FETCH in class 00", "§10.1.2 table 10.5", "0012000001", "6e00 6d00"),
    ("secure messaging, proprietary", "§10.1.1 table 10.3", "04a4000c023f00", "6882 6800 6e00"),
    ("secure messaging, header not authenticated", "§10.1.1 table 10.3", "08a4000c023f00", "6882 6800 6e00"),
    ("secure messaging, header authenticated", "§10.1.1 table 10.3", "0ca4000c023f00", "6882 6800 6e00"),
    ("secure messaging on a further channel", "§10.1.1 table 10.4", "60a4000c023f00", "6882 6800 6e00 6881"),
]


@pytest.mark.parametrize(("clause", "command", "answer"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_refused(bench: Bench, clause: str, command: str, answer: str) -> None:
    bench.expect("00a4000c022fe2")
    before = bench.expect("00b000000a")
    bench.expect(command, answer, why=clause)
    assert bench.expect("00b000000a") == before, "a refused command changes nothing"


def test_every_instruction_gets_a_status_word(bench: Bench) -> None:
    """§10.1.2 table 10.5: an instruction in a class it is not defined for is refused, by 6D00 or 6E00.

    Only instructions of no telecommunication or GlobalPlatform meaning are tried: nothing is changed by them.
    """
    unknown = [0x01, 0x02, 0x03, 0x1A, 0x34, 0x36, 0x38, 0x3A, 0x3C, 0x3E, 0x40, 0x42, 0x4A, 0x4C, 0x4E, 0x5A, 0xAC]
    for ins in unknown:
        bench.expect(f"00{ins:02x}0000", "6d00 6e00", why=f"INS {ins:02X}")


@pytest.mark.needs("gsm")
def test_class_a0_is_known(bench: Bench) -> None:
    """TS 51.011 §9.2: a card that also is a SIM answers its SELECT with 9Fxx."""
    assert bench.tpdu("a0a40000023f00").sw.sw1 == 0x9F
