"""The interpreter and the translation to Python do the same with any program."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simtool.softcard.jcvm.api.java import lang
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.heap import Limits
from simtool.softcard.jcvm.objects import JavaArray, JavaObject, Owner, Ref
from simtool.softcard.jcvm.package import Package
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
    vm, package = loaded(made, translator=translator)
    return run(vm, package, made, words), heap(vm)


def loaded(made: Assembled, *, translator: bool, **limits: int) -> tuple[Vm, Package]:
    vm = jcvm.machine((lang, framework), limits=Limits(**limits))
    vm.use(translator=translator)
    return vm, vm.load(made.block)


def run(vm: Vm, package: Package, made: Assembled, words: tuple[int, ...]) -> object:
    try:
        with vm.running_as(Owner(package.aid, package.context)):
            return package.methods[made.offsets["T.run"]].call(vm, *words)
    except JavaThrow as thrown:
        return thrown.throwable.cls.name


def heap(vm: Vm) -> list[Any]:
    return [(name, contents(ref)) for name, ref in sorted(vm.heap.objects.items())]


def contents(ref: Ref) -> list[Any]:
    words = list(ref.data) if isinstance(ref, JavaArray) else ref.words if isinstance(ref, JavaObject) else []
    return [word.id if isinstance(word, Ref) else word for word in words]


FULL = ".catch {} from S to E using H / S: L: sinc 0 1 / {} / goto L / E: H: pop / sload_0 / s2i / ireturn"


@pytest.mark.parametrize("translator", [False, True], ids=["interpreter", "translator"])
@pytest.mark.parametrize(
    "store",
    [
        "sload_0 / putstatic_s ss",
        "getstatic_a text / sconst_0 / sload_0 / bastore",
        "getstatic_a shorts / sconst_0 / sload_0 / sastore",
        "getstatic_a ints / sconst_0 / iconst_1 / iastore",
        "aconst_null / putstatic_a sa",
    ],
)
def test_a_full_commit_buffer(store: str, translator: bool) -> None:
    """JCRE §7.8: a change without room throws TransactionException and is not made; the transaction goes on."""
    made = assemble(Row("", "(SSI)I", (0, 0, 0), FULL.format("TransactionException", store), None).text)
    vm, package = loaded(made, translator=translator, commit=40)
    vm.heap.begin()
    before = heap(vm)
    count = run(vm, package, made, (0, 0, 0, 0))
    assert isinstance(count, int) and 3 < count < 8
    assert vm.heap.in_transaction
    vm.heap.abort()
    assert heap(vm) == before
    vm.heap.begin()
    with pytest.raises(JavaThrow) as thrown, vm.running_as(Owner(package.aid, package.context)):
        while True:
            vm.heap.barrier(package.statics, 0)
    assert thrown.value.throwable.native.reason == 3  # type: ignore[union-attr]


SHORTS = st.sampled_from(SHORTS_OF_INTEREST)


@settings(deadline=None, max_examples=150)
@given(choices=st.randoms(use_true_random=False), a=SHORTS, b=SHORTS, i=st.sampled_from(INTS_OF_INTEREST))
def test_both_engines_agree(choices: random.Random, a: int, b: int, i: int) -> None:
    made = build(Program(choices))
    words = (a, b, i, 0)
    assert outcome(made, words, translator=True) == outcome(made, words, translator=False)


@settings(deadline=None, max_examples=100)
@given(
    choices=st.randoms(use_true_random=False), a=SHORTS, i=st.sampled_from(INTS_OF_INTEREST), translator=st.booleans()
)
def test_an_aborted_transaction_leaves_nothing(choices: random.Random, a: int, i: int, translator: bool) -> None:
    """JCRE §7.6: fields and elements as they were, whatever was made since gone."""
    made = build(Program(choices))
    vm, package = loaded(made, translator=translator, commit=0x10000)
    before = heap(vm), vm.heap.used
    vm.heap.begin()
    run(vm, package, made, (a, 1, i, 0))
    vm.heap.abort()
    assert (heap(vm), vm.heap.used) == before
