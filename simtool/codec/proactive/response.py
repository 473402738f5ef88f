"""TERMINAL RESPONSE: how a command went, and what it brought (TS 102 223 §6.8, TS 31.111 §6.8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from simtool.codec import comprehension
from simtool.codec.comprehension import ComprehensionTlv
from simtool.codec.proactive.command import CommandDetails
from simtool.codec.proactive.objects import (
    BYTE,
    DATE_TIME_ZONE,
    DURATION,
    IMEI,
    LANGUAGE,
    OUTCOME,
    RAW,
    TEXT,
    TIMER_VALUE,
    DateTimeZone,
    Duration,
    Outcome,
    Text,
    TimerValue,
    named,
)
from simtool.codec.proactive.places import (
    BEARER,
    BUFFER_SIZE,
    CHANNEL_STATUS,
    LOCATION,
    OTHER_ADDRESS,
    TECHNOLOGIES,
    BearerDescription,
    ChannelStatus,
    LocationInformation,
)
from simtool.codec.proactive.shape import Coding, Part, read, write
from simtool.codec.proactive.tags import Device, Result, Tag
from simtool.codec.proactive.terminal_commands import AT_TEXT

_DETAILS = Coding(CommandDetails.decode, CommandDetails.encode)


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalResponse:
    """A response of the terminal. `outcome` is general result and additional information."""

    details: Annotated[CommandDetails, Part(Tag.COMMAND_DETAILS, _DETAILS)]
    devices: Annotated[bytes, Part(Tag.DEVICE_IDENTITIES, RAW)] = bytes((Device.TERMINAL, Device.UICC))
    outcome: Annotated[Outcome, Part(Tag.RESULT, OUTCOME)]
    duration: Annotated[Duration | None, Part(Tag.DURATION, DURATION)] = None
    text: Annotated[Text | None, Part(Tag.TEXT_STRING, TEXT)] = None
    item: Annotated[int | None, Part(Tag.ITEM_IDENTIFIER, BYTE)] = None
    location: Annotated[LocationInformation | None, Part(Tag.LOCATION_INFORMATION, LOCATION)] = None
    imei: Annotated[str | None, Part(Tag.IMEI, IMEI)] = None
    measurement: Annotated[bytes | None, Part(Tag.NETWORK_MEASUREMENT, RAW)] = None
    bcch_channels: Annotated[bytes | None, Part(Tag.BCCH_CHANNELS, RAW)] = None
    moment: Annotated[DateTimeZone | None, Part(Tag.DATE_TIME_ZONE, DATE_TIME_ZONE)] = None
    language: Annotated[str | None, Part(Tag.LANGUAGE, LANGUAGE)] = None
    timing_advance: Annotated[bytes | None, Part(Tag.TIMING_ADVANCE, RAW)] = None
    technologies: Annotated[tuple[int, ...] | None, Part(Tag.ACCESS_TECHNOLOGY, TECHNOLOGIES, comprehension=False)] = (
        None
    )
    imeisv: Annotated[str | None, Part(Tag.IMEISV, IMEI)] = None
    search_mode: Annotated[int | None, Part(Tag.NETWORK_SEARCH_MODE, BYTE)] = None
    battery: Annotated[int | None, Part(Tag.BATTERY_STATE, BYTE)] = None
    call_control_action: Annotated[bytes | None, Part(Tag.CALL_CONTROL_ACTION, RAW)] = None
    second_outcome: Annotated[Outcome | None, Part(Tag.RESULT, OUTCOME)] = None
    readers: Annotated[tuple[bytes, ...], Part(Tag.CARD_READER_STATUS, RAW, many=True)] = ()
    atr: Annotated[bytes | None, Part(Tag.CARD_ATR, RAW)] = None
    r_apdu: Annotated[bytes | None, Part(Tag.R_APDU, RAW)] = None
    timer: Annotated[int | None, Part(Tag.TIMER_IDENTIFIER, BYTE)] = None
    timer_value: Annotated[TimerValue | None, Part(Tag.TIMER_VALUE, TIMER_VALUE)] = None
    at_response: Annotated[str | None, Part(Tag.AT_RESPONSE, AT_TEXT)] = None
    channel_data: Annotated[bytes | None, Part(Tag.CHANNEL_DATA, RAW)] = None
    channels: Annotated[tuple[ChannelStatus, ...], Part(Tag.CHANNEL_STATUS, CHANNEL_STATUS, many=True)] = ()
    data_length: Annotated[int | None, Part(Tag.CHANNEL_DATA_LENGTH, BYTE)] = None
    bearer: Annotated[BearerDescription | None, Part(Tag.BEARER_DESCRIPTION, BEARER)] = None
    buffer_size: Annotated[int | None, Part(Tag.BUFFER_SIZE, BUFFER_SIZE)] = None
    local_address: Annotated[str | None, Part(Tag.OTHER_ADDRESS, OTHER_ADDRESS)] = None
    dns_address: Annotated[str | None, Part(Tag.DNS_SERVER_ADDRESS, OTHER_ADDRESS)] = None
    frames: Annotated[bytes | None, Part(Tag.FRAMES_INFORMATION, RAW)] = None

    @property
    def result(self) -> int:
        """The general result: a `Result`, or a number that it does not name."""
        return named(Result, self.outcome.result)

    def encode(self, extra: Sequence[ComprehensionTlv] = ()) -> bytes:
        """The data field of TERMINAL RESPONSE; `extra` objects go behind. Raises `EncodeError`."""
        return comprehension.join((*write(self), *extra))

    @classmethod
    def decode(cls, raw: bytes) -> TerminalResponse:
        """Read a response; objects that none of its fields holds are left out. Raises `DecodeError`."""
        return read(cls, comprehension.parse(raw))[0]
