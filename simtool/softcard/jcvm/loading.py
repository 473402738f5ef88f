"""Packages come onto the card and go (JCVM §6, JCRE §11.1): linked, with their static fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simtool.softcard.jcvm import statics
from simtool.softcard.jcvm.classes import JavaClass
from simtool.softcard.jcvm.faults import NoRoom
from simtool.softcard.jcvm.heap import OutOfMemory
from simtool.softcard.jcvm.linker import Linker
from simtool.softcard.jcvm.objects import Owner
from simtool.softcard.jcvm.package import Package

if TYPE_CHECKING:
    from simtool.softcard.jcvm.vm import Vm


def load(vm: Vm, block: bytes) -> Package:
    """Link a load file data block for the first time: its static fields get their first values.

    Raises `LinkError`; then nothing of it is there.
    """
    linker = Linker(block, vm.api, vm.packages, vm.code_for)
    package = _link(linker)
    owner = Owner(package.aid, package.context)
    statics_class = package.statics_class
    assert statics_class is not None  # noqa: S101  # the linker has made it
    try:
        holder = vm.heap.new_object(statics_class, owner)
        for at, (kind, data) in enumerate(statics.initial_arrays(linker.cap)):
            made = vm.heap.new_array(vm.object_class, owner, kind, len(data))
            made.data = data
            holder.words[2 * at] = made
    except OutOfMemory:
        raise NoRoom(f"{package.name}: no room for its static fields") from None
    package.statics = holder
    vm.packages[package.aid] = package
    _fill_statics(vm, linker, package)
    return package


def relink(vm: Vm, block: bytes) -> Package:
    """Link a package whose objects come from the state file; `statics` is set by who reads that."""
    package = _link(Linker(block, vm.api, vm.packages, vm.code_for))
    vm.packages[package.aid] = package
    return package


def _link(linker: Linker) -> Package:
    package = linker.link()
    package.non_default = statics.initial_values(linker.cap)
    return package


def _fill_statics(vm: Vm, linker: Linker, package: Package) -> None:
    """First values of the primitive static fields that this package's code uses, where they have none yet."""
    for ref, letter in statics.typed_uses(linker.cap, package).items():
        start, raw = ref.package.non_default
        holder = ref.package.statics
        if holder is not None and letter != "a" and start <= ref.index < start + len(raw):
            if ref.index not in ref.package.typed:
                ref.package.typed.add(ref.index)
                holder.words[ref.index] = statics.value_at(raw, ref.index - start, letter)
                vm.heap.mark(holder)


def unload(vm: Vm, aid: bytes) -> None:
    """A package goes, with its static fields and what it owns; its instances are gone already."""
    package = vm.packages.pop(aid)
    if package.statics is not None:
        vm.heap.forget_owner(package.statics.owner)
    package.statics = None


def find_class(vm: Vm, key: str) -> JavaClass:
    """A class by its key in the state file: of the API by name, of a package by AID and offset."""
    aid, colon, where = key.partition(":")
    if not colon:
        return vm.api.named(key)
    package = vm.packages[bytes.fromhex(aid)]
    if where == "statics":
        assert package.statics_class is not None  # noqa: S101
        return package.statics_class
    return package.classes[int(where, 16)]
