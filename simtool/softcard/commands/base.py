"""What command modules share: the shape of a handler and how commands travel.

A handler gets the card, the channel, P1, P2, P3 and the command data, and gives response data and status word. In
case 2 commands P3 is Le as it came (0 means 256), in the others Lc. Data of case 4 commands wait for GET RESPONSE.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

from simtool.softcard import status as sw
from simtool.softcard.channel import Channel
from simtool.softcard.filesystem import ACTIVATED, DEACTIVATED, TERMINATED, FileNode
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

Handler = Callable[["SoftCard", Channel, int, int, int, bytes], bytes]
MAX_LE = 256


class Case(IntEnum):
    """Which way data travel (ISO/IEC 7816-3 §12.1). EITHER: P3 is Lc or Le, told apart by the presence of data."""

    NONE = 1
    OUT = 2
    IN = 3
    IN_OUT = 4
    EITHER = 5


class ClassGroup(Enum):
    """Which class bytes a command is sent with (TS 102 221 §10.1.1)."""

    INTERINDUSTRY = "0X, 4X, 6X"
    PROPRIETARY = "8X, CX, EX"
    BOTH = "either"
    GSM = "A0"


@dataclass(frozen=True, slots=True)
class Route:
    """One command in a module's table."""

    group: ClassGroup
    ins: int
    case: Case
    handler: Handler


def out(data: bytes, le: int) -> bytes:
    """The answer of a case 2 command: 6Cxx unless Le is the length there is (TS 102 221 §7.3.1.1.2)."""
    if (le or MAX_LE) != len(data):
        return sw.wrong_le(len(data))
    return data + sw.OK


def selected_ef(channel: Channel) -> FileNode:
    """The current EF; 6986 if there is none."""
    if channel.ef is None:
        raise StatusFault(sw.NO_EF)
    return channel.ef


def ef_by_sfi(channel: Channel, sfi: int) -> FileNode:
    """The EF of that short identifier in the current directory (TS 102 221 §8.4.3); 0 is the current EF.

    Does not select it yet: that happens when the command succeeds.
    """
    if sfi == 0:
        return selected_ef(channel)
    if sfi == 31:
        raise StatusFault(sw.WRONG_P1_P2)
    node = channel.df.by_sfi.get(sfi)
    if node is None:
        raise StatusFault(sw.FILE_NOT_FOUND)
    return node


def usable(node: FileNode) -> None:
    """6984 for a deactivated EF, unless it may be read so; 6985 for a terminated one (TS 102 222 §6.7, §6.9)."""
    state = node.life_cycle
    if state == ACTIVATED or state & 0xFD == ACTIVATED or state in (0x00, 0x01, 0x03):
        return
    if state & 0xFD == DEACTIVATED and node.readable_when_deactivated:
        return
    raise StatusFault(sw.CONDITIONS_NOT_SATISFIED if state & 0xFC == TERMINATED else sw.INVALIDATED)
