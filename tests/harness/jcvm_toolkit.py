"""A toolkit framework that does what a test tells it, for tests of the handlers (platform/toolkit.py)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simtool.softcard.jcvm.objects import Ref
from simtool.softcard.jcvm.platform.toolkit import CommandNotAllowed, Envelope, HandlerMemory
from simtool.softcard.jcvm.vm import Vm
from tests.harness import jcvm

Call = Callable[..., Any]
UICC, USIM, SIM = "uicc/toolkit", "uicc/usim/toolkit", "sim/toolkit"


class FakeToolkit:
    """A toolkit framework: a test sets what is available, and the answers to come."""

    def __init__(self) -> None:
        self.event: Envelope | None = None
        self.answering = False
        self.sending = True
        self.answers: list[bytes] = []
        self.sent: list[str] = []
        self.posted: list[tuple[str, int | None, int | bool]] = []
        self.last: bytes | None = None
        self.run = HandlerMemory()

    def memory(self) -> HandlerMemory:
        return self.run

    def envelope(self) -> Envelope | None:
        return self.event

    def may_answer(self) -> bool:
        return self.answering

    def post(self, data: bytes, *, tag: int | None, status: int | bool) -> None:
        self.answering = False
        self.posted.append((data.hex(), tag, status))

    def may_send(self) -> bool:
        return self.sending

    def send(self, command: bytes) -> bytes:
        self.sent.append(command.hex())
        if not self.answers:
            raise CommandNotAllowed
        self.last = self.answers.pop(0)
        return self.last

    def response(self) -> bytes | None:
        return self.last


def methods(vm: Vm, this: Ref, interface: str) -> Call:
    """Calls of an object's methods: `do("getLength()S")`."""
    return lambda signature, *words: jcvm.send(vm, this, interface, signature, *words)


def system_handler(vm: Vm, package: str, name: str) -> Call:
    """Calls of a handler of the system, as an applet gets it."""
    holder = f"{package}/{name}" if package == SIM else f"{package}/{name}System"
    return methods(vm, jcvm.call(vm, holder, f"getTheHandler()L{package}/{name};"), f"{package}/{name}")
