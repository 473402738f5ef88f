"""Commands for files of records: READ, UPDATE and SEARCH RECORD, INCREASE (TS 102 221 §11.1.5 to §11.1.8).

Record 1 of a cyclic file is the one written last. "Next" and "previous" go round in a cyclic file and stop at the ends
of a linear one.
"""

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

NEXT, PREVIOUS, ABSOLUTE = 0x02, 0x03, 0x04
SEARCH_FORWARD, SEARCH_BACKWARD, SEARCH_ENHANCED = 0x04, 0x05, 0x06
ENHANCED_FORWARD, ENHANCED_BACKWARD, ENHANCED_NEXT, ENHANCED_PREVIOUS = 0x04, 0x05, 0x06, 0x07
BY_VALUE = 0x08
_SFI_FLAG = 0x80
INCREASE_MAX = 127


def _record_file(channel: Channel, sfi: int) -> FileNode:
    node = ef_by_sfi(channel, sfi)
    if not node.type.has_records:
        raise StatusFault(sw.WRONG_STRUCTURE)
    return node


def _pointer(channel: Channel, node: FileNode, sfi: int) -> int:
    """Where the record pointer stands; naming the file by its SFI puts it back to the start (§8.4.3)."""
    if sfi:
        return 1 if node.type is FileType.CYCLIC else 0
    return channel.record


def locate(node: FileNode, pointer: int, number: int, mode: int) -> int:
    """The record that P1 and the mode mean. 6A83 if there is none, 6A86 for a mode or number that cannot be."""
    count = node.records
    if mode == ABSOLUTE:
        wanted = number or pointer
        if not 1 <= wanted <= count:
            raise StatusFault(sw.RECORD_NOT_FOUND)
        return wanted
    if mode not in (NEXT, PREVIOUS) or number:
        raise StatusFault(sw.WRONG_P1_P2)
    if count == 0:
        raise StatusFault(sw.RECORD_NOT_FOUND)
    if pointer == 0:
        return 1 if mode == NEXT else count
    wanted = pointer + (1 if mode == NEXT else -1)
    if node.type is FileType.CYCLIC:
        return (wanted - 1) % count + 1
    if not 1 <= wanted <= count:
        raise StatusFault(sw.RECORD_NOT_FOUND)
    return wanted


def _settle(channel: Channel, node: FileNode, sfi: int, mode: int, record: int) -> None:
    """After success: the file named by SFI is current; next and previous have moved the pointer."""
    if sfi:
        channel.select(node)
    if mode in (NEXT, PREVIOUS):
        channel.record = record


def read_record(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """One whole record; another Le than the record's length is answered with 6Cxx."""
    sfi, mode = p2 >> 3, p2 & 7
    node = _record_file(channel, sfi)
    if not card.guard.allows(node, AccessMode.READ):
        return sw.SECURITY_NOT_SATISFIED
    if node.life_cycle != ACTIVATED:
        usable(node)
    record = locate(node, _pointer(channel, node, sfi), p1, mode)
    length = node.record_length
    if (p3 or MAX_LE) != length:
        return sw.wrong_le(length)
    _settle(channel, node, sfi, mode, record)
    start = (record - 1) * length
    return node.content.data[start : start + length] + sw.OK


def update_record(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """Write one whole record. In a cyclic file only "previous" exists: the oldest record becomes record 1 (§11.1.6)."""
    sfi, mode = p2 >> 3, p2 & 7
    node = _record_file(channel, sfi)
    if not card.guard.allows(node, AccessMode.UPDATE):
        return sw.SECURITY_NOT_SATISFIED
    if node.life_cycle != ACTIVATED:
        usable(node)
    length = node.record_length
    if node.type is FileType.CYCLIC:
        if mode not in (NEXT, PREVIOUS, ABSOLUTE) or (mode == PREVIOUS and p1):
            return sw.WRONG_P1_P2
        if mode != PREVIOUS:
            return sw.WRONG_STRUCTURE
        if len(data) != length:
            return sw.WRONG_LENGTH
        push(card, node, data)
        card.updated(node, data)
        if sfi:
            channel.select(node)
        channel.record = 1
        return sw.OK
    record = locate(node, _pointer(channel, node, sfi), p1, mode)
    if len(data) != length:
        return sw.WRONG_LENGTH
    content = node.content.data
    start = (record - 1) * length
    card.write(node, content[:start] + data + content[start + length :])
    card.updated(node, data)
    _settle(channel, node, sfi, mode, record)
    return sw.OK


def push(card: SoftCard, node: FileNode, record: bytes) -> None:
    """A new record 1 of a cyclic file; the oldest is gone."""
    content = node.content.data
    card.write(node, record + content[: len(content) - node.record_length])


def increased(node: FileNode, value: bytes) -> bytes | None:
    """Record 1 with `value` added; None if that does not fit."""
    length = node.record_length
    total = int.from_bytes(node.content.data[:length]) + int.from_bytes(value)
    return None if total >> 8 * length else total.to_bytes(length)


def increase(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """Add a value to record 1 of a cyclic file and write the sum as the new record 1 (§11.1.8).

    Answers the sum and the value added; 9850 if the sum does not fit.
    """
    if p2 or (p1 and not p1 & _SFI_FLAG) or p1 & 0x60:
        return sw.WRONG_P1_P2
    sfi = p1 & 0x1F
    node = ef_by_sfi(channel, sfi) if sfi else selected_ef(channel)
    if node.type is not FileType.CYCLIC:
        return sw.WRONG_STRUCTURE
    if not card.guard.allows_command(node, AccessMode.INCREASE, (0x80, 0x32, p1, p2)):
        return sw.SECURITY_NOT_SATISFIED
    usable(node)
    if not 1 <= len(data) <= INCREASE_MAX:
        return sw.WRONG_LENGTH
    record = increased(node, data)
    if record is None:
        return sw.MAXIMUM_REACHED
    push(card, node, record)
    card.updated(node)
    if sfi:
        channel.select(node)
    channel.record = 1
    return card.hold(channel, record + data)


def search_record(card: SoftCard, channel: Channel, p1: int, p2: int, p3: int, data: bytes) -> bytes:
    """Numbers of the records that hold a pattern (§11.1.7); 6282 if none does.

    Simple search (P2 04 forward, 05 backward) starts at the record P1, or at the current one, and looks anywhere in a
    record. In an enhanced search (06) two bytes stand before the pattern: which way and from where, and the offset (or
    the byte after whose first occurrence) the comparison may start at. The pointer goes to the first record found.
    """
    sfi, mode = p2 >> 3, p2 & 7
    if mode not in (SEARCH_FORWARD, SEARCH_BACKWARD, SEARCH_ENHANCED):
        return sw.WRONG_P1_P2
    node = _record_file(channel, sfi)
    if not card.guard.allows(node, AccessMode.READ):
        return sw.SECURITY_NOT_SATISFIED
    if node.life_cycle != ACTIVATED:
        usable(node)
    pointer = _pointer(channel, node, sfi)
    indication = offset = 0
    if mode == SEARCH_ENHANCED:
        if len(data) < 3:
            return sw.WRONG_LENGTH
        indication, offset, data = data[0], data[1], data[2:]
        if indication & 0xF4 != 0x04:
            return sw.WRONG_DATA
        mode = indication & 7
    if not data or len(data) > node.record_length:
        return sw.WRONG_LENGTH
    found = matching(node, search_order(node, pointer, p1, mode), data, offset, by_value=bool(indication & BY_VALUE))
    if not found:
        return sw.WARN_END
    if sfi:
        channel.select(node)
    channel.record = found[0]
    return card.hold(channel, bytes(found))


def matching(node: FileNode, order: range, pattern: bytes, offset: int, *, by_value: bool) -> list[int]:
    """Which of these records hold the pattern from `offset` on, or behind the first byte of that value."""
    length, content = node.record_length, node.content.data
    found = []
    for number in order:
        record = content[(number - 1) * length : number * length]
        start = offset
        if by_value:
            start = record.find(offset) + 1
            if not start:
                continue
        if record.find(pattern, start) >= 0:
            found.append(number)
    return found


def search_order(node: FileNode, pointer: int, number: int, mode: int) -> range:
    """The records that a search goes through. 6A83 for a start that is not there, 6A86 for one where none can be."""
    count = node.records
    if mode in (ENHANCED_NEXT, ENHANCED_PREVIOUS):
        if number:
            raise StatusFault(sw.WRONG_P1_P2)
        if mode == ENHANCED_NEXT:
            return range(pointer + 1, count + 1)
        return range((pointer or count + 1) - 1, 0, -1)
    start = number or pointer
    if not 1 <= start <= count:
        raise StatusFault(sw.RECORD_NOT_FOUND)
    return range(start, count + 1) if mode == ENHANCED_FORWARD else range(start, 0, -1)


ROUTES = (
    Route(ClassGroup.INTERINDUSTRY, 0xB2, Case.OUT, read_record),
    Route(ClassGroup.INTERINDUSTRY, 0xDC, Case.IN, update_record),
    Route(ClassGroup.INTERINDUSTRY, 0xA2, Case.IN_OUT, search_record),
    Route(ClassGroup.PROPRIETARY, 0x32, Case.IN_OUT, increase),
)
