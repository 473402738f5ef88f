"""Initial values of static fields, from what a class's initialiser does (`<clinit>`), and the StaticField component.

A card runs no initialiser: the values stand in the CAP file (JCVM §6.11). So there may only be numbers that the
compiler knows, null, and arrays of such numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simtool.applet.convert.java_code import JavaInsn, decode
from simtool.applet.convert.model import Local, is_reference
from simtool.applet.convert.package import ConvertError

_ARRAY_TYPES = {"[Z": (2, 1), "[B": (3, 1), "[S": (4, 2), "[I": (5, 4)}
"""Type in array_init_info, and bytes of an element (table 6-14)."""
_SIZES = {"Z": 1, "B": 1, "S": 2, "I": 4}
_STORES = ("bastore", "sastore", "iastore")
_MOST_BYTES = 0xFFFF


@dataclass(frozen=True, slots=True)
class StaticImage:
    """The StaticField component's body, and where each field stands in the image, by class and name."""

    body: bytes
    offsets: dict[tuple[str, str], int]
    size: int
    arrays: int
    array_bytes: int


class _Array:
    """An array in the making."""

    def __init__(self, descriptor: str, length: int) -> None:
        self.descriptor = descriptor
        self.values = [0] * length

    @property
    def raw(self) -> bytes:
        size = _ARRAY_TYPES[self.descriptor][1]
        return b"".join((value % (1 << 8 * size)).to_bytes(size) for value in self.values)


_Known = int | _Array | None


def initial_values(one: Local) -> dict[str, _Known]:
    """What the initialiser of a class gives to its static fields. Raises `ConvertError` where it does anything else."""
    found: dict[str, _Known] = {}
    method = one.method(("<clinit>", "()V"))
    if method is None or method.code is None:
        return found
    stack: list[_Known] = []
    for insn in decode(one.file, method)[0]:
        _step(one, insn, stack, found)
    return found


def _step(one: Local, insn: JavaInsn, stack: list[_Known], found: dict[str, _Known]) -> None:
    match insn.name:
        case "const":
            stack.append(int(insn.value))
        case "aconst_null":
            stack.append(None)
        case "newarray" if isinstance(length := stack.pop(), int):
            if not 0 <= length <= _MOST_BYTES // _ARRAY_TYPES[str(insn.value)][1]:
                raise one.error("a static array has too many elements", "", insn.line)
            stack.append(_Array(str(insn.value), length))
        case "dup":
            stack.append(stack[-1])
        case "i2b" | "i2s" if isinstance(value := stack.pop(), int):
            half = 0x80 if insn.name == "i2b" else 0x8000
            stack.append((value + half) % (2 * half) - half)
        case name if name in _STORES:
            value, index, array = stack.pop(), stack.pop(), stack.pop()
            if not isinstance(value, int) or not isinstance(index, int) or not isinstance(array, _Array):
                raise _computed(one, insn)
            if not 0 <= index < len(array.values):
                raise one.error("a static array has no such element", "", insn.line)
            array.values[index] = value
        case "putstatic" if insn.member is not None and insn.member.owner == one.path:
            found[insn.member.name] = stack.pop()
        case "return" | "nop":
            pass
        case _:
            raise _computed(one, insn)


def _computed(one: Local, insn: JavaInsn) -> ConvertError:
    if insn.member is not None and insn.member.name == "desiredAssertionStatus":
        return one.error("assert is not in Java Card", "leave it out", insn.line)
    return one.error(
        "a static field gets a value that is not known to the compiler; a card runs no static initialiser",
        "only numbers, null and arrays of numbers; make the rest in install() or in a constructor", insn.line,
    )  # fmt: skip


def static_image(classes: Sequence[Local]) -> StaticImage:
    """The static fields of all classes: initialised arrays, other references, zeros, other numbers."""
    values = {one.path: initial_values(one) for one in classes}
    rows = [
        (one, each.name, each.descriptor, values[one.path].get(each.name)) for one in classes for each in one.statics
    ]
    references = [row for row in rows if is_reference(row[2])]
    numbers = [row for row in rows if not is_reference(row[2])]
    arrays = [row for row in references if isinstance(row[3], _Array)]
    nulls = [row for row in references if not isinstance(row[3], _Array)]
    zeros = [row for row in numbers if not row[3]]
    others = [row for row in numbers if row[3]]
    for one in classes:
        if one.is_interface and one.statics:
            raise one.error(f"field {one.statics[0].name} of an interface is no constant", "put it into a class")
    seen: dict[int, str] = {}
    for one, name, _, array in arrays:
        if id(array) in seen:
            raise one.error(f"{name} and {seen[id(array)]} are the same static array", "make one of them in install()")
        seen[id(array)] = name
    offsets, size = {}, 0
    for one, name, descriptor, _ in (*arrays, *nulls, *zeros, *others):
        offsets[one.path, name] = size
        size += _SIZES.get(descriptor, 2)
    if size > _MOST_BYTES:
        raise classes[0].error("the static fields of the package take more than 65535 bytes")
    raws = [(_ARRAY_TYPES[array.descriptor][0], array.raw) for *_, array in arrays if isinstance(array, _Array)]
    body = size.to_bytes(2) + len(references).to_bytes(2) + len(arrays).to_bytes(2)
    body += b"".join(bytes((kind,)) + len(raw).to_bytes(2) + raw for kind, raw in raws)
    packed = b""
    for *_, descriptor, value in others:
        if isinstance(value, int):
            packed += (value % (1 << 8 * _SIZES[descriptor])).to_bytes(_SIZES[descriptor])
    default = sum(_SIZES[descriptor] for _, _, descriptor, _ in zeros)
    body += default.to_bytes(2) + len(packed).to_bytes(2) + packed
    return StaticImage(body, offsets, size, len(arrays), sum(len(raw) for _, raw in raws))
