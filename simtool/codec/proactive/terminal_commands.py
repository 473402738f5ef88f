"""Commands about the terminal itself: REFRESH, polling, events, timers, local information (TS 102 223 §6.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from simtool.codec.proactive.body import Announced, Body
from simtool.codec.proactive.objects import (
    BYTE,
    DURATION,
    FILES,
    LANGUAGE,
    RAW,
    TIMER_VALUE,
    Duration,
    TimerValue,
    named,
)
from simtool.codec.proactive.places import EVENTS
from simtool.codec.proactive.shape import Coding, Part
from simtool.codec.proactive.tags import CommandType, LocalInformation, RefreshMode, Tag, TimerAction

_SPECIFIC = 0x01
_ACTION_BITS = 0x03
AT_TEXT = Coding(lambda raw: raw.decode("latin-1"), lambda text: text.encode("latin-1", "replace"))


@dataclass(frozen=True, slots=True)
class Refresh(Announced):
    """REFRESH (§6.6.13). Files are paths of the files that have changed."""

    TYPE: ClassVar[CommandType] = CommandType.REFRESH
    files: Annotated[tuple[bytes, ...] | None, Part(Tag.FILE_LIST, FILES)] = None
    aid: Annotated[bytes | None, Part(Tag.AID, RAW)] = None
    policy: Annotated[bytes | None, Part(Tag.REFRESH_POLICY, RAW, comprehension=False)] = None
    update: Annotated[bytes | None, Part(Tag.FILE_UPDATE_INFORMATION, RAW, comprehension=False)] = None
    networks: Annotated[bytes | None, Part(Tag.PLMNWACT_LIST, RAW)] = None
    wlan_networks: Annotated[bytes | None, Part(Tag.PLMN_LIST, RAW)] = None

    @property
    def mode(self) -> int:
        """A `RefreshMode`, or a number that it does not name."""
        return named(RefreshMode, self.qualifier)


@dataclass(frozen=True, slots=True)
class MoreTime(Body):
    """MORE TIME (§6.6.4)."""

    TYPE: ClassVar[CommandType] = CommandType.MORE_TIME


@dataclass(frozen=True, slots=True)
class PollInterval(Body):
    """POLL INTERVAL (§6.6.6)."""

    TYPE: ClassVar[CommandType] = CommandType.POLL_INTERVAL
    duration: Annotated[Duration, Part(Tag.DURATION, DURATION)]


@dataclass(frozen=True, slots=True)
class PollingOff(Body):
    """POLLING OFF (§6.6.14)."""

    TYPE: ClassVar[CommandType] = CommandType.POLLING_OFF


@dataclass(frozen=True, slots=True)
class SetUpEventList(Body):
    """SET UP EVENT LIST (§6.6.16). An empty list takes all events away."""

    TYPE: ClassVar[CommandType] = CommandType.SET_UP_EVENT_LIST
    events: Annotated[tuple[int, ...], Part(Tag.EVENT_LIST, EVENTS)]


@dataclass(frozen=True, slots=True)
class ProvideLocalInformation(Body):
    """PROVIDE LOCAL INFORMATION (§6.6.15)."""

    TYPE: ClassVar[CommandType] = CommandType.PROVIDE_LOCAL_INFORMATION
    measurement: Annotated[int | None, Part(Tag.UTRAN_MEASUREMENT, BYTE)] = None

    @property
    def wanted(self) -> int:
        """A `LocalInformation`, or a number that it does not name."""
        return named(LocalInformation, self.qualifier)


@dataclass(frozen=True, slots=True)
class TimerManagement(Body):
    """TIMER MANAGEMENT (§6.6.21)."""

    TYPE: ClassVar[CommandType] = CommandType.TIMER_MANAGEMENT
    timer: Annotated[int, Part(Tag.TIMER_IDENTIFIER, BYTE)]
    value: Annotated[TimerValue | None, Part(Tag.TIMER_VALUE, TIMER_VALUE)] = None

    @property
    def action(self) -> int:
        """A `TimerAction`, or a number that it does not name."""
        return named(TimerAction, self.qualifier & _ACTION_BITS)


@dataclass(frozen=True, slots=True)
class LanguageNotification(Body):
    """LANGUAGE NOTIFICATION (§6.6.25): texts are in this language from now on; None: in no specific one."""

    TYPE: ClassVar[CommandType] = CommandType.LANGUAGE_NOTIFICATION
    language: Annotated[str | None, Part(Tag.LANGUAGE, LANGUAGE)] = None

    @property
    def specific(self) -> bool:
        return bool(self.qualifier & _SPECIFIC)


@dataclass(frozen=True, slots=True)
class RunAtCommand(Announced):
    """RUN AT COMMAND (§6.6.23)."""

    TYPE: ClassVar[CommandType] = CommandType.RUN_AT_COMMAND
    line: Annotated[str, Part(Tag.AT_COMMAND, AT_TEXT)]


@dataclass(frozen=True, slots=True)
class Activate(Body):
    """ACTIVATE (§6.6.40): wake an interface of the terminal towards the card."""

    TYPE: ClassVar[CommandType] = CommandType.ACTIVATE
    descriptor: Annotated[bytes, Part(Tag.ACTIVATE_DESCRIPTOR, RAW)]


@dataclass(frozen=True, slots=True)
class ContactlessStateChanged(Body):
    """CONTACTLESS STATE CHANGED (§6.6.41)."""

    TYPE: ClassVar[CommandType] = CommandType.CONTACTLESS_STATE_CHANGED
    state: Annotated[bytes, Part(Tag.CONTACTLESS_FUNCTIONALITY_STATE, RAW)]


@dataclass(frozen=True, slots=True)
class SetFrames(Body):
    """SET FRAMES (§6.6.36): identifier and layout of the frames, and the one that is used where none is named."""

    TYPE: ClassVar[CommandType] = CommandType.SET_FRAMES
    frame: Annotated[bytes, Part(Tag.FRAME_IDENTIFIER, RAW)]
    layout: Annotated[bytes | None, Part(Tag.FRAME_LAYOUT, RAW, comprehension=False)] = None
    default: Annotated[bytes | None, Part(Tag.FRAME_IDENTIFIER, RAW, comprehension=False)] = None


@dataclass(frozen=True, slots=True)
class GetFramesStatus(Body):
    """GET FRAMES STATUS (§6.6.37)."""

    TYPE: ClassVar[CommandType] = CommandType.GET_FRAMES_STATUS
