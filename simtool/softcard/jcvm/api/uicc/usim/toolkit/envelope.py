"""USATEnvelopeHandler: an EnvelopeHandler that knows short messages (TS 31.130 annex A)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simtool.softcard.jcvm.api.uicc.toolkit import tlv_list
from simtool.softcard.jcvm.api.uicc.toolkit.content import content, fail
from simtool.softcard.jcvm.api.uicc.toolkit.envelope import ENVELOPE
from simtool.softcard.jcvm.api.uicc.toolkit.reasons import Reason
from simtool.softcard.jcvm.api.uicc.usim.toolkit import message
from simtool.softcard.jcvm.api.uicc.usim.toolkit.message import Span, WrongFormat
from simtool.softcard.jcvm.native import Native
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

TAG_USSD_STRING, TAG_SMS_TPDU, TAG_CELL_BROADCAST_PAGE = 0x0A, 0x0B, 0x0C
Look = Callable[[bytes], Span]

_TP_UDL: Mapping[int, Look] = {TAG_SMS_TPDU: lambda tpdu: Span(message.tp_udl_offset(tpdu), 1)}
_USER_DATA: Mapping[int, Look] = {TAG_SMS_TPDU: message.user_data}
_SHORT_MESSAGE: Mapping[int, Look] = {
    TAG_SMS_TPDU: message.short_message,
    TAG_CELL_BROADCAST_PAGE: message.page_text,
}
_SECURED: Mapping[int, Look] = {
    TAG_SMS_TPDU: message.secured_in_message,
    TAG_CELL_BROADCAST_PAGE: message.secured_in_page,
    TAG_USSD_STRING: message.secured_in_ussd,
}


def get_tp_udl_offset(vm: Vm, this: Ref) -> int:
    return _look(vm, this, _TP_UDL).start


def get_user_data_length(vm: Vm, this: Ref) -> int:
    return _look(vm, this, _USER_DATA).length


def get_secured_data_offset(vm: Vm, this: Ref) -> int:
    return _look(vm, this, _SECURED).start


def get_secured_data_length(vm: Vm, this: Ref) -> int:
    return _look(vm, this, _SECURED).length


def get_short_message_offset(vm: Vm, this: Ref) -> int:
    return _look(vm, this, _SHORT_MESSAGE).start


def get_short_message_length(vm: Vm, this: Ref) -> int:
    return _look(vm, this, _SHORT_MESSAGE).length


def _look(vm: Vm, this: Ref, by_tag: Mapping[int, Look]) -> Span:
    """Something in the first object of one of these tags, which becomes selected. UNAVAILABLE_ELEMENT."""
    held = content(vm, this)
    held.selected = None
    found = next((one for one in tlv_list.elements(held.tlvs) if one.tag in by_tag), None)
    if found is None or found.tag is None:
        raise fail(vm, this, Reason.UNAVAILABLE_ELEMENT)
    try:
        span = by_tag[found.tag](held.tlvs[found.start : found.start + found.length])
    except WrongFormat:
        raise fail(vm, this, Reason.UNAVAILABLE_ELEMENT) from None
    held.selected = (found.start, found.length)
    return span


MESSAGES: Mapping[str, Native] = {
    "getTPUDLOffset()S": get_tp_udl_offset,
    "getSecuredDataOffset()S": get_secured_data_offset,
    "getSecuredDataLength()S": get_secured_data_length,
    "getUserDataLength()S": get_user_data_length,
    "getShortMessageOffset()S": get_short_message_offset,
    "getShortMessageLength()S": get_short_message_length,
}
USAT_ENVELOPE: Mapping[str, Native] = {**ENVELOPE, **MESSAGES}
