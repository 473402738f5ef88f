"""Channel status objects, as both EnvelopeHandler and ProactiveResponseHandler read them (TS 102 223 §8.56)."""

from __future__ import annotations

from collections.abc import Mapping

from simtool.softcard.jcvm.api.uicc.toolkit import tlv_list
from simtool.softcard.jcvm.api.uicc.toolkit.content import content, fail
from simtool.softcard.jcvm.api.uicc.toolkit.reasons import Reason
from simtool.softcard.jcvm.api.uicc.toolkit.view import first_byte, part
from simtool.softcard.jcvm.native import Native
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

TAG_CHANNEL_STATUS = 0x38
_IDENTIFIER = 0x07


def get_channel_identifier(vm: Vm, this: Ref) -> int:
    """That of the first object."""
    return first_byte(vm, this, TAG_CHANNEL_STATUS) & _IDENTIFIER


def get_channel_status(vm: Vm, this: Ref, identifier: int) -> int:
    """Both bytes of the first object about a channel."""
    held = content(vm, this)
    held.selected = None
    for one in tlv_list.elements(held.tlvs):
        if one.tag == TAG_CHANNEL_STATUS and one.length and held.tlvs[one.start] & _IDENTIFIER == identifier:
            held.selected = (one.start, one.length)
            return int.from_bytes(part(vm, this, held.tlvs[one.start : one.start + one.length], 0, 2))
    raise fail(vm, this, Reason.UNAVAILABLE_ELEMENT)


CHANNELS: Mapping[str, Native] = {
    "getChannelIdentifier()B": get_channel_identifier,
    "getChannelStatus(B)S": get_channel_status,
}
