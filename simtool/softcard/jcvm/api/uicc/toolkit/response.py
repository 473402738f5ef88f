"""ProactiveResponseHandler: what the terminal answered (TS 102 241 annex A; objects of TS 102 223 §6.8)."""

from __future__ import annotations

from collections.abc import Mapping

from simtool.softcard.jcvm.api.uicc.toolkit import tlv_list
from simtool.softcard.jcvm.api.uicc.toolkit.channels import CHANNELS
from simtool.softcard.jcvm.api.uicc.toolkit.content import content
from simtool.softcard.jcvm.api.uicc.toolkit.envelope import get_item_identifier
from simtool.softcard.jcvm.api.uicc.toolkit.proactive import TAG_RESULT
from simtool.softcard.jcvm.api.uicc.toolkit.view import VIEW, first_byte, part, select
from simtool.softcard.jcvm.native import Native, room, write
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

TAG_TEXT_STRING, TAG_CHANNEL_DATA = 0x0D, 0x36


def get_general_result(vm: Vm, this: Ref) -> int:
    return first_byte(vm, this, TAG_RESULT)


def get_additional_information_length(vm: Vm, this: Ref) -> int:
    return len(select(vm, this, TAG_RESULT)[1:])


def copy_additional_information(vm: Vm, this: Ref, target: Ref | None, offset: int, length: int) -> int:
    return _copy(vm, this, TAG_RESULT, 1, target, offset, length)


def get_text_string_length(vm: Vm, this: Ref) -> int:
    """Without the coding scheme."""
    return len(select(vm, this, TAG_TEXT_STRING)[1:])


def get_text_string_coding_scheme(vm: Vm, this: Ref) -> int:
    return first_byte(vm, this, TAG_TEXT_STRING)


def copy_text_string(vm: Vm, this: Ref, target: Ref | None, offset: int) -> int:
    """Without the coding scheme, all of it."""
    _selected_first(vm, this, TAG_TEXT_STRING)
    room(vm, target, offset, 0)
    text = select(vm, this, TAG_TEXT_STRING)[1:]
    write(vm, target, offset, text)
    return offset + len(text)


def copy_channel_data(vm: Vm, this: Ref, target: Ref | None, offset: int, length: int) -> int:
    return _copy(vm, this, TAG_CHANNEL_DATA, 0, target, offset, length)


def _copy(vm: Vm, this: Ref, tag: int, skipped: int, target: Ref | None, offset: int, length: int) -> int:
    """`length` bytes of an object after those `skipped`. It becomes selected even where the array is too small."""
    _selected_first(vm, this, tag)
    room(vm, target, offset, length)
    write(vm, target, offset, part(vm, this, select(vm, this, tag)[skipped:], 0, length))
    return offset + length


def _selected_first(vm: Vm, this: Ref, tag: int) -> None:
    """Select the object, or nothing if it is not there; that is complained of only after the array."""
    held = content(vm, this)
    found = tlv_list.find(held.tlvs, tag)
    held.selected = (found.start, found.length) if found is not None else None


RESPONSE: Mapping[str, Native] = {
    **VIEW,
    **CHANNELS,
    "getGeneralResult()B": get_general_result,
    "getAdditionalInformationLength()S": get_additional_information_length,
    "copyAdditionalInformation([BSS)S": copy_additional_information,
    "getItemIdentifier()B": get_item_identifier,
    "getTextStringLength()S": get_text_string_length,
    "getTextStringCodingScheme()B": get_text_string_coding_scheme,
    "copyTextString([BS)S": copy_text_string,
    "copyChannelData([BSS)S": copy_channel_data,
}
