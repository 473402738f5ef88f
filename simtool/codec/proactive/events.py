"""EVENT DOWNLOAD: what has happened, for the events in the card's list (TS 102 223 §7.5, TS 31.111 §7.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from simtool.codec import comprehension, tlv
from simtool.codec.comprehension import ComprehensionTlv
from simtool.codec.dial_number import DialNumber
from simtool.codec.proactive.envelope import open_envelope, read_inner
from simtool.codec.proactive.objects import ADDRESS, BYTE, LANGUAGE, RAW, code_of, named
from simtool.codec.proactive.places import (
    CHANNEL_STATUS,
    EVENTS,
    LOCATION,
    TECHNOLOGIES,
    ChannelStatus,
    LocationInformation,
)
from simtool.codec.proactive.shape import Part, write
from simtool.codec.proactive.tags import BerTag, Device, Event, ServiceState, Tag
from simtool.errors import DecodeError

NEAR_END = Device.TERMINAL
FAR_END = Device.NETWORK


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBody:
    """An event. `source` is the device that it comes from, for each kind as the standard has it."""

    EVENT: ClassVar[int]
    source: int = Device.TERMINAL


@dataclass(frozen=True, slots=True, kw_only=True)
class MtCall(EventBody):
    """MT CALL (§7.5.1): somebody calls."""

    EVENT: ClassVar[int] = Event.MT_CALL
    source: int = Device.NETWORK
    transaction: Annotated[int, Part(Tag.TRANSACTION, BYTE)]
    address: Annotated[DialNumber | None, Part(Tag.ADDRESS, ADDRESS)] = None
    subaddress: Annotated[bytes | None, Part(Tag.SUBADDRESS, RAW, comprehension=False)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallConnected(EventBody):
    """CALL CONNECTED (§7.5.2): `source` is `NEAR_END` for a call that came in, `FAR_END` for one that went out."""

    EVENT: ClassVar[int] = Event.CALL_CONNECTED
    transaction: Annotated[int, Part(Tag.TRANSACTION, BYTE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDisconnected(EventBody):
    """CALL DISCONNECTED (§7.5.3): `source` says who ended it. `cause` as in TS 24.008 §10.5.4.11; empty: radio link
    failure.
    """

    EVENT: ClassVar[int] = Event.CALL_DISCONNECTED
    transactions: Annotated[bytes, Part(Tag.TRANSACTION, RAW)]
    cause: Annotated[bytes | None, Part(Tag.CAUSE, RAW, comprehension=False)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationStatus(EventBody):
    """LOCATION STATUS (§7.5.4). The place is told only in normal service."""

    EVENT: ClassVar[int] = Event.LOCATION_STATUS
    status: Annotated[int, Part(Tag.LOCATION_STATUS, code_of(ServiceState))]
    location: Annotated[LocationInformation | None, Part(Tag.LOCATION_INFORMATION, LOCATION)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserActivity(EventBody):
    """USER ACTIVITY (§7.5.5): a key was pressed; told once."""

    EVENT: ClassVar[int] = Event.USER_ACTIVITY


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleScreenAvailable(EventBody):
    """IDLE SCREEN AVAILABLE (§7.5.6): told once."""

    EVENT: ClassVar[int] = Event.IDLE_SCREEN_AVAILABLE
    source: int = Device.DISPLAY


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReaderStatus(EventBody):
    """CARD READER STATUS (§7.5.7)."""

    EVENT: ClassVar[int] = Event.CARD_READER_STATUS
    status: Annotated[int, Part(Tag.CARD_READER_STATUS, BYTE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageSelection(EventBody):
    """LANGUAGE SELECTION (§7.5.8)."""

    EVENT: ClassVar[int] = Event.LANGUAGE_SELECTION
    language: Annotated[str, Part(Tag.LANGUAGE, LANGUAGE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserTermination(EventBody):
    """BROWSER TERMINATION (§7.5.9): 0 by the user, 1 by an error."""

    EVENT: ClassVar[int] = Event.BROWSER_TERMINATION
    cause: Annotated[int, Part(Tag.BROWSER_TERMINATION, BYTE)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAvailable(EventBody):
    """DATA AVAILABLE (§7.5.10): bytes in a channel's buffer, 255 for more than that."""

    EVENT: ClassVar[int] = Event.DATA_AVAILABLE
    status: Annotated[ChannelStatus, Part(Tag.CHANNEL_STATUS, CHANNEL_STATUS)]
    length: Annotated[int, Part(Tag.CHANNEL_DATA_LENGTH, BYTE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStatusChange(EventBody):
    """CHANNEL STATUS (§7.5.11)."""

    EVENT: ClassVar[int] = Event.CHANNEL_STATUS
    status: Annotated[ChannelStatus, Part(Tag.CHANNEL_STATUS, CHANNEL_STATUS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTechnologyChange(EventBody):
    """ACCESS TECHNOLOGY CHANGE (§7.5.12), for a card that wants to know one technology."""

    EVENT: ClassVar[int] = Event.ACCESS_TECHNOLOGY_CHANGE
    technologies: Annotated[tuple[int, ...], Part(Tag.ACCESS_TECHNOLOGY, TECHNOLOGIES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessTechnologiesChange(AccessTechnologyChange):
    """The same for a card that wants to know all of them."""

    EVENT: ClassVar[int] = Event.ACCESS_TECHNOLOGIES_CHANGE


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplayParametersChanged(EventBody):
    """DISPLAY PARAMETERS CHANGED (§7.5.13): three bytes as in the terminal profile."""

    EVENT: ClassVar[int] = Event.DISPLAY_PARAMETERS_CHANGED
    parameters: Annotated[bytes, Part(Tag.DISPLAY_PARAMETERS, RAW)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalConnection(EventBody):
    """LOCAL CONNECTION (§7.5.14)."""

    EVENT: ClassVar[int] = Event.LOCAL_CONNECTION
    record: Annotated[bytes, Part(Tag.SERVICE_RECORD, RAW)]
    remote_entity: Annotated[bytes | None, Part(Tag.REMOTE_ENTITY_ADDRESS, RAW)] = None
    transport: Annotated[bytes | None, Part(Tag.TRANSPORT_LEVEL, RAW)] = None
    other_address: Annotated[bytes | None, Part(Tag.OTHER_ADDRESS, RAW)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSearchModeChange(EventBody):
    """NETWORK SEARCH MODE CHANGE (§7.5.15): 0 manual, 1 automatic."""

    EVENT: ClassVar[int] = Event.NETWORK_SEARCH_MODE_CHANGE
    mode: Annotated[int, Part(Tag.NETWORK_SEARCH_MODE, BYTE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsingStatus(EventBody):
    """BROWSING STATUS (§7.5.16): the error that a browser met."""

    EVENT: ClassVar[int] = Event.BROWSING_STATUS
    status: Annotated[bytes, Part(Tag.BROWSING_STATUS, RAW)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FramesInformationChanged(EventBody):
    """FRAMES INFORMATION CHANGED (§7.5.17)."""

    EVENT: ClassVar[int] = Event.FRAMES_INFORMATION_CHANGED
    information: Annotated[bytes, Part(Tag.FRAMES_INFORMATION, RAW)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WlanAccessStatus(EventBody):
    """I-WLAN ACCESS STATUS (TS 31.111 §7.5.1A)."""

    EVENT: ClassVar[int] = Event.WLAN_ACCESS_STATUS
    status: Annotated[int, Part(Tag.WLAN_STATUS, BYTE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRejection(EventBody):
    """NETWORK REJECTION (TS 31.111 §7.5.2): where, on which radio, in which procedure, why."""

    EVENT: ClassVar[int] = Event.NETWORK_REJECTION
    source: int = Device.NETWORK
    location: Annotated[bytes | None, Part(Tag.LOCATION_INFORMATION, RAW)] = None
    routing_area: Annotated[bytes | None, Part(Tag.ROUTING_AREA, RAW)] = None
    tracking_area: Annotated[bytes | None, Part(Tag.TRACKING_AREA, RAW, comprehension=False)] = None
    technologies: Annotated[tuple[int, ...], Part(Tag.ACCESS_TECHNOLOGY, TECHNOLOGIES)]
    procedure: Annotated[int, Part(Tag.UPDATE_ATTACH_TYPE, BYTE)]
    cause: Annotated[int, Part(Tag.REJECTION_CAUSE, BYTE)]


@dataclass(frozen=True, slots=True, kw_only=True)
class HciConnectivity(EventBody):
    """HCI CONNECTIVITY (§7.5.18)."""

    EVENT: ClassVar[int] = Event.HCI_CONNECTIVITY


@dataclass(frozen=True, slots=True, kw_only=True)
class CsgCellSelection(EventBody):
    """CSG CELL SELECTION (TS 31.111 §7.5.3)."""

    EVENT: ClassVar[int] = Event.CSG_CELL_SELECTION
    technologies: Annotated[tuple[int, ...], Part(Tag.ACCESS_TECHNOLOGY, TECHNOLOGIES)]
    status: Annotated[bytes, Part(Tag.CSG_SELECTION_STATUS, RAW)]
    identifier: Annotated[bytes | None, Part(Tag.CSG_IDENTIFIER, RAW)] = None
    name: Annotated[bytes | None, Part(Tag.HNB_NAME, RAW)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactlessStateRequest(EventBody):
    """CONTACTLESS STATE REQUEST (§7.5.19)."""

    EVENT: ClassVar[int] = Event.CONTACTLESS_STATE_REQUEST
    request: Annotated[bytes, Part(Tag.CONTACTLESS_STATE_REQUEST, RAW)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImsRegistration(EventBody):
    """IMS REGISTRATION (TS 31.111 §7.5.5)."""

    EVENT: ClassVar[int] = Event.IMS_REGISTRATION
    identities: Annotated[bytes | None, Part(Tag.IMPU_LIST, RAW)] = None
    status: Annotated[bytes | None, Part(Tag.IMS_STATUS, RAW)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingImsData(EventBody):
    """INCOMING IMS DATA (TS 31.111 §7.5.6)."""

    EVENT: ClassVar[int] = Event.INCOMING_IMS_DATA
    application: Annotated[bytes, Part(Tag.IARI, RAW)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollIntervalNegotiation(EventBody):
    """POLL INTERVAL NEGOTIATION (§7.5.25): the interval that the terminal would like."""

    EVENT: ClassVar[int] = Event.POLL_INTERVAL_NEGOTIATION
    duration: Annotated[bytes, Part(Tag.DURATION, RAW)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataConnectionStatusChange(EventBody):
    """DATA CONNECTION STATUS CHANGE (TS 31.111 §7.5.14)."""

    EVENT: ClassVar[int] = Event.DATA_CONNECTION_STATUS_CHANGE
    status: Annotated[int, Part(Tag.DATA_CONNECTION_STATUS, BYTE)]
    type: Annotated[int, Part(Tag.DATA_CONNECTION_TYPE, BYTE)]
    cause: Annotated[bytes | None, Part(Tag.SM_CAUSE, RAW)] = None
    transaction: Annotated[bytes | None, Part(Tag.TRANSACTION, RAW)] = None
    location: Annotated[bytes | None, Part(Tag.LOCATION_INFORMATION, RAW)] = None


BODIES: tuple[type[EventBody], ...] = (
    MtCall, CallConnected, CallDisconnected, LocationStatus, UserActivity, IdleScreenAvailable, CardReaderStatus,
    LanguageSelection, BrowserTermination, DataAvailable, ChannelStatusChange, AccessTechnologyChange,
    AccessTechnologiesChange, DisplayParametersChanged, LocalConnection, NetworkSearchModeChange, BrowsingStatus,
    FramesInformationChanged, WlanAccessStatus, NetworkRejection, HciConnectivity, CsgCellSelection,
    ContactlessStateRequest, ImsRegistration, IncomingImsData, PollIntervalNegotiation, DataConnectionStatusChange,
)  # fmt: skip


def encode_event(body: EventBody) -> bytes:
    """The data field of ENVELOPE: event list, devices, then the event's objects. Raises `EncodeError`."""
    event = ComprehensionTlv(Tag.EVENT_LIST, bytes((body.EVENT,)))
    devices = ComprehensionTlv(Tag.DEVICE_IDENTITIES, bytes((body.source, Device.UICC)))
    return tlv.encode(BerTag.EVENT_DOWNLOAD, comprehension.join((event, devices, *write(body))))


def decode_event(raw: bytes) -> EventBody:
    """The event of an EVENT DOWNLOAD. Raises `DecodeError`, also for an event that nobody knows."""
    outer = open_envelope(raw)
    if outer.tag != BerTag.EVENT_DOWNLOAD:
        raise DecodeError(f"{outer.tag:02X} is not the tag of EVENT DOWNLOAD")
    objects = comprehension.parse(outer.value)
    events = EVENTS.decode(comprehension.first(objects, Tag.EVENT_LIST) or b"")
    if len(events) != 1:
        raise DecodeError("an EVENT DOWNLOAD has one event")
    shape = next((shape for shape in BODIES if shape.EVENT == events[0]), None)
    if shape is None:
        raise DecodeError(f"{events[0]:02X} is not an event that is known here")
    devices = comprehension.first(objects, Tag.DEVICE_IDENTITIES) or b"\x00"
    return read_inner(shape, objects, source=named(Device, devices[0]))
