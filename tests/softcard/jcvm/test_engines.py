"""The interpreter and the translation to Python do the same with any program."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.softcard.jcvm.api.java import lang
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.objects import JavaArray, JavaObject, Owner, Ref
from simtool.softcard.jcvm.vm import Vm
from tests.harness import jcvm
from tests.harness.jcasm import AsmError, Assembled, assemble
from tests.softcard.jcvm.bytecodes.row import Row
from tests.softcard.jcvm.programs import INTS_OF_INTEREST, SHORTS_OF_INTEREST, Program


def build(program: Program) -> Assembled:
    """With short branches where they reach, else with long ones."""
    for code in (program.code, program.with_wide_branches):
        try:
            return assemble(Row("", "(SSI)I", (0, 0, 0), code, None).text)
        except AsmError as error:
            if "too far" not in str(error):
                raise
    raise AssertionError("the program is longer than a long branch")


def outcome(made: Assembled, words: tuple[int, ...], *, translator: bool) -> tuple[object, list[Any]]:
    """What the program gives or throws, and everything on the heap afterwards."""
    vm = jcvm.machine((lang, framework))
    vm.use(translator=translator)
    package = vm.load(made.block)
    try:
        with vm.running_as(Owner(package.aid, package.context)):
            result: object = package.methods[made.offsets["T.run"]].call(vm, *words)
    except JavaThrow as thrown:
        result = thrown.throwable.cls.name
    return result, heap(vm)


def heap(vm: Vm) -> list[Any]:
    return [(name, contents(ref)) for name, ref in sorted(vm.heap.objects.items())]


def contents(ref: Ref) -> list[Any]:
    words = list(ref.data) if isinstance(ref, JavaArray) else ref.words if isinstance(ref, JavaObject) else []
    return [word.id if isinstance(word, Ref) else word for word in words]


SHORTS = st.sampled_from(SHORTS_OF_INTEREST)


@settings(deadline=None, max_examples=150)
@given(choices=st.randoms(use_true_random=False), a=SHORTS, b=SHORTS, i=st.sampled_from(INTS_OF_INTEREST))
def test_both_engines_agree(choices: random.Random, a: int, b: int, i: int) -> None:
    made = build(Program(choices))
    words = (a, b, i, 0)
    assert outcome(made, words, translator=True) == outcome(made, words, translator=False)
