"""Proactive commands: the D0 object, and which value its content is (TS 102 223 §6.6, §9.1).

A command of a type that has no value here is an `UnknownCommand` with its objects; objects that a command's value has
no field for stay with the command.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from simtool.codec import comprehension, tlv
from simtool.codec.comprehension import ComprehensionTlv
from simtool.codec.proactive import channel_commands, network_commands, screen_commands, terminal_commands
from simtool.codec.proactive.body import Body
from simtool.codec.proactive.objects import named
from simtool.codec.proactive.shape import read, write
from simtool.codec.proactive.tags import BerTag, CommandType, Device, Tag
from simtool.errors import DecodeError, MissingObjectError

_BODIES: tuple[type[Body], ...] = (
    screen_commands.DisplayText, screen_commands.GetInkey, screen_commands.GetInput, screen_commands.PlayTone,
    screen_commands.SetUpMenu, screen_commands.SelectItem, screen_commands.SetUpIdleModeText,
    network_commands.SetUpCall, network_commands.SendSs, network_commands.SendUssd, network_commands.SendShortMessage,
    network_commands.SendDtmf, network_commands.LaunchBrowser, network_commands.GeographicalLocationRequest,
    terminal_commands.Refresh, terminal_commands.MoreTime, terminal_commands.PollInterval,
    terminal_commands.PollingOff, terminal_commands.SetUpEventList, terminal_commands.ProvideLocalInformation,
    terminal_commands.TimerManagement, terminal_commands.LanguageNotification, terminal_commands.RunAtCommand,
    terminal_commands.Activate, terminal_commands.ContactlessStateChanged, terminal_commands.SetFrames,
    terminal_commands.GetFramesStatus, channel_commands.OpenChannel, channel_commands.CloseChannel,
    channel_commands.ReceiveData, channel_commands.SendData, channel_commands.GetChannelStatus,
    channel_commands.ServiceSearch, channel_commands.GetServiceInformation, channel_commands.DeclareService,
    channel_commands.PerformCardApdu, channel_commands.PowerOnCard, channel_commands.PowerOffCard,
    channel_commands.GetReaderStatus, channel_commands.RetrieveMultimediaMessage,
    channel_commands.SubmitMultimediaMessage, channel_commands.DisplayMultimediaMessage,
)  # fmt: skip
BODIES = {int(body.TYPE): body for body in _BODIES}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownCommand(Body):
    """A type that has no value: its number, and its objects behind the devices."""

    type: int
    objects: tuple[ComprehensionTlv, ...] = ()
    DESTINATION: ClassVar[int] = Device.TERMINAL


@dataclass(frozen=True, slots=True)
class CommandDetails:
    """Number, type and qualifier of a command (TS 102 223 §8.6)."""

    number: int
    type: int
    qualifier: int

    @property
    def title(self) -> str:
        """DISPLAY TEXT; `command 99` for a type without a name."""
        kind = named(CommandType, self.type)
        return kind.title if isinstance(kind, CommandType) else f"command {self.type:02X}"

    def encode(self) -> bytes:
        return bytes((self.number, self.type, self.qualifier))

    @classmethod
    def decode(cls, raw: bytes) -> CommandDetails:
        if len(raw) != 3:
            raise DecodeError(f"command details have 3 bytes, these have {len(raw)}")
        return cls(*raw)


@dataclass(frozen=True, slots=True)
class OpenedCommand:
    """The outer form of a command, before its content is understood."""

    details: CommandDetails
    source: int
    destination: int
    objects: tuple[ComprehensionTlv, ...]


@dataclass(frozen=True, slots=True)
class ProactiveCommand:
    """A command of the card. `extra` are objects that its value has no field for."""

    number: int
    body: Body
    source: int = Device.UICC
    destination: int = Device.TERMINAL
    extra: tuple[ComprehensionTlv, ...] = ()

    @classmethod
    def of(cls, body: Body, number: int = 1) -> ProactiveCommand:
        """From the card to the device that the standard names for this command."""
        return cls(number, body, destination=body.DESTINATION)

    @property
    def details(self) -> CommandDetails:
        kind = self.body.type if isinstance(self.body, UnknownCommand) else int(self.body.TYPE)
        return CommandDetails(self.number, kind, self.body.qualifier)

    @property
    def title(self) -> str:
        return self.details.title

    @property
    def not_understood(self) -> tuple[ComprehensionTlv, ...]:
        """Objects that must be understood and are not (TS 102 223 §6.10)."""
        return tuple(one for one in self.extra if one.comprehension)

    def encode(self) -> bytes:
        """The whole D0 object. Raises `EncodeError`."""
        body = self.body
        objects = list(body.objects) if isinstance(body, UnknownCommand) else write(body)
        head = (
            ComprehensionTlv(Tag.COMMAND_DETAILS, self.details.encode()),
            ComprehensionTlv(Tag.DEVICE_IDENTITIES, bytes((self.source, self.destination))),
        )
        return tlv.encode(BerTag.PROACTIVE_COMMAND, comprehension.join((*head, *objects, *self.extra)))


def open_command(raw: bytes) -> OpenedCommand:
    """The outer form of a command. Raises `MissingObjectError` for details or devices that are not there, `DecodeError`
    for what is no command.
    """
    outer, rest = tlv.split_first(raw)
    if outer.tag != BerTag.PROACTIVE_COMMAND:
        raise DecodeError(f"{outer.tag:02X} is not the tag of a proactive command")
    if rest.strip(b"\x00\xff"):
        raise DecodeError(f"{len(rest)} bytes follow the proactive command")
    objects = comprehension.parse(outer.value)
    details, devices = _head(objects)
    inner = tuple(one for place, one in enumerate(objects) if place not in (details[0], devices[0]))
    return OpenedCommand(CommandDetails.decode(details[1]), devices[1][0], devices[1][1], inner)


def read_command(opened: OpenedCommand) -> ProactiveCommand:
    """The command of an outer form. Raises `MissingObjectError`, `DecodeError`."""
    details = opened.details
    shape = BODIES.get(details.type)
    if shape is None:
        body: Body = UnknownCommand(qualifier=details.qualifier, type=details.type, objects=opened.objects)
        return ProactiveCommand(details.number, body, opened.source, opened.destination)
    body, unused = read(shape, opened.objects, qualifier=details.qualifier)
    extra = tuple(opened.objects[place] for place in unused)
    return ProactiveCommand(details.number, body, opened.source, opened.destination, extra)


def decode(raw: bytes) -> ProactiveCommand:
    """A proactive command from the bytes that FETCH gives. Raises `DecodeError` and nothing else."""
    return read_command(open_command(raw))


def _head(objects: Sequence[ComprehensionTlv]) -> tuple[tuple[int, bytes], tuple[int, bytes]]:
    found = {}
    for tag, name in ((Tag.COMMAND_DETAILS, "command details"), (Tag.DEVICE_IDENTITIES, "device identities")):
        place = next((place for place, one in enumerate(objects) if one.tag == tag), None)
        if place is None:
            raise MissingObjectError(f"a proactive command without {name}")
        found[tag] = place, objects[place].value
    if len(found[Tag.DEVICE_IDENTITIES][1]) != 2:
        raise DecodeError("device identities have 2 bytes")
    return found[Tag.COMMAND_DETAILS], found[Tag.DEVICE_IDENTITIES]
