"""ViewHandler and BERTLVViewHandler: looking at a list of COMPREHENSION-TLV objects (TS 102 241 annex A).

The order of checks is that of the exceptions there: is the handler available, the array, then the elements. A search
that does not end well, for whatever reason, leaves nothing selected.
"""

from __future__ import annotations

from collections.abc import Mapping

from simtool.codec.tlv import encode_length
from simtool.softcard.jcvm.api.uicc.toolkit import tlv_list
from simtool.softcard.jcvm.api.uicc.toolkit.content import Content, capacity, content, fail, tag
from simtool.softcard.jcvm.api.uicc.toolkit.reasons import Reason
from simtool.softcard.jcvm.native import Native, read, room, write
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

TLV_NOT_FOUND, TLV_FOUND_CR_SET, TLV_FOUND_CR_NOT_SET = 0, 1, 2


def select(vm: Vm, this: Ref, wanted: int, occurrence: int = 1) -> bytes:
    """Look for an object, select it and give its value. UNAVAILABLE_ELEMENT; then nothing is selected."""
    held = content(vm, this)
    found = tlv_list.find(held.tlvs, wanted, occurrence)
    if found is None:
        held.selected = None
        raise fail(vm, this, Reason.UNAVAILABLE_ELEMENT)
    held.selected = (found.start, found.length)
    return held.tlvs[found.start : found.start + found.length]


def value(vm: Vm, this: Ref, held: Content) -> bytes:
    """The value of the selected object. UNAVAILABLE_ELEMENT."""
    if held.selected is None:
        raise fail(vm, this, Reason.UNAVAILABLE_ELEMENT)
    start, length = held.selected
    return held.tlvs[start : start + length]


def part(vm: Vm, this: Ref, whole: bytes, offset: int, length: int) -> bytes:
    """Some of a value; `length` is not negative. OUT_OF_TLV_BOUNDARIES."""
    if offset < 0 or offset + length > len(whole):
        raise fail(vm, this, Reason.OUT_OF_TLV_BOUNDARIES)
    return whole[offset : offset + length]


def first_byte(vm: Vm, this: Ref, wanted: int) -> int:
    """The first byte of an object, which becomes selected. UNAVAILABLE_ELEMENT, OUT_OF_TLV_BOUNDARIES."""
    return part(vm, this, select(vm, this, wanted), 0, 1)[0]


def get_length(vm: Vm, this: Ref) -> int:
    return len(content(vm, this).tlvs)


def copy(vm: Vm, this: Ref, target: Ref | None, offset: int, length: int) -> int:
    held = content(vm, this)
    room(vm, target, offset, length)
    write(vm, target, offset, part(vm, this, held.tlvs, 0, length))
    return offset + length


def find_tlv(vm: Vm, this: Ref, wanted: int, occurrence: int) -> int:
    held = content(vm, this)
    held.selected = None
    if occurrence <= 0:
        raise fail(vm, this, Reason.BAD_INPUT_PARAMETER)
    found = tlv_list.find(held.tlvs, wanted, occurrence)
    if found is None:
        return TLV_NOT_FOUND
    held.selected = (found.start, found.length)
    return TLV_FOUND_CR_SET if found.required else TLV_FOUND_CR_NOT_SET


def get_value_length(vm: Vm, this: Ref) -> int:
    return len(value(vm, this, content(vm, this)))


def get_value_byte(vm: Vm, this: Ref, offset: int) -> int:
    return part(vm, this, value(vm, this, content(vm, this)), offset, 1)[0]


def get_value_short(vm: Vm, this: Ref, offset: int) -> int:
    return int.from_bytes(part(vm, this, value(vm, this, content(vm, this)), offset, 2))


def copy_value(vm: Vm, this: Ref, at: int, target: Ref | None, offset: int, length: int) -> int:
    held = content(vm, this)
    room(vm, target, offset, length)
    write(vm, target, offset, part(vm, this, value(vm, this, held), at, length))
    return offset + length


def compare_value(vm: Vm, this: Ref, at: int, other: Ref | None, offset: int, length: int) -> int:
    held = content(vm, this)
    theirs = read(vm, other, offset, length)
    return _compare(part(vm, this, value(vm, this, held), at, length), theirs)


def find_and_copy(vm: Vm, this: Ref, wanted: int, target: Ref | None, offset: int) -> int:
    """All of the first object with the tag."""
    held = content(vm, this)
    held.selected = None
    room(vm, target, offset, 0)
    found = _found(vm, this, held, wanted, 1)
    write(vm, target, offset, _whole(held, found))
    held.selected = (found.start, found.length)
    return offset + found.length


def find_and_copy_part(
    vm: Vm, this: Ref, wanted: int, occurrence: int, at: int, target: Ref | None, offset: int, length: int
) -> int:
    held = content(vm, this)
    held.selected = None
    room(vm, target, offset, length)
    found = _found(vm, this, held, wanted, occurrence)
    write(vm, target, offset, part(vm, this, _whole(held, found), at, length))
    held.selected = (found.start, found.length)
    return offset + length


def find_and_compare(vm: Vm, this: Ref, wanted: int, other: Ref | None, offset: int) -> int:
    """With all of the first object with the tag."""
    held = content(vm, this)
    held.selected = None
    room(vm, other, offset, 0)
    found = _found(vm, this, held, wanted, 1)
    result = _compare(_whole(held, found), read(vm, other, offset, found.length))
    held.selected = (found.start, found.length)
    return result


def find_and_compare_part(
    vm: Vm, this: Ref, wanted: int, occurrence: int, at: int, other: Ref | None, offset: int, length: int
) -> int:
    held = content(vm, this)
    held.selected = None
    theirs = read(vm, other, offset, length)
    found = _found(vm, this, held, wanted, occurrence)
    result = _compare(part(vm, this, _whole(held, found), at, length), theirs)
    held.selected = (found.start, found.length)
    return result


def get_size(vm: Vm, this: Ref) -> int:
    """Of the whole BER-TLV object, its tag and length included."""
    length = get_length(vm, this)
    return 1 + len(encode_length(length)) + length


def _found(vm: Vm, this: Ref, held: Content, wanted: int, occurrence: int) -> tlv_list.Element:
    if occurrence <= 0:
        raise fail(vm, this, Reason.BAD_INPUT_PARAMETER)
    found = tlv_list.find(held.tlvs, wanted, occurrence)
    if found is None:
        raise fail(vm, this, Reason.UNAVAILABLE_ELEMENT)
    return found


def _whole(held: Content, found: tlv_list.Element) -> bytes:
    return held.tlvs[found.start : found.start + found.length]


def _compare(ours: bytes, theirs: bytes) -> int:
    """As numbers without sign, at the first that differs."""
    return (ours > theirs) - (ours < theirs)


VIEW: Mapping[str, Native] = {
    "getLength()S": get_length,
    "copy([BSS)S": copy,
    "findTLV(BB)B": find_tlv,
    "getValueLength()S": get_value_length,
    "getValueByte(S)B": get_value_byte,
    "getValueShort(S)S": get_value_short,
    "copyValue(S[BSS)S": copy_value,
    "compareValue(S[BSS)B": compare_value,
    "findAndCopyValue(B[BS)S": find_and_copy,
    "findAndCopyValue(BBS[BSS)S": find_and_copy_part,
    "findAndCompareValue(B[BS)B": find_and_compare,
    "findAndCompareValue(BBS[BSS)B": find_and_compare_part,
    "getCapacity()S": capacity,
}
BER_VIEW: Mapping[str, Native] = {**VIEW, "getTag()B": tag, "getSize()S": get_size}
