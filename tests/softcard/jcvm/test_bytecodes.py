"""Every instruction on both engines: the interpreter, and the translation to Python (JCVM chapter 7)."""

from __future__ import annotations

from functools import cache

import pytest

from simtool.softcard.jcvm.api.java import lang
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.objects import Owner
from simtool.softcard.jcvm.vm import Vm
from tests.harness import jcvm
from tests.harness.jcasm import Assembled, assemble
from tests.softcard.jcvm.bytecodes import Row, rows, uncovered

ROWS = rows()


@cache
def assembled(text: str) -> Assembled:
    return assemble(text)


def run(vm: Vm, made: Assembled, row: Row) -> object:
    """What the method gives, or the name of the class that it throws."""
    package = vm.load(made.block)
    method = package.methods[made.offsets["T.run"]]
    try:
        with vm.running_as(Owner(package.aid, package.context)):
            return method.call(vm, *row.words)
    except JavaThrow as thrown:
        return thrown.throwable.cls.name


@pytest.mark.parametrize("translator", [False, True], ids=["interpreter", "translator"])
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_instruction(row: Row, translator: bool) -> None:
    vm = jcvm.machine((lang, framework))
    vm.use(translator=translator)
    assert run(vm, assembled(row.text), row) == row.outcome


def test_every_instruction_has_a_row() -> None:
    assert not uncovered()
