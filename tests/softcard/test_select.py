"""SELECT and STATUS, clause by clause."""

from __future__ import annotations

import pytest

from tests.softcard.conftest import Reader

USIM = "00a404040ca0000000871002ff49ff0589"
FID = {"MF": "3f00", "ICCID": "2fe2", "TELECOM": "7f10", "ADN": "6f3a", "PB": "5f3a", "PBR": "4f30", "GSM": "7f20"}


@pytest.mark.parametrize(
    ("start", "fid", "found"),
    [
        ("", "2fe2", True),  # EF in the MF
        ("", "7f10", True),  # DF in the MF
        ("", "6f3a", False),  # not two levels down
        ("7f10", "6f3a", True),  # EF in the current DF
        ("7f10", "5f3a", True),  # DF in the current DF
        ("7f10", "7f20", True),  # DF beside the current DF
        ("7f10", "2fe2", False),  # no EF beside the current DF
        ("7f10", "7f10", True),  # the current DF itself
        ("7f10 5f3a", "7f10", True),  # parent
        ("7f10 5f3a", "7f20", False),  # not a DF beside the parent
        ("7f10 5f3a 4f30", "4f30", True),  # the current EF again
        ("7f10 5f3a", "3f00", True),  # the MF from anywhere
        ("", "7fff", False),  # no application open
    ],
)
def test_select_by_fid_from(small: Reader, start: str, fid: str, found: bool) -> None:
    """TS 102 221 §8.4.2."""
    small.ok(*(f"00a4000c02{one}" for one in start.split()))
    assert small.sw(f"00a4000c02{fid}") == ("9000" if found else "6a82")


def test_a_failed_select_changes_nothing(small: Reader) -> None:
    small.ok("00a4000c022fe2")
    assert small.sw("00a4000c021234") == "6a82"
    assert small.ok("00b000000a") == "98444400000011223344"


def test_7fff_is_the_current_adf(small: Reader) -> None:
    small.ok(USIM, "00a4000c023f00", "00a4000c027fff", "00a4000c026f07")
    small.ok("00a4000c023f00")
    assert small.sw("00a40804047fff6f07") == "9000"  # as first element of a path (§8.4.3)
    assert small.sw("00a40804067f107fff6f07") == "6a82"


@pytest.mark.parametrize(
    ("command", "sw"),
    [
        ("00a4080c047f106f3a", "9000"),  # path from the MF
        ("00a4080c063f007f106f3a", "9000"),  # tolerated: the MF named
        ("00a4080c067f105f3a4f30", "9000"),
        ("00a4080c037f106f", "6700"),
        ("00a4080c00", "6700"),
        ("00a4080c047f204f30", "6a82"),
        ("00a4090c047f106f3a", "9000"),  # path from the current DF, which is the MF
        ("00a4090c026f3a", "6a82"),
        ("00a4010c027f10", "9000"),  # child DF
        ("00a4010c022fe2", "6a82"),  # not an EF
        ("00a4030c00", "6a82"),  # the MF has no parent
        ("00a4000c00", "9000"),  # nothing: the MF
        ("00a4000c013f", "6700"),
        ("00a4020c022fe2", "6a86"),
        ("00a4050c022fe2", "6a86"),
        ("00a40008022fe2", "6a86"),
        ("00a40080022fe2", "6a86"),
        ("00a40001022fe2", "6a86"),
    ],
)
def test_ways_to_select(small: Reader, command: str, sw: str) -> None:
    """TS 102 221 table 11.1 and 11.2."""
    assert small.sw(command) == sw


def test_parent(small: Reader) -> None:
    small.ok("00a4080c067f105f3a4f30", "00a4030c00")
    assert "83027f10" in small.ok("80f2000000")


@pytest.mark.parametrize(
    ("name", "sw"),
    [
        ("a0000000871002ff49ff0589", "9000"),
        ("a0000000871002", "9000"),  # the first bytes (§8.5.1)
        ("a0", "9000"),
        ("a0000000871003", "6a82"),
        ("a0000000871002ff49ff058900", "6a82"),
        ("a0000000871002ff49ff0589000000000000000000", "6700"),
    ],
)
def test_select_by_aid(small: Reader, name: str, sw: str) -> None:
    assert small.sw(f"00a40404{len(name) // 2:02x}{name}") == sw


def test_occurrences(small: Reader) -> None:
    """TS 102 221 §11.1.1.2; TS 31.102 §5.1.1.1 for "last" and for "next" without a session."""
    partial = "07a0000000871002"
    assert small.sw(f"00a40406{partial}") == "6a82"
    small.ok(f"00a40404{partial}")
    assert small.ok("80f2000100") == "840ca0000000871002ff49ff0589"
    small.ok(f"00a40406{partial}")
    assert small.ok("80f2000100") == "840ca0000000871002ff49ff0590"
    assert small.sw(f"00a40406{partial}") == "6a82"
    small.ok(f"00a40407{partial}")
    assert small.ok("80f2000100") == "840ca0000000871002ff49ff0589"
    small.ok("00a404040ca0000000871002ff49ff0590", "00a404040ca0000000871004ff49ff0589")
    small.card.power_off()
    small.card.power_on()
    small.ok(f"00a40405{partial}")
    assert small.ok("80f2000100") == "840ca0000000871002ff49ff0590"


def test_session_ends_on_request(small: Reader) -> None:
    """TS 102 221 §8.5.3, P2 bits 7 and 6."""
    assert small.sw("00a4044c07a0000000871002") == "6985"
    small.ok(USIM, "00a4044c07a0000000871002")
    assert small.sw("00a4000c027fff") == "6a82"
    assert small.sw("80f2000100") == "6a88"


def test_fcp_of_an_ef(small: Reader) -> None:
    """TS 102 221 §11.1.1.3.2, objects in their order."""
    assert small.ok("00a40004022fe2") == "621782024121 83022fe2 8a0105 8b032f0602 8002000a 880110".replace(" ", "")


def test_fcp_of_a_directory_shows_live_pin_status(small: Reader) -> None:
    """TS 102 221 §9.5.2: tag C6 follows ENABLE and DISABLE PIN."""
    status = "c6129001f083010195010083011183018183010a"
    assert status in small.ok("00a40004023f00")
    small.ok("0026000108" + "31323334ffffffff")
    assert status.replace("9001f0", "900170") in small.ok("00a40004023f00")
    small.ok("0028000108" + "31323334ffffffff")
    assert status in small.ok("80f2000000")


def test_sfi_in_the_fcp(small: Reader) -> None:
    """TS 102 221 §11.1.1.4.8: given, none (empty), or by the FID (absent)."""
    assert small.ok("00a40004022f10").endswith("880150")
    assert small.ok("00a40004022f11").endswith("8800")
    assert "88" not in small.ok("00a40004022f14")[-8:]
    assert small.ok("00b0940003") == "616263"  # SFI 14 hex by FID 2F14


def test_get_response_rules(small: Reader) -> None:
    small.script("""
        00a40004022fe2 : 6119
        00c0000000     : 6c19          # Le 00 is 256
        00c000001a     : 6c19
        00c0000010     : xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx6109
        00c0000009     : *9000
        00c0000009     : 6f00          # nothing left
        00a40004022fe2 : 6119
        80f2000c00     : 9000
        00c0000019     : 6f00          # only directly after
        00a40004022fe2 : 6119
        00c0010019     : 6a86
        00c0000019     : 6f00
        00a40004022fe200 : 6119        # trailing Le tolerated
    """)


def test_status(small: Reader) -> None:
    """TS 102 221 §11.1.2."""
    small.script("""
        80f2000c00 : 9000
        80f2010c00 : 9000
        80f2020c00 : 9000
        80f2030c00 : 6a86
        80f2000200 : 6a86
        80f2000100 : 6a88
        80f2000000 : 6c2f
        80f200002f : *9000
        80f2000c   : 9000
        00f2000c00 : 6e00
        80a40004022fe2 : 6e00
    """)


def test_not_shareable(small: Reader) -> None:
    """TS 102 221 §8.8: a file that is not shareable is open on one channel only."""
    small.ok(USIM, "00a4000c026f92")
    small.ok("0070000001", "01a404040ca0000000871002ff49ff0589")
    assert small.sw("01a4000c026f92") == "6985"
    small.ok("00a4000c023f00", "01a4000c026f92")
