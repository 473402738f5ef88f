"""org.globalplatform.SecureChannel, with SecureChannelx and SecureChannelx2 (GPCS §10, annex A).

One object serves all applets: what it does is the session of whoever calls it. A security level above that of the
session cannot be set (setSecurityLevel: 6982, as for a card without it).
"""

from __future__ import annotations

from simtool.softcard.jcvm.api.javacard.framework import apdu
from simtool.softcard.jcvm.api.javacard.framework.apdu import CommandState, Phase
from simtool.softcard.jcvm.api.org.globalplatform.errors import (
    CONDITIONS_NOT_SATISFIED,
    SECURITY_NOT_SATISFIED,
    asking,
    iso,
)
from simtool.softcard.jcvm.native import NativeClass, byte_array, read, state_of, usable, write
from simtool.softcard.jcvm.objects import ENTRY_POINT, JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

CHANNEL_CLASS = "simtool/SecureChannel"
DATA_AT = 5
STATUS_BYTES = 2


def the_channel(vm: Vm) -> Ref:
    """The object that applets get."""
    return vm.entry_point("gp-channel:")


def make_secure_channel(vm: Vm, which: str) -> Ref:
    """Makes the entry point `gp-channel:`."""
    return vm.runtime_object(CHANNEL_CLASS, ENTRY_POINT, "gp-channel:")


def received(vm: Vm, command: Ref | None) -> bytes:
    """A whole command out of an APDU object: its data field is received if the applet has not done that."""
    object_ = usable(vm, command)
    state = state_of(object_, CommandState)
    assert isinstance(object_, JavaObject)  # noqa: S101  # it has a state
    if state.phase == Phase.INITIAL:
        apdu.set_incoming_and_receive(vm, object_)
    buffer: bytes = state.buffer.data.tobytes()
    return buffer[: len(state.header) + state.received]


def process_security(vm: Vm, this: JavaObject, command: Ref | None) -> int:
    """A command of the protocol; response data go into the buffer from the place of the data field on."""
    whole = received(vm, command)
    with asking(vm):
        answer = vm.platform.content.secure_channel.process(vm.owner.aid, whole)
    write(vm, state_of(usable(vm, command), CommandState).buffer, DATA_AT, answer)
    return len(answer)


def process_security_in(
    vm: Vm, this: JavaObject, array: Ref | None, start: int, length: int, target: int
) -> int:  # fmt: skip
    """The same with a command in an array (SecureChannelx2)."""
    command = read(vm, array, start, length)
    with asking(vm):
        answer = vm.platform.content.secure_channel.process(vm.owner.aid, command)
    write(vm, array, target, answer)
    return len(answer)


def wrap(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> int:
    """Response data with their status word, which is taken off."""
    answer = read(vm, array, offset, length)
    if length < STATUS_BYTES:
        raise vm.throw("java/lang/ArrayIndexOutOfBoundsException")
    with asking(vm):
        wrapped = vm.platform.content.secure_channel.wrap(vm.owner.aid, answer)
    write(vm, array, offset, wrapped)
    return len(wrapped)


def unwrap(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> int:
    """A whole command, in its place."""
    command = read(vm, array, offset, length)
    with asking(vm):
        plain = vm.platform.content.secure_channel.unwrap(vm.owner.aid, command)
    write(vm, array, offset, plain)
    return len(plain)


def decrypt_data(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> int:
    data = read(vm, array, offset, length)
    with asking(vm):
        plain = vm.platform.content.secure_channel.decrypt(vm.owner.aid, data)
    write(vm, array, offset, plain)
    return len(plain)


def encrypt_data(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> int:
    data = read(vm, array, offset, length)
    byte_array(vm, array)
    with asking(vm):
        hidden = vm.platform.content.secure_channel.encrypt(vm.owner.aid, data)
    write(vm, array, offset, hidden)
    return len(hidden)


def reset_security(vm: Vm, this: JavaObject) -> None:
    vm.platform.content.secure_channel.reset(vm.owner.aid)


def get_security_level(vm: Vm, this: JavaObject) -> int:
    with asking(vm):
        return vm.platform.content.secure_channel.level(vm.owner.aid)


def set_security_level(vm: Vm, this: JavaObject, level: int) -> None:
    """6985 without a session; with one 6982: not offered."""
    if not get_security_level(vm, this):
        raise iso(vm, CONDITIONS_NOT_SATISFIED)
    raise iso(vm, SECURITY_NOT_SATISFIED)


SECURE_CHANNEL = NativeClass(
    CHANNEL_CLASS,
    {
        "processSecurity(Ljavacard/framework/APDU;)S": process_security,
        "processSecurity([BSSS)S": process_security_in,
        "wrap([BSS)S": wrap,
        "unwrap([BSS)S": unwrap,
        "decryptData([BSS)S": decrypt_data,
        "encryptData([BSS)S": encrypt_data,
        "resetSecurity()V": reset_security,
        "getSecurityLevel()B": get_security_level,
        "setSecurityLevel(B)V": set_security_level,
    },
    interfaces=("org/globalplatform/SecureChannelx", "org/globalplatform/SecureChannelx2"),
)
