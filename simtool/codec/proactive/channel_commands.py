"""Commands for channels, services, card readers and multimedia messages (TS 102 223 §6.6.17 to §6.6.39)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from simtool.codec.dial_number import DialNumber
from simtool.codec.proactive.body import Announced, Body
from simtool.codec.proactive.objects import (
    ADDRESS,
    BYTE,
    DURATION,
    FILES,
    FLAG,
    RAW,
    TEXT,
    Duration,
    Text,
)
from simtool.codec.proactive.places import (
    ACCESS_NAME,
    BEARER,
    BUFFER_SIZE,
    OTHER_ADDRESS,
    TRANSPORT,
    BearerDescription,
    TransportLevel,
)
from simtool.codec.proactive.shape import Part
from simtool.codec.proactive.tags import CommandType, Device, Tag

_IMMEDIATE, _RECONNECTS, _BACKGROUND, _DNS = 0x01, 0x02, 0x04, 0x08


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenChannel(Announced):
    """OPEN CHANNEL (§6.6.27) for every kind of bearer, and for a server in the card or in the terminal."""

    TYPE: ClassVar[CommandType] = CommandType.OPEN_CHANNEL
    address: Annotated[DialNumber | None, Part(Tag.ADDRESS, ADDRESS)] = None
    subaddress: Annotated[bytes | None, Part(Tag.SUBADDRESS, RAW, comprehension=False)] = None
    duration: Annotated[Duration | None, Part(Tag.DURATION, DURATION, comprehension=False)] = None
    second_duration: Annotated[Duration | None, Part(Tag.DURATION, DURATION, comprehension=False)] = None
    bearer: Annotated[BearerDescription | None, Part(Tag.BEARER_DESCRIPTION, BEARER)] = None
    buffer_size: Annotated[int, Part(Tag.BUFFER_SIZE, BUFFER_SIZE)]
    access_name: Annotated[str | None, Part(Tag.NETWORK_ACCESS_NAME, ACCESS_NAME, comprehension=False)] = None
    local_address: Annotated[
        str | None, Part(Tag.OTHER_ADDRESS, OTHER_ADDRESS, comprehension=False, before=Tag.TRANSPORT_LEVEL)
    ] = None
    login: Annotated[Text | None, Part(Tag.TEXT_STRING, TEXT, comprehension=False)] = None
    password: Annotated[Text | None, Part(Tag.TEXT_STRING, TEXT, comprehension=False)] = None
    transport: Annotated[TransportLevel | None, Part(Tag.TRANSPORT_LEVEL, TRANSPORT, comprehension=False)] = None
    destination: Annotated[str | None, Part(Tag.OTHER_ADDRESS, OTHER_ADDRESS, comprehension=False)] = None
    remote_entity: Annotated[bytes | None, Part(Tag.REMOTE_ENTITY_ADDRESS, RAW)] = None

    @property
    def immediate(self) -> bool:
        """The link is made at once, not with the first data."""
        return bool(self.qualifier & _IMMEDIATE)

    @property
    def reconnects(self) -> bool:
        return bool(self.qualifier & _RECONNECTS)

    @property
    def in_background(self) -> bool:
        return bool(self.qualifier & _BACKGROUND)

    @property
    def wants_dns(self) -> bool:
        return bool(self.qualifier & _DNS)


@dataclass(frozen=True, slots=True)
class CloseChannel(Announced):
    """CLOSE CHANNEL (§6.6.28). The channel is the destination device, 21 to 27."""

    TYPE: ClassVar[CommandType] = CommandType.CLOSE_CHANNEL
    DESTINATION: ClassVar[int] = Device.CHANNEL_1

    @property
    def listens_again(self) -> bool:
        """A server in the card goes back to LISTEN."""
        return bool(self.qualifier & 0x01)


@dataclass(frozen=True, slots=True)
class ReceiveData(Announced):
    """RECEIVE DATA (§6.6.29)."""

    TYPE: ClassVar[CommandType] = CommandType.RECEIVE_DATA
    DESTINATION: ClassVar[int] = Device.CHANNEL_1
    length: Annotated[int, Part(Tag.CHANNEL_DATA_LENGTH, BYTE)]


@dataclass(frozen=True, slots=True)
class SendData(Announced):
    """SEND DATA (§6.6.30)."""

    TYPE: ClassVar[CommandType] = CommandType.SEND_DATA
    DESTINATION: ClassVar[int] = Device.CHANNEL_1
    data: Annotated[bytes, Part(Tag.CHANNEL_DATA, RAW)]

    @property
    def at_once(self) -> bool:
        """Else it is kept until a command sends it."""
        return bool(self.qualifier & 0x01)


@dataclass(frozen=True, slots=True)
class GetChannelStatus(Body):
    """GET CHANNEL STATUS (§6.6.31)."""

    TYPE: ClassVar[CommandType] = CommandType.GET_CHANNEL_STATUS


@dataclass(frozen=True, slots=True)
class ServiceSearch(Announced):
    """SERVICE SEARCH (§6.6.32)."""

    TYPE: ClassVar[CommandType] = CommandType.SERVICE_SEARCH
    search: Annotated[bytes, Part(Tag.SERVICE_SEARCH, RAW)]
    filter: Annotated[bytes | None, Part(Tag.DEVICE_FILTER, RAW)] = None


@dataclass(frozen=True, slots=True)
class GetServiceInformation(Announced):
    """GET SERVICE INFORMATION (§6.6.33)."""

    TYPE: ClassVar[CommandType] = CommandType.GET_SERVICE_INFORMATION
    attributes: Annotated[bytes, Part(Tag.ATTRIBUTE_INFORMATION, RAW)]


@dataclass(frozen=True, slots=True)
class DeclareService(Body):
    """DECLARE SERVICE (§6.6.34)."""

    TYPE: ClassVar[CommandType] = CommandType.DECLARE_SERVICE
    record: Annotated[bytes, Part(Tag.SERVICE_RECORD, RAW)]
    transport: Annotated[TransportLevel | None, Part(Tag.TRANSPORT_LEVEL, TRANSPORT)] = None

    @property
    def deletes(self) -> bool:
        return bool(self.qualifier & 0x01)


@dataclass(frozen=True, slots=True)
class PerformCardApdu(Body):
    """PERFORM CARD APDU (§6.6.17). The reader is the destination device, 10 to 17."""

    TYPE: ClassVar[CommandType] = CommandType.PERFORM_CARD_APDU
    DESTINATION: ClassVar[int] = Device.CARD_READER_0
    apdu: Annotated[bytes, Part(Tag.C_APDU, RAW)]


@dataclass(frozen=True, slots=True)
class PowerOnCard(Body):
    """POWER ON CARD (§6.6.18)."""

    TYPE: ClassVar[CommandType] = CommandType.POWER_ON_CARD
    DESTINATION: ClassVar[int] = Device.CARD_READER_0


@dataclass(frozen=True, slots=True)
class PowerOffCard(Body):
    """POWER OFF CARD (§6.6.19)."""

    TYPE: ClassVar[CommandType] = CommandType.POWER_OFF_CARD
    DESTINATION: ClassVar[int] = Device.CARD_READER_0


@dataclass(frozen=True, slots=True)
class GetReaderStatus(Body):
    """GET READER STATUS (§6.6.20): of all readers, or with the qualifier 1 the identifier of one."""

    TYPE: ClassVar[CommandType] = CommandType.GET_READER_STATUS


@dataclass(frozen=True, slots=True)
class RetrieveMultimediaMessage(Announced):
    """RETRIEVE MULTIMEDIA MESSAGE (§6.6.33 of Release 6 and later)."""

    TYPE: ClassVar[CommandType] = CommandType.RETRIEVE_MULTIMEDIA_MESSAGE
    reference: Annotated[bytes, Part(Tag.MMS_REFERENCE, RAW)]
    files: Annotated[tuple[bytes, ...], Part(Tag.FILE_LIST, FILES)]
    content: Annotated[bytes | None, Part(Tag.MMS_CONTENT_IDENTIFIER, RAW)] = None
    message: Annotated[bytes | None, Part(Tag.MMS_IDENTIFIER, RAW)] = None


@dataclass(frozen=True, slots=True)
class SubmitMultimediaMessage(Announced):
    """SUBMIT MULTIMEDIA MESSAGE."""

    TYPE: ClassVar[CommandType] = CommandType.SUBMIT_MULTIMEDIA_MESSAGE
    DESTINATION: ClassVar[int] = Device.NETWORK
    files: Annotated[tuple[bytes, ...], Part(Tag.FILE_LIST, FILES)]
    message: Annotated[bytes | None, Part(Tag.MMS_IDENTIFIER, RAW)] = None


@dataclass(frozen=True, slots=True)
class DisplayMultimediaMessage(Body):
    """DISPLAY MULTIMEDIA MESSAGE."""

    TYPE: ClassVar[CommandType] = CommandType.DISPLAY_MULTIMEDIA_MESSAGE
    DESTINATION: ClassVar[int] = Device.DISPLAY
    files: Annotated[tuple[bytes, ...], Part(Tag.FILE_LIST, FILES)]
    message: Annotated[bytes, Part(Tag.MMS_IDENTIFIER, RAW)]
    immediate_response: Annotated[bool, Part(Tag.IMMEDIATE_RESPONSE, FLAG, comprehension=False)] = False
    frame: Annotated[bytes | None, Part(Tag.FRAME_IDENTIFIER, RAW, comprehension=False)] = None
