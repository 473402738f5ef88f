"""javacardx.framework.tlv: BERTag, PrimitiveBERTag, ConstructedBERTag (Java Card API 3.0.5).

A tag has up to 127 bytes, so that `size` can always tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simtool.softcard.jcvm.api.javacardx.framework.tlv import encoding
from simtool.softcard.jcvm.api.javacardx.framework.tlv.common import (
    EMPTY_TAG,
    ILLEGAL_SIZE,
    INVALID_PARAM,
    MALFORMED_TAG,
    TAG_NUMBER_GREATER_THAN_32767,
    TAG_SIZE_GREATER_THAN_127,
    parsed,
    whole,
    wrong,
)
from simtool.softcard.jcvm.native import Native, NativeClass, NativeState, construct, state_of, usable, write
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

TAG = "javacardx/framework/tlv/BERTag"
PRIMITIVE_TAG = "javacardx/framework/tlv/PrimitiveBERTag"
CONSTRUCTED_TAG = "javacardx/framework/tlv/ConstructedBERTag"


@dataclass
class TagState(NativeState):
    """Its bytes; none while it is empty."""

    tag: bytes = b""


def tag_of(vm: Vm, ref: Ref | None) -> bytes:
    """The bytes of an argument of this class. NullPointerException, SecurityException, EMPTY_TAG."""
    tag = state_of(usable(vm, ref), TagState).tag
    if not tag:
        raise wrong(vm, EMPTY_TAG)
    return tag


def tag_in(vm: Vm, array: Ref | None, offset: int) -> bytes:
    """The tag at an offset of an array. MALFORMED_TAG, TAG_SIZE_GREATER_THAN_127, ArrayIndexOutOfBoundsException."""
    data = whole(vm, array)
    return parsed(vm, MALFORMED_TAG, lambda: encoding.tag_at(data, offset))


def new_tag(vm: Vm, tag: bytes) -> JavaObject:
    """A tag object of the class that fits."""
    made = vm.new(CONSTRUCTED_TAG if encoding.is_constructed(tag) else PRIMITIVE_TAG)
    construct(vm, made, TagState(tag))
    return made


def construct_tag(vm: Vm, this: JavaObject) -> None:
    construct(vm, this, TagState())


# Of an object


def size(vm: Vm, this: JavaObject) -> int:
    return len(tag_of(vm, this))


def to_bytes(vm: Vm, this: JavaObject, target: Ref | None, offset: int) -> int:
    tag = tag_of(vm, this)
    write(vm, target, offset, tag)
    return len(tag)


def _number(vm: Vm, tag: bytes) -> int:
    number = encoding.tag_number(tag)
    if number > encoding.MOST:
        raise wrong(vm, TAG_NUMBER_GREATER_THAN_32767)
    return number


def tag_number(vm: Vm, this: JavaObject) -> int:
    return _number(vm, tag_of(vm, this))


def is_constructed(vm: Vm, this: JavaObject) -> bool:
    return encoding.is_constructed(tag_of(vm, this))


def tag_class(vm: Vm, this: JavaObject) -> int:
    return encoding.tag_class(tag_of(vm, this))


def equals(vm: Vm, this: JavaObject, other: Ref | None) -> bool:
    """Another tag object with the same bytes."""
    if other is None:
        return False
    usable(vm, other)
    state = other.native if isinstance(other, JavaObject) else None
    return isinstance(state, TagState) and state.tag == state_of(this, TagState).tag


def _set(vm: Vm, this: JavaObject, tag: bytes, constructed: bool) -> None:
    if encoding.is_constructed(tag) != constructed:
        raise wrong(vm, MALFORMED_TAG)
    if len(tag) > encoding.LONGEST_TAG:
        raise wrong(vm, ILLEGAL_SIZE)
    vm.heap.touch(this)
    state_of(this, TagState).tag = tag


def init_primitive(vm: Vm, this: JavaObject, array: Ref | None, offset: int) -> None:
    _set(vm, this, tag_in(vm, array, offset), False)


def init_constructed(vm: Vm, this: JavaObject, array: Ref | None, offset: int) -> None:
    _set(vm, this, tag_in(vm, array, offset), True)


def _made(vm: Vm, of_class: int, constructed: bool, number: int) -> bytes:
    if not 0 <= of_class <= 3 or number < 0:
        raise wrong(vm, INVALID_PARAM)
    return encoding.make_tag(of_class, constructed, number)


def init_primitive_number(vm: Vm, this: JavaObject, of_class: int, number: int) -> None:
    _set(vm, this, _made(vm, of_class, False, number), False)


def init_constructed_number(vm: Vm, this: JavaObject, of_class: int, number: int) -> None:
    _set(vm, this, _made(vm, of_class, True, number), True)


# Of bytes


def get_instance(vm: Vm, array: Ref | None, offset: int) -> JavaObject:
    tag = tag_in(vm, array, offset)
    if len(tag) > encoding.LONGEST_TAG:
        raise wrong(vm, ILLEGAL_SIZE)
    return new_tag(vm, tag)


def bytes_of_number(vm: Vm, of_class: int, constructed: int, number: int, target: Ref | None, offset: int) -> int:
    tag = _made(vm, of_class, bool(constructed), number)
    write(vm, target, offset, tag)
    return len(tag)


def size_in(vm: Vm, array: Ref | None, offset: int) -> int:
    tag = tag_in(vm, array, offset)
    if len(tag) > encoding.LONGEST_TAG:
        raise wrong(vm, TAG_SIZE_GREATER_THAN_127)
    return len(tag)


def tag_number_in(vm: Vm, array: Ref | None, offset: int) -> int:
    return _number(vm, tag_in(vm, array, offset))


def is_constructed_in(vm: Vm, array: Ref | None, offset: int) -> bool:
    return encoding.is_constructed(tag_in(vm, array, offset))


def tag_class_in(vm: Vm, array: Ref | None, offset: int) -> int:
    return encoding.tag_class(tag_in(vm, array, offset))


def verify_format(vm: Vm, array: Ref | None, offset: int) -> bool:
    data = whole(vm, array)

    def well_formed() -> bool:
        try:
            return bool(encoding.tag_at(data, offset))
        except encoding.Malformed:
            return False

    return parsed(vm, MALFORMED_TAG, well_formed)


_OF_AN_OBJECT: Mapping[str, Native] = {
    "equals(Ljava/lang/Object;)Z": equals,
    "size()B": size,
    "toBytes([BS)S": to_bytes,
    "tagNumber()S": tag_number,
    "isConstructed()Z": is_constructed,
    "tagClass()B": tag_class,
    "equals(Ljavacardx/framework/tlv/BERTag;)Z": equals,
}

TAGS: tuple[NativeClass, ...] = (
    NativeClass(
        TAG,
        {
            **_OF_AN_OBJECT,
            "<init>()V": construct_tag,
            "getInstance([BS)Ljavacardx/framework/tlv/BERTag;": get_instance,
            "toBytes(SZS[BS)S": bytes_of_number,
            "size([BS)B": size_in,
            "tagNumber([BS)S": tag_number_in,
            "isConstructed([BS)Z": is_constructed_in,
            "tagClass([BS)B": tag_class_in,
            "verifyFormat([BS)Z": verify_format,
        },
        state=TagState,
    ),
    NativeClass(
        PRIMITIVE_TAG,
        {"<init>()V": construct_tag, "init([BS)V": init_primitive, "init(BS)V": init_primitive_number},
    ),
    NativeClass(
        CONSTRUCTED_TAG,
        {"<init>()V": construct_tag, "init([BS)V": init_constructed, "init(BS)V": init_constructed_number},
    ),
)
