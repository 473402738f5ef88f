"""The handlers as byte code uses them, in runs that wait for the terminal in the middle (TS 102 241 §5, §6.6)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from simtool.softcard.jcvm.execution import Done, Execution, Waiting
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.objects import Owner
from simtool.softcard.jcvm.platform.toolkit import HandlerMemory
from simtool.softcard.jcvm.vm import Vm
from tests.harness.jcasm import assemble
from tests.harness.jcvm_toolkit import FakeToolkit

SOURCE = """
.package com/example/toolkit A0000005591001 1.0
.import javacard.framework 1.2
.import uicc.toolkit 1.0
.import uicc.system 1.0
.export
.class public Demo
.field static byte[] TEXT = "Hello"
.field static ProactiveHandler kept
.field static EditHandler own

.method public static ask()S
    .local handler 0
    .local answer 1
    invokestatic ProactiveHandlerSystem.getTheHandler
    astore handler
    aload handler / sconst_1 / bspush 4 / getstatic_a TEXT / sconst_1 / bspush 3 / sconst_0 / bspush 20
    invokeinterface ProactiveHandler.initGetInput
    aload handler / bspush 23 / getstatic_a TEXT / sconst_0 / sconst_1
    invokeinterface ProactiveHandler.appendTLV(B[BSS)V
    aload handler
    invokeinterface ProactiveHandler.send
    ifeq Well
    sconst_m1 / sreturn
Well:
    invokestatic ProactiveResponseHandlerSystem.getTheHandler
    astore answer
    aload answer / getstatic_a TEXT / sconst_0
    invokeinterface ProactiveResponseHandler.copyTextString
    aload handler
    invokeinterface ProactiveHandler.getLength
    bspush 100 / smul / sadd / sreturn
.end

.method public static keep()S
    invokestatic ProactiveHandlerSystem.getTheHandler
    putstatic_a kept
    sconst_0 / sreturn
.end

.method public static build()S
    sconst_1 / bspush 20
    invokestatic HandlerBuilder.buildTLVHandler(BS)Luicc/toolkit/ViewHandler;
    checkcast EditHandler
    putstatic_a own
    getstatic_a own / bspush 13 / sconst_4 / getstatic_a TEXT / sconst_0 / sconst_5
    invokeinterface EditHandler.appendTLV(BB[BSS)V
    getstatic_a own / bspush 13 / sconst_1
    invokeinterface EditHandler.findTLV
    pop
    getstatic_a own / sconst_1
    invokeinterface EditHandler.getValueShort
    sreturn
.end

.method public static missing()S
Begin:
    invokestatic EnvelopeHandlerSystem.getTheHandler
    pop / sconst_0 / sreturn
End:
Wrong:
    invokevirtual ToolkitException.getReason()S
    sreturn
    .catch ToolkitException from Begin to End using Wrong
.end
"""
INPUT = "8103012301" + "82028182" + "8d0404656c6c" + "91020014" + "170148"
ANSWER = "810301230182028281830100" + "8d03045a5a"


class WaitingToolkit(FakeToolkit):
    """Its `send` waits for the test to bring the answer."""

    def __init__(self, vm: Vm) -> None:
        super().__init__()
        self._vm = vm

    def send(self, command: bytes) -> bytes:
        mine = self.run
        self.last = self._vm.wait(command)
        self.run = mine
        return self.last


Run = Callable[[str], Execution]


@pytest.fixture
def runs(vm: Vm) -> Run:
    """Makes a run of a static method of the package, with handlers of its own."""
    assembled = assemble(SOURCE.replace(" / ", "\n"))
    package = vm.load(assembled.block)
    owner = Owner(bytes.fromhex("a000000559100101"), package.context)
    toolkit = vm.platform.toolkit = WaitingToolkit(vm)  # type: ignore[misc]

    def make(name: str) -> Execution:
        def body() -> object:
            toolkit.run = HandlerMemory()
            with vm.running_as(owner):
                return package.methods[assembled.offsets[f"Demo.{name}"]].call(vm)

        return Execution(body)

    return make


def test_a_command_and_its_answer(runs: Run) -> None:
    run = runs("ask")
    waiting = run.start()
    assert isinstance(waiting, Waiting)
    assert waiting.request.hex() == INPUT
    assert run.resume(bytes.fromhex(ANSWER)) == Done(len(INPUT) // 2 * 100 + 2)


def test_two_runs_wait_at_a_time(runs: Run) -> None:
    first, second = runs("ask"), runs("ask")
    assert isinstance(first.start(), Waiting)
    waiting = second.start()
    assert isinstance(waiting, Waiting)
    assert waiting.request.hex() == INPUT
    assert second.resume(bytes.fromhex("830100" + "8d050441424344")) == Done(len(INPUT) // 2 * 100 + 4)
    assert first.resume(bytes.fromhex("030112")) == Done(-1)


def test_a_handler_of_the_system_cannot_be_kept(runs: Run) -> None:
    with pytest.raises(JavaThrow) as caught:
        runs("keep").start()
    assert caught.value.throwable.cls.name == "java/lang/SecurityException"


def test_a_handler_of_the_applet_can(runs: Run) -> None:
    assert runs("build").start() == Done(0x4865)


def test_an_exception_is_caught_with_its_reason(runs: Run) -> None:
    assert runs("missing").start() == Done(2)
