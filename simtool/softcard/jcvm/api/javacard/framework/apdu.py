"""javacard.framework.APDU, and the life of a command before and after an applet sees it (Java Card API, JCRE 3.0.5 §9).

The card speaks T=0: what it takes for Lc is P3, a case 4 command has no Le, and what is sent goes out by GET RESPONSE.
The card does that after the applet has returned; so the errors that a terminal can make in between (NO_T0_GETRESPONSE,
NO_T0_REISSUE, IO_ERROR) do not occur.

Who drives an applet calls `begin`, then `process`, then `finish`. Each command has an object and a buffer of its own,
so that a run which waits keeps its command while others are processed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from greenlet import getcurrent, greenlet

from simtool.codec import class_byte as cla
from simtool.softcard.jcvm.native import NativeClass, NativeState, read, state_of
from simtool.softcard.jcvm.objects import TEMPORARY, JavaArray, JavaObject, Owner, Ref
from simtool.softcard.jcvm.vm import Vm

APDU_CLASS = "javacard/framework/APDU"
EXTENDED_LENGTH = "javacardx/apdu/ExtendedLength"
APDU_EXCEPTION = "javacard/framework/APDUException"
ILLEGAL_USE, BUFFER_BOUNDS, BAD_LENGTH = 1, 2, 3
HEADER, EXTENDED_HEADER = 5, 7
SHORT_BUFFER, EXTENDED_BUFFER = 261, 0x0800
IN_BLOCK, OUT_BLOCK = 1, 258
SHORT_MOST, EXTENDED_MOST = 256, 0x7FFF


class Phase(IntEnum):
    """APDU.STATE_…"""

    INITIAL = 0
    PARTIAL_INCOMING = 1
    FULL_INCOMING = 2
    OUTGOING = 3
    OUTGOING_LENGTH_KNOWN = 4
    PARTIAL_OUTGOING = 5
    FULL_OUTGOING = 6


@dataclass
class CommandState(NativeState):
    """A command: `header` with P3 or the extended Lc, `data` of which `received` bytes were given to the applet.

    `extended`: the applet takes extended length. `promised` is what setOutgoingLength was told, -1 before; `sent` the
    response data so far, `service_length` how long BasicService has it. `run` is where the applet runs, `processing`
    who, while it is in its `process`.
    """

    header: bytes
    data: bytes
    buffer: JavaArray
    extended: bool
    selecting: bool
    reselecting: bool
    run: greenlet
    phase: int = Phase.INITIAL
    incoming: bool = False
    received: int = 0
    chaining: bool = True
    promised: int = -1
    at_once: bool = False
    sent: bytes = b""
    service_length: int = 0
    processing: Owner | None = None

    @property
    def outgoing(self) -> bool:
        return self.phase >= Phase.OUTGOING


def takes_extended(vm: Vm, applet: JavaObject) -> bool:
    """Whether an applet may be given commands of extended length: it implements ExtendedLength (JCRE §9.5)."""
    return vm.implements(applet, EXTENDED_LENGTH)


def begin(
    vm: Vm, command: bytes, applet: JavaObject, *, selecting: bool = False, reselecting: bool = False
) -> JavaObject:
    """A command has come for `applet`; gives the APDU object, as yet only with the header in its buffer.

    `command` is header, P3 and perhaps data; or, with 00 for P3 and data, of extended length: two bytes Lc, data,
    perhaps two bytes Le (the caller has refused that with 6700 where not `takes_extended`). `selecting`: it is the
    SELECT that selects this applet, `reselecting` while it already was selected there.
    """
    length, header = command[4] if len(command) > 4 else 0, command[:HEADER].ljust(HEADER, b"\x00")
    if not length and len(command) >= EXTENDED_HEADER:
        header, length = command[:EXTENDED_HEADER], int.from_bytes(command[HEADER:EXTENDED_HEADER])
    size = SHORT_BUFFER if len(header) == HEADER else EXTENDED_BUFFER
    state = CommandState(
        header=header,
        data=command[len(header) : len(header) + length],
        buffer=vm.runtime_array(size, "apdu-buffer"),
        extended=takes_extended(vm, applet),
        selecting=selecting,
        reselecting=selecting and reselecting,
        run=getcurrent(),
    )
    vm.heap.write_bytes(state.buffer, 0, header)
    apdu = vm.runtime_object(APDU_CLASS, TEMPORARY, "apdu")
    apdu.native = state
    vm.commands = [one for one in vm.commands if not state_of(one, CommandState).run.dead] + [apdu]
    return apdu


def process(vm: Vm, applet: JavaObject, apdu: JavaObject) -> None:
    """Let the applet process it. Raises what its method throws."""
    state = state_of(apdu, CommandState)
    state.run, state.processing = getcurrent(), applet.owner
    vm.has_stored_result = False  # SensitiveResult: nothing is stored when an applet is entered
    try:
        vm.invoke(applet, "javacard/framework/Applet", "process(Ljavacard/framework/APDU;)V", apdu)
    finally:
        state.processing = None


def finish(vm: Vm, apdu: JavaObject) -> bytes:
    """The command is done with; gives the response data that the applet has sent."""
    vm.commands = [one for one in vm.commands if one is not apdu]
    return state_of(apdu, CommandState).sent


def current(vm: Vm) -> JavaObject | None:
    """The APDU object of the command that is processed by what runs now."""
    run: greenlet | None = getcurrent()
    while run is not None:
        for apdu in reversed(vm.commands):
            if state_of(apdu, CommandState).run is run:
                return apdu
        run = run.parent
    return None


def _command(vm: Vm) -> CommandState | None:
    apdu = current(vm)
    return state_of(apdu, CommandState) if apdu is not None else None


# Static methods


def get_in_block_size(vm: Vm) -> int:
    return IN_BLOCK


def get_out_block_size(vm: Vm) -> int:
    return OUT_BLOCK


def get_protocol(vm: Vm) -> int:
    """T=0 over contacts."""
    return 0


def wait_extension(vm: Vm) -> None:
    command = _command(vm)
    if command is not None and not command.chaining:
        raise vm.throw(APDU_EXCEPTION, ILLEGAL_USE)


def get_current_apdu(vm: Vm) -> Ref:
    """Only within `process` of the selected applet, and in its context."""
    apdu = current(vm)
    owner = state_of(apdu, CommandState).processing if apdu is not None else None
    if apdu is None or owner is None or owner.context is not vm.context:
        raise vm.throw("java/lang/SecurityException")
    return apdu


def get_current_apdu_buffer(vm: Vm) -> Ref:
    return state_of(get_current_apdu(vm), CommandState).buffer


def get_cla_channel(vm: Vm) -> int:
    command = _command(vm)
    return cla.channel(command.header[0]) if command is not None else 0


# Of the command


def get_buffer(vm: Vm, this: JavaObject) -> Ref:
    return state_of(this, CommandState).buffer


def get_nad(vm: Vm, this: JavaObject) -> int:
    """T=0 has none."""
    return 0


def get_current_state(vm: Vm, this: JavaObject) -> int:
    return state_of(this, CommandState).phase


def is_command_chaining_cla(vm: Vm, this: JavaObject) -> bool:
    return cla.is_chained(state_of(this, CommandState).header[0])


def is_secure_messaging_cla(vm: Vm, this: JavaObject) -> bool:
    return cla.is_secure(state_of(this, CommandState).header[0])


def is_iso_interindustry_cla(vm: Vm, this: JavaObject) -> bool:
    return cla.is_interindustry(state_of(this, CommandState).header[0])


def is_valid_cla(vm: Vm, this: JavaObject) -> bool:
    return cla.is_valid(state_of(this, CommandState).header[0])


# Incoming data


def set_incoming_and_receive(vm: Vm, this: JavaObject) -> int:
    state = state_of(this, CommandState)
    if state.incoming or state.outgoing:
        raise vm.throw(APDU_EXCEPTION, ILLEGAL_USE)
    state.incoming = True
    return receive_bytes(vm, this, len(state.header))


def receive_bytes(vm: Vm, this: JavaObject, offset: int) -> int:
    """As many of the remaining bytes as fit; in T=0 there must be room for one."""
    state = _receiving(vm, this)
    left = len(state.data) - state.received
    space = len(state.buffer.data) - offset
    if offset < 0 or (left >= IN_BLOCK and space < IN_BLOCK):
        raise vm.throw(APDU_EXCEPTION, BUFFER_BOUNDS)
    count = min(left, space)
    if count > 0:
        vm.heap.write_bytes(state.buffer, offset, state.data[state.received : state.received + count])
        state.received += count
    state.phase = Phase.FULL_INCOMING if state.received == len(state.data) else Phase.PARTIAL_INCOMING
    return max(count, 0)


def get_incoming_length(vm: Vm, this: JavaObject) -> int:
    return len(_receiving(vm, this).data)


def get_offset_cdata(vm: Vm, this: JavaObject) -> int:
    return len(_receiving(vm, this).header)


def _receiving(vm: Vm, this: JavaObject) -> CommandState:
    state = state_of(this, CommandState)
    if not state.incoming or state.outgoing:
        raise vm.throw(APDU_EXCEPTION, ILLEGAL_USE)
    return state


# Outgoing data


def set_outgoing(vm: Vm, this: JavaObject) -> int:
    """Gives Le. T=0 knows it in case 2 only; else it is 256, or 32767 for an applet that takes extended length."""
    state = _turn_around(vm, this)
    return _expected(state, EXTENDED_MOST if state.extended else SHORT_MOST)


def set_outgoing_no_chaining(vm: Vm, this: JavaObject) -> int:
    state = _turn_around(vm, this)
    state.chaining = False
    return _expected(state, SHORT_MOST)


def _turn_around(vm: Vm, this: JavaObject) -> CommandState:
    state = state_of(this, CommandState)
    if state.outgoing:
        raise vm.throw(APDU_EXCEPTION, ILLEGAL_USE)
    state.phase = Phase.OUTGOING
    state.received = len(state.data)
    return state


def _expected(state: CommandState, unknown: int) -> int:
    if state.data or state.incoming or len(state.header) == EXTENDED_HEADER:
        return unknown
    return state.header[4] or SHORT_MOST


def set_outgoing_length(vm: Vm, this: JavaObject, length: int) -> None:
    state = state_of(this, CommandState)
    if state.phase != Phase.OUTGOING:
        raise vm.throw(APDU_EXCEPTION, ILLEGAL_USE)
    if length < 0 or (length > SHORT_MOST and not (state.extended and state.chaining)):
        raise vm.throw(APDU_EXCEPTION, BAD_LENGTH)
    state.promised = length
    state.phase = Phase.OUTGOING_LENGTH_KNOWN


def send_bytes(vm: Vm, this: JavaObject, offset: int, length: int) -> None:
    """Bounds are judged before the state."""
    state = state_of(this, CommandState)
    if offset < 0 or length < 0 or offset + length > len(state.buffer.data):
        raise vm.throw(APDU_EXCEPTION, BUFFER_BOUNDS)
    _send(vm, state, read(vm, state.buffer, offset, length))


def send_bytes_long(vm: Vm, this: JavaObject, array: Ref | None, offset: int, length: int) -> None:
    """The array is judged before the state."""
    data = read(vm, array, offset, length)
    _send(vm, state_of(this, CommandState), data)


def _send(vm: Vm, state: CommandState, data: bytes) -> None:
    if state.phase < Phase.OUTGOING_LENGTH_KNOWN or state.at_once or len(state.sent) + len(data) > state.promised:
        raise vm.throw(APDU_EXCEPTION, ILLEGAL_USE)
    if data:
        state.sent += data
        state.phase = Phase.FULL_OUTGOING if len(state.sent) == state.promised else Phase.PARTIAL_OUTGOING


def set_outgoing_and_send(vm: Vm, this: JavaObject, offset: int, length: int) -> None:
    """setOutgoing, setOutgoingLength and sendBytes in one; nothing more can be sent."""
    state = state_of(this, CommandState)
    set_outgoing(vm, this)
    set_outgoing_length(vm, this, length)
    send_bytes(vm, this, offset, length)
    state.at_once = True
    state.phase = Phase.FULL_OUTGOING


APDU = NativeClass(
    APDU_CLASS,
    {
        "getInBlockSize()S": get_in_block_size,
        "getOutBlockSize()S": get_out_block_size,
        "getProtocol()B": get_protocol,
        "waitExtension()V": wait_extension,
        "getCurrentAPDU()Ljavacard/framework/APDU;": get_current_apdu,
        "getCurrentAPDUBuffer()[B": get_current_apdu_buffer,
        "getCLAChannel()B": get_cla_channel,
        "getBuffer()[B": get_buffer,
        "getNAD()B": get_nad,
        "receiveBytes(S)S": receive_bytes,
        "sendBytes(SS)V": send_bytes,
        "sendBytesLong([BSS)V": send_bytes_long,
        "setIncomingAndReceive()S": set_incoming_and_receive,
        "setOutgoing()S": set_outgoing,
        "setOutgoingAndSend(SS)V": set_outgoing_and_send,
        "setOutgoingLength(S)V": set_outgoing_length,
        "setOutgoingNoChaining()S": set_outgoing_no_chaining,
        "getCurrentState()B": get_current_state,
        "isCommandChainingCLA()Z": is_command_chaining_cla,
        "isSecureMessagingCLA()Z": is_secure_messaging_cla,
        "isISOInterindustryCLA()Z": is_iso_interindustry_cla,
        "getIncomingLength()S": get_incoming_length,
        "getOffsetCdata()S": get_offset_cdata,
        "isValidCLA()Z": is_valid_cla,
    },
    state=CommandState,
)
