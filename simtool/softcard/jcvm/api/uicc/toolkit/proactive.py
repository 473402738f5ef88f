"""ProactiveHandler: building a proactive command and sending it (TS 102 241 annex A; objects of TS 102 223 §6.6).

Only one command is on its way at a time, so all have number 1. Whether an applet may send a command is the framework's
decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from simtool.softcard.jcvm.api.uicc.toolkit import tlv_list
from simtool.softcard.jcvm.api.uicc.toolkit.content import content, fail
from simtool.softcard.jcvm.api.uicc.toolkit.edit import EDIT, replace
from simtool.softcard.jcvm.api.uicc.toolkit.reasons import Reason
from simtool.softcard.jcvm.api.uicc.toolkit.view import part
from simtool.softcard.jcvm.native import Native, read
from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.platform.toolkit import CommandNotAllowed
from simtool.softcard.jcvm.vm import Vm

COMMAND_NUMBER = 1
TAG_RESULT = 0x03
_COMMAND_DETAILS, _DEVICE_IDENTITIES, _TEXT_STRING, _RESPONSE_LENGTH = 0x81, 0x82, 0x8D, 0x91


class Device(IntEnum):
    """Device identities (TS 102 223 §8.7); a channel is CHANNEL with its number."""

    DISPLAY = 0x02
    CHANNEL = 0x20
    UICC = 0x81
    TERMINAL = 0x82


class Command(IntEnum):
    """Types of the commands that have a method (TS 102 223 §9.4)."""

    MORE_TIME = 0x02
    DISPLAY_TEXT = 0x21
    GET_INKEY = 0x22
    GET_INPUT = 0x23
    CLOSE_CHANNEL = 0x41


def init(vm: Vm, this: Ref, type_: int, qualifier: int, device: int) -> None:
    replace(vm, this, _head(type_, qualifier, device))


def init_display_text(
    vm: Vm, this: Ref, qualifier: int, dcs: int, buffer: Ref | None, offset: int, length: int
) -> None:
    content(vm, this)
    text = _text(vm, dcs, buffer, offset, length)
    replace(vm, this, _head(Command.DISPLAY_TEXT, qualifier, Device.DISPLAY) + text)


def init_get_inkey(vm: Vm, this: Ref, qualifier: int, dcs: int, buffer: Ref | None, offset: int, length: int) -> None:
    content(vm, this)
    text = _text(vm, dcs, buffer, offset, length)
    replace(vm, this, _head(Command.GET_INKEY, qualifier, Device.TERMINAL) + text)


def init_get_input(
    vm: Vm, this: Ref, qualifier: int, dcs: int, buffer: Ref | None, offset: int, length: int, least: int, most: int
) -> None:
    content(vm, this)
    text = _text(vm, dcs, buffer, offset, length)
    limits = tlv_list.encode(_RESPONSE_LENGTH, bytes((least & 0xFF, most & 0xFF)))
    replace(vm, this, _head(Command.GET_INPUT, qualifier, Device.TERMINAL) + text + limits)


def init_close_channel(vm: Vm, this: Ref, channel: int) -> None:
    replace(vm, this, _head(Command.CLOSE_CHANNEL, 0, Device.CHANNEL | channel))


def init_more_time(vm: Vm, this: Ref) -> None:
    replace(vm, this, _head(Command.MORE_TIME, 0, Device.TERMINAL))


def send(vm: Vm, this: Ref) -> int:
    """Gives the general result. COMMAND_NOT_ALLOWED, UNAVAILABLE_ELEMENT, OUT_OF_TLV_BOUNDARIES."""
    command = content(vm, this).tlvs
    toolkit = vm.platform.toolkit
    try:
        answer = toolkit.send(command)
    except CommandNotAllowed:
        raise fail(vm, this, Reason.COMMAND_NOT_ALLOWED) from None
    toolkit.memory().response.selected = None
    result = tlv_list.find(answer, TAG_RESULT)
    if result is None:
        raise fail(vm, this, Reason.UNAVAILABLE_ELEMENT)
    return part(vm, this, answer[result.start : result.start + result.length], 0, 1)[0]


def _head(type_: int, qualifier: int, device: int) -> bytes:
    details = tlv_list.encode(_COMMAND_DETAILS, bytes((COMMAND_NUMBER, type_ & 0xFF, qualifier & 0xFF)))
    return details + tlv_list.encode(_DEVICE_IDENTITIES, bytes((Device.UICC, device & 0xFF)))


def _text(vm: Vm, dcs: int, buffer: Ref | None, offset: int, length: int) -> bytes:
    """A text string object; without text a null text string, which has no coding scheme either (TS 102 223 §8.15)."""
    text = read(vm, buffer, offset, length)
    return tlv_list.encode(_TEXT_STRING, bytes((dcs & 0xFF,)) + text if text else b"")


PROACTIVE: Mapping[str, Native] = {
    **EDIT,
    "init(BBB)V": init,
    "send()B": send,
    "initDisplayText(BB[BSS)V": init_display_text,
    "initGetInkey(BB[BSS)V": init_get_inkey,
    "initGetInput(BB[BSSSS)V": init_get_input,
    "initCloseChannel(B)V": init_close_channel,
    "initMoreTime()V": init_more_time,
}
