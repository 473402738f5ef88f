"""javacard.framework.service (Java Card API 3.0.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from simtool.softcard.jcvm.api.javacard.framework import apdu, service
from simtool.softcard.jcvm.objects import JavaObject
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcvm import call, construct, content, missing_methods, new_class, send, throws, unknown_methods

PACKAGE = "javacard.framework.service"
SERVICE, BASIC, DISPATCHER, EXCEPTION = (
    f"javacard/framework/service/{one}" for one in ("Service", "BasicService", "Dispatcher", "ServiceException")
)
ILLEGAL_PARAM, TABLE_FULL, TOO_LONG, NOT_IN, NOT_OUT = 1, 2, 3, 4, 5
OF = "(Ljavacard/framework/APDU;"
IN, COMMAND, OUT = (f"{one}{OF})Z" for one in ("processDataIn", "processCommand", "processDataOut"))
ADD, REMOVE = (f"{one}Service(Ljavacard/framework/service/Service;B)V" for one in ("add", "remove"))
DISPATCH, PROCESS = f"dispatch{OF}B)Ljava/lang/Exception;", f"process{OF})V"


@pytest.fixture
def packages(packages: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*packages, service)


@pytest.fixture
def basic(running: Vm) -> Callable[..., Any]:
    """Calls a method of a BasicService."""
    made = construct(running, BASIC, "<init>()V")
    return lambda signature, *words: send(running, made, BASIC, signature, *words)


def begin(vm: Vm, applet: JavaObject, command: str = "80100102 03 010203") -> JavaObject:
    return apdu.begin(vm, bytes.fromhex(command), applet)


def buffer(vm: Vm, command: JavaObject, length: int) -> str:
    return content(send(vm, command, apdu.APDU_CLASS, "getBuffer()[B"))[: 2 * length]


def test_all_but_remote_invocation_is_there(vm: Vm) -> None:
    classes = {one.partition("(")[0].rpartition("/")[2].partition(".")[0] for one in missing_methods(vm, PACKAGE)}
    assert classes == {"RMIService", "CardRemoteObject"}
    assert unknown_methods(service, PACKAGE) == set()


def test_input(running: Vm, applet: JavaObject, basic: Callable[..., Any]) -> None:
    command = begin(running, applet)
    assert [basic(f"get{one}{OF})B", command) for one in ("CLA", "INS", "P1", "P2")] == [-0x80, 0x10, 1, 2]
    for _ in range(2):
        assert basic(f"receiveInData{OF})S", command) == 3
    assert buffer(running, command, 8) == "8010010203010203"
    assert not basic(f"isProcessed{OF})Z", command)
    for signature in (f"getOutputLength{OF})S", f"getStatusWord{OF})S"):
        with throws(EXCEPTION, NOT_OUT):
            basic(signature, command)


def test_input_after_output(running: Vm, applet: JavaObject, basic: Callable[..., Any]) -> None:
    command = begin(running, applet)
    for _ in range(2):
        basic(f"setProcessed{OF})V", command)
    assert basic(f"isProcessed{OF})Z", command)
    for signature in (f"receiveInData{OF})S", f"getP1{OF})B", f"getP2{OF})B"):
        with throws(EXCEPTION, NOT_IN):
            basic(signature, command)
    assert basic(f"getINS{OF})B", command) == 0x10


def test_output(running: Vm, applet: JavaObject, basic: Callable[..., Any]) -> None:
    command = begin(running, applet)
    for length in (-1, 257):
        with throws(EXCEPTION, ILLEGAL_PARAM):
            basic(f"setOutputLength{OF}S)V", command, length)
    assert basic(f"succeedWithStatusWord{OF}S)Z", command, 0x6310)
    for length in (0, 5, 256):
        basic(f"setOutputLength{OF}S)V", command, length)
        assert basic(f"getOutputLength{OF})S", command) == length
    assert basic(f"getStatusWord{OF})S", command) == 0x6310
    assert basic(f"fail{OF}S)Z", command, 0x6985)
    assert buffer(running, command, 5) == "8010698500"
    assert basic(f"succeed{OF})Z", command)
    assert buffer(running, command, 5) == "8010900000"


def test_selecting(running: Vm, applet: JavaObject, basic: Callable[..., Any]) -> None:
    assert not basic("selectingApplet()Z")
    apdu.begin(running, bytes.fromhex("00a4040000"), applet, selecting=True)
    assert basic("selectingApplet()Z")


Step = Callable[[Vm, JavaObject, JavaObject], int]


def a_service(vm: Vm, **methods: Step) -> JavaObject:
    """A service that does nothing but what is given as `data_in`, `command`, `data_out`."""
    names = {"data_in": IN, "command": COMMAND, "data_out": OUT}
    steps = {signature: methods.get(name, lambda vm, this, command: 0) for name, signature in names.items()}
    return vm.allocate(new_class(vm, "test/Service", interfaces={SERVICE: steps}))


def answering(status: int, data: bytes) -> Step:
    def process(vm: Vm, this: JavaObject, command: JavaObject) -> int:
        one = construct(vm, BASIC, "<init>()V")
        send(vm, one, BASIC, f"succeedWithStatusWord{OF}S)Z", command, status)
        send(vm, one, BASIC, f"setOutputLength{OF}S)V", command, len(data))
        vm.heap.write_bytes(send(vm, command, apdu.APDU_CLASS, "getBuffer()[B"), 5, data)
        return 1

    return process


def throwing(vm: Vm, this: JavaObject, command: JavaObject) -> int:
    raise vm.throw("javacard/framework/ISOException", 0x6985)


def dispatcher(vm: Vm, most: int, *services: tuple[JavaObject, int]) -> JavaObject:
    made = construct(vm, DISPATCHER, "<init>(S)V", most)
    for one, phase in services:
        send(vm, made, DISPATCHER, ADD, one, phase)
    return made


def test_table(running: Vm, applet: JavaObject) -> None:
    with throws(EXCEPTION, ILLEGAL_PARAM):
        construct(running, DISPATCHER, "<init>(S)V", -1)
    one, made = a_service(running), dispatcher(running, 1)
    for _ in range(2):
        send(running, made, DISPATCHER, ADD, one, 2)
    with throws(EXCEPTION, TABLE_FULL):
        send(running, made, DISPATCHER, ADD, one, 1)
    send(running, made, DISPATCHER, REMOVE, one, 1)
    send(running, made, DISPATCHER, REMOVE, one, 2)
    send(running, made, DISPATCHER, ADD, one, 1)
    for method in (ADD, REMOVE):
        for words in ((None, 1), (one, 0), (one, 4)):
            with throws(EXCEPTION, ILLEGAL_PARAM):
                send(running, made, DISPATCHER, method, *words)
    for phase in (0, 4):
        with throws(EXCEPTION, ILLEGAL_PARAM):
            send(running, made, DISPATCHER, DISPATCH, begin(running, applet), phase)


def test_phases_in_their_order(running: Vm, applet: JavaObject) -> None:
    calls: list[str] = []

    def note(name: str, result: int) -> Step:
        def step(vm: Vm, this: JavaObject, command: JavaObject) -> int:
            calls.append(name)
            return result

        return step

    def last(vm: Vm, this: JavaObject, command: JavaObject) -> int:
        calls.append("command")
        return answering(0x9000, b"")(vm, this, command)

    first = a_service(running, data_in=note("in 1", 0), command=last, data_out=note("out 1", 1))
    second = a_service(running, data_in=note("in 2", 1), command=note("never", 1), data_out=note("never", 1))
    third = a_service(running, data_in=note("never", 1))
    services = [(first, 3), (first, 2), (second, 2), (second, 3), (first, 1), (second, 1), (third, 1)]
    send(running, dispatcher(running, 9, *services), DISPATCHER, PROCESS, begin(running, applet))
    assert calls == ["in 1", "in 2", "command", "out 1"]


def test_an_answer(running: Vm, applet: JavaObject) -> None:
    made = dispatcher(running, 2, (a_service(running, command=answering(0x9000, b"\x11" * 256)), 2))
    command = begin(running, applet)
    send(running, made, DISPATCHER, PROCESS, command)
    assert apdu.finish(running, command) == b"\x11" * 256


@pytest.mark.parametrize(("steps", "status"), [
    ({"command": answering(0x6310, b"\x01")}, 0x6310), ({"command": throwing}, 0x6F00), ({"data_in": throwing}, 0x6F00),
    ({}, 0x6D00),
])  # fmt: skip
def test_other_endings(running: Vm, applet: JavaObject, steps: dict[str, Step], status: int) -> None:
    one = a_service(running, **steps)
    made = dispatcher(running, 3, (one, 1), (one, 2), (one, 3))
    with throws("javacard/framework/ISOException", status):
        send(running, made, DISPATCHER, PROCESS, begin(running, applet))


def test_dispatch_gives_exceptions(running: Vm, applet: JavaObject) -> None:
    def dispatched(**steps: Step) -> Any:
        made = dispatcher(running, 1, (a_service(running, **steps), 2))
        found = send(running, made, DISPATCHER, DISPATCH, begin(running, applet), 1)
        return found.native.reason if found is not None else None

    assert dispatched(command=answering(0x6310, b"")) == 0x6310
    assert dispatched(command=throwing) == 0x6985
    assert dispatched() is None


def test_reasons(running: Vm) -> None:
    with throws(EXCEPTION, 7):
        call(running, EXCEPTION, "throwIt(S)V", 7)
