"""The Descriptor component (JCVM §6.14): types and members for those who verify; a card need not load it."""

from __future__ import annotations

from simtool.applet.classfile import ClassFlag
from simtool.applet.convert.java_code import parts
from simtool.applet.convert.link import Linked
from simtool.applet.convert.model import NO_TOKEN, PACKAGE_TOKEN, Local, Signature, is_function, is_reference, signature
from simtool.codec.cap import PoolTag

_NONE = 0xFFFF
_INTERFACE, _ABSTRACT_CLASS = 0x40, 0x80
_ABSTRACT_METHOD, _INIT = 0x40, 0x80
_SAME_FLAGS = ClassFlag.PUBLIC | ClassFlag.PRIVATE | ClassFlag.PROTECTED | ClassFlag.STATIC | ClassFlag.FINAL
_FIELD_TYPES = {"Z": 0x8002, "B": 0x8003, "S": 0x8004, "I": 0x8005}
_NIBBLES = {"V": "1", "Z": "2", "B": "3", "S": "4", "I": "5", "[Z": "a", "[B": "b", "[S": "c", "[I": "d"}


class _Types:
    """The type descriptors, each once. Offsets count from the beginning of the table, the pool's types included."""

    def __init__(self, linked: Linked) -> None:
        self._linked = linked
        self._start = 2 + 2 * len(linked.pool)
        self._known: dict[str, int] = {}
        self.raw = b""

    def offset(self, descriptor: str) -> int:
        nibbles = "".join(self._nibbles(part) for part in parts(descriptor))
        if nibbles not in self._known:
            self._known[nibbles] = self._start + len(self.raw)
            self.raw += bytes((len(nibbles),)) + bytes.fromhex(nibbles + "0" * (len(nibbles) % 2))
        return self._known[nibbles]

    def _nibbles(self, part: str) -> str:
        if part in _NIBBLES:
            return _NIBBLES[part]
        array = part.startswith("[")
        return ("e" if array else "6") + self._linked.class_ref_of(part[2 if array else 1 : -1]).hex()


def descriptor(linked: Linked) -> bytes:
    """The body of the component."""
    types = _Types(linked)
    offsets = [_NONE if one.tag is PoolTag.CLASS else types.offset(one.descriptor) for one in linked.pool]
    classes = b"".join(_class(linked, types, one) for one in linked.model.locals_)
    table = len(offsets).to_bytes(2) + b"".join(one.to_bytes(2) for one in offsets)
    return bytes((len(linked.model.locals_),)) + classes + table + types.raw


def _class(linked: Linked, types: _Types, one: Local) -> bytes:
    exported = linked.model.exported
    token = exported.index(one) if one in exported else NO_TOKEN
    flags = one.file.flags & (ClassFlag.PUBLIC | ClassFlag.FINAL)
    flags |= _INTERFACE if one.is_interface else 0
    flags |= _ABSTRACT_CLASS if ClassFlag.ABSTRACT in one.file.flags else 0
    interfaces = () if one.is_interface else one.interfaces
    fields = _fields(linked, types, one, is_exported=token != NO_TOKEN)
    methods = [_method(linked, types, one, row, is_exported=token != NO_TOKEN) for row in _rows(one)]
    found = bytes((token, flags)) + linked.class_ref(one) + bytes((len(interfaces),))
    found += len(fields).to_bytes(2) + len(methods).to_bytes(2)
    found += b"".join(linked.class_ref_of(name) for name in interfaces)
    return found + b"".join(fields) + b"".join(methods)


def _rows(one: Local) -> list[Signature]:
    return [*(signature(each) for each in one.methods), *one.missing]


def _fields(linked: Linked, types: _Types, one: Local, *, is_exported: bool) -> list[bytes]:
    names = [each.name for each in linked.model.exported_statics(one)] if is_exported else []
    found = []
    for each in one.file.fields:
        if each.name in one.fields:
            token = one.fields[each.name]
            place = linked.class_ref(one) + bytes((token,))
        elif each in one.statics:
            token = names.index(each.name) if each.name in names else NO_TOKEN
            place = b"\0" + linked.image.offsets[one.path, each.name].to_bytes(2)
        else:
            continue
        kind = types.offset(each.descriptor) if is_reference(each.descriptor) else _FIELD_TYPES[each.descriptor]
        found.append(bytes((token, each.flags & _SAME_FLAGS)) + place + kind.to_bytes(2))
    return found


def _method(linked: Linked, types: _Types, one: Local, row: Signature, *, is_exported: bool) -> bytes:
    declared, placed = one.method(row), linked.method(one, row)
    flags = int(declared.flags & _SAME_FLAGS) if declared is not None else int(ClassFlag.PUBLIC)
    if declared is None or ClassFlag.ABSTRACT in declared.flags:
        flags |= _ABSTRACT_METHOD
    if declared is not None and is_function(declared):
        flags |= _INIT if row[0] == "<init>" else 0
        names = [signature(each) for each in linked.model.exported_functions(one)] if is_exported else []
        token = names.index(row) if row in names else NO_TOKEN
    elif row in one.public:
        token = one.public.index(row)
    else:
        token = one.hidden.index(row) | PACKAGE_TOKEN
    numbers = (0, types.offset(row[1]), 0, 0, 0)
    if placed is not None:
        numbers = (placed.offset, types.offset(row[1]), placed.size, len(placed.handlers), placed.first_handler)
    return bytes((token, flags)) + b"".join(number.to_bytes(2) for number in numbers)
