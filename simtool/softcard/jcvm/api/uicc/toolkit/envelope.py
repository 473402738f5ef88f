"""EnvelopeHandler and EnvelopeResponseHandler: what triggered the applet, and the answer to it (TS 102 241 annex A)."""

from __future__ import annotations

from collections.abc import Mapping

from simtool.codec.tlv import encode_length
from simtool.softcard.jcvm.api.uicc.toolkit.channels import CHANNELS
from simtool.softcard.jcvm.api.uicc.toolkit.content import LONGEST_RESPONSE, content
from simtool.softcard.jcvm.api.uicc.toolkit.edit import EDIT
from simtool.softcard.jcvm.api.uicc.toolkit.view import BER_VIEW, first_byte
from simtool.softcard.jcvm.native import Native
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.vm import Vm

TAG_ITEM_IDENTIFIER = 0x10
_APDU_EXCEPTION, _BAD_LENGTH = "javacard/framework/APDUException", 3


def get_item_identifier(vm: Vm, this: Ref) -> int:
    return first_byte(vm, this, TAG_ITEM_IDENTIFIER)


def post(vm: Vm, this: Ref, status: int) -> None:
    """The list as it is; from now on the handler is not available. `status` is that of uicc.toolkit."""
    vm.platform.toolkit.post(content(vm, this).tlvs, tag=None, status=bool(status))


def post_as_ber_tlv(vm: Vm, this: Ref, status: int, tag: int) -> None:
    """The list within a BER-TLV object."""
    vm.platform.toolkit.post(within(vm, this), tag=tag & 0xFF, status=bool(status))


def within(vm: Vm, this: Ref) -> bytes:
    """The list, which must still fit a response with tag and length before it: else APDUException BAD_LENGTH."""
    tlvs = content(vm, this).tlvs
    if 1 + len(encode_length(len(tlvs))) + len(tlvs) > LONGEST_RESPONSE:
        raise vm.throw(_APDU_EXCEPTION, _BAD_LENGTH)
    return tlvs


ENVELOPE: Mapping[str, Native] = {**BER_VIEW, **CHANNELS, "getItemIdentifier()B": get_item_identifier}
ENVELOPE_RESPONSE: Mapping[str, Native] = {**EDIT, "post(Z)V": post, "postAsBERTLV(ZB)V": post_as_ber_tlv}
