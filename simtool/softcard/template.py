"""The FCP templates of CREATE FILE and RESIZE FILE (TS 102 222 §6.3, §6.10)."""

from __future__ import annotations

from dataclasses import dataclass

from simtool.codec import tlv
from simtool.codec.tlv import Tlv
from simtool.errors import CodecError
from simtool.files.product import FileType, SfiCoding
from simtool.softcard import status as sw
from simtool.softcard.filesystem import ACTIVATED, CURRENT_ADF, MF_FID, Content, FileNode
from simtool.softcard.status import StatusFault

_TEMPLATE = 0x62
_DESCRIPTOR, _FID, _DF_NAME, _PROPRIETARY, _LIFE_CYCLE = 0x82, 0x83, 0x84, 0xA5, 0x8A
_SIZE, _TOTAL_SIZE, _SFI, _PIN_STATUS = 0x80, 0x81, 0x88, 0xC6
_SECURITY = (0x8B, 0x8C, 0xAB)
_FILLING, _REPEAT = 0xC1, 0xC2
_MAXIMUM_SIZE = 0x86
_RESERVED_FIDS = (MF_FID, 0x3FFF, CURRENT_ADF, 0xFFFF, 0x0000)
_LIFE_CYCLES = (0x01, 0x03, 0x04, 0x05, 0x06, 0x07)
_TYPES = {0x01: FileType.TRANSPARENT, 0x02: FileType.LINEAR_FIXED, 0x06: FileType.CYCLIC}
_AID_MIN, _AID_MAX = 5, 16
SIZE_MAX = 0x7FFFFF


def _objects(data: bytes) -> dict[int, bytes]:
    """The objects of the one template in `data`; 6A80 if there is anything else, or one object twice."""
    try:
        template, rest = tlv.split_first(data)
        children = template.children()
        if template.tag != _TEMPLATE or rest or len({one.tag for one in children}) != len(children):
            raise StatusFault(sw.WRONG_DATA)
        for one in children:
            if one.tag == _PROPRIETARY:
                one.children()
    except CodecError:
        raise StatusFault(sw.WRONG_DATA) from None
    return {one.tag: one.value for one in children}


def _need(condition: bool) -> None:
    if not condition:
        raise StatusFault(sw.WRONG_DATA)


def pattern(proprietary: bytes, kind: FileType, start: int, size: int) -> bytes:
    """Bytes `start` to `size` of a new file: filling or repeat pattern, else FF, in a cyclic file 00 (§6.3.2.2.2).

    The filling pattern goes once from the beginning and then its last byte, the repeat pattern over and over; in files
    of records the caller asks for each record.
    """
    objects = tlv.parse(proprietary)
    filling, repeat = tlv.first(objects, _FILLING), tlv.first(objects, _REPEAT)
    if repeat:
        return (repeat * (size // len(repeat) + 1))[start:size]
    if filling:
        return (filling + filling[-1:] * max(size - len(filling), 0))[start:size]
    return (b"\x00" if kind is FileType.CYCLIC else b"\xff") * (size - start)


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be made."""

    type: FileType
    fid: int
    size: int
    descriptor: bytes
    aid: bytes | None
    record_length: int
    records: int
    sfi: int | None
    sfi_coding: SfiCoding
    life_cycle: int
    security: tuple[int, bytes] | None
    proprietary: bytes
    extra: bytes

    @property
    def sfi_given(self) -> bool:
        return self.sfi is not None and self.sfi_coding is SfiCoding.GIVEN

    @classmethod
    def parse(cls, data: bytes) -> NewFile:
        """Read the data of CREATE FILE. 6A80 if something needed is missing or does not fit."""
        found = _objects(data)
        descriptor, fid = found.get(_DESCRIPTOR, b""), found.get(_FID, b"")
        _need(len(descriptor) in (2, 4, 5, 6) and len(fid) == 2 and int.from_bytes(fid) not in _RESERVED_FIDS)
        kind = _kind(descriptor, _DF_NAME in found)
        life = found.get(_LIFE_CYCLE, bytes((ACTIVATED,)))
        _need(len(life) == 1 and life[0] in _LIFE_CYCLES)
        aid = found.get(_DF_NAME)
        _need(aid is None or (kind is FileType.ADF and _AID_MIN <= len(aid) <= _AID_MAX))
        size_tag = _TOTAL_SIZE if kind in (FileType.DF, FileType.ADF) else _SIZE
        raw_size = found.get(size_tag, b"\x00" if kind in (FileType.DF, FileType.ADF, FileType.BER_TLV) else b"")
        _need(1 <= len(raw_size) <= 4)
        size = int.from_bytes(raw_size)
        _need(size <= SIZE_MAX)
        length = count = 0
        if kind.has_records:
            _need(len(descriptor) >= 4)
            length = int.from_bytes(descriptor[2:4])
            _need(1 <= length <= 255 and size % length == 0 and 1 <= size // length <= 254)
            count = size // length
            _need(len(descriptor) == 4 or int.from_bytes(descriptor[4:]) == count)
        sfi, coding = _sfi(found, int.from_bytes(fid), kind)
        security = [(tag, found[tag]) for tag in _SECURITY if tag in found]
        _need(len(security) <= 1)
        known = {_DESCRIPTOR, _FID, _DF_NAME, _PROPRIETARY, _LIFE_CYCLE, size_tag, _SFI, _PIN_STATUS, *_SECURITY}
        extra = tlv.join(Tlv(tag, value) for tag, value in found.items() if tag not in known)
        return cls(
            kind, int.from_bytes(fid), size, descriptor[:2], aid, length, count, sfi, coding, life[0],
            security[0] if security else None, found.get(_PROPRIETARY, b""), extra,
        )  # fmt: skip

    def make(self, parent: FileNode) -> FileNode:
        node = FileNode(f"{parent.path}/{self.fid:04X}", self.fid, self.type, parent)
        node.aid, node.descriptor, node.life_cycle, node.extra = self.aid, self.descriptor, self.life_cycle, self.extra
        node.record_length, node.records = self.record_length, self.records
        node.sfi, node.sfi_coding, node.security = self.sfi, self.sfi_coding, self.security
        node.set_proprietary(self.proprietary)
        if self.type.has_records:
            data = pattern(self.proprietary, self.type, 0, self.record_length) * self.records
        elif self.type is FileType.TRANSPARENT:
            data = pattern(self.proprietary, self.type, 0, self.size)
        else:
            data = b""
        node.content = Content(node.path, data)
        return node


@dataclass(frozen=True, slots=True)
class NewSize:
    """What RESIZE FILE asks for; `maximum` of a BER-TLV file."""

    fid: int
    size: int | None
    maximum: bytes | None

    @classmethod
    def parse(cls, data: bytes) -> NewSize:
        found = _objects(data)
        fid, raw = found.get(_FID, b""), found.get(_SIZE)
        _need(len(fid) == 2 and (raw is None or 1 <= len(raw) <= 4))
        maximum = tlv.first(tlv.parse(found.get(_PROPRIETARY, b"")), _MAXIMUM_SIZE)
        size = int.from_bytes(raw) if raw is not None else None
        _need((size is not None and size <= SIZE_MAX) or maximum is not None)
        return cls(int.from_bytes(fid), size, maximum)

    def apply(self, node: FileNode) -> None:
        """Give `node` the new size. 6A80 if it cannot have it."""
        content = node.content
        if node.type is FileType.BER_TLV:
            wanted = self.maximum if self.maximum is not None else tlv_number(self.size or 0)
            if int.from_bytes(wanted) < content.used():
                raise StatusFault(sw.NO_MEMORY)
            others = [one for one in tlv.parse(node.proprietary) if one.tag != _MAXIMUM_SIZE]
            node.set_proprietary(tlv.join((*others, Tlv(_MAXIMUM_SIZE, wanted))))
            return
        if self.size is None or self.size == 0:
            raise StatusFault(sw.WRONG_DATA)
        size, old = self.size, len(content.data)
        if node.type.has_records:
            length = node.record_length
            _need(size % length == 0 and size // length <= 254)
            record = pattern(node.proprietary, node.type, 0, length)
            content.put(content.data[:size] + record * max((size - old) // length, 0))
            node.records = size // length
            return
        added = pattern(node.proprietary, node.type, old, size) if size > old else b""
        content.put(content.data[:size] + added)


def tlv_number(value: int) -> bytes:
    """In as few bytes as it needs."""
    return value.to_bytes(max(1, (value.bit_length() + 7) // 8))


def _kind(descriptor: bytes, named: bool) -> FileType:
    first = descriptor[0] & 0x3F
    if first == 0x38:
        return FileType.ADF if named else FileType.DF
    if first == 0x39:
        return FileType.BER_TLV
    kind = _TYPES.get(first & 0x07)
    if kind is None or first & 0x38 not in (0x00, 0x08):
        raise StatusFault(sw.WRONG_DATA)
    return kind


def _sfi(found: dict[int, bytes], fid: int, kind: FileType) -> tuple[int | None, SfiCoding]:
    if kind in (FileType.DF, FileType.ADF):
        return None, SfiCoding.NONE
    raw = found.get(_SFI)
    if raw is None:
        return (fid & 0x1F if 1 <= fid & 0x1F <= 30 else None), SfiCoding.DEFAULT
    if not raw:
        return None, SfiCoding.NONE
    _need(len(raw) == 1 and not raw[0] & 7 and 1 <= raw[0] >> 3 <= 30)
    return raw[0] >> 3, SfiCoding.GIVEN
