"""opensc-tool and scriptor (the text twin of gscriptor, same package) send APDUs to the software card through pcscd."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from simtool.files.product import load
from tests.harness.apdu_tools import opensc_tool, scriptor
from tests.harness.sja5 import new_card
from tests.harness.vpcd import seated

MODEL = load("sysmoISIM-SJA5")
ATR = MODEL.atrs[0].value


@pytest.fixture(scope="module")
def reader(pcsc_service: tuple[str, ...]) -> Iterator[str]:
    card = new_card()
    card.power_off()
    with seated(card) as name:
        yield name


def status_words(output: str) -> list[str]:
    """What opensc-tool prints as `Received (SW1=0x90, SW2=0x00)`."""
    return ["".join(pair) for pair in re.findall(r"SW1=0x([0-9A-F]{2}), SW2=0x([0-9A-F]{2})", output)]


def test_atr(reader: str) -> None:
    assert bytes.fromhex(opensc_tool(reader, "--atr").replace(":", " ")) == ATR


@pytest.mark.parametrize(
    ("apdus", "expected", "content"),
    [
        # TS 102 221 §11.1.1, §11.1.3: SELECT without FCP, READ BINARY; EF.ICCID is read by everybody.
        (["00:A4:00:0C:02:3F:00", "00:A4:00:0C:02:2F:E2", "00:B0:00:00:0A"], ["9000"] * 3, "98 94 44"),
        # The program fetches the FCP (61xx and GET RESPONSE) by itself.
        (["00:A4:00:04:02:3F:00:00"], ["9000"], "62"),
        # TS 102 221 §10.2.1.5.2: what is not there, and what is not allowed.
        (["00:A4:00:0C:02:6F:FE"], ["6A82"], ""),
        (["00:A4:00:0C:02:2F:E2", "00:D6:00:00:01:FF"], ["9000", "6982"], ""),
        # TS 51.011 §9.2: class A0 beside class 00.
        (["A0:A4:00:00:02:7F:20"], ["9000"], "7F 20"),
    ],
)
def test_opensc_sends_apdus(reader: str, apdus: list[str], expected: list[str], content: str) -> None:
    output = opensc_tool(reader, *(word for apdu in apdus for word in ("--send-apdu", apdu)))
    received = status_words(output)
    # Of a class A0 SELECT the program may show the 9Fxx as it came.
    assert [sw.replace("9F", "90")[:2] for sw in received] == [sw[:2] for sw in expected], output
    if received[-1] == "9000":
        assert content in output


SCRIPT = """\
# a classic SIM session, then a UICC one, with a reset between
A0 A4 00 00 02 3F 00
A0 A4 00 00 02 2F E2
A0 B0 00 00 0A
reset
00 A4 08 0C 02 2F E2
00 B0 00 00 0A
00 A4 04 04 07 A0 00 00 00 87 10 02
00 20 00 01
00 44 00 00
FF FF FF FF
exit
"""


def test_scriptor_runs_a_script(reader: str) -> None:
    iccid = "989444000000115513F4"
    answers = scriptor(reader, SCRIPT)
    assert answers[0].startswith("9F")
    assert answers[1].startswith("9F")
    assert answers[2] == iccid + "9000"
    assert answers[3] == ATR.hex().upper()
    assert answers[4] == "9000"
    assert answers[5] == iccid + "9000"
    assert answers[6].startswith("61") or answers[6].endswith("9000")
    assert answers[7] == "63C3"
    assert all(len(answer) == 4 and answer[0] == "6" for answer in answers[9:])
    assert len(answers) == 10
