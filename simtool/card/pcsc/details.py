"""What a reader is, told by its driver and by its name: serial number, USB port, vendor, firmware.

The driver is asked through a direct connection, which gives no power to a card and disturbs none. The port comes from
the kernel: the driver tells bus and device number (SCARD_ATTR_CHANNEL_ID, PC/SC part 3 §3.1.1), /sys tells the path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from simtool.card.pcsc import api

USB_DEVICES = Path("/sys/bus/usb/devices")
_CHANNEL_USB = 0x20
# pcscd's names of USB readers: product [interface] (serial) reader slot, the last two in hex.
_NAME = re.compile(
    r"(?P<product>.+?)(?: \[(?P<interface>[^]]*)\])?(?: \((?P<serial>[^()]*)\))? (?P<reader>[0-9A-F]{2}) [0-9A-F]{2}"
)


@dataclass(frozen=True, slots=True)
class ReaderName:
    """The parts of a name that pcscd made: `index` counts readers in the order in which they were found."""

    product: str
    interface: str = ""
    serial: str = ""
    index: int | None = None


@dataclass(frozen=True, slots=True)
class ReaderDetails:
    """Empty where the driver does not tell. `port` is the USB path ("1-1.4"), `firmware` like "1.04".

    `max_apdu_data` is how many bytes of data one command may hold: 0 for a reader of short commands only, None where
    the driver does not tell. `told` is False where another program held the reader, so that only its name was asked.
    """

    serial: str = ""
    port: str = ""
    vendor: str = ""
    firmware: str = ""
    max_apdu_data: int | None = None
    told: bool = True


def split_name(name: str) -> ReaderName:
    """What pcscd put into a reader's name; a name of another form is all product."""
    found = _NAME.fullmatch(name)
    if found is None:
        return ReaderName(name)
    return ReaderName(found["product"], found["interface"] or "", found["serial"] or "", int(found["reader"], 16))


def reader_details(name: str) -> ReaderDetails:
    """Ask the reader with this full name. Raises `ReaderError` where the service or the reader is missing."""
    serial = split_name(name).serial
    with direct(name) as link:
        if link is None:
            return ReaderDetails(serial, told=False)
        return ReaderDetails(
            serial=_text(link.attribute(api.ATTR_SERIAL)) or serial,
            port=_usb_port(link.number(api.ATTR_CHANNEL)),
            vendor=_text(link.attribute(api.ATTR_VENDOR)),
            firmware=_version(link.number(api.ATTR_VERSION)),
            max_apdu_data=max_apdu_data(link.scard, link.card),
        )


@dataclass(frozen=True, slots=True)
class DirectLink:
    """A direct connection to a reader's driver."""

    scard: api.Scard
    card: int

    def attribute(self, which: int) -> bytes:
        """An attribute's value; empty where the driver does not know it."""
        code, value = self.scard.SCardGetAttrib(self.card, which)
        return bytes(value) if code & 0xFFFFFFFF == api.SUCCESS else b""

    def number(self, which: int) -> int:
        """An attribute as an unsigned number in this computer's byte order; 0 where the driver does not know it."""
        return int.from_bytes(self.attribute(which)[:4], api.BYTE_ORDER)


@contextmanager
def direct(name: str) -> Iterator[DirectLink | None]:
    """A direct connection; None where another program holds the reader for itself. Raises `ReaderError`."""
    scard = api.load_scard()
    context = api.establish(scard)
    try:
        code, card, _protocol = scard.SCardConnect(context, name, api.SHARE_DIRECT, 0)
        if code & 0xFFFFFFFF == api.SHARING:
            yield None
            return
        api.raise_unless_ok(code, name)
        try:
            yield DirectLink(scard, card)
        finally:
            scard.SCardDisconnect(card, api.LEAVE)
    finally:
        scard.SCardReleaseContext(context)


def max_apdu_data(scard: api.Scard, card: int) -> int | None:
    """dwMaxAPDUDataSize of PC/SC part 10 §2.6.14, over any connection; None where the driver does not tell.

    libccid gives 65536 for readers that exchange TPDUs or extended APDUs, 0 for those of short APDUs.
    """
    for tag, code in _tlvs(_control(scard, card, api.GET_FEATURES)):
        if tag == api.FEATURE_PROPERTIES:
            for name, value in _tlvs(_control(scard, card, int.from_bytes(code, "big"))):
                if name == api.PROPERTY_MAX_APDU_DATA:
                    return int.from_bytes(value, "little")
    return None


def _control(scard: api.Scard, card: int, code: int) -> bytes:
    status, answer = scard.SCardControl(card, code, [])
    return bytes(answer) if status & 0xFFFFFFFF == api.SUCCESS else b""


def _tlvs(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag, length, value; what is cut short is left out."""
    while len(data) >= 2 and len(data) >= 2 + data[1]:
        yield data[0], data[2 : 2 + data[1]]
        data = data[2 + data[1] :]


def _text(value: bytes) -> str:
    return value.rstrip(b"\0").decode("utf-8", "replace").strip()


def _version(number: int) -> str:
    """0xMMmmbbbb: major, minor, build."""
    return f"{number >> 24}.{number >> 16 & 0xFF:02X}" if number else ""


def _usb_port(channel: int) -> str:
    """The kernel's path of a USB device by bus and number; empty for other channels."""
    if channel >> 16 != _CHANNEL_USB:
        return ""
    bus, device = channel >> 8 & 0xFF, channel & 0xFF
    for folder in sorted(USB_DEVICES.glob("*")):
        if (_number(folder / "busnum"), _number(folder / "devnum")) == (bus, device):
            return folder.name
    return ""


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None
