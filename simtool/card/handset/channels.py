"""Channels of the bearer independent protocol (TS 102 223 §6.4.27 to §6.4.31), towards peers in the simulated network.

Clients of TCP and UDP over packet bearers, at once or on demand. Servers and local bearers are beyond this handset.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simtool.card.handset.network import Peer
from simtool.card.handset.reply import Ask, Reply, respond, unable
from simtool.card.handset.screen import Answer, Key, Pressed, Screen, ScreenKind, TimedOut
from simtool.card.handset.texts import lines_of
from simtool.codec.proactive.channel_commands import (
    CloseChannel,
    GetChannelStatus,
    OpenChannel,
    ReceiveData,
    SendData,
)
from simtool.codec.proactive.command import ProactiveCommand
from simtool.codec.proactive.events import ChannelStatusChange, DataAvailable
from simtool.codec.proactive.places import LINK_DROPPED, MAX_CHANNEL, BearerDescription, ChannelStatus
from simtool.codec.proactive.response import TerminalResponse
from simtool.codec.proactive.tags import BearerType, ChannelTrouble, Device, Result, TransportProtocol, Unable

if TYPE_CHECKING:
    from simtool.card.handset.phone import Handset

MOST_IN_ONE = 0xFF
_BEARERS = (BearerType.PACKET, BearerType.DEFAULT, BearerType.UTRAN_EXTENDED, BearerType.EUTRAN, BearerType.NG_RAN)
_TRANSPORTS = (TransportProtocol.TCP_REMOTE, TransportProtocol.UDP_REMOTE)
_CHANNEL_BASE = Device.CHANNEL_1 - 1
RECEIVE_MOST = 237  # bytes of data that fit a response beside everything else


@dataclass(slots=True)
class Channel:
    """An open channel: where it leads, what waits in its two buffers."""

    number: int
    size: int
    bearer: BearerDescription
    address: str
    port: int
    protocol: int
    linked: bool = False
    dropped: bool = False
    sending: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)

    @property
    def status(self) -> ChannelStatus:
        return ChannelStatus.of(self.number, linked=self.linked, information=LINK_DROPPED if self.dropped else 0)


class Channels:
    """The channels of a handset, by their numbers 1 to 7."""

    def __init__(self) -> None:
        self.open: dict[int, Channel] = {}

    def free(self, most: int) -> int | None:
        return next((number for number in range(1, min(most, MAX_CHANNEL) + 1) if number not in self.open), None)

    def clear(self) -> None:
        self.open.clear()


def open_channel(phone: Handset, command: ProactiveCommand, body: OpenChannel) -> Reply:
    """OPEN CHANNEL (§6.4.27). The user is asked if the card gives words for it."""
    if body.transport is not None and body.transport.protocol not in _TRANSPORTS:
        return _trouble(command, ChannelTrouble.TRANSPORT_LEVEL)
    if body.bearer is None or body.transport is None:
        return respond(command, Result.VALUES_MISSING)
    if body.bearer.type not in _BEARERS:
        return respond(command, Result.BEYOND_CAPABILITIES)
    if not body.destination:
        return respond(command, Result.VALUES_MISSING)
    if not body.alpha:
        return _open(phone, command, body)
    screen = Screen(ScreenKind.CONFIRM, "Data", lines_of(body.alpha), keys=(Key.OK, Key.BACK, Key.END))

    def answered(answer: Answer) -> TerminalResponse | None:
        if answer == Pressed(Key.OK):
            return _open(phone, command, body)
        if answer == Pressed(Key.END):
            return respond(command, Result.ENDED_BY_USER)
        if answer == Pressed(Key.BACK) or isinstance(answer, TimedOut):
            return respond(command, Result.NOT_ACCEPTED_BY_USER)
        return None

    return Ask(screen, answered, phone.equipment.patience)


def _open(phone: Handset, command: ProactiveCommand, body: OpenChannel) -> TerminalResponse:
    bearer, transport = body.bearer, body.transport
    if bearer is None or transport is None:
        return respond(command, Result.VALUES_MISSING)
    if not phone.network.in_service:
        return unable(command, Unable.NO_SERVICE)
    number = phone.channels.free(phone.equipment.profile.channels)
    if number is None:
        return _trouble(command, ChannelTrouble.NO_CHANNEL)
    size = min(body.buffer_size, phone.equipment.max_buffer)
    channel = Channel(number, size, bearer, body.destination or "", transport.port, transport.protocol)
    if body.immediate and not body.in_background and not _link(phone, channel):
        return respond(command, Result.NETWORK_UNABLE, b"\x00", bearer=bearer, buffer_size=size)
    phone.channels.open[number] = channel
    opened = channel.status
    if body.in_background:  # the response goes out first, what became of the link is an event
        channel.dropped = not _link(phone, channel)
        phone.tell(ChannelStatusChange(status=channel.status))
    phone.note("channel", f"{number} open to {channel.address}:{channel.port}")
    dynamic = body.local_address is not None and not body.local_address
    result = Result.PERFORMED if size == body.buffer_size else Result.PERFORMED_WITH_MODIFICATION
    return respond(
        command, result, channels=(opened,), bearer=bearer, buffer_size=size,
        local_address=phone.network.local_address if dynamic else None,
        dns_address=phone.network.dns_address if body.wants_dns else None,
    )  # fmt: skip


def close_channel(phone: Handset, command: ProactiveCommand, body: CloseChannel) -> Reply:
    """CLOSE CHANNEL (§6.4.28)."""
    channel = _channel(phone, command)
    if channel is None:
        return _trouble(command, ChannelTrouble.CHANNEL_INVALID)
    del phone.channels.open[channel.number]
    phone.note("channel", f"{channel.number} closed")
    return respond(command, Result.PERFORMED)


def send_data(phone: Handset, command: ProactiveCommand, body: SendData) -> Reply:
    """SEND DATA (§6.4.30): into the buffer, and with the flag out of it. A link on demand is made now."""
    channel = _channel(phone, command)
    if channel is None:
        return _trouble(command, ChannelTrouble.CHANNEL_INVALID)
    if channel.dropped:
        return _trouble(command, ChannelTrouble.CHANNEL_CLOSED)
    if len(channel.sending) + len(body.data) > channel.size:
        return _trouble(command, ChannelTrouble.BUFFER_SIZE)
    channel.sending += body.data
    if body.at_once:
        if not channel.linked and not _link(phone, channel):
            channel.sending.clear()
            return respond(command, Result.NETWORK_UNABLE, b"\x00")
        _exchange(phone, channel)
    room = min(MOST_IN_ONE, channel.size - len(channel.sending))
    return respond(command, Result.PERFORMED, data_length=room)


def receive_data(phone: Handset, command: ProactiveCommand, body: ReceiveData) -> Reply:
    """RECEIVE DATA (§6.4.29): what is there, up to what was asked for; less is told by the result."""
    channel = _channel(phone, command)
    if channel is None:
        return _trouble(command, ChannelTrouble.CHANNEL_INVALID)
    if channel.dropped and not channel.received:
        return _trouble(command, ChannelTrouble.CHANNEL_CLOSED)
    wanted = min(body.length, RECEIVE_MOST)
    data = bytes(channel.received[:wanted])
    del channel.received[: len(data)]
    result = Result.PERFORMED if len(data) == body.length else Result.MISSING_INFORMATION
    return respond(command, result, channel_data=data, data_length=min(MOST_IN_ONE, len(channel.received)))


def get_channel_status(phone: Handset, command: ProactiveCommand, body: GetChannelStatus) -> Reply:
    """GET CHANNEL STATUS (§6.4.31): one status for each open channel, or one of channel 0 for none."""
    statuses = tuple(channel.status for _, channel in sorted(phone.channels.open.items()))
    return respond(command, Result.PERFORMED, channels=statuses or (ChannelStatus(0),))


def drop(phone: Handset, number: int) -> bool:
    """The network drops a link; False if there is no such channel."""
    channel = phone.channels.open.get(number)
    if channel is None:
        return False
    channel.linked, channel.dropped = False, True
    phone.tell(ChannelStatusChange(status=channel.status))
    return True


def push(phone: Handset, number: int, data: bytes) -> bool:
    """The peer sends data by itself; False if there is no such channel, or its buffer has no room."""
    channel = phone.channels.open.get(number)
    if channel is None or len(channel.received) + len(data) > channel.size:
        return False
    _arrived(phone, channel, data)
    return True


def _exchange(phone: Handset, channel: Channel) -> None:
    peer = _peer(phone, channel)
    data = bytes(channel.sending)
    channel.sending.clear()
    phone.note("channel", f"{channel.number} sent {data.hex()}")
    answer = peer.receive(data) if peer is not None else b""
    if answer:
        _arrived(phone, channel, answer[: channel.size - len(channel.received)])


def _arrived(phone: Handset, channel: Channel, data: bytes) -> None:
    channel.received += data
    phone.note("channel", f"{channel.number} received {data.hex()}")
    length = min(MOST_IN_ONE, len(channel.received))
    phone.tell(DataAvailable(status=channel.status, length=length))


def _link(phone: Handset, channel: Channel) -> bool:
    """Make the link. TCP needs somebody who listens; UDP does not."""
    channel.linked = channel.protocol == TransportProtocol.UDP_REMOTE or _peer(phone, channel) is not None
    return channel.linked


def _peer(phone: Handset, channel: Channel) -> Peer | None:
    return phone.network.peer(channel.address, channel.port)


def _channel(phone: Handset, command: ProactiveCommand) -> Channel | None:
    return phone.channels.open.get(command.destination - _CHANNEL_BASE)


def _trouble(command: ProactiveCommand, cause: ChannelTrouble) -> TerminalResponse:
    return respond(command, Result.CHANNEL_ERROR, bytes((cause,)))
