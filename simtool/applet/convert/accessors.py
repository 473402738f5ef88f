"""Methods that javac makes for inner classes (`access$012`): their parameters of type int become short.

`outer.field += x` in an inner class calls such a method with x as an int, whatever its type is in the source. Only the
low 16 bits of it matter for most operators; where all do, converting the method's code finds that out and refuses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from simtool.applet.classfile import ClassFile, ClassFlag, Constant, MemberRef, Method
from simtool.applet.convert.java_code import parts

Originals = Mapping[MemberRef, str]
"""The descriptors that narrowed methods had, by what they are now."""


def narrowed(files: Sequence[ClassFile]) -> tuple[list[ClassFile], Originals]:
    """The same classes with such methods narrowed, in declarations and in what code names."""
    changed: dict[MemberRef, MemberRef] = {}
    for one in files:
        for method in one.methods:
            types = parts(method.descriptor)
            if _is_accessor(method) and "I" in types[:-1]:
                parameters = "".join("S" if kind == "I" else kind for kind in types[:-1])
                now = f"({parameters}){types[-1]}"
                changed[MemberRef(one.name, method.name, method.descriptor)] = MemberRef(one.name, method.name, now)
    if not changed:
        return list(files), {}
    return [_renamed(one, changed) for one in files], {now: old.descriptor for old, now in changed.items()}


def _is_accessor(method: Method) -> bool:
    wanted = ClassFlag.STATIC | ClassFlag.SYNTHETIC
    return method.name.startswith("access$") and method.flags & wanted == wanted


def _renamed(one: ClassFile, changed: Mapping[MemberRef, MemberRef]) -> ClassFile:
    methods = tuple(
        replace(each, descriptor=now.descriptor)
        if (now := changed.get(MemberRef(one.name, each.name, each.descriptor))) is not None
        else each
        for each in one.methods
    )
    pool: tuple[Constant, ...] = tuple(
        changed.get(each, each) if isinstance(each, MemberRef) else each for each in one.pool
    )
    return replace(one, methods=methods, pool=pool)
