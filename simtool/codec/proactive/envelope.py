"""ENVELOPE: what the terminal tells the card (TS 102 223 §7, TS 31.111 §7). Events have a module: `events`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeVar

from simtool.codec import comprehension, tlv
from simtool.codec.comprehension import ComprehensionTlv
from simtool.codec.dial_number import DialNumber
from simtool.codec.proactive.digits import decode_address, encode_address
from simtool.codec.proactive.network_commands import URL
from simtool.codec.proactive.objects import (
    ADDRESS,
    ALPHA,
    BYTE,
    FLAG,
    RAW,
    TIMER_VALUE,
    USSD,
    TimerValue,
    UssdString,
)
from simtool.codec.proactive.places import LOCATION, LocationInformation
from simtool.codec.proactive.shape import Coding, Part, read, write
from simtool.codec.proactive.tags import BerTag, Device, Tag
from simtool.errors import DecodeError, MissingObjectError

_Shape = TypeVar("_Shape")


def _decode_centre(raw: bytes) -> DialNumber | None:
    return decode_address(raw) if raw else None


def _encode_centre(number: DialNumber | None) -> bytes:
    return b"" if number is None else encode_address(number)


CENTRE = Coding(_decode_centre, _encode_centre)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeBody:
    """What an envelope holds. `SOURCE` is the device that it comes from."""

    TAG: ClassVar[BerTag]
    SOURCE: ClassVar[int] = Device.TERMINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsPpDownload(EnvelopeBody):
    """A short message for the card (TS 31.111 §7.1.1). `address` is the service centre, `tpdu` an SMS-DELIVER."""

    TAG: ClassVar[BerTag] = BerTag.SMS_PP_DOWNLOAD
    SOURCE: ClassVar[int] = Device.NETWORK
    address: Annotated[DialNumber | None, Part(Tag.ADDRESS, ADDRESS, comprehension=False)] = None
    tpdu: Annotated[bytes, Part(Tag.SMS_TPDU, RAW)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CellBroadcastDownload(EnvelopeBody):
    """A page of a cell broadcast (TS 31.111 §7.1.2)."""

    TAG: ClassVar[BerTag] = BerTag.CELL_BROADCAST_DOWNLOAD
    SOURCE: ClassVar[int] = Device.NETWORK
    page: Annotated[bytes, Part(Tag.CELL_BROADCAST_PAGE, RAW)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuSelection(EnvelopeBody):
    """A choice in the menu of SET UP MENU (TS 102 223 §7.2)."""

    TAG: ClassVar[BerTag] = BerTag.MENU_SELECTION
    SOURCE: ClassVar[int] = Device.KEYPAD
    item: Annotated[int, Part(Tag.ITEM_IDENTIFIER, BYTE)]
    help_requested: Annotated[bool, Part(Tag.HELP_REQUEST, FLAG, comprehension=False)] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallControl(EnvelopeBody):
    """What is about to be dialled (TS 102 223 §7.3.1, TS 31.111 §7.3.1): a number, an SS or a USSD string, a URI."""

    TAG: ClassVar[BerTag] = BerTag.CALL_CONTROL
    address: Annotated[DialNumber | None, Part(Tag.ADDRESS, ADDRESS)] = None
    ss: Annotated[DialNumber | None, Part(Tag.SS_STRING, ADDRESS)] = None
    ussd: Annotated[UssdString | None, Part(Tag.USSD_STRING, USSD)] = None
    pdp_context: Annotated[bytes | None, Part(Tag.PDP_CONTEXT, RAW)] = None
    eps_connection: Annotated[bytes | None, Part(Tag.EPS_PDN_CONNECTION, RAW)] = None
    uri: Annotated[str | None, Part(Tag.URL, URL)] = None
    configuration: Annotated[bytes | None, Part(Tag.CAPABILITY_CONFIGURATION, RAW, comprehension=False)] = None
    subaddress: Annotated[bytes | None, Part(Tag.SUBADDRESS, RAW, comprehension=False)] = None
    location: Annotated[LocationInformation | None, Part(Tag.LOCATION_INFORMATION, LOCATION)] = None
    second_configuration: Annotated[bytes | None, Part(Tag.CAPABILITY_CONFIGURATION, RAW, comprehension=False)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoSmsControl(EnvelopeBody):
    """A short message about to be sent (TS 31.111 §7.3.2): service centre (None: not known), destination, place."""

    TAG: ClassVar[BerTag] = BerTag.MO_SMS_CONTROL
    centre: Annotated[DialNumber | None, Part(Tag.ADDRESS, CENTRE)]
    destination: Annotated[DialNumber, Part(Tag.ADDRESS, ADDRESS)]
    location: Annotated[LocationInformation | None, Part(Tag.LOCATION_INFORMATION, LOCATION)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerExpiration(EnvelopeBody):
    """A timer has run out (TS 102 223 §7.4)."""

    TAG: ClassVar[BerTag] = BerTag.TIMER_EXPIRATION
    timer: Annotated[int, Part(Tag.TIMER_IDENTIFIER, BYTE)]
    value: Annotated[TimerValue, Part(Tag.TIMER_VALUE, TIMER_VALUE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class UssdDownload(EnvelopeBody):
    """A USSD string of the network for the card (TS 31.111 §7.6)."""

    TAG: ClassVar[BerTag] = BerTag.USSD_DOWNLOAD
    SOURCE: ClassVar[int] = Device.NETWORK
    string: Annotated[UssdString, Part(Tag.USSD_STRING, USSD)]


@dataclass(frozen=True, slots=True, kw_only=True)
class GeographicalLocationReport(EnvelopeBody):
    """Where the phone is, after GEOGRAPHICAL LOCATION REQUEST (TS 31.111 §7.7): shape of TS 23.032, or NMEA."""

    TAG: ClassVar[BerTag] = BerTag.GEOGRAPHICAL_LOCATION
    parameters: Annotated[bytes, Part(Tag.GEOGRAPHICAL_LOCATION, RAW)]
    shape: Annotated[bytes | None, Part(Tag.GAD_SHAPE, RAW)] = None
    sentence: Annotated[bytes | None, Part(Tag.NMEA_SENTENCE, RAW)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MmsTransferStatus(EnvelopeBody):
    """How a multimedia message went (TS 102 223 §7.6.1)."""

    TAG: ClassVar[BerTag] = BerTag.MMS_TRANSFER_STATUS
    files: Annotated[bytes | None, Part(Tag.FILE_LIST, RAW)] = None
    message: Annotated[bytes | None, Part(Tag.MMS_IDENTIFIER, RAW)] = None
    status: Annotated[bytes, Part(Tag.MMS_TRANSFER_STATUS, RAW)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MmsNotification(EnvelopeBody):
    """A multimedia message waits (TS 102 223 §7.6.2)."""

    TAG: ClassVar[BerTag] = BerTag.MMS_NOTIFICATION_DOWNLOAD
    SOURCE: ClassVar[int] = Device.NETWORK
    notification: Annotated[bytes, Part(Tag.MMS_NOTIFICATION, RAW)]
    last: Annotated[bool, Part(Tag.LAST_ENVELOPE, FLAG)] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalApplication(EnvelopeBody):
    """Data of an application in the terminal that the card has registered (TS 102 223 §7.7)."""

    TAG: ClassVar[BerTag] = BerTag.TERMINAL_APPLICATION
    application: Annotated[bytes, Part(Tag.REGISTRY_APPLICATION_DATA, RAW)]
    last: Annotated[bool, Part(Tag.LAST_ENVELOPE, FLAG)] = False


BODIES: tuple[type[EnvelopeBody], ...] = (
    SmsPpDownload, CellBroadcastDownload, MenuSelection, CallControl, MoSmsControl, TimerExpiration, UssdDownload,
    GeographicalLocationReport, MmsTransferStatus, MmsNotification, TerminalApplication,
)  # fmt: skip


def encode_envelope(body: EnvelopeBody) -> bytes:
    """The data field of ENVELOPE: devices first, then the objects. Raises `EncodeError`."""
    devices = ComprehensionTlv(Tag.DEVICE_IDENTITIES, bytes((body.SOURCE, Device.UICC)))
    return tlv.encode(body.TAG, comprehension.join((devices, *write(body))))


def decode_envelope(raw: bytes) -> EnvelopeBody:
    """What an envelope other than EVENT DOWNLOAD says. Raises `DecodeError`, also for a tag that nobody knows."""
    outer = open_envelope(raw)
    for shape in BODIES:
        if shape.TAG == outer.tag:
            return read_inner(shape, comprehension.parse(outer.value))
    raise DecodeError(f"{outer.tag:02X} is not the tag of an envelope that is known here")


def open_envelope(raw: bytes) -> tlv.Tlv:
    """The outer object, which must be all there is. Raises `DecodeError`."""
    outer, rest = tlv.split_first(raw)
    if rest:
        raise DecodeError(f"{len(rest)} bytes follow the envelope")
    return outer


def read_inner(shape: type[_Shape], objects: list[ComprehensionTlv], **given: object) -> _Shape:
    """The value, if the devices are named. Raises `DecodeError`."""
    devices = comprehension.first(objects, Tag.DEVICE_IDENTITIES)
    if devices is None or len(devices) != 2:
        raise MissingObjectError("an envelope without device identities")
    return read(shape, objects, **given)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlAnswer:
    """What the card says to CALL CONTROL or MO SHORT MESSAGE CONTROL (TS 102 223 §7.3.1.6, TS 31.111 §7.3.2.2).

    `verdict` is 0 allowed, 1 not allowed, 2 allowed with modifications. For a short message `address` is the service
    centre and `second_address` the destination.
    """

    verdict: int = 0
    address: Annotated[DialNumber | None, Part(Tag.ADDRESS, CENTRE)] = None
    second_address: Annotated[DialNumber | None, Part(Tag.ADDRESS, ADDRESS)] = None
    ss: Annotated[DialNumber | None, Part(Tag.SS_STRING, ADDRESS)] = None
    ussd: Annotated[UssdString | None, Part(Tag.USSD_STRING, USSD)] = None
    configuration: Annotated[bytes | None, Part(Tag.CAPABILITY_CONFIGURATION, RAW, comprehension=False)] = None
    subaddress: Annotated[bytes | None, Part(Tag.SUBADDRESS, RAW, comprehension=False)] = None
    alpha: Annotated[str | None, Part(Tag.ALPHA_IDENTIFIER, ALPHA, comprehension=False)] = None

    ALLOWED: ClassVar[int] = 0
    NOT_ALLOWED: ClassVar[int] = 1
    MODIFIED: ClassVar[int] = 2

    def encode(self) -> bytes:
        objects = comprehension.join(write(self))
        return bytes((self.verdict,)) + tlv.encode_length(len(objects)) + objects

    @classmethod
    def decode(cls, raw: bytes) -> ControlAnswer:
        """No data at all means allowed (TS 102 223 §7.3.1.6). Raises `DecodeError`."""
        if not raw:
            return cls()
        if raw[0] > cls.MODIFIED:
            raise DecodeError(f"{raw[0]:02X} is no verdict of call control")
        if len(raw) == 1:
            return cls(verdict=raw[0])
        length, start = tlv.decode_length(raw, 1)
        if start + length > len(raw):
            raise DecodeError("the answer of call control is cut short")
        return read(cls, comprehension.parse(raw[start : start + length]), verdict=raw[0])[0]
