"""Static fields of a package: their words, and what they begin with (JCVM §6.10, StaticField component).

The words stand in one object of the heap, by their offset in the static field image: references at even offsets, then
primitives of 1, 2 or 4 bytes. The type of a primitive is told only by the instructions that use it, so initial values
are put in place when the code that names them is linked for the first time.
"""

from __future__ import annotations

from array import array

from simtool.codec.byte_reader import ByteReader
from simtool.codec.cap import CapFile, ComponentTag
from simtool.softcard.jcvm.classes import JavaClass
from simtool.softcard.jcvm.faults import LinkError
from simtool.softcard.jcvm.objects import TYPECODES, Kind
from simtool.softcard.jcvm.opcodes import OPCODES
from simtool.softcard.jcvm.package import Package, StaticRef

_TYPES = {2: Kind.BOOLEAN, 3: Kind.BYTE, 4: Kind.SHORT, 5: Kind.INT}
_SIZES = {"a": 2, "b": 1, "s": 2, "i": 4}
_LONGEST_STEP = 255


def make_class(cap: CapFile, package: Package) -> JavaClass:
    """A class whose one instance holds the static words of a package."""
    made = JavaClass(f"{package.name}/statics", f"{package.aid.hex()}:statics", None)
    size, references = cap.statics.image_size, cap.statics.reference_count
    made.size = size
    made.blank = [None if at < 2 * references else 0 for at in range(size)]
    return made


def initial_arrays(cap: CapFile) -> list[tuple[Kind, array[int]]]:
    """Arrays that the first references begin with."""
    component = cap.component(ComponentTag.STATIC_FIELD)
    reader = ByteReader(component.body if component is not None else b"", "StaticField component")
    reader.u2("image size")
    reader.u2("reference count")
    found = []
    for _ in range(reader.u2("array count")):
        number = reader.u1("array type")
        kind = _TYPES.get(number)
        if kind is None:
            raise LinkError(f"StaticField component: {number} is no type of array")
        data = array(TYPECODES[kind], reader.bytes(reader.u2("array size"), "array values"))
        data.byteswap()
        found.append((kind, data))
    return found


def initial_values(cap: CapFile) -> tuple[int, bytes]:
    """Where in the image the values other than 0 begin, and their bytes."""
    component = cap.component(ComponentTag.STATIC_FIELD)
    count = cap.statics.non_default_bytes
    raw = component.body[-count:] if component is not None and count else b""
    return cap.statics.image_size - count, raw


def typed_uses(cap: CapFile, package: Package) -> dict[StaticRef, str]:
    """Static fields that the code uses, with the letter of their type, by the places in RefLocation (§6.11)."""
    component = cap.component(ComponentTag.REF_LOCATION)
    reader = ByteReader(component.body if component is not None else b"", "RefLocation component")
    reader.bytes(reader.u2("length"), "places of one byte")
    found: dict[StaticRef, str] = {}
    place = 0
    for step in reader.bytes(reader.u2("length"), "places of two bytes"):
        place += step
        if step == _LONGEST_STEP or not 1 <= place <= len(package.code) - 2:
            continue
        number = package.code[place - 1]
        name = OPCODES[number].name if number < len(OPCODES) else ""
        index = int.from_bytes(package.code[place : place + 2])
        if name.startswith(("getstatic_", "putstatic_")) and index < len(package.pool):
            constant = package.pool[index]
            if isinstance(constant, StaticRef):
                found[constant] = name[-1]
    return found


def value_at(raw: bytes, at: int, letter: str) -> int:
    """A primitive of a type from the bytes of the image."""
    return int.from_bytes(raw[at : at + _SIZES[letter]], signed=True)
