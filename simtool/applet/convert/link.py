"""The package put together: methods laid out, constant pool and imports numbered, classes placed (JCVM §6.6 to §6.10).

Instance fields come first in the pool, because most of their instructions have one byte for the index; then what
methods refer to in the order in which they do. Entry 0 is never a class that a handler catches: 0 stands for any there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from simtool.applet.convert import handlers
from simtool.applet.convert.card_code import (
    INT_INSTRUCTIONS,
    CardInsn,
    Item,
    Label,
    LaidOut,
    Layout,
    Reference,
    local_of,
    max_stack,
)
from simtool.applet.convert.handlers import Row
from simtool.applet.convert.initial import StaticImage, initial_values, static_image
from simtool.applet.convert.java_code import has_foreign_types, parts
from simtool.applet.convert.members import Members
from simtool.applet.convert.model import OBJECT, AnyClass, External, Local, Model, Signature, is_function, signature
from simtool.applet.convert.package import ConvertError, together
from simtool.applet.convert.peephole import shortened
from simtool.applet.convert.select import CardHandler, CardMethod, select
from simtool.codec.cap import PoolTag
from simtool.codec.java_exports import ExportPackage, parameter_words

HANDLER_BYTES = 8
NONE = 0xFFFF
_EXTENDED, _ABSTRACT = 0x80, 0x40
_NIBBLE, _BYTE = 15, 0xFF
_SHORT_INDEXES = 0x100
_MOST_HANDLERS = 0xFF


@dataclass(slots=True)
class PlacedMethod:
    """A method with its bytes. `offset` in the Method component's body; `code` is None for an abstract one."""

    owner: Local
    signature: Signature
    header: bytes
    code: LaidOut | None
    handlers: list[Row]
    offset: int = 0
    first_handler: int = 0

    @property
    def start(self) -> int:
        """Where its byte code begins."""
        return self.offset + len(self.header)

    @property
    def size(self) -> int:
        return len(self.code.code) if self.code is not None else 0


@dataclass
class Linked:
    """Everything that components are made of; `class_offsets` is filled by who makes the Class component."""

    model: Model
    members: Members
    pool: list[Reference]
    imports: list[ExportPackage]
    methods: list[PlacedMethod]
    image: StaticImage
    doubts: tuple[str, ...]
    uses_int: bool
    class_offsets: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.indexes = {one: at for at, one in enumerate(self.pool)}
        self._by_key = {(one.owner.path, one.signature): one for one in self.methods}

    def class_ref(self, one: AnyClass) -> bytes:
        """A class_ref (§6.8.1)."""
        if isinstance(one, Local):
            return self.class_offsets[one.path].to_bytes(2)
        return bytes((0x80 | self.import_index(one), one.table.token))

    def class_ref_of(self, path: str) -> bytes:
        return self.class_ref(self.model.known(path))

    def import_index(self, one: External) -> int:
        return self.imports.index(one.package)

    def method(self, one: Local, wanted: Signature) -> PlacedMethod | None:
        return self._by_key.get((one.path, wanted))

    def virtual_offset(self, one: AnyClass, wanted: Signature) -> int:
        """Where a virtual method stands that a class declares or inherits in the package; FFFF outside."""
        for each in (one, *self.model.supers(one)):
            if isinstance(each, Local):
                found, declared = self.method(each, wanted), each.method(wanted)
                if found is not None and (declared is None or not is_function(declared)):
                    return found.offset
        return NONE


def link(members: Members, errors: Sequence[ConvertError]) -> Linked:
    """Select, shorten and place all code.

    Raises `ConvertError` with all that is wrong in the methods, and the `errors` that were found before.
    """
    model = members.model
    selected = _select_all(members, errors, direct_this=True)
    fields = {one.reference for method in selected for one in _instructions(method) if _names_field(one)}
    if len(fields) > _SHORT_INDEXES:  # the forms for this have no long index
        selected = _select_all(members, (), direct_this=False)
    pool = _pool(selected)
    indexes = {one: at for at, one in enumerate(pool)}
    by_key = {(one.owner.path, signature(one.method)): one for one in selected}
    placed = []
    for one in model.locals_:
        for method in one.methods if not one.is_interface else ():
            code = by_key.get((one.path, signature(method)))
            placed.append(_abstract(one, signature(method)) if code is None else _placed(code, indexes.__getitem__))
        placed += [_abstract(one, row) for row in one.missing]
    _place(model, placed)
    return Linked(
        model, members, pool, _imports(model, pool), placed, static_image(model.locals_),
        tuple(doubt for one in selected for doubt in one.doubts), _uses_int(model, selected),
    )  # fmt: skip


def _select_all(members: Members, before: Sequence[ConvertError], *, direct_this: bool) -> list[CardMethod]:
    found: list[CardMethod] = []
    errors = list(before)
    for one in members.model.locals_:
        try:
            initial_values(one)
        except ConvertError as error:
            errors.append(error)
        for method in one.methods:
            if method.code is not None and not has_foreign_types(method.descriptor):
                try:
                    made = select(members, one, method, direct_this=direct_this)
                except ConvertError as error:
                    errors.append(error)
                else:
                    made.items = shortened(made.items, [(row.start, row.end, row.handler) for row in made.handlers])
                    made.handlers = [row for row in made.handlers if _covers_anything(made.items, row)]
                    found.append(made)
    if errors:
        raise together(errors)
    return found


def _instructions(method: CardMethod) -> Iterator[CardInsn]:
    return (one for one in method.items if isinstance(one, CardInsn))


def _covers_anything(items: Sequence[Item], row: CardHandler) -> bool:
    """Whether any instruction is left in a handler's range."""
    inside = False
    for one in items:
        if isinstance(one, Label):
            inside = one.number == row.start or (inside and one.number != row.end)
        elif inside:
            return True
    return False


def _names_field(insn: CardInsn) -> bool:
    return insn.reference is not None and insn.reference.tag is PoolTag.FIELD


def _pool(methods: list[CardMethod]) -> list[Reference]:
    fields: dict[Reference, None] = {}
    others: dict[Reference, None] = {}
    caught: set[Reference] = set()
    for method in methods:
        for insn in _instructions(method):
            if insn.reference is not None:
                (fields if insn.reference.tag is PoolTag.FIELD else others)[insn.reference] = None
        for row in method.handlers:
            if row.catches is not None:
                others[row.catches] = None
                caught.add(row.catches)
    found = [*fields, *others]
    if found and found[0] in caught:
        free = next((one for one in found if one not in caught), Reference(PoolTag.CLASS, OBJECT))
        found = [free, *(one for one in found if one != free)]
    return found


def _abstract(one: Local, row: Signature) -> PlacedMethod:
    words = parameter_words(row[1]) + 1
    header = bytes((_ABSTRACT, words << 4)) if words <= _NIBBLE else bytes((_ABSTRACT | _EXTENDED, 0, words, 0))
    return PlacedMethod(one, row, header, None, [])


def _placed(method: CardMethod, index: Callable[[Reference], int]) -> PlacedMethod:
    error = method.owner.error
    name, line = method.method.name, method.method.first_line
    _drop_locals(method)
    stack = max_stack(method.items, [row.handler for row in method.handlers])
    if max(stack, method.arguments, method.locals) > _BYTE:
        raise error(f"{name} needs more than {_BYTE} words of stack or locals", "split the method", line)
    try:
        code = Layout(method.items, index).lay_out()
    except OverflowError as problem:
        raise error(f"{name}: {problem}", "split the method", line) from None
    if max(stack, method.arguments, method.locals) > _NIBBLE:
        header = bytes((_EXTENDED, stack, method.arguments, method.locals))
    else:
        header = bytes((stack, method.arguments << 4 | method.locals))
    rows = [
        Row(code.labels[row.start], code.labels[row.end], code.labels[row.handler], row.catches)
        for row in method.handlers
    ]
    return PlacedMethod(method.owner, signature(method.method), header, code, handlers.ordered(rows))


def _drop_locals(method: CardMethod) -> None:
    """Count only the locals that are still used."""
    used = [use for one in _instructions(method) if (use := local_of(one)) is not None]
    method.locals = max((use.place + use.words for use in used), default=0) - method.arguments
    method.locals = max(method.locals, 0)


def _place(model: Model, methods: list[PlacedMethod]) -> None:
    count = sum(len(one.handlers) for one in methods)
    if count > _MOST_HANDLERS:
        raise ConvertError(model.spec.name, 0, f"the package has {count} exception handlers, 255 are possible")
    offset, handler = 1 + HANDLER_BYTES * count, 0
    for one in methods:
        one.offset, one.first_handler = offset, handler if one.handlers else 0
        offset += len(one.header) + one.size
        handler += len(one.handlers)
    if offset > NONE:
        raise ConvertError(
            model.spec.name, 0, f"the code takes {offset} bytes, 65535 are possible", "split the package"
        )


def _imports(model: Model, pool: list[Reference]) -> list[ExportPackage]:
    """The packages that anything refers to, by name: class, superclass, interface or a type in a descriptor."""
    names: set[str] = set()
    types = [one.descriptor for one in pool]
    names |= {one.owner for one in pool}
    for one in model.locals_:
        names |= {*one.interfaces, one.file.parent or OBJECT}
        types += [each.descriptor for each in one.file.fields if each in one.statics or each.name in one.fields]
        types += [each.descriptor for each in one.methods]
    for descriptor in types:
        names |= {part.lstrip("[")[1:-1] for part in parts(descriptor) if part.lstrip("[")[0] == "L"}
    found = {}
    for name in names:
        its = model.find(name)
        if isinstance(its, External):
            found[its.package.name] = its.package
    return [found[name] for name in sorted(found)]


def _uses_int(model: Model, methods: list[CardMethod]) -> bool:
    """Whether the package has an int anywhere (flag ACC_INT, table 6-4)."""
    for one in model.locals_:
        fields = [each.descriptor for each in one.file.fields if each in one.statics or each.name in one.fields]
        for descriptor in (*fields, *(each.descriptor for each in one.methods)):
            if any(part.lstrip("[") == "I" for part in parts(descriptor)):
                return True
    return any(
        insn.name in INT_INSTRUCTIONS or insn.name == "newarray" and insn.values[0] == 13
        for method in methods
        for insn in _instructions(method)
    )
