"""Runs a method instruction by instruction, as the specification tells it (JCVM §7).

Slow and plain: for traces, for coverage, and as the reading that the translator is compared with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.softcard.jcvm.classes import Code, Method
from simtool.softcard.jcvm.faults import JavaThrow, VmFault
from simtool.softcard.jcvm.flow import handlers_of
from simtool.softcard.jcvm.frame import Frame
from simtool.softcard.jcvm.instructions import STEPS
from simtool.softcard.jcvm.objects import Word
from simtool.softcard.jcvm.opcodes import Instruction, decode

if TYPE_CHECKING:
    from simtool.softcard.jcvm.vm import Vm


def code_of(method: Method) -> Code:
    """What runs a method to its end. It raises `JavaThrow` for what the method does not catch, `VmFault`."""
    package = method.package
    decoded: dict[int, Instruction] = {}

    def run(vm: Vm, *words: Word) -> Word:
        if package is None or not method.end:
            raise VmFault(f"{method.name} is abstract")
        depth = vm.enter(method)
        top = vm.stack
        blank = [0] * (method.locals - len(words))
        frame = Frame(vm, method, package, [*words, *blank], decode(package.code, method.start))
        frame.next = method.start
        while not frame.done:
            frame.pc = frame.next
            found = decoded.get(frame.pc)
            if found is None:
                found = decoded[frame.pc] = decode(package.code, frame.pc)
            frame.instruction = found
            frame.next = frame.instruction.next
            vm.executed += 1
            if vm.executed > vm.limit:
                vm.out_of_time()
            if vm.tracer is not None:
                vm.tracer.step(frame)
            try:
                STEPS[frame.instruction.opcode.number](frame)
            except JavaThrow as error:
                if not _catch(frame, error):
                    raise
                vm.stack = top
        vm.stack = depth
        return frame.result

    return run


def _catch(frame: Frame, error: JavaThrow) -> bool:
    """Go to the handler of this throwable, if there is one."""
    for handler in handlers_of(frame.method, frame.pc):
        if handler.catches is None or handler.catches in error.throwable.cls.supers:
            frame.stack[:] = [error.throwable]
            frame.next = handler.target
            return True
    return False
