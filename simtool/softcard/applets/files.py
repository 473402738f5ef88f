"""The card's files for its applets: `jcvm.platform.files.FilePlatform` (TS 102 241 §6, TS 102 221 §11, TS 102 222).

What files do is what they do for the terminal (`simtool.softcard.commands`); who may do it is judged by the applet's
access domain, whatever the terminal has verified. What applets write is in no transaction of theirs. Checks come in
this order: an EF is there, its type, access, life cycle, mode, record, boundaries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simtool.codec import tlv
from simtool.codec.access import AccessMode
from simtool.errors import CodecError
from simtool.files.product import FileType
from simtool.softcard import status as sw
from simtool.softcard.commands import admin, objects, records
from simtool.softcard.commands.base import usable
from simtool.softcard.commands.objects import TAG_LIST
from simtool.softcard.commands.records import ABSOLUTE, NEXT, PREVIOUS
from simtool.softcard.filesystem import ACTIVATED, DEACTIVATED, TERMINATED, FileNode
from simtool.softcard.globalplatform import access_domains
from simtool.softcard.globalplatform.access_domains import NOTHING, AccessDomain
from simtool.softcard.jcvm.platform.files import Area, FileContext, FileRefused, Refusal
from simtool.softcard.status import StatusFault
from simtool.softcard.template import NewFile, NewSize

if TYPE_CHECKING:
    from simtool.softcard.card import SoftCard

_TEMPLATE = 0x62
_MODES = (NEXT, PREVIOUS, ABSOLUTE)
_OFFSET_BITS = 0xFF
_ENHANCED = range(records.ENHANCED_FORWARD, records.ENHANCED_PREVIOUS + 1)
_REFUSALS = {
    sw.INVALIDATED: Refusal.DEACTIVATED,
    sw.CONDITIONS_NOT_SATISFIED: Refusal.TERMINATED,
    sw.RECORD_NOT_FOUND: Refusal.NO_RECORD,
    sw.WRONG_P1_P2: Refusal.WRONG_MODE,
    sw.NO_MEMORY: Refusal.NO_ROOM,
    sw.WRONG_DATA: Refusal.WRONG_TEMPLATE,
    sw.FID_EXISTS: Refusal.FID_EXISTS,
    sw.DF_NAME_EXISTS: Refusal.NAME_EXISTS,
}


@contextmanager
def _translated() -> Iterator[None]:
    """What the commands would answer as a refusal."""
    try:
        yield
    except StatusFault as fault:
        raise FileRefused(_REFUSALS.get(fault.sw, Refusal.BROKEN)) from None


class CardFiles:
    """Implements `FilePlatform`. `contexts` gives where all views of the card stand; who makes the machine sets it."""

    def __init__(self, card: SoftCard) -> None:
        self._card = card
        self.contexts: Callable[[], Iterable[FileContext]] = tuple

    # Where a view stands

    def root(self, adf: bytes | None) -> str | None:
        if adf is None:
            return self._card.files.mf.path
        return next((node.path for node in self._card.files.applications if node.aid == adf), None)

    def holds(self, node: FileNode, but: FileContext | None = None) -> bool:
        """Whether a view, other than `but`, has this file selected."""
        return any(node.path in (one.df, one.ef) for one in self.contexts() if one is not but)

    def _root(self, context: FileContext) -> FileNode:
        found = self._card.files.by_path.get(context.root)
        if found is None:
            raise FileRefused(Refusal.BROKEN)
        return found

    def _df(self, context: FileContext) -> FileNode:
        """The current directory; where that was deleted, the next above that is still there."""
        root, path = self._root(context), context.df
        while path and path != root.path:
            found = self._card.files.by_path.get(path)
            if found is not None:
                return found
            path = path.rpartition("/")[0]
        return root

    def _ef(self, context: FileContext, *types: FileType) -> FileNode:
        found = self._card.files.by_path.get(context.ef) if context.ef else None
        if found is None:
            raise FileRefused(Refusal.NO_EF)
        if types and found.type not in types:
            raise FileRefused(Refusal.WRONG_FILE)
        return found

    # What the applet may do

    def _domain(self, context: FileContext) -> AccessDomain:
        gp = self._card.gp
        entry = gp.entry(context.aid) if gp is not None else None
        if entry is None:
            return NOTHING
        if context.area == Area.SIM.value:
            return access_domains.of_sim(entry.access)
        return access_domains.of_uicc(entry.access, self._root(context).aid or b"", admin=context.admin)

    def _allows(
        self, context: FileContext, node: FileNode, mode: AccessMode, command: tuple[int, int, int, int] | None = None
    ) -> bool:
        guard = self._card.guard
        return self._domain(context).grants(guard.rules(node).condition(mode, command), guard.key_of)

    def _need(
        self, context: FileContext, node: FileNode, mode: AccessMode, command: tuple[int, int, int, int] | None = None
    ) -> None:
        """Access and then the life cycle."""
        if not self._allows(context, node, mode, command):
            raise FileRefused(Refusal.DENIED)
        if node.life_cycle != ACTIVATED:
            with _translated():
                usable(node)

    def _write(self, node: FileNode, data: bytes) -> None:
        self._writing()
        self._card.write(node, data)

    def _writing(self) -> None:
        if self._card.before_applet_write is not None:
            self._card.before_applet_write()

    # Selection

    def select(self, context: FileContext, fid: int) -> None:
        """SELECT by FID (TS 102 221 §8.4.2), within the tree of the view: never into an ADF from outside, or out."""
        root = self._root(context)
        adf = root if root.type is FileType.ADF else None
        found = self._card.files.find(fid, self._df(context), adf)
        if found is None or found.application() is not adf:
            raise FileRefused(Refusal.NOT_FOUND)
        if context.area == Area.SIM.value and found.type is FileType.BER_TLV:
            raise FileRefused(Refusal.NOT_FOUND)
        self._enter(context, found)

    def select_sfi(self, context: FileContext, sfi: int) -> None:
        found = self._df(context).by_sfi.get(sfi) if 1 <= sfi <= 30 else None
        if found is None:
            raise FileRefused(Refusal.NOT_FOUND)
        self._enter(context, found)

    def _enter(self, context: FileContext, node: FileNode) -> None:
        if not node.shareable and (self._card.in_use_elsewhere(node, None) or self.holds(node, context)):
            raise FileRefused(Refusal.IN_USE)
        context.end_transfers()
        if node.is_directory:
            context.df, context.ef, context.record = node.path, "", 0
            return
        context.df, context.ef = node.home.path, node.path
        context.record = 1 if node.type is FileType.CYCLIC else 0

    def describe(self, context: FileContext) -> bytes:
        node = self._card.files.by_path.get(context.ef) if context.ef else None
        return self._describe(context, node or self._df(context))

    def describe_directory(self, context: FileContext) -> bytes:
        return self._describe(context, self._df(context))

    def _describe(self, context: FileContext, node: FileNode) -> bytes:
        return self._card.answer_2g(node) if context.area == Area.SIM.value else self._card.fcp(node)

    # Transparent files

    def read_binary(self, context: FileContext, offset: int, length: int) -> bytes:
        node = self._ef(context, FileType.TRANSPARENT)
        self._need(context, node, AccessMode.READ)
        content = node.content.data
        if offset < 0 or offset + length > len(content):
            raise FileRefused(Refusal.OUTSIDE_FILE)
        return content[offset : offset + length]

    def update_binary(self, context: FileContext, offset: int, data: bytes) -> None:
        node = self._ef(context, FileType.TRANSPARENT)
        self._need(context, node, AccessMode.UPDATE)
        content = node.content.data
        if offset < 0 or offset + len(data) > len(content):
            raise FileRefused(Refusal.OUTSIDE_FILE)
        self._write(node, content[:offset] + data + content[offset + len(data) :])

    # Files of records

    def _record_file(self, context: FileContext, mode: AccessMode) -> FileNode:
        node = self._ef(context, FileType.LINEAR_FIXED, FileType.CYCLIC)
        self._need(context, node, mode)
        return node

    def _locate(self, context: FileContext, node: FileNode, number: int, mode: int) -> int:
        if mode not in _MODES:
            raise FileRefused(Refusal.WRONG_MODE)
        if mode == ABSOLUTE and number < 0:
            raise FileRefused(Refusal.NO_RECORD)
        with _translated():
            return records.locate(node, context.record, number if mode == ABSOLUTE else 0, mode)

    def read_record(self, context: FileContext, number: int, mode: int, offset: int, length: int) -> bytes:
        node = self._record_file(context, AccessMode.READ)
        record = self._locate(context, node, number, mode)
        if offset < 0 or offset + length > node.record_length:
            raise FileRefused(Refusal.OUTSIDE_RECORD)
        if mode != ABSOLUTE:
            context.record = record
        start = (record - 1) * node.record_length + offset
        return node.content.data[start : start + length]

    def update_record(self, context: FileContext, number: int, mode: int, offset: int, data: bytes) -> None:
        """In a linear file of the UICC a record number makes the mode absolute; the SIM's modes do without it."""
        node = self._record_file(context, AccessMode.UPDATE)
        if node.type is FileType.CYCLIC:
            if mode != PREVIOUS:
                raise FileRefused(Refusal.WRONG_MODE)
            record = node.records
        else:
            absolute = mode in _MODES and number != 0 and context.area == Area.UICC.value
            mode = ABSOLUTE if absolute else mode
            record = self._locate(context, node, number, mode)
        length, content = node.record_length, node.content.data
        if offset < 0 or offset + len(data) > length:
            raise FileRefused(Refusal.OUTSIDE_RECORD)
        start = (record - 1) * length
        whole = content[start : start + offset] + data + content[start + offset + len(data) : start + length]
        if node.type is FileType.CYCLIC:
            self._writing()
            records.push(self._card, node, whole)
            context.record = 1
            return
        self._write(node, content[:start] + whole + content[start + length :])
        if mode != ABSOLUTE:
            context.record = record

    def search(self, context: FileContext, mode: int, number: int, indication: int, pattern: bytes) -> list[int]:
        """SEARCH RECORD (TS 102 221 §11.1.7). `indication` has the offset or value in its low byte."""
        node = self._record_file(context, AccessMode.READ)
        offset, by_value = 0, False
        if mode == records.SEARCH_ENHANCED:
            how, offset = indication >> 8, indication & _OFFSET_BITS
            mode, by_value = how & ~records.BY_VALUE, bool(how & records.BY_VALUE)
            if mode not in _ENHANCED:
                raise FileRefused(Refusal.WRONG_MODE)
        elif mode not in (records.SEARCH_FORWARD, records.SEARCH_BACKWARD):
            raise FileRefused(Refusal.WRONG_MODE)
        start = number or context.record
        if not 0 <= start <= node.records:
            raise FileRefused(Refusal.NO_RECORD)
        with _translated():
            order = records.search_order(node, start, 0, mode)
        if not pattern or len(pattern) + (0 if by_value else offset) > node.record_length:
            raise FileRefused(Refusal.OUTSIDE_RECORD)
        found = records.matching(node, order, pattern, offset, by_value=by_value)
        if found:
            context.record = found[0]
        return found

    def seek(self, context: FileContext, mode: int, pattern: bytes) -> int:
        node = self._ef(context, FileType.LINEAR_FIXED)
        self._need(context, node, AccessMode.READ)
        length, count, here = node.record_length, node.records, context.record
        if not 0 <= mode <= 3:
            raise FileRefused(Refusal.WRONG_MODE)
        if len(pattern) > length:
            raise FileRefused(Refusal.OUTSIDE_RECORD)
        order = (
            range(1, count + 1),
            range(count, 0, -1),
            range(here + 1, count + 1),
            range((here or count + 1) - 1, 0, -1),
        )[mode]
        for number in order if pattern else ():
            if node.content.data.startswith(pattern, (number - 1) * length):
                context.record = number
                return number
        return 0

    def record_length(self, context: FileContext) -> int:
        return self._increasable(context).record_length

    def _increasable(self, context: FileContext) -> FileNode:
        node = self._ef(context, FileType.CYCLIC)
        self._need(context, node, AccessMode.INCREASE, (0x80, 0x32, 0, 0))
        if not node.records:
            raise FileRefused(Refusal.NO_RECORD)
        return node

    def increase(self, context: FileContext, value: bytes) -> bytes:
        node = self._increasable(context)
        record = records.increased(node, value)
        if record is None:
            raise FileRefused(Refusal.MAXIMUM)
        self._writing()
        records.push(self._card, node, record)
        context.record = 1
        return record

    # Life cycle

    def set_active(self, context: FileContext, active: bool) -> bool:
        node = self._ef(context)
        mode, ins, state = (
            (AccessMode.ACTIVATE, 0x44, ACTIVATED) if active else (AccessMode.DEACTIVATE, 0x04, DEACTIVATED)
        )
        if not self._allows(context, node, mode, (0x00, ins, 0, 0)):
            raise FileRefused(Refusal.DENIED)
        if node.life_cycle & 0xFC == TERMINATED:
            raise FileRefused(Refusal.TERMINATED)
        if node.life_cycle & 0xFD == state:
            return False
        self._writing()
        self._card.set_life_cycle(node, state)
        return True

    # BER-TLV files

    def _object_file(self, context: FileContext, mode: AccessMode) -> FileNode:
        node = self._ef(context, FileType.BER_TLV)
        self._need(context, node, mode)
        return node

    def _free(self, context: FileContext, node: FileNode, tag: int) -> None:
        """Not while another view is about to write it (`setData`)."""
        _check_tag(tag)
        for other in self.contexts():
            if other is not context and other.ef == node.path and other.tag == tag:
                raise FileRefused(Refusal.IN_USE)

    def read_object(self, context: FileContext, tag: int, offset: int, length: int) -> tuple[bytes, int]:
        node = self._object_file(context, AccessMode.READ)
        self._free(context, node, tag)
        value = node.content.objects.get(tag)
        if value is None:
            raise FileRefused(Refusal.NO_OBJECT)
        if offset < 0 or offset + length > len(value):
            raise FileRefused(Refusal.OUTSIDE_OBJECT)
        context.end_transfers()
        return value[offset : offset + length], len(value) - offset - length

    def tags(self, context: FileContext, first: bool, count: int) -> tuple[list[int], int]:
        node = self._object_file(context, AccessMode.READ)
        known = list(node.content.objects)
        start = 0 if first else context.next_tag
        if start < 0:
            raise FileRefused(Refusal.IN_USE)
        if start + count > len(known):
            raise FileRefused(Refusal.OUTSIDE_OBJECT)
        context.end_transfers()
        context.next_tag = start + count
        return known[start : start + count], len(known) - start - count

    def write_object(self, context: FileContext, tag: int, first: bool, length: int, data: bytes) -> int:
        node = self._object_file(context, AccessMode.UPDATE)
        if first:
            self._free(context, node, tag)
            if length < 0 or len(data) > length:
                raise FileRefused(Refusal.OUTSIDE_OBJECT)
            if not objects.fits(node, tag, length):
                raise FileRefused(Refusal.NO_ROOM)
            context.end_transfers()
            context.tag, context.expected = tag, length
        elif context.tag < 0:
            raise FileRefused(Refusal.IN_USE)
        elif len(context.data) + len(data) > context.expected:
            raise FileRefused(Refusal.OUTSIDE_OBJECT)
        context.data += data
        left = context.expected - len(context.data)
        if left == 0:
            self._writing()
            self._card.write_object(node, context.tag, context.data)
            context.end_transfers()
        return left

    def delete_object(self, context: FileContext, tag: int) -> None:
        node = self._object_file(context, AccessMode.UPDATE)
        self._free(context, node, tag)
        if tag not in node.content.objects:
            raise FileRefused(Refusal.NO_OBJECT)
        context.end_transfers()
        self._writing()
        self._card.write_object(node, tag, None)

    # Administration

    def create(self, context: FileContext, template: bytes) -> None:
        """CREATE FILE (TS 102 222 §6.3)."""
        home = self._df(context)
        with _translated():
            new = NewFile.parse(tlv.encode(_TEMPLATE, template))
        if not self._allows(context, home, admin.creation_mode(new)):
            raise FileRefused(Refusal.DENIED)
        if home.life_cycle & 0xFC == TERMINATED:
            raise FileRefused(Refusal.TERMINATED)
        self._writing()
        with _translated():
            node = admin.add(self._card, home, new)
        if node.application() is home.application():
            self._enter(context, node)

    def delete(self, context: FileContext, fid: int) -> None:
        """DELETE FILE (TS 102 222 §6.4). A file that a channel has selected stays."""
        home = self._df(context)
        node = home.children.get(fid)
        if node is None or node.application() is not home.application():
            raise FileRefused(Refusal.NOT_FOUND)
        allowed = (node, AccessMode.DELETE_SELF), (home, AccessMode.DELETE_CHILD)
        if not any(self._allows(context, one, mode) for one, mode in allowed):
            raise FileRefused(Refusal.DENIED)
        doomed = [node, *node.descendants()]
        if admin.used_in(self._card, {id(one) for one in doomed}, None):
            raise FileRefused(Refusal.IN_USE)
        self._writing()
        if context.ef in {one.path for one in doomed}:
            context.ef, context.record = "", 0
            context.end_transfers()
        self._card.remove_file(node)

    def resize(self, context: FileContext, template: bytes) -> None:
        """RESIZE FILE (TS 102 222 §6.10)."""
        home = self._df(context)
        with _translated():
            wanted = NewSize.parse(tlv.encode(_TEMPLATE, template))
        node = home.children.get(wanted.fid)
        if node is None or node.application() is not home.application():
            raise FileRefused(Refusal.NOT_FOUND)
        if node.is_directory:
            raise FileRefused(Refusal.WRONG_FILE)
        self._need(context, node, AccessMode.RESIZE, (0x80, 0xD4, 0, 0))
        if self._card.in_use_elsewhere(node, None) or (not node.shareable and self.holds(node, context)):
            raise FileRefused(Refusal.SELECTED)
        self._writing()
        with _translated():
            self._card.resize(node, wanted)
        self._enter(context, node)


def _check_tag(tag: int) -> None:
    """A tag as BER has them, and not that of the list of tags (TS 102 221 §11.3)."""
    try:
        if tag <= 0 or tag == TAG_LIST or not tlv.encode_tag(tag):
            raise FileRefused(Refusal.WRONG_TAG)
    except CodecError:
        raise FileRefused(Refusal.WRONG_TAG) from None
