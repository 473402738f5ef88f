"""The static methods of BERTLV and its subclasses: TLVs that stand in byte arrays (Java Card API 3.0.5).

A TLV that the array is too short for is an ArrayIndexOutOfBoundsException, except where its length is given with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from simtool.softcard.jcvm.api.javacardx.framework.tlv import encoding
from simtool.softcard.jcvm.api.javacardx.framework.tlv.common import (
    ILLEGAL_SIZE,
    INVALID_PARAM,
    MALFORMED_TAG,
    MALFORMED_TLV,
    TLV_LENGTH_GREATER_THAN_32767,
    TLV_SIZE_GREATER_THAN_32767,
    parsed,
    whole,
    wrong,
)
from simtool.softcard.jcvm.api.javacardx.framework.tlv.tags import tag_in
from simtool.softcard.jcvm.native import Native, read, write
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm


def _tlv_in(vm: Vm, array: Ref | None, offset: int, *, constructed: bool) -> tuple[bytes, encoding.Tlv]:
    """All of the array, and the TLV at an offset of it."""
    data = whole(vm, array)
    found = parsed(vm, MALFORMED_TLV, lambda: encoding.tlv_at(data, offset))
    if encoding.is_constructed(found.tag) != constructed:
        raise wrong(vm, MALFORMED_TLV)
    return data, found


def _joined(vm: Vm, tag: bytes, value: bytes) -> bytes:
    made = tag + encoding.make_length(len(value)) + value
    if len(made) > encoding.MOST:
        raise wrong(vm, TLV_SIZE_GREATER_THAN_32767)
    return made


# BERTLV


def verify_format(vm: Vm, array: Ref | None, offset: int, length: int) -> bool:
    data = read(vm, array, offset, length)
    try:
        encoding.only(data)
    except encoding.Malformed:
        return False
    return True


def get_tag(vm: Vm, array: Ref | None, offset: int, target: Ref | None, at: int) -> int:
    data = whole(vm, array)
    tag = parsed(vm, MALFORMED_TLV, lambda: encoding.head_at(data, offset)).tag
    if len(tag) > encoding.MOST:
        raise wrong(vm, ILLEGAL_SIZE)
    write(vm, target, at, tag)
    return len(tag)


def get_length(vm: Vm, array: Ref | None, offset: int) -> int:
    data = whole(vm, array)
    length = parsed(vm, MALFORMED_TLV, lambda: encoding.head_at(data, offset)).length
    if length > encoding.MOST:
        raise wrong(vm, TLV_LENGTH_GREATER_THAN_32767)
    return length


# PrimitiveBERTLV


def get_value_offset(vm: Vm, array: Ref | None, offset: int) -> int:
    _, found = _tlv_in(vm, array, offset, constructed=False)
    if found.end - found.start > encoding.MOST:
        raise wrong(vm, TLV_SIZE_GREATER_THAN_32767)
    return found.value


def to_bytes(
    vm: Vm, tags: Ref | None, tag_offset: int, values: Ref | None, offset: int, length: int, target: Ref | None, at: int
) -> int:
    tag, value = tag_in(vm, tags, tag_offset), read(vm, values, offset, length)
    if encoding.is_constructed(tag):
        raise wrong(vm, MALFORMED_TAG)
    made = _joined(vm, tag, value)
    write(vm, target, at, made)
    return len(made)


def append_value(vm: Vm, array: Ref | None, at: int, values: Ref | None, offset: int, length: int) -> int:
    data, found = _tlv_in(vm, array, at, constructed=False)
    made = _joined(vm, found.tag, data[found.value : found.end] + read(vm, values, offset, length))
    write(vm, array, at, made)
    return len(made)


# ConstructedBERTLV


def append(vm: Vm, array: Ref | None, offset: int, target: Ref | None, at: int) -> int:
    """The TLV at `offset` becomes the last part of the constructed one at `at`."""
    data = whole(vm, array)
    part = parsed(vm, MALFORMED_TLV, lambda: encoding.tlv_at(data, offset))
    theirs, found = _tlv_in(vm, target, at, constructed=True)
    made = _joined(vm, found.tag, theirs[found.value : found.end] + data[part.start : part.end])
    write(vm, target, at, made)
    return len(made)


def find(vm: Vm, array: Ref | None, offset: int, tags: Ref | None, tag_offset: int) -> int:
    """Where the first part with this tag stands, -1 if there is none; without a tag, the first part."""
    data, found = _tlv_in(vm, array, offset, constructed=True)
    return _first(vm, encoding.children(data, found), tags, tag_offset)


def find_next(vm: Vm, array: Ref | None, offset: int, start: int, tags: Ref | None, tag_offset: int) -> int:
    """The same, behind the part that stands at `start`."""
    data, found = _tlv_in(vm, array, offset, constructed=True)
    parts = encoding.children(data, found)
    if start not in {one.start for one in parts}:
        raise vm.throw("java/lang/ArrayIndexOutOfBoundsException") if start < 0 else wrong(vm, INVALID_PARAM)
    return _first(vm, [one for one in parts if one.start > start], tags, tag_offset)


def _first(vm: Vm, parts: list[encoding.Tlv], tags: Ref | None, tag_offset: int) -> int:
    wanted = tag_in(vm, tags, tag_offset) if tags is not None else None
    return next((one.start for one in parts if wanted is None or one.tag == wanted), -1)


OF_ANY: Mapping[str, Native] = {
    "verifyFormat([BSS)Z": verify_format,
    "getTag([BS[BS)S": get_tag,
    "getLength([BS)S": get_length,
}
OF_PRIMITIVE: Mapping[str, Native] = {
    "getValueOffset([BS)S": get_value_offset,
    "toBytes([BS[BSS[BS)S": to_bytes,
    "appendValue([BS[BSS)S": append_value,
}
OF_CONSTRUCTED: Mapping[str, Native] = {
    "append([BS[BS)S": append,
    "find([BS[BS)S": find,
    "findNext([BSS[BS)S": find_next,
}
