"""What an applet may do with files: the access domains of its installation, not the PINs of the terminal.

TS 102 226 §8.2.1.3.2.5, TS 102 241 §4.5; the answers come over plain APDUs.
"""

from __future__ import annotations

import pytest

from tests.softcard.applets.conftest import Desk
from tests.softcard.applets.files_applet import (
    FILES,
    ICCID,
    INSTANCE,
    NO_VIEW,
    RENAME,
    SECURITY_NOT_SATISFIED,
    SPN,
    parameters,
)

USIM = bytes.fromhex("a0000000871002ffffffff8907090000")
FULL, NOTHING = "0100", "01ff"
EVERYWHERE = f"00{FULL}00" + f"{len(USIM):02x}{USIM.hex()}{FULL}00"
UICC_ONLY = f"00{FULL}00"
ADF_ONLY = f"{len(USIM):02x}{USIM.hex()}{FULL}00"
NOWHERE = f"00{NOTHING}00" + f"{len(USIM):02x}{USIM.hex()}{NOTHING}00"


NAME = b"Nordlicht".hex()
EMPTY_SPN = "ff" * 17


@pytest.mark.parametrize(
    ("access", "iccid", "spn", "rename"),
    [
        (EVERYWHERE, "", "", ""),
        (UICC_ONLY, "", SECURITY_NOT_SATISFIED, SECURITY_NOT_SATISFIED),
        (ADF_ONLY, SECURITY_NOT_SATISFIED, "", ""),
        (NOWHERE, SECURITY_NOT_SATISFIED, SECURITY_NOT_SATISFIED, SECURITY_NOT_SATISFIED),
        ("", SECURITY_NOT_SATISFIED, SECURITY_NOT_SATISFIED, SECURITY_NOT_SATISFIED),
    ],
    ids=["everywhere", "UICC", "ADF", "nowhere", "nothing said"],
)
def test_access_domains(desk: Desk, access: str, iccid: str, spn: str, rename: str) -> None:
    """Full access does what only ADM may (update EF.SPN); without it not even what everybody may read is read."""
    assert desk.load(FILES) == "9000"
    assert desk.install(FILES, INSTANCE, parameters=parameters(USIM, access)) == "9000"
    assert desk.ask(INSTANCE, ICCID) == (iccid or as_the_terminal_reads(desk, "3f002fe2", 10) + "9000")
    assert desk.ask(INSTANCE, SPN) == (spn or EMPTY_SPN + "9000")
    assert desk.ask(INSTANCE, RENAME) == (rename or "9000")
    assert as_the_terminal_reads(desk, "7fff6f46", 17) == (EMPTY_SPN if rename else f"ff{NAME}".ljust(34, "f"))
    assert desk.ask(INSTANCE, SPN) == (spn or f"ff{NAME}".ljust(34, "f") + "9000")


def test_conditions_of_a_domain(desk: Desk) -> None:
    """An access domain with ALWAYS alone reads what everybody may read, and cannot do what ADM may."""
    always = f"{len(USIM):02x}{USIM.hex()}0402000004" + "00"
    assert desk.load(FILES) == "9000"
    assert desk.install(FILES, INSTANCE, parameters=parameters(USIM, always)) == "9000"
    assert desk.ask(INSTANCE, SPN) == EMPTY_SPN + "9000"
    assert desk.ask(INSTANCE, RENAME) == SECURITY_NOT_SATISFIED


def test_an_adf_that_is_not_there(desk: Desk) -> None:
    """getTheFileView of an AID that no ADF has gives null (TS 102 241 annex A)."""
    assert desk.load(FILES) == "9000"
    assert desk.install(FILES, INSTANCE, parameters=parameters(USIM[:-1] + b"\x01", EVERYWHERE)) == "9000"
    assert desk.ask(INSTANCE, SPN) == NO_VIEW
    assert desk.ask(INSTANCE, ICCID)[-4:] == "9000"


def test_views_outlive_a_reset(desk: Desk) -> None:
    """A persistent view stands at its root again after each reset; the terminal's selection is another matter."""
    assert desk.load(FILES) == "9000"
    assert desk.install(FILES, INSTANCE, parameters=parameters(USIM, EVERYWHERE)) == "9000"
    assert desk.ask(INSTANCE, SPN) == EMPTY_SPN + "9000"
    desk.again()
    assert desk.ask(INSTANCE, SPN) == EMPTY_SPN + "9000"
    assert desk.ask(INSTANCE, ICCID)[-4:] == "9000"


def as_the_terminal_reads(desk: Desk, path: str, length: int) -> str:
    """SELECT by path from the MF, READ BINARY, after a reset and with the USIM selected."""
    desk.again()
    assert desk.host.select(USIM).ok
    for fid in (path[:4], path[4:]):
        assert desk.host.exchange(0x00, 0xA4, 0x00, 0x0C, bytes.fromhex(fid)).ok
    return desk.host.exchange(0x00, 0xB0, 0, 0, le=length).data.hex()
