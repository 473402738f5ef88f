"""javacard.framework.JCSystem (Java Card API 3.0.5; JCRE §5 transience, §6 sharing, §7 transactions, §8 deletion).

Object deletion is only asked for here (`vm.deletion_requested`): who drives the machine does it before the next
`process`. The views of arrays that Java Card 3.1 has are not there.
"""

from __future__ import annotations

from simtool.softcard.jcvm.api.javacard.framework.aid import AidState, bytes_of, of_instance
from simtool.softcard.jcvm.native import ARRAY_INDEX, NativeClass, read, state_of, usable, write
from simtool.softcard.jcvm.objects import ELEMENT_BYTES, GLOBAL, JavaArray, Kind, Lifetime, Owner, Ref
from simtool.softcard.jcvm.vm import Vm

SYSTEM_EXCEPTION = "javacard/framework/SystemException"
ILLEGAL_VALUE, NO_TRANSIENT_SPACE, ILLEGAL_TRANSIENT = 1, 2, 3
TRANSACTION_EXCEPTION = "javacard/framework/TransactionException"
IN_PROGRESS, NOT_IN_PROGRESS = 1, 2
API_VERSION = 0x0305
MOST = 0x7FFF
ARRAY_TYPES = {1: Kind.BOOLEAN, 2: Kind.BYTE, 3: Kind.SHORT, 4: Kind.INT, 5: Kind.REFERENCE}


# Transactions


def begin_transaction(vm: Vm) -> None:
    if vm.heap.in_transaction:
        raise vm.throw(TRANSACTION_EXCEPTION, IN_PROGRESS)
    vm.heap.begin()


def commit_transaction(vm: Vm) -> None:
    if not vm.heap.in_transaction:
        raise vm.throw(TRANSACTION_EXCEPTION, NOT_IN_PROGRESS)
    vm.heap.commit()


def abort_transaction(vm: Vm) -> None:
    if not vm.heap.in_transaction:
        raise vm.throw(TRANSACTION_EXCEPTION, NOT_IN_PROGRESS)
    vm.heap.abort()


def get_transaction_depth(vm: Vm) -> int:
    return int(vm.heap.in_transaction)


def get_max_commit_capacity(vm: Vm) -> int:
    return min(vm.heap.limits.commit, MOST)


def get_unused_commit_capacity(vm: Vm) -> int:
    return min(vm.heap.unused_commit, MOST)


# Memory


def is_transient(vm: Vm, ref: Ref | None) -> int:
    return int(ref.lifetime) if isinstance(ref, JavaArray) else 0


def make_transient(vm: Vm, kind: Kind, length: int, event: int) -> JavaArray:
    """A transient array. SystemException: ILLEGAL_VALUE, ILLEGAL_TRANSIENT, NO_TRANSIENT_SPACE; NegativeArraySize…"""
    if event not in (Lifetime.CLEAR_ON_RESET, Lifetime.CLEAR_ON_DESELECT):
        raise vm.throw(SYSTEM_EXCEPTION, ILLEGAL_VALUE)
    if event == Lifetime.CLEAR_ON_DESELECT and vm.context is not vm.selected_context:
        raise vm.throw(SYSTEM_EXCEPTION, ILLEGAL_TRANSIENT)
    element = vm.object_class if kind is Kind.REFERENCE else None
    return vm.allocate_array(kind, length, element, Lifetime(event))


def make_transient_boolean_array(vm: Vm, length: int, event: int) -> JavaArray:
    return make_transient(vm, Kind.BOOLEAN, length, event)


def make_transient_byte_array(vm: Vm, length: int, event: int) -> JavaArray:
    return make_transient(vm, Kind.BYTE, length, event)


def make_transient_short_array(vm: Vm, length: int, event: int) -> JavaArray:
    return make_transient(vm, Kind.SHORT, length, event)


def make_transient_object_array(vm: Vm, length: int, event: int) -> JavaArray:
    return make_transient(vm, Kind.REFERENCE, length, event)


def make_global_array(vm: Vm, kind: int, length: int) -> JavaArray:
    """An array for all contexts. Nobody can store a reference to it, so it lives no longer than the command."""
    if kind not in ARRAY_TYPES:
        raise vm.throw(SYSTEM_EXCEPTION, ILLEGAL_VALUE)
    if length < 0:
        raise vm.throw("java/lang/NegativeArraySizeException")
    of = ARRAY_TYPES[kind]
    if length * ELEMENT_BYTES[of] > vm.heap.free(Lifetime.CLEAR_ON_RESET):
        raise vm.throw(SYSTEM_EXCEPTION, NO_TRANSIENT_SPACE)
    element = vm.object_class if of is Kind.REFERENCE else None
    return JavaArray("global", vm.object_class, GLOBAL, vm.owner, of, length, Lifetime.CLEAR_ON_RESET, element)


def available(vm: Vm, memory: int) -> int:
    """Bytes left of a memory type. SystemException.ILLEGAL_VALUE."""
    if memory not in tuple(Lifetime):
        raise vm.throw(SYSTEM_EXCEPTION, ILLEGAL_VALUE)
    return vm.heap.free(Lifetime(memory))


def get_available_memory(vm: Vm, memory: int) -> int:
    return min(available(vm, memory), MOST)


def get_available_memory_shorts(vm: Vm, target: Ref | None, offset: int, memory: int) -> None:
    """As 32 bits in two shorts."""
    found = usable(vm, target)
    if not isinstance(found, JavaArray) or found.kind is not Kind.SHORT:
        raise vm.fault("a short array was expected")
    count = available(vm, memory)
    if offset < 0 or offset + 2 > len(found.data):
        raise vm.throw(ARRAY_INDEX)
    for at, half in ((offset, count >> 16), (offset + 1, count & 0xFFFF)):
        if found.persistent:
            vm.heap.barrier(found, at)
        found.data[at] = (half + 0x8000 & 0xFFFF) - 0x8000


def get_available_memory_bytes(vm: Vm, target: Ref | None, offset: int, memory: int) -> None:
    """As 32 bits in four bytes."""
    usable(vm, target)
    write(vm, target, offset, available(vm, memory).to_bytes(4))


def is_object_deletion_supported(vm: Vm) -> bool:
    return True


def request_object_deletion(vm: Vm) -> None:
    vm.deletion_requested = True


# Applets


def get_version(vm: Vm) -> int:
    return API_VERSION


def _aid_of(vm: Vm, owner: Owner) -> Ref | None:
    """The AID object of a registered instance; None for the runtime, and before registration."""
    return of_instance(vm, owner.aid) if owner.applet is not None else None


def get_aid(vm: Vm) -> Ref | None:
    return _aid_of(vm, vm.owner)


def get_previous_context_aid(vm: Vm) -> Ref | None:
    """Who was active before the last change of context."""
    return _aid_of(vm, vm.callers[-1]) if vm.callers else None


def lookup_aid(vm: Vm, array: Ref | None, offset: int, length: int) -> Ref | None:
    aid = read(vm, array, offset, length)
    return of_instance(vm, aid) if aid in vm.instances else None


def is_applet_active(vm: Vm, which: Ref | None) -> bool:
    """Selected on some channel."""
    return bool(vm.platform.content.channels_of(bytes_of(vm, which)))


def get_assigned_channel(vm: Vm) -> int:
    return vm.platform.content.assigned_channel()


def get_applet_shareable_interface_object(vm: Vm, server: Ref | None, parameter: int) -> Ref | None:
    """What a server applet gives to this one (JCRE §6.2.7.2); null where there is none, or nothing to give.

    SecurityException for a server that is not multiselectable while it is active on another channel (JCRE §4.2).
    """
    if server is None or vm.owner.applet is None:
        return None
    owner = vm.instances.get(state_of(usable(vm, server), AidState).aid)
    if owner is None or owner.applet is None:
        return None
    if not vm.implements(owner.applet, "javacard/framework/MultiSelectable"):
        content = vm.platform.content
        if set(content.channels_of(owner.aid)) - {content.assigned_channel()}:
            raise vm.throw("java/lang/SecurityException")
    signature = "getShareableInterfaceObject(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;"
    client = of_instance(vm, vm.owner.aid)
    given: Ref | None = vm.invoke(owner.applet, "javacard/framework/Applet", signature, client, parameter)
    return given


JCSYSTEM = NativeClass(
    "javacard/framework/JCSystem",
    {
        "abortTransaction()V": abort_transaction,
        "beginTransaction()V": begin_transaction,
        "commitTransaction()V": commit_transaction,
        "getAID()Ljavacard/framework/AID;": get_aid,
        "getAppletShareableInterfaceObject(Ljavacard/framework/AID;B)Ljavacard/framework/Shareable;": (
            get_applet_shareable_interface_object
        ),
        "getMaxCommitCapacity()S": get_max_commit_capacity,
        "getPreviousContextAID()Ljavacard/framework/AID;": get_previous_context_aid,
        "getTransactionDepth()B": get_transaction_depth,
        "getUnusedCommitCapacity()S": get_unused_commit_capacity,
        "getVersion()S": get_version,
        "isTransient(Ljava/lang/Object;)B": is_transient,
        "lookupAID([BSB)Ljavacard/framework/AID;": lookup_aid,
        "makeTransientBooleanArray(SB)[Z": make_transient_boolean_array,
        "makeTransientByteArray(SB)[B": make_transient_byte_array,
        "makeTransientObjectArray(SB)[Ljava/lang/Object;": make_transient_object_array,
        "makeTransientShortArray(SB)[S": make_transient_short_array,
        "getAvailableMemory(B)S": get_available_memory,
        "isObjectDeletionSupported()Z": is_object_deletion_supported,
        "requestObjectDeletion()V": request_object_deletion,
        "getAssignedChannel()B": get_assigned_channel,
        "isAppletActive(Ljavacard/framework/AID;)Z": is_applet_active,
        "makeGlobalArray(BS)Ljava/lang/Object;": make_global_array,
        "getAvailableMemory([SSB)V": get_available_memory_shorts,
        "getAvailableMemory([BSB)V": get_available_memory_bytes,
    },
)
