"""RETRIEVE DATA and SET DATA for BER-TLV files (TS 102 221 §11.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.codec import tlv
from simtool.codec.access import AccessMode
from simtool.errors import CodecError
from simtool.files.product import FileType
from simtool.softcard import status as sw
from simtool.softcard.channel import Channel, TlvTransfer
from simtool.softcard.commands.base import MAX_LE, Case, ClassGroup, Route, ef_by_sfi, usable
from simtool.softcard.filesystem import FileNode
from simtool.softcard.status import StatusFault

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

FIRST_BLOCK, RETRANSMIT, NEXT_BLOCK = 0x80, 0x40, 0x00
TAG_LIST = 0x5C
FIRST_BLOCK_SIZE = 255
_BLOCK_BITS, _SFI_BITS = 0xE0, 0x1F


def _tlv_file(channel: Channel, p2: int) -> FileNode:
    node = ef_by_sfi(channel, p2 & _SFI_BITS)
    if node.type is not FileType.BER_TLV:
        raise StatusFault(sw.WRONG_STRUCTURE)
    return node


def retrieve_data(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """RETRIEVE DATA (§11.3.1): an object block by block, 62F1 while there is more; tag 5C gives the list of tags.

    P2 80 with the tag starts, 00 goes on, 40 repeats the block before. 6A88 for an object that is not there.
    """
    block = p2 & _BLOCK_BITS
    if p1 or block not in (FIRST_BLOCK, RETRANSMIT, NEXT_BLOCK):
        return sw.WRONG_P1_P2
    node = _tlv_file(channel, p2)
    if not card.guard.allows(node, AccessMode.READ):
        return sw.SECURITY_NOT_SATISFIED
    usable(node)
    if block == FIRST_BLOCK:
        transfer = TlvTransfer(node, 0, bytearray(_object(node, data)))
        if p2 & _SFI_BITS:
            channel.select(node)
        channel.reading = transfer
        piece = _piece(transfer, FIRST_BLOCK_SIZE)
        if transfer.done < len(transfer.data):
            return card.hold(channel, piece, first=sw.MORE_DATA, final=sw.MORE_DATA)
        return card.hold(channel, piece)
    if data:
        return sw.WRONG_LENGTH
    reading = channel.reading
    if reading is None or reading.node is not node:
        return sw.CONDITIONS_NOT_SATISFIED
    if block == RETRANSMIT:
        length = reading.done - reading.last
        if (p3 or MAX_LE) != length:
            return sw.wrong_le(length)
        return bytes(reading.data[reading.last : reading.done]) + _more(reading)
    left = len(reading.data) - reading.done
    if left == 0:
        return sw.CONDITIONS_NOT_SATISFIED
    if (p3 or MAX_LE) > left:
        return sw.wrong_le(left)
    return _piece(reading, p3 or MAX_LE) + _more(reading)


def _object(node: FileNode, tag_bytes: bytes) -> bytes:
    """What there is to send for a tag."""
    if not 1 <= len(tag_bytes) <= tlv.MAX_TAG_BYTES:
        raise StatusFault(sw.WRONG_LENGTH)
    tag = int.from_bytes(tag_bytes)
    objects = node.content.objects
    if tag == TAG_LIST:
        return tlv.encode(TAG_LIST, b"".join(tlv.encode_tag(one) for one in objects))
    try:
        if tlv.encode_tag(tag) != tag_bytes:
            raise StatusFault(sw.WRONG_DATA)
    except CodecError:
        raise StatusFault(sw.WRONG_DATA) from None
    if tag not in objects:
        raise StatusFault(sw.REFERENCE_NOT_FOUND)
    return tlv.encode(tag, objects[tag])


def _piece(transfer: TlvTransfer, size: int) -> bytes:
    transfer.last = transfer.done
    transfer.done = min(transfer.done + size, len(transfer.data))
    return bytes(transfer.data[transfer.last : transfer.done])


def _more(transfer: TlvTransfer) -> bytes:
    return sw.MORE_DATA if transfer.done < len(transfer.data) else sw.OK


def set_data(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """SET DATA (§11.3.2): an object block by block, 63F1 until all of it is there; then it replaces the old one.

    A tag alone deletes the object. Until the last block the file stays as it was. 6A84 if it does not fit.
    """
    block = p2 & _BLOCK_BITS
    if p1 or block not in (FIRST_BLOCK, NEXT_BLOCK):
        return sw.WRONG_P1_P2
    node = _tlv_file(channel, p2)
    if not card.guard.allows(node, AccessMode.UPDATE):
        return sw.SECURITY_NOT_SATISFIED
    usable(node)
    if not data:
        return sw.WRONG_LENGTH
    if block == FIRST_BLOCK:
        transfer = _start(node, data)
        if p2 & _SFI_BITS:
            channel.select(node)
        channel.writing = None
        if transfer is None:
            tag = int.from_bytes(data)
            if tag not in node.content.objects:
                return sw.REFERENCE_NOT_FOUND
            card.write_object(node, tag, None)
            card.updated(node)
            return sw.OK
    else:
        transfer = channel.writing
        if transfer is None or transfer.node is not node:
            return sw.CONDITIONS_NOT_SATISFIED
        transfer.data += data
    if len(transfer.data) > transfer.expected:
        channel.writing = None
        return sw.WRONG_DATA
    if len(transfer.data) < transfer.expected:
        channel.writing = transfer
        return sw.MORE_EXPECTED
    channel.writing = None
    card.write_object(node, transfer.tag, bytes(transfer.data[transfer.done :]))
    card.updated(node)
    return sw.OK


def _start(node: FileNode, data: bytes) -> TlvTransfer | None:
    """The transfer that a first block begins; None for a tag alone. The block may end within the length."""
    size = 1
    if data[0] & 0x1F == 0x1F:
        while size < len(data) and data[size] & 0x80:
            size += 1
        size += 1
    tag_bytes = data[:size]
    try:
        tag = int.from_bytes(tag_bytes)
        if tlv.encode_tag(tag) != tag_bytes or tag == TAG_LIST:
            raise StatusFault(sw.WRONG_DATA)
        if len(data) == size:
            return None
        length, start = tlv.decode_length(data, size)
    except CodecError:
        raise StatusFault(sw.WRONG_DATA) from None
    if not fits(node, tag, length):
        raise StatusFault(sw.NO_MEMORY)
    return TlvTransfer(node, tag, bytearray(data), done=start, expected=start + length)


def fits(node: FileNode, tag: int, length: int) -> bool:
    """Whether there is room for an object with a value of this length, in place of one that may be there."""
    objects = node.content.objects
    old = len(tlv.encode(tag, objects[tag])) if tag in objects else 0
    return node.content.used() - old + len(tlv.encode(tag, bytes(length))) <= node.tlv_capacity


ROUTES = (
    Route(ClassGroup.PROPRIETARY, 0xCB, Case.EITHER, retrieve_data),
    Route(ClassGroup.PROPRIETARY, 0xDB, Case.IN, set_data),
)
