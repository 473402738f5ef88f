"""What of a class has to be refused before its code is looked at: kinds of classes, members and types (JCVM §2.2.1)."""

from __future__ import annotations

from collections.abc import Iterator

from simtool.applet.classfile import ClassFile, ClassFlag, Method, OtherConstant
from simtool.applet.convert.java_code import FOREIGN, parts, refused_type
from simtool.applet.convert.model import Local, Model
from simtool.applet.convert.package import ConvertError

_MOST_INTERFACES = 15


def refusals(model: Model, one: Local) -> Iterator[ConvertError]:
    """Everything about a class that a card cannot have."""
    yield from of_class(one.file)
    if len(one.interfaces) > _MOST_INTERFACES:
        yield one.error(f"it has more than {_MOST_INTERFACES} interfaces")
    if "java/rmi/Remote" in model.all_interfaces(one):
        yield one.error("remote interfaces (java.rmi) are not converted", "use shareable interfaces")
    for field in one.file.fields:
        if isinstance(field.constant, OtherConstant):
            yield _in_field(one, field.name, *refused_type(field.constant.kind))
        elif field.descriptor != "I" or field.constant is None:  # constants of type int are not seen on the card
            for problem in _type_problems(model, one, field.descriptor):
                yield _in_field(one, field.name, *problem)
    for method in one.file.methods:
        yield from _of_method(model, one, method)


def of_class(file: ClassFile) -> Iterator[ConvertError]:
    """What the flags and the superclass tell."""
    where = Local(file)
    if file.parent == "java/lang/Enum" or ClassFlag.ENUM in file.flags:
        yield where.error("enum is not in Java Card", "use constants: static final byte …")
    elif ClassFlag.ANNOTATION in file.flags:
        yield where.error("annotations are not in Java Card", "leave them out, or keep them out of the package")
    elif file.parent == "java/lang/Record":
        yield where.error("record is not in Java Card", "use a class with fields")


def _of_method(model: Model, one: Local, method: Method) -> Iterator[ConvertError]:
    line = method.first_line
    if ClassFlag.NATIVE in method.flags:
        yield one.error(f"{method.name} is native, which is not in Java Card", "", line)
    if ClassFlag.SYNCHRONIZED in method.flags:
        yield one.error(f"{method.name} is synchronized", "leave it out: a card has one thread", line)
    if method.name == "<clinit>":
        return
    if one.is_interface and ClassFlag.ABSTRACT not in method.flags:
        yield one.error(
            f"{method.name} of an interface has code, which is not in Java Card", "put it into a class", line
        )
    if method.name == "finalize" and method.descriptor == "()V":
        yield one.error("finalize is never called on a card", "leave it out", line)
    for problem in _type_problems(model, one, method.descriptor):
        yield one.error(f"{method.name}: {problem[0]}", problem[1], line)


def _in_field(one: Local, name: str, reason: str, hint: str) -> ConvertError:
    return one.error(f"field {name}: {reason}", hint, _line_of_field(one, name))


def _line_of_field(one: Local, name: str) -> int:
    """Where its initial value is computed, the only trace that a class file has of it; 0 where there is none."""
    for method in one.file.methods:
        if method.name in ("<init>", "<clinit>") and method.code is not None:
            code = method.code.code
            for at in range(len(code) - 2):
                constant = (
                    one.file.pool[index] if (index := code[at + 1] << 8 | code[at + 2]) < len(one.file.pool) else None
                )
                if code[at] in (0xB3, 0xB5) and getattr(constant, "name", None) == name:
                    return method.code.line_of(at)
    return 0


def _type_problems(model: Model, one: Local, descriptor: str) -> Iterator[tuple[str, str]]:
    """Reasons and hints for types that a card has not, in a descriptor of a field or method."""
    for part in parts(descriptor):
        element = part.lstrip("[")
        if part.startswith("[["):
            yield "arrays of arrays are not in Java Card", "use one array and compute the index"
        elif element in FOREIGN:
            yield refused_type(FOREIGN[element])
        elif element == "Ljava/lang/String;":
            yield refused_type("String")
        elif element == "I" and not model.spec.int_allowed:
            yield "the type int is not allowed in this package", "use short, or allow int where the card has it"
        elif element[0] == "L" and model.find(element[1:-1]) is None:
            try:
                model.need(element[1:-1], one)
            except ConvertError as error:
                yield error.reason, error.hint
