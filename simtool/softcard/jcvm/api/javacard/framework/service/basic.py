"""javacard.framework.service.BasicService: services that share the APDU buffer (Java Card API 3.0.5).

Once a command is processed, the buffer is CLA, INS, the status word, the length of the answer, the answer (the common
service format). A length of 256 stands there as 0; what `setOutputLength` was told is kept beside it.
"""

from __future__ import annotations

from simtool.softcard.jcvm.api.java.lang import nothing
from simtool.softcard.jcvm.api.javacard.framework import apdu
from simtool.softcard.jcvm.api.javacard.framework.apdu import CommandState, Phase
from simtool.softcard.jcvm.native import NativeClass, state_of, usable
from simtool.softcard.jcvm.objects import JavaObject, Ref
from simtool.softcard.jcvm.vm import Vm

SERVICE_EXCEPTION = "javacard/framework/service/ServiceException"
ILLEGAL_PARAM, DISPATCH_TABLE_FULL, COMMAND_DATA_TOO_LONG = 1, 2, 3
CANNOT_ACCESS_IN_COMMAND, CANNOT_ACCESS_OUT_COMMAND = 4, 5
CLA, INS, P1, P2, STATUS, LENGTH, DATA = 0, 1, 2, 3, 2, 4, 5
NO_ERROR, MOST = 0x9000, 256


def _command(vm: Vm, ref: Ref | None) -> CommandState:
    return state_of(usable(vm, ref), CommandState)


def _incoming(vm: Vm, ref: Ref | None) -> CommandState:
    state = _command(vm, ref)
    if state.phase not in (Phase.INITIAL, Phase.FULL_INCOMING):
        raise vm.throw(SERVICE_EXCEPTION, CANNOT_ACCESS_IN_COMMAND)
    return state


def _processed(vm: Vm, ref: Ref | None) -> CommandState:
    state = _command(vm, ref)
    if not state.outgoing:
        raise vm.throw(SERVICE_EXCEPTION, CANNOT_ACCESS_OUT_COMMAND)
    return state


def declines(vm: Vm, this: JavaObject, ref: Ref | None) -> bool:
    """processDataIn, processCommand, processDataOut: nothing is done."""
    return False


def receive_in_data(vm: Vm, this: JavaObject, ref: Ref | None) -> int:
    state = _incoming(vm, ref)
    if len(state.data) > len(state.buffer.data) - DATA:
        raise vm.throw(SERVICE_EXCEPTION, COMMAND_DATA_TOO_LONG)
    if state.phase == Phase.INITIAL:
        apdu.set_incoming_and_receive(vm, _object(vm, ref))
    return len(state.data)


def _object(vm: Vm, ref: Ref | None) -> JavaObject:
    found = usable(vm, ref)
    if not isinstance(found, JavaObject):
        raise vm.fault("an APDU object was expected")
    return found


def set_processed(vm: Vm, this: JavaObject, ref: Ref | None) -> None:
    if not _command(vm, ref).outgoing:
        apdu.set_outgoing(vm, _object(vm, ref))


def is_processed(vm: Vm, this: JavaObject, ref: Ref | None) -> bool:
    return _command(vm, ref).outgoing


def set_output_length(vm: Vm, this: JavaObject, ref: Ref | None, length: int) -> None:
    state = _command(vm, ref)
    if not 0 <= length <= min(MOST, len(state.buffer.data) - DATA):
        raise vm.throw(SERVICE_EXCEPTION, ILLEGAL_PARAM)
    state.service_length = length
    vm.heap.write_bytes(state.buffer, LENGTH, bytes((length & 0xFF,)))


def output_length(state: CommandState) -> int:
    """What stands in the buffer, or 256 where that was meant."""
    written = state.buffer.data[LENGTH] & 0xFF
    return state.service_length if state.service_length & 0xFF == written else written


def get_output_length(vm: Vm, this: JavaObject, ref: Ref | None) -> int:
    return output_length(_processed(vm, ref))


def set_status_word(vm: Vm, this: JavaObject, ref: Ref | None, status: int) -> None:
    vm.heap.write_bytes(_command(vm, ref).buffer, STATUS, (status & 0xFFFF).to_bytes(2))


def status_word(state: CommandState) -> int:
    return int.from_bytes(state.buffer.data[STATUS : STATUS + 2].tobytes())


def get_status_word(vm: Vm, this: JavaObject, ref: Ref | None) -> int:
    return status_word(_processed(vm, ref))


def fail(vm: Vm, this: JavaObject, ref: Ref | None, status: int) -> bool:
    set_processed(vm, this, ref)
    set_output_length(vm, this, ref, 0)
    set_status_word(vm, this, ref, status)
    return True


def succeed(vm: Vm, this: JavaObject, ref: Ref | None) -> bool:
    return succeed_with_status_word(vm, this, ref, NO_ERROR)


def succeed_with_status_word(vm: Vm, this: JavaObject, ref: Ref | None, status: int) -> bool:
    set_processed(vm, this, ref)
    set_status_word(vm, this, ref, status)
    return True


def get_cla(vm: Vm, this: JavaObject, ref: Ref | None) -> int:
    return int(_command(vm, ref).buffer.data[CLA])


def get_ins(vm: Vm, this: JavaObject, ref: Ref | None) -> int:
    return int(_command(vm, ref).buffer.data[INS])


def get_p1(vm: Vm, this: JavaObject, ref: Ref | None) -> int:
    return int(_incoming(vm, ref).buffer.data[P1])


def get_p2(vm: Vm, this: JavaObject, ref: Ref | None) -> int:
    return int(_incoming(vm, ref).buffer.data[P2])


def selecting_applet(vm: Vm, this: JavaObject) -> bool:
    command = apdu.current(vm)
    return command is not None and state_of(command, CommandState).selecting


_OF = "(Ljavacard/framework/APDU;"
BASIC_SERVICE = NativeClass(
    "javacard/framework/service/BasicService",
    {
        "<init>()V": nothing,
        f"processDataIn{_OF})Z": declines,
        f"processCommand{_OF})Z": declines,
        f"processDataOut{_OF})Z": declines,
        f"receiveInData{_OF})S": receive_in_data,
        f"setProcessed{_OF})V": set_processed,
        f"isProcessed{_OF})Z": is_processed,
        f"setOutputLength{_OF}S)V": set_output_length,
        f"getOutputLength{_OF})S": get_output_length,
        f"setStatusWord{_OF}S)V": set_status_word,
        f"getStatusWord{_OF})S": get_status_word,
        f"fail{_OF}S)Z": fail,
        f"succeed{_OF})Z": succeed,
        f"succeedWithStatusWord{_OF}S)Z": succeed_with_status_word,
        f"getCLA{_OF})B": get_cla,
        f"getINS{_OF})B": get_ins,
        f"getP1{_OF})B": get_p1,
        f"getP2{_OF})B": get_p2,
        "selectingApplet()Z": selecting_applet,
    },
)
