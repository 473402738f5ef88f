"""Short messages, cell broadcast and USSD in an envelope (TS 31.130 annex A, TS 23.040, TS 31.115)."""

from __future__ import annotations

import pytest

from simtool.softcard.jcvm.platform.toolkit import Envelope
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import throws
from tests.harness.jcvm_toolkit import SIM, UICC, USIM, FakeToolkit, system_handler

UNAVAILABLE = 3
TIME = "99309251619580"
HEAD = "0D" + "0000" + "0000" + "B00010" + "0000000001" + "00"  # CHL, SPI, KIc and KID, TAR, CNTR, PCNTR
CHECKED = "11" + "1200" + "0000" + "B00010" + "0000000001" + "02" + "CCCCCCCC"  # two bytes of padding


def packet(head: str, data: str) -> str:
    rest = head + data
    return f"{len(rest) // 2:04X}" + rest


def deliver(user_data: str, *, head: str = "44", coding: str = "F6", length: int | None = None) -> str:
    """An SMS-DELIVER from +4179 (4 digits: 4 bytes of address)."""
    said = len(user_data) // 2 if length is None else length
    return head + "0491" + "1497" + "7F" + coding + TIME + f"{said:02X}" + user_data


WITH_PACKET = "027000" + packet(HEAD, "A0A1A2")
UD = 1 + 4 + 2 + 7 + 1  # where the user data is
TPUDL, SECURED, SECURED_LENGTH = "getTPUDLOffset()S", "getSecuredDataOffset()S", "getSecuredDataLength()S"
USER_LENGTH, SHORT, SHORT_LENGTH = "getUserDataLength()S", "getShortMessageOffset()S", "getShortMessageLength()S"
PAGE = "0010" + "1080" + "00" + "11"


ROWS = [  # tag, value of the object, method, result (None: UNAVAILABLE_ELEMENT)
    (0x8B, deliver("A1A2", head="04"), TPUDL, UD - 1),
    (0x0B, deliver("", head="04"), TPUDL, UD - 1),
    (0x0B, deliver("A1A2", head="04")[: 2 * (UD - 1)], TPUDL, None),
    (0x0B, "", TPUDL, None),
    (0x0B, "06" + "00" * 30, TPUDL, None),  # a status report has none
    (0x0B, "01" + "00" + "0391219F" + "00" + "04" + "01" + "41", TPUDL, 8),  # SMS-SUBMIT without validity
    (0x0B, "11" + "00" + "0391219F" + "00" + "04" + "A7" + "01" + "41", TPUDL, 9),
    (0x0B, "19" + "00" + "0391219F" + "00" + "04" + "00" * 7 + "01" + "41", TPUDL, 15),
    (0x0C, PAGE + "00" * 82, TPUDL, None),
    (0x0B, deliver("A1A2", head="04"), USER_LENGTH, 2),
    (0x0B, deliver("A1A2FFFF", head="04", length=2), USER_LENGTH, 2),  # a record of EF.SMS is filled up
    (0x0B, deliver("A1A2", head="04", length=3), USER_LENGTH, None),
    (0x0B, deliver("C8329BFD06", head="04", coding="00", length=5), USER_LENGTH, 5),
    (0x0B, deliver("E8329BFD4697D9", head="04", coding="00", length=8), USER_LENGTH, 7),  # septets
    (0x0B, deliver("0041" * 4, head="04", coding="08"), USER_LENGTH, 8),
    (0x0B, deliver("00" * 200, head="04", length=140), USER_LENGTH, 200),  # put together of several
    (0x0B, deliver("A1A2", head="04"), SHORT, UD),
    (0x0B, deliver("A1A2", head="04"), SHORT_LENGTH, 2),
    (0x0B, deliver("050003010201A1A2"), SHORT, UD + 6),
    (0x0B, deliver("050003010201A1A2"), SHORT_LENGTH, 2),
    (0x0B, deliver("050003010201"), SHORT_LENGTH, 0),
    (0x0B, deliver("0500"), SHORT_LENGTH, None),
    (0x0B, deliver(""), SHORT, None),
    (0x0C, PAGE + "41" * 82, SHORT, 6),
    (0x0C, PAGE + "41" * 164, SHORT_LENGTH, 164),
    (0x0C, PAGE[:8] + "91" + "11" + "027000" + "41" * 79, SHORT, 9),
    (0x0C, PAGE[:8] + "91" + "11" + "027000" + "41" * 79, SHORT_LENGTH, 79),
    (0x0C, "0010", SHORT, None),
    (0x0B, deliver(WITH_PACKET), SECURED, UD + 3 + 3 + 13),
    (0x0B, deliver(WITH_PACKET), SECURED_LENGTH, 3),
    (0x0B, deliver("0770000003010101" + packet(HEAD, "A0A1A2")), SECURED_LENGTH, 3),
    (0x0B, deliver("027000" + packet(HEAD, "")), SECURED, UD + 3 + 3 + 13),
    (0x0B, deliver("027000" + packet(HEAD, "")), SECURED_LENGTH, 0),
    (0x0B, deliver("027000" + packet(CHECKED, "A0A1A20000")), SECURED, UD + 3 + 3 + 17),
    (0x0B, deliver("027000" + packet(CHECKED, "A0A1A20000")), SECURED_LENGTH, 3),
    (0x0B, deliver("027000" + packet(HEAD, "00" * 300), length=140), SECURED_LENGTH, 300),
    (0x0B, deliver("020500" + packet(HEAD, "A0A1A2")), SECURED, None),  # no command packet
    (0x0B, deliver(packet(HEAD, "A0A1A2"), head="04"), SECURED, None),
    (0x0B, deliver("027000" + "0020" + HEAD + "A0A1A2"), SECURED, None),  # longer than what is there
    (0x0B, deliver("027000" + "0011" + "20" + HEAD[2:] + "A0A1A2"), SECURED_LENGTH, None),
    (0x0B, deliver("027000" + "0003" + "0DA1A2"), SECURED_LENGTH, None),
    (0x0C, PAGE + packet(HEAD, "A0A1A2") + "00" * 60, SECURED, 6 + 3 + 13),
    (0x0C, PAGE + packet(HEAD, "A0A1A2") + "00" * 60, SECURED_LENGTH, 3),
    (0x0C, PAGE + "41" * 82, SECURED, None),
    (0x0A, "96" + WITH_PACKET, SECURED, 1 + 3 + 3 + 13),
    (0x0A, "96" + WITH_PACKET, SECURED_LENGTH, 3),
    (0x0A, "", SECURED, None),
    (0x0A, "0F" + "41" * 20, SECURED, None),
    (0x0D, "04" + "41" * 20, SECURED, None),
]


def tlv(tag: int, value: str) -> bytes:
    data = bytes.fromhex(value)
    length = bytes((len(data),)) if len(data) < 0x80 else b"\x82" + len(data).to_bytes(2)
    return bytes((tag,)) + length + data


@pytest.mark.parametrize(("tag", "value", "method", "result"), ROWS)
def test_where_things_are(
    running: Vm, framework: FakeToolkit, tag: int, value: str, method: str, result: int | None
) -> None:
    framework.event = Envelope(0xD1, bytes.fromhex("82028381") + tlv(tag, value))
    for package, name, exception in ((USIM, "USATEnvelopeHandler", UICC), (SIM, "EnvelopeHandler", SIM)):
        if package == SIM and method in (SHORT, SHORT_LENGTH):
            continue
        do = system_handler(running, package, name)
        if result is None:
            with throws(f"{exception}/ToolkitException", UNAVAILABLE):
                do(method)
        else:
            assert do(method) == result
            assert do("getValueLength()S") == len(value) // 2  # it is selected
