"""javacard.framework.service.Dispatcher: an applet put together from services (Java Card API 3.0.5)."""

from __future__ import annotations

from dataclasses import dataclass, field

from simtool.softcard.jcvm.api.javacard.framework import apdu
from simtool.softcard.jcvm.api.javacard.framework.apdu import CommandState, Phase
from simtool.softcard.jcvm.api.javacard.framework.service.basic import (
    DATA,
    DISPATCH_TABLE_FULL,
    ILLEGAL_PARAM,
    NO_ERROR,
    SERVICE_EXCEPTION,
    output_length,
    status_word,
)
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.native import NativeClass, NativeState, construct, state_of, usable
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

SERVICE = "javacard/framework/service/Service"
ISO_EXCEPTION = "javacard/framework/ISOException"
SW_UNKNOWN, SW_INS_NOT_SUPPORTED = 0x6F00, 0x6D00
PROCESS_INPUT_DATA, PROCESS_COMMAND, PROCESS_OUTPUT_DATA = 1, 2, 3
METHODS = {
    PROCESS_INPUT_DATA: "processDataIn(Ljavacard/framework/APDU;)Z",
    PROCESS_COMMAND: "processCommand(Ljavacard/framework/APDU;)Z",
    PROCESS_OUTPUT_DATA: "processDataOut(Ljavacard/framework/APDU;)Z",
}


@dataclass
class DispatcherState(NativeState):
    """`services` in the order they were added, `phases` of the same index; at most `most`."""

    most: int = 0
    services: list[Ref] = field(default_factory=list)
    phases: list[int] = field(default_factory=list)


def init(vm: Vm, this: JavaObject, most: int) -> None:
    if most < 0:
        raise vm.throw(SERVICE_EXCEPTION, ILLEGAL_PARAM)
    construct(vm, this, DispatcherState(most))


def _places(vm: Vm, this: JavaObject, service: Ref | None, phase: int) -> list[int]:
    """Where this service stands for this phase: once, or nowhere."""
    if service is None or phase not in METHODS:
        raise vm.throw(SERVICE_EXCEPTION, ILLEGAL_PARAM)
    state = state_of(this, DispatcherState)
    both = zip(state.services, state.phases, strict=True)
    return [at for at, (one, its) in enumerate(both) if one is service and its == phase]


def add_service(vm: Vm, this: JavaObject, service: Ref | None, phase: int) -> None:
    if _places(vm, this, service, phase):
        return
    state = state_of(this, DispatcherState)
    if len(state.services) >= state.most:
        raise vm.throw(SERVICE_EXCEPTION, DISPATCH_TABLE_FULL)
    found = usable(vm, service)
    vm.heap.touch(this)
    state.services, state.phases = [*state.services, found], [*state.phases, phase]


def remove_service(vm: Vm, this: JavaObject, service: Ref | None, phase: int) -> None:
    for at in _places(vm, this, service, phase):
        state = state_of(this, DispatcherState)
        vm.heap.touch(this)
        state.services = state.services[:at] + state.services[at + 1 :]
        state.phases = state.phases[:at] + state.phases[at + 1 :]


def _run_phase(vm: Vm, this: JavaObject, command: Ref, phase: int) -> None:
    """The services of a phase, up to the one that says it is done."""
    state = state_of(this, DispatcherState)
    for service, its in list(zip(state.services, state.phases, strict=True)):
        if its == phase and _call(vm, service, METHODS[phase], command):
            return


def _call(vm: Vm, service: Ref, signature: str, command: Ref) -> bool:
    interface = vm.api.named(SERVICE)
    method = vm.interface_method(service.cls, interface, vm.api.virtual_token(SERVICE, signature))
    return bool(method.call(vm, service, command))


def _run(vm: Vm, this: JavaObject, ref: Ref | None, first: int) -> int | None:
    """All phases from the first; gives the status word, None for a command that nobody has processed."""
    command = usable(vm, ref)
    if not isinstance(command, JavaObject):
        raise vm.fault("an APDU object was expected")
    state = state_of(command, CommandState)
    for phase in METHODS:
        if phase >= first and (phase != PROCESS_OUTPUT_DATA or state.phase == Phase.OUTGOING):
            _run_phase(vm, this, command, phase)
    if state.phase != Phase.OUTGOING:
        return None
    length = output_length(state)
    apdu.set_outgoing_length(vm, command, length)
    apdu.send_bytes(vm, command, DATA, length)
    return status_word(state)


def dispatch(vm: Vm, this: JavaObject, ref: Ref | None, first: int) -> Ref | None:
    """Gives what a service has thrown, or the status as an ISOException; null for a command not processed."""
    if first not in METHODS:
        raise vm.throw(SERVICE_EXCEPTION, ILLEGAL_PARAM)
    try:
        status = _run(vm, this, ref, first)
    except JavaThrow as error:
        return error.throwable
    return vm.throw(ISO_EXCEPTION, status).throwable if status is not None else None


def process(vm: Vm, this: JavaObject, ref: Ref | None) -> None:
    """All of it: returns for 9000, throws every other status."""
    try:
        status = _run(vm, this, ref, PROCESS_INPUT_DATA)
    except JavaThrow:
        status = SW_UNKNOWN
    if status != NO_ERROR:
        raise vm.throw(ISO_EXCEPTION, SW_INS_NOT_SUPPORTED if status is None else status)


DISPATCHER = NativeClass(
    "javacard/framework/service/Dispatcher",
    {
        "<init>(S)V": init,
        "addService(Ljavacard/framework/service/Service;B)V": add_service,
        "removeService(Ljavacard/framework/service/Service;B)V": remove_service,
        "dispatch(Ljavacard/framework/APDU;B)Ljava/lang/Exception;": dispatch,
        "process(Ljavacard/framework/APDU;)V": process,
    },
    state=DispatcherState,
)
