"""Proactive commands as the runtime has to know them (TS 102 223 §6, §9.4), and those that it makes itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from simtool.codec import comprehension, tlv
from simtool.codec.comprehension import ComprehensionTlv, join
from simtool.errors import CodecError

PROACTIVE_TAG = 0xD0
COMMAND_MAX = 256
"""Bytes that FETCH can give at once; such a command is told by 9100."""
DETAILS, DEVICES, RESULT, DURATION, ALPHA = 0x01, 0x02, 0x03, 0x04, 0x05
ADDRESS, SMS_TPDU = 0x06, 0x0B
ITEM, ITEM_ID, FILE_LIST, HELP_REQUEST, NEXT_ACTION, EVENT_LIST = 0x0F, 0x10, 0x12, 0x15, 0x18, 0x19
ICON, ITEM_ICONS, TIMER_ID = 0x1E, 0x1F, 0x24
APPLICATION_AID, CHANNEL_STATUS, FILE_UPDATE, SERVICE_RECORD, ITEM_ATTRIBUTES = 0x2F, 0x38, 0x3B, 0x41, 0x51
UICC, TERMINAL, NETWORK = 0x81, 0x82, 0x83
FIRST_CHANNEL = 0x21
_PERFORMED = 0x10
_BUSY = 0x20
_NUMBERS = 0xFE


class CommandType(IntEnum):
    """Types of proactive command that mean something to the runtime (§9.4)."""

    POLL_INTERVAL = 0x03
    POLLING_OFF = 0x04
    SET_UP_EVENT_LIST = 0x05
    SEND_SHORT_MESSAGE = 0x13
    SET_UP_MENU = 0x25
    TIMER_MANAGEMENT = 0x27
    OPEN_CHANNEL = 0x40
    CLOSE_CHANNEL = 0x41
    RECEIVE_DATA = 0x42
    SEND_DATA = 0x43
    DECLARE_SERVICE = 0x47


@dataclass(frozen=True, slots=True)
class Parts:
    """COMPREHENSION-TLV objects as far as they can be told apart; what comes after a broken one is not seen."""

    objects: tuple[ComprehensionTlv, ...]

    @classmethod
    def of(cls, data: bytes) -> Parts:
        found = []
        while data:
            try:
                one, data = comprehension.split_first(data)
            except CodecError:
                break
            found.append(one)
        return cls(tuple(found))

    def first(self, tag: int) -> bytes | None:
        return comprehension.first(self.objects, tag)

    def byte(self, tag: int, at: int = 0) -> int | None:
        """A byte of the first object with this tag; None if there is none."""
        value = self.first(tag)
        return value[at] if value is not None and len(value) > at else None

    @property
    def type(self) -> int | None:
        """The type of a command."""
        return self.byte(DETAILS, 1)

    @property
    def destination(self) -> int | None:
        return self.byte(DEVICES, 1)

    @property
    def performed(self) -> bool:
        """Whether the general result says that the command was performed (§8.12)."""
        result = self.byte(RESULT)
        return result is not None and result < _PERFORMED

    @property
    def busy(self) -> bool:
        """Whether the terminal is unable to process the command for now."""
        return self.byte(RESULT) == _BUSY


def wrap(objects: bytes) -> bytes:
    """The proactive command with these objects."""
    return tlv.encode(PROACTIVE_TAG, objects)


def system_command(
    number: int, type_: CommandType, qualifier: int, *objects: ComprehensionTlv, to: int = TERMINAL
) -> bytes:
    """A command of the card itself, without tag D0."""
    details = ComprehensionTlv(DETAILS, bytes((number, type_, qualifier)))
    return join((details, ComprehensionTlv(DEVICES, bytes((UICC, to))), *objects))


def next_number(number: int) -> int:
    """Command numbers go from 1 to 254 (§6.5.1)."""
    return number % _NUMBERS + 1
