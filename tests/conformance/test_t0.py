"""T=0: how commands and answers travel (TS 102 221 §7.3.1.1, §12.1.1; ISO/IEC 7816-3 §12.2).

These send TPDUs: header and P3, and data if there is any. A reader that speaks T=1 cannot show any of it.
"""

from __future__ import annotations

import pytest

from simtool.card.transport import Protocol
from simtool.files.path import FilePath
from tests.conformance.bench import Bench
from tests.conformance.survey import MF, USIM

pytestmark = pytest.mark.needs("uicc")

ICCID = "00a4000c022fe2"


@pytest.fixture(autouse=True)
def t0(bench: Bench) -> None:
    assert bench.session.transport.protocol is Protocol.T0, "the reader speaks T=1 with this card"


# Each row: what, clause, the TPDUs before, the TPDU in question, its status words, number of data bytes.
ROWS = [
    ("case 1 with P3=00", "§7.3.1.1.1", [ICCID], "0020000100", "63cx 9000 6983 6984", 0),
    ("case 2, exact Le", "§7.3.1.1.2", [ICCID], "00b000000a", "9000", 10),
    ("case 2, Le=00", "§7.3.1.1.2", [ICCID], "00b0000000", "6c0a", 0),
    ("case 2, Le=00 behind an offset", "§7.3.1.1.2", [ICCID], "00b0000400", "6c06", 0),
    ("case 2, less than there is", "§7.3.1.1.2", [ICCID], "00b0000004", "9000", 4),
    ("case 3", "§7.3.1.1.3", [], ICCID, "9000", 0),
    ("case 4, SELECT with answer", "§7.3.1.1.4", [], "00a40004022fe2", "61xx", 0),
    ("GET RESPONSE, nothing before", "§12.1.1.1", [], "00c0000010", "6f00", 0),
    ("GET RESPONSE after case 2", "§12.1.1.1", [ICCID, "00b000000a"], "00c000000a", "6f00", 0),
    ("GET RESPONSE after an error", "§12.1.1.1", ["00a40004022ffe"], "00c0000010", "6f00", 0),
    ("another command lets the answer go", "§12.1.1.1", ["00a40004022fe2", "00b0000001"], "00c0000010", "6f00", 0),
    ("the command in between works", "§12.1.1.1", ["00a40004022fe2"], "00b000000a", "9000", 10),
    ("GET RESPONSE with P1 other than 00", "§12.1.1.2", ["00a40004022fe2"], "00c0010010", "6a86 6b00 6f00", 0),
]


@pytest.mark.parametrize(
    ("clause", "before", "command", "answer", "length"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_exchange(bench: Bench, clause: str, before: list[str], command: str, answer: str, length: int) -> None:
    for text in before:
        bench.tpdu(text)
    assert len(bench.expect_tpdu(command, answer, why=clause)) == length


def test_61xx_promises_the_right_length(bench: Bench) -> None:
    """§7.3.1.1.4: xx is the number of bytes that GET RESPONSE gives."""
    for path in (MF, FilePath("MF/EF.ICCID"), FilePath("MF/EF.DIR")):
        first = bench.tpdu(f"00{bench.select_command(path, 0x04)}")
        assert first.sw.sw1 == 0x61, path
        answer = bench.expect_tpdu(f"00c00000{first.sw.sw2:02x}")
        assert len(answer) == first.sw.sw2
        assert answer[0] == 0x62
        assert answer[1] == len(answer) - 2


def test_get_response_once(bench: Bench) -> None:
    """§12.1.1.1: after all of it was fetched nothing is left."""
    length = bench.tpdu("00a40004023f00").sw.sw2
    bench.expect_tpdu(f"00c00000{length:02x}")
    bench.expect_tpdu(f"00c00000{length:02x}", "6f00")


def test_get_response_asks_for_too_much(bench: Bench) -> None:
    """§7.3.1.1.5, ISO/IEC 7816-3 §12.2.5: 6Cxx names the right length, and the answer is still there."""
    length = bench.tpdu("00a40004023f00").sw.sw2
    for wrong in (0x00, length + 1):
        bench.expect_tpdu(f"00c00000{wrong:02x}", f"6c{length:02x}")
    assert len(bench.expect_tpdu(f"00c00000{length:02x}")) == length


def test_get_response_in_parts(bench: Bench) -> None:
    """ISO/IEC 7816-3 §12.2.5: who asks for less gets the first bytes and hears 61xx for the rest."""
    length = bench.tpdu("00a40004023f00").sw.sw2
    whole = bench.expect_tpdu(f"00c00000{length:02x}")
    bench.tpdu("00a40004023f00")
    first = bench.expect_tpdu("00c0000004", f"61{length - 4:02x}")
    rest = bench.expect_tpdu(f"00c00000{length - 4:02x}")
    assert first + rest == whole


def test_reset_lets_the_answer_go(bench: Bench) -> None:
    """§12.1.1.1: no answer survives a reset."""
    for cold in (True, False):
        length = bench.tpdu("00a40004023f00").sw.sw2
        bench.reset(cold=cold)
        bench.expect_tpdu(f"00c00000{length:02x}", "6f00")


def test_case_3_returns_no_data(bench: Bench) -> None:
    """§7.3.1.1.3: a command that brings data never has data in its answer."""
    for text in (ICCID, "00a40004022fe2", "00a40004023f00"):
        assert bench.tpdu(text).data == b"", text


@pytest.mark.parametrize(
    "text", ["", "00", "00a4", "00a4000c", "00a4000c02", "00a4000c023f", "00a4000c023f0000ff", "00b000000a00"]
)
def test_malformed_exchange_gets_a_status_word(bench: Bench, text: str) -> None:
    """§10.2.1.5: whatever arrives, the card answers with an error and stays usable.

    A reader would never pass these on; the software card gets them as they are.
    """
    if type(bench.session.transport).__name__ == "EndpointTransport":
        answer = bench.tpdu(text)
        assert len(answer.data) in (0, 10), answer
    bench.expect("00a4000c023f00")


@pytest.mark.needs("usim")
def test_answer_is_fetched_in_the_command_class(bench: Bench) -> None:
    """§10.1.1 table 10.5, §7.3.1.1.4: STATUS is of class 8X, GET RESPONSE of class 0X."""
    spec = bench.spec(USIM)
    assert spec.aid is not None
    length = bench.tpdu(f"00a40404{len(spec.aid):02x}{spec.aid.hex()}").sw.sw2
    bench.expect_tpdu(f"00c00000{length:02x}")
