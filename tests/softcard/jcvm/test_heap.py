"""Transactions against a model: what is in memory, what a state file has at any time, what a reset leaves (JCRE §7).

Two runs take turns, each with objects of its own; a run that waits may have a transaction open.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from simtool.softcard.jcvm.api.java import lang
from simtool.softcard.jcvm.api.javacard import framework
from simtool.softcard.jcvm.faults import JavaThrow
from simtool.softcard.jcvm.heap import Limits
from simtool.softcard.jcvm.objects import Context, JavaArray, Kind, Lifetime, Owner, Ref
from simtool.softcard.jcvm.saving import Loader
from tests.harness import jcvm

RUNS, SIZE = 2, 6
NUMBERS = st.integers(-128, 127)


class Transactions(RuleBasedStateMachine):
    """`now` is what each run's array has, `kept` what it has to have after a power loss; `made` are arrays that live
    in element 0 of a list, by their length."""

    def __init__(self) -> None:
        super().__init__()
        self.vm = jcvm.machine((lang, framework), limits=Limits(commit=120))
        self.file: dict[int, Any] = {}
        self.active = 0
        self.asleep: dict[int, Any] = {}

    @initialize()
    def begin(self) -> None:
        self.owners = [Owner(bytes((one,)) * 5, Context(str(one))) for one in range(RUNS)]
        heap, cls = self.vm.heap, self.vm.object_class
        self.arrays = [heap.new_array(cls, one, Kind.BYTE, SIZE) for one in self.owners]
        self.lists = [heap.new_array(cls, one, Kind.REFERENCE, 1, element=cls) for one in self.owners]
        self.now = [([0] * SIZE, 0) for _ in range(RUNS)]
        self.kept = [self.now[0]] * RUNS
        self.open = [False] * RUNS

    def _wrote(self, values: list[int] | None = None, made: int | None = None) -> None:
        before = self.now[self.active]
        self.now[self.active] = (values if values is not None else before[0], made if made is not None else before[1])
        if not self.open[self.active]:
            self.kept[self.active] = self.now[self.active]

    @rule(at=st.integers(0, SIZE - 1), value=NUMBERS)
    def write_element(self, at: int, value: int) -> None:
        array = self.arrays[self.active]
        try:
            self.vm.heap.barrier(array, at)
        except JavaThrow:
            return  # full: nothing has changed
        array.data[at] = value
        self._wrote([value if one == at else old for one, old in enumerate(self.now[self.active][0])])

    @rule(start=st.integers(0, SIZE - 1), values=st.lists(NUMBERS, max_size=SIZE))
    def write_bytes(self, start: int, values: list[int]) -> None:
        values = values[: SIZE - start]
        try:
            self.vm.heap.write_bytes(self.arrays[self.active], start, bytes(one & 0xFF for one in values))
        except JavaThrow:
            return
        old = self.now[self.active][0]
        self._wrote(old[:start] + values + old[start + len(values) :])

    @rule(length=st.integers(1, 9))
    def make(self, length: int) -> None:
        heap, target = self.vm.heap, self.lists[self.active]
        made = heap.new_array(self.vm.object_class, self.owners[self.active], Kind.BYTE, length)
        try:
            heap.barrier(target, 0)
        except JavaThrow:
            return
        target.data[0] = made
        self._wrote(made=length)

    @precondition(lambda self: not self.vm.heap.in_transaction)
    @rule()
    def begin_transaction(self) -> None:
        self.vm.heap.begin()
        self.open[self.active] = True

    @precondition(lambda self: self.vm.heap.in_transaction)
    @rule(commit=st.booleans())
    def end_transaction(self, commit: bool) -> None:
        self.vm.heap.commit() if commit else self.vm.heap.abort()
        self.open[self.active] = False
        if commit:
            self.kept[self.active] = self.now[self.active]
        else:
            self.now[self.active] = self.kept[self.active]

    @rule()
    def turn(self) -> None:
        """The active run waits, the other one goes on."""
        heap = self.vm.heap
        self.asleep[self.active] = heap.sleep()
        self.active = 1 - self.active
        heap.wake(self.asleep.pop(self.active, None))

    @rule()
    def end_of_command(self) -> None:
        for name, saved in self.vm.heap.changes().items():
            self.file[name] = saved

    @rule()
    def reset(self) -> None:
        self.vm.heap.reset()
        self.asleep.clear()
        self.open = [False] * RUNS
        self.now = list(self.kept)

    @rule()
    def delete_objects(self) -> None:
        """What nobody refers to; runs that wait forbid it (`Machine.end_of_command`)."""
        if not any(self.open):
            self.vm.heap.collect([*self.arrays, *self.lists])

    @invariant()
    def memory_is_as_the_model(self) -> None:
        if hasattr(self, "arrays"):
            assert [self._told(array, refs) for array, refs in zip(self.arrays, self.lists, strict=True)] == self.now

    @invariant()
    def bytes_are_counted(self) -> None:
        heap = self.vm.heap
        sizes = [8 + len(one.data) * (2 if one.kind is Kind.REFERENCE else 1) for one in _arrays(heap.objects)]
        assert heap.used == sum(sizes)

    @rule()
    def power_loss(self) -> None:
        """After a command: what the state file has is what the card wakes up with."""
        self.end_of_command()
        saved = {name: value for name, value in self.file.items() if value is not None}
        owners = {one.aid: one for one in self.owners}
        refs = Loader(self.vm.find_class, owners.__getitem__, self.vm.entry_point, self.vm.object_class).load(saved)
        woken = [
            self._told(refs[array.id], refs[one.id])  # type: ignore[index]
            for array, one in zip(self.arrays, self.lists, strict=True)
        ]
        assert woken == self.kept

    def _told(self, array: Any, refs: Any) -> tuple[list[int], int]:
        held = refs.data[0]
        return list(array.data), len(held.data) if held is not None else 0


def _arrays(objects: dict[int, Ref]) -> list[JavaArray]:
    return [one for one in objects.values() if isinstance(one, JavaArray) and one.lifetime is Lifetime.PERSISTENT]


TestTransactions = Transactions.TestCase
TestTransactions.settings = settings(deadline=None, max_examples=120, stateful_step_count=40)
