"""READ BINARY and UPDATE BINARY (TS 102 221 §11.1.3, §11.1.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.codec.access import AccessMode
from simtool.files.product import FileType
from simtool.softcard import status as sw
from simtool.softcard.channel import Channel
from simtool.softcard.commands.base import MAX_LE, Case, ClassGroup, Route, ef_by_sfi, selected_ef, usable
from simtool.softcard.filesystem import ACTIVATED, FileNode
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

_SFI_FLAG, _SFI_RFU = 0x80, 0x60


def _target(channel: Channel, p1: int, p2: int) -> tuple[FileNode, int]:
    """File and offset: SFI in P1 and a byte of offset, or fifteen bits of offset in the current EF (table 11.10)."""
    if p1 & _SFI_FLAG:
        if p1 & _SFI_RFU:
            raise StatusFault(sw.WRONG_P1_P2)
        node, offset = ef_by_sfi(channel, p1 & 0x1F), p2
    else:
        node, offset = selected_ef(channel), p1 << 8 | p2
    if node.type is not FileType.TRANSPARENT:
        raise StatusFault(sw.WRONG_STRUCTURE)
    return node, offset


def read_binary(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """Bytes from the offset on. Le beyond the end is answered with what there is (6Cxx), an offset there with 6B00."""
    node, offset = _target(channel, p1, p2)
    if not card.guard.allows(node, AccessMode.READ):
        return sw.SECURITY_NOT_SATISFIED
    if node.life_cycle != ACTIVATED:
        usable(node)
    content = node.content.data
    left = len(content) - offset
    if left <= 0:
        return sw.WRONG_OFFSET
    length = p3 or MAX_LE
    if length > left:
        return sw.wrong_le(left)
    if p1 & _SFI_FLAG and p1 & 0x1F:
        channel.select(node)
    return content[offset : offset + length] + sw.OK


def update_binary(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """Put bytes at the offset. 6B00 for an offset behind the end, 6700 for data that would go over it."""
    node, offset = _target(channel, p1, p2)
    if not card.guard.allows(node, AccessMode.UPDATE):
        return sw.SECURITY_NOT_SATISFIED
    if node.life_cycle != ACTIVATED:
        usable(node)
    if not data:
        return sw.WRONG_LENGTH
    content = node.content.data
    end = offset + len(data)
    if end > len(content):
        return sw.WRONG_OFFSET if offset >= len(content) else sw.WRONG_LENGTH
    card.write(node, content[:offset] + data + content[end:])
    card.updated(node)
    if p1 & _SFI_FLAG and p1 & 0x1F:
        channel.select(node)
    return sw.OK


ROUTES = (
    Route(ClassGroup.INTERINDUSTRY, 0xB0, Case.OUT, read_binary),
    Route(ClassGroup.INTERINDUSTRY, 0xD6, Case.IN, update_binary),
)
