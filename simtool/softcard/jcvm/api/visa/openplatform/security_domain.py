"""visa.openplatform.ProviderSecurityDomain: the secure channel as Open Platform 2.0.1 has it.

Commands and answers stand in the APDU buffer, their length in its Lc byte. The number of a channel is that of the
logical channel; with another one it is refused.
"""

from __future__ import annotations

from simtool.softcard.jcvm.api.javacard.framework.apdu import CommandState
from simtool.softcard.jcvm.api.org.globalplatform.errors import CONDITIONS_NOT_SATISFIED, WRONG_LENGTH, asking, iso
from simtool.softcard.jcvm.api.org.globalplatform.secure_channel import received
from simtool.softcard.jcvm.native import NativeClass, read, state_of, usable, write
from simtool.softcard.jcvm.objects import ENTRY_POINT, JavaArray, JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

DOMAIN_CLASS = "simtool/ProviderSecurityDomain"
INS_AT, LENGTH_AT = 1, 4
INITIALIZE_UPDATE, EXTERNAL_AUTHENTICATE = 0x50, 0x82
INS_NOT_SUPPORTED = 0x6D00


def the_domain(vm: Vm) -> Ref:
    """The object that applets get."""
    return vm.entry_point("op-domain:")


def make_security_domain(vm: Vm, which: str) -> Ref:
    """Makes the entry point `op-domain:`."""
    return vm.runtime_object(DOMAIN_CLASS, ENTRY_POINT, "op-domain:")


def _buffer(vm: Vm, command: Ref | None) -> JavaArray:
    return state_of(usable(vm, command), CommandState).buffer


def _check(vm: Vm, channel: int) -> None:
    if channel != vm.platform.content.assigned_channel():
        raise iso(vm, CONDITIONS_NOT_SATISFIED)


def _process(vm: Vm, command: Ref | None, ins: int) -> bytes:
    whole = received(vm, command)
    if whole[INS_AT] != ins:
        raise iso(vm, INS_NOT_SUPPORTED)
    with asking(vm):
        return vm.platform.content.secure_channel.process(vm.owner.aid, whole)


def open_secure_channel(vm: Vm, this: JavaObject, command: Ref | None) -> int:
    """INITIALIZE UPDATE; its answer takes the place of the data field, with its length as Lc."""
    answer = _process(vm, command, INITIALIZE_UPDATE)
    write(vm, _buffer(vm, command), LENGTH_AT, bytes((len(answer),)) + answer)
    return vm.platform.content.assigned_channel()


def close_secure_channel(vm: Vm, this: JavaObject, channel: int) -> None:
    _check(vm, channel)
    vm.platform.content.secure_channel.reset(vm.owner.aid)


def verify_external_authenticate(vm: Vm, this: JavaObject, channel: int, command: Ref | None) -> None:
    usable(vm, command)
    _check(vm, channel)
    _process(vm, command, EXTERNAL_AUTHENTICATE)


def unwrap(vm: Vm, this: JavaObject, channel: int, command: Ref | None) -> None:
    """The command in plain, in its place."""
    usable(vm, command)
    _check(vm, channel)
    whole = received(vm, command)
    with asking(vm):
        plain = vm.platform.content.secure_channel.unwrap(vm.owner.aid, whole)
    write(vm, _buffer(vm, command), 0, plain)


def decrypt_verify_key(vm: Vm, this: JavaObject, channel: int, command: Ref | None, offset: int) -> bool:
    """A key as PUT KEY has it, at `offset` of the buffer: type, length, key, length and check value. It is deciphered
    in its place. False where the check value does not fit; one of no bytes fits always."""
    buffer = _buffer(vm, command)
    _check(vm, channel)
    kind, length = read(vm, buffer, offset, 2)
    hidden = read(vm, buffer, offset + 2, length)
    (count,) = read(vm, buffer, offset + 2 + length, 1)
    given = read(vm, buffer, offset + 3 + length, count)
    if not length:
        raise iso(vm, WRONG_LENGTH)
    with asking(vm):
        key = vm.platform.content.secure_channel.decrypt(vm.owner.aid, hidden)
    write(vm, buffer, offset + 2, key)
    return not given or vm.platform.content.secure_channel.check_value(kind, key) == given


SECURITY_DOMAIN = NativeClass(
    DOMAIN_CLASS,
    {
        "openSecureChannel(Ljavacard/framework/APDU;)B": open_secure_channel,
        "closeSecureChannel(B)V": close_secure_channel,
        "decryptVerifyKey(BLjavacard/framework/APDU;S)Z": decrypt_verify_key,
        "unwrap(BLjavacard/framework/APDU;)V": unwrap,
        "verifyExternalAuthenticate(BLjavacard/framework/APDU;)V": verify_external_authenticate,
    },
    interfaces=("visa/openplatform/ProviderSecurityDomain",),
)
