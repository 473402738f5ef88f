"""Limits of the PC/SC service and its USB driver that a bench runs into, by the versions that are installed.

Facts, with where they are written down:

- Until pcsc-lite 2.5.0 and libccid 1.8.0 (both of 27 May 2026) sixteen slots were all that one computer could have;
  since then the two hex digits in a reader's name allow 256 (their author's blog, "No more limited to 16 readers").
  What is more than the limit is not listed at all.
- Those two versions break readers of several slots; 2.5.1 and 1.8.1 mend that (their change logs).
- libccid serves only USB readers whose vendor and product numbers stand in its Info.plist.
- libccid talks with one slot of a reader at a time (TAG_IFD_SLOT_THREAD_SAFE is 0): slots of one device take turns.
- USB host controllers have 64 to 96 endpoints in all, and a reader takes 3 or 4 of them (same blog, "A lot of readers
  connected to a computer").
"""

from __future__ import annotations

import os
import plistlib
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers.expat import ExpatError

from simtool.card.finding import Finding
from simtool.card.pcsc import ReaderDetails, list_readers, reader_details, split_name
from simtool.errors import ReaderError

Version = tuple[int, ...]

DRIVER_FOLDERS = tuple(Path(root) / "pcsc/drivers" for root in ("/usr/lib", "/usr/local/lib"))
CCID_BUNDLE = "ifd-ccid.bundle"
USB_DEVICES = Path("/sys/bus/usb/devices")
READERS_BEFORE = 16
READERS_SINCE = 256
PCSCLITE_UNLIMITED, CCID_UNLIMITED = (2, 5, 0), (1, 8, 0)
PCSCLITE_SLOTS_BROKEN, CCID_SLOTS_BROKEN = (2, 5, 0), (1, 8, 0)
READERS_PER_CONTROLLER = 16  # 64 endpoints, four each
CCID_CLASS = "0b"
_VERSION = re.compile(r"\d+(?:\.\d+)+")
_ASK_SECONDS = 5
_UPGRADE = "upgrade to pcsc-lite 2.5.1 and libccid 1.8.1 or later"


@dataclass(frozen=True, slots=True)
class UsbReader:
    """A CCID device as the kernel sees it: its port, what it calls itself, vendor and product numbers."""

    port: str
    product: str
    vendor_id: int
    product_id: int


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the limits follow from. `known` holds the (vendor, product) numbers that installed drivers serve.

    `pcsclite` and `ccid` are versions, empty where unknown; `readers` are full names with what their drivers tell.
    """

    pcsclite: Version = ()
    ccid: Version = ()
    readers: Mapping[str, ReaderDetails] = field(default_factory=dict)
    usb: tuple[UsbReader, ...] = ()
    known: frozenset[tuple[int, int]] = frozenset()


def pcsc_limits() -> tuple[Finding, ...]:
    """What is to be said of this computer. Changes nothing."""
    return limits_of(surroundings())


def surroundings() -> Surroundings:
    """Look at this computer; what cannot be seen stays empty."""
    return Surroundings(_pcsclite_version(), ccid_version(), _readers(), tuple(_usb_readers()), _known_devices())


def limits_of(here: Surroundings) -> tuple[Finding, ...]:
    """The limits that concern these readers; nothing is said of those that do not."""
    return (
        *_count(here),
        *_broken_slots(here),
        *_strangers(here),
        *_taking_turns(here),
        *_short(here),
        *_crowded(here),
    )


def _count(here: Surroundings) -> Iterator[Finding]:
    if _is_full(here):
        detail = f"{len(here.readers)} slots, as many as pcsc-lite {_text(here.pcsclite)} can have"
        yield Finding("number of readers", True, detail, _more_slots(here))


def _is_full(here: Surroundings) -> bool:
    return bool(here.pcsclite) and len(here.readers) >= (READERS_BEFORE if _is_old(here) else READERS_SINCE)


def _is_old(here: Surroundings) -> bool:
    return here.pcsclite < PCSCLITE_UNLIMITED


def _more_slots(here: Surroundings) -> str:
    another = "use a second computer: several stations share a batch"
    return f"{_UPGRADE}, or {another}" if _is_old(here) else another


def _broken_slots(here: Surroundings) -> Iterator[Finding]:
    broken = [
        f"{name} {_text(version)}"
        for name, version, bad in (
            ("pcsc-lite", here.pcsclite, PCSCLITE_SLOTS_BROKEN),
            ("libccid", here.ccid, CCID_SLOTS_BROKEN),
        )
        if version == bad
    ]
    if broken and _devices_with_slots(here):
        detail = f"{' and '.join(broken)} have a fault with readers of several slots"
        yield Finding("readers of several slots", False, detail, _UPGRADE)


def _strangers(here: Surroundings) -> Iterator[Finding]:
    """USB readers that the service does not list."""
    served = {details.port for details in here.readers.values()}
    if not all(details.told for details in here.readers.values()):
        return  # one of those may be it
    for device in here.usb:
        if device.port in served:
            continue
        name = f"{device.product or 'a reader'} ({device.vendor_id:04x}:{device.product_id:04x}) at {device.port}"
        if (device.vendor_id, device.product_id) not in here.known:
            version = f" {_text(here.ccid)}" if here.ccid else ""
            detail = f"{name} is not among those that libccid{version} serves"
            cure = "install a newer libccid, or the driver of the reader's maker"
        elif _is_full(here):
            detail, cure = f"{name} is one too many", _more_slots(here)
        else:
            detail = f"{name} is not listed by the PC/SC service"
            cure = (
                "unplug it and plug it in again; if that does not help, another driver may hold it (readers/README.md)"
            )
        yield Finding("USB reader", False, detail, cure)


def _taking_turns(here: Surroundings) -> Iterator[Finding]:
    for product, count in _devices_with_slots(here).items():
        detail = f"{count} slots of one {product} take turns: libccid talks with one of them at a time"
        yield Finding("readers of several slots", True, detail)


def _short(here: Surroundings) -> Iterator[Finding]:
    short = sorted({split_name(name).product for name, details in here.readers.items() if details.max_apdu_data == 0})
    if short:
        detail = f"{', '.join(short)} take short commands only: long ones are sent in pieces"
        yield Finding("extended length", True, detail)


def _crowded(here: Surroundings) -> Iterator[Finding]:
    buses = Counter(details.port.partition("-")[0] for details in here.readers.values() if details.port)
    for bus, count in sorted(buses.items()):
        if count > READERS_PER_CONTROLLER:
            detail = f"{count} on USB bus {bus}: many controllers have endpoints for {READERS_PER_CONTROLLER} only"
            yield Finding("USB readers", True, detail, "where some do not appear, add a USB card to the computer")


def _devices_with_slots(here: Surroundings) -> dict[str, int]:
    """USB devices that have several slots, by name with index, and how many."""
    slots: Counter[tuple[str, str]] = Counter()
    for name, details in here.readers.items():
        if details.port:
            slots[details.port, split_name(name).product] += 1
    return {product: count for (_, product), count in slots.items() if count > 1}


def ccid_version() -> Version:
    """The version of the installed CCID driver, by its own Info.plist; empty where there is none."""
    for folder in DRIVER_FOLDERS:
        found = _plist(folder / CCID_BUNDLE).get("CFBundleShortVersionString")
        if found:
            return _version(str(found))
    return ()


def _pcsclite_version() -> Version:
    program = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program is None:
        return ()
    try:
        said = subprocess.run(  # noqa: S603  # the program that was found, with a fixed argument
            [program, "--version"], capture_output=True, text=True, check=False, timeout=_ASK_SECONDS
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return _version(said.partition("\n")[0])


def _readers() -> dict[str, ReaderDetails]:
    try:
        names = [reader.name for reader in list_readers()]
    except ReaderError:
        return {}
    found = {}
    for name in names:
        try:
            found[name] = reader_details(name)
        except ReaderError:
            continue  # it was unplugged meanwhile
    return found


def _usb_readers() -> Iterator[UsbReader]:
    for interface in sorted(USB_DEVICES.glob("*:*")):
        if _read(interface / "bInterfaceClass") != CCID_CLASS:
            continue
        port = interface.name.partition(":")[0]
        device = USB_DEVICES / port
        numbers = _read(device / "idVendor"), _read(device / "idProduct")
        if all(numbers):
            yield UsbReader(port, _read(device / "product"), int(numbers[0], 16), int(numbers[1], 16))


def _known_devices() -> frozenset[tuple[int, int]]:
    known: set[tuple[int, int]] = set()
    for folder in DRIVER_FOLDERS:
        for bundle in folder.glob("*.bundle"):
            plist = _plist(bundle)
            vendors, products = plist.get("ifdVendorID"), plist.get("ifdProductID")
            if isinstance(vendors, list) and isinstance(products, list):
                known |= {(int(str(a), 16), int(str(b), 16)) for a, b in zip(vendors, products, strict=False)}
    return frozenset(known)


def _plist(bundle: Path) -> dict[str, object]:
    try:
        return dict(plistlib.loads((bundle / "Contents" / "Info.plist").read_bytes()))
    except (OSError, ValueError, ExpatError):
        return {}


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""


def _version(text: str) -> Version:
    found = _VERSION.search(text)
    return tuple(map(int, found.group().split("."))) if found else ()


def _text(version: Version) -> str:
    return ".".join(map(str, version))
