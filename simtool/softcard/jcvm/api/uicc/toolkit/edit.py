"""EditHandler and BERTLVEditHandler: building a list of COMPREHENSION-TLV objects (TS 102 241 annex A).

What cannot be appended leaves the list as it was; what is appended leaves the selected object selected.
"""

from __future__ import annotations

from collections.abc import Mapping

from simtool.softcard.jcvm.api.uicc.toolkit import tlv_list
from simtool.softcard.jcvm.api.uicc.toolkit.content import OwnHandler, capacity, content, fail
from simtool.softcard.jcvm.api.uicc.toolkit.reasons import Reason
from simtool.softcard.jcvm.api.uicc.toolkit.view import BER_VIEW, VIEW
from simtool.softcard.jcvm.native import Native, read, state_of
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

LONGEST_VALUE = 255


def replace(vm: Vm, this: Ref, tlvs: bytes) -> None:
    """A new list, nothing of it selected. HANDLER_OVERFLOW; then all stays as it was."""
    _fits(vm, this, len(tlvs))
    held = content(vm, this)
    held.tlvs = tlvs
    held.selected = None


def clear(vm: Vm, this: Ref) -> None:
    replace(vm, this, b"")


def append_array(vm: Vm, this: Ref, source: Ref | None, offset: int, length: int) -> None:
    content(vm, this)
    _append(vm, this, read(vm, source, offset, length))


def append_value(vm: Vm, this: Ref, tag: int, source: Ref | None, offset: int, length: int) -> None:
    content(vm, this)
    _append_tlv(vm, this, tag, read(vm, source, offset, length))


def append_byte(vm: Vm, this: Ref, tag: int, one: int) -> None:
    _append_tlv(vm, this, tag, _byte(one))


def append_short(vm: Vm, this: Ref, tag: int, one: int) -> None:
    _append_tlv(vm, this, tag, _short(one))


def append_bytes(vm: Vm, this: Ref, tag: int, one: int, two: int) -> None:
    _append_tlv(vm, this, tag, _byte(one) + _byte(two))


def append_byte_short(vm: Vm, this: Ref, tag: int, one: int, two: int) -> None:
    _append_tlv(vm, this, tag, _byte(one) + _short(two))


def append_shorts(vm: Vm, this: Ref, tag: int, one: int, two: int) -> None:
    _append_tlv(vm, this, tag, _short(one) + _short(two))


def append_byte_value(vm: Vm, this: Ref, tag: int, one: int, source: Ref | None, offset: int, length: int) -> None:
    content(vm, this)
    _append_tlv(vm, this, tag, _byte(one) + read(vm, source, offset, length))


def append_values(
    vm: Vm, this: Ref, tag: int,
    first: Ref | None, first_offset: int, first_length: int,
    second: Ref | None, second_offset: int, second_length: int,
) -> None:  # fmt: skip
    content(vm, this)
    head = read(vm, first, first_offset, first_length)
    _append_tlv(vm, this, tag, head + read(vm, second, second_offset, second_length))


def set_tag(vm: Vm, this: JavaObject, tag: int) -> None:
    vm.heap.touch(this)
    state_of(this, OwnHandler).tag = tag & 0xFF


def _append_tlv(vm: Vm, this: Ref, tag: int, value: bytes) -> None:
    """BAD_INPUT_PARAMETER for a value of more than 255 bytes."""
    content(vm, this)
    if len(value) > LONGEST_VALUE:
        raise fail(vm, this, Reason.BAD_INPUT_PARAMETER)
    _append(vm, this, tlv_list.encode(tag, value))


def _append(vm: Vm, this: Ref, data: bytes) -> None:
    held = content(vm, this)
    _fits(vm, this, len(held.tlvs) + len(data))
    held.tlvs += data


def _fits(vm: Vm, this: Ref, length: int) -> None:
    if length > capacity(vm, this):
        raise fail(vm, this, Reason.HANDLER_OVERFLOW)


def _byte(value: int) -> bytes:
    return bytes((value & 0xFF,))


def _short(value: int) -> bytes:
    return (value & 0xFFFF).to_bytes(2)


_APPEND: Mapping[str, Native] = {
    "clear()V": clear,
    "appendArray([BSS)V": append_array,
    "appendTLV(B[BSS)V": append_value,
    "appendTLV(BB)V": append_byte,
    "appendTLV(BS)V": append_short,
    "appendTLV(BBB)V": append_bytes,
    "appendTLV(BBS)V": append_byte_short,
    "appendTLV(BSS)V": append_shorts,
    "appendTLV(BB[BSS)V": append_byte_value,
    "appendTLV(B[BSS[BSS)V": append_values,
}
EDIT: Mapping[str, Native] = {**VIEW, **_APPEND}
BER_EDIT: Mapping[str, Native] = {**BER_VIEW, **_APPEND, "setTag(B)V": set_tag}
