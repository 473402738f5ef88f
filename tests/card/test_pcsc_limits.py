"""Limits of PC/SC by version, from made-up surroundings; then a look at the real ones."""

from __future__ import annotations

import plistlib
import shutil
from pathlib import Path

import pytest

from simtool.card import pcsc_limits
from simtool.card.pcsc import ReaderDetails
from simtool.card.pcsc_limits import Surroundings, UsbReader, limits_of, surroundings

OLD, NEW = (1, 9, 9), (2, 5, 1)
ACS = UsbReader("1-1.4", "ACR39U ICC Reader", 0x072F, 0xB100)
KNOWN = frozenset({(0x072F, 0xB100)})


def readers(count: int, **details: object) -> dict[str, ReaderDetails]:
    return {f"R {number:02X} 00": ReaderDetails(**details) for number in range(count)}  # type: ignore[arg-type]


def slots(count: int) -> dict[str, ReaderDetails]:
    """One device of several slots."""
    return {f"sysmoOCTSIM 00 {number:02X}": ReaderDetails(port="1-2") for number in range(count)}


LIMITS: list[tuple[Surroundings, list[tuple[str, bool, str, str]]]] = [
    # surroundings, findings: subject, ok, part of the detail, part of the cure
    (Surroundings(), []),
    (Surroundings(OLD, (1, 5, 2), readers(8, max_apdu_data=65536)), []),
    (Surroundings(OLD, (1, 5, 2), readers(15)), []),
    (
        Surroundings(OLD, (1, 5, 2), readers(16)),
        [("number of readers", True, "16 slots, as many as pcsc-lite 1.9.9 can have", "upgrade to pcsc-lite 2.5.1")],
    ),
    (Surroundings(NEW, (1, 8, 1), readers(40)), []),
    (
        Surroundings(NEW, (1, 8, 1), readers(256)),
        [("number of readers", True, "256 slots", "use a second computer: several stations")],
    ),
    (
        Surroundings((2, 5, 0), (1, 8, 0), slots(2)),
        [
            ("readers of several slots", False, "pcsc-lite 2.5.0 and libccid 1.8.0 have a fault", "2.5.1"),
            ("readers of several slots", True, "2 slots of one sysmoOCTSIM take turns", ""),
        ],
    ),
    (Surroundings((2, 5, 0), (1, 8, 0), readers(2)), []),
    (Surroundings(NEW, (1, 8, 1), slots(8)), [("readers of several slots", True, "8 slots of one", "")]),
    (
        Surroundings(OLD, (1, 5, 2), {}, (ACS,)),
        [
            (
                "USB reader",
                False,
                "ACR39U ICC Reader (072f:b100) at 1-1.4 is not among those that libccid 1.5.2",
                "newer",
            )
        ],
    ),
    (Surroundings(OLD, (1, 5, 2), {"ACS 00 00": ReaderDetails(port="1-1.4")}, (ACS,)), []),
    (
        Surroundings(OLD, (1, 5, 2), {}, (ACS,), KNOWN),
        [("USB reader", False, "is not listed by the PC/SC service", "another driver may hold it")],
    ),
    (
        Surroundings(OLD, (1, 5, 2), readers(16), (ACS,), KNOWN),
        [("number of readers", True, "16", ""), ("USB reader", False, "at 1-1.4 is one too many", "pcsc-lite 2.5.1")],
    ),
    # a reader in use may be the one that is missed: nothing is said
    (Surroundings(OLD, (1, 5, 2), readers(1, told=False), (ACS,)), []),
    (
        Surroundings(NEW, (1, 8, 1), readers(2, max_apdu_data=0)),
        [("extended length", True, "R take short commands only", "")],
    ),
    (
        Surroundings(NEW, (1, 8, 1), {f"R {n:02X} 00": ReaderDetails(port=f"3-1.{n}") for n in range(17)}),
        [("USB readers", True, "17 on USB bus 3", "add a USB card")],
    ),
]


@pytest.mark.parametrize(("here", "wanted"), LIMITS)
def test_limits(here: Surroundings, wanted: list[tuple[str, bool, str, str]]) -> None:
    found = limits_of(here)
    assert [(one.subject, one.ok) for one in found] == [row[:2] for row in wanted], found
    for one, (_, _, detail, cure) in zip(found, wanted, strict=True):
        assert detail in one.detail
        assert cure in one.cure


def make_usb(folder: Path) -> None:
    for name, files in {
        "1-1.4": {"idVendor": "072f", "idProduct": "b100", "product": "ACR39U ICC Reader"},
        "1-1.4:1.0": {"bInterfaceClass": "0b"},
        "1-2": {"idVendor": "046d", "idProduct": "c31c"},
        "1-2:1.0": {"bInterfaceClass": "03"},  # a keyboard
    }.items():
        (folder / name).mkdir()
        for file, text in files.items():
            (folder / name / file).write_text(f"{text}\n")


def make_bundle(folder: Path, name: str, **content: object) -> None:
    (folder / name / "Contents").mkdir(parents=True)
    (folder / name / "Contents" / "Info.plist").write_bytes(plistlib.dumps(content))


def test_looking_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usb, drivers = tmp_path / "usb", tmp_path / "drivers"
    usb.mkdir()
    make_usb(usb)
    make_bundle(
        drivers, "ifd-ccid.bundle", CFBundleShortVersionString="1.6.2", ifdVendorID=["0x08E6"], ifdProductID=["0x3437"]
    )
    make_bundle(drivers, "ifd-acsccid.bundle", ifdVendorID=["0x072F"], ifdProductID=["0xB100"])
    (drivers / "broken.bundle" / "Contents").mkdir(parents=True)
    (drivers / "broken.bundle" / "Contents" / "Info.plist").write_text("<plist")
    monkeypatch.setattr(pcsc_limits, "USB_DEVICES", usb)
    monkeypatch.setattr(pcsc_limits, "DRIVER_FOLDERS", (drivers, tmp_path / "nothing"))
    here = surroundings()
    assert here.usb == (ACS,)
    assert here.ccid == (1, 6, 2)
    assert here.known == {(0x08E6, 0x3437), (0x072F, 0xB100)}


SAID = [
    ("pcsc-lite version 1.9.9.\nCopyright (C) 1999-2002", (1, 9, 9)),
    ("pcsc-lite version 2.3.3.", (2, 3, 3)),
    ("something else", ()),
]


@pytest.mark.parametrize(("text", "version"), SAID)
def test_what_pcscd_says_of_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, version: tuple[int, ...]
) -> None:
    program = tmp_path / "pcscd"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert surroundings().pcsclite == version


def test_this_computer(pcsc_service: tuple[str, ...]) -> None:
    here = surroundings()
    assert here.pcsclite >= (1, 9) and shutil.which("pcscd", path="/usr/sbin:/usr/bin")
    assert set(pcsc_service) <= set(here.readers)
    assert len(here.known) > 100 or not here.ccid
