"""javacard.framework.APDU over T=0 (Java Card API 3.0.5, JCRE §9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simtool.codec import class_byte as classes
from simtool.softcard.jcvm.api.javacard.framework import apdu
from simtool.softcard.jcvm.execution import Done, Execution, Waiting, wait
from simtool.softcard.jcvm.objects import GLOBAL, TEMPORARY, JavaArray, JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import byte_array, call, content, new_applet, send, throws

APDU = "javacard/framework/APDU"
EXCEPTION = "javacard/framework/APDUException"
ILLEGAL_USE, BUFFER_BOUNDS, BAD_LENGTH = 1, 2, 3
RECEIVE, OUTGOING, NO_CHAINING = "setIncomingAndReceive()S", "setOutgoing()S", "setOutgoingNoChaining()S"
LENGTH, SEND, LONG, AT_ONCE = (
    "setOutgoingLength(S)V",
    "sendBytes(SS)V",
    "sendBytesLong([BSS)V",
    "setOutgoingAndSend(SS)V",
)
MORE, INCOMING, CDATA = "receiveBytes(S)S", "getIncomingLength()S", "getOffsetCdata()S"
CASE_1, CASE_2, CASE_3 = "8010000000", "8010000004", "80100000 03 010203"
INITIAL, PARTIAL_IN, FULL_IN, OUT, OUT_KNOWN, PARTIAL_OUT, FULL_OUT = range(7)


class Command:
    """An applet's view of a command."""

    def __init__(self, vm: Vm, applet: JavaObject, command: str) -> None:
        self.vm = vm
        self.ref = apdu.begin(vm, bytes.fromhex(command), applet)

    def __call__(self, signature: str, *words: Any) -> Any:
        return send(self.vm, self.ref, APDU, signature, *words)

    @property
    def buffer(self) -> JavaArray:
        found = self("getBuffer()[B")
        assert isinstance(found, JavaArray)
        return found

    @property
    def state(self) -> int:
        return int(self("getCurrentState()B"))

    def finish(self) -> str:
        return apdu.finish(self.vm, self.ref).hex()


Begin = Callable[[str], Command]


@pytest.fixture
def begin(running: Vm, applet: JavaObject) -> Begin:
    return lambda command: Command(running, applet, command)


@pytest.fixture
def begin_long(vm: Vm) -> Begin:
    """For an applet that takes extended length."""
    applet = new_applet(vm, "a00000055910010404", interfaces={"javacardx/apdu/ExtendedLength": {}})
    return lambda command: Command(vm, applet, command)


def test_the_block_sizes_of_t0(running: Vm) -> None:
    assert call(running, APDU, "getInBlockSize()S") == 1
    assert call(running, APDU, "getOutBlockSize()S") == 258
    assert call(running, APDU, "getProtocol()B") == 0


def test_object_and_buffer_cannot_be_kept(begin: Begin) -> None:
    command = begin(CASE_3)
    assert (command.ref.context, command.buffer.context) == (TEMPORARY, GLOBAL)
    assert command("getNAD()B") == 0


def test_only_the_header_is_in_the_buffer_at_first(begin: Begin) -> None:
    command = begin(CASE_3)
    assert content(command.buffer) == "8010000003" + "00" * 256
    assert command.state == INITIAL
    assert command(RECEIVE) == 3
    assert content(command.buffer)[:16] == "8010000003010203"
    assert command.state == FULL_IN
    assert (command(INCOMING), command(CDATA)) == (3, 5)


def test_nothing_of_an_earlier_command_is_left(begin: Begin) -> None:
    first = begin("80100000ff" + "aa" * 255)
    first(RECEIVE)
    first.finish()
    assert content(begin(CASE_1).buffer)[10:] == "00" * 256


@pytest.mark.parametrize("command", [CASE_1, "80100000", "80100000 00"])
def test_no_data(begin: Begin, command: str) -> None:
    one = begin(command)
    assert one(RECEIVE) == 0
    assert (one.state, one(INCOMING), one(MORE, 5), one(MORE, 261)) == (FULL_IN, 0, 0, 0)


@pytest.mark.parametrize("signature", [MORE, INCOMING, CDATA])
def test_incoming_before_and_after_its_time(begin: Begin, signature: str) -> None:
    words = (5,) if signature == MORE else ()
    with throws(EXCEPTION, ILLEGAL_USE):
        begin(CASE_3)(signature, *words)
    for turn in (OUTGOING, NO_CHAINING):
        command = begin(CASE_3)
        command(RECEIVE)
        command(turn)
        with throws(EXCEPTION, ILLEGAL_USE):
            command(signature, *words)


def test_receive_only_once_and_not_after_outgoing(begin: Begin) -> None:
    command = begin(CASE_3)
    command(RECEIVE)
    with throws(EXCEPTION, ILLEGAL_USE):
        command(RECEIVE)
    command = begin(CASE_3)
    command(OUTGOING)
    with throws(EXCEPTION, ILLEGAL_USE):
        command(RECEIVE)


def test_extended_data_come_in_pieces(begin_long: Begin) -> None:
    data = bytes(range(256)) * 10
    command = begin_long("80100000 00 0a00" + data.hex())
    assert content(command.buffer)[:16] == "80100000000a0000"
    got = command(RECEIVE)
    assert got == 0x800 - 7
    assert (command.state, command(INCOMING), command(CDATA)) == (PARTIAL_IN, 0x0A00, 7)
    with throws(EXCEPTION, BUFFER_BOUNDS):
        command(MORE, -1)
    with throws(EXCEPTION, BUFFER_BOUNDS):
        command(MORE, 0x800)
    assert command(MORE, 0x7FF) == 1
    assert content(command.buffer)[-2:] == data[got : got + 1].hex()
    assert command(MORE, 0) == len(data) - got - 1
    assert command.state == FULL_IN
    assert content(command.buffer).startswith(data[got + 1 :].hex())
    assert command(MORE, 0x800) == 0


LE = [
    (CASE_1, False, 256, 256),
    (CASE_2, False, 4, 4),
    ("80100000ff", False, 255, 255),
    (CASE_3, True, 256, 256),
    (CASE_3, False, 256, 256),  # what came is Lc
]


@pytest.mark.parametrize(("command", "receive", "le", "unchained"), LE)
def test_expected_length(begin: Begin, command: str, receive: bool, le: int, unchained: int) -> None:
    for signature, wanted in ((OUTGOING, le), (NO_CHAINING, unchained)):
        one = begin(command)
        if receive:
            one(RECEIVE)
        assert one(signature) == wanted
        assert one.state == OUT


@pytest.mark.parametrize(
    ("command", "le", "unchained"),
    [(CASE_2, 4, 4), (CASE_3, 32767, 256), ("80100000 00 0003 010203", 32767, 256), ("80100000 00 0000", 32767, 256)],
)
def test_expected_length_where_extended_length_is_taken(
    begin_long: Begin, command: str, le: int, unchained: int
) -> None:
    assert begin_long(command)(OUTGOING) == le
    assert begin_long(command)(NO_CHAINING) == unchained


@pytest.mark.parametrize("first", [OUTGOING, NO_CHAINING])
@pytest.mark.parametrize("second", [OUTGOING, NO_CHAINING, AT_ONCE])
def test_outgoing_only_once(begin: Begin, first: str, second: str) -> None:
    command = begin(CASE_2)
    command(first)
    with throws(EXCEPTION, ILLEGAL_USE):
        command(second, *((0, 1) if second == AT_ONCE else ()))


def test_length_after_outgoing_and_once(begin: Begin) -> None:
    command = begin(CASE_2)
    with throws(EXCEPTION, ILLEGAL_USE):
        command(LENGTH, 4)
    command(OUTGOING)
    for length in (-1, 257):
        with throws(EXCEPTION, BAD_LENGTH):
            command(LENGTH, length)
    assert command.state == OUT
    command(LENGTH, 256)
    assert command.state == OUT_KNOWN
    for length in (4, -1):
        with throws(EXCEPTION, ILLEGAL_USE):
            command(LENGTH, length)


def test_length_where_extended_length_is_taken(begin_long: Begin) -> None:
    command = begin_long(CASE_2)
    command(OUTGOING)
    command(LENGTH, 32767)
    command = begin_long(CASE_2)
    command(NO_CHAINING)
    with throws(EXCEPTION, BAD_LENGTH):
        command(LENGTH, 257)


def test_send_in_pieces(running: Vm, begin: Begin) -> None:
    command = begin(CASE_2)
    command(OUTGOING)
    command(LENGTH, 5)
    command(SEND, 0, 0)
    assert command.state == OUT_KNOWN
    command(SEND, 0, 2)
    assert command.state == PARTIAL_OUT
    with throws(EXCEPTION, ILLEGAL_USE):
        command(SEND, 0, 4)
    command(LONG, byte_array(running, "00aabbcc"), 1, 3)
    assert command.state == FULL_OUT
    with throws(EXCEPTION, ILLEGAL_USE):
        command(SEND, 0, 1)
    assert command.finish() == "8010aabbcc"


@pytest.mark.parametrize(("offset", "length"), [(-1, 1), (0, -1), (261, 1), (1, 261)])
def test_bounds_come_before_the_state(begin: Begin, offset: int, length: int) -> None:
    with throws(EXCEPTION, BUFFER_BOUNDS):
        begin(CASE_2)(SEND, offset, length)


def test_send_before_the_length(running: Vm, begin: Begin) -> None:
    command = begin(CASE_2)
    for _ in range(2):
        with throws(EXCEPTION, ILLEGAL_USE):
            command(SEND, 0, 1)
        with throws(EXCEPTION, ILLEGAL_USE):
            command(LONG, byte_array(running, 1), 0, 1)
        if command.state == INITIAL:
            command(OUTGOING)


def test_long_checks_its_array(vm: Vm, begin: Begin, other: JavaObject) -> None:
    with vm.running_as(other.owner):
        theirs = byte_array(vm, 4)
    command = begin(CASE_2)
    command(OUTGOING)
    command(LENGTH, 4)
    with throws("SecurityException"):
        command(LONG, theirs, 0, 1)
    with throws("NullPointerException"):
        command(LONG, None, 0, 1)
    for offset, length in ((-1, 1), (0, -1), (3, 2)):
        with throws("ArrayIndexOutOfBoundsException"):
            command(LONG, byte_array(vm, 4), offset, length)
    assert command.finish() == ""


def test_at_once(running: Vm, begin: Begin) -> None:
    command = begin(CASE_3)
    command(RECEIVE)
    command(AT_ONCE, 4, 4)
    assert command.state == FULL_OUT
    for signature, words in ((AT_ONCE, (0, 1)), (OUTGOING, ()), (LENGTH, (1,)), (SEND, (0, 1)), (SEND, (0, 0))):
        with throws(EXCEPTION, ILLEGAL_USE):
            command(signature, *words)
    with throws(EXCEPTION, ILLEGAL_USE):
        command(LONG, byte_array(running, 1), 0, 1)
    assert command.finish() == "03010203"


@pytest.mark.parametrize(
    ("offset", "length", "reason"),
    [(0, -1, BAD_LENGTH), (0, 257, BAD_LENGTH), (-1, 1, BUFFER_BOUNDS), (6, 256, BUFFER_BOUNDS)],
)
def test_at_once_out_of_bounds(begin: Begin, offset: int, length: int, reason: int) -> None:
    command = begin(CASE_2)
    with throws(EXCEPTION, reason):
        command(AT_ONCE, offset, length)
    assert command.finish() == ""


def test_more_time(running: Vm, begin: Begin) -> None:
    call(running, APDU, "waitExtension()V")
    command = begin(CASE_2)
    call(running, APDU, "waitExtension()V")
    command(NO_CHAINING)
    with throws(EXCEPTION, ILLEGAL_USE):
        call(running, APDU, "waitExtension()V")


CLASS_BYTES = [
    # CLA, channel, chained, secure, interindustry, valid: JCRE §4.3, ISO 7816-4 §5.4.1
    (0x00, 0, 0, 0, 1, 1),
    (0x03, 3, 0, 0, 1, 1),
    (0x0C, 0, 0, 1, 1, 1),
    (0x06, 2, 0, 1, 1, 1),
    (0x11, 1, 1, 0, 1, 1),
    (0x20, 0, 0, 0, 1, 0),
    (0x3F, 0, 0, 0, 1, 0),
    (0x40, 4, 0, 0, 1, 1),
    (0x4F, 19, 0, 0, 1, 1),
    (0x62, 6, 0, 1, 1, 1),
    (0x5A, 14, 1, 0, 1, 1),
    (0x80, 0, 0, 0, 0, 1),
    (0x84, 0, 0, 1, 0, 1),
    (0xA0, 0, 0, 0, 0, 1),
    (0xC1, 5, 0, 0, 0, 1),
    (0xE0, 4, 0, 1, 0, 1),
    (0xFF, 0, 0, 0, 0, 0),
]


@pytest.mark.parametrize(("cla", "channel", "chained", "secure", "interindustry", "valid"), CLASS_BYTES)
def test_class_byte(
    running: Vm, begin: Begin, cla: int, channel: int, chained: int, secure: int, interindustry: int, valid: int
) -> None:
    command = begin(f"{cla:02x}10000000")
    assert call(running, APDU, "getCLAChannel()B") == channel
    assert bool(command("isCommandChainingCLA()Z")) == bool(chained)
    assert bool(command("isSecureMessagingCLA()Z")) == bool(secure)
    assert bool(command("isISOInterindustryCLA()Z")) == bool(interindustry)
    assert bool(command("isValidCLA()Z")) == bool(valid)
    assert classes.channel(cla - 0x100 if cla > 0x7F else cla) == channel


def test_the_current_object_only_within_process(vm: Vm, other: JavaObject) -> None:
    seen: list[Any] = []

    def look(vm: Vm, this: JavaObject, *words: Any) -> int:
        seen.append(call(vm, APDU, "getCurrentAPDU()Ljavacard/framework/APDU;"))
        seen.append(call(vm, APDU, "getCurrentAPDUBuffer()[B"))
        with vm.running_as(other.owner), throws("SecurityException"):
            call(vm, APDU, "getCurrentAPDU()Ljavacard/framework/APDU;")
        return 1

    def forbidden(vm: Vm, this: JavaObject) -> int:
        with throws("SecurityException"):
            call(vm, APDU, "getCurrentAPDUBuffer()[B")
        return 1

    applet = new_applet(vm, "a00000055910010404", {"process(Ljavacard/framework/APDU;)V": look, "select()Z": forbidden})
    command = Command(vm, applet, CASE_1)
    assert vm.invoke(applet, "javacard/framework/Applet", "select()Z")
    apdu.process(vm, applet, command.ref)
    assert seen == [command.ref, command.buffer]
    command.finish()
    with vm.running_as(applet.owner):
        forbidden(vm, applet)


def test_a_run_that_waits_keeps_its_command(vm: Vm) -> None:
    def sleep(vm: Vm, this: JavaObject, its: JavaObject) -> None:
        before = call(vm, APDU, "getCLAChannel()B")
        wait("the terminal")
        assert call(vm, APDU, "getCLAChannel()B") == before
        send(vm, its, APDU, AT_ONCE, 0, 5)

    def answer(vm: Vm, this: JavaObject, its: JavaObject) -> None:
        assert call(vm, APDU, "getCLAChannel()B") == 2
        send(vm, its, APDU, AT_ONCE, 0, 2)

    first = new_applet(vm, "a00000055910010404", {"process(Ljavacard/framework/APDU;)V": sleep})
    second = new_applet(vm, "a00000055910010505", {"process(Ljavacard/framework/APDU;)V": answer})
    one = Command(vm, first, "8110000000")
    run = Execution(lambda: apdu.process(vm, first, one.ref))
    assert run.start() == Waiting("the terminal")
    two = Command(vm, second, "8220000000")
    assert isinstance(Execution(lambda: apdu.process(vm, second, two.ref)).start(), Done)
    assert two.finish() == "8220"
    assert run.resume(None) == Done(None)
    assert one.finish() == "8110000000"
    assert vm.commands == []


def test_a_run_that_never_goes_on_leaves_nothing(vm: Vm, applet: JavaObject) -> None:
    sleeper = new_applet(vm, "a00000055910010404", {"process(Ljavacard/framework/APDU;)V": lambda *_: wait("ever")})
    one = Command(vm, sleeper, CASE_1)
    run = Execution(lambda: apdu.process(vm, sleeper, one.ref))
    run.start()
    run.abandon()
    two = Command(vm, applet, CASE_1)
    assert vm.commands == [two.ref]
