"""javacardx.framework.tlv: BERTLV, PrimitiveBERTLV, ConstructedBERTLV as objects (Java Card API 3.0.5).

A TLV keeps references to the tag and to the TLVs that it was given: what changes in them changes it. It grows as it
needs to, whatever its first capacity was; only nesting has its limit. The static methods, which work on arrays, are in
`arrays`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simtool.softcard.jcvm.api.javacardx.framework.tlv import encoding
from simtool.softcard.jcvm.api.javacardx.framework.tlv.common import (
    EMPTY_TLV,
    INSUFFICIENT_STORAGE,
    INVALID_PARAM,
    MALFORMED_TLV,
    TLV_LENGTH_GREATER_THAN_32767,
    TLV_SIZE_GREATER_THAN_32767,
    parsed,
    wrong,
)
from simtool.softcard.jcvm.api.javacardx.framework.tlv.tags import TagState, new_tag, tag_of
from simtool.softcard.jcvm.native import Native, NativeState, construct, read, state_of, usable, write
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

TLV = "javacardx/framework/tlv/BERTLV"
PRIMITIVE = "javacardx/framework/tlv/PrimitiveBERTLV"
CONSTRUCTED = "javacardx/framework/tlv/ConstructedBERTLV"


@dataclass
class TlvState(NativeState):
    """`tag` is a tag object, None while the TLV is empty; `value` of a primitive one, `parts` of a constructed one."""

    tag: Ref | None = None
    value: bytes = b""
    parts: list[Ref] = field(default_factory=list)


def construct_tlv(vm: Vm, this: JavaObject) -> None:
    construct(vm, this, TlvState())


def construct_with_capacity(vm: Vm, this: JavaObject, capacity: int) -> None:
    if capacity < 0:
        raise wrong(vm, INVALID_PARAM)
    construct_tlv(vm, this)


def _full(vm: Vm, this: Ref) -> TlvState:
    state = state_of(this, TlvState)
    if state.tag is None:
        raise wrong(vm, EMPTY_TLV)
    return state


def _length(vm: Vm, this: Ref, known: dict[Ref, int], depth: int = 0) -> int:
    """How long the value is. EMPTY_TLV, EMPTY_TAG; INSUFFICIENT_STORAGE for what is nested too deeply."""
    if depth > encoding.DEEPEST:
        raise wrong(vm, INSUFFICIENT_STORAGE)
    state = _full(vm, this)
    for one in state.parts:
        if one not in known:
            length = _length(vm, one, known, depth + 1)
            tag = tag_of(vm, _full(vm, one).tag)
            known[one] = len(tag) + len(encoding.make_length(length)) + length
    return len(state.value) + sum(known[one] for one in state.parts)


def _value(vm: Vm, this: Ref) -> bytes:
    state = _full(vm, this)
    return state.value + b"".join(_coded(vm, one) for one in state.parts)


def _coded(vm: Vm, this: Ref) -> bytes:
    value = _value(vm, this)
    return tag_of(vm, _full(vm, this).tag) + encoding.make_length(len(value)) + value


def _sized(vm: Vm, this: Ref) -> bytes:
    """All of its bytes, after their number was found to be possible. TLV_SIZE_GREATER_THAN_32767."""
    length = _length(vm, this, {})
    if length > encoding.MOST:
        raise wrong(vm, TLV_SIZE_GREATER_THAN_32767)
    found = _coded(vm, this)
    if len(found) > encoding.MOST:
        raise wrong(vm, TLV_SIZE_GREATER_THAN_32767)
    return found


def get_instance(vm: Vm, array: Ref | None, offset: int, length: int) -> JavaObject:
    data = read(vm, array, offset, length)
    return _new(vm, data, parsed(vm, MALFORMED_TLV, lambda: encoding.only(data)))


def _new(vm: Vm, data: bytes, tlv: encoding.Tlv) -> JavaObject:
    made = vm.new(CONSTRUCTED if encoding.is_constructed(tlv.tag) else PRIMITIVE)
    construct(vm, made, TlvState())
    _fill(vm, made, data, tlv)
    return made


def _fill(vm: Vm, this: JavaObject, data: bytes, tlv: encoding.Tlv) -> None:
    constructed = encoding.is_constructed(tlv.tag)
    parts: list[Ref] = [_new(vm, data, one) for one in encoding.children(data, tlv)] if constructed else []
    _become(vm, this, new_tag(vm, tlv.tag), b"" if constructed else data[tlv.value : tlv.end], parts)


def _become(vm: Vm, this: JavaObject, tag: Ref, value: bytes, parts: list[Ref]) -> None:
    state = state_of(this, TlvState)
    vm.heap.touch(this)
    state.tag, state.value, state.parts = tag, value, parts


def to_bytes(vm: Vm, this: JavaObject, target: Ref | None, offset: int) -> int:
    found = _sized(vm, this)
    write(vm, target, offset, found)
    return len(found)


def get_tag(vm: Vm, this: JavaObject) -> Ref | None:
    return _full(vm, this).tag


def get_length(vm: Vm, this: JavaObject) -> int:
    length = _length(vm, this, {})
    if length > encoding.MOST:
        raise wrong(vm, TLV_LENGTH_GREATER_THAN_32767)
    return length


def size(vm: Vm, this: JavaObject) -> int:
    return len(_sized(vm, this))


def _init(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int, constructed: bool) -> int:
    data = read(vm, array, offset, length)
    tlv = parsed(vm, MALFORMED_TLV, lambda: encoding.only(data))
    if encoding.is_constructed(tlv.tag) != constructed:
        raise wrong(vm, MALFORMED_TLV)
    _fill(vm, this, data, tlv)
    return size(vm, this)


def _given_tag(vm: Vm, tag: Ref | None) -> Ref:
    found = usable(vm, tag)
    state_of(found, TagState)
    return found


# PrimitiveBERTLV


def init_primitive(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> int:
    return _init(vm, this, array, offset, length, False)


def init_value(vm: Vm, this: JavaObject, tag: Ref | None, array: Ref | None, offset: int, length: int) -> int:
    given = _given_tag(vm, tag)
    _become(vm, this, given, read(vm, array, offset, length), [])
    return size(vm, this)


def _new_value(vm: Vm, this: JavaObject, value: bytes) -> int:
    vm.heap.touch(this)
    state_of(this, TlvState).value = value
    return size(vm, this)


def append_value(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> int:
    data = read(vm, array, offset, length)
    return _new_value(vm, this, _full(vm, this).value + data)


def replace_value(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> int:
    data = read(vm, array, offset, length)
    _full(vm, this)
    return _new_value(vm, this, data)


def get_value(vm: Vm, this: JavaObject, target: Ref | None, offset: int) -> int:
    _sized(vm, this)
    value = _value(vm, this)
    write(vm, target, offset, value)
    return len(value)


# ConstructedBERTLV


def init_constructed(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> int:
    return _init(vm, this, array, offset, length, True)


def init_with_tlv(vm: Vm, this: JavaObject, tag: Ref | None, part: Ref | None) -> int:
    given, one = _given_tag(vm, tag), _part(vm, this, part)
    _become(vm, this, given, b"", [one])
    return size(vm, this)


def init_with_value(vm: Vm, this: JavaObject, tag: Ref | None, array: Ref | None, offset: int, length: int) -> int:
    given, data = _given_tag(vm, tag), read(vm, array, offset, length)
    parts: list[Ref] = [_new(vm, data, one) for one in parsed(vm, MALFORMED_TLV, lambda: encoding.sequence(data, 0))]
    _become(vm, this, given, b"", parts)
    return size(vm, this)


def _part(vm: Vm, this: JavaObject, ref: Ref | None) -> Ref:
    """A TLV that is to be part of this one: INVALID_PARAM where it is, or contains, this one."""
    found = usable(vm, ref)
    reached, waiting = {found}, [found]
    while waiting:
        one = waiting.pop()
        if one is this:
            raise wrong(vm, INVALID_PARAM)
        more = set(state_of(one, TlvState).parts) - reached
        reached |= more
        waiting += more
    return found


def append(vm: Vm, this: JavaObject, part: Ref | None) -> int:
    one = _part(vm, this, part)
    state = _full(vm, this)
    vm.heap.touch(this)
    state.parts = [*state.parts, one]
    return size(vm, this)


def _place(vm: Vm, this: JavaObject, part: Ref | None, occurrence: int) -> int:
    """Where a part stands for the so-and-so-manyth time, from 1. INVALID_PARAM."""
    found = usable(vm, part)
    places = [at for at, one in enumerate(state_of(this, TlvState).parts) if one is found]
    if not 0 < occurrence <= len(places):
        raise wrong(vm, INVALID_PARAM)
    return places[occurrence - 1]


def delete(vm: Vm, this: JavaObject, part: Ref | None, occurrence: int) -> int:
    place, state = _place(vm, this, part, occurrence), state_of(this, TlvState)
    vm.heap.touch(this)
    state.parts = state.parts[:place] + state.parts[place + 1 :]
    return size(vm, this)


def _find(vm: Vm, parts: list[Ref], tag: Ref | None) -> Ref | None:
    if tag is None:
        return parts[0] if parts else None
    wanted = state_of(usable(vm, tag), TagState).tag
    for one in parts:
        its = state_of(one, TlvState).tag
        if its is not None and state_of(its, TagState).tag == wanted:
            return one
    return None


def find(vm: Vm, this: JavaObject, tag: Ref | None) -> Ref | None:
    return _find(vm, state_of(this, TlvState).parts, tag)


def find_next(vm: Vm, this: JavaObject, tag: Ref | None, part: Ref | None, occurrence: int) -> Ref | None:
    place = _place(vm, this, part, occurrence)
    return _find(vm, state_of(this, TlvState).parts[place + 1 :], tag)


OF_ANY: Mapping[str, Native] = {
    "toBytes([BS)S": to_bytes,
    "getTag()Ljavacardx/framework/tlv/BERTag;": get_tag,
    "getLength()S": get_length,
    "size()S": size,
}
OF_PRIMITIVE: Mapping[str, Native] = {
    "<init>(S)V": construct_with_capacity,
    "init([BSS)S": init_primitive,
    "init(Ljavacardx/framework/tlv/PrimitiveBERTag;[BSS)S": init_value,
    "appendValue([BSS)S": append_value,
    "replaceValue([BSS)S": replace_value,
    "getValue([BS)S": get_value,
}
OF_CONSTRUCTED: Mapping[str, Native] = {
    "<init>(S)V": construct_with_capacity,
    "init([BSS)S": init_constructed,
    "init(Ljavacardx/framework/tlv/ConstructedBERTag;Ljavacardx/framework/tlv/BERTLV;)S": init_with_tlv,
    "init(Ljavacardx/framework/tlv/ConstructedBERTag;[BSS)S": init_with_value,
    "append(Ljavacardx/framework/tlv/BERTLV;)S": append,
    "delete(Ljavacardx/framework/tlv/BERTLV;S)S": delete,
    "find(Ljavacardx/framework/tlv/BERTag;)Ljavacardx/framework/tlv/BERTLV;": find,
    "findNext(Ljavacardx/framework/tlv/BERTag;Ljavacardx/framework/tlv/BERTLV;S)Ljavacardx/framework/tlv/BERTLV;": (
        find_next
    ),
}
